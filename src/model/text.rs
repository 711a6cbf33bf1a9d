//! Strings that are partly known.
//!
//! `Fn::Join`, `Fn::Sub` and placeholders leave strings with holes in them. A [`Text`] keeps the known
//! pieces, with the way back to their bytes, and what each hole refers to, so that
//! `…dkr.ecr.${AWS::Region}…` is recognised as Amazon ECR and `Ref Secret` equals `Ref Secret`.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::bytes::Regex;
use smallvec::{SmallVec, smallvec};

use super::reference::{Hole, Parameter, Reference};
use crate::source::{MappedText, Span};

/// A string in pieces; no pieces at all is the empty string. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// `None` where there are none.
    parts: Option<Arc<Parts>>,
}

/// Most texts have one piece.
type Parts = SmallVec<[Part; 1]>;

/// A piece of a [`Text`].
#[derive(Clone, Debug)]
pub enum Part {
    /// Known characters.
    Literal(MappedText),
    /// Something that only the deployment fills in.
    Hole(Hole),
    /// The base64 encoding of a text (`Fn::Base64`), and where it is written.
    Base64(Box<Text>, Span),
}

/// What strings of other tools look like before they are filled in. Braces around JSON are not one. A pattern of bytes is made sooner than one of characters,
/// and here it matches the same.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)\$\{[^}]*\}|\$\([^)]*\)|\{\{.*?\}\}|<%.*?%>|<[^<>]*>|%\{[^}]*\}|#\{[^}]*\}|\[\[[^\]]*\]\]",
        r"|\$[A-Za-z_][A-Za-z0-9_]*|%[A-Za-z][A-Za-z0-9_]*%|##[A-Za-z0-9_]+##|@@?[A-Z][A-Z0-9_]*@@?",
        r"|\{[A-Za-z_][A-Za-z0-9_. ]*\}|__[A-Z][A-Z0-9_]*__|\b(?i:your|replace|insert)[-_][A-Za-z0-9_-]+|\b(?:CHANGEME|TODO|TBD)\b"
    ))
    .ok()
});

/// Whether one of the characters is there without which no placeholder is: cheap, and true of few texts.
fn may_have_placeholder(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'$' | b'{' | b'<' | b'%' | b'#' | b'@' | b'[' | b'_' | b'-'))
        || ["CHANGEME", "TODO", "TBD"].iter().any(|word| text.contains(word))
}

impl Part {
    /// Adds the piece, with `${…}` for what is not known.
    fn show(&self, shown: &mut String) {
        match self {
            Self::Literal(text) => shown.push_str(text.as_str()),
            Self::Hole(hole) => hole.reference.show(shown),
            Self::Base64(..) => shown.push_str("${Fn::Base64}"),
        }
    }
}

impl Text {
    /// The text made of these pieces.
    #[must_use]
    pub fn new(parts: Vec<Part>) -> Self {
        let empty = |part: &Part| matches!(part, Part::Literal(text) if text.as_str().is_empty());
        let mut parts = parts;
        parts.retain(|part| !empty(part));
        Self::of(Parts::from_vec(parts))
    }

    /// A wholly known text.
    #[must_use]
    pub fn literal(text: MappedText) -> Self {
        if text.as_str().is_empty() { Self::default() } else { Self::of(smallvec![Part::Literal(text)]) }
    }

    fn of(parts: Parts) -> Self {
        Self { parts: (!parts.is_empty()).then(|| Arc::new(parts)) }
    }

    /// A text of which nothing is known but what it refers to.
    #[must_use]
    pub fn hole(reference: Reference, span: Span) -> Self {
        Self::of(smallvec![Part::Hole(Hole { reference: Arc::new(reference), span })])
    }

    /// The pieces, none of them empty.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        self.parts.as_ref().map_or(&[], |parts| parts.as_slice())
    }

    /// Whether this is surely the empty string.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_none()
    }

    /// The whole string, if it is wholly known.
    #[must_use]
    pub fn known(&self) -> Option<Cow<'_, str>> {
        match self.parts() {
            [] => Some(Cow::Borrowed("")),
            [Part::Literal(text)] => Some(Cow::Borrowed(text.as_str())),
            parts => {
                let pieces = parts.iter().map(|part| match part {
                    Part::Literal(text) => Some(text.as_str()),
                    Part::Hole(_) | Part::Base64(..) => None,
                });
                pieces.collect::<Option<String>>().map(Cow::Owned)
            }
        }
    }

    /// The known characters before the first hole.
    #[must_use]
    pub fn known_start(&self) -> String {
        self.parts()
            .iter()
            .map_while(|part| match part {
                Part::Literal(text) => Some(text.as_str()),
                Part::Hole(_) | Part::Base64(..) => None,
            })
            .collect()
    }

    /// The hole, if the text is nothing but one.
    #[must_use]
    pub fn sole_hole(&self) -> Option<&Hole> {
        match self.parts() {
            [Part::Hole(hole)] => Some(hole),
            _ => None,
        }
    }

    /// The holes, in order.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.parts().iter().filter_map(|part| match part {
            Part::Hole(hole) => Some(hole),
            Part::Literal(_) | Part::Base64(..) => None,
        })
    }

    /// The text with `${…}` for its holes, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = String::new();
        self.parts().iter().for_each(|part| part.show(&mut shown));
        shown
    }

    /// This text followed by another.
    #[must_use]
    pub fn followed_by(mut self, other: Self) -> Self {
        match (&mut self.parts, other.parts) {
            (_, None) => self,
            (None, parts) => Self { parts },
            (Some(parts), Some(others)) => {
                Arc::make_mut(parts).extend(others.iter().cloned());
                self
            }
        }
    }

    /// The pieces between occurrences of `separator` in the known characters, as `Fn::Split` sees them.
    #[must_use]
    pub fn split(&self, separator: &str) -> Vec<Self> {
        let mut pieces = vec![Vec::new()];
        for part in self.parts() {
            let Part::Literal(text) = part else {
                if let Some(last) = pieces.last_mut() {
                    last.push(part.clone());
                }
                continue;
            };
            let mut start = 0;
            for (at, found) in text.as_str().match_indices(separator) {
                if let Some(last) = pieces.last_mut() {
                    last.push(Part::Literal(text.slice(start..at)));
                }
                pieces.push(Vec::new());
                start = at + found.len();
            }
            if let Some(last) = pieces.last_mut() {
                last.push(Part::Literal(text.slice(start..text.as_str().len())));
            }
        }
        pieces.into_iter().map(Self::new).collect()
    }

    /// The text with what other tools fill in turned into holes.
    #[must_use]
    pub fn with_placeholders(self) -> Self {
        let may_have_one = |part: &Part| matches!(part, Part::Literal(text) if may_have_placeholder(text.as_str()));
        if !self.parts().iter().any(may_have_one) {
            return self;
        }
        let Some(pattern) = PLACEHOLDER.as_ref() else { return self };
        let mut parts = Vec::with_capacity(self.parts().len());
        for part in self.parts() {
            let Part::Literal(text) = part else {
                parts.push(part.clone());
                continue;
            };
            let ranges: Vec<Range<usize>> =
                pattern.find_iter(text.as_str().as_bytes()).map(|found| found.range()).collect();
            if ranges.is_empty() {
                parts.push(part.clone());
                continue;
            }
            let mut start = 0;
            for range in ranges {
                let word = text.as_str().get(range.clone()).unwrap_or_default().to_owned();
                let reference = if word.starts_with("{{resolve:") {
                    Reference::Dynamic(word)
                } else {
                    Reference::Placeholder(word)
                };
                parts.push(Part::Literal(text.slice(start..range.start)));
                parts.push(Part::Hole(Hole { reference: Arc::new(reference), span: text.span(range.clone()) }));
                start = range.end;
            }
            parts.push(Part::Literal(text.slice(start..text.as_str().len())));
        }
        Self::new(parts)
    }

    /// The text with dynamic references turned into holes, also where a `${…}` stands inside one.
    #[must_use]
    pub fn with_dynamic_references(self) -> Self {
        const OPENING: &str = "{{resolve:";
        let opens = |part: &Part| matches!(part, Part::Literal(text) if text.as_str().contains(OPENING));
        if !self.parts().iter().any(opens) {
            return self;
        }
        let mut parts = Vec::with_capacity(self.parts().len());
        let mut open: Option<(String, Span)> = None;
        for part in self.parts() {
            let Part::Literal(text) = part else {
                match &mut open {
                    Some((reference, _)) => part.show(reference),
                    None => parts.push(part.clone()),
                }
                continue;
            };
            let (whole, mut at) = (text.as_str(), 0);
            while at < whole.len() {
                let rest = whole.get(at..).unwrap_or_default();
                if let Some((mut reference, mut span)) = open.take() {
                    let close = rest.find("}}").map(|found| at + found + 2);
                    reference.push_str(whole.get(at..close.unwrap_or(whole.len())).unwrap_or_default());
                    match close {
                        Some(close) => {
                            let end = text.span(at..close);
                            if end.file == span.file && end.end > span.start {
                                span.end = end.end;
                            }
                            let reference = Arc::new(Reference::Dynamic(reference));
                            parts.push(Part::Hole(Hole { reference, span }));
                        }
                        None => open = Some((reference, span)),
                    }
                    at = close.unwrap_or(whole.len());
                } else {
                    let start = rest.find(OPENING).map_or(whole.len(), |found| at + found);
                    parts.push(Part::Literal(text.slice(at..start)));
                    if start < whole.len() {
                        open = Some((String::new(), text.span(start..start + OPENING.len())));
                    }
                    at = start;
                }
            }
        }
        Self::new(parts)
    }

    /// The parameters without a value that stand in it, each once.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.holes().filter_map(|hole| match &*hole.reference {
            Reference::Parameter(parameter) => Some(parameter),
            _ => None,
        })
    }

    /// The text with parameters replaced: `value` gives the text for a parameter, or `None` to leave the hole.
    #[must_use]
    pub fn substituted(&self, value: &dyn Fn(&Parameter) -> Option<MappedText>) -> Self {
        let replaced = self.parts().iter().map(|part| match part {
            Part::Hole(hole) => match &*hole.reference {
                Reference::Parameter(parameter) => value(parameter).map_or_else(|| part.clone(), Part::Literal),
                _ => part.clone(),
            },
            Part::Base64(inner, span) => Part::Base64(Box::new(inner.substituted(value)), *span),
            Part::Literal(_) => part.clone(),
        });
        Self::new(replaced.collect())
    }

    /// The pieces as comparable tokens, neighbouring literals joined.
    fn tokens(&self) -> Vec<Token<'_>> {
        let mut tokens: Vec<Token<'_>> = Vec::with_capacity(self.parts().len());
        for part in self.parts() {
            match part {
                Part::Literal(text) => match tokens.last_mut() {
                    Some(Token::Literal(before)) => before.to_mut().push_str(text.as_str()),
                    _ => tokens.push(Token::Literal(Cow::Borrowed(text.as_str()))),
                },
                Part::Hole(hole) => tokens.push(Token::Hole(&hole.reference)),
                Part::Base64(inner, _) => tokens.push(Token::Base64(inner)),
            }
        }
        tokens
    }
}

#[derive(PartialEq)]
enum Token<'t> {
    Literal(Cow<'t, str>),
    Hole(&'t Reference),
    Base64(&'t Text),
}

/// Equal when they are surely the same string: the same known characters and the same references, wherever written.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.tokens() == other.tokens()
    }
}

impl Eq for Text {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ResourceKind, ResourceRef};
    use crate::source::FileId;

    fn literal(text: &str) -> Text {
        Text::literal(MappedText::from_plain(text.to_owned(), Span::start_of(FileId(0))))
    }

    #[test]
    fn placeholders_of_other_tools_become_holes() {
        for text in [
            "<IMAGE1_NAME>",
            "{{ image }}",
            "${TAG}",
            "$TAG",
            "%TAG%",
            "##KEY##",
            "#{TAG}",
            "@@TAG@@",
            "<%= tag %>",
            "YOUR_IMAGE",
            "REPLACE_ME",
            "{image}",
            "__IMAGE__",
        ] {
            let holed = literal(text).with_placeholders();
            assert!(holed.sole_hole().is_some(), "{text}: {holed:?}");
        }
        for text in [
            "nginx:1.25",
            "team/yours:v1",
            r#"{"username":"x"}"#,
            "prod/db-AbCdEf",
            "arn:aws:ssm:eu-west-1:1:parameter/a_b",
            "todoapp/web",
        ] {
            assert_eq!(literal(text).with_placeholders().known().as_deref(), Some(text));
        }
        let resolve = literal("{{resolve:secretsmanager:x}}").with_placeholders();
        assert!(resolve.sole_hole().is_some_and(|hole| matches!(*hole.reference, Reference::Dynamic(_))));
    }

    #[test]
    fn splitting_keeps_holes_in_their_piece() {
        let text = literal("arn:aws:ssm:${REGION}:1:parameter/x").with_placeholders();
        let pieces = text.split(":");
        assert_eq!(pieces.len(), 6);
        assert!(pieces[3].sole_hole().is_some());
        assert_eq!(pieces[5].known().as_deref(), Some("parameter/x"));
    }

    #[test]
    fn equality_is_of_content() {
        assert_eq!(literal("a").followed_by(literal("b")), literal("ab"));
        let reference = |id: &str| {
            Text::hole(
                Reference::Resource(ResourceRef { id: id.into(), attribute: None, kind: ResourceKind::Secret }),
                Span::start_of(FileId(7)),
            )
        };
        assert_eq!(reference("A"), reference("A"));
        assert_ne!(reference("A"), reference("B"));
    }
}
