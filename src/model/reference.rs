//! What the holes of a string refer to.

use std::sync::Arc;

use crate::source::{MappedText, Span};

/// A gap in a string. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hole {
    /// What fills it.
    pub reference: Arc<Reference>,
    /// Where it is written.
    pub span: Span,
}

/// What a hole refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A parameter; with its `Default` where it has one.
    Parameter(Parameter),
    /// A pseudo parameter such as `AWS::Region`.
    Pseudo(String),
    /// A resource of the same template: `Ref` (no attribute) or `Fn::GetAtt`.
    Resource(ResourceRef),
    /// An export of another stack, by name where that is known.
    Import(Option<String>),
    /// A dynamic reference, `{{resolve:service:…}}`, in full.
    Dynamic(String),
    /// A function that is not evaluated, by name.
    Function(String),
    /// A placeholder that some other tool fills in, such as `<IMAGE1_NAME>` or `${TAG}`.
    Placeholder(String),
    /// Something that an instance computes while it boots: a variable of its script by name, or the output of a command.
    Boot(Option<String>),
}

/// A parameter that stands in a string.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its logical id.
    pub name: String,
    /// Its `Default`, where that is a plain value (the default of an SSM-typed parameter is a path, not the value).
    pub default: Option<MappedText>,
    /// Whether `NoEcho` is set.
    pub no_echo: bool,
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Parameter {}

/// A reference to a resource of the same template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceRef {
    /// Its logical id.
    pub id: String,
    /// The attribute of `Fn::GetAtt`; `None` for `Ref`.
    pub attribute: Option<String>,
    /// What it is.
    pub kind: ResourceKind,
}

/// The resource types that matter to a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// `AWS::SecretsManager::Secret`, and resources whose `Ref` is a secret's ARN too.
    Secret,
    /// `AWS::SSM::Parameter`: `Ref` is its name.
    SsmParameter,
    /// `AWS::KMS::Key` or `AWS::KMS::ReplicaKey`: `Ref` is the key id.
    KmsKey,
    /// `AWS::KMS::Alias`: `Ref` is the alias name.
    KmsAlias,
    /// `AWS::IAM::Role`: `Ref` is its name.
    Role,
    /// `AWS::IAM::ManagedPolicy`: `Ref` is its ARN.
    ManagedPolicy,
    /// `AWS::ECR::Repository`: `Ref` is its name.
    Repository,
    /// `AWS::Logs::LogGroup`: `Ref` is its name, `Arn` ends in `:*`.
    LogGroup,
    /// `AWS::S3::Bucket`: `Ref` is its name.
    Bucket,
    /// `AWS::ECS::TaskDefinition`: `Ref` is its ARN.
    TaskDefinition,
    /// Another AWS resource type.
    OtherAws,
    /// A custom resource, a module, or a type that is not known here.
    Custom,
}

impl Reference {
    /// The reference as a template would write it inside `Fn::Sub`.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = String::new();
        self.show(&mut shown);
        shown
    }

    /// Adds what [`Reference::shown`] gives.
    pub(super) fn show(&self, shown: &mut String) {
        let mut braced = |words: &[&str]| {
            shown.push_str("${");
            for word in words {
                shown.push_str(word);
            }
            shown.push('}');
        };
        match self {
            Self::Parameter(parameter) => braced(&[&parameter.name]),
            Self::Resource(resource) => match &resource.attribute {
                Some(attribute) => braced(&[&resource.id, ".", attribute]),
                None => braced(&[&resource.id]),
            },
            Self::Import(name) => braced(&["Fn::ImportValue ", name.as_deref().unwrap_or("…")]),
            Self::Dynamic(text) | Self::Placeholder(text) => shown.push_str(text),
            Self::Pseudo(name) | Self::Function(name) => braced(&[name]),
            Self::Boot(Some(name)) => {
                shown.push('$');
                shown.push_str(name);
            }
            Self::Boot(None) => shown.push_str("$(…)"),
        }
    }

    /// Whether this can never contain a colon or a slash: Region, account, partition and the like.
    #[must_use]
    pub fn is_plain_word(&self) -> bool {
        matches!(self, Self::Pseudo(name) if matches!(name.as_str(), "AWS::Region" | "AWS::AccountId" | "AWS::Partition" | "AWS::URLSuffix"))
    }
}
