//! What the fixes of rules about permissions have in common: where a statement is added, and how references are written.

use super::{Context, Finding};
use crate::model::{Change, Draft, Reference, ResourceKind, ResourceRef, Role, Safety, Statement, Text, Written};
use crate::source::Span;

/// `Ref` of a resource, or `Fn::GetAtt` of one of its attributes.
pub fn reference(id: &str, attribute: Option<&str>, kind: ResourceKind) -> Text {
    let reference = ResourceRef { id: id.to_owned(), attribute: attribute.map(str::to_owned), kind };
    Text::hole(Reference::Resource(reference), Span::start_of(crate::source::FileId(u32::MAX)))
}

/// Something that is one, or a list of several.
pub fn one_or_list(mut drafts: Vec<Draft>) -> Option<Draft> {
    match drafts.len() {
        0 => None,
        1 => drafts.pop(),
        _ => Some(Draft::List(drafts)),
    }
}

/// A statement that allows the actions on the resources.
pub fn allowing(actions: &[&str], resources: &[&Text]) -> Option<Draft> {
    Some(Draft::object([
        ("Effect", Draft::literal("Allow")),
        ("Action", one_or_list(actions.iter().map(|action| Draft::literal(action)).collect())?),
        ("Resource", one_or_list(resources.iter().map(|text| Draft::Text((*text).clone())).collect())?),
    ]))
}

/// The statements that allow each action on what it is done to: one for each resource, with all of its actions, so that none
/// grants more than is needed.
pub fn least<'a>(needed: impl IntoIterator<Item = (&'a str, &'a Text)>) -> Vec<(Vec<&'a str>, Vec<&'a Text>)> {
    let mut resources: Vec<(&Text, Vec<&str>)> = Vec::new();
    for (action, arn) in needed {
        match resources.iter_mut().find(|(known, _)| *known == arn) {
            Some((_, actions)) if actions.contains(&action) => {}
            Some((_, actions)) => actions.push(action),
            None => resources.push((arn, vec![action])),
        }
    }
    let mut statements: Vec<(Vec<&str>, Vec<&Text>)> = Vec::new();
    for (resource, actions) in resources {
        match statements.iter_mut().find(|(known, _)| *known == actions) {
            Some((_, together)) => together.push(resource),
            None => statements.push((actions, vec![resource])),
        }
    }
    statements
}

/// The policy of a name that says what it is for.
pub fn named_policy(statements: &[Draft]) -> Draft {
    Draft::object([("PolicyName", Draft::literal(POLICY_NAME)), ("PolicyDocument", policy_document(statements))])
}

/// A policy document with these statements.
pub fn policy_document(statements: &[Draft]) -> Draft {
    Draft::object([("Version", Draft::literal("2012-10-17")), ("Statement", Draft::List(statements.to_vec()))])
}

/// The statement that lets ECS assume a role for tasks.
pub fn trust_in_tasks() -> Draft {
    Draft::object([
        ("Effect", Draft::literal("Allow")),
        ("Principal", Draft::object([("Service", Draft::literal("ecs-tasks.amazonaws.com"))])),
        ("Action", Draft::literal("sts:AssumeRole")),
    ])
}

/// What a policy is called that lets tasks start.
const POLICY_NAME: &str = "ecs-start";

/// The ways to give statements to a role of the file, best first: to an inline policy of its own, to a policy that is attached to
/// it alone, as a new inline policy, and as a policy resource where none of these can be written. An inline policy is made
/// together with its role; a policy resource may come too late for the first task of a service.
pub fn additions(context: Context<'_>, role: &Role, statements: &[Draft]) -> Vec<Change> {
    if role.is_described() || statements.is_empty() {
        return Vec::new();
    }
    let add_to = |at: Span| Change::Append { at, path: vec!["Statement".to_owned()], items: statements.to_vec() };
    let inline = role.policies.iter().filter(|policy| policy.when == role.when && !policy.incomplete);
    let attached = context.document.granted_to(role).policies.into_iter().filter(|applied| applied.place.is_none());
    let own = context.document.policies.iter().filter(|attached| {
        attached.roles.len() == 1 && !attached.roles_incomplete && attached.policy.when == role.when
    });
    let is_attached = |span: Span| attached.clone().any(|applied| applied.policy.span == span);
    let own = own.filter(|own| is_attached(own.policy.span)).map(|own| own.policy.span);
    let mut additions: Vec<Change> = inline.map(|policy| policy.span).chain(own).map(add_to).collect();
    let path = ["Properties", "Policies"].map(str::to_owned).to_vec();
    additions.push(Change::Append { at: role.key, path, items: vec![named_policy(statements)] });
    if role.when.is_always() {
        let resource = Draft::object([
            ("Type", Draft::literal("AWS::IAM::Policy")),
            (
                "Properties",
                Draft::object([
                    ("PolicyName", Draft::literal(POLICY_NAME)),
                    ("PolicyDocument", policy_document(statements)),
                    ("Roles", Draft::List(vec![Draft::Text(reference(&role.id, None, ResourceKind::Role))])),
                ]),
            ),
        ]);
        additions.push(Change::Before { place: role.key, key: format!("{}StartPolicy", role.id), value: resource });
    }
    additions
}

/// With the addition of statements to a role of the file, in whichever way can be written.
pub fn with_addition(
    finding: Finding,
    context: Context<'_>,
    role: &Role,
    title: &str,
    statements: &[Draft],
) -> Finding {
    let additions = additions(context, role, statements);
    additions.into_iter().fold(finding, |finding, addition| finding.fix(Safety::Unsafe, title, vec![addition]))
}

/// What takes these statements out of the inline policies of a role, if they allow nothing but those actions. A policy goes with
/// its last statement.
pub fn removals(role: &Role, statements: &[Span], actions: &[&str]) -> Option<Vec<Change>> {
    let mut found = 0;
    let mut removals = Vec::new();
    for policy in role.policies.iter().filter(|policy| !policy.incomplete) {
        let own: Vec<_> = policy.statements.iter().filter(|one| statements.contains(&one.span)).collect();
        let is_known =
            |written: &Written| written.text.known().is_some_and(|action| actions.contains(&action.as_ref()));
        let is_plain = |one: &&Statement| {
            let Statement { actions, .. } = one;
            !actions.negated && !actions.incomplete && actions.any_of.iter().all(is_known)
        };
        if !own.iter().all(is_plain) {
            return None;
        }
        found += own.len();
        if !own.is_empty() && own.len() == policy.statements.len() {
            removals.push(Change::Remove { place: policy.span, above: 1, holders: 1 });
        } else {
            removals.extend(own.iter().map(|one| Change::Remove { place: one.span, above: 0, holders: 0 }));
        }
    }
    (found == statements.len()).then_some(removals)
}

/// Puts other text in the place of a string that is written in a policy.
pub fn rewritten(place: Span, text: Text) -> Vec<Change> {
    vec![Change::Replace { place, with: Draft::Text(text) }]
}
