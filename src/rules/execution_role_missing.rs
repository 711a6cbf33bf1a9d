//! A task definition without `executionRoleArn` where something needs one.
//!
//! What needs one, by launch type, is in the ECS developer guide, "Amazon ECS task execution IAM role"; the
//! errors are those of `RegisterTaskDefinition`.

use super::mending::{granting, inline_policy, least, policy_document, reference, resource_of, trust_in_tasks};
use super::{Context, Finding};
use crate::access::{self, where_the_role_acts};
use crate::link::RoleLink;
use crate::model::{
    Assumptions, Case, Change, DocumentKind, Draft, Field, ImageReference, LaunchType, Registry, ResourceKind, Role,
    Safety, SecretPlace, Severity, Task, TaskKind, Text, Value,
};
use crate::source::Span;

/// Something that needs the role.
struct Need {
    severity: Severity,
    span: Span,
    /// What it is, to follow "needs one:".
    what: String,
    /// What AWS says or does.
    consequence: &'static str,
    when: Assumptions,
    /// The launch type that makes it a need, where one does.
    launch: Option<Span>,
}

/// One finding per task definition, at the first of its gravest needs.
pub fn check(context: Context<'_>, task: &Task, findings: &mut Vec<Finding>) {
    if task.kind == TaskKind::Fragment {
        return;
    }
    for absent in &task.execution_role.cases {
        let is_absent = match &absent.value {
            Value::Unset => true,
            Value::Known(text) => text.is_empty(),
            Value::Unknown => false,
        };
        if !is_absent {
            continue;
        }
        let mut needs = needs(context, task, absent);
        needs.sort_by_key(|need| (std::cmp::Reverse(need.severity), need.span));
        needs.dedup_by_key(|need| need.span);
        if let Some(finding) = report(task, absent, &needs) {
            findings.push(with_role(finding, context, task, absent));
            return;
        }
    }
}

fn report(task: &Task, absent: &Case<Text>, needs: &[Need]) -> Option<Finding> {
    let (first, others) = needs.split_first()?;
    let name = task.name.as_deref().map_or_else(|| "the task definition".to_owned(), |name| format!("`{name}`"));
    let mut finding =
        Finding::new(first.severity, first.span, format!("{name} has no execution role, but {} needs one", first.what))
            .when(&first.when)
            .here(format!("{} needs an execution role", first.what))
            .subject("executionRoleArn");
    if absent.span == task.key {
        finding = finding.label(task.key, "no `executionRoleArn` here");
    } else {
        let has_none = matches!(absent.value, Value::Unset);
        let how = if has_none { "`executionRoleArn` has no value here" } else { "`executionRoleArn` is empty" };
        finding = finding.label(absent.span, how).label(task.key, "in this task definition");
    }
    if let Some(launch) = first.launch.filter(|span| *span != task.key) {
        finding = finding.label(launch, "because tasks run here");
    }
    for other in others {
        finding = finding.label(other.span, format!("{} needs one too", other.what));
    }
    Some(finding.note(first.consequence).help(
        "set `executionRoleArn` to a role that trusts `ecs-tasks.amazonaws.com` and may do what the task definition asks for",
    ))
}

/// With the one role of the template that tasks can have, that may do all that is needed and is not there for the program in
/// them; or else with a new one that may do just that.
fn with_role(finding: Finding, context: Context<'_>, task: &Task, absent: &Case<Text>) -> Finding {
    let document = context.document;
    let is_resource = document.kind == DocumentKind::Template
        && matches!(task.kind, TaskKind::TaskDefinition | TaskKind::Daemon)
        && absent.span == task.key;
    if !is_resource {
        return finding;
    }
    let set_to = |id: &str| {
        let path = ["Properties", "ExecutionRoleArn"].map(str::to_owned).to_vec();
        let value = Draft::Text(reference(id, Some("Arn"), ResourceKind::Role));
        Change::Set { at: task.key, path, value }
    };
    let names = |field: &Field<Text>, role: &Role| {
        field.known().any(|(arn, _)| matches!(document.role(arn), RoleLink::Here(other) if other.id == role.id))
    };
    let is_for_programs = |role: &Role| {
        document.tasks.iter().any(|task| names(&task.task_role, role))
            && !document.tasks.iter().any(|task| names(&task.execution_role, role))
    };
    let mut fitting = context.access.roles_that_may().filter(|role| !is_for_programs(role));
    if let (Some(role), None) = (fitting.next(), fitting.next()) {
        let title = format!("Use `{}` as execution role", role.id);
        return finding.fix(Safety::Unsafe, title, vec![set_to(&role.id)]);
    }
    let Some(role) = new_role(context, task, &access::needs_of(context.document, task)) else { return finding };
    let Some(id) = free_id(context, task) else { return finding };
    let title = format!("Add the role `{id}` with what is needed");
    finding.fix(Safety::Unsafe, title, vec![set_to(&id), Change::Before { place: task.key, key: id, value: role }])
}

/// A role that may do what the task needs and nothing else; `None` where that cannot be written.
fn new_role(context: Context<'_>, task: &Task, needs: &[access::Need<'_>]) -> Option<Draft> {
    let needed = needs.iter().map(|need| Some((need.action, need.resource.arn.as_ref()?)));
    let least = least(needed.collect::<Option<Vec<_>>>()?);
    // It is there where the task definition is.
    let granted = granting(context.document, &task.when, &least)?;
    let properties = Draft::object([
        ("AssumeRolePolicyDocument", policy_document(&[trust_in_tasks()])),
        ("Policies", Draft::List(vec![inline_policy(&granted)?])),
    ]);
    let condition = task.name.as_ref().and_then(|id| context.document.conditional.get(id)).map(String::as_str);
    Some(resource_of("AWS::IAM::Role", condition, properties))
}

/// Source: `CloudFormation` user guide, "Resources section structure".
const LONGEST_ID: usize = 255;

/// A logical id for the role of a task definition, in the manner of that one's, which no resource has.
fn free_id(context: Context<'_>, task: &Task) -> Option<String> {
    let name = task.name.as_deref()?;
    let stem = name.strip_suffix("Definition").filter(|stem| stem.ends_with("Task")).unwrap_or(name);
    let taken = |id: &String| context.document.resources.iter().any(|resource| resource.name == *id);
    let ids = ["ExecutionRole", "StartRole", "EcsExecutionRole"].map(|end| format!("{stem}{end}"));
    ids.into_iter().find(|id| id.len() <= LONGEST_ID && !taken(id))
}

fn needs(context: Context<'_>, task: &Task, absent: &Case<Text>) -> Vec<Need> {
    let mut needs = Vec::new();
    let possible = |when: &Assumptions| context.possible(&[&absent.when, when]);
    for (_, secret) in task.secret_uses() {
        let (what, consequence) = match secret.place {
            SecretPlace::RegistryCredentials => (
                "`repositoryCredentials`",
                "ECS reads the secret with the execution role; without one the task cannot pull its image",
            ),
            SecretPlace::Environment | SecretPlace::LogOption => (
                if secret.place == SecretPlace::LogOption {
                    "a log option from a secret"
                } else {
                    "a container secret"
                },
                "AWS refuses it: \"When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.\"",
            ),
            SecretPlace::FsxCredentials => (
                "an FSx volume's credentials",
                "ECS reads the credentials with the execution role; without one the task cannot start",
            ),
        };
        needs.extend(present(&secret.value).filter(|case| possible(&case.when)).map(|case| Need {
            severity: Severity::Error,
            span: case.span,
            what: what.to_owned(),
            consequence,
            when: absent.when.and(&case.when),
            launch: None,
        }));
    }
    for container in &task.containers {
        for file in &container.environment_files {
            needs.extend(present(file).filter(|case| possible(&case.when)).map(|case| Need {
                severity: Severity::Error,
                span: case.span,
                what: "an environment file in Amazon S3".to_owned(),
                consequence: "ECS reads the file with the execution role; without one the task cannot start",
                when: absent.when.and(&case.when),
                launch: None,
            }));
        }
        for (text, case) in container.image.known() {
            if ImageReference::read(text).is_some_and(|image| image.registry == Registry::EcrPrivate) {
                let error = "AWS refuses it: \"Fargate requires task definition to have execution role ARN to support ECR images.\"";
                needs.extend(by_launch_type(context, task, absent, case, "an image in Amazon ECR", error));
            }
        }
        for (text, case) in container.logging.iter().flat_map(|logging| logging.driver.known()) {
            if text.known().as_deref() == Some("awslogs") {
                let error = "AWS refuses it: \"Fargate requires task definition to have execution role ARN to support log driver awslogs.\"";
                needs.extend(by_launch_type(context, task, absent, case, "the log driver `awslogs`", error));
            }
        }
        needs.extend(on_instances(context, task, absent, container));
    }
    needs
}

/// What the instance's own role does on EC2, so that only other launch types need the execution role.
fn by_launch_type(
    context: Context<'_>,
    task: &Task,
    absent: &Case<Text>,
    feature: &Case<Text>,
    what: &str,
    error: &'static str,
) -> Option<Need> {
    let acting = where_the_role_acts(&context.document.conditions, task, &[&absent.when, &feature.when])?;
    let (severity, launch) = (acting.severity, acting.launch);
    let (consequence, label) = match (launch.launch_type, severity) {
        (LaunchType::Fargate, Severity::Error) => (error, " on Fargate"),
        (LaunchType::Fargate, _) => {
            ("the service runs the task on Fargate, which pulls and logs with the execution role", " on Fargate")
        }
        (LaunchType::External, _) => (
            "on ECS Anywhere the execution role is needed unless the instance's role has the rights",
            " on ECS Anywhere",
        ),
        (LaunchType::Ec2 | LaunchType::ManagedInstances, _) => {
            ("on ECS Managed Instances pulls and logs use the execution role", " on ECS Managed Instances")
        }
    };
    Some(Need {
        severity,
        span: feature.span,
        what: format!("{what}{label}"),
        consequence,
        when: absent.when.and(&feature.when).and(&launch.when),
        launch: Some(launch.span),
    })
}

/// Features of instances only: on Fargate they do not exist.
fn on_instances(
    context: Context<'_>,
    task: &Task,
    absent: &Case<Text>,
    container: &crate::model::Container,
) -> Vec<Need> {
    let on_fargate = |when: &Assumptions| {
        task.launches(LaunchType::Fargate).any(|launch| context.possible(&[&absent.when, when, &launch.when]))
    };
    let firelens = container.firelens_config_type.known().filter(|(text, _)| text.known().as_deref() == Some("s3"));
    let firelens = firelens.map(|(_, case)| (case, "a FireLens configuration in Amazon S3"));
    let specs = container.credential_specs.iter().flat_map(present).map(|case| (case, "a credential specification"));
    firelens
        .chain(specs)
        .filter(|(case, _)| context.possible(&[&absent.when, &case.when]) && !on_fargate(&case.when))
        .map(|(case, what)| Need {
            severity: Severity::Error,
            span: case.span,
            what: what.to_owned(),
            consequence: "the container agent reads it with the execution role; without one the task cannot start",
            when: absent.when.and(&case.when),
            launch: None,
        })
        .collect()
}

/// The cases in which the setting is surely there, whatever it is, and not empty.
fn present(field: &Field<Text>) -> impl Iterator<Item = &Case<Text>> {
    field.known().filter(|(text, _)| !text.is_empty()).map(|(_, case)| case)
}
