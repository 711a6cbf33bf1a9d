//! From a reference to what it names.

use std::sync::Arc;

use super::{touches, tree};
use crate::link::RoleLink;
use crate::model::{Document, DocumentKind, Field, SecretTarget, Text};
use crate::source::{Source, Span};
use crate::syntax::{Entry, Kind, Node};

/// A reference, and where what it names is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The name, where it is referred to.
    pub from: Span,
    /// The name, where it is defined. That may be in a file of the settings.
    pub to: Span,
}

/// What the reference at `at`, a byte offset of the file, leads to: `Ref`, `Fn::GetAtt`, `Fn::Sub`, `DependsOn`, the conditions and
/// mappings that functions name, execution and task roles, and secrets.
#[must_use]
pub fn definition(source: &Source, documents: &[Arc<Document>], at: u32) -> Option<Link> {
    let first = documents.first()?;
    let written = || {
        let tree = tree(source, first).filter(|_| first.kind == DocumentKind::Template)?;
        tree.roots(source).find_map(|root| in_template(root, at))
    };
    written().or_else(|| documents.iter().find_map(|document| by_name(document, at)))
}

fn in_template(root: Node<'_>, at: u32) -> Option<Link> {
    let mut node = root;
    while touches(node.span(), at) {
        let item = node.items().find(|item| touches(item.span(), at));
        let entry = node.entries().find(|entry| touches(entry.value().span(), at));
        node = match (item, entry) {
            (Some(item), _) => item,
            (None, Some(entry)) => match reference(root, &entry, at) {
                Some(link) => return Some(link),
                None => entry.value(),
            },
            (None, None) => return None,
        };
    }
    None
}

/// What the value of an entry refers to at that place.
fn reference(root: Node<'_>, entry: &Entry<'_>, at: u32) -> Option<Link> {
    let value = entry.value();
    let resources = &["Resources", "Parameters"][..];
    let first = || value.items().next().filter(|item| touches(item.span(), at));
    let (node, sections) = match entry.key().as_ref() {
        "DependsOn" if value.kind() == Kind::Array => (value.items().find(|item| touches(item.span(), at))?, resources),
        "Ref" | "DependsOn" => (value, resources),
        "Fn::GetAtt" if value.kind() == Kind::Array => (value.items().next()?, resources),
        "Fn::GetAtt" => return part(root, value, resources, |text| text.find('.').unwrap_or(text.len())),
        "Fn::Sub" => return in_sub(root, value, at),
        "Condition" => (value, &["Conditions"][..]),
        "Fn::If" => (first()?, &["Conditions"][..]),
        "Fn::FindInMap" => (first()?, &["Mappings"][..]),
        _ => return None,
    };
    part(root, node, sections, str::len)
}

/// The link of a name that a text begins with, up to `end`.
fn part(root: Node<'_>, node: Node<'_>, sections: &[&str], end: impl Fn(&str) -> usize) -> Option<Link> {
    let text = node.mapped()?;
    let range = 0..end(text.as_str());
    let to = defined(root, text.as_str().get(range.clone())?, sections)?;
    Some(Link { from: text.span(range), to })
}

fn in_sub(root: Node<'_>, value: Node<'_>, at: u32) -> Option<Link> {
    let (template, variables) = match value.kind() {
        Kind::Array => (value.items().next()?, value.items().nth(1)),
        _ => (value, None),
    };
    let text = template.mapped()?;
    for (open, _) in text.as_str().match_indices("${") {
        let rest = text.as_str().get(open + 2..)?;
        let Some(close) = rest.find('}') else { break };
        let inner = rest.get(..close)?;
        let name = inner.split('.').next().unwrap_or_default().trim();
        let begin = open + 2 + (inner.len() - inner.trim_start().len());
        if !touches(text.span(open..open + close + 3), at) || name.starts_with('!') {
            continue;
        }
        let own = variables.and_then(|variables| variables.entry(inner.trim())).map(Entry::key_span);
        let to = own.or_else(|| defined(root, name, &["Resources", "Parameters"]))?;
        return Some(Link { from: text.span(begin..begin + name.len()), to });
    }
    None
}

/// Where one of the sections defines the name.
fn defined(root: Node<'_>, name: &str, sections: &[&str]) -> Option<Span> {
    let mut sections = sections.iter().filter_map(|section| root.get(section));
    sections
        .find_map(|section| section.entry(name))
        .map(|entry| entry.key_text().map_or(entry.key_span(), |text| text.span(0..text.as_str().len())))
}

/// Roles and secrets that are named by an ARN or a name.
fn by_name(document: &Document, at: u32) -> Option<Link> {
    let role = |text: &Text| match document.role(text) {
        RoleLink::Here(role) => Some(role.key),
        RoleLink::Elsewhere => None,
    };
    for task in &document.tasks {
        for field in [&task.execution_role, &task.task_role] {
            if let Some(link) = of_field(field, at, role) {
                return Some(link);
            }
        }
        for (_, secret) in task.secret_uses() {
            let target = |text: &Text| match document.target(secret.place, text) {
                SecretTarget::TemplateSecret { id, .. } => document.secret(&id).map(|secret| secret.key),
                _ => None,
            };
            if let Some(link) = of_field(&secret.value, at, target) {
                return Some(link);
            }
        }
    }
    None
}

fn of_field(field: &Field<Text>, at: u32, target: impl Fn(&Text) -> Option<Span>) -> Option<Link> {
    let here = field.known().filter(|(_, case)| touches(case.span, at));
    here.filter_map(|(text, case)| Some(Link { from: case.span, to: target(text)? })).find(|link| link.from != link.to)
}
