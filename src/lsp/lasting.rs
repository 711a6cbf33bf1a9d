//! Findings that outlast a syntax error: while a document cannot be read, those of its last good text still hold where nothing
//! was typed since.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use gen_lsp_types::{Diagnostic, Range as Place};

use super::diagnostics::{Shown, are_same};
use super::text::{Encoding, Lines};
use crate::source::Source;

/// The open documents as they were when they could be read last, by their keys.
#[derive(Debug, Default)]
pub struct Lasting(BTreeMap<String, Good>);

/// A text that could be read, and what was found in it.
#[derive(Debug)]
struct Good {
    source: Arc<Source>,
    found: Shown,
}

impl Lasting {
    /// Forgets every document: what was found is not what would be found by now.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Forgets all documents but those that are open.
    pub fn retain(&mut self, is_open: impl Fn(&str) -> bool) {
        self.0.retain(|key, _| is_open(key));
    }

    /// Takes note of what was found in a text that can be read.
    pub fn keep(&mut self, key: &str, source: &Arc<Source>, found: &Shown) {
        match self.0.get(key) {
            Some(good) if Arc::ptr_eq(&good.source, source) && are_same(&good.found, found) => {}
            _ => {
                self.0.insert(key.to_owned(), Good { source: Arc::clone(source), found: Arc::clone(found) });
            }
        }
    }

    /// What was found when the document could be read last and lies outside of what has changed since, where it is by now.
    pub fn of_broken(&self, key: &str, text: &str, uri: &str, encoding: Encoding) -> Vec<Arc<Diagnostic>> {
        let Some(good) = self.0.get(key) else { return Vec::new() };
        let moving = Moving::new(good.source.text(), text, encoding);
        let moved = good.found.iter().filter_map(|finding| {
            let range = moving.range(finding.range)?;
            let related = finding.related_information.clone().map(|related| {
                let related = related.into_iter().filter_map(|mut one| {
                    if one.location.uri.0 == uri {
                        one.location.range = moving.range(one.location.range)?;
                    }
                    Some(one)
                });
                related.collect()
            });
            Some(Arc::new(Diagnostic { range, related_information: related, ..Diagnostic::clone(finding) }))
        });
        moved.collect()
    }
}

/// Where the places of one text are in another that it was changed into.
struct Moving<'t> {
    old: (&'t str, Lines),
    new: (&'t str, Lines),
    /// The bytes of the old text that are not in the new one.
    changed: Range<usize>,
}

impl<'t> Moving<'t> {
    fn new(old: &'t str, new: &'t str, encoding: Encoding) -> Self {
        let changed = changed(old, new);
        Self { old: (old, Lines::new(old, encoding)), new: (new, Lines::new(new, encoding)), changed }
    }

    /// The range in the new text; `None` where it touches what was changed.
    fn range(&self, range: Place) -> Option<Place> {
        let (text, lines) = &self.old;
        let (start, end) = (lines.offset(text, range.start), lines.offset(text, range.end));
        let by_new = |bytes: Range<usize>| self.new.1.range(self.new.0, bytes);
        if end < self.changed.start {
            return Some(by_new(start..end));
        }
        // Both texts end alike from here on.
        let moved = |at: usize| (at + self.new.0.len()).checked_sub(text.len());
        (start > self.changed.end).then(|| Some(by_new(moved(start)?..moved(end)?))).flatten()
    }
}

/// The bytes of the old text between what both begin with and what both end with.
fn changed(old: &str, new: &str) -> Range<usize> {
    let same = |(one, other): &(&u8, &u8)| one == other;
    let before = old.as_bytes().iter().zip(new.as_bytes()).take_while(same).count();
    let rest = |text: &str| text.len() - before;
    let most = rest(old).min(rest(new));
    let behind = old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(|(one, other)| one == other).count();
    before..old.len() - behind
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::Position;
    use proptest::prelude::*;

    use super::*;

    fn place(line: u32, start: u32, end: u32) -> Place {
        Place { start: Position { line, character: start }, end: Position { line, character: end } }
    }

    #[test]
    fn what_was_not_touched_moves_with_its_text() {
        let old = "a: é x\nb: y\nc: z\n";
        let moving = |new: &'static str| Moving::new(old, new, Encoding::Utf16);
        // In front of, at, and behind an insertion in the second line.
        let inserted = moving("a: é x\nb: \n\n[y\nc: z\n");
        assert_eq!(inserted.range(place(0, 5, 6)), Some(place(0, 5, 6)));
        assert_eq!(inserted.range(place(1, 3, 4)), None);
        assert_eq!(inserted.range(place(1, 0, 3)), None);
        assert_eq!(inserted.range(place(1, 0, 2)), Some(place(1, 0, 2)));
        assert_eq!(inserted.range(place(2, 3, 4)), Some(place(4, 3, 4)));
        let removed = moving("a: é \nc: z\n");
        assert_eq!(removed.range(place(0, 5, 6)), None);
        assert_eq!(removed.range(place(2, 3, 4)), Some(place(1, 3, 4)));
        assert_eq!(moving("").range(place(0, 0, 1)), None);
    }

    proptest! {
        /// What is kept has the words that it had.
        #[test]
        fn what_is_kept_is_the_same_text(old in "[ab\né]{0,12}", new in "[ab\né]{0,12}", from in 0..12usize, to in 0..12usize) {
            let at = |n: usize| (0..=n.min(old.len())).rev().find(|at| old.is_char_boundary(*at)).unwrap();
            let (from, to) = (at(from.min(to)), at(from.max(to)));
            let moving = Moving::new(&old, &new, Encoding::Utf16);
            let range = moving.old.1.range(&old, from..to);
            if let Some(moved) = moving.range(range) {
                let bytes = |place| moving.new.1.offset(&new, place);
                prop_assert_eq!(&old[from..to], &new[bytes(moved.start)..bytes(moved.end)]);
            }
        }
    }
}
