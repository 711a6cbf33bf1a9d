//! Findings as diagnostics of the protocol.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    Range, Uri,
};
use rayon::prelude::*;
use serde::{Serialize, Serializer};
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
    /// By file: of one whose findings are the same, what is shown is.
    files: HashMap<FileId, OfFile>,
    /// What all of it depends on beside the findings: the documents that are open, and what is masked everywhere.
    open: Vec<(String, String)>,
    masked: Vec<String>,
}

/// The findings of one file, and what they are for the client.
#[derive(Debug)]
struct OfFile {
    findings: Vec<Arc<lint::Diagnostic>>,
    key: String,
    shown: Shown,
}

/// What is shown of a document, shared as long as it stays the same.
pub type Shown = Arc<Vec<Arc<Diagnostic>>>;

impl Rendered {
    /// Forgets the findings if they would be shown otherwise by now.
    fn is_for(&mut self, open: Vec<(String, String)>, masks: &Masks<'_>) {
        let is_same = self.open == open && self.masked.iter().eq(masks.texts());
        if !is_same {
            self.files.clear();
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
    let are_one = std::ptr::eq(one, other);
    are_one
        || one.len() == other.len() && one.iter().zip(other).all(|(one, other)| Arc::ptr_eq(one, other) || one == other)
}

/// As the protocol's types have them.
#[must_use]
pub fn owned(shared: &[Arc<Diagnostic>]) -> Vec<Diagnostic> {
    shared.iter().map(|one| Diagnostic::clone(one)).collect()
}

/// Diagnostics that are written from where they are.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'d>(pub &'d [Arc<Diagnostic>]);

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Arc::as_ref))
    }
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
) -> BTreeMap<String, Shown> {
    let masks = Masks::new(outcome);
    rendered.is_for(open, &masks);
    let mut before = std::mem::take(&mut rendered.files);
    let Showing { place, client, pages } = showing;
    let mut rendering = Rendering { outcome, masks, place, client, pages, rendered, files: BTreeMap::new() };
    let mut files = HashMap::with_capacity(before.len());
    let mut found: BTreeMap<String, Shown> = BTreeMap::new();
    // They are sorted by place.
    for findings in outcome.diagnostics.chunk_by(|one, other| one.primary.span.file == other.primary.span.file) {
        let Some(file) = findings.first().map(|first| first.primary.span.file) else { continue };
        let of_file = rendering.of_file(file, findings, before.remove(&file));
        match found.get_mut(&of_file.key) {
            Some(shown) => Arc::make_mut(shown).extend(of_file.shown.iter().cloned()),
            None => {
                found.insert(of_file.key.clone(), Arc::clone(&of_file.shown));
            }
        }
        files.insert(file, of_file);
    }
    rendered.files = files;
    rendered
        .lines
        .retain(|file, (source, ..)| outcome.sources.get_shared(*file).is_some_and(|known| Arc::ptr_eq(known, source)));
    found
}

fn is_one<T>((one, other): (&Arc<T>, &Arc<T>)) -> bool {
    Arc::ptr_eq(one, other)
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
    /// What the findings of a file are for the client: what they were `before`, if they are the same.
    fn of_file(&mut self, file: FileId, findings: &[Arc<lint::Diagnostic>], before: Option<OfFile>) -> OfFile {
        let are_known = |before: &OfFile| {
            before.findings.len() == findings.len() && before.findings.iter().zip(findings).all(is_one)
        };
        if let Some(before) = before.filter(are_known) {
            return before;
        }
        let key = self.file(file).0.key.clone();
        let wording = self.wording(findings);
        let shown = findings.par_iter().map(|finding| Arc::new(wording.diagnostic(finding)));
        let shown = Arc::new(shown.collect());
        OfFile { findings: findings.to_vec(), key, shown }
    }

    /// What the findings are worded with.
    fn wording(&mut self, findings: &[Arc<lint::Diagnostic>]) -> Wording<'_> {
        let mut pages = HashMap::new();
        for finding in findings {
            for label in std::iter::once(&finding.primary).chain(&finding.secondary) {
                self.file(label.span.file);
            }
            if self.client.describes {
                pages.entry(finding.rule).or_insert_with(|| self.pages.address(finding.rule));
            }
        }
        Wording { outcome: self.outcome, masks: &self.masks, client: self.client, pages, files: &self.files }
    }

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
}

/// What findings are worded with, by several threads.
struct Wording<'r> {
    outcome: &'r Outcome,
    masks: &'r Masks<'r>,
    client: &'r Client,
    /// Where the pages of rules are.
    pages: HashMap<&'static str, Option<String>>,
    files: &'r BTreeMap<FileId, (Place, Arc<Lines>)>,
}

impl Wording<'_> {
    fn range(&self, span: Span) -> Range {
        let text = self.outcome.sources.get(span.file).map_or("", |source| source.text());
        self.files.get(&span.file).map(|(_, lines)| lines.range(text, span.range())).unwrap_or_default()
    }

    fn diagnostic(&self, finding: &lint::Diagnostic) -> Diagnostic {
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
        let page = self.pages.get(finding.rule).cloned().flatten();
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

    fn related(&self, label: &lint::Label) -> DiagnosticRelatedInformation {
        let range = self.range(label.span);
        let uri = Uri(self.files.get(&label.span.file).map(|(place, _)| place.uri.clone()).unwrap_or_default());
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
