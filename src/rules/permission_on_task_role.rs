//! A permission that the task role has and the execution role needs: the two were taken for one another.

use super::permission::{actions, at_uses, gravest, grouped, list, unique, with_statement};
use super::{Context, Finding};
use crate::access::Access;
use crate::model::{Role, Task};
use crate::source::Span;

/// One finding per pair of roles, at the first setting that needs the permission.
pub fn check(context: Context<'_>, _: &Task, findings: &mut Vec<Finding>) {
    let lacking = context.access.iter().filter(|access| on_task_role(access).is_some());
    let groups = grouped(lacking, |one, other| {
        let id = |access: &Access<'_>| on_task_role(access).map(|(role, _)| role.id.clone());
        one.role.id == other.role.id && id(one) == id(other)
    });
    findings.extend(groups.iter().filter_map(|uses| report(context, uses)));
}

/// The task role and its statement, where that alone is what is wrong.
fn on_task_role<'p>(access: &Access<'p>) -> Option<(&'p Role, Span)> {
    access.missing().filter(|missing| missing.ineffective.is_none())?.on_task_role
}

fn report(context: Context<'_>, uses: &[&Access<'_>]) -> Option<Finding> {
    let first = uses.first()?;
    let (task_role, _) = on_task_role(first)?;
    let (role, actions) = (first.role, actions(uses));
    let message = format!(
        "the task role `{}` has {}, which the execution role `{}` needs",
        task_role.id,
        list(&actions),
        role.id
    );
    let mut finding = at_uses(uses, gravest(uses), message, "ECS does this with the execution role")?
        .label(role.key, format!("no policy of the execution role allows {}", list(&actions)));
    for statement in unique(uses.iter().filter_map(|access| on_task_role(access)).map(|(_, statement)| statement)) {
        finding = finding.label(statement, "the task role is allowed it here");
    }
    let finding = with_statement(finding, context, &role.id, uses);
    Some(
        finding
            .note("the execution role is what ECS uses to start the task; the task role is for the program in it")
            .help(format!(
                "give the permission to `{}`; leave it to `{}` only if the program needs it too",
                role.id, task_role.id
            )),
    )
}
