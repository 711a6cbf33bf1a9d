//! MIME messages, as cloud-init takes them: parts within parts, each with its type and transfer encoding.
//!
//! A message may have holes in it, and a part that CloudFormation encodes at deployment, so that it is taken apart where it
//! stands and not by a reader of mail. Source: RFC 2045 and 2046.

use std::ops::Range;

use super::decode;
use super::flat::Flat;
use super::limits::{DEEPEST, MOST_PARTS};
use crate::model::Text;

/// A part that is no container of parts.
pub struct MimePart {
    /// Its type in lower case, without parameters; empty where none is given.
    pub content_type: String,
    /// Its text, decoded.
    pub text: Text,
}

/// The parts of the message.
pub fn parts(flat: &Flat<'_>) -> Vec<MimePart> {
    let mut found = Vec::new();
    read(flat, 0..flat.as_str().len(), DEEPEST, &mut found);
    found
}

fn read(flat: &Flat<'_>, range: Range<usize>, depth: usize, found: &mut Vec<MimePart>) {
    if depth == 0 || found.len() >= MOST_PARTS {
        return;
    }
    let headers = Headers::read(flat, range.clone());
    let body = headers.end..range.end;
    if headers.content_type.starts_with("multipart/") && !headers.boundary.is_empty() {
        for part in between_boundaries(flat, body, &headers.boundary) {
            read(flat, part, depth - 1, found);
        }
        return;
    }
    let as_it_stands = || flat.slice(body.clone());
    let text = match headers.encoding.as_str() {
        "base64" => decode::base64(&as_it_stands()).unwrap_or_else(as_it_stands),
        "quoted-printable" => decode::quoted_printable(flat, body.clone()),
        _ => as_it_stands(),
    };
    found.push(MimePart { content_type: headers.content_type, text });
}

/// The headers of a part that matter.
#[derive(Default)]
struct Headers {
    content_type: String,
    boundary: String,
    encoding: String,
    /// Where the body begins.
    end: usize,
}

impl Headers {
    /// Up to the first empty line. A line that is no header ends them too: the part has none.
    fn read(flat: &Flat<'_>, range: Range<usize>) -> Self {
        let mut headers = Self { end: range.start, ..Self::default() };
        let mut lines: Vec<String> = Vec::new();
        for line in flat.text(range.clone()).split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            if content.is_empty() {
                // Blank lines may stand before the first header.
                headers.end += line.len();
                if lines.is_empty() {
                    continue;
                }
                break;
            }
            if content.starts_with([' ', '\t'])
                && let Some(last) = lines.last_mut()
            {
                last.push_str(content);
            } else if is_header(content) {
                lines.push(content.to_owned());
            } else {
                break;
            }
            headers.end += line.len();
        }
        for line in &lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "content-type" => {
                    headers.content_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                    headers.boundary = parameter(value, "boundary").unwrap_or_default();
                }
                "content-transfer-encoding" => headers.encoding = value.to_ascii_lowercase(),
                _ => {}
            }
        }
        headers
    }
}

fn is_header(line: &str) -> bool {
    let name = line.split_once(':').map(|(name, _)| name);
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        || line.starts_with("From ")
}

/// A parameter of a header's value, without its quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once(';') {
        let after = after.trim_start();
        if let Some((found, value)) = after.split_once('=')
            && found.trim().eq_ignore_ascii_case(name)
        {
            let value = value.trim_start();
            return Some(match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or_default().to_owned(),
                None => value.split([';', ' ', '\t']).next().unwrap_or_default().to_owned(),
            });
        }
        rest = after;
    }
    None
}

/// What stands between the lines that are the boundary; the last part may lack its end.
fn between_boundaries(flat: &Flat<'_>, body: Range<usize>, boundary: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = body.start;
    for line in flat.text(body.clone()).split_inclusive('\n') {
        let after = line.trim_end().strip_prefix("--").and_then(|line| line.strip_prefix(boundary));
        if let Some(after) = after.filter(|after| after.is_empty() || *after == "--") {
            if let Some(start) = open.take() {
                // The line end before a boundary belongs to it.
                parts.push(start..at.saturating_sub(1).max(start));
            }
            if after.is_empty() {
                open = Some(at + line.len());
            } else {
                return parts;
            }
            if parts.len() >= MOST_PARTS {
                return parts;
            }
        }
        at += line.len();
    }
    parts.extend(open.map(|start| start..body.end));
    parts
}
