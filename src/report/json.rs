//! JSON for scripts, as one document or as a line a finding. The shape is documented in the README; [`SCHEMA_VERSION`] changes when a
//! script that relies on it could break, and not when something is added.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::inert::JsonWriter;
use super::mask::Masks;
use super::{SuppressedIn, View, shown_suppressed};
use crate::lint::{
    BaselineUse, Diagnostic, Fix, Label, Outcome, Sources, StaleEntry, Summary, Suppressed, SuppressedBy,
};
use crate::source::{Edit, Position, Span};

const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    diagnostics: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Vec<SuppressedFinding<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Baseline<'a>>,
    summary: Counts,
}

#[derive(Serialize)]
struct SuppressedFinding<'a> {
    by: &'static str,
    reason: Option<Cow<'a, str>>,
    #[serde(flatten)]
    finding: Finding<'a>,
}

#[derive(Serialize)]
struct Baseline<'a> {
    file: &'a str,
    stale: Vec<Stale<'a>>,
}

/// An entry of the baseline whose finding is mended; its path is told from the baseline's directory.
#[derive(Serialize)]
struct Stale<'a> {
    path: &'a str,
    resource: Option<&'a str>,
    container: Option<&'a str>,
    rule: &'a str,
    subject: &'a str,
    count: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: &'a str,
    message: Cow<'a, str>,
    path: &'a str,
    range: Range,
    resource: Option<Cow<'a, str>>,
    container: Option<Cow<'a, str>>,
    related: Vec<Related<'a>>,
    notes: Vec<Cow<'a, str>>,
    help: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<JsonFix<'a>>,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    title: Cow<'a, str>,
    safety: &'static str,
    edits: Vec<JsonEdit<'a>>,
}

/// The text that comes in the place of a range.
#[derive(Serialize)]
struct JsonEdit<'a> {
    path: &'a str,
    range: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    message: Cow<'a, str>,
    path: &'a str,
    range: Range,
}

/// `end` is just past the last character.
#[derive(Serialize)]
struct Range {
    start: Place,
    end: Place,
}

/// Line and column from 1, in Unicode characters; offset from 0, in bytes of the file.
#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
struct Counts {
    files_seen: usize,
    files_recognised: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
}

pub(super) fn write(outcome: &Outcome, masks: &Masks, view: View, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        diagnostics: outcome
            .diagnostics
            .iter()
            .map(|diagnostic| finding(diagnostic, &outcome.sources, masks))
            .collect(),
        suppressed: (view.suppressed == SuppressedIn::Every)
            .then(|| outcome.suppressed.iter().map(|one| suppressed(one, &outcome.sources, masks)).collect()),
        baseline: outcome.baseline.as_ref().map(baseline),
        summary: counts(outcome.summary),
    };
    serde_json::to_writer_pretty(JsonWriter(out), &document)?;
    writeln!(out)
}

/// The last of the lines.
#[derive(Serialize)]
struct LastLine {
    schema_version: u32,
    summary: Counts,
}

/// A line a finding, and a last line by which a reader knows that it has them all.
pub(super) fn write_lines(outcome: &Outcome, masks: &Masks, view: View, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in &outcome.diagnostics {
        serde_json::to_writer(JsonWriter(out), &finding(diagnostic, &outcome.sources, masks))?;
        writeln!(out)?;
    }
    for one in shown_suppressed(outcome, view) {
        serde_json::to_writer(JsonWriter(out), &suppressed(one, &outcome.sources, masks))?;
        writeln!(out)?;
    }
    let last = LastLine { schema_version: SCHEMA_VERSION, summary: counts(outcome.summary) };
    serde_json::to_writer(JsonWriter(out), &last)?;
    writeln!(out)
}

fn counts(summary: Summary) -> Counts {
    Counts {
        files_seen: summary.files_seen,
        files_recognised: summary.files_recognised,
        errors: summary.errors,
        warnings: summary.warnings,
        notes: summary.notes,
        suppressed: summary.suppressed,
    }
}

fn finding<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources, masks: &Masks) -> Finding<'a> {
    let span = diagnostic.primary.span;
    Finding {
        rule: diagnostic.rule,
        severity: diagnostic.severity.as_str(),
        message: masks.message(&diagnostic.message),
        path: sources.name(span.file),
        range: range(sources, span),
        resource: diagnostic.resource.as_deref().map(|name| masks.message(name)),
        container: diagnostic.container.as_deref().map(|name| masks.message(name)),
        related: diagnostic.secondary.iter().map(|label| related(label, sources, masks)).collect(),
        notes: diagnostic.notes.iter().map(|note| masks.message(note)).collect(),
        help: diagnostic.help.as_deref().map(|help| masks.message(help)),
        fixes: diagnostic
            .fixes
            .iter()
            .filter(|fix| masks.may_show(fix))
            .map(|made| fix(made, sources, masks))
            .collect(),
    }
}

fn fix<'a>(fix: &'a Fix, sources: &'a Sources, masks: &Masks) -> JsonFix<'a> {
    let edit = |edit: &'a Edit| JsonEdit {
        path: sources.name(edit.span.file),
        range: range(sources, edit.span),
        text: &edit.text,
    };
    JsonFix {
        title: masks.message(&fix.title),
        safety: fix.safety.as_str(),
        edits: fix.edits.iter().map(edit).collect(),
    }
}

fn suppressed<'a>(suppressed: &'a Suppressed, sources: &'a Sources, masks: &Masks) -> SuppressedFinding<'a> {
    SuppressedFinding {
        by: match suppressed.by {
            SuppressedBy::Source => "source",
            SuppressedBy::Configuration => "configuration",
            SuppressedBy::Baseline => "baseline",
        },
        reason: suppressed.justification.as_deref().map(|reason| masks.message(reason)),
        finding: finding(&suppressed.diagnostic, sources, masks),
    }
}

/// The entries come out of a file that has no credential in it.
fn baseline(used: &BaselineUse) -> Baseline<'_> {
    fn stale(entry: &StaleEntry) -> Stale<'_> {
        Stale {
            path: &entry.path,
            resource: entry.resource.as_deref(),
            container: entry.container.as_deref(),
            rule: &entry.rule,
            subject: &entry.subject,
            count: entry.count,
        }
    }
    Baseline { file: &used.name, stale: used.stale.iter().map(stale).collect() }
}

fn related<'a>(label: &'a Label, sources: &'a Sources, masks: &Masks) -> Related<'a> {
    Related {
        message: masks.message(&label.message),
        path: sources.name(label.span.file),
        range: range(sources, label.span),
    }
}

fn range(sources: &Sources, span: Span) -> Range {
    let place = |offset| {
        let source = sources.get(span.file);
        let position = source
            .map_or(Position { line: 1, column: 1, utf16_column: 1, offset: 0 }, |source| source.position(offset));
        Place { line: position.line, column: position.column, offset: position.offset }
    };
    Range { start: place(span.start), end: place(span.end) }
}
