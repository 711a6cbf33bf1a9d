//! One line a finding, for editors and `grep`.

use std::io::{self, Write};

use super::inert::at_line_start;
use super::mask::{Masks, escaped};
use super::{View, line, shown_suppressed};
use crate::lint::Outcome;

pub(super) fn write(outcome: &Outcome, masks: &Masks, view: View, out: &mut dyn Write) -> io::Result<()> {
    let reported = outcome.diagnostics.iter().map(|diagnostic| ("", diagnostic));
    let suppressed = shown_suppressed(outcome, view).iter().map(|one| ("suppressed ", &one.diagnostic));
    for (mark, diagnostic) in reported.chain(suppressed) {
        let span = diagnostic.primary.span;
        let (row, column) = outcome.sources.get(span.file).map_or((1, 1), |source| {
            let position = source.position(span.start);
            (position.line, position.column)
        });
        writeln!(
            out,
            "{}:{row}:{column}: {mark}{}[{}] {}",
            escaped(&at_line_start(outcome.sources.name(span.file))),
            diagnostic.severity,
            diagnostic.rule,
            line(masks, diagnostic)
        )?;
    }
    Ok(())
}
