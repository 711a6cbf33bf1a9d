//! Changes that rules propose, as edits of the text: nothing but what is changed is written anew.
//!
//! A rule says in terms of the model what it would change ([`Change`]). Here the file is parsed once more, the place is looked up
//! in its tree, and the change is written as the file is: its indentation, its quotes, its line ends, tags or long functions,
//! JSON with or without comments. What cannot be done without touching something else, such as a value that aliases repeat, is
//! not done: there is no edit then.

mod alike;
mod insert;
mod layout;
mod outline;
mod remove;
mod script;
mod set;
mod style;
mod write;

#[cfg(test)]
mod tests;

use std::ops::Range;

use outline::Outline;
use set::{Goal, Writer};
use style::Style;

use crate::model::{Change, Draft, Proposal, Safety};
use crate::source::{Edit, Source, Span, can_be_edited};
use crate::syntax::{self, Tree};

/// A way to mend a finding: all of its edits or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is done, as an order without a full stop.
    pub title: String,
    /// How sure it is that this is wanted.
    pub safety: Safety,
    /// The edits, sorted and apart from each other.
    pub edits: Vec<Edit>,
}

/// Bytes of the text and what comes in their place.
#[derive(Debug)]
struct Cut {
    range: Range<usize>,
    text: String,
}

/// A file that can be edited.
pub struct Editor<'t> {
    outline: Outline<'t>,
    style: Style,
}

/// The fix with these edits, if they go together and change something.
fn assembled(proposal: &Proposal, mut edits: Vec<Edit>, text: &str) -> Option<Fix> {
    edits.sort();
    edits.dedup();
    let is_change = edits.iter().any(|edit| text.get(edit.span.range()) != Some(edit.text.as_str()));
    // Which of two that add at one place comes first is nowhere said.
    let is_sure = edits.windows(2).all(|pair| matches!(pair, [one, other] if one.span != other.span));
    let is_fix = is_change && is_sure && can_be_edited(text, &edits);
    is_fix.then(|| Fix { title: proposal.title.clone(), safety: proposal.safety, edits })
}

/// The fix of a script or of another file that has no tree, if what is proposed can be done there.
#[must_use]
pub fn fix_of_script(proposal: &Proposal, source: &Source) -> Option<Fix> {
    let edits = proposal.changes.iter().map(|change| script::edit(change, source)).collect::<Option<Vec<_>>>()?;
    assembled(proposal, edits, source.text())
}

/// The tree of a file; `None` where a part of it cannot be parsed, so that nothing in it is sure.
#[must_use]
pub fn parse(source: &Source) -> Option<Tree> {
    let body = source.text().get(source.body_start() as usize..).unwrap_or_default();
    // A comment may come first.
    if body.trim_start().starts_with(['{', '[', '/'])
        && let Ok(tree) = syntax::parse_json(source)
    {
        return Some(tree);
    }
    let parsed = syntax::parse_yaml(source);
    parsed.problems.is_empty().then_some(parsed.tree)
}

impl<'t> Editor<'t> {
    /// An editor of the file that the tree was read from.
    #[must_use]
    pub fn new(tree: &'t Tree, source: &'t Source) -> Self {
        let outline = Outline::new(tree, source);
        let style = Style::of(&outline);
        Self { outline, style }
    }

    /// The fix that does what is proposed, if that can be done.
    #[must_use]
    pub fn fix(&self, proposal: &Proposal) -> Option<Fix> {
        let edits = proposal.changes.iter().map(|change| self.edits(change)).collect::<Option<Vec<_>>>()?;
        assembled(proposal, edits.into_iter().flatten().collect(), self.outline.layout.text)
    }

    /// The edits that make up a change, if it can be made.
    #[must_use]
    pub fn edits(&self, change: &Change) -> Option<Vec<Edit>> {
        let file = self.outline.tree.file();
        let writer = Writer { outline: &self.outline, style: &self.style };
        let cuts = match change {
            Change::Remove { place, above, holders } => {
                let mut at = self.outline.find(*place)?;
                for _ in 0..*above {
                    at = self.outline.get(at)?.parent?;
                }
                self.outline.remove(at, *holders)?
            }
            Change::Unsuppress { whole, rule } => self.outline.unsuppress(*whole, *rule)?,
            Change::Replace { place, with } => match self.outline.find(*place) {
                Some(at) => writer.replace(at, with)?,
                None => writer.replace_in_template(*place, with)?,
            },
            Change::Rewrite { place, text } => writer.rewrite(*place, text)?,
            Change::Set { at, path, value } => writer.follow(self.outline.find(*at)?, path, Goal::Set, value)?,
            Change::Append { at, path, items } => {
                writer.follow(self.outline.find(*at)?, path, Goal::Append, &Draft::List(items.clone()))?
            }
            Change::Add { at, entries } => writer.add(self.outline.find(*at)?, entries)?,
            Change::Before { place, key, value } => writer.before(self.outline.find(*place)?, key, value)?,
            Change::Beside { place, item } => writer.beside(self.outline.find(*place)?, item)?,
            Change::Assign { place, name, setting } => writer.assign(*place, name, setting)?,
        };
        let offset = |at: usize| u32::try_from(at).ok();
        let edit = |mut cut: Cut| {
            // The blank behind a colon or a dash stays.
            while cut.text.starts_with(' ') && self.outline.layout.slice(cut.range.clone()).starts_with(' ') {
                cut.range.start += 1;
                cut.text.remove(0);
            }
            Some(Edit { span: Span::new(file, offset(cut.range.start)?, offset(cut.range.end)?), text: cut.text })
        };
        cuts.into_iter().map(edit).collect()
    }
}
