//! `repositoryCredentials` on an image of Amazon ECR.

use super::{Context, Finding, Label};
use crate::model::{Change, Container, ImageReference, Registry, Safety, Severity, Task, Value};

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
                with_removal(finding, container)
                    .here("credentials for another kind of registry")
                    .label(image.span, "an image in Amazon ECR")
                    .note("AWS refuses the task definition: \"Private repository credentials are not a supported authentication method for ECR repositories.\"")
                    .help("remove the whole `repositoryCredentials` block; the execution role pulls from Amazon ECR"),
            );
            return;
        }
    }
}

/// With the removal of the whole block, where the image is one of Amazon ECR whatever the deployment is. Whoever gives another
/// value to a parameter may name an image that needs the block.
fn with_removal(finding: Finding, container: &Container) -> Finding {
    let is_ecr = |text| ImageReference::read(text).is_some_and(|image| image.registry == Registry::EcrPrivate);
    let cases = &container.image.cases;
    if !cases.iter().all(|case| matches!(&case.value, Value::Known(text) if is_ecr(text))) {
        return finding;
    }
    let is_chosen = cases.iter().any(|case| case.origin.is_some());
    let place = container.registry_credentials.value.span;
    finding.fix(
        if is_chosen { Safety::Unsafe } else { Safety::Safe },
        "Remove `repositoryCredentials`",
        vec![Change::Remove { place, above: 0, holders: 0 }],
    )
}
