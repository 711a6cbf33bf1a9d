//! A grant for a secret or a parameter that was given to the execution role and has no effect.

use super::mending::rewritten;
use super::permission::{grouped, unique};
use super::{Context, Finding, grants};
use crate::access::{Access, Feature, Ineffective};
use crate::iam::Form;
use crate::model::{Change, Draft, Part, Safety, Severity, Text, has_secret_suffix};
use crate::source::{MappedText, Span};

/// One finding per resource or action that is wrong.
pub fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let meant = context
        .access
        .iter()
        .filter(|access| matches!(access.need.feature, Feature::Secret { .. }) && ineffective(access).is_some());
    let groups = grouped(meant, |one, other| {
        ineffective(one).map(|one| one.written.span) == ineffective(other).map(|other| other.written.span)
    });
    findings.extend(groups.iter().filter_map(|uses| report(context, uses)));
    grants::without_effect(context, "secretsmanager:GetSecretValue", findings, reason);
}

fn ineffective<'a, 'p>(access: &'a Access<'p>) -> Option<&'a Ineffective<'p>> {
    access.missing()?.ineffective.as_ref()
}

fn report(context: Context<'_>, uses: &[&Access<'_>]) -> Option<Finding> {
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
    let finding = with_mended(finding, context, wrong, uses);
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

/// With the resource as it was meant.
fn with_mended(finding: Finding, context: Context<'_>, wrong: &Ineffective<'_>, uses: &[&Access<'_>]) -> Finding {
    let text = &wrong.written.text;
    let literal = |text: &str| Text::literal(MappedText::unplaced(text));
    let whole = |with: Text| rewritten(wrong.written.span, with);
    let (title, changes) = match wrong.form {
        Form::WithoutSuffix => {
            let Some(Part::Literal(last)) = text.parts().last() else { return finding };
            let length = last.as_str().len();
            let end = last.span(length..length).end;
            let place = Span::new(wrong.written.span.file, end, end);
            ("Add `-??????` for the end of the ARN", vec![Change::Rewrite { place, text: "-??????".to_owned() }])
        }
        Form::WithSelector if text.known_start().is_empty() => {
            let first = text.parts().first().cloned();
            ("Leave out what follows the ARN", whole(Text::new(first.into_iter().collect())))
        }
        Form::WithSelector => {
            let fields = text.split(":").into_iter().take(7);
            let arn = fields.enumerate().fold(Text::default(), |arn, (at, field)| {
                arn.followed_by(literal(if at == 0 { "" } else { ":" })).followed_by(field)
            });
            let ends = has_secret_suffix(&arn.shown(), false);
            ("Leave out what follows the ARN", whole(if ends { arn } else { arn.followed_by(literal("-??????")) }))
        }
        Form::DoubledSlash => match text.known() {
            Some(known) => ("Leave out a slash", whole(literal(&known.replacen("parameter//", "parameter/", 1)))),
            None => return finding,
        },
        Form::NameOnly => {
            let mut arns = uses.iter().map(|access| access.need.resource.arn.as_ref());
            let Some(Some(arn)) = arns.next() else { return finding };
            if !arns.all(|other| other == Some(arn)) {
                return finding;
            }
            ("Name it by its ARN", whole(arn.clone()))
        }
        Form::OtherParameterAction => {
            let item = Draft::literal("ssm:GetParameters");
            ("Allow `ssm:GetParameters` as well", vec![Change::Beside { place: wrong.written.span, item }])
        }
        _ => return finding,
    };
    // A statement that comes to life gives all that it allows.
    let reads = |action: &str| {
        let action = action.to_ascii_lowercase();
        let (service, verb) = action.split_once(':').unwrap_or((action.as_str(), ""));
        !matches!(service, "secretsmanager" | "ssm") && !service.contains('*')
            || ["get", "describe", "list", "batchget"].iter().any(|begin| verb.starts_with(begin))
    };
    let does_no_more =
        uses.first().is_some_and(|first| grants::every_action(context, first.role, wrong.statement, reads));
    let safety = if does_no_more { Safety::Safe } else { Safety::Unsafe };
    finding.fix(safety, title, changes)
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
