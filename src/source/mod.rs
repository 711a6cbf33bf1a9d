//! Text and places. Knows no format: a [`Source`] is a name and its text, a [`Span`] is a range of
//! bytes in one of them, and lines and columns are made only where a format asks for them. [`MappedText`] is text that was written otherwise in
//! the file (escaped, folded), with the way back.

mod base;
mod edit;
mod invisible;
mod mapped;
mod position;

use std::ops::Range;
use std::sync::OnceLock;

pub use base::Base;
pub use edit::{Edit, can_be_edited, edited, overlap};
pub use invisible::is_invisible;
pub use mapped::MappedText;
pub use position::Position;

/// One input of a run: its index in the sorted list of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// The first of the numbers of files that settings were read from, which are inputs of no run.
    const SETTINGS: u32 = 1 << 31;

    /// The file of the settings with that index.
    #[must_use]
    pub fn of_settings(index: usize) -> Self {
        Self(Self::SETTINGS.saturating_add(u32::try_from(index).unwrap_or(u32::MAX)).min(u32::MAX - 1))
    }

    /// The index among the files of the settings, for one of them.
    #[must_use]
    pub fn settings_index(self) -> Option<usize> {
        let index = self.0.checked_sub(Self::SETTINGS).filter(|_| self.0 < u32::MAX)?;
        usize::try_from(index).ok()
    }
}

/// A range of bytes in one input. Always on character boundaries of that input's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The input the bytes are in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The place before the first byte of `file`, for what concerns the file as a whole.
    #[must_use]
    pub fn start_of(file: FileId) -> Self {
        Self::new(file, 0, 0)
    }

    /// The range as `usize`, for slicing.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies wholly inside `self`.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// One input: its name and its text, byte order mark included, so that offsets are those of the file.
#[derive(Debug)]
pub struct Source {
    id: FileId,
    name: String,
    text: String,
    lines: OnceLock<position::LineIndex>,
    visible: OnceLock<Vec<Range<usize>>>,
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

impl Source {
    /// The input `id` called `name` (the path as the user would write it, `/` between its parts).
    ///
    /// `text` is the whole content, with its byte order mark if it has one.
    #[must_use]
    pub fn new(id: FileId, name: String, text: String) -> Self {
        Self { id, name, text, lines: OnceLock::new(), visible: OnceLock::new() }
    }

    /// Which input of the run this is.
    #[must_use]
    pub fn id(&self) -> FileId {
        self.id
    }

    /// The path as the user would write it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text, byte order mark included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the content begins: 3 after a UTF-8 byte order mark, else 0.
    #[must_use]
    pub fn body_start(&self) -> u32 {
        if self.text.starts_with(BYTE_ORDER_MARK) { 3 } else { 0 }
    }

    /// The text of `span`; empty when the span is not one of this text's.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The bytes that look like credentials, by a search that must be the same each time: an editor lints a text again and again,
    /// and it is searched once.
    pub fn visible_credentials(&self, search: impl FnOnce(&str) -> Vec<Range<usize>>) -> &[Range<usize>] {
        self.visible.get_or_init(|| search(&self.text))
    }

    /// The line and columns of a byte offset.
    ///
    /// An offset past the end is the end; one inside a character is the start of that character.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        self.lines.get_or_init(|| position::LineIndex::new(&self.text)).position(&self.text, offset, self.body_start())
    }
}

#[cfg(test)]
mod tests;
