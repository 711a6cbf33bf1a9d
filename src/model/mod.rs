//! What files say, in ECS terms: owned data, no parsing, no syntax.

mod assumptions;
mod change;
mod deployment;
mod document;
mod elsewhere;
mod field;
mod iam;
mod image;
mod instance;
mod reference;
mod registries;
mod registry;
mod secret;
mod severity;
mod suppression;
mod task;
mod text;

pub use assumptions::{Assumption, Assumptions, Conditions, Formula, Variable};
pub use change::{Change, Draft, Proposal, Safety};
pub use deployment::{Deployment, names_a_credential, partition_of, partitions, standing_for};
pub(crate) use document::Attachments;
pub use document::{Document, DocumentKind, MOST_FINDINGS, Notation, Problem, ProblemKind, Service};
pub use elsewhere::{Elsewhere, NamedBy, RoleElsewhere, SecretElsewhere};
pub use field::{Case, Field, Value};
pub use iam::{
    AttachedPolicy, Effect, Key, KeyAlias, NamedResource, Patterns, Policy, PolicyCondition, Principals,
    ResourcePolicy, Role, Statement, Written,
};
pub use image::{Access, ImageReference, Registry};
pub use instance::{
    Channel, Credential, DOCKER_HUB_KEY, EngineAuthFault, EngineRegistries, Exposure, FaultKind, LaunchData,
    LaunchPlace, NotJson,
};
pub use reference::{Hole, Parameter, Reference, ResourceKind, ResourceRef};
pub use registries::{Allowance, Registries, RegistryPattern, Said};
pub use secret::{
    Generator, ReplicaRegion, Secret, SecretArn, SecretPlace, SecretTarget, SecretUse, SsmParameter, has_secret_suffix,
    holds_credentials, may_name_a_parameter, may_name_a_secret,
};
pub use severity::Severity;
pub use suppression::{Coverage, Date, Extent, Suppression, date_of_unix_time, innermost, read_date};
pub use task::{Container, Launch, LaunchSource, LaunchType, Logging, Task, TaskKind};
pub use text::{Part, Text};
