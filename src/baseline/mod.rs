//! Findings that were there when the tool was adopted, so that only new ones are reported.
//!
//! An entry says in which file, resource and container, of which rule, and what is wrong ([`Diagnostic::subjects`]): never a
//! line, never a message. Text that moves changes nothing, and the same mistake elsewhere is a new one. Of equal findings
//! their number counts. The file is JSON, sorted, and has no credential in it.

mod file;
mod store;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::lint::{Diagnostic, Outcome, StaleEntry};
use crate::report::Masks;
use crate::rules;
use crate::rules::INPUT_FAILURES;
use crate::source::{Base, FileId};

pub use store::BaselineError;

/// What an entry knows a finding by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    /// Told from the directory of the baseline's file.
    path: String,
    resource: Option<String>,
    container: Option<String>,
    rule: String,
    subject: String,
}

/// A longer subject says no more to a reader.
const LONGEST_SUBJECT: usize = 300;

/// The findings that are accepted, and how many of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<Key, usize>);

impl std::str::FromStr for Baseline {
    type Err = String;

    /// Reads the text of a baseline; what is wrong with it is told in a predicate without the file's name.
    fn from_str(text: &str) -> Result<Self, String> {
        file::parse(text)
    }
}

impl std::fmt::Display for Baseline {
    /// The text of its file.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&file::text(self))
    }
}

/// What a run looked at, for telling what is mended from what was not checked.
pub struct Checked<'a> {
    /// From the directory of the run to that of the baseline's file.
    pub base: &'a Base,
    /// The directories that were walked, as they were named.
    pub directories: &'a [String],
    /// Whether the rule of that name was run on the file of that name.
    pub is_run: &'a dyn Fn(&str, &str) -> bool,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// When the file cannot be read or is no baseline of a version that is known.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        store::read(path)?.parse().map_err(|what: String| BaselineError::of(path, &what))
    }

    /// Writes the baseline: the whole file or, when that fails, nothing. A file that has the same text is left alone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        store::write(path, &self.to_string())
    }

    /// The findings of a run that are not suppressed. Files that could not be checked are none: their findings are not known.
    #[must_use]
    pub fn of(outcome: &Outcome, base: &Base) -> Self {
        let mut keys = Keys::new(outcome, base);
        let mut baseline = Self::default();
        for key in outcome.diagnostics.iter().flat_map(|diagnostic| keys.of(diagnostic)) {
            *baseline.0.entry(key).or_default() += 1;
        }
        baseline
    }

    /// How many findings are accepted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the accepted findings out of those that are reported, and gives the entries whose findings are mended. A finding
    /// of several things is accepted if each of them is.
    pub fn apply(&self, outcome: &mut Outcome, checked: &Checked<'_>) -> Vec<StaleEntry> {
        let of_findings = keys_of_all(outcome, checked.base);
        let stale = self.stale(outcome, &of_findings, checked);
        let mut accepted = self.accepted(&of_findings).into_iter();
        outcome.accept(|_| accepted.next().unwrap_or(false));
        stale
    }

    /// For each finding of a run, in order, whether it is among these.
    #[must_use]
    pub fn knows(&self, outcome: &Outcome, base: &Base) -> Vec<bool> {
        self.accepted(&keys_of_all(outcome, base))
    }

    fn accepted(&self, of_findings: &[Vec<Key>]) -> Vec<bool> {
        let mut left = self.0.clone();
        let is_accepted = |keys: &Vec<Key>| {
            let is_accepted = !keys.is_empty() && keys.iter().all(|key| left.get(key).is_some_and(|count| *count > 0));
            for key in keys.iter().filter(|_| is_accepted) {
                if let Some(count) = left.get_mut(key) {
                    *count -= 1;
                }
            }
            is_accepted
        };
        of_findings.iter().map(is_accepted).collect()
    }

    /// The entries of which it is sure that there are not so many findings any more.
    fn stale(&self, outcome: &Outcome, of_findings: &[Vec<Key>], checked: &Checked<'_>) -> Vec<StaleEntry> {
        let mut found: HashMap<&Key, usize> = HashMap::new();
        for key in of_findings.iter().flatten() {
            *found.entry(key).or_default() += 1;
        }
        let failed: HashSet<FileId> = outcome
            .diagnostics
            .iter()
            .chain(outcome.suppressed.iter().map(|one| &one.diagnostic))
            .filter(|diagnostic| INPUT_FAILURES.contains(&diagnostic.rule))
            .map(|diagnostic| diagnostic.primary.span.file)
            .collect();
        let inputs: HashMap<String, (FileId, &str)> = outcome
            .sources
            .iter()
            .map(|source| (path_of(source.name(), checked.base), (source.id(), source.name())))
            .collect();
        let walked: Vec<String> = checked.directories.iter().map(|name| path_of(name, checked.base)).collect();
        let is_judged = |key: &Key| match inputs.get(&key.path) {
            Some((id, name)) => {
                let is_run = rules::find(&key.rule).is_none() || (checked.is_run)(&key.rule, name);
                is_run && !failed.contains(id)
            }
            // A file that was not looked at is only mended when it is gone from where it would have been looked for.
            None => walked.iter().any(|directory| is_below(&key.path, directory)) && is_gone(checked.base, &key.path),
        };
        let missing =
            self.0.iter().map(|(key, count)| (key, count.saturating_sub(found.get(key).copied().unwrap_or(0))));
        missing
            .filter(|(key, count)| *count > 0 && is_judged(key))
            .map(|(key, count)| StaleEntry {
                path: key.path.clone(),
                resource: key.resource.clone(),
                container: key.container.clone(),
                rule: key.rule.clone(),
                subject: key.subject.clone(),
                count,
            })
            .collect()
    }

    /// Takes out entries that are stale.
    pub fn remove(&mut self, stale: &[StaleEntry]) {
        for entry in stale {
            let key = Key {
                path: entry.path.clone(),
                resource: entry.resource.clone(),
                container: entry.container.clone(),
                rule: entry.rule.clone(),
                subject: entry.subject.clone(),
            };
            if let Some(count) = self.0.get_mut(&key) {
                *count = count.saturating_sub(entry.count);
            }
        }
        self.0.retain(|_, count| *count > 0);
    }

    /// Accepts all that another baseline does too, and tells how much more that is.
    pub fn add(&mut self, other: Self) -> usize {
        let mut added = 0;
        for (key, count) in other.0 {
            let own = self.0.entry(key).or_default();
            added += count.saturating_sub(*own);
            *own = count.max(*own);
        }
        added
    }
}

fn keys_of_all(outcome: &Outcome, base: &Base) -> Vec<Vec<Key>> {
    let mut keys = Keys::new(outcome, base);
    outcome.diagnostics.iter().map(|diagnostic| keys.of(diagnostic)).collect()
}

/// Makes the keys of findings.
struct Keys<'o> {
    outcome: &'o Outcome,
    base: &'o Base,
    masks: Masks<'o>,
    paths: HashMap<FileId, String>,
}

impl<'o> Keys<'o> {
    fn new(outcome: &'o Outcome, base: &'o Base) -> Self {
        Self { outcome, base, masks: Masks::new(outcome), paths: HashMap::new() }
    }

    /// One for each thing that is wrong; none for a file that could not be checked.
    fn of(&mut self, diagnostic: &Diagnostic) -> Vec<Key> {
        if INPUT_FAILURES.contains(&diagnostic.rule) {
            return Vec::new();
        }
        let file = diagnostic.primary.span.file;
        let path = self.paths.entry(file).or_insert_with(|| path_of(self.outcome.sources.name(file), self.base));
        let hidden = |text: &str| self.masks.hidden(text);
        let key = |subject: &String| Key {
            path: path.clone(),
            resource: diagnostic.resource.as_deref().map(hidden),
            container: diagnostic.container.as_deref().map(hidden),
            rule: diagnostic.rule.to_owned(),
            subject: cut(hidden(subject)),
        };
        let mut keys: Vec<Key> = diagnostic.subjects.iter().map(key).collect();
        // What differs in its credentials alone is one thing here.
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn cut(mut subject: String) -> String {
    let end = (0..=LONGEST_SUBJECT).rev().find(|at| subject.is_char_boundary(*at)).unwrap_or(0);
    subject.truncate(end);
    subject
}

/// The name of an input, told from the directory of the baseline. The directory is known by its true path, and so must be a
/// file that is named by an absolute one.
fn path_of(name: &str, base: &Base) -> String {
    let path = Path::new(name);
    let true_path = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    match true_path().filter(|_| path.is_absolute()) {
        Some(path) => base.relative(&path.to_string_lossy()),
        None => base.relative(name),
    }
}

fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty() && !path.starts_with("../")
        || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

fn is_gone(base: &Base, path: &str) -> bool {
    let found = std::fs::symlink_metadata(base.absolute(path));
    found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests;
