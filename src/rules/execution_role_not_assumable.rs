//! An execution role that ECS may not assume.

use super::{Context, Finding};
use crate::iam::{Decision, lets_tasks_assume};
use crate::link::RoleLink;
use crate::model::{Effect, Role, Severity, Task, Written};
use crate::source::Span;

/// One finding per role, at its trust policy's principal.
pub fn check(context: Context<'_>, task: &Task, findings: &mut Vec<Finding>) {
    for (arn, case) in task.execution_role.known() {
        let RoleLink::Here(role) = context.document.role(arn) else { continue };
        let when = case.when.and(&role.when);
        if !context.possible(&[&when]) {
            continue;
        }
        let denied = match lets_tasks_assume(role, &when, context.document) {
            Decision::NotGranted => None,
            Decision::Denied(span) => Some(span),
            Decision::Allowed(_) | Decision::Maybe(_) => continue,
        };
        let finding = report(role, denied).when(&when).label(case.span, "the execution role of this task definition");
        findings.push(Finding { resource: Some(role.id.clone()), ..finding });
    }
}

fn report(role: &Role, denied: Option<Span>) -> Finding {
    let statements = role.trust.iter().flat_map(|policy| &policy.statements);
    let allowing: Vec<_> = statements.filter(|statement| statement.effect == Some(Effect::Allow)).collect();
    let principals = allowing.iter().filter_map(|statement| statement.principals.as_ref());
    let services: Vec<&Written> = principals.flat_map(|principals| &principals.services).collect();
    let trust = role.trust.first().map_or(role.key, |policy| policy.span);
    let names_tasks = |service: &&Written| service.text.known_start().starts_with("ecs-tasks.");
    let trusts_it = allowing.iter().find(|statement| {
        statement.principals.as_ref().is_some_and(|principals| principals.services.iter().any(|one| names_tasks(&one)))
    });
    let (span, message, here) = match (denied, services.as_slice(), allowing.first()) {
        (Some(denied), ..) => (
            denied,
            format!("the trust policy of the execution role `{}` denies `ecs-tasks.amazonaws.com`", role.id),
            "this statement denies it".to_owned(),
        ),
        (None, ..) if let Some(statement) = trusts_it => (
            statement.span,
            format!("ECS may not assume the execution role `{}`: the statement for it allows something else", role.id),
            "its action is not `sts:AssumeRole`, or its condition does not hold".to_owned(),
        ),
        (None, [service, ..], _) => (
            service.span,
            format!("ECS may not assume the execution role `{}`: it trusts {}", role.id, trusted(&services)),
            "not `ecs-tasks.amazonaws.com`".to_owned(),
        ),
        (None, [], statement) => (
            statement.map_or(trust, |statement| statement.span),
            format!("ECS may not assume the execution role `{}`: it does not trust `ecs-tasks.amazonaws.com`", role.id),
            "no statement lets `ecs-tasks.amazonaws.com` assume the role".to_owned(),
        ),
    };
    Finding::new(Severity::Error, span, message)
        .here(here)
        .label(role.key, "the role")
        .note("the task stops with `ECS was unable to assume the role … that was provided for this task`")
        .help("let the service `ecs-tasks.amazonaws.com` do `sts:AssumeRole` in `AssumeRolePolicyDocument`")
}

fn trusted(services: &[&Written]) -> String {
    let shown: Vec<String> = services.iter().map(|service| format!("`{}`", service.text.shown())).collect();
    shown.join(" and ")
}
