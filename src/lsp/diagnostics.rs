//! Findings as diagnostics of the protocol.

use std::collections::BTreeMap;

use gen_lsp_types::{
    Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, Range, Uri,
};
use serde_json::json;

use super::client::Client;
use super::text::Lines;
use crate::lint::{self, Outcome};
use crate::model::Severity;
use crate::report::Masks;
use crate::source::{FileId, Span};

/// The name that diagnostics are shown under.
pub const NAME: &str = "ecs-lint";

/// A document, as the client knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its address, always spelled in one way.
    pub key: String,
    /// Its address, as the client spells it.
    pub uri: String,
    /// Whether it is open.
    pub is_open: bool,
}

/// The findings of each document, by the documents' keys. `place` tells where the file of a name is.
#[must_use]
pub fn of_outcome(
    outcome: &Outcome,
    place: &dyn Fn(&str) -> Place,
    client: &Client,
) -> BTreeMap<String, Vec<Diagnostic>> {
    let mut rendering = Rendering { outcome, masks: Masks::new(outcome), place, client, files: BTreeMap::new() };
    let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for diagnostic in &outcome.diagnostics {
        let key = rendering.file(diagnostic.primary.span.file).0.key.clone();
        let rendered = rendering.diagnostic(diagnostic);
        found.entry(key).or_default().push(rendered);
    }
    found
}

struct Rendering<'r> {
    outcome: &'r Outcome,
    masks: Masks<'r>,
    place: &'r dyn Fn(&str) -> Place,
    client: &'r Client,
    /// The files met so far.
    files: BTreeMap<FileId, (Place, Lines)>,
}

impl Rendering<'_> {
    fn file(&mut self, file: FileId) -> &(Place, Lines) {
        let Self { outcome, place, client, .. } = self;
        self.files.entry(file).or_insert_with(|| {
            let place = place(outcome.sources.name(file));
            let text = outcome.sources.get(file).map_or("", |source| source.text());
            let new = if place.is_open { Lines::new } else { Lines::of_file };
            (place, new(text, client.encoding))
        })
    }

    fn range(&mut self, span: Span) -> Range {
        let text = self.outcome.sources.get(span.file).map_or("", |source| source.text());
        self.file(span.file).1.range(text, span.range())
    }

    fn diagnostic(&mut self, finding: &lint::Diagnostic) -> Diagnostic {
        let range = self.range(finding.primary.span);
        let mut message = self.masks.line(&finding.message);
        for note in &finding.notes {
            message.push('\n');
            message.push_str(&self.masks.lines(note));
        }
        if let Some(help) = &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(&self.masks.lines(help));
        }
        let related = self.client.related.then(|| finding.secondary.iter().map(|label| self.related(label)).collect());
        Diagnostic {
            range,
            severity: Some(severity(finding.severity)),
            code: Some(Code::String(finding.rule.to_owned())),
            code_description: None,
            source: Some(NAME.to_owned()),
            message: message.into(),
            tags: tags(finding.rule).filter(|_| self.client.tags),
            related_information: related.filter(|related: &Vec<_>| !related.is_empty()),
            data: self.client.data.then(|| json!({"rule": finding.rule})),
        }
    }

    fn related(&mut self, label: &lint::Label) -> DiagnosticRelatedInformation {
        let range = self.range(label.span);
        let uri = Uri(self.file(label.span.file).0.uri.clone());
        DiagnosticRelatedInformation { location: Location { uri, range }, message: self.masks.line(&label.message) }
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Note => DiagnosticSeverity::Information,
    }
}

/// What may be taken away without loss.
fn tags(rule: &str) -> Option<Vec<DiagnosticTag>> {
    matches!(rule, "unused-suppression" | "expired-suppression").then(|| vec![DiagnosticTag::Unnecessary])
}
