//! The sections of a template, indexed.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use super::conditions::{self, Sections};
use crate::model::{Assumption, Assumptions, Conditions, Deployment, ResourceKind};
use crate::source::{MappedText, Span};
use crate::syntax::{Entry, Kind, Node};

/// A template, ready to evaluate values in.
pub struct Template<'t> {
    resources: Vec<Resource<'t>>,
    by_id: HashMap<Cow<'t, str>, usize>,
    parameters: HashMap<Cow<'t, str>, ParameterDefinition<'t>>,
    mappings: Option<Node<'t>>,
    is_rewritten: bool,
    conditions: Conditions,
    condition_index: HashMap<String, u16>,
    variable_index: HashMap<String, u16>,
    deployment: &'t Deployment,
    /// Values that were given up because they can be too many things.
    given_up: Mutex<BTreeSet<Span>>,
}

/// One entry of `Resources`.
#[derive(Clone)]
pub struct Resource<'t> {
    /// Its logical id.
    pub id: Cow<'t, str>,
    /// Where the logical id is written.
    pub key: Span,
    /// Its `Type`, empty where that is missing or no string.
    pub type_name: Cow<'t, str>,
    /// The whole resource.
    pub node: Node<'t>,
    /// Its `Properties`.
    pub properties: Option<Node<'t>>,
    /// When it exists at all (`Condition`).
    pub when: Assumptions,
}

/// One entry of `Parameters`.
pub struct ParameterDefinition<'t> {
    /// Its `Default`.
    pub default: Option<Node<'t>>,
    /// Whether `Default` is the value itself and that value is one string: no SSM type, no list.
    pub plain: bool,
    /// Whether `NoEcho` is true.
    pub no_echo: bool,
    /// The number of `AllowedValues`; zero when anything goes.
    pub allowed: Vec<Node<'t>>,
    /// The value that is given to it. What the template says of values has no bearing then.
    pub given: Option<&'t MappedText>,
    /// Whether `Ref` of it is a list of strings.
    pub is_list: bool,
}

impl<'t> Template<'t> {
    /// Indexes the template whose root is `root` and that is deployed so. Sections of the wrong type count as absent.
    #[must_use]
    pub fn new(root: Node<'t>, deployment: &'t Deployment) -> Self {
        let section = |name: &str| root.get(name).filter(|node| node.kind() == Kind::Object);
        let parameters: HashMap<_, _> = section("Parameters")
            .into_iter()
            .flat_map(Node::entries)
            .map(|entry| {
                let name = entry.key();
                let definition = ParameterDefinition::new(entry.value(), deployment.parameters.get(&*name));
                (name, definition)
            })
            .collect();
        let sections = Sections {
            parameters: section("Parameters"),
            mappings: section("Mappings"),
            conditions: section("Conditions"),
            rules: section("Rules"),
        };
        let built = conditions::build(sections, deployment);
        let resources = section("Resources");
        let count = resources.map_or(0, Node::len);
        let mut template = Self {
            resources: Vec::with_capacity(count),
            by_id: HashMap::with_capacity(count),
            parameters,
            mappings: section("Mappings"),
            is_rewritten: root.get("Transform").is_some_and(names_a_macro),
            conditions: built.conditions,
            condition_index: built.condition_index,
            variable_index: built.variable_index,
            deployment,
            given_up: Mutex::default(),
        };
        for entry in resources.into_iter().flat_map(Node::entries) {
            template.add_resource(&entry);
        }
        template
    }

    fn add_resource(&mut self, entry: &Entry<'t>) {
        let node = entry.value();
        if node.kind() != Kind::Object {
            return;
        }
        let id = entry.key();
        let text = |key: &str| node.get(key).filter(|n| n.kind() == Kind::String).and_then(Node::scalar);
        let when = text("Condition").map_or_else(Assumptions::always, |name| self.outcome(&name, true));
        let resource = Resource {
            id: id.clone(),
            key: entry.key_span(),
            type_name: text("Type").unwrap_or_default(),
            node,
            properties: node.get("Properties").filter(|n| n.kind() == Kind::Object),
            when,
        };
        if let Some(earlier) = self.by_id.get(&id).and_then(|&at| self.resources.get_mut(at)) {
            *earlier = resource;
        } else {
            self.by_id.insert(id, self.resources.len());
            self.resources.push(resource);
        }
    }

    /// Notes that the value there can be more things than are told apart, and so is unknown.
    pub(super) fn give_up(&self, value: Span) {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner).insert(value);
    }

    /// Where values are that were asked for and can be more things than are told apart; in the order of the file.
    #[must_use]
    pub fn given_up(&self) -> Vec<Span> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Whether a macro of the account's own may rewrite the whole template, so that what is not here may yet come.
    #[must_use]
    pub fn is_rewritten(&self) -> bool {
        self.is_rewritten
    }

    /// The resources, in the order of the file; of those written twice the last.
    #[must_use]
    pub fn resources(&self) -> &[Resource<'t>] {
        &self.resources
    }

    /// The resource with that logical id.
    #[must_use]
    pub fn resource(&self, id: &str) -> Option<&Resource<'t>> {
        self.by_id.get(id).and_then(|&at| self.resources.get(at))
    }

    /// The parameter with that logical id.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&ParameterDefinition<'t>> {
        self.parameters.get(name)
    }

    /// What is known of the deployment.
    pub(super) fn deployment(&self) -> &'t Deployment {
        self.deployment
    }

    /// Where the values of `NoEcho` parameters are written: those that were given to them, and their defaults.
    #[must_use]
    pub fn hidden_values(&self) -> Vec<Span> {
        let hidden = || self.parameters.values().filter(|parameter| parameter.no_echo);
        let given = hidden().filter_map(|parameter| parameter.given).map(|value| value.span(0..value.as_str().len()));
        let defaults = hidden().filter_map(|parameter| parameter.default).map(Node::text_span_of_content);
        let mut spans: Vec<Span> = given.chain(defaults).filter(|span| span.start < span.end).collect();
        spans.sort_unstable();
        spans
    }

    /// The row of a mapping.
    #[must_use]
    pub fn mapping(&self, map: &str, first: &str, second: &str) -> Option<Node<'t>> {
        self.mappings?.get(map)?.get(first)?.get(second)
    }

    /// The first keys of a mapping.
    pub fn mapping_keys(&self, map: &str) -> impl Iterator<Item = Cow<'t, str>> {
        self.mappings.and_then(|mappings| mappings.get(map)).into_iter().flat_map(Node::entries).map(Entry::key)
    }

    /// The parameters and conditions, as the model keeps them.
    #[must_use]
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// The assumption that the named condition comes out so; of an undefined condition nothing is known, so nothing follows.
    #[must_use]
    pub fn outcome(&self, name: &str, outcome: bool) -> Assumptions {
        match self.condition_index.get(name) {
            Some(&index) => Assumptions::always().with(Assumption::Outcome(index, outcome)),
            None => Assumptions::always(),
        }
    }

    /// The assumption that the parameter has, or has not, that value.
    #[must_use]
    pub fn parameter_is(&self, name: &str, value: &str, is: bool) -> Option<Assumption> {
        let &variable = self.variable_index.get(name)?;
        let values = &self.conditions.variables.get(usize::from(variable))?.values;
        let index = values.iter().position(|known| known == value)?;
        Some(Assumption::Value(variable, u16::try_from(index).ok()?, is))
    }
}

impl<'t> ParameterDefinition<'t> {
    fn new(node: Node<'t>, given: Option<&'t MappedText>) -> Self {
        let kind = node.get("Type").and_then(Node::scalar).unwrap_or_default();
        let is_list = kind.starts_with("List<") || kind == "CommaDelimitedList";
        let plain = !(kind.starts_with("AWS::SSM::Parameter::") || is_list);
        Self {
            default: node.get("Default").filter(|value| value.scalar().is_some() && given.is_none()),
            plain,
            given,
            is_list,
            no_echo: node.get("NoEcho").and_then(Node::scalar).is_some_and(|value| value.eq_ignore_ascii_case("true")),
            allowed: node
                .get("AllowedValues")
                .into_iter()
                .flat_map(Node::items)
                .filter(|value| value.scalar().is_some() && given.is_none())
                .collect(),
        }
    }
}

/// Whether the `Transform` section names another macro than those of AWS, which leave the resources of ECS, IAM and KMS as they are.
fn names_a_macro(transform: Node<'_>) -> bool {
    let own = |name: &str| name.starts_with("AWS::");
    match transform.kind() {
        Kind::Array => transform.items().any(names_a_macro),
        Kind::Object => !transform.get("Name").and_then(Node::scalar).is_some_and(|name| own(&name)),
        Kind::String => !transform.scalar().is_some_and(|name| own(&name)),
        Kind::Null | Kind::Bool | Kind::Number => false,
    }
}

/// The function a node calls: its name and argument. `Ref` and `Condition` are functions too.
#[must_use]
pub fn function_of(node: Node<'_>) -> Option<(std::borrow::Cow<'_, str>, Node<'_>)> {
    let entry = node.only_entry()?;
    let name = entry.key();
    (name == "Ref" || name.starts_with("Fn::")).then(|| (name, entry.value()))
}

/// What a resource type means to a reference. Sources: the primary identifiers of the `CloudFormation` resource schemas.
#[must_use]
pub fn resource_kind(type_name: &str) -> ResourceKind {
    match type_name {
        "AWS::SecretsManager::Secret" => ResourceKind::Secret,
        "AWS::SSM::Parameter" => ResourceKind::SsmParameter,
        "AWS::KMS::Key" | "AWS::KMS::ReplicaKey" => ResourceKind::KmsKey,
        "AWS::KMS::Alias" => ResourceKind::KmsAlias,
        "AWS::IAM::Role" => ResourceKind::Role,
        "AWS::IAM::ManagedPolicy" => ResourceKind::ManagedPolicy,
        "AWS::ECR::Repository" => ResourceKind::Repository,
        "AWS::Logs::LogGroup" => ResourceKind::LogGroup,
        "AWS::S3::Bucket" => ResourceKind::Bucket,
        "AWS::ECS::TaskDefinition" => ResourceKind::TaskDefinition,
        // `Ref` of these is the ARN of a secret, which is not known where `SecretId` is no plain `Ref`.
        name if name.starts_with("AWS::SecretsManager::") => ResourceKind::Custom,
        "AWS::CloudFormation::Stack" | "AWS::CloudFormation::CustomResource" | "AWS::CloudFormation::Macro" => {
            ResourceKind::Custom
        }
        name if name.starts_with("AWS::") && !name.ends_with("::MODULE") && !name.starts_with("AWS::Serverless::") => {
            ResourceKind::OtherAws
        }
        _ => ResourceKind::Custom,
    }
}
