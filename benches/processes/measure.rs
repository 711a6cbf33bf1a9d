//! What a run of a program takes.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The first argument by which this program runs another one and tells what that took. Memory is known of the largest child
/// only, so each run needs a parent of its own; and a small one, as a child is counted from the moment it is forked.
pub const ONE_RUN: &str = "one-run";

/// What a run took.
#[derive(Clone, Debug)]
pub struct Run {
    pub wall: Duration,
    /// In user and system mode, of all threads.
    pub cpu: Duration,
    /// The largest resident set, in bytes; 0 where the system does not tell.
    pub memory: u64,
    /// What was written to standard output.
    pub output: Vec<u8>,
}

/// Runs the program so often, each time after the other ones, and keeps the fastest run of each.
pub fn fastest(commands: &[Vec<String>], times: usize) -> Vec<Run> {
    let mut best: Vec<Option<Run>> = vec![None; commands.len()];
    for _ in 0..times {
        for (best, command) in best.iter_mut().zip(commands) {
            let run = run(command);
            if best.as_ref().is_none_or(|best| run.wall < best.wall) {
                *best = Some(run);
            }
        }
    }
    best.into_iter().map(Option::unwrap).collect()
}

/// The program and its arguments.
pub fn command(program: &str, arguments: &[&str]) -> Vec<String> {
    std::iter::once(program).chain(arguments.iter().copied()).map(str::to_owned).collect()
}

fn run(command: &[String]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let output: PathBuf = directory.path().join("output");
    let this = std::env::current_exe().unwrap();
    let told = Command::new(this).arg(ONE_RUN).arg(&output).args(command).stderr(Stdio::inherit()).output().unwrap();
    assert!(told.status.success(), "{command:?} cannot be run");
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let duration = |key: &str| Duration::from_micros(told[key].as_u64().unwrap());
    Run {
        wall: duration("wall"),
        cpu: duration("cpu"),
        memory: told["memory"].as_u64().unwrap(),
        output: std::fs::read(output).unwrap(),
    }
}

/// Runs the program, its standard output going to the file, and prints what it took.
pub fn one_run(output: &str, program: &str, arguments: &[&str]) {
    let output = std::fs::File::create(output).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    let begin = Instant::now();
    // Linters end with a status that tells of findings.
    command.status().unwrap();
    let wall = begin.elapsed();
    let (cpu, memory) = of_children();
    println!("{}", json!({"wall": micros(wall), "cpu": micros(cpu), "memory": memory}));
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap()
}

#[cfg(unix)]
fn of_children() -> (Duration, u64) {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let cpu = usage.user_time() + usage.system_time();
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    (Duration::from_micros(cpu.num_microseconds().unsigned_abs()), usage.max_rss().unsigned_abs() * unit)
}

#[cfg(not(unix))]
fn of_children() -> (Duration, u64) {
    (Duration::ZERO, 0)
}

/// `1.25 s`, `3.1 ms`
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 1.0 { format!("{seconds:.2} s") } else { format!("{:.1} ms", seconds * 1e3) }
}

/// `12.5 MB`
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// How much longer one took than the other.
pub fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
