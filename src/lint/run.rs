//! Running the rules.

use super::{Diagnostic, Outcome, Sources, Summary, secrets};
use crate::access::{self, Access};
use crate::link::Project;
use crate::lower::Lowered;
use crate::model::{Document, Problem, Severity, Task};
use crate::rules::{self, Context, Finding, On, Rule};
use crate::source::{Source, Span};

/// One input, read and lowered.
#[derive(Debug)]
pub struct Loaded {
    /// Its name, and its text where that concerns us.
    pub source: Source,
    /// What it says.
    pub lowered: Lowered,
}

/// Lints the inputs; the source with id `n` must be at index `n`.
#[must_use]
pub fn lint(loaded: Vec<Loaded>) -> Outcome {
    let files_seen = loaded.len();
    let mut sources = Vec::with_capacity(files_seen);
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    let mut files_recognised = 0;
    for Loaded { source, lowered } in loaded {
        files_recognised += usize::from(!lowered.documents.is_empty());
        documents.extend(lowered.documents);
        problems.extend(lowered.problems);
        sources.push(source);
    }
    let project = Project::new(documents);
    let mut run = Run::default();
    run.problems(&problems);
    for document in project.documents() {
        run.document(document);
    }
    run.finish(Sources::new(sources), Summary { files_seen, files_recognised, ..Summary::default() })
}

/// More labels than this tell no more.
const MOST_LABELS: usize = 8;

#[derive(Default)]
struct Run {
    diagnostics: Vec<Diagnostic>,
    secrets: Vec<Span>,
}

impl Run {
    fn document(&mut self, document: &Document) {
        let of_tasks: Vec<Vec<Access<'_>>> =
            document.tasks.iter().map(|task| access::of_task(document, task)).collect();
        let all = of_tasks.concat();
        let context = Context { document, access: &all };
        secrets::in_references(document, &mut self.secrets);
        self.problems(&document.problems);
        for rule in rules::all() {
            let mut findings = Vec::new();
            if let On::Document(check) = rule.on {
                check(context, &mut findings);
                self.add(rule, findings, context, None, None);
            }
        }
        for (task, access) in document.tasks.iter().zip(&of_tasks) {
            self.task(Context { document, access }, task);
        }
    }

    fn task(&mut self, context: Context<'_>, task: &Task) {
        for rule in rules::all() {
            let mut findings = Vec::new();
            match rule.on {
                On::Task(check) => {
                    check(context, task, &mut findings);
                    self.add(rule, findings, context, Some(task), None);
                }
                On::Container(check) => {
                    for container in &task.containers {
                        check(context, task, container, &mut findings);
                        self.add(rule, std::mem::take(&mut findings), context, Some(task), container.name.as_deref());
                    }
                }
                On::Secret(check) => {
                    for (container, secret) in task.secret_uses() {
                        check(context, task, container, secret, &mut findings);
                        let name = container.and_then(|container| container.name.as_deref());
                        self.add(rule, std::mem::take(&mut findings), context, Some(task), name);
                    }
                }
                On::Document(_) | On::Problem(_) => {}
            }
        }
    }

    fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            for rule in rules::all() {
                let On::Problem(check) = rule.on else { continue };
                if let Some(finding) = check(problem) {
                    self.push(rule, finding, None, None, None);
                }
            }
        }
    }

    fn add(
        &mut self,
        rule: &'static Rule,
        findings: Vec<Finding>,
        context: Context<'_>,
        task: Option<&Task>,
        container: Option<&str>,
    ) {
        for mut finding in findings {
            // Who fills in an option will hardly leave all else as it is: worth knowing, no more.
            if context.document.conditions.fills_in_an_option_only(&finding.when) {
                finding.severity = Severity::Note;
            }
            if context.possible(&[&finding.when]) {
                let assumed = context.document.conditions.describe(&finding.when);
                self.push(rule, finding, assumed, task.and_then(|task| task.name.as_deref()), container);
            }
        }
    }

    fn push(
        &mut self,
        rule: &'static Rule,
        finding: Finding,
        assumed: Option<String>,
        resource: Option<&str>,
        container: Option<&str>,
    ) {
        let mut notes = finding.notes;
        let mut secondary = finding.secondary;
        if secondary.len() > MOST_LABELS {
            notes.push(format!("and {} more places", secondary.len() - MOST_LABELS));
            secondary.truncate(MOST_LABELS);
        }
        notes.extend(assumed.map(|assumed| format!("this happens when {assumed}")));
        self.secrets.extend(finding.secrets);
        self.diagnostics.push(Diagnostic {
            rule: rule.name,
            severity: finding.severity,
            message: finding.message,
            primary: finding.primary,
            secondary,
            notes,
            help: finding.help,
            resource: finding.resource.or_else(|| resource.map(str::to_owned)),
            container: finding.container.or_else(|| container.map(str::to_owned)),
        });
    }

    /// Sorts by place, then gravity, then rule, and keeps one diagnostic for a rule at a place.
    fn finish(mut self, sources: Sources, summary: Summary) -> Outcome {
        self.diagnostics.sort_by(|one, other| {
            (one.primary.span, std::cmp::Reverse(one.severity), one.rule).cmp(&(
                other.primary.span,
                std::cmp::Reverse(other.severity),
                other.rule,
            ))
        });
        let mut seen = std::collections::HashSet::new();
        self.diagnostics.retain(|diagnostic| seen.insert((diagnostic.primary.span, diagnostic.rule)));
        secrets::in_excerpts(&sources, &self.diagnostics, &mut self.secrets);
        self.secrets.sort_unstable();
        self.secrets.dedup();
        let count = |severity| self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        let summary = Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            ..summary
        };
        Outcome { sources, diagnostics: self.diagnostics, secrets: self.secrets, summary }
    }
}
