//! Task definitions and their containers, whatever shape of file they come from.

use super::assumptions::Assumptions;
use super::field::Field;
use super::secret::SecretUse;
use super::text::Text;
use crate::source::Span;

/// One task definition.
#[derive(Clone, Debug)]
pub struct Task {
    /// The resource's logical id, or the family; `None` where neither is known.
    pub name: Option<String>,
    /// Where that name is written, or the start of what is the task definition.
    pub key: Span,
    /// What kind of thing it is.
    pub kind: TaskKind,
    /// When it exists.
    pub when: Assumptions,
    /// What it asks to be compatible with, or is told by what runs it. Empty: nothing is said.
    pub launch: Vec<Launch>,
    /// `executionRoleArn`.
    pub execution_role: Field<Text>,
    /// `taskRoleArn`.
    pub task_role: Field<Text>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Secrets of its volumes, and of the proxy that a service puts beside it.
    pub other_secrets: Vec<SecretUse>,
}

/// What holds the containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// A task definition: `RegisterTaskDefinition` input or `AWS::ECS::TaskDefinition`.
    TaskDefinition,
    /// `AWS::ECS::DaemonTaskDefinition`: runs on managed instances.
    Daemon,
    /// `AWS::ECS::ExpressGatewayService`: runs on Fargate.
    ExpressService,
    /// `AWS::Batch::JobDefinition`.
    BatchJob,
    /// A part of a task definition whose rest is written elsewhere: a bare array of container definitions, or the
    /// proxy that a service adds.
    Fragment,
}

/// A launch type that is asked for.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Which.
    pub launch_type: LaunchType,
    /// Where that is written.
    pub span: Span,
    /// When it is asked for.
    pub when: Assumptions,
    /// Who says so.
    pub source: LaunchSource,
}

/// Where tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LaunchType {
    /// AWS Fargate.
    Fargate,
    /// The account's own EC2 instances.
    Ec2,
    /// ECS Anywhere.
    External,
    /// ECS Managed Instances.
    ManagedInstances,
}

/// Who says where a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchSource {
    /// The task definition itself; AWS checks it when the task definition is registered.
    TaskDefinition,
    /// A service that runs it; AWS checks it when the service is created.
    Service,
}

impl LaunchType {
    /// The launch type of that name, as the API spells it.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        match name {
            "FARGATE" | "FARGATE_SPOT" => Some(Self::Fargate),
            "EC2" => Some(Self::Ec2),
            "EXTERNAL" => Some(Self::External),
            "MANAGED_INSTANCES" => Some(Self::ManagedInstances),
            _ => None,
        }
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Fargate => "Fargate",
            Self::Ec2 => "EC2",
            Self::External => "ECS Anywhere (EXTERNAL)",
            Self::ManagedInstances => "ECS Managed Instances",
        }
    }
}

/// One container definition.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name, where known.
    pub name: Option<String>,
    /// When it exists.
    pub when: Assumptions,
    /// Its image.
    pub image: Field<Text>,
    /// `repositoryCredentials.credentialsParameter`; unset when either is absent.
    pub registry_credentials: SecretUse,
    /// `repositoryCredentials` objects without a `credentialsParameter`, and when they are there.
    pub empty_credentials: Vec<(Span, Assumptions)>,
    /// `secrets` and `secretOptions`.
    pub secrets: Vec<SecretUse>,
    /// `logConfiguration`, in each branch.
    pub logging: Vec<Logging>,
    /// `environmentFiles[].value`.
    pub environment_files: Vec<Field<Text>>,
    /// `firelensConfiguration.options.config-file-type`.
    pub firelens_config_type: Field<Text>,
    /// `firelensConfiguration.options.config-file-value`: the ARN of an object in Amazon S3, if that is the type.
    pub firelens_config_value: Field<Text>,
    /// `credentialSpecs[]`.
    pub credential_specs: Vec<Field<Text>>,
}

/// Where a container's log goes.
#[derive(Clone, Debug)]
pub struct Logging {
    /// `logDriver`.
    pub driver: Field<Text>,
    /// The option `awslogs-group`.
    pub group: Field<Text>,
    /// The option `awslogs-region`.
    pub region: Field<Text>,
    /// The option `awslogs-create-group`.
    pub create_group: Field<Text>,
}

impl Task {
    /// What is written here of a task definition whose rest, roles and launch type included, is written elsewhere.
    #[must_use]
    pub fn fragment(name: Option<String>, key: Span, when: Assumptions) -> Self {
        Self {
            name,
            key,
            kind: TaskKind::Fragment,
            launch: Vec::new(),
            execution_role: Field::unknown(key, when.clone()),
            task_role: Field::unknown(key, when.clone()),
            containers: Vec::new(),
            other_secrets: Vec::new(),
            when,
        }
    }

    /// Whether the launch type is asked for in some case that goes with `when`.
    pub fn launches(&self, launch_type: LaunchType) -> impl Iterator<Item = &Launch> {
        self.launch.iter().filter(move |launch| launch.launch_type == launch_type)
    }

    /// Every reference to a secret, with the container it belongs to, in the order of the file.
    pub fn secret_uses(&self) -> impl Iterator<Item = (Option<&Container>, &SecretUse)> {
        let of_containers = self.containers.iter().flat_map(|container| {
            std::iter::once(&container.registry_credentials)
                .chain(&container.secrets)
                .map(move |secret| (Some(container), secret))
        });
        of_containers.chain(self.other_secrets.iter().map(|secret| (None, secret)))
    }
}
