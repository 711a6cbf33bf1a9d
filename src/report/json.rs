//! JSON for scripts. The shape is documented in the README; [`SCHEMA_VERSION`] changes when a
//! script that relies on it could break, and not when something is added.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::mask::Masks;
use crate::lint::{Diagnostic, Label, Outcome, Sources};
use crate::source::{Position, Span};

const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    diagnostics: Vec<Finding<'a>>,
    summary: Counts,
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
}

pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let masks = Masks::new(outcome);
    let summary = outcome.summary;
    let document = Document {
        schema_version: SCHEMA_VERSION,
        diagnostics: outcome
            .diagnostics
            .iter()
            .map(|diagnostic| finding(diagnostic, &outcome.sources, &masks))
            .collect(),
        summary: Counts {
            files_seen: summary.files_seen,
            files_recognised: summary.files_recognised,
            errors: summary.errors,
            warnings: summary.warnings,
            notes: summary.notes,
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
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
    }
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
