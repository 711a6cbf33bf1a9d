//! The commands that are known: what they put out, what they write, and what they run.

use super::run::{Assignment, Output, Shell, assignment, is_name, joined};
use super::{at_boot, echo, sed};
use crate::model::{Part, Reference, Text};
use crate::userdata::decode;
use crate::userdata::flat::{Flat, literal_places, place};
use crate::userdata::reading::{AGENT_CONFIG, Confidence};
use crate::userdata::registry_client;

/// Commands that name the agent's configuration without putting anything into it.
const HARMLESS: [&str; 23] = [
    "[", "[[", "awk", "cat", "chmod", "chown", "cut", "diff", "echo", "grep", "head", "logger", "ls", "mkdir",
    "printf", "rm", "sed", "stat", "tail", "tee", "test", "touch", "wc",
];

/// Commands whose last argument is where they put what the others name.
const COPYING: [&str; 7] = ["cp", "mv", "ln", "install", "rsync", "scp", "aws"];

impl Shell<'_> {
    pub(super) fn call(&mut self, name: &Text, arguments: &[Text], input: Option<Output>) -> Output {
        if name.sole_hole().is_some_and(|hole| !matches!(*hole.reference, Reference::Boot(_))) {
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
        if let Some(output) = self.function(&shown, arguments) {
            return output;
        }
        let name = shown.rsplit('/').next().unwrap_or_default();
        if !HARMLESS.contains(&name) && !registry_client::is_one(name) {
            self.watch(name, arguments);
        }
        match name {
            "echo" => Output::Text(echo::echo(arguments)),
            "printf" => self.printf(arguments),
            "cat" => self.cat(arguments, input),
            "tee" => self.tee(arguments, input),
            "dd" => self.dd(arguments, input.as_ref()),
            "sed" => self.sed(arguments, input),
            "base64" if arguments.iter().any(is_decode_flag) => decoded(input),
            "base64" => encoded(input),
            "tr" => input.filter(|_| takes_line_ends_away(arguments)).map_or(Output::Unknown, in_one_line),
            "jq" => input.map_or(Output::Unknown, in_one_line),
            "gunzip" | "zcat" | "gzip" => input.unwrap_or(Output::Unknown),
            "export" | "declare" | "typeset" | "local" | "readonly" => self.declare(name, arguments),
            "env" | "sudo" | "command" | "exec" | "nohup" | "nice" | "time" | "timeout" => {
                self.prefixed(name, arguments, input)
            }
            // The boothook's own: how often, a name for it, and the command.
            "cloud-init-per" => self.prefixed(name, arguments.get(2..).unwrap_or_default(), input),
            _ if registry_client::is_one(name) => {
                let input = match &input {
                    Some(Output::Text(text)) => Some(text),
                    _ => None,
                };
                registry_client::call(arguments, input, self.reading);
                Output::Unknown
            }
            _ => self.other(name, arguments, input),
        }
    }

    /// Commands that put nothing out which matters, and those that are not known.
    fn other(&mut self, name: &str, arguments: &[Text], input: Option<Output>) -> Output {
        match name {
            "set" | "setx" => self.batch(arguments),
            "read" => self.read(arguments, input),
            "unset" => self.forget(arguments, false),
            "mapfile" | "readarray" | "getopts" => self.forget(arguments, true),
            "for" | "select" => self.forget(arguments.get(..1).unwrap_or_default(), true),
            "shift" => self.shift(),
            "eval" => self.nested(&joined(arguments), input),
            "bash" | "sh" | "dash" | "zsh" | "ksh" => self.shell(arguments, input, false),
            "su" | "runuser" => self.shell(arguments, input, true),
            "cfn-init" => self.reading.initialised(),
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
        let is_named = |word: &Text| word.shown().contains(AGENT_CONFIG);
        let is_target = |word: &&Text| is_named(word) || word.shown().contains("/etc/ecs");
        let puts = if COPYING.contains(&name) {
            arguments.iter().any(is_named)
                && arguments
                    .iter()
                    .rfind(|word| !word.known_start().starts_with('-'))
                    .is_some_and(|word| is_target(&word))
        } else {
            arguments.iter().any(is_named)
        };
        if puts && !matches!(name, "sudo" | "env" | "bash" | "sh" | "source" | "." | "export" | "dd" | "cloud-init-per")
        {
            self.reading.configured_elsewhere();
        }
    }

    fn printf(&mut self, arguments: &[Text]) -> Output {
        if let [option, name, rest @ ..] = arguments
            && option.known().is_some_and(|option| option == "-v")
        {
            if let Some(name) = name.known() {
                self.assign(&name, echo::printf(rest), Confidence::Mentioned);
            }
            return Output::Nothing;
        }
        Output::Text(echo::printf(arguments))
    }

    fn cat(&mut self, arguments: &[Text], input: Option<Output>) -> Output {
        let paths: Vec<&Text> =
            arguments.iter().filter(|word| word.known().is_none_or(|word| !word.starts_with('-'))).collect();
        match paths.as_slice() {
            [] => input.unwrap_or(Output::Unknown),
            [path] => self.content(path),
            _ => Output::Unknown,
        }
    }

    fn tee(&mut self, arguments: &[Text], input: Option<Output>) -> Output {
        let output = input.unwrap_or(Output::Unknown);
        let appends = arguments.iter().any(|word| word.known().is_some_and(|word| word == "-a" || word == "--append"));
        for path in arguments.iter().filter(|word| !word.known_start().starts_with('-')) {
            self.write(path, &output, appends);
        }
        // What it shows besides is what it wrote.
        match output {
            Output::Text(text) => Output::Text(text),
            Output::Nothing | Output::Unknown => Output::Unknown,
        }
    }

    fn dd(&mut self, arguments: &[Text], input: Option<&Output>) -> Output {
        for word in arguments {
            let flat = Flat::new(word);
            if flat.as_str().starts_with("of=") {
                self.write(&flat.slice(3..flat.as_str().len()), input.unwrap_or(&Output::Unknown), false);
            }
        }
        Output::Nothing
    }

    /// `sed`, on what it reads or (`-i`) on files; only substitutions of plain text are followed.
    fn sed(&mut self, arguments: &[Text], input: Option<Output>) -> Output {
        for word in arguments {
            self.reading.mentioned(word);
        }
        let substitutions: Vec<_> = arguments.iter().filter_map(sed::substitution).collect();
        let apply = |text: Text| {
            substitutions.iter().fold(text, |text, (pattern, replacement)| sed::apply(&text, pattern, replacement))
        };
        let is_option = |word: &Text| word.known_start().starts_with('-');
        let in_place = arguments.iter().any(|word| {
            let start = word.known_start();
            start.starts_with("-i") || start.starts_with("--in-place") || start.starts_with("-E") && start.contains('i')
        });
        let (mut output, mut any) = (Output::Unknown, false);
        for path in arguments.iter().filter(|word| !is_option(word)) {
            let Output::Text(content) = self.content(path) else { continue };
            any = true;
            let content = Output::Text(apply(content));
            if in_place {
                self.write(path, &content, false);
            } else {
                output = content;
            }
        }
        match input {
            Some(Output::Text(text)) if !any => Output::Text(apply(text)),
            _ if in_place => Output::Nothing,
            _ => output,
        }
    }

    fn declare(&mut self, name: &str, arguments: &[Text]) -> Output {
        for word in arguments {
            let assigned = assignment(word);
            let variable = assigned.as_ref().map(|one| one.name.clone()).or_else(|| word.known().map(Into::into));
            if let Some(variable) = variable.filter(|_| name == "local") {
                self.localise(&variable);
            }
            if let Some(Assignment { name, value, .. }) = assigned {
                self.assign(&name, value, Confidence::Mentioned);
            }
        }
        Output::Nothing
    }

    /// `set NAME=value` and `setx NAME value` of Windows.
    fn batch(&mut self, arguments: &[Text]) {
        if let Some(Assignment { name, value, .. }) = arguments.first().and_then(assignment) {
            self.assign(&name, value, Confidence::Mentioned);
        } else if let [name, value, ..] = arguments
            && let Some(name) = name.known()
        {
            self.assign(&name, value.clone(), Confidence::Mentioned);
        }
    }

    /// `read -r NAME`, and `read -d '' NAME` with all of its input.
    fn read(&mut self, arguments: &[Text], input: Option<Output>) {
        let Some(Output::Text(text)) = input else { return self.forget(arguments, true) };
        let name = arguments.iter().rev().find_map(|word| word.known().filter(|word| is_name(word)));
        if let Some(name) = name {
            let flat = Flat::new(&text);
            let all = arguments.iter().any(|word| word.known().is_some_and(|word| word == "-d" || word.ends_with('d')));
            let end = if all { flat.as_str().len() } else { flat.as_str().find('\n').unwrap_or(flat.as_str().len()) };
            let value = flat.slice(0..end);
            self.assign(&name, value, Confidence::Mentioned);
        }
    }

    /// The variables hold nothing, or something that only the instance knows.
    fn forget(&mut self, names: &[Text], set: bool) {
        for word in names {
            if let Some(name) = word.known().filter(|name| is_name(name)) {
                self.set(&name, set.then(|| at_boot(Some(&name), place(word))));
            }
        }
    }

    /// A command behind another that runs it.
    fn prefixed(&mut self, prefix: &str, arguments: &[Text], input: Option<Output>) -> Output {
        let mut rest = arguments;
        let mut takes_value = prefix == "timeout";
        while let Some(word) = rest.first() {
            let known = word.known().unwrap_or_default();
            if let Some(Assignment { name, value, .. }) = assignment(word) {
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

    /// `sh -c script`, or a script on its input; `su` takes a user's name besides.
    fn shell(&mut self, arguments: &[Text], input: Option<Output>, takes_user: bool) {
        let is_command =
            |word: &Text| word.known().is_some_and(|w| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c'));
        if let Some(at) = arguments.iter().position(is_command) {
            if let Some(script) = arguments.get(at + 1) {
                self.nested(script, input);
            }
        } else if (takes_user || arguments.iter().all(|word| word.known_start().starts_with('-')))
            && let Some(Output::Text(script)) = input
        {
            self.nested(&script, None);
        }
    }
}

fn is_decode_flag(word: &Text) -> bool {
    word.known().is_some_and(|word| word == "--decode" || word.starts_with('-') && word.contains(['d', 'D']))
}

/// `tr -d '\n'`, which changes nothing that matters.
fn takes_line_ends_away(arguments: &[Text]) -> bool {
    let [option, characters] = arguments else { return false };
    let is_blank = |text: &str| text.trim().is_empty() || text.trim_matches(['\\', 'n', 'r', ' ']).is_empty();
    option.known().is_some_and(|option| option == "-d") && characters.known().is_some_and(|text| is_blank(&text))
}

fn in_one_line(output: Output) -> Output {
    match output {
        Output::Text(text) => Output::Text(sed::apply(&text, "\n", &Text::default())),
        other => other,
    }
}

fn decoded(input: Option<Output>) -> Output {
    match input {
        Some(Output::Text(text)) if !literal_places(&text).is_empty() => {
            decode::base64(&text).map_or(Output::Unknown, Output::Text)
        }
        _ => Output::Unknown,
    }
}

fn encoded(input: Option<Output>) -> Output {
    match input {
        Some(Output::Text(text)) => {
            let span = place(&text);
            Output::Text(Text::new(vec![Part::Base64(Box::new(text), span)]))
        }
        _ => Output::Unknown,
    }
}
