//! What the fixes of rules about permissions have in common: where a statement is added, and how references are written.

use super::{Context, Finding};
use std::collections::HashSet;

use crate::model::{
    Assumption, Assumptions, Change, Document, Draft, Policy, Reference, ResourceKind, ResourceRef, Role, Safety,
    Statement, Text, Written,
};
use crate::source::{FileId, Span};

/// The file of what is written nowhere yet.
const NOWHERE: FileId = FileId(u32::MAX);

/// `Ref` of a resource, or `Fn::GetAtt` of one of its attributes.
pub fn reference(id: &str, attribute: Option<&str>, kind: ResourceKind) -> Text {
    let reference = ResourceRef { id: id.to_owned(), attribute: attribute.map(str::to_owned), kind };
    Text::hole(Reference::Resource(reference), Span::start_of(NOWHERE))
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

/// What a policy is called that lets tasks start. Those of one role have different names, or one would replace the other.
fn policy_name(beginning: &str, condition: Option<&str>) -> Draft {
    Draft::literal(&condition.map_or_else(|| beginning.to_owned(), |condition| format!("{beginning}-if-{condition}")))
}

/// A statement that a role is given.
pub struct Granted {
    statement: Draft,
    /// The condition that what it names depends on, and so it itself.
    condition: Option<String>,
}

/// The statements that allow actions on resources, [`least`] of them: what names something that is not there in every deployment in
/// which the role is, on its condition. `None` where that cannot be written.
pub fn granting(document: &Document, when: &Assumptions, least: &[(Vec<&str>, Vec<&Text>)]) -> Option<Vec<Granted>> {
    let mut granted = Vec::new();
    for (actions, resources) in least {
        let mut on_conditions: Vec<(Option<&str>, Vec<&Text>)> = Vec::new();
        for resource in resources {
            let condition = match conditions_of(document, when, resource).as_slice() {
                [] => None,
                [condition] => Some(*condition),
                _ => return None,
            };
            match on_conditions.iter_mut().find(|(known, _)| *known == condition) {
                Some((_, together)) => together.push(resource),
                None => on_conditions.push((condition, vec![resource])),
            }
        }
        for (condition, resources) in on_conditions {
            let statement = allowing(actions, &resources)?;
            granted.push(Granted { statement, condition: condition.map(str::to_owned) });
        }
    }
    Some(granted)
}

/// The conditions that what the text refers to depends on beyond those assumptions.
fn conditions_of<'d>(document: &'d Document, when: &Assumptions, text: &Text) -> Vec<&'d str> {
    let mut conditions = Vec::new();
    for hole in text.holes() {
        let Reference::Resource(resource) = &*hole.reference else { continue };
        let Some(name) = document.conditional.get(&resource.id).map(String::as_str) else { continue };
        let is_given = holding(document, name).is_some_and(|holding| document.conditions.implies(when, &holding));
        if !is_given && !conditions.contains(&name) {
            conditions.push(name);
        }
    }
    conditions
}

/// The assumption that a condition is met.
fn holding(document: &Document, condition: &str) -> Option<Assumptions> {
    let at = document.conditions.named.iter().position(|(name, _)| name == condition)?;
    Some(Assumptions::always().with(Assumption::Outcome(u16::try_from(at).ok()?, true)))
}

/// Something that is there on a condition.
fn conditional(draft: Draft, condition: &str) -> Draft {
    let nothing = Text::hole(Reference::Pseudo("AWS::NoValue".to_owned()), Span::start_of(NOWHERE));
    Draft::object([("Fn::If", Draft::List(vec![Draft::literal(condition), draft, Draft::Text(nothing)]))])
}

/// The statements as items of a list that has others in all deployments.
fn among_others(granted: &[Granted]) -> Vec<Draft> {
    let written = |one: &Granted| match &one.condition {
        Some(condition) => conditional(one.statement.clone(), condition),
        None => one.statement.clone(),
    };
    granted.iter().map(written).collect()
}

/// The statements of a new policy, and the condition that all of it depends on: IAM takes no policy without statements. `None` where
/// there would be none in some deployments.
fn of_a_policy(granted: &[Granted]) -> Option<(Vec<Draft>, Option<&str>)> {
    let first = granted.first()?;
    if granted.iter().any(|one| one.condition.is_none()) {
        return Some((among_others(granted), None));
    }
    let is_same = granted.iter().all(|one| one.condition == first.condition);
    is_same.then(|| (granted.iter().map(|one| one.statement.clone()).collect(), first.condition.as_deref()))
}

/// A new inline policy with the statements.
pub fn inline_policy(granted: &[Granted]) -> Option<Draft> {
    let (statements, condition) = of_a_policy(granted)?;
    let name = policy_name("ecs-start", condition);
    let policy = Draft::object([("PolicyName", name), ("PolicyDocument", policy_document(&statements))]);
    Some(match condition {
        Some(condition) => conditional(policy, condition),
        None => policy,
    })
}

/// The ways to give statements to a role of the file, best first: to an inline policy of its own, to a policy that is attached to
/// it alone, as a new inline policy, and as a policy resource where none of these can be written or what they name waits for the role.
/// An inline policy is made together with its role; a policy resource may come too late for the first task of a service.
pub fn additions(context: Context<'_>, role: &Role, granted: &[Granted]) -> Vec<Change> {
    if role.is_described() || granted.is_empty() {
        return Vec::new();
    }
    let document = context.document;
    let of_a_policy = of_a_policy(granted);
    let on_condition = of_a_policy
        .as_ref()
        .and_then(|(statements, condition)| Some((statements, role.when.and(&holding(document, (*condition)?)?))));
    let add_to = |policy: &Policy| {
        let has_others = policy.statements.iter().any(|one| one.when == policy.when)
            || granted.iter().any(|one| one.condition.is_none());
        let items = match &on_condition {
            Some((statements, when)) if policy.when == *when => (*statements).clone(),
            _ if policy.when == role.when && has_others => among_others(granted),
            _ => return None,
        };
        Some(Change::Append { at: policy.span, path: vec!["Statement".to_owned()], items })
    };
    let inline = role.policies.iter().filter(|policy| !policy.incomplete);
    let attached = document.granted_to(role).policies.into_iter().filter(|applied| applied.place.is_none());
    let own = document.policies.iter().filter(|attached| {
        attached.roles.len() == 1 && !attached.roles_incomplete && !attached.is_shared && !attached.policy.incomplete
    });
    let attached: HashSet<Span> = attached.map(|applied| applied.policy.span).collect();
    let is_attached = |span: Span| attached.contains(&span);
    let own = own.map(|own| &own.policy).filter(|own| is_attached(own.span));
    let mut additions: Vec<Change> = inline.chain(own).filter_map(add_to).collect();
    let path = ["Properties", "Policies"].map(str::to_owned).to_vec();
    additions.extend(inline_policy(granted).map(|policy| Change::Append { at: role.key, path, items: vec![policy] }));
    additions.extend(policy_resource(document, role, granted));
    additions
}

/// A resource that attaches a policy with the statements to the role, in the deployments in which that is there.
fn policy_resource(document: &Document, role: &Role, granted: &[Granted]) -> Option<Change> {
    let (statements, condition) = of_a_policy(granted)?;
    let condition = match condition {
        Some(condition) => {
            let implies = document.conditions.implies(&holding(document, condition)?, &role.when);
            Some(condition).filter(|_| implies).map(Some)?
        }
        None => document.conditional.get(&role.id).map(String::as_str),
    };
    let properties = Draft::object([
        ("PolicyName", policy_name("ecs-start-attached", condition)),
        ("PolicyDocument", policy_document(&statements)),
        ("Roles", Draft::List(vec![Draft::Text(reference(&role.id, None, ResourceKind::Role))])),
    ]);
    let value = resource_of("AWS::IAM::Policy", condition, properties);
    Some(Change::Before { place: role.key, key: format!("{}StartPolicy", role.id), value })
}

/// A resource of that type, which may depend on a condition.
pub fn resource_of(type_name: &str, condition: Option<&str>, properties: Draft) -> Draft {
    let entry = |key: &str, value| (key.to_owned(), value);
    let condition = condition.map(|condition| entry("Condition", Draft::literal(condition)));
    let entries = [Some(entry("Type", Draft::literal(type_name))), condition, Some(entry("Properties", properties))];
    Draft::Object(entries.into_iter().flatten().collect())
}

/// With the addition of statements to a role of the file, in whichever way can be written.
pub fn with_addition(finding: Finding, context: Context<'_>, role: &Role, title: &str, granted: &[Granted]) -> Finding {
    let additions = additions(context, role, granted);
    additions.into_iter().fold(finding, |finding, addition| finding.fix(Safety::Unsafe, title, vec![addition]))
}

/// What takes these statements out of the inline policies of a role, if they allow nothing but those actions; of what they name,
/// only these resources. A policy goes with its last statement.
pub fn removals(role: &Role, statements: &[Span], actions: &[&str], resources: &[&Text]) -> Option<Vec<Change>> {
    let mut found = 0;
    let mut removals = Vec::new();
    let is_known = |written: &Written| written.text.known().is_some_and(|action| actions.contains(&action.as_ref()));
    let is_named = |written: &&Written| resources.contains(&&written.text);
    for policy in role.policies.iter().filter(|policy| !policy.incomplete) {
        let own = policy.statements.iter().filter(|one| statements.contains(&one.span));
        let mut whole = Vec::new();
        for one in own {
            found += 1;
            let Statement { actions, resources, when, .. } = one;
            let is_plain = !actions.negated && !actions.incomplete && actions.any_of.iter().all(is_known);
            if !is_plain || resources.negated || resources.incomplete {
                return None;
            }
            let named: Vec<&Written> = resources.any_of.iter().filter(is_named).collect();
            if named.len() == resources.any_of.len() {
                whole.push(one);
            } else if named.is_empty() || named.iter().any(|written| written.when != *when) {
                return None;
            } else {
                removals.extend(named.iter().map(|one| Change::Remove { place: one.span, above: 0, holders: 0 }));
            }
        }
        if !whole.is_empty() && whole.len() == policy.statements.len() {
            removals.push(Change::Remove { place: policy.span, above: 1, holders: 1 });
        } else {
            removals.extend(whole.iter().map(|one| Change::Remove { place: one.span, above: 0, holders: 0 }));
        }
    }
    (found == statements.len()).then_some(removals)
}

/// Puts other text in the place of a string that is written in a policy.
pub fn rewritten(place: Span, text: Text) -> Vec<Change> {
    vec![Change::Replace { place, with: Draft::Text(text) }]
}
