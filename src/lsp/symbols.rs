//! The outline of a document.

use gen_lsp_types::{DocumentSymbol, DocumentSymbolParams, SymbolKind};
use serde_json::Value;

use super::buffers;
use super::text::Lines;
use super::workspace::Workspace;
use crate::navigate::{self, Symbol};

/// What a document defines.
pub fn symbols(workspace: &Workspace, params: &DocumentSymbolParams) -> Value {
    let Some((buffer, folder)) = workspace.document(&buffers::key(&params.text_document.uri.0)) else {
        return Value::Null;
    };
    let name = folder.name_of_buffer(buffer);
    let Some(source) = folder.source(&name) else { return Value::Null };
    let lines = Lines::new(source.text(), workspace.client().encoding);
    let found = navigate::symbols(source, folder.documents(&name));
    let shown: Vec<DocumentSymbol> = found.into_iter().map(|symbol| shown(symbol, source.text(), &lines)).collect();
    serde_json::to_value(shown).unwrap_or_default()
}

#[expect(deprecated, reason = "a field of the protocol's type is, and must be given all the same")]
fn shown(symbol: Symbol, text: &str, lines: &Lines) -> DocumentSymbol {
    let children: Vec<DocumentSymbol> = symbol.children.into_iter().map(|child| shown(child, text, lines)).collect();
    DocumentSymbol {
        // The protocol takes no empty name.
        name: if symbol.name.trim().is_empty() { "\"\"".to_owned() } else { symbol.name },
        detail: symbol.detail,
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: lines.range(text, symbol.whole.range()),
        selection_range: lines.range(text, symbol.selection.range()),
        children: Some(children).filter(|children| !children.is_empty()),
    }
}

fn kind(kind: navigate::SymbolKind) -> SymbolKind {
    match kind {
        navigate::SymbolKind::Section => SymbolKind::Namespace,
        navigate::SymbolKind::Resource | navigate::SymbolKind::Task => SymbolKind::Class,
        navigate::SymbolKind::Parameter => SymbolKind::Variable,
        navigate::SymbolKind::Entry => SymbolKind::Key,
        navigate::SymbolKind::Container => SymbolKind::Object,
    }
}
