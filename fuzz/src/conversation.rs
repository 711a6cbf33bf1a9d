//! The language server, spoken to in memory.

use std::io::{self, Cursor, Write};
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use ecs_lint::lsp;
use serde_json::{Value, json};

/// What the server writes, for the thread that reads it when it has ended.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer fails").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Serves what comes, and gives the messages of the server.
fn serve(input: Vec<u8>) -> Vec<Value> {
    // The server tells of panics in its own way, for as long as it runs.
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = panic::take_hook();
    let (output, mut log) = (Shared::default(), Vec::new());
    lsp::serve(Cursor::new(input), output.clone(), &mut log);
    panic::set_hook(hook);
    drop(alone);
    let log = String::from_utf8(log).expect("the log is UTF-8");
    assert!(!log.contains("makes ecs-lint fail"), "{log}");
    let written = output.0.lock().expect("no writer fails").clone();
    let mut rest = std::str::from_utf8(&written).expect("messages are UTF-8");
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let (header, after) = rest.split_once("\r\n\r\n").expect("a header");
        let length: usize = header.strip_prefix("Content-Length: ").expect("a length").parse().expect("a number");
        let message: Value = serde_json::from_str(&after[..length]).expect("a message is JSON");
        assert_eq!(message["jsonrpc"], "2.0");
        messages.push(message);
        rest = &after[length..];
    }
    messages
}

/// Any bytes where frames are expected: first as they are, then each line as the payload of a frame.
pub fn frames(bytes: &[u8]) {
    // A client that names its process is looked after by a thread that outlives the conversation.
    if memchr::memmem::find(bytes, b"rocess").is_some() || bytes.contains(&b'\\') {
        return;
    }
    serve(bytes.to_vec());
    let mut framed = Vec::new();
    for payload in bytes.split(|byte| *byte == b'\n') {
        framed.extend_from_slice(format!("Content-Length: {}\r\n\r\n", payload.len()).as_bytes());
        framed.extend_from_slice(payload);
    }
    serve(framed);
}

/// What a client says, in order.
pub struct Script {
    bytes: Vec<u8>,
    language: &'static str,
    requests: i64,
}

impl Script {
    /// Of a client that says of every document that it is in that language.
    #[must_use]
    pub fn new(language: &'static str) -> Self {
        let capabilities = json!({
            "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
                "hover": {"contentFormat": ["markdown"]}},
            "workspace": {"workspaceEdit": {"documentChanges": true}},
        });
        Self::of_client(language, &capabilities)
    }

    fn of_client(language: &'static str, capabilities: &Value) -> Self {
        let mut script = Self { bytes: Vec::new(), language, requests: 0 };
        script.request("initialize", &json!({"capabilities": capabilities}));
        script.tell("initialized", &json!({}));
        script
    }

    fn frame(&mut self, message: &Value) {
        let text = message.to_string();
        self.bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    fn request(&mut self, method: &str, params: &Value) {
        self.requests += 1;
        self.frame(&json!({"jsonrpc": "2.0", "id": self.requests, "method": method, "params": params}));
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.frame(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Opens a document, which is in no folder.
    pub fn open(&mut self, name: &str, text: &str) {
        let document = json!({"uri": uri(name), "languageId": self.language, "version": 1, "text": text});
        self.tell("textDocument/didOpen", &json!({"textDocument": document}));
    }

    /// Replaces the whole text.
    pub fn replace(&mut self, name: &str, version: i32, text: &str) {
        self.change(name, version, &json!({"text": text}));
    }

    fn change(&mut self, name: &str, version: i32, change: &Value) {
        let document = json!({"uri": uri(name), "version": version});
        self.tell("textDocument/didChange", &json!({"textDocument": document, "contentChanges": [change]}));
    }

    /// Asks about a document; `params` are those beside its name.
    pub fn ask(&mut self, method: &str, name: &str, mut params: Value) {
        params["textDocument"] = json!({"uri": uri(name)});
        self.request(method, &params);
    }

    /// Ends the conversation, and gives the messages of the server: one answer to each request among them.
    #[must_use]
    pub fn end(mut self) -> Vec<Value> {
        self.request("shutdown", &Value::Null);
        self.tell("exit", &Value::Null);
        let messages = serve(self.bytes);
        let answers = messages.iter().filter(|message| message.get("method").is_none());
        let mut answered: Vec<i64> = answers.filter_map(|message| message["id"].as_i64()).collect();
        answered.sort_unstable();
        assert_eq!(answered, (1..=self.requests).collect::<Vec<_>>(), "each request has one answer");
        messages
    }
}

fn uri(name: &str) -> String {
    format!("untitled:{name}")
}

/// A conversation about one document: pieces between NUL bytes, of which the first byte tells what is said, the next four a place, and
/// the rest is text.
pub fn conversation(bytes: &[u8]) {
    const NAME: &str = "fuzz";
    let mut pieces = bytes.split(|byte| *byte == 0);
    let (kind, text) = pieces.next().and_then(<[u8]>::split_first).unwrap_or((&0, &[]));
    let encoding = ["utf-8", "utf-16", "utf-32"][usize::from(*kind) % 3];
    let capabilities = json!({
        "general": {"positionEncodings": [encoding]},
        "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
            "diagnostic": if kind & 8 == 0 { Value::Null } else { json!({}) }},
    });
    let mut script = Script::of_client(if kind & 4 == 0 { "yaml" } else { "json" }, &capabilities);
    script.open(NAME, &String::from_utf8_lossy(text));
    for (piece, version) in pieces.take(16).zip(2..) {
        let [kind, a, b, c, d, text @ ..] = piece else { continue };
        let place = |line: u8, character: u8| json!({"line": line, "character": character});
        let range = json!({"start": place(*a, *b), "end": place(a.wrapping_add(*c), *d)});
        let about = json!({"position": place(*a, *b), "range": range, "context": {"diagnostics": []}});
        match kind % 8 {
            0..=2 => script.change(NAME, version, &json!({"range": range, "text": String::from_utf8_lossy(text)})),
            3 => script.ask("textDocument/hover", NAME, about),
            4 => script.ask("textDocument/definition", NAME, about),
            5 => script.ask("textDocument/codeAction", NAME, about),
            6 => script.ask("textDocument/documentSymbol", NAME, about),
            _ => script.ask("textDocument/diagnostic", NAME, about),
        }
    }
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9999, "character": 0}});
    script.ask("textDocument/codeAction", NAME, json!({"range": whole, "context": {"diagnostics": []}}));
    let messages = script.end();
    let published = messages.iter().filter(|message| message["method"] == "textDocument/publishDiagnostics");
    for finding in published.flat_map(|message| message["params"]["diagnostics"].as_array().expect("a list")) {
        let at = |end: &str| (finding["range"][end]["line"].as_u64(), finding["range"][end]["character"].as_u64());
        assert!(at("start") <= at("end"), "{finding}");
    }
}
