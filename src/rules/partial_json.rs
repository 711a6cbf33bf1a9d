//! JSON text that is only partly known: what it is for certain, and where its values are written.

use std::ops::Range;

use nojson::{JsonParseError, JsonValueKind, RawJson, RawJsonValue};

use crate::model::{Part, Reference, Text};

/// Stands for a hole while the text is parsed: private use, which no template contains.
const HOLE: char = '\u{F0000}';

/// What a text is as JSON.
#[derive(Debug, PartialEq, Eq)]
pub enum PartialJson {
    /// An object.
    Object(Vec<Member>),
    /// Surely no object: another value, or no JSON at all.
    NoObject,
    /// It cannot be told: what fills a hole decides.
    Unknown,
}

/// One entry of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    /// Its key; `None` where a hole is part of it.
    pub key: Option<String>,
    /// Its value.
    pub value: Value,
}

/// A value within JSON text.
#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// A string, as it is written between its quotes.
    String(Text),
    /// A number or a boolean, as it is written.
    Bare(Text),
    /// An object.
    Object(Vec<Member>),
    /// A list.
    List(Vec<Value>),
}

impl PartialJson {
    /// Reads the text. A hole within a string is a part of it; one that stands elsewhere may become anything.
    pub fn read(text: &Text) -> Self {
        let Some(flat) = Flat::new(text) else { return Self::Unknown };
        let begins = flat.text.trim_start();
        if begins.starts_with(HOLE) {
            return Self::Unknown;
        }
        if !begins.starts_with('{') {
            return Self::NoObject;
        }
        match RawJson::parse(flat.text.as_str()) {
            Ok(json) => match flat.value(json.value()) {
                Value::Object(members) => Self::Object(members),
                _ => Self::NoObject,
            },
            Err(error) => flat.refused(&error),
        }
    }
}

impl Value {
    /// The strings, numbers and booleans in it, with the nearest key above each.
    pub fn scalars<'v>(&'v self, key: Option<&'v str>, found: &mut Vec<(Option<&'v str>, &'v Text)>) {
        match self {
            Self::Null => {}
            Self::String(text) | Self::Bare(text) => found.push((key, text)),
            Self::List(values) => values.iter().for_each(|value| value.scalars(key, found)),
            Self::Object(members) => {
                for member in members {
                    member.value.scalars(member.key.as_deref(), found);
                }
            }
        }
    }
}

/// The text as one string, with what each stretch of it comes from.
struct Flat<'t> {
    text: String,
    pieces: Vec<(Range<usize>, &'t Part)>,
}

impl<'t> Flat<'t> {
    /// `None` where the holes cannot be told from the text around them.
    fn new(text: &'t Text) -> Option<Self> {
        let mut flat = Self { text: String::new(), pieces: Vec::with_capacity(text.parts().len()) };
        for part in text.parts() {
            let start = flat.text.len();
            match part {
                Part::Literal(text) if text.as_str().contains(HOLE) => return None,
                Part::Literal(text) => flat.text.push_str(text.as_str()),
                // What looks like a placeholder may have taken in the end of a string, and the keys behind it.
                Part::Hole(hole) if matches!(&*hole.reference, Reference::Placeholder(word) if word.contains('"')) => {
                    return None;
                }
                Part::Hole(_) | Part::Base64(..) => flat.text.push(HOLE),
            }
            flat.pieces.push((start..flat.text.len(), part));
        }
        Some(flat)
    }

    /// What is to be said of text that does not parse: nothing, where a hole or the parser itself may be the reason.
    fn refused(&self, error: &JsonParseError) -> PartialJson {
        let before_any_hole = self.text.find(HOLE).is_none_or(|hole| error.position() < hole);
        // The parser refuses half a surrogate pair, which others take.
        let own_limit = matches!(error, JsonParseError::InvalidValue { .. }) || self.text.contains("\\u");
        if before_any_hole && !own_limit { PartialJson::NoObject } else { PartialJson::Unknown }
    }

    fn value(&self, value: RawJsonValue<'_, '_>) -> Value {
        let whole = value.position()..value.position() + value.as_raw_str().len();
        match value.kind() {
            JsonValueKind::Null => Value::Null,
            JsonValueKind::Boolean | JsonValueKind::Integer | JsonValueKind::Float => Value::Bare(self.part(&whole)),
            JsonValueKind::String => Value::String(self.part(&(whole.start + 1..whole.end - 1))),
            JsonValueKind::Array => {
                Value::List(value.to_array().into_iter().flatten().map(|item| self.value(item)).collect())
            }
            JsonValueKind::Object => {
                let members = value.to_object().into_iter().flatten();
                let member = |(key, value): (RawJsonValue<'_, '_>, RawJsonValue<'_, '_>)| Member {
                    key: key
                        .to_unquoted_string_str()
                        .ok()
                        .filter(|key| !key.contains(HOLE))
                        .map(std::borrow::Cow::into_owned),
                    value: self.value(value),
                };
                Value::Object(members.map(member).collect())
            }
        }
    }

    /// A stretch of the text, with the way back to its bytes.
    fn part(&self, range: &Range<usize>) -> Text {
        let parts = self.pieces.iter().filter_map(|(place, part)| {
            let (start, end) = (place.start.max(range.start), place.end.min(range.end));
            if start >= end {
                return None;
            }
            Some(match part {
                Part::Literal(text) => Part::Literal(text.slice(start - place.start..end - place.start)),
                Part::Hole(_) | Part::Base64(..) => (*part).clone(),
            })
        });
        Text::new(parts.collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::{FileId, MappedText, Span};

    /// `${…}` stands for a hole.
    fn read(text: &str) -> PartialJson {
        let literal = MappedText::from_plain(text.to_owned(), Span::start_of(FileId(0)));
        PartialJson::read(&Text::literal(literal).with_placeholders())
    }

    fn keys(json: &PartialJson) -> Vec<Option<&str>> {
        let PartialJson::Object(members) = json else { panic!("{json:?}") };
        members.iter().map(|member| member.key.as_deref()).collect()
    }

    #[test]
    fn holes_within_strings_hide_nothing_else() {
        assert_eq!(keys(&read(r#"{"user":"${U}","pass":"x${P}y"}"#)), [Some("user"), Some("pass")]);
        assert_eq!(keys(&read(r#" {"us\u0065r": 1, "${K}": null} "#)), [Some("user"), None]);
    }

    #[test]
    fn what_a_hole_may_decide_is_unknown() {
        let texts =
            ["${Json}", " ${A}:b", r#"{"username": ${U}}"#, "{${Members}}", r#"{"a":"b"}${More}"#, r#"{"a" ${U}"#];
        for text in texts {
            assert_eq!(read(text), PartialJson::Unknown, "{text}");
        }
        // What looks like the placeholder of another tool is perhaps none.
        assert_eq!(read(r#"{"password":"a<b","username":"c>d"}"#), PartialJson::Unknown);
    }

    #[test]
    fn what_is_no_object_whatever_fills_the_holes() {
        for text in ["deploy:${P}", "[1]", "\"text\"", "", "{'username':'${U}'}", r#"{"a":1,}"#] {
            assert_eq!(read(text), PartialJson::NoObject, "{text}");
        }
    }

    proptest! {
        #[test]
        fn without_holes_an_object_is_what_any_parser_takes_for_one(text in r#"\{?["{}\[\]:, a1\\\t-]{0,12}|\{"a":["{}\[\]:,a1]{0,8}\}"#) {
            let is_object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).is_ok();
            let literal = MappedText::from_plain(text, Span::start_of(FileId(0)));
            let read = PartialJson::read(&Text::literal(literal));
            prop_assert_eq!(matches!(read, PartialJson::Object(_)), is_object);
            prop_assert!(read != PartialJson::Unknown);
        }
    }

    #[test]
    fn values_know_their_bytes() {
        let PartialJson::Object(members) = read(r#"{"a":{"b":["xy${H}z",12]}}"#) else { panic!() };
        let mut scalars = Vec::new();
        let object = Value::Object(members);
        object.scalars(None, &mut scalars);
        let places: Vec<_> = scalars
            .iter()
            .flat_map(|(key, text)| text.parts().iter().map(move |part| (*key, part)))
            .filter_map(|(key, part)| match part {
                Part::Literal(text) => Some((key, text.span(0..text.as_str().len()).range())),
                _ => None,
            })
            .collect();
        assert_eq!(places, [(Some("b"), 12..14), (Some("b"), 18..19), (Some("b"), 21..23)]);
    }
}
