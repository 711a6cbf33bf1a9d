//! A line on the terminal for runs that last.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A run shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two drawings.
const PAUSE: Duration = Duration::from_millis(100);
/// To the start of the line, and clear it.
const WIPE: &str = "\r\x1b[2K";

/// Counts finished files and now and then draws the count.
pub(super) struct Progress<'w> {
    total: usize,
    done: AtomicUsize,
    line: Mutex<Line<'w>>,
}

struct Line<'w> {
    terminal: &'w mut (dyn Write + Send),
    next: Instant,
    drawn: bool,
}

impl<'w> Progress<'w> {
    pub(super) fn new(total: usize, terminal: &'w mut (dyn Write + Send)) -> Self {
        let line = Line { terminal, next: Instant::now() + PATIENCE, drawn: false };
        Self { total, done: AtomicUsize::new(0), line: Mutex::new(line) }
    }

    /// Counts files; from any thread, and without waiting for another.
    pub(super) fn advance(&self, files: usize) {
        let done = self.done.fetch_add(files, Ordering::Relaxed) + files;
        if let Ok(mut line) = self.line.try_lock()
            && Instant::now() >= line.next
        {
            line.draw(done, self.total);
        }
    }

    /// Leaves the terminal as it was.
    pub(super) fn wipe(self) {
        if let Ok(line) = self.line.into_inner()
            && line.drawn
        {
            let _ = write!(line.terminal, "{WIPE}");
        }
    }
}

impl Line<'_> {
    fn draw(&mut self, done: usize, total: usize) {
        self.next = Instant::now() + PAUSE;
        self.drawn = true;
        // Progress that cannot be shown is no reason to stop.
        let _ = write!(self.terminal, "{WIPE}{done} of {total} files");
        let _ = self.terminal.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_run_draws_nothing_and_a_long_one_leaves_nothing() {
        let mut terminal = Vec::new();
        let progress = Progress::new(3, &mut terminal);
        progress.advance(1);
        progress.wipe();
        assert_eq!(terminal, b"");

        let progress = Progress::new(3, &mut terminal);
        progress.line.lock().unwrap().next = Instant::now();
        progress.advance(1);
        progress.advance(1);
        progress.wipe();
        assert_eq!(String::from_utf8(terminal).unwrap(), "\r\x1b[2K1 of 3 files\r\x1b[2K");
    }
}
