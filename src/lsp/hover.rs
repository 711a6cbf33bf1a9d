//! What is shown of a place: what it comes to and why, and the findings there, in the words of their rules' pages.

use std::ops::Range;

use gen_lsp_types::{Code, HoverParams, Range as Place};
use serde_json::{Value, json};

use super::buffers::{self, Buffer};
use super::diagnostics::Shown;
use super::folder::Folder;
use super::insight::Rendering;
use super::text::Lines;
use super::workspace::Workspace;
use crate::lint;
use crate::navigate::{self, Explainer};
use crate::report::Masks;
use crate::rules::{self, Rule};
use crate::source::{Source, Span};

/// What stands at a place: what it comes to, then the rules with findings there; or the rule whose name stands there.
pub fn hover(workspace: &Workspace, params: &HoverParams) -> Value {
    let place = &params.text_document_position_params;
    let key = buffers::key(&place.text_document.uri.0);
    let Some((buffer, folder)) = workspace.document(&key) else { return Value::Null };
    let hovers = Hovers::new(workspace, buffer, folder);
    let at = hovers.lines.offset(&buffer.text, place.position);
    let Some((text, range)) = hovers.at(at) else { return Value::Null };
    let kind = if workspace.client().markdown { "markdown" } else { "plaintext" };
    let mut hover = json!({"contents": {"kind": kind, "value": text}});
    if let (Some(range), Some(fields)) = (range, hover.as_object_mut()) {
        fields.insert("range".to_owned(), serde_json::to_value(range).unwrap_or_default());
    }
    hover
}

/// All that is shown of one document.
struct Hovers<'w> {
    buffer: &'w Buffer,
    lines: Lines,
    explained: Option<(Explainer<'w>, Rendering<'w>)>,
    findings: Shown,
    is_markdown: bool,
}

impl<'w> Hovers<'w> {
    fn new(workspace: &'w Workspace, buffer: &'w Buffer, folder: &'w Folder) -> Self {
        let client = workspace.client();
        let name = folder.name_of_buffer(buffer);
        let documents = folder.documents(&name);
        let explained = folder.source(&name).filter(|_| !documents.is_empty()).map(|source| {
            let outcome = folder.outcome();
            let source: &Source = source;
            let hidden = lint::visible_secrets(source);
            let masks = Masks::with(outcome, hidden.iter().copied().chain(navigate::secrets_of(documents)));
            let secrets: Vec<Span> = outcome.secrets.iter().chain(&outcome.doubtful).copied().chain(hidden).collect();
            let registries = &folder.settings().registries;
            let explainer = Explainer::new(source, documents, registries, secrets);
            let place = Box::new(|name: &str| folder.place(name, workspace.buffers()).uri);
            (explainer, Rendering { outcome, file: source.id(), masks, place, is_markdown: client.markdown })
        });
        Self {
            buffer,
            lines: Lines::new(&buffer.text, client.encoding),
            explained,
            findings: workspace.findings_of(&buffer.key).diagnostics,
            is_markdown: client.markdown,
        }
    }

    /// What is shown of a byte offset, and of which range it is told.
    fn at(&self, at: usize) -> Option<(String, Option<Place>)> {
        let text = &self.buffer.text;
        if let Some((rule, bytes)) = named(text, at) {
            return Some((words(rule, self.is_markdown), Some(self.lines.range(text, bytes))));
        }
        let position = self.lines.position(text, at);
        let here = self.findings.iter().filter(|one| one.range.start <= position && position <= one.range.end);
        let here: Vec<_> = here.collect();
        let mut rules: Vec<&Rule> = Vec::new();
        for finding in &here {
            if let Some(Code::String(name)) = &finding.code
                && let Some(rule) = rules::find(name)
                && !rules.iter().any(|one| one.name == rule.name)
            {
                rules.push(rule);
            }
        }
        let mut range = here.first().map(|finding| finding.range);
        let mut parts = Vec::new();
        if let (Some((explainer, rendering)), Ok(at)) = (&self.explained, u32::try_from(at)) {
            let insights = explainer.at(at);
            range = insights.first().map(|first| self.lines.range(text, first.span.range())).or(range);
            parts.extend(insights.iter().map(|insight| rendering.insight(insight)));
        }
        // The editor shows the findings themselves; their rules are explained where nothing else is.
        let is_short = !parts.is_empty();
        if is_short && !rules.is_empty() {
            parts.push(rules.into_iter().map(|rule| heading(rule, self.is_markdown)).collect::<Vec<_>>().join("\n\n"));
        } else {
            parts.extend(rules.into_iter().map(|rule| words(rule, self.is_markdown)));
        }
        let between = if self.is_markdown { "\n\n---\n\n" } else { "\n\n" };
        (!parts.is_empty()).then(|| (parts.join(between), range))
    }
}

/// The rule whose name stands at an offset, as in a suppression or in the configuration.
fn named(text: &str, at: usize) -> Option<(&'static Rule, Range<usize>)> {
    let is_of_name = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'-';
    let bytes = text.as_bytes();
    let before = bytes.get(..at)?.iter().rev().take_while(|byte| is_of_name(byte)).count();
    let behind = bytes.get(at..)?.iter().take_while(|byte| is_of_name(byte)).count();
    let range = at - before..at + behind;
    Some((rules::find(text.get(range.clone())?)?, range))
}

fn heading(rule: &Rule, is_markdown: bool) -> String {
    let page = rule.page();
    if is_markdown {
        format!("**{}** ({}): {}", rule.name, page.severity, page.title)
    } else {
        format!("{} ({}): {}", rule.name, page.severity, page.title)
    }
}

fn words(rule: &Rule, is_markdown: bool) -> String {
    let page = rule.page();
    if !is_markdown {
        return format!("{}: {}\n{}", rule.name, page.title, page.description());
    }
    let why = page.section("Why").map_or_else(|| page.description(), str::to_owned);
    let references: Vec<String> = page.references.iter().map(|reference| format!("<{reference}>")).collect();
    let references = references.join("  \n");
    format!("{}\n\n{why}\n\n{references}", heading(rule, true)).trim_end().to_owned()
}

#[cfg(test)]
mod tests;
