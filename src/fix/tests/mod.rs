mod properties;
mod written;

use serde_json::{Map, Value};

use super::*;
use crate::model::Draft;
use crate::source::FileId;
use crate::syntax::{Kind, Node};

fn source(text: &str) -> Source {
    Source::new(FileId(3), "file".to_owned(), text.to_owned())
}

/// A tree as `serde_json` has it.
fn value_of(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool | Kind::Number => serde_json::from_str(&node.scalar().unwrap()).unwrap(),
        Kind::String => Value::String(node.scalar().unwrap().into_owned()),
        Kind::Array => node.items().map(value_of).collect(),
        Kind::Object => Value::Object(
            node.entries().map(|entry| (entry.key().into_owned(), value_of(entry.value()))).collect::<Map<_, _>>(),
        ),
    }
}

fn value(text: &str) -> Option<Value> {
    let source = source(text);
    let tree = parse(&source)?;
    let mut roots = tree.roots(&source);
    let value = roots.next().map(value_of);
    value.filter(|_| roots.next().is_none())
}

fn draft_value(draft: &Draft) -> Value {
    match draft {
        Draft::Text(text) => Value::String(text.known().unwrap().into_owned()),
        Draft::List(items) => items.iter().map(draft_value).collect(),
        Draft::Object(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), draft_value(value))).collect())
        }
    }
}
