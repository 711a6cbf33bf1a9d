//! What the settings tell of roles and secrets that no file of the run defines.

use super::iam::Role;
use super::secret::Secret;
use super::text::Text;

/// Roles and secrets that are made elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Elsewhere {
    /// Roles, each with all the policies it has.
    pub roles: Vec<RoleElsewhere>,
    /// Secrets, each with its key.
    pub secrets: Vec<SecretElsewhere>,
}

/// How something that is made elsewhere is recognised.
#[derive(Clone, Debug)]
pub enum NamedBy {
    /// By its ARN.
    Arn(Text),
    /// By its name, in whatever account; of a role the name without its path.
    Name(Text),
}

/// A role that is made elsewhere. Nothing of it is missing: its policies are all there is.
#[derive(Clone, Debug)]
pub struct RoleElsewhere {
    /// How it is named, exactly.
    pub by: NamedBy,
    /// The role.
    pub role: Role,
}

/// Secrets of Secrets Manager that are made elsewhere and have one key.
#[derive(Clone, Debug)]
pub struct SecretElsewhere {
    /// How they are named; `*` and `?` stand for other characters.
    pub by: NamedBy,
    /// What is known of each of them.
    pub secret: Secret,
}
