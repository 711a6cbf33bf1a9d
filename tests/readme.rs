//! Keeps the README true: its table of rules, its excerpt of output, and the fields of the JSON output.
//!
//! `UPDATE_EXPECT=1 cargo test --test readme` writes the table anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ecs_lint::rules;
use serde_json::Value;

const BEGIN: &str = "<!-- rules -->";
const END: &str = "<!-- /rules -->";

#[test]
fn the_table_lists_every_rule() {
    let mut table = String::from("\n| rule | severity | finds |\n|---|---|---|\n");
    for rule in rules::all() {
        let page = rule.page();
        let _ = writeln!(table, "| [{0}](rules/{0}.md) | {1} | {2} |", rule.name, page.severity, page.title);
    }
    let readme = read("README.md");
    let current = between(&readme, BEGIN, END);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let marked = |table: &str| format!("{BEGIN}{table}{END}");
        std::fs::write(path("README.md"), readme.replace(&marked(current), &marked(&table))).unwrap();
    } else {
        assert_eq!(current, table);
    }
}

#[test]
fn the_excerpt_is_what_the_program_prints() {
    let readme = read("README.md");
    let excerpt = between(&readme, "<!-- demo -->\n```text\n", "```\n<!-- /demo -->");
    assert!(!excerpt.trim().is_empty());
    let output = read("fixtures/demo/expected.txt");
    for finding in excerpt.split_inclusive("\n\n") {
        assert!(output.contains(finding.trim_end()), "not in the output of fixtures/demo:\n{finding}");
    }
}

#[test]
fn every_field_of_the_json_output_is_documented() {
    let readme = read("README.md");
    let documented = between(&readme, "\n## JSON\n", "\n## ");
    let output: Value = serde_json::from_str(&read("fixtures/demo/expected.json")).unwrap();
    let mut fields = BTreeSet::new();
    collect_fields(&output, &mut fields);
    let missing: Vec<&String> = fields.iter().filter(|field| !documented.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "the README does not say what these are: {missing:?}");
}

fn collect_fields(value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                fields.insert(name.clone());
                collect_fields(member, fields);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_fields(item, fields)),
        _ => {}
    }
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}

/// What stands between two marks.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(begin).unwrap();
    let (between, _) = rest.split_once(end).unwrap();
    between
}
