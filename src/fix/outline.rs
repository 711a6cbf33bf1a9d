//! A tree as an editor needs it: every value with what it is in, and where the notation's own characters around it are.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::layout::Layout;
use crate::source::{Source, Span};
use crate::syntax::{Kind, Node, Tree};

/// One value of the tree.
#[derive(Clone, Debug)]
pub(super) struct Element<'t> {
    pub node: Node<'t>,
    /// Where its key is written, if it has one.
    pub key: Option<Span>,
    /// The element that it is in.
    pub parent: Option<usize>,
    /// What is in it.
    pub children: Range<usize>,
    /// Whether it stands for something that is written elsewhere, as an alias does.
    repeated: bool,
}

/// How the elements of a container are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By commas between brackets.
    Flow,
    /// By lines.
    Block,
    /// It is a short tag with its value.
    Tag,
}

/// The values of a file, each behind what it is in.
pub(super) struct Outline<'t> {
    pub layout: Layout<'t>,
    pub tree: &'t Tree,
    pub elements: Vec<Element<'t>>,
    /// What aliases repeat: a change there would be one elsewhere too.
    shared: HashSet<Span>,
    /// The first element whose key is written there, and the last whose value is; without repetitions.
    by_key: HashMap<Span, usize>,
    by_value: HashMap<Span, usize>,
    /// The last object that has all of these keys, as far as it was asked for.
    pub models: RefCell<HashMap<Vec<String>, Option<usize>>>,
}

impl<'t> Outline<'t> {
    pub(super) fn new(tree: &'t Tree, source: &'t Source) -> Self {
        let roots = tree.roots(source);
        let mut elements: Vec<Element<'t>> =
            roots.map(|node| Element { node, key: None, parent: None, children: 0..0, repeated: false }).collect();
        let mut shared = HashSet::new();
        let mut at = 0;
        while let Some(element) = elements.get(at).cloned() {
            let first = elements.len();
            let whole = element.node.span();
            let entries = element.node.own_entries().map(|entry| (Some(entry.key_span()), entry.value()));
            let items = element.node.items().map(|item| (None, item));
            for (key, node) in entries.chain(items) {
                let span = node.span();
                let repeated = element.repeated || span.start < span.end && !whole.contains(span);
                if repeated {
                    shared.insert(span);
                    shared.extend(key);
                }
                elements.push(Element { node, key, parent: Some(at), children: 0..0, repeated });
            }
            let children = first..elements.len();
            if let Some(element) = elements.get_mut(at) {
                element.children = children;
            }
            at += 1;
        }
        let (mut by_key, mut by_value) = (HashMap::new(), HashMap::new());
        for (at, element) in elements.iter().enumerate().filter(|(_, element)| !element.repeated) {
            if let Some(key) = element.key {
                by_key.entry(key).or_insert(at);
            }
            // Of a list with one item that begin at the same place, the item.
            by_value.insert(element.node.span(), at);
        }
        let layout = Layout::new(source, tree.comments());
        Self { layout, tree, elements, shared, by_key, by_value, models: RefCell::default() }
    }

    pub(super) fn get(&self, at: usize) -> Option<&Element<'t>> {
        self.elements.get(at)
    }

    /// The element whose key or value is written at that place, and nowhere else.
    pub(super) fn find(&self, place: Span) -> Option<usize> {
        if self.shared.contains(&place) {
            return None;
        }
        self.by_key.get(&place).or_else(|| self.by_value.get(&place)).copied()
    }

    /// The string that has these characters.
    pub(super) fn string_around(&self, place: Span) -> Option<usize> {
        let has = |element: &Element<'_>| {
            element.node.kind() == Kind::String && element.node.span().contains(place) && !element.repeated
        };
        let at = self.elements.iter().position(has)?;
        self.get(at).filter(|element| !self.shared.contains(&element.node.span())).map(|_| at)
    }

    /// The value of a key, as it is written in the object itself.
    pub(super) fn child(&self, of: usize, key: &str) -> Option<usize> {
        let object = self.get(of)?;
        let at = object.node.own_entries().enumerate().filter(|(_, entry)| entry.key() == key).last()?.0;
        let child = object.children.start + at;
        (!self.get(child)?.repeated).then_some(child)
    }

    /// Whether aliases repeat the element, or it is itself such a repetition.
    pub(super) fn is_shared(&self, at: usize) -> bool {
        self.get(at).is_none_or(|element| element.repeated || self.shared.contains(&element.node.span()))
    }

    fn first_of(&self, container: usize) -> Option<&Element<'t>> {
        let children = &self.get(container)?.children;
        if children.is_empty() { None } else { self.get(children.start) }
    }

    /// The first byte of a value, the dash of its first item included where it is a list by lines.
    pub(super) fn start_of(&self, at: usize) -> Option<usize> {
        let element = self.get(at)?;
        if element.node.kind() == Kind::Array && self.form(at) == Some(Form::Block) {
            return self.extent(element.children.start).map(|extent| extent.start);
        }
        Some(element.node.span().start as usize)
    }

    /// How the elements of a container are parted.
    pub(super) fn form(&self, container: usize) -> Option<Form> {
        let node = self.get(container)?.node;
        let raw = node.raw();
        Some(match node.kind() {
            Kind::Object if raw.starts_with('!') => Form::Tag,
            Kind::Object if raw.starts_with('{') && raw.ends_with('}') => Form::Flow,
            // A list as far left as its key begins at its first item, which may have brackets of its own.
            Kind::Array
                if self.first_of(container).is_some_and(|first| first.node.span().start <= node.span().start) =>
            {
                Form::Block
            }
            Kind::Array if raw.starts_with('[') && raw.ends_with(']') => Form::Flow,
            Kind::Array if self.get(container)?.children.is_empty() => return None,
            Kind::Object | Kind::Array => Form::Block,
            _ => return None,
        })
    }

    /// Past the last byte of a value that is written out. (A value in block form that ends with nothing has no end of its own.)
    fn end_of(&self, at: usize) -> Option<usize> {
        let mut at = at;
        loop {
            let element = self.get(at)?;
            let form = self.form(at);
            let last = element.children.end.checked_sub(1).filter(|_| !element.children.is_empty());
            let Some(last) = last.filter(|_| matches!(form, Some(Form::Block | Form::Tag))) else {
                return Some(element.node.span().end as usize);
            };
            let child = self.get(last)?;
            let is_missing = child.node.is_null() && child.node.raw().is_empty();
            if child.repeated || is_missing {
                return match (form, child.key) {
                    (Some(Form::Tag), Some(tag)) => Some(tag.end as usize),
                    _ => self.extent(last).map(|extent| extent.end),
                };
            }
            at = last;
        }
    }

    /// From the first byte of an entry or an item, the dash of a list in YAML included, to the last of its value.
    pub(super) fn extent(&self, at: usize) -> Option<Range<usize>> {
        let element = self.get(at)?;
        let span = element.node.span().range();
        let is_missing = span.is_empty() && element.node.is_null();
        let Some(key) = element.key else {
            let in_block = self.form(element.parent?)? == Form::Block;
            let start = if in_block { self.layout.dash_before(span.start)? } else { span.start };
            return if is_missing || element.repeated { None } else { Some(start..self.end_of(at)?) };
        };
        let key = key.range();
        if !is_missing && !element.repeated {
            return Some(key.start..self.end_of(at)?);
        }
        let between = self.layout.text.get(key.end..)?;
        let colon = key.end + (between.len() - between.trim_start_matches([' ', '\t']).len());
        self.layout.text.get(colon..)?.strip_prefix(':')?;
        let value = self.layout.past_blanks(colon + 1);
        let rest = self.layout.text.get(value..)?;
        if element.repeated {
            let name = rest.strip_prefix('*')?;
            let length = name.find([' ', '\t', '\r', '\n', ',', ']', '}']).unwrap_or(name.len());
            return Some(key.start..value + 1 + length);
        }
        // A tag or an anchor without a value.
        (!rest.starts_with(['!', '&'])).then_some(key.start..colon + 1)
    }
}
