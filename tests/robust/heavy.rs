//! Trees and files that are made to cost much. Those that take minutes to make are for `cargo test --test robust -- --ignored`.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::{ERROR, directory, run};

/// 1 GB that takes no room on the disk, with a word of ours at its end.
fn write_sparse(path: &Path) {
    let mut file = File::create(path).unwrap();
    file.seek(SeekFrom::Start(1_000_000_000)).unwrap();
    file.write_all(b"containerDefinitions").unwrap();
}

/// Exit status, standard output and standard error of a run that may have so much memory, in KiB.
#[cfg(target_os = "linux")]
fn run_within(limit: u32, root: &TempDir, args: &[&str]) -> (Option<i32>, String, String) {
    let script = format!("ulimit -v {limit}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_ecs-lint")]).args(args);
    let output = command.current_dir(root.path()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_of_a_gigabyte_is_told_of_and_never_held() {
    let root = directory(&[("good.json", ERROR)]);
    write_sparse(&root.path().join("large.json"));
    assert_told_of_large(&root, &["large.json", "good.json"]);
}

#[cfg(target_os = "linux")]
fn assert_told_of_large(root: &TempDir, args: &[&str]) {
    let args = [&["--format", "concise", "--jobs", "2"], args].concat();
    let (status, stdout, stderr) = run_within(200_000, root, &args);
    assert_eq!(status, Some(2), "{args:?}: {stderr}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(
        lines[0].starts_with("good.json:") && lines[1].starts_with("large.json:1:1: error[unreadable-file]"),
        "{stdout}"
    );
    assert_eq!(lines.len(), 2);
}

/// One that is not named is searched to its end.
#[test]
#[ignore = "takes minutes where it is not optimised"]
#[cfg(target_os = "linux")]
fn a_file_of_a_gigabyte_is_found_in_a_walk() {
    let root = directory(&[("good.json", ERROR)]);
    write_sparse(&root.path().join("large.json"));
    assert_told_of_large(&root, &["."]);
    assert_told_of_large(&root, &["--no-ignore", "."]);
}

/// Files that are within all limits, and together take more memory than there is.
#[test]
#[cfg(target_os = "linux")]
fn want_of_memory_is_an_error_and_no_abort() {
    let root = directory(&[("good.json", ERROR)]);
    let much = format!("{{\"containerDefinitions\": [], \"x\": \"{}\"}}", "x".repeat(40 << 20));
    for number in 0..4 {
        fs::write(root.path().join(format!("{number}.json")), &much).unwrap();
    }
    let (status, _, stderr) = run_within(150_000, &root, &["--format", "concise", "--jobs", "4", "."]);
    assert_eq!(status, Some(2), "{stderr}");
    let last = stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("error: this takes more memory than the 153 MB that the process may have"), "{stderr}");
    // What fits is done as ever, by as many threads as there is room for.
    for jobs in ["1", "2", "8"] {
        let (status, stdout, stderr) =
            run_within(300_000, &root, &["--format", "concise", "--jobs", jobs, "good.json"]);
        assert_eq!((status, stdout.lines().count()), (Some(1), 1), "{jobs}: {stderr}");
    }
    let (status, stdout, stderr) = run_within(300_000, &root, &["--jobs", "256", "good.json"]);
    assert!(matches!(status, Some(1 | 2)), "{status:?} {stdout}{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

/// Every kind of text that is made to be large when it is read, at the largest size that is read, in 300 MB: each is a report or an error.
#[test]
#[ignore = "takes minutes"]
#[cfg(target_os = "linux")]
fn hostile_trees_are_read_in_300_mb() {
    const SIZE: usize = 60 << 20;
    let filled = |before: &str, piece: &str, after: &str| before.to_owned() + &piece.repeat(SIZE / piece.len()) + after;
    for (name, text) in [
        ("brackets.json", filled("{\"containerDefinitions\":", "[", "")),
        ("zeros.json", filled("{\"containerDefinitions\":[", "0,", "0]}")),
        (
            "findings.json",
            filled("{\"containerDefinitions\":[", "{\"name\":\"a\",\"image\":\"r.corp.internal/x\"},", "0]}"),
        ),
        ("duplicates.json", filled("{\"containerDefinitions\":[]", ",\"a\":1", "}")),
        ("text.json", filled("{\"containerDefinitions\":[],\"a\":\"", "x", "\"}")),
        ("zeros.yaml", filled("containerDefinitions:\n", "- 0\n", "")),
        ("findings.yaml", filled("containerDefinitions:\n", "- {name: a, image: r.corp.internal/x}\n", "")),
        ("open.yaml", filled("containerDefinitions:\n", "[", "")),
        ("comments.yaml", filled("containerDefinitions: []\n", "#\n", "")),
        ("documents.yaml", filled("containerDefinitions: []\n", "--- [\n", "")),
        (
            "script.sh",
            filled(
                "#!/bin/sh\n",
                "echo ECS_ENGINE_AUTH_DATA='{\"a\":{\"password\":\"b\"}}' >> /etc/ecs/ecs.config\n",
                "",
            ),
        ),
    ] {
        let root = directory(&[("good.json", ERROR), (name, &text)]);
        let (status, stdout, stderr) =
            run_within(300_000, &root, &["--format", "concise", "--jobs", "2", name, "good.json"]);
        let end = stderr.lines().last().unwrap_or_default();
        eprintln!("{name}: {status:?}, {} lines, {end}", stdout.lines().count());
        assert!(matches!(status, Some(0..=2)), "{name}: {status:?} {stderr}");
        assert!(
            stdout.contains("good.json:") || end.starts_with("error: this takes more memory"),
            "{name}: {stdout}{stderr}"
        );
    }
}

/// 200,000 files in 2,000 directories, of which one in a hundred is ours.
#[test]
#[ignore = "takes minutes"]
fn a_tree_of_200_000_files_is_checked() {
    let root = tempfile::tempdir().unwrap();
    for folder in 0..2000 {
        let folder = root.path().join(format!("{}/{folder}", folder % 50));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..100 {
            let text = if file == 0 { ERROR } else { "{\"name\": \"package\", \"private\": true}" };
            fs::write(folder.join(format!("{file}.json")), text).unwrap();
        }
    }
    let (status, stdout, stderr) = run(root.path(), &["--format", "concise"]);
    eprintln!("{stderr}");
    assert_eq!((status, stdout.lines().count()), (Some(1), 2000));
    assert!(stderr.starts_with("200000 files looked at, 2000 recognised: 2000 "), "{stderr}");
}
