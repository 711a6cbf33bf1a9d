//! Following the commands of a script: what they put out, what they set, and where it goes.

use std::collections::HashMap;
use std::ops::Range;

use super::lexer;
use super::{Command, Segment, Word, at_boot, echo};
use crate::model::{Reference, Text};
use crate::userdata::decode;
use crate::userdata::flat::{Flat, literal_places, place};
use crate::userdata::limits::{DEEPEST, LONGEST_VALUE};
use crate::userdata::reading::{AGENT_CONFIG, Confidence, DATA, Reading};
use crate::userdata::registry_client;
use crate::userdata::span_of_json;

/// Follows a script.
pub fn run(script: &Text, reading: &mut Reading) {
    Shell { reading, variables: HashMap::new(), depth: DEEPEST }.script(script);
}

/// What a command puts out.
enum Output {
    /// Nothing.
    Nothing,
    /// This.
    Text(Text),
    /// Something that only the instance knows.
    Unknown,
}

struct Shell<'r> {
    reading: &'r mut Reading,
    variables: HashMap<String, Text>,
    depth: usize,
}

/// Commands that name the agent's configuration without putting anything into it.
const HARMLESS: [&str; 20] = [
    "[", "[[", "cat", "chmod", "chown", "cut", "echo", "grep", "head", "ls", "mkdir", "printf", "rm", "sed", "stat",
    "tail", "tee", "test", "touch", "wc",
];

impl Shell<'_> {
    fn script(&mut self, script: &Text) {
        let flat = Flat::new(script);
        let commands = lexer::commands(&flat, 0..flat.as_str().len());
        self.follow(&flat, &commands, false);
    }

    /// A script inside this one.
    fn nested(&mut self, script: &Text) {
        if self.depth > 0 && self.reading.spend(script) {
            self.depth -= 1;
            self.script(script);
            self.depth += 1;
        }
    }

    /// Follows commands in order. Their output is collected if it is `captured`; `None` when it is not wholly known.
    fn follow(&mut self, flat: &Flat<'_>, commands: &[Command], captured: bool) -> Option<Text> {
        let mut collected = Some(Text::default());
        let mut piped: Option<Output> = None;
        for command in commands {
            let words: Vec<Text> = command.words.iter().map(|word| self.expand(flat, word)).collect();
            let input = match &command.input {
                Some(word) => Some(Output::Text(self.expand(flat, word))),
                None => piped.take(),
            };
            let output = self.command(flat, command, &words, input);
            if command.piped {
                piped = Some(output);
                continue;
            }
            for target in &command.outputs {
                let path = self.expand(flat, target);
                self.write(&path, &output);
            }
            match output {
                _ if !command.outputs.is_empty() => {}
                Output::Nothing => {}
                Output::Text(text) if captured => collected = collected.map(|before| before.followed_by(text)),
                Output::Text(text) => self.reading.mentioned(&text),
                Output::Unknown => collected = None,
            }
        }
        collected
    }

    fn write(&mut self, path: &Text, output: &Output) {
        match output {
            Output::Text(content) => self.reading.file(path, content),
            Output::Unknown if path.shown().ends_with(AGENT_CONFIG) => self.reading.configured_elsewhere(),
            Output::Unknown | Output::Nothing => {}
        }
    }

    fn expand(&mut self, flat: &Flat<'_>, word: &Word) -> Text {
        let mut text = Text::default();
        for segment in &word.segments {
            let piece = match segment {
                Segment::Text(piece) => piece.clone(),
                Segment::Unknown(span) => at_boot(None, *span),
                Segment::Variable(name, default, span) => match self.variables.get(name) {
                    Some(value) if self.reading.spend(value) => value.clone(),
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
        let output = self.follow(flat, &commands, true);
        self.depth += 1;
        let output = output.filter(|_| !commands.is_empty())?;
        let flat = Flat::new(&output);
        Some(flat.slice(0..flat.as_str().trim_end_matches(['\n', '\r']).len()))
    }

    fn command(&mut self, flat: &Flat<'_>, command: &Command, words: &[Text], input: Option<Output>) -> Output {
        let mut rest = words;
        let mut written = command.words.iter();
        while let Some((name, value)) = rest.first().and_then(assignment) {
            let raw = written.next().map(|word| word.range.clone()).unwrap_or_default();
            let is_data = name == DATA && !self.reading.is_full();
            let value = if is_data { unbroken(flat, raw, value) } else { value };
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

    fn assign(&mut self, name: &str, value: Text, confidence: Confidence) {
        self.reading.setting(name, &value, confidence);
        let short = Flat::new(&value).as_str().len() <= LONGEST_VALUE;
        let value = if short { value } else { at_boot(None, place(&value)) };
        self.variables.insert(name.to_owned(), value);
    }

    fn call(&mut self, name: &Text, arguments: &[Text], input: Option<Output>) -> Output {
        if name.sole_hole().is_some_and(|hole| !matches!(hole.reference, Reference::Boot(_))) {
            self.reading.configured_elsewhere();
            return Output::Unknown;
        }
        // `$SUDO docker login …`: what it is does not matter, unless there is nothing behind it.
        if name.sole_hole().is_some()
            && let Some((next, arguments)) = arguments.split_first().filter(|_| self.depth > 0)
        {
            self.depth -= 1;
            let output = self.call(next, arguments, input);
            self.depth += 1;
            return output;
        }
        let shown = name.shown();
        let name = shown.rsplit('/').next().unwrap_or_default();
        if !HARMLESS.contains(&name) && !registry_client::is_one(name) {
            self.watch(name, arguments);
        }
        match name {
            "echo" => return Output::Text(echo::echo(arguments)),
            "printf" => return Output::Text(echo::printf(arguments)),
            "cat" => {
                let reads_input = arguments.iter().all(|word| word.known().is_some_and(|word| word.starts_with('-')));
                return input.filter(|_| reads_input).unwrap_or(Output::Unknown);
            }
            "tee" => return self.tee(arguments, input),
            "base64" if arguments.iter().any(is_decode_flag) => return decoded(input),
            "gunzip" | "zcat" | "gzip" | "tr" | "jq" => return input.unwrap_or(Output::Unknown),
            "export" | "declare" | "typeset" | "local" | "readonly" => {
                for (name, value) in arguments.iter().filter_map(assignment) {
                    self.assign(&name, value, Confidence::Mentioned);
                }
                return Output::Nothing;
            }
            "set" | "setx" => self.batch(arguments),
            "read" => self.read(arguments, input),
            "eval" => self.nested(&joined(arguments)),
            "env" | "sudo" | "command" | "exec" | "nohup" | "nice" | "time" | "timeout" => {
                return self.prefixed(name, arguments, input);
            }
            "bash" | "sh" | "dash" | "zsh" | "ksh" | "su" | "runuser" => self.shell(arguments, input),
            "cfn-init" => self.reading.initialised(),
            _ if registry_client::is_one(name) => {
                let input = match &input {
                    Some(Output::Text(text)) => Some(text),
                    _ => None,
                };
                registry_client::call(arguments, input, self.reading);
                return Output::Unknown;
            }
            _ => {
                for word in arguments {
                    self.reading.mentioned(word);
                }
                return Output::Unknown;
            }
        }
        Output::Nothing
    }

    /// A command that names the agent's configuration may put anything into it.
    fn watch(&mut self, name: &str, arguments: &[Text]) {
        let names = arguments.iter().any(|word| word.shown().contains(AGENT_CONFIG));
        if names && !matches!(name, "sudo" | "env" | "bash" | "sh" | "source" | "." | "export") {
            self.reading.configured_elsewhere();
        }
    }

    fn tee(&mut self, arguments: &[Text], input: Option<Output>) -> Output {
        let output = input.unwrap_or(Output::Unknown);
        for path in arguments.iter().filter(|word| !word.known_start().starts_with('-')) {
            self.write(path, &output);
        }
        // What it shows besides is what it wrote.
        match output {
            Output::Text(text) => Output::Text(text),
            Output::Nothing | Output::Unknown => Output::Unknown,
        }
    }

    /// `set NAME=value` and `setx NAME value` of Windows.
    fn batch(&mut self, arguments: &[Text]) {
        if let Some((name, value)) = arguments.first().and_then(assignment) {
            self.assign(&name, value, Confidence::Mentioned);
        } else if let [name, value, ..] = arguments
            && let Some(name) = name.known()
        {
            self.assign(&name, value.clone(), Confidence::Mentioned);
        }
    }

    /// `read -r NAME`, and `read -d '' NAME` with all of its input.
    fn read(&mut self, arguments: &[Text], input: Option<Output>) {
        let name = arguments.iter().rev().find_map(|word| word.known().filter(|word| is_name(word)));
        if let (Some(name), Some(Output::Text(text))) = (name, input) {
            let flat = Flat::new(&text);
            let all = arguments.iter().any(|word| word.known().is_some_and(|word| word == "-d" || word.ends_with('d')));
            let end = if all { flat.as_str().len() } else { flat.as_str().find('\n').unwrap_or(flat.as_str().len()) };
            let value = flat.slice(0..end);
            self.assign(&name, value, Confidence::Mentioned);
        }
    }

    /// A command behind another that runs it.
    fn prefixed(&mut self, prefix: &str, arguments: &[Text], input: Option<Output>) -> Output {
        let mut rest = arguments;
        let mut takes_value = prefix == "timeout";
        while let Some(word) = rest.first() {
            let known = word.known().unwrap_or_default();
            if let Some((name, value)) = assignment(word) {
                self.assign(&name, value, Confidence::Mentioned);
            } else if known.starts_with('-') {
                takes_value = matches!(known.as_ref(), "-u" | "-g" | "-n" | "-k" | "-s") && prefix != "sudo"
                    || matches!(known.as_ref(), "-u" | "-g" | "-p") && prefix == "sudo";
            } else if takes_value {
                takes_value = false;
            } else {
                break;
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        match rest.split_first() {
            Some((name, arguments)) if self.depth > 0 => {
                self.depth -= 1;
                let output = self.call(name, arguments, input);
                self.depth += 1;
                output
            }
            _ => Output::Unknown,
        }
    }

    /// `sh -c script`, or a script on its input.
    fn shell(&mut self, arguments: &[Text], input: Option<Output>) {
        let is_command =
            |word: &Text| word.known().is_some_and(|w| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c'));
        if let Some(at) = arguments.iter().position(is_command) {
            if let Some(script) = arguments.get(at + 1) {
                self.nested(script);
            }
        } else if arguments.iter().all(|word| word.known_start().starts_with('-'))
            && let Some(Output::Text(script)) = input
        {
            self.nested(&script);
        }
    }
}

/// The name and the value of `NAME=value` and `NAME+=value`.
fn assignment(word: &Text) -> Option<(String, Text)> {
    let flat = Flat::new(word);
    let sign = flat.as_str().find('=')?;
    let name = flat.text(0..sign);
    let name = name.strip_suffix('+').unwrap_or(name);
    is_name(name).then(|| (name.to_owned(), flat.slice(sign + 1..flat.as_str().len())))
}

fn is_name(word: &str) -> bool {
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

fn is_decode_flag(word: &Text) -> bool {
    word.known().is_some_and(|word| word == "--decode" || word.starts_with('-') && word.contains(['d', 'D']))
}

fn decoded(input: Option<Output>) -> Output {
    match input {
        Some(Output::Text(text)) if !literal_places(&text).is_empty() => {
            decode::base64(&text).map_or(Output::Unknown, Output::Text)
        }
        _ => Output::Unknown,
    }
}

fn joined(words: &[Text]) -> Text {
    let mut text = Text::default();
    for word in words {
        let blank = echo::echo(&[Text::default()]);
        text = if text.is_empty() { word.clone() } else { text.followed_by(blank).followed_by(word.clone()) };
    }
    text
}
