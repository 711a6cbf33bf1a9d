//! Suppressions end to end: in files, in the configuration, and in every output.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Stdio};

use ecs_lint::config::{self, Flags, Origin};
use ecs_lint::discover::{Discovery, Input};
use ecs_lint::lint::{Outcome, Settings, SuppressedBy};
use ecs_lint::model::read_date;
use serde_json::Value;

const RULE: &str = "registry-credentials-missing";

/// A task with one warning, with a comment before it and one behind it.
fn task(above: &str, behind: &str) -> String {
    format!(
        "family: web\nrequiresCompatibilities: [EC2]\nexecutionRoleArn: arn:aws:iam::111122223333:role/execution\n\
         containerDefinitions:\n  - name: web\n    {above}\n    image: acme-widgets/web:1  {behind}\n"
    )
}

fn check(files: &[(&str, &str)], settings: &Settings) -> Outcome {
    let inputs = files.iter().map(|(name, text)| Input::text(name, text.as_bytes().to_vec())).collect();
    ecs_lint::check(Discovery { inputs, ..Discovery::default() }, settings, &|_| {})
}

/// The rules that are reported, each with its line, and the number of findings that are suppressed.
fn said(outcome: &Outcome) -> (Vec<(&'static str, u32)>, usize) {
    let line = |diagnostic: &ecs_lint::lint::Diagnostic| {
        let span = diagnostic.primary.span;
        outcome.sources.get(span.file).unwrap().position(span.start).line
    };
    let reported = outcome.diagnostics.iter().map(|diagnostic| (diagnostic.rule, line(diagnostic)));
    (reported.collect(), outcome.summary.suppressed)
}

#[test]
fn a_comment_covers_its_own_line_or_the_next() {
    let ignore = format!("# ecs-lint: ignore[{RULE}] known");
    let other = "# ecs-lint: ignore[wrong-type] known";
    let two = format!("{ignore}\n    # and a word more");
    let apart = format!("{ignore}\n");
    for (above, behind, expected) in [
        ("", ignore.as_str(), (vec![], 1)),
        (&ignore, "", (vec![], 1)),
        (&two, "", (vec![], 1)),
        (&apart, "", (vec![("unused-suppression", 6), (RULE, 8)], 0)),
        ("", other, (vec![(RULE, 7), ("unused-suppression", 7)], 0)),
        (&ignore, &ignore, (vec![], 1)),
        ("", "#ecs-lint:ignore", (vec![(RULE, 7), ("invalid-suppression", 7)], 0)),
        ("note: \"# ecs-lint: ignore\"", &ignore, (vec![], 1)),
        (&format!("cpu: 1 {ignore}"), "", (vec![("unused-suppression", 6), (RULE, 7)], 0)),
    ] {
        let text = task(above, behind);
        for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
            let outcome = check(&[("task.yaml", &text)], &Settings::default());
            assert_eq!(said(&outcome), expected, "{text}");
        }
    }
}

#[test]
fn what_is_said_of_a_suppression_can_be_suppressed() {
    let both = format!("# ecs-lint: ignore[{RULE}, suppression-without-reason]");
    assert_eq!(said(&check(&[("task.yaml", &task("", &both))], &Settings::default())), (vec![], 2));
    let idle = "# ecs-lint: ignore[wrong-type, unused-suppression] kept for the generator";
    let outcome = check(&[("task.yaml", &task(idle, ""))], &Settings::default());
    assert_eq!(said(&outcome), (vec![("unused-suppression", 6), ("unused-suppression", 6), (RULE, 7)], 0));
    let idle = "# ecs-lint: ignore[wrong-type] kept\n    # ecs-lint: ignore[unused-suppression] for the generator";
    let outcome = check(&[("task.yaml", &task("", &idle.replace("\n    ", " ")))], &Settings::default());
    assert_eq!(said(&outcome).1, 0, "a second directive in one comment is part of the first one's reason");
}

#[test]
fn a_suppression_holds_through_its_last_day() {
    let text = task("", &format!("# ecs-lint: ignore[{RULE}] until 2027-01-31 known"));
    for (today, expected) in [
        (Some("2027-01-30"), (vec![], 1)),
        (Some("2027-01-31"), (vec![], 1)),
        (Some("2027-02-01"), (vec![(RULE, 7), ("expired-suppression", 7)], 0)),
        (None, (vec![], 1)),
    ] {
        let settings = Settings { today: today.and_then(read_date), ..Settings::default() };
        assert_eq!(said(&check(&[("task.yaml", &text)], &settings)), expected, "{today:?}");
    }
}

#[test]
fn a_rule_that_is_not_run_leaves_no_suppression_unused() {
    let text = task("# ecs-lint: ignore[wrong-type] known", "");
    let settings = configured("[rules]\nwrong-type = \"off\"\n", false);
    assert_eq!(said(&check(&[("task.yaml", &text)], &settings)), (vec![(RULE, 7)], 0));
    let broken = format!("{text}---\ncontainerDefinitions: [\n");
    assert_eq!(said(&check(&[("task.yaml", &broken)], &Settings::default())).0, [(RULE, 7), ("syntax-error", 9)]);
}

/// An entry of the configuration.
fn entry(rule: &str, path: Option<&str>, resource: Option<&str>, container: Option<&str>) -> String {
    let keys = [("path", path), ("resource", resource), ("container", container)];
    let patterns = keys.into_iter().filter_map(|(key, pattern)| Some(format!("{key} = \"{}\"\n", pattern?)));
    format!("[[suppress]]\nrule = \"{rule}\"\nreason = \"known\"\n{}", patterns.collect::<String>())
}

/// The settings of a configuration in the directory above.
fn configured(text: &str, is_whole: bool) -> Settings {
    let origin = Origin::Text("../ecs-lint.toml".to_owned(), text.to_owned());
    let loaded = config::load(Path::new("/repo/infra"), &origin, &Flags::default());
    let settings = loaded.unwrap_or_else(|failure| panic!("{text}: {:?}", failure.outcome.diagnostics)).settings;
    Settings { is_whole, ..settings }
}

#[test]
fn all_patterns_of_an_entry_must_match() {
    let text = task("", "");
    for (path, resource, container, suppresses) in [
        (None, None, None, true),
        (Some("infra/*.yaml"), Some("we?"), Some("{web,api}"), true),
        (Some("**/task.yaml"), None, None, true),
        (Some("/*.yaml"), None, None, false),
        (Some("infra/task.yml"), None, None, false),
        (None, Some("api"), None, false),
        (None, None, Some("api"), false),
    ] {
        let settings = configured(&entry(RULE, path, resource, container), false);
        let outcome = check(&[("task.yaml", &text)], &settings);
        assert_eq!(outcome.summary.suppressed, usize::from(suppresses), "{path:?} {resource:?} {container:?}");
        let by: Vec<_> = outcome.suppressed.iter().map(|one| (one.by, one.justification.as_deref())).collect();
        assert!(by.iter().all(|by| *by == (SuppressedBy::Configuration, Some("known"))));
    }
}

#[test]
fn an_entry_of_the_configuration_is_unused_only_where_all_of_it_was_checked() {
    let text = task("", &format!("# ecs-lint: ignore[{RULE}] known"));
    for (path, is_whole, is_unused) in [
        (None, false, false),
        (None, true, true),
        (Some("infra/*.yaml"), false, false),
        (Some("infra/*.yaml"), true, true),
        (Some("infra/task.yaml"), false, true),
        (Some("infra/other.yaml"), false, false),
        (Some("infra/other.yaml"), true, true),
    ] {
        let settings = configured(&entry("wrong-type", path, None, None), is_whole);
        let outcome = check(&[("task.yaml", &text)], &settings);
        let expected = if is_unused { vec![("unused-suppression", 2)] } else { vec![] };
        assert_eq!(said(&outcome).0, expected, "{path:?} {is_whole}");
        let place = outcome.diagnostics.first().map(|diagnostic| outcome.sources.name(diagnostic.primary.span.file));
        assert_eq!(place, is_unused.then_some("../ecs-lint.toml"));
    }
}

#[test]
fn what_cannot_be_read_is_suppressed_by_the_configuration_alone() {
    let broken = "# ecs-lint: ignore[syntax-error] generated\ncontainerDefinitions: [\n";
    assert_eq!(said(&check(&[("task.yaml", broken)], &Settings::default())).0, [("syntax-error", 2)]);
    let settings = configured(&entry("syntax-error", Some("infra/task.yaml"), None, None), true);
    assert_eq!(said(&check(&[("task.yaml", broken)], &settings)), (vec![], 1));
}

fn run(args: &[&str], epoch: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
        .args(args)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/suppression"))
        .env("SOURCE_DATE_EPOCH", epoch)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// 2026-11-21.
const EPOCH: &str = "1795219200";

#[test]
fn suppressed_findings_fail_no_run_and_are_counted() {
    let (status, stdout, stderr) = run(&["task.yaml", "template.yaml", "user-data.sh"], EPOCH);
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert!(stderr.starts_with("3 files looked at, 3 recognised: no findings, 5 suppressed in "), "{stderr}");
    let (status, stdout, _) = run(&["--show-suppressed", "--quiet", "task.yaml"], EPOCH);
    assert_eq!(status, 0);
    assert!(stdout.contains("warning[registry-credentials-missing]: suppressed: image"), "{stdout}");
    assert!(stdout.contains("= suppressed in the file: the repository is public"), "{stdout}");
}

#[test]
fn the_day_can_be_given() {
    let (status, stdout, _) = run(&["--format", "concise", "task.yaml"], "32503680000");
    assert_eq!(status, 1);
    assert_eq!(stdout.lines().filter(|line| line.contains("[expired-suppression]")).count(), 1, "{stdout}");
    let (status, stdout, stderr) = run(&["task.yaml"], "yesterday");
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(
        stderr.starts_with("error: ") && stderr.contains("SOURCE_DATE_EPOCH") && stderr.lines().count() == 1,
        "{stderr}"
    );
}

#[test]
fn json_and_sarif_tell_what_is_suppressed() {
    let json = |args: &[&str]| -> Value { serde_json::from_str(&run(args, EPOCH).1).unwrap() };
    let hidden = json(&["--format", "json", "template.yaml"]);
    assert_eq!(hidden["suppressed"], Value::Null);
    assert_eq!(hidden["summary"]["suppressed"], 2);
    let shown = json(&["--format", "json", "--show-suppressed", "template.yaml"]);
    assert_eq!(shown["suppressed"][0]["by"], "source");
    assert_eq!(shown["suppressed"][0]["reason"], "the repository is public");
    assert_eq!(shown["suppressed"][0]["resource"], "WebTask");

    let sarif = json(&["--format", "sarif", "cdk.template.json"]);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let kinds: Vec<_> = results.iter().map(|result| result["suppressions"][0]["kind"].as_str()).collect();
    assert_eq!(kinds, [None, None, None, Some("inSource"), Some("inSource")]);
    assert!(results.iter().all(|result| result["suppressions"].is_array()), "all results have it, or none");
    let suppression = &results[3]["suppressions"][0];
    assert!(suppression["justification"].as_str().unwrap().starts_with("both registries"));
    assert_eq!(suppression["location"]["physicalLocation"]["region"]["startLine"], 27);
    let without = json(&["--format", "sarif", "--hide-suppressed", "cdk.template.json"]);
    assert_eq!(without["runs"][0]["results"].as_array().unwrap().len(), 3);
}

#[test]
fn a_file_full_of_suppressions_is_read_in_time() {
    let comment = format!("    # ecs-lint: ignore[{RULE}] known\n");
    let text = task("", "").replace("    \n", &comment.repeat(5_000));
    let outcome = check(&[("task.yaml", &text)], &Settings::default());
    assert_eq!((outcome.summary.suppressed, outcome.summary.warnings), (1, 4_900));
    let comment = format!("/* ecs-lint: ignore[{RULE}] known */");
    let line = format!(
        "{{\"family\":\"web\",{}\"containerDefinitions\":[{{\"name\":\"web\",\"image\":\"acme/web:1\"}}]}}",
        comment.repeat(5_000)
    );
    assert_eq!(said(&check(&[("task.jsonc", &line)], &Settings::default())), (vec![], 1));
}

#[test]
fn a_comment_above_user_data_covers_all_of_it() {
    let text = "Resources:\n  N:\n    Type: AWS::EC2::Instance\n    Properties:\n      # ecs-lint: ignore[registry-login-in-user-data] known\n      \
                UserData:\n        Fn::Base64: |\n          #!/bin/sh\n          docker login -u a -p hunter2x r.example.com\n";
    assert_eq!(said(&check(&[("t.yaml", text)], &Settings::default())), (vec![], 1));
}
