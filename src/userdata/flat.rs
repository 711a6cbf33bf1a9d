//! A text as one string, with the way back to its pieces.

use std::borrow::Cow;
use std::ops::Range;

use smallvec::{SmallVec, smallvec};

use crate::model::{Parameter, Part, Reference, Text};
use crate::source::{FileId, MappedText, Span};

/// Holes stand in the flat string as one character each, from here on: a plane for private use, which no script contains.
const FIRST_HOLE: char = '\u{F0000}';

/// The last character of that plane; it stands for every hole past the first 65,000.
const LAST_HOLE: char = '\u{FFFFD}';

/// A text as one string. What is not known characters (a hole, or the base64 encoding of a text) is one private character,
/// so that the readers of shell, JSON, YAML, TOML and MIME can go over it without knowing of holes.
pub struct Flat<'t> {
    flat: Cow<'t, str>,
    /// Where each piece begins in `flat`.
    pieces: SmallVec<[(usize, &'t Part); 1]>,
}

impl<'t> Flat<'t> {
    /// The text as one string.
    pub fn new(text: &'t Text) -> Self {
        if let [part @ Part::Literal(literal)] = text.parts() {
            return Self { flat: literal.as_str().into(), pieces: smallvec![(0, part)] };
        }
        let mut flat = String::new();
        let mut pieces = SmallVec::with_capacity(text.parts().len());
        for part in text.parts() {
            pieces.push((flat.len(), part));
            match part {
                Part::Literal(literal) => flat.push_str(literal.as_str()),
                Part::Hole(_) | Part::Base64(..) => {
                    let number = u32::try_from(pieces.len() - 1).unwrap_or(u32::MAX);
                    let hole = char::from_u32((FIRST_HOLE as u32).saturating_add(number));
                    flat.push(hole.filter(|hole| is_hole(*hole)).unwrap_or(LAST_HOLE));
                }
            }
        }
        Self { flat: flat.into(), pieces }
    }

    /// The whole string.
    pub fn as_str(&self) -> &str {
        &self.flat
    }

    /// A part of the string; empty where there is none.
    pub fn text(&self, range: Range<usize>) -> &str {
        self.flat.get(range).unwrap_or_default()
    }

    /// The string from an offset to its end.
    pub fn from(&self, at: usize) -> &str {
        self.flat.get(at..).unwrap_or_default()
    }

    /// A part of the text, with its holes.
    pub fn slice(&self, range: Range<usize>) -> Text {
        let parts = self.pieces_in(&range).map(|(start, part, end)| match part {
            Part::Literal(literal) => {
                Part::Literal(literal.slice(range.start.max(start) - start..range.end.min(end) - start))
            }
            Part::Hole(_) | Part::Base64(..) => part.clone(),
        });
        Text::new(parts.collect())
    }

    /// A text that was decoded from this string (by a reader of JSON, say), with its holes, and leading back to where this
    /// text leads back to.
    pub fn through(&self, decoded: &MappedText) -> Text {
        let mut text = Text::default();
        for (piece, source, is_copy) in decoded.pieces() {
            text = text.followed_by(if is_copy {
                self.slice(source.start..source.start + piece.len())
            } else {
                Text::literal(MappedText::standing_for(piece.to_owned(), self.span(source)))
            });
        }
        text
    }

    /// Where a part of the text is written: from its first byte to its last.
    pub fn span(&self, range: Range<usize>) -> Span {
        let mut spans = self.spans(range.clone());
        let Some(first) = spans.next() else { return self.place_of(range.start) };
        let last = spans.filter(|span| span.file == first.file && span.end > first.start).last().unwrap_or(first);
        Span::new(first.file, first.start, last.end.max(first.end))
    }

    /// The bytes of a part of the text, piece by piece.
    pub fn spans(&self, range: Range<usize>) -> impl Iterator<Item = Span> {
        self.pieces_in(&range).map(move |(start, part, end)| match part {
            Part::Literal(literal) => literal.span(range.start.max(start) - start..range.end.min(end) - start),
            Part::Hole(hole) => hole.span,
            Part::Base64(_, span) => *span,
        })
    }

    /// The place before the character at `at`.
    fn place_of(&self, at: usize) -> Span {
        let count = self.pieces.partition_point(|(start, _)| *start <= at).max(1);
        match self.pieces.get(count - 1) {
            Some((start, Part::Literal(literal))) => literal.span(at.saturating_sub(*start)..at.saturating_sub(*start)),
            Some((_, Part::Hole(hole))) => hole.span,
            Some((_, Part::Base64(_, span))) => *span,
            None => Span::start_of(FileId(u32::MAX)),
        }
    }

    /// The pieces that have a part in the range, each with where it begins and ends.
    fn pieces_in(&self, range: &Range<usize>) -> impl Iterator<Item = (usize, &'t Part, usize)> + use<'_, 't> {
        let first = self.pieces.partition_point(|(start, _)| *start <= range.start).saturating_sub(1);
        let (from, to, whole) = (range.start, range.end, self.flat.len());
        let starts = self.pieces.iter().skip(first);
        let ends = self.pieces.iter().skip(first + 1).map(|(start, _)| *start).chain(std::iter::once(whole));
        starts
            .zip(ends)
            .take_while(move |((start, _), _)| *start < to)
            .filter(move |((start, _), end)| (*start).max(from) < (*end).min(to))
            .map(|((start, part), end)| (*start, *part, end))
    }
}

/// Whether a character of a flat string stands for a hole.
pub fn is_hole(character: char) -> bool {
    (FIRST_HOLE..=LAST_HOLE).contains(&character)
}

/// Where the text as a whole is written.
pub fn place(text: &Text) -> Span {
    let flat = Flat::new(text);
    flat.span(0..flat.as_str().len())
}

/// The bytes of the text, of the texts encoded in it, and of what stands for its parameters.
pub fn written_places(text: &Text) -> Vec<Span> {
    let mut places = literal_places(text);
    for part in text.parts() {
        match part {
            Part::Base64(inner, _) => places.extend(written_places(inner)),
            Part::Hole(hole) => {
                if let Reference::Parameter(Parameter { default: Some(default), .. }) = &*hole.reference {
                    places.push(default.span(0..default.as_str().len()));
                }
            }
            Part::Literal(_) => {}
        }
    }
    places
}

/// The bytes of the text, piece by piece; of holes and of encoded texts nothing.
pub fn literal_places(text: &Text) -> Vec<Span> {
    let literals = text.parts().iter().filter_map(|part| match part {
        Part::Literal(literal) => Some(literal.span(0..literal.as_str().len())),
        Part::Hole(_) | Part::Base64(..) => None,
    });
    literals.collect()
}
