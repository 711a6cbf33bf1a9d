//! Flow collections: `[a, {b: c}]`.

use super::super::super::Kind;
use super::super::assembly::Place;
use super::scalars::Stop;
use super::{DEEPEST, Reader, lines};

/// A flow collection that is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// `[a, b]`
    Sequence,
    /// `{a: b}`
    Mapping,
    /// The mapping of one key in `[a: b]`.
    Pair,
}

impl Reader<'_> {
    /// Reads a flow collection from its bracket to its end.
    pub(super) fn flow(&mut self, tag: Option<Place>) -> Option<()> {
        let mut open = Vec::new();
        self.begin_flow(&mut open, tag)?;
        loop {
            self.skip_space()?;
            if !self.is_at_end_of(&open) {
                if open.last() == Some(&Flow::Mapping) {
                    self.flow_key()?;
                    self.skip_space()?;
                }
                if !self.flow_value(&mut open)? {
                    continue;
                }
                self.skip_space()?;
            }
            loop {
                if open.last() == Some(&Flow::Pair) {
                    self.assembly.close(None);
                } else if self.is_at_end_of(&open) {
                    self.lines.skip(1);
                    self.assembly.close(Some(lines::place(0, self.lines.at())?.end));
                } else {
                    break;
                }
                open.pop();
                if open.is_empty() {
                    return Some(());
                }
                self.skip_space()?;
            }
            if self.lines.peek()? != b',' {
                return None;
            }
            self.lines.skip(1);
        }
    }

    fn is_at_end_of(&self, open: &[Flow]) -> bool {
        matches!(
            (open.last(), self.lines.peek()),
            (Some(Flow::Sequence), Some(b']')) | (Some(Flow::Mapping), Some(b'}'))
        )
    }

    /// Reads an item or the value of a key, or what is before its own first item or value. Whether it is read to its end.
    fn flow_value(&mut self, open: &mut Vec<Flow>) -> Option<bool> {
        let tag = if self.lines.peek() == Some(b'!') { Some(self.lines.tag()?) } else { None };
        let (scalar, is_key) = match self.lines.peek()? {
            b'[' | b'{' => {
                self.begin_flow(open, tag)?;
                return Some(false);
            }
            b'"' | b'\'' => {
                let quoted = self.quoted(false)?;
                (quoted.scalar, !quoted.is_long && self.lines.is_colon())
            }
            _ => {
                let (text, stop) = self.plain_on_line(true)?;
                (text, stop == Stop::Colon && self.lines.is_colon())
            }
        };
        if !is_key {
            self.scalar(&scalar, tag)?;
            return Some(true);
        }
        if tag.is_some() || open.last() != Some(&Flow::Sequence) {
            return None;
        }
        let start = lines::place(scalar.place.start as usize, scalar.place.start as usize)?;
        open.push(Flow::Pair);
        self.assembly.open(Kind::Object, start, None);
        self.assembly.scalar(&scalar, None);
        self.lines.skip(1);
        self.skip_space()?;
        self.flow_value(open)
    }

    fn begin_flow(&mut self, open: &mut Vec<Flow>, tag: Option<Place>) -> Option<()> {
        let (kind, flow) = match self.lines.peek()? {
            b'[' => (Kind::Array, Flow::Sequence),
            _ => (Kind::Object, Flow::Mapping),
        };
        if self.outer_column().is_none() || open.len() >= DEEPEST {
            return None;
        }
        open.push(flow);
        let at = self.lines.at();
        self.assembly.open(kind, lines::place(at, at + 1)?, tag);
        self.lines.skip(1);
        self.check_values()
    }

    /// Reads a key and its colon.
    fn flow_key(&mut self) -> Option<()> {
        let (key, is_key) = match self.lines.peek()? {
            b'"' | b'\'' => {
                let quoted = self.quoted(false)?;
                (quoted.scalar, !quoted.is_long && self.lines.peek() == Some(b':'))
            }
            _ => {
                let (text, stop) = self.plain_on_line(true)?;
                (text, stop == Stop::Colon && self.lines.is_colon())
            }
        };
        self.assembly.scalar(&key, None);
        self.lines.skip(1);
        is_key.then_some(())
    }

    /// Skips spaces, comments and line ends, behind which all of a flow collection has to be indented but its last bracket.
    fn skip_space(&mut self) -> Option<()> {
        self.lines.skip_spaces();
        if !self.ends_line()? {
            return Some(());
        }
        let outer = self.outer_column()?;
        if !self.next_line_with_token()? {
            return None;
        }
        let is_end = matches!(self.lines.peek(), Some(b']' | b'}'));
        (self.lines.column() > outer || is_end && self.lines.column() == outer).then_some(())
    }
}
