//! Whether a role is allowed what is asked of it, and by which statement.

use super::phrase::{Fact, Mark, Phrase, clipped};
use super::{Explainer, OfTask};
use crate::access::{Access, Missing, Verdict};
use crate::iam::{Doubt, DoubtKind, Shortfall};
use crate::link::RoleLink;
use crate::model::{Assumptions, Case, Document, Role, TaskKind, Text, Value};
use crate::source::Span;

/// More permissions than these are too many to be read.
const MOST: usize = 24;

impl<'d> Explainer<'d> {
    /// What the execution role is asked for by `wanted` needs of the task, role by role; and what keeps a role from being known.
    /// `known` is what the reader has been told of the deployment.
    pub(super) fn execution_role(
        &self,
        of: OfTask<'d>,
        known: &Assumptions,
        wanted: impl Fn(&Access<'d>) -> bool,
    ) -> Vec<Fact> {
        let mut facts = Vec::new();
        for case in &of.task.execution_role.cases {
            let when = known.and(&case.when);
            if !of.of.possible(&[&when]) {
                continue;
            }
            let role = match &case.value {
                Value::Known(arn) => of.of.document.role(arn),
                Value::Unknown | Value::Unset => RoleLink::Elsewhere,
            };
            let RoleLink::Here(role) = role else {
                let fact = self.role_not_here(of, case);
                facts.push(Fact { phrase: of.of.when(fact.phrase, &case.when, known), ..fact });
                continue;
            };
            let asked = self.needs(of).iter().filter(|access| {
                access.role.key == role.key && of.of.possible(&[&access.when, &when]) && wanted(access)
            });
            let under = self.permissions(of, asked, &when);
            if under.is_empty() {
                continue;
            }
            let phrase = Phrase::new("execution role ").code(&role.id).at(role.key);
            facts.push(of.of.when(phrase, &case.when, known).fact().with(under));
        }
        facts.dedup();
        facts
    }

    /// An execution role that is missing, or that the file does not show.
    fn role_not_here(&self, of: OfTask<'_>, case: &Case<Text>) -> Fact {
        match &case.value {
            Value::Unset => Phrase::new("there is no execution role").marked(Mark::Bad),
            _ if of.task.kind == TaskKind::Fragment => {
                Phrase::new("the execution role is written elsewhere: what it may do is not known").marked(Mark::Open)
            }
            Value::Unknown => Phrase::new("which role is the execution role is not known").marked(Mark::Open),
            Value::Known(arn) => Phrase::new("execution role ")
                .code(&clipped(&self.shown(arn)))
                .words(": defined elsewhere, so that what it may do is not known")
                .marked(Mark::Open)
                .with(self.unknowns(of.of.document, arn)),
        }
    }

    /// A line for each verdict, with the actions that share it.
    pub(super) fn permissions<'a>(
        &self,
        of: OfTask<'d>,
        asked: impl Iterator<Item = &'a Access<'d>>,
        known: &Assumptions,
    ) -> Vec<Fact>
    where
        'd: 'a,
    {
        let mut groups: Vec<(Vec<&str>, Fact)> = Vec::new();
        for access in asked {
            let (mark, answer) = self.verdict(of.of.document, access.role, &access.verdict);
            let answer = of.of.when(answer, &access.when, known);
            let fact = answer.marked(mark);
            match groups.iter_mut().find(|(_, other)| *other == fact) {
                Some((actions, _)) if actions.contains(&access.need.action) => {}
                Some((actions, _)) => actions.push(access.need.action),
                None => groups.push((vec![access.need.action], fact)),
            }
        }
        groups.truncate(MOST);
        let line = |(actions, fact): (Vec<&str>, Fact)| {
            let named = actions.iter().enumerate().fold(Phrase::default(), |phrase, (at, action)| {
                if at > 0 { phrase.words(", ").code(action) } else { phrase.code(action) }
            });
            Fact { phrase: named.words(": ").then(fact.phrase), ..fact }
        };
        groups.into_iter().map(line).collect()
    }

    pub(super) fn verdict(&self, document: &Document, role: &Role, verdict: &Verdict<'_>) -> (Mark, Phrase) {
        match verdict {
            Verdict::Granted(span) => {
                (Mark::Good, Phrase::new("allowed by ").then(self.statement(document, role, *span)))
            }
            Verdict::Denied(span) => (Mark::Bad, Phrase::new("denied by ").then(self.statement(document, role, *span))),
            Verdict::Overruled(span) => (
                Mark::Bad,
                Phrase::new("allowed by ")
                    .then(self.statement(document, role, *span))
                    .words(", which does not count: the key's policy does not let IAM policies decide"),
            ),
            Verdict::Missing(missing) => (Mark::Bad, self.missing(document, role, missing)),
            Verdict::Unknown(doubt) => (Mark::Open, self.doubt(document, role, *doubt)),
        }
    }

    /// What comes nearest to allowing it.
    fn missing(&self, document: &Document, role: &Role, missing: &Missing<'_>) -> Phrase {
        if let Some((task_role, span)) = missing.on_task_role {
            return Phrase::new("allowed to the task role ")
                .code(&task_role.id)
                .words(" instead, by ")
                .then(self.statement(document, task_role, span));
        }
        let nothing = Phrase::new("nothing allows it");
        if let Some(ineffective) = &missing.ineffective {
            return nothing
                .words(": what is meant to is written in a form that never matches")
                .at(ineffective.written.span);
        }
        match missing.near.first().map(|near| (near.statement, near.shortfall)) {
            Some((_, Shortfall::Boundary(place))) => {
                nothing.words(": the permissions boundary leaves it out").at(place)
            }
            Some((span, Shortfall::Condition(_))) => {
                nothing.words(": a condition that does not hold is on ").then(self.statement(document, role, span))
            }
            Some((_, Shortfall::Resource(written))) => {
                nothing.words(": it is allowed on another resource only").at(written.span)
            }
            Some((span, Shortfall::Deployment)) => {
                nothing.words(": in other deployments only, by ").then(self.statement(document, role, span))
            }
            Some((_, Shortfall::Action(_))) | None => nothing,
        }
    }

    fn doubt(&self, document: &Document, role: &Role, doubt: Doubt) -> Phrase {
        let open = Phrase::new("not known: ");
        if doubt.kind == DoubtKind::Elsewhere {
            return open.words("there may be policies that this file does not show").at(doubt.span);
        }
        let statement = self.statement(document, role, doubt.span);
        let depends = |on: &str| open.clone().words("it depends on ").words(on).then(statement.clone());
        match doubt.kind {
            DoubtKind::Action | DoubtKind::Elsewhere => depends("what the action comes to in "),
            DoubtKind::Resource => depends("what the resource comes to in "),
            DoubtKind::Condition => depends("whether the condition holds in "),
            DoubtKind::Principal => depends("whether the role is meant by "),
            DoubtKind::Deployment => open.words("in some deployments only there is ").then(statement),
        }
    }

    /// A statement, by what it is a part of.
    pub(super) fn statement(&self, document: &Document, role: &Role, span: Span) -> Phrase {
        if let Some(managed) = role.managed.iter().chain(&role.boundary).find(|arn| arn.span == span) {
            let shown = self.shown(&managed.text);
            let name = shown.rsplit('/').next().unwrap_or_default();
            return Phrase::default().code(&clipped(name)).at(span);
        }
        let holds = |policies: &[crate::model::Policy]| policies.iter().any(|policy| policy.span.contains(span));
        if let Some(key) = document.keys.iter().find(|key| holds(&key.policies)) {
            return Phrase::new("the policy of the key ").code(&key.id).at(span);
        }
        if let Some(attached) = document.policies.iter().find(|attached| attached.policy.span.contains(span)) {
            return Phrase::new("the policy ").code(&attached.id).at(span);
        }
        let of_resource = document.resource_policies.iter().any(|policy| policy.policy.span.contains(span));
        if of_resource || document.named.iter().any(|one| holds(&one.policies)) {
            return Phrase::new("the resource's own policy").at(span);
        }
        Phrase::new("its policy").at(span)
    }
}
