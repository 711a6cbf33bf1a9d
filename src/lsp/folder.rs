//! One directory with what is checked in it, as if `ecs-lint` were run there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::buffers::{Buffer, Buffers};
use super::client::{Client, Preferences};
use super::diagnostics::{self, Place, Rendered, Showing, Shown};
use super::fixes::Offers;
use super::lasting::Lasting;
use super::pages::Pages;
use super::uri;
use crate::baseline::{Baseline, Checked};
use crate::config::{self, Configuration, Failure, Flags, Instead, Origin};
use crate::discover::{self, Discovery, Input, WalkOptions, discover};
use crate::lint::{Outcome, Settings};
use crate::model::Document;
use crate::paths::Selection;
use crate::session::Session;
use crate::source::{Base, Source};

/// A directory of the workspace, or of open files that are in none.
pub struct Folder {
    root: PathBuf,
    /// Whether all files in it are checked; otherwise only those that are open.
    is_walked: bool,
    session: Session,
    selection: Arc<Selection>,
    baseline: Option<(Baseline, Base)>,
    baseline_file: Option<PathBuf>,
    /// Why the settings are not those that are written.
    failure: Option<Failure>,
    complaints: Vec<String>,
    stale: Stale,
    outcome: Outcome,
    found: BTreeMap<String, Shown>,
    /// What was found in open documents while they could be read.
    lasting: Lasting,
    rendered: Rendered,
    /// The fixes of findings that were asked for since it was looked last: editors ask at every move of the cursor.
    offers: RefCell<Offers>,
}

/// What must be looked at again.
#[derive(Debug, Default)]
struct Stale {
    settings: bool,
    files: bool,
    /// The keys of open documents.
    buffers: BTreeSet<String>,
}

/// What a folder needs to know of what is around it.
#[derive(Clone, Copy)]
pub struct Surroundings<'s> {
    /// What the client can do.
    pub client: &'s Client,
    /// What its user wants.
    pub preferences: &'s Preferences,
    /// All open documents.
    pub buffers: &'s Buffers,
    /// The pages of rules that are written.
    pub pages: &'s Pages,
    /// The other folders.
    pub others: &'s [PathBuf],
}

impl Folder {
    /// A folder in which nothing has been looked at yet.
    #[must_use]
    pub fn new(root: PathBuf, is_walked: bool) -> Self {
        Self {
            root,
            is_walked,
            session: Session::default(),
            selection: Arc::default(),
            baseline: None,
            baseline_file: None,
            failure: None,
            complaints: Vec::new(),
            stale: Stale { settings: true, files: true, buffers: BTreeSet::new() },
            outcome: Outcome::default(),
            found: BTreeMap::new(),
            lasting: Lasting::default(),
            rendered: Rendered::default(),
            offers: RefCell::default(),
        }
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether all files in it are checked.
    #[must_use]
    pub fn is_walked(&self) -> bool {
        self.is_walked
    }

    /// What it goes by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.session.settings()
    }

    /// What was found last.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What was found last, as diagnostics, by the keys of documents.
    #[must_use]
    pub fn found(&self) -> &BTreeMap<String, Shown> {
        &self.found
    }

    /// The fixes that are remembered.
    #[must_use]
    pub fn offers(&self) -> &RefCell<Offers> {
        &self.offers
    }

    /// The text of a file that is ours.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Arc<Source>> {
        self.session.source(name)
    }

    /// What a file says.
    #[must_use]
    pub fn documents(&self, name: &str) -> &[Arc<Document>] {
        self.session.documents(name)
    }

    /// The name of a file, as the command line has it that is run in the folder.
    #[must_use]
    pub fn name_of(&self, path: &Path) -> String {
        discover::name_of(path.strip_prefix(&self.root).unwrap_or(path))
    }

    /// The name of an open document.
    #[must_use]
    pub fn name_of_buffer(&self, buffer: &Buffer) -> String {
        buffer.path.as_deref().map_or_else(|| buffer.untitled_name(), |path| self.name_of(path))
    }

    /// Where the file of a name is.
    #[must_use]
    pub fn place(&self, name: &str, buffers: &Buffers) -> Place {
        let untitled = buffers.iter().find(|buffer| buffer.path.is_none() && buffer.untitled_name() == name);
        if let Some(buffer) = untitled.filter(|_| name.starts_with("untitled:")) {
            return Place { key: buffer.key.clone(), uri: buffer.uri.clone(), is_open: true };
        }
        let key = uri::of_path(&uri::plain(&self.root.join(name)));
        match buffers.get(&key) {
            Some(buffer) => Place { uri: buffer.uri.clone(), key, is_open: true },
            None => Place { uri: key.clone(), key, is_open: false },
        }
    }

    /// An open document has a new text.
    pub fn buffer_changed(&mut self, key: &str) {
        self.stale.buffers.insert(key.to_owned());
    }

    /// Files on disk have changed, or may have: one is there, is gone, or is closed in the editor.
    pub fn files_changed(&mut self) {
        self.stale.files = true;
    }

    /// A file has changed, on disk or in the editor, that the settings may come from.
    pub fn setting_changed(&mut self, path: Option<&Path>) {
        self.stale.settings |= self.is_setting(path);
    }

    /// The settings must be read again, and everything with them.
    pub fn reload(&mut self) {
        self.stale.settings = true;
        self.stale.files = true;
    }

    /// Whether the settings come from that file, or might if it were right.
    fn is_setting(&self, path: Option<&Path>) -> bool {
        let Some(path) = path else { return false };
        let name = path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        let failed = self.failure.as_ref().map(|failure| failure.outcome.sources.settings());
        let known = self.settings().files.iter().chain(failed.unwrap_or_default());
        let is_known = |source: &Arc<Source>| uri::plain(&self.root.join(source.name())) == path;
        config::NAMES.contains(&name)
            || self.baseline_file.as_deref() == Some(path)
            || self.failure.is_some()
            || known.into_iter().any(is_known)
    }

    /// Whether there is something to look at.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.stale.settings || self.stale.files || !self.stale.buffers.is_empty()
    }

    /// Looks at all that has changed, and lints. What is to be told to the user is given back, once.
    pub fn settle(&mut self, around: Surroundings<'_>, own: &[&Buffer]) -> Vec<String> {
        let mut news = Vec::new();
        if !self.is_stale() {
            return news;
        }
        if std::mem::take(&mut self.stale.settings) {
            self.lasting.clear();
            let complaints = self.load_settings(around);
            news.extend(complaints.iter().filter(|one| !self.complaints.contains(one)).cloned());
            self.complaints = complaints;
        }
        self.session.set_today(crate::today().ok());
        let buffers = std::mem::take(&mut self.stale.buffers);
        if std::mem::take(&mut self.stale.files) {
            self.session.sync(self.discovery(around, own));
        } else {
            for buffer in own.iter().filter(|buffer| buffers.contains(&buffer.key)) {
                if self.is_looked_at(buffer, around.preferences) {
                    self.session.put(&self.input(buffer));
                }
            }
        }
        self.outcome = self.session.lint();
        if let Some((baseline, base)) = &self.baseline {
            let settings = self.session.settings();
            let is_run = |rule: &str, name: &str| settings.runs(rule, name);
            baseline.apply(&mut self.outcome, &Checked { base, directories: &[], is_run: &is_run });
        }
        let mut rendered = std::mem::take(&mut self.rendered);
        let place = |name: &str| self.place(name, around.buffers);
        let showing = Showing { place: &place, client: around.client, pages: around.pages };
        let open = || around.buffers.iter().map(|buffer| (buffer.key.clone(), buffer.uri.clone())).collect();
        let mut found = diagnostics::of_outcome(&self.outcome, showing, open(), &mut rendered);
        if let Some(failure) = &self.failure {
            let of_settings = diagnostics::of_outcome(&failure.outcome, showing, open(), &mut Rendered::default());
            for (key, diagnostics) in of_settings {
                Arc::make_mut(found.entry(key).or_default()).extend(diagnostics.iter().cloned());
            }
        }
        self.found = found;
        self.rendered = rendered;
        self.offers.borrow_mut().clear();
        self.outlast(around, own);
        news
    }

    /// Adds to what is found in open documents that cannot be read what still holds of what was found when they could.
    fn outlast(&mut self, around: Surroundings<'_>, own: &[&Buffer]) {
        self.lasting.retain(|key| own.iter().any(|buffer| buffer.key == key));
        for buffer in own {
            let name = self.name_of_buffer(buffer);
            let Some(source) = self.session.source(&name) else { continue };
            // The text of a file that is not ours is not kept.
            if source.text().is_empty() {
                continue;
            }
            let is_broken = self.session.documents(&name).is_empty();
            let found = self.found.entry(buffer.key.clone()).or_default();
            if is_broken || found.iter().any(|one| diagnostics::is_of_broken_text(one)) {
                let lasting = self.lasting.of_broken(&buffer.key, source.text(), &buffer.uri, around.client.encoding);
                let new: Vec<_> = lasting.into_iter().filter(|one| !found.contains(one)).collect();
                Arc::make_mut(found).extend(new);
            } else {
                self.lasting.keep(&buffer.key, source, found);
            }
        }
    }

    /// Every file to check: those of a walk, and those that are open, with the text that the editor has.
    fn discovery(&self, around: Surroundings<'_>, own: &[&Buffer]) -> Discovery {
        let mut discovery = Discovery::default();
        if self.is_walked && !around.preferences.disabled {
            let walk = WalkOptions { selection: Arc::clone(&self.selection), ..WalkOptions::default() };
            // A folder that is not there has no files.
            discovery = discover(std::slice::from_ref(&self.root), &walk).unwrap_or_default();
            let is_of_another = |path: &Path| {
                around.others.iter().any(|other| path.starts_with(other) && other.starts_with(&self.root))
            };
            discovery.inputs.retain(|input| !is_of_another(&input.path));
            for input in &mut discovery.inputs {
                input.name = self.name_of(&input.path);
                input.named = false;
            }
            for (name, _) in &mut discovery.unreadable {
                *name = self.name_of(Path::new(name));
            }
            discovery.inputs.sort_by(|one, other| one.name.cmp(&other.name));
        }
        for buffer in own.iter().filter(|buffer| self.is_looked_at(buffer, around.preferences)) {
            discovery.insert(self.input(buffer));
        }
        discovery
    }

    /// Whether an open document may be ours. One that git ignores may, since somebody looks at it; one that the configuration
    /// excludes may not.
    fn is_looked_at(&self, buffer: &Buffer, preferences: &Preferences) -> bool {
        let is_candidate = match &buffer.path {
            None => buffer.has_our_language(),
            Some(path) => {
                (buffer.has_our_language() || discover::is_candidate(&self.name_of(path)))
                    && !self.selection.leaves_out_file(path)
            }
        };
        is_candidate && !preferences.disabled
    }

    fn input(&self, buffer: &Buffer) -> Input {
        let text = buffer.text.clone().into_bytes();
        Input { named: false, ..Input::text(&self.name_of_buffer(buffer), text) }
    }

    /// Reads the settings, with the texts of open documents in place of files. When they are wrong, the last ones that were not stay.
    fn load_settings(&mut self, around: Surroundings<'_>) -> Vec<String> {
        let preferences = around.preferences;
        let origin = preferences.configuration.clone().map_or(Origin::Nearest, Origin::File);
        let flags =
            Flags { select: preferences.select.clone(), ignore: preferences.ignore.clone(), ..Flags::default() };
        match config::load_with(&self.root, &origin, &flags, self.instead(around.buffers)) {
            Ok(configuration) => self.go_by(configuration),
            Err(failure) => {
                let mut complaints = failure.messages.clone();
                if !failure.outcome.diagnostics.is_empty() {
                    complaints.push(format!("the configuration of `{}` has mistakes", self.root.display()));
                }
                self.failure = Some(failure);
                complaints
            }
        }
    }

    fn go_by(&mut self, configuration: Configuration) -> Vec<String> {
        let Configuration { mut settings, selection, baseline, .. } = configuration;
        settings.is_whole = self.is_walked && settings.root.is_within(".");
        self.session.set_settings(settings);
        self.stale.files = true;
        self.selection = selection;
        self.failure = None;
        self.baseline = None;
        self.baseline_file = baseline.map(|(path, _)| uri::plain(&self.root.join(path)));
        let Some(file) = &self.baseline_file else { return Vec::new() };
        match Baseline::read(file) {
            Ok(baseline) => {
                let true_path = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
                let directory = file.parent().unwrap_or(&self.root);
                self.baseline = Some((baseline, Base::new(&true_path(&self.root), &true_path(directory))));
                Vec::new()
            }
            Err(error) => vec![error.to_string()],
        }
    }

    /// The texts of open documents under the names that settings know files by.
    #[must_use]
    pub fn instead(&self, buffers: &Buffers) -> Instead {
        let base = Base::new(&self.root, &self.root);
        let files = buffers.iter().filter_map(|buffer| Some((buffer.path.as_deref()?, buffer)));
        files.map(|(path, buffer)| (base.relative(&path.to_string_lossy()), Some(buffer.text.clone()))).collect()
    }
}
