//! Task definitions: one reading for every shape, because they differ in keys and in what surrounds them only.

use super::reader::{Reader, Scalars};
use crate::cloudformation::BranchValue;
use crate::model::{
    Assumptions, Container, Field, Launch, LaunchSource, LaunchType, Logging, SecretPlace, SecretUse, Task, TaskKind,
    Text, Value,
};
use crate::source::Span;
use crate::syntax::{Kind, Node};

/// Where a task definition stands.
pub struct Place {
    /// The resource's logical id; a plain file's family is read from it.
    pub name: Option<String>,
    /// Where the name is, or the whole begins.
    pub key: Span,
    /// When it exists.
    pub when: Assumptions,
}

/// `RegisterTaskDefinition` input, `AWS::ECS::TaskDefinition` or `AWS::ECS::DaemonTaskDefinition`.
pub fn task_definition<'t>(reader: &Reader<'_, 't>, node: Node<'t>, place: Place, kind: TaskKind) -> Task {
    let mut task = begin(reader, node, place, kind);
    task.launch = compatibilities(reader, node, "requiresCompatibilities", &task.when);
    if kind == TaskKind::Daemon {
        task.launch.push(implied(LaunchType::ManagedInstances, &task));
    }
    if let Some(entry) = reader.entry(node, "containerDefinitions")
        && entry.value().is_null()
    {
        reader.wrong_type("containerDefinitions", "a list", entry.value());
    }
    task.containers = containers(reader, node, "containerDefinitions", &task.when);
    task.other_secrets = volume_credentials(reader, node, &task.when);
    task
}

/// A bare array of container definitions.
pub fn bare_containers<'t>(reader: &Reader<'_, 't>, array: Node<'t>) -> Task {
    let start = Span::new(array.span().file, array.span().start, array.span().start + 1);
    let when = Assumptions::always();
    let items = array.items().filter(|item| item.kind() == Kind::Object);
    let containers = items.map(|item| container(reader, item, &when)).collect();
    Task { containers, ..Task::fragment(None, start, when.clone()) }
}

/// `AWS::ECS::ExpressGatewayService`.
pub fn express_service<'t>(reader: &Reader<'_, 't>, node: Node<'t>, place: Place) -> Task {
    let mut task = begin(reader, node, place, TaskKind::ExpressService);
    task.launch.push(implied(LaunchType::Fargate, &task));
    let primary = reader.objects(node, "primaryContainer", &task.when);
    task.containers = primary.into_iter().map(|(node, when)| container(reader, node, &when)).collect();
    task
}

/// `AWS::Batch::JobDefinition`: one task per place that holds containers.
pub fn batch_job<'t>(reader: &Reader<'_, 't>, node: Node<'t>, place: &Place) -> Vec<Task> {
    let launch = compatibilities(reader, node, "platformCapabilities", &place.when);
    let mut jobs = reader.objects(node, "containerProperties", &place.when);
    let mut ecs = reader.objects(node, "ecsProperties", &place.when);
    for (nodes, when) in reader.objects(node, "nodeProperties", &place.when) {
        for (range, when) in reader.object_list(nodes, "nodeRangeProperties", &when) {
            jobs.extend(reader.objects(range, "container", &when));
            ecs.extend(reader.objects(range, "ecsProperties", &when));
        }
    }
    let at = |when| Place { name: place.name.clone(), key: place.key, when };
    let mut tasks = Vec::new();
    for (properties, when) in jobs {
        let mut task = begin(reader, properties, at(when), TaskKind::BatchJob);
        task.containers = vec![container(reader, properties, &task.when)];
        tasks.push(task);
    }
    for (properties, when) in ecs {
        for (inner, when) in reader.object_list(properties, "taskProperties", &when) {
            let mut task = begin(reader, inner, at(when), TaskKind::BatchJob);
            task.containers = containers(reader, inner, "containers", &task.when);
            tasks.push(task);
        }
    }
    for task in &mut tasks {
        task.launch.clone_from(&launch);
    }
    tasks
}

fn begin<'t>(reader: &Reader<'_, 't>, node: Node<'t>, place: Place, kind: TaskKind) -> Task {
    let Place { name, key, when } = place;
    // In AWS Batch the role of the application is the container's.
    let task_role =
        if kind == TaskKind::BatchJob && node.get("JobRoleArn").is_some() { "jobRoleArn" } else { "taskRoleArn" };
    Task {
        name,
        key,
        kind,
        launch: Vec::new(),
        execution_role: reader.text(node, "executionRoleArn", &when, key, Scalars::AsTheFormatHasIt),
        task_role: reader.text(node, task_role, &when, key, Scalars::AsTheFormatHasIt),
        containers: Vec::new(),
        other_secrets: Vec::new(),
        when,
    }
}

fn implied(launch_type: LaunchType, task: &Task) -> Launch {
    Launch { launch_type, span: task.key, when: task.when.clone(), source: LaunchSource::TaskDefinition }
}

fn compatibilities<'t>(reader: &Reader<'_, 't>, node: Node<'t>, key: &str, when: &Assumptions) -> Vec<Launch> {
    let mut launch = Vec::new();
    for (item, when) in reader.list(node, key, when).nodes {
        for (text, case) in reader.text_of(item, key, &when, Scalars::AsTheFormatHasIt).known() {
            if let Some(launch_type) = text.known().and_then(|name| LaunchType::read(&name)) {
                launch.push(Launch {
                    launch_type,
                    span: case.span,
                    when: case.when.clone(),
                    source: LaunchSource::TaskDefinition,
                });
            }
        }
    }
    launch
}

fn containers<'t>(reader: &Reader<'_, 't>, node: Node<'t>, key: &str, when: &Assumptions) -> Vec<Container> {
    reader.object_list(node, key, when).into_iter().map(|(node, when)| container(reader, node, &when)).collect()
}

fn container<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Container {
    let name = reader.name(node, "name");
    let key = name.as_ref().map_or_else(|| start_of(node), |(_, span)| *span);
    let mut secrets = secret_list(reader, node, "secrets", SecretPlace::Environment, when);
    let mut logging = Vec::new();
    for (block, when) in reader.objects(node, "logConfiguration", when) {
        secrets.extend(secret_list(reader, block, "secretOptions", SecretPlace::LogOption, &when));
        logging.push(Logging {
            driver: reader.text(block, "logDriver", &when, key, Scalars::AsTheFormatHasIt),
            group: option(reader, block, "awslogs-group", &when, key),
            region: option(reader, block, "awslogs-region", &when, key),
            create_group: option(reader, block, "awslogs-create-group", &when, key),
        });
    }
    let mut firelens_config_type = Field::unset(key, when.clone());
    let mut firelens_config_value = firelens_config_type.clone();
    for (firelens, when) in reader.objects(node, "firelensConfiguration", when) {
        let option = |name| option(reader, firelens, name, &when, key);
        firelens_config_type = merged(firelens_config_type, option("config-file-type"));
        firelens_config_value = merged(firelens_config_value, option("config-file-value"));
    }
    let environment_files = reader
        .object_list(node, "environmentFiles", when)
        .into_iter()
        .map(|(file, when)| reader.text(file, "value", &when, start_of(file), Scalars::AsTheFormatHasIt))
        .collect();
    let specs = reader.list(node, "credentialSpecs", when).nodes.into_iter();
    Container {
        image: reader.text(node, "image", when, key, Scalars::StringsOnly),
        registry_credentials: registry_credentials(reader, node, when, key),
        empty_credentials: reader
            .objects(node, "repositoryCredentials", when)
            .into_iter()
            .filter(|(block, _)| block.is_empty())
            .map(|(block, when)| (block.span(), when))
            .collect(),
        secrets,
        logging,
        environment_files,
        firelens_config_type,
        firelens_config_value,
        credential_specs: specs
            .map(|(spec, when)| reader.text_of(spec, "credentialSpecs", &when, Scalars::AsTheFormatHasIt))
            .collect(),
        when: when.clone(),
        name: name.map(|(name, _)| name),
    }
}

/// `repositoryCredentials.credentialsParameter`, in every branch of either.
fn registry_credentials<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions, key: Span) -> SecretUse {
    let mut value = Field { span: key, cases: Vec::new() };
    match reader.entry(node, "repositoryCredentials") {
        None => value = reader.absent(node, key, when),
        Some(entry) => {
            value.span = entry.key_span();
            for branch in reader.branches(entry.value(), when) {
                let cases = match branch.value {
                    BranchValue::Node(block)
                        if block.kind() == Kind::Object && crate::cloudformation::function_of(block).is_none() =>
                    {
                        reader
                            .text(block, "credentialsParameter", &branch.when, block.span(), Scalars::StringsOnly)
                            .cases
                    }
                    BranchValue::Node(block) if block.is_null() => Field::unset(branch.span, branch.when).cases,
                    BranchValue::Unset => Field::unset(branch.span, branch.when).cases,
                    BranchValue::Node(block) => {
                        if block.kind() != Kind::Object {
                            reader.wrong_type("repositoryCredentials", "an object", block);
                        }
                        Field::unknown(branch.span, branch.when).cases
                    }
                    BranchValue::Unknown => Field::unknown(branch.span, branch.when).cases,
                };
                value.cases.extend(cases);
            }
            if value.cases.is_empty() {
                value = Field::unknown(entry.key_span(), when.clone());
            }
        }
    }
    SecretUse { place: SecretPlace::RegistryCredentials, name: None, value, when: when.clone() }
}

/// A list of `{name, valueFrom}`.
pub fn secret_list<'t>(
    reader: &Reader<'_, 't>,
    node: Node<'t>,
    key: &str,
    place: SecretPlace,
    when: &Assumptions,
) -> Vec<SecretUse> {
    let secrets = reader.object_list(node, key, when).into_iter();
    secrets
        .map(|(secret, when)| SecretUse {
            place,
            name: reader.name(secret, "name").map(|(name, _)| name),
            value: reader.text(secret, "valueFrom", &when, start_of(secret), Scalars::StringsOnly),
            when,
        })
        .collect()
}

fn volume_credentials<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions) -> Vec<SecretUse> {
    let mut found = Vec::new();
    for (volume, when) in reader.object_list(node, "volumes", when) {
        // `CloudFormation` has a capital letter within the name too, so that the two are one key but for the case.
        let keys = ["fsxWindowsFileServerVolumeConfiguration", "FSxWindowsFileServerVolumeConfiguration"];
        let Some(entry) = keys.iter().find_map(|key| volume.get(key)) else { continue };
        let configurations = reader.branches(entry, &when).into_iter().filter_map(|branch| match branch.value {
            BranchValue::Node(node) if node.kind() == Kind::Object => Some((node, branch.when)),
            BranchValue::Node(_) | BranchValue::Unset | BranchValue::Unknown => None,
        });
        let authorizations = configurations.flat_map(|(node, when)| reader.objects(node, "authorizationConfig", &when));
        for (authorization, when) in authorizations {
            let value = reader.text(
                authorization,
                "credentialsParameter",
                &when,
                start_of(authorization),
                Scalars::StringsOnly,
            );
            found.push(SecretUse { place: SecretPlace::FsxCredentials, name: None, value, when });
        }
    }
    found
}

/// One entry of `options`, in every branch of that; their keys are the same in every kind of file.
fn option<'t>(reader: &Reader<'_, 't>, holder: Node<'t>, key: &str, when: &Assumptions, absent: Span) -> Field<Text> {
    let mut value = Field::unset(absent, when.clone());
    for (options, when) in reader.objects(holder, "options", when) {
        if let Some(node) = options.get(key) {
            value = merged(value, reader.text_of(node, key, &when, Scalars::AsTheFormatHasIt));
        }
    }
    value
}

/// The cases of two readings of one setting: those of the later replace a mere absence.
fn merged(mut earlier: Field<Text>, later: Field<Text>) -> Field<Text> {
    earlier.cases.retain(|case| !matches!(case.value, Value::Unset));
    earlier.cases.extend(later.cases);
    Field { span: later.span, cases: earlier.cases }
}

fn start_of(node: Node<'_>) -> Span {
    let span = node.span();
    Span::new(span.file, span.start, (span.start + 1).min(span.end))
}
