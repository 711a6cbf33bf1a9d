//! `ecs-lint man`: the manual page, for packagers.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::options::{EXIT_STATUS, Options};
use super::{OK, Streams};

pub(super) fn run(streams: &mut Streams) -> io::Result<u8> {
    let command = Options::command();
    let mut page = Vec::new();
    // A date would make two builds differ, and an empty one is left out, so that the version takes its place.
    let man = Man::new(command.clone()).date(" ").manual("ecs-lint");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    // Of its own accord the crate would point to a page for each command, and call the rest EXTRA.
    commands(command).to_writer(&mut page)?;
    exit_status().to_writer(&mut page)?;
    streams.stdout.write_all(&page)?;
    Ok(OK)
}

fn commands(mut command: Command) -> Roff {
    command.build();
    let mut section = Roff::new();
    section.control("SH", ["COMMANDS"]);
    for subcommand in command.get_subcommands_mut().filter(|subcommand| !subcommand.is_hide_set()) {
        let usage = subcommand.render_usage().to_string();
        let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
        section.control("TP", []);
        section.text([bold(usage.trim_start_matches("Usage: "))]);
        section.text([roman(about)]);
    }
    section
}

fn exit_status() -> Roff {
    let mut section = Roff::new();
    let (heading, text) = EXIT_STATUS.split_once(":\n").unwrap_or(("Exit status", EXIT_STATUS));
    section.control("SH", [heading.to_uppercase().as_str()]);
    section.control("nf", []);
    section.text([roman(text)]);
    section.control("fi", []);
    section
}
