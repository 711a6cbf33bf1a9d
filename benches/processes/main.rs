//! `cargo bench --bench processes`: what whole runs of the command take, as tables.
//!
//! The times of a machine say little on another one; the ratio to ripgrep, or to a smaller run, in the same minute says more.
//!
//! * without arguments: all tables. Where `../shared` has real templates and a generator of trees, they are used;
//!   `ECS_LINT_BENCH_TREE` names a tree that is there already.
//! * `growth`: only how time grows with files, bytes and conditions.
//! * `peers DIRECTORY`: beside the linters in that virtual environment; `benches/peers` makes it.
//! * `inputs DIRECTORY`: writes the inputs of `.ci/instructions`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, fails by panicking, and rounds"
)]

mod growth;
mod inputs;
mod measure;
mod peers;
mod whole;
#[path = "../workload/mod.rs"]
mod workload;

use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--bench").collect();
    match words.as_slice() {
        [measure::ONE_RUN, output, program, arguments @ ..] => measure::one_run(output, program, arguments),
        ["inputs", directory] => inputs::write_for_budget(Path::new(directory)),
        ["peers", environment] => peers::print(Path::new(environment)),
        ["growth"] => growth::print(),
        // `cargo test --benches` only asks whether it builds.
        [] if arguments.is_empty() => {}
        [] => {
            whole::print();
            growth::print();
        }
        other => panic!("no such benchmark: {other:?}"),
    }
}

/// The command that is measured.
const ECS_LINT: &str = env!("CARGO_BIN_EXE_ecs-lint");
