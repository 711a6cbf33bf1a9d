//! A role that has the policy and nothing else, as the execution role of a task.

use ecs_lint::config::{self, Flags, Instead, Origin};
use ecs_lint::discover::{Discovery, Input};
use ecs_lint::lint::Settings;
use ecs_lint::model::{Document, DocumentKind, Task};
use ecs_lint::source::Source;
use ecs_lint::syntax::{self, Kind, Node};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The account and the Region of plain task definitions.
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";

const ROLE: &str = "RoleOfThePolicy";

/// The rules that speak of permissions.
const PERMISSIONS: [&str; 6] = [
    "execution-role-permission-missing",
    "permission-on-task-role",
    "secret-permission-missing",
    "secret-grant-ineffective",
    "kms-decrypt-missing",
    "kms-grant-ineffective",
];

/// A file whose task has the role.
pub struct Harness {
    kind: DocumentKind,
    file: Value,
    task: Option<String>,
}

impl Harness {
    /// `None` where the role of the task cannot be set.
    pub fn new(source: &Source, document: &Document, task: &Task) -> Option<Self> {
        let tree = match syntax::parse_json(source) {
            Ok(tree) => tree,
            Err(_) => Some(syntax::parse_yaml(source)).filter(|parsed| parsed.problems.is_empty())?.tree,
        };
        let root = tree.roots(source).find(|root| {
            let span = root.span();
            span.contains(task.key) && (document.kind != DocumentKind::Template || root.get("Resources").is_some())
        })?;
        let mut file = value(root);
        let (holder, role) = if document.kind == DocumentKind::Template {
            let properties = file.pointer_mut(&format!("/Resources/{}/Properties", task.name.as_deref()?))?;
            let is_job = properties.get("ContainerProperties").is_some();
            let holder = if is_job { properties.get_mut("ContainerProperties")? } else { properties };
            (holder, ("ExecutionRoleArn", json!({"Fn::GetAtt": [ROLE, "Arn"]})))
        } else {
            let is_described = file.get("taskDefinition").is_some();
            let holder = if is_described { file.get_mut("taskDefinition")? } else { &mut file };
            (holder, ("executionRoleArn", Value::from(ROLE)))
        };
        holder.as_object_mut()?.insert(role.0.to_owned(), role.1);
        Some(Self { kind: document.kind, file, task: task.name.clone() })
    }

    /// What the rules about permissions say of the task when the role has this policy.
    pub fn findings(&self, policy: &Value) -> Vec<String> {
        let (mut file, settings) = (self.file.clone(), self.settings(policy));
        if self.kind == DocumentKind::Template {
            let trust = json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"
            }]});
            file["Resources"][ROLE] = json!({"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": trust,
                "Policies": [{"PolicyName": "policy", "PolicyDocument": policy}]
            }});
        }
        let input = Input::text("file.json", serde_json::to_vec(&file).unwrap());
        let discovery = Discovery { inputs: vec![input], ..Discovery::default() };
        let outcome = ecs_lint::check(discovery, &settings, &|_| {});
        let of_task = outcome.diagnostics.into_iter().filter(|found| {
            PERMISSIONS.contains(&found.rule)
                && (found.resource == self.task || found.resource.as_deref() == Some(ROLE))
                // Other tasks of the file have their own roles.
                && (self.kind != DocumentKind::Template || found.message.contains(ROLE) || found.resource.as_deref() == Some(ROLE))
        });
        of_task.map(|found| format!("{}: {}", found.rule, found.message)).collect()
    }

    fn settings(&self, policy: &Value) -> Settings {
        if self.kind == DocumentKind::Template {
            return Settings::default();
        }
        let text = format!(
            "[context]\naccount = \"{ACCOUNT}\"\nregion = \"{REGION}\"\n[[context.roles]]\nname = \"{ROLE}\"\npolicies = [\"policy.json\"]\n"
        );
        let instead = Instead::from([("policy.json".to_owned(), Some(policy.to_string()))]);
        let origin = Origin::Text("ecs-lint.toml".to_owned(), text);
        config::load_with(Path::new("/"), &origin, &Flags::default(), instead).unwrap().settings
    }
}

/// The node as JSON has it, both forms of `Fn::GetAtt` as one.
pub fn value(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(node.raw() == "true"),
        Kind::Number => serde_json::from_str(node.raw()).unwrap_or_else(|_| node.raw().into()),
        Kind::String => node.scalar().unwrap_or_default().into(),
        Kind::Array => node.items().map(value).collect(),
        Kind::Object => {
            let entries = node.entries().map(|entry| match (entry.key().as_ref(), entry.value().scalar()) {
                ("Fn::GetAtt", Some(path)) => ("Fn::GetAtt".to_owned(), path.split('.').collect()),
                _ => (entry.key().into_owned(), value(entry.value())),
            });
            entries.collect::<Map<_, _>>().into()
        }
    }
}
