//! What `SECURITY.md` promises of hostile input and of faults.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may say so by a panic"
)]

mod changing;
#[path = "../../fuzz/src/entries.rs"]
mod entries;
mod heavy;
mod limits;
mod properties;
mod replay;
mod secrets;
mod streams;
mod terminal;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

// The entries are a crate to the fuzzer, and a module here.
use entries::whole;

/// An error: no credentials for an evidently private registry, on Fargate.
const ERROR: &str = r#"{"family": "error", "requiresCompatibilities": ["FARGATE"],
 "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
 "containerDefinitions": [{"name": "web", "image": "registry.corp.internal:5000/web:1"}]}"#;

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Exit status (`None` where a signal ended it), standard output, standard error.
fn run(directory: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    let output = command.args(args).current_dir(directory).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
