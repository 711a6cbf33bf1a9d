//! IAM policy documents: objects, or the same as JSON text.
//!
//! Grammar: IAM user guide, "Grammar of the IAM JSON policy language". Letter case matters in keys.

use super::embedded::Embedded;
use super::parameters::Fault;
use super::reader::Reader;
use crate::cloudformation::{BranchValue, function_of};
use crate::model::{Assumptions, Effect, Patterns, Policy, PolicyCondition, Principals, Statement, Written};
use crate::source::{FileId, Source, Span};
use crate::syntax::{Kind, Node};

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// What a role may do.
    Identity,
    /// Who may assume a role.
    Trust,
}

/// Reads a file that is a policy document in JSON.
///
/// # Errors
/// What keeps it from being one, each thing with its place. Such a policy AWS would refuse.
pub fn policy_file(source: &Source, kind: PolicyKind) -> Result<Policy, Vec<Fault>> {
    let tree = crate::syntax::parse_json(source)
        .map_err(|problem| vec![(problem.span, format!("cannot be parsed as JSON: {}", problem.message))])?;
    let start = Span::new(source.id(), source.body_start(), source.body_start());
    let Some(root) = tree.roots(source).next().filter(|root| root.kind() == Kind::Object) else {
        return Err(vec![(start, "an IAM policy is an object with `Statement`".to_owned())]);
    };
    let faults = faults(root, kind);
    if !faults.is_empty() {
        return Err(faults);
    }
    let policy = document_in(&Reader::plain(), root, &Assumptions::always());
    let span = root.entry("Statement").map_or(policy.span, crate::syntax::Entry::key_span);
    Ok(Policy { span, ..policy })
}

/// What the grammar of policies asks for and is not there.
fn faults(root: Node<'_>, kind: PolicyKind) -> Vec<Fault> {
    let Some(statements) = root.get("Statement") else {
        let start = Span::new(root.span().file, root.span().start, root.span().start + 1);
        return vec![(start, "an IAM policy has `Statement`, and this object has none".to_owned())];
    };
    let nodes: Vec<Node<'_>> =
        if statements.kind() == Kind::Array { statements.items().collect() } else { vec![statements] };
    let mut faults = Vec::new();
    for node in nodes {
        let mut fault = |span: Span, message: &str| faults.push((span, message.to_owned()));
        if node.kind() != Kind::Object {
            fault(node.span(), "a statement must be an object");
            continue;
        }
        let start = Span::new(node.span().file, node.span().start, node.span().start + 1);
        let effect = node.get("Effect");
        if !effect.and_then(Node::scalar).is_some_and(|effect| matches!(effect.as_ref(), "Allow" | "Deny")) {
            fault(effect.map_or(start, Node::span), "a statement must have `Effect`, either `Allow` or `Deny`");
        }
        let subject: [&str; 2] = match kind {
            PolicyKind::Identity => ["Resource", "NotResource"],
            PolicyKind::Trust => ["Principal", "NotPrincipal"],
        };
        for [one, other] in [["Action", "NotAction"], subject] {
            if node.get(one).or_else(|| node.get(other)).is_none() {
                fault(start, &format!("a statement of this policy must have `{one}` or `{other}`"));
            }
        }
    }
    faults
}

/// The documents that the property can be; `None` where the holder is no object or the property is missing.
pub fn document_of<'t>(
    reader: &Reader<'_, 't>,
    holder: Node<'t>,
    key: &str,
    when: &Assumptions,
) -> Option<Vec<Policy>> {
    if holder.kind() != Kind::Object || function_of(holder).is_some() {
        return None;
    }
    Some(documents(reader, holder.get(key)?, when))
}

/// A policy document in each of its branches.
pub fn documents<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Vec<Policy> {
    let mut found = Vec::new();
    for branch in reader.branches(node, when) {
        match branch.value {
            BranchValue::Unset => {}
            BranchValue::Node(document) if document.is_null() => {}
            BranchValue::Node(document) if document.kind() == Kind::Object && function_of(document).is_none() => {
                found.push(document_in(reader, document, &branch.when));
            }
            BranchValue::Node(text) => {
                found.extend(reader.written(text, &branch.when).into_iter().map(document_in_text));
            }
            BranchValue::Unknown => {
                found.push(Policy { span: branch.span, when: branch.when, statements: Vec::new(), incomplete: true });
            }
        }
    }
    found
}

/// A document that is written as text; incomplete if that is no JSON object.
fn document_in_text(written: Written) -> Policy {
    let Written { text, span, when } = written;
    let incomplete = Policy { span, when: when.clone(), statements: Vec::new(), incomplete: true };
    let Some(embedded) = Embedded::new(&text) else { return incomplete };
    // The file's number is never seen: every place is mapped to where the text stands.
    let source = embedded.source(FileId(u32::MAX));
    let Ok(tree) = crate::syntax::parse_json(&source) else { return incomplete };
    let Some(root) = tree.roots(&source).next().filter(|root| root.kind() == Kind::Object) else { return incomplete };
    Policy { span, ..document_in(&Reader::of_embedded(&embedded), root, &when) }
}

fn document_in<'t>(reader: &Reader<'_, 't>, document: Node<'t>, when: &Assumptions) -> Policy {
    let mut policy =
        Policy { span: reader.place(document), when: when.clone(), statements: Vec::new(), incomplete: false };
    if let Some(list) = document.get("Statement") {
        read_statements(reader, list, when, &mut policy);
    }
    policy
}

fn read_statements<'t>(reader: &Reader<'_, 't>, list: Node<'t>, when: &Assumptions, policy: &mut Policy) {
    let single = list.kind() == Kind::Object && function_of(list).is_none();
    let nodes = if single {
        vec![(list, when.clone())]
    } else {
        let items = reader.items(list, when);
        policy.incomplete |= items.incomplete;
        items.nodes
    };
    for (node, when) in nodes {
        if node.kind() == Kind::Object && function_of(node).is_none() {
            policy.statements.push(statement(reader, node, when));
        } else {
            policy.incomplete = true;
        }
    }
}

fn statement<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: Assumptions) -> Statement {
    let effect = node.get("Effect").and_then(Node::scalar).and_then(|effect| match effect.as_ref() {
        "Allow" => Some(Effect::Allow),
        "Deny" => Some(Effect::Deny),
        _ => None,
    });
    Statement {
        span: reader.place(node),
        effect,
        actions: patterns(reader, node, "Action", "NotAction", &when),
        resources: patterns(reader, node, "Resource", "NotResource", &when),
        principals: principals(reader, node, &when),
        conditions: conditions(reader, node, &when),
        when,
    }
}

fn patterns<'t>(reader: &Reader<'_, 't>, node: Node<'t>, key: &str, not_key: &str, when: &Assumptions) -> Patterns {
    let (value, negated) = match (node.get(key), node.get(not_key)) {
        (Some(value), _) => (value, false),
        (None, Some(value)) => (value, true),
        (None, None) => return Patterns { incomplete: true, ..Patterns::default() },
    };
    let (any_of, incomplete) = strings(reader, value, when);
    Patterns { any_of, negated, incomplete }
}

fn principals<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Option<Principals> {
    let (value, negated) = match (node.get("Principal"), node.get("NotPrincipal")) {
        (Some(value), _) => (value, false),
        (None, Some(value)) => (value, true),
        (None, None) => return None,
    };
    let mut principals = Principals { negated, ..Principals::default() };
    for branch in reader.branches(value, when) {
        match branch.value {
            BranchValue::Node(block) if block.kind() == Kind::Object && function_of(block).is_none() => {
                for entry in block.entries() {
                    let (list, incomplete) = strings(reader, entry.value(), &branch.when);
                    match entry.key().as_ref() {
                        "AWS" => principals.aws.extend(list),
                        "Service" => principals.services.extend(list),
                        "Federated" | "CanonicalUser" => continue,
                        _ => principals.incomplete = true,
                    }
                    principals.incomplete |= incomplete;
                }
            }
            BranchValue::Node(everyone) => {
                let (list, incomplete) = strings(reader, everyone, &branch.when);
                let is_everyone = |written: &Written| written.text.known().as_deref() == Some("*");
                principals.everyone |= list.iter().any(|one| is_everyone(one) && one.when == *when);
                principals.aws.extend(list);
                principals.incomplete |= incomplete;
            }
            BranchValue::Unset => {}
            BranchValue::Unknown => principals.incomplete = true,
        }
    }
    Some(principals)
}

fn conditions<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Vec<PolicyCondition> {
    let Some(entry) = node.entry("Condition") else { return Vec::new() };
    let unknown = |when: &Assumptions| PolicyCondition {
        span: reader.place_of(entry.key_span()),
        when: when.clone(),
        operator: String::new(),
        key: String::new(),
        values: Vec::new(),
        incomplete: true,
    };
    let mut found = Vec::new();
    for (operators, when) in blocks(reader, entry.value(), when) {
        let Some(operators) = operators else {
            found.push(unknown(&when));
            continue;
        };
        for operator in operators.entries() {
            for (keys, when) in blocks(reader, operator.value(), &when) {
                let Some(keys) = keys else {
                    found.push(unknown(&when));
                    continue;
                };
                for key in keys.entries() {
                    let (values, incomplete) = strings(reader, key.value(), &when);
                    found.push(PolicyCondition {
                        span: reader.place_of(key.key_span()),
                        when: when.clone(),
                        operator: operator.key().into_owned(),
                        key: key.key().into_owned(),
                        values,
                        incomplete,
                    });
                }
            }
        }
    }
    found
}

/// The objects that a node can be; `None` in place of one that is not known.
fn blocks<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Vec<(Option<Node<'t>>, Assumptions)> {
    let branches = reader.branches(node, when).into_iter();
    branches
        .filter_map(|branch| match branch.value {
            BranchValue::Node(block) if block.kind() == Kind::Object && function_of(block).is_none() => {
                Some((Some(block), branch.when))
            }
            BranchValue::Unset => None,
            BranchValue::Node(block) if block.is_null() => None,
            BranchValue::Node(_) | BranchValue::Unknown => Some((None, branch.when)),
        })
        .collect()
}

/// A string or a list of strings, in each branch; and whether there may be others.
fn strings<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> (Vec<Written>, bool) {
    let (mut found, mut incomplete) = (Vec::new(), false);
    for branch in reader.branches(node, when) {
        match branch.value {
            BranchValue::Node(list) if list.kind() == Kind::Array => {
                let items = reader.items(list, &branch.when);
                incomplete |= items.incomplete;
                found.extend(items.nodes.into_iter().flat_map(|(item, when)| reader.written(item, &when)));
            }
            BranchValue::Node(one) => {
                let given = reader.given_list(one, &branch.when);
                found.extend(given.unwrap_or_else(|| reader.written(one, &branch.when)));
            }
            BranchValue::Unset => {}
            BranchValue::Unknown => incomplete = true,
        }
    }
    (found, incomplete)
}
