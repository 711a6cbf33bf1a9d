//! The values of expressions, and the words of commands. Source: `about_Operators` and `about_Parsing` of PowerShell.

use super::lexer::{Kind, Token};
use super::run::{Script, closing, computed};
use crate::model::{Part, Reference, Text};
use crate::userdata::flat::Flat;
use crate::userdata::reading::made_up;

impl Script<'_> {
    /// What an expression is; a hole for what only the instance knows.
    pub(super) fn expression(&mut self, tokens: &[Token]) -> Text {
        let (mut value, mut at) = self.operand(tokens, 0);
        while let Some(operator) = tokens.get(at) {
            match operator.kind {
                Kind::Sign('+') => {
                    let (right, next) = self.operand(tokens, at + 1);
                    value = value.followed_by(right);
                    at = next;
                }
                // The items of an array become lines of a file.
                Kind::Sign(',') => {
                    let (right, next) = self.operand(tokens, at + 1);
                    value = value.followed_by(made_up("\n")).followed_by(right);
                    at = next;
                }
                Kind::Sign('>') => {
                    let twice = usize::from(tokens.get(at + 1).is_some_and(|token| token.is('>')));
                    let (words, _) = self.arguments(tokens.get(at + 1 + twice..).unwrap_or_default());
                    if let Some(path) = words.first() {
                        self.reading.file(path, &value);
                    }
                    return Text::default();
                }
                Kind::Word if operator.text.shown().eq_ignore_ascii_case("-f") => {
                    let mut arguments = Vec::new();
                    at += 1;
                    loop {
                        let (argument, next) = self.operand(tokens, at);
                        arguments.push(argument);
                        at = next + 1;
                        if !tokens.get(next).is_some_and(|token| token.is(',')) {
                            at = next;
                            break;
                        }
                    }
                    value = formatted(&value, &arguments);
                }
                _ => return computed(&operator.text),
            }
        }
        value
    }

    /// One operand with what is read of it, and where the next token is.
    fn operand(&mut self, tokens: &[Token], at: usize) -> (Text, usize) {
        // `[type]value`; what is behind `[type]::` is a call.
        let mut at = at;
        while let Some(end) = closing(tokens, at, '[', ']') {
            if tokens.get(end + 1).is_none_or(|next| next.kind == Kind::Word) {
                break;
            }
            at = end + 1;
        }
        let Some(token) = tokens.get(at) else { return (Text::default(), tokens.len()) };
        let (value, next) = match token.kind {
            Kind::Quoted | Kind::Variable(_) => (self.replaced(&token.text), at + 1),
            Kind::Word if token.text.known_start().starts_with(|c: char| c.is_ascii_digit()) => {
                (token.text.clone(), at + 1)
            }
            Kind::Sign('(') => self.parenthesised(tokens, at),
            Kind::Sign('[') => {
                let end = closing(tokens, at, '[', ']').map_or(tokens.len(), |end| end + 2);
                (computed(&token.text), end)
            }
            Kind::Word | Kind::Sign(_) | Kind::Opaque | Kind::End => (computed(&token.text), at + 1),
        };
        let end = members_end(tokens, next);
        if end > next { (computed(&token.text), end) } else { (value, next) }
    }

    fn parenthesised(&mut self, tokens: &[Token], at: usize) -> (Text, usize) {
        let place = tokens.get(at).map(|token| token.text.clone()).unwrap_or_default();
        let Some(end) = closing(tokens, at, '(', ')') else { return (computed(&place), tokens.len()) };
        let value = self.inner(tokens.get(at + 1..end).unwrap_or_default());
        (value, end + 1)
    }

    /// The words of a command, its name first, and the file that its output goes to.
    pub(super) fn arguments(&mut self, tokens: &[Token]) -> (Vec<Text>, Option<Text>) {
        let mut words: Vec<Text> = Vec::new();
        let mut target = None;
        let mut at = 0;
        let mut joins = false;
        while let Some(token) = tokens.get(at) {
            if token.is('>') {
                let is_numbered = token.glued && words.last().and_then(Text::known).is_some_and(|word| word.len() == 1);
                if is_numbered {
                    words.pop();
                }
                let twice = usize::from(tokens.get(at + 1).is_some_and(|token| token.is('>')));
                let rest = tokens.get(at + 1 + twice..).unwrap_or_default();
                let goes_nowhere = rest.first().is_some_and(|token| token.is('&'));
                let (path, next) = self.operand_of_command(rest, usize::from(goes_nowhere));
                if !goes_nowhere && !is_numbered {
                    target = Some(path);
                }
                at = tokens.len() - rest.len() + next;
                continue;
            }
            let (piece, next) = self.operand_of_command(tokens, at);
            let is_list = token.is(',');
            match words.last_mut() {
                Some(last) if token.glued || joins || is_list => {
                    *last = std::mem::take(last).followed_by(piece);
                }
                _ => words.push(piece),
            }
            joins = is_list;
            at = next;
        }
        (words, target)
    }

    /// One piece of a command's word, and where the next token is.
    fn operand_of_command(&mut self, tokens: &[Token], at: usize) -> (Text, usize) {
        let Some(token) = tokens.get(at) else { return (Text::default(), tokens.len()) };
        let (value, next) = match token.kind {
            Kind::Sign('(') => self.parenthesised(tokens, at),
            Kind::Opaque => (computed(&token.text), at + 1),
            Kind::Variable(_) => (self.replaced(&token.text), at + 1),
            Kind::Quoted => return (self.replaced(&token.text), at + 1),
            Kind::Word | Kind::Sign(_) | Kind::End => return (token.text.clone(), at + 1),
        };
        let end = members_end(tokens, next);
        if end > next { (computed(&token.text), end) } else { (value, next) }
    }

    /// A text with the variables in it replaced that are known.
    pub(super) fn replaced(&mut self, text: &Text) -> Text {
        let mut replaced = Text::default();
        for part in text.parts() {
            let known = match part {
                Part::Hole(hole) => match &*hole.reference {
                    Reference::Boot(Some(name)) => self.variables.get(name),
                    _ => None,
                },
                Part::Literal(_) | Part::Base64(..) => None,
            };
            let piece = known.filter(|value| self.reading.spend(value)).cloned();
            replaced = replaced.followed_by(piece.unwrap_or_else(|| Text::new(vec![part.clone()])));
        }
        replaced
    }
}

/// Where what is read of a value ends: `.name`, `::Name`, `[index]` and `(arguments)` right behind it.
fn members_end(tokens: &[Token], at: usize) -> usize {
    let mut end = at;
    while let Some(token) = tokens.get(end).filter(|token| token.glued) {
        let is_member = |word: &str| {
            let name = word.strip_prefix('.').or_else(|| word.strip_prefix("::"));
            name.is_some_and(|name| name.is_empty() || name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        };
        end = match token.kind {
            Kind::Sign('[') => closing(tokens, end, '[', ']').map_or(tokens.len(), |close| close + 1),
            Kind::Sign('(') if end > at => closing(tokens, end, '(', ')').map_or(tokens.len(), |close| close + 1),
            Kind::Word if is_member(&token.text.known_start()) => end + 1,
            // `.'a name'`
            Kind::Quoted if end > at => end + 1,
            _ => return end,
        };
    }
    end
}

/// `-f`: `{0}` stands for an argument, doubled braces for one.
fn formatted(format: &Text, arguments: &[Text]) -> Text {
    let flat = Flat::new(format);
    let mut output = Text::default();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = flat.from(at).find(['{', '}']).map(|found| at + found) {
        let rest = flat.from(found);
        let is_doubled = rest.starts_with("{{") || rest.starts_with("}}");
        let length = rest.find('}').map_or(rest.len(), |end| end + 1);
        let index = rest.get(1..length).unwrap_or_default();
        let index = index.len() - index.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let argument = rest.get(1..=index).and_then(|digits| digits.parse::<usize>().ok());
        if is_doubled {
            output = output.followed_by(flat.slice(copied..found + 1));
            at = found + 2;
        } else if let Some(argument) = argument.filter(|_| rest.starts_with('{')) {
            output = output.followed_by(flat.slice(copied..found));
            output = output.followed_by(arguments.get(argument).cloned().unwrap_or_default());
            at = found + length;
        } else {
            at = found + 1;
            continue;
        }
        copied = at;
    }
    output.followed_by(flat.slice(copied..flat.as_str().len()))
}
