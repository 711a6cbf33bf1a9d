//! The files in which registry clients keep credentials: Docker's and Podman's JSON, containerd's TOML.

use super::auth_data;
use super::credentials::is_credential_setting;
use super::reading::Reading;
use crate::model::{Channel, Text};

/// Whether a path is that of Docker's or Podman's credentials, in anybody's home. Other programs have an `auth.json` too. Source:
/// containers-auth.json(5).
pub fn is_one(path: &str) -> bool {
    let in_runtime_folder = || {
        let user = path.split_once("run/containers/").and_then(|(_, rest)| rest.strip_suffix("/auth.json"));
        user.is_some_and(|user| !user.contains('/'))
    };
    [".docker/config.json", ".dockercfg", "containers/auth.json", ".docker\\config.json"]
        .iter()
        .any(|end| path.ends_with(end))
        || in_runtime_folder()
}

/// Whether a path is that of a configuration in TOML that may hold credentials for registries.
pub fn is_toml(path: &str) -> bool {
    has_extension(path, "toml")
        && ["containerd", "certs.d", "registr", "bottlerocket", "user-data"].iter().any(|part| path.contains(part))
}

/// Whether the path ends in that extension, in any letter case.
pub fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

/// Reads the JSON: entries by registry, as they are (`.dockercfg`) or inside `auths`.
pub fn read(content: &Text, reading: &mut Reading) {
    for entry in auth_data::read(content).entries {
        let credential = entry.settings.iter().find(|setting| is_credential_setting(&setting.name));
        if let Some(whole) = credential.map(|setting| setting.value.clone()) {
            reading.registry_login(Channel::ClientFile, &entry.settings, &whole, entry.key());
        }
    }
}
