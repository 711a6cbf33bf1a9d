//! How a session begins and ends, and what it lives through.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};

#[test]
fn requests_come_between_initialize_and_shutdown() {
    let mut client = Client::silent();
    assert_eq!(client.ask("textDocument/hover", json!({})).unwrap_err()["code"], -32002);
    client.tell("textDocument/didOpen", json!({}));
    client.ask("initialize", json!({"capabilities": {}})).unwrap();
    assert_eq!(client.ask("initialize", json!({"capabilities": {}})).unwrap_err()["code"], -32600);
    client.tell("initialized", json!({}));
    assert_eq!(client.ask("textDocument/rename", json!({})).unwrap_err()["code"], -32601);
    assert_eq!(client.ask("textDocument/hover", json!([])).unwrap_err()["code"], -32602);
    client.tell("$/unknown", json!({"a": 1}));
    assert_eq!(client.ask("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(client.ask("textDocument/hover", json!({})).unwrap_err()["code"], -32600);
    client.tell("exit", Value::Null);
    assert_eq!(client.wait(), (0, String::new()));
}

#[test]
fn the_encoding_is_one_that_the_client_offers() {
    for (offered, chosen) in [
        (json!(["utf-16", "utf-8"]), "utf-8"),
        (json!(["utf-32"]), "utf-32"),
        (json!(["x"]), "utf-16"),
        (Value::Null, "utf-16"),
    ] {
        let mut client = Client::silent();
        let capabilities = json!({"general": {"positionEncodings": offered}});
        let server = client.ask("initialize", json!({"capabilities": capabilities})).unwrap();
        assert_eq!(server["capabilities"]["positionEncoding"], chosen);
        assert!(server["capabilities"].get("diagnosticProvider").is_none());
    }
}

#[test]
fn the_end_without_a_word_is_an_end() {
    let mut exits = Client::start(&[], json!({}));
    exits.tell("exit", Value::Null);
    assert_eq!(exits.wait().0, 1);

    let mut hurried = Client::start(&[], json!({}));
    hurried.request("shutdown", Value::Null);
    hurried.tell("exit", Value::Null);
    assert_eq!(hurried.wait().0, 0);

    let mut ends = Client::start(&[], json!({}));
    ends.input = None;
    assert_eq!(ends.wait().0, 1);
}

#[cfg(unix)]
#[test]
fn a_server_ends_with_its_client() {
    let mut other = Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().unwrap();
    let mut client = Client::silent();
    client.ask("initialize", json!({"processId": other.id(), "capabilities": {}})).unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(client.wait().0, 1);
}

#[test]
fn nobody_reads_any_more() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let message = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#;
    let mut input = process.stdin.take().unwrap();
    let frame = format!("Content-Length: {}\r\n\r\n{message}", message.len());
    std::io::Write::write_all(&mut input, frame.as_bytes()).unwrap();
    assert!(!process.wait().unwrap().success());
}

#[test]
fn what_is_malformed_is_refused_and_the_rest_goes_on() {
    let mut client = Client::start(&[], capabilities("utf-16", false));
    for bytes in [&b"Content-Length: 5\r\n\r\n{abc}"[..], b"X: y\r\n\r\n", b"Content-Length: -1\r\n\r\n"] {
        client.send_bytes(bytes);
        assert_eq!(client.answer(&Value::Null)["error"]["code"], -32700);
    }
    client.send(&json!({"jsonrpc": "2.0", "id": 99, "method": 5}));
    assert_eq!(client.answer(&json!(99))["error"]["code"], -32600);
    // A change of a document that is not open, one of a range that is none, and one of a place beyond the end.
    client.change("file:///nowhere.yaml", 2, json!([{"text": "x"}]));
    client.open("untitled:a", "yaml", "containerDefinitions: [\n");
    assert_eq!(client.rules("untitled:a"), ["syntax-error"]);
    client.change("untitled:a", 2, json!([{"range": {"start": {"line": -1}}, "text": ""}]));
    assert_eq!(client.rules("untitled:a"), ["syntax-error"]);
    let far = json!({"line": 4_000_000_000_u32, "character": 4_000_000_000_u32});
    client.change(
        "untitled:a",
        3,
        json!([{"range": {"start": far, "end": {"line": 0, "character": 0}}, "text": "]\n"}]),
    );
    assert_eq!(client.rules("untitled:a"), Vec::<String>::new());
    let (status, log) = client.end();
    assert_eq!((status, log.lines().count()), (0, 6), "{log}");
}

#[test]
fn a_request_that_waits_can_be_taken_back() {
    let mut client = Client::start(&[], capabilities("utf-16", false));
    // Long enough for the others to have come when it is done with.
    let text = format!("Resources:\n{}", "  A: {Type: 'AWS::ECS::TaskDefinition', Properties: {ContainerDefinitions: [{Name: a, Image: a.corp.internal/b}]}}\n".repeat(4000));
    client.open("untitled:a", "yaml", &text);
    let document = json!({"textDocument": {"uri": "untitled:a"}});
    let ids: Vec<i64> = (0..4).map(|_| client.request("textDocument/documentSymbol", document.clone())).collect();
    client.tell("$/cancelRequest", json!({"id": ids[3]}));
    let answer = client.answer(&json!(ids[3]));
    assert!(answer["error"]["code"] == -32800 || answer.get("result").is_some());
    client.end();
}

#[test]
fn a_flood_of_edits_ends_with_the_last_text() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t.yaml"));
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    client.open(&address, "yaml", "containerDefinitions:\n- name: a\n  image: r.corp.internal/");
    for (at, character) in (25..).zip("abcdefghijklmnopqrstuvwxyz".repeat(5).chars()) {
        let place = json!({"line": 2, "character": at});
        client.change(&address, at, json!([{"range": {"start": place, "end": place}, "text": character.to_string()}]));
    }
    client.settle();
    let (version, found) = &client.published[&address];
    assert_eq!(*version, Some(25 + 26 * 5 - 1));
    assert_eq!(found[0]["range"]["end"]["character"], 9 + 16 + 26 * 5);
    client.end();
}
