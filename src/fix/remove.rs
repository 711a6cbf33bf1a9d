//! Taking things out: an entry or an item with its comma or its line and its own comments, a rule out of a suppression.

use std::ops::Range;

use super::Cut;
use super::outline::{Form, Outline};
use crate::source::Span;

impl Outline<'_> {
    /// Takes out an entry or an item, and of what it is in so many as would be left empty.
    pub(super) fn remove(&self, at: usize, holders: usize) -> Option<Vec<Cut>> {
        let mut at = at;
        for _ in 0..holders {
            let Some(parent) = self.get(at)?.parent else { break };
            let is_alone = self.get(parent)?.children.len() == 1;
            if !is_alone || self.get(parent)?.parent.is_none() {
                break;
            }
            at = parent;
        }
        let parent = self.get(at)?.parent?;
        if self.is_shared(parent) || self.is_shared(at) {
            return None;
        }
        let extent = self.extent(at)?;
        match self.form(parent)? {
            Form::Flow => self.remove_from_flow(parent, at, extent),
            Form::Block => self.remove_from_block(parent, at, extent),
            Form::Tag => None,
        }
    }

    fn remove_from_flow(&self, parent: usize, at: usize, extent: Range<usize>) -> Option<Vec<Cut>> {
        let container = self.get(parent)?;
        let whole = container.node.span().range();
        let before = if at > container.children.start { self.extent(at - 1)?.end } else { whole.start + 1 };
        let is_last = at + 1 == container.children.end;
        let after = if is_last { whole.end.saturating_sub(1) } else { self.extent(at + 1)?.start };
        let comma_before = (at > container.children.start).then(|| self.layout.comma(before..extent.start)).flatten();
        let comma_after = self.layout.comma(extent.end..after);
        if !self.is_plain_gap(before..extent.start) || !self.is_plain_gap(extent.end..after) {
            return None;
        }
        let behind = comma_after.map_or(extent.end, |comma| comma + 1);
        let lines = self.layout.lines_of(&(extent.start..behind));
        if container.children.len() == 1 {
            return Some(vec![cut(self.interior_without(&whole, lines.as_ref(), &extent, behind)?)]);
        }
        if let Some(lines) = lines {
            let mut cuts = vec![cut(lines)];
            // The last one goes with the comma before it, unless it has one behind it as the others have.
            if is_last && comma_after.is_none() {
                let comma = comma_before?;
                cuts.push(cut(comma..comma + 1));
            }
            return Some(cuts);
        }
        if let (true, Some(comma)) = (is_last && comma_after.is_none(), comma_before) {
            return Some(if self.layout.has_comment(&(comma..extent.start)) {
                vec![cut(comma..comma + 1), cut(extent)]
            } else {
                vec![cut(comma..extent.end)]
            });
        }
        let gap = behind..after;
        let runs_on = !is_last && !self.layout.slice(gap.clone()).contains('\n') && !self.layout.has_comment(&gap);
        let begins_line = self.layout.is_first_on_line(extent.start);
        Some(match runs_on {
            true => vec![cut(extent.start..after)],
            false if begins_line => vec![cut(extent.start..self.layout.past_blanks(behind))],
            false => vec![cut(self.layout.before_blanks(extent.start)..behind)],
        })
    }

    /// Blanks, comments and at most one comma.
    fn is_plain_gap(&self, gap: Range<usize>) -> bool {
        let mut at = gap.start;
        for comment in self.layout.comments.iter().map(|comment| comment.range()) {
            if comment.start >= at && comment.end <= gap.end {
                if !is_separator(self.layout.slice(at..comment.start)) {
                    return false;
                }
                at = comment.end;
            }
        }
        is_separator(self.layout.slice(at..gap.end))
    }

    /// What goes with the only element: all between the brackets, but for comments that are not its own.
    fn interior_without(
        &self,
        whole: &Range<usize>,
        lines: Option<&Range<usize>>,
        extent: &Range<usize>,
        behind: usize,
    ) -> Option<Range<usize>> {
        let inside = whole.start + 1..whole.end.saturating_sub(1);
        let own = lines.cloned().unwrap_or(extent.start..behind);
        let is_left = self.layout.has_comment(&(inside.start..own.start.max(inside.start)))
            || self.layout.has_comment(&(own.end.min(inside.end)..inside.end));
        let range = if is_left { own } else { inside.clone() };
        (inside.start <= range.start && range.end <= inside.end).then_some(range)
    }

    fn remove_from_block(&self, parent: usize, at: usize, extent: Range<usize>) -> Option<Vec<Cut>> {
        let container = self.get(parent)?;
        let end = self.layout.rest_of_line(extent.end)?;
        // An explicit key is none that is written as others are.
        let before = self.layout.slice(self.layout.line_start(extent.start)..extent.start);
        if before.trim_end().ends_with('?') {
            return None;
        }
        if container.children.len() == 1 {
            return self.empty_block(parent, extent, end);
        }
        if let Some(lines) = self.layout.lines_of(&extent) {
            return Some(vec![cut(lines)]);
        }
        // It stands behind the dash of an item, and the next entry comes there.
        let next = (at + 1 < container.children.end).then(|| self.extent(at + 1)).flatten()?;
        if !self.layout.has_comment(&(end..next.start)) {
            return Some(vec![cut(extent.start..next.start)]);
        }
        Some(vec![cut(self.layout.before_blanks(extent.start)..end)])
    }

    /// Writes a container without its only element as `{}` or `[]`.
    fn empty_block(&self, parent: usize, extent: Range<usize>, end: usize) -> Option<Vec<Cut>> {
        let container = self.get(parent)?;
        let brackets = if container.key_of_first(self) { "{}" } else { "[]" };
        let Some(key) = container.key.map(Span::range) else {
            return Some(vec![Cut { range: extent.start..end, text: brackets.to_owned() }]);
        };
        let from = key.end + self.layout.slice(key.end..extent.start).find(':')? + 1;
        let text = format!(" {brackets}");
        let top = self.layout.with_comments_above(self.layout.line_start(extent.start)).max(from);
        if self.layout.slice(from..top).trim().is_empty() {
            return Some(vec![Cut { range: from..end, text }]);
        }
        // Comments that are not its own stay, behind the brackets.
        let lines = self.layout.lines_of(&extent).filter(|_| self.layout.is_blank(&(from..top)))?;
        Some(vec![Cut { range: from..from, text }, cut(lines)])
    }

    /// Takes a rule out of a suppression, which is an entry of metadata or a comment.
    pub(super) fn unsuppress(&self, whole: Span, rule: Span) -> Option<Vec<Cut>> {
        let comment = self.layout.comments.iter().find(|comment| comment.contains(whole));
        if let Some(comment) = comment {
            return self.unsuppress_in_comment(comment.range(), whole.range(), rule.range());
        }
        let entry = self.find(whole)?;
        let named = self.string_around(rule)?;
        let list = self.get(named)?.parent?;
        let is_listed =
            self.get(list)?.key.is_some() && self.get(list)?.children.len() > 1 && self.get(named)?.key.is_none();
        if is_listed && named != entry {
            return self.remove(named, 0);
        }
        // `ignore`, `ecs-lint` and `Metadata` go with their last entry.
        self.remove(entry, 3)
    }

    fn unsuppress_in_comment(
        &self,
        comment: Range<usize>,
        whole: Range<usize>,
        rule: Range<usize>,
    ) -> Option<Vec<Cut>> {
        let (opening, closing) = self.layout.in_list(&whole, &rule, comment.end)?;
        if let Some(range) = self.layout.without_rule(&rule, opening, closing) {
            return Some(vec![cut(range)]);
        }
        // What was said before the directive stays.
        let before = self.layout.slice(comment.start..whole.start);
        let said = before.trim_end_matches([' ', '\t', '#', '/', '*']);
        Some(vec![cut(if said.is_empty() {
            self.layout.comment_with_line(&comment)
        } else {
            comment.start + said.len()..whole.end
        })])
    }
}

impl super::outline::Element<'_> {
    /// Whether what is in it has keys.
    fn key_of_first(&self, outline: &Outline<'_>) -> bool {
        outline.get(self.children.start).is_some_and(|first| first.key.is_some())
    }
}

fn is_separator(text: &str) -> bool {
    let mut commas = 0;
    text.chars().all(|c| {
        commas += usize::from(c == ',');
        c.is_whitespace() || c == ',' && commas == 1
    })
}

fn cut(range: Range<usize>) -> Cut {
    Cut { range, text: String::new() }
}
