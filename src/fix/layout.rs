//! Lines, blanks and comments around what is edited.

use std::ops::Range;

use crate::source::{Source, Span};

/// The text of a file and where its comments are.
pub(super) struct Layout<'t> {
    pub text: &'t str,
    pub comments: &'t [Span],
    /// Past the byte order mark.
    body_start: usize,
}

impl<'t> Layout<'t> {
    pub(super) fn new(source: &'t Source, comments: &'t [Span]) -> Self {
        Self { text: source.text(), comments, body_start: source.body_start() as usize }
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// What ends the lines of the file.
    pub(super) fn newline(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text.get(..at).is_some_and(|before| before.ends_with('\r')) => "\r\n",
            _ => "\n",
        }
    }

    /// Where the line begins that has this byte.
    pub(super) fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before.rfind('\n').map_or(0, |end| end + 1).max(self.body_start)
    }

    /// Past the end of the line that has this byte.
    pub(super) fn next_line(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    /// Past blanks, on the same line.
    pub(super) fn past_blanks(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        at + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
    }

    /// Before blanks, on the same line.
    pub(super) fn before_blanks(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().trim_end_matches([' ', '\t']).len()
    }

    /// What is before this byte on its line, in blanks.
    pub(super) fn indent_of(&self, at: usize) -> String {
        let before = self.slice(self.line_start(at)..at);
        before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
    }

    /// Whether only blanks are before this byte on its line.
    pub(super) fn is_first_on_line(&self, at: usize) -> bool {
        self.slice(self.line_start(at)..at).trim_matches([' ', '\t']).is_empty()
    }

    /// The comment that begins at this byte.
    fn comment_at(&self, at: usize) -> Option<Range<usize>> {
        let found = self.comments.binary_search_by_key(&at, |comment| comment.start as usize).ok()?;
        self.comments.get(found).map(|comment| comment.range())
    }

    /// The comment that ends at this byte.
    fn comment_until(&self, at: usize) -> Option<Range<usize>> {
        let before = self.comments.partition_point(|comment| (comment.start as usize) < at);
        let comment = self.comments.get(before.checked_sub(1)?)?.range();
        (comment.end == at).then_some(comment)
    }

    /// Whether a comment is, in whole or in part, in that range.
    pub(super) fn has_comment(&self, range: &Range<usize>) -> bool {
        self.comments.iter().any(|comment| (comment.start as usize) < range.end && (comment.end as usize) > range.start)
    }

    /// Whether there are only blanks, line ends and comments.
    pub(super) fn is_blank(&self, range: &Range<usize>) -> bool {
        let mut at = range.start;
        while at < range.end {
            match (self.comment_at(at), self.text.get(at..).and_then(|rest| rest.chars().next())) {
                (Some(comment), _) => at = comment.end,
                (None, Some(c)) if c.is_whitespace() => at += c.len_utf8(),
                _ => return false,
            }
        }
        true
    }

    /// Where the line ends, if from here on it has nothing but blanks and comments.
    pub(super) fn rest_of_line(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at = self.past_blanks(at);
            if let Some(comment) = self.comment_at(at) {
                at = comment.end;
                continue;
            }
            let rest = self.text.get(at..)?;
            return (rest.is_empty() || rest.starts_with('\n') || rest.starts_with("\r\n")).then_some(at);
        }
    }

    /// The first comma that is in no comment.
    pub(super) fn comma(&self, within: Range<usize>) -> Option<usize> {
        let mut at = within.start;
        while at < within.end {
            if let Some(comment) = self.comment_at(at) {
                at = comment.end;
                continue;
            }
            match self.text.get(at..)?.chars().next()? {
                ',' => return Some(at),
                other => at += other.len_utf8(),
            }
        }
        None
    }

    /// The dash of the item of a list in YAML whose value begins at this byte.
    pub(super) fn dash_before(&self, value: usize) -> Option<usize> {
        let mut at = value;
        loop {
            let before = self.text.get(..at)?.trim_end();
            if let Some(comment) = self.comment_until(before.len()) {
                at = comment.start;
                continue;
            }
            return before.strip_suffix('-').map(str::len);
        }
    }

    /// Where the comments begin that stand on lines of their own right above a line, as far to the right as what is on it.
    pub(super) fn with_comments_above(&self, line: usize) -> usize {
        let indent = self.past_blanks(line) - line;
        let mut top = line;
        while top > self.body_start {
            let end = self.slice(self.line_start(top - 1)..top).trim_end().len() + self.line_start(top - 1);
            let Some(comment) = self.comment_until(end) else { break };
            let start = self.line_start(comment.start);
            if !self.is_first_on_line(comment.start) || comment.start - start != indent {
                break;
            }
            top = start;
        }
        top
    }

    /// The lines that this range is on, with the comments right above them, if nothing else is on them. At the end of a file
    /// without a line end at its end, the line end before them is taken instead.
    pub(super) fn lines_of(&self, range: &Range<usize>) -> Option<Range<usize>> {
        if !self.is_first_on_line(range.start) {
            return None;
        }
        let end = self.rest_of_line(range.end)?;
        let start = self.with_comments_above(self.line_start(range.start));
        let next = self.next_line(end);
        if next == end && start > self.body_start {
            let before = self.slice(0..start);
            let before = before.strip_suffix('\n').unwrap_or(before);
            return Some(before.strip_suffix('\r').unwrap_or(before).len()..end);
        }
        Some(start..next)
    }

    /// A comment, with its line where nothing else is on that.
    pub(super) fn comment_with_line(&self, comment: &Range<usize>) -> Range<usize> {
        let begins_line = self.is_first_on_line(comment.start);
        match self.rest_of_line(comment.end) {
            Some(end) if begins_line => {
                let start = self.line_start(comment.start);
                let next = self.next_line(end);
                if next > end || start == self.body_start { start..next } else { self.end_of_line_before(start)..end }
            }
            Some(_) => self.before_blanks(comment.start)..comment.end,
            None => comment.start..self.past_blanks(comment.end),
        }
    }

    fn end_of_line_before(&self, start: usize) -> usize {
        let before = self.slice(0..start);
        let before = before.strip_suffix('\n').unwrap_or(before);
        before.strip_suffix('\r').unwrap_or(before).len()
    }

    /// Where the list of rules of a directive begins and ends, of which one is known.
    pub(super) fn in_list(&self, whole: &Range<usize>, rule: &Range<usize>, end: usize) -> Option<(usize, usize)> {
        let opening = whole.start + self.slice(whole.start..rule.start).find('[')? + 1;
        let closing = rule.end + self.slice(rule.end..end).find(']')?;
        Some((opening, closing))
    }

    /// What goes with one rule of a list of several; `None` where it is the only one.
    pub(super) fn without_rule(&self, rule: &Range<usize>, opening: usize, closing: usize) -> Option<Range<usize>> {
        let others = self.slice(opening..rule.start).to_owned() + self.slice(rule.end..closing);
        if others.trim_matches([' ', '\t', ',']).is_empty() {
            return None;
        }
        let follows = self.slice(rule.end..closing).find(',').map(|at| rule.end + at + 1);
        match follows {
            Some(comma) if !self.slice(comma..closing).trim().is_empty() => Some(rule.start..self.past_blanks(comma)),
            _ => Some(opening + self.slice(opening..rule.start).rfind(',')?..rule.end),
        }
    }
}
