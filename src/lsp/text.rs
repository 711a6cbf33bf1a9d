//! Texts as an editor counts them: lines, and columns in the unit that was agreed on.
//!
//! The protocol ends lines at `\n`, `\r\n` and `\r`; a byte order mark that the client sends is a character like others.

use gen_lsp_types::{Position, Range};
use serde::Deserialize;

/// The unit of columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every client knows.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Encoding {
    /// The name of that unit in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    /// The one to use of those that a client offers: bytes need no counting.
    #[must_use]
    pub fn best_of<'n>(offered: impl Iterator<Item = &'n str>) -> Self {
        let offered: Vec<&str> = offered.collect();
        let is_offered = |one: &Self| offered.contains(&one.name());
        [Self::Utf8, Self::Utf32].into_iter().find(is_offered).unwrap_or_default()
    }

    fn width(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
    encoding: Encoding,
    /// Bytes at the beginning that are no column, because the editor does not show them.
    hidden: usize,
}

impl Lines {
    /// The lines of a text.
    #[must_use]
    pub fn new(text: &str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
            .filter(|at| bytes.get(*at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n'));
        Self { starts: std::iter::once(0).chain(ends.map(|at| at + 1)).collect(), encoding, hidden: 0 }
    }

    /// The lines of a file on disk, of whose byte order mark an editor will show nothing.
    #[must_use]
    pub fn of_file(text: &str, encoding: Encoding) -> Self {
        Self { hidden: if text.starts_with('\u{feff}') { 3 } else { 0 }, ..Self::new(text, encoding) }
    }

    /// The place of a byte offset. One that is past the end is the end, one inside of a character the start of that character.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let mut offset = offset.clamp(self.hidden.min(text.len()), text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.start(line);
        let before = text.get(start..offset).unwrap_or_default();
        let column = match self.encoding {
            Encoding::Utf8 => before.len(),
            _ if before.is_ascii() => before.len(),
            encoding => before.chars().map(|character| encoding.width(character)).sum(),
        };
        Position { line: number(line), character: number(column) }
    }

    /// Where the first column of a line is.
    fn start(&self, line: usize) -> usize {
        let start = self.starts.get(line).copied().unwrap_or(0);
        if line == 0 { self.hidden } else { start }
    }

    /// The range of bytes as the client counts it.
    #[must_use]
    pub fn range(&self, text: &str, bytes: std::ops::Range<usize>) -> Range {
        Range { start: self.position(text, bytes.start), end: self.position(text, bytes.end.max(bytes.start)) }
    }

    /// The byte offset of a place. A column behind the end of its line is the end of the line, a line behind the last the end of
    /// the text, a column inside of a character the start of that character.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let line = position.line as usize;
        if line >= self.starts.len() {
            return text.len();
        }
        let start = self.start(line);
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let content = text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let mut column = position.character as usize;
        let mut at = start;
        for character in content.chars() {
            let width = self.encoding.width(character);
            if column < width {
                break;
            }
            column -= width;
            at += character.len_utf8();
        }
        at
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A change of a text: the new text of a range, or of everything.
///
/// The protocol's own type takes a change whose range is malformed for one of everything, which would lose the document.
#[derive(Clone, Debug, Deserialize)]
pub struct Change {
    /// What is replaced; `None`: everything.
    #[serde(default)]
    pub range: Option<Range>,
    /// What takes its place.
    pub text: String,
}

/// Makes the changes, one after the other.
pub fn apply(text: &mut String, changes: Vec<Change>, encoding: Encoding) {
    for change in changes {
        let Some(range) = change.range else {
            *text = change.text;
            continue;
        };
        let lines = Lines::new(text, encoding);
        let start = lines.offset(text, range.start);
        let end = lines.offset(text, range.end).max(start);
        text.replace_range(start..end, &change.text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec!["a", "é", "漢", "🔑", "👩‍🚀", "\n", "\r\n", "\r", " ", "\u{feff}"]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// An editor keeps its text in an array of its own units; the same edits lead to the same text.
        #[test]
        fn edits_lead_to_the_editors_text(begin in pieces(), edits in prop::collection::vec((pieces(), any::<u16>(), any::<u16>()), 0..8)) {
            for encoding in ALL {
                let mut ours = begin.clone();
                let mut theirs: Vec<char> = begin.chars().collect();
                for (new, one, other) in &edits {
                    let one = usize::from(*one) % (theirs.len() + 1);
                    let other = usize::from(*other) % (theirs.len() + 1);
                    let range = Range { start: place(&theirs, one.min(other), encoding), end: place(&theirs, one.max(other), encoding) };
                    let (from, to) = (index(&theirs, range.start, encoding), index(&theirs, range.end, encoding));
                    theirs.splice(from..to, new.chars());
                    apply(&mut ours, vec![Change { range: Some(range), text: new.clone() }], encoding);
                    prop_assert_eq!(&ours, &theirs.iter().collect::<String>());
                }
            }
        }

        #[test]
        fn offsets_and_places_are_one_to_one(text in pieces()) {
            for encoding in ALL {
                let lines = Lines::new(&text, encoding);
                for (at, character) in text.char_indices() {
                    let position = lines.position(&text, at);
                    // Inside of `\r\n` there is no place.
                    if character != '\n' || !text[..at].ends_with('\r') {
                        prop_assert_eq!(lines.offset(&text, position), at);
                    }
                }
            }
        }
    }

    /// The place of an index, counted without any table.
    fn place(text: &[char], index: usize, encoding: Encoding) -> Position {
        let (mut line, mut column) = (0, 0);
        for (at, character) in text[..index].iter().enumerate() {
            let ends = *character == '\n' || *character == '\r' && text.get(at + 1) != Some(&'\n');
            (line, column) = if ends { (line + 1, 0) } else { (line, column + encoding.width(*character)) };
        }
        Position { line, character: u32::try_from(column).unwrap() }
    }

    /// The first index with that place, or the last before it on its line.
    fn index(text: &[char], wanted: Position, encoding: Encoding) -> usize {
        (0..=text.len()).find(|index| place(text, *index, encoding) >= wanted).map_or(text.len(), |index| {
            // `\r\n` is one line end.
            if index > 0 && index < text.len() && text[index] == '\n' && text[index - 1] == '\r' {
                index - 1
            } else {
                index
            }
        })
    }

    #[test]
    fn places_that_are_none_are_moved_to_the_nearest() {
        let text = "a🔑b\nc";
        let lines = Lines::new(text, Encoding::Utf16);
        let at = |line, character| lines.offset(text, Position { line, character });
        assert_eq!((at(0, 1), at(0, 2), at(0, 3), at(0, 99), at(1, 99), at(9, 0)), (1, 1, 5, 6, 8, 8));
        let file = Lines::of_file("\u{feff}ab", Encoding::Utf16);
        assert_eq!(file.position("\u{feff}ab", 4), Position { line: 0, character: 1 });
        assert_eq!(file.offset("\u{feff}ab", Position { line: 0, character: 1 }), 4);
    }

    #[test]
    fn bytes_are_preferred() {
        assert_eq!(Encoding::best_of(["utf-16", "utf-8"].into_iter()), Encoding::Utf8);
        assert_eq!(Encoding::best_of(["utf-32"].into_iter()), Encoding::Utf32);
        assert_eq!(Encoding::best_of(["utf-7"].into_iter()), Encoding::Utf16);
    }
}
