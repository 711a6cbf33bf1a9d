//! "Ignore this here", in the form that is right for the file: a comment, `Metadata`, or an entry of the configuration.
//!
//! Whether a form does it is not reasoned out but tried, with the engine: only what takes the finding away is offered.

use std::fmt::Write as _;

use super::actions::{FileEdit, Finding, Proposal, base_name};
use super::workspace::Workspace;
use crate::config::{self, Flags, Origin};
use crate::discover::Input;
use crate::lint::{self, Outcome, Settings, SuppressedBy};
use crate::navigate;
use crate::rules::INPUT_FAILURES;
use crate::session::Session;

/// Ways to suppress a finding, the best first.
pub fn proposals(finding: Finding<'_>, workspace: &Workspace) -> Vec<Proposal> {
    let rule = finding.diagnostic.rule;
    // What could not be checked has no findings to suppress.
    if INPUT_FAILURES.contains(&rule) {
        return Vec::new();
    }
    in_file(finding).into_iter().chain(in_configuration(finding, workspace)).collect()
}

fn in_file(finding: Finding<'_>) -> Option<Proposal> {
    let Finding { folder, source, diagnostic } = finding;
    let documents = folder.documents(source.name());
    let comments = navigate::comments(source, documents, diagnostic.primary.span, diagnostic.rule).into_iter();
    let scope = match &diagnostic.resource {
        Some(id) => format!("in the resource `{id}`"),
        None => "in this template".to_owned(),
    };
    let comments = comments.map(|insertion| (insertion, "here"));
    let metadata = navigate::metadata(source, documents, diagnostic.resource.as_deref(), diagnostic.rule);
    let forms = comments.chain(metadata.map(|insertion| (insertion, scope.as_str())));
    for (insertion, scope) in forms {
        let at = insertion.at as usize;
        let mut text = source.text().to_owned();
        if !text.is_char_boundary(at) {
            continue;
        }
        text.insert_str(at, &insertion.text);
        let outcome = checked(source.name(), text, folder.settings().clone());
        if is_suppressed(&outcome, diagnostic, SuppressedBy::Source) {
            let edit = FileEdit {
                name: source.name().to_owned(),
                text: Some(source.text().to_owned()),
                changes: vec![(at..at, insertion.text)],
            };
            let title = format!("Ignore `{}` {scope}", diagnostic.rule);
            return Some(Proposal { title, edits: vec![edit], preferred: false });
        }
    }
    None
}

/// An entry of the configuration for the rule in this file, and in the resource and container of the finding.
fn in_configuration(finding: Finding<'_>, workspace: &Workspace) -> Option<Proposal> {
    let Finding { folder, source, diagnostic } = finding;
    let settings = folder.settings();
    let (name, text) = match settings.files.first() {
        Some(file) => (file.name().to_owned(), Some(file.text().to_owned())),
        // A client that does not create files cannot write the first entry.
        None if workspace.client().creates && workspace.client().document_changes => {
            (config::NAMES[0].to_owned(), None)
        }
        None => return None,
    };
    let relative = match &text {
        Some(_) => settings.root.relative(source.name())?,
        None => source.name().to_owned(),
    };
    let mut entry =
        format!("[[suppress]]\nrule = {}\npath = {}\n", quoted(diagnostic.rule), quoted(&pattern_of(&relative)));
    for (key, value) in [("resource", &diagnostic.resource), ("container", &diagnostic.container)] {
        if let Some(value) = value {
            let _ = writeln!(entry, "{key} = {}", quoted(&escaped(value)));
        }
    }
    let _ = writeln!(entry, "reason = {}", quoted(navigate::REASON));
    let before = text.as_deref().unwrap_or_default();
    let gap = match before {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let insertion = format!("{gap}{entry}");
    let origin = Origin::Text(name.clone(), format!("{before}{insertion}"));
    let instead = folder.instead(workspace.buffers());
    let configuration = config::load_with(folder.root(), &origin, &Flags::default(), instead).ok()?;
    let outcome = checked(source.name(), source.text().to_owned(), configuration.settings);
    if !is_suppressed(&outcome, diagnostic, SuppressedBy::Configuration) {
        return None;
    }
    let title = format!("Ignore `{}` there in {}", diagnostic.rule, base_name(&name));
    let end = before.len();
    Some(Proposal {
        title,
        edits: vec![FileEdit { name, text, changes: vec![(end..end, insertion)] }],
        preferred: false,
    })
}

/// What the engine says of one file.
fn checked(name: &str, text: String, settings: Settings) -> Outcome {
    let mut session = Session::new(settings);
    session.set_today(crate::today().ok());
    session.put(&Input { named: false, ..Input::text(name, text.into_bytes()) });
    session.lint()
}

/// Whether the finding is suppressed by now, and the file is still understood.
fn is_suppressed(outcome: &Outcome, finding: &lint::Diagnostic, by: SuppressedBy) -> bool {
    let is_it = |one: &lint::Diagnostic| {
        one.rule == finding.rule && one.message == finding.message && one.container == finding.container
    };
    outcome.suppressed.iter().any(|one| one.by == by && is_it(&one.diagnostic))
        && !outcome.diagnostics.iter().any(|one| INPUT_FAILURES.contains(&one.rule))
}

/// A pattern for one path and no other.
fn pattern_of(relative: &str) -> String {
    let escaped = escaped(relative);
    if escaped.contains('/') { escaped } else { format!("/{escaped}") }
}

/// Without a meaning as a pattern.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if "*?[]{}\\!".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A string of TOML, whose escapes are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
