//! What files hand to instances when they are launched: credentials for registries, and the container agent's settings.

use super::assumptions::Assumptions;
use super::change::Proposal;
use super::reference::Parameter;
use crate::source::Span;

/// What one resource, container or file hands over.
#[derive(Clone, Debug)]
pub struct LaunchData {
    /// The resource's logical id, the container's name, or the file's name; for messages.
    pub owner: String,
    /// Where that is written; `None` for a file.
    pub key: Option<Span>,
    /// When it is handed over.
    pub when: Assumptions,
    /// Credentials that do not stay secret on the way.
    pub exposures: Vec<Exposure>,
    /// Where the scripts and settings are written that were read for this; excerpts show of them only words that are known.
    pub written: Vec<Span>,
    /// Settings of the agent that it drops.
    pub faults: Vec<EngineAuthFault>,
    /// The registries that the agent can sign in to with it.
    pub registries: EngineRegistries,
    /// Whether it gives the agent a type of data and no data, which then come from elsewhere.
    pub gives_type_only: bool,
    /// Whether it is more than is read, so that something in it was not looked at.
    pub is_cut: bool,
}

/// A credential that does not stay secret on its way to an instance.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// What it is written in.
    pub place: LaunchPlace,
    /// Whom it is for.
    pub channel: Channel,
    /// Where it is written; inside encoded text, the encoded literal.
    pub span: Span,
    /// The credential.
    pub credential: Credential,
    /// The registries that it is for, where they are known: with the owner, what a baseline knows it by.
    pub registries: Vec<String>,
    /// For one inside encoded text, what it is in there, without any value of it.
    pub decoded: Option<String>,
}

/// What credentials are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchPlace {
    /// `UserData` of a resource.
    UserData,
    /// `AWS::CloudFormation::Init` of a resource.
    Init,
    /// The steps of an `AWS::SSM::Document`.
    SsmDocument,
    /// `environment` of a container, as of one that runs the agent.
    Environment,
    /// A launch script or configuration that is a file of its own.
    File,
}

/// Whom a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The container agent: `ECS_ENGINE_AUTH_DATA` or `EngineAuthData`.
    Agent,
    /// The command that signs in to a registry, `docker login` or one like it.
    Login,
    /// The configuration of a registry's client, such as `~/.docker/config.json`.
    ClientFile,
    /// `settings.container-registry.credentials` of Bottlerocket.
    Bottlerocket,
}

/// How a credential comes to stand on the instance.
#[derive(Clone, Debug)]
pub enum Credential {
    /// It is written in the file; with every place that must never be printed.
    Literal {
        /// The settings that hold it, such as `password`, in order, each once.
        settings: Vec<String>,
        /// The bytes of the credentials.
        secrets: Vec<Span>,
        /// Where it is written, when that is a parameter's default.
        default_of: Option<String>,
    },
    /// A parameter is put there at deployment.
    Parameter(Parameter),
    /// A dynamic reference is resolved there at deployment.
    Dynamic(String),
}

/// A setting of the agent that it drops, without telling whoever launched the instance.
#[derive(Clone, Debug)]
pub struct EngineAuthFault {
    /// What it is written in.
    pub place: LaunchPlace,
    /// What is wrong.
    pub kind: FaultKind,
    /// Where.
    pub span: Span,
    /// Bytes near it that may be credentials.
    pub secrets: Vec<Span>,
    /// How it can be mended, if that is one thing.
    pub mend: Option<Proposal>,
}

/// What is wrong with a setting of the agent. Source: the agent's `dockerauth.go` and `config.go`, `ecs-init`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Data without a type is ignored.
    TypeMissing,
    /// A type that is neither `docker` nor `dockercfg`.
    UnknownType(String),
    /// `dockercfg` reads `auth` alone, and these entries have user names and passwords.
    NotDockercfg,
    /// The data is wrapped in `auths`, as `~/.docker/config.json` is.
    OuterAuths,
    /// The data is no JSON when it reaches the agent.
    NotJson(NotJson),
    /// `auth` is no base64 of `user:password`.
    AuthNotEncoded,
    /// Docker Hub under a name that the agent does not look for.
    HubKey(String),
    /// There is nothing to sign in with.
    NoCredentials,
}

/// Why data is no JSON when it reaches the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotJson {
    /// The shell took the quotes of the JSON.
    QuotesLost,
    /// There are quotes around it, which nobody takes off.
    Quoted,
    /// There are backslashes before its quotes, which nobody takes off.
    Escaped,
    /// It goes on in the next line, which is a setting of its own.
    SeveralLines,
    /// It is something else.
    Other,
}

/// The registries that the agent can sign in to.
#[derive(Clone, Debug, Default)]
pub struct EngineRegistries {
    /// Keys of the data, without `http://` or `https://`, that have credentials which are or may be there.
    pub keys: Vec<String>,
    /// Whether there may be others: the data, or the agent's configuration, is not wholly known.
    pub incomplete: bool,
}

/// The key under which the agent looks for Docker Hub's credentials. Source: `dockerRegistryKey` in `dockerauth.go`.
pub const DOCKER_HUB_KEY: &str = "index.docker.io/v1/";

impl EngineRegistries {
    /// Whether the agent has, or may have, credentials for images of that host; `None` is Docker Hub.
    ///
    /// The agent takes any key whose host is the image's; for Docker Hub it takes [`DOCKER_HUB_KEY`] and no other.
    #[must_use]
    pub fn may_authenticate(&self, host: Option<&str>) -> bool {
        let matches = |key: &String| match host {
            None => key == DOCKER_HUB_KEY,
            Some(host) => key.split('/').next() == Some(host),
        };
        self.incomplete || self.keys.iter().any(matches)
    }
}
