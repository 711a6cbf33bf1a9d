//! Runs the program on each directory of `fixtures/` and compares what it prints with the files beside the inputs.
//!
//! `UPDATE_EXPECT=1 cargo test --test fixtures` writes those files anew; read the difference before it is committed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// Each case and the exit status that it ends with.
const CASES: [(&str, i32); 15] = [
    ("cdk", 1),
    ("cfn-forms", 1),
    ("crlf-bom", 2),
    ("demo", 1),
    ("duplicate-keys", 1),
    ("lookalikes", 3),
    ("non-ascii", 1),
    ("placeholders", 2),
    ("permissions", 1),
    ("registry-secrets", 1),
    ("resolution", 1),
    ("shapes", 1),
    ("suppression", 1),
    ("user-data", 1),
    ("wrong-types", 1),
];

/// Format, and the file with what it prints.
const FORMATS: [(&str, &str); 3] = [("text", "expected.txt"), ("json", "expected.json"), ("sarif", "expected.sarif")];

/// The other formats, of this one case.
const OTHER_FORMATS: [(&str, &str); 8] = [
    ("concise", "expected.concise"),
    ("jsonl", "expected.jsonl"),
    ("github", "expected.github"),
    ("gitlab", "expected.gitlab"),
    ("junit", "expected.junit"),
    ("checkstyle", "expected.checkstyle"),
    ("rdjson", "expected.rdjson"),
    ("markdown", "expected.md"),
];
const CASE_OF_OTHER_FORMATS: &str = "demo";

/// What stands as a credential in the inputs: passwords or how they begin, two with their user name in base64, and AWS's own
/// placeholders for such.
const CREDENTIALS: [&str; 9] = [
    "not-a-real-password",
    "mot-de-passe-été-🔑",
    "ZGVwbG95Om5vdC1hLXJlYWwtcGFzc3dvcmQ=",
    "nicht-echt-",
    "ZGVwbG95Om5pY2h0LWVjaHQtMw==",
    "zq9!7",
    "8675309",
    "my_password",
    "zq212MzEXAMPLE7o6T25Dk0i",
];

#[test]
fn output_is_as_expected() {
    let mut report = String::new();
    for (case, status) in CASES {
        let others = OTHER_FORMATS.iter().filter(|_| case == CASE_OF_OTHER_FORMATS);
        for (format, file) in FORMATS.iter().chain(others) {
            let (output, code) = run(case, format);
            if code != Some(status) {
                let _ = writeln!(report, "fixtures/{case} as {format}: exit status {code:?} instead of {status}");
            }
            let _ = write!(report, "{}", compare(&folder(case).join(file), &output));
        }
    }
    assert!(report.is_empty(), "\n{report}\nUPDATE_EXPECT=1 accepts all of it.");
}

#[test]
fn every_directory_is_a_case() {
    let listed: BTreeSet<String> = CASES.iter().map(|(case, _)| (*case).to_owned()).collect();
    let present: BTreeSet<String> = std::fs::read_dir(folder(""))
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(listed, present);
}

#[test]
fn long_and_short_form_have_the_same_findings() {
    assert_eq!(findings("cfn-forms/template.json"), findings("cfn-forms/template.yaml"));
}

#[test]
fn a_minified_template_has_the_same_findings() {
    assert_eq!(findings("cdk/minified.template.json"), findings("cdk/ShopServices.template.json"));
}

#[test]
fn no_format_shows_a_credential() {
    for (case, _) in CASES {
        for (format, _) in FORMATS.iter().chain(&OTHER_FORMATS) {
            let (output, _) = run(case, format);
            for credential in CREDENTIALS {
                assert!(!output.contains(credential), "fixtures/{case} as {format} shows {credential}");
            }
        }
    }
}

#[test]
fn expectations_are_no_inputs() {
    for (case, _) in CASES {
        let (output, _) = run(case, "json");
        let document: Value = serde_json::from_str(&output).unwrap();
        let inputs = std::fs::read_dir(folder(case))
            .unwrap()
            .filter(|entry| !entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("expected."))
            .count();
        assert_eq!(document.pointer("/summary/files_seen"), Some(&inputs.into()), "fixtures/{case}");
    }
}

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case)
}

/// What the program prints for a case and the status it ends with.
fn run(case: &str, format: &str) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--format", format, "--color", "never"])
        .arg(format!("fixtures/{case}"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let text = text.replace(concat!("\"", env!("CARGO_PKG_VERSION"), "\""), "\"[version]\"");
    (if format == "sarif" { without_pages(&text) } else { text }, output.status.code())
}

/// SARIF carries every rule's page. They are left out here, so that a word in a page changes no expectation.
fn without_pages(sarif: &str) -> String {
    let (before, rest) = sarif.split_once("\n          \"rules\": [\n").unwrap();
    let (_, after) = rest.split_once("\n          ]").unwrap();
    format!("{before}\n          \"rules\": \"[pages]\"{after}")
}

/// What is wrong with `actual`, unless expectations are being written.
fn compare(expected: &Path, actual: &str) -> String {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(expected, actual).unwrap();
        return String::new();
    }
    let text = std::fs::read_to_string(expected).unwrap_or_default();
    if text == actual {
        return String::new();
    }
    let same = text.lines().zip(actual.lines()).take_while(|(one, other)| one == other).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    format!("{}:{}\n  expected {}\n  got      {}\n", expected.display(), same + 1, line(&text), line(actual))
}

/// The findings of one file without the places they are at, in order of their text.
fn findings(file: &str) -> Vec<String> {
    let (output, _) = run(file, "json");
    let document: Value = serde_json::from_str(&output).unwrap();
    let mut findings: Vec<String> = document
        .get("diagnostics")
        .and_then(Value::as_array)
        .unwrap()
        .iter()
        .map(|finding| serde_json::to_string_pretty(&without_places(finding.clone())).unwrap())
        .collect();
    assert!(!findings.is_empty(), "fixtures/{file} has no finding");
    findings.sort();
    findings
}

/// Without what depends on where and in which notation a template is written: places, and statements to add to it.
fn without_places(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|name, _| name != "path" && name != "range" && name != "fixes");
            members.values_mut().for_each(|member| *member = without_places(member.take()));
        }
        Value::Array(items) if items.iter().any(is_statement) => items.retain(|item| !is_statement(item)),
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_places(item.take())),
        _ => {}
    }
    value
}

fn is_statement(note: &Value) -> bool {
    note.as_str().is_some_and(|note| note.contains("Effect"))
}
