//! `cargo bench --bench keystroke`: from a keystroke in a large template to its diagnostics, in the real language server.
//!
//! The times of a machine say little on another one; the ratio to a cold run of the command line over the same file says more.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by panicking"
)]
#![allow(clippy::needless_pass_by_value, reason = "messages are written where they are sent")]

#[path = "../tests/lsp/client.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod client;
mod workload;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use client::{Client, capabilities, uri};

const KEYSTROKES: usize = 200;
const COLD_RUNS: usize = 15;
const TEMPLATES: usize = 500;
const TEMPLATE_BYTES: usize = 40_000;

fn main() {
    // `cargo test --benches` only asks whether it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!("| edited | workspace | cold run | median | 99th percentile | median : cold run |");
    println!("|---|---|---|---|---|---|");
    for (name, text) in [("1.0 MB of JSON", workload::json(1_000_000)), ("0.9 MB of YAML", workload::yaml(900_000))] {
        for templates in [1, TEMPLATES] {
            let directory = tempfile::tempdir().unwrap();
            for number in 1..templates {
                std::fs::write(directory.path().join(format!("{number}.json")), workload::json(TEMPLATE_BYTES))
                    .unwrap();
            }
            let edited = directory.path().join(if name.ends_with("JSON") { "edited.json" } else { "edited.yaml" });
            std::fs::write(&edited, &text).unwrap();
            let cold = cold_run(&edited);
            let mut times = keystrokes(directory.path(), &edited, &text);
            times.sort_unstable();
            let (median, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
            println!(
                "| {name} | {templates} | {} | {} | {} | {:.2} |",
                shown(cold),
                shown(median),
                shown(late),
                median.as_secs_f64() / cold.as_secs_f64()
            );
        }
    }
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// The median of runs of the command line over the file alone.
fn cold_run(file: &Path) -> Duration {
    let mut times: Vec<Duration> = (0..COLD_RUNS)
        .map(|_| {
            let begin = Instant::now();
            let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
            command.arg(file).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Types letters into a value in the middle of the file, and waits for the diagnostics of each version.
fn keystrokes(root: &Path, file: &Path, text: &str) -> Vec<Duration> {
    let mut client = Client::start(&[root], capabilities("utf-16", false));
    let uri = uri(file);
    client.open(&uri, if file.extension().is_some_and(|it| it == "json") { "json" } else { "yaml" }, text);
    client.settle();
    assert!(!client.published[&uri].1.is_empty(), "there is something to find");
    let at = text.len() / 2 + text[text.len() / 2..].find("Welcome to").unwrap();
    let line = text[..at].matches('\n').count();
    let column = at - text[..at].rfind('\n').unwrap() - 1;
    let mut times = Vec::new();
    for version in 0..KEYSTROKES {
        let version = i64::try_from(version).unwrap() + 2;
        let begin = Instant::now();
        let place = json!({"line": line, "character": column});
        client.change(&uri, version, json!([{"range": {"start": place, "end": place}, "text": "x"}]));
        while client.published[&uri].0 != Some(version) {
            client.hear();
        }
        times.push(begin.elapsed());
    }
    client.end();
    times
}
