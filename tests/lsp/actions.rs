//! What is offered does what it says.

use serde_json::{Value, json};

use crate::agreement::{fixtures, texts};
use crate::client::{Client, capabilities, uri};

fn offered(client: &mut Client, address: &str, range: &Value) -> Vec<Value> {
    let params = json!({"textDocument": {"uri": address}, "range": range, "context": {"diagnostics": []}});
    client.ask("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
}

/// The text with the edits in it, whose columns are bytes.
fn edited(text: &str, edits: &Value) -> String {
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start + usize::try_from(place["character"].as_u64().unwrap()).unwrap()
    };
    let mut text = text.to_owned();
    for edit in edits.as_array().unwrap() {
        let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
        text.replace_range(range, edit["newText"].as_str().unwrap());
    }
    text
}

/// Every finding of every fixture that may be suppressed is so by what is offered, in the file or else by the configuration.
#[test]
fn what_is_to_be_ignored_is_ignored() {
    let mut forms = std::collections::BTreeMap::new();
    for folder in fixtures() {
        let root = tempfile::tempdir().unwrap();
        let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
        for (path, text) in texts(&folder) {
            let path = root.path().join(path.file_name().unwrap());
            let address = uri(&path);
            std::fs::write(&path, &text).unwrap();
            client.open(&address, "yaml", &text);
            client.settle();
            let found = client.published.get(&address).cloned().unwrap_or_default().1;
            for finding in found.clone() {
                let name = finding["code"].as_str().unwrap();
                if ["syntax-error", "unreadable-file", "unresolved-template"].contains(&name) {
                    continue;
                }
                let actions = offered(&mut client, &address, &finding["range"]);
                let is_for_it = |action: &&Value| {
                    action["diagnostics"][0] == finding && action["title"].as_str().unwrap().starts_with("Ignore ")
                };
                let action = actions.iter().find(is_for_it);
                let place = format!("{}: {name} at {}", path.display(), finding["range"]["start"]);
                let Some(action) = action else {
                    *forms.entry("none").or_insert(0) += 1;
                    // What is said of a suppression that is suppressed in turn is no matter.
                    assert!(name.contains("suppression"), "nothing is offered for {place}");
                    continue;
                };
                let changes = action["edit"]["documentChanges"].as_array().unwrap();
                let edit = changes.last().unwrap();
                let target = edit["textDocument"]["uri"].as_str().unwrap();
                if target == address {
                    let new = edited(&text, &edit["edits"]);
                    *forms
                        .entry(if new.contains("\"reason\": \"TODO: say why\"") { "metadata" } else { "comment" })
                        .or_insert(0) += 1;
                    client.change(&address, 2, json!([{"text": new}]));
                } else {
                    *forms.entry("configuration").or_insert(0) += 1;
                    let toml = root.path().join("ecs-lint.toml");
                    std::fs::write(&toml, edited("", &edit["edits"])).unwrap();
                    client.touched(&toml, 1);
                }
                client.settle();
                let left = client.published[&address].1.clone();
                // The file is still understood, and the suppression has what it must have.
                let count = |found: &[Value], rule: &str| found.iter().filter(|one| one["code"] == rule).count();
                for rule in ["syntax-error", "invalid-suppression", "unused-suppression", "suppression-without-reason"]
                {
                    assert!(count(&left, rule) <= count(&found, rule), "{rule} after {place}");
                }
                assert!(
                    !left.iter().any(|one| one["message"] == finding["message"]
                        && one["code"] == finding["code"]
                        && is_beside(one, &finding)),
                    "{place}"
                );
                if target != address {
                    let toml = root.path().join("ecs-lint.toml");
                    std::fs::remove_file(&toml).unwrap();
                    client.touched(&toml, 3);
                }
                client.change(&address, 3, json!([{"text": text}]));
            }
            client.close(&address);
        }
        client.end();
    }
    for form in ["comment", "metadata", "configuration"] {
        assert!(forms.get(form).is_some_and(|count| *count > 3), "{forms:?}");
    }
}

/// Whether the finding is still where it was, or a line further down.
fn is_beside(one: &Value, other: &Value) -> bool {
    let line = |value: &Value| value["range"]["start"]["line"].as_i64().unwrap();
    (0..=1).contains(&(line(one) - line(other)))
}

#[test]
fn an_entry_of_the_configuration_is_added_to_what_is_there() {
    let root = tempfile::tempdir().unwrap();
    let (path, toml) = (root.path().join("a [1].json"), root.path().join("ecs-lint.toml"));
    let text = r#"{"family": "f*", "containerDefinitions": [{"name": "web", "image": "registry.corp.internal/web"}]}"#;
    std::fs::write(&path, text).unwrap();
    std::fs::write(&toml, "exclude = [\"x\"]").unwrap();
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    let address = uri(&path);
    client.open(&address, "json", text);
    let all = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    let actions = offered(&mut client, &address, &all);
    let titles: Vec<&str> = actions.iter().map(|action| action["title"].as_str().unwrap()).collect();
    assert_eq!(
        titles,
        [
            "Ignore `registry-credentials-missing` there in ecs-lint.toml",
            "Open the page of `registry-credentials-missing`",
        ]
    );
    let edit = &actions[0]["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"]["uri"], uri(&toml));
    let expected = "exclude = [\"x\"]\n\n[[suppress]]\nrule = \"registry-credentials-missing\"\npath = \"/a \\\\[1\\\\].json\"\nresource = \"f\\\\*\"\ncontainer = \"web\"\nreason = \"TODO: say why\"\n";
    assert_eq!(edited("exclude = [\"x\"]", &edit["edits"]), expected);
    client.end();
}

#[cfg(unix)]
#[test]
fn the_page_of_a_rule_is_opened() {
    let mut capabilities = capabilities("utf-16", false);
    capabilities["window"] = json!({"showDocument": {"support": true}});
    let mut client = Client::start(&[], capabilities);
    let params = |rule: &str| json!({"command": "ecs-lint.openPage", "arguments": [rule]});
    let page = client.ask("workspace/executeCommand", params("kms-decrypt-missing")).unwrap();
    assert!(page["markdown"].as_str().unwrap().starts_with("# kms-decrypt-missing\n"));
    client.settle();
    let shown = client.heard.iter().find(|one| one["method"] == "window/showDocument").unwrap();
    let file = shown["params"]["uri"].as_str().unwrap().strip_prefix("file://").unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), page["markdown"].as_str().unwrap());
    assert_eq!(client.ask("workspace/executeCommand", params("../x")).unwrap_err()["code"], -32602);
    client.end();
    assert!(!std::path::Path::new(&file).exists(), "nothing is left behind");
}
