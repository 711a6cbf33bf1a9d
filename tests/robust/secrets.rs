//! One planted credential in every place that has a name for it, looked for in everything that is written.

use std::fs;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecs_lint::report::Format;
use serde_json::json;
use tempfile::TempDir;

use crate::entries::conversation;

/// None of its parts is a word of a message.
const SECRET: &str = "Zq7vK2mXw9TrLp4J";

/// Files with the credential, each with a finding beside it and something to mend.
fn files() -> Vec<(&'static str, String)> {
    let data = format!(r#"{{"registry.corp.internal":{{"username":"deploy","password":"{SECRET}"}}}}"#);
    let login = format!("docker login -u deploy -p {SECRET} registry.corp.internal");
    let encoded = STANDARD.encode(format!("#!/bin/sh\n{login}\n"));
    let task = json!({"Type": "AWS::ECS::TaskDefinition", "Properties": {
        "Family": "f", "Cpu": 1, "containerDefinitions": [{
            "Name": "agent", "Image": "registry.corp.internal/x",
            "RepositoryCredentials": {"CredentialsParameter": {"Ref": "Login"}},
            "Environment": [{"Name": "ECS_ENGINE_AUTH_TYPE", "Value": "docker"}, {"Name": "ECS_ENGINE_AUTH_DATA", "Value": data}],
        }],
    }});
    let secret = json!({"Type": "AWS::SecretsManager::Secret", "Properties": {
        "SecretString": format!(r#"{{"user": "deploy", "password": "{SECRET}"}}"#)}});
    let instance = |data: &str| json!({"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Base64": data}}});
    let template = json!({
        "Parameters": {"Password": {"Type": "String", "NoEcho": true, "Default": SECRET}},
        "Resources": {"Task": task, "Login": secret, "Node": instance(&format!("#!/bin/sh\n{login}\n")),
            "Other": instance(&format!("#!/bin/sh\necho ECS_ENGINE_AUTH_TYPE=docker > /etc/ecs/ecs.config\necho 'ECS_ENGINE_AUTH_DATA={data}' >> /etc/ecs/ecs.config\n")),
            "Encoded": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"UserData": encoded}}}},
    });
    let pretty = serde_json::to_string_pretty(&template).unwrap();
    let credentials = json!({"family": "f", "Cpu": "1", "containerDefinitions": [{"name": "c", "image": "registry.corp.internal/x",
        "repositoryCredentials": {"credentialsParameter": format!("deploy:{SECRET}")}}]});
    vec![
        ("template.json", pretty.clone()),
        ("minified.json", template.to_string()),
        ("broken.json", pretty.replacen("\"Login\": {", "\"Login\" {", 1)),
        ("template.yaml", format!("# a JSON text is YAML\n{pretty}\n")),
        ("task.json", serde_json::to_string_pretty(&credentials).unwrap()),
        ("user-data.sh", format!("#!/bin/sh\n# ecs-lint: ignore[wrong-typ] {SECRET}\n{login}\n")),
        ("ecs.config", format!("ECS_ENGINE_AUTH_TYPE=dokcer\nECS_ENGINE_AUTH_DATA={data}\n")),
    ]
}

/// Parts of the credential and of its base64, wherever in a run of bytes that begins.
fn forbidden() -> Vec<String> {
    let parts = |text: &str, length: usize| -> Vec<String> {
        text.as_bytes().windows(length).map(|part| String::from_utf8(part.to_vec()).unwrap()).collect()
    };
    let encoded = ["", "x", "xx"].map(|before| STANDARD.encode(format!("{before}{SECRET}")));
    parts(SECRET, 6).into_iter().chain(encoded.iter().flat_map(|text| parts(&text[4..text.len() - 4], 8))).collect()
}

fn assert_hidden(what: &str, printed: &str) {
    for part in forbidden() {
        if let Some(line) = printed.lines().find(|line| line.contains(&part)) {
            panic!("{what} shows `{part}`: {}", line.chars().take(300).collect::<String>());
        }
    }
}

/// Standard output and standard error.
fn printed(root: &TempDir, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    let output = command.args(args).current_dir(root.path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.code().is_some_and(|status| status <= 3), "{args:?}");
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn no_output_shows_a_planted_credential() {
    for (name, text) in files() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(name), &text).unwrap();
        let runs: Vec<Vec<&str>> = Format::ALL
            .iter()
            .map(|format| vec!["--show-suppressed", "--statistics", "--format", format.as_str(), name])
            .chain([
                vec!["--fix", "--diff", name],
                vec!["--fix", "--diff", "--unsafe-fixes", name],
                vec!["policy", name],
                vec!["policy", "--format", "yaml", name],
                vec!["--write-baseline", "base.json", name],
                vec!["--baseline", "base.json", "--show-suppressed", "--format", "json", name],
                vec!["--output", "sarif:a.sarif", "--output", "json:a.json", "--output", "text:a.txt", name],
            ])
            .collect();
        for args in runs {
            assert_hidden(&format!("{args:?}"), &printed(&root, &args));
        }
        for written in ["base.json", "a.sarif", "a.json", "a.txt"] {
            assert_hidden(&format!("{written} of {name}"), &fs::read_to_string(root.path().join(written)).unwrap());
        }
        // Entries of a baseline whose findings are gone are told.
        fs::write(root.path().join(name), "{\"family\": \"f\", \"containerDefinitions\": []}").unwrap();
        assert_hidden("stale entries", &printed(&root, &["--baseline", "base.json", "."]));
        fs::write(root.path().join(name), &text).unwrap();
        for args in [&["--fix", name][..], &["--fix", "--unsafe-fixes", name]] {
            assert_hidden(&format!("{args:?}"), &printed(&root, args));
        }
    }
}

/// To an editor: what is published, and the answers about every place, whole and half-typed.
#[test]
fn no_message_to_an_editor_shows_a_planted_credential() {
    for (name, text) in files() {
        let lines = text.lines().count();
        let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": lines, "character": 0}});
        let mut script = conversation::Script::new("yaml");
        script.open(name, &text);
        for (line, words) in text.lines().enumerate() {
            let starts = words.match_indices(|c: char| !c.is_alphanumeric()).map(|(at, _)| at + 1).take(60);
            for character in std::iter::once(0).chain(starts) {
                let place = json!({"line": line, "character": character});
                script.ask("textDocument/hover", name, json!({"position": place}));
                script.ask("textDocument/definition", name, json!({"position": place}));
            }
        }
        script.ask("textDocument/codeAction", name, json!({"range": whole, "context": {"diagnostics": []}}));
        script.ask("textDocument/documentSymbol", name, json!({}));
        for part in 1..6 {
            let end = (0..=text.len() * part / 6).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            script.replace(name, i32::try_from(part).unwrap() + 1, &text[..end]);
            script.ask("textDocument/codeAction", name, json!({"range": whole, "context": {"diagnostics": []}}));
        }
        for message in script.end() {
            // An edit that takes a credential away has its place, and no more of it.
            assert_hidden(&format!("a message about {name}"), &message.to_string());
        }
    }
}
