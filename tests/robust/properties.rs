//! What changes nothing: notation, white space, comments, the order of keys, other files, the number of threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use ecs_lint::discover::{Discovery, Input};
use ecs_lint::lint::Settings;
use serde_json::Value;

use crate::whole;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below, sorted.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// The inputs of the fixtures and the examples of the rules' pages: a name and a text.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for path in files_below(&root().join("fixtures")) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(text) = fs::read_to_string(&path).ok().filter(|_| !name.starts_with("expected")) {
            texts.push((name, text));
        }
    }
    for path in files_below(&root().join("rules")) {
        let page = fs::read_to_string(path).unwrap();
        for block in page.split("\n```").filter_map(|block| block.split_once('\n')) {
            let (language, body) = block;
            if matches!(language, "json" | "yaml") {
                let lines = body.lines().map(|line| line.split("  <-- ").next().unwrap_or_default());
                texts.push((format!("example.{language}"), lines.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    assert!(texts.len() > 150, "{}", texts.len());
    texts
}

/// The values that can be written in another way: what `serde_json` reads without a loss.
fn values() -> Vec<Value> {
    let values = texts().into_iter().filter_map(|(_, text)| {
        let value: Value = serde_json::from_str(&text).ok()?;
        // A key that stands twice is gone in the value.
        (serde_json::to_string_pretty(&value).ok()?.lines().count() > 3).then_some(value)
    });
    let values: Vec<Value> = values.collect();
    assert!(values.len() > 60, "{}", values.len());
    values
}

/// What is found, without places: rule, gravity, words, resource and container.
fn found(name: &str, text: &str) -> Vec<String> {
    told(name, text, |one| one.message.clone())
}

/// The same with what a baseline knows it by: of several reasons the words name the first that is written.
fn known_by(name: &str, text: &str) -> Vec<String> {
    told(name, text, |one| one.subjects.join(", "))
}

fn told(name: &str, text: &str, words: impl Fn(&ecs_lint::lint::Diagnostic) -> String) -> Vec<String> {
    let inputs = vec![Input::text(name, text.as_bytes().to_vec())];
    let outcome = ecs_lint::check(Discovery { inputs, ..Discovery::default() }, &Settings::default(), &|_| {});
    let mut found: Vec<String> = outcome
        .diagnostics
        .iter()
        .map(|one| {
            let place = (one.resource.as_deref(), one.container.as_deref());
            format!("{} {} {place:?}: {}", one.severity, one.rule, words(one))
        })
        .collect();
    found.sort();
    found
}

/// How a value is written.
#[derive(Clone, Copy)]
struct Style {
    /// Between tokens.
    blank: &'static str,
    comma_behind_last: bool,
    reversed: bool,
}

fn json(value: &Value, style: Style) -> String {
    let Style { blank, comma_behind_last, reversed } = style;
    let joined = |open: &str, parts: Vec<String>, close: &str| {
        let last = if comma_behind_last && !parts.is_empty() { "," } else { "" };
        format!("{open}{blank}{}{last}{blank}{close}", parts.join(&format!("{blank},{blank}")))
    };
    match value {
        Value::Array(items) => joined("[", items.iter().map(|item| json(item, style)).collect(), "]"),
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                format!("{}{blank}:{blank}{}", Value::from(key.as_str()), json(value, style))
            };
            let mut parts: Vec<String> = entries.iter().map(entry).collect();
            if reversed {
                parts.reverse();
            }
            joined("{", parts, "}")
        }
        scalar => scalar.to_string(),
    }
}

/// Block style, with strings as JSON has them.
fn yaml(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items.iter().map(|item| format!("\n{pad}-{}", yaml(item, indent + 2))).collect();
            items.concat()
        }
        Value::Object(entries) if !entries.is_empty() => {
            let entry = |(key, value): (&String, &Value)| {
                format!("\n{pad}{}:{}", Value::from(key.as_str()), yaml(value, indent + 2))
            };
            entries.iter().map(entry).collect::<Vec<_>>().concat()
        }
        scalar => format!(" {scalar}"),
    }
}

#[test]
fn notation_white_space_comments_and_the_order_of_keys_change_no_finding() {
    let compact = Style { blank: "", comma_behind_last: false, reversed: false };
    for value in values() {
        let text = json(&value, compact);
        let expected = found("file.json", &text);
        for (what, style) in [
            ("white space", Style { blank: "\r\n\t  ", ..compact }),
            ("comments", Style { blank: " /* \" { é */ // ]\n", comma_behind_last: true, ..compact }),
        ] {
            let other = json(&value, style);
            assert_eq!(found("file.json", &other), expected, "{what} changes what is found in {text}\n{other}");
        }
        let reversed = json(&value, Style { reversed: true, ..compact });
        assert_eq!(known_by("file.json", &reversed), known_by("file.json", &text), "another order of keys: {reversed}");
        let other = yaml(&value, 0);
        assert_eq!(found("file.yaml", &other), expected, "YAML changes what is found in {text}\n{other}");
        let commented = other.replace('\n', "  # a comment: {\n\n   # another\n");
        assert_eq!(found("file.yaml", &commented), expected, "comments change what is found in {commented}");
    }
}

/// Wherever a character of several bytes comes to stand, all places are ones of the file, and mending twice changes no more than once.
#[test]
fn places_are_those_of_the_file_whatever_is_put_into_it() {
    for (at, (name, text)) in texts().into_iter().enumerate() {
        whole::check(&name, true, text.as_bytes());
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let odd = ["é🦀", "\r\n", "\"", "\u{feff}"][at % 4];
        for step in 1..4 {
            let place = boundaries.get(boundaries.len() * step / 4 + at % 7).copied().unwrap_or_default();
            let (before, after) = text.split_at(place);
            whole::check(&name, true, format!("{before}{odd}{after}").as_bytes());
        }
    }
}

#[test]
fn a_file_more_or_less_changes_nothing_in_others() {
    let inputs: Vec<Input> = texts()
        .into_iter()
        .enumerate()
        .map(|(at, (name, text))| Input::text(&format!("{at:03}/{name}"), text.into_bytes()))
        .collect();
    let told = |inputs: Vec<Input>| -> Vec<(String, String)> {
        let outcome = ecs_lint::check(Discovery { inputs, ..Discovery::default() }, &Settings::default(), &|_| {});
        let tell = |one: &Arc<ecs_lint::lint::Diagnostic>| {
            let span = one.primary.span;
            let words = format!("{} {} {:?} {} {:?}", one.severity, one.rule, span.range(), one.message, one.notes);
            (outcome.sources.name(span.file).to_owned(), words)
        };
        outcome.diagnostics.iter().map(tell).collect()
    };
    let whole = told(inputs.clone());
    for gone in (0..inputs.len()).step_by(41) {
        let mut fewer = inputs.clone();
        let name = fewer.remove(gone).name;
        let expected: Vec<_> = whole.iter().filter(|(file, _)| *file != name).cloned().collect();
        assert_eq!(told(fewer), expected, "without {name}");
    }
}

#[test]
fn fifty_runs_write_the_same_bytes_whatever_the_number_of_threads() {
    let run = |format: &str, jobs: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
        command.args(["--quiet", "--no-config", "--format", format, "--jobs", jobs, "fixtures", "rules"]);
        let output = command.current_dir(root()).stdin(Stdio::null()).env("SOURCE_DATE_EPOCH", "1795219200").output();
        output.unwrap().stdout
    };
    let formats = ["json", "text", "sarif"];
    let expected = formats.map(|format| run(format, "1"));
    assert!(expected.iter().all(|report| report.len() > 50_000));
    for turn in 0..50 {
        let (at, jobs) = (turn / 3 % 3, ["1", "2", "8"][turn % 3]);
        assert!(run(formats[at], jobs) == expected[at], "{} differs in run {turn} with {jobs} jobs", formats[at]);
    }
}
