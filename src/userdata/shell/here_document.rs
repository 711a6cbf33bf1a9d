//! Here-documents: where they end, and what their text is.

use std::ops::Range;

use super::lexer::{Building, Lexer};
use super::{Segment, Word};

/// A here-document whose text is still to come.
pub(super) struct HereDocument {
    /// The index that its command has, or will have.
    pub(super) command: usize,
    pub(super) delimiter: String,
    pub(super) quoted: bool,
    pub(super) strips_tabs: bool,
}

impl Lexer<'_, '_> {
    /// Reads the here-documents that are due, each up to its delimiter.
    pub(super) fn here_documents(&mut self) {
        for here in std::mem::take(&mut self.here) {
            let start = self.at;
            let body = self.here_body(&here, true).or_else(|| self.here_body(&here, false));
            let (body, next) = body.unwrap_or((start..self.end, self.end));
            self.at = next;
            let word = self.here_word(&here, body);
            if let Some(command) = self.commands.get_mut(here.command) {
                command.input = Some(word);
            }
        }
    }

    /// The text of a here-document and where the script goes on. Templates often indent what must not be: `strict` asks for
    /// the delimiter alone on its line, as the shell does.
    fn here_body(&self, here: &HereDocument, strict: bool) -> Option<(Range<usize>, usize)> {
        let mut at = self.at;
        for line in self.rest().split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            let content = match (strict, here.strips_tabs) {
                (false, _) => content.trim(),
                (true, true) => content.trim_start_matches('\t'),
                (true, false) => content,
            };
            if content == here.delimiter {
                return Some((self.at..at, at + line.len()));
            }
            at += line.len();
        }
        None
    }

    fn here_word(&self, here: &HereDocument, body: Range<usize>) -> Word {
        let mut segments = Vec::new();
        let mut at = body.start;
        for line in self.flat.text(body.clone()).split_inclusive('\n') {
            let tabs = if here.strips_tabs { line.len() - line.trim_start_matches('\t').len() } else { 0 };
            let range = at + tabs..at + line.len();
            if here.quoted {
                segments.push(Segment::Text(self.flat.slice(range)));
            } else if here.strips_tabs {
                segments.extend(self.expanded(range));
            }
            at += line.len();
        }
        if !here.quoted && !here.strips_tabs {
            segments = self.expanded(body.clone());
        }
        Word { segments, range: body, quoted: true }
    }

    /// The text of an unquoted here-document.
    fn expanded(&self, range: Range<usize>) -> Vec<Segment> {
        let mut lexer = Lexer::new(self.flat, range);
        let mut building = Building::default();
        lexer.double_quoted(&mut building, None);
        building.finish(&lexer)
    }
}
