//! The editor and the command line say the same of every fixture, whether its files are open or not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};

/// The directories of the fixtures.
pub fn fixtures() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

/// The inputs in a directory that are text, without the byte order mark that an editor takes off.
pub fn texts(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let text = |path: PathBuf| {
        let text = String::from_utf8(std::fs::read(&path).unwrap()).ok()?;
        Some((path, text.trim_start_matches('\u{feff}').to_owned()))
    };
    let is_input = |path: &PathBuf| !path.file_name().unwrap().to_str().unwrap().starts_with("expected.");
    files.into_iter().filter(|path| path.is_file() && is_input(path)).filter_map(text).collect()
}

/// What each file has, by its address.
type Found = BTreeMap<String, Vec<Value>>;

/// What the command line finds, in the words of the protocol.
fn by_command_line(folder: &Path) -> Found {
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
        .args(["--format", "json", "--quiet"])
        .current_dir(folder)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = Found::new();
    for finding in report["diagnostics"].as_array().unwrap() {
        let address = |path: &Value| uri(&folder.join(path.as_str().unwrap()));
        let place = |place: &Value| {
            let from_zero = |name: &str| place[name].as_u64().unwrap() - 1;
            json!({"line": from_zero("line"), "character": from_zero("column")})
        };
        let range = |range: &Value| json!({"start": place(&range["start"]), "end": place(&range["end"])});
        let notes = finding["notes"].as_array().into_iter().flatten().map(|note| note.as_str().unwrap().to_owned());
        let help = finding["help"].as_str().map(|help| format!("help: {help}"));
        let message = std::iter::once(finding["message"].as_str().unwrap().to_owned()).chain(notes).chain(help);
        let related: Vec<Value> = finding["related"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| {
                json!({"location": {"uri": address(&one["path"]), "range": range(&one["range"])}, "message": one["message"]})
            })
            .collect();
        let severity = ["error", "warning", "note"].iter().position(|name| finding["severity"] == *name).unwrap() + 1;
        let mut shown = json!({
            "range": range(&finding["range"]),
            "severity": severity,
            "code": finding["rule"],
            "source": "ecs-lint",
            "message": message.collect::<Vec<_>>().join("\n"),
        });
        if !related.is_empty() {
            shown["relatedInformation"] = related.into();
        }
        found.entry(address(&finding["path"])).or_default().push(shown);
    }
    found
}

fn published(client: &mut Client) -> Found {
    client.settle();
    let found = client.published.iter().filter(|(_, (_, found))| !found.is_empty());
    found.map(|(uri, (_, found))| (uri.clone(), found.iter().cloned().map(without_tags).collect())).collect()
}

fn without_tags(mut diagnostic: Value) -> Value {
    diagnostic.as_object_mut().unwrap().remove("tags");
    diagnostic
}

#[test]
fn editor_and_command_line_agree() {
    for folder in fixtures() {
        let expected = by_command_line(&folder);
        // Columns of the command line are in Unicode scalar values.
        let mut client = Client::start(&[&folder], capabilities("utf-32", false));
        assert_eq!(published(&mut client), expected, "{}", folder.display());
        for (path, text) in texts(&folder) {
            client.open(&uri(&path), "yaml", &text);
        }
        assert_eq!(published(&mut client), expected, "{}, open", folder.display());
        for (path, _) in texts(&folder) {
            client.close(&uri(&path));
        }
        assert_eq!(published(&mut client), expected, "{}, closed", folder.display());
        assert_eq!(client.end(), (0, String::new()));

        let mut client = Client::start(&[&folder], capabilities("utf-32", true));
        let report = client.ask("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
        let items = report["items"].as_array().unwrap().iter();
        let pulled: Found = items
            .map(|item| {
                let found = item["items"].as_array().unwrap().iter().cloned().map(without_tags).collect();
                (item["uri"].as_str().unwrap().to_owned(), found)
            })
            .collect();
        assert_eq!(pulled, expected, "{}, pulled", folder.display());
        for (uri, expected) in &expected {
            let found: Vec<Value> = client.pulled(uri).into_iter().map(without_tags).collect();
            assert_eq!(&found, expected);
        }
        assert!(client.published.is_empty(), "a client that asks is told nothing unasked");
        assert_eq!(client.end(), (0, String::new()));
    }
}
