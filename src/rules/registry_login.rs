//! What the value of a secret holds of a login for a registry.

use std::sync::LazyLock;

use regex::Regex;

use super::partial_json::{Member, PartialJson, Value};
use crate::model::{Hole, Part, Reference, Text};
use crate::source::Span;

/// What the container agent reads, in any letter case. Source: `agent/asm/asm.go`, `AuthDataValue`.
pub const KEYS: [&str; 2] = ["username", "password"];

/// Keys of a credential, in any letter case.
const CREDENTIAL_KEYS: [&str; 14] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "passphrase",
    "token",
    "secret",
    "auth",
    "identitytoken",
    "registrytoken",
    "apikey",
    "api_key",
    "accesstoken",
    "access_token",
];

/// Keys of what may be shown, in any letter case.
const SHOWN_KEYS: [&str; 12] = [
    "username",
    "user",
    "login",
    "email",
    "registry",
    "server",
    "serveraddress",
    "host",
    "hostname",
    "url",
    "port",
    "name",
];

/// Values that somebody is to replace.
static STAND_IN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:[x*.…\-_?]*|username|user|password|secret|none|null|todo|tbd|fixme|redacted|default|example|sample|empty|temp|initial)$",
        r"|^(?:\{\s*\}|\[\s*\])$",
        r"|(?:^|[^a-z0-9])(?:change[-_ ]?(?:me|it)|(?:replace|update)[-_ ]?(?:me|this|it)|placeholder|dummy)(?:$|[^a-z0-9])",
        r"|to be (?:set|filled|replaced)"
    ))
    .ok()
});

/// The key that Secrets Manager adds to a template.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Added<'k> {
    /// None.
    Nothing,
    /// This one.
    Key(&'k str),
    /// One that is not known.
    SomeKey,
}

/// What keeps a key from being read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It is not there.
    Missing,
    /// It is empty, or null.
    Empty,
    /// Its value is a number, a list or the like.
    NoString,
}

/// Why the agent cannot read a value.
pub struct Wrong {
    /// What is to be said of the value: that it has no `username`.
    pub what: String,
    /// What the agent says. Source: `agent/asm/asm.go`, `extractASMValue`.
    pub error: &'static str,
    /// What is wrong with which key, where the value is an object.
    pub lacks: Vec<(&'static str, Lack)>,
}

const SCHEMA: &str = "unable to unmarshal secret value, invalid schema";
const EMPTY_FIELD: &str = "AuthorizationData is malformed, empty field";

impl Wrong {
    /// Of a value that is no JSON object.
    pub fn no_object() -> Self {
        Self { what: "is no JSON object".to_owned(), error: SCHEMA, lacks: Vec::new() }
    }
}

/// What is surely wrong with a value.
pub fn wrong(json: &PartialJson, added: Added<'_>) -> Option<Wrong> {
    let mut lacks = match json {
        PartialJson::Unknown => return None,
        PartialJson::NoObject => return Some(Wrong::no_object()),
        PartialJson::Object(members) => lacks(members),
    };
    match added {
        Added::Key(key) => lacks.retain(|(lacking, _)| !lacking.eq_ignore_ascii_case(key)),
        // Whichever key it is, it makes up for one only.
        Added::SomeKey if lacks.len() == 1 => lacks.clear(),
        Added::Nothing | Added::SomeKey => {}
    }
    if lacks.is_empty() {
        return None;
    }
    let words = lacks.iter().map(|(key, lack)| match lack {
        Lack::Missing => format!("no `{key}`"),
        Lack::Empty => format!("an empty `{key}`"),
        Lack::NoString => format!("a `{key}` that is no string"),
    });
    let what = format!("has {}", words.collect::<Vec<_>>().join(" and "));
    let error = if lacks.iter().any(|(_, lack)| *lack == Lack::NoString) { SCHEMA } else { EMPTY_FIELD };
    Some(Wrong { what, error, lacks })
}

/// Which of the two keys the object lacks for certain. As in the agent, the last of equal keys counts, in any letter case.
fn lacks(members: &[Member]) -> Vec<(&'static str, Lack)> {
    let sure = members.iter().all(|member| member.key.is_some());
    let lack = |key: &'static str| {
        let named = |member: &&Member| member.key.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(key));
        let lack = match members.iter().rev().find(named).map(|member| &member.value) {
            None => sure.then_some(Lack::Missing),
            Some(Value::Null) => Some(Lack::Empty),
            Some(Value::String(text)) => text.is_empty().then_some(Lack::Empty),
            Some(Value::Bare(_) | Value::Object(_) | Value::List(_)) => Some(Lack::NoString),
        };
        lack.map(|lack| (key, lack))
    };
    KEYS.into_iter().filter_map(lack).collect()
}

/// A credential that is written in the value. `added` takes the place of what the template has under that key.
pub fn plaintext<'v>(text: &'v Text, json: &'v PartialJson, added: Added<'_>) -> Option<&'v Text> {
    match json {
        PartialJson::Object(members) => {
            let is_added = |key: Option<&str>| matches!(added, Added::Key(added) if key == Some(added));
            let values = scalars(members).into_iter();
            values
                .filter(|(key, _)| is_one_of(*key, &CREDENTIAL_KEYS) && !is_added(*key))
                .map(|(_, value)| value)
                .find(|value| is_credential(value))
        }
        PartialJson::NoObject => is_pair(text).then_some(text),
        PartialJson::Unknown => None,
    }
}

/// Whether this is `user:password`.
fn is_pair(text: &Text) -> bool {
    let Some(known) = text.known() else { return false };
    let known = known.trim();
    let begins_json = known.starts_with(['{', '[', '"']);
    known.split_once(':').is_some_and(|(user, password)| {
        let is_url = password.starts_with("//");
        let is_word = !known.contains(char::is_whitespace) && !user.is_empty();
        is_word && !begins_json && !is_url && !known.starts_with("arn:") && !is_stand_in(password)
    })
}

/// Whether nobody can mean the value to stay: empty, or words that ask for another.
pub fn is_placeholder(text: &Text, json: &PartialJson) -> bool {
    let stands_in =
        |text: &Text| text.known().is_some_and(|known| is_stand_in(&known)) || text.holes().any(asks_for_a_value);
    match json {
        PartialJson::Object(members) => scalars(members).iter().all(|(_, value)| stands_in(value)),
        PartialJson::NoObject => stands_in(text),
        PartialJson::Unknown => !text.known_start().trim_start().starts_with('{') && stands_in(text),
    }
}

/// Whether this is a word such as `REPLACE_ME`: what other tools fill in begins with a sign.
fn asks_for_a_value(hole: &Hole) -> bool {
    matches!(&*hole.reference, Reference::Placeholder(word) if word.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn is_stand_in(value: &str) -> bool {
    STAND_IN.as_ref().is_some_and(|pattern| pattern.is_match(value.trim()))
}

/// Whether it is wholly known, and neither a stand-in nor a boolean.
fn is_credential(value: &Text) -> bool {
    value.known().is_some_and(|value| !is_stand_in(&value) && !matches!(value.as_ref(), "true" | "false"))
}

pub fn is_one_of(key: Option<&str>, keys: &[&str]) -> bool {
    key.is_some_and(|key| keys.iter().any(|known| known.eq_ignore_ascii_case(key)))
}

fn scalars(members: &[Member]) -> Vec<(Option<&str>, &Text)> {
    let mut found = Vec::new();
    for member in members {
        member.value.scalars(member.key.as_deref(), &mut found);
    }
    found
}

/// Adds the bytes of the value that must not be shown: all that may be a credential, of whatever shape.
pub fn hide(text: &Text, json: &PartialJson, hidden: &mut Vec<Span>) {
    match json {
        PartialJson::Object(members) => {
            let values = scalars(members).into_iter();
            let secret = |(key, value): &(Option<&str>, &Text)| {
                !is_one_of(*key, &SHOWN_KEYS) && !value.known().is_some_and(|known| is_stand_in(&known))
            };
            hidden.extend(values.filter(secret).flat_map(|(_, value)| places(value)));
        }
        PartialJson::NoObject if is_placeholder(text, json) => {}
        // What surrounds the holes of JSON text is no credential, or is found by its key.
        PartialJson::Unknown if text.known_start().trim_start().starts_with('{') => {}
        PartialJson::NoObject | PartialJson::Unknown => hidden.extend(places(text)),
    }
}

/// The bytes that the known parts are written with, and those of what looks like a placeholder beside them.
pub fn places(text: &Text) -> Vec<Span> {
    let lone = text.sole_hole().is_some();
    let place = |part: &Part| match part {
        Part::Literal(text) => vec![text.span(0..text.as_str().len())],
        Part::Hole(hole) if !lone && matches!(*hole.reference, Reference::Placeholder(_)) => vec![hole.span],
        Part::Hole(_) => Vec::new(),
        Part::Base64(inner, _) => places(inner),
    };
    text.parts().iter().flat_map(place).collect()
}
