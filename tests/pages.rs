//! Runs every example of every rule's page: Bad fires exactly that rule on exactly the marked lines, Good and Unknown are silent.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use ecs_lint::config;
use ecs_lint::discover::{Discovery, Input};
use ecs_lint::model::{Severity, read_date};
use ecs_lint::rules;

const SECTIONS: [&str; 4] = ["Why", "Bad", "Good", "Unknown"];

/// No text that can be printed is unreadable, so this page describes its cases in prose.
const WITHOUT_BAD_EXAMPLE: &str = "unreadable-file";

/// The day on which the examples are run.
const TODAY: &str = "2026-11-21";

/// A fenced block of a page, its markers taken out.
struct Example<'p> {
    section: &'p str,
    /// Counted from 1 within the section.
    number: usize,
    /// `json` or `yaml`.
    format: &'p str,
    /// The configuration that it is run with: the block of TOML before it, in its section.
    configuration: String,
    text: String,
    /// Line within the example and severity of each finding that is due, in order.
    expected: Vec<(u32, Severity)>,
    /// Line of the fence within the page's body.
    at: usize,
}

/// A finding, as far as a page can speak of it.
struct Found {
    line: u32,
    severity: Severity,
    rule: &'static str,
    message: String,
}

#[test]
fn every_example_says_what_its_page_says() {
    let mut report = String::new();
    for rule in rules::all() {
        for example in examples(rule.page().body) {
            if let Some(difference) = difference(rule.name, &example) {
                let line = example.at + front_matter_lines(rule.name, rule.page().body);
                let Example { section, number, format, .. } = example;
                let _ = writeln!(
                    report,
                    "\nrules/{}.md:{line}: {section}, example {number} ({format})\n{difference}",
                    rule.name
                );
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn pages_and_rules_are_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let pages: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let rules: BTreeSet<String> = rules::all().iter().map(|rule| format!("{}.md", rule.name)).collect();
    assert_eq!(pages, rules);
    assert_eq!(rules.len(), rules::all().len(), "a rule is listed twice");
}

#[test]
fn pages_have_their_form() {
    let mut report = String::new();
    for rule in rules::all() {
        let page = rule.page();
        for fault in faults(rule.name, page) {
            let _ = writeln!(report, "rules/{}.md: {fault}", rule.name);
        }
    }
    assert!(report.is_empty(), "{report}");
}

fn faults(name: &str, page: &rules::Page) -> Vec<String> {
    let mut faults = Vec::new();
    let headings: Vec<&str> = prose(page.body).filter_map(|line| line.strip_prefix("## ")).collect();
    if headings != SECTIONS {
        faults.push(format!("its sections are {headings:?}, not {SECTIONS:?}"));
    }
    if page.title.is_empty() || page.title.ends_with('.') {
        faults.push("its title is empty or ends in a full stop".to_owned());
    }
    if page.references.is_empty() || page.references.iter().any(|url| !url.starts_with("https://")) {
        faults.push("it needs references, each an https address".to_owned());
    }
    let examples = examples(page.body);
    for section in ["Bad", "Good", "Unknown"] {
        let bare = name == WITHOUT_BAD_EXAMPLE && section != "Good";
        if !bare && !examples.iter().any(|example| example.section == section) {
            faults.push(format!("{section} has no example"));
        }
    }
    for example in &examples {
        let here = format!("{}, example {}", example.section, example.number);
        if (example.section == "Bad") == example.expected.is_empty() {
            faults.push(format!("{here}: lines are marked under Bad, and only there"));
        }
        if example.text.contains("<--") {
            faults.push(format!("{here}: a marker is misspelt, or has less than two spaces before it"));
        }
    }
    let graded = |example: &Example<'_>| example.expected.iter().any(|(_, severity)| *severity == page.severity);
    if name != WITHOUT_BAD_EXAMPLE && !examples.iter().any(graded) {
        faults.push("no example has the severity of the page".to_owned());
    }
    faults
}

/// The lines of a page that are not within a fence.
fn prose(body: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    body.lines().filter(move |line| {
        let fence = line.starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    })
}

fn examples(body: &str) -> Vec<Example<'_>> {
    let mut examples: Vec<Example<'_>> = Vec::new();
    let mut section = "";
    let mut configuration = String::new();
    let mut lines = body.lines().zip(1..);
    while let Some((line, at)) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading;
            configuration.clear();
        }
        let Some(format) = line.strip_prefix("```") else { continue };
        let block = lines.by_ref().map(|(line, _)| line).take_while(|line| *line != "```");
        let (text, expected) = unmark(block);
        if format == "toml" {
            configuration = text;
        } else if matches!(format, "json" | "yaml") {
            let number = 1 + examples.iter().filter(|example| example.section == section).count();
            let configuration = configuration.clone();
            examples.push(Example { section, number, format, configuration, text, expected, at });
        }
    }
    examples
}

/// The text without its markers, and what they promise.
fn unmark<'p>(lines: impl Iterator<Item = &'p str>) -> (String, Vec<(u32, Severity)>) {
    let mut text = String::new();
    let mut expected = Vec::new();
    for (line, number) in lines.zip(1..) {
        let marked = marker(line);
        if let Some((_, severity)) = marked {
            expected.push((number, severity));
        }
        text.push_str(marked.map_or(line, |(line, _)| line));
        text.push('\n');
    }
    (text, expected)
}

fn marker(line: &str) -> Option<(&str, Severity)> {
    let (before, word) = line.rsplit_once("<-- ")?;
    let severity = match word {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "note" => Severity::Note,
        _ => return None,
    };
    before.ends_with("  ").then(|| (before.trim_end_matches(' '), severity))
}

fn difference(rule: &str, example: &Example<'_>) -> Option<String> {
    let found = lint(example);
    let due = |finding: &Found| finding.rule == rule && example.section == "Bad";
    let got: Vec<(u32, Severity)> = found.iter().filter(|f| due(f)).map(|f| (f.line, f.severity)).collect();
    if got == example.expected && found.iter().all(due) {
        return None;
    }
    let mut text = String::new();
    for (line, severity) in &example.expected {
        let _ = writeln!(text, "  expected  line {line}: {}[{rule}]", word(*severity));
    }
    for Found { line, severity, rule, message } in &found {
        let _ = writeln!(text, "  got       line {line}: {}[{rule}]: {message}", word(*severity));
    }
    if found.is_empty() {
        text.push_str("  got       nothing\n");
    }
    Some(text)
}

#[expect(clippy::panic, reason = "a test that cannot go on may say so by a panic")]
fn lint(example: &Example<'_>) -> Vec<Found> {
    let input = Input::text(&format!("example.{}", example.format), example.text.clone().into_bytes());
    let discovery = Discovery { inputs: vec![input], ..Discovery::default() };
    let origin = config::Origin::Text("ecs-lint.toml".to_owned(), example.configuration.clone());
    let configured = config::load(Path::new("/"), &origin, &config::Flags::default());
    let mut settings = configured.unwrap_or_else(|failure| panic!("{:?}", failure.outcome.diagnostics)).settings;
    settings.today = read_date(TODAY);
    let outcome = ecs_lint::check(discovery, &settings, &|_| {});
    let mut found: Vec<Found> = outcome
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let span = diagnostic.primary.span;
            let line = outcome.sources.get(span.file).map_or(0, |source| source.position(span.start).line);
            Found { line, severity: diagnostic.severity, rule: diagnostic.rule, message: diagnostic.message.clone() }
        })
        .collect();
    found.sort_by_key(|finding| finding.line);
    found
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// How many lines of the page's file come before its body.
fn front_matter_lines(name: &str, body: &str) -> usize {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("rules/{name}.md"));
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().count().saturating_sub(body.lines().count())
}
