//! Scripts of Windows' `cmd`: a variable is `%NAME%`, and a comment begins with `rem` or `::`. The rest is near enough to a shell to
//! be read as one. Source: Windows commands, `set` and `rem`.

use std::collections::HashMap;

use super::flat::Flat;
use super::form::Form;
use super::limits::LONGEST_VALUE;
use super::reading::{Reading, made_up};
use crate::model::Text;

/// Reads a script.
pub fn read(text: &Text, reading: &mut Reading) {
    let flat = Flat::new(text);
    let mut variables: HashMap<String, Text> = HashMap::new();
    let mut script = Text::default();
    let mut at = 0;
    for line in flat.as_str().split_inclusive('\n') {
        let command = line.trim_start_matches([' ', '\t', '@']);
        let start = at + line.len() - command.len();
        let command = command.trim_end();
        at += line.len();
        let is_comment = command.starts_with("::") || first_word(command).eq_ignore_ascii_case("rem");
        if is_comment {
            continue;
        }
        let written = flat.slice(start..start + command.len());
        let line = expanded(&written, &variables, reading);
        if let Some((name, value)) = assignment(&line) {
            variables.insert(name, value);
        }
        script = script.followed_by(line).followed_by(made_up("\n"));
    }
    reading.text_as(&script, Form::Shell);
}

fn first_word(command: &str) -> &str {
    command.split([' ', '\t']).next().unwrap_or_default()
}

/// `set NAME=value` and `set "NAME=value"`; `set /p` reads the value, and `set /a` computes it.
fn assignment(line: &Text) -> Option<(String, Text)> {
    let flat = Flat::new(line);
    let text = flat.as_str();
    let rest = text.get(3..).filter(|_| first_word(text).eq_ignore_ascii_case("set"))?;
    let rest = rest.trim_start().strip_prefix('"').unwrap_or_else(|| rest.trim_start());
    let (name, value) = rest.split_once('=')?;
    let length = value.trim_end_matches('"').len();
    let start = text.len() - value.len();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && length <= LONGEST_VALUE).then(|| (name.to_ascii_uppercase(), flat.slice(start..start + length)))
}

/// The line with the variables in it replaced that are known.
fn expanded(line: &Text, variables: &HashMap<String, Text>, reading: &mut Reading) -> Text {
    let flat = Flat::new(line);
    let mut output = Text::default();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = flat.from(at).find('%').map(|found| at + found) {
        let name = flat.from(found + 1).split('%').next().unwrap_or_default();
        let end = found + 1 + name.len();
        at = end;
        let known = variables.get(&name.to_ascii_uppercase()).filter(|_| flat.from(end).starts_with('%'));
        if let Some(value) = known.filter(|value| reading.spend(value)) {
            output = output.followed_by(flat.slice(copied..found)).followed_by(value.clone());
            copied = end + 1;
            at = copied;
        }
    }
    output.followed_by(flat.slice(copied..flat.as_str().len()))
}
