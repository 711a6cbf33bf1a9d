//! Credentials for registries that do not stay secret on their way to an instance.

use super::{Context, Finding};
use crate::model::{Channel, Credential, Exposure, LaunchData, LaunchPlace, Severity};
use crate::source::Span;

/// Literal credentials that reach the container agent.
pub fn plaintext(context: Context<'_>, findings: &mut Vec<Finding>) {
    for (data, exposure) in exposures(context, |channel| channel == Channel::Agent) {
        let Credential::Literal { settings, default_of, .. } = &exposure.credential else { continue };
        let (place, holds) = (place(data, exposure.place), list(settings));
        let message = match default_of {
            Some(parameter) => {
                format!("{place} hands the container agent {holds} from the default of parameter `{parameter}`")
            }
            None if is_encoded_only(settings) => {
                format!("{place} holds {holds} for a registry, which base64 does not hide (`ECS_ENGINE_AUTH_DATA`)")
            }
            None => format!("{place} holds {holds} for a registry in plain text (`ECS_ENGINE_AUTH_DATA`)"),
        };
        findings.push(begin(Severity::Error, data, exposure, message).note(readers(exposure.place)));
    }
}

/// Credentials for the agent that the deployment puts there.
pub fn exposed_at_deploy(context: Context<'_>, findings: &mut Vec<Finding>) {
    for (data, exposure) in exposures(context, |channel| channel == Channel::Agent) {
        let Some((what, how)) = source(&exposure.credential) else { continue };
        let place = place(data, exposure.place);
        let message = format!("CloudFormation writes registry credentials into the {place} from {what}");
        let note = format!("{} holds the value in plain text{how}", deployed(exposure.place));
        findings.push(begin(Severity::Warning, data, exposure, message).note(note));
    }
}

/// Credentials that are for a registry's client or another runtime than the agent.
pub fn registry_login(context: Context<'_>, findings: &mut Vec<Finding>) {
    for (data, exposure) in exposures(context, |channel| channel != Channel::Agent) {
        let door = match exposure.channel {
            Channel::Agent | Channel::Login => "signs in to a registry",
            Channel::ClientFile => "writes the configuration of a registry's client",
            Channel::Bottlerocket => "gives Bottlerocket credentials for a registry",
        };
        let place = place(data, exposure.place);
        let finding = match &exposure.credential {
            Credential::Literal { settings, default_of, .. } => {
                let with = match default_of {
                    Some(parameter) => format!("{} from the default of parameter `{parameter}`", list(settings)),
                    None if is_encoded_only(settings) => format!("{}, which base64 does not hide", list(settings)),
                    None => format!("{} in plain text", list(settings)),
                };
                begin(Severity::Error, data, exposure, format!("{place} {door} with {with}"))
                    .note(readers(exposure.place))
            }
            Credential::Parameter(_) | Credential::Dynamic(_) => {
                let Some((what, how)) = source(&exposure.credential) else { continue };
                let message = format!("{place} {door}, and CloudFormation writes the credentials there from {what}");
                let note = format!("{} holds the value in plain text{how}", deployed(exposure.place));
                begin(Severity::Warning, data, exposure, message).note(note)
            }
        };
        findings.push(finding);
    }
}

fn exposures<'p>(
    context: Context<'p>,
    wanted: impl Fn(Channel) -> bool + 'p,
) -> impl Iterator<Item = (&'p LaunchData, &'p Exposure)> {
    let all = context.document.launch_data.iter().flat_map(|data| data.exposures.iter().map(move |one| (data, one)));
    all.filter(move |(_, exposure)| wanted(exposure.channel))
}

fn begin(severity: Severity, data: &LaunchData, exposure: &Exposure, message: String) -> Finding {
    let mut finding = Finding::new(severity, exposure.span, message).when(&data.when).help(help(exposure));
    if let Some(key) = data.key {
        finding = finding.label(key, format!("in the {} of this {}", thing(exposure.place), holder(exposure.place)));
        finding.resource = Some(data.owner.clone());
    }
    let door = match exposure.channel {
        Channel::Agent => "ECS_ENGINE_AUTH_DATA",
        Channel::Login => "login",
        Channel::ClientFile => "client configuration",
        Channel::Bottlerocket => "Bottlerocket",
    };
    for registry in &exposure.registries {
        finding = finding.subject(format!("{} {door} {registry}", data.owner));
    }
    if exposure.registries.is_empty() {
        finding = finding.subject(format!("{} {door}", data.owner));
    }
    if let Some(decoded) = &exposure.decoded {
        finding.secrets.push(exposure.span);
        finding = finding.note(format!("base64 and compression protect nothing: decoded, it has `{decoded}`"));
    }
    if let Credential::Literal { secrets, default_of, .. } = &exposure.credential {
        finding.secrets.extend(secrets);
        let elsewhere = |span: &&Span| {
            let place = exposure.span;
            span.file != place.file || span.end <= place.start || span.start >= place.end
        };
        let is_given = |span: &Span| default_of.is_some() || span.file.settings_index().is_some();
        for span in secrets.iter().filter(elsewhere) {
            finding = finding
                .label(*span, if is_given(span) { "the credentials are written here" } else { "so is this one" });
        }
    }
    finding
}

/// What the thing is called, with whose it is.
pub fn place(data: &LaunchData, place: LaunchPlace) -> String {
    match place {
        LaunchPlace::File => "this file".to_owned(),
        _ => format!("{} of `{}`", thing(place), data.owner),
    }
}

/// What the credential is written in.
pub fn thing(place: LaunchPlace) -> &'static str {
    match place {
        LaunchPlace::UserData => "user data",
        LaunchPlace::Init => "`AWS::CloudFormation::Init`",
        LaunchPlace::SsmDocument => "document",
        LaunchPlace::Environment => "environment",
        LaunchPlace::File => "file",
    }
}

/// What it belongs to.
pub fn holder(place: LaunchPlace) -> &'static str {
    match place {
        LaunchPlace::Environment => "container",
        _ => "resource",
    }
}

fn deployed(place: LaunchPlace) -> &'static str {
    match place {
        LaunchPlace::UserData | LaunchPlace::File => "the deployed user data",
        LaunchPlace::Init => "the metadata of the deployed stack",
        LaunchPlace::SsmDocument => "the deployed document",
        LaunchPlace::Environment => "the registered task definition",
    }
}

fn readers(place: LaunchPlace) -> &'static str {
    match place {
        LaunchPlace::UserData => {
            "everyone who may call `ec2:DescribeInstanceAttribute` or `ec2:DescribeLaunchTemplateVersions` can read user data, and so can every process on the instance"
        }
        LaunchPlace::Init => {
            "everyone who may call `cloudformation:DescribeStackResource` can read the metadata of a resource, and so can every process on the instance"
        }
        LaunchPlace::SsmDocument => "everyone who may call `ssm:GetDocument` can read the document",
        LaunchPlace::Environment => {
            "everyone who may call `ecs:DescribeTaskDefinition` can read the environment of its containers"
        }
        LaunchPlace::File => {
            "everyone who has this file can read it; as user data of an instance, so can everyone who may describe the instance, and every process on it"
        }
    }
}

/// What the deployment puts there, and what does not help against it.
fn source(credential: &Credential) -> Option<(String, &'static str)> {
    match credential {
        Credential::Literal { .. } => None,
        Credential::Parameter(parameter) => {
            let hidden = if parameter.no_echo { "; `NoEcho` hides the parameter, not what it is put into" } else { "" };
            Some((format!("parameter `{}`", parameter.name), hidden))
        }
        Credential::Dynamic(_) => Some(("a dynamic reference".to_owned(), "")),
    }
}

fn help(exposure: &Exposure) -> &'static str {
    match exposure.channel {
        Channel::Agent => {
            "use `repositoryCredentials` with a Secrets Manager secret in the task definition, or let the instance fetch its `ecs.config` from a private S3 bucket at boot"
        }
        Channel::Login | Channel::ClientFile | Channel::Bottlerocket => {
            "use `repositoryCredentials` with a Secrets Manager secret in the task definition, or let the instance fetch the password from Secrets Manager at boot"
        }
    }
}

/// Whether it is nothing but an `auth`: base64 of the user name and the password.
fn is_encoded_only(settings: &[String]) -> bool {
    matches!(settings, [only] if only == "auth")
}

/// `a password`, `a password and an identity token`.
fn list(settings: &[String]) -> String {
    // The user name and the password of an `auth` beside a password are most often the same again.
    let is_said = |setting: &&String| *setting != "auth" || !settings.iter().any(|other| other == "password");
    let words = settings.iter().filter(is_said).map(|setting| match setting.as_str() {
        "password" => "a password",
        "auth" => "a user name and password",
        "identitytoken" => "an identity token",
        _ => "a registry token",
    });
    let words: Vec<&str> = words.collect();
    if words.is_empty() { "credentials".to_owned() } else { words.join(" and ") }
}
