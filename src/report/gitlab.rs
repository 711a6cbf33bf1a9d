//! GitLab's code quality report, which is a part of Code Climate's format.
//!
//! Source: GitLab Docs, "Code Quality", Code Quality report format; codeclimate/platform, `spec/analyzers/SPEC.md`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::inert::JsonWriter;
use crate::lint::Diagnostic;
use crate::model::Severity;
use crate::rules;

#[derive(Serialize)]
struct Issue<'a> {
    r#type: &'static str,
    check_name: &'a str,
    description: String,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: Cow<'a, str>,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut seen = HashMap::new();
    let issues: Vec<Issue> =
        report.outcome.diagnostics.iter().map(|diagnostic| issue(report, diagnostic, &mut seen)).collect();
    serde_json::to_writer_pretty(JsonWriter(out), &issues)?;
    writeln!(out)
}

fn issue<'a>(report: &Report<'a>, diagnostic: &'a Diagnostic, seen: &mut HashMap<u128, u32>) -> Issue<'a> {
    let span = diagnostic.primary.span;
    let (start, end) = report.range(span);
    let path = report.path_in_repository(span.file);
    let is_security = rules::find(diagnostic.rule).is_some_and(|rule| rule.page().security_severity.is_some());
    // The report must not name the same thing twice: GitLab would show it once.
    let identity = identity(report, diagnostic);
    let occurrence = seen.entry(identity).and_modify(|count| *count += 1).or_insert(0);
    Issue {
        r#type: "issue",
        check_name: diagnostic.rule,
        description: report.line(diagnostic),
        categories: [if is_security { "Security" } else { "Bug Risk" }],
        severity: match diagnostic.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Note => "info",
        },
        fingerprint: format!("{:032x}", hash(&[&format!("{identity:032x}"), &occurrence.to_string()])),
        location: Location { path, lines: Lines { begin: start.line, end: end.line } },
    }
}

/// What stays the same when text moves: the file, the rule, the resource and what is wrong with it. Without lines, or every edit
/// above would make a new finding of an old one.
fn identity(report: &Report, diagnostic: &Diagnostic) -> u128 {
    let text = |text: Option<&str>| text.map(|text| report.masks.message(text).into_owned()).unwrap_or_default();
    hash(&[
        &report.path_in_repository(diagnostic.primary.span.file),
        diagnostic.rule,
        &text(diagnostic.resource.as_deref()),
        &text(diagnostic.container.as_deref()),
        &text(Some(&diagnostic.message)),
    ])
}

/// FNV-1a in 128 bits, with a byte between the parts that is none of UTF-8. It names findings and guards nothing.
fn hash(parts: &[&str]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        // The known hash of `a` is one step further than that of nothing.
        assert_eq!(hash(&[]), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a", ""]), hash(&["a"]));
    }
}
