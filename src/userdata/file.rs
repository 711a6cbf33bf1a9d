//! Files that are launch scripts, or configurations that instances read, by their name and by what they say.

use std::sync::LazyLock;

use regex::Regex;

use super::form::Form;
use super::reading::{AGENT_CONFIG, Reading, made_up};
use crate::model::{LaunchData, LaunchPlace, Text};

/// What a file is to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchFile {
    /// `ecs.config`.
    AgentConfig,
    /// The agent's own JSON.
    AgentJson,
    /// User data, by its name or because it says so.
    UserData,
    /// A shell script that has nothing to do with instances, for all it says; it may sign in wherever it likes.
    Script,
}

/// Names of user data: `user-data.sh`, `userdata`, `web_user_data.tpl`, `user-data.yaml`.
static USER_DATA: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^(?:.*[-_.])?user[-_]?data(?:[-_.][a-z0-9._-]*)?$").ok());

/// Extensions that scripts and data have; what has another one is the source of a program or prose.
const EXTENSIONS: [&str; 20] = [
    "sh", "bash", "txt", "tpl", "tmpl", "template", "yaml", "yml", "cfg", "conf", "config", "ps1", "toml", "mime",
    "eml", "in", "j2", "json", "bat", "cmd",
];

/// What the file is, by its name and its beginning; `None` for what concerns no instance.
#[must_use]
pub fn launch_file(name: &str, text: &str) -> Option<LaunchFile> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let lower = base.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map(|(_, extension)| extension);
    let body = text.trim_start_matches('\u{feff}').trim_start();
    if lower == AGENT_CONFIG || lower.ends_with(".ecs.config") || lower.ends_with("-ecs.config") {
        return Some(LaunchFile::AgentConfig);
    }
    if body.starts_with('{') || body.starts_with('[') && extension == Some("json") {
        let is_agents = body.contains("\"ECSAgentConfiguration\"")
            || (lower.ends_with("ecs.config.json") && body.contains("\"EngineAuthData\""));
        return is_agents.then_some(LaunchFile::AgentJson);
    }
    let begins_as_user_data = |words: [&str; 3]| words.iter().any(|word| body.starts_with(word));
    if begins_as_user_data(["#cloud-config", "#cloud-boothook", "<powershell>"]) {
        return Some(LaunchFile::UserData);
    }
    let is_named = USER_DATA.as_ref().is_some_and(|pattern| pattern.is_match(&lower))
        && extension.is_none_or(|extension| EXTENSIONS.contains(&extension) || extension.contains("data"));
    let is_data = matches!(extension, Some("yaml" | "yml" | "json" | "template")) && !body.starts_with("#!");
    if is_named && !is_data {
        return Some(LaunchFile::UserData);
    }
    let is_script = matches!(extension, Some("sh" | "bash")) || lower.contains(".sh.") || body.starts_with("#!");
    if !is_script {
        return None;
    }
    let configures_agent = ["/etc/ecs", "ecs.config", "ECS_ENGINE_AUTH"].iter().any(|word| text.contains(word));
    Some(if configures_agent { LaunchFile::UserData } else { LaunchFile::Script })
}

impl LaunchFile {
    /// Reads the file called `name`.
    #[must_use]
    pub fn read(self, name: &str, text: &Text) -> LaunchData {
        let mut reading = Reading::new();
        reading.at(LaunchPlace::File);
        match self {
            Self::AgentConfig => reading.file(&made_up(AGENT_CONFIG), text),
            Self::AgentJson => reading.text_as(text, Form::AgentJson),
            Self::UserData => reading.user_data(text),
            Self::Script => {}
        }
        reading.into_launch_data(name, None, false)
    }
}
