//! Whether a role may decrypt with a key, whichever task uses it.

use std::sync::Arc;

use super::judge::Judge;
use super::{Feature, KeyLink, Need, Resource, Verdict};
use crate::model::{Assumptions, Document, Key, Role, Secret, Severity};

/// Whether the role may decrypt the secret with the key, both of which are of its file, for whatever it reads the secret.
#[must_use]
pub fn decryption<'p>(document: &'p Document, role: &'p Role, secret: &'p Secret, key: &'p Key) -> Verdict<'p> {
    let need = Need {
        feature: Feature::Decrypt { secret, key_id: secret.key_id.span, key: KeyLink::Here(key) },
        action: "kms:Decrypt",
        resource: Arc::new(Resource::key(document, key)),
        span: secret.key,
        when: Assumptions::always(),
        severity: Severity::Note,
    };
    Judge::new(document, role, &[]).verdict(&need, &role.when.and(&secret.when).and(&key.when))
}
