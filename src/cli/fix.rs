//! `--fix`: findings are mended in their files, or in the text on standard input.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;

use super::check::counted;
use super::unified;
use crate::discover::{Discovery, Input, describe_io_error};
use crate::lint::{Outcome, Settings};
use crate::mend::{Leave, Mended, mend};
use crate::report::escaped;
use crate::source::FileId;
use crate::store;

/// More fixes that were not made than these are counted, not listed.
const MOST_LISTED: usize = 20;

/// What was mended, file by file in the order of the run.
pub(super) struct Fixed(Vec<(Input, Mended)>);

/// Mends the files that have findings with fixes.
pub(super) fn fix(discovery: &Discovery, outcome: &Outcome, settings: &Settings, leave: Leave) -> Fixed {
    let mut files: Vec<FileId> = outcome
        .diagnostics
        .iter()
        .filter(|diagnostic| leave.has_proposal(diagnostic))
        .map(|diagnostic| diagnostic.primary.span.file)
        .collect();
    files.dedup();
    let mended = files.into_par_iter().filter_map(|file| {
        let source = outcome.sources.get(file)?;
        let input = discovery.inputs.iter().find(|input| input.name == source.name())?;
        let of_file: Vec<_> =
            outcome.suppressed.iter().filter(|one| one.diagnostic.primary.span.file == file).cloned().collect();
        Some((input.clone(), mend(input, source.text(), &of_file, settings, leave)))
    });
    Fixed(mended.collect())
}

impl Fixed {
    /// Writes the files. A text that came from standard input is put in its place instead. Tells what could not be written, which then
    /// is not mended.
    pub(super) fn write(&mut self, discovery: &mut Discovery) -> Vec<String> {
        let mut failures = Vec::new();
        self.0.retain(|(input, mended)| {
            if mended.after == mended.before {
                return true;
            }
            let written = match &input.text {
                Some(text) if text.as_slice() == mended.before.as_bytes() => {
                    let own = discovery.inputs.iter_mut().filter(|other| other.name == input.name);
                    own.for_each(|own| own.text = Some(mended.after.clone().into_bytes()));
                    Ok(())
                }
                Some(_) => Err("it is not UTF-8".to_owned()),
                None => put(&input.path, mended),
            };
            let failure = written.as_ref().err();
            failures.extend(failure.map(|why| format!("`{}` is not mended: {why}", escaped(&input.name))));
            failure.is_none()
        });
        failures
    }

    /// The changes as a unified diff, without credentials; and whether there are any.
    pub(super) fn print(&self, settings: &Settings, out: &mut dyn Write) -> io::Result<bool> {
        let mut any = false;
        for (input, mended) in self.0.iter().filter(|(_, mended)| mended.after != mended.before) {
            any = true;
            out.write_all(unified::diff(input, &mended.before, &mended.after, settings).as_bytes())?;
        }
        Ok(any)
    }

    /// What was mended or, where nothing is changed, would be; and what was not.
    pub(super) fn tell(&self, only_shown: bool) -> String {
        let mut words = String::new();
        let changed: Vec<_> = self.0.iter().filter(|(_, mended)| !mended.rules.is_empty()).collect();
        let findings = changed.iter().map(|(_, mended)| mended.rules.len()).sum::<usize>();
        if findings > 0 {
            let verb = if only_shown { "would be mended" } else { "mended" };
            let _ = writeln!(words, "{} {verb} in {}", counted(findings, "finding"), counted(changed.len(), "file"));
        }
        for (input, mended) in changed {
            let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
            for rule in &mended.rules {
                *rules.entry(rule).or_default() += 1;
            }
            let rules: Vec<String> = rules.into_iter().map(|(rule, count)| format!("{count} × {rule}")).collect();
            let _ = writeln!(words, "  {}: {}", escaped(&input.name), rules.join(", "));
        }
        let refused: Vec<_> =
            self.0.iter().flat_map(|(input, mended)| mended.refused.iter().map(move |one| (input, one))).collect();
        for (input, refused) in refused.iter().take(MOST_LISTED) {
            let line = format!(
                "warning: {}:{}: {}: the fix \"{}\" is not made: {}",
                input.name, refused.line, refused.rule, refused.title, refused.why
            );
            let _ = writeln!(words, "{}", escaped(&line));
        }
        if refused.len() > MOST_LISTED {
            let _ = writeln!(words, "and {} more", counted(refused.len() - MOST_LISTED, "fix that was not made"));
        }
        words
    }
}

/// Writes a file that is still as it was read.
fn put(path: &Path, mended: &Mended) -> Result<(), String> {
    let said = |error: &io::Error| describe_io_error(error);
    let path = store::target(path).map_err(|error| said(&error))?;
    let metadata = fs::metadata(&path).map_err(|error| said(&error))?;
    if !metadata.is_file() {
        return Err("it is no regular file".to_owned());
    }
    if metadata.permissions().readonly() {
        return Err("it is read-only".to_owned());
    }
    let is_same = || fs::read(&path).map(|bytes| bytes == mended.before.as_bytes());
    if !is_same().map_err(|error| said(&error))? {
        return Err("it was changed meanwhile, or is not UTF-8".to_owned());
    }
    let written = store::replace(&path, |file| {
        file.write_all(mended.after.as_bytes())?;
        if is_same()? { Ok(()) } else { Err(io::Error::other("it was changed meanwhile")) }
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::Other => error.to_string(),
        _ => said(&error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let text = |text: &str| text.to_owned();
        let mended = Mended { before: text("a"), after: text("b"), rules: Vec::new(), refused: Vec::new() };
        fs::write(&path, "other").unwrap();
        assert!(put(&path, &mended).unwrap_err().contains("changed meanwhile"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "other");
        fs::write(&path, "a").unwrap();
        put(&path, &mended).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "b");
    }
}
