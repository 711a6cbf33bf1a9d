//! Settings that the agent drops without a word to whoever launched the instance. Sources: the agent's `dockerauth.go` and
//! `config.go`, and how `ecs-init` reads `ecs.config`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::auth_data::{AuthData, Entry, Shape};
use super::credentials::is_credential_setting;
use super::flat::{Flat, literal_places, place};
use super::reading::{Confidence, EngineData, EngineType};
use crate::model::{DOCKER_HUB_KEY, EngineAuthFault, FaultKind, NotJson, Text};
use crate::source::Span;

/// Names of Docker Hub that people write, and under which the agent does not look for its credentials.
const HUB_HOSTS: [&str; 6] = [
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
    "hub.docker.com",
    "auth.docker.io",
];

/// What is wrong with the settings, each place once. `elsewhere` says that others may come from what was not read.
/// `stand_ins` are texts that the script replaces later.
pub fn find(data: &[EngineData], types: &[EngineType], elsewhere: bool, stand_ins: &[String]) -> Vec<EngineAuthFault> {
    let mut faults = Vec::new();
    for kind in types.iter().filter(|kind| kind.confidence == Confidence::Sure) {
        if let Some(name) = unknown_type(&kind.value) {
            let span = place(&kind.value);
            faults.push(EngineAuthFault {
                place: kind.place,
                kind: FaultKind::UnknownType(name),
                span,
                secrets: vec![],
            });
        }
    }
    for EngineData { data, place, .. } in data.iter().filter(|data| data.confidence == Confidence::Sure) {
        let fault = of_data(data).or_else(|| of_type(data, types, elsewhere, stand_ins));
        if let Some((kind, span)) = fault {
            // What is no JSON may have a credential anywhere.
            let secrets = if matches!(kind, FaultKind::NotJson(_)) { literal_places(&data.value) } else { Vec::new() };
            faults.push(EngineAuthFault { place: *place, kind, span, secrets });
        }
    }
    faults
}

/// Whether the agent surely drops the data.
pub fn is_dropped(data: &AuthData, types: &[EngineType], elsewhere: bool, stand_ins: &[String]) -> bool {
    match data.shape {
        Shape::Broken(_) | Shape::OuterAuths => true,
        Shape::Registries => {
            let is_unknown =
                |kind: &EngineType| kind.confidence == Confidence::Sure && unknown_type(&kind.value).is_some();
            let no_type = !elsewhere && !types.is_empty() && types.iter().all(is_unknown);
            no_type || of_type(data, types, elsewhere, stand_ins).is_some()
        }
        Shape::Empty | Shape::Unknown => false,
    }
}

fn of_data(data: &AuthData) -> Option<(FaultKind, Span)> {
    match data.shape {
        Shape::Empty | Shape::Unknown => return None,
        Shape::OuterAuths => return Some((FaultKind::OuterAuths, data.span)),
        Shape::Broken(why) => return not_json(why, &data.value).map(|kind| (kind, data.span)),
        Shape::Registries => {}
    }
    if !data.entries.iter().any(has_setting) {
        return Some((FaultKind::NoCredentials, data.span));
    }
    data.entries.iter().find_map(|entry| {
        let key = entry.key()?;
        let host = key.split('/').next().unwrap_or_default();
        let misses = HUB_HOSTS.contains(&host) && key != DOCKER_HUB_KEY && entry.may_hold_credentials();
        let span = entry.registry.as_ref().map_or(data.span, place);
        misses.then_some((FaultKind::HubKey(key), span))
    })
}

/// Values that some other tool fills in are no JSON yet.
fn not_json(why: NotJson, value: &Text) -> Option<FaultKind> {
    let shown = Flat::new(value);
    let text = shown.as_str();
    let is_placeholder = value.clone().with_placeholders().sole_hole().is_some();
    let is_filled_in = ["{{", "${", "$(", "<%", "%{"].iter().any(|opening| text.contains(opening));
    (!is_placeholder && !is_filled_in).then_some(FaultKind::NotJson(why))
}

/// Whether the entry has a setting to sign in with, empty or not.
fn has_setting(entry: &Entry) -> bool {
    entry.settings.iter().any(|setting| is_credential_setting(&setting.name))
}

/// What is wrong with the data for every type that it can have.
fn of_type(data: &AuthData, types: &[EngineType], elsewhere: bool, stand_ins: &[String]) -> Option<(FaultKind, Span)> {
    if data.shape != Shape::Registries || !data.entries.iter().any(Entry::may_hold_credentials) {
        return None;
    }
    if types.is_empty() {
        return (!elsewhere).then_some((FaultKind::TypeMissing, data.span));
    }
    let mut last = None;
    for kind in types {
        // An unknown type fits everything; a wrong one is a fault of its own.
        let name = kind.value.known()?;
        match name.trim() {
            "dockercfg" => last = Some(not_dockercfg(data, stand_ins)?),
            "" | "docker" => return None,
            _ => {}
        }
    }
    last.filter(|_| !elsewhere)
}

/// Why data is not that of `dockercfg`: an `auth` for each registry, base64 of `user:password`.
fn not_dockercfg(data: &AuthData, stand_ins: &[String]) -> Option<(FaultKind, Span)> {
    let holding = || data.entries.iter().filter(|entry| entry.may_hold_credentials());
    if holding().any(|entry| entry.setting("auth").is_none()) {
        return Some((FaultKind::NotDockercfg, data.span));
    }
    let broken = holding().filter_map(|entry| entry.setting("auth")).find(|auth| is_surely_no_pair(auth, stand_ins))?;
    Some((FaultKind::AuthNotEncoded, place(broken)))
}

/// Whether the value is known not to be base64 of `user:password`; what looks like a stand-in may become one.
fn is_surely_no_pair(auth: &Text, stand_ins: &[String]) -> bool {
    auth.known().is_some_and(|auth| {
        if stand_ins.iter().any(|one| auth.contains(one.as_str())) {
            return false;
        }
        let is_plain = auth.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=:-_.@!".contains(&byte));
        is_plain && !STANDARD.decode(auth.as_bytes()).is_ok_and(|pair| pair.contains(&b':'))
    })
}

/// Whether a comment stands behind the type: `ecs.config` has none, so that it becomes a part of it.
fn has_comment(name: &str) -> bool {
    let word = name.split([' ', '\t']).next().unwrap_or_default();
    matches!(word, "docker" | "dockercfg")
        && name.get(word.len()..).is_some_and(|rest| rest.trim_start().starts_with('#'))
}

/// The type, if it is surely none that the agent knows.
fn unknown_type(value: &Text) -> Option<String> {
    let name = value.known()?;
    let name = name.trim();
    let is_word = !name.is_empty()
        && name.len() <= 40
        && (name.bytes().all(|b| b.is_ascii_alphanumeric() || b"\"'-_./".contains(&b)) || has_comment(name));
    let is_placeholder = value.clone().with_placeholders().sole_hole().is_some();
    (is_word && !is_placeholder && !matches!(name, "docker" | "dockercfg")).then(|| name.to_owned())
}
