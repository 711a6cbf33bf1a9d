//! Roles: whether ECS may assume them, for which tasks, and what those ask of them.

use super::phrase::{Fact, Insight, Mark, Phrase, clipped};
use super::{Explainer, Of, OfTask, place_of};
use crate::iam::{Decision, lets_tasks_assume};
use crate::link::RoleLink;
use crate::model::{Field, Role, Task, Text, Value};
use crate::navigate::touches;
use crate::source::Span;

impl<'d> Explainer<'d> {
    /// The role that a task definition names under the cursor.
    pub(super) fn role_references(&self, of: OfTask<'d>, at: u32) -> Option<Insight> {
        let fields = [(&of.task.execution_role, "Execution role"), (&of.task.task_role, "Task role")];
        fields.into_iter().find_map(|(field, what)| self.role_reference(of, field, what, at))
    }

    fn role_reference(&self, of: OfTask<'d>, field: &'d Field<Text>, what: &str, at: u32) -> Option<Insight> {
        let cases = Self::cases_at(field, at).into_iter().filter(|case| !matches!(case.value, Value::Unset));
        let cases: Vec<_> = cases.collect();
        let span = place_of(field, cases.first()?, at);
        // A part of a task definition has its roles elsewhere, and no place for them.
        if cases.iter().all(|case| case.span == of.task.key) {
            return None;
        }
        let branch = |arn: &Text| match of.of.document.role(arn) {
            RoleLink::Here(role) => {
                let phrase = Phrase::default().code(&role.id).at(role.key);
                let phrase =
                    if role.is_described() { phrase.words(", described in the configuration") } else { phrase };
                (phrase, self.role(of.of, role))
            }
            RoleLink::Elsewhere => {
                let mut facts = vec![
                    Phrase::new("what it may do is not known; ")
                        .code("[[context.roles]]")
                        .words(" of the configuration can tell it")
                        .marked(Mark::Open),
                ];
                facts.extend(self.unknowns(of.of.document, arn));
                (Phrase::default().code(&clipped(&self.shown(arn))).words(", defined elsewhere"), facts)
            }
        };
        let of_case = |value: &Value<Text>| match value {
            Value::Known(arn) => branch(arn),
            Value::Unknown | Value::Unset => (Phrase::new("not known"), Vec::new()),
        };
        if let [case] = cases.as_slice() {
            let (phrase, facts) = of_case(&case.value);
            return Some(Insight { span, title: Phrase::new(what).words(" ").then(phrase), facts });
        }
        let branches = cases.into_iter().map(|case| {
            let (phrase, facts) = of_case(&case.value);
            of.of.when(phrase, &case.when, &of.task.when).fact().with(facts)
        });
        let title = Phrase::new(what).words(", one of several");
        Some(Insight { span: field.span, title, facts: branches.collect() })
    }

    /// The role whose definition the cursor is on.
    pub(super) fn role_definitions(&self, of: Of<'d>, at: u32) -> Option<Insight> {
        let is_here = |role: &&Role| touches(role.key, at) && role.key.file == self.source.id();
        let role = of.document.roles.iter().find(is_here)?;
        Some(Insight { span: role.key, title: Phrase::new("Role ").code(&role.id), facts: self.role(of, role) })
    }

    fn role(&self, of: Of<'d>, role: &'d Role) -> Vec<Fact> {
        let mut facts = vec![trust(of, role)];
        let mut tasks_of: Vec<(bool, Vec<Phrase>, Vec<Fact>)> = Vec::new();
        // Tasks that ask for the same are told together.
        let mut add = |executes: bool, name: Phrase, under: Vec<Fact>| match tasks_of
            .iter_mut()
            .find(|(other, _, facts)| *other == executes && *facts == under)
        {
            Some((_, names, _)) => names.push(name),
            None => tasks_of.push((executes, vec![name], under)),
        };
        for task in of.tasks() {
            let name = || named(task.task).at(line(task.task.key));
            if is_execution_role(of, task.task, role) {
                let asked = self.needs(task).iter().filter(|access| access.role.key == role.key);
                add(true, name(), self.permissions(task, asked, &role.when));
            }
            if names(of, &task.task.task_role, role) {
                add(false, name(), Vec::new());
            }
        }
        for (executes, names, under) in tasks_of {
            let begin = Phrase::new(if executes { "execution role of " } else { "task role of " });
            let phrase = names
                .into_iter()
                .enumerate()
                .fold(begin, |phrase, (at, name)| phrase.words(if at > 0 { ", " } else { "" }).then(name));
            let asks_nothing = executes && under.is_empty();
            facts.push(phrase.words(if asks_nothing { ", which asks for nothing" } else { "" }).fact().with(under));
        }
        facts
    }
}

/// Whether ECS may assume the role for a task.
fn trust(of: Of<'_>, role: &Role) -> Fact {
    if role.is_described() && role.trust.is_empty() {
        return Phrase::new("who may assume it is not described").marked(Mark::Open);
    }
    let tasks = || Phrase::new("ECS tasks ");
    match lets_tasks_assume(role, &role.when, of.document) {
        Decision::Allowed(span) => tasks().words("may assume it").at(span).marked(Mark::Good),
        Decision::Denied(span) => tasks().words("are denied to assume it").at(span).marked(Mark::Bad),
        Decision::NotGranted => {
            let is_used = of
                .document
                .tasks
                .iter()
                .any(|task| is_execution_role(of, task, role) || names(of, &task.task_role, role));
            let place = role.trust.first().map_or(role.key, |policy| policy.span);
            let mark = if is_used { Mark::Bad } else { Mark::None };
            tasks()
                .words("may not assume it: no statement names ")
                .code("ecs-tasks.amazonaws.com")
                .at(place)
                .marked(mark)
        }
        Decision::Maybe(doubt) => {
            Phrase::new("whether ECS tasks may assume it is not known").at(doubt.span).marked(Mark::Open)
        }
    }
}

/// Whether the role is the task's execution role in some deployment.
pub(super) fn is_execution_role(of: Of<'_>, task: &Task, role: &Role) -> bool {
    names(of, &task.execution_role, role)
}

fn names(of: Of<'_>, field: &Field<Text>, role: &Role) -> bool {
    field.known().any(|(arn, _)| matches!(of.document.role(arn), RoleLink::Here(other) if other.key == role.key))
}

/// A task definition by its name, if it has one.
pub(super) fn named(task: &Task) -> Phrase {
    match &task.name {
        Some(name) => Phrase::default().code(&clipped(name)),
        None => Phrase::new("this task definition"),
    }
}

fn line(span: Span) -> Span {
    Span { end: span.start, ..span }
}
