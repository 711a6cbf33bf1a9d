//! Who may assume a role.

use super::condition::ContextKey;
use super::evaluate::{Decision, Doubt, DoubtKind, Identity, Request};
use super::pattern::{Match, Subject};
use super::principal::include_service;
use crate::model::{Assumptions, Document, Effect, Role};

/// The service that assumes execution roles, in every partition. Source: ECS developer guide, "Amazon ECS task execution
/// IAM role".
const TASKS: &str = "ecs-tasks.";

/// Whether the role's trust policy lets ECS assume it for a task.
///
/// ECS asks in the name of the account that runs the task, so that conditions on `aws:SourceAccount` and `aws:SourceArn`
/// can hold.
#[must_use]
pub fn lets_tasks_assume(role: &Role, when: &Assumptions, document: &Document) -> Decision {
    let account = || Subject::pseudo("AWS::AccountId", &document.deployment);
    let context = [
        ContextKey { key: "aws:sourceaccount", values: vec![account()] },
        ContextKey {
            key: "aws:sourcearn",
            values: vec![Subject::arn_of_this_stack("ecs", &document.deployment).then_unknown()],
        },
    ];
    let request = Request {
        action: "sts:AssumeRole",
        resource: &[],
        identity: &Identity::None,
        context: &context,
        when: when.clone(),
        conditions: &document.conditions,
    };
    let service = Subject::known(TASKS).then_unknown();
    let mut allowed = None;
    let mut doubt = role.trust.is_empty().then_some(Doubt { span: role.key, kind: DoubtKind::Elsewhere });
    for policy in &role.trust {
        let attached = request.holds(&policy.when);
        if attached == Match::No {
            continue;
        }
        if policy.incomplete {
            doubt.get_or_insert(Doubt { span: policy.span, kind: DoubtKind::Elsewhere });
        }
        for statement in &policy.statements {
            let asked = attached.and(request.holds(&statement.when)).and(request.action_in(&statement.actions));
            // The name of the service is known but for its suffix, which is the same for all who write it.
            let concerned = match include_service(statement.principals.as_ref(), &service, &request) {
                Match::Maybe if names_tasks(statement) => Match::Yes,
                concerned => concerned,
            };
            let applies = asked.and(concerned).and(request.conditions_of(statement));
            match (applies, statement.effect) {
                (Match::Yes, Some(Effect::Allow)) => allowed = Some(statement.span),
                (Match::Yes, Some(Effect::Deny)) => return Decision::Denied(statement.span),
                (Match::No, _) | (Match::Maybe, Some(Effect::Deny)) => {}
                _ => {
                    doubt.get_or_insert(Doubt { span: statement.span, kind: DoubtKind::Principal });
                }
            }
        }
    }
    match (allowed, doubt) {
        (Some(span), _) => Decision::Allowed(span),
        (None, Some(doubt)) => Decision::Maybe(doubt),
        (None, None) => Decision::NotGranted,
    }
}

fn names_tasks(statement: &crate::model::Statement) -> bool {
    let principals = statement.principals.as_ref().filter(|principals| !principals.negated);
    principals.is_some_and(|principals| {
        principals.services.iter().any(|service| service.text.known_start().starts_with(TASKS))
    })
}
