//! Text to a tree with byte spans: one shape for JSON and YAML.
//!
//! A [`Tree`] is a flat tape of 16-byte cells in source order; it owns nothing of the text, and a
//! scalar is decoded when it is asked for. YAML's short tags are written out while the tape is
//! built (`!Sub x` is the object `{"Fn::Sub": "x"}`), aliases are replaced by what they stand for,
//! and nothing here recurses deeper than it counts, so that the reader above meets one shape and no
//! depth can overflow the stack.

mod block;
mod duplicates;
mod json;
mod json_error;
mod json_token;
mod merge;
mod node;
mod scalar;
mod tape;
mod yaml;

pub use duplicates::DuplicateKey;
pub use json::parse_json;
pub use node::{Entry, Node};
pub use tape::Tree;
pub use yaml::{MOST_COPIES, parse_unusual_yaml, parse_yaml, parse_yaml_without_comments};

pub use crate::source::MappedText;
use crate::source::{Source, Span};

/// The notation a tree was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, with comments and trailing commas.
    Json,
    /// YAML.
    Yaml,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`, `~`, or nothing at all after a YAML key.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number, kept as it is written.
    Number,
    /// Text.
    String,
    /// A list.
    Array,
    /// Keys with values.
    Object,
}

/// What was read from a YAML file: every document that could be, and what was wrong with the others.
#[derive(Debug)]
pub struct Parsed {
    /// The documents without a syntax error.
    pub tree: Tree,
    /// One problem for each document with a syntax error, in source order.
    pub problems: Vec<SyntaxProblem>,
}

/// Text that is neither JSON nor YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// The character or token that is wrong; empty at the end of the file.
    pub span: Span,
    /// One sentence without a full stop.
    pub message: String,
}

/// So many values, keys included, a file may have. A template of 1 MB, which is what `CloudFormation` takes, has not half a million.
pub const MOST_VALUES: usize = 2_000_000;

/// How deep JSON may be nested: the parser's own limit.
pub const DEEPEST_JSON: usize = nojson::MAX_NESTING_DEPTH;

/// How deep YAML may be nested: the parser's own limit.
pub const DEEPEST_YAML: usize = 255;

/// Offsets are 32 bits wide.
fn check_size(source: &Source) -> Result<(), SyntaxProblem> {
    if u32::try_from(source.text().len()).is_ok_and(|length| length < u32::MAX) {
        return Ok(());
    }
    Err(SyntaxProblem { span: Span::start_of(source.id()), message: "the file is larger than 4 GiB".to_owned() })
}

fn too_many_values(span: Span) -> SyntaxProblem {
    SyntaxProblem { span, message: format!("this file has more than {MOST_VALUES} values") }
}

#[cfg(test)]
mod tests;
