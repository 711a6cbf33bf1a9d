//! What can be done about a finding, as the editor offers it.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Command, CreateFile, CreateFileOptions, Diagnostic, DocumentChange,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::Value;

use super::buffers;
use super::folder::Folder;
use super::text::Lines;
use super::workspace::Workspace;
use super::{fixes, pages, suppress};
use crate::lint;
use crate::source::Source;

/// Something that can be done about a finding.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What the editor offers it as.
    pub title: String,
    /// What is to be changed.
    pub edits: Vec<FileEdit>,
    /// Whether it mends the finding, in the way that most will choose.
    pub preferred: bool,
}

/// Changes of one file.
#[derive(Clone, Debug)]
pub struct FileEdit {
    /// The name of the file.
    pub name: String,
    /// The text that the changes are of; `None` for a file that is to be created.
    pub text: Option<String>,
    /// The bytes that are replaced, and what takes their place.
    pub changes: Vec<(Range<usize>, String)>,
}

/// A finding in a document, and all that is needed to do something about it.
#[derive(Clone, Copy)]
pub struct Finding<'f> {
    /// The folder that the document belongs to.
    pub folder: &'f Folder,
    /// The document.
    pub source: &'f Arc<Source>,
    /// What is wrong in it.
    pub diagnostic: &'f lint::Diagnostic,
}

/// What can be done about the findings in a range.
pub fn actions(workspace: &Workspace, params: CodeActionParams) -> Vec<CodeAction> {
    let key = buffers::key(&params.text_document.uri.0);
    let only = params.context.only;
    let is_wanted = |kind: &str| only.as_ref().is_none_or(|only| only.iter().any(|one| includes(one.as_str(), kind)));
    let Some((buffer, folder)) = workspace.document(&key) else {
        return Vec::new();
    };
    let name = folder.name_of_buffer(buffer);
    let Some(source) = folder.source(&name) else { return Vec::new() };
    let shown = folder.found().get(&key).map_or(&[][..], |shown| shown.as_slice());
    let in_document = folder.outcome().diagnostics.iter().filter(|one| one.primary.span.file == source.id());
    let mut found = Vec::new();
    if is_wanted(fixes::FIX_ALL) {
        let mut offers = folder.offers().borrow_mut();
        let all = offers.of_file.entry(source.id()).or_insert_with(|| fixes::all(folder, source)).clone();
        found.extend(all.map(|proposal| fix_all(proposal, folder, workspace)));
    }
    if !is_wanted(CodeActionKind::QuickFix.as_str()) {
        return found;
    }
    // Both are in one order, by which they belong together.
    for (diagnostic, shown) in in_document.zip(shown) {
        if shown.range.end < params.range.start || params.range.end < shown.range.start {
            continue;
        }
        let finding = Finding { folder, source, diagnostic };
        let work_out =
            || fixes::proposals(finding).into_iter().chain(suppress::proposals(finding, workspace)).collect();
        let mut offers = folder.offers().borrow_mut();
        let proposals: &Vec<Proposal> =
            offers.of_finding.entry(std::ptr::from_ref(finding.diagnostic)).or_insert_with(work_out);
        found.extend(proposals.iter().cloned().map(|proposal| action(proposal, shown, folder, workspace)));
        found.push(open_page(diagnostic.rule, shown));
    }
    found
}

fn open_page(rule: &str, shown: &Diagnostic) -> CodeAction {
    let title = format!("Open the page of `{rule}`");
    let command = Command {
        title: title.clone(),
        tooltip: None,
        command: pages::COMMAND.to_owned(),
        arguments: Some(vec![Value::from(rule)]),
    };
    CodeAction { command: Some(command), ..bare(title, shown) }
}

fn action(proposal: Proposal, shown: &Diagnostic, folder: &Folder, workspace: &Workspace) -> CodeAction {
    let Proposal { title, edits, preferred } = proposal;
    let edit = workspace_edit(edits, folder, workspace);
    CodeAction { edit: Some(edit), is_preferred: preferred.then_some(true), ..bare(title, shown) }
}

fn fix_all(proposal: Proposal, folder: &Folder, workspace: &Workspace) -> CodeAction {
    let edit = workspace_edit(proposal.edits, folder, workspace);
    CodeAction {
        title: proposal.title,
        kind: Some(CodeActionKind::new(fixes::FIX_ALL)),
        edit: Some(edit),
        ..CodeAction::default()
    }
}

/// Whether a kind is one that was asked for, or a kind of it.
fn includes(asked: &str, kind: &str) -> bool {
    asked.is_empty() || kind.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn bare(title: String, shown: &Diagnostic) -> CodeAction {
    CodeAction {
        title,
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![shown.clone()]),
        ..CodeAction::default()
    }
}

/// The edits in the form that the client takes: of documents of a version where it can.
fn workspace_edit(edits: Vec<FileEdit>, folder: &Folder, workspace: &Workspace) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    let mut document_changes = Vec::new();
    for edit in edits {
        let place = folder.place(&edit.name, workspace.buffers());
        let uri = Uri(place.uri);
        let version = workspace.buffers().get(&place.key).map(|buffer| buffer.version);
        let new = if place.is_open { Lines::new } else { Lines::of_file };
        let text = edit.text.as_deref().unwrap_or_default();
        let lines = new(text, workspace.client().encoding);
        let edits = edit.changes.into_iter();
        let edits: Vec<TextEdit> =
            edits.map(|(bytes, new_text)| TextEdit { range: lines.range(text, bytes), new_text }).collect();
        if edit.text.is_none() {
            let options = Some(CreateFileOptions { overwrite: None, ignore_if_exists: Some(true) });
            document_changes.push(DocumentChange::CreateFile(CreateFile {
                uri: uri.clone(),
                options,
                annotation_id: None,
            }));
        }
        document_changes.push(DocumentChange::TextDocumentEdit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier {
                version,
                text_document_identifier: TextDocumentIdentifier { uri: uri.clone() },
            },
            edits: edits.iter().cloned().map(Into::into).collect(),
        }));
        changes.entry(uri).or_default().extend(edits);
    }
    if workspace.client().document_changes {
        WorkspaceEdit { document_changes: Some(document_changes), ..WorkspaceEdit::default() }
    } else {
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    }
}

/// The name of a path for a title.
pub fn base_name(name: &str) -> &str {
    Path::new(name).file_name().and_then(std::ffi::OsStr::to_str).unwrap_or(name)
}
