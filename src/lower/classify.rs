//! What a file is. The only place that decides it.

use std::sync::LazyLock;

use regex::Regex;

use crate::syntax::{Kind, Node};

/// The shapes that are understood.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'t> {
    /// A `CloudFormation` template, SAM included.
    Template(Node<'t>),
    /// What `RegisterTaskDefinition` takes, and what `DescribeTaskDefinition` gives inside `taskDefinition`.
    TaskDefinition(Node<'t>),
    /// A bare array of container definitions.
    Containers(Node<'t>),
}

/// What a template has at its top level.
const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// Keys of a container definition that other things named and imaged do not have.
const CONTAINER_KEYS: &[&str] = &[
    "essential",
    "portMappings",
    "logConfiguration",
    "mountPoints",
    "memoryReservation",
    "repositoryCredentials",
    "environment",
    "environmentFiles",
    "secrets",
    "dependsOn",
    "volumesFrom",
    "memory",
    "entryPoint",
    "linuxParameters",
    "healthCheck",
    "firelensConfiguration",
];

/// The shape of a document, if it is one of ours.
pub fn shape(root: Node<'_>) -> Option<Shape<'_>> {
    match root.kind() {
        Kind::Object => object_shape(root),
        Kind::Array => is_container_array(root).then_some(Shape::Containers(root)),
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => None,
    }
}

fn object_shape(root: Node<'_>) -> Option<Shape<'_>> {
    if is_template(root) {
        return Some(Shape::Template(root));
    }
    // Elastic Beanstalk's multi-container file has container definitions of its own kind.
    if root.get("AWSEBDockerrunVersion").is_some() {
        return None;
    }
    if is_task_definition(root) {
        return Some(Shape::TaskDefinition(root));
    }
    let inner = root.get("taskDefinition")?;
    is_task_definition(inner).then_some(Shape::TaskDefinition(inner))
}

fn is_template(root: Node<'_>) -> bool {
    let versioned = root.get("AWSTemplateFormatVersion").is_some();
    let Some(resources) = root.get("Resources") else { return versioned };
    let typed = |node: Node<'_>| node.get("Type").and_then(Node::scalar).is_some_and(|name| name.contains("::"));
    match resources.kind() {
        Kind::Object => versioned || resources.entries().any(|entry| typed(entry.value())),
        // CodeDeploy's appspec has a list here too, and a `version` that no template has.
        _ => versioned || root.entries().all(|entry| SECTIONS.contains(&entry.key().as_ref())),
    }
}

fn is_task_definition(node: Node<'_>) -> bool {
    if node.kind() != Kind::Object {
        return false;
    }
    let Some(containers) =
        node.entries().filter(|entry| entry.key().eq_ignore_ascii_case("containerDefinitions")).last()
    else {
        return false;
    };
    let value = containers.value();
    match value.kind() {
        // A schema or an API model describes the key by an object; a container forgot the list around it.
        Kind::Object => node.get("family").is_some() && is_container(value),
        Kind::Array => value.items().all(|item| item.kind() != Kind::Object || item.get("$ref").is_none()),
        _ => node.get("family").is_some(),
    }
}

fn is_container_array(root: Node<'_>) -> bool {
    let mut items = root.items().peekable();
    items.peek().is_some() && items.all(is_container)
}

fn is_container(node: Node<'_>) -> bool {
    let text = |key: &str| node.get(key).is_some_and(|value| value.scalar().is_some());
    text("image") && text("name") && CONTAINER_KEYS.iter().any(|key| node.get(key).is_some())
}

static CONTAINER_DEFINITIONS_KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)"containerDefinitions"\s*:|^\s*containerDefinitions\s*:"#).ok());
static RESOURCE_TYPE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)"?\bType"?\s*:\s*["']?AWS::[A-Z]"#).ok());
static CONTAINER_IN_ARRAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#""(?:essential|portMappings|logConfiguration|repositoryCredentials|mountPoints)"\s*:"#).ok()
});

/// Whether text that cannot be parsed is plainly one of ours all the same.
pub fn plainly_ours(text: &str) -> bool {
    let has = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
    looks_like_template(text)
        || (has(&CONTAINER_DEFINITIONS_KEY) && !text.contains("AWSEBDockerrunVersion"))
        || (text.trim_start().starts_with('[')
            && text.contains("\"image\"")
            && text.contains("\"name\"")
            && has(&CONTAINER_IN_ARRAY))
}

/// Whether text that cannot be parsed looks like a template.
pub fn looks_like_template(text: &str) -> bool {
    let typed = RESOURCE_TYPE.as_ref().is_some_and(|pattern| pattern.is_match(text));
    text.contains("AWSTemplateFormatVersion") || (text.contains("Resources") && typed)
}
