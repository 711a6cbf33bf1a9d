//! `ecs-lint rules`

use std::io;

use serde::Serialize;

use super::options::ListFormat;
use super::{OK, Streams};
use crate::model::Safety;
use crate::rules::{self, Rule};

/// The list for scripts; versioned as the JSON of findings is.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    rules: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    severity: &'a str,
    category: &'a str,
    since: &'a str,
    title: &'a str,
    fix: Option<&'static str>,
}

pub(super) fn run(format: ListFormat, streams: &mut Streams) -> io::Result<u8> {
    let rows: Vec<Row> = rules::all().iter().map(row).collect();
    let out = &mut *streams.stdout;
    match format {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &Document { schema_version: 1, rules: rows })?;
            writeln!(out)?;
        }
        ListFormat::Text => {
            let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
            for Row { name, severity, title, .. } in rows {
                writeln!(out, "{name:width$}  {severity:7}  {title}")?;
            }
        }
    }
    Ok(OK)
}

fn row(rule: &'static Rule) -> Row<'static> {
    let page = rule.page();
    Row {
        name: rule.name,
        severity: page.severity.as_str(),
        category: &page.category,
        since: &page.since,
        title: &page.title,
        fix: page.fix.map(Safety::as_str),
    }
}
