//! One line a finding, for editors and `grep`.

use std::io::{self, Write};

use super::mask::{Masks, escaped};
use crate::lint::Outcome;

pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let masks = Masks::new(outcome);
    for diagnostic in &outcome.diagnostics {
        let span = diagnostic.primary.span;
        let (line, column) = outcome.sources.get(span.file).map_or((1, 1), |source| {
            let position = source.position(span.start);
            (position.line, position.column)
        });
        writeln!(
            out,
            "{}:{line}:{column}: {}[{}] {}",
            escaped(outcome.sources.name(span.file)),
            diagnostic.severity,
            diagnostic.rule,
            masks.line(&diagnostic.message)
        )?;
    }
    Ok(())
}
