//! The fixes that an editor is offered do what those of the command line do.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};

/// The emoji is two units of UTF-16 and four bytes of UTF-8, on the line that is changed.
const TASK: &str = "family: web\r\ncontainerDefinitions:\r\n  - {name: \"😀\", image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1, repositoryCredentials: {credentialsParameter: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf'}}\r\n  - name: sidecar # ecs-lint: ignore[registry-credentials-missing] not needed\r\n    image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/side:1\r\nexecutionRoleArn: arn:aws:iam::111122223333:role/exec\r\n";

const MENDED: &str = "family: web\r\ncontainerDefinitions:\r\n  - {name: \"😀\", image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1}\r\n  - name: sidecar\r\n    image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/side:1\r\nexecutionRoleArn: arn:aws:iam::111122223333:role/exec\r\n";

fn width(encoding: &str, character: char) -> usize {
    match encoding {
        "utf-8" => character.len_utf8(),
        "utf-16" => character.len_utf16(),
        _ => 1,
    }
}

/// The text with the edits in it, whose columns are in that unit.
fn edited(text: &str, edits: &[Value], encoding: &str) -> String {
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut columns = usize::try_from(place["character"].as_u64().unwrap()).unwrap();
        let mut at = start;
        for character in text[start..].chars() {
            if columns == 0 {
                break;
            }
            columns -= width(encoding, character);
            at += character.len_utf8();
        }
        at
    };
    let mut edits: Vec<_> = edits
        .iter()
        .map(|edit| (offset(&edit["range"]["start"])..offset(&edit["range"]["end"]), edit["newText"].as_str().unwrap()))
        .collect();
    edits.sort_by_key(|(range, _)| range.start);
    let mut result = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        result.replace_range(range, new);
    }
    result
}

fn offered(client: &mut Client, address: &str, only: Option<&str>) -> Vec<Value> {
    let mut context = json!({"diagnostics": []});
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let all = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let params = json!({"textDocument": {"uri": address}, "range": all, "context": context});
    client.ask("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
}

fn edits_of(action: &Value) -> Vec<Value> {
    action["edit"]["documentChanges"][0]["edits"].as_array().unwrap().clone()
}

#[test]
fn what_is_offered_takes_the_finding_away() {
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let root = tempfile::tempdir().unwrap();
        let mut client = Client::start(&[root.path()], capabilities(encoding, false));
        let kinds = &client.server["capabilities"]["codeActionProvider"]["codeActionKinds"];
        assert_eq!(*kinds, json!(["quickfix", "source.fixAll.ecs-lint"]));
        let address = uri(&root.path().join("task.yaml"));
        client.open(&address, "yaml", TASK);
        assert_eq!(client.rules(&address), ["registry-credentials-on-ecr-image", "unused-suppression"]);

        let actions = offered(&mut client, &address, Some("quickfix"));
        let action = actions.iter().find(|action| action["title"] == "Remove `repositoryCredentials`").unwrap();
        assert_eq!((&action["kind"], &action["isPreferred"]), (&json!("quickfix"), &json!(true)));
        assert_eq!(action["diagnostics"][0]["code"], "registry-credentials-on-ecr-image");
        client.change(&address, 2, json!([{"text": edited(TASK, &edits_of(action), encoding)}]));
        assert_eq!(client.rules(&address), ["unused-suppression"]);

        client.change(&address, 3, json!([{"text": TASK}]));
        client.settle();
        for only in [None, Some("source"), Some("source.fixAll"), Some("source.fixAll.ecs-lint")] {
            let actions = offered(&mut client, &address, only);
            let all: Vec<_> = actions.iter().filter(|action| action["kind"] == "source.fixAll.ecs-lint").collect();
            assert_eq!(all.len(), 1, "{only:?}");
            assert_eq!(edited(TASK, &edits_of(all[0]), encoding), MENDED);
            assert_eq!(only.is_some(), actions.len() == 1);
        }
        assert!(offered(&mut client, &address, Some("source.organizeImports")).is_empty());
        client.change(&address, 4, json!([{"text": MENDED}]));
        assert!(client.rules(&address).is_empty());
        assert!(offered(&mut client, &address, Some("source.fixAll")).is_empty());
        client.end();
    }
}

/// "All" are the safe ones; others are offered one by one, and not as the preferred.
#[test]
fn an_unsafe_fix_is_for_its_author_to_choose() {
    let text = "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n        - Name: web\n          Image: public.ecr.aws/nginx/nginx:1\n          Secrets:\n            - Name: P\n              ValueFrom: /prod/p\n";
    let root = tempfile::tempdir().unwrap();
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    let address = uri(&root.path().join("template.yaml"));
    client.open(&address, "yaml", text);
    assert_eq!(client.rules(&address), ["execution-role-missing"]);
    assert!(offered(&mut client, &address, Some("source.fixAll")).is_empty());
    let actions = offered(&mut client, &address, None);
    assert_eq!(actions[0]["title"], "Add the role `TaskExecutionRole` with what is needed");
    assert_eq!(actions[0]["isPreferred"], Value::Null);
    client.change(&address, 2, json!([{"text": edited(text, &edits_of(&actions[0]), "utf-8")}]));
    assert!(client.rules(&address).is_empty());
    client.end();
}
