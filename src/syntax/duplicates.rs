//! Keys that are there more than once in one object.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use smallvec::SmallVec;

use super::{Entry, Kind, Node, Tree};
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
        let mut entries = Vec::new();
        for at in 0..self.len() {
            let cell = self.cell(at);
            // Many objects have one key, and that a value behind it.
            let is_single = || self.cell(self.cell(at + 1).next).next == cell.next;
            if cell.kind == Kind::Object && !is_single() {
                let object = Node::new(self, source.text(), at);
                let duplicates = duplicates_of(object, &mut entries).into_iter();
                found.extend(duplicates.filter(|duplicate| reported.insert((duplicate.first, duplicate.last))));
            }
        }
        found
    }
}

/// `entries` is room for those of the object.
fn duplicates_of<'t>(object: Node<'t>, entries: &mut Vec<(Cow<'t, str>, Entry<'t>)>) -> Vec<DuplicateKey> {
    if are_plainly_different(object) {
        return Vec::new();
    }
    entries.clear();
    let named = object.own_entries().filter(|entry| entry.has_scalar_key() && !entry.is_merge());
    entries.extend(named.map(|entry| (entry.key(), entry)));
    let mut places = HashMap::new();
    let mut keys: Vec<(&Entry<'_>, &Entry<'_>)> = Vec::new();
    for (key, entry) in entries.iter() {
        let place = *places.entry(key).or_insert(keys.len());
        match keys.get_mut(place) {
            Some((_, last)) => *last = entry,
            None => keys.push((entry, entry)),
        }
    }
    let repeated = keys.into_iter().filter(|(first, last)| first.key_span() != last.key_span());
    repeated
        .map(|(first, last)| DuplicateKey {
            key: first.key().into_owned(),
            first: first.key_span(),
            last: last.key_span(),
        })
        .collect()
}

/// Up to so many keys are compared with each other, which is cheaper than to sort them.
const FEW: usize = 12;

/// Whether the keys are written without escapes, and no two are the same.
fn are_plainly_different(object: Node<'_>) -> bool {
    let mut keys = SmallVec::<[&[u8]; FEW]>::new();
    for entry in object.own_entries() {
        let Some(key) = entry.verbatim_key() else { return false };
        if keys.len() < FEW && keys.contains(&key) {
            return false;
        }
        keys.push(key);
    }
    if keys.len() > FEW {
        keys.sort_unstable();
        return keys.windows(2).all(|pair| pair.first() != pair.last());
    }
    true
}
