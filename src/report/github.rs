//! Workflow commands, of which GitHub Actions makes annotations on the files of a pull request.
//!
//! Source: GitHub Docs, "Workflow commands for GitHub Actions"; the escapes are those of actions/toolkit, `packages/core/src/command.ts`.

use std::io::{self, Write};

use super::Report;
use super::mask::escaped;
use crate::model::Severity;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in &report.outcome.diagnostics {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let span = diagnostic.primary.span;
        let (start, end) = report.range(span);
        let file = property(&escaped(&report.path_in_repository(span.file)));
        write!(out, "::{command} file={file},line={},endLine={}", start.line, end.line)?;
        // Annotations of several lines must not have columns.
        if start.line == end.line {
            write!(out, ",col={},endColumn={}", start.column, end.column)?;
        }
        writeln!(out, ",title=ecs-lint%3A {}::{}", diagnostic.rule, data(&report.words(diagnostic)))?;
    }
    Ok(())
}

/// What follows `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value between `=` and `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_the_toolkit() {
        assert_eq!(data("100%\r\n::error::a,b"), "100%25%0D%0A::error::a,b");
        assert_eq!(property("a%3A,b:c\n"), "a%253A%2Cb%3Ac%0A");
    }
}
