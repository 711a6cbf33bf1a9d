//! `ecs-lint policy`: the policy of a task, put on a role as its only one, silences every rule about permissions, and nothing in it can be
//! spared. Asserted for the fixtures and, where they are present, a corpus of real files and templates of the CDK (see `corpus.rs`, `cdk.rs`).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on may say so by a panic")]

mod command;
mod grammar;
mod role;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecs_lint::access::{self, Feature, Need, where_the_role_acts};
use ecs_lint::link::linked;
use ecs_lint::model::{Deployment, Document, DocumentKind, Task, TaskKind};
use ecs_lint::policy::{Format, Notation, Purpose, needed};
use ecs_lint::source::{FileId, Source};
use ecs_lint::syntax;
use rayon::prelude::*;
use serde_json::Value;

/// What the role of an instance does on EC2.
const OF_INSTANCES: [Purpose; 5] =
    [Purpose::RegistryToken, Purpose::Images, Purpose::ImageCache, Purpose::Logs, Purpose::LogGroups];

/// Losses that are not reported, and why that is right: the file and the first action of the statement.
const SPARED: [(&str, &str, &str); 5] = [
    (
        "permissions/bad-keys.yaml",
        "kms:Decrypt",
        "a key that an alias names may be the one that another statement is for",
    ),
    ("template.yaml", "kms:Decrypt", "the same"),
    ("template.yaml", "secretsmanager:GetSecretValue", "a parameter that another statement names may be its ARN"),
    (
        "cfn-l1-daemon-express.App.json",
        "secretsmanager:GetSecretValue",
        "no rule speaks of registry credentials of which only the name is known",
    ),
    ("cfn-l1-daemon-express.App.json", "ssm:GetParameters", "a bare name beside a grant for secrets is another rule's"),
];

/// Files with a task that no policy of its role can help: what is found all the same, and the words that tell it.
const HELPLESS: [(&str, &str, &str); 2] = [
    ("permissions/bad-key-policy-without-iam.template.json", "kms-decrypt-missing", "does not let IAM policies decide"),
    ("holes.json", "secret-permission-missing", "is a credential and no reference to one"),
];

/// What came of the task definitions of some files.
#[derive(Default)]
struct Figures {
    tasks: usize,
    statements: usize,
    /// Statements the loss of which is reported.
    needed: usize,
    /// Those of which it is not and should be, by their first action.
    spared: BTreeMap<String, Vec<String>>,
    faults: Vec<String>,
}

impl Figures {
    fn add(mut self, other: Self) -> Self {
        self.tasks += other.tasks;
        self.statements += other.statements;
        self.needed += other.needed;
        for (sid, places) in other.spared {
            self.spared.entry(sid).or_default().extend(places);
        }
        self.faults.extend(other.faults);
        self
    }
}

/// Where plain task definitions are deployed to, so that nothing in their policies is left open.
fn deployment(kind: DocumentKind) -> Deployment {
    match kind {
        DocumentKind::Template => Deployment::unknown(),
        _ => Deployment {
            account: Some(role::ACCOUNT.to_owned()),
            region: Some(role::REGION.to_owned()),
            ..Deployment::unknown()
        },
    }
}

fn documents(path: &Path) -> Option<(Source, Vec<Document>)> {
    let text = std::fs::read_to_string(path).ok()?;
    let source = Source::new(FileId(0), path.to_string_lossy().into_owned(), text);
    let read = |deployment: Deployment| {
        let lowered = ecs_lint::lower::lower(&source, true, &Arc::new(deployment));
        if lowered.problems.is_empty() { lowered.documents } else { Vec::new() }
    };
    let kind = read(Deployment::unknown()).first()?.kind;
    let documents = read(deployment(kind)).into_iter().map(|document| linked(document, &Arc::default()));
    Some((source, documents.collect()))
}

fn of_file(path: &Path, root: &Path) -> Figures {
    let mut figures = Figures::default();
    let Some((source, documents)) = documents(path) else { return figures };
    let name = path.strip_prefix(root).unwrap().display().to_string();
    for document in &documents {
        for task in document.tasks.iter().filter(|task| task.kind != TaskKind::Fragment) {
            of_task(&name, &source, document, task, &mut figures);
        }
    }
    figures
}

fn of_task(name: &str, source: &Source, document: &Document, task: &Task, figures: &mut Figures) {
    let place = format!("{name} {}", task.name.as_deref().unwrap_or_default());
    let policy = needed(document, &[task]);
    let notation = Notation::new(document, &[task]);
    let text = notation.write(&policy, Format::Json).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    grammar::check(&place, &written, document.kind == DocumentKind::Template, &mut figures.faults);
    if !policy.statements.is_empty() {
        let yaml = Source::new(FileId(0), "policy.yaml".to_owned(), notation.write(&policy, Format::Yaml).unwrap());
        let tree = syntax::parse_yaml(&yaml).tree;
        if tree.roots(&yaml).next().map(role::value).as_ref() != Some(&written) {
            figures.faults.push(format!("{place}: in YAML it is another:\n{}\n{text}", yaml.text()));
        }
    }
    let Some(harness) = role::Harness::new(source, document, task) else { return };
    figures.tasks += 1;
    figures.statements += policy.statements.len();
    let helpless = HELPLESS.iter().find(|(file, ..)| name == *file);
    if let Some((_, _, words)) = helpless {
        let mut remarks = policy.notes.iter().chain(&policy.gaps);
        assert!(remarks.any(|remark| remark.message.contains(words)), "{place}");
    }
    for finding in harness.findings(&written) {
        if helpless.is_none_or(|(_, rule, _)| !finding.starts_with(rule)) {
            figures.faults.push(format!("{place}: {finding}\n{text}"));
        }
    }
    for (at, statement) in policy.statements.iter().enumerate() {
        let mut without = written.clone();
        without["Statement"].as_array_mut().unwrap().remove(at);
        let before = harness.findings(&written);
        if harness.findings(&without).iter().all(|finding| before.contains(finding)) {
            // No rule speaks of pulls and logs where the role of an instance may do them.
            let is_of_instance = where_the_role_acts(&document.conditions, task, &[]).is_none();
            if is_of_instance && OF_INSTANCES.contains(&statement.purpose) {
                continue;
            }
            // That a secret of another account has a key of its own is known from its ARN alone.
            let has_key = |need: &Need<'_>| matches!(need.feature, Feature::Decrypt { .. });
            if statement.purpose == Purpose::Keys && !access::needs_of(document, task).iter().any(has_key) {
                continue;
            }
            let action = statement.purpose.actions()[0];
            if !SPARED.iter().any(|(file, spared, _)| name == *file && action == *spared) {
                figures.spared.entry(action.to_owned()).or_default().push(place.clone());
            }
        } else {
            figures.needed += 1;
        }
    }
}

/// Whether the file is what some test expects.
fn is_output(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    name.starts_with("expected.") || name.ends_with(".expected")
}

/// The figures of all files below a directory; `None`, and a word about it, where it is absent.
fn measure(what: &str, root: &Path) -> Option<Figures> {
    if !root.is_dir() {
        eprintln!("skipped: there is no {what} at {}", root.display());
        return None;
    }
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files: Vec<PathBuf> =
        files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect();
    let inputs: Vec<&PathBuf> = files.iter().filter(|path| !is_output(path)).collect();
    let figures = inputs.par_iter().map(|path| of_file(path, root)).reduce(Figures::default, Figures::add);
    let mut shown = std::io::stderr();
    writeln!(
        shown,
        "{what}: {} task definitions, {} statements, the loss of {} is reported",
        figures.tasks, figures.statements, figures.needed
    )
    .unwrap();
    Some(figures)
}

fn holds(figures: &Figures) {
    assert!(figures.faults.is_empty(), "{} faults\n{}", figures.faults.len(), figures.faults.join("\n"));
    assert!(figures.spared.is_empty(), "statements that can be spared: {:#?}", figures.spared);
}

#[test]
fn on_the_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    holds(&measure("fixtures", &root).unwrap());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy/cases");
    holds(&measure("cases", &root).unwrap());
}

#[test]
fn on_templates_of_the_cdk() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cdk-templates");
    measure("CDK templates", &root).iter().for_each(holds);
}

#[test]
fn on_the_corpus() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("ECS_LINT_CORPUS").map_or(beside, PathBuf::from);
    measure("corpus", &root).iter().for_each(holds);
}
