//! What is wrong with a configuration.

use std::path::PathBuf;
use std::sync::Arc;

use crate::lint::{Diagnostic, Label, Outcome, Sources};
use crate::model::Severity;
use crate::rules::nearest_of;
use crate::source::{Source, Span};

/// Something that is wrong, and where.
#[derive(Clone, Debug)]
pub struct Problem {
    diagnostic: Box<Diagnostic>,
}

/// The name that stands in place of a rule's, in `error[…]`.
const NAME: &str = "configuration";

impl Problem {
    /// A problem at a place, in one sentence.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            diagnostic: Box::new(Diagnostic {
                rule: NAME,
                severity: Severity::Error,
                message: message.into(),
                primary: Label::new(span, ""),
                secondary: Vec::new(),
                notes: Vec::new(),
                help: None,
                resource: None,
                container: None,
                proposals: Vec::new(),
                fixes: Vec::new(),
                subjects: Vec::new(),
            }),
        }
    }

    /// With another place that belongs to it.
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.diagnostic.secondary.push(Label::new(span, message));
        self
    }

    /// With how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }

    /// With the names that may have been meant.
    pub fn near(self, names: &[&str], wanted: &str) -> Self {
        match did_you_mean(names, wanted) {
            Some(help) => self.help(help),
            None => self,
        }
    }
}

/// `did you mean …?`, where a name is near.
pub fn did_you_mean(names: &[&str], wanted: &str) -> Option<String> {
    let near = nearest_of(names.iter().copied(), wanted).into_iter();
    let near: Vec<String> = near.map(|name| format!("`{name}`")).collect();
    match near.split_last()? {
        (only, []) => Some(format!("did you mean {only}?")),
        (last, others) => Some(format!("did you mean {} or {last}?", others.join(", "))),
    }
}

/// Why there are no settings: all that is wrong, at once.
#[derive(Debug, Default)]
pub struct Failure {
    /// What has no place in a file, each in one sentence.
    pub messages: Vec<String>,
    /// What has one, to be written as findings are.
    pub outcome: Box<Outcome>,
}

impl Failure {
    /// A failure that has no place in a file.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self { messages: vec![message.into()], outcome: Box::default() }
    }

    pub(super) fn new(messages: Vec<String>, problems: Vec<Problem>, files: Vec<Arc<Source>>) -> Self {
        let mut diagnostics: Vec<Arc<Diagnostic>> =
            problems.into_iter().map(|problem| Arc::from(problem.diagnostic)).collect();
        diagnostics.sort_by(|one, other| (one.primary.span, &one.message).cmp(&(other.primary.span, &other.message)));
        diagnostics.dedup();
        let sources = Sources::default().with_settings(files);
        Self { messages, outcome: Box::new(Outcome { sources, diagnostics, ..Outcome::default() }) }
    }
}

/// A path for a message, as the user would write it.
pub fn shown(path: &std::path::Path) -> String {
    let plain: PathBuf = path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect();
    plain.display().to_string().replace('\\', "/")
}
