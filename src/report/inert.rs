//! Text that steers nothing: neither the log of a CI service, which takes some lines as commands, nor
//! whatever shows JSON as it is.

use std::io::{self, Write};

use super::mask::is_unprintable;

/// The words that GitHub's runner takes as commands in `##[word …]`, anywhere in a line, and those that Azure Pipelines has
/// besides. Source: actions/runner, `ActionCommand.TryParse` and the extensions of `ActionCommandManager`.
const COMMANDS: [&str; 20] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "command",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "section",
    "set-env",
    "set-output",
    "set-secret",
    "stop-commands",
    "warn",
    "warning",
];

/// Whether the text begins with what some CI service would take as a command in its log, as `##[error]` or `##vso[…]`.
/// The `##[0-9]` of a shell is none.
pub(super) fn begins_command(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("##") else { return false };
    if rest.starts_with("vso[") || rest.starts_with("teamcity[") {
        return true;
    }
    let Some(rest) = rest.strip_prefix('[') else { return false };
    let word = rest.split(|c: char| !c.is_ascii_alphabetic() && c != '-').next().unwrap_or_default();
    let closed = rest.get(word.len()..).is_some_and(|rest| rest.starts_with([']', ' ']));
    closed && COMMANDS.iter().any(|command| command.eq_ignore_ascii_case(word))
}

/// A name to begin a line with: `::error::x.json` would be a command to GitHub's runner.
pub(super) fn at_line_start(name: &str) -> String {
    if name.trim_start().starts_with("::") { format!("./{name}") } else { name.to_owned() }
}

/// A line that is no command to GitHub's runner, which takes one that begins with `::` for one.
pub(crate) fn commanding_nothing(line: &str) -> String {
    if line.trim_start().starts_with("::") { line.replacen(':', "\\u{3a}", 1) } else { line.to_owned() }
}

/// Passes JSON on with everything as an escape that would steer a terminal or a log: unprintable characters, and the beginning
/// of what a CI service takes as a command. Such characters stand in strings only, so a reader gets what it would have got.
pub(super) struct JsonWriter<'w>(pub &'w mut dyn Write);

impl Write for JsonWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // `serde_json` hands over whole strings, or the pieces between its own escapes.
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(is_steering) || text.contains("##") => {
                self.0.write_all(inert_json(text).as_bytes())
            }
            _ => self.0.write_all(bytes),
        }?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Unprintable, but for the line ends and indentation between JSON's tokens.
fn is_steering(character: char) -> bool {
    is_unprintable(character) && !matches!(character, '\n' | '\r' | '\t')
}

/// JSON that means the same, with everything as an escape that would steer a terminal or a log.
pub(crate) fn inert_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for (at, character) in text.char_indices() {
        let command = character == '#' && text.get(at..).is_some_and(begins_command);
        if command || is_steering(character) {
            let mut units = [0; 2];
            escaped.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_the_shell() {
        for text in ["##[error]", "##[set-output name=a]b", "##[Group]x", "##vso[task.setvariable]", "##teamcity[x]"] {
            assert!(begins_command(text), "{text}");
        }
        for text in ["##[0-9]*}", "##[a-z]*}", "##[[:space:]]}", "# ##", "##", "##[errors]", "##[error"] {
            assert!(!begins_command(text), "{text}");
        }
    }

    #[test]
    fn json_means_the_same_and_steers_nothing() {
        let value =
            serde_json::json!(["\u{202e}a\u{1b}[31m\u{9b}", "##[error]x ###[group]", "${a##[0-9]} é🦀\n\u{7f}"]);
        let mut out = Vec::new();
        serde_json::to_writer_pretty(JsonWriter(&mut out), &value).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(is_steering) && !text.contains("##[e") && !text.contains("##[g"), "{text}");
        assert!(text.contains("##[0-9]") && text.contains("é🦀"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
