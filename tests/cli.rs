//! The command end to end: exit statuses, streams, and every kind of bad input that is a matter of
//! files and pipes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Nothing to say about it.
const CLEAN: &str = r#"{"family": "clean", "requiresCompatibilities": ["FARGATE"],
 "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
 "containerDefinitions": [{"name": "web", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1"}]}"#;

/// An error: no credentials for an evidently private registry, on Fargate.
const ERROR: &str = r#"{"family": "error", "requiresCompatibilities": ["FARGATE"],
 "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
 "containerDefinitions": [{"name": "web", "image": "registry.corp.internal:5000/web:1"}]}"#;

/// A warning, and nothing worse: a Docker Hub image that may be private.
const WARNING: &str = r#"{"family": "warning", "requiresCompatibilities": ["EC2"],
 "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
 "containerDefinitions": [{"name": "web", "image": "acme-widgets/web:1"}]}"#;

const BROKEN: &str = r#"{"family": "broken", "containerDefinitions": [}"#;

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    command.args(args).current_dir(directory).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// Exit status, standard output, standard error.
fn result(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    result(command(directory, args).output().unwrap())
}

fn run_with_stdin(directory: &Path, args: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut command = assert_cmd::Command::from_std(command(directory, args));
    result(command.write_stdin(stdin).output().unwrap())
}

#[test]
fn the_exit_status_tells_what_happened() {
    let root = directory(&[
        ("clean/a.json", CLEAN),
        ("error/a.json", ERROR),
        ("warning/a.json", WARNING),
        ("broken/a.json", BROKEN),
        ("foreign/package.json", r#"{"name": "web", "private": true}"#),
    ]);
    fs::create_dir(root.path().join("empty")).unwrap();
    for (args, expected) in [
        (&["clean"][..], 0),
        (&["error"], 1),
        (&["--fail-on", "never", "error"], 0),
        (&["warning"], 1),
        (&["--fail-on", "error", "warning"], 0),
        (&["broken"], 2),
        (&["--fail-on", "never", "broken"], 2),
        (&["broken", "error"], 2),
        (&["clean", "no-such-path"], 2),
        (&["--no-such-option"], 2),
        (&["empty"], 3),
        (&["foreign"], 3),
        (&["foreign/package.json"], 0),
        (&["foreign", "clean"], 0),
        (&["foreign", "error"], 1),
    ] {
        let (status, stdout, stderr) = run(root.path(), args);
        assert_eq!(status, expected, "{args:?}\n{stdout}\n{stderr}");
    }
    let (_, stdout, stderr) = run(root.path(), &["error", "no-such-path"]);
    assert_eq!((stdout.as_str(), stderr.as_str()), ("", "error: `no-such-path` does not exist\n"));
}

#[test]
fn findings_go_to_stdout_and_everything_else_to_stderr() {
    let root = directory(&[("a.json", ERROR), ("b/c.json", WARNING), ("package.json", "{}")]);
    let (_, concise, summary) = run(root.path(), &["--format", "concise"]);
    let lines: Vec<&str> = concise.lines().collect();
    assert_eq!(lines.len(), 2, "{concise}");
    assert!(lines[0].starts_with("a.json:3:") && lines[0].contains(": error["), "{concise}");
    assert!(lines[1].starts_with("b/c.json:3:") && lines[1].contains(": warning["), "{concise}");
    assert!(summary.starts_with("3 files looked at, 2 recognised: 1 error, 1 warning in "), "{summary}");
    assert!(summary.ends_with("s\n") && summary.lines().count() == 1, "{summary}");

    let (_, text, stderr) = run(root.path(), &["--quiet", "."]);
    assert_eq!(stderr, "");
    assert!(text.starts_with("error[") && !text.contains('\u{1b}'), "{text}");
    let (_, colored, _) = run(root.path(), &["--color", "always"]);
    assert!(colored.contains("\u{1b}["), "{colored}");

    let (_, _, statistics) = run(root.path(), &["--quiet", "--statistics"]);
    assert!(statistics.lines().all(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit())));
    assert!(!statistics.is_empty());

    let (_, json, _) = run(root.path(), &["--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["summary"]["files_seen"], 3);
    assert_eq!(json["diagnostics"][1]["path"], "b/c.json");
    let (_, sarif, _) = run(root.path(), &["--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
}

#[test]
fn the_output_does_not_depend_on_the_number_of_threads() {
    let names: Vec<String> = (0..60).map(|number| format!("{}/{number}.json", number % 7)).collect();
    let files: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip([ERROR, WARNING, BROKEN, CLEAN].into_iter().cycle()).collect();
    let root = directory(&files);
    for format in ecs_lint::report::Format::ALL.map(ecs_lint::report::Format::as_str) {
        let (_, alone, _) = run(root.path(), &["--format", format, "--jobs", "1"]);
        let (_, together, _) = run(root.path(), &["--format", format, "--jobs", "8"]);
        assert!(!alone.is_empty() && alone == together, "{format}");
    }
}

#[test]
fn standard_input_has_the_name_it_is_given() {
    let root = directory(&[("a.json", CLEAN)]);
    let args = ["--format", "concise", "--stdin-filename", "infra/web.json", "-"];
    let (status, stdout, _) = run_with_stdin(root.path(), &args, ERROR.as_bytes());
    assert_eq!(status, 1);
    assert!(stdout.starts_with("infra/web.json:3:"), "{stdout}");
    let (status, stdout, stderr) = run_with_stdin(root.path(), &["-", "a.json"], CLEAN.as_bytes());
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert!(stderr.starts_with("2 files looked at, 2 recognised: no findings"), "{stderr}");
    let (status, stdout, _) = run_with_stdin(root.path(), &["-"], b"");
    assert_eq!(status, 2);
    assert!(stdout.contains("unreadable-file") && stdout.contains("is empty"), "{stdout}");
}

fn utf_16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// 100 MB of zeros with an ECS word behind them, which take no room on the disk.
fn write_sparse(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    file.seek(SeekFrom::Start(100_000_000)).unwrap();
    file.write_all(b"containerDefinitions").unwrap();
}

/// A directory with one good file and one of every bad kind. The second directory is outside.
#[cfg(unix)]
fn bad_inputs() -> (TempDir, TempDir) {
    use std::os::unix::fs::symlink;
    let outside = directory(&[("outside.json", ERROR)]);
    let root = directory(&[("good.json", ERROR), ("broken.json", BROKEN), ("empty.json", "")]);
    let at = |name: &str| root.path().join(name);
    fs::write(at("utf-16.json"), utf_16(ERROR)).unwrap();
    fs::write(at("latin-1.json"), [ERROR.as_bytes(), b"\n// caf\xe9\n"].concat()).unwrap();
    write_sparse(&at("large.json"));
    symlink("nowhere.json", at("dangling.json")).unwrap();
    symlink("loop.json", at("loop.json")).unwrap();
    symlink(".", at("circle")).unwrap();
    symlink(outside.path(), at("outside")).unwrap();
    symlink(outside.path().join("outside.json"), at("outside.json")).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo.json")).status().unwrap().success());
    (root, outside)
}

#[test]
#[cfg(unix)]
fn a_walk_reports_what_is_ours_and_cannot_be_read_and_all_the_rest() {
    let (root, _outside) = bad_inputs();
    let begin = Instant::now();
    let (status, stdout, stderr) = run(root.path(), &["--format", "concise"]);
    assert!(begin.elapsed() < Duration::from_secs(60), "a special file was opened");
    assert_eq!(status, 2);
    let lines: Vec<(&str, &str)> = stdout.lines().map(|line| line.split_once(':').unwrap()).collect();
    let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["broken.json", "good.json", "large.json", "latin-1.json", "utf-16.json"], "{stdout}");
    for (name, rule, words) in [
        ("broken.json", "error[syntax-error]", ""),
        ("good.json", "error[", ""),
        ("large.json", "[unreadable-file]", "larger than 64 MiB"),
        ("latin-1.json", "[unreadable-file]", "not valid UTF-8"),
        ("utf-16.json", "[unreadable-file]", "UTF-16"),
    ] {
        let (_, finding) = lines.iter().find(|(found, _)| *found == name).unwrap();
        assert!(finding.contains(rule) && finding.contains(words), "{name}:{finding}");
    }
    assert!(stderr.starts_with("6 files looked at"), "{stderr}");
    let (_, everything, _) = run(root.path(), &["--format", "concise", "--no-ignore"]);
    assert_eq!(everything, stdout);
}

#[test]
#[cfg(unix)]
fn what_is_named_is_reported_whatever_it_is() {
    let (root, _outside) = bad_inputs();
    for (name, words) in [
        ("empty.json", "is empty"),
        ("utf-16.json", "UTF-16"),
        ("latin-1.json", "offset"),
        ("large.json", "larger than"),
        ("dangling.json", "symbolic link to `nowhere.json`, which does not exist"),
        ("loop.json", "symbolic link"),
        ("fifo.json", "named pipe"),
        ("/dev/null", "a device"),
    ] {
        let (status, stdout, _) = run(root.path(), &["--format", "concise", "good.json", name]);
        assert_eq!(status, 2, "{name}");
        let bad = stdout.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap_or_default();
        assert!(bad.contains("[unreadable-file]") && bad.contains(words), "{name}: {stdout}");
        assert!(stdout.lines().any(|line| line.starts_with("good.json:")), "{name}: {stdout}");
    }
    for name in ["outside", "outside.json", "circle/good.json"] {
        let (status, stdout, _) = run(root.path(), &["--format", "concise", name]);
        assert_eq!((status, stdout.lines().count()), (1, 1), "{name}: {stdout}");
    }
}

/// What a hook does with all files of a commit.
#[test]
fn ignore_unknown_passes_over_what_is_named_and_not_ours() {
    let root = directory(&[
        ("chart.yaml", "replicas: {{ .Values.replicas }}\n  {{- if .Values.on }}\n"),
        ("empty.json", ""),
        ("tsconfig.json", "{,"),
        ("error.json", ERROR),
        ("broken.json", BROKEN),
    ]);
    let foreign = ["chart.yaml", "empty.json", "tsconfig.json"];
    let with = |more: &[&'static str]| run(root.path(), &[&["--ignore-unknown"], &foreign[..], more].concat());
    assert_eq!(run(root.path(), &foreign).0, 2);
    assert_eq!((with(&[]).0, with(&[]).1.as_str()), (0, ""));
    assert_eq!((with(&["error.json"]).0, with(&["broken.json"]).0, with(&["missing.json"]).0), (1, 2, 2));
}

/// Root reads everything, so as root the command is run as nobody.
#[test]
#[cfg(unix)]
fn what_may_not_be_read_is_reported_and_the_rest_checked() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;

    let root = directory(&[("good.json", ERROR), ("closed.json", ERROR), ("closed/a.json", ERROR)]);
    let allow = |name: &str, mode| {
        fs::set_permissions(root.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(".", 0o755);
    allow("closed.json", 0o000);
    allow("closed", 0o000);
    let mut command = command(root.path(), &["--format", "concise"]);
    if fs::read(root.path().join("closed.json")).is_ok() {
        command.uid(NOBODY);
    }
    let output = command.output();
    allow("closed", 0o755);
    match output.map(result) {
        Err(error) => eprintln!("skipped: nobody cannot run {}: {error}", env!("CARGO_BIN_EXE_ecs-lint")),
        Ok((status, stdout, _)) => {
            assert_eq!(status, 2);
            let names: Vec<&str> = stdout.lines().filter_map(|line| line.split(':').next()).collect();
            assert_eq!(names, ["closed", "closed.json", "good.json"], "{stdout}");
            assert_eq!(stdout.matches("permission denied").count(), 2, "{stdout}");
        }
    }
}

#[test]
fn a_closed_pipe_ends_the_run_without_a_word() {
    let root = directory(&[("a.json", ERROR)]);
    for args in [&["a.json"][..], &["--format", "sarif", "a.json"], &["rules"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(root.path(), args).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}
