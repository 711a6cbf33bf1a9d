//! Running the rules.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use super::settings::{Grade, Settings};
use super::suppress::Suppressions;
use super::{Diagnostic, Outcome, Sources, Summary, Suppressed, secrets, subject};
use crate::access::Accesses;
use crate::link::Project;
use crate::lower::Lowered;
use crate::model::{Document, Problem, Severity, Suppression, Task, innermost};
use crate::rules::{self, Context, Finding, On, Rule, SuppressionReview};
use crate::source::{FileId, Source, Span};

/// One input, read and lowered.
#[derive(Debug)]
pub struct Loaded {
    /// Its name, and its text where that concerns us.
    pub source: Source,
    /// What it says.
    pub lowered: Lowered,
}

/// Lints the inputs by the settings; the source with id `n` must be at index `n`.
#[must_use]
pub fn lint(loaded: Vec<Loaded>, settings: &Settings) -> Outcome {
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
    let project = Project::new(documents, &settings.elsewhere);
    let summary = Summary { files_seen, files_recognised, ..Summary::default() };
    lint_project(&project, problems.iter(), Sources::new(sources), summary, settings)
}

/// [`lint`], of documents that are linked and kept. `problems` are those of files, not of documents in them; of `summary` the
/// numbers of files are taken.
#[must_use]
pub fn lint_project<'p>(
    project: &Project,
    problems: impl Iterator<Item = &'p Problem>,
    sources: Sources,
    summary: Summary,
    settings: &Settings,
) -> Outcome {
    let sources = sources.with_settings(settings.files.clone());
    let mut run = Run::new(settings, &sources);
    run.problems(problems, None);
    for document in project.documents() {
        run.document(document);
    }
    let suppressed = run.suppress(project.documents().iter().flat_map(|document| &document.suppressions));
    run.sort();
    let Run { diagnostics, secrets, scripts, .. } = run;
    let with_findings: HashSet<FileId> = diagnostics.iter().map(|diagnostic| diagnostic.primary.span.file).collect();
    let resources = project.documents().iter().filter(|document| with_findings.contains(&document.file));
    let resources = resources.flat_map(|document| document.resources.iter().cloned()).collect();
    let outcome = Outcome { diagnostics, suppressed, secrets, resources, summary, ..Outcome::default() };
    finish(outcome, scripts, sources)
}

/// More labels than this tell no more.
const MOST_LABELS: usize = 8;

struct Run<'s> {
    settings: &'s Settings,
    sources: &'s Sources,
    /// The grade of each rule in files that the settings say nothing particular of.
    grades: Arc<[Grade]>,
    diagnostics: Vec<Diagnostic>,
    secrets: Vec<Span>,
    /// Where launch scripts and their settings are written.
    scripts: Vec<Span>,
}

impl<'s> Run<'s> {
    fn new(settings: &'s Settings, sources: &'s Sources) -> Self {
        let grades = settings.levels.grades(None).into();
        let secrets = secrets::in_parameters(&settings.deployment).collect();
        Self { settings, sources, grades, diagnostics: Vec::new(), secrets, scripts: Vec::new() }
    }

    /// The rules that run on a file, each with its grade.
    fn rules_for(&self, file: FileId) -> impl Iterator<Item = (&'static Rule, Grade)> + use<> {
        let levels = &self.settings.levels;
        let grades = if levels.overrides.is_empty() {
            Arc::clone(&self.grades)
        } else {
            levels.grades(self.settings.root.relative(self.sources.name(file)).as_deref()).into()
        };
        let grades = (0..).map_while(move |at: usize| grades.get(at).copied());
        rules::all().iter().zip(grades).filter(|(_, grade)| *grade != Grade::Off)
    }

    fn document(&mut self, document: &Document) {
        let of_tasks = OnceCell::new();
        let access = Accesses::of_document(document, &of_tasks);
        let context = Context { document, access, registries: &self.settings.registries };
        secrets::in_references(document, &mut self.secrets);
        self.secrets.extend(&document.hidden);
        self.scripts.extend(document.launch_data.iter().flat_map(|data| &data.written));
        self.problems(&document.problems, Some(document));
        let rules: Vec<(&Rule, Grade)> = self.rules_for(document.file).collect();
        for &(rule, grade) in &rules {
            let mut findings = Vec::new();
            if let On::Document(check) = rule.on {
                check(context, &mut findings);
                self.add((rule, grade), findings, context, None, None);
            }
        }
        for (index, task) in document.tasks.iter().enumerate() {
            self.task(Context { access: access.of_task(index), ..context }, task, &rules);
        }
    }

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

    fn problems<'p>(&mut self, problems: impl IntoIterator<Item = &'p Problem>, document: Option<&Document>) {
        for problem in problems {
            for (rule, grade) in self.rules_for(problem.span.file) {
                let On::Problem(check) = rule.on else { continue };
                if let Some(mut finding) = check(problem) {
                    if let Some(document) = document {
                        locate(&mut finding, document);
                    }
                    self.push((rule, grade), finding, None, None, None);
                }
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

    fn push(
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
        let mut subjects = finding.subjects;
        if subjects.is_empty() {
            subjects.push(subject::of_message(&finding.message));
        }
        subjects.sort_unstable();
        subjects.dedup();
        self.diagnostics.push(Diagnostic {
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
        });
    }

    /// Takes out what is suppressed and adds what is to be said of the suppressions.
    fn suppress<'a>(&mut self, in_files: impl IntoIterator<Item = &'a Suppression>) -> Vec<Suppressed>
    where
        's: 'a,
    {
        let mut suppressions = Suppressions::new(in_files, self.settings, self.sources);
        self.problems(&suppressions.problems, None);
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

    fn review(&mut self, reviews: &[SuppressionReview<'_>]) {
        for review in reviews {
            for (rule, grade) in self.rules_for(review.span.file) {
                let On::Suppression(check) = rule.on else { continue };
                if let Some(finding) = check(*review) {
                    self.push((rule, grade), finding, None, None, None);
                }
            }
        }
    }

    /// Sorts by place, then gravity, then rule, and keeps one diagnostic for a rule at a place.
    fn sort(&mut self) {
        self.diagnostics.sort_by(in_order);
        let mut seen = HashSet::new();
        self.diagnostics.retain(|diagnostic| seen.insert((diagnostic.primary.span, diagnostic.rule)));
    }
}

/// Puts in order what was found, and finds what excerpts must not show; `scripts` are the places of launch scripts.
fn finish(mut outcome: Outcome, mut scripts: Vec<Span>, sources: Sources) -> Outcome {
    outcome.suppressed.sort_by(|one, other| in_order(&one.diagnostic, &other.diagnostic));
    let all: Vec<&Diagnostic> =
        outcome.diagnostics.iter().chain(outcome.suppressed.iter().map(|one| &one.diagnostic)).collect();
    secrets::in_excerpts(&sources, &all, &mut outcome.secrets);
    scripts.sort_unstable();
    scripts.dedup();
    outcome.doubtful = secrets::doubtful_words(&sources, &all, &scripts);
    secrets::in_placeholders(&all, &outcome.doubtful, &mut outcome.secrets);
    outcome.secrets.sort_unstable();
    outcome.secrets.dedup();
    outcome.sources = sources;
    outcome.count();
    outcome
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

/// By place, then gravity, then rule.
pub(super) fn in_order(one: &Diagnostic, other: &Diagnostic) -> std::cmp::Ordering {
    let key =
        |diagnostic: &Diagnostic| (diagnostic.primary.span, std::cmp::Reverse(diagnostic.severity), diagnostic.rule);
    key(one).cmp(&key(other))
}

/// Says which resource and container a finding is in, where its rule does not know.
fn locate(finding: &mut Finding, document: &Document) {
    let place = finding.primary.span;
    let within = |extents| innermost(extents, place).map(str::to_owned);
    finding.resource = finding.resource.take().or_else(|| within(&document.resources));
    finding.container = finding.container.take().or_else(|| within(&document.containers));
}
