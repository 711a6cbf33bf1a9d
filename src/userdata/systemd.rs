//! Units of systemd, as `CoreOS` takes them in its cloud-config: what they run, and the environment it has. Source: systemd.service(5)
//! and systemd.exec(5); `coreos-cloudinit`.

use super::flat::Flat;
use super::form::Form;
use super::reading::{Reading, made_up};
use crate::model::Text;

/// Reads a unit: its commands as a shell would run them, and its environment as a shell would export it.
pub fn read(text: &Text, reading: &mut Reading) {
    let flat = Flat::new(text);
    let mut script = Text::default();
    let mut at = 0;
    let mut goes_on = false;
    for line in flat.as_str().split_inclusive('\n') {
        let trimmed = line.trim();
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        let end = start + trimmed.len();
        let (name, value) = trimmed.split_once('=').unwrap_or((trimmed, ""));
        let command = value.trim_start_matches(['-', '@', ':', '+', '!', ' ']);
        let piece = if goes_on {
            flat.slice(start..end)
        } else if name.starts_with("Exec") {
            flat.slice(end - command.len()..end)
        } else if name == "Environment" {
            made_up("export ").followed_by(flat.slice(end - value.len()..end))
        } else {
            continue;
        };
        goes_on = trimmed.ends_with('\\');
        script = script.followed_by(piece).followed_by(made_up("\n"));
    }
    reading.text_as(&script, Form::Shell);
}
