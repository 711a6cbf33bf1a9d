//! Credentials in a value of `ECS_ENGINE_AUTH_DATA`.
//!
//! The value is JSON, but it reaches us through the quoting of shells, heredocs and templates; so the
//! settings are looked for as such, with whatever quotes and backslashes stand around them.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use super::script::{Piece, Script};
use crate::model::{Hole, Parameter, Reference, Text};
use crate::source::Span;

/// What was found in one value.
pub enum Finding {
    /// Credentials that are written in the file.
    Literal {
        /// The settings that hold them, each once.
        settings: Vec<String>,
        /// Their bytes.
        secrets: Vec<Span>,
        /// The parameter whose default holds them.
        default_of: Option<String>,
    },
    /// Something that the deployment puts there, and where.
    Filled(Reference, Span),
}

/// How many quotes may stand within one value.
const MAX_QUOTES: usize = 32;

/// Credentials of one value, while they are collected.
#[derive(Default)]
struct Credentials {
    settings: Vec<String>,
    /// Bytes, and the parameter of whose default they are part.
    literal: Vec<(Span, Option<String>)>,
    filled: Vec<(Reference, Span)>,
}

/// A setting that holds a credential, up to where its value begins. `username` and `email` are none.
static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:^|[^a-z0-9_])(password|auth|identitytoken|registrytoken)[\\"'\s]*:[\\\s]*(["']?)"#).ok()
});

/// Values that stand for a credential without being one.
static STAND_IN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:<[^<>]*>|%[a-z]|\{\{.*\}\}|%[A-Za-z_]+%|##.*##|@@.*@@|\*+|[xX]{3,}|\.{3}|…|(?i:your|replace|insert)[-_ ].*|(?i:redacted|changeme))$").ok()
});

/// Every credential in the value, as one finding; those that are empty, or computed when the instance starts, do not count.
pub fn in_value(script: &Script<'_>, value: Range<usize>) -> Option<Finding> {
    let text = script.text(value.clone());
    let mut credentials = Credentials::default();
    let mut any = false;
    for captures in SETTING.as_ref()?.captures_iter(text) {
        let (Some(whole), Some(name), Some(quote)) = (captures.get(0), captures.get(1), captures.get(2)) else {
            continue;
        };
        any = true;
        let length = value_length(text.get(whole.end()..).unwrap_or_default(), quote.as_str());
        let start = value.start + whole.end();
        credentials.judge(script, start..start + length, &name.as_str().to_ascii_lowercase());
    }
    if any { credentials.into_finding() } else { whole_value(script, value) }
}

/// How long the value is: up to the quote that closes it, which is one with a comma, a brace or nothing behind it, or to
/// what ends a bare word.
pub(super) fn value_length(rest: &str, quote: &str) -> usize {
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

impl Credentials {
    /// Decides whether one value is a credential that stands in the file, or one that the deployment fills in.
    fn judge(&mut self, script: &Script<'_>, range: Range<usize>, setting: &str) {
        let before = self.literal.len();
        let mut literal = String::new();
        let mut opaque = false;
        for (part, piece) in script.pieces(range.clone()) {
            match piece {
                Piece::Literal(_) => literal.push_str(script.text(part)),
                Piece::Hole(hole) => {
                    opaque = true;
                    self.fill(hole, setting);
                }
                Piece::Base64(inner, _) => {
                    opaque = true;
                    self.encoded_pair(inner);
                }
            }
        }
        if !opaque && is_credential(&literal, setting) {
            self.literal.extend(script.spans(range).map(|span| (span, None)));
        }
        if self.literal.len() > before && !self.settings.iter().any(|known| known == setting) {
            self.settings.push(setting.to_owned());
        }
    }

    /// `user:password` that the template encodes itself. Without a colon in sight, what is filled in may hold both.
    fn encoded_pair(&mut self, pair: &Text) {
        let inner = Script::new(pair);
        let password = inner.whole().find(':').map_or(0, |colon| colon + 1);
        for (part, piece) in inner.pieces(password..inner.whole().len()) {
            match piece {
                Piece::Literal(_) if is_credential(inner.text(part.clone()), "password") => {
                    self.literal.extend(inner.spans(part).map(|span| (span, None)));
                }
                Piece::Hole(hole) => self.fill(hole, "password"),
                Piece::Literal(_) | Piece::Base64(..) => {}
            }
        }
    }

    /// A parameter or a dynamic reference; a parameter's default may be the credential itself.
    fn fill(&mut self, hole: &Hole, setting: &str) {
        match &hole.reference {
            Reference::Parameter(Parameter { name, default: Some(default), .. })
                if is_credential(default.as_str(), setting) =>
            {
                self.literal.push((default.span(0..default.as_str().len()), Some(name.clone())));
            }
            Reference::Parameter(_) | Reference::Dynamic(_) => self.filled.push((hole.reference.clone(), hole.span)),
            _ => {}
        }
    }

    fn into_finding(self) -> Option<Finding> {
        if self.literal.is_empty() {
            return self.filled.into_iter().next().map(|(reference, span)| Finding::Filled(reference, span));
        }
        let all_default = self.literal.iter().all(|(_, parameter)| parameter.is_some());
        let default_of = self.literal.iter().find_map(|(_, parameter)| parameter.clone()).filter(|_| all_default);
        let secrets = self.literal.into_iter().map(|(span, _)| span).collect();
        Some(Finding::Literal { settings: self.settings, secrets, default_of })
    }
}

/// A value that is nothing but something the deployment fills in; a parameter's default may be the whole data.
fn whole_value(script: &Script<'_>, value: Range<usize>) -> Option<Finding> {
    let is_quoting =
        |part: &Range<usize>| script.text(part.clone()).trim_matches(['"', '\'', '\\', ' ', '\r']).is_empty();
    let mut pieces =
        script.pieces(value).skip_while(|(part, piece)| matches!(piece, Piece::Literal(_)) && is_quoting(part));
    let (_, Piece::Hole(hole)) = pieces.next()? else { return None };
    // Behind it the value ends: what follows is a closing quote, or the rest of the command.
    if let Some((part, piece)) = pieces.next() {
        let ends = |c: char| matches!(c, '"' | '\'' | '\\') || c.is_whitespace();
        if !matches!(piece, Piece::Literal(_)) || !script.text(part).starts_with(ends) {
            return None;
        }
    }
    match &hole.reference {
        Reference::Parameter(Parameter { name, default: Some(default), .. }) if !default.as_str().trim().is_empty() => {
            let text = Text::literal(default.clone());
            let inner = Script::new(&text);
            match in_value(&inner, 0..default.as_str().len()) {
                Some(Finding::Literal { settings, secrets, .. }) => {
                    Some(Finding::Literal { settings, secrets, default_of: Some(name.clone()) })
                }
                other => other,
            }
        }
        Reference::Parameter(_) | Reference::Dynamic(_) => Some(Finding::Filled(hole.reference.clone(), hole.span)),
        _ => None,
    }
}

fn is_credential(value: &str, setting: &str) -> bool {
    // Quotes alone are where a script ends one string and begins another.
    let value = value.trim().trim_matches(['"', '\'', '\\']);
    if value.is_empty() || is_runtime(value) || STAND_IN.as_ref().is_some_and(|pattern| pattern.is_match(value)) {
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

/// Whether the shell computes the value when the instance starts.
fn is_runtime(value: &str) -> bool {
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '{' | '(' | '_' | '@')) {
            return true;
        }
    }
    value.contains('`') || value.contains("$(")
}
