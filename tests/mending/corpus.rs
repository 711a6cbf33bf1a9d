//! Real files, which are not part of this repository: as they are, and after damage that fixes are to undo. Without them this skips
//! itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecs_lint::lint::Settings;
use ecs_lint::source::edited;
use rayon::prelude::*;

use super::{ALL, lint, mended, offered, settings};

/// What is damaged in every file that has it. The first is no damage.
const DAMAGE: [(&str, &[(&str, &str)]); 9] = [
    ("nothing", &[]),
    ("secrets are only described", &[("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")]),
    ("one parameter at a time", &[("ssm:GetParameters", "ssm:GetParameter")]),
    ("no decryption", &[("kms:Decrypt", "kms:Encrypt")]),
    (
        "no pull",
        &[
            ("ecr:BatchGetImage", "ecr:DescribeImages"),
            ("AmazonECSTaskExecutionRolePolicy", "AmazonEC2ContainerServiceforEC2Role"),
        ],
    ),
    ("no logs", &[("logs:PutLogEvents", "logs:GetLogEvents"), ("logs:CreateLogStream", "logs:GetLogEvents")]),
    ("other trust", &[("ecs-tasks.amazonaws.com", "ecs.amazonaws.com")]),
    ("no role", &[("ExecutionRoleArn", "TaskRoleArn")]),
    ("short selectors", &[("::\"", "\""), ("::'", "'")]),
];

#[derive(Default, Debug)]
struct Counts {
    files: usize,
    mended_files: usize,
    fixes: usize,
    edits: usize,
    findings_gone: usize,
    refused: BTreeMap<String, usize>,
}

impl Counts {
    fn with(mut self, other: Self) -> Self {
        self.files += other.files;
        self.mended_files += other.mended_files;
        self.fixes += other.fixes;
        self.edits += other.edits;
        self.findings_gone += other.findings_gone;
        for (why, count) in other.refused {
            *self.refused.entry(why).or_default() += count;
        }
        self
    }
}

fn texts() -> Vec<(String, String)> {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let corpus = std::env::var_os("ECS_LINT_CORPUS").map_or(shared.join("corpus"), PathBuf::from);
    let mut texts = Vec::new();
    for folder in [corpus, shared.join("cdk-templates")] {
        gather(&folder, &mut texts);
    }
    texts.sort();
    texts
}

fn gather(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().map_while(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, texts);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            texts.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn real_files_are_mended_without_harm() {
    let texts = texts();
    if texts.is_empty() {
        eprintln!("skipped: there is no corpus");
        return;
    }
    let settings = settings("");
    for (what, replacements) in DAMAGE {
        let damaged = texts.par_iter().filter_map(|(name, text)| {
            let damaged = replacements.iter().fold(text.clone(), |text, (from, to)| text.replace(from, to));
            // That takes long: of those with damage each third.
            let is_chosen = damaged != *text && name.bytes().map(usize::from).sum::<usize>().is_multiple_of(3);
            (replacements.is_empty() || is_chosen).then(|| check(name, &damaged, &settings))
        });
        eprintln!("{what}: {:?}", damaged.reduce(Counts::default, Counts::with));
    }
}

fn check(name: &str, text: &str, settings: &Settings) -> Counts {
    let mut counts = Counts { files: 1, ..Counts::default() };
    let before = lint(name, text, settings);
    if before.diagnostics.iter().all(|diagnostic| diagnostic.proposals.is_empty()) {
        return counts;
    }
    // Each fix alone: what it leaves alone is there as it was.
    for (rule, fix) in offered(name, text, settings)
        .into_iter()
        .flat_map(|(rule, fixes)| fixes.into_iter().map(move |fix| (rule, fix)))
    {
        counts.fixes += 1;
        counts.edits += fix.edits.len();
        let alone = edited(text, &fix.edits).unwrap();
        let (mut at, mut rest) = (0, alone.as_str());
        for edit in &fix.edits {
            rest = rest.strip_prefix(&text[at..edit.span.range().start]).unwrap().strip_prefix(&edit.text).unwrap();
            at = edit.span.range().end;
        }
        assert_eq!(rest, &text[at..], "{name}");
        let after = lint(name, &alone, settings);
        assert!(
            after.diagnostics.len() < before.diagnostics.len()
                || after.diagnostics.iter().filter(|one| one.rule == rule).count()
                    < before.diagnostics.iter().filter(|one| one.rule == rule).count(),
            "{name}: {rule}: {}",
            fix.title
        );
    }
    let done = mended(name, text, settings, ALL);
    let after = lint(name, &done.after, settings);
    for problem in ["syntax-error", "duplicate-key", "unresolved-template"] {
        let count =
            |outcome: &ecs_lint::lint::Outcome| outcome.diagnostics.iter().filter(|one| one.rule == problem).count();
        assert_eq!(count(&before), count(&after), "{name}: {problem}");
    }
    // One fix may do for several findings.
    let gone = before.diagnostics.len() - after.diagnostics.len();
    assert!(gone >= done.rules.len(), "{name}: {gone} are gone: {:?}", done.rules);
    assert_eq!(before.summary.files_recognised, after.summary.files_recognised);
    assert_eq!(mended(name, &done.after, settings, ALL).after, done.after, "{name} is mended twice");
    for one in &done.refused {
        *counts.refused.entry(format!("{}: {}", one.rule, one.why)).or_default() += 1;
    }
    counts.mended_files += usize::from(!done.rules.is_empty());
    counts.findings_gone += gone;
    if let Some(folder) = std::env::var_os("ECS_LINT_SHOW_MENDED") {
        let file = PathBuf::from(folder).join(name.replace(['/', '\\'], "_"));
        let difference = similar::TextDiff::from_lines(text, &done.after);
        std::fs::write(file, difference.unified_diff().header(name, name).to_string()).unwrap();
    }
    counts
}
