//! The options that say what a run goes by, and the configuration that counts under them.

use std::io;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::{FAILURE, Streams, complain};
use crate::config::{self, Configuration, Failure, Flags, Instead, Origin};
use crate::lint::{FailOn, Selector};
use crate::report::{Format, Report, RunDetails, View};
use crate::rules;

/// What a run goes by; each counts before the configuration.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SettingsOptions {
    /// The configuration [default: ecs-lint.toml or .ecs-lint.toml, from here up to the top of the repository]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Go by no configuration
    #[arg(long)]
    pub no_config: bool,

    /// The least severity that makes the exit status 1 [default: warning]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,

    /// Run these rules only, by name or category
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = selector)]
    pub select: Option<Vec<Selector>>,

    /// Do not run these rules, by name or category
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = selector)]
    pub ignore: Vec<Selector>,

    /// A file with values for the parameters of templates; later ones count before earlier ones
    #[arg(long, value_name = "FILE")]
    pub parameters: Vec<PathBuf>,

    /// Leave out what the configuration excludes although it is named
    #[arg(long)]
    pub force_exclude: bool,
}

fn selector(name: &str) -> Result<Selector, String> {
    Selector::find(name).ok_or_else(|| {
        let near = rules::nearest_of(Selector::names(), name);
        let meant = near.first().map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("there is no rule or category `{name}`{meant}")
    })
}

impl ValueEnum for FailOn {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Error => "Errors",
            Self::Warning => "Errors and warnings",
            Self::Note => "Every finding",
            Self::Never => "No finding",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

/// The configuration that counts; or, when that was complained of, the exit status.
pub(super) fn load(options: &SettingsOptions, streams: &mut Streams) -> io::Result<Result<Configuration, u8>> {
    let failure = match load_with(options, Instead::new()) {
        Ok(configuration) => return Ok(Ok(configuration)),
        Err(failure) => failure,
    };
    for message in &failure.messages {
        complain(streams, message);
    }
    let report = Report::new(&failure.outcome, RunDetails::default());
    report.write(Format::Text, View::default(), &mut *streams.stderr)?;
    Ok(Err(FAILURE))
}

/// The configuration that counts, or would with other texts in place of some files.
pub(super) fn load_with(options: &SettingsOptions, instead: Instead) -> Result<Configuration, Failure> {
    let working_directory = std::env::current_dir()
        .map_err(|error| Failure::plain(format!("the working directory cannot be told: {error}")))?;
    let origin = match &options.config {
        _ if options.no_config => Origin::Nowhere,
        Some(path) => Origin::File(path.clone()),
        None => Origin::Nearest,
    };
    let flags = Flags {
        select: options.select.clone(),
        ignore: options.ignore.clone(),
        fail_on: options.fail_on,
        parameters: options.parameters.clone(),
        force_exclude: options.force_exclude,
    };
    config::load_with(&working_directory, &origin, &flags, instead)
}
