//! Following the commands of a script: what they put out, what they set, and where it goes.

use std::collections::HashMap;
use std::ops::Range;

use super::lexer;
use super::{Command, Segment, Word, at_boot, echo, sed};
use crate::model::Text;
use crate::source::{FileId, Span};
use crate::userdata::flat::{Flat, place};
use crate::userdata::limits::{DEEPEST, LONGEST_VALUE, MOST_COMMANDS, MOST_LOOPS};
use crate::userdata::reading::{AGENT_CONFIG, Confidence, DATA, Reading, made_up};
use crate::userdata::span_of_json;

/// Follows a script.
pub fn run(script: &Text, reading: &mut Reading) {
    let mut shell = Shell {
        reading,
        variables: HashMap::new(),
        arguments: Vec::new(),
        functions: Vec::new(),
        files: HashMap::new(),
        gathered: HashMap::new(),
        subshells: Vec::new(),
        locals: Vec::new(),
        input: None,
        conditional: false,
        depth: DEEPEST,
        steps: MOST_COMMANDS,
    };
    shell.script(script);
    shell.uncalled();
}

/// What a command puts out.
pub(super) enum Output {
    /// Nothing.
    Nothing,
    /// This.
    Text(Text),
    /// Something that only the instance knows.
    Unknown,
}

/// What a list of commands puts out.
struct Collected {
    /// With a hole for what only the instance knows.
    text: Text,
    /// Whether there is none.
    known: bool,
}

/// A function that the script defines.
struct Function {
    name: String,
    body: Text,
    called: bool,
}

/// The value that a variable had before.
type Before = (String, Option<Text>);

pub(super) struct Shell<'r> {
    pub(super) reading: &'r mut Reading,
    variables: HashMap<String, Text>,
    /// What `$1` and the others stand for, in a function.
    arguments: Vec<Text>,
    functions: Vec<Function>,
    /// What was written to files, by their paths.
    files: HashMap<String, Text>,
    /// What groups put out, until the command behind them reads it.
    gathered: HashMap<usize, Text>,
    /// For each open subshell, what its variables were before it.
    subshells: Vec<Vec<Before>>,
    /// For each function that is running, what its local variables were before it.
    locals: Vec<Vec<Before>>,
    /// What the script itself is given to read.
    input: Option<Output>,
    /// Whether what is run now is run under a condition only.
    conditional: bool,
    pub(super) depth: usize,
    /// How many commands may still be run.
    steps: usize,
}

impl Shell<'_> {
    fn script(&mut self, script: &Text) {
        let flat = Flat::new(script);
        let commands = lexer::commands(&flat, 0..flat.as_str().len());
        self.find_stand_ins(&commands);
        let gathered = std::mem::take(&mut self.gathered);
        self.follow(&flat, &commands, false);
        self.gathered = gathered;
    }

    /// What `sed` will replace stands for something else until then.
    fn find_stand_ins(&mut self, commands: &[Command]) {
        for command in commands {
            let is_sed = |word: &Word| word.plain().is_some_and(|word| matches!(&*word, "sed" | "perl"));
            if !command.words.iter().take(4).any(is_sed) {
                continue;
            }
            for word in &command.words {
                let begins: String = word.segments.iter().map_while(Segment::known).collect();
                for expression in begins.split([';', '\n']) {
                    if let Some(pattern) = sed::replaced(expression.trim_start()) {
                        self.reading.stands_in(pattern);
                    }
                }
            }
        }
    }

    /// A script inside this one, and what it reads.
    pub(super) fn nested(&mut self, script: &Text, input: Option<Output>) {
        if self.depth > 0 && self.reading.spend(script) {
            self.depth -= 1;
            let before = std::mem::replace(&mut self.input, input);
            self.script(script);
            self.input = before;
            self.depth += 1;
        }
    }

    /// The functions that nothing calls in sight; what calls them may be anything.
    fn uncalled(&mut self) {
        while let Some(function) = self.functions.iter_mut().find(|function| !function.called) {
            function.called = true;
            let body = function.body.clone();
            if self.steps == 0 || !self.reading.spend(&body) {
                return;
            }
            self.body(&body, Vec::new());
        }
    }

    /// Runs the function of that name, if there is one.
    pub(super) fn function(&mut self, name: &str, arguments: &[Text]) -> Option<Output> {
        let function = self.functions.iter_mut().rfind(|function| function.name == name)?;
        function.called = true;
        let body = function.body.clone();
        if self.depth == 0 || !self.reading.spend(&body) {
            return Some(Output::Unknown);
        }
        let Collected { text, known } = self.body(&body, arguments.to_vec());
        Some(match known {
            _ if text.sole_hole().is_some() => Output::Unknown,
            _ if !text.is_empty() => Output::Text(text),
            true => Output::Nothing,
            false => Output::Unknown,
        })
    }

    fn body(&mut self, body: &Text, arguments: Vec<Text>) -> Collected {
        let flat = Flat::new(body);
        let commands = lexer::commands(&flat, 0..flat.as_str().len());
        let arguments = std::mem::replace(&mut self.arguments, arguments);
        let gathered = std::mem::take(&mut self.gathered);
        self.locals.push(Vec::new());
        self.depth -= usize::from(self.depth > 0);
        let collected = self.follow(&flat, &commands, true);
        self.depth += 1;
        let locals = self.locals.pop().unwrap_or_default();
        self.restore(locals);
        self.gathered = gathered;
        self.arguments = arguments;
        collected
    }

    /// Follows commands in order. Their output is collected if it is `captured`.
    fn follow(&mut self, flat: &Flat<'_>, commands: &[Command], captured: bool) -> Collected {
        let mut collected = Collected { text: Text::default(), known: true };
        let mut piped: Option<Output> = None;
        let mut at = 0;
        while let Some(command) = commands.get(at) {
            at += 1;
            if self.steps == 0 {
                break;
            }
            self.steps -= 1;
            if let Some((name, body)) = &command.function {
                let body = flat.slice(body.clone());
                self.functions.push(Function { name: name.clone(), body, called: false });
                continue;
            }
            (0..command.opens).for_each(|_| self.subshells.push(Vec::new()));
            self.conditional = command.conditional;
            if let Some((variable, items)) = self.loop_items(flat, command) {
                let body = commands.get(at..at + command.body.unwrap_or_default()).unwrap_or_default();
                for item in items {
                    self.assign(&variable, item, Confidence::Mentioned);
                    collected.add(self.follow(flat, body, captured));
                }
                at += body.len();
                continue;
            }
            let words = self.words(flat, command);
            let input = self.input_of(flat, command, &mut piped);
            let output = self.command(flat, command, &words, input);
            let output = if command.complains { Output::Nothing } else { output };
            if command.piped {
                match command.gathered {
                    Some(group) => self.gather(group, output),
                    None => piped = Some(output),
                }
            } else if command.outputs.is_empty() {
                match output {
                    Output::Text(text) if captured => collected.text = collected.text.followed_by(text),
                    Output::Text(text) => self.reading.mentioned(&text),
                    Output::Unknown => collected.add(Collected { text: unknown_line(), known: false }),
                    Output::Nothing => {}
                }
            } else {
                for target in &command.outputs {
                    let path = self.expand(flat, &target.path);
                    self.write(&path, &output, target.appends);
                }
            }
            for _ in 0..command.closes {
                let before = self.subshells.pop().unwrap_or_default();
                self.restore(before);
            }
        }
        collected
    }

    /// The variable of a loop, and the words it goes over if all are known and few.
    fn loop_items(&mut self, flat: &Flat<'_>, command: &Command) -> Option<(String, Vec<Text>)> {
        command.body.filter(|_| command.opens == 0 && command.closes == 0 && self.depth > 0)?;
        let [head, name, marker, items @ ..] = command.words.as_slice() else { return None };
        let is = |word: &Word, what: &str| word.plain().is_some_and(|word| word == what);
        if !is(head, "for") || !is(marker, "in") || items.is_empty() || items.len() > MOST_LOOPS {
            return None;
        }
        let is_one_word = |item: &Word, text: &Text| {
            text.known().is_some_and(|text| item.quoted || !text.contains(['*', '?', '{', ' ', '\n']))
        };
        let texts: Vec<Text> = items.iter().map(|item| self.expand(flat, item)).collect();
        let all_known = items.iter().zip(&texts).all(|(item, text)| is_one_word(item, text));
        name.plain().filter(|_| all_known).map(|name| (name.into_owned(), texts))
    }

    /// The words of a command. A word that is nothing but expansions and in no quotes is cut at its blanks.
    fn words(&mut self, flat: &Flat<'_>, command: &Command) -> Vec<Text> {
        let mut words = Vec::with_capacity(command.words.len());
        for word in &command.words {
            let text = self.expand(flat, word);
            let is_expanded =
                !word.quoted && word.segments.iter().all(|segment| matches!(segment, Segment::Variable(..)));
            let known = text.known().filter(|text| is_expanded && text.contains(|c: char| c.is_ascii_whitespace()));
            if known.is_none_or(|text| text.trim_start().starts_with('{')) {
                words.push(text);
                continue;
            }
            let whole = Flat::new(&text);
            let mut at = 0;
            for piece in whole.as_str().split(|c: char| c.is_ascii_whitespace()) {
                if !piece.is_empty() {
                    words.push(whole.slice(at..at + piece.len()));
                }
                at += piece.len() + 1;
            }
        }
        words
    }

    fn input_of(&mut self, flat: &Flat<'_>, command: &Command, piped: &mut Option<Output>) -> Option<Output> {
        if let Some(word) = &command.input {
            return Some(Output::Text(self.expand(flat, word)));
        }
        if let Some(path) = &command.input_file {
            let path = self.expand(flat, path);
            return Some(self.content(&path));
        }
        if let Some(group) = command.reads {
            return Some(self.gathered.remove(&group).map_or(Output::Unknown, Output::Text));
        }
        piped.take().or_else(|| self.input.take())
    }

    /// What a file holds, as far as the script wrote it.
    pub(super) fn content(&self, path: &Text) -> Output {
        self.files.get(&path.shown()).map_or(Output::Unknown, |text| Output::Text(text.clone()))
    }

    fn gather(&mut self, group: usize, output: Output) {
        let text = match output {
            Output::Nothing => return,
            Output::Text(text) => text,
            Output::Unknown => unknown_line(),
        };
        let before = self.gathered.remove(&group).unwrap_or_default();
        self.gathered.insert(group, before.followed_by(text));
    }

    pub(super) fn write(&mut self, path: &Text, output: &Output, appends: bool) {
        let content = match output {
            Output::Text(content) => content,
            Output::Unknown if path.shown().ends_with(AGENT_CONFIG) => return self.reading.configured_elsewhere(),
            Output::Unknown | Output::Nothing => return,
        };
        self.reading.file(path, content);
        let before = self.files.remove(&path.shown()).filter(|_| appends).unwrap_or_default();
        let whole = before.followed_by(content.clone());
        if Flat::new(&whole).as_str().len() <= LONGEST_VALUE {
            self.files.insert(path.shown(), whole);
        }
    }

    pub(super) fn expand(&mut self, flat: &Flat<'_>, word: &Word) -> Text {
        let mut text = Text::default();
        for segment in &word.segments {
            let piece = match segment {
                Segment::Text(piece) => piece.clone(),
                Segment::Unknown(span) => at_boot(None, *span),
                Segment::Variable(name, default, span) => match self.variable(name) {
                    Some(value) if self.reading.spend(&value) => value,
                    Some(_) => at_boot(None, *span),
                    None => self.default(flat, default.clone()).unwrap_or_else(|| at_boot(Some(name), *span)),
                },
                Segment::Substitution(range, span) => {
                    self.substitute(flat, range.clone()).unwrap_or_else(|| at_boot(None, *span))
                }
            };
            text = text.followed_by(piece);
        }
        text
    }

    fn variable(&self, name: &str) -> Option<Text> {
        match name {
            "@" | "*" if !self.arguments.is_empty() => Some(joined(&self.arguments)),
            _ => match name.parse::<usize>() {
                Ok(position) => self.arguments.get(position.checked_sub(1)?).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        }
    }

    /// What stands for a variable that is not set.
    fn default(&mut self, flat: &Flat<'_>, range: Option<Range<usize>>) -> Option<Text> {
        let range = range.filter(|range| !range.is_empty() && self.depth > 0)?;
        self.depth -= 1;
        let text = self.expand(flat, &lexer::word(flat, range));
        self.depth += 1;
        Some(text)
    }

    /// The output of `$(…)`, without the line ends behind it.
    fn substitute(&mut self, flat: &Flat<'_>, range: Range<usize>) -> Option<Text> {
        if self.depth == 0 {
            return None;
        }
        self.depth -= 1;
        let commands = lexer::commands(flat, range);
        let conditional = self.conditional;
        let gathered = std::mem::take(&mut self.gathered);
        let output = match commands.as_slice() {
            // `$(< file)`.
            [Command { words, input_file: Some(path), .. }] if words.is_empty() => {
                let path = self.expand(flat, path);
                match self.content(&path) {
                    Output::Text(text) => Some(text),
                    Output::Nothing | Output::Unknown => None,
                }
            }
            [] => None,
            commands => Some(self.follow(flat, commands, true)).filter(|output| output.known).map(|output| output.text),
        };
        self.gathered = gathered;
        self.conditional = conditional;
        self.depth += 1;
        let output = output?;
        let flat = Flat::new(&output);
        Some(flat.slice(0..flat.as_str().trim_end_matches(['\n', '\r']).len()))
    }

    fn command(&mut self, flat: &Flat<'_>, command: &Command, words: &[Text], input: Option<Output>) -> Output {
        let mut rest = words;
        let mut written = command.words.iter();
        while let Some(Assignment { name, value, appends }) = rest.first().and_then(assignment) {
            let raw = written.next().map(|word| word.range.clone()).unwrap_or_default();
            let is_data = name == DATA && !self.reading.is_full();
            let value = if is_data { unbroken(flat, raw, value) } else { value };
            let value = if appends { self.appended(&name, value) } else { value };
            self.assign(&name, value, Confidence::Mentioned);
            rest = rest.get(1..).unwrap_or_default();
        }
        // `NAME = value` is no assignment, but its author means one.
        if rest.len() == words.len()
            && rest.first().and_then(Text::known).is_some_and(|name| name == DATA)
            && let (Some(first), Some(last)) = (command.words.first(), command.words.last())
        {
            self.reading.mentioned(&flat.slice(first.range.start..last.range.end));
        }
        match rest.split_first() {
            Some((name, arguments)) => self.call(name, arguments, input),
            None => input.filter(|_| words.is_empty()).unwrap_or(Output::Nothing),
        }
    }

    /// What a variable is when that is put behind what it was.
    fn appended(&self, name: &str, value: Text) -> Text {
        let before = self.variables.get(name).cloned();
        before.unwrap_or_else(|| at_boot(Some(name), place(&value))).followed_by(value)
    }

    /// Sets a variable. In a branch a literal stays what it may be, too, and goes before what only the instance knows.
    pub(super) fn assign(&mut self, name: &str, value: Text, confidence: Confidence) {
        self.reading.setting(name, &value, confidence);
        let short = Flat::new(&value).as_str().len() <= LONGEST_VALUE;
        let value = if short { value } else { at_boot(None, place(&value)) };
        let is_literal = |text: &Text| text.known().is_some_and(|text| !text.is_empty());
        let stays = self.conditional && !is_literal(&value) && self.variables.get(name).is_some_and(is_literal);
        if !stays {
            self.set(name, Some(value));
        }
    }

    /// The variable has that value now, or none that is known.
    pub(super) fn set(&mut self, name: &str, value: Option<Text>) {
        let before = match value {
            Some(value) => self.variables.insert(name.to_owned(), value),
            None => self.variables.remove(name),
        };
        if let Some(log) = self.subshells.last_mut() {
            log.push((name.to_owned(), before));
        }
    }

    /// The function's first argument is gone.
    pub(super) fn shift(&mut self) {
        if !self.arguments.is_empty() {
            self.arguments.remove(0);
        }
    }

    /// The variable belongs to the function that is running.
    pub(super) fn localise(&mut self, name: &str) {
        let before = self.variables.get(name).cloned();
        if let Some(locals) = self.locals.last_mut() {
            locals.push((name.to_owned(), before));
        }
    }

    fn restore(&mut self, before: Vec<Before>) {
        for (name, value) in before.into_iter().rev() {
            match value {
                Some(value) => _ = self.variables.insert(name, value),
                None => _ = self.variables.remove(&name),
            }
        }
    }
}

impl Collected {
    fn add(&mut self, other: Self) {
        self.text = std::mem::take(&mut self.text).followed_by(other.text);
        self.known &= other.known;
    }
}

/// A line that only the instance knows.
fn unknown_line() -> Text {
    at_boot(None, Span::start_of(FileId(u32::MAX))).followed_by(made_up("\n"))
}

/// What assigns a value to a variable.
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) value: Text,
    /// `+=`: it goes behind what is there.
    pub(super) appends: bool,
}

/// `NAME=value` and `NAME+=value`.
pub(super) fn assignment(word: &Text) -> Option<Assignment> {
    let flat = Flat::new(word);
    let sign = flat.as_str().find('=')?;
    let written = flat.text(0..sign);
    let name = written.strip_suffix('+').unwrap_or(written);
    is_name(name).then(|| Assignment {
        name: name.to_owned(),
        value: flat.slice(sign + 1..flat.as_str().len()),
        appends: name.len() < written.len(),
    })
}

pub(super) fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// JSON that nobody quoted is several words to the shell; to its author it is one value, which is taken as it is written.
fn unbroken(flat: &Flat<'_>, raw: Range<usize>, value: Text) -> Text {
    let start = raw.start + DATA.len() + 1;
    let is_open = |text: &str| text.starts_with('{') && span_of_json(text).is_none();
    if !is_open(Flat::new(&value).as_str()) {
        return value;
    }
    span_of_json(flat.from(start)).map_or(value, |length| flat.slice(start..start + length))
}

/// Words with blanks between them.
pub(super) fn joined(words: &[Text]) -> Text {
    let mut text = Text::default();
    for word in words {
        let blank = echo::echo(&[Text::default()]);
        text = if text.is_empty() { word.clone() } else { text.followed_by(blank).followed_by(word.clone()) };
    }
    text
}
