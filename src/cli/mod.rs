//! The command line: arguments in, findings and an exit status out.

mod baseline;
mod check;
mod completions;
mod config;
mod diff;
mod explain;
mod fix;
mod man;
mod memory;
mod options;
mod output;
mod policy;
mod progress;
mod rules;
mod settings;
mod unified;
mod version;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};

use options::{Command, Options};

use crate::lsp;
use crate::report::{commanding_nothing, escaped};

/// Nothing at the level that fails a run.
pub const OK: u8 = 0;
/// Findings at the level that fails a run.
pub const FINDINGS: u8 = 1;
/// Wrong usage, or an input that could not be checked.
pub const FAILURE: u8 = 2;
/// A directory was given, and nothing in it was recognised.
pub const NOTHING_RECOGNISED: u8 = 3;
/// The reader of standard output went away: what a shell reports for a program that SIGPIPE ends.
pub const CLOSED_PIPE: u8 = 141;

/// The streams of a process, and what the command needs to know of where they lead.
pub struct Streams<'s> {
    /// Read for the path `-` only.
    pub stdin: &'s mut dyn Read,
    /// Findings and what was asked for, nothing else.
    pub stdout: &'s mut dyn Write,
    /// Errors, the summary, statistics and progress.
    pub stderr: &'s mut (dyn Write + Send),
    /// Whether standard output may be coloured if nobody says otherwise.
    pub stdout_takes_color: bool,
    /// Whether standard error is a terminal on which progress can be drawn.
    pub stderr_is_terminal: bool,
}

/// Runs the command in this process' surroundings and gives its exit status.
#[must_use]
pub fn main() -> u8 {
    if let Some(status) = memory::run_within_limit() {
        return status;
    }
    let mut stdout = io::stdout();
    let color_is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let stdout_takes_color = stdout.is_terminal() && !color_is_unwanted;
    let mut stderr = io::stderr();
    let stderr_is_terminal = stderr.is_terminal();
    let mut streams = Streams {
        stdin: &mut io::stdin(),
        stdout: &mut stdout,
        stderr: &mut stderr,
        stdout_takes_color,
        stderr_is_terminal,
    };
    run(std::env::args_os(), &mut streams)
}

/// Runs the command with `args`, the program's name first, and gives the exit status.
pub fn run(args: impl IntoIterator<Item = OsString>, streams: &mut Streams) -> u8 {
    let result = match Options::read(args) {
        Ok(Options { command: None, check }) => check::run(&check, streams),
        Ok(Options { command: Some(Command::Explain { rule }), .. }) => explain::run(&rule, streams),
        Ok(Options { command: Some(Command::Rules { format }), .. }) => rules::run(format, streams),
        Ok(Options { command: Some(Command::Config { settings, format }), .. }) => {
            config::print(&settings, format, streams)
        }
        Ok(Options { command: Some(Command::Policy(options)), .. }) => policy::run(&options, streams),
        Ok(Options { command: Some(Command::Init { force }), .. }) => Ok(config::init(force, streams)),
        // The streams are those of the process: a thread that reads them goes on until it ends.
        Ok(Options { command: Some(Command::Lsp { .. }), .. }) => {
            Ok(lsp::serve(io::stdin(), io::stdout(), io::stderr()))
        }
        Ok(Options { command: Some(Command::Completions { shell }), .. }) => completions::run(shell, streams),
        Ok(Options { command: Some(Command::Man), .. }) => man::run(streams),
        Err(error) => print_usage(&error, streams),
    };
    match result.and_then(|status| streams.stdout.flush().map(|()| status)) {
        Ok(status) => status,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => CLOSED_PIPE,
        Err(error) => {
            complain(streams, &format!("the output could not be written: {error}"));
            FAILURE
        }
    }
}

/// Wrong usage goes to standard error, `--help` and `--version` to standard output.
fn print_usage(error: &clap::Error, streams: &mut Streams) -> io::Result<u8> {
    let text = error.render();
    if error.use_stderr() {
        // It quotes arguments, which a shell may have made of the names of files.
        for line in text.to_string().lines() {
            say(streams.stderr, &format!("{}\n", commanding_nothing(&escaped(line))));
        }
        return Ok(FAILURE);
    }
    write!(streams.stdout, "{text}")?;
    Ok(OK)
}

/// Tells what keeps the command from doing its work, in one line.
fn complain(streams: &mut Streams, message: &str) {
    say(streams.stderr, &format!("error: {}\n", escaped(message)));
}

/// Writes to standard error. Nobody is left to tell when that fails.
fn say(stderr: &mut dyn Write, text: &str) {
    let _ = stderr.write_all(text.as_bytes());
}

#[cfg(test)]
mod tests;
