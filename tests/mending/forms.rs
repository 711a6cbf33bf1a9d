//! An example is mended alike in whatever form it is written: JSON, minified or not, YAML by lines and in brackets, short and long functions.

use std::fmt::Write as _;

use ecs_lint::source::{FileId, Source};
use ecs_lint::syntax::{Kind, Node, parse_json, parse_yaml};
use serde_json::Value;

use super::examples::bad;
use super::{ALL, mended, rules, settings};

fn value_of(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool | Kind::Number => {
            serde_json::from_str(&node.scalar().unwrap()).unwrap_or_else(|_| node.scalar().unwrap().into())
        }
        Kind::String => Value::String(node.scalar().unwrap().into_owned()),
        Kind::Array => node.items().map(value_of).collect(),
        Kind::Object => {
            Value::Object(node.entries().map(|entry| of_entry(&entry.key(), value_of(entry.value()))).collect())
        }
    }
}

/// `A.B` is another way to write the attribute `B` of `A`.
fn of_entry(key: &str, value: Value) -> (String, Value) {
    let value = match value.as_str().and_then(|path| path.split_once('.')).filter(|_| key == "Fn::GetAtt") {
        Some((id, attribute)) => serde_json::json!([id, attribute]),
        None => value,
    };
    (key.to_owned(), value)
}

/// What a text of one document says, its short functions as long ones.
fn value(text: &str) -> Option<Value> {
    let source = Source::new(FileId(0), "file".to_owned(), text.to_owned());
    let tree = match parse_json(&source) {
        Ok(tree) => tree,
        Err(_) => Some(parse_yaml(&source)).filter(|parsed| parsed.problems.is_empty())?.tree,
    };
    let mut roots = tree.roots(&source);
    let value = roots.next().map(value_of);
    value.filter(|_| roots.next().is_none())
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Minified,
    Block { short: bool, indented: bool },
    Flow { short: bool },
}

const FORMS: [Form; 7] = [
    Form::Json,
    Form::Minified,
    Form::Block { short: true, indented: true },
    Form::Block { short: true, indented: false },
    Form::Block { short: false, indented: true },
    Form::Flow { short: true },
    Form::Flow { short: false },
];

impl Form {
    fn write(self, value: &Value) -> String {
        match self {
            Self::Json => serde_json::to_string_pretty(value).unwrap() + "\n",
            Self::Minified => value.to_string(),
            Self::Block { short, indented } => {
                let mut text = String::new();
                block(value, 0, short, indented, &mut text);
                text.trim_start().to_owned() + "\n"
            }
            // Brackets alone are JSON with other functions.
            Self::Flow { short } => {
                let sections = value.as_object().unwrap().iter();
                sections.fold(String::new(), |text, (key, value)| text + key + ": " + &flow(value, short) + "\n")
            }
        }
    }

    fn name(self) -> &'static str {
        if matches!(self, Self::Json | Self::Minified) { "example.json" } else { "example.yaml" }
    }
}

/// The short form of a function, where it is one.
fn tag(value: &Value) -> Option<String> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (key, argument) = object.iter().next()?;
    let nests = |value: &Value| tag(value).is_some();
    Some(match (key.as_str(), argument) {
        ("Ref", Value::String(name)) => format!("!Ref {name}"),
        ("Fn::GetAtt", Value::Array(path)) => {
            format!("!GetAtt {}.{}", path.first()?.as_str()?, path.get(1)?.as_str()?)
        }
        ("Fn::Sub", Value::String(_)) => format!("!Sub {argument}"),
        ("Fn::Join" | "Fn::If", Value::Array(_)) => format!("!{} {}", &key[4..], flow(argument, true)),
        // A short tag takes no other right behind it.
        ("Fn::Base64", _) if !nests(argument) => format!("!Base64 {}", flow(argument, true)),
        _ => return None,
    })
}

fn flow(value: &Value, short: bool) -> String {
    if let Some(tag) = tag(value).filter(|_| short) {
        return tag;
    }
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| flow(item, short)).collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) => {
            let entries =
                entries.iter().map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), flow(value, short)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn block(value: &Value, depth: usize, short: bool, indented: bool, text: &mut String) {
    if let Some(tag) = tag(value).filter(|_| short) {
        let _ = write!(text, " {tag}");
        return;
    }
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&line(depth));
                text.push('-');
                let mut inner = String::new();
                block(item, depth + 1, short, indented, &mut inner);
                // The first entry stands behind the dash.
                let inner = inner.strip_prefix(&line(depth + 1)).map_or(inner.clone(), |inner| format!(" {inner}"));
                text.push_str(&inner);
            }
        }
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let _ = write!(text, "{}{key}:", line(depth));
                let deeper = depth + usize::from(indented || !value.is_array());
                block(value, deeper, short, indented, text);
            }
        }
        other => {
            let _ = write!(text, " {}", flow(other, short));
        }
    }
}

#[test]
fn every_form_of_an_example_is_mended_alike() {
    let mut compared = std::collections::BTreeMap::new();
    for example in bad() {
        let settings = settings(&example.configuration);
        // What is suppressed by a comment, is broken or stands twice has no other form.
        let Some(said) = value(&example.text).filter(Value::is_object) else { continue };
        let name = format!("example.{}", example.format);
        let found = rules(&name, &example.text, &settings);
        let after = mended(&name, &example.text, &settings, ALL).after;
        if after == example.text || Form::Json.write(&said).lines().count() < 3 {
            continue;
        }
        let due = value(&after).unwrap();
        for form in FORMS {
            let text = form.write(&said);
            assert_eq!(value(&text).as_ref(), Some(&said), "{form:?} of rules/{}.md:\n{text}", example.rule);
            if rules(form.name(), &text, &settings).len() != found.len() {
                assert!(
                    example.rule.ends_with("suppression"),
                    "{form:?} of rules/{}.md has other findings:\n{text}",
                    example.rule
                );
                continue;
            }
            let after = mended(form.name(), &text, &settings, ALL).after;
            let got = value(&after);
            assert_eq!(
                got.as_ref(),
                Some(&due),
                "{form:?} of rules/{}.md:\n{text}\n---- became\n{after}",
                example.rule
            );
            *compared.entry(example.rule).or_insert(0) += 1;
        }
    }
    eprintln!("compared: {compared:?}");
    assert!(compared.len() > 12, "{compared:?}");
}
