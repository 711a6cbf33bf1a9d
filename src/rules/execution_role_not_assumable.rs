//! An execution role that ECS may not assume.

use super::mending::trust_in_tasks;
use super::{Context, Finding};
use crate::iam::{Decision, lets_tasks_assume};
use crate::link::RoleLink;
use crate::model::{Change, Draft, Effect, Role, Safety, Severity, Statement, Task, Written};
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
        let finding = with_trust(report(role, denied), role, denied.is_some())
            .when(&when)
            .label(case.span, "the execution role of this task definition");
        findings.push(Finding { resource: Some(role.id.clone()), ..finding });
    }
}

/// With a statement that lets ECS assume the role. A denial is for its author to lift.
fn with_trust(finding: Finding, role: &Role, is_denied: bool) -> Finding {
    let Some(trust) = role.trust.first().filter(|_| !is_denied && role.trust.len() == 1) else { return finding };
    let title = format!("Let `ecs-tasks.amazonaws.com` assume `{}`", role.id);
    // Beside the services that may do just that already, or else in a statement of its own.
    let services = trust.statements.iter().filter(|one| lets_assume(one)).filter_map(|one| one.principals.as_ref());
    let beside = services
        .filter_map(|principals| principals.services.last())
        .map(|service| Change::Beside { place: service.span, item: Draft::literal("ecs-tasks.amazonaws.com") });
    let apart = Change::Append { at: trust.span, path: vec!["Statement".to_owned()], items: vec![trust_in_tasks()] };
    beside.chain([apart]).fold(finding, |finding, change| finding.fix(Safety::Unsafe, title.clone(), vec![change]))
}

/// Whether a statement allows `sts:AssumeRole`, nothing else, and under no condition.
fn lets_assume(statement: &Statement) -> bool {
    let Statement { actions, conditions, effect, .. } = statement;
    let is_it = |action: &Written| action.text.known().as_deref() == Some("sts:AssumeRole");
    *effect == Some(Effect::Allow)
        && conditions.is_empty()
        && !actions.negated
        && !actions.incomplete
        && actions.any_of.iter().all(is_it)
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
