//! Roles, keys and the policies that govern them, as far as a template shows them.

use super::assumptions::Assumptions;
use super::field::Field;
use super::text::Text;
use crate::source::Span;

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
    /// Its `RoleName` as it is written, parameters left as they are.
    pub written_names: Vec<Text>,
    /// Its inline policies.
    pub policies: Vec<Policy>,
    /// Its `ManagedPolicyArns`.
    pub managed: Vec<ManagedArn>,
    /// Whether there may be policies that the template does not show: a list that is not written out, or a name handed to another stack.
    pub incomplete: bool,
    /// Whether a permissions boundary narrows it.
    pub bounded: bool,
}

/// An entry of `ManagedPolicyArns`.
#[derive(Clone, Debug)]
pub struct ManagedArn {
    /// The ARN.
    pub arn: Text,
    /// When it is attached.
    pub when: Assumptions,
}

/// A policy that is attached to roles by a resource of its own: `AWS::IAM::Policy`, `AWS::IAM::RolePolicy`, `AWS::IAM::ManagedPolicy`.
#[derive(Clone, Debug)]
pub struct AttachedPolicy {
    /// Its logical id.
    pub id: String,
    /// The roles it names.
    pub roles: Vec<(Text, Assumptions)>,
    /// Whether it may name others.
    pub roles_incomplete: bool,
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
    /// Whether it may hold statements that were not read: a function, a document that is a string.
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
    /// The patterns, with what leads to each.
    pub any_of: Vec<(Text, Assumptions)>,
    /// Whether this is `NotAction` or `NotResource`.
    pub negated: bool,
    /// Whether there may be other patterns.
    pub incomplete: bool,
}

/// `Principal`.
#[derive(Clone, Debug, Default)]
pub struct Principals {
    /// AWS principals: ARNs, account ids, `*`.
    pub aws: Vec<(Text, Assumptions)>,
    /// Whether this is `NotPrincipal`.
    pub negated: bool,
    /// Whether there may be other AWS principals.
    pub incomplete: bool,
}

/// One operator and key of a `Condition` block with its values.
#[derive(Clone, Debug)]
pub struct PolicyCondition {
    /// The operator, such as `StringEquals`.
    pub operator: String,
    /// The key, such as `kms:ViaService`.
    pub key: String,
    /// The values it is compared with; empty when they are not known.
    pub values: Vec<Text>,
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
    /// Its `KeyPolicy`; absent, AWS gives it one that lets the account's IAM policies decide.
    pub policy: Option<Policy>,
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

/// `AWS::SecretsManager::ResourcePolicy`.
#[derive(Clone, Debug)]
pub struct SecretPolicy {
    /// The secret it is about.
    pub secret: Field<Text>,
    /// The policy.
    pub policy: Policy,
}
