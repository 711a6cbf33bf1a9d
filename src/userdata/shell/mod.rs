//! Shell scripts, far enough to know what they write and what they set.
//!
//! [`lexer`] cuts a script into commands by the quoting rules of POSIX and bash; [`run`] follows the commands in order: it
//! keeps variables, knows what `echo`, `printf`, `cat`, `tee` and `base64 -d` put out, and tells what reaches the agent or a
//! registry's client. It decides no condition and runs no loop: every branch counts, in the order it is written.

mod echo;
mod expansion;
mod here_document;
mod lexer;
mod run;

use std::ops::Range;

use crate::model::{Hole, Reference, Text};
use crate::source::Span;

pub use run::run;

/// One simple command, with its redirections.
#[derive(Debug, Default)]
pub struct Command {
    /// Its words; assignments before the name are words too.
    pub words: Vec<Word>,
    /// Where its input comes from, if the script says so: a here-document or a here-string.
    pub input: Option<Word>,
    /// The files that its output goes to.
    pub outputs: Vec<Word>,
    /// Whether its output goes to the next command.
    pub piped: bool,
}

/// One word, its quotes taken off.
#[derive(Debug, Default)]
pub struct Word {
    /// Its pieces.
    pub segments: Vec<Segment>,
    /// Where it stands in the script, quotes included.
    pub range: Range<usize>,
    /// Whether any of it was quoted.
    pub quoted: bool,
}

/// A piece of a word.
#[derive(Debug)]
pub enum Segment {
    /// Characters that stand for themselves, with holes that the deployment fills in.
    Text(Text),
    /// `$NAME` or `${NAME}`, and what stands for it when it is not set (`${NAME:-…}`), by its place in the script.
    Variable(String, Option<Range<usize>>, Span),
    /// `$(…)`: the commands, by their place in the script.
    Substitution(Range<usize>, Span),
    /// An expansion that is not followed.
    Unknown(Span),
}

impl Word {
    /// The characters of a word that has nothing but characters.
    fn plain(&self) -> Option<String> {
        let pieces = self.segments.iter().map(|segment| match segment {
            Segment::Text(text) => text.known().map(std::borrow::Cow::into_owned),
            Segment::Variable(..) | Segment::Substitution(..) | Segment::Unknown(_) => None,
        });
        pieces.collect()
    }
}

/// What an instance computes, as a text.
fn at_boot(name: Option<&str>, span: Span) -> Text {
    Text::new(vec![crate::model::Part::Hole(Hole { reference: Reference::Boot(name.map(str::to_owned)), span })])
}

#[cfg(test)]
mod tests;
