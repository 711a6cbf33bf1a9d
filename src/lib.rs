//! ecs-lint: will this Amazon ECS task be able to pull its images, read its secrets and start, and does
//! anything on the way leak a credential?
//!
//! # The pipeline
//!
//! ```text
//! paths ─ discover       ─▶ candidate files, sorted          .gitignore-aware; a byte search keeps most from being parsed
//!       ─ syntax         ─▶ Node tree with byte spans        one tree for JSON and YAML
//!       ─ lower          ─▶ model::Document                  decides what a file is, and reads it in ECS terms,
//!         ├ cloudformation  intrinsic functions and conditions → cases
//!         └ userdata        what instances are launched with, decoded → credentials for registries
//!       ─ link           ─▶ linked documents                 task definition → role → policies, secret → key
//!       ─ access (iam)   ─▶ what each task needs of its execution role, and whether it is granted
//!       ─ rules          ─▶ findings                         pure functions over the model
//!       ─ lint           ─▶ diagnostics                      sorted, unique, without what is suppressed;
//!       ─ baseline       ─▶ diagnostics                      without those that were accepted when it was written
//!       ─ mend           ─▶ fixes                            tried on a copy of the file: none brings another finding
//!         └ fix             what rules would change → edits that keep the rest of the file as it is written
//!       ─ report         ─▶ text, JSON, SARIF, and what CI services read
//! ```
//!
//! [`config`] reads `ecs-lint.toml` into [`lint::Settings`], which every step from `lower` on goes by: what is known of the
//! deployment, roles and registries, and which rules run. The command line and an editor make them with the same function.
//!
//! [`policy`] puts the same needs into the policy that the execution role takes, for `ecs-lint policy`.
//!
//! An editor is served by [`lsp`]: [`session`] keeps what each file says until it changes, and lints by the functions of the command
//! line; [`navigate`] tells what is where in a file, and what it comes to.
//!
//! Files are read, parsed, lowered, linked and checked in parallel, each by itself ([`lint::File`]); only suppressions and what is said in
//! the end see the whole run ([`lint::conclude`]).
//!
//! # What holds everywhere
//!
//! * A rule speaks only of known values and sure absences; [`model::Value::Unknown`] is silence.
//! * Byte spans inside; lines and columns only in `report` and `lsp`.
//! * A secret that was found is never printed: [`lint::Outcome::secrets`] is masked by every format.
//! * One bad file never costs the others; a panic in one file is one diagnostic.
//! * The same input gives the same bytes, whatever the number of threads.

pub mod access;
pub mod baseline;
pub mod changes;
pub mod cli;
pub mod cloudformation;
pub mod config;
pub mod discover;
pub mod fix;
pub mod iam;
pub mod link;
pub mod lint;
pub mod lower;
pub mod lsp;
pub mod mend;
pub mod model;
pub mod navigate;
pub mod paths;
pub mod policy;
pub mod report;
pub mod rules;
pub mod session;
pub mod source;
mod store;
pub mod syntax;
pub mod userdata;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rayon::prelude::*;

use crate::discover::{Content, Discovery, Input};
use crate::lint::{File, Outcome, Settings};
use crate::lower::Lowered;
use crate::model::{Date, Problem, ProblemKind, date_of_unix_time};
use crate::source::{FileId, Source, Span};

/// Runs the whole pipeline over what was discovered, by the settings. `progress` is told the number of files done since it was told last.
#[must_use]
pub fn check(discovery: Discovery, settings: &Settings, progress: &(dyn Fn(usize) + Sync)) -> Outcome {
    let mut entries: Vec<Entry> = discovery.inputs.into_iter().map(Entry::File).collect();
    let files = entries.len();
    entries.extend(discovery.unreadable.into_iter().map(|(name, why)| Entry::Unreadable(name, why)));
    entries.sort_by(|one, other| one.name().cmp(other.name()));
    let checked: Vec<File> = entries
        .into_par_iter()
        // One file may take as long as a hundred others.
        .with_max_len(1)
        .enumerate()
        .map(|(index, entry)| match entry {
            Entry::Unreadable(name, why) => unreadable_input(file_id(index), name, &why, settings),
            Entry::File(input) => {
                let file = check_input(file_id(index), &input, settings);
                progress(1);
                if settings.shows_whole_files { file } else { file.lean() }
            }
        })
        .collect();
    let mut outcome = lint::conclude(&checked, settings);
    outcome.summary.files_seen = files;
    outcome
}

/// The day of the run in UTC. `SOURCE_DATE_EPOCH`, in seconds, takes the place of the clock where a run must be repeatable.
///
/// # Errors
/// What to tell the user when neither has a day.
pub fn today() -> Result<Date, String> {
    let seconds = match std::env::var_os("SOURCE_DATE_EPOCH").filter(|value| !value.is_empty()) {
        Some(value) => value.to_str().and_then(|value| value.parse().ok()),
        None => SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|time| i64::try_from(time.as_secs()).ok()),
    };
    let date = seconds.and_then(date_of_unix_time);
    date.ok_or_else(|| "the day is not known: `SOURCE_DATE_EPOCH` or the clock has no number of seconds".to_owned())
}

/// What is said of a file that uncovers a bug.
const FAILS: &str = "makes ecs-lint fail; please report this";

/// Something that was met on the way: a file to read, or what cannot be read and why.
enum Entry {
    File(Input),
    Unreadable(String, String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Self::File(input) => &input.name,
            Self::Unreadable(name, _) => name,
        }
    }
}

pub(crate) fn file_id(index: usize) -> FileId {
    FileId(u32::try_from(index).unwrap_or(u32::MAX))
}

/// Reads an input and checks it. A bug that it uncovers must not cost the user what is found in others.
pub(crate) fn check_input(id: FileId, input: &Input, settings: &Settings) -> File {
    check_text_of(id, input, settings, false)
}

/// The same for a text that is being edited.
pub(crate) fn check_edited(id: FileId, input: &Input, settings: &Settings) -> File {
    check_text_of(id, input, settings, true)
}

fn check_text_of(id: FileId, input: &Input, settings: &Settings, is_edited: bool) -> File {
    let unreadable = |why: &str| unreadable_input(id, input.name.clone(), why, settings);
    match discover::read(input) {
        Content::NotOurs => File::not_ours(&Source::new(id, input.name.clone(), String::new())),
        Content::Unreadable(message) => unreadable(&message),
        Content::Text(text) => {
            let source = Arc::new(Source::new(id, input.name.clone(), text));
            let check = || {
                let lowered = lower::lower(&source, input.named, &settings.deployment);
                File::check(&source, lowered, settings)
            };
            let check = || catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| unreadable(FAILS));
            if is_edited {
                // Somebody waits for it, and what must be masked will be asked for if anything is found, as it is in most that is edited.
                rayon::join(check, || lint::visible_secrets(&source)).0
            } else {
                check()
            }
        }
    }
}

/// An input of which nothing is known but why that is so.
pub(crate) fn unreadable_input(id: FileId, name: String, why: &str, settings: &Settings) -> File {
    let problem =
        Problem { kind: ProblemKind::Unreadable { message: format!("`{name}` {why}") }, span: Span::start_of(id) };
    let lowered = Lowered { documents: Vec::new(), problems: vec![problem] };
    File::check(&Arc::new(Source::new(id, name, String::new())), lowered, settings)
}
