//! What the shell expands: variables, `$(…)`, backquotes and `$'…'`.

use std::ops::Range;

use super::Segment;
use super::lexer::{Building, Lexer};
use crate::model::Text;
use crate::source::MappedText;
use crate::userdata::limits::DEEPEST;

impl Lexer<'_, '_> {
    /// `$'…'`, behind its opening quote.
    pub(super) fn ansi_c(&mut self, building: &mut Building) {
        while let Some(next) = self.peek() {
            match next {
                '\'' => {
                    building.flush(self);
                    self.at += 1;
                    return;
                }
                '\\' => {
                    building.flush(self);
                    let code = self.rest().chars().nth(1).unwrap_or('\\');
                    let length = 1 + code.len_utf8();
                    let meant = match code {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        same => same,
                    };
                    let span = self.flat.span(self.at..(self.at + length).min(self.end));
                    let text = MappedText::standing_for(meant.to_string(), span);
                    building.push(Segment::Text(Text::literal(text)));
                    self.at = (self.at + length).min(self.end);
                }
                other => building.character(self, other),
            }
        }
        building.flush(self);
    }

    /// What begins with `$` or a backquote.
    pub(super) fn expansion(&mut self, building: &mut Building) {
        let start = self.at;
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix('`') {
            let length = inner.find('`').unwrap_or(inner.len());
            building.flush(self);
            self.at = (self.at + length + 2).min(self.end);
            let span = self.flat.span(start..self.at);
            return building.push(Segment::Substitution(start + 1..start + 1 + length, span));
        }
        let after = rest.get(1..).unwrap_or_default();
        let arithmetic = [("((", "))"), ("[", "]")].into_iter().find(|(opening, _)| after.starts_with(opening));
        if let Some((_, closing)) = arithmetic {
            let length = after.find(closing).map_or(after.len(), |found| found + closing.len());
            building.flush(self);
            self.at += 1 + length;
            return building.push(Segment::Unknown(self.flat.span(start..self.at)));
        }
        if after.starts_with('(') {
            let inner = start + 2;
            let end = closing(self.flat.as_str(), inner, self.end, ')', DEEPEST);
            building.flush(self);
            self.at = (end + 1).min(self.end);
            return building.push(Segment::Substitution(inner..end, self.flat.span(start..self.at)));
        }
        if after.starts_with('{') {
            let inner = start + 2;
            let end = closing(self.flat.as_str(), inner, self.end, '}', DEEPEST);
            building.flush(self);
            self.at = (end + 1).min(self.end);
            let segment = self.parameter(inner..end, start);
            return building.push(segment);
        }
        let name = after.len() - after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
        let name = if after.starts_with(|c: char| c.is_ascii_digit()) { 0 } else { name };
        if name > 0 {
            building.flush(self);
            self.at += 1 + name;
            let variable = after.get(..name).unwrap_or_default().to_owned();
            building.push(Segment::Variable(variable, None, self.flat.span(start..self.at)));
        } else if let Some(special) = after.chars().next().filter(|c| c.is_ascii_digit() || "@*#?$!-".contains(*c)) {
            building.flush(self);
            self.at += 2;
            let span = self.flat.span(start..self.at);
            building.push(match special {
                '#' | '?' | '$' | '!' | '-' => Segment::Unknown(span),
                positional => Segment::Variable(positional.to_string(), None, span),
            });
        } else {
            building.character(self, '$');
        }
    }

    /// `${…}`: a variable as it is, or with what stands for it; other operations are not followed.
    fn parameter(&self, inner: Range<usize>, start: usize) -> Segment {
        let span = self.flat.span(start..self.at);
        let content = self.flat.text(inner.clone());
        let name = content.len() - content.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
        let (variable, operation) = content.split_at(name);
        let is_positional = variable.len() == 1 && variable.starts_with(|c: char| c.is_ascii_digit());
        if variable.is_empty() || variable.starts_with(|c: char| c.is_ascii_digit()) && !is_positional {
            return Segment::Unknown(span);
        }
        let default = [":-", ":=", "-", "="].iter().find(|operator| operation.starts_with(**operator));
        match default {
            _ if operation.is_empty() => Segment::Variable(variable.to_owned(), None, span),
            Some(operator) => {
                Segment::Variable(variable.to_owned(), Some(inner.start + name + operator.len()..inner.end), span)
            }
            None => Segment::Unknown(span),
        }
    }
}

/// Where the bracket closes that was opened before `at`; `end` where it does not. Quotes and inner brackets are passed over.
fn closing(text: &str, at: usize, end: usize, bracket: char, depth: usize) -> usize {
    let opening = if bracket == ')' { '(' } else { '{' };
    let mut open = 0usize;
    let mut position = at;
    while let Some(next) = text.get(position..end).and_then(|rest| rest.chars().next()) {
        match next {
            '\\' => position += text.get(position + 1..end).and_then(|r| r.chars().next()).map_or(0, char::len_utf8),
            '\'' => position = quote_end(text, position + 1, end, '\''),
            '"' => position = double_quote_end(text, position + 1, end, depth),
            _ if next == opening => open += 1,
            _ if next == bracket && open == 0 => return position,
            _ if next == bracket => open -= 1,
            _ => {}
        }
        position += if position < end { next.len_utf8().min(end - position) } else { 0 };
        while position < end && !text.is_char_boundary(position) {
            position += 1;
        }
    }
    end
}

/// Where the quote is that closes; `end` where there is none.
fn quote_end(text: &str, at: usize, end: usize, quote: char) -> usize {
    text.get(at..end).and_then(|rest| rest.find(quote)).map_or(end, |found| at + found)
}

/// The same for double quotes, in which backslashes and `$(…)` count.
fn double_quote_end(text: &str, at: usize, end: usize, depth: usize) -> usize {
    let mut position = at;
    while let Some(next) = text.get(position..end).and_then(|rest| rest.chars().next()) {
        let rest = text.get(position..end).unwrap_or_default();
        match next {
            '"' => return position,
            '\\' => position += 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '$' if depth > 0 && rest.starts_with("$(") => {
                position = (closing(text, position + 2, end, ')', depth - 1) + 1).min(end);
            }
            other => position += other.len_utf8(),
        }
    }
    end
}
