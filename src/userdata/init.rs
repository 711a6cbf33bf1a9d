//! What `cfn-init` does besides writing files and running commands: it gives a command its environment, and fills in files that
//! are templates. Source: CloudFormation user guide, `AWS::CloudFormation::Init`, `commands` and `files`.

use super::cloud_config::quoted_words;
use super::flat::Flat;
use super::limits::LONGEST_TEXT;
use super::reading::{Reading, made_up};
use crate::model::Text;

impl Reading {
    /// A command line, with the variables that it is given.
    pub fn init_command(&mut self, environment: &[(String, Text)], line: &Text) {
        if environment.is_empty() {
            return self.text(line);
        }
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let mut script = Text::default();
        for (name, value) in environment.iter().filter(|(name, _)| is_name(name)) {
            let assignment = made_up(&format!("{name}=")).followed_by(quoted_words(std::slice::from_ref(value)));
            script = script.followed_by(assignment).followed_by(made_up("\n"));
        }
        self.text(&script.followed_by(line.clone()));
    }
}

/// The content of a file with `{{name}}` replaced by what its `context` has for it.
#[must_use]
pub fn filled_in(content: &Text, values: &[(String, Text)]) -> Text {
    if values.is_empty() {
        return content.clone();
    }
    let flat = Flat::new(content);
    let mut output = Text::default();
    let (mut copied, mut at, mut length_of_values) = (0, 0, 0);
    while let Some(found) = flat.from(at).find("{{").map(|found| at + found) {
        let inner = flat.from(found + 2);
        let Some(length) = inner.find("}}") else { break };
        // `{{{name}}}` and `{{&name}}` are the same without escapes of HTML.
        let name = inner.get(..length).unwrap_or_default().trim_start_matches(['{', '&']).trim();
        let end = found + 2 + length + 2;
        let end = end + usize::from(inner.starts_with('{') && flat.from(end).starts_with('}'));
        at = end;
        if let Some((_, value)) = values.iter().find(|(known, _)| known == name) {
            length_of_values += Flat::new(value).as_str().len();
            if length_of_values > LONGEST_TEXT {
                break;
            }
            output = output.followed_by(flat.slice(copied..found)).followed_by(value.clone());
            copied = end;
        }
    }
    output.followed_by(flat.slice(copied..flat.as_str().len()))
}
