//! Scalars of each style, where a value is due.

use memchr::{memchr, memchr_iter, memchr2, memchr3_iter};

use super::super::super::tape::{Style, VERBATIM};
use super::super::super::{Kind, block, scalar};
use super::super::assembly::{Place, Scalar};
use super::{LONGEST_KEY, Reader, lines};

/// What ends an unquoted text on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The colon behind a key.
    Colon,
    /// A comment.
    Comment,
    /// The line end.
    Line,
    /// What ends an item of a flow collection.
    Flow,
    /// A tab, which is not usual.
    Tab,
}

/// A scalar in quotes.
pub(super) struct Quoted {
    pub(super) scalar: Scalar,
    /// Whether it has more than one line.
    pub(super) is_long: bool,
}

impl Reader<'_> {
    pub(super) fn scalar(&mut self, scalar: &Scalar, tag: Option<Place>) -> Option<()> {
        match tag {
            // The argument of a function is text, whatever it looks like.
            Some(_) if scalar.kind != Kind::String => {
                self.assembly.scalar(&Scalar { kind: Kind::String, ..*scalar }, tag);
            }
            _ => {
                self.assembly.scalar(scalar, tag);
            }
        }
        // There is no document of a scalar alone.
        self.outer_column()?;
        self.check_values()
    }

    /// Reads unquoted text up to the end of the line at most.
    pub(super) fn plain_on_line(&mut self, in_flow: bool) -> Option<(Scalar, Stop)> {
        let rest = self.lines.rest();
        if !begins_plain(rest) {
            return None;
        }
        let (length, stop) = if in_flow { end_in_flow(rest) } else { end_in_block(rest) };
        if stop == Stop::Tab {
            return None;
        }
        let text = rest.get(..length).unwrap_or_default();
        let written = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
        let start = self.lines.at();
        if stop == Stop::Colon {
            self.lines.go_to(start + length);
            if length > LONGEST_KEY {
                return None;
            }
        } else {
            self.lines.go_to(start + written);
        }
        let place = lines::place(start, start + written)?;
        let kind = scalar::core_kind(self.lines.source.get(start..start + written)?);
        Some((Scalar { place, kind, style: Style::Plain, extra: VERBATIM, shown_end: place.end }, stop))
    }

    /// Reads the lines that unquoted text goes on in, if there are any.
    pub(super) fn continued(&mut self, first: Scalar) -> Option<Scalar> {
        let outer = self.outer_column()?;
        let mut text = first;
        loop {
            let (start, spaces) = self.lines.line_with_text(self.lines.next_start());
            match self.lines.text.get(start + spaces) {
                Some(b'\t') => return None,
                Some(byte) if *byte != b'#' && spaces > outer => {}
                _ => return Some(text),
            }
            self.lines.go_to_line(start);
            self.lines.skip(spaces);
            let (more, stop) = self.plain_on_line(false)?;
            text.place.end = more.place.end;
            text.shown_end = more.place.end;
            // Of more than one word.
            text.kind = Kind::String;
            text.extra = 0;
            match stop {
                Stop::Line => {}
                Stop::Comment => return Some(text),
                Stop::Colon | Stop::Flow | Stop::Tab => return None,
            }
        }
    }

    /// Reads text in quotes. Where it is all there is on a line, CloudFormation takes it whatever the indentation of its lines.
    pub(super) fn quoted(&mut self, may_be_outdented: bool) -> Option<Quoted> {
        let start = self.lines.at();
        let style = if self.lines.peek()? == b'"' { Style::Double } else { Style::Single };
        let (end, has_escapes) = match style {
            Style::Double => self.end_of_double(start + 1)?,
            _ => self.end_of_single(start + 1)?,
        };
        let is_long = end > self.lines.end();
        if is_long {
            self.go_to_last_line(start, end, may_be_outdented)?;
        }
        self.lines.go_to(end);
        let place = lines::place(start, end)?;
        let extra = if is_long || has_escapes { 0 } else { VERBATIM };
        let scalar = Scalar { place, kind: Kind::String, style, extra, shown_end: place.end };
        Some(Quoted { scalar, is_long })
    }

    /// Past the closing quote of what goes on at `at`, and whether anything is escaped before it.
    fn end_of_double(&self, mut at: usize) -> Option<(usize, bool)> {
        let mut has_escapes = false;
        loop {
            at += memchr2(b'"', b'\\', self.lines.text.get(at..)?)?;
            match self.lines.text.get(at..)? {
                [b'"', ..] => return Some((at + 1, has_escapes)),
                [b'\\', b'"' | b'\\' | b'/' | b'n' | b't' | b'r' | b' ' | b'\n' | b'\r', ..] => at += 2,
                _ => return None,
            }
            has_escapes = true;
        }
    }

    /// [`Self::end_of_double`] for a single quote.
    fn end_of_single(&self, mut at: usize) -> Option<(usize, bool)> {
        let mut has_escapes = false;
        loop {
            at += memchr(b'\'', self.lines.text.get(at..)?)?;
            if self.lines.text.get(at + 1) != Some(&b'\'') {
                return Some((at + 1, has_escapes));
            }
            at += 2;
            has_escapes = true;
        }
    }

    /// Goes to the last line of a quoted text, each of whose lines has to be indented or at least not to look like the line between two
    /// documents.
    fn go_to_last_line(&mut self, start: usize, end: usize, may_be_outdented: bool) -> Option<()> {
        let outer = self.outer_column()?;
        let quoted = self.lines.text.get(start..end)?;
        let mut last = start;
        for line_end in memchr_iter(b'\n', quoted) {
            last = start + line_end + 1;
            let spaces = self.lines.spaces_from(last);
            match self.lines.text.get(last + spaces..)? {
                [b'\n' | b'\r', ..] => {}
                [b'\t', ..] => return None,
                [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..] if spaces == 0 => return None,
                _ if spaces <= outer && !may_be_outdented => return None,
                _ => {}
            }
        }
        self.lines.go_to_line(last);
        Some(())
    }

    /// Reads a block scalar from its indicator to its end.
    pub(super) fn block_scalar(&mut self, tag: Option<Place>) -> Option<()> {
        let outer = self.outer_column()?;
        let start = self.lines.at();
        let style = if self.lines.peek()? == b'|' { Style::Literal } else { Style::Folded };
        self.lines.skip(1);
        if matches!(self.lines.peek(), Some(b'+' | b'-')) {
            self.lines.skip(1);
        }
        if !matches!(self.lines.peek(), None | Some(b' ')) {
            return None;
        }
        self.lines.skip_spaces();
        if !self.ends_line()? {
            return None;
        }

        let (first, indent) = self.lines.line_with_text(self.lines.next_start());
        let has_more = |line: &[u8]| line.strip_suffix(b"\r").unwrap_or(line).len() > indent;
        let blank = self.lines.text.get(self.lines.next_start()..first)?;
        if matches!(self.lines.text.get(first + indent)?, b'\t') || indent <= outer {
            return None;
        }
        if blank.split(|byte| *byte == b'\n').any(has_more) {
            return None;
        }
        let (line, end) = self.end_of_block(first, indent)?;
        self.lines.continue_with_line(line);

        let place = lines::place(start, end)?;
        let extra = u16::try_from(indent).ok().filter(|indent| *indent != block::NO_TEXT)?;
        let shown_end = block::shown_end(self.lines.source, place.start, place.end);
        self.scalar(&Scalar { place, kind: Kind::String, style, extra, shown_end }, tag)
    }

    /// Where the line begins that is the first behind a block whose lines are indented by `indent`, and its first character behind
    /// spaces.
    fn end_of_block(&self, mut line: usize, indent: usize) -> Option<(usize, usize)> {
        let text = self.lines.text;
        loop {
            let spaces = self.lines.spaces_from(line);
            match text.get(line + spaces) {
                None if spaces > indent => return None,
                None => return Some((line, text.len())),
                Some(b'\n' | b'\r') => {}
                Some(_) if spaces >= indent => {}
                Some(_) => return Some((line, line + spaces)),
            }
            let rest = text.get(line + spaces..)?;
            line = memchr(b'\n', rest).map_or(text.len(), |length| line + spaces + length + 1);
        }
    }
}

/// How long unquoted text is, and what ends it.
fn end_in_block(line: &[u8]) -> (usize, Stop) {
    let mut stops = memchr3_iter(b':', b'#', b'\t', line).filter_map(|at| Some((at, stop_in_block(line, at)?)));
    stops.next().unwrap_or((line.len(), Stop::Line))
}

fn end_in_flow(line: &[u8]) -> (usize, Stop) {
    let is_flow = |byte: u8| matches!(byte, b',' | b'[' | b']' | b'{' | b'}');
    let stop = |(at, byte): (usize, &u8)| match byte {
        byte if is_flow(*byte) => Some((at, Stop::Flow)),
        b':' if line.get(at + 1).is_some_and(|next| is_flow(*next)) => Some((at, Stop::Colon)),
        b':' | b'#' | b'\t' => Some((at, stop_in_block(line, at)?)),
        _ => None,
    };
    line.iter().enumerate().find_map(stop).unwrap_or((line.len(), Stop::Line))
}

/// As what a colon, a number sign or a tab ends the text before it, if it does.
fn stop_in_block(line: &[u8], at: usize) -> Option<Stop> {
    let before = at.checked_sub(1).and_then(|before| line.get(before));
    match line.get(at..)? {
        [b':'] | [b':', b' ', ..] => Some(Stop::Colon),
        [b'#', ..] if before == Some(&b' ') => Some(Stop::Comment),
        [b'\t', ..] => Some(Stop::Tab),
        _ => None,
    }
}

/// Whether unquoted text may begin so, as far as there can be no doubt about it.
fn begins_plain(rest: &[u8]) -> bool {
    match rest {
        [b'-', second, ..] => matches!(second, b'-' | b'.' | b'/' | b'_') || second.is_ascii_alphanumeric(),
        [b':', second, ..] => matches!(second, b':' | b'/' | b'_') || second.is_ascii_alphanumeric(),
        [b'_' | b'/' | b'.' | b'$' | b'(' | b')' | b'+' | b'=' | b'~' | b'^' | b';' | b'\\' | b'<', ..] => true,
        [first, ..] => first.is_ascii_alphanumeric() || *first >= 0x80,
        [] => false,
    }
}
