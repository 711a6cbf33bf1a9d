//! The documents that are open in the editor.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::uri;

/// One open document.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// Its address, always spelled in one way.
    pub key: String,
    /// Its address, as the client spells it.
    pub uri: String,
    /// Its path, for what is or will be a file.
    pub path: Option<PathBuf>,
    /// The language that the editor takes it for.
    pub language: String,
    /// The number of its last change.
    pub version: i32,
    /// Its text.
    pub text: String,
}

impl Buffer {
    /// Whether the editor takes it for something that task definitions, templates and launch scripts are written in.
    #[must_use]
    pub fn has_our_language(&self) -> bool {
        const OURS: [&str; 9] =
            ["json", "jsonc", "yaml", "yml", "cloudformation", "yaml-cfn", "json-cfn", "shellscript", "sh"];
        OURS.contains(&self.family())
    }

    /// The language without its dialect, which Vim writes after a dot: `yaml.cloudformation`.
    fn family(&self) -> &str {
        self.language.split_once('.').map_or(self.language.as_str(), |(family, _)| family)
    }

    /// The name of a document that is no file.
    #[must_use]
    pub fn untitled_name(&self) -> String {
        let extension = match self.family() {
            "json" | "jsonc" | "json-cfn" => "json",
            "shellscript" | "sh" => "sh",
            _ => "yaml",
        };
        format!("{}.{extension}", self.key)
    }
}

/// All open documents, by their keys.
#[derive(Clone, Debug, Default)]
pub struct Buffers(BTreeMap<String, Buffer>);

/// The one spelling of an address.
#[must_use]
pub fn key(uri: &str) -> String {
    uri::to_path(uri).map_or_else(|| uri.to_owned(), |path| uri::of_path(&path))
}

impl Buffers {
    /// Opens a document. Documents that are neither files nor to become one are none of ours: what is shown of a commit, the
    /// output of a program.
    pub fn open(&mut self, uri: &str, language: String, version: i32, text: String) -> Option<&Buffer> {
        let path = uri::to_path(uri);
        if path.is_none() && !uri.starts_with("untitled:") {
            return None;
        }
        let buffer = Buffer { key: key(uri), uri: uri.to_owned(), path, language, version, text };
        let key = buffer.key.clone();
        self.0.insert(key.clone(), buffer);
        self.0.get(&key)
    }

    /// The document with that address.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Buffer> {
        self.0.get(key)
    }

    /// The document with that address, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Buffer> {
        self.0.get_mut(key)
    }

    /// Closes a document.
    pub fn close(&mut self, key: &str) -> Option<Buffer> {
        self.0.remove(key)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Buffer> {
        self.0.values()
    }
}
