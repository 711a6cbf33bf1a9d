//! ecs-lint and other linters of templates on the same files, side by side.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::measure::{Run, command, fastest, megabytes, ratio, time};
use crate::{ECS_LINT, inputs};

/// What makes a command of `cloudformation-validate`, which is a library; `benches/peers` writes it into the environment.
const DRIVER: &str = "cloudformation_validate_files.py";

/// A linter of templates.
struct Linter {
    name: &'static str,
    /// What it is run with; the files follow. The first word is a program of the virtual environment.
    words: &'static [&'static str],
    /// What stands before each file.
    before_file: &'static [&'static str],
    /// What it found: kinds, and how many of each.
    found: fn(&Value) -> BTreeMap<String, usize>,
}

const PEERS: [Linter; 3] = [
    Linter {
        name: "cloudformation-validate",
        words: &["python", DRIVER],
        before_file: &[],
        found: |report| of_each(report, "severity"),
    },
    Linter {
        name: "cfn-lint",
        words: &["cfn-lint", "--format", "json", "--include-checks", "I", "--template"],
        before_file: &[],
        found: |report| of_each(report, "Level"),
    },
    Linter {
        name: "checkov",
        words: &[
            "checkov",
            "--quiet",
            "--compact",
            "--skip-download",
            "--output",
            "json",
            "--framework",
            "cloudformation",
        ],
        before_file: &["--file"],
        found: |report| {
            let failed = report["summary"]["failed"].as_u64().unwrap_or_default();
            BTreeMap::from([("failed check".to_owned(), usize::try_from(failed).unwrap())])
        },
    },
];

/// Prints the tables: one template, and all of them.
pub fn print(environment: &Path) {
    let scratch = tempfile::tempdir().unwrap();
    let (templates, of) = inputs::templates(scratch.path());
    // One that every linter has something to say about: of a size in the middle.
    let mut by_size: Vec<(u64, &String)> =
        templates.iter().map(|name| (std::fs::metadata(name).unwrap().len(), name)).collect();
    by_size.sort();
    let (bytes, one) = by_size[by_size.len() / 2];
    table(environment, &format!("one template ({:.1} kB, {of})", bytes as f64 / 1e3), std::slice::from_ref(one), 3);
    table(environment, &format!("{} templates ({of})", templates.len()), &templates, 1);
}

fn table(environment: &Path, work: &str, files: &[String], times: usize) {
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let ours = command(ECS_LINT, &[&["--quiet", "--format", "json"], &names[..]].concat());
    let ours = fastest(&[ours], 10).remove(0);
    println!("\n| {work} | wall | processor | : ecs-lint | peak memory | found |");
    println!("|---|---|---|---|---|---|");
    row("ecs-lint", &ours, &ours, &of_each(&json(&ours.output)["diagnostics"], "severity"));
    for peer in PEERS {
        let (program, words) = peer.words.split_first().unwrap();
        let program = environment.join("bin").join(program);
        let words = words.iter().map(|word| {
            if *word == DRIVER { environment.join(word).to_str().unwrap().to_owned() } else { (*word).to_owned() }
        });
        let files = files.iter().flat_map(|file| {
            peer.before_file.iter().map(|word| (*word).to_owned()).chain(std::iter::once(file.clone()))
        });
        let command: Vec<String> =
            std::iter::once(program.to_str().unwrap().to_owned()).chain(words).chain(files).collect();
        let run = fastest(&[command], times).remove(0);
        row(peer.name, &run, &ours, &(peer.found)(&json(&run.output)));
    }
}

fn row(name: &str, run: &Run, ours: &Run, found: &BTreeMap<String, usize>) {
    let found: Vec<String> = found.iter().map(|(kind, count)| format!("{count} × {}", kind.to_lowercase())).collect();
    let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
    // That of the processors, where it is known: it says the same on a busy machine.
    let ratio = if ours.cpu.is_zero() { ratio(run.wall, ours.wall) } else { ratio(run.cpu, ours.cpu) };
    println!("| {name} | {} | {} | {ratio:.0} | {} | {found} |", time(run.wall), time(run.cpu), megabytes(run.memory));
}

/// How many of the findings have each value of `key`.
fn of_each(findings: &Value, key: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings.as_array().into_iter().flatten() {
        *counts.entry(finding[key].as_str().unwrap_or("other").to_owned()).or_default() += 1;
    }
    counts
}

fn json(output: &[u8]) -> Value {
    serde_json::from_slice(output).unwrap_or_else(|error| {
        panic!("not JSON: {error}: {}", String::from_utf8_lossy(&output[..output.len().min(300)]))
    })
}
