//! What a task asks of its execution role, and whether it is granted.
//!
//! [`needs`] lists what each feature in use takes, [`judge`] holds that against every policy that has a say: those of
//! the role, of its boundary, of the secret, the bucket, the repository and the key. Which feature takes what: ECS developer
//! guide, "Amazon ECS task execution IAM role", and the agent's sources.

mod decryption;
mod ineffective;
mod judge;
mod launch;
mod needs;
mod resource;
mod written;

use std::sync::{Arc, OnceLock};

use judge::Judge;
use rayon::prelude::*;

use crate::iam::{Decision, Doubt, NearMiss};
use crate::link::RoleLink;
use crate::model::{Assumptions, Document, Field, Key, Role, Secret, SecretPlace, SecretTarget, Severity, Task, Text};
use crate::source::Span;

pub use decryption::decryption;
pub use ineffective::Ineffective;
pub use launch::{Acting, where_the_role_acts};
pub use resource::Resource;

/// One thing that a task needs its execution role to be allowed.
#[derive(Clone, Debug)]
pub struct Need<'p> {
    /// What needs it.
    pub feature: Feature<'p>,
    /// The action.
    pub action: &'static str,
    /// What the action is done to.
    pub resource: Arc<Resource<'p>>,
    /// The setting that needs it.
    pub span: Span,
    /// What leads to it.
    pub when: Assumptions,
    /// How bad it is to lack it.
    pub severity: Severity,
}

/// A feature of a task that takes permissions.
#[derive(Clone, Debug)]
pub enum Feature<'p> {
    /// A secret or a parameter is read.
    Secret {
        /// Where it is referred to.
        place: SecretPlace,
        /// What the reference names.
        target: SecretTarget,
    },
    /// A secret is decrypted.
    Decrypt {
        /// The secret.
        secret: &'p Secret,
        /// Where its key is named.
        key_id: Span,
        /// The key.
        key: KeyLink<'p>,
    },
    /// An image is pulled from Amazon ECR.
    Image,
    /// An image is pulled through a cache: the rule is defined there.
    CachedImage(Span),
    /// Logs are written with the driver `awslogs`, where the role acts.
    Log(Acting<'p>),
    /// A file is read from Amazon S3 or Systems Manager; what it is, for messages.
    File(&'static str),
}

/// The key of a secret.
#[derive(Clone, Copy, Debug)]
pub enum KeyLink<'p> {
    /// One of the same file.
    Here(&'p Key),
    /// One that the file names and does not define.
    Elsewhere,
    /// What a parameter or a dynamic reference will name.
    Chosen,
}

/// Whether a need is met.
#[derive(Clone, Debug)]
pub enum Verdict<'p> {
    /// Yes, by the statement there.
    Granted(Span),
    /// Refused by the statement there.
    Denied(Span),
    /// No.
    Missing(Missing<'p>),
    /// The statement there allows it, but the key's policy does not let IAM policies count.
    Overruled(Span),
    /// It cannot be told.
    Unknown(Doubt),
}

/// Why a need is not met.
#[derive(Clone, Debug, Default)]
pub struct Missing<'p> {
    /// The statements that come near, nearest first.
    pub near: Vec<NearMiss<'p>>,
    /// A grant that was meant to meet it and never can.
    pub ineffective: Option<Ineffective<'p>>,
    /// The task role, if that is allowed what the execution role is not, and the statement that allows it.
    pub on_task_role: Option<(&'p Role, Span)>,
}

/// A need, the role that must meet it, and whether it does.
#[derive(Clone, Debug)]
pub struct Access<'p> {
    /// The need.
    pub need: Arc<Need<'p>>,
    /// The execution role.
    pub role: &'p Role,
    /// What leads to the need and to this role.
    pub when: Assumptions,
    /// Whether it is met.
    pub verdict: Verdict<'p>,
}

impl<'p> Access<'p> {
    /// Why the need is not met, if it surely is not.
    #[must_use]
    pub fn missing(&self) -> Option<&Missing<'p>> {
        match &self.verdict {
            Verdict::Missing(missing) => Some(missing),
            Verdict::Granted(_) | Verdict::Denied(_) | Verdict::Overruled(_) | Verdict::Unknown(_) => None,
        }
    }
}

/// What was worked out about the tasks of one document so far.
#[derive(Debug)]
pub struct Worked<'p> {
    of_tasks: Vec<OnceLock<Vec<Access<'p>>>>,
    /// The roles that ECS tasks can assume in every deployment.
    assumable: OnceLock<Vec<Judge<'p, 'p>>>,
}

impl Worked<'_> {
    /// Nothing yet.
    #[must_use]
    pub fn nothing(document: &Document) -> Self {
        Self { of_tasks: document.tasks.iter().map(|_| OnceLock::new()).collect(), assumable: OnceLock::new() }
    }
}

/// What tasks need, worked out when it is first asked for: nothing is, where every rule that asks is off.
#[derive(Clone, Copy, Debug)]
pub struct Accesses<'p> {
    document: &'p Document,
    worked: &'p Worked<'p>,
    /// The task that is looked at; `None`: all of them.
    task: Option<usize>,
}

impl<'p> Accesses<'p> {
    /// Those of every task of the document, to be kept in `worked`, which must be of the same document.
    #[must_use]
    pub fn of_document(document: &'p Document, worked: &'p Worked<'p>) -> Self {
        Self { document, worked, task: None }
    }

    /// Those of the task with that index alone.
    #[must_use]
    pub fn of_task(self, index: usize) -> Self {
        Self { task: Some(index), ..self }
    }

    /// What is needed, in the order of the file.
    pub fn iter(self) -> impl Iterator<Item = &'p Access<'p>> {
        let Self { document, worked, task } = self;
        let of =
            move |(task, place): (&'p Task, &'p OnceLock<_>)| place.get_or_init(|| of_task(document, task)).as_slice();
        let range = task.map_or(0..worked.of_tasks.len(), |index| index..index + 1);
        let tasks = document.tasks.get(range.clone()).unwrap_or_default();
        let places = worked.of_tasks.get(range).unwrap_or_default();
        if places.len() > 1 {
            tasks.par_iter().zip(places).for_each(|each| {
                of(each);
            });
        }
        tasks.iter().zip(places).flat_map(of)
    }

    /// The roles that could be the execution role of the one task: those that tasks can assume, and that are granted all that it
    /// needs.
    pub fn roles_that_may(self) -> impl Iterator<Item = &'p Role> {
        let Self { document, worked, task } = self;
        let judges = worked.assumable.get_or_init(|| {
            let always = Assumptions::always();
            let is_assumable =
                |role: &&Role| matches!(crate::iam::lets_tasks_assume(role, &always, document), Decision::Allowed(_));
            let roles = document.roles.iter().filter(|role| role.when.is_always()).filter(is_assumable);
            roles.map(|role| Judge::new(document, role, &[])).collect()
        });
        let needs = task.and_then(|index| document.tasks.get(index)).map(|task| needs::of_task(document, task));
        judges
            .iter()
            .filter(move |judge| needs.as_ref().is_some_and(|needs| needs.iter().all(|need| judge.grants(need))))
            .map(Judge::role)
    }
}

/// Everything the task needs of its execution role, whichever that is.
#[must_use]
pub fn needs_of<'p>(document: &'p Document, task: &'p Task) -> Vec<Need<'p>> {
    needs::of_task(document, task)
}

/// Everything the task needs of the execution roles that are defined in its file or described by the settings, judged.
#[must_use]
pub fn of_task<'p>(document: &'p Document, task: &'p Task) -> Vec<Access<'p>> {
    #[cfg(test)]
    fail_when_told_to(task);
    let execution_roles = roles(document, &task.execution_role);
    if execution_roles.is_empty() {
        return Vec::new();
    }
    let task_roles: Vec<_> = roles(document, &task.task_role)
        .into_iter()
        .map(|(role, when)| (Judge::new(document, role, &[]), when))
        .collect();
    let needs: Vec<_> = needs::of_task(document, task).into_iter().map(Arc::new).collect();
    let mut found = Vec::with_capacity(needs.len());
    for (role, role_when) in execution_roles {
        let judge = Judge::new(document, role, &task_roles);
        for need in &needs {
            let when = role_when.and(&role.when).and(&need.when);
            if document.conditions.possible(&[&when]) {
                let verdict = judge.verdict(need, &when);
                found.push(Access { need: Arc::clone(need), role, when, verdict });
            }
        }
    }
    found
}

/// Stands for a bug that one file uncovers, in tests of what that costs the others.
#[cfg(test)]
fn fail_when_told_to(task: &Task) {
    assert_ne!(task.name.as_deref(), Some("MakesEcsLintFail"));
}

/// The roles of the file that the setting can name.
fn roles<'p>(document: &'p Document, field: &Field<Text>) -> Vec<(&'p Role, Assumptions)> {
    let here = field.known().filter_map(|(arn, case)| match document.role(arn) {
        RoleLink::Here(role) => Some((role, case.when.clone())),
        RoleLink::Elsewhere => None,
    });
    here.collect()
}
