//! Adding: entries to objects and items to lists, at their end or beside one that is there.

use super::Cut;
use super::outline::Form;
use super::set::Writer;
use super::write::Spot;
use crate::model::Draft;
use crate::syntax::{Format, Kind};

/// So many keys are not in the order of letters by chance.
const FEWEST_IN_ORDER: usize = 3;

impl Writer<'_, '_> {
    /// Adds an entry or an item behind the last one.
    pub(super) fn insert(&self, container: usize, key: Option<&str>, draft: &Draft) -> Option<Vec<Cut>> {
        let element = self.outline.get(container)?;
        if self.outline.is_shared(container) {
            return None;
        }
        if element.children.is_empty() {
            let filled = match key {
                Some(key) => Draft::Object(vec![(key.to_owned(), draft.clone())]),
                None => Draft::List(vec![draft.clone()]),
            };
            return self.fill(container, &filled);
        }
        let in_order = key.and_then(|key| self.above(self.next_in_order(container, key)?, key, draft));
        if in_order.is_some() {
            return in_order;
        }
        match self.outline.form(container)? {
            Form::Flow => self.insert_behind(element.children.end.checked_sub(1)?, key, draft),
            Form::Block => self.insert_in_block(element.children.end.checked_sub(1)?, key, draft),
            Form::Tag => None,
        }
    }

    /// Adds items to a list.
    pub(super) fn append(&self, to: usize, items: &Draft) -> Option<Vec<Cut>> {
        let Draft::List(items) = items else { return None };
        let items: Vec<Draft> = items.iter().map(|item| self.outline.alike_item(to, item)).collect();
        if self.outline.get(to)?.children.is_empty() {
            return if self.outline.is_shared(to) { None } else { self.fill(to, &Draft::List(items)) };
        }
        joined(items.iter().map(|item| self.insert(to, None, item)))
    }

    /// Adds entries to an object that has none of these keys.
    pub(super) fn add(&self, to: usize, entries: &[(String, Draft)]) -> Option<Vec<Cut>> {
        let element = self.outline.get(to)?;
        if element.node.is_null() {
            return self.replace(to, &Draft::Object(entries.to_vec()));
        }
        let has_any = entries.iter().any(|(key, _)| element.node.get(key).is_some());
        if element.node.kind() != Kind::Object || self.is_function(to) || has_any {
            return None;
        }
        if element.children.is_empty() {
            return if self.outline.is_shared(to) { None } else { self.fill(to, &Draft::Object(entries.to_vec())) };
        }
        joined(entries.iter().map(|(key, value)| self.insert(to, Some(key), value)))
    }

    /// The first entry that a key goes before, where all keys are in the order of letters.
    fn next_in_order(&self, container: usize, key: &str) -> Option<usize> {
        let element = self.outline.get(container)?;
        let keys: Vec<_> = element.node.own_entries().map(crate::syntax::Entry::key).collect();
        if keys.len() < FEWEST_IN_ORDER || !keys.is_sorted() {
            return None;
        }
        keys.iter().position(|other| other.as_ref() > key).map(|at| element.children.start + at)
    }

    /// Adds an entry above another, unless there is one of that name, or the template has something else of that name.
    pub(super) fn before(&self, at: usize, key: &str, draft: &Draft) -> Option<Vec<Cut>> {
        let parent = self.outline.get(at)?.parent?;
        let around = self.outline.get(parent)?.parent.and_then(|around| self.outline.get(around));
        let mut sections = around.into_iter().flat_map(|around| around.node.entries());
        if self.outline.get(parent)?.node.get(key).is_some()
            || sections.any(|section| section.value().get(key).is_some())
        {
            return None;
        }
        self.above(at, key, &self.outline.alike_resource(parent, draft))
    }

    /// Writes an entry above another one.
    fn above(&self, at: usize, key: &str, draft: &Draft) -> Option<Vec<Cut>> {
        let layout = &self.outline.layout;
        let element = self.outline.get(at)?;
        let parent = element.parent?;
        let form = self.outline.form(parent)?;
        let start = self.outline.extent(at)?.start;
        if self.outline.is_shared(parent) || element.key.is_none() || form == Form::Tag {
            return None;
        }
        let spot = Spot { in_flow: form == Form::Flow, behind_tag: false, ..self.spot(Some(parent)) };
        let in_flow = |indent: &str, spread: bool| {
            let value = self.style.flow(draft, indent, spread, spot)?;
            Some(format!("{}{}{value}", self.style.key(key, spot), self.style.colon(spot)))
        };
        let newline = self.style.newline;
        if !layout.is_first_on_line(start) {
            if form == Form::Flow {
                let text = format!("{}{}", in_flow("", false)?, self.style.comma);
                return Some(vec![Cut { range: start..start, text }]);
            }
            // Behind the dash of an item.
            let before = layout.slice(layout.line_start(start)..start);
            let indent = layout.indent_of(start);
            let written = format!("{}:{}", self.style.key(key, spot), self.style.behind_key(draft, &indent)?);
            let text = format!("{written}{newline}{indent}");
            return before.trim_end().ends_with('-').then(|| vec![Cut { range: start..start, text }]);
        }
        let indent = layout.indent_of(start);
        let written = match form {
            Form::Flow => format!("{},", in_flow(&indent, true)?),
            _ => format!("{}:{}", self.style.key(key, spot), self.style.behind_key(draft, &indent)?),
        };
        let top = layout.with_comments_above(layout.line_start(start));
        let gap = if self.is_set_apart(at) { newline } else { "" };
        Some(vec![Cut { range: top..top, text: format!("{indent}{written}{newline}{gap}") }])
    }

    /// Whether there is a blank line between an entry and the one before it or else behind it.
    fn is_set_apart(&self, at: usize) -> bool {
        let Some(siblings) = self.outline.get(at).and_then(|element| self.outline.get(element.parent?)) else {
            return false;
        };
        let (one, two) = if at > siblings.children.start { (at - 1, at) } else { (at, at + 1) };
        let (Some(one), Some(two)) = (self.outline.extent(one), self.outline.extent(two)) else { return false };
        let between = self.outline.layout.slice(one.end..two.start);
        let lines = between.split('\n').skip(1).collect::<Vec<_>>();
        siblings.children.contains(&(at + 1).min(siblings.children.end - 1))
            && lines.split_last().is_some_and(|(_, lines)| lines.iter().any(|line| line.trim().is_empty()))
    }

    /// Adds an item behind one of a list. A string that stands alone becomes the first of a list.
    pub(super) fn beside(&self, at: usize, item: &Draft) -> Option<Vec<Cut>> {
        let element = self.outline.get(at)?;
        let parent = element.parent?;
        if self.outline.get(parent)?.node.kind() == Kind::Object {
            let own = element.node.scalar().filter(|_| element.node.kind() == Kind::String && element.key.is_some())?;
            if self.is_function(parent) || element.node.raw().contains('\n') {
                return None;
            }
            return self.replace(at, &Draft::List(vec![Draft::literal(&own), item.clone()]));
        }
        // What a function is given is no list of the author's.
        let holder = self.outline.get(parent)?.parent?;
        if self.outline.get(parent)?.key.is_none() || self.is_function(holder) || self.outline.is_shared(parent) {
            return None;
        }
        match self.outline.form(parent)? {
            Form::Flow => self.insert_behind(at, None, item),
            Form::Block => self.insert_in_block(at, None, item),
            Form::Tag => None,
        }
    }

    /// Adds an item, as it is written, before one of a list in brackets.
    pub(super) fn item_before(&self, list: usize, at: usize, item: &str) -> Option<Vec<Cut>> {
        let layout = &self.outline.layout;
        if self.outline.is_shared(list) {
            return None;
        }
        let start = self.outline.extent(at)?.start;
        let own_line = layout.is_first_on_line(start);
        match self.outline.form(list)? {
            Form::Flow if own_line => {
                let text = format!("{item},{}{}", self.style.newline, layout.indent_of(start));
                Some(vec![Cut { range: start..start, text }])
            }
            Form::Flow => Some(vec![Cut { range: start..start, text: format!("{item}{}", self.style.comma) }]),
            Form::Block if own_line => {
                let line = layout.line_start(start);
                let text = format!("{}- {item}{}", layout.indent_of(start), self.style.newline);
                Some(vec![Cut { range: line..line, text }])
            }
            Form::Block | Form::Tag => None,
        }
    }

    fn insert_in_block(&self, last: usize, key: Option<&str>, draft: &Draft) -> Option<Vec<Cut>> {
        let layout = &self.outline.layout;
        let extent = self.outline.extent(last)?;
        let end = layout.rest_of_line(extent.end)?;
        // Blank lines at the end are a part of such a text.
        if self.ends_with_kept_lines(last) {
            return None;
        }
        let indent = layout.indent_of(extent.start);
        let spot = Spot { in_flow: false, behind_tag: false, like_json: false };
        let written = match key {
            Some(key) => format!("{}:{}", self.style.key(key, spot), self.style.behind_key(draft, &indent)?),
            None => self.style.item(draft, &indent)?,
        };
        Some(vec![Cut { range: end..end, text: format!("{}{indent}{written}", self.style.newline) }])
    }

    /// Whether what is written last in an element is a block scalar that keeps the line ends behind it.
    fn ends_with_kept_lines(&self, at: usize) -> bool {
        let Some(last) = std::iter::successors(Some(at), |at| {
            let children = &self.outline.get(*at)?.children;
            if children.is_empty() { None } else { children.end.checked_sub(1) }
        })
        .last() else {
            return false;
        };
        let raw = self.outline.get(last).map_or("", |element| element.node.raw());
        raw.starts_with(['|', '>']) && raw.lines().next().is_some_and(|header| header.contains('+'))
    }

    /// Adds an element within brackets, behind that one.
    fn insert_behind(&self, last: usize, key: Option<&str>, draft: &Draft) -> Option<Vec<Cut>> {
        let layout = &self.outline.layout;
        let container = self.outline.get(last)?.parent?;
        let element = self.outline.get(container)?;
        let extent = self.outline.extent(last)?;
        let close = if last + 1 < element.children.end {
            self.outline.extent(last + 1)?.start
        } else {
            (element.node.span().end as usize).checked_sub(1)?
        };
        let spot = Spot { in_flow: true, behind_tag: false, ..self.spot(Some(container)) };
        let on_lines = layout.is_first_on_line(extent.start);
        let indent = layout.indent_of(extent.start);
        let entry = |indent: &str, spread: bool| {
            let value = self.style.flow(draft, indent, spread, spot)?;
            Some(match key {
                Some(key) => format!("{}{}{value}", self.style.key(key, spot), self.style.colon(spot)),
                None => value,
            })
        };
        let trailing = layout.comma(extent.end..close);
        if on_lines {
            let behind = trailing.map_or(extent.end, |comma| comma + 1);
            let new = format!("{}{indent}{}", self.style.newline, entry(&indent, true)?);
            let Some(end) = layout.rest_of_line(behind).filter(|end| *end <= close) else {
                let text = if trailing.is_some() { format!("{new},") } else { format!(",{new}") };
                return Some(vec![Cut { range: behind..behind, text }]);
            };
            return Some(match trailing {
                Some(_) => vec![Cut { range: end..end, text: format!("{new},") }],
                None if end == extent.end => vec![Cut { range: end..end, text: format!(",{new}") }],
                None => vec![
                    Cut { range: extent.end..extent.end, text: ",".to_owned() },
                    Cut { range: end..end, text: new },
                ],
            });
        }
        let new = entry("", false)?;
        Some(vec![match trailing {
            Some(comma) => {
                Cut { range: comma + 1..comma + 1, text: format!("{}{new},", self.style.comma.trim_start_matches(',')) }
            }
            None => Cut { range: extent.end..extent.end, text: format!("{}{new}", self.style.comma) },
        }])
    }

    /// Writes the elements of a container that has none.
    fn fill(&self, container: usize, filled: &Draft) -> Option<Vec<Cut>> {
        let layout = &self.outline.layout;
        let element = self.outline.get(container)?;
        let old = element.node.span().range();
        if layout.has_comment(&old) || !element.node.raw().starts_with(['{', '[']) {
            return None;
        }
        if self.style.format == Format::Yaml && element.parent.is_some() {
            return self.replace(container, filled);
        }
        let line = layout.line_start(old.start);
        let indent = layout.slice(line..layout.past_blanks(line));
        let spot = Spot { in_flow: true, ..self.spot(element.parent) };
        Some(vec![Cut { range: old, text: self.style.flow(filled, indent, self.style.is_spread, spot)? }])
    }
}

/// The cuts that add one thing after the other. Where they come to one place they become one.
fn joined(additions: impl Iterator<Item = Option<Vec<Cut>>>) -> Option<Vec<Cut>> {
    let mut cuts: Vec<Cut> = Vec::new();
    for added in additions.collect::<Option<Vec<_>>>()? {
        let has_comma = added.len() > 1;
        let new = added.last()?.range.clone();
        let Some(last) = cuts.iter_mut().find(|cut| cut.range == new) else {
            cuts.extend(added);
            continue;
        };
        // A comma that stands before a comment is for the first one alone.
        if has_comma {
            last.text.push(',');
        }
        last.text.push_str(&added.last()?.text);
    }
    Some(cuts)
}
