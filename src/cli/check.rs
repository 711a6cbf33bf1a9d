//! `ecs-lint [PATHS]…`

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::options::{CheckOptions, Color};
use super::progress::Progress;
use super::{FAILURE, FINDINGS, NOTHING_RECOGNISED, OK, Streams, complain, say, settings};
use crate::config::Configuration;
use crate::discover::{Discovery, Input, SIZE_LIMIT, WalkOptions, describe_io_error, discover};
use crate::lint::{FailOn, Outcome, Settings, Summary};
use crate::report::{self, INPUT_FAILURES};

/// More threads than this are never of use.
const MOST_THREADS: usize = 256;

pub(super) fn run(options: &CheckOptions, streams: &mut Streams) -> io::Result<u8> {
    let begin = Instant::now();
    let configuration = match settings::load(&options.settings, streams)? {
        Ok(configuration) => configuration,
        Err(status) => return Ok(status),
    };
    let discovery = match gather(options, &configuration, streams.stdin) {
        Ok(discovery) => discovery,
        Err(message) => {
            for line in message.lines() {
                complain(streams, line);
            }
            return Ok(FAILURE);
        }
    };
    let directories = discovery.directories;
    let outcome = match check(options, discovery, &configuration.settings, streams) {
        Ok(outcome) => outcome,
        Err(message) => {
            complain(streams, &message);
            return Ok(FAILURE);
        }
    };

    let color = match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => streams.stdout_takes_color,
    };
    let mut stdout = BufWriter::with_capacity(1 << 16, &mut *streams.stdout);
    report::write(options.format, &outcome, color, &mut stdout)?;
    stdout.flush()?;
    drop(stdout);

    if options.statistics {
        say(streams.stderr, &statistics(&outcome));
    }
    let status = exit_status(configuration.fail_on, directories, &outcome);
    if !options.quiet {
        say(streams.stderr, &summary(outcome.summary, begin.elapsed()));
        if directories && outcome.summary.files_recognised == 0 {
            say(streams.stderr, nothing_recognised(options));
        }
    }
    Ok(status)
}

/// The files of the run, standard input among them; or what to tell the user.
fn gather(options: &CheckOptions, configuration: &Configuration, stdin: &mut dyn Read) -> Result<Discovery, String> {
    let is_stdin = |path: &&PathBuf| path.as_path() == Path::new("-");
    let paths: Vec<PathBuf> = options.paths.iter().filter(|path| !is_stdin(path)).cloned().collect();
    let walk = WalkOptions { no_ignore: options.no_ignore, selection: Arc::clone(&configuration.selection) };
    let mut discovery = discover(&paths, &walk).map_err(|error| error.to_string())?;
    let is_left_out = configuration.selection.leaves_out_named(Path::new(&options.stdin_filename));
    if options.paths.iter().any(|path| is_stdin(&path)) && !is_left_out {
        let mut text = Vec::new();
        // One byte more than is allowed, by which the text is known to be too large.
        stdin
            .take(SIZE_LIMIT + 1)
            .read_to_end(&mut text)
            .map_err(|error| format!("standard input cannot be read: {}", describe_io_error(&error)))?;
        discovery.insert(Input::text(&options.stdin_filename, text));
    }
    Ok(discovery)
}

/// Checks the files on as many threads as were asked for.
fn check(
    options: &CheckOptions,
    discovery: Discovery,
    settings: &Settings,
    streams: &mut Streams,
) -> Result<Outcome, String> {
    let threads = options.jobs.map_or(0, |jobs| usize::from(jobs).min(MOST_THREADS));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| format!("no threads to work with: {error}"))?;
    if options.quiet || !streams.stderr_is_terminal {
        return Ok(pool.install(|| crate::check(discovery, settings, &|_| {})));
    }
    let progress = Progress::new(discovery.inputs.len(), &mut *streams.stderr);
    let outcome = pool.install(|| crate::check(discovery, settings, &|files| progress.advance(files)));
    progress.wipe();
    Ok(outcome)
}

fn exit_status(fail_on: FailOn, directories: bool, outcome: &Outcome) -> u8 {
    let diagnostics = &outcome.diagnostics;
    let fails = |severity| fail_on.severity().is_some_and(|least| severity >= least);
    if diagnostics.iter().any(|diagnostic| INPUT_FAILURES.contains(&diagnostic.rule)) {
        FAILURE
    } else if diagnostics.iter().any(|diagnostic| fails(diagnostic.severity)) {
        FINDINGS
    } else if directories && outcome.summary.files_recognised == 0 {
        NOTHING_RECOGNISED
    } else {
        OK
    }
}

/// `12 files looked at, 5 recognised: 2 errors, 1 warning, 3 notes in 8 ms`
fn summary(counts: Summary, time: Duration) -> String {
    let findings: Vec<String> = [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word))
        .collect();
    let findings = if findings.is_empty() { "no findings".to_owned() } else { findings.join(", ") };
    let time = if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    };
    let seen = counted(counts.files_seen, "file");
    format!("{seen} looked at, {} recognised: {findings} in {time}\n", counts.files_recognised)
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn nothing_recognised(options: &CheckOptions) -> &'static str {
    if options.no_ignore {
        "no ECS task definition and no CloudFormation template was found\n"
    } else {
        "no ECS task definition and no CloudFormation template was found; \
         ignored files are walked with --no-ignore\n"
    }
}

/// A line a rule, the most frequent first.
fn statistics(outcome: &Outcome) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in &outcome.diagnostics {
        *counts.entry(diagnostic.rule).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by(|(first, a), (second, b)| b.cmp(a).then(first.cmp(second)));
    let width = counts.first().map_or(0, |(_, count)| count.to_string().len());
    let lines: Vec<String> = counts.into_iter().map(|(rule, count)| format!("{count:>width$}  {rule}\n")).collect();
    lines.concat()
}
