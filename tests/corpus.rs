//! Runs over a collection of real files that is not part of this repository. Without it, or where
//! `ECS_LINT_CORPUS` names another place that is not there, these tests skip themselves and say so.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use ecs_lint::discover::{Discovery, Input};
use ecs_lint::lint::{Diagnostic, Label, Outcome};
use ecs_lint::model::Severity;

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
    let outcome = ecs_lint::check(discovery, &|_| {});
    Some(Corpus { root, files, outcome })
}

impl Corpus {
    fn of<'c>(&'c self, path: &'c str) -> impl Iterator<Item = &'c Diagnostic> {
        let sources = &self.outcome.sources;
        self.outcome.diagnostics.iter().filter(move |found| sources.name(found.primary.span.file) == path)
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
