//! Decoded text with the way back to its source.

use std::ops::Range;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::{FileId, Span};

/// The decoded text of a scalar and, for every byte of it, where it was written. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MappedText(Arc<Mapped>);

#[derive(Clone, Debug)]
struct Mapped {
    text: String,
    file: FileId,
    pieces: Pieces,
    /// The place of empty text.
    start: u32,
}

/// Most texts have one piece.
type Pieces = SmallVec<[Piece; 1]>;

/// A piece of the text, up to the next piece, and the source it comes from.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Offset in the decoded text.
    at: u32,
    source_start: u32,
    source_end: u32,
    /// Whether source and text are the same bytes. If not, no part of the piece has a place of its own.
    is_copy: bool,
}

impl MappedText {
    fn new(text: String, file: FileId, pieces: Pieces, start: u32) -> Self {
        Self(Arc::new(Mapped { text, file, pieces, start }))
    }

    /// Text that stands in the source byte for byte, from the start of `start`.
    #[must_use]
    pub fn from_plain(text: String, start: Span) -> Self {
        let source_end = start.start.saturating_add(offset(text.len()));
        let piece = Piece { at: 0, source_start: start.start, source_end, is_copy: true };
        Self::new(text, start.file, smallvec![piece], start.start)
    }

    /// Text that the bytes of `span` stand for as a whole; no part of it has a place of its own.
    #[must_use]
    pub fn placed(text: &str, span: Span) -> Self {
        let mut placed = Self::decoded_from(span);
        placed.push(text, span.range(), false);
        placed
    }

    /// Text that stands in no file.
    #[must_use]
    pub fn unplaced(text: &str) -> Self {
        Self::new(text.to_owned(), FileId(u32::MAX), Pieces::new(), 0)
    }

    /// Text that the bytes at `place` stand for as a whole, such as what they decode to: no part of it has a place of
    /// its own.
    #[must_use]
    pub fn standing_for(text: String, place: Span) -> Self {
        let piece = Piece { at: 0, source_start: place.start, source_end: place.end, is_copy: false };
        Self::new(text, place.file, smallvec![piece], place.start)
    }

    /// No text yet, to be decoded from what follows `start`.
    pub(crate) fn decoded_from(start: Span) -> Self {
        Self::new(String::new(), start.file, Pieces::new(), start.start)
    }

    /// Adds text that the bytes `source` of the file stand for: the same bytes, if `is_copy`, else
    /// a text of which no part has a place of its own.
    pub(crate) fn push(&mut self, text: &str, source: Range<usize>, is_copy: bool) {
        if !text.is_empty() {
            let (source_start, source_end) = (offset(source.start), offset(source.end));
            let mapped = Arc::make_mut(&mut self.0);
            mapped.pieces.push(Piece { at: offset(mapped.text.len()), source_start, source_end, is_copy });
            mapped.text.push_str(text);
        }
    }

    /// The decoded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The pieces, in order: the text, the source bytes it comes from, and whether these are the same bytes.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (&str, Range<usize>, bool)> {
        let Mapped { text, pieces, .. } = &*self.0;
        let ends = pieces.iter().skip(1).map(|piece| piece.at as usize).chain(std::iter::once(text.len()));
        pieces.iter().zip(ends).map(|(piece, end)| {
            let text = text.get(piece.at as usize..end).unwrap_or_default();
            (text, piece.source_start as usize..piece.source_end as usize, piece.is_copy)
        })
    }

    /// The source bytes that `range` of the decoded text was written with.
    ///
    /// An escape or a folded line end is taken whole. What is between (the `\` at the end of a
    /// line, the indentation of a block scalar) is included when `range` goes over it. An empty
    /// range is a place. A range outside the text is cut to it.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        let (start, end) = self.within(range);
        let from = self.start_of(start);
        let to = if start < end { self.end_of(end) } else { from };
        Span::new(self.0.file, from, to.max(from))
    }

    /// A part of the text, with the way back of that part. A range outside the text is cut to it.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let (start, end) = self.within(range);
        if end - start == self.0.text.len() {
            return self.clone();
        }
        let text = self.0.text.get(start..end).unwrap_or_default().to_owned();
        let pieces = &self.0.pieces;
        let first = pieces.partition_point(|piece| piece.at as usize <= start).saturating_sub(1);
        let pieces = pieces.iter().skip(first).take_while(|piece| (piece.at as usize) < end);
        let pieces = pieces
            .map(|piece| {
                let (source_start, _) = piece.place(start.max(piece.at as usize));
                Piece { at: piece.at.saturating_sub(offset(start)), source_start, ..*piece }
            })
            .collect();
        Self::new(text, self.0.file, pieces, self.start_of(start))
    }

    /// The range cut to the text, and widened to whole characters.
    fn within(&self, range: Range<usize>) -> (usize, usize) {
        let mut start = range.start.min(self.0.text.len());
        let mut end = range.end.min(self.0.text.len());
        while !self.0.text.is_char_boundary(start) {
            start -= 1;
        }
        while !self.0.text.is_char_boundary(end) {
            end += 1;
        }
        (start, end.max(start))
    }

    fn start_of(&self, at: usize) -> u32 {
        if at == self.0.text.len() {
            return self.end_of(at);
        }
        let count = self.0.pieces.partition_point(|piece| piece.at as usize <= at).max(1);
        self.0.pieces.get(count - 1).map_or(self.0.start, |piece| piece.place(at).0)
    }

    /// Where the character that ends at `at` ends in the source.
    fn end_of(&self, at: usize) -> u32 {
        let count = self.0.pieces.partition_point(|piece| (piece.at as usize) < at).max(1);
        self.0.pieces.get(count - 1).map_or(self.0.start, |piece| piece.place(at).1)
    }
}

impl Piece {
    /// Where the text at `at` of this piece starts, and where the text before it ends.
    fn place(&self, at: usize) -> (u32, u32) {
        if !self.is_copy {
            return (self.source_start, self.source_end);
        }
        let into = offset(at.saturating_sub(self.at as usize));
        let place = self.source_start.saturating_add(into).min(self.source_end);
        (place, place)
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
