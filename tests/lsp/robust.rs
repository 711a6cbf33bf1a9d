//! What a client may do to the server, by mistake or otherwise.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};

const RULE: &str = "registry-credentials-missing";
const BAD: &str = "family: a\ncontainerDefinitions:\n- {name: web, image: registry.corp.internal/web:1}\n";

#[test]
fn a_huge_document_is_looked_at_and_costs_no_other() {
    let root = tempfile::tempdir().unwrap();
    let (huge, small) = (uri(&root.path().join("huge.json")), uri(&root.path().join("small.yaml")));
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    let filler = "x".repeat(20 << 20);
    let text = format!(
        "{{\"Description\": \"{filler}\",\n\"Resources\": {{\"A\": {{\"Type\": \"AWS::ECS::TaskDefinition\", \"Properties\": {{\"ContainerDefinitions\": [\n{{\"Name\": \"a\", \"Image\": \"registry.corp.internal/a\"}}]}}}}}}}}"
    );
    client.open(&huge, "json", &text);
    client.open(&small, "yaml", BAD);
    assert_eq!((client.rules(&small), client.published[&huge].0), (vec![RULE.to_owned()], Some(1)));
    let end = json!({"line": 0, "character": 20 << 20});
    client.change(&huge, 2, json!([{"range": {"start": {"line": 0, "character": 100}, "end": end}, "text": "y"}]));
    assert_eq!((client.rules(&small).len(), client.published[&huge].0), (1, Some(2)));
    let place = json!({"textDocument": {"uri": huge}, "position": {"line": 2, "character": 30}});
    let hover = client.ask("textDocument/hover", place).unwrap();
    assert!(hover["contents"]["value"].as_str().unwrap().starts_with("**Image** `registry.corp.internal/a`"));
    client.end();
}

#[test]
fn an_answer_is_of_the_last_of_many_edits() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t.yaml"));
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    client.open(&address, "yaml", "containerDefinitions:\n- name: a\n  image: r.corp.internal/");
    for number in 0..500 {
        let place = json!({"line": 2, "character": 25 + number});
        client.change(&address, 2 + number, json!([{"range": {"start": place, "end": place}, "text": "a"}]));
    }
    let place = json!({"textDocument": {"uri": address}, "position": {"line": 2, "character": 12}});
    let hover = client.ask("textDocument/hover", place).unwrap();
    assert_eq!(hover["range"]["end"], json!({"line": 2, "character": 525}));
    assert_eq!(client.published[&address].0, Some(501));
    assert_eq!(client.published[&address].1[0]["range"]["end"]["character"], 525);
    client.end();
}

#[test]
fn versions_are_those_of_the_client_whatever_they_are() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t.yaml"));
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    client.open(&address, "yaml", BAD);
    for (version, text, rules) in [(7, "family: a\n", 0), (7, BAD, 1), (3, "family: b\n", 0), (-5, BAD, 1)] {
        client.change(&address, version, json!([{"text": text}]));
        assert_eq!(client.rules(&address).len(), rules);
        assert_eq!(client.published[&address].0, Some(version), "the last that was told, in the order of the messages");
    }
    // Opened again without having been closed, and closed twice.
    client.open(&address, "yaml", "family: a\n");
    assert_eq!(client.rules(&address).len(), 0);
    client.close(&address);
    client.close(&address);
    client.change(&address, 9, json!([{"text": BAD}]));
    assert_eq!(client.rules(&address).len(), 0);
    client.end();
}

#[test]
fn edits_of_places_that_are_none_are_moved_to_the_nearest() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t.yaml"));
    let mut client = Client::start(&[root.path()], capabilities("utf-16", false));
    client.open(&address, "yaml", "");
    let huge = u32::MAX;
    for (start, end) in [((0, huge), (huge, huge)), ((huge, 0), (0, 0)), ((5, 5), (2, 2))] {
        let place = |(line, character): (u32, u32)| json!({"line": line, "character": character});
        let range = json!({"start": place(start), "end": place(end)});
        client.change(&address, 2, json!([{"range": range, "text": BAD}, {"text": BAD}]));
        assert_eq!(client.rules(&address), [RULE]);
    }
    for method in ["hover", "definition", "documentSymbol", "codeAction", "diagnostic", "completion", "nonsense"] {
        let far = json!({"line": huge, "character": huge});
        let params = json!({"textDocument": {"uri": address}, "position": far, "range": {"start": far, "end": far}, "context": {"diagnostics": []}});
        let answer = client.ask(&format!("textDocument/{method}"), params);
        let is_known = !["completion", "nonsense"].contains(&method);
        assert_eq!(answer.is_ok(), is_known, "{method}: {answer:?}");
        for params in [json!(null), json!([]), json!({"textDocument": 7}), json!({"textDocument": {"uri": "%%%"}})] {
            let answer = client.ask(&format!("textDocument/{method}"), params);
            match answer {
                Ok(answer) => assert!(is_known && !answer.is_string(), "{method}: {answer}"),
                Err(error) => assert!([-32602, -32601].contains(&error["code"].as_i64().unwrap()), "{method}: {error}"),
            }
        }
    }
    assert_eq!(client.rules(&address), [RULE]);
    client.end();
}

/// Whatever goes wrong with a document, nothing of it is in the log or in what is shown to the user.
#[test]
fn the_log_is_silent_about_documents() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t.yaml"));
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    let mark = "SENTINEL";
    let mut text = BAD.replace("web:1", &format!("{mark}:1"));
    let _ = write!(text, "# {mark}\n{mark}: [\n");
    client.open(&address, "yaml", &text);
    client.settle();
    let place = json!({"line": 1, "character": 0});
    for params in [
        json!({"textDocument": {"uri": address, "version": mark}, "contentChanges": [{"text": text}]}),
        json!({"textDocument": {"uri": address, "version": 2}, "contentChanges": [{"text": text, "range": {"start": mark, "end": place}}]}),
        json!({"textDocument": {"uri": address, "version": 2}, "contentChanges": text}),
    ] {
        client.tell("textDocument/didChange", params.clone());
        assert!(!client.ask("textDocument/hover", params).unwrap_err().to_string().contains(mark));
    }
    client.send(&json!({"jsonrpc": "2.0", "id": 7000, "method": [text]}));
    assert!(!client.answer(&json!(7000)).to_string().contains(mark));
    client.send_bytes(format!("Content-Length: {}\r\n\r\n{{\"{text}", text.len() + 2).as_bytes());
    assert!(!client.answer(&Value::Null).to_string().contains(mark));
    client.settle();
    let heard = Value::from(client.heard.clone()).to_string();
    let (_, log) = client.end();
    assert!(!heard.contains(mark) && !log.contains(mark), "{heard}\n{log}");
    assert!(log.lines().count() >= 4, "{log}");
}
