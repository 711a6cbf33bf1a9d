//! The data of the agent: JSON with credentials by registry, or what is left of it behind quotes and shells.

use std::sync::LazyLock;

use regex::Regex;

use super::credentials::{Setting, is_credential_setting, value_length};
use super::embedded::Embedded;
use super::flat::{Flat, is_hole, place};
use crate::model::{NotJson, Part, Reference, Text};
use crate::source::Span;
use crate::syntax::{Kind, Node};

/// Data for the agent.
pub struct AuthData {
    /// Where it is written.
    pub span: Span,
    /// The whole of it.
    pub value: Text,
    /// Whether it is what the agent can read.
    pub shape: Shape,
    /// Its entries; those of data that is no JSON are found by their settings.
    pub entries: Vec<Entry>,
}

/// What the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An object of registries.
    Registries,
    /// Such an object inside `auths`.
    OuterAuths,
    /// No JSON, and why.
    Broken(NotJson),
    /// Nothing.
    Empty,
    /// Something that only the deployment or the instance knows.
    Unknown,
}

/// One registry with its settings.
pub struct Entry {
    /// Its key; `None` where the data is no JSON.
    pub registry: Option<Text>,
    /// Its settings.
    pub settings: Vec<Setting>,
}

/// A setting that holds a credential, up to where its value begins.
static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:^|[^a-z0-9_])(username|password|auth|identitytoken|registrytoken)[\\"'\s]*:[\\\s]*(["']?)"#)
        .ok()
});

/// Reads a value.
pub fn read(value: &Text) -> AuthData {
    let flat = Flat::new(value);
    let text = flat.as_str().trim();
    let with = |shape, entries| AuthData { span: place(value), value: value.clone(), shape, entries };
    if text.is_empty() || text.trim_matches(['"', '\'']).is_empty() {
        return with(Shape::Empty, Vec::new());
    }
    if serde_json::from_str::<serde_json::Value>(text).is_ok() {
        let embedded = Embedded::json(value);
        if let Some(root) = embedded.root().filter(|root| root.kind() == Kind::Object) {
            let (shape, entries) = of_object(root, &embedded);
            return with(shape, entries);
        }
    }
    let entries = scanned(&flat);
    // Whatever fills the holes, these beginnings are no JSON.
    let is_quoted = text.starts_with(['\'', '"']);
    let is_escaped = text.starts_with("{\\\"");
    let is_bare = text.strip_prefix('{').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    if text.contains(is_hole) && !is_quoted && !is_bare && !is_escaped {
        return with(Shape::Unknown, entries);
    }
    let why = if is_quoted {
        NotJson::Quoted
    } else if is_escaped {
        NotJson::Escaped
    } else if text.contains('\n') {
        NotJson::SeveralLines
    } else if is_bare {
        NotJson::QuotesLost
    } else {
        NotJson::Other
    };
    with(Shape::Broken(why), entries)
}

/// The entries of an object of the data, and whether they are wrapped in `auths`.
pub fn of_object(object: Node<'_>, embedded: &Embedded<'_>) -> (Shape, Vec<Entry>) {
    if let Some(auths) = object.get("auths").filter(|auths| auths.kind() == Kind::Object) {
        return (Shape::OuterAuths, entries(auths, embedded));
    }
    if object.entries().next().is_none() {
        return (Shape::Empty, Vec::new());
    }
    (Shape::Registries, entries(object, embedded))
}

fn entries(object: Node<'_>, embedded: &Embedded<'_>) -> Vec<Entry> {
    let entry = |entry: crate::syntax::Entry<'_>| {
        // Go matches the names of settings whatever their letter case.
        let settings = entry.value().entries().filter_map(|setting| {
            let name = setting.key().to_ascii_lowercase();
            Some(Setting { name, value: embedded.text(setting.value())? })
        });
        Entry { registry: Some(embedded.key(entry)), settings: settings.collect() }
    };
    object.entries().map(entry).collect()
}

/// The settings of data that is no JSON, all as one entry.
fn scanned(flat: &Flat<'_>) -> Vec<Entry> {
    let mut settings = Vec::new();
    let Some(pattern) = SETTING.as_ref() else { return Vec::new() };
    for captures in pattern.captures_iter(flat.as_str()) {
        let (Some(whole), Some(name), Some(quote)) = (captures.get(0), captures.get(1), captures.get(2)) else {
            continue;
        };
        let start = whole.end();
        let length = value_length(flat.from(start), quote.as_str());
        let name = name.as_str().to_ascii_lowercase();
        settings.push(Setting { name, value: flat.slice(start..start + length) });
    }
    if settings.is_empty() { Vec::new() } else { vec![Entry { registry: None, settings }] }
}

impl AuthData {
    /// Data that stands on a line of `ecs.config`, where it ends with the line.
    pub fn on_a_line(mut self) -> Self {
        if matches!(self.shape, Shape::Registries | Shape::OuterAuths) && Flat::new(&self.value).as_str().contains('\n')
        {
            self.shape = Shape::Broken(NotJson::SeveralLines);
        }
        self
    }

    /// Whether some of it is not known, so that it may hold anything.
    pub fn is_unknown(&self) -> bool {
        self.shape == Shape::Unknown
    }
}

impl Entry {
    /// The registry's key as the agent keeps it: without `http://` or `https://`. `None` when it is not known.
    pub fn key(&self) -> Option<String> {
        let key = self.registry.as_ref()?.known()?;
        Some(key.strip_prefix("http://").or_else(|| key.strip_prefix("https://")).unwrap_or(&key).to_owned())
    }

    /// Whether a setting is there that is, or may become, a credential.
    pub fn may_hold_credentials(&self) -> bool {
        self.settings.iter().any(|setting| is_credential_setting(&setting.name) && !is_empty(&setting.value))
    }

    /// Whether a setting is there that is, or may become, a credential, if only when somebody fills in a parameter.
    pub fn may_be_given_credentials(&self) -> bool {
        let is_given = |value: &Text| {
            let has_parameter = value.holes().any(|hole| matches!(*hole.reference, Reference::Parameter(_)));
            has_parameter || !is_empty(value)
        };
        self.settings.iter().any(|setting| is_credential_setting(&setting.name) && is_given(&setting.value))
    }

    /// The setting of that name.
    pub fn setting(&self, name: &str) -> Option<&Text> {
        self.settings.iter().find(|setting| setting.name == name).map(|setting| &setting.value)
    }
}

/// Whether a credential is empty: nothing, the base64 of `:`, or parameters that are empty unless somebody fills them in.
fn is_empty(value: &Text) -> bool {
    value.parts().iter().all(|part| match part {
        Part::Literal(literal) => matches!(literal.as_str().trim(), "" | "Og==" | ":"),
        Part::Hole(hole) => match &*hole.reference {
            Reference::Parameter(parameter) => {
                parameter.default.as_ref().is_some_and(|default| default.as_str().is_empty())
            }
            _ => false,
        },
        Part::Base64(inner, _) => is_empty(inner),
    })
}

/// The data with every value of it masked, for data that was decoded.
pub fn masked(data: &AuthData) -> String {
    let is_host = |key: &String| {
        key.len() <= 80 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:/".contains(&b)) && key.contains('.')
    };
    let entries = data.entries.iter().map(|entry| {
        let key = entry.key().filter(is_host).unwrap_or_else(|| "…".to_owned());
        let names = entry.settings.iter().filter(|setting| is_credential_setting(&setting.name));
        let settings: Vec<String> = names.map(|setting| format!("\"{}\":\"****\"", setting.name)).collect();
        format!("\"{key}\":{{{}}}", settings.join(","))
    });
    format!("ECS_ENGINE_AUTH_DATA={{{}}}", entries.collect::<Vec<_>>().join(","))
}
