//! Drafts and strings, written as the file would have them.

use std::fmt::Write as _;

use super::style::Style;
use crate::model::{Draft, Part, Reference, Text};
use crate::syntax::Format;

/// Where a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Within brackets: in JSON always.
    pub in_flow: bool,
    /// Right behind a short tag, where `CloudFormation` takes no other.
    pub behind_tag: bool,
    /// Whether what is around it is quoted as in JSON.
    pub like_json: bool,
}

impl Style {
    /// The value on one line, or over several where `spread`; lines after the first are indented from `indent` on.
    pub(super) fn flow(&self, draft: &Draft, indent: &str, spread: bool, spot: Spot) -> Option<String> {
        let inner = format!("{indent}{}", self.unit);
        let inside = Spot { in_flow: true, behind_tag: false, ..spot };
        if let Some(parts) = self.tagged_choice(draft, spot) {
            return Some(format!("!If {}", self.flow(parts, indent, spread, inside)?));
        }
        Some(match draft {
            Draft::Text(text) => match self.scalar(text, spot)? {
                Ok(written) => written,
                Err(function) => self.flow(
                    &function,
                    indent,
                    spread && !self.has_functions_on_a_line,
                    Spot { behind_tag: false, ..spot },
                )?,
            },
            Draft::List(items) => {
                let items = items.iter().map(|item| self.flow(item, &inner, spread, inside));
                self.bracketed(('[', ']'), &items.collect::<Option<Vec<_>>>()?, indent, spread)
            }
            Draft::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| {
                    Some(format!(
                        "{}{}{}",
                        self.key(key, inside),
                        self.colon(inside),
                        self.flow(value, &inner, spread, inside)?
                    ))
                });
                self.bracketed(('{', '}'), &entries.collect::<Option<Vec<_>>>()?, indent, spread)
            }
        })
    }

    fn bracketed(&self, (open, close): (char, char), elements: &[String], indent: &str, spread: bool) -> String {
        if elements.is_empty() {
            return format!("{open}{close}");
        }
        if spread {
            let (newline, unit) = (self.newline, &self.unit);
            let between = format!(",{newline}{indent}{unit}");
            return format!("{open}{newline}{indent}{unit}{}{newline}{indent}{close}", elements.join(&between));
        }
        let padding = if open == '{' { self.padding } else { "" };
        format!("{open}{padding}{}{padding}{close}", elements.join(self.comma))
    }

    /// What stands between a key and its value within brackets.
    pub(super) fn colon(&self, spot: Spot) -> &'static str {
        // An unquoted key needs the blank.
        if self.format == Format::Json || spot.like_json { self.colon } else { ": " }
    }

    /// A key.
    pub(super) fn key(&self, key: &str, spot: Spot) -> String {
        if spot.in_flow && key.contains(':') && !spot.like_json && self.format == Format::Yaml {
            return quoted(key, '"');
        }
        self.word(key, spot)
    }

    /// What follows the colon of a key in YAML, whose key is indented by `indent`.
    pub(super) fn behind_key(&self, draft: &Draft, indent: &str) -> Option<String> {
        let spot = Spot { in_flow: false, behind_tag: false, like_json: false };
        let inner = format!("{indent}{}", self.unit);
        if let Some(parts) = self.tagged_choice(draft, spot) {
            return Some(format!(" !If{}", self.behind_key(parts, indent)?));
        }
        match draft {
            Draft::Text(text) => match self.scalar(text, spot)? {
                Ok(written) => Some(format!(" {written}")),
                Err(function) => self.behind_key(&function, indent),
            },
            Draft::List(items) if items.is_empty() => Some(" []".to_owned()),
            Draft::Object(entries) if entries.is_empty() => Some(" {}".to_owned()),
            Draft::List(items) => {
                let indent = if self.indents_lists { inner } else { indent.to_owned() };
                let lines =
                    items.iter().map(|item| Some(format!("{}{indent}{}", self.newline, self.item(item, &indent)?)));
                lines.collect()
            }
            Draft::Object(entries) => {
                let lines = entries.iter().map(|(key, value)| {
                    let behind = self.behind_key(value, &inner)?;
                    Some(format!("{}{inner}{}:{behind}", self.newline, self.key(key, spot)))
                });
                lines.collect()
            }
        }
    }

    /// An item of a list in YAML, from its dash on, which is indented by `indent`.
    pub(super) fn item(&self, draft: &Draft, indent: &str) -> Option<String> {
        Some(format!("- {}", self.behind_dash(draft, indent)?))
    }

    /// What is behind the dash of an item.
    pub(super) fn behind_dash(&self, draft: &Draft, indent: &str) -> Option<String> {
        let spot = Spot { in_flow: false, behind_tag: false, like_json: false };
        let inner = format!("{indent}  ");
        if let Some(parts) = self.tagged_choice(draft, spot) {
            let Draft::List(parts) = parts else { return None };
            let lines = parts.iter().map(|part| Some(format!("{}{inner}{}", self.newline, self.item(part, &inner)?)));
            return Some(format!("!If{}", lines.collect::<Option<String>>()?));
        }
        match draft {
            Draft::Text(text) => match self.scalar(text, spot)? {
                Ok(written) => Some(written),
                Err(function) => self.behind_dash(&function, indent),
            },
            Draft::Object(entries) if !entries.is_empty() => {
                let lines = entries
                    .iter()
                    .map(|(key, value)| Some(format!("{}:{}", self.key(key, spot), self.behind_key(value, &inner)?)));
                Some(lines.collect::<Option<Vec<_>>>()?.join(&format!("{}{inner}", self.newline)))
            }
            _ => self.flow(draft, indent, false, Spot { in_flow: true, ..spot }),
        }
    }

    /// The condition and the two values of an `Fn::If` that is written as a tag.
    fn tagged_choice<'d>(&self, draft: &'d Draft, spot: Spot) -> Option<&'d Draft> {
        let Draft::Object(entries) = draft else { return None };
        let has_tag = self.format == Format::Yaml && self.has_tags && !spot.behind_tag && !spot.like_json;
        match entries.as_slice() {
            [(key, parts)] if has_tag && key == "Fn::If" => Some(parts),
            _ => None,
        }
    }

    /// A string on one line, or the function that it is to be written as. `None` where a template cannot have it.
    fn scalar(&self, text: &Text, spot: Spot) -> Option<Result<String, Draft>> {
        if let Some(known) = text.known() {
            return Some(Ok(self.string(&known, spot)));
        }
        let function = Function::of(text)?;
        if self.format == Format::Yaml && self.has_tags && !spot.behind_tag && !spot.like_json {
            return Some(Ok(match &function {
                Function::Ref(id) => format!("!Ref {}", self.word(id, spot)),
                Function::GetAtt(id, attribute) => {
                    format!("!GetAtt {}", self.word(&format!("{id}.{attribute}"), spot))
                }
                Function::Import(name) => format!("!ImportValue {}", self.word(name, spot)),
                Function::Sub(template) => format!("!Sub {}", self.word(template, spot)),
            }));
        }
        Some(Err(match function {
            Function::Ref(id) => Draft::object([("Ref", Draft::literal(&id))]),
            Function::GetAtt(id, attribute) => {
                let pair = Draft::List(vec![Draft::literal(&id), Draft::literal(&attribute)]);
                Draft::object([("Fn::GetAtt", pair)])
            }
            Function::Import(name) => Draft::object([("Fn::ImportValue", Draft::literal(&name))]),
            Function::Sub(template) => Draft::object([("Fn::Sub", Draft::literal(&template))]),
        }))
    }

    /// A string as a value: in YAML without quotes where it needs none and its like have none.
    fn string(&self, text: &str, spot: Spot) -> String {
        let is_bare = self.format == Format::Yaml && !spot.like_json && is_plain(text);
        if is_bare && !spot.behind_tag && self.is_quoted_here(text) {
            quoted(text, self.quote)
        } else {
            self.word(text, spot)
        }
    }

    /// A string in quotes where it needs some.
    fn word(&self, text: &str, spot: Spot) -> String {
        match self.format {
            Format::Json => quoted(text, '"'),
            Format::Yaml if spot.like_json => quoted(text, '"'),
            Format::Yaml if is_plain(text) => text.to_owned(),
            Format::Yaml => quoted(text, self.quote),
        }
    }

    fn is_quoted_here(&self, text: &str) -> bool {
        if text.contains(':') { self.quotes_colons } else { self.quotes_words }
    }
}

/// A function that stands for a string with holes.
enum Function {
    Ref(String),
    GetAtt(String, String),
    Import(String),
    Sub(String),
}

impl Function {
    fn of(text: &Text) -> Option<Self> {
        if let Some(hole) = text.sole_hole() {
            return match &*hole.reference {
                Reference::Parameter(parameter) => Some(Self::Ref(parameter.name.clone())),
                Reference::Pseudo(name) => Some(Self::Ref(name.clone())),
                Reference::Import(Some(name)) => Some(Self::Import(name.clone())),
                Reference::Resource(resource) => Some(match &resource.attribute {
                    None => Self::Ref(resource.id.clone()),
                    Some(attribute) => Self::GetAtt(resource.id.clone(), attribute.clone()),
                }),
                _ => None,
            };
        }
        let mut template = String::new();
        for part in text.parts() {
            match part {
                Part::Literal(literal) => template.push_str(&literal.as_str().replace("${", "${!")),
                Part::Hole(hole) => match &*hole.reference {
                    Reference::Parameter(_) | Reference::Pseudo(_) | Reference::Resource(_) => {
                        template.push_str(&hole.reference.shown());
                    }
                    _ => return None,
                },
                Part::Base64(..) => return None,
            }
        }
        Some(Self::Sub(template))
    }
}

/// What some reader of YAML takes for something else than a string.
const WORDS: [&str; 11] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"];

/// Whether a text is the same string without quotes, wherever it stands in YAML.
pub(super) fn is_plain(text: &str) -> bool {
    let is_ordinary = |c: char| c.is_ascii_alphanumeric() || "/_.-:*@+".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(is_ordinary)
        && !text.ends_with(':')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// The text in quotes: single ones where those can hold it.
pub(super) fn quoted(text: &str, quote: char) -> String {
    if quote == '\'' && !text.contains(needs_escape) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    format!("\"{}\"", escaped(text))
}

/// The text as it stands between double quotes, in JSON and in YAML.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c if needs_escape(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a character cannot stand in YAML as it is.
pub(super) fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
