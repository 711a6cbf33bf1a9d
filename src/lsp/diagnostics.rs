//! Findings as diagnostics of the protocol.

use std::collections::{BTreeMap, HashMap};
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

/// What was made for the client last: from one keystroke to the next most findings stay what they are.
#[derive(Debug, Default)]
pub struct Rendered {
    lines: HashMap<FileId, (Arc<Source>, bool, Arc<Lines>)>,
    /// By the address of the finding, which is kept so that no other gets it.
    findings: HashMap<*const lint::Diagnostic, (Arc<lint::Diagnostic>, String, Arc<Diagnostic>)>,
    /// What all of it depends on beside the findings: the documents that are open, and what is masked everywhere.
    open: Vec<(String, String)>,
    masked: Vec<String>,
}

impl Rendered {
    /// Forgets the findings if they would be shown otherwise by now.
    fn is_for(&mut self, open: Vec<(String, String)>, masks: &Masks<'_>) {
        let is_same = self.open == open && self.masked.iter().eq(masks.texts());
        if !is_same {
            self.findings.clear();
            self.open = open;
            self.masked = masks.texts().iter().map(|text| text.clone().into_owned()).collect();
        }
    }

    fn lines(&mut self, source: &Arc<Source>, is_open: bool, encoding: Encoding) -> Arc<Lines> {
        if let Some((known, was_open, lines)) = self.lines.get(&source.id())
            && Arc::ptr_eq(known, source)
            && *was_open == is_open
        {
            return Arc::clone(lines);
        }
        let new = if is_open { Lines::new } else { Lines::of_file };
        let lines = Arc::new(new(source.text(), encoding));
        self.lines.insert(source.id(), (Arc::clone(source), is_open, Arc::clone(&lines)));
        lines
    }
}

/// Whether both say the same; what is shared is not compared word by word.
#[must_use]
pub fn are_same(one: &[Arc<Diagnostic>], other: &[Arc<Diagnostic>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| Arc::ptr_eq(one, other) || one == other)
}

/// As the protocol's types have them.
#[must_use]
pub fn owned(shared: &[Arc<Diagnostic>]) -> Vec<Diagnostic> {
    shared.iter().map(|one| Diagnostic::clone(one)).collect()
}

/// What findings are shown by: `place` tells where the file of a name is; the pages of their rules are written if the client leads to
/// them.
#[derive(Clone, Copy)]
pub struct Showing<'s> {
    /// Where the file of a name is.
    pub place: &'s dyn Fn(&str) -> Place,
    /// What the client can do.
    pub client: &'s Client,
    /// The pages of rules.
    pub pages: &'s Pages,
}

/// The findings of each document, by the documents' keys. `open` are the addresses of the open documents, as they are kept and as the
/// client spells them.
#[must_use]
pub fn of_outcome(
    outcome: &Outcome,
    showing: Showing<'_>,
    open: Vec<(String, String)>,
    rendered: &mut Rendered,
) -> BTreeMap<String, Vec<Arc<Diagnostic>>> {
    let masks = Masks::new(outcome);
    rendered.is_for(open, &masks);
    let before = std::mem::take(&mut rendered.findings);
    let Showing { place, client, pages } = showing;
    let mut rendering = Rendering { outcome, masks, place, client, pages, rendered, files: BTreeMap::new() };
    let mut findings = HashMap::with_capacity(before.len());
    let mut found: BTreeMap<String, Vec<Arc<Diagnostic>>> = BTreeMap::new();
    for finding in &outcome.diagnostics {
        let (key, shown) = if let Some((_, key, shown)) = before.get(&Arc::as_ptr(finding)) {
            (key.clone(), Arc::clone(shown))
        } else {
            let key = rendering.file(finding.primary.span.file).0.key.clone();
            (key, Arc::new(rendering.diagnostic(finding)))
        };
        findings.insert(Arc::as_ptr(finding), (Arc::clone(finding), key.clone(), Arc::clone(&shown)));
        found.entry(key).or_default().push(shown);
    }
    rendered.findings = findings;
    rendered
        .lines
        .retain(|file, (source, ..)| outcome.sources.get_shared(*file).is_some_and(|known| Arc::ptr_eq(known, source)));
    found
}

struct Rendering<'r> {
    outcome: &'r Outcome,
    masks: Masks<'r>,
    place: &'r dyn Fn(&str) -> Place,
    client: &'r Client,
    pages: &'r Pages,
    rendered: &'r mut Rendered,
    /// The files met so far.
    files: BTreeMap<FileId, (Place, Arc<Lines>)>,
}

impl Rendering<'_> {
    fn file(&mut self, file: FileId) -> &(Place, Arc<Lines>) {
        let Self { outcome, place, client, rendered, .. } = self;
        self.files.entry(file).or_insert_with(|| {
            let place = place(outcome.sources.name(file));
            let lines = match outcome.sources.get_shared(file) {
                Some(source) => rendered.lines(source, place.is_open, client.encoding),
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
