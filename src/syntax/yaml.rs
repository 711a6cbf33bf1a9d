//! YAML: parser events onto the tape.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Place, Tag};

use super::tape::{OPEN, Style};
use super::{Format, Kind, MOST_VALUES, Parsed, SyntaxProblem, Tree, block, outdented, scalar, yaml_error};
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

/// Reads a YAML file.
///
/// A document with an error is left out and reported; the others are kept.
#[must_use]
pub fn parse_yaml(source: &Source) -> Parsed {
    parse(source, true)
}

/// [`parse_yaml`] for who has no use for comments, which cost a tenth of the time.
#[must_use]
pub fn parse_yaml_without_comments(source: &Source) -> Parsed {
    parse(source, false)
}

fn parse(source: &Source, with_comments: bool) -> Parsed {
    if let Err(problem) = super::check_size(source) {
        let mut builder = Builder::new(source);
        builder.problems.push(problem);
        return builder.finish();
    }
    let start = source.body_start() as usize;
    let mut body = Cow::Borrowed(source.text().get(start..).unwrap_or_default());
    let mut reread = 0;
    while reread < MOST_REREAD {
        match read(source, &body, with_comments, outdented::joined) {
            Ok(parsed) => return parsed,
            Err(joined) => body = Cow::Owned(joined),
        }
        // The text itself, and what is before the error once more.
        reread += 2 * body.len();
    }
    read(source, &body, with_comments, |_, _| None).unwrap_or_else(|_| Builder::new(source).finish())
}

/// Reads `body`, the text of `source` or one of the same shape. What `instead` makes of an error is
/// to be read instead.
fn read(
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
                None => yaml_error::problem(source, &error),
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

/// A container that is being read.
struct Frame {
    at: u32,
    /// The object that stands for the tag before the container.
    tagged: Option<u32>,
    is_object: bool,
    /// Whether the next cell is a key.
    at_key: bool,
    /// Where the last part of it ended.
    end: u32,
}

struct Builder<'s> {
    source: &'s Source,
    tree: Tree,
    problems: Vec<SyntaxProblem>,
    open: Vec<Frame>,
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
            tree: Tree::new(source.id(), Format::Yaml),
            problems: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            copies: 0,
            is_full: false,
            document: 0,
            cursor: source.body_start(),
        }
    }

    fn finish(mut self) -> Parsed {
        self.tree.comments.sort_unstable();
        self.tree.comments.dedup();
        Parsed { tree: self.tree, problems: self.problems }
    }

    fn abandon_document(&mut self, problem: SyntaxProblem) {
        self.problems.push(problem);
        self.tree.cells.truncate(self.document as usize);
        self.open.clear();
        self.anchors.clear();
    }

    fn event(&mut self, event: &Event<'_>, place: &Place) -> Result<(), SyntaxProblem> {
        let span = self.span(place);
        if self.tree.cells.len() >= MOST_VALUES {
            self.is_full = true;
            return Err(super::too_many_values(Span::new(span.file, span.start, span.start)));
        }
        match event {
            Event::DocumentStart(is_explicit, _) => {
                self.document = self.tree.len();
                if *is_explicit {
                    self.cursor = self.cursor.max(span.end);
                }
            }
            Event::DocumentEnd if self.tree.len() > self.document => {
                self.tree.roots.push(self.document);
                self.document = self.tree.len();
                self.anchors.clear();
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text, *style, *anchor, tag.as_deref(), place)?;
            }
            Event::SequenceStart(_, anchor, tag) => self.start(Kind::Array, *anchor, tag.as_deref(), place),
            Event::MappingStart(_, anchor, tag) => self.start(Kind::Object, *anchor, tag.as_deref(), place),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(*anchor, span)?,
            Event::Comment(..) => self.tree.comments.push(span),
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
        let tagged = self.open_tag(tag, place);
        let first = tagged.unwrap_or(self.tree.len());
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
        let start = if style.is_block() { self.block_header(span) } else { span.start };
        let at = self.tree.push(start, span.end, kind, style);
        let mut end = span.end;
        if !style.is_block() && scalar::raw(self.tree.cell(at), self.source.text()) == text {
            self.tree.note_verbatim(at);
        }
        if style.is_block() {
            let has_text = span.start > start && span.start < span.end;
            let indent = if has_text { place.start.col() } else { usize::from(block::NO_TEXT) };
            let indent = u16::try_from(indent).map_err(|_| too_indented(span))?;
            if let Some(cell) = self.tree.cells.get_mut(at as usize) {
                cell.extra = indent;
            }
            end = block::shown_end(self.source.text(), start, span.end);
            self.cursor = self.cursor.max(start + 1);
        }
        if span.start < span.end {
            self.cursor = self.cursor.max(end);
        }
        if let Some(tagged) = tagged {
            let tag_end = self.tree.cell(tagged + 1).end;
            self.tree.close(tagged, end.max(tag_end));
            end = end.max(tag_end);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, first);
        }
        self.child_ended(first, end);
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
        let tagged = self.open_tag(tag, place);
        let at = self.tree.push(span.start, span.start, kind, Style::Plain);
        if anchor > 0 {
            self.anchors.insert(anchor, tagged.unwrap_or(at));
        }
        self.open.push(Frame { at, tagged, is_object: kind == Kind::Object, at_key: true, end: span.end });
    }

    fn end(&mut self, span: Span) {
        let Some(frame) = self.open.pop() else {
            return;
        };
        let is_flow = matches!(self.text(span.start, span.end), "]" | "}");
        let end = if is_flow { span.end } else { frame.end };
        if is_flow {
            self.cursor = self.cursor.max(end);
        }
        self.tree.close(frame.at, end);
        if let Some(tagged) = frame.tagged {
            self.tree.close(tagged, end);
        }
        self.child_ended(frame.tagged.unwrap_or(frame.at), end);
    }

    /// Opens the object that a short tag stands for, with its key; its value is what comes next.
    fn open_tag(&mut self, tag: Option<&Tag>, place: &Place) -> Option<u32> {
        tag.filter(|tag| is_function(tag))?;
        let place = place.tag_span()?;
        let span = self.span(&place);
        let at = self.tree.push(span.start, span.end, Kind::Object, Style::Plain);
        self.tree.push(span.start, span.end, Kind::String, Style::Tag);
        Some(at)
    }

    /// Puts in what an alias stands for.
    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), SyntaxProblem> {
        let problem = |message| SyntaxProblem { span, message };
        let written = self.text(span.start, span.end);
        let Some(&from) = self.anchors.get(&anchor) else {
            return Err(problem(format!("nothing before `{written}` is called that")));
        };
        let end = self.tree.cell(from).next;
        if end == OPEN {
            return Err(problem(format!("`{written}` repeats a value that it is itself a part of")));
        }
        let count = (end - from) as usize;
        self.copies += count;
        let own = (self.tree.cells.len() + count).saturating_sub(self.copies);
        let limit = MOST_COPIES.min(FREE_COPIES + own * MOST_COPIES_PER_CELL);
        if self.copies > limit {
            return Err(problem(format!("with its aliases the file expands to more than {limit} values")));
        }
        let at = self.tree.len();
        let moved = at - from;
        for index in from..end {
            let mut cell = self.tree.cell(index);
            cell.next += moved;
            self.tree.cells.push(cell);
        }
        self.cursor = self.cursor.max(span.end);
        self.child_ended(at, span.end);
        Ok(())
    }

    /// Tells the open container that one of its keys, values or items is there.
    fn child_ended(&mut self, first: u32, end: u32) {
        let source = self.source.text();
        let cell = self.tree.cell(first);
        let Some(frame) = self.open.last_mut() else {
            return;
        };
        frame.end = frame.end.max(end);
        if !frame.is_object {
            return;
        }
        let is_merge = frame.at_key
            && cell.kind == Kind::String
            && cell.style == Style::Plain
            && source.get(cell.start as usize..cell.end as usize) == Some("<<");
        frame.at_key = !frame.at_key;
        if is_merge && let Some(object) = self.tree.cells.get_mut(frame.at as usize) {
            object.extra = 1;
        }
    }
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
