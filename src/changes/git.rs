//! What git knows: commits, names and contents. Nothing is fetched, locked or written.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::ChangesError;

/// A work tree.
#[derive(Debug)]
pub struct Repository {
    /// Its top directory.
    pub top: PathBuf,
}

/// A file that differs between a commit and the work tree.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it was in the commit, from the top; `None` for one that is new.
    pub before: Option<String>,
    /// Where it is now, from the top; `None` for one that is gone.
    pub now: Option<String>,
}

impl Repository {
    /// The repository whose work tree the directory is in.
    pub fn around(directory: &Path) -> Result<Self, ChangesError> {
        let top = git(directory, &["rev-parse", "--show-toplevel"])?;
        match top {
            Ok(top) => Ok(Self { top: PathBuf::from(text(&top).trim_end_matches('\n')) }),
            Err(said) if said.contains("not a git repository") => {
                Err(ChangesError::NoRepository(directory.display().to_string()))
            }
            Err(said) => Err(ChangesError::Failed { command: "git rev-parse", said }),
        }
    }

    /// The commit that `base` names, or where the work tree's branch left it: what was done on `base` since is not a change.
    ///
    /// Tells besides whether they were found to meet.
    pub fn base_commit(&self, base: &str) -> Result<(String, bool), ChangesError> {
        let named =
            self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{base}^{{commit}}")])?;
        let Ok(commit) = named else {
            let is_shallow = self.run(&["rev-parse", "--is-shallow-repository"])?.is_ok_and(|said| said == b"true\n");
            let base = base.to_owned();
            return Err(if is_shallow { ChangesError::NotInShallowClone(base) } else { ChangesError::NoCommit(base) });
        };
        let commit = text(&commit).trim().to_owned();
        // In a shallow clone the branches may meet before its beginning; then the commit itself is all there is to compare with.
        let meeting = self.run(&["merge-base", &commit, "HEAD"])?;
        Ok(match meeting {
            Ok(meeting) => (text(&meeting).trim().to_owned(), true),
            Err(_) => (commit, false),
        })
    }

    /// What differs between the commit and the files on disk, of those that git tracks.
    pub fn differences(&self, commit: &str) -> Result<Vec<Difference>, ChangesError> {
        let args = [
            "diff",
            "--name-status",
            "-z",
            "-M",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=dirty",
            commit,
            "--",
        ];
        let listed = self.run(&args)?.map_err(|said| ChangesError::Failed { command: "git diff", said })?;
        let mut fields = listed.split(|byte| *byte == 0).map(text).filter(|field| !field.is_empty());
        let mut differences = Vec::new();
        while let Some(status) = fields.next() {
            let (before, now) = match status.chars().next() {
                Some('R') => (fields.next(), fields.next()),
                Some('C') => {
                    fields.next();
                    (None, fields.next())
                }
                Some('A') => (None, fields.next()),
                Some('D') => (fields.next(), None),
                _ => {
                    let path = fields.next();
                    (path.clone(), path)
                }
            };
            differences.push(Difference { before, now });
        }
        Ok(differences)
    }

    /// The names of all files of the commit, from the top.
    pub fn names(&self, commit: &str) -> Result<BTreeSet<String>, ChangesError> {
        let listed = self.run(&["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit])?;
        let listed = listed.map_err(|said| ChangesError::Failed { command: "git ls-tree", said })?;
        Ok(listed.split(|byte| *byte == 0).map(text).filter(|name| !name.is_empty()).collect())
    }

    /// The contents of files of the commit, in the order of their names; `None` for one that it has not, or that is no file.
    pub fn contents(&self, commit: &str, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, ChangesError> {
        let mut child = command(&self.top, &["cat-file", "--batch", "-z"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| unstarted(&error))?;
        let requests: Vec<u8> = names.iter().flat_map(|name| format!("{commit}:{name}\0").into_bytes()).collect();
        let stdin = child.stdin.take();
        // Git answers while it reads; a full pipe on either side would stop both.
        let asking = std::thread::spawn(move || stdin.map_or(Ok(()), |mut stdin| stdin.write_all(&requests)));
        let mut answers = Vec::new();
        let read = child.stdout.take().map_or(Ok(0), |mut stdout| stdout.read_to_end(&mut answers));
        let asked = asking.join().unwrap_or(Ok(()));
        let ended = child.wait();
        let failed = |error: io::Error| ChangesError::Failed { command: "git cat-file", said: error.to_string() };
        read.and(asked).and(ended).map_err(failed)?;
        Ok(Answers { rest: &answers }.take(names.len()).collect())
    }

    /// Runs git at the top: what it put out, or what it complained of.
    fn run(&self, args: &[&str]) -> Result<Result<Vec<u8>, String>, ChangesError> {
        git(&self.top, args)
    }
}

/// What `git cat-file --batch` answers: `<id> <type> <size>`, a line end, the content and a line end; or `<name> missing`.
struct Answers<'a> {
    rest: &'a [u8],
}

impl Iterator for Answers<'_> {
    type Item = Option<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
        let header = text(self.rest.get(..line).unwrap_or_default());
        let mut fields = header.rsplit(' ');
        let size = fields.next().and_then(|size| size.parse::<usize>().ok());
        let is_file = fields.next() == Some("blob");
        let start = line + 1;
        let Some(size) = size.filter(|_| fields.next().is_some()) else {
            self.rest = self.rest.get(start..).unwrap_or_default();
            return Some(None);
        };
        let content = self.rest.get(start..start.saturating_add(size)).map(<[u8]>::to_vec);
        self.rest = self.rest.get(start.saturating_add(size).saturating_add(1)..).unwrap_or_default();
        Some(content.filter(|_| is_file))
    }
}

fn git(directory: &Path, args: &[&str]) -> Result<Result<Vec<u8>, String>, ChangesError> {
    let output = command(directory, args).stdin(Stdio::null()).output().map_err(|error| unstarted(&error))?;
    Ok(if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(text(&output.stderr).lines().next().unwrap_or_default().to_owned())
    })
}

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    // No helper of the repository's own is run, nothing is fetched, no lock is taken.
    command
        .arg("-C")
        .arg(directory)
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-pager"])
        .args(args.iter().map(OsStr::new))
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C");
    command
}

fn unstarted(error: &io::Error) -> ChangesError {
    if error.kind() == io::ErrorKind::NotFound {
        ChangesError::NoGit
    } else {
        ChangesError::Failed { command: "git", said: error.to_string() }
    }
}

/// Names that are no UTF-8 are not ours: what they become here matches no file.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_cut_by_their_sizes() {
        let answers = b"1f blob 4\na\n\0b\nHEAD:x y missing\n2e tree 3\nabc\n3d blob 0\n\n";
        let read: Vec<_> = Answers { rest: answers }.take(4).collect();
        assert_eq!(read, [Some(b"a\n\0b".to_vec()), None, None, Some(Vec::new())]);
    }
}
