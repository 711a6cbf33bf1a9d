//! A secret with a customer managed key that the execution role may not decrypt with.

use super::permission::{at_uses, gravest, grouped, is_bounded, with_nearest, with_statement};
use super::{Context, Finding};
use crate::access::{Access, Feature, KeyLink, Verdict};
use crate::model::{Key, Severity, Task};
use crate::source::Span;

/// One finding per role and key, at the first reference; the other references are labelled.
pub fn check(context: Context<'_>, _: &Task, findings: &mut Vec<Finding>) {
    let lacking = context.access.iter().filter(|access| {
        matches!(access.need.feature, Feature::Decrypt { .. })
            && match &access.verdict {
                Verdict::Denied(_) => true,
                Verdict::Missing(missing) => missing.ineffective.is_none() && missing.on_task_role.is_none(),
                Verdict::Granted(_) | Verdict::Overruled(_) | Verdict::Unknown(_) => false,
            }
    });
    let groups = grouped(lacking, |one, other| one.role.id == other.role.id && is_same_key(one, other));
    findings.extend(groups.iter().filter_map(|uses| report(context, uses)));
}

/// Whether both are about one key of the file, or name a key elsewhere in the same words.
pub fn is_same_key(one: &Access<'_>, other: &Access<'_>) -> bool {
    match (key_of(one), key_of(other)) {
        (Some(one), Some(other)) => one.id == other.id,
        (None, None) => one.need.resource.shown == other.need.resource.shown,
        _ => false,
    }
}

fn key_of<'p>(access: &Access<'p>) -> Option<&'p Key> {
    match access.need.feature {
        Feature::Decrypt { key: KeyLink::Here(key), .. } => Some(key),
        _ => None,
    }
}

fn report(context: Context<'_>, uses: &[&Access<'_>]) -> Option<Finding> {
    let first = uses.first()?;
    let Feature::Decrypt { secret, key_id, key } = &first.need.feature else { return None };
    let (role, what) = (first.role, &first.need.resource.shown);
    let begin = |message: String| {
        let here = "read with the execution role when the task starts";
        let finding = at_uses(uses, gravest(uses), message, here)?;
        Some(finding.label(*key_id, "encrypted with a customer managed key"))
    };
    let cannot = format!("the execution role `{}` may not decrypt the secret `{}`", role.id, secret.id);
    let finding = match (&first.verdict, key) {
        (Verdict::Denied(span), _) => begin(format!("{cannot}: `kms:Decrypt` on {what} is denied"))?
            .label(role.key, "the execution role")
            .label(*span, "this statement denies it")
            .help("no grant overcomes a `Deny`: take the key or the role out of the statement that denies it"),
        (Verdict::Missing(missing), _) if is_bounded(missing) => {
            let finding = begin(format!("{cannot}: the permissions boundary leaves out `kms:Decrypt`"))?;
            with_nearest(finding.label(role.key, "the execution role"), missing, "kms:Decrypt")
                .help("allow it in the permissions boundary as well")
        }
        (Verdict::Missing(missing), KeyLink::Here(key)) => {
            let finding = begin(format!("{cannot}: it lacks `kms:Decrypt` on {what}"))?
                .label(key.key, "this key's policy does not name the role for `kms:Decrypt`")
                .label(role.key, "no policy of this role allows `kms:Decrypt` on the key");
            let finding = with_nearest(finding, missing, "kms:Decrypt");
            with_statement(finding, context, &role.id, uses).help(format!(
                "allow `kms:Decrypt` on `{}`'s ARN (`Fn::GetAtt` `Arn`) in a policy of `{}`",
                key.id, role.id
            ))
        }
        (Verdict::Missing(missing), KeyLink::Elsewhere | KeyLink::Chosen) => {
            let message = format!(
                "no policy of the execution role `{}` allows `kms:Decrypt`, which the secret `{}` takes with a key of its own",
                role.id, secret.id
            );
            let which = if secret.is_described() { "on that key" } else { "on any key" };
            let label = format!("no policy of this role allows `kms:Decrypt` {which}");
            let finding = begin(message)?.label(role.key, label);
            let finding = with_statement(with_nearest(finding, missing, "kms:Decrypt"), context, &role.id, uses);
            let finding = finding.note(
                "the key is defined elsewhere: the task starts if the key's own policy names the role, or a grant does",
            );
            let finding = match key {
                KeyLink::Chosen => {
                    finding.note("nothing is lacking while the parameter names Secrets Manager's own key")
                }
                KeyLink::Here(_) | KeyLink::Elsewhere => finding,
            };
            finding.help(format!(
                "allow `kms:Decrypt` on the key's ARN in a policy of `{}`, or name the role in the key's policy",
                role.id
            ))
        }
        _ => return None,
    };
    Some(with_consequence(finding))
}

/// What AWS says.
pub fn with_consequence(finding: Finding) -> Finding {
    if finding.severity == Severity::Note {
        return finding;
    }
    finding
        .note("the task stops with `ResourceInitializationError … AccessDeniedException: Access to KMS is not allowed`")
}

/// Where the secret's key is named.
pub fn key_id_of(access: &Access<'_>) -> Option<Span> {
    match access.need.feature {
        Feature::Decrypt { key_id, .. } => Some(key_id),
        _ => None,
    }
}
