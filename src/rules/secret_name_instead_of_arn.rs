//! A secret named where only its ARN works, or where a name works only by luck.

use super::mending::{reference, rewritten};
use super::secret_permission_missing::is_name_of_a_secret;
use super::{Context, Finding};
use crate::access::{Access, Feature, Verdict};
use crate::link::RoleLink;
use crate::model::{
    Case, Container, ResourceKind, Safety, Secret, SecretPlace, SecretTarget, SecretUse, Severity, Task, Text,
    has_secret_suffix,
};
use crate::source::MappedText;

/// One finding per reference, for the gravest of what it can be.
pub fn check(
    context: Context<'_>,
    task: &Task,
    _container: Option<&Container>,
    secret: &SecretUse,
    findings: &mut Vec<Finding>,
) {
    let mut worst: Option<Finding> = None;
    for (text, case) in secret.value.known() {
        let finding = match secret.place {
            SecretPlace::Environment | SecretPlace::LogOption => value_from(context, task, text, case),
            SecretPlace::RegistryCredentials => credentials_parameter(text, case),
            SecretPlace::FsxCredentials => fsx_credentials(text, case),
        };
        if let Some(finding) = finding
            && worst.as_ref().is_none_or(|worst| worst.severity < finding.severity)
        {
            worst = Some(finding.subject(secret.named(text)));
        }
    }
    findings.extend(worst);
}

fn value_from(context: Context<'_>, task: &Task, text: &Text, case: &Case<Text>) -> Option<Finding> {
    if let Some(secret) = secret_named(context, text, case) {
        return Some(of_template_secret(context, task, secret, text, case));
    }
    let SecretTarget::Name(name) = SecretTarget::read(text) else { return None };
    let shown = name.shown();
    if shown.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let written = quoted(&shown);
    if literal_contains(&name, ':') && !is_versioned(&shown) {
        return Some(
            Finding::about(Severity::Error, case, format!("{written} is neither an ARN nor the name of a Systems Manager parameter"))
                .here("a full ARN is expected here")
                .note("AWS refuses it: \"The Systems Manager parameter name specified for secret … is invalid.\"")
                .help("give the secret's full ARN, with `:json-key:version-stage:version-id` behind it where you need a part of it"),
        );
    }
    if literal_contains(&name, ' ') {
        return Some(
            Finding::about(
                Severity::Error,
                case,
                format!("{written} has blanks in it, which no name of a Systems Manager parameter has"),
            )
            .note("AWS refuses it: \"The Systems Manager parameter name specified for secret … is invalid.\"")
            .help("give the full ARN of the secret, or the name of a parameter"),
        );
    }
    if shown.starts_with('/') {
        return None;
    }
    if context.document.ssm_parameters.iter().any(|parameter| parameter.name.known().any(|(known, _)| *known == name)) {
        return None;
    }
    if name.known().is_some_and(|known| has_secret_suffix(&known, true)) {
        return Some(
            Finding::about(Severity::Warning, case, format!("`{shown}` looks like the end of a secret's ARN, but AWS takes it for the name of a Systems Manager parameter"))
                .here("ends in the six characters that Secrets Manager appends")
                .help("give the secret's full ARN: `arn:aws:secretsmanager:region:account:secret:…`"),
        );
    }
    match role_reads(context, task, &name, case) {
        RoleReads::Parameters => return None,
        RoleReads::SecretsOnly(role) => {
            return Some(
                Finding::about(Severity::Warning, case, format!("`{shown}` is read as a Systems Manager parameter, but the execution role may read Secrets Manager only"))
                    .label(role, "this role may call `secretsmanager:GetSecretValue`, not `ssm:GetParameters`")
                    .note("a `valueFrom` that is no ARN always names a Systems Manager parameter")
                    .help("if a secret is meant, give its full ARN or `Ref` of it"),
            );
        }
        RoleReads::NotKnown => {}
    }
    name.known()?;
    if literal_contains(&name, '/') {
        return Some(
            Finding::about(Severity::Warning, case, format!("`{shown}` is read as the name of a Systems Manager parameter, but such a name with a slash in it begins with one"))
                .note("a `valueFrom` that is no ARN never names a secret of Secrets Manager")
                .help("if a secret is meant, give its full ARN; if a parameter is meant, begin its name with `/`"),
        );
    }
    Some(
        Finding::about(
            Severity::Note,
            case,
            format!("`{shown}` names a Systems Manager parameter of the task's own Region and account"),
        )
        .note("a `valueFrom` that is no ARN never names a secret of Secrets Manager")
        .help("if a secret of Secrets Manager is meant, give its full ARN"),
    )
}

/// The value for a message. Something with JSON in it may be the secret itself.
fn quoted(shown: &str) -> String {
    if shown.contains('"') { "this value".to_owned() } else { format!("`{shown}`") }
}

/// The secret of the template whose name the text is, or begins with before a colon.
fn secret_named<'c>(context: Context<'c>, text: &Text, case: &Case<Text>) -> Option<&'c Secret> {
    let pieces = text.split(":");
    let begins = pieces.first().filter(|first| !first.is_empty())?;
    if begins.known().as_deref() == Some("arn") {
        return None;
    }
    let named = |secret: &&Secret| {
        secret.name.known().any(|(name, other)| {
            (name == text || name == begins)
                && !name.is_empty()
                && context.possible(&[&case.when, &other.when, &secret.when])
        })
    };
    let secret = context.document.secrets.iter().find(named)?;
    let is_parameter =
        context.document.ssm_parameters.iter().any(|parameter| parameter.name.known().any(|(name, _)| name == text));
    (!is_parameter).then_some(secret)
}

fn of_template_secret(context: Context<'_>, task: &Task, secret: &Secret, text: &Text, case: &Case<Text>) -> Finding {
    let verb = if secret.name.known().any(|(name, _)| name == text) { "is" } else { "begins with" };
    let mut finding = Finding::about(
        Severity::Error,
        case,
        format!("`{}` {} the name of the secret `{}`, where its ARN is expected", text.shown(), verb, secret.id),
    )
    .here("AWS takes this for the name of a Systems Manager parameter")
    .label(secret.key, "the secret is defined here");
    if let Some((_, name)) = secret.name.known().next()
        && name.span != secret.key
    {
        finding = finding.label(name.span, "with this name");
    }
    // Elsewhere there may be a parameter of that name, if it is one that a parameter can have and that the role can read.
    let shown = text.shown();
    let is_no_parameter = literal_contains(text, ':')
        || !shown.starts_with('/') && literal_contains(text, '/')
        || matches!(role_reads(context, task, text, case), RoleReads::SecretsOnly(_));
    let safety = if is_no_parameter { Safety::Safe } else { Safety::Unsafe };
    with_ref(finding, safety, secret, text, case)
        .note("the task stops with `ResourceInitializationError`: there is no parameter of that name, or the role may not read it")
        .help(format!("use `Ref` of `{}`, which is its ARN", secret.id))
}

/// With `Ref` of the secret in the place of its name, and what follows that made complete.
fn with_ref(finding: Finding, safety: Safety, secret: &Secret, text: &Text, case: &Case<Text>) -> Finding {
    let is_name = secret.name.known().any(|(name, _)| name == text);
    let selector = if is_name { Vec::new() } else { text.split(":").split_off(1) };
    if case.origin.is_some() || !secret.when.is_always() || selector.len() > 3 {
        return finding;
    }
    let colon = || Text::literal(MappedText::unplaced(":"));
    let mut with = reference(&secret.id, None, ResourceKind::Secret);
    if !selector.is_empty() {
        let missing = 3 - selector.len();
        with = selector.into_iter().fold(with, |with, field| with.followed_by(colon()).followed_by(field));
        with = (0..missing).fold(with, |with, _| with.followed_by(colon()));
    }
    finding.fix(safety, format!("Use `Ref` of `{}`", secret.id), rewritten(case.span, with))
}

enum RoleReads {
    Parameters,
    SecretsOnly(crate::source::Span),
    NotKnown,
}

/// What the execution role, where the file shows all of it, may read.
fn role_reads(context: Context<'_>, task: &Task, name: &Text, case: &Case<Text>) -> RoleReads {
    let is_here = |arn: &Text| matches!(context.document.role(arn), RoleLink::Here(_));
    if !task.execution_role.known().all(|(arn, _)| is_here(arn)) {
        return RoleReads::NotKnown;
    }
    let asks_for_it = |access: &&Access<'_>| {
        access.need.span == case.span
            && matches!(&access.need.feature, Feature::Secret { target: SecretTarget::Name(other), .. } if other == name)
    };
    let mut found = RoleReads::NotKnown;
    for access in context.access.iter().filter(asks_for_it) {
        match &access.verdict {
            Verdict::Granted(_) => return RoleReads::Parameters,
            Verdict::Missing(_) if is_name_of_a_secret(context, access) => {
                found = RoleReads::SecretsOnly(access.role.key);
            }
            Verdict::Missing(_) => {}
            Verdict::Denied(_) | Verdict::Overruled(_) | Verdict::Unknown(_) => return RoleReads::NotKnown,
        }
    }
    found
}

fn credentials_parameter(text: &Text, case: &Case<Text>) -> Option<Finding> {
    let SecretTarget::Name(name) = SecretTarget::read(text) else { return None };
    let known = name.known()?;
    if known.trim().is_empty() || known.contains(|c: char| c == ':' || c == '{' || c == '[' || c.is_whitespace()) {
        return None;
    }
    Some(
        Finding::about(
            Severity::Note,
            case,
            format!("`{known}` names a secret of the task's own Region and account only"),
        )
        .note("the AWS console, and a secret in another Region or account, need the full ARN")
        .help("give the secret's full ARN, or `Ref` of a secret in the same template"),
    )
}

fn fsx_credentials(text: &Text, case: &Case<Text>) -> Option<Finding> {
    let SecretTarget::Name(name) = SecretTarget::read(text) else { return None };
    Some(
        Finding::about(
            Severity::Error,
            case,
            format!("`{}` is a name, but an FSx volume takes the ARN of a secret or parameter only", name.shown()),
        )
        .note("the container agent refuses it: \"only ssm/secretsmanager ARNs are valid\"")
        .help("give the full ARN of the secret or of the Systems Manager parameter"),
    )
}

fn literal_contains(text: &Text, wanted: char) -> bool {
    text.parts()
        .iter()
        .any(|part| matches!(part, crate::model::Part::Literal(piece) if piece.as_str().contains(wanted)))
}

/// `name:3`: a version of a parameter, which is not documented here; nothing is said of it.
fn is_versioned(shown: &str) -> bool {
    shown.rsplit_once(':').is_some_and(|(name, version)| {
        !name.contains(':') && !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit())
    })
}
