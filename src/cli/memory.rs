//! A process that may have only so much memory (`ulimit -v`) and asks for more is ended where it stands, without a word for people. Where
//! there is such a limit, the work is done in a process of its own, and its end is told.

#[cfg(unix)]
use std::os::unix::process::ExitStatusExt;
#[cfg(unix)]
use std::process::Command;

/// Tells the process that does the work that it is the one.
#[cfg(unix)]
const WORKS: &str = "ECS_LINT_WORKS_WITHIN_LIMIT";

/// Runs the command in another process where memory is limited, and gives its exit status; `None` where it is to be run in this one.
#[cfg(unix)]
pub(super) fn run_within_limit() -> Option<u8> {
    /// How a process ends whose memory cannot be allocated; other signals are passed on as shells do.
    const ABORTED: i32 = 6;
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current?;
    if std::env::var_os(WORKS).is_some() {
        // Whoever ends the one that waits means this one.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM));
        return None;
    }
    let program = std::env::current_exe().ok()?;
    let status = Command::new(program).args(std::env::args_os().skip(1)).env(WORKS, "1").status().ok()?;
    match (status.code(), status.signal()) {
        (Some(code), _) => u8::try_from(code).ok(),
        (None, Some(ABORTED)) => {
            let message = format!(
                "error: this takes more memory than the {} MB that the process may have; check fewer files at a time, or with fewer `--jobs`\n",
                limit / 1_000_000
            );
            super::say(&mut std::io::stderr(), &message);
            Some(super::FAILURE)
        }
        (None, signal) => Some(signal.and_then(|signal| u8::try_from(128 + signal).ok()).unwrap_or(super::FAILURE)),
    }
}

/// Other systems have no such limit.
#[cfg(not(unix))]
pub(super) fn run_within_limit() -> Option<u8> {
    None
}
