//! `ecs.config`: a variable on each line, `NAME=value`, without quoting. Source: `ecs-init`, which trims the line and cuts it
//! at the first `=`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::auth_data;
use super::flat::{Flat, is_hole, place};
use super::limits::MOST_SETTINGS;
use super::reading::{Confidence, DATA, Reading, TYPE};
use super::span_of_json;
use crate::model::{Reference, Text};

/// What other languages fill in within a string: `{name}`, `%(name)s`, and what `sed` found.
static FILLED_IN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{[^{}]*\}|%\([A-Za-z_]+\)s|\\[0-9]|^&$").ok());

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
            if is_in_a_name(before) || is_comment(before) {
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
            let value = flat.slice(start..start + length);
            if name == TYPE {
                reading.setting(name, &value, Confidence::Mentioned);
                continue;
            }
            let opening = text.get(..start - line.start).unwrap_or_default();
            let mut data = auth_data::read(&value);
            let settings = data.entries.iter_mut().flat_map(|entry| &mut entry.settings);
            for setting in settings.filter(|setting| !is_one_string(&setting.value, &value, opening)) {
                setting.value = Text::hole(Reference::Boot(None), place(&setting.value));
            }
            reading.engine_data(data, &value, Confidence::Mentioned);
        }
    }
}

/// Whether the text ends within a name; the letter of an escape is no part of one.
fn is_in_a_name(text: &str) -> bool {
    let word = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let backslashes = word.len() - word.trim_end_matches('\\').len();
    match text.get(word.len()..) {
        None | Some("") => false,
        Some("n" | "r" | "t") => backslashes % 2 == 0,
        Some(_) => true,
    }
}

/// Whether a setting's value within data is one string, and not strings of another language with its operators and variables
/// between them. `opening` is the line up to the data.
fn is_one_string(value: &Text, data: &Text, opening: &str) -> bool {
    let Some(known) = value.known() else { return true };
    if FILLED_IN.as_ref().is_some_and(|pattern| pattern.is_match(&known)) {
        return false;
    }
    match open_quote(opening) {
        // Its own string ends within the value.
        Some(quote) => {
            let mut escaped = false;
            !known.chars().any(|character| {
                let ends = character == quote && !escaped;
                escaped = character == '\\' && !escaped;
                ends
            })
        }
        // `{'NAME': {'registry': {'password': variable}}}`
        None if opening.ends_with([' ', ':']) => {
            let data = data.shown();
            ['"', '\''].iter().any(|quote| data.contains(&format!("{quote}{known}")))
        }
        None => true,
    }
}

/// The quote that is open at the end of the text.
fn open_quote(text: &str) -> Option<char> {
    let (mut open, mut escaped) = (None, false);
    for character in text.chars() {
        match character {
            '"' | '\'' if !escaped && open == Some(character) => open = None,
            '"' | '\'' if !escaped && open.is_none() => open = Some(character),
            _ => {}
        }
        escaped = character == '\\' && !escaped;
    }
    open
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
