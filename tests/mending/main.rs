//! Fixes, with the engine: on the examples of the rules' pages in every form that they can be written in, and on real files, as they are
//! and after damage.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod corpus;
mod deployable;
mod examples;
mod forms;

use ecs_lint::config;
use ecs_lint::discover::{Discovery, Input};
use ecs_lint::fix::Fix;
use ecs_lint::lint::{Outcome, Settings};
use ecs_lint::mend::{self, Leave, Mended};
use ecs_lint::model::read_date;

/// The day of all runs.
const TODAY: &str = "2026-11-21";

const SAFE: Leave = Leave { unsafe_fixes: false };
const ALL: Leave = Leave { unsafe_fixes: true };

/// The settings of a configuration, on that day.
fn settings(toml: &str) -> Settings {
    let origin = config::Origin::Text("ecs-lint.toml".to_owned(), toml.to_owned());
    let configured = config::load(std::path::Path::new("/"), &origin, &config::Flags::default());
    let mut settings = configured.unwrap_or_else(|failure| panic!("{:?}", failure.outcome.diagnostics)).settings;
    settings.today = read_date(TODAY);
    settings
}

fn input(name: &str, text: &str) -> Input {
    Input::text(name, text.as_bytes().to_vec())
}

fn lint(name: &str, text: &str, settings: &Settings) -> Outcome {
    let settings = Settings { is_whole: false, ..settings.clone() };
    let discovery = Discovery { inputs: vec![input(name, text)], ..Discovery::default() };
    ecs_lint::check(discovery, &settings, &|_| {})
}

/// The rules of all findings, in order.
fn rules(name: &str, text: &str, settings: &Settings) -> Vec<&'static str> {
    lint(name, text, settings).diagnostics.iter().map(|diagnostic| diagnostic.rule).collect()
}

fn mended(name: &str, text: &str, settings: &Settings, leave: Leave) -> Mended {
    mend::mend(&input(name, text), text, &[], settings, leave)
}

/// The fixes that are offered for the findings of a text.
fn offered(name: &str, text: &str, settings: &Settings) -> Vec<(&'static str, Vec<Fix>)> {
    let mut outcome = lint(name, text, settings);
    mend::offer(&mut outcome, settings);
    outcome.diagnostics.into_iter().map(|diagnostic| (diagnostic.rule, diagnostic.fixes.clone())).collect()
}
