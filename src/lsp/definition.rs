//! From a reference to what it names.

use gen_lsp_types::DefinitionParams;
use serde_json::{Value, json};

use super::buffers;
use super::text::Lines;
use super::workspace::Workspace;
use crate::navigate;

/// Where what stands at a place is defined: in the same document, or in the configuration that describes it.
pub fn definition(workspace: &Workspace, params: &DefinitionParams) -> Value {
    let place = &params.text_document_position_params;
    let Some((buffer, folder)) = workspace.document(&buffers::key(&place.text_document.uri.0)) else {
        return Value::Null;
    };
    let name = folder.name_of_buffer(buffer);
    let Some(source) = folder.source(&name) else { return Value::Null };
    let encoding = workspace.client().encoding;
    let lines = Lines::new(source.text(), encoding);
    let at = u32::try_from(lines.offset(source.text(), place.position)).unwrap_or(u32::MAX);
    let Some(link) = navigate::definition(source, folder.documents(&name), at) else { return Value::Null };
    let Some(target) = folder.outcome().sources.get(link.to.file) else { return Value::Null };
    let there = folder.place(target.name(), workspace.buffers());
    let new = if there.is_open { Lines::new } else { Lines::of_file };
    let range = new(target.text(), encoding).range(target.text(), link.to.range());
    if workspace.client().links {
        let origin = lines.range(source.text(), link.from.range());
        json!([{
            "originSelectionRange": origin,
            "targetUri": there.uri,
            "targetRange": range,
            "targetSelectionRange": range,
        }])
    } else {
        json!({"uri": there.uri, "range": range})
    }
}
