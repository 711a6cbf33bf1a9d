//! Reading a tree.

use std::borrow::Cow;

use super::tape::{Cell, Style, Tree};
use super::{Kind, MappedText};
use super::{block, merge, scalar};
use crate::source::Span;

/// One value of a tree. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    tree: &'t Tree,
    text: &'t str,
    at: u32,
}

/// A key and its value in an object.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    key: Node<'t>,
    value: Node<'t>,
}

impl<'t> Node<'t> {
    pub(super) fn new(tree: &'t Tree, text: &'t str, at: u32) -> Self {
        Self { tree, text, at }
    }

    pub(super) fn cell(self) -> Cell {
        self.tree.cell(self.at)
    }

    /// What the value is.
    ///
    /// An unquoted YAML scalar is null, a boolean or a number where YAML's core schema says so; a
    /// tagged one (`!Sub x`) is an object with the one key that the tag stands for.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.cell().kind
    }

    /// Where the value is written, quotes included.
    ///
    /// A YAML block scalar reaches from its `|` or `>` to the end of its last line with text; a
    /// tagged value starts at its tag; an aliased one is where its anchor is.
    #[must_use]
    pub fn span(self) -> Span {
        let cell = self.cell();
        let end = if cell.style.is_block() { block::shown_end(self.text, cell.start, cell.end) } else { cell.end };
        Span::new(self.tree.file, cell.start, end)
    }

    /// The span without the quotes of a quoted string; the lines of a block scalar without its
    /// header.
    #[must_use]
    pub fn text_span_of_content(self) -> Span {
        let cell = self.cell();
        let span = self.span();
        let start = match cell.style {
            Style::Double | Style::Single => {
                return Span::new(span.file, span.start + 1, span.end.saturating_sub(1).max(span.start + 1));
            }
            Style::Literal | Style::Folded => block::content_start(cell, self.text),
            Style::Plain | Style::Tag => span.start,
        };
        Span::new(span.file, start.min(span.end), span.end)
    }

    /// The source text of the value, as it is written.
    #[must_use]
    pub fn raw(self) -> &'t str {
        self.text.get(self.span().range()).unwrap_or_default()
    }

    /// Whether the value is null.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The decoded text of a string, or a number or boolean as it is written; `None` for others.
    #[must_use]
    pub fn scalar(self) -> Option<Cow<'t, str>> {
        match self.kind() {
            Kind::String | Kind::Number | Kind::Bool => Some(scalar::text(self.cell(), self.text)),
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }

    /// The text that [`Node::scalar`] gives, with the way back to the bytes it was written with.
    #[must_use]
    pub fn mapped(self) -> Option<MappedText> {
        match self.kind() {
            Kind::String | Kind::Number | Kind::Bool => {
                let mut text = MappedText::decoded_from(self.text_span_of_content());
                scalar::decode(self.cell(), self.text, &mut text);
                Some(text)
            }
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }

    /// The value of a key: the last one when the key is there more than once, as CloudFormation
    /// and the AWS CLI take it. Looks through YAML merges (`<<`).
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(Entry::value)
    }

    /// The entry that [`Node::get`] takes the value of.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        self.entry_spelled(key.as_bytes().first().copied(), key)
    }

    /// [`Node::entry`] for the key that is given in camel case (`executionRoleArn`) and written in Pascal case (`ExecutionRoleArn`).
    #[must_use]
    pub fn entry_in_pascal_case(self, key: &str) -> Option<Entry<'t>> {
        self.entry_spelled(key.as_bytes().first().map(u8::to_ascii_uppercase), key)
    }

    fn entry_spelled(self, first: Option<u8>, key: &str) -> Option<Entry<'t>> {
        let rest = key.as_bytes().get(1..).unwrap_or_default();
        if self.has_merges() {
            return merge::entry(self, &|entry| entry.is_spelled(first, rest));
        }
        let length = rest.len() + usize::from(first.is_some());
        let cell = self.cell();
        let end = if cell.kind == Kind::Object { cell.next } else { 0 };
        let (mut at, mut found) = (self.at.saturating_add(1), None);
        while at < end {
            let (key, value) = (self.tree.cell(at), self.tree.after(at));
            // The length alone tells most keys apart.
            if scalar::may_have_length(key, length) {
                let entry = Entry { key: Node { at, ..self }, value: Node { at: value, ..self } };
                found = if entry.is_spelled(first, rest) { Some(entry) } else { found };
            }
            at = self.tree.after(value);
        }
        found
    }

    /// The entries of an object, in source order and with duplicates; what YAML merges (`<<`) bring
    /// and the object does not override comes last.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let merged = self.has_merges().then(|| merge::entries(self));
        let own = if merged.is_some() { None } else { Some(self.own_entries()) };
        own.into_iter().flatten().chain(merged.into_iter().flatten())
    }

    /// The items of an array; none for what is no array.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> {
        self.children(Kind::Array)
    }

    /// The entry of an object that has exactly one.
    #[must_use]
    pub fn only_entry(self) -> Option<Entry<'t>> {
        let cell = self.cell();
        let key = self.at.saturating_add(1);
        let value = self.tree.after(key);
        // Asked of nearly every value, of which most are no objects or have more entries.
        if cell.kind != Kind::Object || key >= cell.next || !self.has_merges() && self.tree.after(value) < cell.next {
            return None;
        }
        let mut entries = self.entries();
        let first = entries.next()?;
        entries.next().is_none().then_some(first)
    }

    /// How many items or entries there are; 0 for a scalar.
    #[must_use]
    pub fn len(self) -> usize {
        match self.kind() {
            Kind::Object => self.entries().count(),
            _ => self.items().count(),
        }
    }

    /// Whether there are no items and no entries.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.items().next().is_none() && self.entries().next().is_none()
    }

    /// Whether a key of that name may be anywhere in the file that the value is of: cheap, and `false` for most files.
    #[must_use]
    pub fn may_have_key_in_file(self, key: &str) -> bool {
        let bytes = self.text.as_bytes();
        let is_there = |text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
        // A key may be written with escapes.
        is_there(key) || ["\\u", "\\x", "\\U"].iter().any(|escape| is_there(escape))
    }

    /// Whether the text may be a key or a string in the value: cheap, and `false` for most that have none.
    #[must_use]
    pub fn may_hold_text(self, text: &str) -> bool {
        let holds = |cell: &Cell| {
            cell.kind == Kind::String
                && scalar::may_have_length(*cell, text.len())
                && match scalar::verbatim(*cell, self.text) {
                    Some(written) => written == text.as_bytes(),
                    None => cell.style != Style::Tag || scalar::text(*cell, self.text) == text,
                }
        };
        self.tree.within(self.at).iter().any(holds)
    }

    pub(super) fn has_merges(self) -> bool {
        let cell = self.cell();
        cell.kind == Kind::Object && cell.extra == 1
    }

    /// The entries as they are written in the object itself, merge keys among them.
    pub fn own_entries(self) -> impl Iterator<Item = Entry<'t>> {
        let mut children = self.children(Kind::Object);
        std::iter::from_fn(move || {
            let key = children.next()?;
            let value = children.next()?;
            Some(Entry { key, value })
        })
    }

    fn children(self, of: Kind) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let cell = self.cell();
        let end = if cell.kind == of { cell.next } else { 0 };
        let mut at = self.at.saturating_add(1);
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let child = Node { at, ..self };
            at = self.tree.after(at);
            Some(child)
        })
    }
}

impl<'t> Entry<'t> {
    /// The decoded key; the source text of a YAML key that is null or no scalar.
    #[must_use]
    pub fn key(self) -> Cow<'t, str> {
        match self.key.scalar() {
            Some(text) => text,
            None => Cow::Borrowed(self.key.raw()),
        }
    }

    /// The key with the way back to the bytes it was written with; `None` for a YAML key that is null or no scalar.
    #[must_use]
    pub fn key_text(self) -> Option<MappedText> {
        self.key.mapped()
    }

    /// Where the key is written, quotes included; the tag of a tagged YAML value.
    #[must_use]
    pub fn key_span(self) -> Span {
        self.key.span()
    }

    /// The value.
    #[must_use]
    pub fn value(self) -> Node<'t> {
        self.value
    }

    /// Whether the key is this text.
    pub(super) fn has_key(self, key: &str) -> bool {
        self.is_spelled(key.as_bytes().first().copied(), key.as_bytes().get(1..).unwrap_or_default())
    }

    /// Whether the key is this byte, if there is any, and behind it these.
    fn is_spelled(self, first: Option<u8>, rest: &[u8]) -> bool {
        // Most keys that are compared begin otherwise or are of another length.
        let is_it = |key: &[u8]| key.first().copied() == first && key.get(1..).unwrap_or_default() == rest;
        match self.verbatim_key() {
            Some(key) => is_it(key),
            None => is_it(self.key().as_bytes()),
        }
    }

    /// The bytes of the key, if that is what stands there.
    pub(super) fn verbatim_key(self) -> Option<&'t [u8]> {
        scalar::verbatim(self.key.cell(), self.key.text)
    }

    pub(super) fn has_scalar_key(self) -> bool {
        !matches!(self.key.kind(), Kind::Array | Kind::Object)
    }

    /// Whether this is YAML's merge key, an unquoted `<<`.
    pub(super) fn is_merge(self) -> bool {
        let cell = self.key.cell();
        cell.style == Style::Plain && cell.kind == Kind::String && self.has_key("<<")
    }
}
