//! `--diff BASE`: only what a change brought, though everything is read.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::settings;
use super::settings::SettingsOptions;
use crate::baseline::Baseline;
use crate::changes::{Change, Changes, changed_lines};
use crate::config::{Configuration, Instead};
use crate::discover::{Discovery, Input};
use crate::lint::{Diagnostic, Outcome, Settings, Sources};
use crate::report::escaped;
use crate::source::{Base, FileId, Span};

/// The state that the files are compared with.
pub(super) struct Since {
    /// As the user named it.
    base: String,
    changes: Changes,
}

/// Asks git what changed.
pub(super) fn since(base: Option<&str>) -> Result<Option<Since>, String> {
    let Some(base) = base else { return Ok(None) };
    let changes = Changes::since(base, Path::new(".")).map_err(|error| error.to_string())?;
    Ok(Some(Since { base: base.to_owned(), changes }))
}

/// What is to be checked as it was.
pub(super) struct Before {
    /// The files, under the names that they have now.
    pub discovery: Discovery,
    /// The settings; `None` where they are the same.
    pub settings: Option<Box<Settings>>,
    texts: HashMap<String, String>,
    /// Files of the settings that changed.
    causes: Vec<String>,
}

impl Since {
    /// The files that can have had other findings, as they were.
    pub(super) fn before(
        &self,
        discovery: &Discovery,
        options: &SettingsOptions,
        configuration: &Configuration,
    ) -> Result<Before, String> {
        let causes = self.changed_settings(&configuration.settings);
        let settings = if causes.is_empty() {
            None
        } else {
            Some(Box::new(self.settings_before(options, configuration, &causes)?))
        };
        let mut before = Discovery::default();
        let mut changed: Vec<(&Input, &str)> = Vec::new();
        for input in &discovery.inputs {
            let name = self.changes.name_of(&input.path);
            match name.as_deref().map(|name| self.changes.of(name)) {
                Some(Change::Changed { before }) => changed.push((input, before)),
                // It has the findings that it had, unless the settings changed.
                Some(Change::Same) if settings.is_some() => before.inputs.push(input.clone()),
                Some(Change::Same | Change::New) | None => {}
            }
        }
        let names: Vec<&str> = changed.iter().map(|(_, name)| *name).collect();
        let contents = if names.is_empty() { Vec::new() } else { self.contents(&names)? };
        let mut texts = HashMap::new();
        for ((input, _), content) in changed.into_iter().zip(contents) {
            let Some(content) = content else { continue };
            texts.insert(input.name.clone(), String::from_utf8_lossy(&content).into_owned());
            before.inputs.push(Input {
                named: input.named,
                path: input.path.clone(),
                ..Input::text(&input.name, content)
            });
        }
        Ok(Before { discovery: before, settings, texts, causes })
    }

    fn contents(&self, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, String> {
        self.changes.contents(names).map_err(|error| error.to_string())
    }

    fn changed_settings(&self, settings: &Settings) -> Vec<String> {
        let is_changed = |name: &&str| self.change(name).is_some_and(|change| change != Change::Same);
        settings.files.iter().map(|file| file.name()).filter(is_changed).map(str::to_owned).collect()
    }

    /// The settings as the files of the commit have them; those of a commit whose configuration had a mistake are the default.
    fn settings_before(
        &self,
        options: &SettingsOptions,
        configuration: &Configuration,
        causes: &[String],
    ) -> Result<Settings, String> {
        let mut instead = Instead::new();
        for cause in causes {
            let before = match self.change(cause) {
                Some(Change::Changed { before }) => self.contents(&[before])?.pop().flatten(),
                _ => None,
            };
            instead.insert(cause.clone(), before.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        }
        let loaded = settings::load_with(options, instead);
        let mut settings = loaded.map(|configuration| configuration.settings).unwrap_or_default();
        settings.today = configuration.settings.today;
        Ok(settings)
    }

    fn change(&self, name: &str) -> Option<Change<'_>> {
        self.changes.name_of(Path::new(name)).map(|name| self.changes.of(&name))
    }

    /// Leaves only findings whose lines or whose resource changed, and those that were not there before; what brought these is
    /// added to them. Tells how many were left out.
    pub(super) fn narrow(&self, outcome: &mut Outcome, before: &Before, had: &Outcome) -> Result<usize, String> {
        let base = here()?;
        let known = Baseline::of(had, &base).knows(outcome, &base);
        let mut lines = Lines { since: self, before, known: HashMap::new() };
        let (mut kept, mut left_out) = (Vec::new(), 0);
        for (at, mut diagnostic) in std::mem::take(&mut outcome.diagnostics).into_iter().enumerate() {
            let file = diagnostic.primary.span.file;
            let change = self.change(outcome.sources.name(file));
            let was_there = match change {
                Some(Change::Same) if before.settings.is_none() => true,
                Some(Change::New) | None => false,
                Some(_) => known.get(at).copied().unwrap_or(false),
            };
            let is_touched = match change {
                Some(Change::New) | None => true,
                Some(Change::Same) => false,
                Some(Change::Changed { .. }) => lines.touch(&diagnostic, outcome),
            };
            if !is_touched && was_there {
                left_out += 1;
                continue;
            }
            if !is_touched {
                let note = format!("new since `{}`: {}", self.base, lines.cause(&diagnostic, outcome));
                Arc::make_mut(&mut diagnostic).notes.push(note);
            }
            kept.push(diagnostic);
        }
        outcome.diagnostics = kept;
        outcome.count();
        Ok(left_out)
    }

    /// What is said of findings that were left out.
    pub(super) fn tell(&self, left_out: usize) -> String {
        let base = escaped(&self.base);
        let mut words = match left_out {
            0 => String::new(),
            count => format!("{} from before `{base}` not shown\n", super::check::counted(count, "finding")),
        };
        if !self.changes.meets() {
            let _ = writeln!(
                words,
                "warning: where this branch left `{base}` is not in this clone, so that what changed on `{base}` since counts as well"
            );
        }
        words
    }
}

/// The working directory: names are told from it.
fn here() -> Result<Base, String> {
    let directory = std::env::current_dir().map_err(|error| format!("the current directory is not known: {error}"))?;
    Ok(Base::new(&directory, &directory))
}

/// The lines that changed, file by file.
struct Lines<'a> {
    since: &'a Since,
    before: &'a Before,
    known: HashMap<FileId, Vec<Range<usize>>>,
}

impl Lines<'_> {
    /// Those of a file, from 0; all of one that is new.
    fn of(&mut self, file: FileId, sources: &Sources) -> &[Range<usize>] {
        let (since, before) = (self.since, self.before);
        self.known.entry(file).or_insert_with(|| {
            let Some(source) = sources.get(file) else { return Vec::new() };
            match (since.change(source.name()), before.texts.get(source.name())) {
                (Some(Change::New) | None, _) => std::iter::once(0..usize::MAX).collect(),
                (Some(Change::Changed { .. }), Some(text)) => changed_lines(text, source.text()),
                _ => Vec::new(),
            }
        })
    }

    fn changed(&mut self, span: Span, sources: &Sources) -> bool {
        let Some(source) = sources.get(span.file) else { return false };
        let line = |offset| source.position(offset).line.saturating_sub(1) as usize;
        let (first, last) = (line(span.start), line(span.end.max(span.start)));
        // Lines that were taken out stood before the line where their range is.
        self.of(span.file, sources).iter().any(|range| {
            let begins_before = if range.is_empty() { first < range.start } else { first < range.end };
            begins_before && range.start <= last
        })
    }

    /// Whether the lines of the finding or of its resource changed.
    fn touch(&mut self, diagnostic: &Diagnostic, outcome: &Outcome) -> bool {
        let place = diagnostic.primary.span;
        let is_its_own = |name: &str| diagnostic.resource.as_deref() == Some(name);
        let extents: Vec<Span> = outcome
            .resources
            .iter()
            .flat_map(|of_file| of_file.iter())
            .filter(|extent| extent.span.file == place.file && is_its_own(&extent.name))
            .map(|extent| extent.span)
            .collect();
        self.changed(place, &outcome.sources) || extents.into_iter().any(|span| self.changed(span, &outcome.sources))
    }

    /// Which change brings a finding whose own lines did not change.
    fn cause(&mut self, diagnostic: &Diagnostic, outcome: &Outcome) -> String {
        let sources = &outcome.sources;
        let labelled = diagnostic.secondary.iter().map(|label| label.span).find(|span| self.changed(*span, sources));
        if let Some(span) = labelled {
            let line = sources.get(span.file).map_or(1, |source| source.position(span.start).line);
            return format!("it comes from the change at `{}:{line}`", sources.name(span.file));
        }
        let file = diagnostic.primary.span.file;
        let of_file =
            outcome.resources.iter().flat_map(|of_file| of_file.iter()).filter(|extent| extent.span.file == file);
        let changed: Vec<String> = of_file
            .filter(|extent| self.changed(extent.span, sources))
            .map(|extent| format!("`{}`", extent.name))
            .collect();
        if !changed.is_empty() {
            return format!("it comes from the change of {}", changed.join(", "));
        }
        let causes: Vec<String> = self.before.causes.iter().map(|name| format!("`{name}`")).collect();
        match causes.as_slice() {
            [] => "it comes from a change elsewhere in this file".to_owned(),
            causes => format!("it comes from the change of {}", causes.join(", ")),
        }
    }
}
