//! Base64, gzip and quoted-printable, within bounds.

use std::io::Read;
use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::flat::{Flat, place};
use super::limits::{LONGEST_TEXT, MOST_INFLATED};
use crate::model::{Part, Text};
use crate::source::MappedText;

/// As cloud-init reads it: the padding may be missing.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Fewer bytes than this tell nothing apart from a word that happens to be base64.
const LEAST_DECODED: usize = 8;

/// The text behind base64, compressed or not; `None` when it is none, or no text. If it stood in the file as base64, all of
/// it leads back to the encoded literal.
pub fn base64(text: &Text) -> Option<Text> {
    let is_blank = |part: &&Part| matches!(part, Part::Literal(literal) if literal.as_str().trim().is_empty());
    let mut parts = text.parts().iter().filter(|part| !is_blank(part));
    if let (Some(Part::Base64(inner, _)), None) = (parts.next(), parts.next()) {
        return Some((**inner).clone());
    }
    let decoded = text_of(base64_bytes(&text.known()?)?)?;
    Some(Text::literal(MappedText::standing_for(decoded, place(text))))
}

/// The bytes behind base64 in lines or in one; `None` when there is any other character, or too little.
pub fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.get(..LONGEST_TEXT).unwrap_or(text);
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(compact).ok().filter(|bytes| bytes.len() >= LEAST_DECODED)
}

/// The text that bytes are, inflated if they are gzip.
pub fn text_of(bytes: Vec<u8>) -> Option<String> {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { inflate(&bytes)? } else { bytes };
    if let Some(text) = utf16(&bytes) {
        return Some(text);
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// What gzip expands to, up to a limit. What is broken behind some text is still that text.
fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    let result = flate2::read::MultiGzDecoder::new(bytes).take(MOST_INFLATED).read_to_end(&mut inflated);
    (result.is_ok() || !inflated.is_empty()).then_some(inflated)
}

/// UTF-16 of mostly ASCII, low byte first, as `powershell -EncodedCommand` takes it.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let looks = rest.is_empty() && pairs.iter().take(8).all(|[low, high]| *low != 0 && *high == 0);
    looks.then(|| String::from_utf16(&pairs.iter().copied().map(u16::from_le_bytes).collect::<Vec<_>>()).ok()).flatten()
}

/// Quoted-printable, as a MIME part may be written. Source: RFC 2045, section 6.7.
pub fn quoted_printable(flat: &Flat<'_>, range: Range<usize>) -> Text {
    let source = flat.text(range.clone());
    let mut text = Text::default();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = source.get(at..).and_then(|rest| rest.find('=')).map(|found| at + found) {
        text = text.followed_by(flat.slice(range.start + copied..range.start + found));
        let rest = source.get(found + 1..).unwrap_or_default();
        let soft = rest.len() - rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest).len();
        let (bytes, length) =
            if soft > 0 { (Vec::new(), soft + 1) } else { escaped_bytes(source.get(found..).unwrap_or_default()) };
        if length == 0 {
            copied = found;
            at = found + 1;
            continue;
        }
        let piece = String::from_utf8_lossy(&bytes).into_owned();
        let span = flat.span(range.start + found..range.start + found + length);
        text = text.followed_by(Text::literal(MappedText::standing_for(piece, span)));
        copied = found + length;
        at = copied;
    }
    text.followed_by(flat.slice(range.start + copied..range.end))
}

/// The bytes of a run of `=XX`, and how long it is.
fn escaped_bytes(text: &str) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(byte) =
        rest.strip_prefix('=').and_then(|digits| digits.get(..2)).and_then(|digits| u8::from_str_radix(digits, 16).ok())
    {
        bytes.push(byte);
        rest = rest.get(3..).unwrap_or_default();
    }
    (bytes, text.len() - rest.len())
}

/// Whether the text is one run of base64 that is worth decoding although nothing says that it is encoded.
pub fn looks_encoded(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 24
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || matches!(b, b'+' | b'/' | b'='))
}
