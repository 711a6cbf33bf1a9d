//! What is secret in a document is in no message and in no log.

use serde_json::{Value, json};

use crate::agreement::{fixtures, texts};
use crate::client::{Client, capabilities, uri};

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

#[test]
fn no_message_shows_a_credential() {
    for folder in fixtures() {
        let mut client = Client::start(&[&folder], capabilities("utf-16", false));
        let mut told = Vec::new();
        for (path, text) in texts(&folder) {
            let address = uri(&path);
            client.open(&address, "yaml", &text);
            client.settle();
            told.push(json!(client.published));
            // Half-typed documents are not understood, and must be masked all the same.
            for part in 1..8 {
                let end = (0..=text.len() * part / 8).rev().find(|at| text.is_char_boundary(*at)).unwrap();
                client.change(&address, i64::try_from(part).unwrap() + 1, json!([{"text": &text[..end]}]));
                client.settle();
                told.push(json!(client.published));
            }
            client.change(&address, 10, json!([{"text": text}]));
            let lines = text.lines().count();
            let document = json!({"uri": address});
            let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": lines, "character": 0}});
            told.push(
                client
                    .ask(
                        "textDocument/codeAction",
                        json!({"textDocument": document, "range": range, "context": {"diagnostics": []}}),
                    )
                    .unwrap(),
            );
            told.push(client.ask("textDocument/documentSymbol", json!({"textDocument": document})).unwrap());
            for (_, found) in client.published.clone().into_values() {
                for finding in found {
                    let place = json!({"textDocument": document, "position": finding["range"]["start"]});
                    told.push(client.ask("textDocument/hover", place.clone()).unwrap());
                    told.push(client.ask("textDocument/definition", place).unwrap());
                }
            }
            // What the server does not understand it does not repeat either.
            let malformed = json!({"textDocument": {"uri": address, "version": "x", "text": text}, "contentChanges": [{"text": 7}]});
            client.tell("textDocument/didChange", malformed.clone());
            told.push(client.ask("textDocument/hover", malformed).unwrap_err());
            client.send(&json!([text]));
        }
        client.settle();
        told.push(Value::from(client.heard.clone()));
        let (_, log) = client.end();
        told.push(Value::from(log));
        let told = Value::from(told).to_string();
        for credential in CREDENTIALS {
            assert!(!told.contains(credential), "{} shows {credential}", folder.display());
        }
    }
}
