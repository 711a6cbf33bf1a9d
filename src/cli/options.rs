//! The arguments, and the words of `--help`.

use std::ffi::OsString;
use std::num::{IntErrorKind, NonZeroUsize, ParseIntError};
use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValue};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::output::Output;
use super::policy::PolicyOptions;
use super::settings::SettingsOptions;
use crate::report::{Format, STANDARD_INPUT};

/// Behind the options in `--help`.
pub(super) const EXIT_STATUS: &str = "\
Exit status:
  0  nothing at the level of --fail-on
  1  findings at that level; with --fix those that remain, with --fix --diff anything to change
  2  wrong usage, a mistake in the configuration, a path that does not exist, or a file that
     could not be read or parsed although it was named or is plainly ECS or CloudFormation
  3  a directory was given and nothing in it was recognised

  Where several apply, 2 goes before 1 and 1 before 3.

A file or directory called as a command (`explain`, `rules`, `policy`, `config`, `init`, `lsp`, `completions`,
`man`, `help`) is named with its directory: `ecs-lint ./rules`.";

/// Behind the options in `--help` of `ecs-lint policy`.
const POLICY_STATUS: &str = "\
Exit status:
  0  the policy is whole
  1  something is to be filled in, or is needed and not in it; standard error tells what
  2  wrong usage, a mistake in the configuration, or no task definition that could be read";

const ABOUT: &str = "Will this Amazon ECS task pull its images, read its secrets and start?";

const LONG_ABOUT: &str = "\
Will this Amazon ECS task pull its images, read its secrets and start?

Checks ECS task definitions and CloudFormation templates, in JSON and YAML, and user data of container \
instances. Files are recognised by their content; directories are walked for .json .jsonc .yaml .yml \
.template .tmpl .tpl, for scripts (.sh .bash), for ecs.config, and for names with user-data, userdata or \
user_data in them.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "ecs-lint",
    version = super::version::VERSION,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = EXIT_STATUS,
    args_conflicts_with_subcommands = true
)]
pub(super) struct Options {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub check: CheckOptions,
}

/// What can be done beside checking files.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the page of a rule: why, examples, and what it cannot know
    Explain {
        /// The rule's name, as in `error[NAME]`
        rule: String,
    },
    /// List the rules with their default severity
    Rules {
        /// How to list them
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: ListFormat,
    },
    /// Print the least-privilege policy that the execution role of a task definition needs
    #[command(after_help = POLICY_STATUS)]
    Policy(PolicyOptions),
    /// Print the configuration that counts here, and where each value comes from
    Config {
        #[command(flatten)]
        settings: SettingsOptions,
        /// How to print it; text is TOML
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: ListFormat,
    },
    /// Write a configuration to begin with, `ecs-lint.toml`
    Init {
        /// Replace the one that is there
        #[arg(long)]
        force: bool,
    },
    /// Serve an editor: the language server protocol over standard input and output
    Lsp {
        /// Taken and without effect: there is no other way than over standard input and output
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Print completions for a shell, to be put where it looks for them
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

/// How `ecs-lint rules` and `ecs-lint config` print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For people
    #[default]
    Text,
    /// For scripts
    Json,
}

/// Checking files.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub(super) struct CheckOptions {
    /// Files and directories to check; `-` reads standard input
    #[arg(default_value = ".", value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// How findings are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,

    /// Write the findings to a file too, once for each use of this option
    #[arg(long, value_name = "FORMAT:FILE", value_parser = Output::parse)]
    pub output: Vec<Output>,

    /// What tells this analysis from others of the same commit, in SARIF
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub sarif_category: Option<String>,

    #[command(flatten)]
    pub settings: SettingsOptions,

    #[command(flatten)]
    pub fix: FixOptions,

    /// Report only findings that changes since this commit brought; everything is read all the same. With --fix, no BASE: print
    /// what would be changed, and change nothing
    #[arg(long, value_name = "BASE", num_args = 0..=1, conflicts_with_all = ["write_baseline", "update_baseline"])]
    #[expect(clippy::option_option, reason = "what clap makes of an option whose value may be left out")]
    pub diff: Option<Option<String>>,

    /// Walk also what .gitignore and .ignore files leave out
    #[arg(long)]
    pub no_ignore: bool,

    /// Pass over named files that are not ours, even if they are empty or broken, as in a walk
    #[arg(long)]
    pub ignore_unknown: bool,

    /// The name to report for standard input
    #[arg(long, value_name = "NAME", default_value = STANDARD_INPUT)]
    pub stdin_filename: String,

    /// How many files are checked at a time [default: as many as there are processors]
    #[arg(long, short, value_name = "N", value_parser = parse_jobs)]
    pub jobs: Option<NonZeroUsize>,

    /// When to colour the text format [default: auto, where `NO_COLOR` is not set]
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", hide_default_value = true)]
    pub color: Color,

    /// Print the findings only: no summary, no progress
    #[arg(long, short)]
    pub quiet: bool,

    /// Print the number of findings of each rule, on standard error
    #[arg(long)]
    pub statistics: bool,

    #[command(flatten)]
    pub suppressed: SuppressedOptions,

    #[command(flatten)]
    pub baseline: BaselineOptions,
}

/// What becomes of findings that can be mended.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct FixOptions {
    /// Mend what can be mended for sure, in the files themselves, and report what remains
    #[arg(long, conflicts_with_all = ["write_baseline", "update_baseline"])]
    pub fix: bool,

    /// With --fix, also give permissions and decide what is for you to decide: look at the result
    #[arg(long, requires = "fix")]
    pub unsafe_fixes: bool,
}

/// Reads a number of jobs. One that is too large to be held is as good as the largest.
fn parse_jobs(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().or_else(|error: ParseIntError| match error.kind() {
        IntErrorKind::Zero => Err("must be 1 or more"),
        IntErrorKind::PosOverflow => Ok(NonZeroUsize::MAX),
        _ => Err("must be a whole number, 1 or more"),
    })
}

/// What becomes of suppressed findings.
#[derive(Args, Debug, Default)]
pub(super) struct SuppressedOptions {
    /// Show suppressed findings in text, concise, json and jsonl too, marked as such; SARIF has them in any case
    #[arg(long)]
    pub show_suppressed: bool,

    /// Leave suppressed findings out of SARIF too, for services that show them as open
    #[arg(long, conflicts_with = "show_suppressed")]
    pub hide_suppressed: bool,
}

/// Findings that are accepted for now.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Baseline")]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line, each for itself")]
pub(super) struct BaselineOptions {
    /// Report only findings that are not in FILE
    #[arg(long = "baseline", value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Use no baseline, whatever the configuration says
    #[arg(long, conflicts_with_all = ["file", "write_baseline", "update_baseline"])]
    pub no_baseline: bool,

    /// Write all findings of this run to FILE, and report none of them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "update_baseline"])]
    pub write_baseline: Option<PathBuf>,

    /// Take entries out of the baseline whose findings are mended
    #[arg(long)]
    pub update_baseline: bool,

    /// With --update-baseline, also add the findings that are new
    #[arg(long, requires = "update_baseline")]
    pub add_new: bool,

    /// Exit with 1 when the baseline has entries whose findings are mended
    #[arg(long)]
    pub fail_on_stale: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Options {
    /// Reads the command line. `--diff` has two meanings, and with `--fix` takes no value: what follows it is a path.
    pub(super) fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(args)?;
        let mut options = Self::from_arg_matches(&matches)?;
        let check = &mut options.check;
        match check.diff.take() {
            Some(Some(path)) if check.fix.fix => {
                if matches.value_source("paths") == Some(ValueSource::DefaultValue) {
                    check.paths.clear();
                }
                check.paths.insert(0, path.into());
                check.diff = Some(None);
            }
            Some(None) if !check.fix.fix => {
                let message = "a value is required for '--diff <BASE>', unless '--fix' is given";
                return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
            }
            other => check.diff = other,
        }
        Ok(options)
    }
}

impl CheckOptions {
    /// The commit whose findings are left out.
    pub(super) fn base(&self) -> Option<&str> {
        self.diff.as_ref()?.as_deref()
    }

    /// Whether a report is written that has fixes in it.
    pub(super) fn shows_fixes(&self) -> bool {
        self.format.shows_fixes() || self.output.iter().any(|output| output.format().shows_fixes())
    }

    /// Whether what would be changed is printed, and nothing is.
    pub(super) fn only_shows_fixes(&self) -> bool {
        self.fix.fix && self.diff.is_some()
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Text => "With excerpts of the source",
            Self::Concise => "A line a finding: path:line:col: severity[rule] message",
            Self::Json => "For scripts",
            Self::Jsonl => "For scripts, an object a line",
            Self::Sarif => "SARIF 2.1.0, for code-scanning services",
            Self::Github => "Annotations for GitHub Actions",
            Self::Gitlab => "GitLab's code quality report",
            Self::Junit => "A report of tests, in XML",
            Self::Checkstyle => "Checkstyle's XML",
            Self::Rdjson => "reviewdog's diagnostic format",
            Self::Markdown => "A summary for a pull request",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_help_names_every_command_as_no_name_of_a_path() {
        for command in Options::command().get_subcommands() {
            assert!(EXIT_STATUS.contains(&format!("`{}`", command.get_name())), "{}", command.get_name());
        }
    }

    #[test]
    fn a_path_may_be_called_as_a_command() {
        for (args, paths) in [
            (&["ecs-lint", "./rules"][..], &["./rules"][..]),
            (&["ecs-lint", "infra", "rules"], &["infra", "rules"]),
            (&["ecs-lint", "--quiet", "explain"], &["explain"]),
            (&["ecs-lint", "--", "rules"], &["rules"]),
            (&["ecs-lint"], &["."]),
        ] {
            let options = Options::try_parse_from(args).unwrap();
            assert!(options.command.is_none(), "{args:?}");
            assert_eq!(options.check.paths, paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        }
        for (args, paths) in [
            (&["ecs-lint", "--fix", "--diff", "a.yaml", "b"][..], &["a.yaml", "b"][..]),
            (&["ecs-lint", "--diff", "a.yaml", "--fix"], &["a.yaml"]),
            (&["ecs-lint", "--fix", "--diff"], &["."]),
        ] {
            let check = Options::read(args.iter().map(OsString::from)).unwrap().check;
            assert!(check.only_shows_fixes() && check.base().is_none(), "{args:?}");
            assert_eq!(check.paths, paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        }
        assert!(Options::read(["ecs-lint", "--diff"].map(OsString::from)).is_err());
        let check = Options::read(["ecs-lint", "--diff", "main", "x"].map(OsString::from)).unwrap().check;
        assert_eq!(check.base(), Some("main"));
        let options = Options::try_parse_from(["ecs-lint", "rules", "--format", "json"]).unwrap();
        assert!(matches!(options.command, Some(Command::Rules { format: ListFormat::Json })));
    }
}
