//! Quoted YAML text whose lines go on left of their key.
//!
//! YAML 1.2 refuses it; CloudFormation's parser takes it, and templates in use have it. So does
//! this crate: the parser gets another look at a text of the same length in which that scalar is
//! one line. Only its structure is read from there; the scalar is decoded from the file.

use granit_parser::{ErrorKind, Parser, ScanError};

/// The text with the quoted scalar on one line that `error` says goes on too far left; `None` when
/// the error is another, or the scalar is not one that CloudFormation takes.
pub(super) fn joined(body: &str, error: &ScanError) -> Option<String> {
    if *error.kind() != ErrorKind::InvalidQuotedScalarIndent {
        return None;
    }
    let start = opening_quote(body, error.marker().byte_offset()?)?;
    let length = quoted_length(body.get(start..)?)?;
    let (quoted, rest) = body.get(start..)?.split_at_checked(length)?;
    let mut lines = quoted.split(['\n', '\r']);
    let has_document_marker = lines.any(|line| line.starts_with("---") || line.starts_with("..."));
    let next = rest.trim_start_matches([' ', '\t']).chars().next();
    if has_document_marker || !matches!(next, None | Some('\n' | '\r' | '#')) {
        return None;
    }
    let mut joined = body.get(..start)?.to_owned();
    joined.push_str(&quoted.replace(['\n', '\r'], " "));
    joined.push_str(rest);
    Some(joined)
}

/// Where the quoted scalar starts that reaches over `at`: cut there, it is one that never ends, and
/// of such the parser tells the start.
fn opening_quote(body: &str, at: usize) -> Option<usize> {
    let cut = body.get(..at)?.trim_end_matches([' ', '\t', '\n', '\r']);
    let mut parser = Parser::new_from_str(cut);
    let mut last = None;
    while let Some(result) = parser.next_event() {
        if let Err(error) = result {
            last = Some(error);
            parser.proceed_next_document().ok()?;
        }
    }
    let error = last?;
    let is_open = matches!(error.kind(), ErrorKind::UnclosedQuotedScalar | ErrorKind::UnknownQuotedScalarEscape);
    error.marker().byte_offset().filter(|_| is_open)
}

/// The length of the quoted scalar that `text` starts with, both quotes included.
fn quoted_length(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().peekable();
    let (_, quote) = characters.next()?;
    while let Some((at, character)) = characters.next() {
        if quote == '"' && character == '\\' {
            characters.next();
        } else if character == quote {
            let is_doubled = quote == '\'' && characters.next_if(|(_, next)| *next == quote).is_some();
            if !is_doubled {
                return Some(at + 1);
            }
        }
    }
    None
}
