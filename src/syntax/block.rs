//! YAML block scalars: the lines after `|` or `>`.

use std::ops::Range;

use super::scalar::{Sink, line_end};
use super::tape::{Cell, Style};

/// The `extra` of a block scalar without any line of text: its lines may be indented by anything.
pub(super) const NO_TEXT: u16 = u16::MAX;

/// Offset of the first character of the first line with text, past its indentation.
pub(super) fn content_start(cell: Cell, source: &str) -> u32 {
    let first = Lines::of(cell, source).find(|line| !line.is_empty);
    first.map_or(cell.end, |line| offset(line.text.start))
}

/// Where a block scalar from `start` to `end` ends for a reader: after its last line with text,
/// before the line ends and the indentation that follow.
pub(super) fn shown_end(source: &str, start: u32, end: u32) -> u32 {
    let block = source.get(start as usize..end as usize).unwrap_or_default();
    let text = block.trim_end_matches([' ', '\t', '\r', '\n']);
    let rest = block.get(text.len()..).unwrap_or_default();
    let blanks = rest.find(['\r', '\n']).unwrap_or(rest.len());
    offset(start as usize + text.len() + blanks)
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Gives the pieces of the text to `sink`.
pub(super) fn decode(cell: Cell, source: &str, sink: &mut impl Sink) {
    let folded = cell.style == Style::Folded;
    let mut pending: Vec<Range<usize>> = Vec::new();
    let mut last_is_indented = None;
    for line in Lines::of(cell, source) {
        if !line.is_empty {
            let text = source.get(line.text.clone()).unwrap_or_default();
            let is_indented = text.starts_with([' ', '\t']);
            if folded && last_is_indented == Some(false) && !is_indented {
                fold(&pending, sink);
            } else {
                keep(&pending, sink);
            }
            pending.clear();
            sink.copy(text, line.text.start);
            last_is_indented = Some(is_indented);
        }
        pending.push(line.end);
    }
    let has_text = last_is_indented.is_some();
    let kept = match Chomping::of(cell, source) {
        Chomping::Clip if has_text => 1,
        Chomping::Strip | Chomping::Clip => 0,
        Chomping::Keep => pending.len(),
    };
    keep(pending.get(..kept).unwrap_or(&pending), sink);
}

fn keep(line_ends: &[Range<usize>], sink: &mut impl Sink) {
    for line_end in line_ends {
        sink.stand_for("\n", line_end.clone());
    }
}

/// One line end is a space; of more, the first is dropped and belongs to the second.
fn fold(line_ends: &[Range<usize>], sink: &mut impl Sink) {
    match line_ends {
        [] => {}
        [only] => sink.stand_for(" ", only.clone()),
        [first, second, rest @ ..] => {
            sink.stand_for("\n", first.start..second.end);
            keep(rest, sink);
        }
    }
}

/// What becomes of the line ends at the end of the text.
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Chomping {
    fn of(cell: Cell, source: &str) -> Self {
        let block = source.get(cell.start as usize..).unwrap_or_default();
        let header = block.trim_start_matches(['|', '>']).chars();
        let mut indicators = header.take_while(|c| matches!(c, '+' | '-' | '0'..='9'));
        match indicators.find(|c| !c.is_ascii_digit()) {
            Some('+') => Self::Keep,
            Some(_) => Self::Strip,
            None => Self::Clip,
        }
    }
}

/// One line of a block scalar.
struct Line {
    /// The text past the indentation.
    text: Range<usize>,
    /// The line end; nothing at the end of the file.
    end: Range<usize>,
    /// Whether the line has nothing but (part of the) indentation.
    is_empty: bool,
}

/// The lines after the header.
struct Lines<'t> {
    /// The source up to the end of the block.
    source: &'t str,
    at: usize,
    indent: usize,
    /// Whether nothing follows the block, and it has no text.
    is_blank_at_end_of_file: bool,
}

impl<'t> Lines<'t> {
    fn of(cell: Cell, source: &'t str) -> Self {
        let end = cell.end as usize;
        let block = source.get(..end).unwrap_or_default();
        let header = block.get(cell.start as usize..).unwrap_or_default();
        let header_end = header.find(['\r', '\n']).unwrap_or(header.len());
        let length = line_end(header.get(header_end..).unwrap_or_default());
        Self {
            source: block,
            at: cell.start as usize + header_end + length,
            indent: usize::from(cell.extra),
            is_blank_at_end_of_file: cell.extra == NO_TEXT && end == source.len(),
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let rest = self.source.get(self.at..).filter(|rest| !rest.is_empty())?;
        let spaces = rest.bytes().take(self.indent).take_while(|byte| *byte == b' ').count();
        let start = self.at + spaces;
        let text = rest.get(spaces..).unwrap_or_default();
        let length = text.find(['\r', '\n']).unwrap_or(text.len());
        let end = start + length;
        let line_end = end..end + line_end(text.get(length..).unwrap_or_default());
        if text.is_empty() && !std::mem::take(&mut self.is_blank_at_end_of_file) {
            // The indentation of what comes after the block.
            return None;
        }
        self.is_blank_at_end_of_file = false;
        self.at = line_end.end;
        Some(Line { text: start..end, end: line_end, is_empty: length == 0 })
    }
}
