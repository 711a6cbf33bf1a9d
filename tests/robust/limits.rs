//! The limits: what is said when one is met, and that `SECURITY.md` tells their values.

use std::fmt::Write as _;
use std::path::Path;

use ecs_lint::discover::SIZE_LIMIT;
use ecs_lint::{cloudformation, model, syntax, userdata::limits};

use serde_json::{Value, json};

use crate::{directory, run};

/// With a comma between the thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[test]
fn the_table_of_limits_is_that_of_the_program() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md")).unwrap();
    for (what, value) in [
        ("size of a file", format!("{} MiB", SIZE_LIMIT >> 20)),
        ("values in a file, keys included", grouped(syntax::MOST_VALUES)),
        ("nesting of JSON", grouped(syntax::DEEPEST_JSON)),
        ("nesting of YAML", grouped(syntax::DEEPEST_YAML)),
        ("values that aliases add", grouped(syntax::MOST_COPIES)),
        ("different values of one setting", grouped(cloudformation::MAX_CASES)),
        ("ways to put one setting together", grouped(cloudformation::MOST_COMBINATIONS)),
        ("one text of user data", format!("{} KiB", limits::LONGEST_TEXT >> 10)),
        ("all that is decoded of user data", format!("{} MiB", limits::MOST_DECODED >> 20)),
        ("texts that user data unfolds into", grouped(limits::MOST_TEXTS)),
        ("texts of user data in one another", grouped(limits::DEEPEST)),
        ("findings in a file", grouped(model::MOST_FINDINGS)),
    ] {
        let row = page.lines().find(|line| line.starts_with(&format!("| {what} | ")));
        let row = row.unwrap_or_else(|| panic!("`SECURITY.md` has no row for `{what}`"));
        assert!(row.starts_with(&format!("| {what} | {value} | ")), "{what} is {value}: {row}");
    }
}

/// An image that has 64 values, and has them long before it is put together.
fn put_together_in_many_ways() -> String {
    let of_each = |what: &str, value: &dyn Fn(usize) -> Value| -> Value {
        (0..6).map(|number| (format!("{what}{number}"), value(number))).collect::<serde_json::Map<_, _>>().into()
    };
    let elements: Vec<Value> = (0..cloudformation::MOST_COMBINATIONS / 64)
        .map(|at| json!({"Fn::If": [format!("C{}", at % 6), "a", "b"]}))
        .collect();
    json!({
        "Parameters": of_each("P", &|_| json!({"Type": "String"})),
        "Conditions": of_each("C", &|number| json!({"Fn::Equals": [{"Ref": format!("P{number}")}, "x"]})),
        "Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "ContainerDefinitions": [{"Name": "c", "Image": {"Fn::Join": ["", elements]}}],
        }}},
    })
    .to_string()
}

/// What is said of a file, in one line a finding.
fn said(name: &str, text: &str) -> (Option<i32>, String) {
    let root = directory(&[(name, text)]);
    let (status, stdout, _) = run(root.path(), &["--format", "concise", name]);
    (status, stdout)
}

#[test]
fn each_limit_has_a_diagnostic() {
    let task = "family: f\nexecutionRoleArn: r\ncontainerDefinitions:\n";
    let nested_json = format!("{{\"containerDefinitions\": {}", "[".repeat(200));
    let nested_yaml = format!("containerDefinitions: {}", "[".repeat(300));
    let values = format!("{{\"containerDefinitions\": [{}0]}}", "0,".repeat(syntax::MOST_VALUES));
    let values_yaml = format!("containerDefinitions:\n{}", "- 0\n".repeat(syntax::MOST_VALUES));
    let mut aliases = "containerDefinitions: []\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(aliases, "a{level}: &a{level} [{inner}]");
    }
    let script = format!("#!/bin/sh\n{}cat > /etc/ecs/ecs.config\n", "# much\n".repeat(limits::LONGEST_TEXT / 6));
    let many = format!("{task}{}", "- {name: c, image: r.corp.internal/c}\n".repeat(model::MOST_FINDINGS + 5));
    let ways = put_together_in_many_ways();
    for (name, text, status, words) in [
        ("ways.json", &ways, 1, "note[limit-reached] this can be more than 64 different values, or be put together"),
        ("nested.json", &nested_json, 2, "[syntax-error] cannot be parsed: this is nested more than 128 levels deep"),
        ("nested.yaml", &nested_yaml, 2, "[syntax-error] cannot be parsed: this is nested more than 255 levels deep"),
        ("values.json", &values, 2, "[syntax-error] cannot be parsed: this file has more than 2000000 values"),
        ("values.yaml", &values_yaml, 2, "[syntax-error] cannot be parsed: this file has more than 2000000 values"),
        (
            "aliases.yaml",
            &aliases,
            2,
            "[syntax-error] cannot be parsed: with its aliases the file expands to more than",
        ),
        (
            "user-data.sh",
            &script,
            1,
            "note[limit-reached] this is not read to its end: no more than 1024 KiB of one text",
        ),
        (
            "many.yaml",
            &many,
            1,
            "note[limit-reached] this file has more than 10000 findings, of which no more are told",
        ),
    ] {
        let root = directory(&[(name, text)]);
        let (found, stdout, _) = run(root.path(), &["--format", "concise", "--fail-on", "note", name]);
        assert!(stdout.contains(words), "{name}: {}", &stdout[..stdout.len().min(400)]);
        assert_eq!(found, Some(status), "{name}");
        if name == "many.yaml" {
            assert_eq!(stdout.lines().count(), model::MOST_FINDINGS + 1);
        }
    }
    // That of one setting is the example of the rule's page, that of the file's size is in `tests/cli.rs`.
    let (status, stdout) =
        said("task.yaml", &format!("{task}- {{name: c, image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/c:1}}\n"));
    assert_eq!((status, stdout.as_str()), (Some(0), ""), "nothing is said where none is met");
}
