//! Replacing: values, and characters within strings; and finding where something is to be added.

use std::ops::Range;

use super::Cut;
use super::outline::{Form, Outline};
use super::style::Style;
use super::write::{Spot, escaped, is_plain, needs_escape, quoted};
use crate::model::{Draft, Reference};
use crate::source::Span;
use crate::syntax::{Format, Kind};

/// Edits of one file, written in its style.
pub(super) struct Writer<'o, 't> {
    pub outline: &'o Outline<'t>,
    pub style: &'o Style,
}

/// What is done at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The value is put there.
    Set,
    /// Its items become the last of the list there.
    Append,
}

impl Writer<'_, '_> {
    /// Follows the path from an element on, adding what is missing.
    pub(super) fn follow(&self, from: usize, path: &[String], goal: Goal, draft: &Draft) -> Option<Vec<Cut>> {
        let mut at = from;
        for (done, key) in path.iter().enumerate() {
            let rest = || wrapped(path.get(done + 1..).unwrap_or_default(), draft);
            let element = self.outline.get(at)?;
            if element.node.is_null() {
                return self.replace(at, &Draft::Object(vec![(key.clone(), rest())]));
            }
            if element.node.kind() != Kind::Object || self.is_function(at) {
                return None;
            }
            match self.outline.child(at, key) {
                Some(child) => at = child,
                // One that comes by a merge, or is written twice, is better left to its author.
                None if element.node.get(key).is_some() => return None,
                None => return self.insert(at, Some(key), &rest()),
            }
        }
        let element = self.outline.get(at)?;
        match goal {
            Goal::Set => self.replace(at, draft),
            Goal::Append if element.node.is_null() => self.replace(at, draft),
            Goal::Append if element.node.kind() == Kind::Array => self.append(at, draft),
            Goal::Append => None,
        }
    }

    /// Whether an object is a function, or has functions among its keys.
    pub(super) fn is_function(&self, at: usize) -> bool {
        self.outline.get(at).is_some_and(|element| {
            element.node.own_entries().any(|entry| entry.key().starts_with("Fn::") || entry.key() == "Ref")
        })
    }

    pub(super) fn spot(&self, parent: Option<usize>) -> Spot {
        let form = parent.and_then(|parent| self.outline.form(parent));
        let like_json = parent.is_some_and(|parent| {
            let children = self.outline.get(parent).map_or(0..0, |element| element.children.clone());
            let mut keys = children.filter_map(|child| self.outline.get(child)?.key).peekable();
            keys.peek().is_some() && keys.all(|key| self.outline.layout.slice(key.range()).starts_with('"'))
        });
        Spot {
            in_flow: form == Some(Form::Flow),
            behind_tag: form == Some(Form::Tag),
            like_json: form == Some(Form::Flow) && like_json,
        }
    }

    /// Whether brackets are around an element.
    fn is_in_flow(&self, at: usize) -> bool {
        let parent = |at: usize| self.outline.get(at)?.parent;
        let parents = std::iter::successors(parent(at), |at| parent(*at));
        parents.map(|parent| self.outline.form(parent)).any(|form| form == Some(Form::Flow))
    }

    /// Puts another value in the place of one.
    pub(super) fn replace(&self, at: usize, draft: &Draft) -> Option<Vec<Cut>> {
        let (outline, layout) = (self.outline, &self.outline.layout);
        let element = outline.get(at)?;
        // Comments within a function are about what is there.
        let has_comments = self.is_function(at) && layout.has_comment(&element.node.span().range());
        if outline.is_shared(at) || has_comments {
            return None;
        }
        let spot = self.spot(element.parent);
        let raw = element.node.raw();
        let old = element.node.span().range();
        let in_block = element.parent.is_some_and(|parent| outline.form(parent) == Some(Form::Block));
        if !in_block {
            if element.parent.is_none() || raw.is_empty() {
                return None;
            }
            let line = layout.line_start(old.start);
            let indent = layout.slice(line..layout.past_blanks(line));
            let spread = self.style.format == Format::Json && self.style.is_spread && !matches!(draft, Draft::Text(_))
                || raw.contains('\n');
            return Some(vec![Cut { range: old, text: self.style.flow(draft, indent, spread, spot)? }]);
        }
        if let (Draft::Text(text), Some(quote @ ('"' | '\''))) = (draft, raw.chars().next())
            && element.node.kind() == Kind::String
            && let Some(known) = text.known()
        {
            return Some(vec![Cut { range: old, text: quoted(&known, quote) }]);
        }
        let extent = outline.extent(at)?;
        let indent = layout.indent_of(extent.start);
        let (from, text) = match element.key {
            Some(key) => {
                let between = layout.slice(key.end as usize..extent.end);
                let colon = key.end as usize + between.find(':')?;
                (colon + 1, self.style.behind_key(draft, &indent)?)
            }
            None => (extent.start + 1, format!(" {}", self.style.behind_dash(draft, &indent)?)),
        };
        let start = if raw.is_empty() { from } else { outline.start_of(at)?.max(from) };
        let gap = from..start;
        if layout.slice(gap.clone()).trim().is_empty() {
            return Some(vec![Cut { range: from..extent.end, text }]);
        }
        // A comment before the value stays where it is; an anchor may be needed elsewhere.
        let line = layout.line_start(start);
        let end_before = layout.slice(0..line).trim_end_matches(['\r', '\n']).len();
        (layout.is_blank(&gap) && end_before > from && layout.is_first_on_line(start))
            .then(|| vec![Cut { range: from..from, text }, Cut { range: end_before..extent.end, text: String::new() }])
    }

    /// Puts other characters in the place of some within a string.
    pub(super) fn rewrite(&self, place: Span, text: &str) -> Option<Vec<Cut>> {
        let at = self.outline.string_around(place)?;
        let element = self.outline.get(at)?;
        let (whole, content) = (element.node.span(), element.node.text_span_of_content());
        if !content.contains(place) {
            return None;
        }
        let range = place.range();
        let written = match element.node.raw().chars().next() {
            Some('"') => escaped(text),
            Some('\'') if !text.contains(needs_escape) => text.replace('\'', "''"),
            Some('|' | '>') if !text.contains(needs_escape) && !text.starts_with(' ') => text.to_owned(),
            Some('\'' | '|' | '>') => return None,
            _ => return self.rewrite_plain(whole, &range, text, self.is_in_flow(at)),
        };
        Some(vec![Cut { range, text: written }])
    }

    /// Puts another reference in the place of one in the template of `Fn::Sub`.
    pub(super) fn replace_in_template(&self, place: Span, with: &Draft) -> Option<Vec<Cut>> {
        let written = self.outline.layout.slice(place.range());
        let Draft::Text(text) = with else { return None };
        let Reference::Resource(_) = &*text.sole_hole()?.reference else { return None };
        let is_reference = written.starts_with("${") && written.ends_with('}');
        if is_reference { self.rewrite(place, &text.shown()) } else { None }
    }

    /// Within a string without quotes, which may need some afterwards.
    fn rewrite_plain(&self, whole: Span, range: &Range<usize>, text: &str, in_flow: bool) -> Option<Vec<Cut>> {
        let raw = |range: Range<usize>| self.outline.layout.slice(range);
        let old = raw(whole.range());
        if old.contains(['\n', '\r']) {
            return None;
        }
        let new = format!("{}{text}{}", raw(whole.range().start..range.start), raw(range.end..whole.range().end));
        // What is in the middle of such a string does not end it, and begins nothing else.
        let is_harmless = text.chars().all(|c| c.is_ascii_alphanumeric() || "/_.-?*".contains(c));
        // Within brackets YAML 1.1 takes a question mark for the end of the string.
        let ends_it = in_flow && text.contains('?');
        let stays = range.start > whole.range().start && is_harmless && !ends_it && !new.ends_with([':', ' ']);
        if is_plain(&new) || stays {
            return Some(vec![Cut { range: range.clone(), text: text.to_owned() }]);
        }
        Some(vec![Cut { range: whole.range(), text: quoted(&new, self.style.quote) }])
    }
}

/// What is to stand at a key from which these keys lead on.
fn wrapped(keys: &[String], draft: &Draft) -> Draft {
    keys.iter().rev().fold(draft.clone(), |inner, key| Draft::Object(vec![(key.clone(), inner)]))
}
