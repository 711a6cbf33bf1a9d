//! No hover of an editor shows a credential, wherever in a launch script it is asked for.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::forms::{FORMS, SECRET, STATES};
use crate::leaks::forbidden;

/// The messages of one editor: each text is opened, asked about at every word, and closed.
fn messages(texts: &[(String, String)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut id = 0;
    let mut send = |message: Value| {
        let text = message.to_string();
        write!(bytes, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    };
    let mut ask = |method: &str, params: Value| {
        id += 1;
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
    };
    let tell = |method: &str, params: Value| json!({"jsonrpc": "2.0", "method": method, "params": params});
    let markdown = json!({"textDocument": {"hover": {"contentFormat": ["markdown"]}}, "general": {"positionEncodings": ["utf-8"]}});
    send(ask("initialize", json!({"capabilities": markdown})));
    send(tell("initialized", json!({})));
    for (number, (name, text)) in texts.iter().enumerate() {
        let uri = format!("file:///no-such-folder/{number}/{name}");
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        send(tell("textDocument/didOpen", json!({"textDocument": document})));
        for (line, words) in text.lines().enumerate() {
            let starts = words.match_indices(|c: char| !c.is_alphanumeric()).map(|(at, _)| at + 1);
            for character in std::iter::once(0).chain(starts.filter(|at| words.is_char_boundary(*at))) {
                let place = json!({"line": line, "character": character});
                send(ask("textDocument/hover", json!({"textDocument": {"uri": uri}, "position": place})));
            }
        }
        send(tell("textDocument/didClose", json!({"textDocument": {"uri": uri}})));
    }
    send(ask("shutdown", Value::Null));
    send(tell("exit", Value::Null));
    bytes
}

#[test]
fn no_hover_shows_a_credential_in_any_form() {
    let files = FORMS.iter().flat_map(|form| STATES.into_iter().filter_map(|state| (form.file)(state)));
    let texts: Vec<(String, String)> = files.filter(|(_, text)| text.contains(SECRET)).collect();
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(&messages(&texts)).unwrap();
    std::io::Seek::rewind(&mut input).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
        .arg("lsp")
        .stdin(Stdio::from(input))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(said.matches("**User data of**").count() > 100);
    for part in forbidden() {
        if let Some(at) = said.find(&part) {
            let start = (0..=at.saturating_sub(400)).rev().find(|at| said.is_char_boundary(*at)).unwrap();
            panic!("`{part}` is shown: …{}", &said[start..at + part.len()]);
        }
    }
}
