//! Outputs that are full, closed or slow, for every command that writes.

use std::fs::{self, File};
use std::io::Read as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::{ERROR, directory};

/// Every command that writes to standard output, over a directory with something to say and something to mend.
const WRITERS: [&[&str]; 26] = [
    &["."],
    &["--format", "concise"],
    &["--format", "json"],
    &["--format", "jsonl"],
    &["--format", "sarif"],
    &["--format", "github"],
    &["--format", "gitlab"],
    &["--format", "junit"],
    &["--format", "checkstyle"],
    &["--format", "rdjson"],
    &["--format", "markdown"],
    &["--fix", "--diff", "--unsafe-fixes"],
    &["--fix", "-"],
    &["--output", "json:/dev/stdout"],
    &["rules"],
    &["rules", "--format", "json"],
    &["explain", "wrong-type"],
    &["config"],
    &["config", "--format", "json"],
    &["policy", "role.json"],
    &["completions", "bash"],
    &["completions", "fish"],
    &["man"],
    &["--help"],
    &["--version"],
    &["policy", "--help"],
];

/// A finding, one that can be mended, and a role that needs something.
fn inputs() -> tempfile::TempDir {
    let mendable = r#"{"family": "f", "executionRoleArn": "arn:aws:iam::111122223333:role/x", "containerDefinitions":
 [{"name": "c", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1",
   "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf"}}]}"#;
    let role = r#"{"family": "f", "executionRoleArn": "arn:aws:iam::111122223333:role/x", "containerDefinitions":
 [{"name": "c", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"}]}"#;
    directory(&[("task.json", ERROR), ("mendable.json", mendable), ("role.json", role)])
}

fn command(root: &tempfile::TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    let text = root.path().join("mendable.json");
    command.args(args).current_dir(root.path()).stdin(File::open(text).unwrap());
    command
}

fn output(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_output_is_an_error_of_every_command() {
    for args in WRITERS {
        let root = inputs();
        let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (status, stderr) = output(command(&root, args).stdout(full()));
        assert_eq!(status, Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains("written: ") && stderr.contains("o space left on device"), "{args:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
        // Nobody is left to tell; the work is done all the same.
        let quietly = output(command(&root, args).stdout(Stdio::null())).0;
        let (status, _) = output(command(&root, args).stdout(Stdio::null()).stderr(full()));
        assert_eq!(status, quietly, "{args:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_ends_every_command_in_silence() {
    for args in WRITERS {
        let root = inputs();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (status, stderr) = output(command(&root, args).stdout(writer));
        assert_eq!(status, Some(141), "{args:?}: {stderr}");
        // A report that was to go to a file is told of.
        assert!(args[0] == "--output" || !stderr.contains("error:"), "{args:?}: {stderr}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let quietly = output(command(&root, args).stdout(Stdio::null())).0;
        assert_eq!(output(command(&root, args).stdout(Stdio::null()).stderr(writer)).0, quietly, "{args:?}");
    }
}

/// A reader that takes little at a time gets all of it.
#[test]
#[cfg(unix)]
fn a_slow_reader_gets_everything() {
    let root = inputs();
    let args = ["--format", "sarif", "--quiet"];
    let expected = command(&root, &args).output().unwrap().stdout;
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut child = command(&root, &args).stdout(writer).spawn().unwrap();
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = reader.read(&mut piece).unwrap();
        if length == 0 {
            break;
        }
        read.extend_from_slice(&piece[..length]);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(read.len() > 1 << 16 && read == expected, "{} of {} bytes", read.len(), expected.len());
}

/// A server that nobody hears ends.
#[test]
#[cfg(target_os = "linux")]
fn a_language_server_without_a_reader_ends() {
    let root = inputs();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    for stdout in [Stdio::from(full), Stdio::from(writer)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
            .arg("lsp")
            .current_dir(root.path())
            .stdin(Stdio::piped())
            .stdout(stdout)
            .spawn()
            .unwrap();
        let message = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#;
        let mut input = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut input, format!("Content-Length: {}\r\n\r\n{message}", message.len()).as_bytes())
            .unwrap();
        assert!(matches!(child.wait().unwrap().code(), Some(1 | 2 | 141)));
    }
}

/// What goes to a file is written whole or not at all.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_files_as_they_were() {
    let root = inputs();
    for (args, status) in [
        (&["--write-baseline", "/dev/full"][..], 2),
        (&["--output", "sarif:/dev/full"], 2),
        (&["--output", "text:/dev/full", "--output", "json:a.json"], 2),
    ] {
        let (found, stderr) = output(command(&root, args).stdout(Stdio::null()));
        assert_eq!(found, Some(status), "{args:?}: {stderr}");
        assert!(stderr.contains("no space left on device"), "{args:?}: {stderr}");
    }
    // A file may not grow: what `--fix`, `--write-baseline`, `init` and `--output` replace stays, and nothing is left beside it.
    let before: Vec<(String, String)> = contents(&root);
    for args in ["--fix --unsafe-fixes", "--write-baseline base.json", "init", "--output sarif:a.sarif"] {
        let script = r#"trap '' XFSZ; ulimit -f 0; program=$0; exec "$program" $1"#;
        let run = Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_ecs-lint"), args])
            .current_dir(root.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let stderr = String::from_utf8(run.stderr).unwrap();
        // Standard error is a pipe, which may be written to.
        assert_eq!(run.status.code(), Some(2), "{args}: {stderr}");
        assert!(stderr.contains("file too large"), "{args}: {stderr}");
        assert_eq!(contents(&root), before, "{args}");
    }
}

fn contents(root: &tempfile::TempDir) -> Vec<(String, String)> {
    let entries = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap());
    let mut contents: Vec<_> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    contents.sort();
    contents
}
