//! What changed since a commit: the lines of each file that are not as they were in it.
//!
//! Git says which files differ and what they held (`git` itself is run, since repositories have grafts, alternates, partial
//! clones and sparse checkouts that it alone knows); the lines are compared here.

mod git;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use similar::{Algorithm, DiffTag, TextDiff};

use git::Repository;

/// Why it cannot be told what changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// There is no program `git`.
    #[error("`git` is not installed or not in PATH; --diff asks it what changed")]
    NoGit,
    /// The directory is in no work tree.
    #[error("`{0}` is in no git work tree, so that --diff cannot tell what changed")]
    NoRepository(String),
    /// The commit does not exist.
    #[error("--diff: there is no commit `{0}` in this repository")]
    NoCommit(String),
    /// The commit is not in what was cloned.
    #[error(
        "--diff: there is no commit `{0}` in this shallow clone; fetch it first (`git fetch --depth=1 origin <commit>`, or `fetch-depth: 0` at checkout)"
    )]
    NotInShallowClone(String),
    /// Git failed.
    #[error("{command} failed: {said}")]
    Failed {
        /// What was run.
        command: &'static str,
        /// The first line it complained with.
        said: String,
    },
}

/// What changed since a commit.
#[derive(Debug)]
pub struct Changes {
    repository: Repository,
    /// The commit that the files are compared with.
    commit: String,
    /// Whether that is where the branches part.
    meets: bool,
    /// The files of that commit, from the top.
    files: BTreeSet<String>,
    /// What those that are there still, but differ, were called.
    changed: BTreeMap<String, String>,
    /// Those that are gone.
    gone: Vec<String>,
}

impl Changes {
    /// What changed since `base`, in the work tree around `directory`. Where `base` is a branch that went on meanwhile, what
    /// was done there does not count: the files are compared with the commit where both part.
    ///
    /// # Errors
    /// When there is no git, no repository, or no such commit in it.
    pub fn since(base: &str, directory: &Path) -> Result<Self, ChangesError> {
        let repository = Repository::around(directory)?;
        let (commit, meets) = repository.base_commit(base)?;
        let files = repository.names(&commit)?;
        let (mut changed, mut gone) = (BTreeMap::new(), Vec::new());
        for difference in repository.differences(&commit)? {
            match (difference.before, difference.now) {
                (Some(before), Some(now)) => _ = changed.insert(now, before),
                (Some(before), None) => gone.push(before),
                (None, _) => {}
            }
        }
        Ok(Self { repository, commit, meets, files, changed, gone })
    }

    /// The file's name from the top of the work tree; `None` for one that is not in it.
    #[must_use]
    pub fn name_of(&self, path: &Path) -> Option<String> {
        // A file may be gone, so that its directory is what has to be found.
        let (directory, name) = (path.parent()?, path.file_name()?);
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let whole = std::path::absolute(directory).ok()?;
        let whole = whole.canonicalize().unwrap_or(whole).join(name);
        let inside = whole.strip_prefix(self.repository.top.canonicalize().ok()?).ok()?;
        let parts: Option<Vec<&str>> = inside.iter().map(std::ffi::OsStr::to_str).collect();
        Some(parts?.join("/"))
    }

    /// Whether the files are compared with the commit where the branches part, and not with the one that was named for want of it.
    #[must_use]
    pub fn meets(&self) -> bool {
        self.meets
    }

    /// How the file of that name differs from what it was.
    #[must_use]
    pub fn of(&self, name: &str) -> Change<'_> {
        if let Some(before) = self.changed.get(name) {
            return Change::Changed { before };
        }
        if self.files.contains(name) {
            return Change::Same;
        }
        // What git lists as a file and is a directory is a submodule: it changes as a whole, with the commit that it is at.
        let ends = name.match_indices('/').filter_map(|(end, _)| name.get(..end));
        let mut around = ends.filter(|directory| self.files.contains(*directory));
        match around.next() {
            Some(module) if !self.changed.contains_key(module) => Change::Same,
            _ => Change::New,
        }
    }

    /// The files that are gone, from the top.
    #[must_use]
    pub fn gone(&self) -> &[String] {
        &self.gone
    }

    /// What files of the commit held; `None` for what it has not.
    ///
    /// # Errors
    /// When git cannot tell.
    pub fn contents(&self, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, ChangesError> {
        self.repository.contents(&self.commit, names)
    }

    /// The path of a file by its name from the top.
    #[must_use]
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.repository.top.join(name)
    }
}

/// How a file differs from what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'c> {
    /// It does not.
    Same,
    /// It was not there, or git does not know it.
    New,
    /// It held something else, under that name.
    Changed {
        /// Its name then.
        before: &'c str,
    },
}

/// The lines of `now` that are not in `before`, as ranges from 0. Where lines were taken out, the range is empty and stands
/// before the line that follows them.
#[must_use]
pub fn changed_lines(before: &str, now: &str) -> Vec<Range<usize>> {
    let difference = TextDiff::configure().algorithm(Algorithm::Histogram).diff_lines(before, now);
    difference.ops().iter().filter(|change| change.tag() != DiffTag::Equal).map(similar::DiffOp::new_range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_compared() {
        let changed = |before, now| format!("{:?}", changed_lines(before, now));
        assert_eq!(changed("a\nb\nc\n", "a\nb\nc\n"), "[]");
        assert_eq!(changed("a\nb\nc\n", "a\nx\nc\nd\n"), "[1..2, 3..4]");
        assert_eq!(changed("a\nb\nc\n", "a\nc\n"), "[1..1]");
        assert_eq!(changed("", "a\n"), "[0..1]");
        assert_eq!(changed("a\r\nb\r\n", "a\nb\r\n"), "[0..1]");
    }
}
