//! An image from another registry than Amazon ECR without `repositoryCredentials`.

use super::{Context, Finding};
use crate::model::{
    Access, Assumptions, Case, Container, FaultKind, ImageReference, LaunchData, LaunchType, Registry, Said, Severity,
    Task, TaskKind, Text,
};

/// One finding per image, for the worst of the registries it can come from.
pub fn check(context: Context<'_>, task: &Task, container: &Container, findings: &mut Vec<Finding>) {
    let mut worst: Option<Finding> = None;
    for (text, case) in container.image.known() {
        let Some(image) = ImageReference::read(text) else { continue };
        let Some(lacks) = container
            .registry_credentials
            .value
            .unset_cases()
            .find(|lacks| context.possible(&[&case.when, &lacks.when]))
        else {
            continue;
        };
        let said = context.registries.said_of(text);
        if said == Some(Said::Public)
            || instances_may_sign_in(context, task, &image.registry, &[&case.when, &lacks.when])
        {
            continue;
        }
        let Some(mut finding) = judge(context, task, &as_said(image, said), case, lacks) else { continue };
        if let Some(Said::Private(span)) = said {
            finding = finding.label(span, "the settings say that this registry is private");
        }
        if worst.as_ref().is_none_or(|worst| worst.severity < finding.severity) {
            worst = Some(finding);
        }
    }
    findings.extend(worst);
}

/// The image with what the settings say of its registry, which is no guess.
fn as_said(image: ImageReference, said: Option<Said>) -> ImageReference {
    let host = match &image.registry {
        _ if !matches!(said, Some(Said::Private(_))) => return image,
        Registry::EcrPrivate | Registry::EcrPublic => return image,
        Registry::DockerHubOfficial => "docker.io".to_owned(),
        Registry::DockerHub { namespace, .. } => format!("docker.io/{namespace}"),
        Registry::Other { host, .. } => host.clone(),
    };
    ImageReference { registry: Registry::Other { host, access: Access::Private("the settings say so") }, ..image }
}

/// Whether the container agents of instances in the same file have, or may have, credentials for the registry. It helps
/// tasks on EC2 only. Source: ECS developer guide, "Private registry authentication for container instances".
fn instances_may_sign_in(context: Context<'_>, task: &Task, registry: &Registry, when: &[&Assumptions]) -> bool {
    let host = match registry {
        Registry::EcrPrivate | Registry::EcrPublic => return false,
        Registry::DockerHub { .. } | Registry::DockerHubOfficial => None,
        Registry::Other { host, .. } => Some(host.as_str()),
    };
    let possible = |other: &Assumptions| {
        let all: Vec<&Assumptions> = when.iter().copied().chain([other]).collect();
        context.possible(&all)
    };
    let elsewhere = task.launch.iter().any(|launch| launch.launch_type != LaunchType::Ec2 && possible(&launch.when));
    let mut instances = context.document.launch_data.iter().filter(|data| possible(&data.when));
    // The type and the data may come to one instance by different ways.
    let type_is_apart = context.document.launch_data.iter().any(|data| data.gives_type_only);
    let lacks_type_only = |data: &LaunchData| data.faults.iter().any(|fault| fault.kind == FaultKind::TypeMissing);
    let authenticates =
        |data: &LaunchData| data.registries.may_authenticate(host) || type_is_apart && lacks_type_only(data);
    !elsewhere && instances.any(authenticates)
}

fn judge(
    context: Context<'_>,
    task: &Task,
    image: &ImageReference,
    case: &Case<Text>,
    lacks: &Case<Text>,
) -> Option<Finding> {
    let shown = &image.shown;
    let about = |severity, message: String| Finding::about(severity, case, message).when(&lacks.when);
    let finding = match &image.registry {
        Registry::EcrPrivate | Registry::EcrPublic => return None,
        Registry::Other { host, access: Access::Private(why) } => {
            let fargate = task.launches(LaunchType::Fargate).find(|launch| context.possible(&[&case.when, &lacks.when, &launch.when]));
            let severity = if fargate.is_some() { Severity::Error } else { Severity::Warning };
            let mut finding = about(severity, format!("image `{shown}` comes from the private registry `{host}`, and the container has no `repositoryCredentials`"))
                .here(format!("pulled from `{host}`"))
                .note(format!("`{host}` is taken to be private: {why}"))
                .note("without credentials the task stops with `CannotPullContainerError`");
            match fargate {
                Some(launch) if launch.span == task.key => {}
                Some(launch) => finding = finding.label(launch.span, "on Fargate nothing else can authenticate to a registry"),
                None if task.kind == TaskKind::Fragment => {
                    finding = finding.note("on EC2 the instance's container agent may hold credentials for it; on Fargate nothing else can");
                }
                None if task.launches(LaunchType::ManagedInstances).next().is_some() => {}
                None => finding = finding.note("the instance's container agent may hold credentials for it (`ECS_ENGINE_AUTH_DATA`), which this file does not show"),
            }
            finding.help(HELP)
        }
        Registry::Other { host, access: Access::NotKnown } => about(
            Severity::Warning,
            format!("image `{shown}` comes from `{host}`, which is not Amazon ECR, and the container has no `repositoryCredentials`"),
        )
        .here(format!("pulled from `{host}` without credentials"))
        .note("if the registry asks for a login, the task stops with `CannotPullContainerError`")
        .help(HELP),
        Registry::Other { host, access: Access::Public(why) } => about(
            Severity::Note,
            format!("image `{shown}` is pulled from `{host}` anonymously"),
        )
        .note(format!("{why}; a private image there would need `repositoryCredentials`, and anonymous pulls may be limited")),
        Registry::DockerHub { namespace, public_publisher: false } => about(
            Severity::Warning,
            format!("image `{shown}` comes from the Docker Hub account `{namespace}`, and the container has no `repositoryCredentials`"),
        )
        .here("pulled from Docker Hub without credentials")
        .note("if the repository is private, the task stops with `CannotPullContainerError`; if it is public, Docker Hub limits anonymous pulls by IP address, which all tasks behind one NAT gateway share")
        .help(HELP),
        Registry::DockerHub { .. } | Registry::DockerHubOfficial => about(
            Severity::Note,
            format!("image `{shown}` is pulled from Docker Hub anonymously"),
        )
        .note("Docker Hub limits anonymous pulls by IP address, which all tasks behind one NAT gateway share (`toomanyrequests`)")
        .help("a copy in Amazon ECR or a pull-through cache avoids the limit, and so do `repositoryCredentials`"),
    };
    Some(finding.subject(shown.clone()))
}

const HELP: &str = "add `repositoryCredentials` with the ARN of a Secrets Manager secret that holds `username` and `password`, or copy the image to Amazon ECR";
