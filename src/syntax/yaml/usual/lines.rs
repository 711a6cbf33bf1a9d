//! The lines of a file, and where the reader is in them.

use memchr::{memchr, memchr_iter, memchr3_iter};

use super::super::assembly::Place;
use crate::source::{FileId, Source, Span};

pub(super) fn place(start: usize, end: usize) -> Option<Place> {
    Some(Place { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
}

pub(super) struct Lines<'s> {
    file: FileId,
    /// The whole file.
    pub(super) source: &'s str,
    /// Its bytes.
    pub(super) text: &'s [u8],
    at: usize,
    start: usize,
    /// Before the line end.
    end: usize,
    /// Past the line end.
    next: usize,
}

impl<'s> Lines<'s> {
    /// Before the first line; `None` for a text with characters that are seldom met and have a meaning of their own.
    pub(super) fn of(source: &'s Source) -> Option<Self> {
        let text = source.text().as_bytes();
        let start = source.body_start() as usize;
        is_usual(text.get(start..)?).then_some(Self {
            file: source.id(),
            source: source.text(),
            text,
            at: start,
            start,
            end: start,
            next: start,
        })
    }

    /// Goes to the beginning of the next line. Whether there is one.
    pub(super) fn next(&mut self) -> bool {
        let is_there = self.next < self.text.len();
        if is_there {
            self.go_to_line(self.next);
        }
        is_there
    }

    /// Goes to the beginning of the line that begins at `start`.
    pub(super) fn go_to_line(&mut self, start: usize) {
        let rest = self.text.get(start..).unwrap_or_default();
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        self.start = start;
        self.at = start;
        self.next = (start + length + 1).min(self.text.len());
        let line = rest.get(..length).unwrap_or_default();
        self.end = start + line.strip_suffix(b"\r").unwrap_or(line).len();
    }

    /// Lets the line that begins at `start` be the next one, and nothing be left of this one.
    pub(super) fn continue_with_line(&mut self, start: usize) {
        self.next = start;
        self.at = self.end;
    }

    /// Offset of the next byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Past the last byte of the line.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Where the next line begins.
    pub(super) fn next_start(&self) -> usize {
        self.next
    }

    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Bytes from the beginning of the line.
    pub(super) fn column(&self) -> usize {
        self.column_of(self.at)
    }

    pub(super) fn column_of(&self, at: usize) -> usize {
        at.saturating_sub(self.start)
    }

    /// The rest of the line.
    pub(super) fn rest(&self) -> &'s [u8] {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    /// The next byte of the line.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// Whether here is the dash of an item.
    pub(super) fn is_dash(&self) -> bool {
        matches!(self.rest(), [b'-'] | [b'-', b' ', ..])
    }

    /// Past the dash that is here and the spaces behind it.
    pub(super) fn behind_dash(&self) -> Option<usize> {
        let behind = self.at + 1 + self.spaces_from(self.at + 1);
        (self.text.get(behind) != Some(&b'#')).then_some(behind)
    }

    /// Whether here is the colon behind a key.
    pub(super) fn is_colon(&self) -> bool {
        matches!(self.rest(), [b':'] | [b':', b' ', ..])
    }

    /// Whether the line begins here, as the line between two documents does.
    pub(super) fn is_document_marker(&self) -> bool {
        self.at == self.start && matches!(self.rest(), [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..])
    }

    /// Reads the short tag that is here, and the spaces behind it.
    pub(super) fn tag(&mut self) -> Option<Place> {
        let name = self.rest().get(1..)?;
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let place = place(self.at, self.at + 1 + length)?;
        self.at += 1 + length;
        if length == 0 || !matches!(self.peek(), None | Some(b' ')) {
            return None;
        }
        self.skip_spaces();
        Some(place)
    }

    /// Reads the comment that is here; `None` if what is before it is not apart.
    pub(super) fn comment(&mut self) -> Option<Span> {
        let is_apart = self.at == self.start || self.text.get(self.at.checked_sub(1)?) == Some(&b' ');
        let place = place(self.at, self.end)?;
        self.at = self.end;
        is_apart.then_some(Span::new(self.file, place.start, place.end))
    }

    /// The spaces from `start` on.
    pub(super) fn spaces_from(&self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        rest.iter().take_while(|byte| **byte == b' ').count()
    }

    /// The beginning of the first line from `start` on that is not empty, and the spaces it begins with; nothing but
    /// the end of the file may be there.
    pub(super) fn line_with_text(&self, mut start: usize) -> (usize, usize) {
        loop {
            let spaces = self.spaces_from(start);
            match self.text.get(start + spaces) {
                Some(b'\n') => start += spaces + 1,
                Some(b'\r') => start += spaces + 2,
                _ => return (start, spaces),
            }
        }
    }
}

/// Whether there is no control character but tabs and line ends, and nothing that some take for a line end or a byte order mark.
fn is_usual(body: &[u8]) -> bool {
    let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f;
    // Without a way out of it, the loop takes many bytes at once.
    let has_control = body.iter().fold(false, |found, byte| found | is_control(*byte));
    let follows = |at: usize| body.get(at + 1..).unwrap_or_default();
    !has_control
        && memchr_iter(b'\r', body).all(|at| follows(at).first() == Some(&b'\n'))
        && (body.is_ascii()
            || memchr3_iter(0xc2, 0xe2, 0xef, body).all(|at| match (body.get(at), follows(at)) {
                (Some(0xc2), [second, ..]) => *second >= 0xa0,
                (Some(0xe2), [0x80, third, ..]) => !matches!(third, 0xa8 | 0xa9),
                (Some(0xef), [0xbb, 0xbf, ..] | [0xbf, 0xbe | 0xbf, ..]) => false,
                _ => true,
            }))
}
