//! Settings that the agent drops without a word to whoever launched the instance. Sources: the agent's `dockerauth.go` and
//! `config.go`, and how `ecs-init` reads `ecs.config`.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use super::auth_data::{AuthData, Entry, Shape};
use super::credentials::is_credential_setting;
use super::flat::{Flat, literal_places, place};
use super::reading::{Confidence, DATA, EngineData, EngineType, TYPE};
use crate::model::{Change, DOCKER_HUB_KEY, EngineAuthFault, FaultKind, NotJson, Proposal, Safety, Text};
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
            let all = || data.iter().map(|one| &one.data);
            let wanted = meant_type(&name).or_else(|| all().map(fitting_type).next().filter(|_| all().count() == 1));
            faults.push(EngineAuthFault {
                place: kind.place,
                kind: FaultKind::UnknownType(name),
                span,
                secrets: vec![],
                mend: wanted.map(|wanted| with_type(span, wanted)),
            });
        }
    }
    for EngineData { data, place, .. } in data.iter().filter(|data| data.confidence == Confidence::Sure) {
        let fault = of_data(data).or_else(|| of_type(data, types, elsewhere, stand_ins));
        if let Some((kind, span)) = fault {
            let mend = mend(&kind, data, types, elsewhere);
            // What is no JSON may have a credential anywhere.
            let secrets = if matches!(kind, FaultKind::NotJson(_)) { literal_places(&data.value) } else { Vec::new() };
            faults.push(EngineAuthFault { place: *place, kind, span, secrets, mend });
        }
    }
    faults
}

/// How a fault of data is mended, if that is one thing.
fn mend(kind: &FaultKind, data: &AuthData, types: &[EngineType], elsewhere: bool) -> Option<Proposal> {
    let set_type = |wanted| Change::Assign { place: data.span, name: DATA, setting: format!("{TYPE}={wanted}") };
    match kind {
        FaultKind::TypeMissing => {
            let wanted = fitting_type(data);
            Some(proposal(&title_of_type(wanted), vec![set_type(wanted)]))
        }
        FaultKind::NotDockercfg => match types {
            [only] => Some(with_type(place(&only.value), "docker")),
            _ => None,
        },
        FaultKind::OuterAuths => {
            let flat = Flat::new(&data.value);
            let text = flat.as_str();
            let opening = AUTHS.as_ref()?.find(text)?;
            let closing = text.trim_end().len().checked_sub(1)?;
            let begin = |at: usize| text.get(..at).map_or(0, |before| before.trim_end().len());
            let ends = text.get(closing..closing + 1) == Some("}") && text.get(..closing)?.trim_end().ends_with('}');
            let cut = |range| Change::Rewrite { place: flat.span(range), text: String::new() };
            let mut changes = vec![cut(opening.range()), cut(begin(closing)..closing + 1)];
            let mut title = "Leave out the outer `auths`".to_owned();
            // Without a type nothing would be won.
            if types.is_empty() && !elsewhere {
                let wanted = fitting_type(data);
                changes.push(set_type(wanted));
                title = format!("{title}, and set `{TYPE}` to `{wanted}`");
            }
            ends.then(|| proposal(&title, changes))
        }
        _ => None,
    }
}

/// The object around the registries, up to theirs.
static AUTHS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"^\s*\{\s*"auths"\s*:\s*"#).ok());

fn proposal(title: &str, changes: Vec<Change>) -> Proposal {
    Proposal { title: title.to_owned(), safety: Safety::Unsafe, changes }
}

fn with_type(span: Span, wanted: &str) -> Proposal {
    proposal(&title_of_type(wanted), vec![Change::Rewrite { place: span, text: wanted.to_owned() }])
}

fn title_of_type(wanted: &str) -> String {
    format!("Set `{TYPE}` to `{wanted}`")
}

/// The type that is written in another letter case, in quotes or with a comment.
fn meant_type(name: &str) -> Option<&'static str> {
    let word = name.trim_matches(['"', '\'']).split([' ', '\t']).next()?.to_ascii_lowercase();
    ["docker", "dockercfg"].into_iter().find(|known| *known == word)
}

/// The type of data like this.
fn fitting_type(data: &AuthData) -> &'static str {
    let has = |entry: &Entry, name: &str| entry.setting(name).is_some();
    let mut holding = data.entries.iter().filter(|entry| entry.may_hold_credentials()).peekable();
    let is_of_auth = |entry: &Entry| has(entry, "auth") && !has(entry, "username") && !has(entry, "password");
    if holding.peek().is_some() && holding.all(is_of_auth) { "dockercfg" } else { "docker" }
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
