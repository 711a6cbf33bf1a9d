//! IAM policy documents, roles and keys as they stand in templates.

use super::reader::{Reader, Scalars};
use crate::cloudformation::{BranchValue, Resource, function_of};
use crate::model::{
    Assumptions, AttachedPolicy, Effect, Field, Key, KeyAlias, ManagedArn, Patterns, Policy, PolicyCondition,
    Principals, Role, SecretPolicy, Statement, Text,
};
use crate::syntax::{Kind, Node};

/// `AWS::IAM::Role`.
pub fn role<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>) -> Option<Role> {
    let node = resource.properties?;
    let when = &resource.when;
    let inline = reader.list(node, "policies", when);
    let mut incomplete = inline.incomplete || reader.may_hold_more(node);
    let mut policies = Vec::new();
    for (entry, when) in inline.nodes {
        match document_of(reader, entry, "PolicyDocument", &when) {
            Some(documents) => policies.extend(documents),
            None => incomplete = true,
        }
    }
    let arns = reader.list(node, "managedPolicyArns", when);
    incomplete |= arns.incomplete;
    let managed = arns
        .nodes
        .into_iter()
        .flat_map(|(arn, when)| reader.raw_texts(arn, &when))
        .map(|(arn, when)| ManagedArn { arn, when });
    Some(Role {
        id: resource.id.clone(),
        key: resource.key,
        when: when.clone(),
        name: reader.text(node, "roleName", when, resource.key, Scalars::AsTheFormatHasIt),
        written_names: node
            .get("RoleName")
            .into_iter()
            .flat_map(|name| reader.raw_texts(name, when))
            .map(|(name, _)| name)
            .collect(),
        policies,
        managed: managed.collect(),
        incomplete,
        bounded: node.get("PermissionsBoundary").is_some_and(|boundary| !boundary.is_null()),
    })
}

/// `AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy` (`Roles`) and `AWS::IAM::RolePolicy` (`RoleName`).
pub fn attached_policy<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>) -> Vec<AttachedPolicy> {
    let Some(node) = resource.properties else { return Vec::new() };
    let (mut roles, mut roles_incomplete) = (Vec::new(), false);
    if resource.type_name == "AWS::IAM::RolePolicy" {
        roles.extend(node.get("RoleName").into_iter().flat_map(|name| reader.raw_texts(name, &resource.when)));
    } else {
        let list = reader.list(node, "roles", &resource.when);
        roles_incomplete = list.incomplete;
        roles.extend(list.nodes.into_iter().flat_map(|(name, when)| reader.raw_texts(name, &when)));
    }
    let documents = document_of(reader, node, "PolicyDocument", &resource.when).unwrap_or_else(|| {
        vec![Policy { span: resource.key, when: resource.when.clone(), statements: Vec::new(), incomplete: true }]
    });
    let attach = |policy| AttachedPolicy { id: resource.id.clone(), roles: roles.clone(), roles_incomplete, policy };
    documents.into_iter().map(attach).collect()
}

/// `AWS::KMS::Key` or `AWS::KMS::ReplicaKey`.
pub fn key<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>) -> Key {
    let policy = resource.properties.and_then(|node| {
        let entry = reader.entry(node, "keyPolicy").filter(|entry| !entry.value().is_null())?;
        let mut documents = documents(reader, entry.value(), &resource.when);
        match (documents.pop(), documents.is_empty()) {
            (Some(only), true) => Some(only),
            _ => Some(Policy {
                span: entry.key_span(),
                when: resource.when.clone(),
                statements: Vec::new(),
                incomplete: true,
            }),
        }
    });
    Key { id: resource.id.clone(), key: resource.key, when: resource.when.clone(), policy }
}

/// `AWS::KMS::Alias`.
pub fn alias<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>) -> Option<KeyAlias> {
    let node = resource.properties?;
    let text = |key| reader.text(node, key, &resource.when, resource.key, Scalars::AsTheFormatHasIt);
    Some(KeyAlias { id: resource.id.clone(), name: text("aliasName"), target: text("targetKeyId") })
}

/// `AWS::SecretsManager::ResourcePolicy`.
pub fn secret_policy<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>) -> Vec<SecretPolicy> {
    let Some(node) = resource.properties else { return Vec::new() };
    let secret: Field<Text> = reader.text(node, "secretId", &resource.when, resource.key, Scalars::AsTheFormatHasIt);
    let documents = document_of(reader, node, "ResourcePolicy", &resource.when).unwrap_or_else(|| {
        vec![Policy { span: resource.key, when: resource.when.clone(), statements: Vec::new(), incomplete: true }]
    });
    documents.into_iter().map(|policy| SecretPolicy { secret: secret.clone(), policy }).collect()
}

/// The documents that the property can be; `None` where the holder is no object or the property is missing.
fn document_of<'t>(reader: &Reader<'_, 't>, holder: Node<'t>, key: &str, when: &Assumptions) -> Option<Vec<Policy>> {
    if holder.kind() != Kind::Object || function_of(holder).is_some() {
        return None;
    }
    Some(documents(reader, holder.get(key)?, when))
}

/// A policy document in each of its branches. One that is written as JSON text is not read: it counts as incomplete.
fn documents<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Vec<Policy> {
    let mut found = Vec::new();
    for branch in reader.branches(node, when) {
        let mut policy =
            Policy { span: branch.span, when: branch.when.clone(), statements: Vec::new(), incomplete: true };
        match branch.value {
            BranchValue::Unset => continue,
            BranchValue::Node(document) if document.kind() == Kind::Object && function_of(document).is_none() => {
                policy.incomplete = false;
                if let Some(list) = document.get("Statement") {
                    read_statements(reader, list, &branch.when, &mut policy);
                }
            }
            BranchValue::Node(_) | BranchValue::Unknown => {}
        }
        found.push(policy);
    }
    found
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
        span: node.span(),
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
    let (any_of, incomplete) = text_list(reader, value, when);
    Patterns { any_of, negated, incomplete }
}

fn principals<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Option<Principals> {
    let (value, negated) = match (node.get("Principal"), node.get("NotPrincipal")) {
        (Some(value), _) => (value, false),
        (None, Some(value)) => (value, true),
        (None, None) => return None,
    };
    if value.kind() == Kind::Object && function_of(value).is_none() {
        let Some(aws) = value.get("AWS") else { return Some(Principals { negated, ..Principals::default() }) };
        let (aws, incomplete) = text_list(reader, aws, when);
        return Some(Principals { aws, negated, incomplete });
    }
    let (aws, incomplete) = text_list(reader, value, when);
    Some(Principals { aws, negated, incomplete })
}

fn conditions<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Vec<PolicyCondition> {
    let Some(block) = node.get("Condition") else { return Vec::new() };
    let unknown = || PolicyCondition { operator: String::new(), key: String::new(), values: Vec::new() };
    if block.kind() != Kind::Object || function_of(block).is_some() {
        return vec![unknown()];
    }
    let mut found = Vec::new();
    for operator in block.entries() {
        let keys = operator.value();
        if keys.kind() != Kind::Object || function_of(keys).is_some() {
            found.push(unknown());
            continue;
        }
        for key in keys.entries() {
            let (values, incomplete) = text_list(reader, key.value(), when);
            let values = if incomplete { Vec::new() } else { values.into_iter().map(|(text, _)| text).collect() };
            found.push(PolicyCondition { operator: operator.key().into_owned(), key: key.key().into_owned(), values });
        }
    }
    found
}

/// A string or a list of strings, in each branch; and whether there may be others.
fn text_list<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> (Vec<(Text, Assumptions)>, bool) {
    let (mut found, mut incomplete) = (Vec::new(), false);
    for branch in reader.branches(node, when) {
        match branch.value {
            BranchValue::Node(list) if list.kind() == Kind::Array => {
                let items = reader.items(list, &branch.when);
                incomplete |= items.incomplete;
                found.extend(items.nodes.into_iter().flat_map(|(item, when)| reader.raw_texts(item, &when)));
            }
            BranchValue::Node(one) => found.extend(reader.raw_texts(one, &branch.when)),
            BranchValue::Unset => {}
            BranchValue::Unknown => incomplete = true,
        }
    }
    (found, incomplete)
}
