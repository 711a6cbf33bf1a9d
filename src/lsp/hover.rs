//! What is shown of a place: the findings there, in the words of their rules' pages.

use gen_lsp_types::{Code, Diagnostic, HoverParams, Position, Range};
use serde_json::{Value, json};

use super::buffers;
use super::text::Lines;
use super::workspace::Workspace;
use crate::navigate::{self, Held, Permission};
use crate::rules::{self, Rule};
use crate::source::Span;

/// More than these are too many to be read.
const MOST_PERMISSIONS: usize = 30;

/// The rules that have something to say of a place: those with findings there, and one whose name stands there; and the permissions
/// that the place takes.
pub fn hover(workspace: &Workspace, params: &HoverParams) -> Value {
    let position = params.text_document_position_params.position;
    let key = buffers::key(&params.text_document_position_params.text_document.uri.0);
    let Some(buffer) = workspace.buffers().get(&key) else { return Value::Null };
    let is_markdown = workspace.client().markdown;
    let findings = workspace.findings_of(&key).diagnostics;
    let here: Vec<&Diagnostic> = findings.iter().filter(|finding| contains(finding.range, position)).collect();
    let mut range = here.first().map(|finding| finding.range);
    let mut shown: Vec<&Rule> = Vec::new();
    for finding in here {
        if let Some(Code::String(name)) = &finding.code
            && let Some(rule) = rules::find(name)
            && !shown.iter().any(|one| one.name == rule.name)
        {
            shown.push(rule);
        }
    }
    let lines = Lines::new(&buffer.text, workspace.client().encoding);
    let at = lines.offset(&buffer.text, position);
    if let Some((rule, bytes)) = named(&buffer.text, at) {
        range = Some(lines.range(&buffer.text, bytes));
        shown = vec![rule];
    }
    let mut parts: Vec<String> = permissions(workspace, &key, at, &lines).into_iter().collect();
    parts.extend(shown.into_iter().map(|rule| words(rule, is_markdown)));
    if parts.is_empty() {
        return Value::Null;
    }
    let (kind, between) = if is_markdown { ("markdown", "\n\n---\n\n") } else { ("plaintext", "\n\n") };
    let mut hover = json!({"contents": {"kind": kind, "value": parts.join(between)}});
    if let (Some(range), Some(fields)) = (range, hover.as_object_mut()) {
        fields.insert("range".to_owned(), serde_json::to_value(range).unwrap_or_default());
    }
    hover
}

/// What the place takes of the execution role, a line for each permission, in a form that reads well without Markdown too.
fn permissions(workspace: &Workspace, key: &str, at: usize, lines: &Lines) -> Option<String> {
    let (buffer, folder) = workspace.document(key)?;
    let name = folder.name_of_buffer(buffer);
    let documents = folder.documents(&name);
    let file = documents.first()?.file;
    let mut found = navigate::permissions(documents, u32::try_from(at).ok()?);
    found.truncate(MOST_PERMISSIONS);
    let place = |span: Span| {
        if span.file != file {
            return "in the configuration".to_owned();
        }
        format!("in line {}", lines.position(&buffer.text, span.start as usize).line + 1)
    };
    let line = |one: &Permission| {
        let held = match one.held {
            Held::Granted(span) => format!("granted {}", place(span)),
            Held::Denied(span) => format!("denied {}", place(span)),
            Held::Overruled(span) => format!("granted {}, which the key's policy does not let count", place(span)),
            Held::Missing => "not granted".to_owned(),
            Held::Unknown => "not known".to_owned(),
        };
        let sometimes = if one.sometimes { ", in some deployments" } else { "" };
        format!("- `{}`, needed {}: {held}{sometimes}\n", one.action, place(one.needed))
    };
    let role = &found.first()?.role;
    let list: String = found.iter().filter(|one| one.role == *role).map(line).collect();
    Some(format!("What the execution role `{}` is asked for here:\n\n{}", role.replace('`', "'"), list.trim_end()))
}

fn contains(range: Range, position: Position) -> bool {
    range.start <= position && position <= range.end
}

/// The rule whose name stands at an offset, as in a suppression or in the configuration.
fn named(text: &str, at: usize) -> Option<(&'static Rule, std::ops::Range<usize>)> {
    let is_of_name = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'-';
    let bytes = text.as_bytes();
    let before = bytes.get(..at)?.iter().rev().take_while(|byte| is_of_name(byte)).count();
    let behind = bytes.get(at..)?.iter().take_while(|byte| is_of_name(byte)).count();
    let range = at - before..at + behind;
    Some((rules::find(text.get(range.clone())?)?, range))
}

fn words(rule: &Rule, is_markdown: bool) -> String {
    let page = rule.page();
    if !is_markdown {
        return format!("{}: {}\n{}", rule.name, page.title, page.description());
    }
    let why = page.section("Why").map_or_else(|| page.description(), str::to_owned);
    let references: Vec<String> = page.references.iter().map(|reference| format!("<{reference}>")).collect();
    let references = references.join("  \n");
    format!("**{}** ({}): {}\n\n{why}\n\n{references}", rule.name, page.severity, page.title).trim_end().to_owned()
}
