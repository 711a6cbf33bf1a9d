//! What policies allow: matching of actions and resources, and evaluation.
//!
//! Three answers, never two: what cannot be decided from the template is [`Match::Maybe`] and
//! [`Decision::Maybe`], and no rule speaks of it. Source: IAM user guide, "Policy evaluation logic".

mod condition;
mod evaluate;
mod form;
mod managed;
mod near;
mod pattern;
mod principal;
#[cfg(test)]
mod tests;
mod trust;

pub use condition::ContextKey;
pub use evaluate::{Applied, Decision, Doubt, DoubtKind, Fit, Grant, Identity, Request};
pub use form::{Form, form_of};
pub use managed::{managed_policy, misspelt_managed_policy};
pub use near::{NearMiss, Shortfall};
pub use pattern::{Match, Subject};
pub use principal::{include_role, key_lets_iam_decide};
pub use trust::lets_tasks_assume;
