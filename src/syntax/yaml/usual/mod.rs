//! The YAML that templates are mostly written in, read line by line in one go.
//!
//! One document of block mappings and sequences, with short tags, scalars of all styles and flow
//! collections in them. `None` is for everything else, right or wrong: several documents, anchors and
//! aliases, explicit keys, values that are left out, tabs, characters that are not to be printed, and
//! whatever might be a mistake. There is no need to be clever here, as the parser then reads
//! the file; what is read here has to be what the parser would make of it.

mod flow;
mod lines;
mod scalars;

use super::super::{Kind, MOST_VALUES, Tree};
use super::assembly::{Assembly, Place};
use crate::source::Source;
use lines::Lines;
use scalars::Stop;

/// Collections inside of one another; the parser takes more.
const DEEPEST: usize = 100;

/// Bytes of a key; of longer ones the parser has its own opinion.
const LONGEST_KEY: usize = 1_000;

/// Reads `source` if it is written in the usual way.
pub(super) fn read(source: &Source, with_comments: bool) -> Option<Tree> {
    let lines = Lines::of(source)?;
    let mut reader = Reader { assembly: Assembly::new(source), lines, blocks: Vec::new(), due: None, with_comments };
    reader.document()?;
    let mut tree = reader.assembly.tree;
    tree.roots.push(0);
    Some(tree)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Mapping,
    Sequence,
}

/// A block collection that is being read.
#[derive(Clone, Copy)]
struct Block {
    shape: Shape,
    /// The column of its keys or dashes.
    column: usize,
}

/// A value that is to come on one of the next lines.
struct Due {
    tag: Option<Place>,
}

struct Reader<'s> {
    assembly: Assembly<'s>,
    lines: Lines<'s>,
    blocks: Vec<Block>,
    due: Option<Due>,
    with_comments: bool,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<()> {
        self.due = Some(Due { tag: None });
        let mut is_begun = false;
        while self.next_line_with_token()? {
            if self.lines.is_document_marker() {
                let is_start = !is_begun && self.lines.peek() == Some(b'-');
                self.lines.skip(3);
                self.lines.skip_spaces();
                if !is_start || !self.ends_line()? {
                    return None;
                }
            } else {
                self.line()?;
            }
            is_begun = true;
        }
        if self.due.is_some() || self.blocks.is_empty() {
            return None;
        }
        while self.blocks.pop().is_some() {
            self.assembly.close(None);
        }
        Some(())
    }

    /// Reads a line, from its first character that is no space, and those that what begins in it goes on in.
    fn line(&mut self) -> Option<()> {
        let column = self.lines.column();
        let is_item = self.lines.is_dash();
        if let Some(due) = self.due.take() {
            let is_part = match self.blocks.last() {
                Some(Block { shape: Shape::Mapping, column: outer }) if is_item => column >= *outer,
                Some(Block { column: outer, .. }) => column > *outer,
                None => true,
            };
            return if is_part { self.node(due.tag, true) } else { None };
        }
        while let Some(block) = self.blocks.last() {
            let is_over = block.column > column || block.column == column && block.shape == Shape::Sequence && !is_item;
            if !is_over {
                break;
            }
            self.blocks.pop();
            self.assembly.close(None);
        }
        match self.blocks.last()? {
            block if block.column != column => None,
            Block { shape: Shape::Sequence, .. } => self.item(),
            Block { shape: Shape::Mapping, .. } => self.entry(),
        }
    }

    /// Reads what is behind the dash or the colon that is here: an item or a value, on this line or to come.
    fn behind_indicator(&mut self, may_be_block: bool) -> Option<()> {
        self.lines.skip(1);
        self.lines.skip_spaces();
        if self.ends_line()? {
            self.due = Some(Due { tag: None });
            return Some(());
        }
        self.node(None, may_be_block)
    }

    fn item(&mut self) -> Option<()> {
        self.behind_indicator(true)
    }

    fn value(&mut self) -> Option<()> {
        self.behind_indicator(false)
    }

    /// Reads a key and its value.
    fn entry(&mut self) -> Option<()> {
        match self.lines.peek()? {
            b'"' | b'\'' => {
                let key = self.quoted(false)?;
                self.check_key(!key.is_long)?;
                self.assembly.scalar(&key.scalar, None);
            }
            _ => {
                let (key, stop) = self.plain_on_line(false)?;
                self.check_key(stop == Stop::Colon)?;
                self.assembly.scalar(&key, None);
            }
        }
        self.value()
    }

    /// Refuses what ends here if it is no key.
    fn check_key(&self, may_be_key: bool) -> Option<()> {
        (may_be_key && self.lines.is_colon()).then_some(())
    }

    /// Reads a value. A block collection may begin here if there is nothing but spaces and dashes before it on its line.
    fn node(&mut self, mut tag: Option<Place>, mut may_be_block: bool) -> Option<()> {
        if tag.is_none() && self.lines.peek() == Some(b'!') {
            tag = Some(self.lines.tag()?);
            if self.ends_line()? {
                self.due = Some(Due { tag });
                return Some(());
            }
            may_be_block = false;
        }
        if may_be_block && self.lines.is_dash() {
            self.begin_block(Shape::Sequence, self.lines.at(), tag)?;
            return self.item();
        }
        match self.lines.peek()? {
            b'"' | b'\'' => {
                let quoted = self.quoted(true)?;
                if self.lines.is_colon() {
                    self.check_key(may_be_block && !quoted.is_long)?;
                    self.begin_block(Shape::Mapping, quoted.scalar.place.start as usize, tag)?;
                    self.assembly.scalar(&quoted.scalar, None);
                    return self.value();
                }
                self.scalar(&quoted.scalar, tag)?;
            }
            b'[' | b'{' => self.flow(tag)?,
            b'|' | b'>' => return self.block_scalar(tag),
            _ => {
                let (text, stop) = self.plain_on_line(false)?;
                if stop == Stop::Colon {
                    self.check_key(may_be_block)?;
                    self.begin_block(Shape::Mapping, text.place.start as usize, tag)?;
                    self.assembly.scalar(&text, None);
                    return self.value();
                }
                let text = if stop == Stop::Line { self.continued(text)? } else { text };
                self.scalar(&text, tag)?;
            }
        }
        self.lines.skip_spaces();
        self.ends_line()?.then_some(())
    }

    fn begin_block(&mut self, shape: Shape, at: usize, tag: Option<Place>) -> Option<()> {
        if self.blocks.len() >= DEEPEST {
            return None;
        }
        let column = self.lines.column_of(at);
        // To the parser a sequence that is indented no more than its key begins behind its first dash.
        let begins_at = if self.outer_column() == Some(column) { self.lines.behind_dash()? } else { at };
        self.blocks.push(Block { shape, column });
        let kind = if shape == Shape::Mapping { Kind::Object } else { Kind::Array };
        self.assembly.open(kind, lines::place(begins_at, begins_at)?, tag);
        self.check_values()
    }

    /// The column that a value has to be right of.
    fn outer_column(&self) -> Option<usize> {
        self.blocks.last().map(|block| block.column)
    }

    fn check_values(&self) -> Option<()> {
        // A tag and a collection or a scalar behind it are three.
        (self.assembly.tree.cells.len() + 3 < MOST_VALUES).then_some(())
    }

    /// Goes to the next line with more than a comment, and to its first character. Whether there is one.
    fn next_line_with_token(&mut self) -> Option<bool> {
        while self.lines.next() {
            self.lines.skip_spaces();
            if self.lines.peek() == Some(b'\t') {
                return None;
            }
            if !self.ends_line()? {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Whether there is nothing more on the line, a comment aside.
    fn ends_line(&mut self) -> Option<bool> {
        match self.lines.peek() {
            None => Some(true),
            Some(b'#') => {
                let comment = self.lines.comment()?;
                if self.with_comments {
                    self.assembly.tree.comments.push(comment);
                }
                Some(true)
            }
            Some(_) => Some(false),
        }
    }
}
