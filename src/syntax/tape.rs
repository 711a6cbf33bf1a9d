//! The tape: cells in source order, each knowing where the next sibling is.

use super::{Format, Kind, Node};
use crate::source::{FileId, Source, Span};

/// How the text of a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As it stands; in YAML possibly folded over lines. Also every value that is no text.
    Plain,
    /// In double quotes, with backslash escapes.
    Double,
    /// In single quotes.
    Single,
    /// A YAML block after `|`.
    Literal,
    /// A YAML block after `>`.
    Folded,
    /// The key that a YAML short tag stands for: `!Sub` is `Fn::Sub`.
    Tag,
}

impl Style {
    pub(super) fn is_block(self) -> bool {
        matches!(self, Self::Literal | Self::Folded)
    }
}

/// One value or key. The cells of a container follow it, up to `next`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Offset of the first byte; of a block scalar, of its `|` or `>`.
    pub(super) start: u32,
    /// Offset past the last byte; of a block scalar, past the line ends and indentation that its
    /// decoding needs.
    pub(super) end: u32,
    /// Index of the first cell that is not part of this one.
    pub(super) next: u32,
    pub(super) kind: Kind,
    pub(super) style: Style,
    /// Of a block scalar, the columns its lines are indented by; of another scalar, [`VERBATIM`] or 0. Of an object, 1 when it
    /// has a YAML merge key (`<<`).
    pub(super) extra: u16,
}

const _: () = assert!(size_of::<Cell>() == 16, "a cell is 16 bytes");

/// The `extra` of a scalar, other than a block, whose text is what stands there, quotes aside: most are read again and again, and need
/// not be decoded.
pub(super) const VERBATIM: u16 = 1;

/// The `next` of a container whose end is not yet read.
pub(super) const OPEN: u32 = u32::MAX;

/// A parsed file.
#[derive(Debug)]
pub struct Tree {
    pub(super) file: FileId,
    pub(super) format: Format,
    pub(super) cells: Vec<Cell>,
    pub(super) roots: Vec<u32>,
    pub(super) comments: Vec<Span>,
}

/// A value takes so many bytes of a template or more, most often,
const BYTES_FOR_A_CELL: usize = 16;
/// and for so many values room is made before they are met.
const MOST_ROOM: usize = 1 << 16;

impl Tree {
    /// A tree without values, for a text of so many bytes.
    pub(super) fn new(file: FileId, format: Format, bytes: usize) -> Self {
        let cells = Vec::with_capacity((bytes / BYTES_FOR_A_CELL).min(MOST_ROOM));
        Self { file, format, cells, roots: Vec::new(), comments: Vec::new() }
    }

    /// The file it was read from.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The notation the tree was read from.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The documents, in order: any number of them for YAML, one for JSON.
    ///
    /// `source` is the text the tree was parsed from.
    pub fn roots<'t>(&'t self, source: &'t Source) -> impl Iterator<Item = Node<'t>> {
        let text = source.text();
        let roots = self.roots.iter();
        roots.map(move |&at| Node::new(self, text, at))
    }

    /// The comments, markers included, in source order.
    #[must_use]
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// The texts that are written on more than one line; one that an alias repeats is there again.
    pub fn long_texts<'t>(&'t self, source: &'t Source) -> impl Iterator<Item = Span> + 't {
        let texts = self.cells.iter().filter(|cell| cell.kind == Kind::String);
        let spans = texts.map(|cell| Span::new(self.file, cell.start, cell.end));
        spans.filter(|span| source.slice(*span).contains('\n'))
    }

    /// The cell at an index of the tape; an empty null for an index that is none.
    pub(super) fn cell(&self, at: u32) -> Cell {
        let nothing =
            Cell { start: 0, end: 0, next: at.saturating_add(1), kind: Kind::Null, style: Style::Plain, extra: 0 };
        self.cells.get(at as usize).copied().unwrap_or(nothing)
    }

    /// Where what follows the cell begins. Siblings only ever move forward, so that reading them ends whatever the tape holds.
    pub(super) fn after(&self, at: u32) -> u32 {
        let behind = at.saturating_add(1);
        self.cells.get(at as usize).map_or(behind, |cell| cell.next.max(behind))
    }

    /// The cell and those that are part of it.
    pub(super) fn within(&self, at: u32) -> &[Cell] {
        self.cells.get(at as usize..self.after(at) as usize).unwrap_or_default()
    }

    /// The index the next cell will have.
    pub(super) fn len(&self) -> u32 {
        // A cell takes at least one byte of a text that fits in 32 bits, or counts against the
        // limit on aliases.
        u32::try_from(self.cells.len()).unwrap_or(OPEN)
    }

    /// Adds a scalar or an open container.
    pub(super) fn push(&mut self, start: u32, end: u32, kind: Kind, style: Style) -> u32 {
        let at = self.len();
        let next = match kind {
            Kind::Array | Kind::Object => OPEN,
            _ => at.saturating_add(1),
        };
        self.cells.push(Cell { start, end, next, kind, style, extra: 0 });
        at
    }

    /// Notes that the text of the scalar, which is no block, is what stands there, quotes aside.
    pub(super) fn note_verbatim(&mut self, at: u32) {
        if let Some(cell) = self.cells.get_mut(at as usize) {
            cell.extra = VERBATIM;
        }
    }

    /// Ends an open container after the last cell there is.
    pub(super) fn close(&mut self, at: u32, end: u32) {
        let next = self.len();
        if let Some(cell) = self.cells.get_mut(at as usize) {
            cell.next = next;
            cell.end = end;
        }
    }
}
