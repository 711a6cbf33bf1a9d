//! Shell scripts, far enough to know what they write and what they set.
//!
//! [`lexer`] cuts a script into commands by the quoting rules of POSIX and bash; [`run`] follows the commands in order: it
//! keeps variables, knows what `echo`, `printf`, `cat`, `tee` and `base64 -d` put out, and tells what reaches the agent or a
//! registry's client. It decides no condition: every branch counts, in the order it is written, and a literal stays possible
//! where a branch replaces it. A loop over known words is run for each of them, a function where it is called.

mod call;
mod echo;
mod expansion;
mod here_document;
mod lexer;
mod run;
mod sed;

use std::borrow::Cow;
use std::ops::Range;

use crate::model::{Reference, Text};
use crate::source::Span;

pub use lexer::comments;
pub use run::run;

/// One simple command, with its redirections.
#[derive(Debug, Default)]
pub struct Command {
    /// Its words; assignments before the name are words too.
    pub words: Vec<Word>,
    /// Where its input comes from, if the script says so: a here-document or a here-string.
    pub input: Option<Word>,
    /// The file that its input comes from.
    pub input_file: Option<Word>,
    /// The files that its output goes to.
    pub outputs: Vec<Target>,
    /// Whether its output goes where error messages go.
    pub complains: bool,
    /// Whether its output goes to the next command, or with that of its group to the command behind the group.
    pub piped: bool,
    /// The group whose output, gathered, goes to the command behind it.
    pub gathered: Option<usize>,
    /// The group whose output it reads.
    pub reads: Option<usize>,
    /// Whether it is run under a condition only.
    pub conditional: bool,
    /// How many subshells begin with it.
    pub opens: usize,
    /// How many end with it.
    pub closes: usize,
    /// For the head of a loop, how many commands behind it are in the loop.
    pub body: Option<usize>,
    /// For the definition of a function, its name and the place of its body.
    pub function: Option<(String, Range<usize>)>,
}

/// A file that output goes to.
#[derive(Debug)]
pub struct Target {
    /// Its path.
    pub path: Word,
    /// Whether what is in it stays.
    pub appends: bool,
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
    fn plain(&self) -> Option<Cow<'_, str>> {
        match self.segments.as_slice() {
            [only] => only.known(),
            several => several.iter().map(Segment::known).collect::<Option<String>>().map(Cow::Owned),
        }
    }
}

impl Segment {
    /// The characters of a piece that is nothing else.
    fn known(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => text.known(),
            Self::Variable(..) | Self::Substitution(..) | Self::Unknown(_) => None,
        }
    }
}

/// What an instance computes, as a text.
fn at_boot(name: Option<&str>, span: Span) -> Text {
    Text::hole(Reference::Boot(name.map(str::to_owned)), span)
}

#[cfg(test)]
mod tests;
