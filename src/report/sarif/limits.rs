//! What GitHub's code scanning takes of a file: more and it refuses the whole.
//!
//! Source: GitHub Docs, "SARIF support for code scanning", validating your SARIF file. The other limits there are out of reach: 20 runs,
//! 25,000 rules, and 1,000 locations for a result, which has at most nine.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Results in a run.
pub(super) const RESULTS: usize = 25_000;
/// Of those, how many it shows.
pub(super) const SHOWN_RESULTS: usize = 5_000;
/// Size of the file, compressed as it is uploaded, in bytes: 10 MB.
pub(super) const COMPRESSED_SIZE: usize = 10_000_000;
/// Tags of a rule.
#[cfg(test)]
pub(super) const TAGS: usize = 20;
/// A rule's name, and each of its descriptions, in characters.
#[cfg(test)]
pub(super) const RULE_NAME: usize = 255;
pub(super) const DESCRIPTION: usize = 1024;

/// The text, cut where it is longer than a description may be.
pub(super) fn description(text: String) -> String {
    match text.char_indices().nth(DESCRIPTION) {
        None => text,
        Some(_) => text.chars().take(DESCRIPTION - 1).chain(['…']).collect(),
    }
}

/// The size of a log as it is uploaded, if it is over the limit.
pub(super) fn excessive_size(log: &[u8]) -> io::Result<Option<usize>> {
    // What is not larger as it stands, is not so compressed.
    if log.len() <= COMPRESSED_SIZE {
        return Ok(None);
    }
    let mut encoder = GzEncoder::new(Counter(0), Compression::default());
    encoder.write_all(log)?;
    let size = encoder.finish()?.0;
    Ok((size > COMPRESSED_SIZE).then_some(size))
}

/// A writer that only counts.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_cut_at_a_character() {
        assert_eq!(description("short".to_owned()), "short");
        assert_eq!(description("é".repeat(DESCRIPTION)), "é".repeat(DESCRIPTION));
        let cut = description("é".repeat(DESCRIPTION + 1));
        assert!(cut.ends_with("é…") && cut.chars().count() == DESCRIPTION);
    }

    #[test]
    fn only_what_is_too_large_compressed_is_too_large() {
        assert_eq!(excessive_size(&vec![b'a'; COMPRESSED_SIZE + 1]).unwrap(), None);
        // Numbers that do not repeat do not compress.
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .take(COMPRESSED_SIZE + 1)
        .collect();
        assert!(excessive_size(&noise).unwrap().is_some_and(|size| size > COMPRESSED_SIZE));
    }
}
