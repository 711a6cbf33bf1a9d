//! Checkstyle's XML, which many tools that show findings of linters can read.
//!
//! Source: checkstyle/checkstyle, `XMLLogger`: severities `info`, `warning` and `error`.

use std::io::{self, Write};

use super::Report;
use super::mask::escaped;
use super::xml::{allowed, document};
use crate::lint::Diagnostic;
use crate::model::Severity;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = document(out)?;
    let diagnostics = &report.outcome.diagnostics;
    let by_file = diagnostics.chunk_by(|one, other| one.primary.span.file == other.primary.span.file);
    writer.create_element("checkstyle").with_attribute(("version", "4.3")).write_inner_content(|writer| {
        for findings in by_file {
            let Some(first) = findings.first() else { continue };
            let name = report.path_in_repository(first.primary.span.file);
            let name = escaped(&name);
            writer.create_element("file").with_attribute(("name", allowed(&name).as_ref())).write_inner_content(
                |writer| findings.iter().try_for_each(|diagnostic| write_error(report, diagnostic, writer)),
            )?;
        }
        Ok(())
    })?;
    writeln!(writer.into_inner())
}

fn write_error(
    report: &Report,
    diagnostic: &Diagnostic,
    writer: &mut quick_xml::Writer<&mut dyn Write>,
) -> io::Result<()> {
    let (start, _) = report.range(diagnostic.primary.span);
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    };
    writer
        .create_element("error")
        .with_attribute(("line", start.line.to_string().as_str()))
        .with_attribute(("column", start.column.to_string().as_str()))
        .with_attribute(("severity", severity))
        .with_attribute(("message", allowed(&report.line(diagnostic)).as_ref()))
        .with_attribute(("source", format!("ecs-lint.{}", diagnostic.rule).as_str()))
        .write_empty()?;
    Ok(())
}
