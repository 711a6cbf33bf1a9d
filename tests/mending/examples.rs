//! Each page shows what `--fix --unsafe-fixes --diff` makes of its bad examples, and it does so.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ecs_lint::model::Safety;
use ecs_lint::rules;
use similar::TextDiff;

use super::{ALL, SAFE, mended, offered, rules as rules_of, settings};

/// An example under Bad.
pub struct Example {
    pub rule: &'static str,
    /// `json` or `yaml`.
    pub format: String,
    /// The block of TOML before it.
    pub configuration: String,
    pub text: String,
    /// The block `diff` behind it.
    diff: Option<String>,
    /// The line of the page's body past the example, counted from 0.
    end: usize,
}

/// The examples under Bad of every page.
pub fn bad() -> Vec<Example> {
    rules::all().iter().flat_map(|rule| of_page(rule.name, rule.page().body)).collect()
}

fn of_page(rule: &'static str, body: &str) -> Vec<Example> {
    let (mut examples, mut section, mut configuration) = (Vec::<Example>::new(), "", String::new());
    let mut lines = body.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        section = line.strip_prefix("## ").unwrap_or(section);
        let Some(format) = line.strip_prefix("```").filter(|_| section == "Bad") else { continue };
        let (mut text, mut end) = (String::new(), 0);
        for (at, line) in lines.by_ref() {
            end = at + 1;
            if line == "```" {
                break;
            }
            text.push_str(
                line.rsplit_once("  <-- ").filter(|_| format != "diff").map_or(line, |(line, _)| line.trim_end()),
            );
            text.push('\n');
        }
        let (format, configuration_now) = (format.to_owned(), configuration.clone());
        match format.as_str() {
            "toml" => configuration = text,
            "diff" => examples.last_mut().unwrap().diff = Some(text),
            "json" | "yaml" => {
                examples.push(Example { rule, format, configuration: configuration_now, text, diff: None, end });
            }
            _ => {}
        }
    }
    examples
}

/// The hunks of a unified diff, without the numbers of lines, which are of no use to a reader.
fn diff(before: &str, after: &str) -> String {
    let difference = TextDiff::from_lines(before, after);
    let hunks = difference.unified_diff().context_radius(1).to_string();
    let lines = hunks.lines().map(|line| if line.starts_with("@@") { "@@" } else { line.trim_end() });
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// `UPDATE_EXPECT=1` writes the diffs of the pages anew.
#[test]
fn a_page_shows_how_its_bad_examples_are_mended() {
    let mut report = String::new();
    let mut of_rule: BTreeMap<&str, Vec<Safety>> = BTreeMap::new();
    let mut new: Vec<(&str, usize, Option<String>)> = Vec::new();
    for (at, example) in bad().into_iter().enumerate() {
        let Example { rule, format, text, .. } = &example;
        let what = format!("rules/{rule}.md, example {at}");
        let (name, settings) = (format!("example.{format}"), settings(&example.configuration));
        let fixes: Vec<_> = offered(&name, text, &settings).into_iter().flat_map(|(_, fixes)| fixes).collect();
        of_rule.entry(rule).or_default().extend(fixes.iter().map(|fix| fix.safety));
        let after = mended(&name, text, &settings, ALL).after;
        let before = rules_of(&name, text, &settings);
        let left = rules_of(&name, &after, &settings);
        // Nothing of another rule comes, and what is offered is made.
        assert!(left.iter().all(|left| left == rule), "{what}: {left:?}\n{after}");
        assert_eq!(left.len() < before.len(), !fixes.is_empty(), "{what}: {left:?}\n{after}");
        assert_eq!(left.len() == before.len(), after == *text, "{what}\n{after}");
        assert_eq!(mended(&name, &after, &settings, ALL).after, after, "{what} is mended twice");
        let safely = mended(&name, text, &settings, SAFE).after;
        assert_eq!(safely != *text, fixes.iter().any(|fix| fix.safety == Safety::Safe), "{what}\n{safely}");
        let due = (after != *text).then(|| diff(text, &after));
        if due != example.diff {
            let _ = writeln!(report, "{what} is mended so:\n{}", due.as_deref().unwrap_or("not at all"));
        }
        new.push((rule, example.end, due));
    }
    for rule in rules::all() {
        let found = of_rule.get(rule.name).into_iter().flatten().copied().min();
        assert_eq!(rule.page().fix, found, "`fix` of rules/{}.md", rule.name);
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        write(&new);
    } else {
        assert!(report.is_empty(), "{report}");
    }
}

/// Writes the diffs behind the examples, in the place of those that are there.
fn write(new: &[(&str, usize, Option<String>)]) {
    for rule in rules::all() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("rules/{}.md", rule.name));
        let page = std::fs::read_to_string(&path).unwrap();
        let body = rule.page().body;
        let (head, body) = page.split_at(page.len() - body.len());
        let mut text = head.to_owned();
        let mut lines = body.lines().enumerate().peekable();
        while let Some((at, line)) = lines.next() {
            text.push_str(line);
            text.push('\n');
            let Some((_, _, diff)) = new.iter().find(|(name, end, _)| *name == rule.name && *end == at + 1) else {
                continue;
            };
            let rest: Vec<&str> = lines.clone().map(|(_, line)| line).collect();
            if rest.first() == Some(&"") && rest.get(1) == Some(&"```diff") {
                let length = 3 + rest.iter().skip(2).position(|line| *line == "```").unwrap();
                lines.by_ref().take(length).for_each(drop);
            }
            if let Some(diff) = diff {
                let _ = write!(text, "\n```diff\n{diff}```\n");
            }
        }
        std::fs::write(path, text).unwrap();
    }
}
