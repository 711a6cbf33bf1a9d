//! JSON, with comments, trailing commas and a byte order mark.

use std::ops::Range;

use nojson::{JsonParseError, JsonValueKind, RawJson};

use super::tape::Style;
use super::{Format, Kind, MOST_VALUES, SyntaxProblem, Tree, json_error, too_many_values};
use crate::source::{Source, Span};

/// Reads a JSON file: strict JSON, but for comments, trailing commas and a byte order mark.
///
/// # Errors
///
/// The first place where the text is no JSON.
pub fn parse_json(source: &Source) -> Result<Tree, SyntaxProblem> {
    super::check_size(source)?;
    let base = source.body_start() as usize;
    let body = source.text().get(base..).unwrap_or_default();
    check_values(source, body)?;
    // Nearly all files have neither comments nor trailing commas, and to look for none is faster.
    if let Ok(json) = RawJson::parse(body) {
        return Ok(tree(source, &json, &[]));
    }
    match RawJson::parse_jsonc(body) {
        Ok((json, comments)) => Ok(tree(source, &json, &comments)),
        Err(error) => parse_with_lone_surrogates(source, body, &error),
    }
}

/// The parser holds all values at once: how many there can be is counted before, by what stands before each.
fn check_values(source: &Source, body: &str) -> Result<(), SyntaxProblem> {
    if body.len() <= 2 * MOST_VALUES {
        return Ok(());
    }
    let bytes = body.as_bytes();
    let before = memchr::memchr3_iter(b',', b':', b'[', bytes).count() + memchr::memchr_iter(b'{', bytes).count();
    if before < MOST_VALUES { Ok(()) } else { Err(too_many_values(Span::start_of(source.id()))) }
}

/// Half a surrogate pair as `\ud83d` is no reason to refuse a file. The parser thinks it is, so it
/// gets another look at a text of the same length without those.
fn parse_with_lone_surrogates(source: &Source, body: &str, error: &JsonParseError) -> Result<Tree, SyntaxProblem> {
    let Some(patched) = without_lone_surrogates(body) else {
        return Err(json_error::problem(source, error));
    };
    match RawJson::parse_jsonc(&patched) {
        Ok((json, comments)) => Ok(tree(source, &json, &comments)),
        Err(error) => Err(json_error::problem(source, &error)),
    }
}

/// The text with U+FFFD's escape in the place of every lone surrogate's; `None` when there is none.
fn without_lone_surrogates(body: &str) -> Option<String> {
    let unit = |from: usize| {
        let digits = body.get(from..from + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut patched = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = body.as_bytes().get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        let escape = at + found;
        at = escape + 2;
        match (unit(escape), unit(escape + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at = escape + 12,
            (Some(0xd800..=0xdfff), _) => {
                at = escape + 6;
                patched.push_str(body.get(copied..escape)?);
                patched.push_str("\\ufffd");
                copied = at;
            }
            _ => {}
        }
    }
    patched.push_str(body.get(copied..)?);
    (copied > 0).then_some(patched)
}

/// Where a text has backslashes, asked for from its beginning to its end.
struct Escapes<'t> {
    text: &'t [u8],
    /// The first one behind what was asked for last.
    next: usize,
}

impl<'t> Escapes<'t> {
    fn of(text: &'t str) -> Self {
        let mut escapes = Self { text: text.as_bytes(), next: 0 };
        escapes.seek(0);
        escapes
    }

    fn seek(&mut self, at: usize) {
        let found = self.text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest));
        self.next = found.map_or(usize::MAX, |found| at + found);
    }

    fn are_in(&mut self, range: Range<usize>) -> bool {
        if self.next < range.start {
            self.seek(range.start);
        }
        self.next < range.end
    }
}

fn tree(source: &Source, json: &RawJson<'_>, comments: &[Range<usize>]) -> Tree {
    let base = source.body_start();
    let offset = |at: usize| base + u32::try_from(at).unwrap_or(0);
    let mut tree = Tree::new(source.id(), Format::Json, json.text().len());
    let mut open: Vec<(u32, u32)> = Vec::new();
    let mut escapes = Escapes::of(json.text());
    let mut index = 0;
    while let Some(value) = json.get_value_by_index(index) {
        index += 1;
        let range = value.position()..value.position() + value.as_raw_str().len();
        let (start, end) = (offset(range.start), offset(range.end));
        while let Some((at, end)) = open.pop_if(|(_, end)| *end <= start) {
            tree.close(at, end);
        }
        let (kind, style) = match value.kind() {
            JsonValueKind::Null => (Kind::Null, Style::Plain),
            JsonValueKind::Boolean => (Kind::Bool, Style::Plain),
            JsonValueKind::Integer | JsonValueKind::Float => (Kind::Number, Style::Plain),
            JsonValueKind::String => (Kind::String, Style::Double),
            JsonValueKind::Array => (Kind::Array, Style::Plain),
            JsonValueKind::Object => (Kind::Object, Style::Plain),
        };
        let at = tree.push(start, end, kind, style);
        if matches!(kind, Kind::Array | Kind::Object) {
            open.push((at, end));
        } else if !escapes.are_in(range) {
            tree.note_verbatim(at);
        }
    }
    while let Some((at, end)) = open.pop() {
        tree.close(at, end);
    }
    tree.roots.push(0);
    tree.comments.extend(comments.iter().map(|comment| {
        let text = json.text().get(comment.clone()).unwrap_or_default();
        let length = text.trim_end_matches('\r').len();
        Span::new(source.id(), offset(comment.start), offset(comment.start + length))
    }));
    tree
}
