//! `ecs.config`: a variable on each line, `NAME=value`, without quoting. Source: `ecs-init`, which trims the line and cuts it
//! at the first `=`.

use std::ops::Range;

use super::flat::{Flat, is_hole};
use super::limits::MOST_SETTINGS;
use super::reading::{Confidence, DATA, Reading, TYPE};
use super::span_of_json;
use crate::model::Text;

/// Reads a text that is `ecs.config`, or (`Mentioned`) one in which such lines may stand anywhere.
pub fn read(flat: &Flat<'_>, confidence: Confidence, reading: &mut Reading) {
    let mut at = 0;
    for line in flat.as_str().split_inclusive('\n') {
        if reading.is_full() {
            return;
        }
        let trimmed = line.trim_start();
        let start = at + line.len() - trimmed.len();
        let trimmed = trimmed.trim_end();
        at += line.len();
        if trimmed.starts_with('#') || trimmed.starts_with("//") {
            continue;
        }
        if confidence == Confidence::Sure && trimmed.starts_with(is_hole) && trimmed.chars().count() == 1 {
            reading.configured_elsewhere();
        }
        if confidence == Confidence::Sure && trimmed.split_once('=').is_some_and(|(name, _)| name.contains(is_hole)) {
            reading.configured_elsewhere();
        }
        match (confidence, trimmed.split_once('=')) {
            (Confidence::Sure, Some((name, _))) if matches!(name.trim_end(), DATA | TYPE) => {
                let value = start + name.len() + 1..start + trimmed.len();
                reading.line(name.trim_end(), &whole(flat, value));
            }
            _ => mentions(flat, start..start + trimmed.len(), reading),
        }
    }
}

/// The value of a line; JSON that goes on in the next lines is taken as a whole, as its author means it.
fn whole(flat: &Flat<'_>, value: Range<usize>) -> Text {
    let text = flat.text(value.clone());
    let blanks = text.len() - text.trim_start().len();
    let start = value.start + blanks;
    if text.trim_start().starts_with('{')
        && span_of_json(text.trim_start()).is_none()
        && let Some(length) = span_of_json(flat.from(start))
    {
        return flat.slice(start..start + length);
    }
    flat.slice(start..value.end)
}

/// Settings within a line: behind a command that is not known, in a quoted string of another language.
fn mentions(flat: &Flat<'_>, line: Range<usize>, reading: &mut Reading) {
    let text = flat.text(line.clone());
    for name in [DATA, TYPE] {
        for (at, _) in text.match_indices(name).take(MOST_SETTINGS) {
            let before = text.get(..at).unwrap_or_default();
            if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') || is_comment(before) {
                continue;
            }
            let rest = text.get(at + name.len()..).unwrap_or_default();
            // `NAME=value`, `NAME = value`, `"NAME": "value"`, `NAME", "value"`: what stands between is no letter.
            let value = rest.trim_start_matches(['"', '\'', '\\', ' ', '\t']);
            let Some(value) = value.strip_prefix(['=', ':', ',']) else { continue };
            let is_spaced = !rest.starts_with('=');
            let bare = value.trim_start_matches(['"', '\'', '\\', ' ', '\t']);
            if is_spaced && !bare.starts_with('{') {
                continue;
            }
            let bare =
                if is_spaced || bare.starts_with('{') { bare } else { value.trim_start_matches(['"', '\'', '\\']) };
            let start = line.start + text.len() - bare.len();
            let length = match span_of_json(flat.from(start)) {
                Some(length) if bare.starts_with('{') => length,
                _ => bare
                    .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | '&'))
                    .unwrap_or(bare.len()),
            };
            reading.setting(name, &flat.slice(start..start + length), Confidence::Mentioned);
        }
    }
}

/// Whether what follows on the line is a comment.
fn is_comment(line: &str) -> bool {
    let (mut single, mut double, mut before) = (false, false, ' ');
    for character in line.chars() {
        match character {
            '#' if !single && !double && before.is_whitespace() => return true,
            '\'' if !double => single = !single,
            '"' if !single && before != '\\' => double = !double,
            _ => {}
        }
        before = character;
    }
    false
}
