//! What is secret is shown at no place.

use std::path::{Path, PathBuf};

use super::*;
use crate::lsp::client::{Client, Preferences};
use crate::lsp::uri;

/// What stands as a credential in the fixtures.
const CREDENTIALS: [&str; 9] = [
    "not-a-real-password",
    "mot-de-passe-été-🔑",
    "ZGVwbG95Om5vdC1hLXJlYWwtcGFzc3dvcmQ=",
    "nicht-echt-",
    "ZGVwbG95Om5pY2h0LWVjaHQtMw==",
    "zq9!7",
    "8675309",
    "my_password",
    "zq212MzEXAMPLE7o6T25Dk0i",
];

/// The texts of the fixtures, with their paths.
fn fixtures() -> Vec<(PathBuf, String)> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = std::fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let is_input = |path: &PathBuf| !path.file_name().unwrap().to_str().unwrap().starts_with("expected.");
    let mut files: Vec<PathBuf> = files.filter(is_input).collect();
    files.sort();
    let text = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        Some((path, text.trim_start_matches('\u{feff}').to_owned()))
    };
    files.into_iter().filter_map(text).collect()
}

/// Asks at every `step`th byte, and gives the number of answers.
fn ask_everywhere(path: &Path, text: &str, is_markdown: bool, step: usize) -> usize {
    let client = Client { markdown: is_markdown, ..Client::default() };
    let mut workspace = Workspace::new(client, Preferences::default());
    let address = uri::of_path(path);
    assert!(workspace.open(&address, "yaml".to_owned(), 1, text.to_owned()));
    workspace.settle();
    let (buffer, folder) = workspace.document(&buffers::key(&address)).unwrap();
    let hovers = Hovers::new(&workspace, buffer, folder);
    let mut answers = 0;
    for at in (0..=text.len()).step_by(step).filter(|at| text.is_char_boundary(*at)) {
        let Some((shown, range)) = hovers.at(at) else { continue };
        answers += 1;
        let place = hovers.lines.position(text, at);
        let is_around = range.is_some_and(|range| range.start <= place && place <= range.end);
        assert!(is_around, "{} at {place:?}: {range:?}\n{shown}", path.display());
        for credential in CREDENTIALS {
            assert!(!shown.contains(credential), "{} at {place:?} shows {credential}:\n{shown}", path.display());
        }
    }
    answers
}

#[test]
fn no_place_shows_a_credential() {
    let mut answers = 0;
    for (path, text) in fixtures() {
        answers += ask_everywhere(&path, &text, true, 1);
    }
    assert!(answers > 10_000, "{answers}");
}

/// Half-typed documents are not understood, or otherwise.
#[test]
fn no_place_of_a_part_shows_a_credential() {
    for (path, text) in fixtures() {
        for part in 1..8 {
            let end = (0..=text.len() * part / 8).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            ask_everywhere(&path, text.get(..end).unwrap(), false, 1);
        }
    }
}

/// Credentials that no finding speaks of are hidden as well: their rules are off, or there is none.
#[test]
fn what_no_rule_finds_is_hidden_too() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("ecs-lint.toml"), "[rules]\nselect = [\"wrong-type\"]\n").unwrap();
    for (path, text) in fixtures() {
        let path = root.path().join(path.file_name().unwrap());
        ask_everywhere(&path, &text, true, 3);
    }
}
