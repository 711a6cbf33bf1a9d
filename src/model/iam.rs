//! Roles, keys and the policies that govern them, as far as a template shows them.

use super::assumptions::Assumptions;
use super::field::Field;
use super::text::Text;
use crate::source::Span;

/// A string of a policy or a list as it is written in one branch, its parameters left as they are.
#[derive(Clone, Debug)]
pub struct Written {
    /// The string.
    pub text: Text,
    /// Where it is written.
    pub span: Span,
    /// What leads to it.
    pub when: Assumptions,
}

/// `AWS::IAM::Role`.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its logical id.
    pub id: String,
    /// Where the logical id is written.
    pub key: Span,
    /// When it exists.
    pub when: Assumptions,
    /// Its `RoleName`.
    pub name: Field<Text>,
    /// Its `RoleName` as it is written.
    pub written_names: Vec<Written>,
    /// Its `AssumeRolePolicyDocument`, in each branch.
    pub trust: Vec<Policy>,
    /// Its inline policies.
    pub policies: Vec<Policy>,
    /// Its `ManagedPolicyArns`.
    pub managed: Vec<Written>,
    /// Whether there may be policies that the template does not show: a list that is not written out, or a name handed to another stack.
    pub incomplete: bool,
    /// Its `PermissionsBoundary`.
    pub boundary: Vec<Written>,
}

impl Role {
    /// Whether the settings describe it and no file defines it.
    #[must_use]
    pub fn is_described(&self) -> bool {
        self.key.file.settings_index().is_some()
    }
}

/// A policy that is attached to roles by a resource of its own: `AWS::IAM::Policy`, `AWS::IAM::RolePolicy`, `AWS::IAM::ManagedPolicy`.
#[derive(Clone, Debug)]
pub struct AttachedPolicy {
    /// Its logical id.
    pub id: String,
    /// The roles it names.
    pub roles: Vec<Written>,
    /// Whether it may name others.
    pub roles_incomplete: bool,
    /// Whether it is attached to users or groups as well, or can be attached to anything by its ARN.
    pub is_shared: bool,
    /// The policy.
    pub policy: Policy,
}

/// A policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where the document is written.
    pub span: Span,
    /// When it is attached.
    pub when: Assumptions,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Whether it may hold statements that were not read: a function, text that is no JSON.
    pub incomplete: bool,
}

/// One statement of a policy.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Where it is written.
    pub span: Span,
    /// When it is in the policy.
    pub when: Assumptions,
    /// `Allow` or `Deny`; `None` when that is not known.
    pub effect: Option<Effect>,
    /// The actions it is about.
    pub actions: Patterns,
    /// The resources it is about.
    pub resources: Patterns,
    /// Whom it is about; `None` in an identity policy, which has no principals.
    pub principals: Option<Principals>,
    /// Its conditions.
    pub conditions: Vec<PolicyCondition>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allow.
    Allow,
    /// Deny.
    Deny,
}

/// `Action`, `Resource` and their negations.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    /// The patterns.
    pub any_of: Vec<Written>,
    /// Whether this is `NotAction` or `NotResource`.
    pub negated: bool,
    /// Whether there may be other patterns.
    pub incomplete: bool,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, Default)]
pub struct Principals {
    /// AWS principals: ARNs, account ids, `*`.
    pub aws: Vec<Written>,
    /// Services, such as `ecs-tasks.amazonaws.com`.
    pub services: Vec<Written>,
    /// Whether this is `"*"` by itself, which is everyone, services included.
    pub everyone: bool,
    /// Whether this is `NotPrincipal`.
    pub negated: bool,
    /// Whether there may be others.
    pub incomplete: bool,
}

/// One operator and key of a `Condition` block with its values.
#[derive(Clone, Debug)]
pub struct PolicyCondition {
    /// Where the key is written.
    pub span: Span,
    /// When it is in the statement.
    pub when: Assumptions,
    /// The operator, such as `StringEquals`; empty when the block is not known.
    pub operator: String,
    /// The key, such as `kms:ViaService`.
    pub key: String,
    /// The values it is compared with.
    pub values: Vec<Written>,
    /// Whether there may be others.
    pub incomplete: bool,
}

/// `AWS::KMS::Key` or `AWS::KMS::ReplicaKey`.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its logical id.
    pub id: String,
    /// Where the logical id is written.
    pub key: Span,
    /// When it exists.
    pub when: Assumptions,
    /// Its `KeyPolicy`, in each branch; none at all: AWS gives it one that lets the account's IAM policies decide.
    pub policies: Vec<Policy>,
}

/// `AWS::KMS::Alias`.
#[derive(Clone, Debug)]
pub struct KeyAlias {
    /// Its logical id.
    pub id: String,
    /// Its `AliasName`.
    pub name: Field<Text>,
    /// Its `TargetKeyId`.
    pub target: Field<Text>,
}

/// A policy of a resource of its own that is about another: `AWS::SecretsManager::ResourcePolicy`, `AWS::S3::BucketPolicy`.
#[derive(Clone, Debug)]
pub struct ResourcePolicy {
    /// What it is about: the secret or the bucket.
    pub about: Field<Text>,
    /// The policy.
    pub policy: Policy,
}

/// A resource that policies name by ARN and settings by name: `AWS::Logs::LogGroup`, `AWS::S3::Bucket`, `AWS::ECR::Repository`.
#[derive(Clone, Debug)]
pub struct NamedResource {
    /// Its logical id.
    pub id: String,
    /// Where the logical id is written.
    pub key: Span,
    /// What it is.
    pub kind: super::reference::ResourceKind,
    /// Its name; unset: the deployment makes one up.
    pub name: Field<Text>,
    /// The policies that are written in it (`RepositoryPolicyText`).
    pub policies: Vec<Policy>,
}
