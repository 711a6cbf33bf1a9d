//! The least-privilege policy that the execution role of a task needs: the reverse of judging a role.
//!
//! [`needed`] turns the needs of tasks ([`crate::access::needs_of`]) into statements, one for each purpose and condition of the
//! template, with the reason each is there, and says what cannot be told. [`Notation`] writes them.

mod grants;
mod notation;
mod purpose;
mod remarks;
mod statements;
mod tree;

use crate::model::{Document, Task, Text};
use crate::source::Span;

pub use notation::{Fill, Format, Notation};
pub use purpose::Purpose;

/// What the execution role of some tasks needs.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The statements, in the order of [`Purpose`].
    pub statements: Vec<Statement>,
    /// Conditions of the template that every statement depends on, each with its outcome. The statements do not repeat them: they belong
    /// to what the policy is attached to.
    pub when: Vec<(String, bool)>,
    /// What the tasks may need beyond the statements, because the file does not tell it.
    pub gaps: Vec<Remark>,
    /// What else there is to know before the policy is put to use.
    pub notes: Vec<Remark>,
}

/// A statement that allows [`Purpose::actions`].
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its `Sid`, which no other statement of the policy has.
    pub sid: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The resources, none twice.
    pub resources: Vec<Target>,
    /// The secrets that alone may be decrypted, where the key is not known; empty: no condition is needed.
    pub only_for: Vec<Text>,
    /// The conditions of the template under which it is needed, each with its outcome; empty: always.
    pub when: Vec<(String, bool)>,
    /// Why it is there, in words.
    pub reason: String,
}

/// A resource that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its ARN or a pattern.
    pub arn: Text,
    /// Whether what stands last in it is a parameter that may hold the tag or the digest of an image as well, which are no part of the ARN.
    pub may_end_in_tag: bool,
}

/// Something to tell, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The setting, if it is about one.
    pub span: Option<Span>,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<&'static str>,
}

/// The policy that the role needs which is the execution role of all these tasks of the document.
#[must_use]
pub fn needed(document: &Document, tasks: &[&Task]) -> Policy {
    let places: Vec<Task> = tasks.iter().map(|task| grants::where_a_role_acts(task)).collect();
    let (mut found, mut gaps, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for (task, place) in tasks.iter().zip(&places) {
        let needs = grants::needs(document, task, place);
        remarks::gaps(document, task, &needs, &mut gaps);
        remarks::notes(document, task, &needs, &mut notes);
        found.extend(needs.iter().flat_map(|need| grants::of_need(document, task, need)));
        found.extend(grants::beyond_the_rules(document, task, &mut gaps));
    }
    let (statements, when) = statements::merged(document, found);
    gaps.dedup();
    Policy { statements, when, gaps, notes: remarks::joined(notes) }
}
