//! Files with the values of parameters.
//!
//! Forms: what `aws cloudformation --parameters file://…` takes (a list of `ParameterKey` and `ParameterValue`), the template
//! configuration of AWS `CodePipeline` (`Parameters`, an object), what `aws cloudformation deploy --parameter-overrides file://…`
//! takes beside these (a list of `Key=Value`), and a plain object of names and values.

use crate::source::{MappedText, Source, Span};
use crate::syntax::{self, Kind, Node};

/// What is wrong with a file of the settings: where, and in one sentence.
pub type Fault = (Span, String);

/// The values that a file gives to parameters, in its order. A parameter that keeps its value (`UsePreviousValue`) has none.
///
/// # Errors
/// What keeps it from being such a file, each thing with its place. The words never repeat a value: it may be a credential.
pub fn parameter_file(source: &Source) -> Result<Vec<(String, MappedText)>, Vec<Fault>> {
    let body = source.text().get(source.body_start() as usize..).unwrap_or_default();
    let tree = if body.trim_start().starts_with(['{', '[']) {
        syntax::parse_json(source).map_err(|_| not_parsed(source, "JSON"))?
    } else {
        let parsed = syntax::parse_yaml(source);
        if !parsed.problems.is_empty() {
            return Err(not_parsed(source, "YAML"));
        }
        parsed.tree
    };
    let start = Span::new(source.id(), source.body_start(), source.body_start());
    let mut reading = Reading::default();
    match tree.roots(source).next() {
        Some(root) if root.kind() == Kind::Array => reading.list(root),
        Some(root) if root.kind() == Kind::Object => match root.get("Parameters") {
            _ if root.get("Resources").is_some() => {
                reading.fault(root, "this is a template, and no file of parameters");
            }
            Some(list) if list.kind() == Kind::Array => reading.list(list),
            Some(object) if object.kind() == Kind::Object => reading.object(object),
            Some(other) => reading.fault(other, "`Parameters` must be an object or a list"),
            None => reading.object(root),
        },
        Some(root) => reading.fault(root, "a file of parameters is an object or a list"),
        None => reading.faults.push((start, "the file is empty".to_owned())),
    }
    if reading.faults.is_empty() { Ok(reading.values) } else { Err(reading.faults) }
}

/// The parser's own words may quote the text.
fn not_parsed(source: &Source, format: &str) -> Vec<Fault> {
    let span = match syntax::parse_json(source) {
        Err(problem) if format == "JSON" => problem.span,
        _ => syntax::parse_yaml(source).problems.first().map_or(Span::start_of(source.id()), |problem| problem.span),
    };
    vec![(span, format!("it is not valid {format}"))]
}

#[derive(Default)]
struct Reading {
    values: Vec<(String, MappedText)>,
    faults: Vec<Fault>,
}

impl Reading {
    fn fault(&mut self, node: Node<'_>, message: impl Into<String>) {
        self.faults.push((node.span(), message.into()));
    }

    fn object(&mut self, object: Node<'_>) {
        for entry in object.entries() {
            match value(entry.value()) {
                Some(text) => self.values.push((entry.key().into_owned(), text)),
                None => self.fault(entry.value(), format!("the value of `{}` must be a string", entry.key())),
            }
        }
    }

    fn list(&mut self, list: Node<'_>) {
        for item in list.items() {
            if let Some(text) = item.mapped().filter(|_| item.kind() == Kind::String) {
                match text.as_str().find('=') {
                    Some(at) => {
                        let name = text.as_str().get(..at).unwrap_or_default().to_owned();
                        self.values.push((name, text.slice(at + 1..text.as_str().len())));
                    }
                    None => self.fault(item, "a string in this list must be `Key=Value`"),
                }
                continue;
            }
            let Some(name) = item.get("ParameterKey").and_then(Node::scalar) else {
                self.fault(item, "each item of this list must have `ParameterKey`");
                continue;
            };
            let keeps = item.get("UsePreviousValue").and_then(Node::scalar).is_some_and(|value| value == "true");
            match item.get("ParameterValue") {
                Some(given) => match value(given) {
                    Some(text) => self.values.push((name.into_owned(), text)),
                    None => self.fault(given, format!("`ParameterValue` of `{name}` must be a string")),
                },
                None if keeps => {}
                None => self.fault(item, format!("`{name}` must have `ParameterValue` or `UsePreviousValue`")),
            }
        }
    }
}

/// A value; a list of them is one value with commas, as parameters of list types take it.
fn value(node: Node<'_>) -> Option<MappedText> {
    if node.kind() == Kind::Array {
        let items: Option<Vec<String>> = node.items().map(|item| item.scalar().map(String::from)).collect();
        return Some(MappedText::standing_for(items?.join(","), node.span()));
    }
    node.mapped()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn read(text: &str) -> Result<Vec<(String, String)>, Vec<String>> {
        let source = Source::new(FileId::of_settings(0), "p.json".to_owned(), text.to_owned());
        let values =
            parameter_file(&source).map_err(|faults| faults.into_iter().map(|(_, fault)| fault).collect::<Vec<_>>())?;
        Ok(values.into_iter().map(|(name, value)| (name, value.as_str().to_owned())).collect())
    }

    #[test]
    fn every_form_gives_the_same_values() {
        let expected = Ok(vec![("Image".to_owned(), "web:1".to_owned()), ("Count".to_owned(), "2".to_owned())]);
        for text in [
            r#"[{"ParameterKey": "Image", "ParameterValue": "web:1"}, {"ParameterKey": "Old", "UsePreviousValue": true}, {"ParameterKey": "Count", "ParameterValue": "2"}]"#,
            r#"{"StackName": "web", "Parameters": [{"ParameterKey": "Image", "ParameterValue": "web:1"}, {"ParameterKey": "Count", "ParameterValue": "2"}]}"#,
            r#"{"Parameters": {"Image": "web:1", "Count": "2"}, "Tags": {"team": "shop"}}"#,
            r#"{"Image": "web:1", "Count": 2}"#,
            r#"["Image=web:1", "Count=2"]"#,
            "Parameters:\n  Image: web:1\n  Count: 2\n",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_none_is_told_without_a_value() {
        for (text, word) in [
            (r#"{"Resources": {}, "Parameters": {}}"#, "template"),
            (r#"[{"Key": "hunter2"}]"#, "ParameterKey"),
            (r#"[{"ParameterKey": "A"}]"#, "UsePreviousValue"),
            (r#"{"A": {"B": "hunter2"}}"#, "`A`"),
            (r#"["hunter2"]"#, "Key=Value"),
            (r#"{"A": "hunter2" "B"}"#, "JSON"),
            ("A: [hunter2", "YAML"),
            ("", "empty"),
            ("hunter2", "object"),
        ] {
            let faults = read(text).unwrap_err().join("\n");
            assert!(faults.contains(word) && !faults.contains("hunter2"), "{text}: {faults}");
        }
    }
}
