//! What may be quoted of a document: everything but what is, or may be, a credential.

use std::sync::Arc;

use super::Explainer;
use crate::model::{Credential, Document, Field, Part, Reference, Text, names_a_credential};
use crate::source::{MappedText, Span};
use crate::syntax::{Entry, Node};
use crate::userdata::unknown_words;

/// What stands in place of what is not shown.
pub const HIDDEN: &str = "***";

impl Explainer<'_> {
    /// The text with `${…}` for its holes, without what is secret.
    pub(super) fn shown(&self, text: &Text) -> String {
        let part = |part: &Part| match part {
            Part::Literal(literal) => self.quoted(literal),
            Part::Hole(hole) if self.is_hidden(hole.span) => HIDDEN.to_owned(),
            Part::Hole(hole) => hole.reference.shown(),
            Part::Base64(..) => "${Fn::Base64}".to_owned(),
        };
        text.parts().iter().map(part).collect()
    }

    /// A piece of a text, without what is secret.
    pub(super) fn quoted(&self, text: &MappedText) -> String {
        if self.is_hidden(text.span(0..text.as_str().len())) { HIDDEN.to_owned() } else { text.as_str().to_owned() }
    }

    /// The value of a parameter, without what is secret, and without what may be a credential for a script that it goes into.
    pub(super) fn parameter_value(&self, value: &MappedText) -> String {
        let place = value.span(0..value.as_str().len());
        let goes_into_a_script = self.scripts.iter().any(|script| script.contains(place) && place.start < place.end);
        let is_doubtful = goes_into_a_script && !unknown_words(value.as_str(), 0..value.as_str().len()).is_empty();
        if is_doubtful { HIDDEN.to_owned() } else { self.quoted(value) }
    }

    /// Whether the value of a parameter, which a condition is about, is not to be told.
    pub(super) fn hides_value(&self, parameter: &str, value: &str) -> bool {
        let is_a_name = value.starts_with("arn:") || value.starts_with('/');
        names_a_credential(parameter) && !is_a_name
            || self.parameters().any(|entry| entry.key() == parameter && has_no_echo(entry.value()))
    }

    /// What is written of the values of parameters that the template hides.
    pub(super) fn hidden_defaults(&self) -> Vec<Span> {
        let hidden = self.parameters().map(Entry::value).filter(|definition| has_no_echo(*definition));
        let written = hidden.flat_map(|definition| {
            let allowed = definition.get("AllowedValues").into_iter().flat_map(Node::items);
            definition.get("Default").into_iter().chain(allowed)
        });
        written.map(Node::span).collect()
    }

    /// The parameters of the file.
    fn parameters(&self) -> impl Iterator<Item = Entry<'_>> {
        self.roots().filter_map(|root| root.get("Parameters")).flat_map(Node::entries)
    }

    /// Whether something secret is there.
    pub(super) fn is_hidden(&self, place: Span) -> bool {
        let meets = |secret: &Span| {
            secret.file == place.file && secret.start < place.end.max(place.start + 1) && place.start < secret.end
        };
        self.secrets.iter().any(meets)
    }
}

/// Whether a parameter is one that `CloudFormation` does not show.
pub(super) fn has_no_echo(definition: Node<'_>) -> bool {
    definition.get("NoEcho").and_then(Node::scalar).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Where the documents have credentials, whether or not a rule that would find them is on: what secrets are made with, what
/// instances are handed, and values of parameters that the template hides.
#[must_use]
pub fn secrets_of(documents: &[Arc<Document>]) -> Vec<Span> {
    let mut found = Vec::new();
    for document in documents {
        found.extend(&document.hidden);
        for secret in &document.secrets {
            places(&secret.value, &mut found);
            secret.generators.iter().for_each(|generator| places(&generator.template, &mut found));
        }
        for data in &document.launch_data {
            for exposure in &data.exposures {
                if let Credential::Literal { secrets, .. } = &exposure.credential {
                    found.extend(secrets);
                }
            }
            found.extend(data.faults.iter().flat_map(|fault| &fault.secrets));
        }
    }
    found.retain(|span| span.start < span.end);
    found.sort_unstable();
    found.dedup();
    found
}

/// Everything that is written of a value, defaults of parameters included.
fn places(field: &Field<Text>, found: &mut Vec<Span>) {
    for (text, case) in field.known() {
        found.extend(case.origin);
        for part in text.parts() {
            match part {
                Part::Literal(literal) => found.push(literal.span(0..literal.as_str().len())),
                Part::Hole(hole) => {
                    if let Reference::Parameter(parameter) = &*hole.reference {
                        let default = parameter.default.as_ref();
                        found.extend(default.map(|default| default.span(0..default.as_str().len())));
                    }
                }
                Part::Base64(..) => found.push(case.span),
            }
        }
    }
}
