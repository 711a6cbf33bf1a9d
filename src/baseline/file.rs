//! The text of a baseline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Baseline, Key};

/// Goes up when an entry means something else, so that an older version does not misread a newer file.
const SCHEMA_VERSION: u64 = 1;

#[derive(Deserialize)]
struct Header {
    schema_version: u64,
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema_version: u64,
    findings: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    rule: String,
    subject: String,
    /// How many equal findings there are.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

/// Reads the text; what is wrong with it is told in a predicate without the file's name.
pub fn parse(text: &str) -> Result<Baseline, String> {
    let text = text.trim_start_matches('\u{feff}');
    let malformed = |error: serde_json::Error| format!("is no baseline: {error}");
    let Header { schema_version } = serde_json::from_str(text).map_err(malformed)?;
    if schema_version != SCHEMA_VERSION {
        return Err(format!(
            "has the schema version {schema_version}, and this version of ecs-lint reads {SCHEMA_VERSION} only"
        ));
    }
    let document: Document = serde_json::from_str(text).map_err(malformed)?;
    let mut entries = BTreeMap::new();
    for Entry { path, resource, container, rule, subject, count } in document.findings {
        let sum: &mut usize = entries.entry(Key { path, resource, container, rule, subject }).or_default();
        *sum = sum.saturating_add(count);
    }
    entries.retain(|_, count| *count > 0);
    Ok(Baseline(entries))
}

/// The text of a baseline: sorted, a line for each field.
pub fn text(baseline: &Baseline) -> String {
    let entry = |(key, count): (&Key, &usize)| {
        let Key { path, resource, container, rule, subject } = key.clone();
        Entry { path, resource, container, rule, subject, count: *count }
    };
    let document = Document { schema_version: SCHEMA_VERSION, findings: baseline.0.iter().map(entry).collect() };
    // Strings and numbers can always be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
