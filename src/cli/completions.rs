//! `ecs-lint completions SHELL`
//!
//! The scripts of the generator are right for most commands. What it gets wrong for this one (a hyphen in the name,
//! paths beside subcommands, values of positional arguments) is mended here; `tests/completions.rs` asks the shells.

use std::fmt::Write as _;
use std::io;

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::options::Options;
use super::version::VERSION;
use super::{OK, Streams};
use crate::rules;

pub(super) fn run(shell: Shell, streams: &mut Streams) -> io::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut completed(shell), "ecs-lint", &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = match shell {
        // The state of a subcommand has two names, and so none of them is completed: clap-rs/clap#6421.
        Shell::Bash => script.replace("ecs__subcmd__lint", "ecs__lint"),
        Shell::Fish => for_fish(&script),
        Shell::Zsh => for_zsh(&script),
        _ => script.into_owned(),
    };
    streams.stdout.write_all(script.as_bytes())?;
    Ok(OK)
}

/// The command as it is offered: without what is hidden, and with the names of the rules, which `explain` itself does
/// not insist on so that it can suggest one that is near.
fn completed(shell: Shell) -> Command {
    let full = Options::command();
    let shown = full.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()).cloned();
    let names = PossibleValuesParser::new(rules::all().iter().map(|rule| rule.name));
    // The script for zsh would look for the subcommand behind the paths.
    let offered = |positional: bool| !positional || shell != Shell::Zsh;
    Command::new("ecs-lint")
        .version(VERSION)
        .args(full.get_arguments().filter(|argument| offered(argument.is_positional())).cloned())
        .subcommands(shown)
        .mut_subcommand("explain", |explain| explain.mut_arg("rule", |rule| rule.value_parser(names)))
}

fn for_fish(script: &str) -> String {
    // An option that still lacks its value counts as a parsing error, and nothing is offered for it.
    let mut script = script.replace("\n    or return\n", "\n    or return 0\n");
    // Positional arguments have no values.
    let rules: Vec<String> = rules::all().iter().map(|rule| rule.name.to_owned()).collect();
    let shells: Vec<String> = Shell::value_variants().iter().map(ToString::to_string).collect();
    for (subcommand, values) in [("explain", rules), ("completions", shells)] {
        let condition = format!("__fish_ecs_lint_using_subcommand {subcommand}");
        let _ = writeln!(script, "complete -c ecs-lint -n \"{condition}\" -f -a \"{}\"", values.join(" "));
    }
    script
}

/// Files in the place of a subcommand, and behind other files.
fn for_zsh(script: &str) -> String {
    let full = Options::command();
    let mut names: Vec<&str> = full.get_subcommands().map(Command::get_name).collect();
    names.push("help");
    let of_files = format!("(^({}))\n_files && ret=0\n;;\n", names.join("|"));
    let commands = "'ecs-lint commands' commands \"$@\"\n";
    script.replace(commands, &format!("{commands}    _files\n")).replacen(
        "case $line[1] in\n",
        &format!("case $line[1] in\n{of_files}"),
        1,
    )
}
