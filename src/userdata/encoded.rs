//! Runs of base64 in the text of a file: what may be an encoded script or login.

use std::ops::Range;

/// So long is a run of base64 that could hold `user:password` or a script.
pub(super) const RUN: usize = 16;

/// What stands in [`SEXTET`] for a byte that is not in base64.
const NONE: u8 = 64;

/// By byte: what it stands for in base64.
static SEXTET: [u8; 256] = {
    let mut table = [NONE; 256];
    let (mut rest, mut byte) = (table.as_mut_slice(), 0_u8);
    while let Some((first, others)) = rest.split_first_mut() {
        *first = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => NONE,
        };
        (rest, byte) = (others, byte.saturating_add(1));
    }
    table
};

fn sextet(byte: u8) -> Option<u8> {
    SEXTET.get(usize::from(byte)).copied().filter(|sextet| *sextet != NONE)
}

/// How many bytes of base64 these begin with.
fn base64_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| sextet(**byte).is_some()).count()
}

/// Where runs of base64 are that are long enough. One that is has a byte in every [`RUN`]: no other is looked at.
fn runs(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = RUN - 1;
    std::iter::from_fn(move || {
        while let Some(byte) = bytes.get(at) {
            if sextet(*byte).is_none() {
                at += RUN;
                continue;
            }
            let (before, from) = bytes.split_at_checked(at)?;
            let start = at - before.iter().rev().take_while(|byte| sextet(**byte).is_some()).count();
            let end = at + base64_length(from);
            // The next byte that is in none is the one behind the run.
            at = end + RUN;
            if end - start >= RUN {
                return Some(start..end);
            }
        }
        None
    })
}

/// What may be base64: in one line or in several of which the last one may be short. Line ends may be escaped.
pub(super) fn runs_of_lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut end = 0;
    runs(bytes).filter_map(move |run| {
        if run.start < end {
            return None;
        }
        end = run.end;
        while !bytes.get(end..)?.starts_with(b"=") {
            let between = break_length(bytes.get(end..)?);
            let length = base64_length(bytes.get(end + between..)?);
            if between == 0 || length == 0 {
                break;
            }
            end += between + length;
            if length < RUN {
                break;
            }
        }
        end += padding_length(bytes.get(end..)?);
        Some(run.start..end)
    })
}

/// How many bytes of white space these begin with, escaped as often as may be.
fn break_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(rest) = bytes.get(length..) {
        let escapes = rest.iter().take_while(|byte| **byte == b'\\').count();
        length += match (escapes, rest.get(escapes)) {
            (0, Some(b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | b' ')) => 1,
            (1.., Some(b'n' | b'r' | b't')) => escapes + 1,
            _ => break,
        };
    }
    length
}

/// How many of the bytes that base64 ends with these begin with.
fn padding_length(bytes: &[u8]) -> usize {
    bytes.iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// The lines of what [`runs_of_lines`] gives, each as a range of it.
pub(super) fn lines_of(run: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = run.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        at += break_length(bytes.get(at..)?);
        let start = at;
        at += base64_length(bytes.get(at..)?);
        at += padding_length(bytes.get(at..)?);
        (at > start).then_some(start..at)
    })
}

/// The first bytes of gzip, which has but one method, in base64.
const GZIP: &[u8] = b"H4s";

/// Whether the first bytes behind the base64 may be those of text, or of gzip; most words that only look like base64 hold others.
pub(super) fn begins_as_text(encoded: &str) -> bool {
    let Some((quads, _)) = encoded.as_bytes().split_first_chunk::<16>() else { return true };
    if quads.starts_with(GZIP) {
        return true;
    }
    let mut text = [0; 12];
    for (quad, bytes) in quads.chunks_exact(4).zip(text.chunks_exact_mut(3)) {
        let mut bits = 0_u32;
        for byte in quad {
            // A line that ends so early is looked at in full.
            let Some(sextet) = sextet(*byte) else { return true };
            bits = bits << 6 | u32::from(sextet);
        }
        let [_, decoded @ ..] = bits.to_be_bytes();
        bytes.copy_from_slice(&decoded);
        // Text may be UTF-16, of which every other byte is null.
        let is_control =
            |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace() && !matches!(byte, 0 | 0x0b);
        if decoded.iter().any(is_control) {
            return false;
        }
    }
    std::str::from_utf8(&text).map_or_else(|error| error.error_len().is_none(), |_| true)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use regex::Regex;

    use super::*;

    const WORDS: &[&str] = &[
        "\\",
        "\\n",
        "\\\\r",
        "\n",
        " ",
        "\t",
        "=",
        "==",
        "+/",
        "a",
        "0123456789abcde",
        "QUJDREVGR0hJSktMTU5P",
        "é",
        "\"",
    ];

    proptest! {
        /// What is found is what a pattern of it finds.
        #[test]
        fn runs_go_on_over_line_ends(words in vec(select(WORDS), 0..24)) {
            let text = words.concat();
            let line_end = r"(?:\\+[nrt]|[ \t\n\r])+";
            let pattern = format!("[A-Za-z0-9+/]{{16,}}(?:{line_end}[A-Za-z0-9+/]{{16,}})*(?:{line_end}[A-Za-z0-9+/]{{1,15}})?={{0,2}}");
            let expected: Vec<_> = Regex::new(&pattern).unwrap().find_iter(&text).map(|found| found.range()).collect();
            prop_assert_eq!(runs_of_lines(&text).collect::<Vec<_>>(), expected);
        }

        /// Text is never let go of.
        #[test]
        fn text_begins_as_text(text in "[ -~éß€\\n\\t]{12,40}") {
            prop_assert!(begins_as_text(&base64::engine::general_purpose::STANDARD.encode(text)));
        }
    }

    #[test]
    fn lines_are_told_apart_however_they_are_escaped() {
        let run = "QUJDREVG\\nR0hJ\nSktM\\\\r\\\\nTU5P==";
        let lines: Vec<&str> = lines_of(run).map(|line| &run[line]).collect();
        assert_eq!(lines, ["QUJDREVG", "R0hJ", "SktM", "TU5P=="]);
    }
}
