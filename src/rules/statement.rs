//! The statement that would grant what is missing, in the notation of the file it is for.

use std::fmt::Write as _;

use crate::model::{Notation, Part, Reference, Text};

/// A statement that allows the actions on the resources; `None` where a resource cannot be written in a template.
#[must_use]
pub fn statement(notation: Notation, actions: &[&str], resources: &[&Text]) -> Option<String> {
    let actions: Vec<String> = actions.iter().map(|action| string(notation, action)).collect();
    let resources: Vec<String> =
        resources.iter().map(|text| expression(notation, text)).collect::<Option<Vec<String>>>()?;
    let mut shown = String::new();
    match notation {
        Notation::Json => {
            let _ = write!(
                shown,
                "{{\n  \"Effect\": \"Allow\",\n  \"Action\": {},\n  \"Resource\": {}\n}}",
                json_list(&actions),
                json_list(&resources)
            );
        }
        Notation::Yaml => {
            shown.push_str("- Effect: Allow");
            yaml_list(&mut shown, "Action", &actions);
            yaml_list(&mut shown, "Resource", &resources);
        }
    }
    Some(shown)
}

fn json_list(items: &[String]) -> String {
    match items {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

fn yaml_list(shown: &mut String, key: &str, items: &[String]) {
    let _ = match items {
        [one] => write!(shown, "\n  {key}: {one}"),
        several => {
            let _ = write!(shown, "\n  {key}:");
            several.iter().try_for_each(|item| write!(shown, "\n    - {item}"))
        }
    };
}

/// The text as a template would write it.
fn expression(notation: Notation, text: &Text) -> Option<String> {
    if let Some(known) = text.known() {
        return Some(string(notation, &known));
    }
    if let Some(hole) = text.sole_hole() {
        let (short, long, argument) = match &*hole.reference {
            Reference::Parameter(parameter) => ("!Ref", "Ref", parameter.name.clone()),
            Reference::Pseudo(name) => ("!Ref", "Ref", name.clone()),
            Reference::Import(Some(name)) => ("!ImportValue", "Fn::ImportValue", name.clone()),
            Reference::Resource(resource) => match &resource.attribute {
                None => ("!Ref", "Ref", resource.id.clone()),
                Some(attribute) => {
                    return Some(match notation {
                        Notation::Json => format!(r#"{{ "Fn::GetAtt": ["{}", "{attribute}"] }}"#, resource.id),
                        Notation::Yaml => format!("!GetAtt {}.{attribute}", resource.id),
                    });
                }
            },
            _ => return None,
        };
        return Some(match notation {
            Notation::Json => format!(r#"{{ "{long}": {} }}"#, string(notation, &argument)),
            Notation::Yaml => format!("{short} {}", string(notation, &argument)),
        });
    }
    let mut template = String::new();
    for part in text.parts() {
        match part {
            Part::Literal(literal) => template.push_str(&literal.as_str().replace("${", "${!")),
            Part::Hole(hole) => match &*hole.reference {
                Reference::Parameter(_) | Reference::Pseudo(_) | Reference::Resource(_) => {
                    template.push_str(&hole.reference.shown());
                }
                _ => return None,
            },
            Part::Base64(..) => return None,
        }
    }
    Some(match notation {
        Notation::Json => format!(r#"{{ "Fn::Sub": {} }}"#, string(Notation::Json, &template)),
        Notation::Yaml => format!("!Sub {}", string(Notation::Yaml, &template)),
    })
}

/// A string as a value: in YAML plain where nothing in it needs quotes.
fn string(notation: Notation, text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_.-:".contains(c);
    let plain =
        text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain) && !text.ends_with(':');
    match notation {
        Notation::Yaml if plain => text.to_owned(),
        Notation::Yaml | Notation::Json => serde_json::Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ResourceKind, ResourceRef};
    use crate::source::{FileId, MappedText, Span};

    fn literal(text: &str) -> Text {
        Text::literal(MappedText::unplaced(text))
    }

    fn reference(id: &str, attribute: Option<&str>) -> Text {
        let kind = ResourceKind::KmsKey;
        let reference = ResourceRef { id: id.into(), attribute: attribute.map(str::to_owned), kind };
        Text::hole(Reference::Resource(reference), Span::start_of(FileId(0)))
    }

    #[test]
    fn each_notation_writes_references_its_own_way() {
        let key = reference("Key", Some("Arn"));
        let mixed = literal("arn:aws:kms:").followed_by(reference("Key", None)).followed_by(literal("/??"));
        let all = literal("*");
        assert_eq!(
            statement(Notation::Yaml, &["kms:Decrypt"], &[&key]).unwrap(),
            "- Effect: Allow\n  Action: kms:Decrypt\n  Resource: !GetAtt Key.Arn"
        );
        assert_eq!(
            statement(Notation::Yaml, &["a:B", "a:C"], &[&mixed, &all]).unwrap(),
            "- Effect: Allow\n  Action:\n    - a:B\n    - a:C\n  Resource:\n    - !Sub \"arn:aws:kms:${Key}/??\"\n    - \"*\""
        );
        assert_eq!(
            statement(Notation::Json, &["a:B"], &[&key, &mixed]).unwrap(),
            "{\n  \"Effect\": \"Allow\",\n  \"Action\": \"a:B\",\n  \"Resource\": [{ \"Fn::GetAtt\": [\"Key\", \"Arn\"] }, { \"Fn::Sub\": \"arn:aws:kms:${Key}/??\" }]\n}"
        );
        let unknown = Text::hole(Reference::Function("Fn::X".into()), Span::start_of(FileId(0)));
        assert!(statement(Notation::Yaml, &["a:B"], &[&unknown]).is_none());
    }
}
