//! `CloudFormation` templates: their sections, and partial evaluation of intrinsic functions.
//!
//! Evaluation never guesses: what the template does not decide stays a hole
//! ([`crate::model::Reference`]) or a branch under [`crate::model::Assumptions`].

mod conditions;
mod evaluate;
mod references;
mod strings;
mod template;
#[cfg(test)]
mod tests;

pub use evaluate::{Branch, BranchValue, Branches, Evaluated, Items, MAX_CASES, MOST_COMBINATIONS, TextValue, Texts};
pub use references::{Refusal, refusals};
pub use template::{ParameterDefinition, Resource, Template, function_of, resource_kind};
