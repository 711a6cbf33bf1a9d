//! Takes out of the findings what is suppressed, and looks at the suppressions themselves.

use std::collections::HashSet;
use std::sync::Arc;

use super::{ConfiguredSuppression, Diagnostic, Settings, Sources};
use crate::model::{Coverage, Date, Problem, ProblemKind, Suppression};
use crate::rules::{self, INPUT_FAILURES, On, SuppressionReview, Usage};
use crate::source::{FileId, Span};

/// A finding that is not to be reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub diagnostic: Arc<Diagnostic>,
    /// What suppresses it.
    pub by: SuppressedBy,
    /// Why, as whoever suppressed it says.
    pub justification: Option<String>,
    /// Where the suppression is written, unless it is a baseline.
    pub place: Option<Span>,
}

/// What suppresses a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    /// A comment or metadata in the file itself.
    Source,
    /// An entry of the configuration.
    Configuration,
    /// An entry of the baseline.
    Baseline,
}

/// One rule that a suppression names.
struct Candidate<'a> {
    rule: &'a str,
    span: Span,
    whole: Span,
    scope: Scope<'a>,
    reason: Option<&'a str>,
    expired: Option<Date>,
    is_first: bool,
    is_used: bool,
}

#[derive(Clone, Copy)]
enum Scope<'a> {
    Source(&'a Coverage),
    Configuration(&'a ConfiguredSuppression),
}

/// The suppressions of a run.
pub(super) struct Suppressions<'a> {
    candidates: Vec<Candidate<'a>>,
    settings: &'a Settings,
    sources: &'a Sources,
    failed: HashSet<FileId>,
    /// Names of rules that there are not, for diagnostics.
    pub(super) problems: Vec<Problem>,
}

impl<'a> Suppressions<'a> {
    /// Those of the files and those of the settings.
    pub(super) fn new(
        in_files: impl IntoIterator<Item = &'a Suppression>,
        settings: &'a Settings,
        sources: &'a Sources,
    ) -> Self {
        let mut all = Self { candidates: Vec::new(), settings, sources, failed: HashSet::new(), problems: Vec::new() };
        for suppression in in_files {
            let Suppression { rules, reason, expires, span, covers } = suppression;
            let names = rules.iter().map(|(name, span)| (name.as_str(), *span));
            all.add(names, *span, Scope::Source(covers), reason.as_deref(), *expires);
        }
        for entry in &settings.suppressions {
            let reason = entry.reason.as_ref().map(|(reason, _)| reason.as_str());
            let expires = entry.expires.map(|(day, _)| day);
            all.add([entry.rule].into_iter(), entry.rule.1, Scope::Configuration(entry), reason, expires);
        }
        all
    }

    fn add(
        &mut self,
        rules: impl Iterator<Item = (&'a str, Span)>,
        whole: Span,
        scope: Scope<'a>,
        reason: Option<&'a str>,
        expires: Option<Date>,
    ) {
        let over = expires.filter(|date| self.settings.today.is_some_and(|today| *date < today));
        let mut is_first = true;
        for (rule, span) in rules {
            if rules::find(rule).is_none() {
                let kind = ProblemKind::Suppression { message: no_such_rule(rule), help: near(rule) };
                self.problems.push(Problem { kind, span });
                continue;
            }
            self.candidates.push(Candidate {
                rule,
                span,
                whole,
                scope,
                reason,
                expired: over,
                is_first,
                is_used: false,
            });
            is_first = false;
        }
    }

    /// Parts the findings into those to report and those that are suppressed.
    pub(super) fn part(
        &mut self,
        diagnostics: Vec<Arc<Diagnostic>>,
        suppressed: &mut Vec<Suppressed>,
    ) -> Vec<Arc<Diagnostic>> {
        if self.candidates.is_empty() {
            return diagnostics;
        }
        let failures = diagnostics.iter().filter(|diagnostic| INPUT_FAILURES.contains(&diagnostic.rule));
        self.failed.extend(failures.map(|diagnostic| diagnostic.primary.span.file));
        let mut reported = Vec::with_capacity(diagnostics.len());
        for diagnostic in diagnostics {
            match self.find(&diagnostic) {
                None => reported.push(diagnostic),
                Some((by, justification, place)) => {
                    suppressed.push(Suppressed { diagnostic, by, justification, place: Some(place) });
                }
            }
        }
        reported
    }

    /// What suppresses the finding. All that cover it have a use, the first of them is told.
    fn find(&mut self, diagnostic: &Diagnostic) -> Option<(SuppressedBy, Option<String>, Span)> {
        let mut found = None;
        let (sources, settings) = (self.sources, self.settings);
        for candidate in self.candidates.iter_mut().filter(|candidate| candidate.rule == diagnostic.rule) {
            if !candidate.covers(diagnostic, sources, settings) {
                continue;
            }
            candidate.is_used = true;
            if candidate.expired.is_none() && found.is_none() {
                let by = match candidate.scope {
                    Scope::Source(_) => SuppressedBy::Source,
                    Scope::Configuration(_) => SuppressedBy::Configuration,
                };
                found = Some((by, candidate.reason.map(str::to_owned), candidate.whole));
            }
        }
        found
    }

    /// What is known of each rule that a suppression names; of those about suppressions only (`about_suppressions`), or of
    /// all others.
    pub(super) fn reviews(&self, about_suppressions: bool) -> Vec<SuppressionReview<'a>> {
        let wanted =
            self.candidates.iter().filter(|candidate| is_about_suppressions(candidate.rule) == about_suppressions);
        let wanted = wanted.filter(|candidate| self.is_of_this_run(candidate));
        let review = |candidate: &Candidate<'a>| SuppressionReview {
            rule: candidate.rule,
            span: candidate.span,
            whole: candidate.whole,
            lacks_reason: candidate.is_first && candidate.reason.is_none_or(|reason| reason.trim().is_empty()),
            expired: candidate.expired,
            usage: match candidate.is_used {
                true => Usage::Used,
                false if self.is_judged(candidate) => Usage::Unused,
                false => Usage::NotKnown,
            },
        };
        wanted.map(review).collect()
    }

    /// Whether it is for a file of this run; an entry of the settings for others is not this run's affair.
    fn is_of_this_run(&self, candidate: &Candidate<'_>) -> bool {
        let Scope::Configuration(entry) = candidate.scope else { return true };
        let concerns = |name: &str| entry.concerns(self.settings.root.relative(name).as_deref());
        self.settings.is_whole || self.sources.iter().any(|source| concerns(source.name()))
    }

    /// Whether the rule was run on everything that the suppression concerns.
    fn is_judged(&self, candidate: &Candidate<'_>) -> bool {
        let is_run =
            |file: FileId| !self.failed.contains(&file) && self.settings.runs(candidate.rule, self.sources.name(file));
        match candidate.scope {
            Scope::Source(_) => is_run(candidate.span.file),
            Scope::Configuration(entry) => {
                let concerns = |name: &str| entry.concerns(self.settings.root.relative(name).as_deref());
                let mut files = self.sources.iter().filter(|source| concerns(source.name())).peekable();
                let is_complete = self.settings.is_whole || entry.concerns_one_file && files.peek().is_some();
                is_complete && files.all(|file| is_run(file.id()))
            }
        }
    }
}

impl Candidate<'_> {
    fn covers(&self, diagnostic: &Diagnostic, sources: &Sources, settings: &Settings) -> bool {
        let place = diagnostic.primary.span;
        match self.scope {
            Scope::Source(coverage) => {
                self.span.file == place.file && coverage.covers(diagnostic.resource.as_deref(), place)
            }
            Scope::Configuration(entry) => {
                entry.covers(settings.root.relative(sources.name(place.file)).as_deref(), diagnostic)
            }
        }
    }
}

fn is_about_suppressions(rule: &str) -> bool {
    rules::find(rule).is_some_and(|rule| matches!(rule.on, On::Suppression(_)))
}

fn no_such_rule(name: &str) -> String {
    match name {
        "*" | "all" | "ALL" => format!("`{name}` is no rule, and each rule that is suppressed must be named"),
        _ => format!("there is no rule `{name}`"),
    }
}

fn near(name: &str) -> String {
    match rules::nearest(name).first() {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`ecs-lint rules` lists them".to_owned(),
    }
}
