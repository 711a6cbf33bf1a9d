//! Correct templates, spoiled one grant at a time: how many of the losses are reported?
//!
//! Which mutants count, and why their verdict is beyond doubt, is told in `proof.rs`; the edits are in `operators.rs`.
//! The originals are the fixtures of the project and, where they are present, a corpus of real templates and templates
//! of the CDK (see `corpus.rs` and `cdk.rs`). `cargo test --test mutants -- --nocapture` prints the figures.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

mod operators;
mod proof;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ecs_lint::discover::{Discovery, Input};
use ecs_lint::model::Severity;
use operators::{Breaks, Mutant};
use proof::Grant;
use rayon::prelude::*;
use serde_json::Value;

/// The rules that speak of permissions.
const PERMISSIONS: [&str; 7] = [
    "execution-role-permission-missing",
    "execution-role-not-assumable",
    "permission-on-task-role",
    "secret-permission-missing",
    "secret-grant-ineffective",
    "kms-decrypt-missing",
    "kms-grant-ineffective",
];

/// Originals that are not correct, each with the number of its findings and why they are true. No other is to be reported.
const REVIEWED: [(&str, usize, &str); 19] = [
    ("cdk/ShopServices.template.json", 1, "made so: imported key without kms:Decrypt"),
    ("cdk/minified.template.json", 1, "the same, minified"),
    ("cfn-forms/template.json", 2, "made so: a secret and its key, granted to nobody"),
    ("cfn-forms/template.yaml", 2, "the same in YAML"),
    ("demo/worker.template.json", 1, "made so: kms:Decrypt is nowhere"),
    ("permissions/bad-arn-without-suffix.yaml", 1, "made so"),
    ("permissions/bad-boundary-and-deny.yaml", 2, "made so, one role each"),
    ("permissions/bad-document-text.template.json", 1, "made so"),
    ("permissions/bad-ecr-pull.template.json", 1, "made so"),
    ("permissions/bad-environment-file.yaml", 1, "made so"),
    ("permissions/bad-imported-key.template.json", 1, "made so"),
    ("permissions/bad-key-by-ref.yaml", 1, "made so"),
    ("permissions/bad-keys.yaml", 2, "made so"),
    ("permissions/bad-key-policy-without-iam.template.json", 1, "made so"),
    ("permissions/bad-on-task-role.yaml", 1, "made so"),
    ("permissions/bad-trust.yaml", 1, "made so"),
    ("wrong-types/template.yaml", 1, "the trust policy is empty"),
    ("img-registry-creds-new-secret-kms-imported-key.json", 1, "known gap of the CDK"),
    (
        "cfn-yaml/aquasecurity__deployments/server/ecs/cloudformation/aqua-ecs-fargate/AquaFargate-nonSSL-external.yaml",
        1,
        "the policy lists two of the three secrets",
    ),
];

/// Mutants that count, and those of them that are reported, by operator.
#[derive(Default)]
struct Figures {
    originals: usize,
    reported_originals: Vec<String>,
    mutants: BTreeMap<&'static str, (usize, usize)>,
    survivors: Vec<String>,
}

impl Figures {
    fn counted(&self) -> usize {
        self.mutants.values().map(|(counted, _)| counted).sum()
    }

    fn reported(&self) -> usize {
        self.mutants.values().map(|(_, reported)| reported).sum()
    }

    fn add(mut self, other: Self) -> Self {
        self.originals += other.originals;
        self.reported_originals.extend(other.reported_originals);
        for (operator, (counted, reported)) in other.mutants {
            let figure = self.mutants.entry(operator).or_default();
            *figure = (figure.0 + counted, figure.1 + reported);
        }
        self.survivors.extend(other.survivors);
        self
    }

    fn print(&self, what: &str) {
        // Past the capture of test output: these two figures are shown by every run.
        let mut shown = std::io::stderr();
        let (originals, reported) = (self.originals, self.reported_originals.len());
        let (found, all) = (self.reported(), self.counted());
        writeln!(
            shown,
            "{what}: {originals} originals with {reported} reviewed findings; {found} of {all} mutants reported"
        )
        .unwrap();
        for original in &self.reported_originals {
            eprintln!("  reported: {original}");
        }
        for (operator, (counted, reported)) in &self.mutants {
            eprintln!("  {operator:32}{reported:6} of {counted}");
        }
        for survivor in &self.survivors {
            eprintln!("  not reported: {survivor}");
        }
    }
}

/// Findings about permissions at warning or above: the rule with its message.
fn findings(template: &Value) -> BTreeSet<(String, String)> {
    let input = Input::text("template.json", template::write(template).into_bytes());
    let outcome = ecs_lint::check(
        Discovery { inputs: vec![input], ..Discovery::default() },
        &ecs_lint::lint::Settings::default(),
        &|_| {},
    );
    let found = outcome.diagnostics.into_iter();
    let found = found.filter(|found| found.severity >= Severity::Warning && PERMISSIONS.contains(&found.rule));
    found.map(|found| (found.rule.to_owned(), found.message.clone())).collect()
}

fn is_proved(mutant: &Mutant, original: &Value, grants: &[Grant]) -> bool {
    let to_break = operators::to_break(&mutant.breaks, original, grants);
    match mutant.breaks {
        Breaks::Trust => true,
        Breaks::Denied(..) => !to_break.is_empty(),
        // What a resource's own policy allows is judged apart: a boundary may not narrow it.
        Breaks::Bounded(_) => to_break.iter().any(|grant| !by_resource(original, grant)),
        // The key's policy has lost what let IAM policies decide, and never named the role.
        Breaks::DecryptBy(_) => to_break.iter().any(|grant| !key_policies_name(&mutant.template, &grant.role)),
        Breaks::In(_) | Breaks::ActionIn(..) => {
            to_break.iter().any(|grant| proof::nothing_else_allows(&mutant.template, grant))
        }
    }
}

/// Whether any policy with principals names the grant's action for the role.
fn by_resource(original: &Value, grant: &Grant) -> bool {
    let policies =
        template::statements(original).into_iter().filter(|place| place.statement.get("Principal").is_some());
    policies.into_iter().any(|place| {
        let principal = place.statement.get("Principal").unwrap();
        let trust = place.pointer.contains("/AssumeRolePolicyDocument/");
        !trust && (principal.is_string() || principal.to_string().contains(&grant.role))
    })
}

fn key_policies_name(template: &Value, role: &str) -> bool {
    template::resources(template).filter(|(_, kind, _)| *kind == "AWS::KMS::Key").any(|(_, _, key)| {
        let principals = template::each(key.pointer("/Properties/KeyPolicy/Statement"));
        principals
            .iter()
            .filter_map(|statement| statement.get("Principal"))
            .any(|principal| principal.to_string().contains(role) || principal.to_string().contains("\"*\""))
    })
}

fn of_original(path: &Path, root: &Path) -> Figures {
    let mut figures = Figures::default();
    let Some(original) = template::read(path) else { return figures };
    let name = path.strip_prefix(root).unwrap().display().to_string();
    figures.originals = 1;
    let before = findings(&original);
    figures.reported_originals.extend(before.iter().map(|(rule, message)| format!("{name}: {rule}: {message}")));
    let grants = proof::grants(&original);
    for mutant in operators::mutants(&original, &grants) {
        if !is_proved(&mutant, &original, &grants) {
            continue;
        }
        let reported = findings(&mutant.template).difference(&before).next().is_some();
        let figure = figures.mutants.entry(mutant.operator).or_default();
        *figure = (figure.0 + 1, figure.1 + usize::from(reported));
        if !reported {
            figures.survivors.push(format!("{name}: {} at {}", mutant.operator, mutant.at));
        }
    }
    figures
}

/// The figures of all templates below a directory; `None`, and a word about it, where it is absent.
fn measure(what: &str, root: &Path) -> Option<Figures> {
    if !root.is_dir() {
        eprintln!("skipped: there is no {what} at {}", root.display());
        return None;
    }
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files: Vec<PathBuf> =
        files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect();
    let inputs: Vec<&PathBuf> =
        files.iter().filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with("expected.")).collect();
    let each: Vec<Figures> = inputs.par_iter().map(|path| of_original(path, root)).collect();
    let figures = each.into_iter().fold(Figures::default(), Figures::add);
    figures.print(what);
    Some(figures)
}

fn beside(variable: &str, place: &str) -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os(variable).map_or(manifest.join(place), PathBuf::from)
}

/// Each finding in an original must have been reviewed.
fn assert_reviewed(figures: &Figures) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &figures.reported_originals {
        *counts.entry(finding.split(": ").next().unwrap()).or_default() += 1;
    }
    counts.retain(|file, count| !REVIEWED.iter().any(|(reviewed, findings, _)| file == reviewed && count == findings));
    assert!(counts.is_empty(), "not reviewed: {counts:?}");
}

/// The figures are exact where the templates are the project's own.
#[test]
fn fixtures_spoiled() {
    let figures = measure("fixtures", &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap();
    assert_reviewed(&figures);
    assert_eq!((figures.reported(), figures.counted()), (202, 202), "{:#?}", figures.survivors);
}

#[test]
fn templates_of_the_cdk_spoiled() {
    let Some(figures) = measure("templates of the CDK", &beside("ECS_LINT_CDK", "../shared/cdk-templates")) else {
        return;
    };
    assert_reviewed(&figures);
    assert!(figures.survivors.is_empty(), "{:#?}", figures.survivors);
}

#[test]
fn corpus_spoiled() {
    let Some(figures) = measure("corpus", &beside("ECS_LINT_CORPUS", "../shared/corpus")) else { return };
    assert_reviewed(&figures);
    assert!(figures.reported() * 1000 >= figures.counted() * 990, "{:#?}", figures.survivors);
}
