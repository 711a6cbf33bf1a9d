//! Grants in the roles of tasks that have no effect, whether or not a task of the file needs them.

use super::{Context, Finding};
use crate::iam::{Decision, Form, Match, Subject, form_of, lets_tasks_assume};
use crate::model::{Assumptions, Effect, Role, Severity, Statement, Written};
use crate::source::Span;

/// Adds a warning for each statement of which no resource can ever match, on roles that ECS assumes for tasks.
/// `reason` puts the form in words. A place of which something graver was said is left alone when the run is sorted out.
pub fn without_effect(
    context: Context<'_>,
    action: &str,
    findings: &mut Vec<Finding>,
    reason: impl Fn(Form) -> &'static str,
) {
    let document = context.document;
    let action_asked = Subject::known(action);
    let is_for_tasks =
        |role: &Role| matches!(lets_tasks_assume(role, &Assumptions::always(), document), Decision::Allowed(_));
    for role in &document.roles {
        // Asked once, and only where there is such a statement, which most roles have none of.
        let mut is_of_tasks = None;
        for applied in document.granted_to(role).policies.iter().filter(|applied| applied.place.is_none()) {
            for statement in &applied.policy.statements {
                let Some(form) = dead_form(statement, (action, &action_asked)) else { continue };
                if !*is_of_tasks.get_or_insert_with(|| is_for_tasks(role)) {
                    continue;
                }
                let Some(written) = statement.resources.any_of.first() else { continue };
                let message = format!("`{action}` on `{}` has no effect: {}", written.text.shown(), reason(form));
                let mut finding = Finding::new(Severity::Warning, written.span, message)
                    .when(&statement.when)
                    .here("this matches nothing")
                    .label(role.key, "ECS assumes this role for tasks");
                finding.resource = Some(role.id.clone());
                let known = findings
                    .iter()
                    .any(|known| known.primary.span == written.span || known.primary.span == statement.span);
                if !known {
                    findings.push(finding);
                }
            }
        }
    }
}

/// Whether all that a statement of a role allows is known and of that kind.
pub fn every_action(context: Context<'_>, role: &Role, statement: Span, is_wanted: impl Fn(&str) -> bool) -> bool {
    let policies = context.document.granted_to(role).policies;
    let mut statements = policies.iter().flat_map(|applied| &applied.policy.statements);
    statements.find(|one| one.span == statement).is_some_and(|statement| {
        let actions = &statement.actions;
        let is_wanted = |action: &Written| action.text.known().is_some_and(|action| is_wanted(&action));
        !actions.negated && !actions.incomplete && actions.any_of.iter().all(is_wanted)
    })
}

/// The form of the first resource, if none of them can ever match what the action is done to.
fn dead_form(statement: &Statement, (action, subject): (&str, &Subject)) -> Option<Form> {
    let names_it = statement.actions.any_of.iter().any(|one| subject.matched_by(&one.text, true) == Match::Yes);
    let resources = &statement.resources;
    let readable = statement.effect == Some(Effect::Allow) && !resources.negated && !resources.incomplete;
    if !names_it || !readable || statement.actions.negated || resources.any_of.is_empty() {
        return None;
    }
    // A key of AWS's own needs no grant, so that none is missed.
    if resources.any_of.iter().any(|written| written.text.shown().contains("alias/aws/")) {
        return None;
    }
    let forms = resources.any_of.iter().map(|written| form_of(action, &written.text));
    forms.collect::<Option<Vec<Form>>>()?.into_iter().next()
}
