//! What must never be shown: credentials that no finding speaks of, on lines that an excerpt may show.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use rayon::prelude::*;

use super::{Diagnostic, Sources};
use crate::model::{Case, Deployment, Document, Part, Text, holds_credentials, names_a_credential};
use crate::source::{FileId, Source, Span};
use crate::userdata::{unknown_words, unknown_words_of_broken, visible_credentials};

/// The rule whose message names a placeholder.
const UNRESOLVED: &str = "unresolved-template";

/// Places of a document where a reference to a secret is due and the secret itself stands.
pub fn in_references(document: &Document, secrets: &mut Vec<Span>) {
    let uses = document.tasks.iter().flat_map(|task| task.secret_uses().map(|(_, secret)| secret));
    for secret in uses {
        for (text, case) in secret.value.known() {
            if holds_credentials(text) || is_no_name(text) {
                secrets.extend(places(text, case));
            }
        }
    }
}

/// Whether the text has characters that neither an ARN nor the name of a secret or parameter has. Source: Secrets Manager API, `CreateSecret`.
fn is_no_name(text: &Text) -> bool {
    let in_a_name = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-!:".contains(c);
    text.known()
        .is_some_and(|known| !known.starts_with("arn:") && !known.contains("${") && !known.chars().all(in_a_name))
}

fn places<'t>(text: &'t Text, case: &'t Case<Text>) -> impl Iterator<Item = Span> + 't {
    let pieces = text.parts().iter().filter_map(|part| match part {
        Part::Literal(piece) => Some(piece.span(0..piece.as_str().len())),
        Part::Hole(_) | Part::Base64(..) => None,
    });
    pieces.chain(case.origin)
}

/// Values of parameters that by their names are credentials: a template that hides them need not be part of the run.
pub fn in_parameters(deployment: &Deployment) -> impl Iterator<Item = Span> {
    // What only names a secret may be shown.
    let values = deployment.parameters.iter().filter(|(name, value)| {
        names_a_credential(name) && !value.as_str().starts_with("arn:") && !value.as_str().contains('/')
    });
    values.map(|(_, value)| value.span(0..value.as_str().len()))
}

/// What looks like a credential in the files that excerpts are taken from.
pub fn in_excerpts(sources: &Sources, shown: &BTreeSet<FileId>, secrets: &mut Vec<Span>) {
    let shown = shown.par_iter().filter_map(|file| sources.get(*file));
    secrets.par_extend(shown.flat_map_iter(visible_secrets));
}

/// What looks like a credential in a text.
#[must_use]
pub fn visible_secrets(source: &Source) -> Vec<Span> {
    let visible = source.visible_credentials(visible_credentials);
    visible.iter().map(|range| span_of(source, range.clone())).collect()
}

/// The words that excerpts do not show, because they may be credentials that nobody found: in launch scripts, and in files that
/// could not be read, where nothing tells what is one. `scripts` are sorted.
pub fn doubtful_words(
    sources: &Sources,
    shown: &BTreeSet<FileId>,
    diagnostics: &[&Diagnostic],
    scripts: &[Span],
) -> Vec<Span> {
    let is_broken = |found: &&&Diagnostic| matches!(found.rule, "syntax-error" | UNRESOLVED);
    let broken: HashSet<FileId> = diagnostics.iter().filter(is_broken).map(|found| found.primary.span.file).collect();
    let of_source = |source: &Source| {
        let begin = scripts.partition_point(|script| script.file < source.id());
        let scripts = scripts.iter().skip(begin).take_while(|script| script.file == source.id());
        let mut ranges: Vec<Range<usize>> =
            scripts.flat_map(|script| unknown_words(source.text(), script.range())).collect();
        if broken.contains(&source.id()) {
            ranges.extend(unknown_words_of_broken(source.text()));
        }
        ranges.into_iter().map(|range| span_of(source, range)).collect::<Vec<Span>>()
    };
    let shown = shown.par_iter().filter_map(|file| sources.get(*file));
    let mut words: Vec<Span> = shown.flat_map_iter(of_source).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Placeholders that messages name, in files that could not be read, and that may be a part of a credential as well.
pub fn in_placeholders(diagnostics: &[&Diagnostic], doubtful: &[Span], secrets: &mut Vec<Span>) {
    for found in diagnostics.iter().filter(|found| found.rule == UNRESOLVED) {
        let span = found.primary.span;
        let meets = |word: &Span| word.file == span.file && word.start < span.end && span.start < word.end;
        if doubtful.iter().any(meets) {
            secrets.push(span);
        }
    }
}

/// The files that excerpts are taken from.
pub fn shown_files(diagnostics: &[&Diagnostic]) -> BTreeSet<FileId> {
    let labels =
        diagnostics.iter().flat_map(|diagnostic| std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary));
    let mut files = BTreeSet::new();
    let mut last = None;
    for file in labels.map(|label| label.span.file) {
        if last != Some(file) {
            files.insert(file);
            last = Some(file);
        }
    }
    files
}

fn span_of(source: &Source, range: Range<usize>) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(source.id(), offset(range.start), offset(range.end))
}
