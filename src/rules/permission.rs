//! What the rules about permissions have in common: grouping, the nearest statement, the statement to add.

use super::mending::Granted;
use super::statement::statement;
use super::{Context, Finding, mending};
use crate::access::{Access, Missing};
use crate::iam::Shortfall;
use crate::model::{Notation, Safety, Severity, Text, Written};
use crate::source::Span;

/// The items that `same` holds together, in the order of the first of each group.
pub fn grouped<'a, T: ?Sized>(
    items: impl IntoIterator<Item = &'a T>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<Vec<&'a T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    for item in items {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| same(first, item))) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// A finding at the first of these uses that labels the others; each place once.
pub fn at_uses(uses: &[&Access<'_>], severity: Severity, message: String, here: &str) -> Option<Finding> {
    let (first, others) = uses.split_first()?;
    let mut finding = Finding::new(severity, first.need.span, message).when(&first.when).here(here);
    let mut seen = vec![first.need.span];
    for other in others {
        if !seen.contains(&other.need.span) {
            seen.push(other.need.span);
            finding = finding.label(other.need.span, "and this one");
        }
    }
    Some(uses.iter().fold(finding, |finding, one| finding.subject(subject(one))))
}

/// Which role lacks what for what.
fn subject(access: &Access<'_>) -> String {
    let resource = &access.need.resource;
    let named: Vec<&str> = resource.shown.split('`').skip(1).step_by(2).collect();
    let named = match &resource.arn {
        Some(arn) if named.is_empty() => arn.shown(),
        _ => named.join(" "),
    };
    format!("{} {} {named}", access.role.id, access.need.action).trim_end().to_owned()
}

/// The gravest of the uses.
pub fn gravest(uses: &[&Access<'_>]) -> Severity {
    uses.iter().map(|one| one.need.severity).max().unwrap_or(Severity::Note)
}

/// The actions that the uses lack, each once, in order.
pub fn actions<'a>(uses: &[&'a Access<'_>]) -> Vec<&'a str> {
    let mut actions = Vec::new();
    for one in uses {
        if !actions.contains(&one.need.action) {
            actions.push(one.need.action);
        }
    }
    actions
}

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``.
pub fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// With labels at the statement that comes nearest, and at what it lacks.
pub fn with_nearest(finding: Finding, missing: &Missing<'_>, action: &str) -> Finding {
    let Some(near) = missing.near.first() else { return finding };
    match near.shortfall {
        // It is an action on the registry as a whole.
        Shortfall::Resource(written) if action == "ecr:GetAuthorizationToken" => {
            finding.label(written.span, format!("`{action}` is allowed here, but takes the resource `*`"))
        }
        Shortfall::Resource(written) if written.span.file == near.statement.file => {
            finding.label(written.span, format!("`{action}` is allowed here, for something else"))
        }
        Shortfall::Action(written) if written.span.file == near.statement.file && is_of_service(written, action) => {
            finding.label(written.span, format!("this statement allows another action than `{action}`"))
        }
        Shortfall::Resource(_) | Shortfall::Action(_) => finding,
        Shortfall::Condition(condition) => finding.label(
            condition.span,
            format!("`{action}` is allowed under this condition, which does not hold when ECS asks"),
        ),
        Shortfall::Deployment => {
            finding.label(near.statement, format!("this statement allows `{action}`, in other deployments"))
        }
        Shortfall::Boundary(boundary) => finding
            .label(near.statement, format!("this statement allows `{action}`"))
            .label(boundary, "and the permissions boundary takes it away"),
    }
}

/// Whether the action that is written is of the same service, so that it may have been meant.
fn is_of_service(written: &Written, action: &str) -> bool {
    action.split_once(':').is_some_and(|(service, _)| written.text.known_start().starts_with(service))
}

/// With the statements to add to the role as a note, where they can be written: one for each resource, with all that is
/// lacking there, so that none grants more than is needed.
pub fn with_statement(finding: Finding, context: Context<'_>, role: &str, uses: &[&Access<'_>]) -> Finding {
    let document = context.document;
    // The policies of a role that the settings describe are JSON without functions.
    let is_described = uses.iter().any(|one| one.role.is_described());
    let notation = if is_described { Notation::Json } else { document.notation };
    let resource_of = |one: &Access<'_>| {
        let arn = one.need.resource.arn.clone()?;
        if is_described {
            Some(document.deployment.filled_in(&arn)).filter(|arn| arn.known().is_some())
        } else {
            Some(arn)
        }
    };
    let Some(arns) = uses.iter().map(|one| resource_of(one)).collect::<Option<Vec<Text>>>() else { return finding };
    let lacking = mending::least(uses.iter().map(|one| one.need.action).zip(&arns));
    let finding = match uses.first() {
        Some(first) => {
            let granted = mending::granting(document, &first.role.when, &lacking).unwrap_or_default();
            let finding = with_move(finding, context, uses, &arns, &granted);
            let title = format!("Allow {} for `{role}`", list(&actions(uses)));
            mending::with_addition(finding, context, first.role, &title, &granted)
        }
        None => finding,
    };
    let shown = lacking.iter().map(|(actions, resources)| statement(notation, actions, resources));
    match shown.collect::<Option<Vec<String>>>() {
        Some(shown) if shown.len() == 1 => {
            finding.note(format!("the statement that `{role}` lacks:\n{}", shown.concat()))
        }
        Some(shown) => {
            let between = if notation == Notation::Json { ",\n" } else { "\n" };
            finding.note(format!("the statements that `{role}` lacks:\n{}", shown.join(between)))
        }
        None => finding,
    }
}

/// With the way of what the task role is allowed in vain to the execution role, where its statements can be parted from all else.
fn with_move(
    finding: Finding,
    context: Context<'_>,
    uses: &[&Access<'_>],
    arns: &[Text],
    granted: &[Granted],
) -> Finding {
    let found = uses.iter().map(|one| one.missing().and_then(|missing| missing.on_task_role));
    let Some(found) = found.collect::<Option<Vec<_>>>() else { return finding };
    let (Some((task_role, _)), Some(first)) = (found.first(), uses.first()) else { return finding };
    let spans = unique(found.iter().map(|(_, span)| *span));
    let needed: Vec<&Text> = arns.iter().collect();
    let Some(removals) = mending::removals(task_role, &spans, &actions(uses), &needed) else { return finding };
    let title = format!("Move the permission from `{}` to `{}`", task_role.id, first.role.id);
    mending::additions(context, first.role, granted).into_iter().fold(finding, |finding, addition| {
        let changes = std::iter::once(addition).chain(removals.iter().cloned()).collect();
        finding.fix(Safety::Unsafe, title.clone(), changes)
    })
}

/// Whether the permissions boundary is what takes a permission away.
pub fn is_bounded(missing: &Missing<'_>) -> bool {
    missing.near.first().is_some_and(|near| matches!(near.shortfall, Shortfall::Boundary(_)))
}

/// The places without repetition, in order.
pub fn unique(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut seen = Vec::new();
    for span in spans {
        if !seen.contains(&span) {
            seen.push(span);
        }
    }
    seen
}
