mod json;
mod mapping;
mod messages;
mod yaml;

use serde_json::{Map, Value};

use super::*;
use crate::source::FileId;

fn source(text: &str) -> Source {
    Source::new(FileId(7), "file".to_owned(), text.to_owned())
}

/// The value of a JSON file.
fn json(text: &str) -> Value {
    let source = source(text);
    let tree = parse_json(&source).unwrap_or_else(|problem| panic!("{problem:?} in {text}"));
    let mut roots = tree.roots(&source);
    let value = value(roots.next().unwrap());
    assert!(roots.next().is_none());
    value
}

/// The values of the documents of a YAML file without errors.
fn yaml(text: &str) -> Vec<Value> {
    let source = source(text);
    let parsed = parse_yaml(&source);
    assert_eq!(parsed.problems, [], "in {text}");
    parsed.tree.roots(&source).map(value).collect()
}

/// A tree as `serde_json` has it; numbers it cannot read are strings.
fn value(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool | Kind::Number => {
            let text = node.scalar().unwrap();
            serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()))
        }
        Kind::String => Value::String(node.scalar().unwrap().into_owned()),
        Kind::Array => node.items().map(value).collect(),
        Kind::Object => {
            let entries = node.entries();
            Value::Object(entries.map(|entry| (entry.key().into_owned(), value(entry.value()))).collect::<Map<_, _>>())
        }
    }
}

/// Reads everything there is in a tree, and checks that every place is one of the text.
fn walk(tree: &Tree, source: &Source) {
    let mut waiting: Vec<_> = tree.roots(source).collect();
    while let Some(node) = waiting.pop() {
        assert_in_text(node.span(), source);
        assert_in_text(node.text_span_of_content(), source);
        assert_eq!(node.mapped().map(|text| text.as_str().to_owned()), node.scalar().map(String::from));
        assert_eq!(node.is_empty(), node.items().count() + node.entries().count() == 0);
        if let Some(text) = node.mapped() {
            for at in 0..=text.as_str().len() {
                assert_in_text(text.span(at..at), source);
                assert_in_text(text.span(at..at + 1), source);
            }
        }
        for entry in node.entries() {
            assert_in_text(entry.key_span(), source);
            assert!(node.get(&entry.key()).is_some());
            waiting.push(entry.value());
        }
        waiting.extend(node.items());
    }
    for comment in tree.comments() {
        assert_in_text(*comment, source);
    }
    assert!(tree.duplicate_keys(source).len() <= tree.cells.len());
}

fn assert_in_text(span: Span, source: &Source) {
    assert_eq!(span.file, source.id());
    assert!(source.text().get(span.range()).is_some(), "{span:?} in {:?}", source.text());
}
