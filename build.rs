//! Gives the crate `ECS_LINT_VERSION`: the version and, where it is known, the commit that is built.
//!
//! The commit is that of `ECS_LINT_COMMIT` (empty: none), or else of the package's `.cargo_vcs_info.json`, which cargo
//! writes into what it publishes, or else the one that is checked out here. git itself is not needed, and the same
//! sources give the same bytes.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// As many digits as git's and rustc's own short form.
const DIGITS: usize = 9;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ECS_LINT_COMMIT");
    let commit = env::var("ECS_LINT_COMMIT").ok().or_else(packaged).or_else(checked_out);
    let is_digit = |digit: char| digit.is_ascii_hexdigit();
    let commit = commit.filter(|commit| commit.chars().all(is_digit)).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    match commit.get(..DIGITS) {
        Some(short) => println!("cargo::rustc-env=ECS_LINT_VERSION={version} ({short})"),
        None => println!("cargo::rustc-env=ECS_LINT_VERSION={version}"),
    }
}

fn packaged() -> Option<String> {
    let info = read(Path::new(".cargo_vcs_info.json"))?;
    let (_, value) = info.split_once("\"sha1\"")?;
    value.split('"').nth(1).map(str::to_owned)
}

/// What `git rev-parse HEAD` would say. Directories above are not asked: their commits are not this package's.
fn checked_out() -> Option<String> {
    // A file in a worktree and in a submodule.
    let git = match read(Path::new(".git")) {
        Some(link) => PathBuf::from(link.strip_prefix("gitdir: ")?),
        None => PathBuf::from(".git"),
    };
    let head = read(&git.join("HEAD"))?;
    let Some(branch) = head.strip_prefix("ref: ") else { return Some(head) };
    let shared = read(&git.join("commondir")).map_or_else(|| git.clone(), |directory| git.join(directory));
    // A branch that is packed gets a file of its own with the next commit, and only this log tells of that.
    let _ = read(&git.join("logs/HEAD"));
    read(&shared.join(branch)).or_else(|| {
        let packed = read(&shared.join("packed-refs"))?;
        packed.lines().find_map(|line| line.strip_suffix(branch)?.strip_suffix(' ')).map(str::to_owned)
    })
}

/// A file's text, and a reason to run again when it changes. A missing file would be one at every build.
fn read(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    Some(text.trim_end().to_owned())
}
