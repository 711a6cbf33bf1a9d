//! `#cloud-config`: files and commands in YAML, and archives of other user data. Source: cloud-init's `cc_write_files`, `cc_runcmd`,
//! `cc_bootcmd` and `cloud-config-archive`.

use super::decode;
use super::embedded::Embedded;
use super::flat::Flat;
use super::form::Form;
use super::limits::MOST_TEXTS;
use super::reading::{Reading, made_up};
use super::systemd;
use crate::model::Text;
use crate::syntax::{Kind, Node};

/// Reads a cloud-config.
pub fn read(text: &Text, reading: &mut Reading) {
    let embedded = Embedded::yaml(text);
    let Some(root) = embedded.root() else { return reading.mentioned(text) };
    for file in root.get("write_files").into_iter().flat_map(Node::items).take(MOST_TEXTS) {
        write_file(file, &embedded, reading);
    }
    let units = root.get("coreos").and_then(|coreos| coreos.get("units"));
    for unit in units.into_iter().flat_map(Node::items).take(MOST_TEXTS) {
        let additions = ["drop-ins", "drop_ins"].iter().filter_map(|key| unit.get(key)).flat_map(Node::items);
        for content in additions.chain([unit]).filter_map(|part| embedded.text(part.get("content")?)) {
            systemd::read(&content, reading);
        }
    }
    let mut script = Text::default();
    for section in ["bootcmd", "runcmd"] {
        for command in root.get(section).into_iter().flat_map(Node::items) {
            script = script.followed_by(command_line(command, &embedded)).followed_by(made_up("\n"));
        }
    }
    reading.text_as(&script, Form::Shell);
}

/// Reads an archive: a list of texts, each in a form of its own, or with its type beside it.
pub fn read_archive(text: &Text, reading: &mut Reading) {
    let embedded = Embedded::yaml(text);
    for item in embedded.root().into_iter().flat_map(Node::items).take(MOST_TEXTS) {
        let content = if item.kind() == Kind::Object { item.get("content") } else { Some(item) };
        let Some(content) = content.and_then(|node| embedded.text(node)) else { continue };
        let form = item.get("type").and_then(Node::scalar).and_then(|kind| Form::of_content_type(&kind));
        match form {
            Some(form) => reading.text_as(&content, form),
            None => reading.user_data(&content),
        }
    }
}

/// One file of `write_files`, decoded as it says.
fn write_file(file: Node<'_>, embedded: &Embedded<'_>, reading: &mut Reading) {
    let path = file.get("path").and_then(|node| embedded.text(node)).unwrap_or_default();
    let Some(content) = file.get("content").and_then(|node| embedded.text(node)) else {
        // `source` fetches the content.
        if path.shown().ends_with(super::reading::AGENT_CONFIG) {
            reading.configured_elsewhere();
        }
        return;
    };
    let encoding = file.get("encoding").and_then(Node::scalar).unwrap_or_default().to_ascii_lowercase();
    reading.encoded_file(
        &path,
        &content,
        encoding.contains("b64") || encoding.contains("base64") || encoding.starts_with("gz"),
    );
}

/// A command as the shell reads it: a string as it is, a list with each word quoted.
fn command_line(command: Node<'_>, embedded: &Embedded<'_>) -> Text {
    if command.kind() != Kind::Array {
        return embedded.text(command).unwrap_or_default();
    }
    let words: Vec<Text> = command.items().map(|word| embedded.text(word).unwrap_or_default()).collect();
    quoted_words(&words)
}

/// Words as a shell would have to be given them, so that it takes each for one.
pub fn quoted_words(words: &[Text]) -> Text {
    let mut line = Text::default();
    for word in words {
        let flat = Flat::new(word);
        line = line.followed_by(made_up("'"));
        let mut copied = 0;
        for (at, quote) in flat.as_str().match_indices('\'') {
            line = line.followed_by(flat.slice(copied..at)).followed_by(made_up("'\\''"));
            copied = at + quote.len();
        }
        line = line.followed_by(flat.slice(copied..flat.as_str().len())).followed_by(made_up("' "));
    }
    line
}

/// The content of a file that says it is base64, or that is nothing else.
pub fn decoded_content(content: &Text, says_so: bool) -> Option<Text> {
    let is_encoded = says_so
        || Flat::new(content).as_str().len() > 64 && content.known().is_some_and(|text| decode::looks_encoded(&text));
    decode::base64(content).filter(|_| is_encoded)
}
