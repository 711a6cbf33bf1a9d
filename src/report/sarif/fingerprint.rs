//! The fingerprint by which code scanning knows a finding again in the next commit.
//!
//! Computed as GitHub's upload action does, which otherwise adds it itself, so that both are the same: an action that finds
//! another value warns, and alerts that were uploaded without the action would appear twice. Source: github/codeql-action,
//! `src/fingerprints.ts`.

use std::collections::HashMap;

/// How many characters from the start of a line on are hashed, blanks and tabs left out.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// What stands for the end of the file, before as many zeros as fill the window.
const END: u16 = 0xffff;

const BLANK: u16 = b' ' as u16;
const TAB: u16 = b'\t' as u16;
const LINE_FEED: u16 = b'\n' as u16;
const CARRIAGE_RETURN: u16 = b'\r' as u16;

/// For each line, `hash:occurrence`: the hash of what follows its start, and how many lines so far have that same hash. Lines end at a
/// line feed, a carriage return, or both.
pub(super) struct LineHashes(Vec<(u64, u32)>);

impl LineHashes {
    pub(super) fn new(text: &str) -> Self {
        let mut rolling = Rolling::default();
        let mut after_return = false;
        for unit in text.encode_utf16() {
            let skipped = unit == BLANK || unit == TAB || (after_return && unit == LINE_FEED);
            after_return = !skipped && unit == CARRIAGE_RETURN;
            if !skipped {
                rolling.push(if after_return { LINE_FEED } else { unit });
            }
        }
        rolling.finish()
    }

    /// The fingerprint of a line, from 1.
    pub(super) fn of_line(&self, line: u32) -> Option<String> {
        let (hash, occurrence) = self.0.get((line as usize).checked_sub(1)?)?;
        Some(format!("{hash:x}:{occurrence}"))
    }
}

/// The hash of the last characters, whose oldest leaves as a new one comes.
#[derive(Default)]
struct Rolling {
    hash: u64,
    window: std::collections::VecDeque<(u16, bool)>,
    in_line: bool,
    lines: Vec<(u64, u32)>,
    seen: HashMap<u64, u32>,
}

impl Rolling {
    fn push(&mut self, unit: u16) {
        let starts_line = !self.in_line;
        self.in_line = unit != LINE_FEED;
        self.shift(unit, starts_line);
    }

    /// Takes a character in; what leaves at the other end, if a line starts with it, has its whole hash now.
    fn shift(&mut self, unit: u16, starts_line: bool) {
        let mut oldest = 0;
        if self.window.len() == WINDOW
            && let Some((unit, started_line)) = self.window.pop_front()
        {
            oldest = unit;
            if started_line {
                let count = self.seen.entry(self.hash).and_modify(|count| *count += 1).or_insert(1);
                self.lines.push((self.hash, *count));
            }
        }
        self.window.push_back((unit, starts_line));
        let leaving = u64::from(oldest).wrapping_mul(FACTOR.wrapping_pow(100));
        self.hash = self.hash.wrapping_mul(FACTOR).wrapping_add(u64::from(unit)).wrapping_sub(leaving);
    }

    fn finish(mut self) -> LineHashes {
        self.push(END);
        for _ in 0..WINDOW {
            self.shift(0, false);
        }
        LineHashes(self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that github/codeql-action holds its own code to, in `src/fingerprints.test.ts`.
    #[test]
    fn hashes_are_those_of_code_scanning() {
        let with_end = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        let repeated = "Lorem ipsum dolor sit amet.\n".repeat(10);
        let cases: [(&str, &[&str]); 8] = [
            ("", &["c129715d7a2bc9a3:1"]),
            (
                " a\nb\n  \t\tc\n d",
                &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
            ),
            (
                " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
                &[
                    "8b7cf3e952e7aeb2:1",
                    "b1ae1287ec4718d9:1",
                    "bff680108adb0fcc:1",
                    "c6805c5e1288b612:1",
                    "b86d3392aea1be30:1",
                    "e6ceba753e1a442:1",
                ],
            ),
            (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", &with_end),
            (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", &with_end),
            (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", &with_end),
            (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", &with_end),
            (
                &repeated,
                &[
                    "a7f2ff13bc495cf2:1",
                    "a7f2ff13bc495cf2:2",
                    "a7f2ff13bc495cf2:3",
                    "a7f2ff13bc495cf2:4",
                    "a7f2ff13bc495cf2:5",
                    "a7f2ff13bc495cf2:6",
                    "a7f2ff1481e87703:1",
                    "a9cf91f7bbf1862b:1",
                    "55ec222b86bcae53:1",
                    "cc97dc7b1d7d8f7b:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ];
        for (text, expected) in cases {
            let hashes = LineHashes::new(text);
            let lines: Vec<String> = (1..).map_while(|line| hashes.of_line(line)).collect();
            assert_eq!(lines, expected, "{text:?}");
        }
    }
}
