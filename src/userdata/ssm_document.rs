//! Documents of Systems Manager: the scripts of their steps. Source: Systems Manager user guide, "Command document plugin
//! reference", `aws:runShellScript` and `aws:runPowerShellScript`.

use super::embedded::Embedded;
use super::form::Form;
use super::limits::MOST_TEXTS;
use super::reading::{Reading, made_up};
use crate::model::Text;
use crate::syntax::{Kind, Node};

impl Reading {
    /// A document that is one string of JSON or YAML.
    pub fn ssm_document(&mut self, text: &Text) {
        let embedded = Embedded::yaml(text);
        let Some(root) = embedded.root() else { return };
        let mut pending = vec![root];
        let mut seen = 0;
        while let Some(node) = pending.pop().filter(|_| seen < MOST_TEXTS * 16) {
            seen += 1;
            for entry in node.entries() {
                if entry.key() != "runCommand" {
                    pending.push(entry.value());
                    continue;
                }
                let lines = lines_of(entry.value(), &embedded);
                self.steps(&lines);
            }
            pending.extend(node.items());
        }
    }

    /// The lines of one step.
    pub fn steps(&mut self, lines: &[Text]) {
        let mut script = Text::default();
        for line in lines {
            script = script.followed_by(line.clone()).followed_by(made_up("\n"));
        }
        let shown = script.known_start();
        let form = if shown.contains("SetEnvironmentVariable") || shown.contains("$env:") {
            Form::PowerShell
        } else {
            Form::Shell
        };
        self.text_as(&script, form);
    }
}

fn lines_of(node: Node<'_>, embedded: &Embedded<'_>) -> Vec<Text> {
    match node.kind() {
        Kind::Array => node.items().filter_map(|line| embedded.text(line)).collect(),
        _ => embedded.text(node).into_iter().collect(),
    }
}
