//! Settings in TOML: Bottlerocket's user data, and containerd's registries.

use toml_span::value::{Table, ValueInner};

use super::credentials::{Setting, is_credential_setting};
use super::flat::Flat;
use super::limits::DEEPEST;
use super::reading::Reading;
use crate::model::{Channel, Text};
use crate::source::MappedText;

/// Reads a text that is TOML; what cannot be parsed is searched for scripts and settings as any text.
pub fn read(text: &Text, reading: &mut Reading) {
    let flat = Flat::new(text);
    match toml_span::parse(flat.as_str()) {
        Ok(mut root) => {
            if let ValueInner::Table(table) = root.take() {
                tables(&table, &flat, "", DEEPEST, reading);
            }
        }
        Err(_) => reading.mentioned(text),
    }
}

/// Credentials are the settings of a table; where it is tells whom they are for.
fn tables(table: &Table<'_>, flat: &Flat<'_>, path: &str, depth: usize, reading: &mut Reading) {
    if depth == 0 {
        return;
    }
    let mut settings = Vec::new();
    for (key, value) in table {
        if let Some(string) = value.as_str() {
            settings.push(Setting { name: key.name.to_ascii_lowercase(), value: located(flat, string, value.span) });
        }
        let path = format!("{path}.{}", key.name);
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        for table in items.iter().chain([value]).filter_map(|value| value.as_table()) {
            tables(table, flat, &path, depth - 1, reading);
        }
    }
    let channel = if path.contains("container-registry") {
        Channel::Bottlerocket
    } else if path.contains("registry") {
        Channel::ClientFile
    } else {
        return;
    };
    if let Some(first) = settings.iter().find(|setting| is_credential_setting(&setting.name)) {
        let whole = first.value.clone();
        let registry = settings.iter().find(|setting| setting.name == "registry").and_then(|one| one.value.known());
        reading.registry_login(channel, &settings, &whole, registry.map(std::borrow::Cow::into_owned));
    }
}

/// The text of a string with the place it has; one with escapes has it as a whole.
fn located(flat: &Flat<'_>, string: &str, span: toml_span::Span) -> Text {
    let range = span.start..span.end;
    match flat.text(range.clone()).find(string) {
        Some(at) if !string.is_empty() => flat.slice(range.start + at..range.start + at + string.len()),
        _ => Text::literal(MappedText::standing_for(string.to_owned(), flat.span(range))),
    }
}
