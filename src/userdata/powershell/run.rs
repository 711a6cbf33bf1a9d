//! Following the statements of a script.

use std::collections::HashMap;

use super::lexer::{self, Kind, Token};
use crate::model::{Reference, Text};
use crate::userdata::flat::{Flat, place};
use crate::userdata::limits::{DEEPEST, LONGEST_VALUE};
use crate::userdata::reading::{Confidence, Reading};

/// Reads a script.
pub fn read(text: &Text, reading: &mut Reading) {
    Script { reading, variables: HashMap::new(), depth: DEEPEST }.script(text);
}

pub(super) struct Script<'r> {
    pub(super) reading: &'r mut Reading,
    /// Values by the variables' names in lower case.
    pub(super) variables: HashMap<String, Text>,
    pub(super) depth: usize,
}

impl Script<'_> {
    fn script(&mut self, text: &Text) {
        let flat = Flat::new(text);
        let tokens = lexer::tokens(&flat);
        for statement in tokens.split(|token| token.kind == Kind::End) {
            let output = self.statement(statement);
            self.reading.mentioned(&output);
        }
    }

    /// A script inside this one.
    pub(super) fn nested(&mut self, text: &Text) {
        if self.depth > 0 && self.reading.spend(text) {
            self.depth -= 1;
            self.script(text);
            self.depth += 1;
        }
    }

    /// Follows one statement; what it puts out.
    pub(super) fn statement(&mut self, tokens: &[Token]) -> Text {
        // `[string]$name = …`
        let cast = closing(tokens, 0, '[', ']').and_then(|end| tokens.get(end + 1..));
        let target = cast.filter(|rest| rest.first().is_some_and(|token| matches!(token.kind, Kind::Variable(_))));
        if let [Token { kind: Kind::Variable(name), text, .. }, rest @ ..] = target.unwrap_or(tokens) {
            match rest {
                [sign, value @ ..] if sign.is('=') => {
                    let value = self.inner(value);
                    self.assign(name, value);
                    return Text::default();
                }
                [plus, sign, value @ ..] if plus.is('+') && sign.is('=') && sign.glued => {
                    let before = self.replaced(text);
                    let value = before.followed_by(self.inner(value));
                    self.assign(name, value);
                    return Text::default();
                }
                _ => {}
            }
        }
        let is_setter = |token: &Token| {
            token.kind == Kind::Word && token.text.shown().to_ascii_lowercase().ends_with("setenvironmentvariable")
        };
        if let Some(at) = tokens.iter().position(is_setter) {
            self.set_environment_variable(tokens, at + 1);
            return Text::default();
        }
        self.pipeline(tokens)
    }

    /// A statement within another.
    pub(super) fn inner(&mut self, tokens: &[Token]) -> Text {
        if self.depth == 0 {
            return tokens.first().map(|first| computed(&first.text)).unwrap_or_default();
        }
        self.depth -= 1;
        let value = self.statement(tokens);
        self.depth += 1;
        value
    }

    fn assign(&mut self, written: &str, value: Text) {
        let name = written.to_ascii_lowercase();
        match name.strip_prefix("env:") {
            Some(variable) => self.reading.setting(&variable.to_ascii_uppercase(), &value, Confidence::Sure),
            None => self.reading.setting(written, &value, Confidence::Mentioned),
        }
        if Flat::new(&value).as_str().len() <= LONGEST_VALUE {
            self.variables.insert(name, value);
        } else {
            self.variables.remove(&name);
        }
    }

    /// `("NAME", value, "Machine")`.
    fn set_environment_variable(&mut self, tokens: &[Token], at: usize) {
        let end = closing(tokens, at, '(', ')').unwrap_or(tokens.len());
        let inner = tokens.get(at + 1..end).unwrap_or_default();
        let arguments = split(inner, ',');
        let [name, value, ..] = arguments.as_slice() else { return };
        let (name, value) = (self.expression(name), self.expression(value));
        if let Some(name) = name.known() {
            self.reading.setting(&name, &value, Confidence::Sure);
        }
    }

    /// Commands and expressions between `|`; what the last of them puts out.
    fn pipeline(&mut self, tokens: &[Token]) -> Text {
        let mut output = Text::default();
        for (at, element) in split(tokens, '|').into_iter().enumerate() {
            let input = (at > 0).then_some(output);
            output = self.element(element, input);
        }
        output
    }

    fn element(&mut self, tokens: &[Token], input: Option<Text>) -> Text {
        let is_return = |token: &&Token| token.text.known().is_some_and(|word| word.eq_ignore_ascii_case("return"));
        let behind = tokens.first().filter(is_return).and_then(|_| tokens.get(1..));
        let tokens = behind.unwrap_or(tokens);
        let Some(first) = tokens.first() else { return Text::default() };
        let word = first.text.known_start();
        match first.kind {
            Kind::Sign('&') => self.call(tokens.get(1..).unwrap_or_default(), input),
            Kind::Word if word == "." => self.call(tokens.get(1..).unwrap_or_default(), input),
            Kind::Word if !word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '!') => {
                self.call(tokens, input)
            }
            _ => self.expression(tokens),
        }
    }

    fn call(&mut self, tokens: &[Token], input: Option<Text>) -> Text {
        let (words, target) = self.arguments(tokens);
        let Some((name, arguments)) = words.split_first() else { return Text::default() };
        let unknown = || computed(name);
        let output = self.command(name, arguments, input);
        if let Some(path) = target {
            let content = output.clone().unwrap_or_else(unknown);
            self.reading.file(&path, &content);
            return Text::default();
        }
        output.unwrap_or_else(unknown)
    }
}

/// What only the instance knows, at the place of a text.
pub(super) fn computed(at: &Text) -> Text {
    Text::hole(Reference::Boot(None), place(at))
}

/// Where the bracket closes that opens at `at`; `None` where none opens, or none closes it.
pub(super) fn closing(tokens: &[Token], at: usize, opening: char, closing: char) -> Option<usize> {
    if !tokens.get(at)?.is(opening) {
        return None;
    }
    let mut open = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        open += usize::from(token.is(opening));
        if token.is(closing) {
            open = open.saturating_sub(1);
            if open == 0 {
                return Some(index);
            }
        }
    }
    None
}

/// The tokens between the signs that are not in parentheses.
fn split(tokens: &[Token], sign: char) -> Vec<&[Token]> {
    let (mut pieces, mut open, mut start) = (Vec::new(), 0usize, 0);
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign('(' | '[') => open += 1,
            Kind::Sign(')' | ']') => open = open.saturating_sub(1),
            Kind::Sign(found) if found == sign && open == 0 => {
                pieces.extend(tokens.get(start..index));
                start = index + 1;
            }
            _ => {}
        }
    }
    pieces.extend(tokens.get(start..));
    pieces
}
