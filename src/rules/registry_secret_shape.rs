//! What gives the value of a secret the shape of registry credentials.

use std::sync::LazyLock;

use regex::Regex;

use super::registry_login::{KEYS, Lack, Wrong};
use crate::model::{Change, Draft, Generator, Part, Proposal, Safety, Text};
use crate::source::MappedText;

/// Stands for a user name that only the author knows. Messages take it for a value that is still to be given.
const USER: &str = "REPLACE_ME";

/// A key of JSON text, and the name within its quotes.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#""([A-Za-z_]+)"\s*:"#).ok());

/// Keys that people write for the one that is meant.
fn names_for(key: &str) -> &'static [&'static str] {
    if key == "username" { &["user", "login", "name", "user_name"] } else { &["pass", "pwd", "passwd", "token"] }
}

/// A generated value without a template.
pub fn of_bare_string(generator: &Generator) -> Proposal {
    let entries =
        [("SecretStringTemplate", format!("{{\"username\":\"{USER}\"}}")), ("GenerateStringKey", "password".into())];
    let entries = entries.map(|(key, value)| (key.to_owned(), Draft::literal(&value))).to_vec();
    proposal(
        "Generate the password of a login, whose user name is for you to give",
        vec![Change::Add { at: generator.span, entries }],
    )
}

/// A generated value that lacks something, of which `key` is where the generated string goes.
pub fn of_generated(generator: &Generator, template: &Text, key: Option<&str>, wrong: &Wrong) -> Option<Proposal> {
    let mut changes = Vec::new();
    for (lacking, lack) in &wrong.lacks {
        if *lack != Lack::Missing {
            return None;
        }
        changes.push(match (*lacking, key) {
            ("password", Some(_)) => {
                let case = generator.string_key.cases.first().filter(|case| case.origin.is_none())?;
                Change::Replace { place: case.span, with: Draft::literal("password") }
            }
            ("password", None) => Change::Add {
                at: generator.span,
                entries: vec![("GenerateStringKey".to_owned(), Draft::literal("password"))],
            },
            _ => renamed(template, lacking).or_else(|| with_user(template))?,
        });
    }
    let is_one = generator.template.cases.len() == 1 && generator.string_key.cases.len() == 1;
    let is_here = generator.template.cases.iter().all(|case| case.origin.is_none());
    (is_one && is_here && !changes.is_empty())
        .then(|| proposal("Generate a value with `username` and `password`", changes))
}

/// A written value whose keys have other names.
pub fn of_written(text: &Text, wrong: &Wrong) -> Option<Proposal> {
    let rename = |(lacking, lack): &(&'static str, Lack)| renamed(text, lacking).filter(|_| *lack == Lack::Missing);
    let changes: Vec<Change> = wrong.lacks.iter().map(rename).collect::<Option<_>>()?;
    let keys: Vec<String> = wrong.lacks.iter().map(|(key, _)| format!("`{key}`")).collect();
    (!changes.is_empty()).then(|| proposal(&format!("Use the name {} for what it is", keys.join(" and ")), changes))
}

fn proposal(title: &str, changes: Vec<Change>) -> Proposal {
    Proposal { title: title.to_owned(), safety: Safety::Unsafe, changes }
}

/// The one key that was meant, under its right name.
fn renamed(text: &Text, key: &str) -> Option<Change> {
    let pattern = KEY.as_ref()?;
    let literals = text.parts().iter().filter_map(|part| match part {
        Part::Literal(literal) => Some(literal),
        Part::Hole(_) | Part::Base64(..) => None,
    });
    let keys = literals.flat_map(|literal| pattern.captures_iter(literal.as_str()).map(move |found| (literal, found)));
    let mut meant = keys.filter_map(|(literal, found)| {
        let name = found.get(1)?;
        names_for(key).contains(&name.as_str().to_ascii_lowercase().as_str()).then(|| literal.span(name.range()))
    });
    let place = meant.next()?;
    (KEYS.contains(&key) && meant.next().is_none()).then(|| Change::Rewrite { place, text: key.to_owned() })
}

/// With a user name as its first key.
fn with_user(text: &Text) -> Option<Change> {
    let Part::Literal(first) = text.parts().first()? else { return None };
    let first: &MappedText = first;
    let opening = first.as_str().find('{')? + 1;
    let behind = first.as_str().get(opening..)?;
    let colon = if behind.contains("\": ") { ": " } else { ":" };
    let comma = match behind.trim_start().chars().next() {
        Some('}') => "",
        _ if behind.contains(", ") || behind.contains("\": ") => ", ",
        _ => ",",
    };
    let text = format!("\"username\"{colon}\"{USER}\"{comma}");
    Some(Change::Rewrite { place: first.span(opening..opening), text })
}
