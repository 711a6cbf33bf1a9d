//! Findings as diagnostics of the protocol.

use std::collections::BTreeMap;
use std::sync::Arc;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    Range, Uri,
};
use serde_json::json;

use super::client::Client;
use super::pages::Pages;
use super::text::{Encoding, Lines};
use crate::lint::{self, Outcome};
use crate::model::Severity;
use crate::report::Masks;
use crate::source::{FileId, Source, Span};

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

/// Whether a diagnostic says that its document cannot be read.
#[must_use]
pub fn is_of_broken_text(diagnostic: &Diagnostic) -> bool {
    matches!(&diagnostic.code, Some(Code::String(rule)) if matches!(rule.as_str(), "syntax-error" | "unresolved-template"))
}

/// Where the lines of files begin, kept from one keystroke to the next: most files are as they were.
#[derive(Debug, Default)]
pub struct KnownLines(BTreeMap<FileId, (Arc<Source>, bool, Arc<Lines>)>);

impl KnownLines {
    fn of(&mut self, source: &Arc<Source>, is_open: bool, encoding: Encoding) -> Arc<Lines> {
        if let Some((known, was_open, lines)) = self.0.get(&source.id())
            && Arc::ptr_eq(known, source)
            && *was_open == is_open
        {
            return Arc::clone(lines);
        }
        let new = if is_open { Lines::new } else { Lines::of_file };
        let lines = Arc::new(new(source.text(), encoding));
        self.0.insert(source.id(), (Arc::clone(source), is_open, Arc::clone(&lines)));
        lines
    }
}

/// The findings of each document, by the documents' keys. `place` tells where the file of a name is; the pages of their rules are
/// written if the client leads to them.
#[must_use]
pub fn of_outcome(
    outcome: &Outcome,
    place: &dyn Fn(&str) -> Place,
    client: &Client,
    pages: &Pages,
    lines: &mut KnownLines,
) -> BTreeMap<String, Vec<Diagnostic>> {
    let masks = Masks::new(outcome);
    let mut rendering = Rendering { outcome, masks, place, client, pages, lines, files: BTreeMap::new() };
    let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for diagnostic in &outcome.diagnostics {
        let key = rendering.file(diagnostic.primary.span.file).0.key.clone();
        let rendered = rendering.diagnostic(diagnostic);
        found.entry(key).or_default().push(rendered);
    }
    let Rendering { lines, files, .. } = rendering;
    lines.0.retain(|file, _| files.contains_key(file));
    found
}

struct Rendering<'r> {
    outcome: &'r Outcome,
    masks: Masks<'r>,
    place: &'r dyn Fn(&str) -> Place,
    client: &'r Client,
    pages: &'r Pages,
    lines: &'r mut KnownLines,
    /// The files met so far.
    files: BTreeMap<FileId, (Place, Arc<Lines>)>,
}

impl Rendering<'_> {
    fn file(&mut self, file: FileId) -> &(Place, Arc<Lines>) {
        let Self { outcome, place, client, lines, .. } = self;
        self.files.entry(file).or_insert_with(|| {
            let place = place(outcome.sources.name(file));
            let lines = match outcome.sources.get_shared(file) {
                Some(source) => lines.of(source, place.is_open, client.encoding),
                None => Arc::new(Lines::new("", client.encoding)),
            };
            (place, lines)
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
        let page = if self.client.describes { self.pages.address(finding.rule) } else { None };
        Diagnostic {
            range,
            severity: Some(severity(finding.severity)),
            code: Some(Code::String(finding.rule.to_owned())),
            code_description: page.map(|href| CodeDescription { href: Uri(href) }),
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
