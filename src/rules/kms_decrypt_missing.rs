//! A secret with a customer managed key that the execution role may not decrypt with.

use super::{Context, Finding};
use crate::iam::{Decision, Grant, Match, Request, Subject, key_lets_iam_decide, principals_include};
use crate::link::RoleLink;
use crate::model::{
    Assumptions, Case, Key, Reference, ResourceKind, ResourceRef, Role, Secret, SecretTarget, Severity, Task, Text,
};
use crate::source::Span;

/// A reference to a secret that the role may not decrypt.
struct Missing<'p> {
    span: Span,
    role: &'p Role,
    key: &'p Key,
    key_id: Span,
    secret: &'p Secret,
    reason: Reason,
    when: Assumptions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Nobody grants it.
    NotGranted,
    /// The role's policies grant it there, but the key's policy does not let them count.
    KeyPolicyDecides(Span),
    /// A statement denies it.
    Denied(Span),
}

/// One finding per role and key, at the first reference; the other references are labelled.
pub fn check(context: Context<'_>, task: &Task, findings: &mut Vec<Finding>) {
    let mut missing: Vec<Missing<'_>> = Vec::new();
    for (arn, role_case) in task.execution_role.known() {
        let RoleLink::Here(role) = context.document.role(arn) else { continue };
        for (_, reference) in task.secret_uses() {
            for (text, case) in reference.value.known() {
                let target = context.document.target(reference.place, text);
                let SecretTarget::TemplateSecret { id, .. } = target else { continue };
                let Some(secret) = context.document.secret(&id) else { continue };
                for (key_id, key_case) in secret.key_id.known() {
                    let Some(key) = context.document.key(key_id) else { continue };
                    let when = [&case.when, &key_case.when, &role.when, &secret.when, &key.when];
                    let when = when.into_iter().fold(role_case.when.clone(), |all, one| all.and(one));
                    let Some(reason) = reason(context, role, key, &when) else { continue };
                    let known = missing.iter().any(|one| one.span == case.span && one.key.id == key.id);
                    if !known {
                        missing.push(Missing {
                            span: case.span,
                            role,
                            key,
                            key_id: span_of(key_case),
                            secret,
                            reason,
                            when,
                        });
                    }
                }
            }
        }
    }
    while let Some(first) = missing.first() {
        let (role, key) = (first.role, first.key);
        let (same, rest): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|one| one.role.id == role.id && one.key.id == key.id);
        missing = rest;
        findings.extend(report(&same));
    }
}

fn span_of(case: &Case<Text>) -> Span {
    case.span
}

/// Why the role may not decrypt; `None` where it may, or where that cannot be told.
fn reason(context: Context<'_>, role: &Role, key: &Key, when: &Assumptions) -> Option<Reason> {
    if !context.possible(&[when]) {
        return None;
    }
    let document = context.document;
    let identity = Request {
        action: "kms:Decrypt",
        resource: key_arns(key),
        identity: Some(&key.id),
        when: when.clone(),
        conditions: &document.conditions,
    };
    // In a key policy `Resource` is the key itself, written `*`.
    let own = Request { resource: vec![Subject::default().then_unknown()], ..identity.clone() };
    let by_key = key.policy.as_ref().map_or(Decision::NotGranted, |policy| {
        Grant { policies: vec![policy], incomplete: false }
            .decide_for(&own, |statement| principals_include(statement.principals.as_ref(), role, &own))
    });
    let by_role = document.granted_to(role).decide(&identity);
    match (by_role, by_key) {
        (Decision::Denied(span), _) | (_, Decision::Denied(span)) => Some(Reason::Denied(span)),
        (_, Decision::Allowed(_) | Decision::Maybe) | (Decision::Maybe, Decision::NotGranted) => None,
        (Decision::Allowed(span), Decision::NotGranted) => {
            let decides = key_lets_iam_decide(key.policy.as_ref(), &own);
            (decides == Match::No).then_some(Reason::KeyPolicyDecides(span))
        }
        (Decision::NotGranted, Decision::NotGranted) => Some(Reason::NotGranted),
    }
}

/// How a policy can name the key: by `Fn::GetAtt Arn`, or as an ARN with the key's id, which only a deployment tells.
fn key_arns(key: &Key) -> Vec<Subject> {
    let reference = |attribute: Option<&str>| {
        let resource =
            ResourceRef { id: key.id.clone(), attribute: attribute.map(str::to_owned), kind: ResourceKind::KmsKey };
        Reference::Resource(resource)
    };
    let arn = Subject::arn_of_this_stack("kms").then("key/");
    vec![
        Subject::default().then_reference(reference(Some("Arn"))),
        arn.clone().then_reference(reference(None)),
        arn.then_unknown(),
    ]
}

fn report(missing: &[Missing<'_>]) -> Option<Finding> {
    let (first, others) = missing.split_first()?;
    let Missing { role, key, secret, .. } = first;
    let name = format!("the execution role `{}` may not decrypt the secret `{}`", role.id, secret.id);
    let message = match first.reason {
        Reason::NotGranted => format!("{name}: it lacks `kms:Decrypt` on its key `{}`", key.id),
        Reason::KeyPolicyDecides(_) => {
            format!("{name}: the policy of its key `{}` does not let IAM policies decide", key.id)
        }
        Reason::Denied(_) => format!("{name}: `kms:Decrypt` on its key `{}` is denied", key.id),
    };
    let finding = Finding::new(Severity::Error, first.span, message)
        .when(&first.when)
        .here("read with the execution role when the task starts")
        .label(first.key_id, "encrypted with a customer managed key");
    let (mut finding, help) = match first.reason {
        Reason::NotGranted => (
            finding
                .label(key.key, "this key's policy does not name the role for `kms:Decrypt`")
                .label(role.key, "no policy of this role allows `kms:Decrypt` on the key"),
            format!("allow `kms:Decrypt` on `{}`'s ARN (`Fn::GetAtt` `Arn`) in a policy of `{}`", key.id, role.id),
        ),
        Reason::KeyPolicyDecides(span) => (
            finding
                .label(span, "this statement allows it, to no effect")
                .label(key.key, "this key's policy names neither the role nor the account as a whole"),
            format!("name `{}`, or the account's root, in the key policy of `{}`", role.id, key.id),
        ),
        Reason::Denied(span) => (
            finding.label(role.key, "the execution role").label(span, "this statement denies it"),
            "no grant overcomes a `Deny`: take the key or the role out of the statement that denies it".to_owned(),
        ),
    };
    for other in others {
        finding = finding.label(other.span, "and this one");
    }
    Some(
        finding
            .note("the task stops with `ResourceInitializationError … AccessDeniedException: Access to KMS is not allowed`")
            .help(help),
    )
}
