//! An execution role that lacks what pulling images, writing logs or reading files takes.

use super::permission::{actions, at_uses, gravest, grouped, is_bounded, list, unique, with_nearest, with_statement};
use super::{Context, Finding};
use crate::access::{Access, Feature, Verdict};
use crate::model::{LaunchType, Severity, Task};
use crate::source::Span;

/// One finding per role and feature, at the first setting that needs it.
pub fn check(context: Context<'_>, _: &Task, findings: &mut Vec<Finding>) {
    let lacking = context.access.iter().filter(|access| {
        !matches!(access.need.feature, Feature::Secret { .. } | Feature::Decrypt { .. })
            && match &access.verdict {
                Verdict::Denied(_) => true,
                Verdict::Missing(missing) => missing.on_task_role.is_none(),
                Verdict::Granted(_) | Verdict::Overruled(_) | Verdict::Unknown(_) => false,
            }
    });
    let groups = grouped(lacking, |one, other| {
        one.role.id == other.role.id
            && std::mem::discriminant(&one.need.feature) == std::mem::discriminant(&other.need.feature)
    });
    findings.extend(groups.iter().filter_map(|uses| report(context, uses)));
}

fn report(context: Context<'_>, uses: &[&Access<'_>]) -> Option<Finding> {
    let first = uses.iter().min_by_key(|one| std::cmp::Reverse(one.need.severity))?;
    let (role, actions) = (first.role, actions(uses));
    let (what, consequence) = words(first);
    let denials: Vec<Span> = unique(uses.iter().filter_map(|one| match one.verdict {
        Verdict::Denied(span) => Some(span),
        _ => None,
    }));
    let lacking: Vec<&Access<'_>> = uses.iter().copied().filter(|one| one.missing().is_some()).collect();
    let verb = if lacking.is_empty() { "is denied" } else { "lacks" };
    let message = format!("the execution role `{}` {verb} {} for {what}", role.id, list(&actions));
    let mut finding = at_uses(uses, gravest(uses), message, "done with the execution role when the task starts")?;
    finding = match lacking.first().and_then(|one| Some((one, one.missing()?))) {
        None => finding.label(role.key, "the execution role"),
        Some((_, missing)) if is_bounded(missing) => {
            with_nearest(finding.label(role.key, "the execution role"), missing, first.need.action)
        }
        Some((one, missing)) => {
            let absent = super::permission::actions(&lacking);
            let finding = finding.label(role.key, format!("no policy of this role allows {}", list(&absent)));
            with_statement(with_nearest(finding, missing, one.need.action), context, &role.id, &lacking)
        }
    };
    for denial in &denials {
        finding = finding.label(*denial, "this statement denies it");
    }
    let bounded = lacking.iter().any(|one| one.missing().is_some_and(is_bounded));
    finding = finding.help(if !denials.is_empty() {
        "no grant overcomes a `Deny`: narrow the statement that denies it".to_owned()
    } else if bounded {
        "allow it in the permissions boundary as well".to_owned()
    } else {
        help(first, &role.id)
    });
    let only_optional = actions == ["ecr:BatchCheckLayerAvailability"];
    let finding = match &first.need.feature {
        Feature::Image if only_optional => finding.note(
            "AWS lists it among the permissions to pull, and leaves it out of its own `AmazonEC2ContainerRegistryPullOnly`",
        ),
        Feature::CachedImage(cache) => finding.label(*cache, "the rule that fills the cache"),
        Feature::File(_) if first.need.severity < Severity::Error => {
            finding.note("the bucket is defined elsewhere: its own policy may let the role in")
        }
        _ => finding,
    };
    Some(if only_optional { finding } else { finding.note(consequence) })
}

/// What needs the permission, and what happens without it.
fn words(access: &Access<'_>) -> (String, &'static str) {
    match &access.need.feature {
        Feature::Image => (
            "pulling the image from Amazon ECR".to_owned(),
            "the task stops with `CannotPullContainerError` or `ResourceInitializationError: unable to pull secrets or registry auth`",
        ),
        Feature::CachedImage(_) => (
            "pulling an image through the cache for the first time".to_owned(),
            "until the image is in the cache, pulling it ends in `CannotPullContainerError`; if its repository is not there yet, `ecr:CreateRepository` is needed too, unless a policy of the registry or a template for repositories gives it",
        ),
        Feature::Log(acting) => {
            let place = match acting.launch.launch_type {
                LaunchType::Fargate => "on Fargate",
                LaunchType::External => "on ECS Anywhere",
                LaunchType::Ec2 | LaunchType::ManagedInstances => "on ECS Managed Instances",
            };
            (
                format!("the log driver `awslogs` {place}"),
                "the task stops with `ResourceInitializationError: failed to validate logger args … AccessDeniedException`",
            )
        }
        Feature::File(what) => (
            format!("{what} {}", access.need.resource.shown),
            "the task stops with `ResourceInitializationError`: the file cannot be fetched",
        ),
        Feature::Secret { .. } | Feature::Decrypt { .. } => (access.need.resource.shown.clone(), ""),
    }
}

fn help(access: &Access<'_>, role: &str) -> String {
    match access.need.feature {
        Feature::Image | Feature::Log(_) => {
            let group = if access.need.action == "logs:CreateLogGroup" {
                "; it does not include `logs:CreateLogGroup`"
            } else {
                ""
            };
            format!(
                "attach the managed policy `service-role/AmazonECSTaskExecutionRolePolicy` to `{role}`, or add the statement{group}"
            )
        }
        _ => format!("add the statement to a policy of `{role}`"),
    }
}
