//! reviewdog's diagnostic format, in JSON.
//!
//! Source: reviewdog/reviewdog, `proto/rdf/reviewdog.proto`. Columns are counted from 1 in bytes of UTF-8, and an end is just behind the
//! last one.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::inert::JsonWriter;
use crate::lint::{Diagnostic, Label};
use crate::model::Severity;
use crate::rules;
use crate::source::{Source, Span};

#[derive(Serialize)]
struct DiagnosticResult<'a> {
    source: Tool,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: String,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: Cow<'a, str>,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let result = DiagnosticResult {
        source: Tool { name: "ecs-lint", url: Some(env!("CARGO_PKG_REPOSITORY")).filter(|url| !url.is_empty()) },
        diagnostics: report.outcome.diagnostics.iter().map(|diagnostic| finding(report, diagnostic)).collect(),
    };
    serde_json::to_writer_pretty(JsonWriter(out), &result)?;
    writeln!(out)
}

fn finding<'a>(report: &Report<'a>, diagnostic: &'a Diagnostic) -> Finding<'a> {
    let related = |label: &'a Label| Related {
        message: report.masks.line(&label.message),
        location: location(report, label.span),
    };
    Finding {
        message: report.words(diagnostic),
        location: location(report, diagnostic.primary.span),
        severity: match diagnostic.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "INFO",
        },
        code: Code {
            value: diagnostic.rule,
            url: rules::find(diagnostic.rule).and_then(|rule| rule.page().references.first().map(String::as_str)),
        },
        related_locations: diagnostic.secondary.iter().map(related).collect(),
    }
}

fn location<'a>(report: &Report<'a>, span: Span) -> Location<'a> {
    let (start, end) = report.range(span);
    let source = report.outcome.sources.get(span.file);
    let place = |line, offset| Place { line, column: source.map_or(1, |source| byte_column(source, offset)) };
    Location {
        path: report.path_in_repository(span.file),
        range: Range { start: place(start.line, start.offset), end: place(end.line, end.offset) },
    }
}

fn byte_column(source: &Source, offset: u32) -> u32 {
    let before = source.text().as_bytes().get(..offset as usize).unwrap_or_default();
    let line_start = memchr::memrchr(b'\n', before).map_or(source.body_start() as usize, |at| at + 1);
    u32::try_from(before.len().saturating_sub(line_start)).unwrap_or(u32::MAX).saturating_add(1)
}
