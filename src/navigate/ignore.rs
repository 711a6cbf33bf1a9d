//! Where a suppression would be written.

use std::sync::Arc;

use super::tree;
use crate::model::{Document, DocumentKind, Notation};
use crate::source::{Source, Span};
use crate::syntax::{Entry, Kind, Node, Tree};

/// A text to be put into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// The byte offset.
    pub at: u32,
    /// The text.
    pub text: String,
}

/// What is written in place of the reason, for its author to replace.
pub const REASON: &str = "TODO: say why";

/// A comment is not carried further up than this.
const MOST_LINES: usize = 60;

/// Comments that might suppress the rule at the place, the nearest first. Whether one does is for the engine to say: within a text
/// that goes over several lines there are no comments, and in a script it takes the shell to know where such a text begins. Nothing
/// for JSON without comments, which AWS and its tools do not take.
#[must_use]
pub fn comments(source: &Source, documents: &[Arc<Document>], place: Span, rule: &str) -> Vec<Insertion> {
    let Some(document) = documents.first() else { return Vec::new() };
    let tree = tree(source, document);
    let mark = match (document.kind, document.notation) {
        (DocumentKind::LaunchScript, _) | (_, Notation::Yaml) => "#",
        (_, Notation::Json) => {
            let has_comments = tree.as_ref().is_some_and(|tree| !tree.comments().is_empty());
            if !has_comments && !source.name().to_ascii_lowercase().ends_with(".jsonc") {
                return Vec::new();
            }
            "//"
        }
    };
    let text = source.text();
    let mut at = place.start as usize;
    if let Some(around) = tree.as_ref().and_then(|tree| long_text(tree, source, place)) {
        at = around.start as usize;
    }
    let most = if tree.is_some() { 1 } else { MOST_LINES };
    let mut found = Vec::new();
    while found.len() < most {
        let line = line_start(text, at).max(source.body_start() as usize);
        let rest = text.get(line..).unwrap_or_default();
        let indentation: String = rest.chars().take_while(|c| *c == ' ' || *c == '\t').collect();
        let end = if rest.lines().next().is_some_and(|_| is_crlf(rest)) { "\r\n" } else { "\n" };
        // The first line of a script says what it is.
        if !(line == source.body_start() as usize && tree.is_none()) {
            let text = format!("{indentation}{mark} ecs-lint: ignore[{rule}] {REASON}{end}");
            found.push(Insertion { at: u32::try_from(line).unwrap_or(u32::MAX), text });
        }
        match line.checked_sub(1) {
            Some(above) if line > source.body_start() as usize => at = above,
            _ => break,
        }
    }
    found
}

/// The text of several lines that a place is in.
fn long_text(tree: &Tree, source: &Source, place: Span) -> Option<Span> {
    tree.long_texts(source).find(|text| text.start < place.start && place.start <= text.end)
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at.min(text.len())).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)
}

/// Whether the first line of the text ends as on Windows.
fn is_crlf(text: &str) -> bool {
    memchr::memchr(b'\n', text.as_bytes())
        .is_some_and(|end| text.as_bytes().get(..end).is_some_and(|line| line.ends_with(b"\r")))
}

/// `Metadata` that suppresses the rule for the resource, or for the template as a whole where none is given. Of templates in JSON.
#[must_use]
pub fn metadata(source: &Source, documents: &[Arc<Document>], resource: Option<&str>, rule: &str) -> Option<Insertion> {
    let document =
        documents.first().filter(|one| one.kind == DocumentKind::Template && one.notation == Notation::Json)?;
    let tree = tree(source, document)?;
    let root = tree.roots(source).next()?;
    let holder = match resource {
        Some(id) => root.get("Resources")?.get(id)?,
        None => root,
    };
    let item = format!("{{\"rule\": \"{rule}\", \"reason\": \"{REASON}\"}}");
    let list = format!("\"ignore\": [{item}]");
    let own = format!("\"ecs-lint\": {{{list}}}");
    let Some(metadata) = holder.get("Metadata") else {
        return entry(source, holder, &format!("\"Metadata\": {{{own}}}"));
    };
    let Some(settings) = metadata.get("ecs-lint") else { return entry(source, metadata, &own) };
    let Some(ignored) = settings.get("ignore") else { return entry(source, settings, &list) };
    if ignored.kind() != Kind::Array {
        return None;
    }
    Some(match ignored.items().last().map(Node::span) {
        Some(before) => Insertion { at: before.end, text: format!(",{}{item}", space(source, before)) },
        None => Insertion { at: ignored.span().start + 1, text: item },
    })
}

/// Another entry of an object: behind its `Type`, or else its first.
fn entry(source: &Source, object: Node<'_>, text: &str) -> Option<Insertion> {
    if object.kind() != Kind::Object {
        return None;
    }
    let Some(before) = object.entry("Type").or_else(|| object.entries().next()) else {
        return Some(Insertion { at: object.span().start + 1, text: text.to_owned() });
    };
    let key = Entry::key_span(before);
    Some(Insertion { at: before.value().span().end, text: format!(",{}{text}", space(source, key)) })
}

/// What is before one that is in a list or an object, if there is nothing else on its line: a line end and the indentation.
fn space(source: &Source, one: Span) -> String {
    let text = source.text();
    let start = line_start(text, one.start as usize);
    let before = text.get(start..one.start as usize).unwrap_or_default();
    if start == 0 || !before.trim().is_empty() {
        return " ".to_owned();
    }
    let is_crlf = text.get(..start).is_some_and(|above| above.ends_with("\r\n"));
    format!("{}{before}", if is_crlf { "\r\n" } else { "\n" })
}
