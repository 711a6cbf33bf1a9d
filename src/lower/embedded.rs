//! JSON that stands in a string of the file, such as a policy document behind `Fn::Sub`.

use std::ops::Range;

use crate::model::{Part, Text};
use crate::source::{FileId, MappedText, Source, Span};

/// The first of the characters that stand for holes while the text is parsed. Nobody writes them: they are of a private
/// use plane, and a text that has one is not taken.
const FIRST_MARK: u32 = 0xF_0000;

/// How many holes a text may have.
const MAX_HOLES: usize = 0xFFFD;

/// A string with holes, as one run of characters in which each hole is a single mark.
pub struct Embedded {
    parts: Vec<Part>,
    /// Where each part begins in `plain`.
    starts: Vec<usize>,
    plain: String,
}

impl Embedded {
    /// The text, if it looks like a JSON object.
    pub fn new(text: &Text) -> Option<Self> {
        if !text.known_start().trim_start().starts_with('{') || text.parts().len() > MAX_HOLES {
            return None;
        }
        let parts = text.parts().to_vec();
        let (mut starts, mut plain) = (Vec::with_capacity(parts.len()), String::new());
        for (at, part) in parts.iter().enumerate() {
            starts.push(plain.len());
            match part {
                Part::Literal(literal) if literal.as_str().chars().any(|c| u32::from(c) >= FIRST_MARK) => return None,
                Part::Literal(literal) => plain.push_str(literal.as_str()),
                Part::Hole(_) | Part::Base64(..) => plain.push(mark(at)?),
            }
        }
        Some(Self { parts, starts, plain })
    }

    /// The text as a file of its own, to be parsed.
    pub fn source(&self, id: FileId) -> Source {
        Source::new(id, String::new(), self.plain.clone())
    }

    /// Where these bytes of the parsed text stand in the file.
    pub fn span(&self, range: Range<usize>) -> Span {
        let first = self.place(range.start);
        let last = self.place(range.end.saturating_sub(1).max(range.start));
        if last.file == first.file && last.end >= first.start {
            return Span::new(first.file, first.start, last.end);
        }
        first
    }

    /// Where the character at this byte stands in the file.
    fn place(&self, at: usize) -> Span {
        let part = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        let local = at.saturating_sub(self.starts.get(part).copied().unwrap_or_default());
        match self.parts.get(part) {
            Some(Part::Literal(text)) => text.span(local..local + 1),
            Some(Part::Hole(hole)) => hole.span,
            Some(Part::Base64(_, span)) => *span,
            None => Span::start_of(FileId(u32::MAX)),
        }
    }

    /// A string of the parsed text, with its holes back.
    pub fn text(&self, string: &MappedText) -> Text {
        let (mut parts, mut from) = (Vec::new(), 0);
        let whole = string.as_str();
        for (at, character) in whole.char_indices() {
            let Some(hole) = u32::from(character).checked_sub(FIRST_MARK).and_then(|at| usize::try_from(at).ok())
            else {
                continue;
            };
            parts.push(self.literal(string, from..at));
            parts.extend(self.parts.get(hole).cloned());
            from = at + character.len_utf8();
        }
        parts.push(self.literal(string, from..whole.len()));
        Text::new(parts)
    }

    fn literal(&self, string: &MappedText, range: Range<usize>) -> Part {
        let place = self.span(string.span(range.clone()).range());
        Part::Literal(MappedText::placed(string.as_str().get(range).unwrap_or_default(), place))
    }
}

fn mark(at: usize) -> Option<char> {
    char::from_u32(FIRST_MARK + u32::try_from(at).ok()?)
}
