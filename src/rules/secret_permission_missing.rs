//! An execution role that may not read what the task definition makes it read.

use super::permission::{at_uses, grouped, is_bounded, with_nearest, with_statement};
use super::{Context, Finding};
use crate::access::{Access, Feature, Verdict};
use crate::model::{SecretTarget, Severity, Task};

/// One finding per role and action, at the first reference; the other references are labelled.
pub fn check(context: Context<'_>, _: &Task, findings: &mut Vec<Finding>) {
    let lacking = context.access.iter().filter(|access| match &access.verdict {
        Verdict::Denied(_) => matches!(access.need.feature, Feature::Secret { .. }),
        Verdict::Missing(missing) => {
            matches!(access.need.feature, Feature::Secret { .. })
                && missing.ineffective.is_none()
                && missing.on_task_role.is_none()
                && !is_name_of_a_secret(context, access)
        }
        Verdict::Granted(_) | Verdict::Overruled(_) | Verdict::Unknown(_) => false,
    });
    let groups = grouped(lacking, |one, other| {
        let is_denied = |access: &Access<'_>| matches!(access.verdict, Verdict::Denied(_));
        one.need.action == other.need.action && one.role.id == other.role.id && is_denied(one) == is_denied(other)
    });
    findings.extend(groups.iter().filter_map(|uses| report(context, uses)));
}

/// A bare name that a role for Secrets Manager reads is a mistake in the name, which is another rule's.
pub fn is_name_of_a_secret(context: Context<'_>, access: &Access<'_>) -> bool {
    let Feature::Secret { target: SecretTarget::Name(name), .. } = &access.need.feature else { return false };
    !name.known_start().starts_with('/')
        && context.document.granted_to(access.role).mentions("secretsmanager:GetSecretValue")
}

fn report(context: Context<'_>, uses: &[&Access<'_>]) -> Option<Finding> {
    let first = uses.first()?;
    let (action, role, what) = (first.need.action, first.role, &first.need.resource.shown);
    let here = "read with the execution role when the task starts";
    let note = "the task stops with `ResourceInitializationError … AccessDeniedException`";
    let (finding, help) = match &first.verdict {
        Verdict::Denied(denied) => {
            let message = format!("the execution role `{}` is denied `{action}` for {what}", role.id);
            let finding = at_uses(uses, Severity::Error, message, here)?;
            let finding = finding.label(role.key, "the execution role").label(*denied, "this statement denies it");
            (finding, format!("no grant overcomes a `Deny`: take {what} out of the statement that denies it"))
        }
        Verdict::Missing(missing) if is_bounded(missing) => {
            let message = format!("the permissions boundary of `{}` leaves out `{action}` for {what}", role.id);
            let finding = at_uses(uses, Severity::Error, message, here)?.label(role.key, "the execution role");
            (with_nearest(finding, missing, action), "allow it in the permissions boundary as well".to_owned())
        }
        Verdict::Missing(missing) => {
            let message = format!("the execution role `{}` lacks `{action}` for {what}", role.id);
            let finding = at_uses(uses, Severity::Error, message, here)?
                .label(role.key, format!("no policy of this role allows `{action}` for {what}"));
            let arn = if action.starts_with("ssm:") { "parameter's" } else { "secret's" };
            let help = format!("allow `{action}` on the {arn} ARN in a policy of `{}`", role.id);
            (with_statement(with_nearest(finding, missing, action), context, &role.id, uses), help)
        }
        Verdict::Granted(_) | Verdict::Overruled(_) | Verdict::Unknown(_) => return None,
    };
    Some(finding.note(note).help(help))
}
