//! What launch scripts hand to the container agent of an instance.

use super::reference::Parameter;
use crate::source::Span;

/// `ECS_ENGINE_AUTH_DATA` (or its credentials) found in a launch script.
#[derive(Clone, Debug)]
pub struct EngineAuth {
    /// The logical id of the resource whose user data it is in.
    pub resource: String,
    /// Where the resource's logical id is written.
    pub key: Span,
    /// Where the data is written; inside encoded user data, the encoded literal.
    pub span: Span,
    /// What was found.
    pub exposure: Exposure,
    /// Whether the script was found behind a base64 encoding of its own.
    pub encoded: bool,
}

/// How a credential comes to stand in the deployed user data.
#[derive(Clone, Debug)]
pub enum Exposure {
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
