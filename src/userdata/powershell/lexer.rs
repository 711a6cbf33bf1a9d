//! A script cut into tokens. Source: `about_Parsing`, `about_Quoting_Rules` and `about_Special_Characters` of PowerShell.

use std::ops::Range;

use crate::model::{Reference, Text};
use crate::source::MappedText;
use crate::userdata::flat::Flat;

/// A token.
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text: of a string without its quotes and with its variables as holes, of a variable a hole.
    pub text: Text,
    /// Whether it stands right behind the token before it.
    pub glued: bool,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Quoted,
    /// `$name` or `$env:name`, by its name as written; `$(…)` has none.
    Variable(String),
    /// A bare word.
    Word,
    /// `=`, `,`, `(`, `)`, `+`, `|` and the like.
    Sign(char),
    /// A value that is not followed: a hash table.
    Opaque,
    /// The end of a statement, or a brace.
    End,
}

impl Token {
    /// Whether it is that sign.
    pub fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// The tokens of a script.
pub fn tokens(flat: &Flat<'_>) -> Vec<Token> {
    let mut lexer = Lexer { flat, at: 0, end: 0, open: 0, tokens: Vec::new() };
    lexer.script();
    lexer.tokens
}

struct Lexer<'f, 't> {
    flat: &'f Flat<'t>,
    at: usize,
    /// Where the last token ended.
    end: usize,
    /// How many parentheses are open; lines end no statement in them.
    open: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_, '_> {
    fn script(&mut self) {
        while let Some(next) = self.flat.from(self.at).chars().next() {
            let rest = self.flat.from(self.at);
            match next {
                '\n' if self.open > 0 || self.goes_on() => self.at += 1,
                '\n' | ';' => self.take(Kind::End, 1),
                '{' | '}' => {
                    self.open = 0;
                    self.take(Kind::End, 1);
                }
                ' ' | '\t' | '\r' => self.at += 1,
                '`' if rest.starts_with("`\n") || rest.starts_with("`\r\n") => {
                    self.at += rest.find('\n').map_or(1, |end| end + 1);
                }
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                '<' if rest.starts_with("<#") => self.at += rest.find("#>").map_or(rest.len(), |end| end + 2),
                '@' if rest.starts_with("@'") || rest.starts_with("@\"") => self.here_string(),
                '@' if rest.starts_with("@{") => {
                    self.take(Kind::Opaque, 1 + bracketed(rest.get(1..).unwrap_or(""), '{', '}'));
                }
                '@' if rest.starts_with("@(") => self.at += 1,
                '\'' | '"' => self.string(next),
                '$' => self.variable(),
                '&' | '|' if rest.starts_with("&&") || rest.starts_with("||") => self.take(Kind::End, 2),
                '=' | ',' | '(' | ')' | '+' | '|' | '&' | '[' | ']' | '>' | '<' => {
                    self.open += usize::from(next == '(');
                    self.open = self.open.saturating_sub(usize::from(next == ')'));
                    self.take(Kind::Sign(next), 1);
                }
                _ => self.word(),
            }
        }
    }

    /// Whether the last token wants another behind it, on the next line if need be.
    fn goes_on(&self) -> bool {
        self.tokens.last().is_some_and(|token| matches!(token.kind, Kind::Sign('|' | ',' | '+' | '=')))
    }

    /// A token of so many bytes, with its text as it stands.
    fn take(&mut self, kind: Kind, length: usize) {
        let text = self.flat.slice(self.at..self.at + length);
        self.push(kind, text);
        self.at += length;
        self.end = self.at;
    }

    fn push(&mut self, kind: Kind, text: Text) {
        let glued = self.end == self.at && !self.tokens.is_empty();
        self.tokens.push(Token { kind, text, glued });
    }

    fn word(&mut self) {
        let rest = self.flat.from(self.at);
        let ends = |c: char| c.is_whitespace() || "=,()+|&;{}[]'\"<>$".contains(c);
        let first = rest.chars().next().map_or(1, char::len_utf8);
        self.take(Kind::Word, rest.find(ends).unwrap_or(rest.len()).max(first));
    }

    fn string(&mut self, quote: char) {
        let start = self.at + 1;
        let mut end = start;
        while let Some(next) = self.flat.from(end).chars().next() {
            let after = self.flat.from(end + next.len_utf8()).chars().next();
            if next == quote && after == Some(quote) {
                end += 2;
            } else if next == quote {
                break;
            } else {
                end += next.len_utf8();
                if next == '`' && quote == '"' {
                    end += after.map_or(0, char::len_utf8);
                }
            }
        }
        let text = self.content(start..end, quote);
        self.push(Kind::Quoted, text);
        self.at = (end + 1).min(self.flat.as_str().len());
        self.end = self.at;
    }

    /// `@'` and a line end, up to a line end and `'@`.
    fn here_string(&mut self) {
        let rest = self.flat.from(self.at);
        let quote = if rest.starts_with("@'") { '\'' } else { '"' };
        let start = self.at + rest.find('\n').map_or(2, |end| end + 1);
        let closing = format!("\n{quote}@");
        let length = self.flat.from(start).find(&closing);
        let end = length.map_or(self.flat.as_str().len(), |length| start + length);
        let text = if quote == '"' { self.expanded(start..end) } else { self.flat.slice(start..end) };
        self.push(Kind::Quoted, text);
        self.at = length.map_or(end, |_| end + closing.len());
        self.end = self.at;
    }

    /// The text between quotes: doubled quotes are one; in double quotes a backquote escapes and variables count.
    fn content(&self, range: Range<usize>, quote: char) -> Text {
        if quote == '"' {
            return self.expanded(range);
        }
        let mut text = Text::default();
        let mut copied = range.start;
        for (at, _) in self.flat.text(range.clone()).match_indices("''") {
            text = text.followed_by(self.flat.slice(copied..range.start + at + 1));
            copied = range.start + at + 2;
        }
        text.followed_by(self.flat.slice(copied..range.end))
    }

    fn expanded(&self, range: Range<usize>) -> Text {
        let mut text = Text::default();
        let (mut copied, mut at) = (range.start, range.start);
        while let Some(next) = self.flat.text(at..range.end).chars().next() {
            let rest = self.flat.text(at..range.end);
            if rest.starts_with("\"\"") {
                text = text.followed_by(self.flat.slice(copied..at + 1));
                copied = at + 2;
                at = copied;
            } else if next == '`' {
                text = text.followed_by(self.flat.slice(copied..at));
                let escaped = rest.chars().nth(1);
                let length = 1 + escaped.map_or(0, char::len_utf8);
                if matches!(escaped, Some('n' | 'r' | 't')) {
                    let span = self.flat.span(at..at + length);
                    text = text.followed_by(Text::literal(MappedText::standing_for("\n".to_owned(), span)));
                    copied = at + length;
                } else {
                    copied = at + 1;
                }
                at += length;
            } else if next == '$' {
                let length = variable_length(rest);
                if length > 1 {
                    text = text.followed_by(self.flat.slice(copied..at)).followed_by(self.hole(at..at + length));
                    copied = at + length;
                }
                at += length.max(1);
            } else {
                at += next.len_utf8();
            }
        }
        text.followed_by(self.flat.slice(copied..range.end))
    }

    fn variable(&mut self) {
        let length = variable_length(self.flat.from(self.at));
        if length < 2 {
            return self.take(Kind::Word, 1);
        }
        let range = self.at..self.at + length;
        let name = name_of(self.flat.text(range.clone()));
        let hole = self.hole(range);
        self.push(Kind::Variable(name), hole);
        self.at += length;
        self.end = self.at;
    }

    fn hole(&self, range: Range<usize>) -> Text {
        let name = name_of(self.flat.text(range.clone()));
        let name = (!name.is_empty()).then(|| name.to_ascii_lowercase());
        Text::hole(Reference::Boot(name), self.flat.span(range))
    }
}

/// How long the bracket is that the text begins with, past the one that closes it; all of the text where none does.
fn bracketed(text: &str, opening: char, closing: char) -> usize {
    let mut depth = 0usize;
    for (at, character) in text.char_indices() {
        depth += usize::from(character == opening);
        depth -= usize::from(character == closing && depth > 0);
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// How long the variable or the `$(…)` is that the text begins with.
fn variable_length(text: &str) -> usize {
    let after = text.get(1..).unwrap_or_default();
    match after.chars().next() {
        Some('(') => 1 + bracketed(after, '(', ')'),
        Some('{') => 1 + bracketed(after, '{', '}'),
        _ => 1 + after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(after.len()),
    }
}

/// The name of a variable; of `$(…)` none.
fn name_of(text: &str) -> String {
    let name = text.trim_start_matches(['$', '{']).trim_end_matches('}');
    if name.contains(['(', ' ']) { String::new() } else { name.to_owned() }
}
