//! A grant for a secret or a parameter that was given to the execution role and has no effect.

use super::permission::{grouped, unique};
use super::{Context, Finding, grants};
use crate::access::{Access, Feature, Ineffective};
use crate::iam::Form;
use crate::model::Severity;

/// One finding per resource or action that is wrong.
pub fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let meant = context
        .access
        .iter()
        .filter(|access| matches!(access.need.feature, Feature::Secret { .. }) && ineffective(access).is_some());
    let groups = grouped(meant, |one, other| {
        ineffective(one).map(|one| one.written.span) == ineffective(other).map(|other| other.written.span)
    });
    findings.extend(groups.iter().filter_map(|uses| report(uses)));
    grants::without_effect(context, "secretsmanager:GetSecretValue", findings, reason);
}

fn ineffective<'a, 'p>(access: &'a Access<'p>) -> Option<&'a Ineffective<'p>> {
    access.missing()?.ineffective.as_ref()
}

fn report(uses: &[&Access<'_>]) -> Option<Finding> {
    let first = uses.first()?;
    let wrong = ineffective(first)?;
    let (role, need, shown) = (first.role, &first.need, wrong.written.text.shown());
    let what = &need.resource.shown;
    let message = match wrong.form {
        Form::OtherParameterAction => {
            format!("`{shown}` does not let `{}` read {what}: ECS calls `ssm:GetParameters`", role.id)
        }
        Form::OtherService => {
            let is = if need.action.starts_with("ssm:") {
                "a Systems Manager parameter"
            } else {
                "a Secrets Manager secret"
            };
            format!("`{shown}` does not let `{}` read {what}, which is {is}", role.id)
        }
        form => format!("`{}` on `{shown}` has no effect: {}", need.action, reason(form)),
    };
    let mut finding = Finding::new(Severity::Error, wrong.written.span, message)
        .when(&first.when)
        .here(match wrong.form {
            Form::OtherParameterAction | Form::OtherService => "not the action that is called",
            _ => "this matches nothing",
        })
        .label(role.key, "the execution role");
    for (at, span) in unique(uses.iter().map(|access| access.need.span)).into_iter().enumerate() {
        finding = finding.label(span, if at == 0 { "this cannot be read" } else { "nor can this" });
    }
    finding.resource = Some(role.id.clone());
    let help = match wrong.form {
        Form::WithoutSuffix => format!("use `Ref` of the secret, its whole ARN, or `{shown}-??????`"),
        Form::WithSelector => {
            "end the resource at the secret's name: what follows it in `valueFrom` is no part of the ARN".to_owned()
        }
        Form::DoubledSlash => {
            "leave one of the slashes out: the name's own first slash is the one behind `parameter`".to_owned()
        }
        Form::NameOnly => "name it by its ARN".to_owned(),
        _ => format!("allow `{}` as well", need.action),
    };
    Some(finding.note("the task stops with `ResourceInitializationError … AccessDeniedException`").help(help))
}

fn reason(form: Form) -> &'static str {
    match form {
        Form::WithoutSuffix => "the ARN of every secret ends in a hyphen and six more characters",
        Form::WithSelector => "it goes on behind the ARN, and matches no secret",
        Form::NameOnly => "IAM policies name resources by ARN",
        Form::DoubledSlash => "there is one slash too many behind `parameter`",
        _ => "it matches nothing",
    }
}
