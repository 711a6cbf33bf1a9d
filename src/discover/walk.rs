//! Walking one directory.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkState;

use super::names::is_candidate;
use super::{Discovery, Input, WalkOptions, describe_io_error, name_of};
use crate::paths::Selection;

/// Where no more than this is met, one thread is done before others have begun: each sleeps a millisecond where it finds nothing to do.
const FEW: usize = 500;

/// More threads than this find nothing sooner.
const MOST_WALKERS: usize = 8;

/// Adds what is under `root` to `discovery`.
pub(super) fn walk(root: &Path, options: &WalkOptions, discovery: &mut Discovery) {
    if options.no_ignore {
        walk_everything(root, &options.selection, discovery);
    } else {
        walk_unignored(root, options, discovery);
    }
}

fn walk_everything(root: &Path, selection: &Selection, discovery: &mut Discovery) {
    let entries = walkdir::WalkDir::new(root).into_iter().filter_entry(|entry| {
        entry.depth() == 0 || is_walked(selection, entry.path(), entry.file_name(), entry.file_type().is_dir())
    });
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_file() => discovery.inputs.extend(candidate(entry.path())),
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(root).to_path_buf();
                add_unreadable(&path, error.io_error(), discovery);
            }
        }
    }
}

/// Whether an entry that is met is looked at, or walked into.
fn is_walked(selection: &Selection, path: &Path, name: &OsStr, is_directory: bool) -> bool {
    name != OsStr::new(".git") && !selection.leaves_out(path, is_directory)
}

fn walk_unignored(root: &Path, options: &WalkOptions, discovery: &mut Discovery) {
    let mut builder = ignore::WalkBuilder::new(root);
    let overruled = is_ignored(root);
    // In a repository, its top is where `.gitignore` files stop to apply, as for git itself; an
    // unpacked archive has no such mark and its `.gitignore` is honoured all the same. Without the
    // directories above, the walk would not know that it is in a repository.
    builder.hidden(false).parents(!overruled).require_git(!overruled && is_in_repository(root));
    let selection = Arc::clone(&options.selection);
    builder.filter_entry(move |entry| {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || is_walked(&selection, entry.path(), entry.file_name(), is_directory)
    });
    let few: Vec<_> = builder.build().take(FEW + 1).collect();
    if few.len() <= FEW {
        for entry in few {
            meet(entry, root, discovery);
        }
        return;
    }
    // What is found is sorted in the end, so that it does not matter who found it.
    let discovery = Mutex::new(discovery);
    builder.threads(options.threads.min(MOST_WALKERS)).build_parallel().run(|| {
        Box::new(|entry| {
            // Most of what is met is neither a file of interest nor a failure.
            let mut found = Discovery::default();
            meet(entry, root, &mut found);
            if !(found.inputs.is_empty() && found.unreadable.is_empty()) {
                let mut discovery = discovery.lock().unwrap_or_else(PoisonError::into_inner);
                discovery.inputs.append(&mut found.inputs);
                discovery.unreadable.append(&mut found.unreadable);
            }
            WalkState::Continue
        })
    });
}

/// Adds what a walk meets.
fn meet(entry: Result<ignore::DirEntry, ignore::Error>, root: &Path, discovery: &mut Discovery) {
    match entry {
        Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
            discovery.inputs.extend(candidate(entry.path()));
        }
        Ok(_) => {}
        Err(error) => {
            let path = path_of(&error).unwrap_or(root).to_path_buf();
            add_unreadable(&path, error.io_error(), discovery);
        }
    }
}

/// The regular file, if by its name it could be ours.
fn candidate(path: &Path) -> Option<Input> {
    // A name need not be UTF-8; what is looked for in it is ASCII.
    let name = path.file_name().map(OsStr::to_string_lossy)?;
    is_candidate(&name).then(|| Input { is_regular: true, ..Input::file(path, false) })
}

fn add_unreadable(path: &Path, error: Option<&io::Error>, discovery: &mut Discovery) {
    // Without an I/O error it is a line of an ignore file that makes no sense: not ours to judge.
    let Some(error) = error else { return };
    // Gone since its directory was listed.
    if error.kind() == io::ErrorKind::NotFound {
        return;
    }
    let what = if path.is_dir() { "is a directory that cannot be listed" } else { "cannot be read" };
    discovery.unreadable.push((name_of(path), format!("{what}: {}", describe_io_error(error))));
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// Whether a directory at or above `root` is the top of a git working tree.
fn is_in_repository(root: &Path) -> bool {
    root.canonicalize().is_ok_and(|root| root.ancestors().any(is_repository_top))
}

fn is_repository_top(directory: &Path) -> bool {
    directory.join(".git").exists()
}

/// Whether the directories above say that `root`, or all that is in it, is ignored. Naming it
/// overrules that, as it does for git and ripgrep: their ignore files are then left out of account.
fn is_ignored(root: &Path) -> bool {
    let Ok(root) = root.canonicalize() else { return false };
    let anything = root.join(PathBuf::from("any entry"));
    for directory in root.ancestors().skip(1) {
        let (rules, _) = ignore::gitignore::Gitignore::new(directory.join(".gitignore"));
        if !rules.is_empty()
            && (rules.matched_path_or_any_parents(&root, true).is_ignore()
                || rules.matched(&anything, false).is_ignore())
        {
            return true;
        }
        if is_repository_top(directory) {
            break;
        }
    }
    false
}
