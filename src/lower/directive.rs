//! Comments that suppress findings: `# ecs-lint: ignore[rule, other-rule] until 2027-01-31 reason`.
//!
//! A comment behind something covers its line; one that has its lines to itself covers the next line that is no comment. A
//! line comes with the texts that begin on it and go on below, since no comment can stand in those.

use std::ops::Range;

use crate::model::{Coverage, Document, Problem, ProblemKind, Suppression, read_date};
use crate::source::{Source, Span};

/// How the directive begins.
pub const NAME: &str = "ecs-lint";

/// What to write instead of a directive that is not understood.
const FORM: &str =
    "write `ecs-lint: ignore[rule] reason`, or `ecs-lint: ignore[rule, other-rule] until 2027-01-31 reason`";

/// A comment is not carried over more lines of comment than this.
const MOST_COMMENT_LINES: usize = 100;

/// Adds the suppressions in the comments of a file. `texts` are those that may go over several lines.
pub fn read(source: &Source, comments: &[Span], texts: &[Span], document: &mut Document) {
    let mut lines = None;
    for comment in comments {
        let text = source.slice(*comment);
        let Some(at) = begins(text) else { continue };
        let lines = lines.get_or_insert_with(|| Lines::new(source.text(), comments));
        let offset = |at: usize| comment.start + u32::try_from(at).unwrap_or(0);
        let span = |range: Range<usize>| Span::new(comment.file, offset(range.start), offset(range.end));
        let end = text.strip_suffix("*/").filter(|_| text.starts_with("/*")).unwrap_or(text).trim_end().len();
        let whole = span(at..end);
        match Directive::parse(text.get(..end).unwrap_or_default(), at) {
            Ok(None) => {}
            Ok(Some(directive)) => document.suppressions.push(Suppression {
                rules: directive.rules.into_iter().map(|(name, range)| (name, span(range))).collect(),
                reason: directive.reason,
                expires: directive.expires,
                span: whole,
                covers: Coverage { resource: None, places: covered(lines, *comment, texts) },
            }),
            Err(message) => document
                .problems
                .push(Problem { kind: ProblemKind::Suppression { message, help: FORM.to_owned() }, span: whole }),
        }
    }
}

/// Where a directive begins in a comment: at its start, or behind another comment mark.
fn begins(comment: &str) -> Option<usize> {
    let is_start = |at: &usize| {
        let before = comment.get(..*at).unwrap_or_default().trim_end();
        before.ends_with('#') || before.ends_with("//") || before.ends_with("/*")
    };
    comment.match_indices(NAME).map(|(at, _)| at).find(is_start)
}

struct Directive {
    rules: Vec<(String, Range<usize>)>,
    expires: Option<crate::model::Date>,
    reason: Option<String>,
}

impl Directive {
    /// Reads the directive at `at`; `None` where the tool is only spoken of.
    fn parse(comment: &str, at: usize) -> Result<Option<Self>, String> {
        let rest = comment.get(at + NAME.len()..).unwrap_or_default().trim_start();
        let Some(order) = rest.strip_prefix(':').map(str::trim_start) else {
            let is_meant = rest.split(|c: char| !c.is_ascii_alphabetic()).next() == Some("ignore");
            return if is_meant { Err(format!("there is no `:` behind `{NAME}`")) } else { Ok(None) };
        };
        let Some(list) = order.strip_prefix("ignore").map(str::trim_start) else {
            return Err(format!("`{NAME}:` is followed by something else than `ignore[…]`"));
        };
        let Some((list, rest)) = list.strip_prefix('[').and_then(|list| list.split_once(']')) else {
            return Err("`ignore` names no rule in brackets, as in `ignore[rule]`".to_owned());
        };
        let mut start = comment.len() - rest.len() - 1 - list.len();
        let mut rules = Vec::new();
        for item in list.split(',') {
            let name = item.trim();
            let begin = start + item.len() - item.trim_start().len();
            if !name.is_empty() {
                rules.push((name.to_owned(), begin..begin + name.len()));
            }
            start += item.len() + 1;
        }
        if rules.is_empty() {
            return Err("there is no rule between the brackets".to_owned());
        }
        let (expires, reason) = until(rest)?;
        Ok(Some(Self { rules, expires, reason: said(reason) }))
    }
}

/// `until DATE`, and what follows it.
fn until(rest: &str) -> Result<(Option<crate::model::Date>, &str), String> {
    let Some(after) = rest.trim_start().strip_prefix("until").filter(|after| after.starts_with(char::is_whitespace))
    else {
        return Ok((None, rest));
    };
    let after = after.trim_start();
    let length = after.find(char::is_whitespace).unwrap_or(after.len());
    let (word, reason) = after.split_at_checked(length).unwrap_or((after, ""));
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok((None, rest));
    }
    match read_date(word.trim_end_matches([':', ',', ';', '.'])) {
        Some(date) => Ok((Some(date), reason)),
        None => Err(format!("`{word}` is no date; the last day is written as in `until 2027-01-31`")),
    }
}

/// The reason on one line, without what sets it off; `None` where there is no word.
fn said(reason: &str) -> Option<String> {
    let reason = reason.trim().trim_start_matches([':', '-', '–', '—']);
    let words: Vec<&str> = reason.split_whitespace().filter(|word| *word != "*").collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The lines that a comment covers, and the texts that begin on them.
fn covered(lines: &Lines<'_>, comment: Span, texts: &[Span]) -> Vec<Span> {
    let (first, last) = (lines.at(comment.start), lines.at(comment.end));
    let mut covered: Vec<usize> =
        [first, last].into_iter().filter(|line| lines.content(*line) == Content::Code).collect();
    covered.dedup();
    if covered.is_empty() {
        let mut below = (last + 1..lines.starts.len()).take(MOST_COMMENT_LINES);
        covered.extend(below.find(|line| lines.content(*line) != Content::Comment));
    }
    let spans: Vec<Span> = covered.into_iter().map(|line| lines.span(line, comment)).collect();
    let begins_here = |text: &&Span| spans.iter().any(|line| (line.start..=line.end).contains(&text.start));
    let texts = texts.iter().filter(begins_here).copied();
    spans.iter().copied().chain(texts).collect()
}

/// What is on a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Nothing,
    Comment,
    /// Something else, whether or not with a comment.
    Code,
}

/// The lines of a file.
struct Lines<'s> {
    text: &'s str,
    /// Where each begins.
    starts: Vec<u32>,
    contents: Vec<Content>,
}

impl<'s> Lines<'s> {
    /// The comments are in source order.
    fn new(text: &'s str, comments: &[Span]) -> Self {
        let mut comments = comments.iter().map(|comment| comment.range()).peekable();
        let (mut starts, mut contents) = (vec![0], Vec::new());
        let mut content = Content::Nothing;
        for (at, character) in text.char_indices() {
            while comments.next_if(|comment| comment.end <= at).is_some() {}
            match character {
                '\n' => {
                    starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
                    contents.push(std::mem::replace(&mut content, Content::Nothing));
                }
                '\u{feff}' => {}
                _ if character.is_whitespace() || content == Content::Code => {}
                _ if comments.peek().is_some_and(|comment| comment.start <= at) => content = Content::Comment,
                _ => content = Content::Code,
            }
        }
        contents.push(content);
        Self { text, starts, contents }
    }

    /// The number of the line that an offset is on, from 0.
    fn at(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    fn content(&self, line: usize) -> Content {
        self.contents.get(line).copied().unwrap_or(Content::Nothing)
    }

    /// A line of the file that `near` is in, without its end.
    fn span(&self, line: usize, near: Span) -> Span {
        let start = self.starts.get(line).copied().unwrap_or(near.start);
        let end = self.starts.get(line + 1).map(|next| next - 1);
        Span::new(near.file, start, end.unwrap_or_else(|| u32::try_from(self.text.len()).unwrap_or(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(comment: &str) -> Result<Directive, String> {
        let directive = Directive::parse(comment, begins(comment).unwrap())?.unwrap();
        for (name, range) in &directive.rules {
            assert_eq!(comment[range.clone()], **name);
        }
        Ok(directive)
    }

    #[test]
    fn a_directive_has_rules_a_date_and_a_reason() {
        for (comment, rules, date, reason) in [
            ("# ecs-lint: ignore[a-b] because", &["a-b"][..], None, Some("because")),
            ("#ecs-lint:ignore[ a , b, ]", &["a", "b"], None, None),
            ("// ecs-lint: ignore [a] -- we know", &["a"], None, Some("we know")),
            ("/* ecs-lint: ignore[a]\n * two\n * lines", &["a"], None, Some("two lines")),
            ("# note # ecs-lint: ignore[a] until 2027-01-31: later", &["a"], Some("2027-01-31"), Some("later")),
            ("# ecs-lint: ignore[a] until 2027-01-31", &["a"], Some("2027-01-31"), None),
            ("# ecs-lint: ignore[a] until the move is done", &["a"], None, Some("until the move is done")),
            ("# ecs-lint: ignore[a] untilled", &["a"], None, Some("untilled")),
        ] {
            let directive = parsed(comment).unwrap();
            let names: Vec<&str> = directive.rules.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, rules, "{comment}");
            assert_eq!(directive.expires, date.and_then(read_date), "{comment}");
            assert_eq!(directive.reason.as_deref(), reason, "{comment}");
        }
    }

    #[test]
    fn what_is_not_understood_says_why() {
        for (comment, words) in [
            ("# ecs-lint: ignore", "no rule in brackets"),
            ("# ecs-lint: ignore[a", "no rule in brackets"),
            ("# ecs-lint: ignore[ , ]", "no rule between"),
            ("# ecs-lint ignore[a]", "no `:`"),
            ("# ecs-lint: disable[a]", "something else"),
            ("# ecs-lint: ignore[a] until 2027-02-30 x", "`2027-02-30` is no date"),
            ("# ecs-lint: ignore[a] until 31.01.2027", "`31.01.2027` is no date"),
        ] {
            let message = parsed(comment).err().unwrap();
            assert!(message.contains(words), "{comment}: {message}");
        }
        for prose in ["# see ecs-lint: ignore[a]", "# runs ecs-lint"] {
            assert_eq!(begins(prose), None, "{prose}");
        }
        assert!(Directive::parse("# ecs-lint ignores nothing", 2).unwrap().is_none());
    }
}
