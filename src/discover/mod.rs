//! Paths → files, and reading them. The only layer that reads inputs.
//!
//! [`discover`] lists what a run will look at, [`read`] gets the text of one of them or says why
//! it cannot be had. What is evidently not ours is dropped on its bytes, before it is decoded.

mod names;
mod read;
mod sniff;
mod walk;

use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::paths::Selection;

pub use names::is_candidate;
pub use read::{Content, SIZE_LIMIT, describe_io_error, read};

/// One file of a run, or a text that stands for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where to read it.
    pub path: PathBuf,
    /// As the user would write it: `/` between the parts, no leading `./`, absolute if it was given so.
    pub name: String,
    /// Given on the command line (or standard input): whatever is wrong with it is reported,
    /// whether or not it looks like ours.
    pub named: bool,
    /// What was found there is a regular file. Anything else is asked about before it is opened.
    pub is_regular: bool,
    /// The text itself, from standard input or an editor's buffer; `None`: read `path`.
    pub text: Option<Vec<u8>>,
}

impl Input {
    /// A file on disk of which nothing else is known.
    #[must_use]
    pub fn file(path: &Path, named: bool) -> Self {
        Self { path: path.to_path_buf(), name: name_of(path), named, is_regular: false, text: None }
    }

    /// A text that is no file on disk: standard input, or an editor's buffer, under the name to report.
    #[must_use]
    pub fn text(name: &str, text: Vec<u8>) -> Self {
        let path = PathBuf::from(name);
        Self { name: name_of(&path), path, named: true, is_regular: false, text: Some(text) }
    }
}

/// What a run will look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// The files, sorted by name, each once.
    pub inputs: Vec<Input>,
    /// Directories and entries that could not be looked into: the name, and what is the matter in
    /// a predicate without the name (`is a directory that …`). Sorted.
    pub unreadable: Vec<(String, String)>,
    /// The directories among the paths, as they were given.
    pub directories: Vec<PathBuf>,
}

impl Discovery {
    /// Adds a text beside the files, keeping the order. It takes the place of a file of that name.
    pub fn insert(&mut self, input: Input) {
        match self.inputs.binary_search_by(|other| other.name.cmp(&input.name)) {
            Ok(at) => {
                if let Some(place) = self.inputs.get_mut(at) {
                    *place = input;
                }
            }
            Err(at) => self.inputs.insert(at, input),
        }
    }
}

/// How directories are walked.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// Walk also what `.gitignore`, `.ignore` and git's other exclude files leave out.
    pub no_ignore: bool,
    /// What the settings include and exclude.
    pub selection: Arc<Selection>,
    /// How many threads walk at most; 0: as many as there are processors.
    pub threads: usize,
}

/// Paths that lead to nothing. All of them are told at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentences(.0))]
pub struct PathError(
    /// Each path as it was given, and what is the matter in a predicate (`does not exist`).
    pub Vec<(String, String)>,
);

fn sentences(paths: &[(String, String)]) -> String {
    let lines: Vec<String> = paths.iter().map(|(path, what)| format!("`{path}` {what}")).collect();
    lines.join("\n")
}

/// The files that `paths` stand for: each file that is named, and under each directory those that
/// by their extension could be ours.
///
/// Symbolic links met on the way are left alone, so that a walk never leaves its roots and never
/// runs in circles; one that is named is followed. Hidden files are walked, `.git` is not.
///
/// # Errors
/// When a path does not exist.
pub fn discover(paths: &[PathBuf], options: &WalkOptions) -> Result<Discovery, PathError> {
    let mut discovery = Discovery::default();
    let mut missing = Vec::new();
    let mut roots = Roots::default();
    for path in paths.iter().filter(|path| !options.selection.leaves_out_named(path)) {
        // Hooks name many files, nearly all of them regular, and one look at each has to do.
        let entry = path.symlink_metadata();
        let is_link = entry.as_ref().is_ok_and(Metadata::is_symlink);
        match if is_link { path.metadata() } else { entry } {
            Ok(metadata) => {
                roots.add(path, metadata.is_file() && !is_link);
                if metadata.is_dir() {
                    discovery.directories.push(path.clone());
                    walk::walk(path, options, &mut discovery);
                } else {
                    discovery.inputs.push(Input { is_regular: metadata.is_file(), ..Input::file(path, true) });
                }
            }
            Err(error) => match without_target(path, &error) {
                Unreachable::Entry(why) => discovery.unreadable.push((name_of(path), why)),
                Unreachable::Missing(why) => missing.push((path.display().to_string(), why)),
            },
        }
    }
    if !missing.is_empty() {
        return Err(PathError(missing));
    }
    if roots.overlap() {
        keep_one_name_per_file(&mut discovery.inputs);
    }
    discovery.inputs.sort_by(|a, b| a.name.cmp(&b.name).then(b.named.cmp(&a.named)));
    discovery.inputs.dedup_by(|later, earlier| later.name == earlier.name);
    discovery.unreadable.sort();
    discovery.unreadable.dedup();
    Ok(discovery)
}

/// Why a named path cannot be looked at.
enum Unreachable {
    /// There is an entry of that name, but nothing to read behind it.
    Entry(String),
    /// There is nothing of that name.
    Missing(String),
}

fn without_target(path: &Path, error: &std::io::Error) -> Unreachable {
    match std::fs::read_link(path) {
        Ok(target) if error.kind() == std::io::ErrorKind::NotFound => {
            Unreachable::Entry(format!("is a symbolic link to `{}`, which does not exist", target.display()))
        }
        Ok(target) => Unreachable::Entry(format!(
            "is a symbolic link to `{}`, which cannot be followed: {}",
            target.display(),
            describe_io_error(error)
        )),
        Err(_) => match error.kind() {
            std::io::ErrorKind::PermissionDenied => {
                Unreachable::Entry(format!("cannot be read: {}", describe_io_error(error)))
            }
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                Unreachable::Missing("does not exist".to_owned())
            }
            _ => Unreachable::Missing(format!("cannot be looked at: {}", describe_io_error(error))),
        },
    }
}

/// Where the paths that were given lead to.
#[derive(Default)]
struct Roots {
    true_paths: TruePaths,
    roots: Vec<PathBuf>,
}

impl Roots {
    fn add(&mut self, path: &Path, is_itself: bool) {
        self.roots.extend(self.true_paths.of(path, is_itself));
    }

    /// Whether one of them leads to or into another, so that a file may be met twice.
    fn overlap(&mut self) -> bool {
        // Sorted by components, what is in a directory follows it.
        self.roots.sort();
        self.roots.windows(2).any(|pair| matches!(pair, [outer, inner] if inner.starts_with(outer)))
    }
}

/// Of several names for one file (`a.json`, `/repo/a.json`, `infra/../a.json`) keeps one: the one
/// that was named, or else the first in sorted order.
fn keep_one_name_per_file(inputs: &mut Vec<Input>) {
    inputs.sort_by(|a, b| b.named.cmp(&a.named).then_with(|| a.name.cmp(&b.name)));
    let mut true_paths = TruePaths::default();
    let mut seen = HashSet::new();
    let is_itself = |path: &Path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    inputs.retain(|input| true_paths.of(&input.path, is_itself(&input.path)).is_none_or(|path| seen.insert(path)));
}

/// The paths of files without symbolic links and `..` in them. Each directory is looked at once, be it in the paths of many files.
#[derive(Default)]
struct TruePaths {
    directories: HashMap<PathBuf, Option<PathBuf>>,
}

impl TruePaths {
    /// `is_itself` of a regular file that is no link.
    fn of(&mut self, path: &Path, is_itself: bool) -> Option<PathBuf> {
        match (path.parent(), path.file_name()) {
            (Some(directory), Some(name)) if HAS_ONE_SPELLING && is_itself => {
                Some(self.directory(directory)?.join(name))
            }
            _ => path.canonicalize().ok(),
        }
    }

    fn directory(&mut self, directory: &Path) -> Option<PathBuf> {
        if let Some(known) = self.directories.get(directory) {
            return known.clone();
        }
        let is_itself = || directory.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        let found = match (directory.parent(), directory.file_name()) {
            (Some(parent), Some(name)) if is_itself() => self.directory(parent).map(|parent| parent.join(name)),
            _ if directory.as_os_str().is_empty() => Path::new(".").canonicalize().ok(),
            _ => directory.canonicalize().ok(),
        };
        self.directories.insert(directory.to_path_buf(), found.clone());
        found
    }
}

/// Elsewhere the case of letters may not matter in names, and only the system knows how they are written.
const HAS_ONE_SPELLING: bool = cfg!(target_os = "linux");

/// The path as the user would write it, with `/` on every system.
pub(crate) fn name_of(path: &Path) -> String {
    let mut name = String::new();
    for component in path.components() {
        use std::path::Component;
        match component {
            Component::CurDir => {}
            Component::RootDir => name.push('/'),
            Component::Prefix(prefix) => name.push_str(&prefix.as_os_str().to_string_lossy()),
            Component::ParentDir | Component::Normal(_) => {
                if !name.is_empty() && !name.ends_with('/') {
                    name.push('/');
                }
                name.push_str(&component.as_os_str().to_string_lossy());
            }
        }
    }
    if name.is_empty() { ".".to_owned() } else { name }
}

#[cfg(test)]
mod tests;
