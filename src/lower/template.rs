//! A `CloudFormation` template, resource by resource.

use std::collections::HashSet;

use rayon::prelude::*;

use super::access;
use super::launch;
use super::reader::{Reader, Scalars};
use super::suppression;
use super::task::{self, Place};
use crate::cloudformation::{MAX_CASES, Resource, Template, function_of, resource_kind};
use crate::model::{
    Deployment, Document, DocumentKind, Extent, Field, Generator, LaunchType, Notation, Problem, ProblemKind,
    ReplicaRegion, ResourceKind, Secret, SecretPlace, Service, SsmParameter, TaskKind, Text,
};
use crate::source::{FileId, Span};
use crate::syntax::{Entry, Kind, Node};

/// Reads the template whose root is `root`.
pub fn template(file: FileId, root: Node<'_>, notation: Notation, deployment: &Deployment) -> Document {
    let template = Template::new(root, deployment);
    let reader = Reader::of_template(&template);
    let mut document = Document::new(file, DocumentKind::Template, notation);
    sections(&reader, root);
    suppression::of_template(root, &mut document);
    let mut problems = reader.into_problems();
    let may_launch = root.may_have_key_in_file(launch::USER_DATA);
    let parts = template.resources().par_chunks(RESOURCES_AT_ONCE).map(|resources| {
        let mut part = Document::new(file, DocumentKind::Template, notation);
        let reader = Reader::of_template(&template);
        for resource in resources {
            let is_possible = template.conditions().possible(&[&resource.when]);
            any_resource(&reader, resource, (is_possible, may_launch), &mut part);
        }
        (part, reader.into_problems())
    });
    for (part, of_part) in parts.collect::<Vec<_>>() {
        document.append(part);
        // What two resources share by an alias has one problem.
        let reported: HashSet<Span> = problems.iter().map(|problem| problem.span).collect();
        problems.extend(of_part.into_iter().filter(|problem| !reported.contains(&problem.span)));
    }
    hand_overs(&template, root, &mut document);
    document.problems.extend(problems);
    document.problems.extend(template.given_up().into_iter().map(too_many_cases));
    document.conditions = template.conditions().clone();
    document.hidden = template.hidden_values();
    let conditional = template.resources().iter().filter(|resource| !resource.when.is_always());
    let condition = |resource: &Resource<'_>| resource.node.get("Condition").and_then(Node::scalar).map(Into::into);
    document.conditional = conditional.filter_map(|one| Some((one.id.to_string(), condition(one)?))).collect();
    document
}

/// Resources are read in parallel, so many by one thread.
const RESOURCES_AT_ONCE: usize = 32;

fn any_resource<'t>(
    reader: &Reader<'_, 't>,
    resource: &Resource<'t>,
    (is_possible, may_launch): (bool, bool),
    document: &mut Document,
) {
    let whole = Span { end: resource.node.span().end, ..resource.key };
    document.resources.push(Extent { name: resource.id.to_string(), span: whole });
    if is_possible {
        suppression::of_resource(resource, whole, document);
        read_resource(reader, resource, document);
        launch::resource(reader, resource, may_launch, document);
    }
}

/// Some value has too many cases to look at each.
fn too_many_cases(span: Span) -> Problem {
    let message = format!(
        "this can be more than {MAX_CASES} different values, or be put together in too many ways, and was not looked at"
    );
    let help = "decide fewer things in one value, or give the values of parameters (`--parameters`)";
    Problem { kind: ProblemKind::Limit { message, help }, span }
}

/// Sections, and resources in them, that are not what they must be.
fn sections<'t>(reader: &Reader<'_, 't>, root: Node<'t>) {
    for section in ["Resources", "Parameters", "Mappings", "Conditions", "Outputs"] {
        let Some(node) = root.get(section).filter(|node| node.kind() != Kind::Object) else { continue };
        reader.wrong_type(section, "an object", node);
    }
    for entry in root.get("Resources").into_iter().flat_map(Node::entries) {
        let resource = entry.value();
        if entry.key().starts_with("Fn::") || function_of(resource).is_some() {
            continue;
        }
        if resource.kind() != Kind::Object {
            reader.wrong_type_of(format!("the resource `{}`", entry.key()), "an object", resource);
            continue;
        }
        if let Some(kind) =
            resource.get("Type").filter(|node| node.kind() != Kind::String && function_of(*node).is_none())
        {
            reader.wrong_type("Type", "a string", kind);
        }
        if let Some(properties) =
            resource.get("Properties").filter(|node| node.kind() != Kind::Object && !node.is_null())
        {
            reader.wrong_type("Properties", "an object", properties);
        }
    }
}

fn read_resource<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, document: &mut Document) {
    let place = || Place { name: Some(resource.id.to_string()), key: resource.key, when: resource.when.clone() };
    if read_without_properties(reader, resource, document) {
        return;
    }
    let Some(node) = resource.properties else { return };
    match &*resource.type_name {
        "AWS::ECS::TaskDefinition" => {
            document.tasks.push(task::task_definition(reader, node, place(), TaskKind::TaskDefinition));
            let containers = launch::containers(reader, node, "containerDefinitions", &resource.when);
            launch::environments(reader, &containers, document);
        }
        "AWS::ECS::DaemonTaskDefinition" => {
            document.tasks.push(task::task_definition(reader, node, place(), TaskKind::Daemon));
        }
        "AWS::ECS::ExpressGatewayService" => document.tasks.push(task::express_service(reader, node, place())),
        "AWS::Batch::JobDefinition" => document.tasks.extend(task::batch_job(reader, node, &place())),
        "AWS::ECS::Service" => document.services.push(service(reader, resource, node)),
        "AWS::IAM::Role" => document.roles.extend(access::role(reader, resource)),
        "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" | "AWS::IAM::ManagedPolicy" => {
            document.policies.extend(access::attached_policy(reader, resource));
        }
        "AWS::KMS::Alias" => document.aliases.extend(access::alias(reader, resource)),
        "AWS::SecretsManager::Secret" => document.secrets.push(Secret {
            id: resource.id.to_string(),
            key: resource.key,
            when: resource.when.clone(),
            name: text(reader, resource, node, "name"),
            key_id: text(reader, resource, node, "kmsKeyId"),
            replicas: replicas(reader, resource, node),
            value: text(reader, resource, node, "secretString"),
            generators: generators(reader, resource, node),
        }),
        "AWS::SecretsManager::ResourcePolicy" => {
            let policies = access::resource_policy(reader, resource, "secretId", "ResourcePolicy");
            document.resource_policies.extend(policies);
        }
        "AWS::S3::BucketPolicy" => {
            let policies = access::resource_policy(reader, resource, "bucket", "PolicyDocument");
            document.resource_policies.extend(policies);
        }
        "AWS::ECR::PullThroughCacheRule" => {
            document.pull_through.push((text(reader, resource, node, "ecrRepositoryPrefix"), resource.key));
        }
        "AWS::SSM::Parameter" => {
            document
                .ssm_parameters
                .push(SsmParameter { id: resource.id.to_string(), name: text(reader, resource, node, "name") });
        }
        _ => {}
    }
}

/// Resources that mean something even where nothing is said of them.
fn read_without_properties<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, document: &mut Document) -> bool {
    let (kind, name) = match &*resource.type_name {
        "AWS::KMS::Key" | "AWS::KMS::ReplicaKey" => {
            document.keys.push(access::key(reader, resource));
            return true;
        }
        "AWS::Logs::LogGroup" => (ResourceKind::LogGroup, "logGroupName"),
        "AWS::S3::Bucket" => (ResourceKind::Bucket, "bucketName"),
        "AWS::ECR::Repository" => (ResourceKind::Repository, "repositoryName"),
        _ => return false,
    };
    document.named.push(access::named(reader, resource, kind, name));
    true
}

fn replicas<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, node: Node<'t>) -> Vec<ReplicaRegion> {
    let replicas = reader.object_list(node, "replicaRegions", &resource.when).into_iter();
    replicas
        .map(|(replica, when)| ReplicaRegion {
            region: reader.text(replica, "region", &when, resource.key, Scalars::AsTheFormatHasIt),
            key_id: reader.text(replica, "kmsKeyId", &when, resource.key, Scalars::AsTheFormatHasIt),
        })
        .collect()
}

fn text<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, node: Node<'t>, key: &str) -> Field<Text> {
    reader.text(node, key, &resource.when, resource.key, Scalars::AsTheFormatHasIt)
}

fn generators<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, node: Node<'t>) -> Vec<Generator> {
    let Some(span) = reader.entry(node, "generateSecretString").map(Entry::key_span) else { return Vec::new() };
    let branches = reader.objects(node, "generateSecretString", &resource.when).into_iter();
    branches
        .map(|(branch, when)| {
            let text = |key| reader.text(branch, key, &when, span, Scalars::AsTheFormatHasIt);
            Generator { span, template: text("secretStringTemplate"), string_key: text("generateStringKey"), when }
        })
        .collect()
}

fn service<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, node: Node<'t>) -> Service {
    let mut launch = Vec::new();
    for (text, case) in text(reader, resource, node, "launchType").known() {
        launch.extend(
            text.known().and_then(|name| LaunchType::read(&name)).map(|kind| (kind, case.span, case.when.clone())),
        );
    }
    for (strategy, when) in reader.object_list(node, "capacityProviderStrategy", &resource.when) {
        let provider = reader.text(strategy, "capacityProvider", &when, resource.key, Scalars::AsTheFormatHasIt);
        for (text, case) in provider.known() {
            let fargate = text.known().is_some_and(|name| name == "FARGATE" || name == "FARGATE_SPOT");
            launch.extend(fargate.then(|| (LaunchType::Fargate, case.span, case.when.clone())));
        }
    }
    let mut secrets = Vec::new();
    for (connect, when) in reader.objects(node, "serviceConnectConfiguration", &resource.when) {
        for (logging, when) in reader.objects(connect, "logConfiguration", &when) {
            secrets.extend(task::secret_list(reader, logging, "secretOptions", SecretPlace::LogOption, &when));
        }
    }
    Service {
        id: resource.id.to_string(),
        key: resource.key,
        when: resource.when.clone(),
        task_definition: text(reader, resource, node, "taskDefinition"),
        launch,
        secrets,
    }
}

/// Roles that are handed to what the file does not show may get policies there: nested stacks, custom resources,
/// modules, and resources that a function makes.
fn hand_overs(template: &Template<'_>, root: Node<'_>, document: &mut Document) {
    let mut handed = Vec::new();
    for resource in template.resources() {
        let name = &*resource.type_name;
        // Their kind is not known where they are referred to; what they do to a role that they name is: nothing.
        let harmless = name.starts_with("AWS::SecretsManager::")
            || name.starts_with("AWS::Serverless::") && name != "AWS::Serverless::Application";
        let opaque = resource_kind(name) == ResourceKind::Custom && !harmless;
        if let Some(properties) = resource.properties.filter(|_| opaque) {
            references_in(properties, &mut handed);
        }
    }
    let made = root.get("Resources").into_iter().flat_map(Node::entries).any(|entry| entry.key().starts_with("Fn::"));
    for role in &mut document.roles {
        role.incomplete |= made || handed.contains(&role.id);
    }
}

/// The logical ids that are referred to anywhere in the node.
fn references_in(node: Node<'_>, found: &mut Vec<String>) {
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        pending.extend(node.items());
        for entry in node.entries() {
            let value = entry.value();
            match entry.key().as_ref() {
                "Ref" | "Fn::GetAtt" => {
                    let id = value.scalar().or_else(|| value.items().next().and_then(Node::scalar));
                    found.extend(id.and_then(|id| id.split('.').next().map(str::to_owned)));
                }
                "Fn::Sub" => {
                    let text =
                        value.scalar().or_else(|| value.items().next().and_then(Node::scalar)).unwrap_or_default();
                    let names = text.split("${").skip(1).filter_map(|rest| rest.split(['}', '.']).next());
                    found.extend(names.map(str::to_owned));
                    pending.push(value);
                }
                _ => pending.push(value),
            }
        }
    }
}
