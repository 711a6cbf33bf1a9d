//! A small client: it speaks the protocol over the streams of the program, and keeps what it was told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value, json};

/// A test fails rather than waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Client {
    pub process: Child,
    pub input: Option<ChildStdin>,
    messages: Receiver<Value>,
    last_id: i64,
    /// The last diagnostics of each address, with the version that they are of.
    pub published: BTreeMap<String, (Option<i64>, Vec<Value>)>,
    /// All other requests and notifications of the server.
    pub heard: Vec<Value>,
    /// What the client says to requests of the server, by method.
    pub says: BTreeMap<String, Value>,
    /// The answer to `initialize`.
    pub server: Value,
}

/// What most clients can do; `encoding` is the unit of columns, `pulls` whether diagnostics are asked for.
pub fn capabilities(encoding: &str, pulls: bool) -> Value {
    let mut capabilities = json!({
        "general": {"positionEncodings": [encoding]},
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true, "versionSupport": true, "tagSupport": {"valueSet": [1, 2]}},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "hover": {"contentFormat": ["markdown", "plaintext"]},
        },
        "workspace": {
            "didChangeWatchedFiles": {"dynamicRegistration": true},
            "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]},
            "diagnostics": {"refreshSupport": true},
        },
    });
    if pulls {
        capabilities["textDocument"]["diagnostic"] = json!({"relatedInformation": true});
    }
    capabilities
}

pub fn uri(path: &Path) -> String {
    let path = path.to_str().unwrap().replace(std::path::MAIN_SEPARATOR, "/");
    // A drive of Windows begins its path.
    let mut uri = if path.starts_with('/') { "file://" } else { "file:///" }.to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

impl Client {
    /// A server that has not been spoken to.
    pub fn silent() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, messages) = mpsc::channel();
        let output = process.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self {
            input: process.stdin.take(),
            process,
            messages,
            last_id: 0,
            published: BTreeMap::new(),
            heard: Vec::new(),
            says: BTreeMap::new(),
            server: Value::Null,
        }
    }

    pub fn start(folders: &[&Path], capabilities: Value) -> Self {
        let mut client = Self::silent();
        let folders: Vec<Value> = folders.iter().map(|path| json!({"uri": uri(path), "name": "folder"})).collect();
        let params =
            json!({"processId": std::process::id(), "workspaceFolders": folders, "capabilities": capabilities});
        client.server = client.ask("initialize", params).unwrap();
        client.tell("initialized", json!({}));
        client
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.send_bytes(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request without waiting for the answer, and gives its number.
    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}));
        self.last_id
    }

    /// The result of a request, or its error.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.request(method, params);
        let answer = self.answer(&json!(id));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// The answer to the request of that number. All that comes before is taken note of.
    pub fn answer(&mut self, id: &Value) -> Value {
        loop {
            if let Some(answer) = self.hear().filter(|message| message["id"] == *id) {
                return answer;
            }
        }
    }

    /// Takes note of the next message; an answer is given back.
    pub fn hear(&mut self) -> Option<Value> {
        let message = self.messages.recv_timeout(PATIENCE).expect("a message");
        if message.get("method").is_none() {
            return Some(message);
        }
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let diagnostics = params["diagnostics"].as_array().unwrap().clone();
            self.published
                .insert(params["uri"].as_str().unwrap().to_owned(), (params["version"].as_i64(), diagnostics));
        } else if let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) {
            let result = self.says.get(method).cloned().unwrap_or_default();
            self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
            self.heard.push(message);
        } else {
            self.heard.push(message);
        }
        None
    }

    /// Waits until the server has looked at everything.
    pub fn settle(&mut self) {
        let nothing = json!({"textDocument": {"uri": "untitled:nothing"}});
        self.ask("textDocument/documentSymbol", nothing).unwrap();
    }

    pub fn open(&mut self, uri: &str, language: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    pub fn close(&mut self, uri: &str) {
        self.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    pub fn touched(&mut self, path: &Path, kind: i64) {
        self.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(path), "type": kind}]}));
    }

    /// The rules that were found in a document, in the order of the document.
    pub fn rules(&mut self, uri: &str) -> Vec<String> {
        self.settle();
        let found = self.published.get(uri).map(|(_, found)| found.clone()).unwrap_or_default();
        found.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    }

    pub fn pulled(&mut self, uri: &str) -> Vec<Value> {
        let report = self.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri}})).unwrap();
        report["items"].as_array().unwrap().clone()
    }

    /// Ends the session in order; the exit status, and what was written to standard error.
    pub fn end(mut self) -> (i32, String) {
        self.ask("shutdown", Value::Null).unwrap();
        self.tell("exit", Value::Null);
        self.wait()
    }

    /// The exit status of a server that ends, and what was written to standard error.
    pub fn wait(mut self) -> (i32, String) {
        let mut log = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.process.wait().unwrap().code().unwrap(), log)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It has ended already, but for a test that fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap())
}
