//! What is published beside the program agrees with it: the hooks with the walk, the examples with the version.
//!
//! Whether hooks, action and template work is tried by `.ci/pre-commit` and `.ci/packages`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

use std::collections::BTreeSet;
use std::path::Path;

use ecs_lint::discover::{WalkOptions, discover};
use regex::Regex;
use serde_json::{Value, json};

/// Names that a walk looks at, and near misses.
const NAMES: &[&str] = &[
    "task.json",
    "task.JSON",
    "task.jsonc",
    "stack.yaml",
    "stack.yml",
    "stack.template",
    "stack.tmpl",
    "boot.sh.tpl",
    "boot.sh",
    "boot.bash",
    "ecs.config",
    "prod-ecs.config",
    "user-data",
    "User-Data.PS1",
    "web_user_data.txt",
    "userdata.gz.b64",
    "user-data.d/README.md",
    "ecs.config.md",
    "users/data.txt",
    "README.md",
    "json",
    "main.tf",
    "Dockerfile",
];

#[test]
fn the_hooks_take_the_files_that_a_walk_looks_at() {
    let hooks = read(".pre-commit-hooks.yaml");
    let files: BTreeSet<&str> = values(&hooks, "files").collect();
    assert_eq!(files.len(), 1, "the hooks differ: {files:?}");
    let pattern = Regex::new(files.first().unwrap()).unwrap();
    let by_hook: BTreeSet<&str> = NAMES.iter().copied().filter(|name| pattern.is_match(name)).collect();

    let root = tempfile::tempdir().unwrap();
    for name in NAMES {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    let discovery = discover(&[root.path().to_path_buf()], &WalkOptions::default()).unwrap();
    let prefix = format!("{}/", root.path().to_str().unwrap().replace('\\', "/"));
    let by_walk: BTreeSet<&str> = discovery.inputs.iter().map(|input| &input.name[prefix.len()..]).collect();
    assert_eq!(by_hook, by_walk);
}

#[test]
fn the_hooks_differ_in_nothing_but_how_they_are_installed() {
    let hooks = read(".pre-commit-hooks.yaml");
    for key in ["entry", "description", "require_serial"] {
        let all: Vec<&str> = values(&hooks, key).collect();
        assert_eq!(all.len(), 3, "{key}");
        assert!(all.iter().all(|value| *value == all[0]), "{key}: {all:?}");
    }
    assert_eq!(values(&hooks, "language").collect::<Vec<_>>(), ["python", "rust", "system"]);
}

#[test]
fn the_examples_name_this_version_and_no_address_of_their_own() {
    let tag = Regex::new(r"v\d+\.\d+\.\d+").unwrap();
    let address = Regex::new(r"https://[^/\s]+/[^/\s]+/[^/\s@]+").unwrap();
    for entry in std::fs::read_dir(path("examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let text = read(&format!("examples/{name}"));
        let tags: BTreeSet<&str> = tag.find_iter(&text).map(|found| found.as_str()).collect();
        assert_eq!(tags, BTreeSet::from([concat!("v", env!("CARGO_PKG_VERSION"))]), "{name}");
        for found in address.find_iter(&text) {
            assert_eq!(found.as_str(), "https://example.com/OWNER/ecs-lint", "{name}");
        }
    }
    let default = read("action.yml");
    let (_, uploaded) = read("examples/github-actions.yml").split_once("sarif_file: ").map(owned).unwrap();
    assert!(default.contains(&format!("default: {}\n", uploaded.trim_end_matches([' ', '}', '\n']))));
}

#[test]
fn the_extension_is_of_this_version_and_offers_what_the_server_takes() {
    let manifest: Value = serde_json::from_str(&read("editors/vscode/package.json")).unwrap();
    let lock = read("editors/vscode/package-lock.json");
    let locked: Value = serde_json::from_str(&lock).unwrap();
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(locked["version"], manifest["version"]);
    assert!(!lock.contains("\"resolved\""), "the lock file names packages, not where they were once fetched from");

    let settings = manifest["contributes"]["configuration"]["properties"].as_object().unwrap();
    let settings: BTreeSet<&str> = settings.keys().map(|key| key.strip_prefix("ecs-lint.").unwrap()).collect();
    // The first two are the editor's own.
    let expected = ["path", "trace.server", "configuration", "enable", "ignore", "select"];
    assert_eq!(settings, BTreeSet::from(expected));
    assert_eq!(manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"], json!(["ecs-lint.path"]));
}

fn owned((before, after): (&str, &str)) -> (String, String) {
    (before.to_owned(), after.to_owned())
}

/// The values of the lines `key: value` of a hooks file.
fn values<'t>(text: &'t str, key: &'t str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| line.trim_start().strip_prefix(key)?.strip_prefix(": "))
}

fn path(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}
