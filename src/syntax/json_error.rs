//! What is wrong with a text that is no JSON, in words for its author.
//!
//! The parser says where it stopped. What it wanted there is found by walking the tokens before
//! that place once more, which only files with an error pay for.

use std::ops::Range;

use nojson::{JsonParseError, MAX_NESTING_DEPTH};

use super::SyntaxProblem;
use super::json_token as token;
use crate::source::{Source, Span};

/// Describes the parser's `error`.
pub(super) fn problem(source: &Source, error: &JsonParseError) -> SyntaxProblem {
    let base = source.body_start() as usize;
    let body = source.text().get(base..).unwrap_or_default();
    let mut stop = error.position().min(body.len());
    while !body.is_char_boundary(stop) {
        stop -= 1;
    }
    let place = Place::of(source, body, stop);
    let (range, message) = match error {
        JsonParseError::InvalidValue { .. } => {
            (place.character(stop), format!("this is nested more than {MAX_NESTING_DEPTH} levels deep"))
        }
        _ => place.describe(),
    };
    let offset = |at: usize| u32::try_from(base + at).unwrap_or(u32::MAX);
    SyntaxProblem { span: Span::new(source.id(), offset(range.start), offset(range.end)), message }
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Value,
    Key,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// The place where the parser stopped.
struct Place<'s> {
    source: &'s Source,
    body: &'s str,
    expected: Expected,
    /// The brackets that are open, and where.
    open: Vec<(u8, usize)>,
    /// The token before.
    before: Range<usize>,
    /// Where the token that is wrong starts.
    at: usize,
}

impl<'s> Place<'s> {
    /// Walks the tokens of `body` up to the one that holds or follows the byte `stop`.
    fn of(source: &'s Source, body: &'s str, stop: usize) -> Self {
        let mut place = Self { source, body, expected: Expected::Value, open: Vec::new(), before: 0..0, at: 0 };
        loop {
            place.at = token::skip_blanks(body, place.before.end);
            let end = token::end(body, place.at);
            let token = body.get(place.at..end).unwrap_or_default();
            if place.at >= stop || !token::is_right(token) || !place.take(end) {
                return place;
            }
        }
    }

    /// Steps over the token that ends at `end`; false when it is not what is expected.
    fn take(&mut self, end: usize) -> bool {
        let first = self.body.as_bytes().get(self.at).copied().unwrap_or_default();
        self.expected = match (first, self.expected) {
            (b'{', Expected::Value) => {
                self.open.push((first, self.at));
                Expected::Key
            }
            (b'[', Expected::Value) => {
                self.open.push((first, self.at));
                Expected::Value
            }
            (b'}', Expected::Key | Expected::CommaOrEnd) if self.closer() == Some('}') => self.close(),
            (b']', Expected::Value | Expected::CommaOrEnd) if self.closer() == Some(']') => self.close(),
            (b',', Expected::CommaOrEnd) if self.closer() == Some('}') => Expected::Key,
            (b',', Expected::CommaOrEnd) | (b':', Expected::Colon) => Expected::Value,
            (b'"', Expected::Key) => Expected::Colon,
            (b'{' | b'}' | b'[' | b']' | b',' | b':', _) => return false,
            (_, Expected::Value) => self.after_value(),
            _ => return false,
        };
        self.before = self.at..end;
        true
    }

    fn close(&mut self) -> Expected {
        self.open.pop();
        self.after_value()
    }

    fn after_value(&self) -> Expected {
        if self.open.is_empty() { Expected::Nothing } else { Expected::CommaOrEnd }
    }

    /// The bracket that closes the innermost open one.
    fn closer(&self) -> Option<char> {
        let (open, _) = self.open.last()?;
        Some(if *open == b'{' { '}' } else { ']' })
    }

    fn rest(&self) -> &'s str {
        self.body.get(self.at..).unwrap_or_default()
    }

    fn character(&self, at: usize) -> Range<usize> {
        let found = self.body.get(at..).and_then(|rest| rest.chars().next());
        at..at + found.map_or(0, char::len_utf8)
    }

    fn describe(&self) -> (Range<usize>, String) {
        let rest = self.rest();
        if rest.is_empty() {
            return (self.at..self.at, self.end_of_file());
        }
        if rest.starts_with("/*") {
            let message = "this comment is never closed: expected `*/`";
            return (self.at..self.at + 2, message.to_owned());
        }
        let takes_string = matches!(self.expected, Expected::Value | Expected::Key);
        if takes_string && let Some((range, message)) = token::wrong_string(rest) {
            return (self.at + range.start..self.at + range.end, message);
        }
        self.misplaced()
    }

    fn end_of_file(&self) -> String {
        let Some((open, at)) = self.open.last() else {
            return "the file has no value in it".to_owned();
        };
        let offset = u32::try_from(*at).unwrap_or(u32::MAX).saturating_add(self.source.body_start());
        let line = self.source.position(offset).line;
        format!("the file ends before the `{}` of line {line} is closed", char::from(*open))
    }

    /// A token that stands where another is expected. Messages do not repeat the text of a file,
    /// which may be a secret.
    fn misplaced(&self) -> (Range<usize>, String) {
        let end = token::end(self.body, self.at).max(self.character(self.at).end);
        let found = self.at..end;
        let token = self.body.get(found.clone()).unwrap_or_default();
        let this = match token {
            "{" | "}" | "[" | "]" | "," | ":" => format!("this `{token}`"),
            _ => "this".to_owned(),
        };
        match (self.expected, self.closer()) {
            (Expected::Nothing, _) => (found, "expected nothing more after the end of the value".to_owned()),
            (Expected::CommaOrEnd | Expected::Key, Some(closer)) if matches!(token, "}" | "]") => {
                (found, format!("expected `{closer}` before {this}"))
            }
            (Expected::CommaOrEnd, closer) => {
                let closer = closer.unwrap_or('}');
                (self.before.clone(), format!("expected a comma or `{closer}` after this value"))
            }
            (Expected::Colon, _) => (self.before.clone(), "expected a colon after this key".to_owned()),
            (Expected::Key, _) if token::is_word(token) => (found, "expected this key in double quotes".to_owned()),
            (Expected::Key, _) => (found, format!("expected a key in double quotes before {this}")),
            (Expected::Value, _) => {
                let message = token::wrong_value(token);
                (found, message.unwrap_or_else(|| format!("expected a value before {this}")))
            }
        }
    }
}
