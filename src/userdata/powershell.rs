//! PowerShell, far enough to know which variables it sets and what it gives to a registry's client.

use std::collections::HashMap;
use std::ops::Range;

use super::flat::{Flat, is_hole};
use super::limits::LONGEST_VALUE;
use super::reading::{AGENT_CONFIG, Confidence, Reading};
use super::registry_client;
use crate::model::{Hole, Part, Reference, Text};
use crate::source::MappedText;

/// Reads a script.
pub fn read(text: &Text, reading: &mut Reading) {
    let flat = Flat::new(text);
    let tokens = Lexer { flat: &flat, at: 0, tokens: Vec::new() }.tokens();
    Script { reading, variables: HashMap::new() }.follow(&tokens);
}

enum Token {
    /// A string, with its variables as holes.
    String(Text),
    /// `$name` or `$env:name`, in lower case and as written.
    Variable(String, String, Text),
    /// A bare word.
    Word(Text),
    /// `=`, `,`, `(`, `)`, `+`, `|` and the like.
    Sign(char),
    /// The end of a statement.
    End,
}

struct Lexer<'f, 't> {
    flat: &'f Flat<'t>,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_, '_> {
    fn tokens(mut self) -> Vec<Token> {
        while let Some(next) = self.flat.from(self.at).chars().next() {
            let rest = self.flat.from(self.at);
            match next {
                '\n' | ';' | '{' | '}' => self.sign(Token::End),
                ' ' | '\t' | '\r' => self.at += 1,
                '`' if rest.starts_with("`\n") || rest.starts_with("`\r\n") => {
                    self.at += rest.find('\n').map_or(1, |end| end + 1);
                }
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                '<' if rest.starts_with("<#") => self.at += rest.find("#>").map_or(rest.len(), |end| end + 2),
                '@' if rest.starts_with("@'") || rest.starts_with("@\"") => self.here_string(),
                '\'' | '"' => self.string(next),
                '$' => self.variable(),
                '=' | ',' | '(' | ')' | '+' | '|' | '&' | '[' | ']' | '>' | '<' => self.sign(Token::Sign(next)),
                _ => self.word(),
            }
        }
        self.tokens.push(Token::End);
        self.tokens
    }

    fn sign(&mut self, token: Token) {
        self.tokens.push(token);
        self.at += 1;
    }

    fn word(&mut self) {
        let rest = self.flat.from(self.at);
        let ends = |c: char| c.is_whitespace() || "=,()+|&;{}[]'\"<>$".contains(c);
        let length = rest
            .find(ends)
            .filter(|length| *length > 0)
            .unwrap_or_else(|| if rest.find(ends).is_some() { 1 } else { rest.len() });
        self.tokens.push(Token::Word(self.flat.slice(self.at..self.at + length)));
        self.at += length;
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
        self.tokens.push(Token::String(text));
        self.at = (end + 1).min(self.flat.as_str().len());
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
        self.tokens.push(Token::String(text));
        self.at = length.map_or(end, |_| end + closing.len());
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
            return self.word_of(1);
        }
        let range = self.at..self.at + length;
        let name = name_of(self.flat.text(range.clone()));
        let hole = self.hole(range);
        self.tokens.push(Token::Variable(name.to_ascii_lowercase(), name, hole));
        self.at += length;
    }

    fn word_of(&mut self, length: usize) {
        self.tokens.push(Token::Word(self.flat.slice(self.at..self.at + length)));
        self.at += length;
    }

    fn hole(&self, range: Range<usize>) -> Text {
        let name = name_of(self.flat.text(range.clone()));
        let name = (!name.is_empty()).then(|| name.to_ascii_lowercase());
        Text::new(vec![Part::Hole(Hole { reference: Reference::Boot(name), span: self.flat.span(range) })])
    }
}

/// How long the variable or the `$(…)` is that the text begins with.
fn variable_length(text: &str) -> usize {
    let after = text.get(1..).unwrap_or_default();
    let bracketed = |opening: char, closing: char| {
        let mut depth = 0usize;
        for (at, character) in after.char_indices() {
            depth += usize::from(character == opening);
            depth -= usize::from(character == closing && depth > 0);
            if depth == 0 {
                return 2 + at;
            }
        }
        text.len()
    };
    match after.chars().next() {
        Some('(') => bracketed('(', ')'),
        Some('{') => bracketed('{', '}'),
        _ => 1 + after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(after.len()),
    }
}

/// The name of a variable; of `$(…)` none.
fn name_of(text: &str) -> String {
    let name = text.trim_start_matches(['$', '{']).trim_end_matches('}');
    if name.contains(['(', ' ']) { String::new() } else { name.to_owned() }
}

struct Script<'r> {
    reading: &'r mut Reading,
    variables: HashMap<String, Text>,
}

impl Script<'_> {
    fn follow(&mut self, tokens: &[Token]) {
        for statement in tokens.split(|token| matches!(token, Token::End)) {
            self.statement(statement);
        }
    }

    fn statement(&mut self, tokens: &[Token]) {
        if let [Token::Variable(name, written, _), Token::Sign('='), value @ ..] = tokens {
            let value = self.value(value);
            if let Some(variable) = name.strip_prefix("env:") {
                self.reading.setting(&variable.to_ascii_uppercase(), &value, Confidence::Sure);
            } else {
                self.reading.setting(written, &value, Confidence::Mentioned);
            }
            if Flat::new(&value).as_str().len() <= LONGEST_VALUE {
                self.variables.insert(name.clone(), value);
            }
            return;
        }
        let is_setter =
            |token: &Token| matches!(token, Token::Word(word) if word.shown().ends_with("SetEnvironmentVariable"));
        if let Some(at) = tokens.iter().position(is_setter) {
            return self.set_environment_variable(tokens.get(at + 1..).unwrap_or_default());
        }
        let words: Vec<Text> = tokens.iter().filter_map(|token| self.word(token)).collect();
        if let Some((name, arguments)) = words.split_first() {
            self.command(name, arguments);
        }
    }

    /// `("NAME", value, "Machine")`.
    fn set_environment_variable(&mut self, tokens: &[Token]) {
        let inner: &[Token] = match tokens {
            [Token::Sign('('), inner @ ..] => inner,
            _ => tokens,
        };
        let mut arguments = inner.split(|token| matches!(token, Token::Sign(',')));
        let (Some(name), Some(value)) = (arguments.next(), arguments.next()) else { return };
        let (name, value) = (self.value(name), self.value(value));
        if let Some(name) = name.known() {
            self.reading.setting(&name, &value, Confidence::Sure);
        }
    }

    fn command(&mut self, name: &Text, arguments: &[Text]) {
        let shown = name.shown();
        let name = shown.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            _ if registry_client::is_one(&name) => registry_client::call(arguments, None, self.reading),
            "setx" | "set-item" | "new-item" => {
                if let [name, value, ..] = arguments
                    && let Some(name) = name.known()
                {
                    self.reading.setting(name.trim_start_matches("env:"), value, Confidence::Mentioned);
                }
            }
            _ => {
                if arguments.iter().any(|word| word.shown().ends_with(AGENT_CONFIG)) {
                    self.reading.configured_elsewhere();
                }
                for word in arguments {
                    self.reading.mentioned(word);
                }
            }
        }
    }

    /// What an expression is: strings and variables in a row, or something that only the instance knows.
    fn value(&self, tokens: &[Token]) -> Text {
        let mut text = Text::default();
        for token in tokens {
            match token {
                Token::Sign('+' | '(' | ')') => {}
                Token::Sign(_) => break,
                other => text = text.followed_by(self.word(other).unwrap_or_default()),
            }
        }
        // A command that is called is not a word: `Get-SECSecretValue …`.
        let is_call = matches!(tokens.iter().find(|token| !matches!(token, Token::Sign('('))), Some(Token::Word(word))
            if !word.known_start().starts_with(is_hole) && word.known_start().contains('-'));
        if is_call {
            let span = super::flat::place(&text);
            return Text::new(vec![Part::Hole(Hole { reference: Reference::Boot(None), span })]);
        }
        text
    }

    /// A word with the variables in it replaced.
    fn word(&self, token: &Token) -> Option<Text> {
        let text = match token {
            Token::String(text) | Token::Word(text) | Token::Variable(.., text) => text,
            Token::Sign(_) | Token::End => return None,
        };
        let mut replaced = Text::default();
        for part in text.parts() {
            let known = match part {
                Part::Hole(Hole { reference: Reference::Boot(Some(name)), .. }) => self.variables.get(name),
                _ => None,
            };
            let piece = known.cloned().unwrap_or_else(|| Text::new(vec![part.clone()]));
            replaced = replaced.followed_by(piece);
        }
        Some(replaced)
    }
}
