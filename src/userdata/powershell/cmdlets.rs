//! What commands do with what they are given. Source: the reference of Microsoft.PowerShell.Management and .Utility.

use super::run::Script;
use crate::model::Text;
use crate::userdata::flat::{Flat, is_hole};
use crate::userdata::form::Form;
use crate::userdata::reading::{AGENT_CONFIG, Confidence, made_up};
use crate::userdata::{decode, registry_client};

/// Parameters that take no value.
const SWITCHES: [&str; 9] =
    ["-force", "-nonewline", "-append", "-passthru", "-noclobber", "-confirm", "-wait", "-nonewwindow", "-whatif"];

impl Script<'_> {
    /// Follows a command; what it puts out, `None` where only the instance knows.
    pub(super) fn command(&mut self, name: &Text, arguments: &[Text], input: Option<Text>) -> Option<Text> {
        let shown = name.shown();
        let name_of_file = shown.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let is_login = || arguments.first().and_then(Text::known).is_some_and(|word| word == "login");
        match name_of_file.trim_end_matches(".exe") {
            client if registry_client::is_one(client) || name.sole_hole().is_some() && is_login() => {
                registry_client::call(arguments, input.as_ref(), self.reading);
                None
            }
            "write-output" | "echo" | "write" => Some(Self::joined(arguments, "\n")),
            "out-null" | "write-host" => Some(Text::default()),
            "out-string" | "tee-object" => {
                let Given { path, .. } = Given::new(arguments);
                if let (Some(path), Some(content)) = (&path, &input) {
                    self.reading.file(path, content);
                }
                input
            }
            "set-content" | "add-content" | "out-file" | "sc" | "ac" | "new-item" | "set-item" | "ni" | "si" => {
                self.item(arguments, input);
                Some(Text::default())
            }
            "setx" => {
                if let [name, value, ..] = arguments
                    && let Some(name) = name.known()
                {
                    self.reading.setting(&name, value, Confidence::Mentioned);
                }
                None
            }
            "invoke-expression" | "iex" => {
                let script = Self::joined(&Self::without_options(arguments), " ");
                let script = if script.is_empty() { input.unwrap_or_default() } else { script };
                self.nested(&script);
                None
            }
            "start-process" | "saps" => {
                self.nested(&Self::joined(&Self::without_options(arguments), " "));
                None
            }
            "cmd" => {
                let is_command = |word: &Text| word.known().is_some_and(|word| matches!(word.as_ref(), "/c" | "/C"));
                if let Some(at) = arguments.iter().position(is_command) {
                    let script = Self::joined(arguments.get(at + 1..).unwrap_or_default(), " ");
                    self.reading.text_as(&script, Form::Batch);
                }
                None
            }
            "powershell" | "pwsh" => {
                self.powershell(arguments);
                None
            }
            _ => {
                if arguments.iter().any(|word| word.shown().ends_with(AGENT_CONFIG)) {
                    self.reading.configured_elsewhere();
                }
                arguments.iter().chain(&input).for_each(|word| self.reading.mentioned(word));
                None
            }
        }
    }

    /// `-Path p -Value v` and what is like it: a variable of the environment or a file is written.
    fn item(&mut self, arguments: &[Text], input: Option<Text>) {
        let Given { path, value } = Given::new(arguments);
        let (Some(path), Some(value)) = (path, value.or(input)) else { return };
        let shown = path.shown();
        let variable = shown.get(..4).filter(|drive| drive.eq_ignore_ascii_case("env:")).and_then(|_| shown.get(4..));
        match variable {
            Some(variable) => {
                let name = variable.trim_start_matches('\\').to_ascii_uppercase();
                self.reading.setting(&name, &value, Confidence::Mentioned);
            }
            None => self.reading.file(&path, &value),
        }
    }

    /// `-Command script`, `-EncodedCommand base64`.
    fn powershell(&mut self, arguments: &[Text]) {
        let option = |word: &Text| word.known().unwrap_or_default().to_ascii_lowercase();
        let is_encoded = |word: &Text| matches!(option(word).as_str(), "-encodedcommand" | "-enc" | "-ec" | "-e");
        let is_command = |word: &Text| matches!(option(word).as_str(), "-command" | "-c");
        if let Some(at) = arguments.iter().position(is_encoded) {
            if let Some(script) = arguments.get(at + 1).and_then(decode::base64) {
                self.nested(&script);
            }
        } else if let Some(at) = arguments.iter().position(is_command) {
            self.nested(&Self::joined(arguments.get(at + 1..).unwrap_or_default(), " "));
        }
    }

    /// The words without `-Name` of parameters before the first that has a value of its own.
    fn without_options(arguments: &[Text]) -> Vec<Text> {
        let is_option = |word: &Text| {
            let known = word.known().unwrap_or_default().to_ascii_lowercase();
            matches!(known.as_str(), "-command" | "-filepath" | "-argumentlist" | "-args")
                || SWITCHES.contains(&known.as_str())
        };
        arguments.iter().filter(|word| !is_option(word)).cloned().collect()
    }

    fn joined(words: &[Text], separator: &str) -> Text {
        let mut text = Text::default();
        for (at, word) in words.iter().enumerate() {
            let between = if at > 0 { made_up(separator) } else { Text::default() };
            text = text.followed_by(between).followed_by(word.clone());
        }
        text
    }
}

/// What a command is to write, and where.
#[derive(Default)]
struct Given {
    path: Option<Text>,
    value: Option<Text>,
}

impl Given {
    fn new(arguments: &[Text]) -> Self {
        let mut given = Self::default();
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            let flat = Flat::new(word);
            let option = flat.as_str().to_ascii_lowercase();
            if !option.starts_with('-') || option.contains(is_hole) || option.contains(' ') {
                let place = if given.path.is_none() { &mut given.path } else { &mut given.value };
                place.get_or_insert_with(|| word.clone());
            } else if matches!(option.as_str(), "-path" | "-filepath" | "-literalpath") {
                given.path = rest.next().cloned();
            } else if matches!(option.as_str(), "-value" | "-inputobject") {
                given.value = rest.next().cloned();
            } else if !SWITCHES.contains(&option.as_str()) {
                rest.next();
            }
        }
        given
    }
}
