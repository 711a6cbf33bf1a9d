//! The `ecs-lint` command; see [`ecs_lint::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(ecs_lint::cli::main())
}
