//! The agent's own JSON: `{"ECSAgentConfiguration": {…}}` in user data, or its content in `ecs.config.json`. Source: `userDataConfig`
//! and `fileConfig` in the agent's `config.go`.

use super::auth_data::{self, AuthData};
use super::embedded::Embedded;
use super::flat::place;
use super::reading::{Confidence, DATA, Reading, TYPE};
use crate::model::Text;
use crate::syntax::{Kind, Node};

/// Reads a text that is such JSON.
pub fn read(text: &Text, reading: &mut Reading) {
    let embedded = Embedded::json(text);
    let Some(root) = embedded.root() else { return };
    let configuration = member(root, "ECSAgentConfiguration").unwrap_or(root);
    if let Some(kind) = member(configuration, "EngineAuthType").and_then(|node| embedded.text(node)) {
        reading.setting(TYPE, &kind, Confidence::Sure);
    }
    let Some(data) = member(configuration, "EngineAuthData") else { return };
    if data.kind() == Kind::Object {
        let (shape, entries) = auth_data::of_object(data, &embedded);
        let value = embedded.slice(data);
        reading.engine_data(
            AuthData { span: place(&value), value: value.clone(), shape, entries },
            &value,
            Confidence::Sure,
        );
    } else if let Some(value) = embedded.text(data) {
        // A string there is no object, which the agent does not take; its credentials are exposed all the same.
        reading.setting(DATA, &value, Confidence::Mentioned);
    }
}

/// Go matches keys whatever their letter case.
fn member<'t>(object: Node<'t>, key: &str) -> Option<Node<'t>> {
    object.entries().find(|entry| entry.key().eq_ignore_ascii_case(key)).map(crate::syntax::Entry::value)
}
