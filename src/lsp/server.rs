//! The protocol: what is done about each message, and when.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, SyncSender};
use std::time::{Duration, Instant};

use gen_lsp_types::ExecuteCommandParams;
use lsp_server::{ErrorCode, Message, Notification, ReqQueue, Request, RequestId, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::{Client, Preferences};
use super::diagnostics::Listed;
use super::pull::Pull;
use super::workspace::{Findings, Workspace};
use super::{DISORDERLY, Event, ORDERLY, actions, definition, hover, pages, symbols, uri};

/// Edits may go on and on; after this time they are looked at although others are waiting.
const LONGEST_WAIT: Duration = Duration::from_millis(300);

/// How often it is looked whether the client's process still runs.
const LOOK_FOR_CLIENT: Duration = Duration::from_secs(5);

/// How far the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Before,
    Running,
    ShutDown,
}

/// What a request of the server was for.
pub(super) enum Asked {
    Registration,
    Settings,
    Nothing,
}

/// The server, between two messages.
pub struct Server<'l> {
    stage: Stage,
    outgoing: SyncSender<String>,
    events: Sender<Event>,
    log: &'l mut dyn Write,
    pub(super) workspace: Workspace,
    /// Requests in the order in which they came, to be answered.
    waiting: VecDeque<Request>,
    pub(super) asked: ReqQueue<(), Asked>,
    /// What the client was sent of each document.
    published: BTreeMap<String, Findings>,
    pull: Pull,
    stale_since: Option<Instant>,
}

/// Why a request has no result.
pub struct Refusal {
    code: ErrorCode,
    message: String,
}

impl Refusal {
    /// The request makes no sense, for a reason that tells nothing of any document.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidParams, message: message.into() }
    }
}

/// The answer to a request.
pub type Answer = Result<Value, Refusal>;

impl<'l> Server<'l> {
    /// A server that has not been spoken to.
    pub fn new(outgoing: SyncSender<String>, events: Sender<Event>, log: &'l mut dyn Write) -> Self {
        Self {
            stage: Stage::Before,
            outgoing,
            events,
            log,
            workspace: Workspace::new(Client::default(), Preferences::default()),
            waiting: VecDeque::new(),
            asked: ReqQueue::default(),
            published: BTreeMap::new(),
            pull: Pull::default(),
            stale_since: None,
        }
    }

    /// Whether there is something to do although no message is waiting.
    pub fn has_work(&self) -> bool {
        !self.waiting.is_empty() || self.stage == Stage::Running && self.workspace.is_stale()
    }

    /// Answers the next request; when there is none, looks at what is stale.
    pub fn work(&mut self) {
        match self.waiting.pop_front() {
            Some(request) => self.answer(request),
            None => self.settle(),
        }
    }

    /// Takes note of an event. The exit status is given when it was the last one.
    pub fn receive(&mut self, event: Event) -> Option<u8> {
        match event {
            Event::Message(message) => match *message {
                Message::Request(request) => self.waiting.push_back(request),
                Message::Response(response) => self.response(response),
                Message::Notification(notification) if notification.method == "exit" => {
                    self.answer_waiting();
                    return Some(self.status());
                }
                Message::Notification(notification) => self.notification_in_order(notification),
            },
            Event::Fault(fault) => {
                self.log_line(&format!("warning: {}", fault.message));
                let error = json!({"code": fault.code, "message": fault.message});
                self.send(&json!({"jsonrpc": "2.0", "id": fault.id, "error": error}));
            }
            Event::InputEnds | Event::OutputEnds | Event::ClientEnds => {
                return Some(self.status());
            }
        }
        if self.stale_since.is_some_and(|since| since.elapsed() > LONGEST_WAIT) {
            self.settle();
        }
        None
    }

    /// A notification changes what later requests are answered by, and earlier ones are not.
    fn notification_in_order(&mut self, notification: Notification) {
        if notification.method == "$/cancelRequest" {
            return self.cancel(&notification.params);
        }
        self.answer_waiting();
        if self.stage != Stage::Running {
            return;
        }
        let method = notification.method.clone();
        self.guarded(&method, |server| server.notification(notification));
        if self.workspace.is_stale() && self.stale_since.is_none() {
            self.stale_since = Some(Instant::now());
        }
    }

    fn answer_waiting(&mut self) {
        while let Some(request) = self.waiting.pop_front() {
            self.answer(request);
        }
    }

    /// The exit status of a server that ends now.
    fn status(&self) -> u8 {
        if self.stage == Stage::ShutDown { ORDERLY } else { DISORDERLY }
    }

    fn cancel(&mut self, params: &Value) {
        let Some(id) = params.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok()) else {
            return;
        };
        if let Some(at) = self.waiting.iter().position(|request| request.id == id) {
            self.waiting.remove(at);
            self.respond(id, Err(Refusal { code: ErrorCode::RequestCanceled, message: "taken back".to_owned() }));
        }
    }

    /// Does something that may fail by a bug, which must not end the server.
    fn guarded<R>(&mut self, method: &str, work: impl FnOnce(&mut Self) -> R) -> Option<R> {
        let result = catch_unwind(AssertUnwindSafe(|| work(self)));
        if result.is_err() {
            self.log_line(&format!("error: `{method}` makes ecs-lint fail; please report this"));
        }
        result.ok()
    }

    fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let refuse = |code, message: &str| Err(Refusal { code, message: message.to_owned() });
        let answer = match (self.stage, method.as_str()) {
            (Stage::Before, "initialize") => self.guarded(&method, |server| Ok(server.initialize(&params))),
            (Stage::Before, _) => {
                Some(refuse(ErrorCode::ServerNotInitialized, "the first request must be `initialize`"))
            }
            (Stage::ShutDown, _) => Some(refuse(ErrorCode::InvalidRequest, "the server is shut down")),
            (Stage::Running, "initialize") => Some(refuse(ErrorCode::InvalidRequest, "the server is initialized")),
            (Stage::Running, "shutdown") => {
                self.stage = Stage::ShutDown;
                Some(Ok(Value::Null))
            }
            (Stage::Running, _) => self.guarded(&method, |server| server.request(&method, params)),
        };
        let answer =
            answer.unwrap_or_else(|| refuse(ErrorCode::InternalError, "this makes ecs-lint fail; please report it"));
        self.respond(id, answer);
    }

    fn respond(&mut self, id: RequestId, answer: Answer) {
        let response = match answer {
            Ok(result) => Response::new_ok(id, result),
            Err(refusal) => Response::new_err(id, refusal.code as i32, refusal.message),
        };
        self.send_message(&Message::Response(response));
    }

    fn initialize(&mut self, params: &Value) -> Value {
        let client = Client::read(params);
        let (preferences, problems) = Preferences::read(params.get("initializationOptions").unwrap_or(&Value::Null));
        if let Some(process) = client.process {
            self.watch_process(process);
        }
        let result = super::pull::initialize_result(&client);
        self.workspace = Workspace::new(client, preferences);
        self.stage = Stage::Running;
        for problem in problems {
            self.show(2, &problem);
        }
        result
    }

    /// Ends the server when its client is gone without a word. A process that is not there at the beginning is of another system, such
    /// as the host of a container.
    fn watch_process(&self, process: i32) {
        if !is_running(process) {
            return;
        }
        let events = self.events.clone();
        let watcher = std::thread::Builder::new().name("lsp-client".to_owned());
        // Without the thread, the end of the input tells the same.
        let _ = watcher.spawn(move || {
            while is_running(process) {
                std::thread::sleep(LOOK_FOR_CLIENT);
            }
            let _ = events.send(Event::ClientEnds);
        });
    }

    fn request(&mut self, method: &str, params: Value) -> Answer {
        if method.starts_with("textDocument/") || method == "workspace/diagnostic" {
            self.settle();
        }
        let workspace = &self.workspace;
        Ok(match method {
            "textDocument/diagnostic" => self.pull.of_document(workspace, &parsed(params)?),
            "workspace/diagnostic" => self.pull.of_workspace(workspace, parsed(params)?),
            "textDocument/hover" => hover::hover(workspace, &parsed(params)?),
            "textDocument/definition" => definition::definition(workspace, &parsed(params)?),
            "textDocument/documentSymbol" => symbols::symbols(workspace, &parsed(params)?),
            "textDocument/codeAction" => json!(actions::actions(workspace, parsed(params)?)),
            "workspace/executeCommand" => return self.execute(&parsed(params)?),
            _ => {
                let message = "this server does not know the method".to_owned();
                return Err(Refusal { code: ErrorCode::MethodNotFound, message });
            }
        })
    }

    fn execute(&mut self, params: &ExecuteCommandParams) -> Answer {
        if params.command != pages::COMMAND {
            return Err(Refusal::invalid("this server does not know the command"));
        }
        let name = params.arguments.as_deref().and_then(|arguments| arguments.first()).and_then(Value::as_str);
        let page = name.and_then(pages::of_rule).ok_or_else(|| Refusal::invalid("there is no such rule"))?;
        let file = if self.workspace.client().shows_documents { self.workspace.pages().file(&page) } else { None };
        match file {
            Some(path) => self.ask(
                "window/showDocument",
                json!({"uri": uri::of_path(&path), "external": false, "takeFocus": true}),
                Asked::Nothing,
            ),
            None => self.show(3, &page.summary()),
        }
        Ok(json!({"rule": page.rule, "markdown": page.markdown}))
    }

    /// Looks at what is stale, and sends what was found.
    fn settle(&mut self) {
        self.stale_since = None;
        if !self.workspace.is_stale() {
            return;
        }
        let begin = Instant::now();
        let news = self.guarded("settle", |server| server.workspace.settle()).unwrap_or_default();
        for message in news {
            self.show(1, &message);
        }
        let found = self.workspace.findings();
        if self.workspace.client().pulls {
            if self.pull.has_changed(found) && self.workspace.client().refreshes {
                self.ask("workspace/diagnostic/refresh", Value::Null, Asked::Nothing);
            }
        } else {
            self.publish(found);
        }
        if begin.elapsed() > Duration::from_secs(1) {
            self.log_line(&format!("looking at everything took {} ms", begin.elapsed().as_millis()));
        }
    }

    /// Sends what is new of each document; one of which nothing is to be said any more gets an empty list.
    fn publish(&mut self, found: BTreeMap<String, Findings>) {
        let gone = self.published.iter().filter(|(key, _)| !found.contains_key(*key));
        let gone: Vec<Findings> = gone
            .filter(|(_, findings)| !findings.diagnostics.is_empty())
            .map(|(_, findings)| Findings { uri: findings.uri.clone(), ..Findings::default() })
            .collect();
        let changed = found.iter().filter(|(key, findings)| self.published.get(*key) != Some(findings));
        let changed: Vec<Findings> = changed.map(|(_, findings)| findings.clone()).collect();
        let versions = self.workspace.client().versions;
        for Findings { uri, version, diagnostics } in gone.into_iter().chain(changed) {
            let params =
                Published { uri: &uri, version: version.filter(|_| versions), diagnostics: Listed(&diagnostics) };
            self.notify("textDocument/publishDiagnostics", &params);
        }
        self.published = found;
    }

    pub(super) fn ask(&mut self, method: &str, params: Value, asked: Asked) {
        let request = self.asked.outgoing.register(method.to_owned(), params, asked);
        self.send_message(&Message::Request(request));
    }

    fn notify(&mut self, method: &str, params: &impl Serialize) {
        self.send(&Outgoing { jsonrpc: "2.0", method, params });
    }

    /// Shows a message to the user; the types are 1 for errors, 2 for warnings, 3 for the rest.
    pub(super) fn show(&mut self, kind: u8, message: &str) {
        self.notify("window/showMessage", &json!({"type": kind, "message": message}));
    }

    /// Writes a line to standard error and to the client's log. It must have nothing of a document in it.
    pub(super) fn log_line(&mut self, line: &str) {
        // Nobody is left to tell when that fails.
        let _ = writeln!(self.log, "{line}");
        if self.stage == Stage::Running {
            self.notify("window/logMessage", &json!({"type": 3, "message": line}));
        }
    }

    fn send_message(&mut self, message: &Message) {
        if let Ok(mut value) = serde_json::to_value(message) {
            if let Some(object) = value.as_object_mut() {
                object.insert("jsonrpc".to_owned(), Value::from("2.0"));
            }
            self.send(&value);
        }
    }

    fn send(&mut self, message: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(message) {
            // When nobody reads any more, an event tells so.
            let _ = self.outgoing.send(text);
        }
    }
}

/// A notification, written as it is: that of a large document is not built in memory first.
#[derive(Serialize)]
struct Outgoing<'m, P> {
    jsonrpc: &'static str,
    method: &'m str,
    params: &'m P,
}

/// `PublishDiagnosticsParams`, of what is shared.
#[derive(Serialize)]
struct Published<'f> {
    uri: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    diagnostics: Listed<'f>,
}

/// The parameters of a request. What is wrong with them is not told: an error may quote them.
fn parsed<P: DeserializeOwned>(params: Value) -> Result<P, Refusal> {
    serde_json::from_value(params).map_err(|_| Refusal::invalid("the parameters are not those of the protocol"))
}

/// Whether a process is there, as far as that can be told.
#[cfg(unix)]
fn is_running(process: i32) -> bool {
    let Some(process) = rustix::process::Pid::from_raw(process) else { return false };
    // One of another user may not be signalled, and is there.
    !matches!(rustix::process::test_kill_process(process), Err(rustix::io::Errno::SRCH))
}

/// On other systems the end of the input tells that the client is gone.
#[cfg(not(unix))]
fn is_running(_process: i32) -> bool {
    false
}
