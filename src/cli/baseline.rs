//! `--baseline` and the options beside it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::options::BaselineOptions;
use crate::baseline::{Baseline, Checked};
use crate::lint::{BaselineUse, Outcome, StaleEntry};
use crate::report::{INPUT_FAILURES, escaped};
use crate::source::Base;

/// More stale entries than these are counted, not listed.
const MOST_LISTED: usize = 20;

/// What is to be done with a baseline.
pub(super) struct Plan {
    file: PathBuf,
    base: Base,
    /// The baseline as it is; `None` where it is to be written anew.
    present: Option<Baseline>,
    update: bool,
    add_new: bool,
}

/// Reads the baseline that the options name, before anything else is done.
///
/// `configured` is the one that the configuration names.
pub(super) fn plan(options: &BaselineOptions, configured: Option<&Path>) -> Result<Option<Plan>, String> {
    let named = options.file.as_deref().or(configured).filter(|_| !options.no_baseline);
    let Some(file) = options.write_baseline.as_deref().or(named) else {
        return if options.update_baseline {
            Err("there is no baseline to update: name it with `--baseline FILE`".to_owned())
        } else {
            Ok(None)
        };
    };
    if file == Path::new("-") {
        return Err("a baseline is a file: name one".to_owned());
    }
    let present = match options.write_baseline {
        Some(_) => None,
        None => Some(Baseline::read(file).map_err(|error| error.to_string())?),
    };
    Ok(Some(Plan {
        file: file.to_path_buf(),
        base: base(file)?,
        present,
        update: options.update_baseline,
        add_new: options.add_new,
    }))
}

/// Names are told from the directory of the file.
fn base(file: &Path) -> Result<Base, String> {
    let working = std::env::current_dir().and_then(|directory| directory.canonicalize());
    let working = working.map_err(|error| format!("the current directory is not known: {error}"))?;
    let directory = working.join(file);
    let directory = directory.parent().unwrap_or(&working);
    // One that is not there is told of when the file is written.
    Ok(Base::new(&working, &directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf())))
}

impl Plan {
    /// The file of the baseline.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Takes out what is accepted, and writes the file where that was asked for. What is to be said of it is given back.
    pub(super) fn carry_out(
        self,
        outcome: &mut Outcome,
        directories: &[String],
        is_run: &dyn Fn(&str, &str) -> bool,
    ) -> Result<String, String> {
        let checked = Checked { base: &self.base, directories, is_run };
        let name = self.file.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        let write = |baseline: &Baseline| baseline.write(&self.file).map_err(|error| error.to_string());
        let Some(present) = self.present else {
            let baseline = Baseline::of(outcome, &self.base);
            write(&baseline)?;
            baseline.apply(outcome, &checked);
            let count = baseline.len();
            let unchecked = outcome.diagnostics.iter().filter(|one| INPUT_FAILURES.contains(&one.rule)).count();
            outcome.baseline = Some(BaselineUse { name: name.clone(), stale: Vec::new() });
            let but = if unchecked == 0 { "" } else { "; what could not be checked is not in it" };
            return Ok(format!(
                "baseline `{}`: {} written{but}\n",
                escaped(&name),
                super::check::counted(count, "finding")
            ));
        };
        let all = Baseline::of(outcome, &self.base);
        let stale = present.apply(outcome, &checked);
        if !self.update {
            let words = tell(&name, &stale);
            outcome.baseline = Some(BaselineUse { name, stale });
            return Ok(words);
        }
        let mut updated = present;
        updated.remove(&stale);
        let removed: usize = stale.iter().map(|entry| entry.count).sum();
        let added = if self.add_new { updated.add(all.clone()) } else { 0 };
        write(&updated)?;
        if added > 0 {
            all.apply(outcome, &checked);
        }
        let words = format!("baseline `{}`: {removed} removed, {added} added\n", escaped(&name));
        outcome.baseline = Some(BaselineUse { name, stale: Vec::new() });
        Ok(words)
    }
}

/// What is said of entries that are stale.
fn tell(name: &str, stale: &[StaleEntry]) -> String {
    let name = escaped(name);
    let mut words = match stale.len() {
        0 => return String::new(),
        1 => format!("warning: an entry of the baseline `{name}` is stale: its finding is mended"),
        count => format!("warning: {count} entries of the baseline `{name}` are stale: their findings are mended"),
    };
    words.push_str("; `--update-baseline` takes them out\n");
    for entry in stale.iter().take(MOST_LISTED) {
        let place = [Some(&entry.path), entry.resource.as_ref(), entry.container.as_ref()];
        let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
        let line = format!("{}: {}: {}", place.join(" / "), entry.rule, entry.subject);
        let _ = writeln!(words, "  {}", escaped(&line));
    }
    if stale.len() > MOST_LISTED {
        let _ = writeln!(words, "  and {} more", stale.len() - MOST_LISTED);
    }
    words
}
