//! What `ecs-lint --version` says.

/// `0.1.0 (1a2b3c4d5)`: the package's version, and the commit it was built from where `build.rs` can tell.
pub(super) const VERSION: &str = env!("ECS_LINT_VERSION");
