//! What policies allow: matching of actions and resources, and evaluation.
//!
//! Three answers, never two: what cannot be decided from the template is [`Match::Maybe`] and
//! [`Decision::Maybe`], and no rule speaks of it. Source: IAM user guide, "Policy evaluation logic".

mod evaluate;
mod pattern;

pub use evaluate::{Decision, Grant, Request, key_lets_iam_decide, principals_include};
pub use pattern::{Match, Subject};
