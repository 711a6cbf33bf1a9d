//! The baseline end to end: written, used, kept up to date; and every way in which its file can be wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A task on EC2 with one container for each image; each image from elsewhere is a warning.
fn task(images: &[&str]) -> String {
    let container = |(at, image): (usize, &&str)| format!(r#"{{"name": "c{at}", "image": "{image}"}}"#);
    let containers: Vec<String> = images.iter().enumerate().map(container).collect();
    format!(
        "{{\"family\": \"web\", \"requiresCompatibilities\": [\"EC2\"],\n \"containerDefinitions\": [{}]}}\n",
        containers.join(",\n  ")
    )
}

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Exit status, standard output, standard error.
fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    let format: &[&str] = if args.contains(&"--format") { &[] } else { &["--format", "concise"] };
    let output = command.args(format).args(args).current_dir(directory).stdin(Stdio::null()).output();
    let (output, text) = (output.unwrap(), |bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn read(root: &TempDir, name: &str) -> String {
    fs::read_to_string(root.path().join(name)).unwrap()
}

#[test]
fn what_was_there_is_accepted_and_what_is_new_is_not() {
    let root = directory(&[("infra/a.json", &task(&["acme/a:1"])), ("b.json", &task(&["acme/b:1", "acme/c:1"]))]);
    let (status, stdout, stderr) = run(root.path(), &["--write-baseline", "ci.json", "."]);
    assert_eq!((status, stdout.as_str()), (0, ""), "{stderr}");
    assert!(stderr.starts_with("baseline `ci.json`: 3 findings written\n2 files looked at"), "{stderr}");
    assert!(stderr.contains("no findings, 3 suppressed"), "{stderr}");
    let written = read(&root, "ci.json");
    let first: Vec<&str> = written.lines().take(9).map(str::trim).collect();
    assert_eq!(
        first,
        [
            "{",
            r#""schema_version": 1,"#,
            r#""findings": ["#,
            "{",
            r#""path": "b.json","#,
            r#""resource": "web","#,
            r#""container": "c0","#,
            r#""rule": "registry-credentials-missing","#,
            r#""subject": "acme/b:1""#
        ]
    );

    fs::write(root.path().join("b.json"), task(&["acme/b:1", "acme/new:1"])).unwrap();
    let (status, stdout, stderr) = run(root.path(), &["--baseline", "ci.json"]);
    assert_eq!((status, stdout.lines().count()), (1, 1), "{stdout}");
    assert!(stdout.contains("acme/new:1"), "{stdout}");
    assert!(stderr.starts_with("warning: an entry of the baseline `ci.json` is stale"), "{stderr}");
    assert!(stderr.contains("  b.json / web / c1: registry-credentials-missing: acme/c:1\n"), "{stderr}");
    assert_eq!(run(root.path(), &["--quiet", "--baseline", "ci.json"]).2, "");
    assert_eq!(run(root.path(), &["--baseline", "ci.json", "--no-ignore", "infra"]).0, 0);
    assert_eq!(run(root.path(), &["infra"]).0, 1);
    // From another directory, and by an absolute path, the files are the same.
    let other = root.path().join("infra");
    assert_eq!(run(&other, &["--baseline", "../ci.json", "../infra", other.join("a.json").to_str().unwrap()]).0, 0);
}

#[test]
fn an_update_removes_and_adds_only_when_told_to() {
    let root = directory(&[("a.json", &task(&["acme/a:1", "acme/b:1"])), ("gone.json", &task(&["acme/c:1"]))]);
    run(root.path(), &["--write-baseline", "ci.json"]);
    let written = read(&root, "ci.json");
    fs::write(root.path().join("a.json"), task(&["acme/a:1", "acme/new:1"])).unwrap();
    fs::remove_file(root.path().join("gone.json")).unwrap();
    assert_eq!(run(root.path(), &["--baseline", "ci.json", "--fail-on", "error"]).0, 0);
    let (status, _, stderr) =
        run(root.path(), &["--baseline", "ci.json", "--fail-on", "error", "--fail-on-stale", "-q"]);
    assert_eq!((status, stderr.lines().count()), (1, 3), "{stderr}");
    assert_eq!(read(&root, "ci.json"), written);

    let (status, stdout, stderr) = run(root.path(), &["--baseline", "ci.json", "--update-baseline"]);
    assert_eq!((status, stdout.lines().count()), (1, 1));
    assert!(stderr.starts_with("baseline `ci.json`: 2 removed, 0 added\n"), "{stderr}");
    assert_eq!(read(&root, "ci.json").matches("subject").count(), 1);
    let (status, stdout, stderr) = run(root.path(), &["--baseline", "ci.json", "--update-baseline", "--add-new"]);
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert!(stderr.starts_with("baseline `ci.json`: 0 removed, 1 added\n"), "{stderr}");
    let added = read(&root, "ci.json");
    assert!(added.contains("acme/a:1") && added.contains("acme/new:1"), "{added}");
    run(root.path(), &["--write-baseline", "again.json"]);
    assert_eq!(read(&root, "again.json"), added);
}

#[test]
fn files_that_were_not_checked_keep_their_entries() {
    let broken = "{\"containerDefinitions\": [";
    let root = directory(&[
        ("a.json", &task(&["acme/a:1"])),
        ("b.json", &task(&["acme/b:1"])),
        ("sub/c.json", &task(&["acme/c:1"])),
    ]);
    run(root.path(), &["--write-baseline", "ci.json"]);
    let written = read(&root, "ci.json");
    fs::write(root.path().join("a.json"), broken).unwrap();
    fs::remove_file(root.path().join("b.json")).unwrap();
    fs::write(root.path().join("sub/d.json"), task(&[])).unwrap();
    for paths in [&["a.json"][..], &["sub/d.json"], &["sub"], &["sub/d.json", "a.json"]] {
        let (_, _, stderr) = run(root.path(), &[&["--baseline", "ci.json", "--update-baseline"], paths].concat());
        assert!(stderr.starts_with("baseline `ci.json`: 0 removed, 0 added\n"), "{stderr}");
        assert_eq!(read(&root, "ci.json"), written);
    }
    let (status, _, stderr) = run(root.path(), &["--baseline", "ci.json", "--update-baseline", "."]);
    assert_eq!(status, 2, "a broken file is not accepted");
    assert!(stderr.starts_with("baseline `ci.json`: 1 removed, 0 added\n"), "{stderr}");
    let (status, stdout, stderr) = run(root.path(), &["--write-baseline", "new.json", "."]);
    assert_eq!((status, stdout.lines().count()), (2, 1), "{stdout}");
    assert!(stderr.contains("1 finding written; what could not be checked is not in it"), "{stderr}");
}

#[test]
fn what_the_file_itself_suppresses_is_not_accepted_twice() {
    let ignored =
        format!("{} // ecs-lint: ignore[registry-credentials-missing] known\n", task(&["acme/a:1"]).trim_end());
    let root = directory(&[("a.jsonc", &ignored)]);
    run(root.path(), &["--write-baseline", "ci.json"]);
    assert!(!read(&root, "ci.json").contains("subject"));
}

#[test]
fn json_and_sarif_tell_of_the_baseline() {
    let root = directory(&[("a.json", &task(&["acme/a:1", "acme/b:1"]))]);
    run(root.path(), &["--write-baseline", "ci.json"]);
    fs::write(root.path().join("a.json"), task(&["acme/a:1"])).unwrap();
    let json = |args: &[&str]| -> Value { serde_json::from_str(&run(root.path(), args).1).unwrap() };
    let output = json(&["--format", "json", "--show-suppressed", "--baseline", "ci.json"]);
    assert_eq!(output["baseline"]["file"], "ci.json");
    assert_eq!(output["baseline"]["stale"][0]["subject"], "acme/b:1");
    assert_eq!(output["baseline"]["stale"][0]["count"], 1);
    assert_eq!(output["suppressed"][0]["by"], "baseline");
    let output = json(&["--format", "sarif", "--baseline", "ci.json"]);
    let suppression = &output["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!((&suppression["kind"], &suppression["justification"]), (&"external".into(), &"baseline".into()));
}

#[test]
fn no_credential_gets_into_a_baseline() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let root = tempfile::tempdir().unwrap();
    run(root.path(), &["--write-baseline", "ci.json", fixtures]);
    let written = read(&root, "ci.json");
    assert!(written.matches("subject").count() > 100);
    for credential in
        ["not-a-real", "nicht-echt", "mot-de-passe", "ZGVwbG95O", "zq9!7", "8675309", "my_password", "zq212Mz"]
    {
        assert!(!written.contains(credential), "{credential}");
    }
}

#[test]
fn the_commands_of_the_readme_work() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tempfile::tempdir().unwrap();
    for file in ["api.yaml", "nodes.yaml", "report.json", "worker.template.json"] {
        fs::copy(project.join("fixtures/demo").join(file), root.path().join(file)).unwrap();
    }
    let readme = fs::read_to_string(project.join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## Adopt it with a baseline\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let commands: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("ecs-lint ")).collect();
    assert_eq!(commands.len(), 4);
    for command in commands {
        let args: Vec<&str> = command.split(' ').collect();
        assert_eq!(run(root.path(), &args).0, 0, "{command}");
    }
}

/// One sentence, exit status 2, and nothing written.
#[test]
fn a_baseline_that_cannot_be_used_is_told_in_one_sentence() {
    let root = directory(&[
        ("a.json", &task(&["acme/a:1"])),
        ("empty.json", ""),
        ("text.json", "hello"),
        ("newer.json", "{\"schema_version\": 9}"),
    ]);
    fs::write(root.path().join("latin-1.json"), b"{\"schema_version\": 1, \"findings\": [\"\xe9\"]}").unwrap();
    fs::create_dir(root.path().join("folder")).unwrap();
    let read_only = root.path().join("read-only.json");
    fs::write(&read_only, "{}").unwrap();
    let mut permissions = fs::metadata(&read_only).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&read_only, permissions).unwrap();
    let entries = || fs::read_dir(root.path()).unwrap().count();
    let before = entries();
    for (args, words) in [
        (&["--baseline", "none.json"][..], "`none.json` does not exist"),
        (&["--baseline", "empty.json"], "`empty.json` is no baseline: EOF"),
        (&["--baseline", "text.json"], "`text.json` is no baseline: expected"),
        (&["--baseline", "newer.json"], "has the schema version 9"),
        (&["--baseline", "latin-1.json"], "is not valid UTF-8"),
        (&["--baseline", "folder"], "`folder` cannot be read"),
        (&["--write-baseline", "no/such/ci.json"], "cannot be written: its directory does not exist"),
        (&["--write-baseline", "folder"], "cannot be written: it is a directory"),
        (&["--write-baseline", "read-only.json"], "cannot be written: it is read-only"),
        (&["--update-baseline"], "no baseline to update"),
        #[cfg(target_os = "linux")]
        (&["--write-baseline", "/dev/full"], "cannot be written: "),
        #[cfg(target_os = "linux")]
        (&["--baseline", "/dev/zero"], "is larger than"),
    ] {
        let (status, stdout, stderr) = run(root.path(), &[args, &["a.json"]].concat());
        assert_eq!((status, stdout.as_str(), stderr.lines().count()), (2, "", 1), "{args:?}: {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(words), "{args:?}: {stderr}");
    }
    assert_eq!(entries(), before);
    assert_eq!(read(&root, "read-only.json"), "{}");
    for args in
        [&["--baseline", "a", "--write-baseline", "b"][..], &["--no-baseline", "--update-baseline"], &["--add-new"]]
    {
        assert_eq!(run(root.path(), args).0, 2, "{args:?}");
    }
}

#[test]
#[cfg(unix)]
fn links_and_permissions_stay_as_they_are() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let root = directory(&[("a.json", &task(&["acme/a:1"])), ("kept/ci.json", "")]);
    let file = root.path().join("kept/ci.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("kept/ci.json", root.path().join("ci.json")).unwrap();
    assert_eq!(run(root.path(), &["--write-baseline", "ci.json", "a.json"]).0, 0);
    assert!(fs::symlink_metadata(root.path().join("ci.json")).unwrap().is_symlink());
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!((metadata.mode() & 0o777, metadata.len() > 100), (0o640, true));
    // Where nothing changes, nothing is written.
    assert_eq!(run(root.path(), &["--baseline", "ci.json", "--update-baseline", "a.json"]).0, 0);
    assert_eq!(fs::metadata(&file).unwrap().ino(), metadata.ino());
}

#[test]
fn a_password_for_another_registry_is_new() {
    let config = |registries: &[&str]| {
        let entries: Vec<String> = registries
            .iter()
            .map(|registry| format!("\"{registry}\":{{\"username\":\"u\",\"password\":\"hunter2x\"}}"))
            .collect();
        format!("ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={{{}}}\n", entries.join(","))
    };
    let login = |registry: &str| format!("#!/bin/sh\n# /etc/ecs\ndocker login -u u -p hunter2x {registry}\n");
    let root = directory(&[("ecs.config", &config(&["a.example.com"])), ("user-data.sh", &login("a.example.com"))]);
    assert_eq!(run(root.path(), &["--write-baseline", "base.json", "."]).0, 0);
    assert_eq!(run(root.path(), &["--baseline", "base.json", "."]).0, 0);
    for (name, text) in [
        ("ecs.config", config(&["a.example.com", "b.example.com"])),
        ("ecs.config", config(&["b.example.com"])),
        ("user-data.sh", login("b.example.com")),
    ] {
        let before = std::fs::read_to_string(root.path().join(name)).unwrap();
        std::fs::write(root.path().join(name), text).unwrap();
        let (status, stdout, _) = run(root.path(), &["--baseline", "base.json", "."]);
        assert_eq!((status, stdout.lines().count()), (1, 1), "{stdout}");
        std::fs::write(root.path().join(name), before).unwrap();
    }
}
