//! What a run has to say, in one file per output format.
//!
//! Two things hold for all of them. Bytes of [`Outcome::secrets`] are never written: not as source
//! text, not in a message; those of [`Outcome::doubtful`] not as source text. And what a file can put into a name, a message or
//! an excerpt steers nothing: no terminal, no log of a CI service, no markup. The formats for people escape control and
//! bidirectional characters; JSON and XML have escapes of their own, or have none and then get those for people.

mod checkstyle;
mod concise;
mod excerpt;
mod github;
mod gitlab;
mod inert;
mod json;
mod junit;
mod markdown;
mod mask;
mod rdjson;
mod repetition;
mod sarif;
mod text;
mod xml;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use rayon::ThreadPool;

pub(crate) use inert::{commanding_nothing, inert_json};
pub(crate) use mask::{Masks, escaped};

use crate::lint::{Diagnostic, Outcome, Suppressed, SuppressedBy};
use crate::model::Severity;
use crate::paths::Root;
use crate::source::{FileId, Position, Source, Span};

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
    /// For scripts: a JSON object a line, one for each finding and a last one with the counts.
    Jsonl,
    /// For code-scanning services: SARIF 2.1.0.
    Sarif,
    /// Workflow commands, of which GitHub Actions makes annotations.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// A report of tests, for CI services that show those: `JUnit`'s XML.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
    /// reviewdog's diagnostic format.
    Rdjson,
    /// A summary for a pull request.
    Markdown,
}

impl Format {
    /// All formats, the default first.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Concise,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Checkstyle,
        Self::Rdjson,
        Self::Markdown,
    ];

    /// Whether it has the fixes of findings.
    #[must_use]
    pub fn shows_fixes(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl | Self::Sarif)
    }

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Checkstyle => "checkstyle",
            Self::Rdjson => "rdjson",
            Self::Markdown => "markdown",
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
    /// Text, concise and the formats in JSON too.
    Every,
    /// None.
    No,
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

/// The name of standard input, unless it is given one: that of no file.
pub const STANDARD_INPUT: &str = "<stdin>";

/// What some formats tell of a run beside its outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunDetails {
    /// The least severity that fails the run, if any does: to `JUnit`, what is below is no failure.
    pub fails_at: Option<Severity>,
    /// The status with which the process will end, for SARIF.
    pub exit_status: Option<u8>,
    /// What tells several analyses of one commit apart, for SARIF: `automationDetails.id`, without a slash behind it.
    pub category: Option<String>,
    /// The working directory, absolute, with `/` between its parts: a file below it is told from there, even where it was named from the
    /// root.
    pub directory: Option<String>,
    /// The top of the git work tree that the working directory is in, if it is in one: services that know the repository look a file up
    /// by its path below that.
    pub work_tree: Option<String>,
}

/// What a format left out because its reader takes no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omission {
    shown: usize,
    of: usize,
    why: String,
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "only the {} gravest of {} findings are in it: {}", self.shown, self.of, self.why)
    }
}

/// An outcome, ready to be written in any number of formats.
pub struct Report<'o> {
    outcome: &'o Outcome,
    masks: Masks<'o>,
    details: RunDetails,
    /// Where services that know the repository start to look files up.
    root: Option<Root>,
    /// What renders many findings, if there are threads for it.
    pool: Option<&'o ThreadPool>,
}

impl<'o> Report<'o> {
    /// Looks once for what must not be shown.
    #[must_use]
    pub fn new(outcome: &'o Outcome, details: RunDetails) -> Self {
        let root = details.directory.as_deref().map(|directory| {
            let top = details.work_tree.as_deref().unwrap_or(directory);
            Root::new(Path::new(directory), Path::new(top))
        });
        Self { outcome, masks: Masks::new(outcome), details, root, pool: None }
    }

    /// Lets these threads render what takes long to.
    #[must_use]
    pub fn written_by(self, pool: &'o ThreadPool) -> Self {
        Self { pool: Some(pool), ..self }
    }

    /// Writes the outcome in `format`, and nothing else; tells what was left out for want of room at the reader's.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, format: Format, view: View, out: &mut dyn Write) -> io::Result<Option<Omission>> {
        match format {
            Format::Text => text::write(self, view, out)?,
            Format::Concise => concise::write(self.outcome, &self.masks, view, out)?,
            Format::Json => json::write(self.outcome, &self.masks, view, out)?,
            Format::Jsonl => json::write_lines(self.outcome, &self.masks, view, out)?,
            Format::Sarif => return sarif::write(self, view, out),
            Format::Github => github::write(self, out)?,
            Format::Gitlab => gitlab::write(self, out)?,
            Format::Junit => junit::write(self, out)?,
            Format::Checkstyle => checkstyle::write(self, out)?,
            Format::Rdjson => rdjson::write(self, out)?,
            Format::Markdown => return markdown::write(self, out),
        }
        Ok(None)
    }

    /// The text of a file with `*` for what may be a credential; its lines are those of the file.
    #[must_use]
    pub fn masked(&self, source: &Source) -> String {
        excerpt::masked(source.text(), 0, &self.masks.of_file(source.id()))
    }

    /// The name of a file for services that look it up in the repository: from the top of the work tree, or from the working directory
    /// where there is none.
    fn path_in_repository(&self, file: FileId) -> Cow<'o, str> {
        let name = self.outcome.sources.name(file);
        match &self.root {
            Some(root) if name != STANDARD_INPUT => root.path_to(name).into(),
            _ => name.into(),
        }
    }

    /// The name of a file as it was named, without the working directory.
    fn path(&self, file: FileId) -> &'o str {
        let name = self.outcome.sources.name(file);
        let directory = self.details.directory.as_deref().map(|directory| directory.trim_end_matches('/'));
        let below = directory.and_then(|directory| name.strip_prefix(directory)?.strip_prefix('/'));
        below.filter(|below| !below.is_empty()).unwrap_or(name)
    }

    /// What is wrong, in one line, and what brought it where that is known.
    fn line(&self, diagnostic: &Diagnostic) -> String {
        line(&self.masks, diagnostic)
    }

    /// Where a span begins and ends; the beginning of the file where its text is not known.
    fn range(&self, span: Span) -> (Position, Position) {
        let start = Position { line: 1, column: 1, utf16_column: 1, offset: 0 };
        self.outcome
            .sources
            .get(span.file)
            .map_or((start, start), |source| (source.position(span.start), source.position(span.end.max(span.start))))
    }

    /// All that is said of a finding, in lines that are safe to show: its message, its notes, its help.
    fn words(&self, diagnostic: &Diagnostic) -> String {
        let mut words = self.masks.line(&diagnostic.message);
        for note in &diagnostic.notes {
            words.push('\n');
            words.push_str(&self.masks.lines(note));
        }
        if let Some(help) = &diagnostic.help {
            words.push_str("\nhelp: ");
            words.push_str(&self.masks.lines(help));
        }
        words
    }
}

/// How `--diff` begins the note on what brought a finding whose own lines did not change.
const NEW_SINCE: &str = "new since ";

/// The note on what brought a finding whose own lines did not change: formats without notes have it all the same, or nobody could tell why
/// it is reported.
fn new_since(diagnostic: &Diagnostic) -> Option<&str> {
    diagnostic.notes.iter().map(String::as_str).find(|note| note.starts_with(NEW_SINCE))
}

/// What is wrong, in one line, and what brought it where that is known.
fn line(masks: &Masks, diagnostic: &Diagnostic) -> String {
    let message = masks.line(&diagnostic.message);
    match new_since(diagnostic) {
        Some(note) => format!("{message} ({})", masks.line(note)),
        None => message,
    }
}

/// The findings that are worth most to a reader who takes only so many, in their own order.
fn gravest(diagnostics: &[Arc<Diagnostic>], most: usize) -> Vec<&Diagnostic> {
    let mut chosen: Vec<(usize, &Diagnostic)> = diagnostics.iter().map(Arc::as_ref).enumerate().collect();
    if chosen.len() > most {
        chosen.sort_by_key(|(at, diagnostic)| (std::cmp::Reverse(diagnostic.severity), *at));
        chosen.truncate(most);
        chosen.sort_by_key(|(at, _)| *at);
    }
    chosen.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}
