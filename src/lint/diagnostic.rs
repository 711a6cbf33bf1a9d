//! What a run says, ready for any output format.

use std::sync::Arc;

use super::run::in_order;
use super::{Suppressed, SuppressedBy};
use crate::fix::Fix;
use crate::model::{Extent, Proposal, Severity};
pub use crate::rules::Label;
use crate::source::{FileId, Source, Span};

/// One finding of one rule, with every place that decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's name, which is its id everywhere.
    pub rule: &'static str,
    /// How bad this finding is; a rule may grade its findings.
    pub severity: Severity,
    /// One sentence, complete in itself.
    pub message: String,
    /// What is wrong, here.
    pub primary: Label,
    /// Where that was decided: the role, the key, the parameter's default.
    pub secondary: Vec<Label>,
    /// Facts that belong to it, such as the error AWS will show.
    pub notes: Vec<String>,
    /// How to mend it.
    pub help: Option<String>,
    /// The resource's logical id, or the task definition's family.
    pub resource: Option<String>,
    /// The container's name.
    pub container: Option<String>,
    /// What is wrong, thing by thing, at least one and each once, in words that do not change with the wording of the message; a
    /// baseline knows the finding by them. They may have a credential in them, as the message may.
    pub subjects: Vec<String>,
    /// What the rule would change to mend it, best first.
    pub proposals: Vec<Proposal>,
    /// Ways to mend it, best first: proposals that were made edits of and tried. They are there once they are asked for, by
    /// [`crate::mend::offer`].
    pub fixes: Vec<Fix>,
}

/// The inputs of a run, and the files that its settings were read from, by [`FileId`].
#[derive(Debug, Default)]
pub struct Sources {
    inputs: Vec<Arc<Source>>,
    settings: Vec<Arc<Source>>,
}

impl Sources {
    /// The sources of a run; the file with id `n` must be at index `n`.
    #[must_use]
    pub fn new(sources: Vec<Source>) -> Self {
        Self::shared(sources.into_iter().map(Arc::new).collect())
    }

    /// [`Sources::new`], of sources that an editor keeps from one run to the next.
    #[must_use]
    pub fn shared(sources: Vec<Arc<Source>>) -> Self {
        Self { inputs: sources, settings: Vec::new() }
    }

    /// With the files that the settings were read from; the file with the id [`FileId::of_settings`] `n` must be at index `n`.
    #[must_use]
    pub fn with_settings(self, settings: Vec<Arc<Source>>) -> Self {
        Self { settings, ..self }
    }

    /// The input with that id. Files that turned out not to concern us are kept with their name and no text.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.get_shared(id).map(Arc::as_ref)
    }

    /// [`Sources::get`], to be kept: it is the same as long as the file is.
    #[must_use]
    pub fn get_shared(&self, id: FileId) -> Option<&Arc<Source>> {
        match id.settings_index() {
            Some(index) => self.settings.get(index),
            None => self.inputs.get(id.0 as usize),
        }
    }

    /// The files that the settings were read from.
    #[must_use]
    pub fn settings(&self) -> &[Arc<Source>] {
        &self.settings
    }

    /// The inputs, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.inputs.iter().map(Arc::as_ref)
    }

    /// The name of the input with that id, as the user would write it; empty for an unknown id.
    #[must_use]
    pub fn name(&self, id: FileId) -> &str {
        self.get(id).map_or("", Source::name)
    }
}

/// The counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were looked at.
    pub files_seen: usize,
    /// Files that are task definitions, templates or launch scripts.
    pub files_recognised: usize,
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity note.
    pub notes: usize,
    /// Findings that are suppressed; they count nowhere else.
    pub suppressed: usize,
}

/// Everything a run has to say.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The inputs.
    pub sources: Sources,
    /// The findings, sorted by place and rule, without repetition.
    pub diagnostics: Vec<Arc<Diagnostic>>,
    /// The findings that are not to be reported, sorted alike.
    pub suppressed: Vec<Suppressed>,
    /// What became of the baseline, where there is one.
    pub baseline: Option<BaselineUse>,
    /// Bytes that are credentials: every renderer masks them wherever it prints source text.
    pub secrets: Vec<Span>,
    /// Bytes that may be a part of one: renderers mask them where they stand, and nowhere else.
    pub doubtful: Vec<Span>,
    /// How far the resources reach, in files with findings.
    pub resources: Vec<Arc<[Extent]>>,
    /// The counts.
    pub summary: Summary,
}

/// A baseline, as this run used it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineUse {
    /// The name of its file.
    pub name: String,
    /// Entries whose findings are mended.
    pub stale: Vec<StaleEntry>,
}

/// An entry of a baseline without the finding that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleEntry {
    /// The file, told from the directory of the baseline.
    pub path: String,
    /// The resource.
    pub resource: Option<String>,
    /// The container.
    pub container: Option<String>,
    /// The rule.
    pub rule: String,
    /// What was wrong.
    pub subject: String,
    /// How many such findings are gone.
    pub count: usize,
}

impl Outcome {
    /// Moves findings to those that are suppressed, as a baseline accepts them. They are asked about in order.
    pub fn accept(&mut self, mut is_accepted: impl FnMut(&Diagnostic) -> bool) {
        let accepted = self.diagnostics.extract_if(.., |diagnostic| is_accepted(diagnostic));
        self.suppressed.extend(accepted.map(|diagnostic| Suppressed {
            diagnostic,
            by: SuppressedBy::Baseline,
            justification: Some("baseline".to_owned()),
            place: None,
        }));
        self.suppressed.sort_by(|one, other| in_order(&one.diagnostic, &other.diagnostic));
        self.count();
    }

    /// Counts the findings anew.
    pub fn count(&mut self) {
        let count = |severity| self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        self.summary.errors = count(Severity::Error);
        self.summary.warnings = count(Severity::Warning);
        self.summary.notes = count(Severity::Note);
        self.summary.suppressed = self.suppressed.len();
    }
}
