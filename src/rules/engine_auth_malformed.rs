//! Settings for registry credentials that the container agent drops silently.

use super::engine_auth::{holder, place, thing};
use super::{Context, Finding};
use crate::model::{EngineAuthFault, FaultKind, LaunchData, NotJson, Severity};

/// One finding per fault.
pub fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let all = &context.document.launch_data;
    // What gives only the type may be for the same instance as what gives only the data.
    let type_is_apart = all.iter().any(|data| data.gives_type_only);
    for data in all {
        let faults = data.faults.iter().filter(|fault| !(type_is_apart && fault.kind == FaultKind::TypeMissing));
        findings.extend(faults.map(|fault| finding(data, fault)));
    }
}

fn finding(data: &LaunchData, fault: &EngineAuthFault) -> Finding {
    let place = place(data, fault.place);
    let (what, fact, help) = words(&fault.kind);
    let mut finding = Finding::new(
        Severity::Warning,
        fault.span,
        format!("the container agent drops the registry credentials in {place}: {what}"),
    )
    .when(&data.when)
    .note(fact)
    .help(help)
    .subject(format!("{place} {}", kind(&fault.kind)));
    finding.secrets.clone_from(&fault.secrets);
    finding.proposals.extend(fault.mend.clone());
    if let Some(key) = data.key {
        finding = finding.label(key, format!("in the {} of this {}", thing(fault.place), holder(fault.place)));
        finding.resource = Some(data.owner.clone());
    }
    finding
}

/// The kind of fault in one word.
fn kind(kind: &FaultKind) -> String {
    let word = match kind {
        FaultKind::TypeMissing => "type-missing",
        FaultKind::UnknownType(name) => return format!("type {name}"),
        FaultKind::NotDockercfg => "not-dockercfg",
        FaultKind::OuterAuths => "outer-auths",
        FaultKind::NotJson(_) => "not-json",
        FaultKind::AuthNotEncoded => "auth-not-encoded",
        FaultKind::HubKey(key) => return format!("hub-key {key}"),
        FaultKind::NoCredentials => "no-credentials",
    };
    word.to_owned()
}

/// What is wrong, what the agent does then, and how to mend it.
fn words(kind: &FaultKind) -> (String, &'static str, &'static str) {
    let text = str::to_owned;
    match kind {
        FaultKind::TypeMissing => (
            text("`ECS_ENGINE_AUTH_TYPE` is not set"),
            "without a type the agent ignores `ECS_ENGINE_AUTH_DATA`, and logs nothing",
            "set `ECS_ENGINE_AUTH_TYPE` to `docker` or `dockercfg`, as the data is",
        ),
        FaultKind::UnknownType(name) => (
            format!("`{name}` is no type of them"),
            "the agent logs `Unknown auth configuration` and goes on without credentials; the letter case counts, and so do quotes in `ecs.config`",
            "write `docker` or `dockercfg`",
        ),
        FaultKind::NotDockercfg => (
            text("the type is `dockercfg`, and the data is that of `docker`"),
            "of type `dockercfg` the agent reads `auth` alone, the base64 of `user:password`",
            "set `ECS_ENGINE_AUTH_TYPE` to `docker`",
        ),
        FaultKind::OuterAuths => (
            text("the registries are wrapped in `auths`"),
            "the agent takes `auths` for the name of a registry; `~/.docker/config.json` has that object around the registries, `ECS_ENGINE_AUTH_DATA` has not",
            "leave out the outer object",
        ),
        FaultKind::NotJson(why) => {
            let what = match why {
                NotJson::QuotesLost => "the shell removes the quotes of the JSON",
                NotJson::Quoted => "the quotes around the JSON become a part of it",
                NotJson::Escaped => "the backslashes before its quotes become a part of it",
                NotJson::SeveralLines => "the JSON does not end on its line",
                NotJson::Other => "the data is no JSON",
            };
            (
                text(what),
                "the agent logs a warning and goes on without credentials; `ecs.config` has one `NAME=value` a line, and nobody takes quotes off",
                "quote the whole line for the shell, as in `echo 'ECS_ENGINE_AUTH_DATA={…}' >> /etc/ecs/ecs.config`, and keep the JSON on one line",
            )
        }
        FaultKind::AuthNotEncoded => (
            text("an `auth` is not the base64 of `user:password`"),
            "the agent logs `Malformed auth data` and leaves that registry out",
            "use the output of `printf 'user:password' | base64`",
        ),
        FaultKind::HubKey(key) => (
            format!("it does not look for Docker Hub under `{key}`"),
            "for images of Docker Hub the agent looks for the key `index.docker.io/v1/` and for no other; `https://` before it is left out of account",
            "write `https://index.docker.io/v1/`",
        ),
        FaultKind::NoCredentials => (
            text("there is nothing in them to sign in with"),
            "an entry needs `username` and `password`, an `auth`, or a token",
            "add the credentials, or remove the setting",
        ),
    }
}
