//! An image from a registry that is not on the settings' list.

use super::{Context, Finding};
use crate::model::{Allowance, Container, Severity, Task};

/// One finding for each image that the setting can be.
pub fn check(context: Context<'_>, _: &Task, container: &Container, findings: &mut Vec<Finding>) {
    for (text, case) in container.image.known() {
        let Allowance::NotListed(list) = context.registries.allow(text) else { continue };
        let shown = text.shown();
        findings.push(
            Finding::about(
                Severity::Error,
                case,
                format!("image `{shown}` comes from a registry that is not among those that are allowed"),
            )
            .label(list, "only these are allowed")
            .help("pull the image from a registry on the list, or add its registry to `allowed` under `[registries]`"),
        );
    }
}
