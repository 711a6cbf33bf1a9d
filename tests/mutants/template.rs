//! A template as a value: read from JSON or YAML, walked, edited, and written as JSON with the place of each part.

use std::path::Path;

use ecs_lint::source::{FileId, Source};
use ecs_lint::syntax::{self, Kind, Node};
use serde_json::{Map, Value};

/// Where a part stands: the keys and indexes that lead to it.
pub type Pointer = String;

/// The template of a file, if it is one that defines a task with an execution role of its own.
pub fn read(path: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(path).ok()?;
    if !text.contains("AWS::ECS::TaskDefinition") || !text.contains("ExecutionRoleArn") {
        return None;
    }
    let source = Source::new(FileId(0), path.to_string_lossy().into_owned(), text);
    let tree = match syntax::parse_json(&source) {
        Ok(tree) => tree,
        Err(_) => Some(syntax::parse_yaml(&source)).filter(|parsed| parsed.problems.is_empty())?.tree,
    };
    let template = value(tree.roots(&source).next()?);
    template.get("Resources")?.as_object()?;
    Some(template)
}

fn value(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(node.raw() == "true"),
        Kind::Number => serde_json::from_str(node.raw()).unwrap_or_else(|_| node.raw().into()),
        Kind::String => node.scalar().unwrap_or_default().into(),
        Kind::Array => node.items().map(value).collect(),
        Kind::Object => {
            node.entries().map(|entry| (entry.key().into_owned(), value(entry.value()))).collect::<Map<_, _>>().into()
        }
    }
}

pub fn write(template: &Value) -> String {
    serde_json::to_string_pretty(template).unwrap()
}

/// The bytes that a part takes in what [`write()`] makes of the template: a mark is put there and looked for.
pub fn place(template: &Value, pointer: &str) -> std::ops::Range<usize> {
    let mark = serde_json::to_string("\u{1}").unwrap();
    let mut marked = template.clone();
    *marked.pointer_mut(pointer).unwrap() = "\u{1}".into();
    let marked = write(&marked);
    let start = marked.find(&mark).unwrap();
    let end = write(template).len() - (marked.len() - start - mark.len());
    start..end
}

/// A pointer to the member of what `pointer` leads to.
pub fn below(pointer: &str, key: &str) -> Pointer {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The resources with their logical ids and types.
pub fn resources(template: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let resources = template.get("Resources").and_then(Value::as_object).into_iter().flatten();
    resources.filter_map(|(id, resource)| Some((id.as_str(), resource.get("Type")?.as_str()?, resource)))
}

/// The logical id that `Ref` or `Fn::GetAtt` names.
pub fn referred(value: &Value) -> Option<&str> {
    let [(name, argument)] = value.as_object()?.iter().collect::<Vec<_>>()[..] else { return None };
    match name.as_str() {
        "Ref" => argument.as_str(),
        "Fn::GetAtt" => match argument {
            Value::String(path) => path.split('.').next(),
            other => other.get(0)?.as_str(),
        },
        _ => None,
    }
}

/// Every logical id, parameter and pseudo parameter that is named inside, in `Fn::Sub` too.
pub fn mentioned(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(id) = referred(value) {
        return vec![id.to_owned()];
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| found.extend(mentioned(item))),
        Value::Object(members) => members.values().for_each(|member| found.extend(mentioned(member))),
        Value::String(text) => {
            let names = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
            found.extend(names.map(|name| name.split('.').next().unwrap_or_default().to_owned()));
        }
        _ => {}
    }
    found
}

/// A value or the values of a list.
pub fn each(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

/// A statement of some policy, and the resource of the template that it stands in.
#[derive(Clone, Debug)]
pub struct Place<'v> {
    pub owner: String,
    pub pointer: Pointer,
    pub statement: &'v Value,
}

/// Every object with an `Effect` below `Resources`.
pub fn statements(template: &Value) -> Vec<Place<'_>> {
    fn walk<'v>(owner: &str, pointer: &str, value: &'v Value, found: &mut Vec<Place<'v>>) {
        match value {
            Value::Object(members) if members.contains_key("Effect") => {
                found.push(Place { owner: owner.to_owned(), pointer: pointer.to_owned(), statement: value });
            }
            Value::Object(members) => {
                members.iter().for_each(|(key, member)| walk(owner, &below(pointer, key), member, found));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| walk(owner, &format!("{pointer}/{at}"), item, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (id, _, resource) in resources(template) {
        walk(id, &below("/Resources", id), resource, &mut found);
    }
    found
}
