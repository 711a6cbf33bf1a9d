//! Runs over a collection of real files that is not part of this repository. Without it, or where
//! `ECS_LINT_CORPUS` names another place that is not there, these tests skip themselves and say so.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use ecs_lint::discover::{Discovery, Input};
use ecs_lint::lint::{Diagnostic, Label, Outcome};
use ecs_lint::model::{Document, Effect, Patterns, Policy, Severity};
use ecs_lint::source::{FileId, Source, Span};
use ecs_lint::syntax::{Kind, Node, parse_json, parse_yaml};

/// The rules of this program that stand for a check of the labels.
const CHECKS: &[(&str, &[&str])] = &[
    ("private-image-without-credentials", &["registry-credentials-missing"]),
    ("missing-execution-role", &["execution-role-missing"]),
    ("secret-name-not-arn", &["secret-name-instead-of-arn", "secret-arn-malformed", "registry-credentials-invalid"]),
    ("missing-secret-or-kms-permission", &["secret-permission-missing", "kms-decrypt-missing"]),
    ("plaintext-engine-auth", &["plaintext-engine-auth-data", "engine-auth-data-exposed-at-deploy"]),
];

const PARSE_RULES: [&str; 3] = ["syntax-error", "unresolved-template", "unreadable-file"];

struct Corpus {
    root: PathBuf,
    /// Path, kind and parse status of each file.
    files: Vec<(String, String, String)>,
    outcome: Outcome,
}

/// The corpus and what was found in it, once for all tests.
fn corpus() -> Option<&'static Corpus> {
    static CORPUS: OnceLock<Option<Corpus>> = OnceLock::new();
    CORPUS.get_or_init(check).as_ref()
}

fn check() -> Option<Corpus> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("ECS_LINT_CORPUS").map_or(beside, PathBuf::from);
    let Ok(index) = std::fs::read_to_string(root.join("INDEX.tsv")) else {
        eprintln!("skipped: there is no corpus at {}", root.display());
        return None;
    };
    let column = |line: &str, n: usize| line.split('\t').nth(n).unwrap_or_default().to_owned();
    let mut files: Vec<_> =
        index.lines().skip(1).map(|line| (column(line, 0), column(line, 4), column(line, 7))).collect();
    files.sort();
    let inputs = files.iter().map(|(path, ..)| {
        let mut input = Input::file(&root.join(path), false);
        input.name.clone_from(path);
        input
    });
    let discovery = Discovery { inputs: inputs.collect(), ..Discovery::default() };
    let outcome = ecs_lint::check(discovery, &ecs_lint::lint::Settings::default(), &|_| {});
    Some(Corpus { root, files, outcome })
}

impl Corpus {
    fn of<'c>(&'c self, path: &'c str) -> impl Iterator<Item = &'c Diagnostic> {
        let sources = &self.outcome.sources;
        self.outcome
            .diagnostics
            .iter()
            .map(AsRef::as_ref)
            .filter(move |found| sources.name(found.primary.span.file) == path)
    }

    fn line(&self, label: &Label) -> u32 {
        self.outcome.sources.get(label.span.file).map_or(0, |source| source.position(label.span.start).line)
    }
}

#[test]
fn no_file_is_lost_and_none_makes_it_fail() {
    let Some(corpus) = corpus() else { return };
    assert_eq!(corpus.outcome.summary.files_seen, corpus.files.len());
    let failed: Vec<&str> = corpus
        .outcome
        .diagnostics
        .iter()
        .filter(|found| found.message.contains("makes ecs-lint fail"))
        .map(|found| found.message.as_str())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn what_cannot_be_parsed_is_said_or_is_not_ours() {
    let Some(corpus) = corpus() else { return };
    let mut silent = String::new();
    for (path, kind, parse) in corpus.files.iter().filter(|(.., parse)| parse.contains("fail")) {
        let said = corpus.of(path).any(|found| PARSE_RULES.contains(&found.rule));
        let text = std::fs::read_to_string(corpus.root.join(path)).unwrap();
        let ours = text.contains("containerDefinitions\"") || text.contains("AWS::");
        if kind != "other-json" && ours && !said {
            let _ = writeln!(silent, "{path}: {parse}");
        }
        if kind == "other-json" && said {
            let _ = writeln!(silent, "{path}: is not ours, but is reported");
        }
    }
    assert!(silent.is_empty(), "{silent}");
}

#[test]
fn look_alikes_are_passed_over() {
    let Some(corpus) = corpus() else { return };
    // What the index counts as neither a task definition nor a template may still hold one; it must then be clean of parse errors only.
    let reported: Vec<&str> = corpus
        .files
        .iter()
        .filter(|(path, kind, _)| kind == "other-json" && corpus.of(path).any(|found| found.severity > Severity::Note))
        .map(|(path, ..)| path.as_str())
        .collect();
    assert!(reported.is_empty(), "{reported:?}");
}

#[test]
fn verdicts_of_the_labels_are_met() {
    let Some(corpus) = corpus() else { return };
    let labels = std::fs::read_to_string(corpus.root.join("LABELS.tsv")).unwrap();
    let (mut missed, mut checked) = (String::new(), BTreeMap::new());
    for label in labels.lines().skip(1) {
        let columns: Vec<&str> = label.split('\t').collect();
        let [path, check, expected, location, ..] = columns[..] else { panic!("{label}") };
        let (_, rules) = CHECKS.iter().find(|(name, _)| *name == check).unwrap();
        let lines = lines_of(location);
        let here = |found: &&Diagnostic| {
            let labels = std::iter::once(&found.primary).chain(&found.secondary);
            rules.contains(&found.rule)
                && (lines.is_empty() || labels.map(|label| corpus.line(label)).any(|line| lines.contains(&line)))
        };
        let found: Vec<&Diagnostic> = corpus.of(path).filter(here).collect();
        let met = match expected {
            "yes" => !found.is_empty(),
            // An unknown may be mentioned, never complained of.
            "no" | "unknown" => found.iter().all(|found| found.severity == Severity::Note),
            other => panic!("{other}"),
        };
        *checked.entry(expected).or_insert(0) += 1;
        if !met {
            let said: Vec<String> = found.iter().map(|found| format!("{}: {}", found.rule, found.message)).collect();
            let _ = writeln!(missed, "{path} {check} {location}: expected {expected}, got {said:?}");
        }
    }
    eprintln!("labels checked: {checked:?}");
    assert!(missed.is_empty(), "{missed}");
}

/// The types whose policies are read, and where they are.
const POLICIES: [(&str, &str); 7] = [
    ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
    ("AWS::IAM::Policy", "PolicyDocument"),
    ("AWS::IAM::RolePolicy", "PolicyDocument"),
    ("AWS::IAM::ManagedPolicy", "PolicyDocument"),
    ("AWS::S3::BucketPolicy", "PolicyDocument"),
    ("AWS::KMS::Key", "KeyPolicy"),
    ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy"),
];

#[derive(Debug, Default)]
struct Counts {
    documents: usize,
    not_plain: usize,
    statements: usize,
    actions: usize,
    resources: usize,
}

#[test]
fn every_policy_document_is_read_as_it_is_written() {
    let Some(corpus) = corpus() else { return };
    let (mut counts, mut wrong) = (Counts::default(), String::new());
    for (path, ..) in &corpus.files {
        let Ok(text) = std::fs::read_to_string(corpus.root.join(path)) else { continue };
        if !text.contains("AWS::") {
            continue;
        }
        let source = Source::new(FileId(0), path.clone(), text);
        let lowered = ecs_lint::lower::lower(&source, false, &std::sync::Arc::default());
        let read: BTreeMap<Span, &Policy> =
            lowered.documents.iter().flat_map(policies_of).map(|policy| (policy.span, policy)).collect();
        let tree = match parse_json(&source) {
            Ok(tree) => tree,
            Err(_) => parse_yaml(&source).tree,
        };
        if lowered.documents.is_empty() {
            continue;
        }
        for node in tree.roots(&source).flat_map(documents_in) {
            counts.documents += 1;
            let outcome = match read.get(&node.span()) {
                _ if !is_plain(node) => {
                    counts.not_plain += 1;
                    continue;
                }
                Some(policy) => compare(node, policy, &mut counts),
                None => Err("not read".to_owned()),
            };
            if let Err(why) = outcome {
                let _ = writeln!(wrong, "{path}:{}: {why}", source.position(node.span().start).line);
            }
        }
    }
    eprintln!("policy documents: {counts:?}");
    assert!(counts.documents > 0 && wrong.is_empty(), "{wrong}");
}

fn policies_of(document: &Document) -> impl Iterator<Item = &Policy> {
    let of_roles = document.roles.iter().flat_map(|role| role.trust.iter().chain(&role.policies));
    let attached = document.policies.iter().map(|attached| &attached.policy);
    let of_keys = document.keys.iter().flat_map(|key| &key.policies);
    of_roles.chain(attached).chain(of_keys).chain(document.resource_policies.iter().map(|one| &one.policy))
}

/// The policy documents of a template, in resources and in the inline policies of roles.
fn documents_in(root: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let resources = root.get("Resources").into_iter().flat_map(Node::entries);
    for resource in resources.map(ecs_lint::syntax::Entry::value) {
        let kind = resource.get("Type").and_then(Node::scalar).unwrap_or_default();
        let Some(properties) = resource.get("Properties") else { continue };
        let keys = POLICIES.iter().filter(|(name, _)| *name == kind);
        found.extend(keys.filter_map(|(_, key)| properties.get(key)));
        if kind == "AWS::IAM::Role" {
            let inline = properties.get("Policies").into_iter().flat_map(Node::items);
            found.extend(inline.filter_map(|policy| policy.get("PolicyDocument")));
        }
    }
    found
}

/// Whether it is an object whose statements are objects, without a function in their places.
fn is_plain(document: Node<'_>) -> bool {
    let is_function =
        |node: Node<'_>| node.only_entry().is_some_and(|entry| entry.key() == "Ref" || entry.key().starts_with("Fn::"));
    let is_object = |node: Node<'_>| node.kind() == Kind::Object && !is_function(node);
    is_object(document) && document.get("Statement").is_none_or(|_| statements_of(document).into_iter().all(is_object))
}

fn statements_of(document: Node<'_>) -> Vec<Node<'_>> {
    match document.get("Statement") {
        Some(list) if list.kind() == Kind::Array => list.items().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

fn compare(node: Node<'_>, policy: &Policy, counts: &mut Counts) -> Result<(), String> {
    let written = statements_of(node);
    if written.len() != policy.statements.len() || policy.incomplete {
        return Err(format!("{} statements, read as {}", written.len(), policy.statements.len()));
    }
    for (written, read) in written.iter().zip(&policy.statements) {
        let effect = written.get("Effect").and_then(Node::scalar);
        let read_effect = read.effect.map(|effect| if effect == Effect::Allow { "Allow" } else { "Deny" });
        if effect.as_deref() != read_effect {
            return Err(format!("effect {effect:?}, read as {read_effect:?}"));
        }
        counts.statements += 1;
        counts.actions += compare_patterns(*written, ["Action", "NotAction"], &read.actions)?;
        counts.resources += compare_patterns(*written, ["Resource", "NotResource"], &read.resources)?;
    }
    Ok(())
}

/// Compares the strings where all of them are plain; how many there are.
fn compare_patterns(statement: Node<'_>, keys: [&str; 2], read: &Patterns) -> Result<usize, String> {
    let Some((key, value)) = keys.iter().find_map(|key| statement.get(key).map(|value| (*key, value))) else {
        return Ok(0);
    };
    let written: Vec<Node<'_>> = if value.kind() == Kind::Array { value.items().collect() } else { vec![value] };
    let Some(plain) = written.iter().map(|one| one.scalar()).collect::<Option<Vec<_>>>() else { return Ok(0) };
    let known: Vec<String> = read.any_of.iter().filter_map(|one| Some(one.text.known()?.into_owned())).collect();
    if known != plain || read.negated != key.starts_with("Not") || read.incomplete {
        return Err(format!("{key} {plain:?}, read as {known:?}"));
    }
    Ok(plain.len())
}

/// The lines that a location such as `/a/b L12,L14-L16` names.
fn lines_of(location: &str) -> Vec<u32> {
    let mut lines = Vec::new();
    for word in location.split([' ', ',']).filter(|word| word.starts_with('L')) {
        let mut ends = word.split('-').filter_map(|end| end.trim_start_matches('L').parse::<u32>().ok());
        if let Some(first) = ends.next() {
            lines.extend(first..=ends.next().unwrap_or(first));
        }
    }
    lines
}
