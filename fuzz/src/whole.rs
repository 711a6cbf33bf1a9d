//! The whole pipeline: what is said of any bytes, in every format, and what is mended.

use std::collections::BTreeSet;

use ecs_lint::discover::{Discovery, Input};
use ecs_lint::lint::{Outcome, Settings};
use ecs_lint::mend::{self, Leave};
use ecs_lint::report::{Format, Report, RunDetails, SuppressedIn, View};
use ecs_lint::source::{FileId, Span};

/// Names that stand for each kind of input.
pub const NAMES: [&str; 12] = [
    "template.json",
    "template.yaml",
    "stack.template",
    "task-definition.jsonc",
    "user-data.sh",
    "user-data",
    "user-data.ps1",
    "cloud-config.yml",
    "ecs.config",
    "config.toml",
    "service.yaml.tpl",
    "metadata.json",
];

/// The first byte tells the name, and whether the file is named; the rest is the file.
pub fn lint(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    check(name, first & 0x80 == 0, text);
}

/// Checks a file, writes a report in the format that its length tells, and mends what can be mended.
pub fn check(name: &str, named: bool, bytes: &[u8]) {
    let input = Input { named, ..Input::text(name, bytes.to_vec()) };
    let settings = Settings { shows_whole_files: true, ..Settings::default() };
    let discovery = Discovery { inputs: vec![input.clone()], ..Discovery::default() };
    let mut outcome = ecs_lint::check(discovery, &settings, &|_| {});
    mend::offer(&mut outcome, &settings);
    assert_sound(&outcome);
    write(&outcome, Format::ALL[bytes.len() % Format::ALL.len()]);
    if outcome.diagnostics.iter().any(|diagnostic| !diagnostic.proposals.is_empty())
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        let leave = Leave { unsafe_fixes: true };
        let once = mend::mend(&input, text, &[], &settings, leave).after;
        let again = Input { text: Some(once.clone().into_bytes()), ..input };
        assert_eq!(mend::mend(&again, &once, &[], &settings, leave).after, once, "mended twice");
    }
}

/// What holds of every outcome: no bug was met, every place is one of its file, and no finding is told twice.
pub fn assert_sound(outcome: &Outcome) {
    let assert_in_text = |span: Span| {
        let source = outcome.sources.get(span.file).unwrap_or_else(|| panic!("{span:?} is in no file of the run"));
        assert!(source.text().get(span.range()).is_some(), "{span:?} is no place of `{}`", source.name());
    };
    let mut seen = BTreeSet::new();
    for diagnostic in &outcome.diagnostics {
        assert!(!diagnostic.message.contains("makes ecs-lint fail"), "{}", diagnostic.message);
        assert!(!diagnostic.message.is_empty());
        assert_in_text(diagnostic.primary.span);
        for label in &diagnostic.secondary {
            assert!(
                outcome.sources.get(label.span.file).is_some(),
                "{} is said to be nowhere: {diagnostic:?}",
                label.message
            );
            assert_in_text(label.span);
        }
        for edit in diagnostic.fixes.iter().flat_map(|fix| &fix.edits) {
            assert_in_text(edit.span);
        }
        let place = (diagnostic.primary.span.file, diagnostic.primary.span.start, diagnostic.primary.span.end);
        assert!(
            seen.insert((place, diagnostic.rule, diagnostic.message.as_str())),
            "{} is told twice",
            diagnostic.message
        );
    }
    // A credential that was put together from several places has none of its own.
    let placed = outcome.secrets.iter().chain(&outcome.doubtful).filter(|span| span.file != FileId(u32::MAX));
    placed.for_each(|span| assert_in_text(*span));
}

/// A report can be written, is text, and steers no terminal.
fn write(outcome: &Outcome, format: Format) {
    // The rules' pages are in it each time.
    if format == Format::Sarif && outcome.diagnostics.is_empty() {
        return;
    }
    let mut out = Vec::new();
    let view = View { color: false, suppressed: SuppressedIn::Every };
    Report::new(outcome, RunDetails::default()).write(format, view, &mut out).expect("memory takes everything");
    let text = String::from_utf8(out).expect("reports are UTF-8");
    assert!(!text.contains(steers), "{format:?}: {text}");
    if matches!(format, Format::Json | Format::Sarif | Format::Gitlab | Format::Rdjson) {
        assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{format:?}: {text}");
    }
}

fn steers(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
}
