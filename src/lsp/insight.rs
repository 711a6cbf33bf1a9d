//! What is told of a place, laid out for a client: as Markdown, or as lines that read well without it.

use crate::lint::Outcome;
use crate::navigate::{Fact, Insight, Mark, Phrase, Piece};
use crate::report::Masks;
use crate::source::{FileId, Span};

/// How insights are written.
pub struct Rendering<'r> {
    /// Where the files are found that places are in.
    pub outcome: &'r Outcome,
    /// The file that is looked at.
    pub file: FileId,
    /// What must not be shown.
    pub masks: Masks<'r>,
    /// The address of the file of a name.
    pub place: Box<dyn Fn(&str) -> String + 'r>,
    /// Whether the client shows Markdown.
    pub is_markdown: bool,
}

impl Rendering<'_> {
    /// A heading, and a list of what is known.
    pub fn insight(&self, insight: &Insight) -> String {
        let mut text = self.phrase(&insight.title, true);
        if !insight.facts.is_empty() {
            text.push('\n');
        }
        self.facts(&insight.facts, 0, &mut text);
        text
    }

    fn facts(&self, facts: &[Fact], depth: usize, text: &mut String) {
        for fact in facts {
            let mark = match fact.mark {
                Mark::None => "",
                Mark::Good => "✓ ",
                Mark::Bad => "✗ ",
                Mark::Open => "? ",
            };
            text.push('\n');
            text.push_str(&"  ".repeat(depth));
            text.push_str("- ");
            text.push_str(mark);
            text.push_str(&self.phrase(&fact.phrase, false));
            self.facts(&fact.facts, depth + 1, text);
        }
    }

    fn phrase(&self, phrase: &Phrase, is_title: bool) -> String {
        let mut text = String::new();
        for (at, piece) in phrase.pieces().iter().enumerate() {
            match piece {
                Piece::Words(words) if is_title && at == 0 && self.is_markdown => {
                    let end = words.find(':').unwrap_or(words.trim_end().len());
                    let (word, behind) = words.split_at(end);
                    text.extend(["**", word, "**", behind]);
                }
                Piece::Words(words) => text.push_str(words),
                Piece::Code(code) => text.push_str(&self.code(code)),
                Piece::Place(span) => text.push_str(&self.line(*span)),
            }
        }
        text
    }

    /// A quotation without what is secret, and without what would end it.
    fn code(&self, code: &str) -> String {
        let shown = self.masks.quoted(code).replace('`', "'");
        if shown.is_empty() { "``\u{a0}``".to_owned() } else { format!("`{shown}`") }
    }

    /// The line of a place, which leads there.
    fn line(&self, span: Span) -> String {
        let Some(source) = self.outcome.sources.get(span.file) else { return "elsewhere".to_owned() };
        let line = source.position(span.start).line;
        let words = if span.file == self.file {
            format!("line {line}")
        } else {
            format!("line {line} of {}", self.code(source.name()))
        };
        if !self.is_markdown {
            return words;
        }
        let uri = (self.place)(source.name());
        // Parentheses would end the address.
        let uri = uri.replace('(', "%28").replace(')', "%29");
        format!("[{words}]({uri}#L{line})")
    }
}
