//! Byte offsets to lines and columns.

use line_index::{LineCol, TextSize, WideEncoding};

/// A place in a text as people and editors count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1. Lines end at `\n`.
    pub line: u32,
    /// The column, from 1, in Unicode scalar values (what terminals and most editors show).
    pub column: u32,
    /// The column, from 1, in UTF-16 code units (what SARIF and language servers count by default).
    pub utf16_column: u32,
    /// The byte offset of this place in the text.
    pub offset: u32,
}

/// Where the lines of one text start, and where its characters are wider than a byte.
#[derive(Debug)]
pub(super) struct LineIndex(line_index::LineIndex);

impl LineIndex {
    pub(super) fn new(text: &str) -> Self {
        Self(line_index::LineIndex::new(text))
    }

    /// The position of `offset` in `text`, whose content begins at `body_start`.
    pub(super) fn position(&self, text: &str, offset: u32, body_start: u32) -> Position {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let mut offset = offset.min(length);
        while !text.is_char_boundary(offset as usize) {
            offset -= 1;
        }
        // The byte order mark is no column: both sides of it are column 1.
        let offset = offset.max(body_start);
        let place = self.0.try_line_col(TextSize::from(offset)).unwrap_or(LineCol { line: 0, col: 0 });
        let mark = u32::from(place.line == 0 && body_start > 0);
        let column = |encoding| {
            let wide = self.0.to_wide(encoding, place);
            wide.map_or(place.col, |wide| wide.col).saturating_sub(mark) + 1
        };
        Position {
            line: place.line + 1,
            column: column(WideEncoding::Utf32),
            utf16_column: column(WideEncoding::Utf16),
            offset,
        }
    }
}
