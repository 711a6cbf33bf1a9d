//! Diagnostics that the client asks for, and what the server can do.

use std::collections::BTreeMap;

use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, DiagnosticOptions, DocumentDiagnosticParams, ExecuteCommandOptions,
    FullDocumentDiagnosticReport, InitializeResult, PositionEncodingKind, ServerCapabilities, ServerInfo,
    TextDocumentSyncKind, TextDocumentSyncOptions, UnchangedDocumentDiagnosticReport, Uri, WorkspaceDiagnosticParams,
    WorkspaceFoldersServerCapabilities, WorkspaceFullDocumentDiagnosticReport, WorkspaceOptions,
    WorkspaceUnchangedDocumentDiagnosticReport,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::client::Client;
use super::workspace::{Findings, Workspace};
use super::{buffers, diagnostics, fixes, pages};

/// What is known of each document, under a number that changes when that does.
#[derive(Debug, Default)]
pub struct Pull {
    known: BTreeMap<String, (u64, Findings)>,
    last: u64,
}

impl Pull {
    /// Takes note of what was found, and tells whether that is something else than before in a document that the client has not
    /// changed itself: of one that it has, it asks unasked.
    pub fn has_changed(&mut self, found: BTreeMap<String, Findings>) -> bool {
        let mut changed = false;
        let mut known = BTreeMap::new();
        for (key, findings) in found {
            let number = match self.known.get(&key) {
                Some((number, before)) if diagnostics::are_same(&before.diagnostics, &findings.diagnostics) => *number,
                before => {
                    let version = before.and_then(|(_, before)| before.version);
                    let is_news = before.is_some() || !findings.diagnostics.is_empty();
                    changed |= is_news && version == findings.version;
                    self.last += 1;
                    self.last
                }
            };
            known.insert(key, (number, findings));
        }
        changed |=
            self.known.iter().any(|(key, (_, before))| !before.diagnostics.is_empty() && !known.contains_key(key));
        self.known = known;
        changed
    }

    /// What was found in one document.
    pub fn of_document(&self, workspace: &Workspace, params: &DocumentDiagnosticParams) -> Value {
        let key = buffers::key(&params.text_document.uri.0);
        let (id, findings) = match self.known.get(&key) {
            Some((number, findings)) => (number.to_string(), findings.clone()),
            None => ("0".to_owned(), workspace.findings_of(&key)),
        };
        if params.previous_result_id.as_deref() == Some(id.as_str()) {
            return tagged("unchanged", UnchangedDocumentDiagnosticReport { result_id: id });
        }
        tagged(
            "full",
            FullDocumentDiagnosticReport { result_id: Some(id), items: diagnostics::owned(&findings.diagnostics) },
        )
    }

    /// What was found in all documents, and in those that the client thinks of as having findings.
    pub fn of_workspace(&self, workspace: &Workspace, params: WorkspaceDiagnosticParams) -> Value {
        let previous: BTreeMap<String, String> = params
            .previous_result_ids
            .into_iter()
            .map(|previous| (buffers::key(&previous.uri.0), previous.value))
            .collect();
        let gone = previous.keys().filter(|key| !self.known.contains_key(*key));
        let gone = gone.map(|key| (key.as_str(), "0".to_owned(), workspace.findings_of(key)));
        let known = self.known.iter().map(|(key, (id, findings))| (key.as_str(), id.to_string(), findings.clone()));
        let items: Vec<Value> = known
            .chain(gone)
            .map(|(key, id, findings)| {
                let uri = Uri(findings.uri);
                let version = workspace.buffers().get(key).map(|buffer| buffer.version);
                if previous.get(key) == Some(&id) {
                    let report = UnchangedDocumentDiagnosticReport { result_id: id };
                    let unchanged_document_diagnostic_report = report;
                    tagged(
                        "unchanged",
                        WorkspaceUnchangedDocumentDiagnosticReport {
                            uri,
                            version,
                            unchanged_document_diagnostic_report,
                        },
                    )
                } else {
                    let report = FullDocumentDiagnosticReport {
                        result_id: Some(id),
                        items: diagnostics::owned(&findings.diagnostics),
                    };
                    tagged(
                        "full",
                        WorkspaceFullDocumentDiagnosticReport { uri, version, full_document_diagnostic_report: report },
                    )
                }
            })
            .collect();
        json!({"items": items})
    }
}

/// A report with its kind, and with the version that the protocol wants even where there is none.
fn tagged(kind: &str, report: impl Serialize) -> Value {
    let mut report = serde_json::to_value(report).unwrap_or_default();
    if let Some(fields) = report.as_object_mut() {
        fields.insert("kind".to_owned(), Value::from(kind));
    }
    report
}

/// The answer to `initialize`.
#[must_use]
pub fn initialize_result(client: &Client) -> Value {
    let pull = DiagnosticOptions {
        identifier: Some(diagnostics::NAME.to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        ..DiagnosticOptions::default()
    };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(true.into()),
        ..TextDocumentSyncOptions::default()
    };
    let kinds = vec![CodeActionKind::QuickFix, CodeActionKind::new(fixes::FIX_ALL)];
    let actions = CodeActionOptions { code_action_kinds: Some(kinds), ..CodeActionOptions::default() };
    let folders = WorkspaceFoldersServerCapabilities { supported: Some(true), change_notifications: Some(true.into()) };
    let capabilities = ServerCapabilities {
        position_encoding: Some(PositionEncodingKind::from(client.encoding.name().to_owned())),
        text_document_sync: Some(sync.into()),
        diagnostic_provider: client.pulls.then(|| pull.into()),
        hover_provider: Some(true.into()),
        definition_provider: Some(true.into()),
        document_symbol_provider: client.nested_symbols.then(|| true.into()),
        code_action_provider: client.actions.then(|| actions.into()),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![pages::COMMAND.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceOptions { workspace_folders: Some(folders), ..WorkspaceOptions::default() }),
        ..ServerCapabilities::default()
    };
    let version = Some(env!("CARGO_PKG_VERSION").to_owned());
    let result = InitializeResult {
        capabilities,
        server_info: Some(ServerInfo { name: diagnostics::NAME.to_owned(), version }),
    };
    serde_json::to_value(result).unwrap_or_default()
}
