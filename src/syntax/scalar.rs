//! The text of a scalar, decoded from its source bytes.
//!
//! Each notation has one decoder, and it tells a [`Sink`] where every piece of the text comes from;
//! a `String` forgets that, [`MappedText`] keeps it.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr2, memchr3};

use super::tape::{Cell, Style, VERBATIM};
use super::{Kind, MappedText, block};

/// What takes the pieces of a decoded text, in order.
pub(super) trait Sink {
    /// Text that stands in the source as it is, at the byte `at`.
    fn copy(&mut self, text: &str, at: usize);
    /// Text that the source bytes stand for, and cannot be cut smaller.
    fn stand_for(&mut self, text: &str, source: Range<usize>);
}

impl Sink for String {
    fn copy(&mut self, text: &str, _at: usize) {
        self.push_str(text);
    }

    fn stand_for(&mut self, text: &str, _source: Range<usize>) {
        self.push_str(text);
    }
}

impl Sink for MappedText {
    fn copy(&mut self, text: &str, at: usize) {
        self.push(text, at..at + text.len(), true);
    }

    fn stand_for(&mut self, text: &str, source: Range<usize>) {
        self.push(text, source, false);
    }
}

/// The decoded text of a scalar cell.
pub(super) fn text(cell: Cell, source: &str) -> Cow<'_, str> {
    if cell.extra == VERBATIM && !cell.style.is_block() {
        return Cow::Borrowed(raw(cell, source));
    }
    if cell.style == Style::Tag {
        return long_form(raw(cell, source));
    }
    let mut text = String::new();
    decode(cell, source, &mut text);
    Cow::Owned(text)
}

/// Gives the pieces of a scalar's text to `sink`.
pub(super) fn decode(cell: Cell, source: &str, sink: &mut impl Sink) {
    let start = cell.start as usize;
    match cell.style {
        Style::Plain => plain(raw(cell, source), start, sink),
        Style::Single => single_quoted(raw(cell, source), start + 1, sink),
        Style::Double => double_quoted(raw(cell, source), start + 1, sink),
        Style::Literal | Style::Folded => block::decode(cell, source, sink),
        Style::Tag => sink.stand_for(&long_form(raw(cell, source)), start..cell.end as usize),
    }
}

/// The source bytes of a scalar, without quotes.
pub(super) fn raw(cell: Cell, source: &str) -> &str {
    source.get(range_of_content(cell)).unwrap_or_default()
}

/// The bytes of [`text`] for a scalar whose text is what stands there.
pub(super) fn verbatim(cell: Cell, source: &str) -> Option<&[u8]> {
    let is_scalar = matches!(cell.kind, Kind::String | Kind::Number | Kind::Bool) && !cell.style.is_block();
    if is_scalar && cell.extra == VERBATIM { source.as_bytes().get(range_of_content(cell)) } else { None }
}

/// Whether the text of the scalar may take so many bytes, as far as that is known without reading it.
pub(super) fn may_have_length(cell: Cell, length: usize) -> bool {
    cell.extra != VERBATIM || cell.style.is_block() || range_of_content(cell).len() == length
}

fn range_of_content(cell: Cell) -> Range<usize> {
    let quote = usize::from(matches!(cell.style, Style::Single | Style::Double));
    cell.start as usize + quote..(cell.end as usize).saturating_sub(quote)
}

/// What is written, without quotes.
pub(super) fn content(written: &str, style: Style) -> &str {
    match style {
        Style::Single | Style::Double => written.get(1..written.len().saturating_sub(1)).unwrap_or_default(),
        _ => written,
    }
}

/// The key that a short tag stands for in CloudFormation.
fn long_form(tag: &str) -> Cow<'static, str> {
    let name = tag.trim_start_matches('!');
    let known = match name {
        "Ref" => "Ref",
        "Condition" => "Condition",
        "Sub" => "Fn::Sub",
        "GetAtt" => "Fn::GetAtt",
        "Join" => "Fn::Join",
        "If" => "Fn::If",
        "ImportValue" => "Fn::ImportValue",
        "FindInMap" => "Fn::FindInMap",
        "Select" => "Fn::Select",
        "Split" => "Fn::Split",
        "Base64" => "Fn::Base64",
        "Equals" => "Fn::Equals",
        _ => return Cow::Owned(format!("Fn::{name}")),
    };
    Cow::Borrowed(known)
}

fn plain(raw: &str, base: usize, sink: &mut impl Sink) {
    let mut at = 0;
    while let Some(found) = memchr2(b'\n', b'\r', tail(raw, at).as_bytes()) {
        at = fold(raw, at..at + found, base, sink);
    }
    sink.copy(tail(raw, at), base + at);
}

fn single_quoted(raw: &str, base: usize, sink: &mut impl Sink) {
    let mut at = 0;
    while let Some(found) = memchr3(b'\'', b'\n', b'\r', tail(raw, at).as_bytes()) {
        let special = at + found;
        if raw.as_bytes().get(special) == Some(&b'\'') {
            sink.copy(between(raw, at, special), base + at);
            sink.stand_for("'", base + special..base + special + 2);
            at = special + 2;
        } else {
            at = fold(raw, at..special, base, sink);
        }
    }
    sink.copy(tail(raw, at), base + at);
}

/// JSON strings too: their escapes are among YAML's, and they have no line ends.
fn double_quoted(raw: &str, base: usize, sink: &mut impl Sink) {
    let mut at = 0;
    while let Some(found) = memchr3(b'\\', b'\n', b'\r', tail(raw, at).as_bytes()) {
        let special = at + found;
        if raw.as_bytes().get(special) != Some(&b'\\') {
            at = fold(raw, at..special, base, sink);
            continue;
        }
        sink.copy(between(raw, at, special), base + at);
        let escaped = tail(raw, special + 1);
        if line_end(escaped) > 0 {
            let run = Breaks::read(raw, special + 1);
            run.keep_all_but_first(special, base, sink);
            at = run.end;
        } else {
            let (character, length) = unescape(escaped);
            let end = special + 1 + length;
            let mut buffer = [0; 4];
            sink.stand_for(character.encode_utf8(&mut buffer), base + special..base + end);
            at = end;
        }
    }
    sink.copy(tail(raw, at), base + at);
}

/// Copies the text of a line that ends at `line.end`, without the blanks at its end, then folds the
/// line ends that follow: one is a space, of more all but one stay. Returns where text goes on.
fn fold(raw: &str, line: Range<usize>, base: usize, sink: &mut impl Sink) -> usize {
    let text = between(raw, line.start, line.end).trim_end_matches([' ', '\t']);
    sink.copy(text, base + line.start);
    let text_end = line.start + text.len();
    let run = Breaks::read(raw, line.end);
    if run.ends.len() == 1 {
        sink.stand_for(" ", base + text_end..base + run.end);
    }
    run.keep_all_but_first(text_end, base, sink);
    run.end
}

/// Line ends with nothing but blanks between them.
struct Breaks {
    ends: Vec<Range<usize>>,
    /// The first byte that is neither.
    end: usize,
}

impl Breaks {
    fn read(raw: &str, from: usize) -> Self {
        let mut ends = Vec::new();
        let mut at = from;
        loop {
            let rest = tail(raw, at);
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let length = line_end(tail(raw, at + blanks));
            at += blanks;
            if length == 0 {
                return Self { ends, end: at };
            }
            ends.push(at..at + length);
            at += length;
        }
    }

    /// Gives the line ends that stay to `sink`. The one that is dropped, and what stands before it
    /// from `start` on, belongs to the first of those.
    fn keep_all_but_first(&self, start: usize, base: usize, sink: &mut impl Sink) {
        for (at, line_end) in self.ends.iter().enumerate().skip(1) {
            let from = if at == 1 { start } else { line_end.start };
            sink.stand_for("\n", base + from..base + line_end.end);
        }
    }
}

/// The bytes of the line end that `text` starts with: 0 when it starts with none.
pub(super) fn line_end(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// The character an escape means and the bytes it has after its backslash. Half a surrogate pair,
/// which no text can hold, is U+FFFD.
fn unescape(escaped: &str) -> (char, usize) {
    let Some(code) = escaped.chars().next() else {
        return (char::REPLACEMENT_CHARACTER, 0);
    };
    let character = match code {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\x08',
        'f' => '\x0c',
        'u' => return utf16_escape(escaped),
        'x' => return hexadecimal(escaped, 2),
        'U' => return hexadecimal(escaped, 8),
        '0' => '\0',
        'a' => '\x07',
        'v' => '\x0b',
        'e' => '\x1b',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        same => same,
    };
    (character, code.len_utf8())
}

fn hexadecimal(escaped: &str, digits: usize) -> (char, usize) {
    let value = digits_at(escaped, 1, digits);
    let character = value.and_then(char::from_u32);
    (character.unwrap_or(char::REPLACEMENT_CHARACTER), (1 + digits).min(escaped.len()))
}

fn utf16_escape(escaped: &str) -> (char, usize) {
    let high = digits_at(escaped, 1, 4);
    let low = escaped.get(5..7).filter(|next| *next == "\\u").and_then(|_| digits_at(escaped, 7, 4));
    if let (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) = (high, low) {
        let pair = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER), 11);
    }
    hexadecimal(escaped, 4)
}

fn digits_at(escaped: &str, from: usize, digits: usize) -> Option<u32> {
    u32::from_str_radix(escaped.get(from..from + digits)?, 16).ok()
}

fn tail(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

fn between(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// What an unquoted YAML scalar is by the core schema.
pub(super) fn core_kind(text: &str) -> Kind {
    // Most are words; few letters begin anything else.
    if let Some(
        b'A'..=b'E' | b'G'..=b'M' | b'O'..=b'S' | b'U'..=b'Z' | b'a'..=b'e' | b'g'..=b'm' | b'o'..=b's' | b'u'..=b'z',
    ) = text.as_bytes().first()
    {
        return Kind::String;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Bool,
        _ if is_number(text) => Kind::Number,
        _ => Kind::String,
    }
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    (!whole.is_empty() || !fraction.is_empty())
        && digits(whole)
        && digits(fraction)
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}
