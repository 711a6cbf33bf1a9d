//! What the client tells without being asked, and what it says to what it was asked.

use gen_lsp_types::{
    DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, VersionedTextDocumentIdentifier,
};
use lsp_server::{Notification, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::Preferences;
use super::server::{Asked, Server};
use super::text::{self, Change};
use super::{buffers, uri};

/// The files whose changes on disk matter. Others may be named by the configuration, which is mostly in TOML or JSON.
const WATCHED: [&str; 4] = [
    "**/*.{json,jsonc,yaml,yml,template,tmpl,tpl,sh,bash,toml}",
    "**/*ecs.config",
    "**/*{user-data,userdata,user_data,UserData,User-Data}*",
    "**/.gitignore",
];

/// The settings of the editor that are the server's.
const SECTION: &str = "ecs-lint";

/// The parameters of `textDocument/didChange`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DidChange {
    text_document: VersionedTextDocumentIdentifier,
    content_changes: Vec<Change>,
}

impl Server<'_> {
    /// Does what a notification asks for. What is not known is passed over, as the protocol wants it.
    pub(super) fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let understood = match method.as_str() {
            "initialized" => {
                self.initialized();
                true
            }
            "textDocument/didOpen" => parse(params, |params: DidOpenTextDocumentParams| {
                let document = params.text_document;
                let language = String::from(document.language_id);
                self.workspace.open(&document.uri.0, language, document.version, document.text);
            }),
            "textDocument/didChange" => parse(params, |params: DidChange| self.change(params)),
            "textDocument/didClose" => parse(params, |params: DidCloseTextDocumentParams| {
                self.workspace.close(&buffers::key(&params.text_document.uri.0));
            }),
            "textDocument/didSave" => {
                // Who tells of changes on disk tells of this one too.
                if !self.workspace.client().watches {
                    self.workspace.file_changed(None);
                }
                true
            }
            "workspace/didChangeWatchedFiles" => parse(params, |params: DidChangeWatchedFilesParams| {
                for event in params.changes {
                    if let Some(path) = uri::to_path(&event.uri.0) {
                        self.workspace.file_changed(Some(&path));
                    }
                }
            }),
            "workspace/didChangeWorkspaceFolders" => parse(params, |params: DidChangeWorkspaceFoldersParams| {
                let paths = |folders: Vec<gen_lsp_types::WorkspaceFolder>| {
                    folders.into_iter().filter_map(|folder| uri::to_path(&folder.uri.0)).collect::<Vec<_>>()
                };
                for removed in paths(params.event.removed) {
                    self.workspace.remove_folder(&removed);
                }
                for added in paths(params.event.added) {
                    self.workspace.add_folder(added);
                }
            }),
            "workspace/didChangeConfiguration" => {
                if self.workspace.client().configuration {
                    self.ask_for_settings();
                } else {
                    self.prefer(params.get("settings").unwrap_or(&Value::Null));
                }
                true
            }
            _ => true,
        };
        if !understood {
            self.log_line(&format!("warning: the parameters of `{method}` are not those of the protocol"));
        }
    }

    fn initialized(&mut self) {
        let client = self.workspace.client();
        let mut registrations = Vec::new();
        if client.watches {
            let watchers: Vec<Value> = WATCHED.iter().map(|pattern| json!({"globPattern": pattern})).collect();
            registrations.push(json!({
                "id": "watched-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": {"watchers": watchers},
            }));
        }
        if client.watches_configuration {
            registrations.push(json!({
                "id": "settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": {"section": SECTION},
            }));
        }
        if !registrations.is_empty() {
            self.ask("client/registerCapability", json!({"registrations": registrations}), Asked::Registration);
        }
        if self.workspace.client().configuration {
            self.ask_for_settings();
        }
    }

    fn ask_for_settings(&mut self) {
        self.ask("workspace/configuration", json!({"items": [{"section": SECTION}]}), Asked::Settings);
    }

    fn prefer(&mut self, settings: &Value) {
        // No word on them: what was said at the beginning holds.
        if settings.is_null() {
            return;
        }
        let (preferences, problems) = Preferences::read(settings);
        self.workspace.set_preferences(preferences);
        for problem in problems {
            self.show(2, &problem);
        }
    }

    fn change(&mut self, params: DidChange) {
        let DidChange { text_document, content_changes } = params;
        let key = buffers::key(&text_document.text_document_identifier.uri.0);
        let encoding = self.workspace.client().encoding;
        let apply = |text: &mut String| text::apply(text, content_changes, encoding);
        if !self.workspace.change(&key, text_document.version, apply) {
            self.log_line("warning: a document is changed that is not open");
        }
    }

    /// Takes note of what the client says to a request of the server.
    pub(super) fn response(&mut self, response: Response) {
        let Some(asked) = self.asked.outgoing.complete(response.id) else { return };
        match (asked, response.response_result) {
            (Asked::Settings, Ok(settings)) => {
                let settings = settings.get(0).cloned().unwrap_or(Value::Null);
                self.prefer(&settings);
            }
            (Asked::Registration, Err(_)) => self.log_line("warning: the client does not tell what changes on disk"),
            _ => {}
        }
    }
}

/// Does something with the parameters of a notification, if they are such.
fn parse<P: DeserializeOwned>(params: Value, then: impl FnOnce(P)) -> bool {
    serde_json::from_value(params).map(then).is_ok()
}
