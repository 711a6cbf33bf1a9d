//! A script cut into commands, words and expansions. Source: POSIX.1-2024, "Shell Command Language", 2.2 to 2.7; bash manual.

use std::ops::Range;

use super::here_document::HereDocument;
use super::{Command, Segment, Target, Word};
use crate::userdata::flat::Flat;
use crate::userdata::limits::{DEEPEST, MOST_COMMANDS};

/// Words that may stand before a command.
const RESERVED: [&str; 6] = ["then", "elif", "else", "do", "!", "time"];

/// The commands of a part of a script, in the order they are written.
pub fn commands(flat: &Flat<'_>, range: Range<usize>) -> Vec<Command> {
    let mut lexer = Lexer::new(flat, range);
    lexer.script();
    lexer.commands
}

/// The comments of a whole script; and its words and here-documents, the latter with the line end before them, by which they
/// belong to the line of their command.
pub fn comments(flat: &Flat<'_>) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let mut lexer = Lexer::new(flat, 0..flat.as_str().len());
    lexer.script();
    let ranges = lexer.commands.iter().flat_map(|command| {
        let input = command.input.iter().map(|word| word.range.start.saturating_sub(1)..word.range.end);
        command.words.iter().map(|word| word.range.clone()).chain(input)
    });
    (lexer.comments, ranges.collect())
}

/// The pieces of a part of a script that is one word, as that in `${NAME:-word}`.
pub fn word(flat: &Flat<'_>, range: Range<usize>) -> Word {
    let mut lexer = Lexer::new(flat, range.clone());
    lexer.in_expansion = true;
    let mut word = lexer.word();
    word.range = range;
    word
}

pub(super) struct Lexer<'f, 't> {
    pub(super) flat: &'f Flat<'t>,
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) commands: Vec<Command>,
    /// Where its comments are, each without its line end.
    pub(super) comments: Vec<Range<usize>>,
    current: Command,
    /// Here-documents whose text begins behind the next line end.
    pub(super) here: Vec<HereDocument>,
    /// The groups that are open.
    groups: Vec<Group>,
    /// The group whose output goes to the next command.
    reads: Option<usize>,
    /// Whether `&&` or `||` stands before the command.
    behind_condition: bool,
    /// Whether blanks belong to the word.
    in_expansion: bool,
    /// How deep functions may be defined in one another.
    depth: usize,
    /// Whether a brace that was not opened here ends the script, as that of a function's body does.
    ends_at_brace: bool,
    /// Where that brace is.
    brace: Option<usize>,
}

/// Commands that are run together.
#[derive(Clone, Copy)]
struct Group {
    kind: GroupKind,
    /// The index of its first command.
    first: usize,
    /// Whether it, or one around it, is run under a condition only.
    conditional: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum GroupKind {
    /// `( … )`.
    Subshell,
    /// `{ … }`.
    Braces,
    /// `if … fi` and `case … esac`.
    Condition,
    /// `for … done`, `while … done`.
    Loop,
}

/// A word while it is read.
#[derive(Default)]
pub(super) struct Building {
    segments: Vec<Segment>,
    quoted: bool,
    /// Where the run of plain characters began that is not yet taken over.
    run: Option<usize>,
}

impl<'f, 't> Lexer<'f, 't> {
    pub(super) fn new(flat: &'f Flat<'t>, range: Range<usize>) -> Self {
        Self {
            flat,
            at: range.start,
            end: range.end.min(flat.as_str().len()),
            commands: Vec::new(),
            comments: Vec::new(),
            current: Command::default(),
            here: Vec::new(),
            groups: Vec::new(),
            reads: None,
            behind_condition: false,
            in_expansion: false,
            depth: DEEPEST,
            ends_at_brace: false,
            brace: None,
        }
    }

    pub(super) fn rest(&self) -> &'f str {
        self.flat.as_str().get(self.at..self.end).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        self.at += if found { prefix.len() } else { 0 };
        found
    }

    fn script(&mut self) {
        while self.commands.len() < MOST_COMMANDS && self.brace.is_none() {
            let Some(next) = self.peek() else { break };
            match next {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.take("\\\n") || self.take("\\\r\n") => {}
                '\n' => {
                    self.separator("\n", false);
                    self.here_documents();
                }
                '#' => self.comment(),
                '&' if self.rest().starts_with("&>") => self.redirection(),
                '|' | '&' if self.rest().starts_with("||") || self.rest().starts_with("&&") => {
                    self.separator("&&", false);
                    self.behind_condition = true;
                }
                '|' => {
                    let operator = if self.rest().starts_with("|&") { "|&" } else { "|" };
                    self.separator(operator, true);
                }
                ';' => self.separator(";", false),
                '&' => self.separator("&", false),
                '(' if self.rest().starts_with("((") && self.current.words.is_empty() => {
                    // Arithmetic, in which `<<` is no here-document.
                    self.at += self.rest().find("))").map_or(self.rest().len(), |found| found + 2);
                }
                '(' => {
                    self.separator("(", false);
                    self.open(GroupKind::Subshell);
                }
                ')' => {
                    self.separator(")", false);
                    // That behind a pattern of `case` closes nothing.
                    if self.groups.last().is_some_and(|group| group.kind == GroupKind::Subshell) {
                        self.group_ends(GroupKind::Subshell);
                    }
                }
                '<' | '>' => self.redirection(),
                digit if digit.is_ascii_digit() && self.is_numbered_redirection() => self.redirection(),
                _ => self.command_word(),
            }
        }
        self.end_command(false);
    }

    fn comment(&mut self) {
        let start = self.at;
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        self.comments.push(start..self.at);
    }

    fn separator(&mut self, operator: &str, piped: bool) {
        self.at += operator.len();
        self.end_command(piped);
        self.behind_condition &= piped;
    }

    fn open(&mut self, kind: GroupKind) {
        let conditional = kind == GroupKind::Condition || self.groups.last().is_some_and(|group| group.conditional);
        self.groups.push(Group { kind, first: self.commands.len(), conditional });
    }

    fn command_word(&mut self) {
        let before = self.at;
        let word = self.word();
        // No character begins no word; one that does must be passed, whatever it is.
        if self.at == before {
            self.at += self.peek().map_or(1, char::len_utf8);
            return;
        }
        if self.current.words.is_empty() && !word.quoted {
            match word.plain().as_deref() {
                Some("{") => return self.open(GroupKind::Braces),
                Some("}") if self.ends_at_brace && !self.is_open(GroupKind::Braces) => {
                    self.brace = Some(word.range.start);
                    return;
                }
                Some("}") => return self.group_ends(GroupKind::Braces),
                Some("if") => return self.open(GroupKind::Condition),
                Some("while" | "until") => return self.open(GroupKind::Loop),
                Some("case") => self.open(GroupKind::Condition),
                Some("for" | "select") => self.open(GroupKind::Loop),
                Some("fi" | "esac") => return self.group_ends(GroupKind::Condition),
                Some("done") => return self.group_ends(GroupKind::Loop),
                Some(name) if RESERVED.contains(&name) => return,
                _ => {}
            }
        }
        if let Some(name) = self.defined_function(&word) {
            return self.function(name);
        }
        self.current.words.push(word);
    }

    fn is_open(&self, kind: GroupKind) -> bool {
        self.groups.iter().any(|group| group.kind == kind)
    }

    /// The name of the function whose definition begins with the word: `name() {` or `function name {`. The lexer passes what
    /// stands before the body.
    fn defined_function(&mut self, word: &Word) -> Option<String> {
        let is_marked = match self.current.words.as_slice() {
            [] => false,
            [only] => only.plain().is_some_and(|word| word == "function"),
            _ => return None,
        };
        let blank = |c: char| matches!(c, ' ' | '\t');
        let rest = self.rest().trim_start_matches(blank);
        let parentheses = rest.strip_prefix('(').and_then(|rest| rest.trim_start_matches(blank).strip_prefix(')'));
        let rest = parentheses.or(Some(rest).filter(|_| is_marked))?;
        let body = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let behind = body.strip_prefix('{').filter(|_| self.depth > 0)?;
        let name = word.plain()?;
        self.at = self.end - behind.len();
        Some(name.into_owned())
    }

    /// A function's body, up to the brace that closes it.
    fn function(&mut self, name: String) {
        self.current = Command::default();
        let mut body = Lexer::new(self.flat, self.at..self.end);
        body.depth = self.depth - 1;
        body.ends_at_brace = true;
        body.script();
        let range = self.at..body.brace.unwrap_or(body.at);
        self.at = body.at;
        self.commands.push(Command { function: Some((name, range)), ..Command::default() });
    }

    /// What is redirected behind a group holds for the commands in it that have no output of their own.
    fn group_ends(&mut self, kind: GroupKind) {
        let Some(at) = self.groups.iter().rposition(|group| group.kind == kind) else { return };
        let Some(Group { first, .. }) = self.groups.get(at).copied() else { return };
        self.groups.truncate(at);
        let last = self.commands.len();
        if kind == GroupKind::Loop
            && let Some(head) = self.commands.get_mut(first)
        {
            head.body = Some(last - first - 1);
        }
        if kind == GroupKind::Subshell && first < last {
            self.commands.iter_mut().skip(first).take(1).for_each(|command| command.opens += 1);
            self.commands.iter_mut().rev().take(1).for_each(|command| command.closes += 1);
        }
        loop {
            while matches!(self.peek(), Some(' ' | '\t')) {
                self.at += 1;
            }
            let starts = self.rest().starts_with(['>', '<']) || self.is_numbered_redirection();
            if !starts {
                break;
            }
            self.redirection();
        }
        // What a group reads is not followed; its text is passed over.
        self.here.iter_mut().filter(|here| here.command == last).for_each(|here| here.command = usize::MAX);
        let piped = self.rest().starts_with('|') && !self.rest().starts_with("||");
        let outputs = std::mem::take(&mut self.current.outputs);
        self.current.input = None;
        self.current.input_file = None;
        // Where the group ends is a number that no other group of the script has.
        let number = self.at;
        for command in self.commands.get_mut(first..last).into_iter().flatten() {
            if command.outputs.is_empty() && !command.piped {
                let copies = outputs
                    .iter()
                    .map(|target| Target { path: self::word(self.flat, target.path.range.clone()), appends: true });
                command.outputs = copies.collect();
                if piped && command.outputs.is_empty() {
                    command.piped = true;
                    command.gathered = Some(number);
                }
            }
        }
        self.reads = Some(number).filter(|_| piped && outputs.is_empty());
    }

    fn end_command(&mut self, piped: bool) {
        let command = std::mem::take(&mut self.current);
        let is_nothing = command.words.is_empty()
            && command.input.is_none()
            && command.input_file.is_none()
            && command.outputs.is_empty();
        if is_nothing {
            // The here-document of a command without words has no command; its text must be passed over all the same.
            let next = self.commands.len();
            self.here.iter_mut().filter(|here| here.command == next).for_each(|here| here.command = usize::MAX);
            return;
        }
        let conditional = self.behind_condition || self.groups.last().is_some_and(|group| group.conditional);
        self.commands.push(Command { piped, conditional, reads: self.reads.take(), ..command });
    }

    fn is_numbered_redirection(&self) -> bool {
        let digits = self.rest().trim_start_matches(|c: char| c.is_ascii_digit());
        digits.len() < self.rest().len() && self.rest().len() - digits.len() <= 2 && digits.starts_with(['<', '>'])
    }

    fn redirection(&mut self) {
        let number = self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let is_output = matches!(self.rest().get(..number), Some("" | "1"));
        let is_input = matches!(self.rest().get(..number), Some("" | "0"));
        self.at += number;
        if self.take("<<<") {
            self.skip_blanks();
            let mut word = self.word();
            word.quoted = true;
            self.current.input = Some(word);
        } else if self.rest().starts_with("<<") {
            self.at += 2;
            let strips_tabs = self.take("-");
            self.skip_blanks();
            let word = self.word();
            let delimiter = word.plain().unwrap_or_else(|| self.flat.text(word.range.clone()).into()).into_owned();
            let command = self.commands.len();
            self.here.push(HereDocument { command, delimiter, quoted: word.quoted, strips_tabs });
        } else if let Some(operator) =
            ["&>>", "&>", ">>", ">|", ">"].into_iter().find(|operator| self.rest().starts_with(operator))
        {
            self.at += operator.len();
            let duplicates = self.take("&");
            self.skip_blanks();
            if self.take("(") {
                return self.end_command(true);
            }
            let word = self.word();
            let is_descriptor = duplicates && self.flat.text(word.range.clone()).bytes().all(|b| b.is_ascii_digit());
            self.current.complains |= is_output && is_descriptor && self.flat.text(word.range.clone()) == "2";
            if is_output && !is_descriptor {
                self.current.outputs.push(Target { path: word, appends: operator.ends_with(">>") });
            }
        } else {
            self.at += 1;
            let duplicates = self.take("&") || self.take(">");
            self.skip_blanks();
            if !duplicates && self.take("(") {
                return;
            }
            let word = self.word();
            if is_input && !duplicates {
                self.current.input_file = Some(word);
            }
        }
    }

    fn skip_blanks(&mut self) {
        while self.take(" ") || self.take("\t") || self.take("\\\n") {}
    }

    /// One word, from where the lexer is.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut building = Building::default();
        while let Some(next) = self.peek() {
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' if !self.in_expansion => break,
                '\'' => {
                    building.quote(self);
                    self.at += 1;
                    let length = self.rest().find('\'').unwrap_or(self.rest().len());
                    building.push(Segment::Text(self.flat.slice(self.at..self.at + length)));
                    self.at = (self.at + length + 1).min(self.end);
                }
                '"' => {
                    building.quote(self);
                    self.at += 1;
                    self.double_quoted(&mut building, Some('"'));
                    building.flush(self);
                    self.at = (self.at + 1).min(self.end);
                }
                '\\' => self.escape(&mut building, |_| true),
                '$' if self.rest().starts_with("$'") => {
                    building.quote(self);
                    self.at += 2;
                    self.ansi_c(&mut building);
                }
                '$' if self.rest().starts_with("$\"") => {
                    building.flush(self);
                    self.at += 1;
                }
                '$' | '`' => self.expansion(&mut building),
                other => building.character(self, other),
            }
        }
        building.flush(self);
        let Building { segments, quoted, .. } = building;
        Word { segments, range: start..self.at, quoted }
    }

    /// Up to the closing quote, which is not passed, or to the end.
    pub(super) fn double_quoted(&mut self, building: &mut Building, quote: Option<char>) {
        while let Some(next) = self.peek().filter(|next| Some(*next) != quote) {
            match next {
                '\\' => self.escape(building, |c| matches!(c, '$' | '`' | '\\' | '\n') || Some(c) == quote),
                '$' | '`' => self.expansion(building),
                other => building.character(self, other),
            }
        }
    }

    /// A backslash: before what it escapes it is dropped, before a line end both are.
    fn escape(&mut self, building: &mut Building, escapes: impl Fn(char) -> bool) {
        let Some(next) = self.rest().chars().nth(1) else { return building.character(self, '\\') };
        if !escapes(next) {
            return building.character(self, '\\');
        }
        building.flush(self);
        self.at += 1;
        if next == '\n' || self.rest().starts_with("\r\n") {
            self.at += if next == '\n' { 1 } else { 2 };
            return;
        }
        building.character(self, next);
    }
}

impl Building {
    /// A character that stands for itself; the lexer passes it.
    pub(super) fn character(&mut self, lexer: &mut Lexer<'_, '_>, character: char) {
        self.run.get_or_insert(lexer.at);
        lexer.at += character.len_utf8();
    }

    /// Takes over the run of plain characters that ends where the lexer is.
    pub(super) fn flush(&mut self, lexer: &Lexer<'_, '_>) {
        if let Some(start) = self.run.take() {
            self.segments.push(Segment::Text(lexer.flat.slice(start..lexer.at)));
        }
    }

    pub(super) fn quote(&mut self, lexer: &Lexer<'_, '_>) {
        self.flush(lexer);
        self.quoted = true;
    }

    pub(super) fn push(&mut self, segment: Segment) {
        self.segments.push(segment);
    }

    pub(super) fn finish(mut self, lexer: &Lexer<'_, '_>) -> Vec<Segment> {
        self.flush(lexer);
        self.segments
    }
}
