//! One small file, a set of templates, and a large tree against the time to read it.

use std::time::Duration;

use crate::measure::{Run, command, fastest, megabytes, ratio, time};
use crate::{ECS_LINT, inputs, workload};

/// What a run of ecs-lint is measured against: the reading of the same tree for the same words.
const RIPGREP: [&str; 8] =
    ["--no-config", "-l", "-e", "AWS::ECS", "-e", "containerDefinitions", "-e", "ECS_ENGINE_AUTH"];

pub fn print() {
    let scratch = tempfile::tempdir().unwrap();
    println!("| work | wall | processor | peak memory |");
    println!("|---|---|---|---|");
    let small = scratch.path().join("small.json");
    std::fs::write(&small, workload::task_definition(1)).unwrap();
    let small = ecs_lint(&[small.to_str().unwrap()], 30);
    row("one small file", &small);

    let (templates, of) = inputs::templates(scratch.path());
    let names: Vec<&str> = templates.iter().map(String::as_str).collect();
    let bytes: u64 = names.iter().map(|name| std::fs::metadata(name).unwrap().len()).sum();
    row(&format!("{} {of} templates, {}", names.len(), megabytes(bytes)), &ecs_lint(&names, 10));

    let (tree, of) = inputs::tree(scratch.path());
    let tree = tree.to_str().unwrap();
    let mut commands = vec![command(ECS_LINT, &["--quiet", tree])];
    let has_ripgrep = std::process::Command::new("rg").arg("--version").output().is_ok();
    if has_ripgrep {
        commands.push(command("rg", &[&RIPGREP[..], &[tree]].concat()));
    }
    // The first of each only warms the cache.
    let runs = fastest(&commands, 6);
    row(&format!("a tree of 10,000 files ({of})"), &runs[0]);
    match runs.get(1) {
        Some(ripgrep) => {
            row("`rg -l` for three words in that tree", ripgrep);
            println!(
                "\necs-lint : ripgrep = {:.2} by the clock, {:.2} by the processors\n",
                ratio(runs[0].wall, ripgrep.wall),
                ratio(runs[0].cpu, ripgrep.cpu)
            );
        }
        None => println!("\nripgrep (`rg`) is not there to compare with\n"),
    }
}

pub fn ecs_lint(arguments: &[&str], times: usize) -> Run {
    fastest(&[command(ECS_LINT, &[&["--quiet"], arguments].concat())], times).remove(0)
}

fn row(work: &str, run: &Run) {
    let cpu = if run.cpu == Duration::ZERO { "?".to_owned() } else { time(run.cpu) };
    println!("| {work} | {} | {cpu} | {} |", time(run.wall), megabytes(run.memory));
}
