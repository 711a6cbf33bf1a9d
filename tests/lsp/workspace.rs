//! Which documents are looked at, and by which settings.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};

const BAD: &str = "family: a\ncontainerDefinitions:\n- {name: web, image: registry.corp.internal/web:1}\n";
const GOOD: &str = "family: a\ncontainerDefinitions:\n- {name: web, image: public.ecr.aws/nginx/nginx:1}\n";
const RULE: &str = "registry-credentials-missing";
const NONE: [&str; 0] = [];

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(&root.path().join(name), text);
    }
    root
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn diagnostics_go_when_their_cause_goes() {
    let root = folder(&[("a.yaml", BAD), ("b/c.yaml", BAD), ("package.json", "{}")]);
    let at = |name: &str| root.path().join(name);
    let mut client = Client::start(&[root.path()], capabilities("utf-16", false));
    let (a, c, d) = (uri(&at("a.yaml")), uri(&at("b/c.yaml")), uri(&at("d.yaml")));
    assert_eq!((client.rules(&a), client.rules(&c)), (vec![RULE.to_owned()], vec![RULE.to_owned()]));
    assert_eq!(client.published[&a].0, None);

    client.open(&a, "yaml", BAD);
    client.settle();
    assert_eq!(client.published[&a].0, Some(1));
    client.change(&a, 7, json!([{"text": GOOD}]));
    assert_eq!(client.rules(&a), NONE);
    assert_eq!(client.published[&a].0, Some(7));
    // Not saved: what is on disk counts again.
    client.close(&a);
    assert_eq!(client.rules(&a), [RULE]);
    assert_eq!(client.published[&a].0, None);

    fs::rename(at("a.yaml"), at("d.yaml")).unwrap();
    client.touched(&at("a.yaml"), 3);
    client.touched(&at("d.yaml"), 1);
    assert_eq!((client.rules(&a), client.rules(&d)), (Vec::new(), vec![RULE.to_owned()]));
    fs::remove_dir_all(at("b")).unwrap();
    client.touched(&at("b"), 3);
    assert_eq!(client.rules(&c), NONE);
    fs::write(at("d.yaml"), GOOD).unwrap();
    client.touched(&at("d.yaml"), 2);
    assert_eq!(client.rules(&d), NONE);
    let watched = client.heard.iter().find(|one| one["method"] == "client/registerCapability").unwrap();
    assert_eq!(watched["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    client.end();
}

#[test]
fn a_client_that_tells_nothing_of_the_disk_tells_of_saves() {
    let root = folder(&[("a.yaml", BAD)]);
    let mut client = Client::start(&[root.path()], json!({}));
    let b = uri(&root.path().join("b.yaml"));
    assert_eq!(client.rules(&b), NONE);
    write(&root.path().join("b.yaml"), BAD);
    client.tell("textDocument/didSave", json!({"textDocument": {"uri": "file:///x"}}));
    assert_eq!(client.rules(&b), [RULE]);
    client.end();
}

#[test]
fn the_configuration_counts_as_it_is_typed() {
    let config = "[rules]\nregistry-credentials-missing = \"error\"\n";
    let root = folder(&[("a.yaml", BAD), ("ecs-lint.toml", config), ("old/b.yaml", BAD)]);
    let (a, b) = (uri(&root.path().join("a.yaml")), uri(&root.path().join("old/b.yaml")));
    let toml = uri(&root.path().join("ecs-lint.toml"));
    let mut client = Client::start(&[root.path()], capabilities("utf-16", false));
    client.settle();
    assert_eq!(client.published[&a].1[0]["severity"], 1);
    client.open(&toml, "toml", config);
    client.change(
        &toml,
        2,
        json!([{"text": "exclude = [\"old\"]\n[rules]\nregistry-credentials-missing = \"note\"\n"}]),
    );
    client.settle();
    assert_eq!(client.published[&a].1[0]["severity"], 3);
    assert_eq!(client.rules(&b), NONE);
    // What is excluded is left out although it is open.
    client.open(&b, "yaml", BAD);
    assert_eq!(client.rules(&b), NONE);
    // A mistake is shown where it is, and what counted before counts on.
    client.change(&toml, 3, json!([{"text": "[rules]\nregistry-credential-missing = \"off\"\n"}]));
    assert_eq!(client.rules(&toml), ["configuration"]);
    assert_eq!(client.published[&a].1[0]["severity"], 3);
    assert!(client.heard.iter().any(|one| one["method"] == "window/showMessage"));
    client.change(&toml, 4, json!([{"text": "[rules]\nregistry-credentials-missing = \"off\"\n"}]));
    assert_eq!((client.rules(&toml), client.rules(&a)), (Vec::new(), Vec::new()));
    client.close(&toml);
    assert_eq!(client.rules(&a), [RULE]);
    fs::remove_file(root.path().join("ecs-lint.toml")).unwrap();
    client.touched(&root.path().join("ecs-lint.toml"), 3);
    client.settle();
    assert_eq!(client.published[&a].1[0]["severity"], 2);
    client.end();
}

#[test]
fn a_suppression_of_no_use_is_shown_in_the_configuration() {
    let config = "[[suppress]]\nrule = \"registry-credentials-missing\"\npath = \"a.yaml\"\nreason = \"x\"\n";
    let root = folder(&[("a.yaml", GOOD), ("ecs-lint.toml", config)]);
    let mut client = Client::start(&[root.path()], capabilities("utf-16", false));
    let toml = uri(&root.path().join("ecs-lint.toml"));
    assert_eq!(client.rules(&toml), ["unused-suppression"]);
    assert_eq!(client.published[&toml].1[0]["tags"], json!([1]));
    let a = uri(&root.path().join("a.yaml"));
    client.open(&a, "yaml", BAD);
    assert_eq!((client.rules(&toml), client.rules(&a)), (Vec::new(), Vec::new()));
    client.end();
}

#[test]
fn a_baseline_and_the_editors_settings_count() {
    let root = folder(&[("a.yaml", BAD), ("ecs-lint.toml", "baseline = \"known.json\"\n")]);
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
        .args(["--write-baseline", "known.json", "--quiet"])
        .current_dir(root.path())
        .status()
        .unwrap();
    assert!(status.success());
    let a = uri(&root.path().join("a.yaml"));
    let mut with_settings = capabilities("utf-16", false);
    with_settings["workspace"]["configuration"] = json!(true);
    with_settings["workspace"]["didChangeConfiguration"] = json!({"dynamicRegistration": true});
    let mut client = Client::silent();
    client.says.insert("workspace/configuration".to_owned(), json!([{"enable": true, "select": []}]));
    let folders = json!([{"uri": uri(root.path()), "name": "x"}]);
    client.ask("initialize", json!({"workspaceFolders": folders, "capabilities": with_settings})).unwrap();
    client.tell("initialized", json!({}));
    assert_eq!(client.rules(&a), NONE);
    fs::remove_file(root.path().join("known.json")).unwrap();
    fs::write(root.path().join("ecs-lint.toml"), "").unwrap();
    client.touched(&root.path().join("ecs-lint.toml"), 2);
    assert_eq!(client.rules(&a), [RULE]);
    for (settings, expected) in [
        (json!({"ignore": ["image"]}), &NONE[..]),
        (json!({"select": ["image"]}), &[RULE]),
        (json!({"enable": false}), &NONE),
        (json!({"ignore": ["no-such-rule"]}), &[RULE]),
    ] {
        client.says.insert("workspace/configuration".to_owned(), json!([settings]));
        client.tell("workspace/didChangeConfiguration", json!({"settings": null}));
        client.settle();
        assert_eq!(client.rules(&a), expected, "{settings}");
    }
    // An editor tells of changes to whom has asked for it.
    let registered = client.heard.iter().find(|one| one["method"] == "client/registerCapability").unwrap();
    let settings = &registered["params"]["registrations"][1];
    assert_eq!(settings["method"], "workspace/didChangeConfiguration");
    assert_eq!(settings["registerOptions"]["section"], "ecs-lint");
    client.end();
}

#[test]
fn folders_come_and_go() {
    let (one, other) = (folder(&[("a.yaml", BAD)]), folder(&[("b.yaml", BAD), ("inner/c.yaml", BAD)]));
    let inner = other.path().join("inner");
    let mut client = Client::start(&[one.path(), other.path(), &inner], capabilities("utf-16", false));
    let (a, b, c) = (uri(&one.path().join("a.yaml")), uri(&other.path().join("b.yaml")), uri(&inner.join("c.yaml")));
    for address in [&a, &b, &c] {
        assert_eq!(client.rules(address), [RULE]);
    }
    let event = |added: Value, removed: Value| json!({"event": {"added": added, "removed": removed}});
    let entry = |path: &Path| json!([{"uri": uri(path), "name": "x"}]);
    client.open(&b, "yaml", BAD);
    client.tell("workspace/didChangeWorkspaceFolders", event(json!([]), entry(other.path())));
    // It is open still, and so belongs to no folder now.
    assert_eq!((client.rules(&a).len(), client.rules(&b).len(), client.rules(&c).len()), (1, 1, 1));
    client.close(&b);
    assert_eq!(client.rules(&b), NONE);
    client.tell("workspace/didChangeWorkspaceFolders", event(entry(other.path()), entry(one.path())));
    assert_eq!((client.rules(&a).len(), client.rules(&b).len()), (0, 1));
    client.end();
}

#[test]
fn documents_outside_of_every_folder_are_looked_at_while_they_are_open() {
    let root = folder(&[
        ("a.yaml", BAD),
        ("b.yaml", BAD),
        ("ecs-lint.toml", "[rules]\nregistry-credentials-missing = \"note\"\n"),
    ]);
    let mut client = Client::start(&[], capabilities("utf-16", false));
    let (a, b) = (uri(&root.path().join("a.yaml")), uri(&root.path().join("b.yaml")));
    client.open(&a, "yaml", BAD);
    assert_eq!((client.rules(&a), client.rules(&b)), (vec![RULE.to_owned()], Vec::new()));
    assert_eq!(client.published[&a].1[0]["severity"], 3, "the nearest configuration counts");
    client.close(&a);
    assert_eq!(client.rules(&a), NONE);
    client.open("untitled:Untitled-1", "yaml", BAD);
    assert_eq!(client.rules("untitled:Untitled-1"), [RULE]);
    // Vim's names: dialects are written with a dot.
    client.open("untitled:Untitled-3", "yaml.cloudformation", BAD);
    assert_eq!(client.rules("untitled:Untitled-3"), [RULE]);
    client.open("untitled:Untitled-4", "sh", "#!/bin/sh\necho ECS_CLUSTER=a >> /etc/ecs/ecs.config\ndocker login -u me -p hunter22222 registry.example.com\n");
    assert_eq!(client.rules("untitled:Untitled-4"), ["registry-login-in-user-data"]);
    client.open("untitled:Untitled-2", "markdown", BAD);
    client.open("git:/a.yaml", "yaml", BAD);
    assert_eq!(client.rules("untitled:Untitled-2"), NONE);
    assert!(client.rules("git:/a.yaml").is_empty());
    // Neither ours nor broken as far as we are concerned.
    let other = uri(&root.path().join("README.md"));
    client.open(&other, "markdown", "# `AWS::ECS`\n\n```yaml\nType: AWS::X\n");
    assert_eq!(client.rules(&other), NONE);
    client.end();
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let root = folder(&[("a.yaml", BAD), ("b.yaml", BAD)]);
    let mut client = Client::start(&[root.path()], capabilities("utf-16", true));
    let report = client.ask("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
    let ids: Vec<Value> = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| json!({"uri": item["uri"], "value": item["resultId"]}))
        .collect();
    let a = uri(&root.path().join("a.yaml"));
    client.open(&a, "yaml", &BAD.replace("web:1", "web:2"));
    let report = client.ask("workspace/diagnostic", json!({"previousResultIds": ids})).unwrap();
    let is_refresh = |one: &Value| one["method"] == "workspace/diagnostic/refresh";
    let refreshes = client.heard.iter().filter(|one| is_refresh(one)).count();
    let kinds: Vec<&Value> = report["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, ["full", "unchanged"]);
    let id = report["items"][0]["resultId"].clone();
    let again = json!({"textDocument": {"uri": a}, "previousResultId": id});
    assert_eq!(client.ask("textDocument/diagnostic", again).unwrap(), json!({"kind": "unchanged", "resultId": id}));
    // A file that is gone has an empty report, so that the client forgets it.
    fs::remove_file(root.path().join("b.yaml")).unwrap();
    client.touched(&root.path().join("b.yaml"), 3);
    let report = client.ask("workspace/diagnostic", json!({"previousResultIds": ids})).unwrap();
    assert_eq!(report["items"][1]["items"], json!([]));
    // Of what it changed itself, the client asks unasked.
    client.settle();
    assert_eq!(client.heard.iter().filter(|one| is_refresh(one)).count(), refreshes + 1);
    client.end();
}

#[test]
fn a_client_that_cannot_be_told_to_ask_again_is_sent_diagnostics() {
    let root = folder(&[("a.yaml", BAD)]);
    let mut asks_on_its_own_edits = capabilities("utf-16", true);
    asks_on_its_own_edits["workspace"]["diagnostics"] = Value::Null;
    let mut client = Client::start(&[root.path()], asks_on_its_own_edits);
    assert!(client.server["capabilities"].get("diagnosticProvider").is_none());
    assert_eq!(client.rules(&uri(&root.path().join("a.yaml"))), [RULE]);
    client.end();
}
