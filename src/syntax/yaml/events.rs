//! The parser's events onto the tape.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Place, Tag};

use super::super::tape::{OPEN, Style, VERBATIM};
use super::super::{Kind, MOST_VALUES, Parsed, SyntaxProblem, block, scalar, too_many_values};
use super::assembly::{self, Assembly};
use super::{error, outdented};
use crate::source::{Source, Span};

/// After so many documents with an error, the rest of the file is not read.
const MOST_PROBLEMS: usize = 20;

/// So many bytes of the file may be read again because quoted text in it is outdented.
const MOST_REREAD: usize = 32 << 20;

/// What aliases may add: so many values in all,
pub const MOST_COPIES: usize = 1_000_000;
/// and so many for each cell that is written out, beyond a first few.
const MOST_COPIES_PER_CELL: usize = 64;
const FREE_COPIES: usize = 10_000;

/// Reads a YAML file, however it is written.
pub(super) fn read(source: &Source, with_comments: bool) -> Parsed {
    let start = source.body_start() as usize;
    let mut body = Cow::Borrowed(source.text().get(start..).unwrap_or_default());
    let mut reread = 0;
    while reread < MOST_REREAD {
        match read_body(source, &body, with_comments, outdented::joined) {
            Ok(parsed) => return parsed,
            Err(joined) => body = Cow::Owned(joined),
        }
        // The text itself, and what is before the error once more.
        reread += 2 * body.len();
    }
    read_body(source, &body, with_comments, |_, _| None).unwrap_or_else(|_| Builder::new(source).finish())
}

/// Reads `body`, the text of `source` or one of the same shape. What `instead` makes of an error is
/// to be read instead.
fn read_body(
    source: &Source,
    body: &str,
    with_comments: bool,
    instead: impl Fn(&str, &ScanError) -> Option<String>,
) -> Result<Parsed, String> {
    let mut builder = Builder::new(source);
    let options = granit_parser::options! { emit_comments: with_comments, max_buffered_comment_events: usize::MAX };
    let mut parser = Parser::new_from_str_with_options(body, options);
    while let Some(result) = parser.next_event() {
        let problem = match result {
            Ok((event, place)) => match builder.event(&event, &place) {
                Ok(()) => continue,
                Err(problem) => problem,
            },
            Err(error) => match instead(body, &error) {
                Some(other) => return Err(other),
                None => error::problem(source, &error),
            },
        };
        builder.abandon_document(problem);
        if builder.is_full
            || builder.problems.len() >= MOST_PROBLEMS
            || !parser.proceed_next_document().unwrap_or(false)
        {
            break;
        }
    }
    Ok(builder.finish())
}

struct Builder<'s> {
    source: &'s Source,
    assembly: Assembly<'s>,
    problems: Vec<SyntaxProblem>,
    /// The first cell of each anchored node.
    anchors: HashMap<usize, u32>,
    /// How many cells aliases added.
    copies: usize,
    /// Whether there are as many cells as there may be.
    is_full: bool,
    /// Where the current document begins on the tape.
    document: u32,
    /// Past the last token that is written out. (The parser places what is not where the next token
    /// starts, and a block scalar where its text starts.)
    cursor: u32,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Source) -> Self {
        Self {
            source,
            assembly: Assembly::new(source),
            problems: Vec::new(),
            anchors: HashMap::new(),
            copies: 0,
            is_full: false,
            document: 0,
            cursor: source.body_start(),
        }
    }

    fn finish(self) -> Parsed {
        let mut tree = self.assembly.tree;
        tree.comments.sort_unstable();
        tree.comments.dedup();
        Parsed { tree, problems: self.problems }
    }

    fn abandon_document(&mut self, problem: SyntaxProblem) {
        self.problems.push(problem);
        self.assembly.abandon_from(self.document);
        self.anchors.clear();
    }

    fn event(&mut self, event: &Event<'_>, place: &Place) -> Result<(), SyntaxProblem> {
        let span = self.span(place);
        if self.assembly.tree.cells.len() >= MOST_VALUES {
            self.is_full = true;
            return Err(too_many_values(Span::new(span.file, span.start, span.start)));
        }
        match event {
            Event::DocumentStart(is_explicit, _) => {
                self.document = self.assembly.tree.len();
                if *is_explicit {
                    self.cursor = self.cursor.max(span.end);
                }
            }
            Event::DocumentEnd if self.assembly.tree.len() > self.document => {
                self.assembly.tree.roots.push(self.document);
                self.document = self.assembly.tree.len();
                self.anchors.clear();
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text, *style, *anchor, tag.as_deref(), place)?;
            }
            Event::SequenceStart(_, anchor, tag) => self.start(Kind::Array, *anchor, tag.as_deref(), place),
            Event::MappingStart(_, anchor, tag) => self.start(Kind::Object, *anchor, tag.as_deref(), place),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(*anchor, span)?,
            Event::Comment(..) => self.assembly.tree.comments.push(span),
            _ => {}
        }
        Ok(())
    }

    fn span(&self, place: &Place) -> Span {
        let base = self.source.body_start();
        let range = place.byte_range().unwrap_or_default();
        let offset = |at| base + u32::try_from(at).unwrap_or(0);
        Span::new(self.source.id(), offset(range.start), offset(range.end))
    }

    fn text(&self, start: u32, end: u32) -> &'s str {
        self.source.slice(Span::new(self.source.id(), start, end))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        place: &Place,
    ) -> Result<(), SyntaxProblem> {
        let span = self.span(place);
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let written = self.text(span.start, span.end);
        if style == Style::Plain
            && place.start.line() < place.end.line()
            && let Some(at) = comment_within(written)
        {
            let start = span.start + u32::try_from(at).unwrap_or_default();
            let message = "the text before this comment cannot go on below it".to_owned();
            return Err(SyntaxProblem { span: Span::new(span.file, start, start + 1), message });
        }
        let kind = match tag {
            Some(tag) => kind_of_tagged(tag, written),
            None if style == Style::Plain && written.is_empty() => Kind::Null,
            None if style == Style::Plain => scalar::core_kind(text),
            None => Kind::String,
        };
        let mut scalar = assembly::Scalar { place: span_place(span), kind, style, extra: 0, shown_end: span.end };
        if style.is_block() {
            let start = self.block_header(span);
            let has_text = span.start > start && span.start < span.end;
            let indent = if has_text { place.start.col() } else { usize::from(block::NO_TEXT) };
            scalar.extra = u16::try_from(indent).map_err(|_| too_indented(span))?;
            scalar.place.start = start;
            scalar.shown_end = block::shown_end(self.source.text(), start, span.end);
            self.cursor = self.cursor.max(start + 1);
        } else if scalar::content(written, style) == text {
            scalar.extra = VERBATIM;
        }
        if span.start < span.end {
            self.cursor = self.cursor.max(scalar.shown_end);
        }
        let tag = self.short_tag(tag, place);
        let first = self.assembly.scalar(&scalar, tag);
        if anchor > 0 {
            self.anchors.insert(anchor, first);
        }
        Ok(())
    }

    /// Where the `|` or `>` of a block scalar is, whose text is at `span`: between it and the last
    /// token there are only indicators, properties and comments.
    fn block_header(&self, span: Span) -> u32 {
        let between = self.text(self.cursor, self.source.text().len().try_into().unwrap_or(u32::MAX));
        let mut at = 0;
        while let Some(rest) = between.get(at..) {
            let found = self.cursor + u32::try_from(at).unwrap_or(u32::MAX);
            let line = || rest.find(['\n', '\r']).unwrap_or(rest.len());
            let word = || rest.find([' ', '\t', '\n', '\r']).unwrap_or(rest.len());
            at += match rest.chars().next() {
                Some('|' | '>') => return found,
                Some('#' | '%') => line(),
                Some('!' | '&') => word(),
                Some(other) => other.len_utf8(),
                None => break,
            };
            if found > span.start {
                break;
            }
        }
        span.start
    }

    fn start(&mut self, kind: Kind, anchor: usize, tag: Option<&Tag>, place: &Place) {
        let span = self.span(place);
        let tag = self.short_tag(tag, place);
        let first = self.assembly.open(kind, span_place(span), tag);
        if anchor > 0 {
            self.anchors.insert(anchor, first);
        }
    }

    fn end(&mut self, span: Span) {
        let is_flow = matches!(self.text(span.start, span.end), "]" | "}");
        if is_flow {
            self.cursor = self.cursor.max(span.end);
        }
        self.assembly.close(is_flow.then_some(span.end));
    }

    /// Where the short form of a function is written.
    fn short_tag(&self, tag: Option<&Tag>, place: &Place) -> Option<assembly::Place> {
        tag.filter(|tag| is_function(tag))?;
        Some(span_place(self.span(&place.tag_span()?)))
    }

    /// Puts in what an alias stands for.
    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), SyntaxProblem> {
        let problem = |message| SyntaxProblem { span, message };
        let written = self.text(span.start, span.end);
        let Some(&from) = self.anchors.get(&anchor) else {
            return Err(problem(format!("nothing before `{written}` is called that")));
        };
        let end = self.assembly.tree.cell(from).next;
        if end == OPEN {
            return Err(problem(format!("`{written}` repeats a value that it is itself a part of")));
        }
        let count = (end - from) as usize;
        self.copies += count;
        let own = (self.assembly.tree.cells.len() + count).saturating_sub(self.copies);
        let limit = MOST_COPIES.min(FREE_COPIES + own * MOST_COPIES_PER_CELL);
        if self.copies > limit {
            return Err(problem(format!("with its aliases the file expands to more than {limit} values")));
        }
        let at = self.assembly.tree.len();
        let moved = at - from;
        for index in from..end {
            let mut cell = self.assembly.tree.cell(index);
            cell.next += moved;
            self.assembly.tree.cells.push(cell);
        }
        self.cursor = self.cursor.max(span.end);
        self.assembly.child_ended(at, span.end);
        Ok(())
    }
}

fn span_place(span: Span) -> assembly::Place {
    assembly::Place { start: span.start, end: span.end }
}

/// Whether a tag is the short form of a CloudFormation function: a local tag with a name.
fn is_function(tag: &Tag) -> bool {
    tag.handle() == "!" && !tag.suffix().is_empty()
}

/// Where a line of an unquoted text is a comment. The parser reads on over one that is indented by a tab; to YAML the text ends there.
fn comment_within(written: &str) -> Option<usize> {
    memchr::memchr_iter(b'#', written.as_bytes()).find(|at| {
        let before = written.get(..*at).unwrap_or_default().trim_end_matches([' ', '\t']);
        before.ends_with(['\n', '\r'])
    })
}

/// What a scalar with a tag is. The argument of a function is text, whatever it looks like.
fn kind_of_tagged(tag: &Tag, written: &str) -> Kind {
    match tag.core_suffix() {
        Some("int" | "float") => Kind::Number,
        Some("bool") => Kind::Bool,
        Some("null") => Kind::Null,
        Some("map" | "seq" | "str") => Kind::String,
        _ if tag.handle() == "!" || !written.is_empty() => Kind::String,
        _ => Kind::Null,
    }
}

fn too_indented(span: Span) -> SyntaxProblem {
    SyntaxProblem {
        span: Span::new(span.file, span.start, span.start),
        message: format!("this line is indented by more than {} columns", u16::MAX),
    }
}
