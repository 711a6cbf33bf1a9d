//! YAML merge keys: `<<: *defaults` and `<<: [*a, *b]`.
//!
//! What an object says itself wins over what it merges, the last merge key wins over those before
//! it, and in a list of merged objects the first wins.

use std::collections::HashSet;

use super::Kind;
use super::node::{Entry, Node};

/// The entry that `is_it` is true of, in an object with merge keys.
pub(super) fn entry<'t>(object: Node<'t>, is_it: &dyn Fn(&Entry<'t>) -> bool) -> Option<Entry<'t>> {
    Layers::of(object).find_map(|layer| own(layer).filter(is_it).last())
}

/// All entries of an object with merge keys: its own, then those merged that nothing overrides.
pub(super) fn entries(object: Node<'_>) -> impl Iterator<Item = Entry<'_>> {
    let mut layers = Layers::of(object);
    let first: Vec<_> = layers.next().into_iter().flat_map(own).collect();
    let mut seen: HashSet<_> = first.iter().map(|entry| entry.key()).collect();
    let mut all = first;
    for layer in layers {
        let kept = all.len();
        all.extend(own(layer).filter(|entry| !seen.contains(&entry.key())));
        seen.extend(all.iter().skip(kept).map(|entry| entry.key()));
    }
    all.into_iter()
}

/// The entries an object has besides its merge keys. A merge key whose value cannot be merged is an
/// entry like any other.
fn own(object: Node<'_>) -> impl Iterator<Item = Entry<'_>> {
    object.own_entries().filter(|entry| !merges(*entry))
}

fn merges(entry: Entry<'_>) -> bool {
    entry.is_merge() && matches!(entry.value().kind(), Kind::Object | Kind::Array)
}

/// An object and all it merges, the winners first.
struct Layers<'t> {
    waiting: Vec<Node<'t>>,
}

impl<'t> Layers<'t> {
    fn of(object: Node<'t>) -> Self {
        Self { waiting: vec![object] }
    }
}

impl<'t> Iterator for Layers<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let object = self.waiting.pop()?;
        if object.has_merges() {
            // The last to be pushed is the next to be read: merge keys in source order, the list
            // of each backwards.
            for merged in object.own_entries().filter(|entry| merges(*entry)) {
                let value = merged.value();
                let list = value.items().filter(|item| item.kind() == Kind::Object);
                let mut objects: Vec<_> = list.collect();
                objects.reverse();
                self.waiting.extend(objects);
                self.waiting.extend(Some(value).filter(|value| value.kind() == Kind::Object));
            }
        }
        Some(object)
    }
}
