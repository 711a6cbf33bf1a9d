//! A `credentialsParameter` that cannot name a Secrets Manager secret.

use super::{Context, Finding};
use crate::model::{Case, Container, ImageReference, Registry, SecretTarget, Severity, Task, Text};

/// One finding per container. An ECR image with credentials is another rule's.
pub fn check(context: Context<'_>, _task: &Task, container: &Container, findings: &mut Vec<Finding>) {
    for (text, case) in container.registry_credentials.value.known() {
        let on_ecr = container.image.known().any(|(image, other)| {
            context.possible(&[&case.when, &other.when])
                && ImageReference::read(image).is_some_and(|image| image.registry == Registry::EcrPrivate)
        });
        if on_ecr {
            continue;
        }
        if let Some(finding) = judge(text, case) {
            findings.push(finding);
            return;
        }
    }
}

fn judge(text: &Text, case: &Case<Text>) -> Option<Finding> {
    let about = |message: &str| Finding::about(Severity::Error, case, format!("`credentialsParameter` {message}"));
    let help = "give the ARN of a Secrets Manager secret, or `Ref` of one in the same template";
    let finding = match SecretTarget::read(text) {
        SecretTarget::Empty => {
            about("is empty").note("the task cannot pull its image: there is no secret of that name")
        }
        SecretTarget::ParameterArn(_) => {
            about("is the ARN of a Systems Manager parameter; registry credentials must be in Secrets Manager")
        }
        SecretTarget::TemplateParameter { id } => about(&format!(
            "is the name of the Systems Manager parameter `{id}`; registry credentials must be in Secrets Manager"
        )),
        SecretTarget::OtherArn { service } => {
            about(&format!("is an ARN of `{service}`; registry credentials must be in Secrets Manager"))
        }
        SecretTarget::SecretArn(arn) if arn.sure && arn.resource.len() > 2 => suffixed(&about),
        SecretTarget::TemplateSecret { selector, .. } if !selector.is_empty() => suffixed(&about),
        SecretTarget::Dynamic(reference) if !reference.starts_with("{{resolve:ssm:") => about(
            "is a dynamic reference: CloudFormation puts the secret's value here, where its ARN is expected",
        )
        .note(
            "the value would stand in the task definition in plain text, and ECS would look for a secret of that name",
        ),
        SecretTarget::Name(name) => return of_name(&name, case, &about).map(|finding| finding.help(help)),
        _ => return None,
    };
    Some(finding.help(help))
}

fn suffixed(about: &impl Fn(&str) -> Finding) -> Finding {
    about("has a JSON key, version stage or version id behind the secret's ARN, which only `valueFrom` takes")
        .note("the container agent asks Secrets Manager for exactly this string, and there is no such secret")
}

/// What stands where a name or an ARN is expected, but can be neither.
fn of_name(name: &Text, case: &Case<Text>, about: &impl Fn(&str) -> Finding) -> Option<Finding> {
    let shown = name.shown();
    let trimmed = shown.trim();
    let secret = |mut finding: Finding| {
        finding.secrets.push(case.origin.unwrap_or(case.span));
        finding.secrets.push(case.span);
        finding
    };
    if trimmed.is_empty() {
        Some(about("is blank"))
    } else if trimmed.starts_with('{') || trimmed.starts_with('[') {
        Some(secret(about("holds JSON text; put the credentials into a secret and name it here")))
    } else if trimmed.contains(':') {
        Some(secret(about("is neither an ARN nor the name of a secret; it looks like a user name and password")))
    } else if shown.contains(char::is_whitespace) && name.known().is_some() {
        Some(about("has blanks in it, which no name of a secret has").note(
            "AWS refuses it: \"Parameter names can include up to 255 (uppercase and lowercase), numbers, hyphens, and underscores are allowed. Spaces are not allowed.\"",
        ))
    } else {
        None
    }
}
