//! Files that the configuration leads to: parameters, policies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::discover::{SIZE_LIMIT, describe_io_error};
use crate::source::{FileId, Source};

/// The files that settings are read from, each once.
#[derive(Debug, Default)]
pub struct Files {
    working_directory: PathBuf,
    sources: Vec<Arc<Source>>,
    instead: Instead,
}

/// Texts to read in place of files, by the files' names; `None` stands for a file that is not there.
pub type Instead = BTreeMap<String, Option<String>>;

impl Files {
    /// No files yet; names are relative to the working directory.
    pub fn new(working_directory: &Path, instead: Instead) -> Self {
        Self { working_directory: working_directory.to_path_buf(), sources: Vec::new(), instead }
    }

    /// Reads a file, or says why it cannot be read, in a predicate.
    pub fn read(&mut self, path: &Path) -> Result<Arc<Source>, String> {
        let name = crate::discover::name_of(path);
        if let Some(known) = self.sources.iter().find(|source| source.name() == name) {
            return Ok(Arc::clone(known));
        }
        match self.instead.get(&name) {
            Some(Some(text)) => {
                let text = text.clone();
                return Ok(self.add(name, text));
            }
            Some(None) => return Err("does not exist".to_owned()),
            None => {}
        }
        let path = self.working_directory.join(path);
        let cannot = |error: &std::io::Error| format!("cannot be read: {}", describe_io_error(error));
        let metadata = std::fs::metadata(&path).map_err(|error| cannot(&error))?;
        if !metadata.is_file() {
            return Err("is no regular file".to_owned());
        }
        if metadata.len() > SIZE_LIMIT {
            return Err(format!("is larger than {} MiB", SIZE_LIMIT >> 20));
        }
        let bytes = std::fs::read(&path).map_err(|error| cannot(&error))?;
        let text = String::from_utf8(bytes).map_err(|_| "is not valid UTF-8".to_owned())?;
        Ok(self.add(name, text))
    }

    /// Adds a text under a name.
    pub fn add(&mut self, name: String, text: String) -> Arc<Source> {
        let source = Arc::new(Source::new(FileId::of_settings(self.sources.len()), name, text));
        self.sources.push(Arc::clone(&source));
        source
    }

    /// All of them, by index.
    pub fn into_sources(self) -> Vec<Arc<Source>> {
        self.sources
    }
}
