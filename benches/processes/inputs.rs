//! What is checked: real files where they are to be had, and else generated ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workload;

/// What `.ci/instructions` measures: one small file, one large one, and a tree of both notations.
pub fn write_for_budget(directory: &Path) {
    fs::create_dir_all(directory.join("tree/services")).unwrap();
    fs::write(directory.join("small.json"), workload::task_definition(1)).unwrap();
    fs::write(directory.join("template.json"), workload::json(500_000)).unwrap();
    for number in 0..40 {
        let services = directory.join("tree/services");
        fs::write(services.join(format!("{number}.yaml")), workload::yaml(4_000 + 500 * number)).unwrap();
        fs::write(services.join(format!("{number}.json")), workload::task_definition(number)).unwrap();
        fs::write(services.join(format!("data-{number}.json")), unrelated(20_000)).unwrap();
    }
}

/// How many templates are checked together: as many as published comparisons of linters have.
const TEMPLATES: usize = 210;

/// Templates, spread evenly over the real ones if there are any; and what they are. They are written to `directory` else.
pub fn templates(directory: &Path) -> (Vec<String>, &'static str) {
    let corpus = beside("corpus");
    let index = fs::read_to_string(corpus.join("INDEX.tsv")).unwrap_or_default();
    let mut real: Vec<String> = index
        .lines()
        .filter_map(|line| line.split('\t').next())
        .filter(|name| ["cfn-yaml/", "cfn-json/", "cdk/"].iter().any(|kind| name.starts_with(kind)))
        .map(|name| corpus.join(name).to_str().unwrap().to_owned())
        .collect();
    real.sort();
    if real.len() >= TEMPLATES {
        let spread = (0..TEMPLATES).map(|number| real[number * real.len() / TEMPLATES].clone());
        return (spread.collect(), "real");
    }
    let generated = (0..TEMPLATES).map(|number| {
        let bytes = 2_000 * (1 + number % 20);
        let (name, text) = if number % 3 == 0 {
            (format!("{number}.json"), workload::json(bytes))
        } else {
            (format!("{number}.yaml"), workload::yaml(bytes))
        };
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    });
    (generated.collect(), "generated")
}

/// A tree of some 10,000 files and 500 MB like a repository of many services: one that is named, one made of real files by
/// the script beside the corpus, or a generated one.
pub fn tree(directory: &Path) -> (PathBuf, &'static str) {
    if let Some(tree) = std::env::var_os("ECS_LINT_BENCH_TREE") {
        return (tree.into(), "named");
    }
    let tree = directory.join("tree");
    let script = beside("bench/make_bench.py");
    if script.exists() && Command::new("python3").arg(script).arg(&tree).output().is_ok_and(|it| it.status.success()) {
        return (tree, "made of real files");
    }
    generate_tree(&tree);
    (tree, "generated")
}

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name)
}

/// 22 % templates and task definitions, 6 % more that are ignored, 37 % packages that are ignored, 34 % other sources and
/// data, and 1 % that is large.
fn generate_tree(tree: &Path) {
    let write = |name: String, text: String| {
        let path = tree.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(".gitignore".to_owned(), "node_modules/\ncdk.out/\n".to_owned());
    for number in 0..10_000 {
        let service = format!("services/team-{}/service-{}", number % 12, number % 190);
        match number % 100 {
            0..8 => write(format!("{service}/deploy/task-{number}.json"), workload::task_definition(number)),
            8..15 => write(format!("{service}/infra/{number}.yaml"), workload::yaml(3_000 * (1 + number % 7))),
            15..22 => write(format!("{service}/infra/{number}.json"), workload::json(3_000 * (1 + number % 9))),
            22..28 => write(format!("{service}/cdk.out/{number}.template.json"), workload::json(20_000)),
            28..40 => write(format!("{service}/config/{number}.json"), unrelated(8_000)),
            40..77 => write(format!("node_modules/package-{number}/package.json"), unrelated(2_000)),
            77..99 => write(format!("{service}/src/{number}.ts"), unrelated(6_000)),
            _ => write(format!("{service}/test/events-{number}.json"), unrelated(3_500_000)),
        }
    }
}

/// Data that is none of ours, of about that size.
fn unrelated(bytes: usize) -> String {
    let rows = (0..bytes / 100).map(|number| {
        format!(
            "  {{\"id\": {number}, \"name\": \"order-{}\", \"image\": null, \"customer\": \"c-{}\", \"status\": \"shipped\", \"amount\": 12.5}}",
            number * 7919 % 100_003,
            number * 104_729 % 9_973
        )
    });
    format!("{{\"orders\": [\n{}\n]}}\n", rows.collect::<Vec<_>>().join(",\n"))
}
