//! What a run has to say, in one file per output format.
//!
//! Two things hold for all of them. Bytes of [`Outcome::secrets`] are never written: not as source
//! text, not in a message. And what a file can put into a name, a message or an excerpt cannot
//! steer a terminal: the formats for people escape control and bidirectional characters, the
//! formats for programs are JSON, which has its own escapes.

mod concise;
mod excerpt;
mod json;
mod mask;
mod sarif;
mod text;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::lint::Outcome;

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: every place with an excerpt of its source.
    #[default]
    Text,
    /// One line a finding: `path:line:col: severity[rule] message`.
    Concise,
    /// For scripts: one JSON document, described in the README and versioned.
    Json,
    /// For code-scanning services: SARIF 2.1.0.
    Sarif,
}

impl Format {
    /// All formats, the default first.
    pub const ALL: [Self; 4] = [Self::Text, Self::Concise, Self::Json, Self::Sarif];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
        }
    }
}

pub use crate::rules::INPUT_FAILURES;

/// Writes `outcome` in `format`, and nothing else. `color` concerns the text format only.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(format: Format, outcome: &Outcome, color: bool, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(outcome, color, out),
        Format::Concise => concise::write(outcome, out),
        Format::Json => json::write(outcome, out),
        Format::Sarif => sarif::write(outcome, out),
    }
}
