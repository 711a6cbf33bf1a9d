//! Where ECS itself, with the execution role, pulls images and writes logs, and not the instance with its own.

use crate::model::{Assumptions, Conditions, Launch, LaunchSource, LaunchType, Severity, Task};

/// A launch type on which the execution role pulls and logs.
#[derive(Clone, Copy, Debug)]
pub struct Acting<'p> {
    /// What asks for it.
    pub launch: &'p Launch,
    /// How sure it is that a task without the right fails: on Fargate it does, elsewhere the instance's role may have it.
    pub severity: Severity,
}

/// Where the role acts under all of these assumptions; `None` on EC2, where the instance's role does, and where nothing is said.
#[must_use]
pub fn where_the_role_acts<'p>(conditions: &Conditions, task: &'p Task, when: &[&Assumptions]) -> Option<Acting<'p>> {
    let of = |launch_type: LaunchType, source: Option<LaunchSource>| {
        task.launches(launch_type).filter(|launch| source.is_none_or(|source| launch.source == source)).find(|launch| {
            let all: Vec<&Assumptions> = when.iter().copied().chain([&launch.when]).collect();
            conditions.possible(&all)
        })
    };
    let sure = |launch| Acting { launch, severity: Severity::Error };
    let likely = |launch| Acting { launch, severity: Severity::Warning };
    of(LaunchType::Fargate, Some(LaunchSource::TaskDefinition))
        .map(sure)
        .or_else(|| of(LaunchType::Fargate, None).map(likely))
        .or_else(|| of(LaunchType::External, None).map(likely))
        .or_else(|| of(LaunchType::ManagedInstances, None).map(likely))
}
