//! `repositoryCredentials` on an image of Amazon ECR.

use super::{Context, Finding, Label};
use crate::model::{Container, ImageReference, Registry, Severity, Task};

/// One finding per container.
pub fn check(context: Context<'_>, _task: &Task, container: &Container, findings: &mut Vec<Finding>) {
    for (text, image) in container.image.known() {
        let Some(ImageReference { registry: Registry::EcrPrivate, shown }) = ImageReference::read(text) else {
            continue;
        };
        let named = container.registry_credentials.value.known().map(|(_, case)| (case.span, case.origin, &case.when));
        let empty = container.empty_credentials.iter().map(|(span, when)| (*span, None, when));
        let found = named.chain(empty).find(|(.., when)| context.possible(&[&image.when, when]));
        if let Some((span, origin, when)) = found {
            let message = format!("image `{shown}` is in Amazon ECR, which does not take `repositoryCredentials`");
            let mut finding =
                Finding::new(Severity::Error, span, message).when(&image.when).when(when).subject(shown.clone());
            finding.secondary.extend(origin.map(|origin| Label::new(origin, "the value comes from here")));
            findings.push(
                finding
                    .here("credentials for another kind of registry")
                    .label(image.span, "an image in Amazon ECR")
                    .note("AWS refuses the task definition: \"Private repository credentials are not a supported authentication method for ECR repositories.\"")
                    .help("remove the whole `repositoryCredentials` block; the execution role pulls from Amazon ECR"),
            );
            return;
        }
    }
}
