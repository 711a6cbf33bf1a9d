//! What is where in a file, what leads where, what it comes to and why, and where a suppression would be written: for editors.

mod definition;
mod explain;
mod ignore;
mod symbols;

#[cfg(test)]
mod tests;

pub use definition::{Link, definition};
pub use explain::{Explainer, Fact, Insight, Mark, Phrase, Piece, secrets_of};
pub use ignore::{Insertion, REASON, comments, metadata};
pub use symbols::{Symbol, SymbolKind, symbols};

use crate::model::{Document, DocumentKind, Notation};
use crate::source::{Source, Span};
use crate::syntax::{self, Tree};

/// The tree of a file that says what the document does; `None` for a script, which has none.
fn tree(source: &Source, document: &Document) -> Option<Tree> {
    match (document.kind, document.notation) {
        (DocumentKind::LaunchScript, _) => None,
        (_, Notation::Json) => syntax::parse_json(source).ok(),
        (_, Notation::Yaml) => Some(syntax::parse_yaml(source).tree),
    }
}

/// Whether a cursor is in a span, or right behind it.
fn touches(span: Span, at: u32) -> bool {
    (span.start..=span.end).contains(&at)
}
