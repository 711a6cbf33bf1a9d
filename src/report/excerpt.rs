//! Pieces of source text that are fit to be shown: clipped, masked, escaped.
//!
//! A minified template is one line of several hundred kilobytes, and a finding in it must not
//! print them all. An [`Excerpt`] is a small text made for one diagnostic, which knows for every
//! byte where in the source it comes from.

use std::collections::BTreeSet;
use std::ops::Range;

use memchr::{memchr, memrchr};

use super::inert::begins_command;
use super::mask::is_unprintable;
use crate::source::{Source, Span};

/// A line up to this long is shown whole, in bytes.
const WHOLE_LINE: usize = 200;
/// Of a longer line, how much is shown before and behind what is labelled, in bytes.
const BEFORE: usize = 48;
const BEHIND: usize = 72;
/// A label up to this long is shown whole, in bytes.
const WHOLE_LABEL: usize = 160;
/// Of a label that spans lines, how many lines are shown after its first.
pub(super) const LINES_AFTER_START: usize = 3;
/// A snippet up to this long is whole, in bytes.
const WHOLE_SNIPPET: usize = 400;
/// What stands for text that was left out.
const CUT: char = '…';

/// The lines of one source that one diagnostic shows.
#[derive(Debug, Default)]
pub(super) struct Excerpt {
    text: String,
    lines: Vec<Line>,
    /// Where each character of `text` begins, there and in the source. Both ascend.
    places: Vec<Place>,
}

#[derive(Debug)]
struct Line {
    /// The line's number in the source, from 1.
    number: usize,
    /// Its bytes in the excerpt, with the line end.
    range: Range<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    source: usize,
    excerpt: usize,
}

impl Excerpt {
    /// What there is to show of `source` for labels on `spans`. `masks` are sorted and disjoint.
    pub(super) fn new(source: &Source, spans: &[Span], masks: &[Range<usize>]) -> Self {
        let spans: Vec<Range<usize>> = spans.iter().map(|span| visible(source, *span)).collect();
        let text = source.text();
        let mut excerpt = Self::default();
        let mut last_number = 0;
        for (number, line) in lines_to_show(source, &spans) {
            // A gap of two empty lines makes the renderer draw a break, as one of a thousand would.
            if last_number != 0 && number > last_number + 1 {
                excerpt.push_empty_line(last_number + 1);
                excerpt.push_empty_line(last_number + 2);
            }
            last_number = number;
            excerpt.push_line(number, text, &line, &spans, masks);
        }
        excerpt
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The index of the line that holds a byte of the excerpt.
    pub(super) fn line_index(&self, byte: usize) -> usize {
        self.lines.partition_point(|line| line.range.start <= byte).saturating_sub(1)
    }

    /// The number in the source of a line of the excerpt, from 1.
    pub(super) fn line_number(&self, index: usize) -> usize {
        self.lines.get(index).map_or(1, |line| line.number)
    }

    /// The bytes of a line of the excerpt, with the line end; none behind the last line.
    pub(super) fn line_range(&self, index: usize) -> Option<Range<usize>> {
        self.lines.get(index).map(|line| line.range.clone())
    }

    /// Where in the source a byte of the excerpt comes from.
    pub(super) fn source_offset(&self, byte: usize) -> usize {
        let after = self.places.partition_point(|place| place.excerpt <= byte);
        self.places.get(after.saturating_sub(1)).map_or(0, |place| place.source)
    }

    /// Where a span of the source is shown.
    pub(super) fn range_of(&self, source: &Source, span: Span) -> Range<usize> {
        let span = visible(source, span);
        let start = self.excerpt_offset(span.start);
        start..self.excerpt_offset(span.end).max(start)
    }

    fn excerpt_offset(&self, offset: usize) -> usize {
        let after = self.places.partition_point(|place| place.source <= offset);
        self.places.get(after.saturating_sub(1)).map_or(0, |place| place.excerpt)
    }

    fn push_empty_line(&mut self, number: usize) {
        let start = self.text.len();
        self.text.push('\n');
        self.lines.push(Line { number, range: start..self.text.len() });
    }

    fn push_line(
        &mut self,
        number: usize,
        text: &str,
        line: &Range<usize>,
        spans: &[Range<usize>],
        masks: &[Range<usize>],
    ) {
        let start = self.text.len();
        let mut shown = line.start;
        for window in windows(text, line, spans) {
            if window.start > shown {
                self.push_char(shown, CUT);
            }
            for (at, character) in text.get(window.clone()).unwrap_or_default().char_indices() {
                let at = window.start + at;
                let steers = character == '#' && text.get(at..).is_some_and(begins_command);
                self.push_source_char(at, character, steers, masks);
            }
            shown = window.end;
        }
        if shown < line.end {
            self.push_char(shown, CUT);
        }
        // The line end has a place too: labels end there, and point there when something is missing.
        self.push_char(line.end, '\n');
        self.lines.push(Line { number, range: start..self.text.len() });
    }

    fn push_char(&mut self, source: usize, character: char) {
        self.places.push(Place { source, excerpt: self.text.len() });
        self.text.push(character);
    }

    fn push_source_char(&mut self, at: usize, character: char, steers: bool, masks: &[Range<usize>]) {
        if is_masked(at, masks) {
            self.push_char(at, '*');
        } else if steers || (character != '\t' && is_unprintable(character)) {
            self.places.push(Place { source: at, excerpt: self.text.len() });
            self.text.extend(character.escape_unicode());
        } else {
            self.push_char(at, character);
        }
    }
}

/// The span within the text, without a byte order mark before it and line ends behind it.
fn visible(source: &Source, span: Span) -> Range<usize> {
    let text = source.text();
    let start = (span.start.max(source.body_start()) as usize).min(text.len());
    let end = (span.end as usize).clamp(start, text.len());
    let trimmed = text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r']).len();
    start..start + trimmed
}

/// Number and bytes, without the line end, of each line to show, in order.
fn lines_to_show(source: &Source, spans: &[Range<usize>]) -> Vec<(usize, Range<usize>)> {
    let text = source.text();
    let mut starts = BTreeSet::new();
    for span in spans {
        let first = line_at(source, span.start);
        let last = line_at(source, span.end);
        starts.insert(first.start);
        starts.insert(last.start);
        if first.start == last.start {
            continue;
        }
        let mut line = first;
        for _ in 0..LINES_AFTER_START {
            line = line_at(source, line_end_with_break(text, &line));
            if line.start >= last.start {
                break;
            }
            starts.insert(line.start);
        }
        starts.insert(line_at(source, last.start.saturating_sub(1)).start);
    }
    let mut lines: Vec<(usize, Range<usize>)> = Vec::new();
    for start in starts {
        let line = line_at(source, start);
        let number = number_of(source, start);
        if let Some((last_number, last)) = lines.last()
            && number == last_number + 2
        {
            let between = line_at(source, line_end_with_break(text, last));
            lines.push((number - 1, between));
        }
        lines.push((number, line));
    }
    lines
}

fn number_of(source: &Source, offset: usize) -> usize {
    source.position(u32::try_from(offset).unwrap_or(u32::MAX)).line as usize
}

/// The bytes of the line around an offset, without its line end.
fn line_at(source: &Source, offset: usize) -> Range<usize> {
    let bytes = source.text().as_bytes();
    let offset = offset.min(bytes.len());
    let (before, behind) = bytes.split_at(offset);
    let start = memrchr(b'\n', before).map_or(source.body_start() as usize, |at| at + 1);
    let end = memchr(b'\n', behind).map_or(bytes.len(), |at| offset + at);
    let carriage_return = bytes.get(start..end).is_some_and(|line| line.ends_with(b"\r"));
    start.min(end)..end - usize::from(carriage_return)
}

/// Where the next line begins.
fn line_end_with_break(text: &str, line: &Range<usize>) -> usize {
    memchr(b'\n', text.as_bytes().get(line.end..).unwrap_or_default()).map_or(text.len(), |at| line.end + at + 1)
}

/// The parts of a line to show: all of a short one, the surroundings of the labels in a long one.
fn windows(text: &str, line: &Range<usize>, spans: &[Range<usize>]) -> Vec<Range<usize>> {
    if line.len() <= WHOLE_LINE {
        return vec![line.clone()];
    }
    let mut windows: Vec<Range<usize>> = Vec::new();
    for span in spans {
        let around = |from: usize, to: usize| from.saturating_sub(BEFORE).max(line.start)..(to + BEHIND).min(line.end);
        let holds = |at: usize| line.start <= at && at <= line.end;
        match (holds(span.start), holds(span.end)) {
            (true, true) if span.len() <= WHOLE_LABEL => windows.push(around(span.start, span.end)),
            (starts, ends) => {
                if starts {
                    windows.push(around(span.start, span.start));
                }
                if ends {
                    windows.push(around(span.end, span.end));
                }
            }
        }
    }
    if windows.is_empty() {
        windows.push(line.start..line.start + WHOLE_LINE / 2);
    }
    for window in &mut windows {
        *window = boundary_before(text, window.start)..boundary_after(text, window.end);
    }
    windows.sort_unstable_by_key(|window| (window.start, window.end));
    windows.dedup_by(|next, window| {
        let joined = next.start <= window.end;
        if joined {
            window.end = window.end.max(next.end);
        }
        joined
    });
    windows
}

/// The last character boundary at or before an offset.
fn boundary_before(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The first character boundary at or behind an offset.
fn boundary_after(text: &str, offset: usize) -> usize {
    (offset..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

fn is_masked(at: usize, masks: &[Range<usize>]) -> bool {
    let after = masks.partition_point(|mask| mask.start <= at);
    after.checked_sub(1).and_then(|before| masks.get(before)).is_some_and(|mask| at < mask.end)
}

/// A text that begins at an offset of its file, masked; its lines stay lines.
pub(super) fn masked(text: &str, start: usize, masks: &[Range<usize>]) -> String {
    let shown = |(at, character)| if is_masked(start + at, masks) && character != '\n' { '*' } else { character };
    text.char_indices().map(shown).collect()
}

/// The text of a span, masked, and cut when it is long.
pub(super) fn snippet(source: &Source, span: Span, masks: &[Range<usize>]) -> String {
    let span = visible(source, span);
    let text = source.text();
    let end = boundary_before(text, span.end.min(span.start + WHOLE_SNIPPET)).max(span.start);
    let mut snippet = masked(text.get(span.start..end).unwrap_or_default(), span.start, masks);
    if end < span.end {
        snippet.push(CUT);
    }
    snippet
}
