//! TOML as a tree of owned values, each with its place.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use toml_span::ErrorKind;
use toml_span::value::ValueInner;

use super::problem::Problem;
use crate::source::{Source, Span};

/// A value.
#[derive(Clone, Debug)]
pub struct Value {
    /// Where it is written; a string without its quotes.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A string, or a date.
    Text(String),
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A list, of tables too.
    List(Vec<Value>),
    /// A table, in the order of the file.
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Value,
}

impl Value {
    /// What it is, for messages.
    pub fn described(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "a string",
            Kind::Number => "a number",
            Kind::Bool => "a boolean",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }
}

/// A date as TOML writes it, which the parser does not know, behind any key: a misspelt one is to be told of as such.
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?m)(?:^|[{,])[ \t]*[A-Za-z0-9_"-]+[ \t]*=[ \t]*(\d{4}-\d{2}-\d{2})[ \t]*(?:$|[\r,}#])"#).ok()
});

/// Reads a file.
pub fn parse(source: &Source) -> Result<Vec<Entry>, Problem> {
    let start = source.body_start() as usize;
    let body = source.text().get(start..).unwrap_or_default();
    // A string of the same length stands for each date, so that nothing changes its place.
    let mut text = body.to_owned();
    let found = DATE.iter().flat_map(|date| date.captures_iter(body)).filter_map(|found| found.get(1));
    let dates: Vec<Range<usize>> = found.map(|date| date.range()).collect();
    for date in &dates {
        text.replace_range(date.clone(), "\"........\"");
    }
    // The parser counts the place of an error one byte on, which may be within a character or behind the end, and ends one in a number
    // before its beginning.
    let place = |span: toml_span::Span| {
        let offset = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
        let is_boundary = |at: &usize| body.is_char_boundary(*at);
        let from = (0..=span.start.min(body.len())).rev().find(is_boundary).unwrap_or(0);
        let to = (span.end.max(from)..body.len()).find(is_boundary).unwrap_or(body.len());
        Span::new(source.id(), offset(from), offset(to))
    };
    let mut root = toml_span::parse(&text).map_err(|error| syntax_problem(&error, place))?;
    let reading = Reading { body, dates, place: &place };
    match reading.value(&mut root).kind {
        Kind::Table(entries) => Ok(entries),
        _ => Ok(Vec::new()),
    }
}

/// What is needed to take over what the parser read.
struct Reading<'r> {
    body: &'r str,
    dates: Vec<Range<usize>>,
    place: &'r dyn Fn(toml_span::Span) -> Span,
}

impl Reading<'_> {
    fn value(&self, value: &mut toml_span::Value<'_>) -> Value {
        let span = value.span;
        if let Some(date) = self.dates.iter().find(|date| date.contains(&span.start)) {
            let text = self.body.get(date.clone()).unwrap_or_default().to_owned();
            let span = (self.place)(toml_span::Span { start: date.start, end: date.end });
            return Value { span, kind: Kind::Text(text) };
        }
        Value { span: (self.place)(span), kind: self.kind(value.take()) }
    }

    fn kind(&self, value: ValueInner<'_>) -> Kind {
        match value {
            ValueInner::String(text) => Kind::Text(text.into_owned()),
            ValueInner::Integer(_) | ValueInner::Float(_) => Kind::Number,
            ValueInner::Boolean(_) => Kind::Bool,
            ValueInner::Array(mut items) => Kind::List(items.iter_mut().map(|item| self.value(item)).collect()),
            ValueInner::Table(table) => {
                let entries = table.into_iter().map(|(key, mut value)| Entry {
                    key: key.name.into_owned(),
                    key_span: (self.place)(key.span),
                    value: self.value(&mut value),
                });
                let mut entries: Vec<Entry> = entries.collect();
                entries.sort_by_key(|entry| entry.key_span);
                Kind::Table(entries)
            }
        }
    }
}

fn syntax_problem(error: &toml_span::Error, place: impl Fn(toml_span::Span) -> Span) -> Problem {
    let message = match &error.kind {
        ErrorKind::UnexpectedEof => "the file ends too early".to_owned(),
        ErrorKind::DuplicateKey { key, .. } => format!("`{key}` is written more than once"),
        ErrorKind::DuplicateTable { name, .. } => format!("the table `{name}` is written more than once"),
        ErrorKind::UnquotedString => "a value must be a quoted string, a list or a table".to_owned(),
        _ => error.to_string(),
    };
    let problem = Problem::new(place(error.span), format!("this is not valid TOML: {message}"));
    match &error.kind {
        ErrorKind::DuplicateKey { first, .. }
        | ErrorKind::DuplicateTable { first, .. }
        | ErrorKind::DottedKeyInvalidType { first } => problem.label(place(*first), "first written here"),
        _ => problem,
    }
}
