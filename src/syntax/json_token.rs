//! The tokens of JSON, right and wrong ones, as [`super::json_error`] meets them.

use std::ops::Range;

/// The first byte from `at` on that is neither blank nor in a comment.
pub(super) fn skip_blanks(body: &str, mut at: usize) -> usize {
    loop {
        let rest = body.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        at += rest.len() - trimmed.len();
        at += if trimmed.starts_with("//") {
            trimmed.find('\n').unwrap_or(trimmed.len())
        } else if let Some(end) = trimmed.strip_prefix("/*").and_then(|text| text.find("*/")) {
            end + 4
        } else {
            return at;
        };
    }
}

/// Where the token at `at` ends. A string that is not closed, or holds what a string must not,
/// ends with its line.
pub(super) fn end(body: &str, at: usize) -> usize {
    let rest = body.get(at..).unwrap_or_default();
    let length = match rest.chars().next() {
        None => 0,
        Some(quote @ ('"' | '\'')) => string_length(rest, quote),
        Some('{' | '}' | '[' | ']' | ',' | ':') => 1,
        Some(first) => rest.find(ends_word).unwrap_or(rest.len()).max(first.len_utf8()),
    };
    at + length
}

fn ends_word(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '{' | '}' | '[' | ']' | ',' | ':' | '"' | '\'')
}

fn string_length(rest: &str, quote: char) -> usize {
    let mut is_escaped = true;
    for (at, character) in rest.char_indices() {
        match character {
            '\n' | '\r' => return at,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Whether a token is one of JSON's.
pub(super) fn is_right(token: &str) -> bool {
    match token.as_bytes().first() {
        Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => true,
        Some(b'"') => wrong_string(token).is_none(),
        _ => matches!(token, "true" | "false" | "null") || is_number(token),
    }
}

fn is_number(word: &str) -> bool {
    nojson::RawJson::parse(word).is_ok_and(|json| json.value().as_number_str().is_ok())
}

/// Whether a word could be a name or text that only lacks its quotes.
pub(super) fn is_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphanumeric() || matches!(first, '_' | '$'))
}

/// What is wrong with a word in the place of a value, if it is not the place itself.
pub(super) fn wrong_value(word: &str) -> Option<String> {
    let first = word.chars().next()?;
    let literal = word.to_ascii_lowercase();
    if matches!(literal.as_str(), "true" | "false" | "null") {
        return Some(format!("`{word}` must be written `{literal}`"));
    }
    if matches!(literal.as_str(), "none" | "nil" | "undefined") {
        return Some(format!("`{word}` is no value in JSON: expected `null`"));
    }
    if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') {
        return Some(wrong_number(word).to_owned());
    }
    is_word(word).then(|| "expected this text in double quotes".to_owned())
}

fn wrong_number(word: &str) -> &'static str {
    let digits = word.trim_start_matches('-');
    if digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return "a number in JSON cannot start with a zero";
    }
    "this is no number in JSON, and text must be in double quotes"
}

/// What is wrong with the string that `rest` starts with, and where in it.
pub(super) fn wrong_string(rest: &str) -> Option<(Range<usize>, String)> {
    let end = end(rest, 0);
    let string = rest.get(..end)?;
    if string.starts_with('\'') {
        let message = "expected double quotes here, not single ones";
        return Some((0..end, message.to_owned()));
    }
    if !string.starts_with('"') {
        return None;
    }
    let mut characters = string.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            let escape = characters.next();
            if let Some(wrong) = wrong_escape(string, at, escape.map(|(_, code)| code)) {
                return Some(wrong);
            }
        } else if character.is_ascii_control() && character != '\x7f' {
            let escape = match character {
                '\t' => "\\t".to_owned(),
                _ => format!("\\u{:04x}", u32::from(character)),
            };
            let message = format!("this control character must be written `{escape}` in a string");
            return Some((at..at + 1, message));
        } else if character == '"' {
            return None;
        }
    }
    let message = if rest.len() > end {
        "this string is not closed on its line"
    } else {
        "the file ends before this string is closed"
    };
    let range = if rest.len() > end { 0..end } else { end..end };
    Some((range, message.to_owned()))
}

fn wrong_escape(string: &str, at: usize, code: Option<char>) -> Option<(Range<usize>, String)> {
    let code = code?;
    if code == 'u' {
        let digits = string.get(at + 2..at + 6).unwrap_or_default();
        if digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let message = "expected four hexadecimal digits after this `\\u`";
        return Some((at..at + 2, message.to_owned()));
    }
    if matches!(code, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') {
        return None;
    }
    let message = format!("`\\{}` is no escape in JSON: a backslash is written `\\\\`", code.escape_debug());
    Some((at..at + 1 + code.len_utf8(), message))
}
