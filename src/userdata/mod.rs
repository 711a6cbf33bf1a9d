//! Launch scripts: what they hand to the container agent of an instance.
//!
//! The agent takes registry credentials from `ECS_ENGINE_AUTH_DATA`. Whoever may describe the instance or
//! its launch template can read user data, and so can every process on the instance. Sources: the agent's
//! `agent/config/config.go` and `dockerauth/dockerauth.go`; ECS developer guide, "Private registry
//! authentication for container instances".

mod credentials;
mod script;
#[cfg(test)]
mod tests;
mod visible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::{EngineAuth, Exposure, Part, Reference, Text};
use crate::source::{MappedText, Span};
use credentials::Finding;
use script::Script;
pub use visible::visible_credentials;

/// The variable that the agent reads.
const VARIABLE: &str = "ECS_ENGINE_AUTH_DATA";

/// How deep scripts may be encoded in scripts.
const MAX_NESTING: usize = 4;

/// Finds engine credentials in the user data of a resource, and adds each place to `found`, once.
pub fn engine_auth(user_data: &Text, resource: &str, key: Span, found: &mut Vec<EngineAuth>) {
    let mut search = Search { resource, key, found };
    search.user_data(user_data);
}

struct Search<'a> {
    resource: &'a str,
    key: Span,
    found: &'a mut Vec<EngineAuth>,
}

impl Search<'_> {
    fn user_data(&mut self, user_data: &Text) {
        match user_data.parts() {
            [Part::Base64(inner, _)] => self.script(&Script::new(inner), MAX_NESTING),
            [Part::Literal(literal)] => match decoded(literal.as_str()) {
                Some(text) => self.encoded(&text, literal.span(0..literal.as_str().len())),
                None => self.script(&Script::new(user_data), MAX_NESTING),
            },
            _ => self.script(&Script::new(user_data), MAX_NESTING),
        }
    }

    fn script(&mut self, script: &Script<'_>, nesting: usize) {
        for value in script.assignments(VARIABLE) {
            let span = script.span(value.clone());
            if let Some(finding) = credentials::in_value(script, value) {
                self.add(finding, span, false);
            }
        }
        if nesting > 0 {
            for inner in script.encoded() {
                self.script(&Script::new(inner), nesting - 1);
            }
        }
    }

    /// A script that stands in the file as base64: every place in it is the encoded literal.
    fn encoded(&mut self, text: &str, literal: Span) {
        let text = Text::literal(MappedText::unplaced(text));
        let script = Script::new(&text);
        for value in script.assignments(VARIABLE) {
            if let Some(finding) = credentials::in_value(&script, value) {
                self.add(finding, literal, true);
            }
        }
    }

    fn add(&mut self, finding: Finding, value: Span, encoded: bool) {
        let (exposure, place) = match finding {
            Finding::Literal { settings, secrets, default_of } => {
                let secrets = if encoded { vec![value] } else { secrets };
                (Exposure::Literal { settings, secrets, default_of }, value)
            }
            Finding::Filled(Reference::Parameter(parameter), place) => (Exposure::Parameter(parameter), place),
            Finding::Filled(Reference::Dynamic(reference), place) => (Exposure::Dynamic(reference), place),
            Finding::Filled(..) => return,
        };
        let span = if encoded { value } else { place };
        let kind = std::mem::discriminant(&exposure);
        let known = |known: &EngineAuth| known.span == span && std::mem::discriminant(&known.exposure) == kind;
        if !self.found.iter().any(known) {
            self.found.push(EngineAuth { resource: self.resource.to_owned(), key: self.key, span, exposure, encoded });
        }
    }
}

/// The text behind a base64 literal, if it is one: at least a few groups, and text when decoded.
fn decoded(literal: &str) -> Option<String> {
    let compact: String = literal.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(compact.as_bytes()).ok().filter(|bytes| bytes.len() >= 8)?;
    String::from_utf8(bytes).ok()
}
