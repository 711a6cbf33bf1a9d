//! The layers of the program: which module may use which. Arrows point downward only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each layer with the layers it may use, from the lowest to the highest.
const LAYERS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("syntax", &["source"]),
    ("model", &["source"]),
    ("cloudformation", &["syntax", "model", "source"]),
    ("userdata", &["syntax", "model", "source"]),
    ("lower", &["cloudformation", "userdata", "syntax", "model", "source"]),
    ("fix", &["syntax", "model", "source"]),
    ("iam", &["model", "source"]),
    ("paths", &[]),
    ("store", &[]),
    ("link", &["iam", "model", "source"]),
    ("access", &["link", "iam", "model", "source"]),
    ("policy", &["access", "link", "iam", "model", "source"]),
    ("rules", &["access", "link", "iam", "model", "source"]),
    ("lint", &["fix", "rules", "access", "link", "lower", "userdata", "paths", "model", "source"]),
    ("discover", &["paths"]),
    ("config", &["iam", "discover", "lint", "rules", "lower", "paths", "model", "source"]),
    ("mend", &["fix", "lint", "discover", "cloudformation", "userdata", "model", "source"]),
    ("report", &["lint", "rules", "paths", "model", "source"]),
    ("store", &[]),
    ("baseline", &["store", "report", "discover", "lint", "rules", "source"]),
    ("session", &["lint", "link", "discover", "model", "source"]),
    ("navigate", &["rules", "access", "link", "iam", "userdata", "syntax", "model", "source"]),
    (
        "lsp",
        &[
            "session", "navigate", "mend", "baseline", "report", "config", "discover", "lint", "fix", "rules", "paths",
            "model", "source",
        ],
    ),
    ("changes", &[]),
    (
        "cli",
        &[
            "lsp", "policy", "changes", "mend", "baseline", "store", "report", "config", "discover", "lint", "link",
            "fix", "rules", "model", "source",
        ],
    ),
];

#[test]
fn every_layer_uses_only_lower_ones() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut known = BTreeSet::from(["lib.rs".to_owned(), "main.rs".to_owned()]);
    for (layer, allowed) in LAYERS {
        for file in rust_files(&src, layer) {
            let text = std::fs::read_to_string(&file).unwrap();
            for used in layers_used(&text) {
                if used != *layer && !allowed.contains(&used.as_str()) && !is_test(&file) {
                    wrong.push(format!("{} uses `{used}`", file.strip_prefix(&src).unwrap().display()));
                }
            }
        }
        known.extend([(*layer).to_owned(), format!("{layer}.rs")]);
    }
    for entry in std::fs::read_dir(&src).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !known.contains(&name) {
            wrong.push(format!("`{name}` is in no layer"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The first path segments behind `crate::`, but for what `lib.rs` itself defines.
fn layers_used(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut used = BTreeSet::new();
    for line in code {
        for (at, mark) in line.match_indices("crate::") {
            let rest = &line[at + mark.len()..];
            let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if rest[name.len()..].starts_with("::") {
                used.insert(name);
            }
        }
    }
    used
}

fn is_test(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

fn rust_files(src: &Path, layer: &str) -> Vec<PathBuf> {
    let mut pending: Vec<PathBuf> =
        [src.join(layer), src.join(format!("{layer}.rs"))].into_iter().filter(|path| path.exists()).collect();
    assert!(!pending.is_empty(), "there is no layer `{layer}`");
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
