//! A script as the instance sees it, with the way back to the file.

use std::ops::Range;

use crate::model::{Hole, Part, Text};
use crate::source::{MappedText, Span};

/// Holes stand in the flat text as one character each, from here on: a plane for private use, which no script contains.
const FIRST_HOLE: u32 = 0xF_0000;

/// A script that sets the variable more often than this is not read to its end.
const MOST_ASSIGNMENTS: usize = 64;

/// How far back a line is looked at for a comment sign.
const LONGEST_LINE: usize = 4096;

/// A script as one string. What only the deployment fills in is one private character.
pub struct Script<'s> {
    flat: String,
    /// Where each piece begins in `flat`.
    pieces: Vec<(usize, Piece<'s>)>,
}

/// Where a stretch of the flat text comes from.
#[derive(Clone, Copy)]
pub enum Piece<'s> {
    /// Characters of the file.
    Literal(&'s MappedText),
    /// Something that only the deployment fills in.
    Hole(&'s Hole),
    /// The base64 encoding of a text.
    Base64(&'s Text, Span),
}

impl<'s> Script<'s> {
    /// The script that `text` is.
    pub fn new(text: &'s Text) -> Self {
        let mut script = Self { flat: String::new(), pieces: Vec::with_capacity(text.parts().len()) };
        for part in text.parts() {
            let start = script.flat.len();
            let piece = match part {
                Part::Literal(text) => {
                    script.flat.push_str(text.as_str());
                    Piece::Literal(text)
                }
                Part::Hole(hole) => Piece::Hole(hole),
                Part::Base64(inner, span) => Piece::Base64(inner, *span),
            };
            if !matches!(piece, Piece::Literal(_)) {
                let number = u32::try_from(script.pieces.len()).unwrap_or(0);
                script.flat.push(char::from_u32(FIRST_HOLE.saturating_add(number)).unwrap_or('\u{FFFFD}'));
            }
            script.pieces.push((start, piece));
        }
        script
    }

    /// The whole script, holes as private characters.
    pub fn whole(&self) -> &str {
        &self.flat
    }

    /// A part of the script, holes as private characters.
    pub fn text(&self, range: Range<usize>) -> &str {
        self.flat.get(range).unwrap_or_default()
    }

    /// The pieces of a part of the script, with the range each has in the script.
    pub fn pieces(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Piece<'s>)> {
        let ends = self.pieces.iter().skip(1).map(|(start, _)| *start).chain(std::iter::once(self.flat.len()));
        let whole = self.pieces.iter().zip(ends);
        whole.filter_map(move |(&(start, piece), end)| {
            let part = start.max(range.start)..end.min(range.end);
            (part.start < part.end).then_some((part, piece))
        })
    }

    /// The scripts that are encoded in this one.
    pub fn encoded(&self) -> impl Iterator<Item = &'s Text> {
        self.pieces.iter().filter_map(|(_, piece)| match piece {
            Piece::Base64(text, _) => Some(*text),
            Piece::Literal(_) | Piece::Hole(_) => None,
        })
    }

    /// Where a part of the script is written: from its first byte to its last.
    pub fn span(&self, range: Range<usize>) -> Span {
        let mut spans = self.spans(range.clone());
        let Some(first) = spans.next() else {
            return self
                .pieces
                .first()
                .map_or(Span::start_of(crate::source::FileId(0)), |(_, piece)| place(*piece, 0..0));
        };
        let last = spans.filter(|span| span.file == first.file && span.end > first.start).last().unwrap_or(first);
        Span::new(first.file, first.start, last.end.max(first.end))
    }

    /// The bytes of a part of the script, piece by piece.
    pub fn spans(&self, range: Range<usize>) -> impl Iterator<Item = Span> + use<'_, 's> {
        let starts = self.pieces.iter().map(|(start, _)| *start);
        let ends = starts.clone().skip(1).chain(std::iter::once(self.flat.len()));
        self.pieces.iter().zip(starts.zip(ends)).filter_map(move |((_, piece), (start, end))| {
            let part = start.max(range.start)..end.min(range.end);
            (part.start < part.end).then(|| place(*piece, part.start - start..part.end - start))
        })
    }

    /// The values that the script assigns to the variable, in order: from behind the `=` to where the value ends.
    /// Comments do not count.
    pub fn assignments(&self, variable: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for (at, _) in self.flat.match_indices(variable).take(MOST_ASSIGNMENTS) {
            let before = self.text(0..at);
            let line = before.rsplit('\n').next().unwrap_or_default();
            // A line of a script is short; of one that is not, the end will do.
            let line = line.get(line.len().saturating_sub(LONGEST_LINE)..).unwrap_or_default();
            let in_word = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            if in_word || is_comment(line) {
                continue;
            }
            let rest = self.text(at + variable.len()..self.flat.len());
            let sign = rest.trim_start_matches([' ', '\t']);
            let spaced = sign.len() < rest.len();
            let Some(value) = sign.strip_prefix('=') else { continue };
            // The agent trims what stands around the sign in its file; in a shell that is no assignment.
            let value = if spaced { value.trim_start_matches([' ', '\t']) } else { value };
            if !spaced || value.starts_with('{') {
                found.push(self.value_at(self.flat.len() - value.len()));
            }
        }
        found
    }

    /// JSON reaches to the brace that closes it, another value to the blank, quote or semicolon that ends a word.
    fn value_at(&self, start: usize) -> Range<usize> {
        let rest = self.text(start..self.flat.len());
        // `printf 'NAME=%s\n' '{…}'` has the value among its arguments.
        let argument = rest.strip_prefix("%s").and_then(|rest| rest.split('\n').next()?.find('{'));
        let rest = argument.map_or(rest, |argument| rest.get(2 + argument..).unwrap_or_default());
        let start = self.flat.len() - rest.len();
        let bare = rest.trim_start_matches(['"', '\'', '\\', '$']);
        let opening = start + rest.len() - bare.len();
        if bare.starts_with('{') {
            let length = closing_brace(bare).unwrap_or_else(|| bare.find('\n').unwrap_or(bare.len()));
            return opening..opening + length;
        }
        let end =
            bare.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | '&')).unwrap_or(bare.len());
        opening..opening + end
    }
}

/// Whether what follows the text on its line is a comment.
fn is_comment(line: &str) -> bool {
    let (mut single, mut double, mut before) = (false, false, ' ');
    for character in line.chars() {
        match character {
            '#' if !single && !double && before.is_whitespace() => return true,
            '\'' if !double => single = !single,
            '"' if !single && before != '\\' => double = !double,
            _ => {}
        }
        before = character;
    }
    false
}

/// How far it is past the brace that closes the one the text begins with; a script has no JSON longer than this.
fn closing_brace(text: &str) -> Option<usize> {
    const LONGEST: usize = 16_384;
    let mut depth = 0usize;
    for (at, character) in text.char_indices().take_while(|(at, _)| *at < LONGEST) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

fn place(piece: Piece<'_>, range: Range<usize>) -> Span {
    match piece {
        Piece::Literal(text) => text.span(range),
        Piece::Hole(hole) => hole.span,
        Piece::Base64(_, span) => span,
    }
}
