//! JSON and YAML inside a text, with the holes that stand in it and the way back to the file.

use crate::model::Text;
use crate::source::{FileId, Source};
use crate::syntax::{self, Node, Tree};
use crate::userdata::flat::Flat;

/// A document inside a text.
pub struct Embedded<'t> {
    flat: Flat<'t>,
    source: Source,
    tree: Option<Tree>,
}

impl<'t> Embedded<'t> {
    /// Reads the text as JSON.
    pub fn json(text: &'t Text) -> Self {
        let (flat, source) = Self::source(text);
        let tree = syntax::parse_json(&source).ok();
        Self { flat, source, tree }
    }

    /// Reads the text as YAML, of which JSON is a part. What cannot be read is passed over.
    pub fn yaml(text: &'t Text) -> Self {
        let (flat, source) = Self::source(text);
        let tree = Some(syntax::parse_yaml(&source).tree);
        Self { flat, source, tree }
    }

    fn source(text: &'t Text) -> (Flat<'t>, Source) {
        let flat = Flat::new(text);
        let source = Source::new(FileId(0), String::new(), flat.as_str().to_owned());
        (flat, source)
    }

    /// The first document, if there is one.
    pub fn root(&self) -> Option<Node<'_>> {
        self.tree.as_ref()?.roots(&self.source).next()
    }

    /// The text of a scalar, with its holes.
    pub fn text(&self, node: Node<'_>) -> Option<Text> {
        Some(self.flat.through(&node.mapped()?))
    }

    /// A part of the text by what stands there, such as a whole object.
    pub fn slice(&self, node: Node<'_>) -> Text {
        self.flat.slice(node.span().range())
    }

    /// The key of an entry, with its holes.
    pub fn key(&self, entry: syntax::Entry<'_>) -> Text {
        entry.key_text().map_or_else(|| self.flat.slice(entry.key_span().range()), |text| self.flat.through(&text))
    }
}
