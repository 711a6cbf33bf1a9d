//! What a file's name or text may not do: steer a terminal, hide or reorder what it shows, command a CI service, or be markup.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use ecs_lint::report::Format;
use tempfile::TempDir;

/// Each would do harm if it were shown as it is; NUL and `/` can be in no name.
const HARMFUL: [&str; 15] = [
    "\u{1b}[2J\u{1b}]0;title\u{7}",
    "\u{9b}31m",
    "\u{7f}\u{8}",
    "\u{202e}txet\u{2066}",
    "\u{200b}\u{200d}\u{2060}\u{feff}",
    "\u{e0041}\u{ad}\u{180e}",
    "a\r\n::error::gotcha",
    "\n##[error]gotcha",
    "##vso[task.setvariable variable=x]y",
    "`<img src=x onerror=y>`",
    "|@team #1 &amp; &lt;script>",
    "[x](javascript:y) ![z](y)",
    "]]> <b> \" ' %0A::error::z",
    "$(touch x) ; ${{ secrets.X }}",
    "\u{2028}::warning::x\u{2029}",
];

/// Where the text stands in a file, as an escape of JSON: findings are made about each of these.
fn files(harmful: &str) -> Vec<(&'static str, String)> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (plain, registry) = (quoted(harmful), quoted(&format!("r.corp.internal/{harmful}")));
    let arn = quoted(&format!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:{harmful}:a:b:c:d"));
    // As it is, where the notation allows it: in a comment, in a script.
    let raw: String = harmful.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    vec![
        (
            "task.json",
            format!(
                "{{\"family\": {plain}, \"executionRoleArn\": {plain}, \"Memory\": 1, {plain}: 1, {plain}: 2, \"containerDefinitions\": \
                 [{{\"name\": {plain}, \"image\": {registry}, \"secrets\": [{{\"name\": {plain}, \"valueFrom\": {arn}}}, {{\"name\": {plain}, \
                 \"valueFrom\": {plain}}}]}}]}} // {raw}"
            ),
        ),
        (
            "template.json",
            format!(
                "{{\"Resources\": {{{plain}: {{\"Type\": \"AWS::ECS::TaskDefinition\", \"Properties\": {{\"ExecutionRoleArn\": {{\"Fn::GetAtt\": \
                 [\"R\", \"Arn\"]}}, \"ContainerDefinitions\": [{{\"Name\": {plain}, \"Image\": {registry}, \"Secrets\": [{{\"Name\": {plain}, \
                 \"ValueFrom\": {arn}}}], \"Cpu\": {{\"Fn::If\": [{plain}, 1, []]}}}}]}}}}, \"R\": {{\"Type\": \"AWS::IAM::Role\", \"Properties\": \
                 {{\"RoleName\": {plain}, \"Policies\": [{{\"PolicyName\": {plain}, \"PolicyDocument\": {{\"Statement\": [{{\"Effect\": \"Allow\", \
                 \"Action\": [\"secretsmanager:GetSecretValue\", {plain}], \"Resource\": [{plain}, {arn}]}}]}}}}]}}}}}}}}"
            ),
        ),
        ("user-data.sh", format!("#!/bin/sh\n# {raw}\ndocker login -u x -p hunter2-{raw} r.corp.internal/{raw}\n")),
        ("broken.json", format!("{{\"family\": {plain}, \"containerDefinitions\": [{{\"{raw}\": }}")),
        ("unresolved.yaml", format!("containerDefinitions:\n  {{{{ {raw} }}}}\n- name: [{{% x\n")),
        (
            "suppressed.yaml",
            format!(
                "# ecs-lint ignore[wrong-typ] {raw}\nfamily: 1\ncontainerDefinitions: [] # ecs-lint: ignore[{raw}]\n"
            ),
        ),
    ]
}

fn command(directory: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    let output = command.args(args).current_dir(directory).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.code().is_some_and(|status| status <= 3), "{args:?}: {output:?}");
    // A line each, so that both are looked at by themselves.
    String::from_utf8(output.stdout).unwrap() + "\u{0}" + &String::from_utf8(output.stderr).unwrap()
}

fn is_harmful(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t' | '\u{0}') || ecs_lint::source::is_invisible(character)
}

/// A line that is a command to the runner of GitHub Actions or of Azure Pipelines.
fn commands(printed: &str) -> Vec<&str> {
    let commands = ["##[error]", "##vso["];
    printed
        .split(['\n', '\r', '\u{0}'])
        .filter(|line| line.trim_start().starts_with("::") || commands.iter().any(|command| line.contains(command)))
        .collect()
}

fn check(what: &str, printed: &str) {
    if let Some(at) = printed.find(is_harmful) {
        let end = (at..=printed.len().min(at + 80)).rev().find(|end| printed.is_char_boundary(*end)).unwrap();
        let start = (0..=at.saturating_sub(80)).rev().find(|start| printed.is_char_boundary(*start)).unwrap();
        panic!("{what} prints {:?}", &printed[start..end]);
    }
    assert_eq!(commands(printed), Vec::<&str>::new(), "{what}");
}

/// The directory with all of the files under a name that does harm itself.
fn hostile_directory(harmful: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(harmful.replace('/', "%"));
    fs::create_dir(&folder).unwrap();
    for (name, text) in files(harmful) {
        fs::write(folder.join(name), &text).unwrap();
        let (stem, end) = name.split_once('.').unwrap();
        fs::write(folder.join(format!("{stem}{}.{end}", harmful.replace('/', "%"))), text).unwrap();
    }
    root
}

#[test]
#[cfg(unix)]
fn nothing_in_a_name_or_a_text_does_harm() {
    for harmful in HARMFUL {
        let root = hostile_directory(harmful);
        for format in Format::ALL.map(Format::as_str) {
            let printed = command(root.path(), &["--format", format, "--show-suppressed", "."]);
            let what = format!("{harmful:?} in {format}");
            assert!(printed.len() > 500, "{what}: {printed}");
            if format == "github" {
                let (findings, rest) = printed.split_once('\u{0}').unwrap();
                // A command a line, and each is one of ours with its properties: a name or a text begins none.
                for line in findings.lines() {
                    let command = ["::error file=", "::warning file=", "::notice file="];
                    assert!(command.iter().any(|command| line.starts_with(command)), "{what}: {line}");
                    assert!(line.contains(",title=ecs-lint%3A ") && !line.contains('\r'), "{what}: {line}");
                    check(&what, line.trim_start_matches(':'));
                }
                check(&what, rest);
            } else {
                check(&what, &printed);
            }
            if format == "markdown" {
                check_markdown(&what, &printed);
            }
        }
    }
}

/// Nothing but what the format itself writes is markup.
fn check_markdown(what: &str, printed: &str) {
    let (text, _) = printed.split_once('\u{0}').unwrap();
    for line in text.lines() {
        if line.starts_with('|') && !line.starts_with("| rule |") && !line.starts_with("|---") {
            assert_eq!(line.matches('|').count(), 4, "{what}: {line}");
        }
        // Outside of code that is between backticks, where nothing is markup.
        for (at, part) in line.split('`').enumerate() {
            if at % 2 == 0 {
                for markup in ["<img", "<b>", "<script", "](", "@team", "#1 ", "onerror=y>"] {
                    assert!(!part.contains(markup), "{what}: {line}");
                }
            }
        }
    }
}

/// What is printed beside reports: diffs, policies, errors, the configuration, baselines.
#[test]
#[cfg(unix)]
fn nothing_in_a_name_or_a_text_does_harm_beside_reports() {
    for harmful in HARMFUL {
        let root = hostile_directory(harmful);
        let name = harmful.replace('/', "%");
        let inside = root.path().join(&name);
        let task = format!("{name}/task{name}.json");
        let template = format!("{name}/template{name}.json");
        let missing = format!("{name}/missing");
        let what = |args: &[&str]| format!("{harmful:?} in {args:?}");
        for args in [
            &["--fix", "--diff", "--unsafe-fixes", "."][..],
            &["policy", &task],
            &["policy", &task, "--format", "yaml"],
            &["policy", &template],
            &["policy", &template, "--format", "yaml"],
            &["policy", &template, "--task", &name],
            &["policy", &missing],
            &["policy", "."],
            &[&missing],
            &["explain", &name],
            &["--output", &format!("json:{missing}/x")],
            &["--output", &format!("{name}:x")],
            &["--baseline", &missing],
            &["--config", &missing],
            &["--parameters", &missing],
            &["--select", &name],
            &["--diff", &name],
            &[&format!("--{name}")],
            &["--write-baseline", "base.json", "."],
            &["--baseline", "base.json", "--fail-on-stale", "--fix", "--unsafe-fixes", "."],
        ] {
            check(&what(args), &command(root.path(), args));
        }
        let toml = format!("include = [{}]\nbaseline = {}\n", toml(harmful), toml(harmful));
        fs::write(inside.join("ecs-lint.toml"), &toml).unwrap();
        for args in [&["config"][..], &["config", "--format", "json"], &["."]] {
            check(&what(args), &command(&inside, args));
        }
        let toml = format!("fail-on = {0}\n{0} = 1\n[rules]\nselect = [{0}]\n{0} = {0}\n", self::toml(harmful));
        fs::write(inside.join("ecs-lint.toml"), &toml).unwrap();
        check(&what(&["a configuration with mistakes"]), &command(&inside, &["."]));
    }
}

/// A string of TOML.
fn toml(text: &str) -> String {
    let mut toml = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => toml.extend(['\\', character]),
            character if character.is_control() => {
                let _ = write!(toml, "\\U{:08X}", u32::from(character));
            }
            character => toml.push(character),
        }
    }
    toml + "\""
}
