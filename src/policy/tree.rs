//! Values with their keys in order, and functions of templates, as JSON and as YAML.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// An object, its keys in order.
    Map(Vec<(String, Tree)>),
    /// A function of `CloudFormation` by its long name: `Ref`, `Fn::If`.
    Function(&'static str, Box<Tree>),
}

impl Tree {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn function(name: &'static str, argument: Self) -> Self {
        Self::Function(name, Box::new(argument))
    }

    /// The only item by itself, or a list.
    pub fn one_or_more(mut items: Vec<Self>) -> Self {
        match items.pop() {
            Some(only) if items.is_empty() => only,
            Some(last) => {
                items.push(last);
                Self::List(items)
            }
            None => Self::List(items),
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Self::Function(name, argument) => {
                let mut map = serializer.serialize_map(Some(1))?;
                match (*name, argument.as_ref()) {
                    ("Fn::GetAtt", Self::Text(path)) => {
                        let (id, attribute) = path.split_once('.').unwrap_or((path, ""));
                        map.serialize_entry(name, &[id, attribute])?;
                    }
                    (name, argument) => map.serialize_entry(name, argument)?,
                }
                map.end()
            }
        }
    }
}

/// Adds the value in YAML behind a key or a dash, whose own indentation is `indent`; ends the line.
pub(super) fn write_yaml(out: &mut String, value: &Tree, indent: usize, behind_dash: bool) {
    match value {
        Tree::Text(text) => {
            let _ = writeln!(out, " {}", scalar(text));
        }
        Tree::List(items) => {
            out.push('\n');
            write_items(out, items, indent + 2);
        }
        Tree::Map(entries) => {
            for (at, (key, value)) in entries.iter().enumerate() {
                match (at, behind_dash) {
                    (0, true) => out.push(' '),
                    (0, false) => {
                        let _ = write!(out, "\n{:1$}", "", indent + 2);
                    }
                    _ => {
                        let _ = write!(out, "{:1$}", "", indent + 2);
                    }
                }
                let _ = write!(out, "{}:", scalar(key));
                write_yaml(out, value, indent + 2, false);
            }
        }
        Tree::Function("Fn::Select" | "Fn::Split", _) => {
            let _ = writeln!(out, " {}", flow(value));
        }
        Tree::Function(name, argument) => {
            let _ = write!(out, " !{}", name.strip_prefix("Fn::").unwrap_or(name));
            write_yaml(out, argument, indent, false);
        }
    }
}

fn write_items(out: &mut String, items: &[Tree], indent: usize) {
    for item in items {
        let _ = write!(out, "{:indent$}-", "");
        write_yaml(out, item, indent, true);
    }
}

/// The value on one line.
fn flow(value: &Tree) -> String {
    match value {
        Tree::Text(text) => scalar(text),
        Tree::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Tree::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Tree::Function(name, argument) => format!("!{} {}", name.strip_prefix("Fn::").unwrap_or(name), flow(argument)),
    }
}

/// A string as a value: plain where nothing in it needs quotes.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_.-:".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_plain)
        && !text.ends_with(':')
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if is_word { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_keep_their_order_and_functions_their_form() {
        let resource = Tree::List(vec![
            Tree::function("Fn::GetAtt", Tree::text("Key.Arn")),
            Tree::function(
                "Fn::Sub",
                Tree::List(vec![
                    Tree::text("arn:${Name}"),
                    Tree::Map(vec![("Name".into(), Tree::function("Fn::ImportValue", Tree::text("a-b")))]),
                ]),
            ),
        ]);
        let statement = Tree::Map(vec![
            ("Sid".into(), Tree::text("B")),
            ("Action".into(), Tree::text("*")),
            ("Resource".into(), resource),
        ]);
        let conditional = Tree::function(
            "Fn::If",
            Tree::List(vec![
                Tree::text("IsProd"),
                statement.clone(),
                Tree::function("Ref", Tree::text("AWS::NoValue")),
            ]),
        );
        assert_eq!(
            serde_json::to_string(&conditional).unwrap(),
            concat!(
                r#"{"Fn::If":["IsProd",{"Sid":"B","Action":"*","Resource":[{"Fn::GetAtt":["Key","Arn"]},"#,
                r#"{"Fn::Sub":["arn:${Name}",{"Name":{"Fn::ImportValue":"a-b"}}]}]},{"Ref":"AWS::NoValue"}]}"#
            )
        );
        let mut yaml = String::from("Statement:");
        write_yaml(&mut yaml, &Tree::List(vec![conditional]), 0, false);
        let expected = "\
Statement:
  - !If
    - IsProd
    - Sid: B
      Action: \"*\"
      Resource:
        - !GetAtt Key.Arn
        - !Sub
          - \"arn:${Name}\"
          - Name: !ImportValue a-b
    - !Ref AWS::NoValue
";
        assert_eq!(yaml, expected);
    }
}
