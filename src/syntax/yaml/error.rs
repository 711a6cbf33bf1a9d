//! What is wrong with a text that is no YAML, in words for its author.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use super::super::SyntaxProblem;
use crate::source::{Source, Span};

/// Describes the parser's `error`.
pub(super) fn problem(source: &Source, error: &ScanError) -> SyntaxProblem {
    let base = source.body_start() as usize;
    let body = source.text().get(base..).unwrap_or_default();
    let at = error.marker().byte_offset().unwrap_or(0).min(body.len());
    let rest = body.get(at..).unwrap_or_default();
    let range = part(error.kind(), rest);
    let offset = |at: usize| u32::try_from(base + at).unwrap_or(u32::MAX);
    SyntaxProblem {
        span: Span::new(source.id(), offset(at + range.start), offset(at + range.end)),
        message: message(error, rest),
    }
}

/// The part of `rest`, the text from where the parser points, that the message is about.
fn part(kind: &ErrorKind, rest: &str) -> Range<usize> {
    let character = rest.chars().next().filter(|first| !matches!(first, '\n' | '\r'));
    let character = 0..character.map_or(0, char::len_utf8);
    let until = |ends: &[char]| 0..rest.find(ends).unwrap_or(rest.len());
    match kind {
        ErrorKind::UnknownAnchor => until(&[' ', '\t', '\n', '\r', ',', ']', '}']),
        ErrorKind::UndeclaredTagHandle => until(&[' ', '\t', '\n', '\r']),
        ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry => {
            until(&[' ', '\t', '\n', '\r', ':'])
        }
        ErrorKind::UnknownQuotedScalarEscape => unknown_escape(rest).unwrap_or(character),
        ErrorKind::TabInPlainScalar => tab_at_line_start(rest).unwrap_or(character),
        _ => character,
    }
}

fn unknown_escape(rest: &str) -> Option<Range<usize>> {
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            let (code_at, code) = characters.next()?;
            let is_known = matches!(
                code,
                '0' | 'a'
                    | 'b'
                    | 't'
                    | 'n'
                    | 'v'
                    | 'f'
                    | 'r'
                    | 'e'
                    | ' '
                    | '"'
                    | '/'
                    | '\\'
                    | 'N'
                    | '_'
                    | 'L'
                    | 'P'
                    | 'x'
                    | 'u'
                    | 'U'
                    | '\t'
                    | '\n'
                    | '\r'
            );
            if !is_known {
                return Some(at..code_at + code.len_utf8());
            }
        }
    }
    None
}

fn tab_at_line_start(rest: &str) -> Option<Range<usize>> {
    let mut at = 0;
    for line in rest.split_inclusive(['\n', '\r']) {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let has_text = !line.trim().is_empty();
        if at > 0 && has_text && line.get(spaces..).is_some_and(|line| line.starts_with('\t')) {
            return Some(at + spaces..at + spaces + 1);
        }
        at += line.len();
    }
    None
}

fn message(error: &ScanError, rest: &str) -> String {
    let kind = error.kind();
    let text = match kind {
        ErrorKind::UnexpectedCharacter { character } => return unexpected(*character),
        ErrorKind::UnclosedFlowCollection { open } => {
            return format!("this `{open}` is never closed");
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return format!("this `{open}` is closed with `{close}`");
        }
        ErrorKind::UnknownAnchor => {
            let name = rest.get(part(kind, rest)).unwrap_or_default();
            let anchor = name.replacen('*', "&", 1);
            return format!("`{name}` repeats a value that no `{anchor}` before it names");
        }
        _ if rest.is_empty() && is_in_quotes(kind) => "the file ends before this text in quotes is closed",
        _ => match about_structure(kind).or_else(|| about_scalar(kind)) {
            Some(text) => text,
            None => return without_lead(&error.info()),
        },
    };
    text.to_owned()
}

fn is_in_quotes(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidQuotedScalarIndent | ErrorKind::UnclosedQuotedScalar)
}

fn unexpected(character: char) -> String {
    if character.is_control() {
        return format!("the control character U+{:04X} cannot stand in YAML", u32::from(character));
    }
    match character {
        '`' => "text cannot start with a backtick: put it in quotes".to_owned(),
        _ => format!("text cannot start with `{character}`: put it in quotes"),
    }
}

/// The parser's message without where it was ("while scanning a tag, …").
fn without_lead(info: &str) -> String {
    let text = if info.starts_with("while ") { info.split_once(", ").map_or(info, |(_, text)| text) } else { info };
    let text = text.trim_end_matches('.').replace("did not find the expected", "expected");
    text.replace("did not find expected", "expected")
}

const TAB: &str = "YAML is indented with spaces, not tabs";

fn about_structure(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => TAB,
        ErrorKind::MappingValueNotAllowed => {
            "a `:` cannot stand here: put text that has one in quotes, or look for a missing space or colon before it"
        }
        ErrorKind::InvalidColonPlacement => "a `:` cannot stand here: look for a bracket above that is not closed",
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent => {
            "this line is not indented as its place needs"
        }
        ErrorKind::ExpectedBlockMappingKey => "expected this to be a key indented like those before it",
        ErrorKind::ExpectedBlockSequenceEntry => "expected a `-` indented like those before it",
        ErrorKind::BlockSequenceEntryNotAllowed => "a `-` item cannot start here: put it on a line of its own",
        ErrorKind::BlockEntryInFlowCollection => "a `-` item cannot stand inside brackets",
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => "expected a `:` after this key",
        ErrorKind::MappingKeyNotAllowed => "a key cannot start here",
        ErrorKind::MisplacedFlowCollectionEnd => "nothing is open that this closes",
        ErrorKind::ExpectedFlowMappingSeparator => "expected a comma or `}` before this",
        ErrorKind::ExpectedFlowSequenceSeparator => "expected a comma or `]` before this",
        ErrorKind::UnexpectedEofFlowSequence => "the file ends before a `[` is closed",
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            "the file ends before a `{` is closed"
        }
        ErrorKind::RecursionLimitExceeded => "this is nested more than 255 levels deep",
        ErrorKind::UndeclaredTagHandle => "this tag starts with a prefix that the document does not declare",
        ErrorKind::MissingAnchorOrAliasName => "expected a name after this",
        _ => return None,
    })
}

fn about_scalar(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::TabInPlainScalar | ErrorKind::TabAtBlockScalarStart => TAB,
        ErrorKind::UnclosedQuotedScalar => "these quotes are never closed",
        ErrorKind::DocumentIndicatorInQuotedScalar => "these quotes are not closed before the document ends",
        ErrorKind::InvalidQuotedScalarIndent => {
            "this line is inside quotes that a line above opened: close them there, or indent it more than its key"
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar => {
            "expected nothing more after the closing quote: a `'` inside single quotes is written `''`"
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "expected nothing more after the closing quote: a `\"` inside double quotes is written `\\\"`"
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "this is no escape in YAML: write the backslash `\\\\`, or use single quotes"
        }
        ErrorKind::InvalidQuotedScalarHexEscape | ErrorKind::InvalidLowSurrogateHexEscape => {
            "this text has an escape with too few hexadecimal digits"
        }
        ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => "this text has an escape that is no character",
        ErrorKind::InvalidBlockScalarIndent => {
            "this line is indented less than an empty line above it in the same text"
        }
        ErrorKind::InvalidBlockScalarHeader => "expected the text after `|` or `>` to start on a new line",
        ErrorKind::ZeroBlockScalarIndent => "the indentation after `|` or `>` is a digit from 1 to 9",
        _ => return None,
    })
}
