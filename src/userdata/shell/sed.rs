//! `sed 's/pattern/replacement/'`, where the pattern is plain text.

use crate::model::Text;
use crate::userdata::flat::{Flat, is_hole};

/// Characters that make a pattern more than plain text.
const SPECIAL: [char; 8] = ['*', '[', ']', '^', '$', '\\', '(', ')'];

/// What is put for what, in one expression of `sed`; `None` for an expression that does something else.
pub fn substitution(expression: &Text) -> Option<(String, Text)> {
    let flat = Flat::new(expression);
    let (pattern, replacement) = parts(flat.as_str())?;
    let pattern = flat.text(pattern).to_owned();
    let is_plain = !pattern.is_empty() && !pattern.contains(SPECIAL) && !pattern.contains(is_hole);
    // `&` and `\1` stand for what was found.
    let is_literal = !flat.text(replacement.clone()).contains(['&', '\\']);
    (is_plain && is_literal).then(|| (pattern, flat.slice(replacement)))
}

/// What an expression replaces, as far as it is known.
pub fn replaced(expression: &str) -> Option<&str> {
    let delimiter = delimiter(expression)?;
    let (pattern, _) = expression.get(1 + delimiter.len_utf8()..)?.split_once(delimiter)?;
    Some(pattern.trim_start_matches('^').trim_end_matches('$')).filter(|pattern| !pattern.contains(SPECIAL))
}

fn delimiter(expression: &str) -> Option<char> {
    let delimiter = expression.strip_prefix('s')?.chars().next()?;
    (!delimiter.is_alphanumeric() && !delimiter.is_whitespace() && delimiter != '\\').then_some(delimiter)
}

fn parts(expression: &str) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let delimiter = delimiter(expression)?;
    let start = 1 + delimiter.len_utf8();
    let middle = start + end(expression.get(start..)?, delimiter)?;
    let replacement = middle + delimiter.len_utf8();
    let last = replacement + end(expression.get(replacement..)?, delimiter)?;
    Some((start..middle, replacement..last))
}

/// Where the delimiter is that no backslash stands before.
fn end(text: &str, delimiter: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == delimiter => return Some(at),
            _ => {}
        }
    }
    None
}

/// The text with every occurrence of the pattern replaced.
pub fn apply(text: &Text, pattern: &str, replacement: &Text) -> Text {
    let flat = Flat::new(text);
    let mut output = Text::default();
    let mut copied = 0;
    for (at, found) in flat.as_str().match_indices(pattern) {
        output = output.followed_by(flat.slice(copied..at)).followed_by(replacement.clone());
        copied = at + found.len();
    }
    output.followed_by(flat.slice(copied..flat.as_str().len()))
}
