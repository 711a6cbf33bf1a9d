//! What is told of a place: words, quotations and places, to be laid out by whoever shows them.

use super::quote::HIDDEN;
use crate::source::Span;

/// What is told of something that stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insight {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub title: Phrase,
    /// What is known of it.
    pub facts: Vec<Fact>,
}

/// One thing that is known, and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Whether it is as it must be.
    pub mark: Mark,
    /// What it is.
    pub phrase: Phrase,
    /// What belongs to it.
    pub facts: Vec<Fact>,
}

/// Whether something is as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing of it must be so.
    None,
    /// It is.
    Good,
    /// It is not.
    Bad,
    /// It cannot be told.
    Open,
}

/// A line of words, with what is quoted and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase(Vec<Piece>);

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// What a file has, or a name of AWS.
    Code(String),
    /// A place to go to.
    Place(Span),
}

/// A longer quotation tells no more.
const LONGEST: usize = 160;

impl Phrase {
    /// The words.
    #[must_use]
    pub fn new(words: &str) -> Self {
        Self::default().words(words)
    }

    /// The words of a message, in which names stand between backticks.
    #[must_use]
    pub fn of_message(message: &str) -> Self {
        let pieces = message.split('`').enumerate();
        pieces.fold(Self::default(), |phrase, (at, piece)| match piece {
            "" => phrase,
            words if at % 2 == 0 => phrase.words(words),
            name => phrase.code(name),
        })
    }

    /// With these words behind it.
    #[must_use]
    pub fn words(mut self, words: &str) -> Self {
        match self.0.last_mut() {
            Some(Piece::Words(before)) => before.push_str(words),
            _ if words.is_empty() => {}
            _ => self.0.push(Piece::Words(words.to_owned())),
        }
        self
    }

    /// With a quotation behind it.
    #[must_use]
    pub fn code(mut self, text: &str) -> Self {
        self.0.push(Piece::Code(text.to_owned()));
        self
    }

    /// With the line of a place in parentheses behind it.
    #[must_use]
    pub fn at(self, place: Span) -> Self {
        self.words(" (").place(place).words(")")
    }

    /// With the line of a place behind it.
    #[must_use]
    pub fn place(mut self, place: Span) -> Self {
        self.0.push(Piece::Place(place));
        self
    }

    /// With another phrase behind it.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        for piece in other.0 {
            match piece {
                Piece::Words(words) => self = self.words(&words),
                piece => self.0.push(piece),
            }
        }
        self
    }

    /// Takes the values out of "`name` is `value`" that are not to be told.
    pub(super) fn hide_values(&mut self, is_hidden: impl Fn(&str, &str) -> bool) {
        for at in 2..self.0.len() {
            let hides = match self.0.get(at - 2..=at) {
                Some([Piece::Code(name), Piece::Words(words), Piece::Code(value)]) => {
                    matches!(words.as_str(), " is " | " is not ") && is_hidden(name, value)
                }
                _ => false,
            };
            if let Some(piece) = self.0.get_mut(at).filter(|_| hides) {
                *piece = Piece::Code(HIDDEN.to_owned());
            }
        }
    }

    /// The pieces, in order; neighbouring words are one.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// As a fact of which nothing must be so.
    #[must_use]
    pub fn fact(self) -> Fact {
        self.marked(Mark::None)
    }

    /// As a fact.
    #[must_use]
    pub fn marked(self, mark: Mark) -> Fact {
        Fact { mark, phrase: self, facts: Vec::new() }
    }
}

impl Fact {
    /// [`Phrase::hide_values`], of it and all that belongs to it.
    pub(super) fn hide_values(&mut self, is_hidden: &dyn Fn(&str, &str) -> bool) {
        self.phrase.hide_values(is_hidden);
        self.facts.iter_mut().for_each(|fact| fact.hide_values(is_hidden));
    }

    /// With what belongs to it.
    #[must_use]
    pub fn with(mut self, facts: Vec<Fact>) -> Self {
        self.facts.extend(facts);
        self
    }
}

/// A quotation on one line, cut where it is long.
#[must_use]
pub fn clipped(text: &str) -> String {
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    if line.len() == text.len() && line.chars().count() <= LONGEST {
        return text.to_owned();
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}
