//! What a rule says about one place.

use crate::model::{Assumptions, Case, Change, Proposal, Safety, Severity};
use crate::source::Span;

/// A place and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The bytes that are meant.
    pub span: Span,
    /// What is there; may be empty on the primary label, where the diagnostic's message says it.
    pub message: String,
}

impl Label {
    /// A label on `span`.
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

/// A finding, before the runner adds which rule it is of and where it stands.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What is wrong, here.
    pub primary: Label,
    /// Where that was decided.
    pub secondary: Vec<Label>,
    /// Facts that belong to it.
    pub notes: Vec<String>,
    /// How to mend it.
    pub help: Option<String>,
    /// What must hold for it.
    pub when: Assumptions,
    /// Bytes that must never be printed.
    pub secrets: Vec<Span>,
    /// The resource, where the runner cannot know it.
    pub resource: Option<String>,
    /// The container, where the runner cannot know it.
    pub container: Option<String>,
    /// What is wrong, thing by thing, in words that stay the same when the message is worded anew: the image, the permission
    /// that is missing and for what. A baseline knows the finding by them. None: they are taken from the message.
    pub subjects: Vec<String>,
    /// How it can be mended, best first.
    pub proposals: Vec<Proposal>,
}

impl Finding {
    /// A finding at a place.
    #[must_use]
    pub fn new(severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            primary: Label::new(span, ""),
            secondary: Vec::new(),
            notes: Vec::new(),
            help: None,
            when: Assumptions::always(),
            secrets: Vec::new(),
            resource: None,
            container: None,
            subjects: Vec::new(),
            proposals: Vec::new(),
        }
    }

    /// A finding about one value of a setting: at that value, under what leads to it, and with where it comes from.
    #[must_use]
    pub fn about<T>(severity: Severity, case: &Case<T>, message: impl Into<String>) -> Self {
        let mut finding = Self::new(severity, case.span, message).when(&case.when);
        if let Some(origin) = case.origin {
            finding = finding.label(origin, "the value comes from here");
        }
        finding
    }

    /// With these words at the primary place.
    #[must_use]
    pub fn here(mut self, message: impl Into<String>) -> Self {
        self.primary.message = message.into();
        self
    }

    /// With another place that decided it.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.secondary.push(Label::new(span, message));
        self
    }

    /// With a fact that belongs to it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With one of the things that are wrong, for a baseline.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subjects.push(subject.into());
        self
    }

    /// With a way to mend it: an order without a full stop, and what it changes.
    #[must_use]
    pub fn fix(mut self, safety: Safety, title: impl Into<String>, changes: Vec<Change>) -> Self {
        self.proposals.push(Proposal { title: title.into(), safety, changes });
        self
    }

    /// Only where this holds too.
    #[must_use]
    pub fn when(mut self, when: &Assumptions) -> Self {
        self.when = self.when.and(when);
        self
    }
}
