//! Putting together what is found in the files of a run.

use std::collections::HashSet;
use std::sync::Arc;

use super::check::{File, Found, rules_for};
use super::settings::Settings;
use super::suppress::Suppressions;
use super::{Diagnostic, Outcome, Sources, Summary, Suppressed, secrets};
use crate::model::{Problem, Suppression};
use crate::rules::{Finding, On, SuppressionReview};
use crate::source::{FileId, Source, Span};

/// What the run says that looked at these files, by the settings that each was checked by; the file with id `n` must be at index `n`.
#[must_use]
pub fn conclude<'f>(files: impl IntoIterator<Item = &'f File>, settings: &Settings) -> Outcome {
    let files: Vec<&File> = files.into_iter().collect();
    let sources = files.iter().map(|file| Arc::clone(&file.source)).collect();
    let sources = Sources::shared(sources).with_settings(settings.files.clone());
    let mut run = Run { settings, sources: &sources, diagnostics: Vec::new(), secrets: Vec::new() };
    run.secrets.extend(secrets::in_parameters(&settings.deployment));
    let mut scripts = Vec::new();
    let found = || files.iter().map(|file| &file.found);
    for Found { diagnostics, secrets, scripts: of_file, .. } in found() {
        run.diagnostics.extend_from_slice(diagnostics);
        run.secrets.extend_from_slice(secrets);
        scripts.extend_from_slice(of_file);
    }
    let suppressed = run.suppress(found().flat_map(|found| &found.suppressions));
    run.sort();
    let Run { diagnostics, secrets, .. } = run;
    let with_findings: HashSet<FileId> = diagnostics.iter().map(|diagnostic| diagnostic.primary.span.file).collect();
    let resources = files.iter().filter(|file| with_findings.contains(&file.source.id()));
    let resources = resources.map(|file| Arc::clone(&file.found.resources)).collect();
    let summary = Summary {
        files_seen: files.len(),
        files_recognised: files.iter().filter(|file| file.is_recognised).count(),
        ..Summary::default()
    };
    let outcome = Outcome { diagnostics, suppressed, secrets, resources, summary, ..Outcome::default() };
    finish(outcome, scripts, sources, settings.shows_whole_files)
}

struct Run<'s> {
    settings: &'s Settings,
    sources: &'s Sources,
    diagnostics: Vec<Arc<Diagnostic>>,
    secrets: Vec<Span>,
}

impl<'s> Run<'s> {
    /// Takes out what is suppressed and adds what is to be said of the suppressions.
    fn suppress<'a>(&mut self, in_files: impl IntoIterator<Item = &'a Suppression>) -> Vec<Suppressed>
    where
        's: 'a,
    {
        let mut suppressions = Suppressions::new(in_files, self.settings, self.sources);
        self.problems(&suppressions.problems);
        let mut suppressed = Vec::new();
        self.sort();
        self.diagnostics = suppressions.part(std::mem::take(&mut self.diagnostics), &mut suppressed);
        // What is said of a suppression can be suppressed in turn, but what is said of such a one cannot.
        let reported = std::mem::take(&mut self.diagnostics);
        self.review(&suppressions.reviews(false));
        self.diagnostics = suppressions.part(std::mem::take(&mut self.diagnostics), &mut suppressed);
        self.review(&suppressions.reviews(true));
        self.diagnostics.extend(reported);
        suppressed
    }

    fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            self.add(problem.span, &|on| match on {
                On::Problem(check) => check(problem),
                _ => None,
            });
        }
    }

    fn review(&mut self, reviews: &[SuppressionReview<'_>]) {
        for review in reviews {
            self.add(review.span, &|on| match on {
                On::Suppression(check) => check(*review),
                _ => None,
            });
        }
    }

    /// Adds what the rules that run on the file of `place` find by `check`.
    fn add(&mut self, place: Span, check: &dyn Fn(On) -> Option<Finding>) {
        let mut found = Found::default();
        for (rule, grade) in rules_for(self.sources.name(place.file), self.settings) {
            if let Some(finding) = check(rule.on) {
                found.push((rule, grade), finding, None, None, None);
            }
        }
        self.diagnostics.append(&mut found.diagnostics);
        self.secrets.append(&mut found.secrets);
    }

    fn sort(&mut self) {
        sort(&mut self.diagnostics);
    }
}

/// Sorts by place, then gravity, then rule, and keeps one diagnostic for a rule at a place.
pub(super) fn sort(diagnostics: &mut Vec<Arc<Diagnostic>>) {
    diagnostics.sort_by(|one, other| in_order(one, other));
    let (mut place, mut rules) = (None, Vec::new());
    diagnostics.retain(|diagnostic| {
        if place != Some(diagnostic.primary.span) {
            place = Some(diagnostic.primary.span);
            rules.clear();
        }
        let is_new = !rules.contains(&diagnostic.rule);
        rules.push(diagnostic.rule);
        is_new
    });
}

/// Puts in order what was found, and finds what excerpts must not show; `scripts` are the places of launch scripts.
/// Whoever shows whole files (`shows_all`) shows what no finding is in.
fn finish(mut outcome: Outcome, mut scripts: Vec<Span>, sources: Sources, shows_all: bool) -> Outcome {
    outcome.suppressed.sort_by(|one, other| in_order(&one.diagnostic, &other.diagnostic));
    let all: Vec<&Diagnostic> = outcome
        .diagnostics
        .iter()
        .chain(outcome.suppressed.iter().map(|one| &one.diagnostic))
        .map(Arc::as_ref)
        .collect();
    let mut shown = secrets::shown_files(&all);
    if shows_all {
        shown.extend(sources.iter().map(Source::id));
    }
    secrets::in_excerpts(&sources, &shown, &mut outcome.secrets);
    scripts.sort_unstable();
    scripts.dedup();
    outcome.doubtful = secrets::doubtful_words(&sources, &shown, &all, &scripts);
    secrets::in_placeholders(&all, &outcome.doubtful, &mut outcome.secrets);
    outcome.secrets.sort_unstable();
    outcome.secrets.dedup();
    outcome.sources = sources;
    outcome.count();
    outcome
}

/// By place, then gravity, then rule.
pub(super) fn in_order(one: &Diagnostic, other: &Diagnostic) -> std::cmp::Ordering {
    let key =
        |diagnostic: &Diagnostic| (diagnostic.primary.span, std::cmp::Reverse(diagnostic.severity), diagnostic.rule);
    key(one).cmp(&key(other))
}
