//! Keeps the README true: its table of rules, its excerpts of output, of examples and of configuration, and the fields of the JSON
//! output.
//!
//! `UPDATE_EXPECT=1 cargo test --test readme` writes the table and the excerpts anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ecs_lint::rules;
use serde_json::Value;

/// The README shows the first finding of each of these in `fixtures/demo`.
const SHOWN: [&str; 3] = ["registry-credentials-missing", "execution-role-missing", "plaintext-engine-auth-data"];

/// Examples that the README shows, each between marks of that name. `.ci/pre-commit` and `.ci/packages` try them.
const EXAMPLES: [&str; 3] = ["pre-commit-config", "github-actions", "gitlab-ci"];

#[test]
fn generated_parts_are_up_to_date() {
    let readme = read("README.md");
    let parts = [
        ("rules", table()),
        ("demo", excerpt()),
        ("configuration", format!("```toml\n{}```\n", read("tests/config/example/ecs-lint.toml"))),
        ("suppress-comment", lines_of("fixtures/suppression/task.yaml", "containerDefinitions:", "")),
        ("suppress-metadata", lines_of("fixtures/suppression/template.yaml", "Resources:", "    Properties:")),
        ("baseline", baseline()),
    ];
    let examples = EXAMPLES.map(|name| (name, format!("```yaml\n{}```\n", read(&format!("examples/{name}.yml")))));
    let all = parts.iter().chain(&examples);
    let generated = all.fold(readme.clone(), |text, (name, part)| replaced(&text, name, part));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        // In one step, as the other test may be reading it.
        let new = path("README.md.new");
        std::fs::write(&new, generated).unwrap();
        std::fs::rename(new, path("README.md")).unwrap();
    } else {
        assert_eq!(readme, generated);
    }
}

#[test]
fn every_field_of_the_json_output_is_documented() {
    let readme = read("README.md");
    let (_, documented) = readme.split_once("\n## JSON\n").unwrap();
    let (documented, _) = documented.split_once("\n## ").unwrap();
    let output: Value = serde_json::from_str(&read("fixtures/demo/expected.json")).unwrap();
    let mut fields = BTreeSet::new();
    collect_fields(&output, &mut fields);
    let missing: Vec<&String> = fields.iter().filter(|field| !documented.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "the README does not say what these are: {missing:?}");
}

fn table() -> String {
    let mut table = String::from("| rule | severity | finds |\n|---|---|---|\n");
    for rule in rules::all() {
        let page = rule.page();
        let _ = writeln!(table, "| [{0}](rules/{0}.md) | {1} | {2} |", rule.name, page.severity, page.title);
    }
    table
}

fn excerpt() -> String {
    let output = read("fixtures/demo/expected.txt");
    let finding = |rule: &str| {
        let is_of_rule = |text: &&str| text.lines().next().is_some_and(|line| line.contains(&format!("[{rule}]")));
        output.split("\n\n").find(is_of_rule).unwrap().trim_end()
    };
    format!("```text\n{}\n```\n", SHOWN.map(finding).join("\n\n"))
}

/// The lines of a file from one that begins so up to one that is so, or to the end.
fn lines_of(file: &str, from: &str, to: &str) -> String {
    let text = read(file);
    let lines: Vec<&str> = text.lines().skip_while(|line| *line != from).take_while(|line| *line != to).collect();
    format!("```yaml\n{}\n```\n", lines.join("\n"))
}

/// The first entries of the baseline of `fixtures/demo`.
fn baseline() -> String {
    let root = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(path("fixtures/demo")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), root.path().join(entry.file_name())).unwrap();
    }
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    command.args(["--quiet", "--write-baseline", "baseline.json"]).current_dir(root.path()).output().unwrap();
    let text = std::fs::read_to_string(root.path().join("baseline.json")).unwrap();
    let (first, rest) = text.split_once("    },\n").unwrap();
    let (second, _) = rest.split_once("    },\n").unwrap();
    format!("```json\n{first}    }},\n{second}    }},\n    …\n```\n")
}

/// The README with another text between the two marks of that name.
fn replaced(readme: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let (before, rest) = readme.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}{text}{end}{after}")
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
