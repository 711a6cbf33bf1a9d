//! Whether a configuration has the form that the table of keys gives it.

use super::keys::{Form, Key, Table, Takes, homes};
use super::problem::Problem;
use super::tree::{Entry, Kind, Value};
use crate::rules;
use crate::source::Span;

/// Everything that is wrong with the form of a table, which stands at `place`.
pub fn check(table: &'static Table, entries: &[Entry], place: Span) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_table(table, entries, place, &mut problems);
    problems
}

fn check_table(table: &'static Table, entries: &[Entry], place: Span, problems: &mut Vec<Problem>) {
    for entry in entries {
        match table.key(&entry.key) {
            Some(key) => check_value(key, entry, problems),
            None if table.rules => check_level(table, entry, problems),
            None => problems.push(unknown_key(table, entry)),
        }
    }
    let has = |name: &str| entries.iter().any(|entry| entry.key == name);
    for key in table.keys.iter().filter(|key| key.required && !has(key.name)) {
        problems.push(Problem::new(place, format!("`{}` is missing here", key.name)).help(key.about));
    }
    let present: Vec<&Entry> = entries.iter().filter(|entry| table.one_of.contains(&entry.key.as_str())).collect();
    let names: Vec<String> = table.one_of.iter().map(|name| format!("`{name}`")).collect();
    match present.as_slice() {
        [first, second, ..] => problems.push(
            Problem::new(second.key_span, format!("only one of {} can be given", names.join(" and ")))
                .label(first.key_span, "this is given already"),
        ),
        [] if !names.is_empty() => {
            problems.push(Problem::new(place, format!("{} is missing here", names.join(" or "))));
        }
        _ => {}
    }
}

fn unknown_key(table: &'static Table, entry: &Entry) -> Problem {
    let problem = Problem::new(entry.key_span, format!("there is no key `{}` here", entry.key));
    match homes(&entry.key).as_slice() {
        [] => problem.near(&table.names(), &entry.key),
        homes => problem.help(format!("`{}` belongs to {}", entry.key, homes.join(" or "))),
    }
}

/// A key of `[rules]` that is not one of its own: a rule or a category.
fn check_level(table: &'static Table, entry: &Entry, problems: &mut Vec<Problem>) {
    if Form::RuleOrCategory.fault(&entry.key).is_some() {
        let message = format!("there is no rule or category `{}`", entry.key);
        problems.push(Problem::new(entry.key_span, message).near(&table.names(), &entry.key));
        return;
    }
    check_text(Form::Level, &entry.key, &entry.value, problems);
}

fn check_value(key: &'static Key, entry: &Entry, problems: &mut Vec<Problem>) {
    let value = &entry.value;
    match (key.takes, &value.kind) {
        (Takes::One(form), _) => check_text(form, key.name, value, problems),
        (Takes::Many(form), Kind::List(items)) => {
            for item in items {
                check_text(form, key.name, item, problems);
            }
        }
        (Takes::Table(table), Kind::Table(entries)) => check_table(table, entries, entry.key_span, problems),
        (Takes::Tables(table), Kind::List(items)) => {
            for item in items {
                match &item.kind {
                    Kind::Table(entries) => check_table(table, entries, place_of(item, entry), problems),
                    _ => problems.push(wrong_type(key.name, "a list of tables", item)),
                }
            }
        }
        (Takes::Many(form), Kind::Text(text)) => {
            let problem = wrong_type(key.name, "a list of strings", value);
            problems.push(if form.fault(text).is_none() {
                problem.help(format!("write `[\"{text}\"]`"))
            } else {
                problem
            });
        }
        (Takes::Many(_), _) => problems.push(wrong_type(key.name, "a list of strings", value)),
        (Takes::Table(_), _) => {
            problems.push(
                wrong_type(key.name, "a table", value).help(format!("write `[{}]` on a line of its own", key.name)),
            );
        }
        (Takes::Tables(_), _) => {
            let help = format!("write a line `[[{}]]` before each entry", key.name);
            problems.push(wrong_type(key.name, "a list of tables", value).help(help));
        }
    }
}

/// Where a table of a list is to be shown: at its first key, where it has one.
pub fn place_of(table: &Value, list: &Entry) -> Span {
    match &table.kind {
        Kind::Table(entries) => entries.first().map_or(list.key_span, |first| first.key_span),
        _ => list.key_span,
    }
}

fn check_text(form: Form, name: &str, value: &Value, problems: &mut Vec<Problem>) {
    let Kind::Text(text) = &value.kind else {
        let problem = wrong_type(name, form.expected(), value);
        let quotes = matches!(form, Form::Account) && matches!(value.kind, Kind::Number);
        problems.push(if quotes { problem.help("write it in quotes: zeros at its beginning count") } else { problem });
        return;
    };
    let Some(fault) = form.fault(text) else { return };
    let message = match form {
        Form::Rule if rules::CATEGORIES.contains(&text.as_str()) => {
            format!("`{text}` is a category, and `{name}` takes one rule")
        }
        Form::Rule => format!("there is no rule `{text}`"),
        Form::RuleOrCategory => format!("there is no rule or category `{text}`"),
        _ if fault.must.starts_with("must") => format!("`{name}` {}, but this is `{text}`", fault.must),
        _ => format!("`{text}` {}", fault.must),
    };
    let problem = Problem::new(value.span, message);
    problems.push(match fault.help {
        Some(help) => problem.help(help),
        None => problem,
    });
}

fn wrong_type(name: &str, expected: &str, value: &Value) -> Problem {
    Problem::new(value.span, format!("`{name}` must be {expected}, but this is {}", value.described()))
}
