//! A project that is held in memory and linted again as its files change: the engine for editors.
//!
//! What a file says, and what is found in it, is kept until the file changes; only then is it looked at again, by the same function as for
//! a run of the command line. What is said in the end is put together by the same function too ([`crate::lint::conclude`]).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rayon::prelude::*;

use crate::discover::{Discovery, Input};
use crate::lint::{self, Outcome, Settings};
use crate::model::{Date, Document};
use crate::source::{FileId, Source};

/// The files of a project, and what they say.
#[derive(Debug, Default)]
pub struct Session {
    settings: Settings,
    /// By [`FileId`]; the place of a file that is gone is taken by the next new one.
    files: Vec<File>,
    by_name: BTreeMap<String, usize>,
    free: Vec<usize>,
}

/// One file, as it was when it was read.
#[derive(Debug)]
struct File {
    version: Version,
    checked: lint::File,
}

/// What tells whether a file must be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Version {
    /// It must be.
    Stale,
    /// A text that was handed over, and is so again when it changes.
    Buffer,
    /// A file on disk: its length in bytes, and when it was written last.
    Disk(u64, SystemTime),
    /// An entry that could not be looked into: why.
    Unreadable(String),
}

impl Session {
    /// A project without files that goes by these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// What it goes by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Goes by other settings from now on. Every file must be handed over again, by [`Session::sync`].
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        for file in &mut self.files {
            file.version = Version::Stale;
        }
    }

    /// Changes the day on which suppressions are judged.
    pub fn set_today(&mut self, today: Option<Date>) {
        self.settings.today = today;
    }

    /// Takes these for the files of the project: reads those that are new or have changed, in parallel, and forgets those that are
    /// not among them.
    pub fn sync(&mut self, discovery: Discovery) {
        let Discovery { inputs, unreadable, .. } = discovery;
        let names: std::collections::BTreeSet<&str> = inputs
            .iter()
            .map(|input| input.name.as_str())
            .chain(unreadable.iter().map(|(name, _)| name.as_str()))
            .collect();
        let gone: Vec<String> = self.by_name.keys().filter(|name| !names.contains(name.as_str())).cloned().collect();
        for name in gone {
            self.remove(&name);
        }
        let changed: Vec<(usize, Version, Input)> =
            inputs.into_iter().filter_map(|input| self.changed(input)).collect();
        let settings = &self.settings;
        let loaded: Vec<(usize, File)> = changed
            .into_par_iter()
            .map(|(slot, version, input)| {
                (slot, File { version, checked: crate::check_input(crate::file_id(slot), &input, settings) })
            })
            .collect();
        for (slot, file) in loaded {
            self.place(slot, file);
        }
        for (name, why) in unreadable {
            let slot = self.slot(&name);
            let version = Version::Unreadable(why.clone());
            if self.files.get(slot).is_none_or(|file| file.version != version) {
                let checked = crate::unreadable_input(crate::file_id(slot), name, &why, &self.settings);
                self.place(slot, File { version, checked });
            }
        }
    }

    /// The place of an input that must be read, and its version by then.
    fn changed(&mut self, input: Input) -> Option<(usize, Version, Input)> {
        let slot = self.slot(&input.name);
        let version = match &input.text {
            Some(_) => Version::Buffer,
            None => on_disk(&input.path),
        };
        let known = self.files.get(slot)?;
        let is_same = match &input.text {
            Some(text) => known.version == Version::Buffer && known.checked.source.text().as_bytes() == text.as_slice(),
            None => known.version == version && version != Version::Stale,
        };
        (!is_same).then_some((slot, version, input))
    }

    /// Reads one file, which is new or has changed.
    pub fn put(&mut self, input: &Input) {
        let slot = self.slot(&input.name);
        let version = if input.text.is_some() { Version::Buffer } else { on_disk(&input.path) };
        let checked = crate::check_edited(crate::file_id(slot), input, &self.settings);
        self.place(slot, File { version, checked });
    }

    /// Forgets a file.
    pub fn remove(&mut self, name: &str) {
        if let Some(slot) = self.by_name.remove(name) {
            self.place(slot, File::nothing(crate::file_id(slot), String::new()));
            self.free.push(slot);
        }
    }

    /// The place of the file of that name; a new one where there is none yet.
    fn slot(&mut self, name: &str) -> usize {
        if let Some(slot) = self.by_name.get(name) {
            return *slot;
        }
        let slot = self.free.pop().unwrap_or(self.files.len());
        let file = File::nothing(crate::file_id(slot), name.to_owned());
        if slot == self.files.len() {
            self.files.push(file);
        } else {
            self.place(slot, file);
        }
        self.by_name.insert(name.to_owned(), slot);
        slot
    }

    fn place(&mut self, slot: usize, file: File) {
        if let Some(place) = self.files.get_mut(slot) {
            let before = std::mem::replace(place, file);
            // To let go of a large document takes as long as to parse it.
            rayon::spawn(move || drop(before));
        }
    }

    fn file(&self, name: &str) -> Option<&File> {
        self.by_name.get(name).and_then(|slot| self.files.get(*slot))
    }

    /// The names of the files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// The text of a file, if it concerns us.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Arc<Source>> {
        self.file(name).map(|file| &file.checked.source)
    }

    /// What a file says.
    #[must_use]
    pub fn documents(&self, name: &str) -> &[Arc<Document>] {
        self.file(name).map_or(&[], |file| &file.checked.documents)
    }

    /// What is to be said of all files.
    #[must_use]
    pub fn lint(&self) -> Outcome {
        let mut outcome = lint::conclude(self.files.iter().map(|file| &file.checked), &self.settings);
        outcome.summary.files_seen = self.by_name.len();
        outcome
    }
}

impl File {
    /// A file of which nothing is known yet.
    fn nothing(id: FileId, name: String) -> Self {
        let checked = lint::File::not_ours(&Source::new(id, name, String::new()));
        Self { version: Version::Stale, checked }
    }
}

/// What tells whether a file on disk has changed; one of which that is not known always has.
fn on_disk(path: &Path) -> Version {
    let stamp = std::fs::metadata(path).and_then(|metadata| Ok((metadata.len(), metadata.modified()?)));
    stamp.map_or(Version::Stale, |(length, written)| Version::Disk(length, written))
}

#[cfg(test)]
mod failing_tests;
#[cfg(test)]
mod tests;
