//! The configuration: `ecs-lint.toml`.
//!
//! ```text
//! find ─▶ a file ─ tree   ─▶ values with their places
//!                 ─ check  ─▶ everything that is wrong with its form, by the table of keys
//!                 ─ read   ─▶ Settings; parameter files and policies are read on the way
//! ```
//!
//! [`keys`] is the one table of what there is; the [JSON Schema](json_schema) and [`Effective`] are made from it too.
//! Nothing is taken from a configuration with a mistake in it: all its mistakes are told at once, in a [`Failure`].

mod check;
mod effective;
mod files;
mod find;
mod keys;
mod problem;
mod read;
mod schema;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use effective::Effective;
pub use find::NAMES;
pub use problem::Failure;
pub use schema::json_schema;

use files::Files;
pub use files::Instead;
use keys::{Form, ROOT};
use problem::shown;
use read::Reader;
use tree::Entry;

use crate::lint::{Choice, FailOn, Levels, Selector, Settings};
use crate::paths::{Root, Selection};
use crate::source::{Source, Span};

/// A configuration to begin with: every key, explained and commented out, so that it changes nothing.
pub const STARTER: &str = include_str!("starter.toml");

/// Which configuration counts.
#[derive(Clone, Debug, Default)]
pub enum Origin {
    /// The one of the working directory, or of the nearest directory above it.
    #[default]
    Nearest,
    /// This one.
    File(PathBuf),
    /// This text, under that name in the working directory.
    Text(String, String),
    /// None.
    Nowhere,
}

/// What the command line says; it counts before the configuration.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--select`.
    pub select: Option<Vec<Selector>>,
    /// `--ignore`.
    pub ignore: Vec<Selector>,
    /// `--fail-on`.
    pub fail_on: Option<FailOn>,
    /// `--parameters`, from the working directory.
    pub parameters: Vec<PathBuf>,
    /// `--force-exclude`.
    pub force_exclude: bool,
}

/// What a run goes by.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// What the engine goes by.
    pub settings: Settings,
    /// What fails a run.
    pub fail_on: FailOn,
    /// Which files a walk looks at.
    pub selection: Arc<Selection>,
    /// The file with the findings that are known, from the working directory, and where it is named.
    pub baseline: Option<(PathBuf, Span)>,
    /// What counts in the end, and where it comes from.
    pub effective: Effective,
}

/// The configuration that counts in the working directory, which must be absolute, under the words of the command line.
///
/// # Errors
/// Everything that is wrong with it and with the files it leads to.
pub fn load(working_directory: &Path, origin: &Origin, flags: &Flags) -> Result<Configuration, Failure> {
    load_with(working_directory, origin, flags, Instead::new())
}

/// [`load`], with other texts in place of some files, as they were before a change.
///
/// # Errors
/// As for [`load`].
pub fn load_with(
    working_directory: &Path,
    origin: &Origin,
    flags: &Flags,
    instead: Instead,
) -> Result<Configuration, Failure> {
    let mut files = Files::new(working_directory, instead);
    let source = source(working_directory, origin, &mut files)?;
    let directory = match &source {
        Some((path, _)) => path.parent().unwrap_or(Path::new("")).to_path_buf(),
        None => PathBuf::new(),
    };
    let (mut messages, mut problems) = (Vec::new(), Vec::new());
    let entries = match &source {
        Some((_, source)) => match tree::parse(source) {
            Ok(entries) => entries,
            Err(problem) => return Err(Failure::new(messages, vec![problem], files.into_sources())),
        },
        None => Vec::new(),
    };
    if let Some((_, source)) = &source {
        problems.extend(check::check(&ROOT, &entries, Span::start_of(source.id())));
    }
    let effective = Effective::new(source.as_ref().map(|(_, source)| source.as_ref()), &entries, flags);
    let mut reader = Reader { directory: &directory, files: &mut files, problems: &mut problems };
    let mut settings = settings(&mut reader, &entries, flags, &mut messages);
    if !messages.is_empty() || !problems.is_empty() {
        return Err(Failure::new(messages, problems, files.into_sources()));
    }
    let root = Root::new(working_directory, &directory);
    settings.root = root.clone();
    settings.files = files.into_sources();
    let include = read::patterns(&entries, "include");
    let exclude = read::patterns(&entries, "exclude").unwrap_or_default();
    let configured = read::text(&entries, "fail-on", Form::FailOn).and_then(|(word, _)| read::fail_on(word));
    Ok(Configuration {
        settings,
        fail_on: flags.fail_on.or(configured).unwrap_or_default(),
        selection: Arc::new(Selection::new(root, include, exclude, flags.force_exclude)),
        baseline: read::text(&entries, "baseline", Form::File).map(|(path, span)| (directory.join(path), span)),
        effective,
    })
}

/// The file with its path from the working directory.
fn source(
    working_directory: &Path,
    origin: &Origin,
    files: &mut Files,
) -> Result<Option<(PathBuf, Arc<Source>)>, Failure> {
    let path = match origin {
        Origin::Nowhere => return Ok(None),
        Origin::Text(name, text) => return Ok(Some((PathBuf::from(name), files.add(name.clone(), text.clone())))),
        Origin::File(path) => path.clone(),
        Origin::Nearest => match find::find(working_directory)? {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    match files.read(&path) {
        Ok(source) => Ok(Some((path, source))),
        Err(why) => Err(Failure::plain(format!("the configuration `{}` {why}", shown(&path)))),
    }
}

fn settings(reader: &mut Reader<'_>, entries: &[Entry], flags: &Flags, messages: &mut Vec<String>) -> Settings {
    let general = reader.choice(read::table(entries, "rules"));
    let overrides = reader.overrides(entries);
    let mut deployment = reader.deployment(entries);
    for path in &flags.parameters {
        match reader.parameters(path) {
            Ok(values) => deployment.parameters.extend(values),
            Err(faults) => messages.extend(faults),
        }
    }
    let selected = Choice { select: flags.select.clone(), ignore: flags.ignore.clone(), levels: Vec::new() };
    Settings {
        levels: Levels { general, overrides, flags: selected },
        deployment: Arc::new(deployment),
        registries: reader.registries(entries),
        elsewhere: Arc::new(reader.elsewhere(entries)),
        suppressions: read::suppressions(entries),
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests;
