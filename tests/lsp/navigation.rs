//! Hover, definition and symbols.

use serde_json::json;

use crate::client::{Client, capabilities, uri};

const TEMPLATE: &str = "Resources:\n  Login: {Type: 'AWS::SecretsManager::Secret'}\n  Täsk🔑:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n        - {Name: 🔑, Image: registry.corp.internal/web, RepositoryCredentials: {CredentialsParameter: !Ref Login}}\n        - {Name: b, Image: registry.corp.internal/web}\n";

#[test]
fn places_have_something_to_say() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t.yaml"));
    let mut client = Client::start(&[root.path()], capabilities("utf-16", false));
    client.open(&address, "yaml", TEMPLATE);
    let at = |line: u32, character: u32| json!({"textDocument": {"uri": address}, "position": {"line": line, "character": character}});

    let hover = client.ask("textDocument/hover", at(7, 30)).unwrap();
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.starts_with("**Image** `registry.corp.internal/web`\n"), "{shown}");
    assert!(shown.contains("\n\n---\n\n**registry-credentials-missing** (warning): "), "{shown}");
    assert_eq!(hover["range"]["start"]["line"], 7);
    assert!(client.ask("textDocument/hover", at(0, 0)).unwrap().is_null());

    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/worker.template.json");
    let text = std::fs::read_to_string(&demo).unwrap();
    client.open(&uri(&demo), "json", &text);
    let line = text.lines().position(|line| line.contains("\"ExecutionRoleArn\"")).unwrap();
    let place = json!({"textDocument": {"uri": uri(&demo)}, "position": {"line": line + 1, "character": 14}});
    let hover = client.ask("textDocument/hover", place).unwrap();
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.starts_with("**Execution role** `TaskExecutionRole250D2532` ("), "{shown}");
    assert!(shown.contains("✗ `kms:Decrypt`: nothing allows it\n"), "{shown}");
    assert!(shown.contains("✓ `secretsmanager:GetSecretValue`: allowed by the policy "), "{shown}");

    // The column behind two characters that are wide in UTF-16.
    let line = TEMPLATE.lines().nth(6).unwrap();
    let column = line[..line.find("Login").unwrap()].encode_utf16().count();
    let there = client.ask("textDocument/definition", at(6, u32::try_from(column).unwrap() + 2)).unwrap();
    assert_eq!(there["range"], json!({"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 7}}));
    assert!(client.ask("textDocument/definition", at(3, 12)).unwrap().is_null());

    let symbols = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": address}})).unwrap();
    let task = &symbols[0]["children"][1];
    assert_eq!((task["name"].as_str(), task["detail"].as_str()), (Some("Täsk🔑"), Some("AWS::ECS::TaskDefinition")));
    assert_eq!(task["selectionRange"]["end"], json!({"line": 2, "character": 8}));
    assert_eq!(task["children"][0]["name"], "🔑");

    // The name of a rule in the configuration.
    let toml = uri(&root.path().join("ecs-lint.toml"));
    client.open(&toml, "toml", "[rules]\nkms-decrypt-missing = \"off\"\n");
    let place = json!({"textDocument": {"uri": toml}, "position": {"line": 1, "character": 5}});
    let hover = client.ask("textDocument/hover", place).unwrap();
    assert!(hover["contents"]["value"].as_str().unwrap().starts_with("**kms-decrypt-missing**"));
    client.end();
}
