//! What the rules find in one file.

use std::sync::Arc;

use rayon::prelude::*;

use super::settings::{Grade, Settings};
use super::{Diagnostic, secrets, subject};
use crate::access::{Accesses, Worked};
use crate::link::linked;
use crate::lower::Lowered;
use crate::model::{Document, Extent, MOST_FINDINGS, Problem, ProblemKind, Severity, Suppression, Task, innermost};
use crate::rules::{self, Context, Finding, On, Rule};
use crate::source::{FileId, Source, Span};

/// More labels than this tell no more.
const MOST_LABELS: usize = 8;

/// So many tasks are checked at a time, so that no more findings are held than there may be.
const TASKS_AT_A_TIME: usize = 1024;

/// One input, read, and checked by the settings. It depends on nothing else, so that it need not be looked at again before it or the
/// settings change.
#[derive(Debug)]
pub struct File {
    /// Its name, and its text where that concerns us.
    pub source: Arc<Source>,
    /// What it says.
    pub documents: Vec<Arc<Document>>,
    /// Whether it is a task definition, a template or a launch script.
    pub is_recognised: bool,
    /// What is found in it.
    pub found: Found,
}

/// What the rules find in a file, suppressed or not.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The findings, sorted and without repetition; each is shared by all runs that it is said in.
    pub diagnostics: Vec<Arc<Diagnostic>>,
    /// Bytes that are credentials.
    pub secrets: Vec<Span>,
    /// Where launch scripts and their settings are written.
    pub scripts: Vec<Span>,
    /// The suppressions that are written in it.
    pub suppressions: Vec<Suppression>,
    /// How far its resources reach, if there are findings.
    pub resources: Arc<[Extent]>,
    /// Whether there are more findings than are told.
    is_full: bool,
}

impl File {
    /// What the lowered file says, with all that the rules find in it.
    #[must_use]
    pub fn check(source: &Arc<Source>, lowered: Lowered, settings: &Settings) -> Self {
        let Lowered { documents, problems } = lowered;
        if documents.is_empty() && problems.is_empty() {
            return Self::not_ours(source);
        }
        let mut check = Check { settings, rules: rules_for(source.name(), settings), found: Found::default() };
        check.problems(&problems, None);
        let documents = documents.into_iter().map(|document| {
            let document = linked(document, &settings.elsewhere);
            check.document(&document);
            Arc::new(document)
        });
        let documents: Vec<_> = documents.collect();
        let mut found = check.found;
        found.say_if_full(source.id(), &check.rules);
        found.suppressions.extend(documents.iter().flat_map(|document| document.suppressions.iter().cloned()));
        if !found.diagnostics.is_empty() {
            found.resources = documents.iter().flat_map(|document| document.resources.iter().cloned()).collect();
        }
        super::run::sort(&mut found.diagnostics);
        Self { source: Arc::clone(source), is_recognised: !documents.is_empty(), documents, found }
    }

    /// One that does not concern us: its text is not kept.
    #[must_use]
    pub fn not_ours(source: &Source) -> Self {
        Self { source: without_text(source), documents: Vec::new(), is_recognised: false, found: Found::default() }
    }

    /// Lets go of what the report of a run does not need, which is most of what it holds in memory.
    #[must_use]
    pub fn lean(mut self) -> Self {
        self.documents = Vec::new();
        if self.found.diagnostics.is_empty() && self.found.suppressions.is_empty() {
            self.source = without_text(&self.source);
        }
        self
    }
}

/// The name alone.
fn without_text(source: &Source) -> Arc<Source> {
    Arc::new(Source::new(source.id(), source.name().to_owned(), String::new()))
}

/// The rules that run on a file, each with its grade.
pub(super) struct Check<'s> {
    settings: &'s Settings,
    rules: Vec<(&'static Rule, Grade)>,
    pub(super) found: Found,
}

/// The rules that run on the file of that name, each with its grade.
pub(super) fn rules_for(name: &str, settings: &Settings) -> Vec<(&'static Rule, Grade)> {
    let levels = &settings.levels;
    let path = if levels.overrides.is_empty() { None } else { settings.root.relative(name) };
    let graded = rules::all().iter().zip(levels.grades(path.as_deref()));
    graded.filter(|(_, grade)| *grade != Grade::Off).collect()
}

impl Check<'_> {
    fn document(&mut self, document: &Document) {
        let worked = Worked::nothing(document);
        let access = Accesses::of_document(document, &worked);
        let context = Context { document, access, registries: &self.settings.registries };
        secrets::in_references(document, &mut self.found.secrets);
        self.found.secrets.extend(&document.hidden);
        self.found.scripts.extend(document.launch_data.iter().flat_map(|data| &data.written));
        self.problems(&document.problems, Some(document));
        for &(rule, grade) in &self.rules {
            if let On::Document(check) = rule.on {
                let mut findings = Vec::new();
                check(context, &mut findings);
                self.found.add((rule, grade), findings, context, None, None);
            }
        }
        let rules = &self.rules;
        let tasks: Vec<(usize, &Task)> = document.tasks.iter().enumerate().collect();
        for tasks in tasks.chunks(TASKS_AT_A_TIME) {
            let found = tasks.par_iter().map(|(index, task)| {
                let mut found = Found::default();
                found.task(Context { access: access.of_task(*index), ..context }, task, rules);
                found
            });
            for found in found.collect::<Vec<_>>() {
                let room = MOST_FINDINGS.saturating_sub(self.found.diagnostics.len());
                self.found.is_full |= found.is_full || found.diagnostics.len() > room;
                self.found.diagnostics.extend(found.diagnostics.into_iter().take(room));
                self.found.secrets.extend(found.secrets);
            }
        }
    }

    fn problems(&mut self, problems: &[Problem], document: Option<&Document>) {
        for problem in problems {
            for &(rule, grade) in &self.rules {
                let On::Problem(check) = rule.on else { continue };
                if let Some(mut finding) = check(problem) {
                    if let Some(document) = document {
                        locate(&mut finding, document);
                    }
                    self.found.push((rule, grade), finding, None, None, None);
                }
            }
        }
    }
}

impl Found {
    fn task(&mut self, context: Context<'_>, task: &Task, rules: &[(&'static Rule, Grade)]) {
        for &(rule, grade) in rules {
            let mut findings = Vec::new();
            match rule.on {
                On::Task(check) => {
                    check(context, task, &mut findings);
                    self.add((rule, grade), findings, context, Some(task), None);
                }
                On::Container(check) => {
                    for container in &task.containers {
                        check(context, task, container, &mut findings);
                        self.add(
                            (rule, grade),
                            std::mem::take(&mut findings),
                            context,
                            Some(task),
                            container.name.as_deref(),
                        );
                    }
                }
                On::Secret(check) => {
                    for (container, secret) in task.secret_uses() {
                        check(context, task, container, secret, &mut findings);
                        let name = container.and_then(|container| container.name.as_deref());
                        self.add((rule, grade), std::mem::take(&mut findings), context, Some(task), name);
                    }
                }
                On::Document(_) | On::Problem(_) | On::Suppression(_) => {}
            }
        }
    }

    fn add(
        &mut self,
        rule: (&'static Rule, Grade),
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
            if task.is_none() {
                locate(&mut finding, context.document);
            } else if container.is_none() && finding.container.is_none() {
                finding.container = innermost(&context.document.containers, finding.primary.span).map(str::to_owned);
            }
            if context.possible(&[&finding.when]) {
                let assumed = context.document.conditions.describe(&finding.when);
                self.push(rule, finding, assumed, task.and_then(|task| task.name.as_deref()), container);
            }
        }
    }

    /// Says that there is more, where there is.
    fn say_if_full(&mut self, file: FileId, rules: &[(&'static Rule, Grade)]) {
        if !std::mem::take(&mut self.is_full) {
            return;
        }
        let message = format!("this file has more than {MOST_FINDINGS} findings, of which no more are told");
        let help = "mend these first, or turn rules off";
        let problem = Problem { kind: ProblemKind::Limit { message, help }, span: Span::start_of(file) };
        let mut last = Self::default();
        for &(rule, grade) in rules {
            if let On::Problem(check) = rule.on
                && let Some(finding) = check(&problem)
            {
                last.push((rule, grade), finding, None, None, None);
            }
        }
        self.diagnostics.append(&mut last.diagnostics);
    }

    /// Makes a diagnostic of a finding.
    pub(super) fn push(
        &mut self,
        (rule, grade): (&'static Rule, Grade),
        finding: Finding,
        assumed: Option<String>,
        resource: Option<&str>,
        container: Option<&str>,
    ) {
        let finding = at_an_input(finding);
        let mut notes = finding.notes;
        let mut secondary = finding.secondary;
        if secondary.len() > MOST_LABELS {
            notes.push(format!("and {} more places", secondary.len() - MOST_LABELS));
            secondary.truncate(MOST_LABELS);
        }
        notes.extend(assumed.map(|assumed| format!("this happens when {assumed}")));
        self.secrets.extend(finding.secrets);
        if self.diagnostics.len() >= MOST_FINDINGS {
            self.is_full = true;
            return;
        }
        let mut subjects = finding.subjects;
        if subjects.is_empty() {
            subjects.push(subject::of_message(&finding.message));
        }
        subjects.sort_unstable();
        subjects.dedup();
        self.diagnostics.push(Arc::new(Diagnostic {
            rule: rule.name,
            severity: match grade {
                Grade::Fixed(severity) => severity,
                Grade::AsFound | Grade::Off => finding.severity,
            },
            message: finding.message,
            primary: finding.primary,
            secondary,
            notes,
            help: finding.help,
            resource: finding.resource.or_else(|| resource.map(str::to_owned)),
            container: finding.container.or_else(|| container.map(str::to_owned)),
            subjects,
            proposals: finding.proposals,
            fixes: Vec::new(),
        }));
    }
}

/// The finding at a place in an input: what is wrong in a file of the settings, such as a role's policies, is shown where an input
/// makes use of it.
fn at_an_input(mut finding: Finding) -> Finding {
    let is_of_settings = |span: Span| span.file.settings_index().is_some();
    if is_of_settings(finding.primary.span)
        && let Some(label) = finding.secondary.iter_mut().find(|label| !is_of_settings(label.span))
    {
        std::mem::swap(&mut finding.primary, label);
    }
    finding
}

/// Says which resource and container a finding is in, where its rule does not know.
fn locate(finding: &mut Finding, document: &Document) {
    let place = finding.primary.span;
    let within = |extents| innermost(extents, place).map(str::to_owned);
    finding.resource = finding.resource.take().or_else(|| within(&document.resources));
    finding.container = finding.container.take().or_else(|| within(&document.containers));
}
