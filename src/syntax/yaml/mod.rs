//! YAML onto the tape.
//!
//! Templates are mostly written in a small part of YAML, which [`usual`] reads at once. Whatever else
//! there is in a file, a mistake above all, leaves the whole file to the parser, whose events are
//! put on the tape by [`events`]. Both give the same tape, as far as the first goes; tests and a fuzz
//! target hold them to it.

mod assembly;
mod error;
mod events;
mod outdented;
mod usual;

use super::{Parsed, SyntaxProblem, Tree};
use crate::source::Source;

pub use events::MOST_COPIES;

/// Reads a YAML file.
///
/// A document with an error is left out and reported; the others are kept.
#[must_use]
pub fn parse_yaml(source: &Source) -> Parsed {
    parse(source, true)
}

/// [`parse_yaml`] for who has no use for comments.
#[must_use]
pub fn parse_yaml_without_comments(source: &Source) -> Parsed {
    parse(source, false)
}

/// What [`parse_yaml`] reads a file with that is not written in the usual way, for tests: what is read in both ways is the same.
#[must_use]
pub fn parse_unusual_yaml(source: &Source) -> Parsed {
    match super::check_size(source) {
        Ok(()) => events::read(source, true),
        Err(problem) => nothing_but(source, problem),
    }
}

fn parse(source: &Source, with_comments: bool) -> Parsed {
    match super::check_size(source) {
        Ok(()) => match usual::read(source, with_comments) {
            Some(tree) => Parsed { tree, problems: Vec::new() },
            None => events::read(source, with_comments),
        },
        Err(problem) => nothing_but(source, problem),
    }
}

/// Whether a text is read without the parser.
#[cfg(test)]
pub(super) fn is_usual(source: &Source) -> bool {
    usual::read(source, true).is_some()
}

fn nothing_but(source: &Source, problem: SyntaxProblem) -> Parsed {
    Parsed { tree: Tree::new(source.id(), super::Format::Yaml, 0), problems: vec![problem] }
}
