//! What must never be shown: credentials that no finding speaks of, on lines that an excerpt may show.

use std::collections::BTreeSet;

use super::{Diagnostic, Sources};
use crate::model::{Case, Deployment, Document, Part, Text, holds_credentials};
use crate::source::Span;
use crate::userdata::visible_credentials;

/// Places of a document where a reference to a secret is due and the secret itself stands.
pub fn in_references(document: &Document, secrets: &mut Vec<Span>) {
    let uses = document.tasks.iter().flat_map(|task| task.secret_uses().map(|(_, secret)| secret));
    for secret in uses {
        for (text, case) in secret.value.known() {
            if holds_credentials(text) || is_no_name(text) {
                secrets.extend(places(text, case));
            }
        }
    }
}

/// Whether the text has characters that neither an ARN nor the name of a secret or parameter has. Source: Secrets Manager API, `CreateSecret`.
fn is_no_name(text: &Text) -> bool {
    let in_a_name = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-!:".contains(c);
    text.known()
        .is_some_and(|known| !known.starts_with("arn:") && !known.contains("${") && !known.chars().all(in_a_name))
}

fn places<'t>(text: &'t Text, case: &'t Case<Text>) -> impl Iterator<Item = Span> + 't {
    let pieces = text.parts().iter().filter_map(|part| match part {
        Part::Literal(piece) => Some(piece.span(0..piece.as_str().len())),
        Part::Hole(_) | Part::Base64(..) => None,
    });
    pieces.chain(case.origin)
}

/// Words in the names of parameters that hold credentials.
const HIDDEN: [&str; 7] = ["password", "passwd", "passphrase", "token", "credential", "apikey", "secret"];

/// Values of parameters that by their names are credentials: a template that hides them need not be part of the run.
pub fn in_parameters(deployment: &Deployment) -> impl Iterator<Item = Span> {
    let is_hidden = |name: &str| {
        let name = name.to_ascii_lowercase().replace(['_', '-'], "");
        HIDDEN.iter().any(|word| name.contains(word))
    };
    // What only names a secret may be shown.
    let values = deployment.parameters.iter().filter(move |(name, value)| {
        is_hidden(name) && !value.as_str().starts_with("arn:") && !value.as_str().contains('/')
    });
    values.map(|(_, value)| value.span(0..value.as_str().len()))
}

/// What looks like a credential in the files that excerpts are taken from.
pub fn in_excerpts<'d>(sources: &Sources, diagnostics: impl Iterator<Item = &'d Diagnostic>, secrets: &mut Vec<Span>) {
    let labels = diagnostics.flat_map(|diagnostic| std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary));
    let files: BTreeSet<_> = labels.map(|label| label.span.file).collect();
    for source in files.into_iter().filter_map(|file| sources.get(file)) {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let ranges = visible_credentials(source.text()).into_iter();
        secrets.extend(ranges.map(|range| Span::new(source.id(), offset(range.start), offset(range.end))));
    }
}
