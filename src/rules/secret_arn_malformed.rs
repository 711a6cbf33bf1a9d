//! A secret reference that no part of ECS understands.
//!
//! What follows the account in a Secrets Manager ARN must have two pieces (`secret:id`) or five
//! (`secret:id:json-key:version-stage:version-id`); the container agent refuses every other number.
//! Source: `getASMParametersFromInput` in the agent's `taskresource/asmsecret/asmsecret.go`.

use super::mending::reference;
use super::{Context, Finding};
use crate::model::{
    Case, Change, Container, Draft, Part, ResourceKind, Safety, Secret, SecretArn, SecretPlace, SecretTarget,
    SecretUse, Severity, Task, Text,
};
use crate::source::{MappedText, Span};

/// One finding per reference.
pub fn check(
    context: Context<'_>,
    _task: &Task,
    _container: Option<&Container>,
    secret: &SecretUse,
    findings: &mut Vec<Finding>,
) {
    findings.extend(
        secret
            .value
            .known()
            .find_map(|(text, case)| Some(judge(context, secret.place, text, case)?.subject(secret.named(text)))),
    );
}

fn judge(context: Context<'_>, place: SecretPlace, text: &Text, case: &Case<Text>) -> Option<Finding> {
    let shown = text.shown();
    let registry = place == SecretPlace::RegistryCredentials;
    match SecretTarget::read(text) {
        SecretTarget::NoSuchAttribute { id, attribute } => Some(with_ref(
            &id,
            &attribute,
            text,
            case,
            Finding::about(
                Severity::Error,
                case,
                format!("a secret has no attribute `{attribute}`: `{id}.{attribute}` does not exist"),
            )
            .note("CloudFormation refuses the template: the attribute is not in the resource's schema")
            .help(format!("use `Ref` of `{id}`, which is the secret's ARN")),
        )),
        SecretTarget::Empty if !registry => Some(
            Finding::about(Severity::Error, case, "this reference to a secret is empty")
                .note("AWS refuses an empty `valueFrom`: it names neither a secret nor a parameter")
                .help("give the ARN of a secret, or the ARN or name of a parameter"),
        ),
        SecretTarget::SecretArn(arn) => {
            // Colons mend what follows a secret, and nothing before it.
            let names_secret = arn.sure && arn.resource.get(1).is_some_and(|id| !id.is_empty());
            let fields = if names_secret { arn.resource.len().saturating_sub(2) } else { 0 };
            of_arn(place, &arn, &shown, case).map(|finding| with_colons(finding, fields, text, case))
        }
        SecretTarget::TemplateSecret { id, selector } if !registry => {
            of_selector(&selector, &shown, case).map(|finding| {
                with_colons(finding, selector.len(), text, case).help(format!(
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
        SecretTarget::Dynamic(reference) if !registry => {
            Some(with_reference(dynamic(&reference, case), context, &reference, text, case))
        }
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

/// With the colons that are missing behind one or two fields: they can only have been meant as the first ones.
fn with_colons(finding: Finding, fields: usize, text: &Text, case: &Case<Text>) -> Finding {
    let (Some(Part::Literal(last)), 1 | 2, None) = (text.parts().last(), fields, case.origin) else { return finding };
    let length = last.as_str().len();
    let end = last.span(length..length);
    let colons = ":".repeat(3 - fields);
    let title = format!("Add `{colons}`");
    finding.fix(
        Safety::Safe,
        title,
        vec![Change::Rewrite { place: Span::new(end.file, end.end, end.end), text: colons }],
    )
}

/// With `Ref` in the place of the attribute `Arn`, which other resources have.
fn with_ref(id: &str, attribute: &str, text: &Text, case: &Case<Text>, finding: Finding) -> Finding {
    let Some(hole) = text.holes().next().filter(|_| attribute == "Arn" && case.origin.is_none()) else {
        return finding;
    };
    let place = if text.sole_hole().is_some() { case.span } else { hole.span };
    let with = Draft::Text(reference(id, None, ResourceKind::Secret));
    finding.fix(Safety::Safe, format!("Use `Ref` of `{id}`"), vec![Change::Replace { place, with }])
}

/// With the secret's own ARN, and the JSON key, stage and version that the dynamic reference has, in the form that ECS reads.
fn with_reference(finding: Finding, context: Context<'_>, reference: &str, text: &Text, case: &Case<Text>) -> Finding {
    if text.sole_hole().is_none() || case.origin.is_some() {
        return finding;
    }
    let Some((with, own)) = read_as_reference(context, reference) else { return finding };
    // A value that is itself an ARN, or the name of a parameter, would do. One that is generated is neither.
    let is_generated = own.is_some_and(|secret| !secret.generators.is_empty());
    let safety = if is_generated { Safety::Safe } else { Safety::Unsafe };
    finding.fix(safety, "Give the secret's ARN instead of its value", super::mending::rewritten(case.span, with))
}

/// `{{resolve:secretsmanager:SECRET:SecretString:json-key:version-stage:version-id}}` as a `valueFrom`. SECRET is an ARN, or the
/// reference or the name of a secret of the template, which is given too.
fn read_as_reference<'c>(context: Context<'c>, reference: &str) -> Option<(Text, Option<&'c Secret>)> {
    let inside = reference.strip_prefix("{{resolve:secretsmanager:")?.strip_suffix("}}")?;
    let literal = |text: &str| Text::literal(MappedText::unplaced(text));
    let fields: Vec<&str> = inside.split(':').collect();
    let (secret, rest) = fields.split_at_checked(if fields.first() == Some(&"arn") { ARN_FIELDS } else { 1 })?;
    let secret = secret.join(":");
    let named = |one: &&Secret| {
        one.when.is_always() && one.name.known().any(|(name, _)| name.known().as_deref() == Some(secret.as_str()))
    };
    let own = if let Some(id) = secret.strip_prefix("${").and_then(|id| id.strip_suffix('}')) {
        Some(context.document.secret(id).filter(|secret| secret.when.is_always() && !secret.is_described())?)
    } else if secret.starts_with("arn:") {
        None
    } else {
        Some(context.document.secrets.iter().find(named)?)
    };
    let secret = match own {
        Some(own) => super::mending::reference(&own.id, None, ResourceKind::Secret),
        None => literal(&secret),
    };
    let selector = match rest {
        [] | ["SecretString" | ""] => return Some((secret, own)),
        ["SecretString" | "", selector @ ..] if selector.len() <= 3 => selector,
        _ => return None,
    };
    let field = |at: usize| selector.get(at).copied().unwrap_or_default();
    if !field(1).is_empty() && !field(2).is_empty() || selector.iter().any(|field| field.contains('$')) {
        return None;
    }
    if selector.iter().all(|field| field.is_empty()) {
        return Some((secret, own));
    }
    let selector = literal(&format!(":{}:{}:{}", field(0), field(1), field(2)));
    Some((secret.followed_by(selector), own))
}

/// `arn:partition:secretsmanager:region:account:secret:name`.
const ARN_FIELDS: usize = 7;
