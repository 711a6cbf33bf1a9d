//! Values of a YAML document, put on the tape as they are read.

use super::super::tape::{Style, Tree};
use super::super::{Format, Kind};
use crate::source::Source;

/// A range of bytes of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A scalar as its cell has it.
pub(super) struct Scalar {
    /// From its quote or block indicator.
    pub(super) place: Place,
    pub(super) kind: Kind,
    pub(super) style: Style,
    /// See `Cell::extra`.
    pub(super) extra: u16,
    /// Past what a reader sees of it.
    pub(super) shown_end: u32,
}

/// A container that is being read.
struct Frame {
    at: u32,
    /// The object that stands for the tag before the container.
    tagged: Option<u32>,
    is_object: bool,
    /// Whether the next cell is a key.
    at_key: bool,
    /// Where the last part of it ended.
    end: u32,
}

/// A tape with the containers on it that are not yet read to their end.
pub(super) struct Assembly<'s> {
    text: &'s str,
    pub(super) tree: Tree,
    open: Vec<Frame>,
}

impl<'s> Assembly<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self { text: source.text(), tree: Tree::new(source.id(), Format::Yaml, source.text().len()), open: Vec::new() }
    }

    /// Opens a container at `place`, its first token, behind a short tag or none. Returns the first of its cells.
    pub(super) fn open(&mut self, kind: Kind, place: Place, tag: Option<Place>) -> u32 {
        let tagged = self.open_tag(tag);
        let at = self.tree.push(place.start, place.start, kind, Style::Plain);
        self.open.push(Frame { at, tagged, is_object: kind == Kind::Object, at_key: true, end: place.end });
        tagged.unwrap_or(at)
    }

    /// Ends the innermost container at `end`, or else where its last part does.
    pub(super) fn close(&mut self, end: Option<u32>) {
        let Some(frame) = self.open.pop() else {
            return;
        };
        let end = end.unwrap_or(frame.end);
        self.tree.close(frame.at, end);
        if let Some(tagged) = frame.tagged {
            self.tree.close(tagged, end);
        }
        self.child_ended(frame.tagged.unwrap_or(frame.at), end);
    }

    /// Adds a scalar behind a short tag or none. Returns the first of its cells.
    pub(super) fn scalar(&mut self, scalar: &Scalar, tag: Option<Place>) -> u32 {
        let tagged = self.open_tag(tag);
        let at = self.tree.push(scalar.place.start, scalar.place.end, scalar.kind, scalar.style);
        if scalar.extra != 0
            && let Some(cell) = self.tree.cells.get_mut(at as usize)
        {
            cell.extra = scalar.extra;
        }
        let end = tag.map_or(scalar.shown_end, |tag| tag.end.max(scalar.shown_end));
        if let Some(tagged) = tagged {
            self.tree.close(tagged, end);
        }
        let first = tagged.unwrap_or(at);
        self.child_ended(first, end);
        first
    }

    /// Opens the object that a short tag stands for, with its key; its value is what comes next.
    fn open_tag(&mut self, tag: Option<Place>) -> Option<u32> {
        let tag = tag?;
        let at = self.tree.push(tag.start, tag.end, Kind::Object, Style::Plain);
        self.tree.push(tag.start, tag.end, Kind::String, Style::Tag);
        Some(at)
    }

    /// Tells the open container that one of its keys, values or items is there.
    pub(super) fn child_ended(&mut self, first: u32, end: u32) {
        let Some(frame) = self.open.last_mut() else {
            return;
        };
        frame.end = frame.end.max(end);
        if !frame.is_object {
            return;
        }
        if frame.at_key {
            let cell = self.tree.cell(first);
            let is_merge = cell.kind == Kind::String
                && cell.style == Style::Plain
                && self.text.get(cell.start as usize..cell.end as usize) == Some("<<");
            if is_merge && let Some(object) = self.tree.cells.get_mut(frame.at as usize) {
                object.extra = 1;
            }
        }
        frame.at_key = !frame.at_key;
    }

    /// Takes back the values from `first` on.
    pub(super) fn abandon_from(&mut self, first: u32) {
        self.tree.cells.truncate(first as usize);
        self.open.clear();
    }
}
