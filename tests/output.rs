//! `--output FORMAT:FILE` end to end: what is written where, and that nothing is left half-written.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// An error: no credentials for an evidently private registry, on Fargate.
const ERROR: &str = r#"{"family": "error", "requiresCompatibilities": ["FARGATE"],
 "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
 "containerDefinitions": [{"name": "web", "image": "registry.corp.internal:5000/web:1"}]}"#;

fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("task.json"), ERROR).unwrap();
    fs::create_dir(directory.path().join("reports")).unwrap();
    directory
}

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    command.args(["--format", "concise", "--quiet", "task.json"]).args(args);
    command.current_dir(directory).stdin(Stdio::null());
    command
}

/// Exit status, standard output, standard error.
fn finish(mut command: Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    finish(command(directory, args))
}

/// The names in a directory, hidden ones too.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn files_are_written_beside_the_terminal_report_though_the_run_fails() {
    let root = directory();
    let reports = root.path().join("reports");
    fs::write(reports.join("a.sarif"), "old, and longer than nothing").unwrap();
    let args = ["--output", "sarif:reports/a.sarif", "--output", "junit:reports/a.xml", "--sarif-category", "infra"];
    let (status, stdout, stderr) = run(root.path(), &args);
    assert_eq!((status, stderr.as_str()), (1, ""));
    assert!(stdout.starts_with("task.json:3:") && stdout.lines().count() == 1, "{stdout}");
    assert_eq!(names(&reports), ["a.sarif", "a.xml"]);
    let sarif: Value = serde_json::from_str(&fs::read_to_string(reports.join("a.sarif")).unwrap()).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "task.json");
    assert_eq!(run["automationDetails"]["id"], "infra/");
    assert_eq!(run["invocations"][0]["exitCode"], 1);
    assert!(fs::read_to_string(reports.join("a.xml")).unwrap().ends_with("</testsuites>\n"));
}

#[test]
fn a_file_named_from_the_root_has_the_same_path_in_reports() {
    let root = directory();
    let absolute = root.path().canonicalize().unwrap().join("task.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    command.args(["--format", "gitlab", "--quiet"]).arg(absolute).current_dir(root.path());
    let issues: Value = serde_json::from_str(&finish(command).1).unwrap();
    assert_eq!(issues[0]["location"]["path"], "task.json");
}

/// The path in a report for a service: the one thing in it that ends in `task.json`.
fn reported_path(directory: &Path, format: &str, named: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    command.args(["--format", format, "--quiet", named]).current_dir(directory);
    let (_, stdout, _) = finish(command);
    let end = stdout.find("task.json").unwrap() + "task.json".len();
    let start = stdout[..end].rfind(['"', '=']).unwrap() + 1;
    stdout[start..end].to_owned()
}

const FOR_REPOSITORIES: [&str; 5] = ["sarif", "github", "gitlab", "rdjson", "checkstyle"];

#[test]
fn services_get_paths_from_the_top_of_the_work_tree() {
    let root = directory();
    let infra = root.path().join("infra");
    fs::create_dir_all(root.path().join("repo/infra/deep")).unwrap();
    fs::create_dir(&infra).unwrap();
    fs::rename(root.path().join("task.json"), root.path().join("repo/infra/task.json")).unwrap();
    fs::create_dir(root.path().join("repo/.git")).unwrap();
    let repository = root.path().join("repo").canonicalize().unwrap();
    let absolute = repository.join("infra/task.json");
    for format in FOR_REPOSITORIES {
        for (directory, named) in [
            (".", "infra/deep/../task.json"),
            ("infra", "task.json"),
            ("infra", "."),
            ("infra/deep", "../task.json"),
            ("infra/deep", "../../../repo/infra/task.json"),
            ("infra/deep", absolute.to_str().unwrap()),
        ] {
            let path = reported_path(&repository.join(directory), format, named);
            assert_eq!(path, "infra/task.json", "{format} in {directory} of {named}");
        }
        // What is in no work tree is told from the working directory.
        assert_eq!(reported_path(root.path(), format, "infra/../repo/infra/task.json"), "repo/infra/task.json");
        assert_eq!(reported_path(&infra, format, "../infra/../repo/infra/task.json"), "../repo/infra/task.json");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    command.args(["--format", "gitlab", "-"]).current_dir(repository.join("infra")).stdin(Stdio::null());
    assert!(finish(command).1.contains("\"path\": \"<stdin>\""), "it is no file of the repository");
    // Neither people nor scripts, who look a file up where they are.
    assert_eq!(reported_path(&repository.join("infra/deep"), "junit", "../task.json"), "../task.json");
    assert_eq!(reported_path(&repository.join("infra/deep"), "json", "../task.json"), "../task.json");
}

#[test]
fn what_cannot_be_written_is_told_before_anything_is_done() {
    let root = directory();
    fs::write(root.path().join("old.json"), "old").unwrap();
    for (args, message) in [
        (&["json:missing/a.json"][..], "`missing/a.json` cannot be written: the directory `missing` does not exist"),
        (&["json:task.json/a.json"], "`task.json/a.json` cannot be written: `task.json` is no directory"),
        (&["json:reports"], "`reports` cannot be written: it is a directory"),
        (&["json:./task.json"], "`./task.json` cannot be written: it is to be checked"),
        (&["json:a.json", "sarif:a.json"], "two outputs go to `a.json`"),
        (&["json:old.json", "sarif:./old.json"], "two outputs go to one file: `old.json` and `./old.json`"),
        (
            &["json:reports/a", "sarif:reports/../reports/a"],
            "two outputs go to one file: `reports/a` and `reports/../reports/a`",
        ),
    ] {
        let args: Vec<&str> = args.iter().flat_map(|output| ["--output", output]).collect();
        let (status, stdout, stderr) = run(root.path(), &args);
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert_eq!(stderr, format!("error: {message}\n"));
    }
    for (output, words) in [
        ("json", "expected FORMAT:FILE"),
        ("xml:a.xml", "`xml` is no format: expected one of text, concise, json"),
        ("json:", "expected the name of a file"),
        ("json:-", "standard output is where --format goes"),
    ] {
        let (status, stdout, stderr) = run(root.path(), &["--output", output]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{output}");
        assert!(stderr.contains(words), "{stderr}");
    }
    assert_eq!(names(root.path()), ["old.json", "reports", "task.json"]);
    assert_eq!(fs::read_to_string(root.path().join("old.json")).unwrap(), "old");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::process::CommandExt;

    use super::*;

    const NOBODY: u32 = 65534;

    #[test]
    fn links_are_followed_and_permissions_kept() {
        let root = directory();
        let at = |name: &str| root.path().join(name);
        fs::write(at("reports/real.json"), "old").unwrap();
        fs::set_permissions(at("reports/real.json"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("reports/real.json", at("link.json")).unwrap();
        symlink("reports", at("linked")).unwrap();
        symlink("nowhere", at("dangling.json")).unwrap();
        assert_eq!(run(root.path(), &["--output", "json:link.json"]).0, 1);
        assert!(at("link.json").is_symlink());
        assert!(fs::read_to_string(at("reports/real.json")).unwrap().starts_with('{'));
        assert_eq!(fs::metadata(at("reports/real.json")).unwrap().permissions().mode() & 0o777, 0o640);
        let (status, _, stderr) =
            run(root.path(), &["--output", "json:link.json", "--output", "sarif:linked/real.json"]);
        assert!(status == 2 && stderr.starts_with("error: two outputs go to one file: "), "{stderr}");
        let (status, _, stderr) = run(root.path(), &["--output", "json:dangling.json"]);
        assert!(status == 2 && stderr.contains("it is a symbolic link to what does not exist"), "{stderr}");
    }

    #[test]
    fn devices_and_pipes_are_written_to_as_they_are() {
        let root = directory();
        let (status, stdout, stderr) = run(root.path(), &["--output", "jsonl:/dev/stdout"]);
        assert_eq!((status, stderr.as_str()), (1, ""));
        let lines: Vec<&str> = stdout.lines().collect();
        assert!(lines[0].starts_with("task.json:3:") && lines[2].starts_with("{\"schema_version\""), "{stdout}");

        let (status, _, stderr) = run(root.path(), &["--output", "json:/dev/full", "--output", "json:a.json"]);
        assert_eq!((status, stderr.as_str()), (2, "error: `/dev/full` cannot be written: no space left on device\n"));
        assert!(root.path().join("a.json").exists(), "the other file is written all the same");

        assert!(Command::new("mkfifo").arg(root.path().join("fifo")).status().unwrap().success());
        let fifo = root.path().join("fifo");
        let reader = std::thread::spawn(move || fs::read_to_string(fifo).unwrap());
        assert_eq!(run(root.path(), &["--output", "json:fifo"]).0, 1);
        assert!(reader.join().unwrap().starts_with('{'));
        assert_eq!(names(root.path()), ["a.json", "fifo", "reports", "task.json"]);
    }

    #[test]
    fn a_file_is_written_though_nobody_reads_standard_output() {
        let root = directory();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = command(root.path(), &["--output", "json:a.json"]);
        assert_eq!(command.stdout(writer).output().unwrap().status.code(), Some(141));
        assert!(fs::read_to_string(root.path().join("a.json")).unwrap().ends_with("}\n"));
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file() {
        let root = directory();
        fs::write(root.path().join("reports/a.sarif"), "old").unwrap();
        // No file may grow beyond a block or two.
        let script = r#"trap '' XFSZ; ulimit -f 2; exec "$0" "$@""#;
        let mut command = Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_ecs-lint"), "--quiet", "task.json"]);
        command.args(["--output", "sarif:reports/a.sarif"]).current_dir(root.path());
        let (status, stdout, stderr) = finish(command);
        assert_eq!((status, stderr.as_str()), (2, "error: `reports/a.sarif` cannot be written: file too large\n"));
        assert!(stdout.starts_with("error["), "{stdout}");
        assert_eq!(fs::read_to_string(root.path().join("reports/a.sarif")).unwrap(), "old");
        assert_eq!(names(&root.path().join("reports")), ["a.sarif"]);
    }

    /// Whoever may write to the directory could put another file in the place of one that is closed to him.
    #[test]
    fn a_file_that_may_not_be_written_is_left_alone() {
        let root = directory();
        let report = root.path().join("reports/a.json");
        fs::write(&report, "old").unwrap();
        let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        allow(root.path(), 0o777);
        allow(&root.path().join("reports"), 0o777);
        for (mode, words) in [(0o444, "it is read-only"), (0o644, "permission denied")] {
            allow(&report, mode);
            let mut command = command(root.path(), &["--output", "json:reports/a.json"]);
            if mode == 0o644 {
                // Only root can act as another.
                command.uid(NOBODY);
            }
            let Ok(output) = command.output() else { continue };
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
            assert_eq!(stderr, format!("error: `reports/a.json` cannot be written: {words}\n"));
            assert_eq!(fs::read_to_string(&report).unwrap(), "old");
            assert_eq!(names(&root.path().join("reports")), ["a.json"]);
        }
    }

    /// Root writes everywhere, so as root the command is run as nobody.
    #[test]
    fn a_directory_that_may_not_be_written_to_is_told() {
        let root = directory();
        let reports = root.path().join("reports");
        fs::write(reports.join("a.json"), "old").unwrap();
        for path in [root.path(), &reports] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o555)).unwrap();
        }
        let mut command = command(root.path(), &["--output", "json:reports/a.json"]);
        if fs::write(reports.join("probe"), "").is_ok() {
            fs::remove_file(reports.join("probe")).unwrap();
            command.uid(NOBODY);
        }
        let output = command.output();
        for path in [root.path(), &reports] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        match output {
            Err(error) => eprintln!("skipped: nobody cannot run {}: {error}", env!("CARGO_BIN_EXE_ecs-lint")),
            Ok(output) => {
                assert_eq!(output.status.code(), Some(2));
                let stderr = String::from_utf8(output.stderr).unwrap();
                assert_eq!(stderr, "error: `reports/a.json` cannot be written: permission denied\n");
                assert_eq!(fs::read_to_string(reports.join("a.json")).unwrap(), "old");
                assert_eq!(names(&reports), ["a.json"]);
            }
        }
    }
}

#[test]
fn nothing_that_a_run_reads_is_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let task = r#"{"family": "web", "containerDefinitions": [{"name": "web", "image": "acme/web:1"}]}"#;
    let names = ["task.json", "ecs-lint.toml", "base.json"];
    let texts = [task, "baseline = \"base.json\"\n", "{\"schema_version\": 1, \"findings\": []}\n"];
    for (name, text) in names.iter().zip(texts) {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    for args in [
        &["--output", "json:task.json", "."][..],
        &["--output", "json:./task.json", "--quiet"],
        &["--output", "json:ecs-lint.toml", "."],
        &["--output", "json:base.json", "."],
        &["--write-baseline", "task.json", "."],
        &["--write-baseline", "task.json", "task.json"],
        &["--write-baseline", "ecs-lint.toml", "."],
        &["--write-baseline", "new.json", "--output", "json:new.json", "."],
        &["--write-baseline", "-", "."],
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
            .args(args)
            .current_dir(directory.path())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "{args:?}: {stderr}");
        for (name, text) in names.iter().zip(texts) {
            assert_eq!(std::fs::read_to_string(directory.path().join(name)).unwrap(), text, "{args:?}");
        }
        assert!(!directory.path().join("new.json").exists() && !directory.path().join("-").exists(), "{args:?}");
    }
}
