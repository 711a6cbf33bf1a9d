//! What the client can do, and what its user wants.

use std::path::PathBuf;

use serde_json::Value;

use super::text::Encoding;
use super::uri;
use crate::lint::Selector;

/// What a client said of itself. Whatever it did not say, or said in another form than that of the protocol, it cannot do.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own in the protocol")]
pub struct Client {
    /// The unit of columns that was agreed on.
    pub encoding: Encoding,
    /// It asks for diagnostics, so that none are sent unasked: it would show both.
    pub pulls: bool,
    /// It asks again when it is told that there are others.
    pub refreshes: bool,
    /// It tells of changes on disk once it is asked to.
    pub watches: bool,
    /// It can be asked for the user's settings.
    pub configuration: bool,
    /// It tells of changes to these settings once it is asked to; some others tell unasked.
    pub watches_configuration: bool,
    /// It shows places that belong to a diagnostic.
    pub related: bool,
    /// It shows what is of no use as such.
    pub tags: bool,
    /// It leads from the code of a diagnostic to what that means.
    pub describes: bool,
    /// It hands the data of a diagnostic back.
    pub data: bool,
    /// It takes versions of documents in diagnostics.
    pub versions: bool,
    /// It takes edits of documents of a version.
    pub document_changes: bool,
    /// It creates files as part of an edit.
    pub creates: bool,
    /// It takes code actions that are more than commands.
    pub actions: bool,
    /// It takes links with the range that they are shown on.
    pub links: bool,
    /// It shows symbols within others.
    pub nested_symbols: bool,
    /// It shows Markdown.
    pub markdown: bool,
    /// It opens a document for the server.
    pub shows_documents: bool,
    /// The directories that it works in.
    pub folders: Vec<PathBuf>,
    /// The process that must go on for the server to do so.
    pub process: Option<i32>,
}

impl Client {
    /// Reads the parameters of `initialize`.
    #[must_use]
    pub fn read(params: &Value) -> Self {
        let at = |path: &str| params.pointer(path);
        let can = |path: &str| at(&format!("/capabilities/{path}")).and_then(Value::as_bool) == Some(true);
        let has = |path: &str| at(&format!("/capabilities/{path}")).is_some_and(Value::is_object);
        let lists = |path: &str, item: &str| strings(at(&format!("/capabilities/{path}"))).any(|one| one == item);
        // One that asks, but cannot be told that another document has changed what holds of this one, would show what was.
        let refreshes = can("workspace/diagnostics/refreshSupport");
        let pulls = has("textDocument/diagnostic") && refreshes;
        let diagnostic = if pulls { "diagnostic" } else { "publishDiagnostics" };
        let of_diagnostics = |name: &str| format!("textDocument/{diagnostic}/{name}");
        Self {
            encoding: Encoding::best_of(strings(at("/capabilities/general/positionEncodings"))),
            pulls,
            refreshes,
            watches: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
            configuration: can("workspace/configuration"),
            watches_configuration: can("workspace/didChangeConfiguration/dynamicRegistration"),
            related: can(&of_diagnostics("relatedInformation")),
            tags: has(&of_diagnostics("tagSupport")),
            describes: can(&of_diagnostics("codeDescriptionSupport")),
            data: can(&of_diagnostics("dataSupport")),
            versions: can("textDocument/publishDiagnostics/versionSupport"),
            document_changes: can("workspace/workspaceEdit/documentChanges"),
            creates: lists("workspace/workspaceEdit/resourceOperations", "create"),
            actions: has("textDocument/codeAction/codeActionLiteralSupport"),
            links: can("textDocument/definition/linkSupport"),
            nested_symbols: can("textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            markdown: lists("textDocument/hover/contentFormat", "markdown"),
            shows_documents: can("window/showDocument/support"),
            folders: folders(params),
            process: at("/processId").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok()),
        }
    }
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> + Clone {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The workspace's folders; of older clients the one root.
fn folders(params: &Value) -> Vec<PathBuf> {
    if let Some(folders) = params.get("workspaceFolders").and_then(Value::as_array) {
        return folders.iter().filter_map(|folder| uri::to_path(folder.get("uri")?.as_str()?)).collect();
    }
    let of_uri = params.get("rootUri").and_then(Value::as_str).and_then(uri::to_path);
    let of_path =
        || params.get("rootPath").and_then(Value::as_str).map(PathBuf::from).filter(|path| path.is_absolute());
    of_uri.or_else(of_path).into_iter().collect()
}

/// What the user set in the editor (`ecs-lint.…`); it counts as words of the command line do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Nothing is checked.
    pub disabled: bool,
    /// The configuration, in place of the nearest `ecs-lint.toml`.
    pub configuration: Option<PathBuf>,
    /// The only rules that run.
    pub select: Option<Vec<Selector>>,
    /// Rules that do not run.
    pub ignore: Vec<Selector>,
}

impl Preferences {
    /// Reads them, and says what is not understood.
    #[must_use]
    pub fn read(value: &Value) -> (Self, Vec<String>) {
        let value = value.get("ecs-lint").unwrap_or(value);
        let mut problems = Vec::new();
        let mut selectors = |key: &str| {
            let named = value.get(key).filter(|list| list.is_array());
            let found: Vec<Selector> = strings(named)
                .filter_map(|name| {
                    let found = Selector::find(name);
                    if found.is_none() {
                        problems.push(format!(
                            "the setting `ecs-lint.{key}` names `{name}`, which is no rule and no category"
                        ));
                    }
                    found
                })
                .collect();
            named.map(|_| found)
        };
        // An empty list is what an editor has where nothing is chosen.
        let select = selectors("select").filter(|select| !select.is_empty());
        let ignore = selectors("ignore").unwrap_or_default();
        let configuration = value.get("configuration").and_then(Value::as_str).filter(|path| !path.is_empty());
        let disabled = value.get("enable").and_then(Value::as_bool) == Some(false);
        (Self { disabled, configuration: configuration.map(PathBuf::from), select, ignore }, problems)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_malformed_is_not_supported() {
        let client = Client::read(&json!({
            "processId": "x", "rootUri": 7, "capabilities": {"textDocument": [], "general": {"positionEncodings": "utf-8"}},
        }));
        assert!(!client.pulls && client.process.is_none() && client.folders.is_empty());
        assert_eq!(client.encoding, Encoding::Utf16);
        assert!(Client::read(&Value::Null).folders.is_empty());
    }

    #[test]
    fn preferences_are_flags() {
        let (preferences, problems) =
            Preferences::read(&json!({"ecs-lint": {"enable": true, "select": [], "ignore": ["role", "rolle"]}}));
        assert_eq!(preferences.ignore, [Selector::Category("role")]);
        assert_eq!((preferences.select, preferences.disabled, problems.len()), (None, false, 1));
        assert_eq!(Preferences::read(&Value::Null).0, Preferences::default());
    }
}
