//! Everything that is checked: the folders of the workspace, the open documents, and which document belongs to which folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::buffers::{Buffer, Buffers};
use super::client::{Client, Preferences};
use super::diagnostics::{Shown, are_same};
use super::folder::{Folder, Surroundings};
use super::pages::Pages;

/// The state of the server that the client's documents make up.
pub struct Workspace {
    client: Client,
    preferences: Preferences,
    buffers: Buffers,
    folders: Vec<Folder>,
    pages: Pages,
    /// Whether a folder or a document is gone since it was looked last.
    is_smaller: bool,
}

/// The findings of one document.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The address, as the client spells it.
    pub uri: String,
    /// The number of the last change, for an open document.
    pub version: Option<i32>,
    /// What was found.
    pub diagnostics: Shown,
}

impl PartialEq for Findings {
    fn eq(&self, other: &Self) -> bool {
        self.uri == other.uri && self.version == other.version && are_same(&self.diagnostics, &other.diagnostics)
    }
}

impl Workspace {
    /// The folders that the client works in, not yet looked at.
    #[must_use]
    pub fn new(client: Client, preferences: Preferences) -> Self {
        let mut workspace = Self {
            folders: Vec::new(),
            buffers: Buffers::default(),
            pages: Pages::default(),
            is_smaller: false,
            preferences,
            client,
        };
        for root in workspace.client.folders.clone() {
            workspace.add_folder(root);
        }
        workspace
    }

    /// What the client can do.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The open documents.
    #[must_use]
    pub fn buffers(&self) -> &Buffers {
        &self.buffers
    }

    /// The pages of rules that are written.
    #[must_use]
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The user wants something else.
    pub fn set_preferences(&mut self, preferences: Preferences) {
        if self.preferences != preferences {
            self.preferences = preferences;
            self.folders.iter_mut().for_each(Folder::reload);
        }
    }

    /// Another folder belongs to the workspace.
    pub fn add_folder(&mut self, root: PathBuf) {
        if !self.folders.iter().any(|folder| folder.is_walked() && folder.root() == root) {
            self.folders.push(Folder::new(root, true));
            self.redistribute();
        }
    }

    /// A folder does not belong to the workspace any more.
    pub fn remove_folder(&mut self, root: &Path) {
        self.folders.retain(|folder| folder.root() != root || !folder.is_walked());
        self.is_smaller = true;
        self.redistribute();
    }

    /// Makes each open document belong to the folder that it is in by now.
    fn redistribute(&mut self) {
        let needed: BTreeSet<PathBuf> =
            self.buffers.iter().filter_map(|buffer| self.loose_root(buffer.path.as_deref())).collect();
        self.folders.retain(|folder| folder.is_walked() || needed.contains(folder.root()));
        for root in needed {
            if !self.folders.iter().any(|folder| folder.root() == root) {
                self.folders.push(Folder::new(root, false));
            }
        }
        self.folders.iter_mut().for_each(Folder::files_changed);
    }

    /// The directory of an open document that is in no folder of the workspace; of one that is no file, where the server runs.
    fn loose_root(&self, path: Option<&Path>) -> Option<PathBuf> {
        let mut walked = self.folders.iter().filter(|folder| folder.is_walked());
        match path {
            Some(path) if walked.any(|folder| path.starts_with(folder.root())) => None,
            Some(path) => path.parent().map(Path::to_path_buf),
            None if walked.next().is_some() => None,
            None => Some(std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))),
        }
    }

    /// The folder that an open document belongs to: the innermost around it; the first for one that is no file.
    fn folder_index(&self, path: Option<&Path>) -> Option<usize> {
        if let Some(root) = self.loose_root(path) {
            return self.folders.iter().position(|folder| !folder.is_walked() && folder.root() == root);
        }
        let walked = self.folders.iter().enumerate().filter(|(_, folder)| folder.is_walked());
        let around = walked.filter(|(_, folder)| path.is_none_or(|path| path.starts_with(folder.root())));
        let depth = |folder: &Folder| if path.is_some() { folder.root().components().count() } else { 0 };
        around.max_by_key(|(at, folder)| (depth(folder), std::cmp::Reverse(*at))).map(|(at, _)| at)
    }

    /// The open document of that address, and the folder it belongs to.
    #[must_use]
    pub fn document(&self, key: &str) -> Option<(&Buffer, &Folder)> {
        let buffer = self.buffers.get(key)?;
        let folder = self.folders.get(self.folder_index(buffer.path.as_deref())?)?;
        Some((buffer, folder))
    }

    /// A document is opened. Whether it may be one of ours is told.
    pub fn open(&mut self, uri: &str, language: String, version: i32, text: String) -> bool {
        let Some(buffer) = self.buffers.open(uri, language, version, text).cloned() else { return false };
        if self
            .loose_root(buffer.path.as_deref())
            .is_some_and(|root| !self.folders.iter().any(|folder| folder.root() == root))
        {
            self.redistribute();
        }
        self.changed(&buffer.key, buffer.path.as_deref());
        true
    }

    /// Changes the text of an open document; `false` where there is none of that address.
    pub fn change(&mut self, key: &str, version: i32, change: impl FnOnce(&mut String)) -> bool {
        let Some(buffer) = self.buffers.get_mut(key) else { return false };
        change(&mut buffer.text);
        buffer.version = version;
        let path = buffer.path.clone();
        self.changed(key, path.as_deref());
        true
    }

    fn changed(&mut self, key: &str, path: Option<&Path>) {
        let at = self.folder_index(path);
        for (index, folder) in self.folders.iter_mut().enumerate() {
            // A setting may be that of any folder.
            folder.setting_changed(path);
            if Some(index) == at {
                folder.buffer_changed(key);
            }
        }
    }

    /// A document is closed; what is on disk counts again.
    pub fn close(&mut self, key: &str) {
        let Some(buffer) = self.buffers.close(key) else { return };
        self.is_smaller = true;
        self.file_changed(buffer.path.as_deref());
        let is_needed = |folder: &Folder| {
            folder.is_walked()
                || self
                    .buffers
                    .iter()
                    .any(|other| self.loose_root(other.path.as_deref()).as_deref() == Some(folder.root()))
        };
        let kept: Vec<bool> = self.folders.iter().map(is_needed).collect();
        let mut kept = kept.into_iter();
        self.folders.retain(|_| kept.next().unwrap_or(true));
    }

    /// Something on disk has changed.
    pub fn file_changed(&mut self, path: Option<&Path>) {
        for folder in &mut self.folders {
            folder.setting_changed(path);
            if path.is_none_or(|path| path.starts_with(folder.root())) {
                folder.files_changed();
            }
        }
    }

    /// Whether there is something to look at.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_smaller || self.folders.iter().any(Folder::is_stale)
    }

    /// Looks at all that has changed. What is to be told to the user is given back.
    pub fn settle(&mut self) -> Vec<String> {
        let walked = self.folders.iter().filter(|folder| folder.is_walked());
        let roots: Vec<PathBuf> = walked.map(|folder| folder.root().to_path_buf()).collect();
        let belongs: Vec<Option<usize>> =
            self.buffers.iter().map(|buffer| self.folder_index(buffer.path.as_deref())).collect();
        self.is_smaller = false;
        let Self { client, preferences, buffers, folders, pages, .. } = self;
        let mut own: Vec<Vec<&Buffer>> = folders.iter().map(|_| Vec::new()).collect();
        for (buffer, at) in buffers.iter().zip(belongs) {
            if let Some(own) = at.and_then(|at| own.get_mut(at)) {
                own.push(buffer);
            }
        }
        let mut news = Vec::new();
        for (folder, own) in folders.iter_mut().zip(own) {
            let others: Vec<PathBuf> = roots.iter().filter(|root| *root != folder.root()).cloned().collect();
            news.extend(folder.settle(Surroundings { client, preferences, buffers, pages, others: &others }, &own));
        }
        news
    }

    /// What was found when it was last looked, for every document with findings and every one that is open.
    #[must_use]
    pub fn findings(&self) -> BTreeMap<String, Findings> {
        let mut all: BTreeMap<String, Findings> = BTreeMap::new();
        for buffer in self.buffers.iter() {
            all.insert(buffer.key.clone(), self.findings_of(&buffer.key));
        }
        for key in self.folders.iter().flat_map(|folder| folder.found().keys()) {
            if !all.contains_key(key) {
                all.insert(key.clone(), self.findings_of(key));
            }
        }
        all
    }

    /// What was found in one document.
    #[must_use]
    pub fn findings_of(&self, key: &str) -> Findings {
        let buffer = self.buffers.get(key);
        let mut diagnostics = Shown::default();
        for found in self.folders.iter().filter_map(|folder| folder.found().get(key)) {
            if diagnostics.is_empty() {
                diagnostics = Arc::clone(found);
                continue;
            }
            // Two folders may go by one configuration.
            let new: Vec<_> = found.iter().filter(|one| !diagnostics.contains(one)).cloned().collect();
            if !new.is_empty() {
                Arc::make_mut(&mut diagnostics).extend(new);
            }
        }
        Findings {
            uri: buffer.map_or_else(|| key.to_owned(), |buffer| buffer.uri.clone()),
            version: buffer.map(|buffer| buffer.version),
            diagnostics,
        }
    }
}
