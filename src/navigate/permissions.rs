//! What a task asks of its execution role at a place, and whether it is granted.

use std::sync::Arc;

use super::touches;
use crate::access::{self, Access, Verdict};
use crate::model::Document;
use crate::source::Span;

/// One permission that something needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The action.
    pub action: &'static str,
    /// The setting that needs it.
    pub needed: Span,
    /// The logical id of the execution role.
    pub role: String,
    /// Whether that has it.
    pub held: Held,
    /// Whether this is so in some deployments of the template only.
    pub sometimes: bool,
}

/// Whether a role has a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The statement there grants it.
    Granted(Span),
    /// The statement there refuses it.
    Denied(Span),
    /// Nothing grants it.
    Missing,
    /// The statement there grants it, but the key's policy does not let that count.
    Overruled(Span),
    /// The file alone cannot tell.
    Unknown,
}

/// What the setting at `at`, a byte offset of the file, takes; on the setting that names the execution role, all that its task takes.
/// Nothing of roles that are not known.
#[must_use]
pub fn permissions(documents: &[Arc<Document>], at: u32) -> Vec<Permission> {
    let mut found: Vec<Permission> = Vec::new();
    for document in documents {
        for task in &document.tasks {
            let is_about_role = task.execution_role.cases.iter().any(|case| touches(case.span, at));
            for access in access::of_task(document, task) {
                if is_about_role || touches(access.need.span, at) {
                    found.push(permission(document, &access));
                }
            }
        }
    }
    found.sort_by_key(|permission| permission.needed);
    found.dedup();
    found
}

fn permission(document: &Document, access: &Access<'_>) -> Permission {
    Permission {
        action: access.need.action,
        needed: access.need.span,
        role: access.role.id.clone(),
        held: match &access.verdict {
            Verdict::Granted(span) => Held::Granted(*span),
            Verdict::Denied(span) => Held::Denied(*span),
            Verdict::Overruled(span) => Held::Overruled(*span),
            Verdict::Missing(_) => Held::Missing,
            Verdict::Unknown(_) => Held::Unknown,
        },
        sometimes: document.conditions.describe(&access.when).is_some(),
    }
}
