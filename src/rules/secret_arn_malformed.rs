//! A secret reference that no part of ECS understands.
//!
//! What follows the account in a Secrets Manager ARN must have two pieces (`secret:id`) or five
//! (`secret:id:json-key:version-stage:version-id`); the container agent refuses every other number.
//! Source: `getASMParametersFromInput` in the agent's `taskresource/asmsecret/asmsecret.go`.

use super::{Context, Finding};
use crate::model::{Case, Container, SecretArn, SecretPlace, SecretTarget, SecretUse, Severity, Task, Text};

/// One finding per reference.
pub fn check(
    _context: Context<'_>,
    _task: &Task,
    _container: Option<&Container>,
    secret: &SecretUse,
    findings: &mut Vec<Finding>,
) {
    findings.extend(
        secret
            .value
            .known()
            .find_map(|(text, case)| Some(judge(secret.place, text, case)?.subject(secret.named(text)))),
    );
}

fn judge(place: SecretPlace, text: &Text, case: &Case<Text>) -> Option<Finding> {
    let shown = text.shown();
    let registry = place == SecretPlace::RegistryCredentials;
    match SecretTarget::read(text) {
        SecretTarget::NoSuchAttribute { id, attribute } => Some(
            Finding::about(
                Severity::Error,
                case,
                format!("a secret has no attribute `{attribute}`: `{id}.{attribute}` does not exist"),
            )
            .note("CloudFormation refuses the template: the attribute is not in the resource's schema")
            .help(format!("use `Ref` of `{id}`, which is the secret's ARN")),
        ),
        SecretTarget::Empty if !registry => Some(
            Finding::about(Severity::Error, case, "this reference to a secret is empty")
                .note("AWS refuses an empty `valueFrom`: it names neither a secret nor a parameter")
                .help("give the ARN of a secret, or the ARN or name of a parameter"),
        ),
        SecretTarget::SecretArn(arn) => of_arn(place, &arn, &shown, case),
        SecretTarget::TemplateSecret { id, selector } if !registry => {
            of_selector(&selector, &shown, case).map(|finding| {
                finding.help(format!(
                    "behind `Ref` of `{id}` write `:json-key:version-stage:version-id`, with all three colons"
                ))
            })
        }
        SecretTarget::OtherArn { service } if !registry => Some(
            Finding::about(
                Severity::Error,
                case,
                format!(
                    "`{shown}` is an ARN of `{service}`, where one of Secrets Manager or Systems Manager is expected"
                ),
            )
            .help("give the ARN of a secret (`secretsmanager`) or of a parameter (`ssm`)"),
        ),
        SecretTarget::Dynamic(reference) if !registry => Some(dynamic(&reference, case)),
        _ => None,
    }
}

fn of_arn(place: SecretPlace, arn: &SecretArn, shown: &str, case: &Case<Text>) -> Option<Finding> {
    let kind = arn.resource.first().and_then(Text::known);
    if kind.as_deref() != Some("secret") {
        let known = arn.resource.iter().all(|piece| piece.known().is_some());
        return known.then(|| {
            Finding::about(Severity::Error, case, format!("`{shown}` is not the ARN of a secret"))
                .help("the ARN of a secret is `arn:aws:secretsmanager:region:account:secret:name-AbCdEf`")
        });
    }
    // Registry credentials take no selector at all, which is another rule's.
    if !arn.sure || place == SecretPlace::RegistryCredentials {
        return None;
    }
    let selector = arn.resource.get(2..).unwrap_or_default();
    let finding = match arn.resource.get(1) {
        Some(id) if !id.is_empty() => of_selector(selector, shown, case)?,
        _ => Finding::about(Severity::Error, case, format!("`{shown}` does not say which secret it is")),
    };
    Some(finding.help("write `arn:aws:secretsmanager:region:account:secret:name-AbCdEf`, and behind it nothing or `:json-key:version-stage:version-id` with all three colons"))
}

/// What stands behind the ARN: nothing, or exactly three pieces of which stage and id exclude each other.
fn of_selector(selector: &[Text], shown: &str, case: &Case<Text>) -> Option<Finding> {
    let opaque = |piece: &Text| piece.holes().any(|hole| !hole.reference.is_plain_word());
    if selector.iter().any(opaque) {
        return None;
    }
    match selector {
        [_, stage, id] if !stage.is_empty() && !id.is_empty() => Some(
            Finding::about(Severity::Error, case, format!("`{shown}` gives both a version stage and a version id"))
                .note("the two exclude each other"),
        ),
        [] | [_, _, _] => None,
        pieces => Some(
            Finding::about(
                Severity::Error,
                case,
                format!(
                    "`{shown}` has {} after the secret; give none, or all three (`:json-key:version-stage:version-id`)",
                    count(pieces.len())
                ),
            )
            .note("the task stops with: \"an invalid ARN format for the AWS Secrets Manager secret was specified\""),
        ),
    }
}

fn count(pieces: usize) -> String {
    if pieces == 1 { "one field".to_owned() } else { format!("{pieces} fields") }
}

fn dynamic(reference: &str, case: &Case<Text>) -> Finding {
    if reference.starts_with("{{resolve:ssm:") {
        return Finding::about(
            Severity::Warning,
            case,
            "CloudFormation puts the parameter's value here, where the parameter's name or ARN is expected",
        )
        .note("this works only if that value is itself an ARN or a parameter's name")
        .help("give the parameter's name or ARN instead of a dynamic reference");
    }
    Finding::about(Severity::Error, case, "CloudFormation puts the secret's value here, where its ARN is expected")
        .note("the value would stand in the task definition in plain text, and ECS would not understand it")
        .help("give the secret's ARN instead of a dynamic reference")
}
