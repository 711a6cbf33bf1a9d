//! Credentials of the container agent in user data.

use super::{Context, Finding};
use crate::model::{EngineAuth, Exposure, Severity};

/// Literal credentials.
pub fn plaintext(context: Context<'_>, findings: &mut Vec<Finding>) {
    for auth in &context.document.engine_auth {
        let Exposure::Literal { settings, secrets, default_of } = &auth.exposure else { continue };
        let holds = list(settings);
        let message = match default_of {
            Some(parameter) => format!(
                "user data of `{}` hands the container agent {holds} from the default of parameter `{parameter}`",
                auth.resource
            ),
            None => format!(
                "user data of `{}` holds {holds} for a registry in plain text (`ECS_ENGINE_AUTH_DATA`)",
                auth.resource
            ),
        };
        let mut finding = begin(Severity::Error, auth, message);
        finding.secrets.clone_from(secrets);
        if auth.encoded {
            finding = finding.note(
                "base64 is an encoding, not a protection: the decoded script assigns `ECS_ENGINE_AUTH_DATA=****`",
            );
        }
        if default_of.is_some()
            && let Some(span) = secrets.first()
        {
            finding = finding.label(*span, "the credentials are written here");
        }
        findings.push(finding.note(
            "everyone who may call `ec2:DescribeInstanceAttribute` or `ec2:DescribeLaunchTemplateVersions` can read user data, and so can every process on the instance",
        ));
    }
}

/// Credentials that the deployment puts into user data.
pub fn exposed_at_deploy(context: Context<'_>, findings: &mut Vec<Finding>) {
    for auth in &context.document.engine_auth {
        let (what, how) = match &auth.exposure {
            Exposure::Literal { .. } => continue,
            Exposure::Parameter(parameter) => {
                let hidden = if parameter.no_echo { "; `NoEcho` hides the parameter, not the user data" } else { "" };
                (format!("parameter `{}`", parameter.name), hidden)
            }
            Exposure::Dynamic(_) => ("a dynamic reference".to_owned(), ""),
        };
        let message =
            format!("CloudFormation writes registry credentials into the user data of `{}` from {what}", auth.resource);
        findings.push(
            begin(Severity::Warning, auth, message)
                .note(format!("the deployed user data holds the value in plain text{how}")),
        );
    }
}

fn begin(severity: Severity, auth: &EngineAuth, message: String) -> Finding {
    let mut finding = Finding::new(severity, auth.span, message)
        .label(auth.key, "in the user data of this resource")
        .help("use `repositoryCredentials` with a Secrets Manager secret in the task definition, or let the instance fetch its `ecs.config` from a private S3 bucket at boot");
    finding.resource = Some(auth.resource.clone());
    finding
}

/// `a password`, `a password and an auth token`.
fn list(settings: &[String]) -> String {
    let words = settings.iter().map(|setting| match setting.as_str() {
        "password" => "a password",
        "auth" => "an encoded user name and password",
        "identitytoken" => "an identity token",
        _ => "a registry token",
    });
    words.collect::<Vec<_>>().join(" and ")
}
