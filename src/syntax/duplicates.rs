//! Keys that are there more than once in one object.

use std::collections::{HashMap, HashSet};

use super::{Kind, Node, Tree};
use crate::source::{Source, Span};

/// A key that an object has more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The decoded key.
    pub key: String,
    /// Where it is first.
    pub first: Span,
    /// Where it is last: the one that AWS takes.
    pub last: Span,
}

impl Tree {
    /// The duplicate keys of every object, in source order of the objects and of their keys.
    ///
    /// What aliases repeat is reported once. `source` is the text the tree was parsed from.
    #[must_use]
    pub fn duplicate_keys<'t>(&'t self, source: &'t Source) -> Vec<DuplicateKey> {
        let mut found = Vec::new();
        let mut reported = HashSet::new();
        for at in 0..self.len() {
            if self.cell(at).kind == Kind::Object {
                let object = Node::new(self, source.text(), at);
                let duplicates = duplicates_of(object).into_iter();
                found.extend(duplicates.filter(|duplicate| reported.insert((duplicate.first, duplicate.last))));
            }
        }
        found
    }
}

fn duplicates_of(object: Node<'_>) -> Vec<DuplicateKey> {
    let mut places: HashMap<_, usize> = HashMap::new();
    let mut keys: Vec<(DuplicateKey, bool)> = Vec::new();
    for entry in object.own_entries() {
        if !entry.has_scalar_key() || entry.is_merge() {
            continue;
        }
        let span = entry.key_span();
        let known = places.get(&entry.key()).and_then(|&at| keys.get_mut(at));
        if let Some((duplicate, repeated)) = known {
            duplicate.last = span;
            *repeated = true;
        } else {
            places.insert(entry.key(), keys.len());
            let key = DuplicateKey { key: entry.key().into_owned(), first: span, last: span };
            keys.push((key, false));
        }
    }
    let repeated = keys.into_iter().filter(|(_, repeated)| *repeated);
    repeated.map(|(duplicate, _)| duplicate).collect()
}
