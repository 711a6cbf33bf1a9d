//! `repositoryCredentials` on an image of Amazon ECR.

use super::{Context, Finding};
use crate::model::{Container, ImageReference, Registry, Severity, Task};

/// One finding per container.
pub fn check(context: Context<'_>, _task: &Task, container: &Container, findings: &mut Vec<Finding>) {
    for (text, image) in container.image.known() {
        let Some(ImageReference { registry: Registry::EcrPrivate, shown }) = ImageReference::read(text) else {
            continue;
        };
        for (_, credentials) in container.registry_credentials.value.known() {
            if context.possible(&[&image.when, &credentials.when]) {
                findings.push(
                    Finding::about(
                        Severity::Error,
                        credentials,
                        format!("image `{shown}` is in Amazon ECR, which does not take `repositoryCredentials`"),
                    )
                    .when(&image.when)
                    .here("credentials for another kind of registry")
                    .label(image.span, "an image in Amazon ECR")
                    .note("AWS refuses the task definition: \"Private repository credentials are not a supported authentication method for ECR repositories.\"")
                    .help("remove `repositoryCredentials`; the execution role pulls from Amazon ECR"),
                );
                return;
            }
        }
    }
}
