//! `docker` and the commands like it: signing in to a registry, and running the agent with its settings.

use super::flat::Flat;
use super::reading::{AGENT_CONFIG, Confidence, DATA, Reading, TYPE};
use crate::model::Text;

/// Clients that sign in as `docker` does.
const CLIENTS: [&str; 9] = ["docker", "podman", "nerdctl", "finch", "buildah", "skopeo", "oras", "crane", "docker.exe"];

/// Options before the subcommand that take a value.
const GLOBAL_WITH_VALUE: [&str; 7] = ["-H", "--host", "--config", "-c", "--context", "-l", "--log-level"];

/// Whether the command is a registry's client.
pub fn is_one(name: &str) -> bool {
    CLIENTS.contains(&name)
}

/// A call, with what it reads.
pub fn call(arguments: &[Text], input: Option<&Text>, reading: &mut Reading) {
    let mut rest = arguments;
    while let Some(option) = rest.first().filter(|word| word.known_start().starts_with('-')) {
        let takes_value = option.known().is_some_and(|option| GLOBAL_WITH_VALUE.contains(&option.as_ref()));
        rest = rest.get(1 + usize::from(takes_value)..).unwrap_or_default();
    }
    // `crane auth login`, `oras registry login`.
    if rest.first().and_then(Text::known).is_some_and(|word| matches!(word.as_ref(), "auth" | "registry")) {
        rest = rest.get(1..).unwrap_or_default();
    }
    let Some((subcommand, arguments)) = rest.split_first() else { return };
    match subcommand.known().as_deref() {
        Some("login") => login(arguments, input, reading),
        Some("run" | "create" | "container" | "service") => {
            let agents_own = |name: &str| name == DATA || name == TYPE;
            // What is not known may be more options.
            if arguments.iter().any(|word| word.sole_hole().is_some()) {
                reading.configured_elsewhere();
            }
            for option in values(arguments, &["-e", "--env"]) {
                let flat = Flat::new(&option);
                if let Some(sign) = flat.as_str().find('=') {
                    let value = flat.slice(sign + 1..flat.as_str().len());
                    reading.setting(flat.text(0..sign), &value, Confidence::Sure);
                } else if agents_own(flat.as_str()) {
                    // `-e NAME` hands on what the environment has.
                    reading.configured_elsewhere();
                }
            }
            let is_read_already = |path: &Text| path.known().is_some_and(|path| path.ends_with(AGENT_CONFIG));
            if values(arguments, &["--env-file"]).iter().any(|path| !is_read_already(path)) {
                reading.configured_elsewhere();
            }
        }
        _ => arguments.iter().for_each(|word| reading.mentioned(word)),
    }
}

fn login(arguments: &[Text], input: Option<&Text>, reading: &mut Reading) {
    // It stands behind the options; without one it is Docker Hub.
    let registry =
        arguments.last().and_then(Text::known).filter(|last| last.contains(['.', ':', '/']) && !last.starts_with('-'));
    let registry = registry.map(std::borrow::Cow::into_owned);
    for password in values(arguments, &["-p", "--password"]) {
        let registry = registry.clone().filter(|registry| password.known().is_none_or(|known| known != *registry));
        reading.login(&password, registry);
    }
    let reads_input = arguments.iter().any(|word| word.known().is_some_and(|word| word == "--password-stdin"));
    if let Some(password) = input.filter(|_| reads_input) {
        reading.login(password, registry);
    }
}

/// The values of an option, given as `-e V`, `-eV`, `--env V` or `--env=V`.
fn values(arguments: &[Text], names: &[&str]) -> Vec<Text> {
    let mut found = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let flat = Flat::new(word);
        let text = flat.as_str();
        for name in names {
            let Some(rest) = text.strip_prefix(name) else { continue };
            if rest.is_empty() {
                found.extend(words.next().cloned());
            } else if rest.starts_with('=') {
                found.push(flat.slice(name.len() + 1..text.len()));
            } else if !name.starts_with("--") {
                found.push(flat.slice(name.len()..text.len()));
            } else {
                continue;
            }
            break;
        }
    }
    found
}
