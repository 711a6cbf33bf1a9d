//! What of a setting is a credential, and how it comes to be there.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::bytes::Regex;

use super::auth_data::{self, AuthData};
use super::flat::{Flat, is_hole, literal_places, place};
use crate::model::{Credential, Hole, Parameter, Part, Reference, Text};
use crate::source::Span;

/// A setting of a registry's entry.
pub struct Setting {
    /// Its name in lower case.
    pub name: String,
    /// Its value.
    pub value: Text,
}

/// A credential, and where the first of its settings is written or filled in.
pub type Judged = (Credential, Option<Span>);

/// How many quotes may stand within one value.
const MAX_QUOTES: usize = 32;

/// Values that stand for a credential without being one: what other tools fill in, a variable in a quoted here-document,
/// and words that say so. Of bytes, since such a pattern is made sooner than one of characters.
static STAND_IN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x-u)^(?: <[^<>]*> | (?:\{\{|<%|%\{).* | %[a-z] | .*\{\{.*\}\}.* | %[A-Za-z_]+% | \#\#.*\#\# | @@.*@@ | \*+ | [xX]{3,} | \.{3} | \xE2\x80\xA6
        | \$[A-Za-z_][A-Za-z0-9_]* | .*\$\{.*\}.* | .*\$\(.*\).* | .*`.*`.* | %\{.*\} | \#\{.*\}
        | (?i:your|replace|insert)[-_\ ].* | (?i:redacted|changeme|change-me|null|none) )$",
    )
    .ok()
});

/// Whether a setting of that name is a credential. `username` and `email` are none.
pub fn is_credential_setting(name: &str) -> bool {
    matches!(name, "password" | "auth" | "identitytoken" | "registrytoken")
}

/// The credentials in data of the agent, as one; those that are empty, or computed when the instance starts, do not count.
/// `stand_ins` are texts that a script replaces later.
pub fn of_entries(data: &AuthData, value: &Text, stand_ins: &[String]) -> Option<Judged> {
    let settings = data.entries.iter().flat_map(|entry| &entry.settings);
    let mut found = Found::new(stand_ins);
    let mut any = false;
    for setting in settings.filter(|setting| is_credential_setting(&setting.name)) {
        any = true;
        found.judge(setting);
    }
    if any { found.into_credential() } else { whole_value(value, stand_ins) }
}

/// The same of settings on their own.
pub fn of_settings(settings: &[Setting], stand_ins: &[String]) -> Option<Judged> {
    let mut found = Found::new(stand_ins);
    settings.iter().filter(|setting| is_credential_setting(&setting.name)).for_each(|setting| found.judge(setting));
    found.into_credential()
}

/// Credentials, while they are collected.
struct Found<'s> {
    stand_ins: &'s [String],
    settings: Vec<String>,
    /// Bytes, and the parameter of whose default they are part.
    literal: Vec<(Span, Option<String>)>,
    /// Where the first of them is written.
    first: Option<Span>,
    filled: Vec<(Reference, Span)>,
}

impl<'s> Found<'s> {
    fn new(stand_ins: &'s [String]) -> Self {
        Self { stand_ins, settings: Vec::new(), literal: Vec::new(), first: None, filled: Vec::new() }
    }

    fn is_credential(&self, value: &str, setting: &str) -> bool {
        is_credential(value, setting) && !self.stand_ins.iter().any(|one| value.contains(one.as_str()))
    }

    /// Decides whether one value is a credential that stands in the file, or one that the deployment fills in.
    fn judge(&mut self, setting: &Setting) {
        let before = self.literal.len();
        let mut is_known = true;
        for part in setting.value.parts() {
            match part {
                Part::Literal(_) => {}
                Part::Hole(hole) => {
                    is_known = false;
                    self.fill(hole, &setting.name);
                }
                Part::Base64(inner, _) => {
                    is_known = false;
                    self.encoded_pair(inner);
                }
            }
        }
        if is_known && setting.value.known().is_some_and(|value| self.is_credential(&value, &setting.name)) {
            self.literal.extend(literal_places(&setting.value).into_iter().map(|span| (span, None)));
        }
        if self.literal.len() > before {
            self.first.get_or_insert_with(|| place(&setting.value));
            if !self.settings.contains(&setting.name) {
                self.settings.push(setting.name.clone());
            }
        }
    }

    /// `user:password` that the template encodes itself. Without a colon in sight, what is filled in may hold both.
    fn encoded_pair(&mut self, pair: &Text) {
        let flat = Flat::new(pair);
        let password = flat.as_str().find(':').map_or(0, |colon| colon + 1);
        let password = flat.slice(password..flat.as_str().len());
        for part in password.parts() {
            match part {
                Part::Literal(literal) if self.is_credential(literal.as_str(), "password") => {
                    let span = literal.span(0..literal.as_str().len());
                    self.first.get_or_insert(span);
                    self.literal.push((span, None));
                }
                Part::Hole(hole) => self.fill(hole, "password"),
                Part::Literal(_) | Part::Base64(..) => {}
            }
        }
    }

    /// A parameter or a dynamic reference; a parameter's default may be the credential itself.
    fn fill(&mut self, hole: &Hole, setting: &str) {
        match &*hole.reference {
            Reference::Parameter(Parameter { name, default: Some(default), .. })
                if is_credential(default.as_str(), setting) =>
            {
                self.literal.push((default.span(0..default.as_str().len()), Some(name.clone())));
            }
            Reference::Parameter(_) | Reference::Dynamic(_) => {
                self.filled.push((Reference::clone(&hole.reference), hole.span));
            }
            _ => {}
        }
    }

    fn into_credential(self) -> Option<Judged> {
        if self.literal.is_empty() {
            return self.filled.into_iter().next().and_then(filled);
        }
        let all_default = self.literal.iter().all(|(_, parameter)| parameter.is_some());
        let default_of = self.literal.iter().find_map(|(_, parameter)| parameter.clone()).filter(|_| all_default);
        let secrets = self.literal.into_iter().map(|(span, _)| span).collect();
        Some((Credential::Literal { settings: self.settings, secrets, default_of }, self.first))
    }
}

fn filled((reference, span): (Reference, Span)) -> Option<Judged> {
    match reference {
        Reference::Parameter(parameter) => Some((Credential::Parameter(parameter), Some(span))),
        Reference::Dynamic(reference) => Some((Credential::Dynamic(reference), Some(span))),
        _ => None,
    }
}

/// A value that is nothing but something the deployment fills in; a parameter's default may be the whole data.
fn whole_value(value: &Text, stand_ins: &[String]) -> Option<Judged> {
    let is_quoting = |part: &&Part| matches!(part, Part::Literal(text) if text.as_str().trim_matches(['"', '\'', '\\', ' ', '\r', '\n']).is_empty());
    let mut parts = value.parts().iter().filter(|part| !is_quoting(part));
    let (Some(Part::Hole(hole)), None) = (parts.next(), parts.next()) else { return None };
    match &*hole.reference {
        Reference::Parameter(Parameter { name, default: Some(default), .. }) if !default.as_str().trim().is_empty() => {
            let text = Text::literal(default.clone());
            match of_entries(&auth_data::read(&text), &Text::default(), stand_ins) {
                Some((Credential::Literal { settings, secrets, .. }, _)) => {
                    Some((Credential::Literal { settings, secrets, default_of: Some(name.clone()) }, None))
                }
                other => other,
            }
        }
        reference => filled((reference.clone(), hole.span)),
    }
}

fn is_credential(value: &str, setting: &str) -> bool {
    // Quotes alone are where a script ends one string and begins another.
    let value = value.trim().trim_matches(['"', '\'', '\\']);
    if value.is_empty()
        || value.contains(is_hole)
        || STAND_IN.as_ref().is_some_and(|pattern| pattern.is_match(value.as_bytes()))
    {
        return false;
    }
    if setting == "auth"
        && let Ok(decoded) = STANDARD.decode(value)
        && let Some(colon) = decoded.iter().position(|byte| *byte == b':')
    {
        // `auth` is base64 of `user:password`; without a password it holds nothing.
        return decoded.len() > colon + 1;
    }
    true
}

/// How long the value is: up to the quote that closes it, which is one with a comma, a brace or nothing behind it, or to
/// what ends a bare word.
pub fn value_length(rest: &str, quote: &str) -> usize {
    let end = match quote.chars().next() {
        Some(quote) => {
            let closes = |at: &usize| {
                let behind = rest.get(at + 1..).unwrap_or_default();
                let behind = behind.trim_start_matches(['"', '\'', '\\', ' ', '\t']);
                behind.is_empty() || behind.starts_with([',', '}', '\n', '\r', ')', ';', '>', '|'])
            };
            rest.match_indices(quote).map(|(at, _)| at).take(MAX_QUOTES).find(closes).or_else(|| rest.find(quote))
        }
        None => rest.find(|c: char| c == ',' || c == '}' || c == '"' || c == '\'' || c.is_whitespace()),
    };
    let value = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    value.trim_end_matches('\\').len()
}
