//! What counts in the end, and where each value comes from.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::Flags;
use super::keys::{Key, ROOT, Table, Takes};
use super::tree::{Entry, Kind, Value};
use crate::lint::{FailOn, Selector};
use crate::source::{Source, is_invisible};

/// The values that count, in the order of the table of keys.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The configuration, if there is one.
    file: Option<String>,
    tables: Vec<Shown>,
}

/// A table with the values in it.
#[derive(Clone, Debug)]
struct Shown {
    /// `[rules]`, `[[overrides]]`; empty for the top.
    header: String,
    /// Before its keys in JSON: `rules.`, `overrides[0].`.
    path: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    key: String,
    value: Json,
    from: String,
}

/// Where the default counts.
const DEFAULT: &str = "default";

/// What is gone through.
struct Collecting<'c> {
    source: Option<&'c Source>,
    flags: &'c Flags,
    tables: Vec<Shown>,
}

impl Effective {
    /// What counts where the configuration says this and the command line that.
    pub(super) fn new(source: Option<&Source>, root: &[Entry], flags: &Flags) -> Self {
        let mut collecting = Collecting { source, flags, tables: Vec::new() };
        collecting.table(&ROOT, Some(root), &Place { header: String::new(), path: String::new(), alone: true });
        Self { file: source.map(|source| source.name().to_owned()), tables: collecting.tables }
    }

    /// As TOML, which is a configuration itself, with a comment behind each value.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut toml = match &self.file {
            Some(file) => format!("# {}\n", escaped(file)),
            None => "# no configuration file\n".to_owned(),
        };
        for table in self.tables.iter().filter(|table| !table.lines.is_empty() || table.header.starts_with("[[")) {
            if !table.header.is_empty() {
                let _ = writeln!(toml, "\n{}", table.header);
            }
            for Line { key, value, from } in &table.lines {
                let _ = writeln!(toml, "{key} = {} # {}", as_toml(value), escaped(from));
            }
        }
        toml
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let settings: Vec<Json> = self
            .tables
            .iter()
            .flat_map(|table| table.lines.iter().map(|line| (format!("{}{}", table.path, line.key), line)))
            .map(|(key, line)| json!({ "key": key, "value": line.value, "from": line.from }))
            .collect();
        json!({ "schema_version": 1, "file": self.file, "settings": settings })
    }
}

/// Where a table stands.
struct Place {
    header: String,
    path: String,
    /// Whether there is one such table only, of which defaults are shown.
    alone: bool,
}

impl Place {
    fn below(&self, key: &str, bracket: bool, index: Option<usize>) -> Self {
        let name = self.header.trim_matches(['[', ']']);
        let name = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        let number = index.map_or_else(String::new, |index| format!("[{index}]"));
        Self {
            header: if bracket { format!("[[{name}]]") } else { format!("[{name}]") },
            path: format!("{}{key}{number}.", self.path),
            alone: self.alone && !bracket,
        }
    }
}

impl Collecting<'_> {
    fn table(&mut self, table: &'static Table, entries: Option<&[Entry]>, place: &Place) {
        let entries = entries.unwrap_or_default();
        let entry = |key: &Key| entries.iter().find(|entry| entry.key == key.name);
        let mut lines = Vec::new();
        for key in table.keys.iter().filter(|key| matches!(key.takes, Takes::One(_) | Takes::Many(_))) {
            lines.extend(self.line(key, entry(key), place));
        }
        let levels = entries.iter().filter(|entry| table.rules && table.key(&entry.key).is_none());
        for entry in levels.filter(|entry| !(place.alone && self.is_overruled(entry))) {
            lines.push(Line { key: entry.key.clone(), value: plain(&entry.value), from: self.origin(entry) });
        }
        self.tables.push(Shown { header: place.header.clone(), path: place.path.clone(), lines });
        for key in table.keys {
            match (key.takes, entry(key).map(|entry| &entry.value.kind)) {
                (Takes::Table(table), Some(Kind::Table(entries))) => {
                    self.table(table, Some(entries), &place.below(key.name, false, None));
                }
                (Takes::Table(table), _) if place.alone => self.table(table, None, &place.below(key.name, false, None)),
                (Takes::Tables(table), Some(Kind::List(items))) => {
                    for (index, item) in items.iter().enumerate() {
                        let Kind::Table(entries) = &item.kind else { continue };
                        self.table(table, Some(entries), &place.below(key.name, true, Some(index)));
                    }
                }
                _ => {}
            }
        }
    }

    /// The line of a key, where it has a value.
    fn line(&self, key: &Key, entry: Option<&Entry>, place: &Place) -> Option<Line> {
        let line = |value, from| Some(Line { key: key.name.to_owned(), value, from });
        let names = |selectors: &[Selector]| selectors.iter().map(|one| json!(one.name())).collect::<Vec<Json>>();
        let flags = self.flags;
        let (added, option) = match (place.path.as_str(), key.name) {
            ("", "fail-on") if flags.fail_on.is_some() => {
                return line(json!(flags.fail_on.map(FailOn::as_str)), "--fail-on".to_owned());
            }
            ("rules.", "select") if flags.select.is_some() => {
                return line(json!(flags.select.as_deref().map(names)), "--select".to_owned());
            }
            ("rules.", "ignore") => (names(&flags.ignore), "--ignore"),
            ("context.", "parameters") => {
                (flags.parameters.iter().map(|path| json!(super::problem::shown(path))).collect(), "--parameters")
            }
            _ => (Vec::new(), ""),
        };
        // `--select` takes the place of all that is said of rules that run.
        let entry = entry.filter(|_| !(place.path == "rules." && key.name == "ignore" && flags.select.is_some()));
        let own = entry.map(|entry| (plain(&entry.value), self.origin(entry)));
        if added.is_empty() {
            let default = || serde_json::from_str(key.default?).ok().map(|value: Json| (value, DEFAULT.to_owned()));
            let (value, from) = own.or_else(|| default().filter(|_| place.alone))?;
            return line(value, from);
        }
        match own {
            Some((Json::Array(mut values), from)) => {
                values.extend(added);
                line(json!(values), format!("{from}, {option}"))
            }
            _ => line(json!(added), option.to_owned()),
        }
    }

    /// Whether `--select` names the rule that the entry turns off.
    fn is_overruled(&self, entry: &Entry) -> bool {
        let named = self.flags.select.iter().flatten().any(|one| one.name() == entry.key);
        named && matches!(&entry.value.kind, Kind::Text(level) if level == "off")
    }

    fn origin(&self, entry: &Entry) -> String {
        self.source.map_or_else(String::new, |source| {
            format!("{}:{}", source.name(), source.position(entry.key_span.start).line)
        })
    }
}

fn plain(value: &Value) -> Json {
    match &value.kind {
        Kind::Text(text) => json!(text),
        Kind::List(items) => items.iter().map(plain).collect(),
        Kind::Number | Kind::Bool | Kind::Table(_) => Json::Null,
    }
}

/// A string or a list of strings as TOML; its escapes are those of JSON.
fn as_toml(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(as_toml).collect::<Vec<_>>().join(", ")),
        other => {
            let mut toml = String::new();
            for character in other.to_string().chars() {
                if character.is_control() || is_invisible(character) {
                    let _ = match u32::from(character) {
                        code @ ..=0xffff => write!(toml, "\\u{code:04X}"),
                        code => write!(toml, "\\U{code:08X}"),
                    };
                } else {
                    toml.push(character);
                }
            }
            toml
        }
    }
}

/// Text for a comment, which must not end its line nor steer a terminal.
fn escaped(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_invisible(c) { '\u{fffd}' } else { c }).collect()
}
