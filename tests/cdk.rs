//! What ecs-lint says of templates of the AWS CDK that are not part of this repository, against a table of reviewed
//! verdicts, `cdk_verdicts.tsv`. Without the templates, or where `ECS_LINT_CDK` names another place that is not there,
//! this test skips itself and says so.
//!
//! The table has one row for each finding of any severity, and one for each file without: `-`, `silent`. Its last column
//! says why that is right by what AWS does, or that it is not (`MISSED`); it is changed by hand, after thinking.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ecs_lint::discover::{Discovery, Input};

const VERDICTS: &str = include_str!("cdk_verdicts.tsv");

#[test]
fn templates_of_the_cdk_get_the_reviewed_verdicts() {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/cdk-templates");
    let root = std::env::var_os("ECS_LINT_CDK").map_or(beside, PathBuf::from);
    if !root.is_dir() {
        eprintln!("skipped: there are no templates at {}", root.display());
        return;
    }
    let expected: Vec<String> = VERDICTS.lines().skip(1).map(without_reason).collect();
    assert!(expected.is_sorted(), "cdk_verdicts.tsv is not sorted");
    let mut report = String::new();
    let found = findings(&root);
    for line in multiset_difference(&found, &expected) {
        let _ = writeln!(report, "+ {line}");
    }
    for line in multiset_difference(&expected, &found) {
        let _ = writeln!(report, "- {line}");
    }
    assert!(report.is_empty(), "found (+) and not found (-) against tests/cdk_verdicts.tsv:\n{report}");
}

/// File, rule and severity of a row.
fn without_reason(row: &str) -> String {
    let (verdict, reason) = row.rsplit_once('\t').unwrap();
    assert!(verdict.matches('\t').count() == 2 && !reason.is_empty(), "{row}");
    verdict.to_owned()
}

/// The rows that what is said of the templates amounts to.
fn findings(root: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "json"))
        .collect();
    names.sort();
    let inputs = names.iter().map(|name| Input { name: name.clone(), ..Input::file(&root.join(name), true) });
    let outcome = ecs_lint::check(
        Discovery { inputs: inputs.collect(), ..Discovery::default() },
        &ecs_lint::lint::Settings::default(),
        &|_| {},
    );
    let mut rows: Vec<String> = outcome
        .diagnostics
        .iter()
        .map(|found| {
            let file = outcome.sources.name(found.primary.span.file);
            format!("{file}\t{}\t{}", found.rule, found.severity.as_str())
        })
        .collect();
    let reported: BTreeSet<String> = rows.iter().filter_map(|row| row.split('\t').next()).map(str::to_owned).collect();
    rows.extend(names.iter().filter(|name| !reported.contains(*name)).map(|name| format!("{name}\t-\tsilent")));
    rows.sort();
    rows
}

/// The rows that are more often in `rows`, which are sorted, than in `others`.
fn multiset_difference<'a>(rows: &'a [String], others: &[String]) -> Vec<&'a str> {
    let count = |all: &[String], row: &str| all.iter().filter(|one| *one == row).count();
    let mut more: Vec<&str> = rows.iter().map(String::as_str).collect();
    more.dedup();
    more.retain(|row| count(rows, row) > count(others, row));
    more
}
