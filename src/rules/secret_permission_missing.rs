//! An execution role that may not read what the task definition makes it read.

use super::{Context, Finding};
use crate::iam::{Decision, Grant, Request, principals_include};
use crate::link::RoleLink;
use crate::model::{Assumptions, Case, Role, SecretPlace, SecretTarget, Severity, Task, Text, Value};
use crate::source::Span;

/// A reference that the role may not read.
struct Missing<'p> {
    action: &'static str,
    span: Span,
    denied: Option<Span>,
    role: &'p Role,
    when: Assumptions,
    target: SecretTarget,
}

/// One finding per role and action, at the first reference; the other references are labelled.
pub fn check(context: Context<'_>, task: &Task, findings: &mut Vec<Finding>) {
    let mut missing: Vec<Missing<'_>> = Vec::new();
    for (arn, role_case) in task.execution_role.known() {
        let RoleLink::Here(role) = context.document.role(arn) else { continue };
        let grant = context.document.granted_to(role);
        for (_, secret) in task.secret_uses() {
            for (text, case) in secret.value.known() {
                let found = judge(context, &grant, role, secret.place, text, (role_case, case));
                missing.extend(found.filter(|found| {
                    !missing.iter().any(|known| known.span == found.span && known.action == found.action)
                }));
            }
        }
    }
    while let Some(first) = missing.first() {
        let (action, role, denied) = (first.action, first.role, first.denied.is_some());
        let (same, rest): (Vec<_>, Vec<_>) = missing
            .into_iter()
            .partition(|one| one.action == action && one.role.id == role.id && one.denied.is_some() == denied);
        missing = rest;
        findings.extend(report(context, task, &same));
    }
}

fn judge<'p>(
    context: Context<'p>,
    grant: &Grant<'p>,
    role: &'p Role,
    place: SecretPlace,
    text: &Text,
    (role_case, case): (&Case<Text>, &Case<Text>),
) -> Option<Missing<'p>> {
    let target = context.document.target(place, text);
    let action = action(place, &target)?;
    let when = role_case.when.and(&case.when).and(&role.when);
    let resource = context.document.subjects(&target);
    if resource.is_empty() || !context.possible(&[&when]) {
        return None;
    }
    let request = Request {
        action,
        resource,
        identity: target.logical_id(),
        when: when.clone(),
        conditions: &context.document.conditions,
    };
    let denied = match grant.decide(&request) {
        Decision::Allowed(_) | Decision::Maybe => return None,
        Decision::Denied(span) => Some(span),
        Decision::NotGranted if granted_by_secret(context, role, &target, &request) => return None,
        Decision::NotGranted => None,
    };
    // A bare name that a role for Secrets Manager reads is a mistake in the name, which is another rule's.
    let bare = matches!(&target, SecretTarget::Name(name) if !name.known_start().starts_with('/'));
    if bare && denied.is_none() && grant.mentions("secretsmanager:GetSecretValue") {
        return None;
    }
    Some(Missing { action, span: case.span, denied, role, when, target })
}

/// What reading the target takes; `None` where it cannot be told or another rule speaks.
fn action(place: SecretPlace, target: &SecretTarget) -> Option<&'static str> {
    match target {
        SecretTarget::TemplateSecret { .. } | SecretTarget::SecretArn(_) => Some("secretsmanager:GetSecretValue"),
        SecretTarget::TemplateParameter { .. } | SecretTarget::ParameterArn(_)
            if place != SecretPlace::RegistryCredentials =>
        {
            Some("ssm:GetParameters")
        }
        SecretTarget::Name(name)
            if matches!(place, SecretPlace::Environment | SecretPlace::LogOption) && is_parameter_name(name) =>
        {
            Some("ssm:GetParameters")
        }
        _ => None,
    }
}

fn is_parameter_name(name: &Text) -> bool {
    let shown = name.shown();
    !shown.contains(['{', ' ', '[']) || name.known().is_none() && !shown.contains([' ', '['])
}

/// Whether the secret's own policy lets the role read it, or may do so: in one account that is enough.
fn granted_by_secret(context: Context<'_>, role: &Role, target: &SecretTarget, request: &Request<'_>) -> bool {
    let SecretTarget::TemplateSecret { id, .. } = target else { return false };
    let names_it = |text: &Text| matches!(SecretTarget::read(text), SecretTarget::TemplateSecret { id: named, .. } if named == *id);
    let policies = context.document.secret_policies.iter().filter(|policy| {
        policy.secret.cases.iter().any(|case| match &case.value {
            Value::Known(text) => {
                names_it(text) || text.sole_hole().is_some_and(|_| SecretTarget::read(text) == SecretTarget::Unknown)
            }
            Value::Unknown => true,
            Value::Unset => false,
        })
    });
    policies.into_iter().any(|policy| {
        let grant = Grant { policies: vec![&policy.policy], incomplete: false };
        // In a resource policy `Resource` can be nothing but the secret itself.
        let decision =
            grant.decide_for(request, |statement| principals_include(statement.principals.as_ref(), role, request));
        matches!(decision, Decision::Allowed(_) | Decision::Maybe)
    })
}

fn report(context: Context<'_>, task: &Task, missing: &[Missing<'_>]) -> Option<Finding> {
    let (first, others) = missing.split_first()?;
    let (action, role) = (first.action, first.role);
    let what = first.target.shown();
    let verb = if first.denied.is_some() { "is denied" } else { "lacks" };
    let message = format!("the execution role `{}` {verb} `{action}` for {what}", role.id);
    let mut finding = Finding::new(Severity::Error, first.span, message)
        .when(&first.when)
        .here("read with the execution role when the task starts");
    finding = match first.denied {
        Some(denied) => finding.label(role.key, "the execution role").label(denied, "this statement denies it"),
        None => finding.label(role.key, format!("no policy of this role allows `{action}` for {what}")),
    };
    for other in others {
        finding = finding.label(other.span, "and this one");
    }
    finding = finding.note("the task stops with `ResourceInitializationError … AccessDeniedException`");
    if let Some(task_role) = task_role_allows(context, task, first) {
        finding = finding
            .label(task_role.key, "the task role has the permission")
            .note("ECS reads secrets with the execution role; the task role is for the application itself");
    }
    let help = if first.denied.is_some() {
        format!("no grant overcomes a `Deny`: take {what} out of the statement that denies it")
    } else {
        let arn = if action.starts_with("ssm:") { "parameter's" } else { "secret's" };
        format!("allow `{action}` on the {arn} ARN in a policy of `{}`", role.id)
    };
    Some(finding.help(help))
}

/// The task role, if it is another one of this file and may do what the execution role may not.
fn task_role_allows<'p>(context: Context<'p>, task: &Task, missing: &Missing<'_>) -> Option<&'p Role> {
    task.task_role.known().find_map(|(arn, case)| {
        let RoleLink::Here(role) = context.document.role(arn) else { return None };
        let when = missing.when.and(&case.when);
        let resource = context.document.subjects(&missing.target);
        let identity = missing.target.logical_id();
        let request =
            Request { action: missing.action, resource, identity, when, conditions: &context.document.conditions };
        let allowed = matches!(context.document.granted_to(role).decide(&request), Decision::Allowed(_));
        (allowed && role.id != missing.role.id).then_some(role)
    })
}
