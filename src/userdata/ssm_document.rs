//! Documents of Systems Manager: the scripts of their steps. Source: Systems Manager user guide, "Command document plugin
//! reference", `aws:runShellScript` and `aws:runPowerShellScript`.

use super::embedded::Embedded;
use super::form::Form;
use super::limits::MOST_TEXTS;
use super::reading::{Reading, made_up};
use crate::model::Text;
use crate::syntax::{Kind, Node};

/// The form of the scripts in a step, by its `action` or, in documents of version 1.2, by the key it stands under.
#[must_use]
pub fn form_of_step(step: Node<'_>, key: Option<&str>, of_parent: Option<Form>) -> Option<Form> {
    let action = step.get("action").and_then(Node::scalar);
    match action.as_deref().or(key) {
        Some("aws:runPowerShellScript") => Some(Form::PowerShell),
        Some("aws:runShellScript") => Some(Form::Shell),
        _ => of_parent,
    }
}

impl Reading {
    /// A document that is one string of JSON or YAML.
    pub fn ssm_document(&mut self, text: &Text) {
        let embedded = Embedded::yaml(text);
        let Some(root) = embedded.root() else { return };
        let mut pending = vec![(root, None)];
        let mut seen = 0;
        while let Some((node, form)) = pending.pop().filter(|_| seen < MOST_TEXTS * 16) {
            seen += 1;
            let form = form_of_step(node, None, form);
            for entry in node.entries() {
                if entry.key() != "runCommand" {
                    pending.push((entry.value(), form_of_step(entry.value(), Some(&entry.key()), form)));
                    continue;
                }
                let lines = lines_of(entry.value(), &embedded);
                self.steps(&lines, form);
            }
            pending.extend(node.items().map(|item| (item, form)));
        }
    }

    /// The lines of one step; without a form, they tell it themselves.
    pub fn steps(&mut self, lines: &[Text], form: Option<Form>) {
        let mut script = Text::default();
        for line in lines {
            script = script.followed_by(line.clone()).followed_by(made_up("\n"));
        }
        let shown = script.known_start();
        let is_powershell = shown.contains("SetEnvironmentVariable") || shown.contains("$env:");
        let form = form.unwrap_or(if is_powershell { Form::PowerShell } else { Form::Shell });
        self.text_as(&script, form);
    }
}

fn lines_of(node: Node<'_>, embedded: &Embedded<'_>) -> Vec<Text> {
    match node.kind() {
        Kind::Array => node.items().filter_map(|line| embedded.text(line)).collect(),
        _ => embedded.text(node).into_iter().collect(),
    }
}
