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

pub(crate) use mask::{Masks, escaped};

use crate::lint::{Outcome, Suppressed, SuppressedBy};

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

/// What is to be shown beside the findings, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Whether the text format is coloured.
    pub color: bool,
    /// Which formats show suppressed findings.
    pub suppressed: SuppressedIn,
}

/// Which formats show suppressed findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SuppressedIn {
    /// SARIF alone, which marks them as such.
    #[default]
    Sarif,
    /// All of them.
    Every,
    /// None.
    No,
}

/// Writes `outcome` in `format`, and nothing else.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(format: Format, outcome: &Outcome, view: View, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(outcome, view, out),
        Format::Concise => concise::write(outcome, view, out),
        Format::Json => json::write(outcome, view, out),
        Format::Sarif => sarif::write(outcome, view, out),
    }
}

/// The suppressed findings that a format shows only if it is told to.
fn shown_suppressed(outcome: &Outcome, view: View) -> &[Suppressed] {
    if view.suppressed == SuppressedIn::Every { &outcome.suppressed } else { &[] }
}

/// What suppresses a finding, for people.
fn suppressed_by(by: SuppressedBy) -> &'static str {
    match by {
        SuppressedBy::Source => "in the file",
        SuppressedBy::Configuration => "by the configuration",
        SuppressedBy::Baseline => "by the baseline",
    }
}
