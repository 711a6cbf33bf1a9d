//! Roles, keys and what else decides who may read what, as they stand in templates.

use super::policy::{document_of, documents};
use super::reader::{Reader, Scalars};
use crate::cloudformation::Resource;
use crate::model::{
    Assumptions, AttachedPolicy, Field, Key, KeyAlias, NamedResource, Policy, ResourceKind, ResourcePolicy, Role, Text,
};
use crate::source::Span;
use crate::syntax::Node;

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
    let given = node.get("ManagedPolicyArns").and_then(|arns| reader.given_list(arns, when));
    incomplete |= arns.incomplete && given.is_none();
    let written = |key: &str| node.get(key).into_iter().flat_map(|value| reader.written(value, when)).collect();
    Some(Role {
        id: resource.id.to_string(),
        key: resource.key,
        when: when.clone(),
        name: text(reader, resource, node, "roleName"),
        written_names: written("RoleName"),
        trust: document_of(reader, node, "AssumeRolePolicyDocument", when)
            .filter(|_| !reader.may_hold_more(node))
            .unwrap_or_default(),
        policies,
        managed: given
            .unwrap_or_else(|| arns.nodes.into_iter().flat_map(|(arn, when)| reader.written(arn, &when)).collect()),
        incomplete,
        boundary: written("PermissionsBoundary"),
    })
}

/// `AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy` (`Roles`) and `AWS::IAM::RolePolicy` (`RoleName`).
pub fn attached_policy<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>) -> Vec<AttachedPolicy> {
    let Some(node) = resource.properties else { return Vec::new() };
    let (mut roles, mut roles_incomplete) = (Vec::new(), false);
    if resource.type_name == "AWS::IAM::RolePolicy" {
        roles.extend(node.get("RoleName").into_iter().flat_map(|name| reader.written(name, &resource.when)));
    } else {
        let list = reader.list(node, "roles", &resource.when);
        roles_incomplete = list.incomplete;
        roles.extend(list.nodes.into_iter().flat_map(|(name, when)| reader.written(name, &when)));
    }
    let is_shared = resource.type_name == "AWS::IAM::ManagedPolicy"
        || ["Users", "Groups"].iter().any(|others| node.get(others).is_some_and(|others| !others.is_empty()));
    let attach = |policy| AttachedPolicy {
        id: resource.id.to_string(),
        roles: roles.clone(),
        roles_incomplete,
        is_shared,
        policy,
    };
    documents_or_unknown(reader, resource, node, "PolicyDocument").into_iter().map(attach).collect()
}

/// `AWS::KMS::Key` or `AWS::KMS::ReplicaKey`.
pub fn key<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>) -> Key {
    let policies = resource.properties.and_then(|node| {
        let entry = reader.entry(node, "keyPolicy")?;
        Some(documents(reader, entry.value(), &resource.when))
    });
    Key {
        id: resource.id.to_string(),
        key: resource.key,
        when: resource.when.clone(),
        policies: policies.unwrap_or_default(),
    }
}

/// `AWS::KMS::Alias`.
pub fn alias<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>) -> Option<KeyAlias> {
    let node = resource.properties?;
    let text = |key| text(reader, resource, node, key);
    Some(KeyAlias { id: resource.id.to_string(), name: text("aliasName"), target: text("targetKeyId") })
}

/// `AWS::SecretsManager::ResourcePolicy` (`SecretId`, `ResourcePolicy`) or `AWS::S3::BucketPolicy` (`Bucket`, `PolicyDocument`).
pub fn resource_policy<'t>(
    reader: &Reader<'_, 't>,
    resource: &Resource<'t>,
    about: &str,
    document: &str,
) -> Vec<ResourcePolicy> {
    let Some(node) = resource.properties else { return Vec::new() };
    let about = text(reader, resource, node, about);
    let documents = documents_or_unknown(reader, resource, node, document).into_iter();
    documents.map(|policy| ResourcePolicy { about: about.clone(), policy }).collect()
}

/// A log group, a bucket or a repository; they need no properties.
pub fn named<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, kind: ResourceKind, key: &str) -> NamedResource {
    let policies = resource.properties.and_then(|node| {
        document_of(reader, node, "RepositoryPolicyText", &resource.when).filter(|_| kind == ResourceKind::Repository)
    });
    NamedResource {
        id: resource.id.to_string(),
        key: resource.key,
        kind,
        name: match resource.properties {
            Some(node) => text(reader, resource, node, key),
            None => Field::unset(resource.key, resource.when.clone()),
        },
        policies: policies.unwrap_or_default(),
    }
}

/// The documents of the property; an unknown one where the property is missing.
fn documents_or_unknown<'t>(
    reader: &Reader<'_, 't>,
    resource: &Resource<'t>,
    node: Node<'t>,
    key: &str,
) -> Vec<Policy> {
    document_of(reader, node, key, &resource.when).unwrap_or_else(|| vec![unknown(resource.key, &resource.when)])
}

fn unknown(span: Span, when: &Assumptions) -> Policy {
    Policy { span, when: when.clone(), statements: Vec::new(), incomplete: true }
}

fn text<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, node: Node<'t>, key: &str) -> Field<Text> {
    reader.text(node, key, &resource.when, resource.key, Scalars::AsTheFormatHasIt)
}
