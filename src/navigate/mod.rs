//! What is where in a file, what leads where, what it takes, and where a suppression would be written: for editors.

mod definition;
mod ignore;
mod permissions;
mod symbols;

#[cfg(test)]
mod tests;

pub use definition::{Link, definition};
pub use ignore::{Insertion, comments, metadata};
pub use permissions::{Held, Permission, permissions};
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
