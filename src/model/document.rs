//! Everything one file says.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use super::assumptions::Conditions;
use super::deployment::Deployment;
use super::elsewhere::Elsewhere;
use super::iam::{AttachedPolicy, Key, KeyAlias, NamedResource, ResourcePolicy, Role};
use super::instance::LaunchData;
use super::secret::{Secret, SsmParameter};
use super::suppression::{Extent, Suppression};
use super::task::{LaunchType, Task};
use super::{Assumptions, Field, Text};
use crate::source::{FileId, Span};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A task definition, in any of its shapes.
    TaskDefinition,
    /// A `CloudFormation` template.
    Template,
    /// A launch script, or a configuration that instances read.
    LaunchScript,
}

/// The notation of a file: what is to be added to it is shown in the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// One file, understood.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file.
    pub file: FileId,
    /// What it is.
    pub kind: DocumentKind,
    /// How it is written.
    pub notation: Notation,
    /// Where it is deployed to, as far as that is known.
    pub deployment: Arc<Deployment>,
    /// Its parameters and conditions.
    pub conditions: Conditions,
    /// Its task definitions.
    pub tasks: Vec<Task>,
    /// Its services.
    pub services: Vec<Service>,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Policies attached to roles from outside them.
    pub policies: Vec<AttachedPolicy>,
    /// Its secrets.
    pub secrets: Vec<Secret>,
    /// Policies on its secrets and buckets.
    pub resource_policies: Vec<ResourcePolicy>,
    /// Its Systems Manager parameters.
    pub ssm_parameters: Vec<SsmParameter>,
    /// Its KMS keys.
    pub keys: Vec<Key>,
    /// Their aliases.
    pub aliases: Vec<KeyAlias>,
    /// Its log groups, buckets and repositories.
    pub named: Vec<NamedResource>,
    /// The prefixes of its pull-through cache rules, with where each rule's logical id is written.
    pub pull_through: Vec<(Field<Text>, Span)>,
    /// What it hands to instances when they are launched, and to the container agent on them.
    pub launch_data: Vec<LaunchData>,
    /// Roles and secrets that the settings describe.
    pub elsewhere: Arc<Elsewhere>,
    /// Values of `NoEcho` parameters, their defaults included: where they are written.
    pub hidden: Vec<Span>,
    /// The resources that are there under a condition only: their logical ids, and the condition's name.
    pub conditional: BTreeMap<String, String>,
    /// How far its resources reach, or a task definition that is a file of its own.
    pub resources: Vec<Extent>,
    /// How far its containers reach.
    pub containers: Vec<Extent>,
    /// Which findings it does not want to be told.
    pub suppressions: Vec<Suppression>,
    /// What is wrong with the way it is written.
    pub problems: Vec<Problem>,
    /// Which of `policies` are to be looked at for a role; worked out when the whole document is there.
    pub(crate) attachments: OnceLock<Attachments>,
}

/// The policies that may be attached to a role, by their places in [`Document::policies`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Attachments {
    /// Those that are for roles of the file alone, by each role's logical id.
    pub of_role: HashMap<String, Vec<usize>>,
    /// All others.
    pub of_any: Vec<usize>,
}

impl Document {
    /// A document that says nothing yet.
    #[must_use]
    pub fn new(file: FileId, kind: DocumentKind, notation: Notation) -> Self {
        Self {
            file,
            kind,
            notation,
            deployment: Arc::default(),
            conditions: Conditions::default(),
            tasks: Vec::new(),
            services: Vec::new(),
            roles: Vec::new(),
            policies: Vec::new(),
            secrets: Vec::new(),
            resource_policies: Vec::new(),
            ssm_parameters: Vec::new(),
            keys: Vec::new(),
            aliases: Vec::new(),
            named: Vec::new(),
            pull_through: Vec::new(),
            launch_data: Vec::new(),
            elsewhere: Arc::default(),
            hidden: Vec::new(),
            conditional: BTreeMap::new(),
            resources: Vec::new(),
            containers: Vec::new(),
            suppressions: Vec::new(),
            problems: Vec::new(),
            attachments: OnceLock::new(),
        }
    }

    /// Adds all that another part of the same file says.
    pub fn append(&mut self, part: Self) {
        self.tasks.extend(part.tasks);
        self.services.extend(part.services);
        self.roles.extend(part.roles);
        self.policies.extend(part.policies);
        self.secrets.extend(part.secrets);
        self.resource_policies.extend(part.resource_policies);
        self.ssm_parameters.extend(part.ssm_parameters);
        self.keys.extend(part.keys);
        self.aliases.extend(part.aliases);
        self.named.extend(part.named);
        self.pull_through.extend(part.pull_through);
        self.launch_data.extend(part.launch_data);
        self.hidden.extend(part.hidden);
        self.resources.extend(part.resources);
        self.containers.extend(part.containers);
        self.suppressions.extend(part.suppressions);
        self.problems.extend(part.problems);
    }
}

/// `AWS::ECS::Service`, as far as it tells about a task definition.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its logical id.
    pub id: String,
    /// Where the logical id is written.
    pub key: Span,
    /// When it exists.
    pub when: Assumptions,
    /// The task definition it runs.
    pub task_definition: Field<Text>,
    /// The launch types it asks for, directly or by capacity provider.
    pub launch: Vec<(LaunchType, Span, Assumptions)>,
    /// Log options of its Service Connect proxy that come from secrets.
    pub secrets: Vec<super::secret::SecretUse>,
}

/// Something about the way a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
}

/// So many findings of one file are told.
pub const MOST_FINDINGS: usize = 10_000;

/// What can be wrong with the way a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A key stands twice in one mapping.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands first.
        first: Span,
    },
    /// A value of the wrong type.
    WrongType {
        /// The setting, as the message is to name it: `` `image` ``, ``an item of `secrets` ``.
        setting: String,
        /// What is due there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A key in the wrong letter case.
    LetterCase {
        /// As written.
        written: String,
        /// As AWS knows it.
        expected: String,
    },
    /// A suppression that cannot be understood, and so suppresses nothing.
    Suppression {
        /// What is wrong, in one sentence.
        message: String,
        /// How it is written.
        help: String,
    },
    /// Neither JSON nor YAML.
    Syntax {
        /// One sentence.
        message: String,
    },
    /// Not JSON because of placeholders that some other tool fills in.
    Unresolved {
        /// The first such placeholder.
        placeholder: String,
    },
    /// A bound of ours was met, behind which nothing was looked at.
    Limit {
        /// What was not looked at, in one sentence.
        message: String,
        /// What to do about it.
        help: &'static str,
    },
    /// A file or directory that cannot be read.
    Unreadable {
        /// One sentence, without the path.
        message: String,
    },
}
