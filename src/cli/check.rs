//! `ecs-lint [PATHS]…`

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Write};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fix::Fixed;
use super::options::{CheckOptions, Color, FixOptions};
use super::output;
use super::progress::Progress;
use super::{FAILURE, FINDINGS, NOTHING_RECOGNISED, OK, Streams, baseline, complain, diff, fix, say, settings};
use crate::config::Configuration;
use crate::discover::{Discovery, Input, SIZE_LIMIT, WalkOptions, describe_io_error, discover};
use crate::lint::{FailOn, Outcome, Settings, Summary};
use crate::mend::{self, Leave};
use crate::report::{Format, INPUT_FAILURES, Report, RunDetails, SuppressedIn, View};

/// More threads than this are never of use.
const MOST_THREADS: usize = 256;

pub(super) fn run(options: &CheckOptions, streams: &mut Streams) -> io::Result<u8> {
    let begin = Instant::now();
    if let Err(message) = output::check(&options.output, &options.paths) {
        complain(streams, &message);
        return Ok(FAILURE);
    }
    let mut configuration = match settings::load(&options.settings, streams)? {
        Ok(configuration) => configuration,
        Err(status) => return Ok(status),
    };
    if options.fix.fix {
        return fix_and_report(options, &mut configuration, begin, streams);
    }
    let done = match work(options, &mut configuration, None, streams) {
        Ok(done) => done,
        Err(message) => return Ok(fail(streams, &message)),
    };
    report(options, &configuration, done, begin, streams)
}

/// Tells what keeps the run from being done, line by line.
fn fail(streams: &mut Streams, message: &str) -> u8 {
    for line in message.lines() {
        complain(streams, line);
    }
    FAILURE
}

/// Mends, and reports what remains; with `--diff` only shows what would be changed.
fn fix_and_report(
    options: &CheckOptions,
    configuration: &mut Configuration,
    begin: Instant,
    streams: &mut Streams,
) -> io::Result<u8> {
    let fixed = match mended(options, configuration, streams) {
        Ok(fixed) => fixed,
        Err(message) => return Ok(fail(streams, &message)),
    };
    let Mending { mut fixed, mut discovery, could_not_read } = fixed;
    if options.only_shows_fixes() {
        let any = fixed.print(&configuration.settings, streams.stdout)?;
        if !options.quiet {
            say(streams.stderr, &fixed.tell(true));
        }
        return Ok(if could_not_read {
            FAILURE
        } else if any {
            FINDINGS
        } else {
            OK
        });
    }
    let failures = fixed.write(&mut discovery);
    for failure in &failures {
        complain(streams, failure);
    }
    let mut on_stdin = discovery.inputs.iter().find_map(|input| input.text.clone());
    if on_stdin.is_none() && options.paths.iter().any(|path| path.as_path() == Path::new("-")) {
        // What the configuration excludes is not read to be checked, and whoever pipes it wants it back.
        let mut text = Vec::new();
        streams.stdin.read_to_end(&mut text)?;
        on_stdin = Some(text);
    }
    let done = match work(options, configuration, Some(discovery), streams) {
        Ok(done) => done,
        Err(message) => return Ok(fail(streams, &message)),
    };
    if !options.quiet {
        say(streams.stderr, &fixed.tell(false));
    }
    let status = match on_stdin {
        // Standard output is for the text then.
        Some(text) => {
            streams.stdout.write_all(&text)?;
            streams.stdout.flush()?;
            let mut own = Vec::new();
            let mut aside =
                Streams { stdin: &mut *streams.stdin, stdout: &mut own, stderr: &mut *streams.stderr, ..*streams };
            let status = report(options, configuration, done, begin, &mut aside)?;
            streams.stderr.write_all(&own)?;
            status
        }
        None => report(options, configuration, done, begin, streams)?,
    };
    Ok(if failures.is_empty() { status } else { FAILURE })
}

/// What came of mending.
struct Mending {
    fixed: Fixed,
    discovery: Discovery,
    /// Whether there is a file of which nothing is known.
    could_not_read: bool,
}

/// Checks everything once, and mends the findings that the baseline does not accept; nothing is written yet.
fn mended(options: &CheckOptions, configuration: &mut Configuration, streams: &mut Streams) -> Result<Mending, String> {
    let configured = configuration.baseline.as_ref().map(|(path, _)| path.as_path());
    let plan = baseline::plan(&options.baseline, configured)?;
    configuration.settings.today = Some(crate::today()?);
    let settings = &configuration.settings;
    let discovery = gather(options, configuration, streams.stdin)?;
    let walked = walked(&discovery);
    let pool = pool(options)?;
    let mut outcome = check(&pool, options, discovery.clone(), settings, streams);
    if let Some(plan) = plan {
        plan.carry_out(&mut outcome, &walked, &|rule, name| settings.runs(rule, name))?;
    }
    let could_not_read = outcome.diagnostics.iter().any(|diagnostic| INPUT_FAILURES.contains(&diagnostic.rule));
    let leave = Leave { unsafe_fixes: options.fix.unsafe_fixes };
    let fixed = pool.install(|| fix::fix(&discovery, &outcome, settings, leave));
    Ok(Mending { fixed, discovery, could_not_read })
}

/// Writes the report and everything beside it, and gives the exit status.
fn report(
    options: &CheckOptions,
    configuration: &Configuration,
    done: Done,
    begin: Instant,
    streams: &mut Streams,
) -> io::Result<u8> {
    let Done { outcome, directories, words, pool } = done;
    let color = match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => streams.stdout_takes_color,
    };
    let view = View { color, suppressed: suppressed_in(options) };
    let fails_by_stale = options.baseline.fail_on_stale && has_stale(&outcome);
    let status = exit_status(configuration.fail_on, fails_by_stale, directories, &outcome);
    let report = Report::new(&outcome, run_details(options, configuration.fail_on, status)).written_by(&pool);
    let on_stdout = write_to_stdout(options.format, view, &report, streams);
    // Files are written whatever became of standard output: its reader may have seen enough.
    let files_written = output::write(&options.output, view.suppressed, &report, streams);
    on_stdout?;

    if options.statistics {
        say(streams.stderr, &statistics(&outcome));
    }
    if !options.quiet || fails_by_stale {
        say(streams.stderr, &words);
    }
    if !options.quiet {
        say(streams.stderr, &summary(outcome.summary, begin.elapsed()));
        say(streams.stderr, &can_be_mended(&outcome, options.fix));
        if directories && outcome.summary.files_recognised == 0 {
            say(streams.stderr, nothing_recognised(options));
        }
    }
    Ok(if files_written { status } else { FAILURE })
}

/// What a run came to.
struct Done {
    outcome: Outcome,
    /// Whether a directory was walked.
    directories: bool,
    /// What is to be said of the baseline and of what `--diff` left out.
    words: String,
    /// The threads that did it.
    pool: rayon::ThreadPool,
}

/// Checks everything, and leaves what the baseline and `--diff` leave; or what to tell the user. What was `gathered` already is
/// not looked for again.
fn work(
    options: &CheckOptions,
    configuration: &mut Configuration,
    gathered: Option<Discovery>,
    streams: &mut Streams,
) -> Result<Done, String> {
    let configured = configuration.baseline.as_ref().map(|(path, _)| path.as_path());
    let plan = baseline::plan(&options.baseline, configured)?;
    let since = diff::since(options.base())?;
    configuration.settings.today = Some(crate::today()?);
    // Its threads start while the files are looked for.
    let pool = pool(options)?;
    let discovery = match gathered {
        Some(discovery) => discovery,
        None => gather(options, configuration, streams.stdin)?,
    };
    let walked = walked(&discovery);
    configuration.settings.is_whole = walked.iter().any(|path| configuration.settings.root.is_within(path));
    let configuration = &*configuration;
    let settings = &configuration.settings;
    let directories = !discovery.directories.is_empty();
    let before = since.as_ref().map(|since| since.before(&discovery, &options.settings, configuration)).transpose()?;
    let mut outcome = check(&pool, options, discovery, settings, streams);
    let of_baseline = plan.as_ref().map(baseline::Plan::file);
    output::protect_all(&options.output, of_baseline, &outcome, settings)?;
    if let Some(file) = of_baseline.filter(|_| options.baseline.write_baseline.is_some()) {
        output::protect(file, &outcome, settings)?;
    }
    let is_run = |rule: &str, name: &str| settings.runs(rule, name);
    let mut words = match plan {
        Some(plan) => plan.carry_out(&mut outcome, &walked, &is_run)?,
        None => String::new(),
    };
    if let Some((since, mut before)) = since.zip(before) {
        let inputs = std::mem::take(&mut before.discovery);
        let had = pool.install(|| crate::check(inputs, before.settings.as_deref().unwrap_or(settings), &|_| {}));
        let left_out = since.narrow(&mut outcome, &before, &had)?;
        words.push_str(&since.tell(left_out));
    }
    // Every fix that is shown is tried first.
    if options.shows_fixes() {
        pool.install(|| mend::offer(&mut outcome, settings));
    }
    Ok(Done { outcome, directories, words, pool })
}

fn run_details(options: &CheckOptions, fail_on: FailOn, status: u8) -> RunDetails {
    let directory = std::env::current_dir().ok();
    let work_tree = directory.as_deref().and_then(work_tree);
    let name = |directory: &Path| directory.to_str().map(|name| name.replace(MAIN_SEPARATOR, "/"));
    RunDetails {
        fails_at: fail_on.severity(),
        exit_status: Some(status),
        category: options.sarif_category.clone(),
        directory: directory.as_deref().and_then(name),
        work_tree: work_tree.and_then(name),
    }
}

/// The top of the git work tree that a directory is in.
fn work_tree(directory: &Path) -> Option<&Path> {
    // In a linked work tree, or a submodule, `.git` is a file.
    directory.ancestors().find(|directory| directory.join(".git").exists())
}

fn write_to_stdout(format: Format, view: View, report: &Report, streams: &mut Streams) -> io::Result<()> {
    let mut stdout = BufWriter::with_capacity(1 << 16, &mut *streams.stdout);
    let omission = report.write(format, view, &mut stdout)?;
    stdout.flush()?;
    drop(stdout);
    if let Some(omission) = omission {
        say(streams.stderr, &format!("warning: the output is cut: {omission}\n"));
    }
    Ok(())
}

/// The files of the run, standard input among them; or what to tell the user.
fn gather(options: &CheckOptions, configuration: &Configuration, stdin: &mut dyn Read) -> Result<Discovery, String> {
    let is_stdin = |path: &&PathBuf| path.as_path() == Path::new("-");
    let paths: Vec<PathBuf> = options.paths.iter().filter(|path| !is_stdin(path)).cloned().collect();
    let selection = Arc::clone(&configuration.selection);
    let walk = WalkOptions { no_ignore: options.no_ignore, selection, threads: threads(options) };
    let mut discovery = discover(&paths, &walk).map_err(|error| error.to_string())?;
    if options.ignore_unknown {
        discovery.inputs.iter_mut().for_each(|input| input.named = false);
    }
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

/// As many threads as were asked for; 0: as many as there are processors.
fn threads(options: &CheckOptions) -> usize {
    options.jobs.map_or(0, |jobs| usize::from(jobs).min(MOST_THREADS))
}

fn pool(options: &CheckOptions) -> Result<rayon::ThreadPool, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads(options)).build();
    pool.map_err(|error| format!("no threads to work with: {error}"))
}

/// Checks the files and shows how far it is.
fn check(
    pool: &rayon::ThreadPool,
    options: &CheckOptions,
    discovery: Discovery,
    settings: &Settings,
    streams: &mut Streams,
) -> Outcome {
    if options.quiet || !streams.stderr_is_terminal {
        return pool.install(|| crate::check(discovery, settings, &|_| {}));
    }
    let progress = Progress::new(discovery.inputs.len(), &mut *streams.stderr);
    let outcome = pool.install(|| crate::check(discovery, settings, &|files| progress.advance(files)));
    progress.wipe();
    outcome
}

/// The names of the directories that were walked.
fn walked(discovery: &Discovery) -> Vec<String> {
    let directories = discovery.directories.iter();
    directories.map(|path| path.to_string_lossy().replace(MAIN_SEPARATOR, "/")).collect()
}

fn suppressed_in(options: &CheckOptions) -> SuppressedIn {
    match (options.suppressed.show_suppressed, options.suppressed.hide_suppressed) {
        (true, _) => SuppressedIn::Every,
        (_, true) => SuppressedIn::No,
        _ => SuppressedIn::Sarif,
    }
}

fn has_stale(outcome: &Outcome) -> bool {
    outcome.baseline.as_ref().is_some_and(|baseline| !baseline.stale.is_empty())
}

fn exit_status(fail_on: FailOn, fails_by_stale: bool, directories: bool, outcome: &Outcome) -> u8 {
    let diagnostics = &outcome.diagnostics;
    let fails = |severity| fail_on.severity().is_some_and(|least| severity >= least);
    if diagnostics.iter().any(|diagnostic| INPUT_FAILURES.contains(&diagnostic.rule)) {
        FAILURE
    } else if diagnostics.iter().any(|diagnostic| fails(diagnostic.severity)) || fails_by_stale {
        FINDINGS
    } else if directories && outcome.summary.files_recognised == 0 {
        NOTHING_RECOGNISED
    } else {
        OK
    }
}

/// `12 files looked at, 5 recognised: 2 errors, 1 warning, 3 notes in 8 ms`
fn summary(counts: Summary, time: Duration) -> String {
    let mut findings: Vec<String> = [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word))
        .collect();
    if findings.is_empty() {
        findings.push("no findings".to_owned());
    }
    if counts.suppressed > 0 {
        findings.push(format!("{} suppressed", counts.suppressed));
    }
    let findings = findings.join(", ");
    let time = if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    };
    let seen = counted(counts.files_seen, "file");
    format!("{seen} looked at, {} recognised: {findings} in {time}\n", counts.files_recognised)
}

/// How many findings have a fix that was not asked for. Few turn out to do harm when they are tried, as each is before it is made.
fn can_be_mended(outcome: &Outcome, asked_for: FixOptions) -> String {
    let count = |leave: Leave| outcome.diagnostics.iter().filter(|diagnostic| leave.has_proposal(diagnostic)).count();
    let safe = count(Leave { unsafe_fixes: false });
    let others = count(Leave { unsafe_fixes: true }) - safe;
    let mut words = Vec::new();
    if safe > 0 && !asked_for.fix {
        words.push(format!("{} can be mended with `--fix`", counted(safe, "finding")));
    }
    if others > 0 && !asked_for.unsafe_fixes {
        words.push(format!("{} may be, with `--fix --unsafe-fixes`", counted(others, "finding")));
    }
    if words.is_empty() { String::new() } else { format!("{}\n", words.join(", ")) }
}

pub(super) fn counted(count: usize, word: &str) -> String {
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
