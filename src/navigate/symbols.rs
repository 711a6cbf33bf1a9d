//! The outline of a file.

use std::sync::Arc;

use super::tree;
use crate::model::{Document, DocumentKind};
use crate::source::{Source, Span};
use crate::syntax::{Entry, Kind, Node};

/// Something that a file defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its type, for a resource.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub whole: Span,
    /// Its name, within all of it.
    pub selection: Span,
    /// What is defined in it.
    pub children: Vec<Symbol>,
}

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A section of a template.
    Section,
    /// A resource.
    Resource,
    /// A parameter.
    Parameter,
    /// A mapping, a condition or an output.
    Entry,
    /// A task definition.
    Task,
    /// A container.
    Container,
}

const SECTIONS: [(&str, SymbolKind); 5] = [
    ("Parameters", SymbolKind::Parameter),
    ("Mappings", SymbolKind::Entry),
    ("Conditions", SymbolKind::Entry),
    ("Resources", SymbolKind::Resource),
    ("Outputs", SymbolKind::Entry),
];

/// What a file defines, in the order of the file.
#[must_use]
pub fn symbols(source: &Source, documents: &[Arc<Document>]) -> Vec<Symbol> {
    let Some(first) = documents.first() else { return Vec::new() };
    let Some(tree) = tree(source, first) else { return Vec::new() };
    let mut containers: Vec<Symbol> = documents.iter().flat_map(|document| containers(source, document)).collect();
    containers.sort_by_key(|container| container.whole);
    containers.dedup_by_key(|container| container.whole);
    let mut found: Vec<Symbol> = Vec::new();
    for root in tree.roots(source) {
        let entries = root.entries().filter(|_| first.kind == DocumentKind::Template);
        found.extend(entries.filter_map(|entry| section(&entry)));
    }
    if first.kind != DocumentKind::Template {
        found.extend(documents.iter().flat_map(|document| tasks(source, document)));
    }
    for container in containers {
        adopt(&mut found, container);
    }
    found
}

fn section(entry: &Entry<'_>) -> Option<Symbol> {
    let key = entry.key();
    let (name, kind) = SECTIONS.iter().find(|(name, _)| *name == key)?;
    let children = entry.value().entries().map(|child| named(&child, *kind)).collect();
    Some(Symbol { children, ..named_as(entry, (*name).to_owned(), SymbolKind::Section) })
}

fn named(entry: &Entry<'_>, kind: SymbolKind) -> Symbol {
    let written = entry.value().get("Type").filter(|node| node.kind() == Kind::String);
    let detail = written.and_then(Node::scalar).map(std::borrow::Cow::into_owned);
    Symbol { detail, ..named_as(entry, entry.key().into_owned(), kind) }
}

fn named_as(entry: &Entry<'_>, name: String, kind: SymbolKind) -> Symbol {
    let selection = entry.key_span();
    let whole = Span { end: entry.value().span().end.max(selection.end), ..selection };
    Symbol { name, detail: None, kind, whole, selection, children: Vec::new() }
}

fn tasks<'d>(source: &'d Source, document: &'d Document) -> impl Iterator<Item = Symbol> + 'd {
    document.resources.iter().map(|extent| at_start(source, &extent.name, extent.span, SymbolKind::Task))
}

fn containers<'d>(source: &'d Source, document: &'d Document) -> impl Iterator<Item = Symbol> + 'd {
    document.containers.iter().map(|extent| at_start(source, &extent.name, extent.span, SymbolKind::Container))
}

/// A symbol that is selected by its first line.
fn at_start(source: &Source, name: &str, whole: Span, kind: SymbolKind) -> Symbol {
    let line = source.slice(whole).lines().next().unwrap_or_default().len();
    let end = whole.start.saturating_add(u32::try_from(line).unwrap_or(0));
    let selection = Span { end, ..whole };
    Symbol { name: name.to_owned(), detail: None, kind, whole, selection, children: Vec::new() }
}

/// Puts a container into the innermost symbol around it.
fn adopt(symbols: &mut Vec<Symbol>, container: Symbol) {
    match symbols.iter_mut().find(|symbol| symbol.whole.contains(container.whole) && symbol.whole != container.whole) {
        Some(around) => adopt(&mut around.children, container),
        None => symbols.push(container),
    }
}
