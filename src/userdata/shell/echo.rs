//! What `echo` and `printf` put out.

use crate::model::{Reference, Text};
use crate::source::{FileId, MappedText, Span};
use crate::userdata::flat::{Flat, place};

/// `echo`, with the words behind its name.
pub fn echo(words: &[Text]) -> Text {
    let mut escapes = false;
    let mut ends_line = true;
    let mut words = words.iter().peekable();
    while let Some(option) = words.peek().and_then(|word| word.known()).filter(|word| is_option(word)) {
        escapes |= option.contains('e');
        ends_line &= !option.contains('n');
        words.next();
    }
    let mut output = Text::default();
    for (at, word) in words.enumerate() {
        if at > 0 {
            output = output.followed_by(made_of(" ", word));
        }
        output = output.followed_by(if escapes { unescaped(word) } else { word.clone() });
    }
    if ends_line { output.followed_by(made_up("\n")) } else { output }
}

fn is_option(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && word.bytes().skip(1).all(|byte| matches!(byte, b'e' | b'n' | b'E'))
}

/// `printf`, with the words behind its name; what is not a string is what the instance computes.
pub fn printf(words: &[Text]) -> Text {
    let words = match words.first().and_then(Text::known) {
        Some(option) if option == "--" => words.get(1..).unwrap_or_default(),
        _ => words,
    };
    let Some((format, arguments)) = words.split_first() else { return Text::default() };
    let mut arguments = arguments.iter();
    let mut output = formatted(format, &mut arguments);
    // The format is used again while there are arguments.
    while arguments.len() > 0 {
        let before = arguments.len();
        output = output.followed_by(formatted(format, &mut arguments));
        if arguments.len() == before {
            break;
        }
    }
    output
}

fn formatted<'w>(format: &Text, arguments: &mut impl Iterator<Item = &'w Text>) -> Text {
    let format = unescaped(format);
    let flat = Flat::new(&format);
    let mut output = Text::default();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = flat.from(at).find('%').map(|found| at + found) {
        let after = flat.from(found + 1);
        let flags = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit() || "-+ #.*'".contains(c)).len();
        let Some(conversion) = after.get(flags..).and_then(|rest| rest.chars().next()) else { break };
        let end = found + 1 + flags + conversion.len_utf8();
        output = output.followed_by(flat.slice(copied..found));
        output = output.followed_by(match conversion {
            '%' => flat.slice(found..found + 1),
            's' | 'q' => arguments.next().cloned().unwrap_or_default(),
            'b' => arguments.next().map(unescaped).unwrap_or_default(),
            _ => {
                let span = arguments.next().map_or_else(|| flat.span(found..end), place);
                Text::hole(Reference::Boot(None), span)
            }
        });
        copied = end;
        at = end;
    }
    output.followed_by(flat.slice(copied..flat.as_str().len()))
}

/// The text with backslash escapes read: line ends, tabs, and characters that stand for themselves.
fn unescaped(text: &Text) -> Text {
    let flat = Flat::new(text);
    let mut output = Text::default();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = flat.from(at).find('\\').map(|found| at + found) {
        let meant = match flat.from(found + 1).chars().next() {
            Some('n') => "\n",
            Some('t') => "\t",
            Some('r') => "\r",
            Some('\\') => "\\",
            Some('"') => "\"",
            other => {
                at = found + 1 + other.map_or(0, char::len_utf8);
                continue;
            }
        };
        output = output.followed_by(flat.slice(copied..found));
        let span = flat.span(found..found + 2);
        output = output.followed_by(Text::literal(MappedText::standing_for(meant.to_owned(), span)));
        copied = found + 2;
        at = copied;
    }
    output.followed_by(flat.slice(copied..flat.as_str().len()))
}

/// Characters of no file, at the place of a neighbour.
fn made_of(text: &str, neighbour: &Text) -> Text {
    let start = place(neighbour);
    Text::literal(MappedText::standing_for(text.to_owned(), Span::new(start.file, start.start, start.start)))
}

fn made_up(text: &str) -> Text {
    Text::literal(MappedText::standing_for(text.to_owned(), Span::start_of(FileId(u32::MAX))))
}
