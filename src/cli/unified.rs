//! A unified diff for people: what may be a credential is masked, and nothing in it steers a terminal.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::discover::{Discovery, Input};
use crate::lint::Settings;
use crate::report::{Report, RunDetails, escaped};

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference of two texts of one file.
pub(super) fn diff(input: &Input, before: &str, after: &str, settings: &Settings) -> String {
    let settings = Settings { shows_whole_files: true, is_whole: false, ..settings.clone() };
    let (old, new) = (masked(input, before, &settings), masked(input, after, &settings));
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let difference = TextDiff::from_slices(&before, &after);
    let name = escaped(&input.name);
    let mut text = format!("--- {name}\n+++ {name}\n");
    for hunk in difference.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = writeln!(text, "{}", hunk.header());
        for change in hunk.iter_changes() {
            let (sign, line) = match change.tag() {
                ChangeTag::Equal => (' ', change.old_index().and_then(|at| old.get(at))),
                ChangeTag::Delete => ('-', change.old_index().and_then(|at| old.get(at))),
                ChangeTag::Insert => ('+', change.new_index().and_then(|at| new.get(at))),
            };
            text.push(sign);
            text.push_str(line.map_or("", String::as_str));
            text.push('\n');
            if !change.value().ends_with('\n') {
                text.push_str("\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// The lines of a text as they may be shown.
fn masked(input: &Input, text: &str, settings: &Settings) -> Vec<String> {
    let input = Input { text: Some(text.as_bytes().to_vec()), ..input.clone() };
    let discovery = Discovery { inputs: vec![input], ..Discovery::default() };
    let outcome = crate::check(discovery, settings, &|_| {});
    let report = Report::new(&outcome, RunDetails::default());
    let masked = outcome.sources.iter().next().map(|source| report.masked(source)).unwrap_or_default();
    let shown = |line: &str| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let parts: Vec<_> = line.split('\t').map(escaped).collect();
        parts.join("\t")
    };
    masked.split('\n').map(shown).collect()
}
