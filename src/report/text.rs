//! For people: every finding with excerpts of all the places that decided it.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{Diagnostic as Rendered, Label as RenderedLabel, Severity as RenderedSeverity};
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::termcolor::{Ansi, NoColor, WriteColor};
use codespan_reporting::term::{self, Config};
use rayon::prelude::*;

use super::excerpt::{Excerpt, LINES_AFTER_START};
use super::mask::{Masks, escaped};
use super::{Report, View, shown_suppressed, suppressed_by};
use crate::lint::{Diagnostic, Label, Sources, Suppressed, SuppressedBy};
use crate::model::Severity;
use crate::source::{FileId, Source};

/// So many findings are rendered before any of them is written,
const AT_ONCE: usize = 4096;
/// and so many of them by one thread, one after the other.
const BY_ONE: usize = 16;

pub(super) fn write(report: &Report, view: View, out: &mut dyn Write) -> io::Result<()> {
    let reported = report.outcome.diagnostics.iter().map(|diagnostic| (&**diagnostic, None));
    let suppressed = shown_suppressed(report.outcome, view).iter().map(|one| (&*one.diagnostic, Some(one)));
    let findings: Vec<Finding> = reported.chain(suppressed).collect();
    for findings in findings.chunks(AT_ONCE) {
        let render = |findings: &[Finding]| rendered(findings, report, view);
        match report.pool {
            Some(pool) if findings.len() > BY_ONE => {
                let texts: Vec<io::Result<Vec<u8>>> =
                    pool.install(|| findings.par_chunks(BY_ONE).map(render).collect());
                texts.into_iter().try_for_each(|text| out.write_all(&text?))?;
            }
            _ => out.write_all(&render(findings)?)?,
        }
    }
    Ok(())
}

/// A finding, and what suppresses it.
type Finding<'o> = (&'o Diagnostic, Option<&'o Suppressed>);

fn rendered(findings: &[Finding], report: &Report, view: View) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if view.color {
        write_all(findings, report, &mut Ansi::new(&mut text))?;
    } else {
        write_all(findings, report, &mut NoColor::new(&mut text))?;
    }
    Ok(text)
}

fn write_all(findings: &[Finding], report: &Report, out: &mut dyn WriteColor) -> io::Result<()> {
    let config = Config { start_context_lines: LINES_AFTER_START, ..Config::default() };
    let masks = &report.masks;
    for (diagnostic, suppressed) in findings {
        let excerpts = Excerpts::new(diagnostic, &report.outcome.sources, masks);
        let mut rendered = render(diagnostic, &excerpts, masks);
        if let Some(suppressed) = suppressed {
            rendered.message.insert_str(0, "suppressed: ");
            rendered.notes.push(suppression(suppressed, masks));
        }
        term::emit_to_write_style(out, &config, &excerpts, &rendered).map_err(|error| match error {
            Error::Io(error) => error,
            other => io::Error::other(other),
        })?;
    }
    Ok(())
}

/// `suppressed in the file: reason`
fn suppression(suppressed: &Suppressed, masks: &Masks) -> String {
    let by = suppressed_by(suppressed.by);
    match &suppressed.justification {
        Some(reason) if suppressed.by != SuppressedBy::Baseline => format!("suppressed {by}: {}", masks.line(reason)),
        _ => format!("suppressed {by}"),
    }
}

fn render(diagnostic: &Diagnostic, excerpts: &Excerpts, masks: &Masks) -> Rendered<FileId> {
    let severity = match diagnostic.severity {
        Severity::Error => RenderedSeverity::Error,
        Severity::Warning => RenderedSeverity::Warning,
        Severity::Note => RenderedSeverity::Note,
    };
    let primary = std::iter::once((true, &diagnostic.primary));
    let secondary = diagnostic.secondary.iter().map(|label| (false, label));
    let labels = primary
        .chain(secondary)
        .filter_map(|(primary, label)| {
            let range = excerpts.shown(label.span.file)?.range_of(label);
            let rendered = if primary {
                RenderedLabel::primary(label.span.file, range)
            } else {
                RenderedLabel::secondary(label.span.file, range)
            };
            Some(rendered.with_message(masks.line(&label.message)))
        })
        .collect();
    let help = diagnostic.help.iter().map(|help| format!("help: {}", masks.lines(help)));
    let notes = diagnostic.notes.iter().map(|note| masks.lines(note)).chain(help).collect();
    Rendered::new(severity)
        .with_code(diagnostic.rule)
        .with_message(masks.line(&diagnostic.message))
        .with_labels(labels)
        .with_notes(notes)
}

/// The files of one diagnostic as the renderer sees them: the shown lines only, under their true
/// numbers.
struct Excerpts<'s>(Vec<Shown<'s>>);

struct Shown<'s> {
    source: &'s Source,
    excerpt: Excerpt,
}

impl Shown<'_> {
    fn range_of(&self, label: &Label) -> std::ops::Range<usize> {
        self.excerpt.range_of(self.source, label.span)
    }
}

impl<'s> Excerpts<'s> {
    fn new(diagnostic: &Diagnostic, sources: &'s Sources, masks: &Masks) -> Self {
        let labels = || std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        let mut files: Vec<FileId> = labels().map(|label| label.span.file).collect();
        files.sort_unstable();
        files.dedup();
        let shown = files.into_iter().filter_map(|file| {
            let source = sources.get(file)?;
            let spans: Vec<_> = labels().map(|label| label.span).filter(|span| span.file == file).collect();
            Some(Shown { source, excerpt: Excerpt::new(source, &spans, &masks.of_file(file)) })
        });
        Self(shown.collect())
    }

    fn shown(&self, file: FileId) -> Option<&Shown<'s>> {
        self.0.iter().find(|shown| shown.source.id() == file)
    }

    fn get(&self, file: FileId) -> Result<&Shown<'s>, Error> {
        self.shown(file).ok_or(Error::FileMissing)
    }
}

impl<'a> Files<'a> for Excerpts<'_> {
    type FileId = FileId;
    type Name = String;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<String, Error> {
        Ok(escaped(self.get(id)?.source.name()).into_owned())
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(self.get(id)?.excerpt.text())
    }

    fn line_index(&'a self, id: FileId, byte_index: usize) -> Result<usize, Error> {
        Ok(self.get(id)?.excerpt.line_index(byte_index))
    }

    fn line_number(&'a self, id: FileId, line_index: usize) -> Result<usize, Error> {
        Ok(self.get(id)?.excerpt.line_number(line_index))
    }

    fn column_number(&'a self, id: FileId, _line_index: usize, byte_index: usize) -> Result<usize, Error> {
        let shown = self.get(id)?;
        let offset = shown.excerpt.source_offset(byte_index);
        let position = shown.source.position(u32::try_from(offset).unwrap_or(u32::MAX));
        Ok(position.column as usize)
    }

    fn line_range(&'a self, id: FileId, line_index: usize) -> Result<std::ops::Range<usize>, Error> {
        self.get(id)?.excerpt.line_range(line_index).ok_or(Error::LineTooLarge { given: line_index, max: 0 })
    }
}
