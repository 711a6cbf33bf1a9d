//! What the statements leave out because the file does not tell it, and what is to be known beside them.

use super::Remark;
use super::grants::{container, lets_iam_decide, named, where_a_role_acts, with_parameters};
use crate::access::{Feature, KeyLink, Need};
use crate::model::{
    Assumption, Assumptions, Case, Container, Deployment, Document, Field, Hole, ImageReference, Reference,
    SecretPlace, SecretTarget, SecretUse, Task, Text, Value, holds_credentials, may_name_a_secret,
};
use crate::source::Span;

const READ_SECRET: &str = "add `secretsmanager:GetSecretValue` on the ARN of the secret, or `ssm:GetParameters` on that of the parameter, \
    whichever it is";
const PULL_IMAGE: &str = "if the image is in Amazon ECR, add the actions to pull it: `ecr:GetAuthorizationToken` on `*`, and \
    `ecr:BatchCheckLayerAvailability`, `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` on the ARN of its repository";
const READ_FILE: &str = "add `s3:GetObject` on the ARN of the object and `s3:GetBucketLocation` on that of its bucket";
const WRITE_LOGS: &str = "if it is `awslogs`, add `logs:CreateLogStream` and `logs:PutLogEvents` on the ARN of the log group, followed by `:*`";
const MEND: &str = "mend it first; the rules of `ecs-lint` say how";

/// Adds what the task may need of its role and the needs leave out.
pub(super) fn gaps(document: &Document, task: &Task, needs: &[Need<'_>], gaps: &mut Vec<Remark>) {
    let is_covered = |span: Span| needs.iter().any(|need| need.span == span);
    for (_, reference) in task.secret_uses() {
        for case in reference.value.cases.iter().filter(|case| !is_covered(case.span)) {
            gaps.extend(of_secret(document, reference, case));
        }
    }
    for one in &task.containers {
        of_image(document, one, gaps);
        let files = one.environment_files.iter().map(|file| (file, "an environment file"));
        let is_in_s3 = one.firelens_config_type.known().any(|(kind, _)| kind.known().as_deref() == Some("s3"));
        let firelens = is_in_s3.then_some((&one.firelens_config_value, "the FireLens configuration"));
        for (file, what) in files.chain(firelens) {
            let what = with_container(document, what, file.span);
            of_field(file, &what, READ_FILE, &is_covered, gaps);
        }
        for logging in &one.logging {
            let what = with_container(document, "the log driver", logging.driver.span);
            let is_known = |span: Span| {
                logging.driver.known().any(|(driver, case)| case.span == span && driver.holes().next().is_none())
            };
            of_field(&logging.driver, &what, WRITE_LOGS, &is_known, gaps);
        }
    }
    let mut seen = Vec::new();
    gaps.retain(|gap| {
        let is_new = !seen.contains(gap);
        seen.push(gap.clone());
        is_new
    });
}

fn with_container(document: &Document, what: &str, span: Span) -> String {
    container(document, span).map_or_else(|| what.to_owned(), |container| format!("{what} of {container}"))
}

fn of_secret(document: &Document, reference: &SecretUse, case: &Case<Text>) -> Option<Remark> {
    let what = named(document, reference, case).shown();
    let remark = |message: String, help| Some(Remark { span: Some(case.span), message, help: Some(help) });
    let text = match &case.value {
        Value::Unset => return None,
        Value::Unknown => return remark(format!("{what}: this is not known here"), READ_SECRET),
        Value::Known(text) => text,
    };
    // Nothing of it is repeated: it may be the secret itself.
    if holds_credentials(text) {
        return remark(format!("{what}: this is a credential and no reference to one"), MEND);
    }
    match document.target(reference.place, text) {
        SecretTarget::Unknown => remark(format!("{what}: this {}", why(text)), READ_SECRET),
        SecretTarget::Dynamic(_) => {
            remark(format!("{what}: this is a dynamic reference, which CloudFormation replaces by the value"), MEND)
        }
        SecretTarget::Name(name) if reference.place == SecretPlace::RegistryCredentials && may_name_a_secret(&name) => {
            None
        }
        SecretTarget::Name(_) if text.holes().next().is_some() => {
            remark(format!("{what}: this {}", why(text)), READ_SECRET)
        }
        _ => remark(format!("{what}: this names no secret and no parameter"), MEND),
    }
}

fn of_image(document: &Document, one: &Container, gaps: &mut Vec<Remark>) {
    let is_read =
        |span: Span| one.image.known().any(|(text, case)| case.span == span && ImageReference::read(text).is_some());
    let what = with_container(document, "the image", one.image.span);
    of_field(&one.image, &what, PULL_IMAGE, &is_read, gaps);
}

/// Adds the cases of which nothing was made.
fn of_field(
    field: &Field<Text>,
    what: &str,
    help: &'static str,
    is_covered: &dyn Fn(Span) -> bool,
    gaps: &mut Vec<Remark>,
) {
    for case in field.cases.iter().filter(|case| !is_covered(case.span)) {
        let message = match &case.value {
            Value::Unset => continue,
            Value::Unknown => format!("{what}: this is not known here"),
            Value::Known(text) if text.is_empty() => format!("{what}: this is empty"),
            Value::Known(text) => format!("{what}: this {}", why(text)),
        };
        gaps.push(Remark { span: Some(case.span), message, help: Some(help) });
    }
}

/// Why it is not known what a text stands for.
fn why(text: &Text) -> String {
    let Some(Hole { reference, .. }) = text.holes().next() else {
        return "is not in a form that tells where it is".to_owned();
    };
    match &**reference {
        Reference::Parameter(parameter) if parameter.no_echo => {
            format!("depends on the parameter `{}`, whose value is hidden (`NoEcho`)", parameter.name)
        }
        Reference::Parameter(parameter) => {
            format!(
                "depends on the parameter `{}`, of which no value is known here (see `--parameters`)",
                parameter.name
            )
        }
        Reference::Pseudo(name) => format!("depends on `{name}`; `--account` and `--region` tell what that is"),
        Reference::Resource(resource) => {
            format!("is what `{}` comes to, and only the deployment tells that", resource.id)
        }
        Reference::Import(_) => "is an export of another stack".to_owned(),
        Reference::Dynamic(_) => "is a dynamic reference".to_owned(),
        Reference::Function(name) => format!("is the outcome of `{name}`, which is not evaluated here"),
        Reference::Placeholder(word) => format!("holds the placeholder `{word}`, which is to be filled in first"),
        Reference::Boot(_) => "is known to the instance only".to_owned(),
    }
}

/// What there is to know, by kind, so that all of a kind is told at once.
#[derive(Clone, Debug)]
pub(super) struct Note {
    kind: Kind,
    what: String,
    span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    KeyPolicy,
    ForeignRepository,
    ForeignSecret,
    UnknownKey,
    KeyByContext,
    Default,
    PullThrough,
    LogsOfInstance,
    LogsOnFargateOnly,
}

impl Kind {
    fn message(self, what: &str) -> String {
        match self {
            Self::KeyPolicy => format!(
                "the policy of the key {what} does not let IAM policies decide: it is there that the role must be allowed `kms:Decrypt`"
            ),
            Self::ForeignRepository => {
                format!("{what} is of another account: the policy of the repository there must let the role in too")
            }
            Self::ForeignSecret => {
                format!("{what} is of another account: its policy and that of its key there must let the role in too")
            }
            Self::UnknownKey => format!(
                "if a customer managed key encrypts {what}, `kms:Decrypt` on the ARN of that key is needed as well; for secrets, \
                 `[[context.secrets]]` in ecs-lint.toml tells it"
            ),
            Self::KeyByContext => format!(
                "the ARN of the key of {what} is not known here: `kms:Decrypt` is allowed on every key it can be, for that secret alone"
            ),
            Self::Default => {
                format!("this is for the default of {what}; `--parameters` gives another value")
            }
            Self::PullThrough => format!(
                "if {what} is the prefix of a pull-through cache, the first pull takes `ecr:BatchImportUpstreamImage` and \
                 `ecr:CreateRepository` on the repository as well"
            ),
            Self::LogsOfInstance => format!(
                "{what}: on EC2 the role of the instance writes it. With `ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE` set there, the execution \
                 role needs `logs:CreateLogStream` and `logs:PutLogEvents` on the log group"
            ),
            Self::LogsOnFargateOnly => {
                format!(
                    "nothing says where {what} runs; on EC2 the role of the instance writes the logs, and `WriteLogs` can be left out"
                )
            }
        }
    }
}

/// Adds what is to be known of the task.
pub(super) fn notes(document: &Document, task: &Task, needs: &[Need<'_>], notes: &mut Vec<Note>) {
    let mut add = |kind, what: String, span| notes.push(Note { kind, what, span });
    let account = account_of(document, task);
    for need in needs {
        for variable in defaults(document, need) {
            add(Kind::Default, format!("the parameter `{variable}`"), need.span);
        }
        match &need.feature {
            Feature::Secret { target, .. } => {
                let name = resource_name(document, need);
                let arn = match target {
                    SecretTarget::SecretArn(arn) => Some(&arn.arn),
                    SecretTarget::ParameterArn(arn) => Some(arn),
                    _ => None,
                };
                if arn.is_some_and(|arn| is_foreign(arn, account.as_deref())) {
                    add(Kind::ForeignSecret, name, need.span);
                } else if has_unknown_key(target, need, needs) {
                    add(Kind::UnknownKey, name, need.span);
                }
            }
            Feature::Decrypt { secret, key: KeyLink::Elsewhere | KeyLink::Chosen, .. }
                if need.resource.arn.is_none() =>
            {
                add(
                    Kind::KeyByContext,
                    if secret.is_described() { "a secret".to_owned() } else { format!("`{}`", secret.id) },
                    need.span,
                );
            }
            Feature::File(_) if need.action == "s3:GetObject" => {
                add(Kind::UnknownKey, resource_name(document, need), need.span);
            }
            Feature::Image if need.action == "ecr:BatchGetImage" => {
                for arn in need.resource.to_allow() {
                    if is_foreign(&arn, account.as_deref()) {
                        add(Kind::ForeignRepository, format!("`{}`", arn.shown()), need.span);
                    }
                    of_repository(&arn, needs, need, &mut add);
                }
            }
            Feature::Log(_) if task.launch.is_empty() => {
                let name = task.name.as_ref().map_or_else(|| "the task".to_owned(), |name| format!("`{name}`"));
                add(Kind::LogsOnFargateOnly, name, task.key);
            }
            _ => {}
        }
    }
    of_settings(document, task, &mut add);
    left_out(document, task, needs, &mut add);
}

/// What follows from settings of which no need comes.
fn of_settings(document: &Document, task: &Task, add: &mut dyn FnMut(Kind, String, Span)) {
    for one in &task.containers {
        let images = || one.image.known();
        for (text, case) in images() {
            let is_default = |other: &Case<Text>| other.span == case.span && other.origin.is_some();
            let stands_on_default = ImageReference::read(text).is_none()
                && images().any(|(text, other)| is_default(other) && ImageReference::read(text).is_some());
            if let Some(Reference::Parameter(parameter)) = text.sole_hole().map(|hole| &*hole.reference)
                && stands_on_default
            {
                add(Kind::Default, format!("the parameter `{}`", parameter.name), case.span);
            }
        }
    }
    for (text, case) in task.containers.iter().flat_map(|one| one.registry_credentials.value.known()) {
        if let SecretTarget::Name(name) = document.target(SecretPlace::RegistryCredentials, text)
            && !holds_credentials(text)
            && may_name_a_secret(text)
        {
            add(Kind::UnknownKey, format!("`{}`", name.shown()), case.span);
        }
    }
}

/// What was left out of the needs on purpose.
fn left_out(document: &Document, task: &Task, needs: &[Need<'_>], add: &mut dyn FnMut(Kind, String, Span)) {
    let place = where_a_role_acts(task);
    for need in crate::access::needs_of(document, &place) {
        match need.feature {
            Feature::Decrypt { key: KeyLink::Here(key), .. } if !lets_iam_decide(&document.conditions, key, &need) => {
                add(Kind::KeyPolicy, format!("`{}`", key.id), key.key);
            }
            Feature::Log(_) if !needs.iter().any(|other| other.span == need.span) => {
                add(Kind::LogsOfInstance, with_container(document, "the log", need.span), need.span);
            }
            _ => {}
        }
    }
}

/// Prefixes of pull-through caches that the console and the documentation propose. Source: Amazon ECR user guide, "Creating a pull through cache
/// rule".
const CACHES: [&str; 7] = ["ecr-public", "docker-hub", "quay", "kubernetes", "github", "gitlab", "chainguard"];

fn of_repository(arn: &Text, needs: &[Need<'_>], need: &Need<'_>, add: &mut dyn FnMut(Kind, String, Span)) {
    let is_cached =
        needs.iter().any(|other| other.span == need.span && matches!(other.feature, Feature::CachedImage(_)));
    let name = arn.shown();
    let prefix = name.split_once(":repository/").and_then(|(_, name)| Some(name.split_once('/')?.0));
    if let Some(prefix) = prefix.filter(|prefix| CACHES.contains(prefix) && !is_cached) {
        add(Kind::PullThrough, format!("`{prefix}/`"), need.span);
    }
}

/// Whether what is read may have a key that the file does not tell: no template creates a parameter that is encrypted.
fn has_unknown_key(target: &SecretTarget, need: &Need<'_>, needs: &[Need<'_>]) -> bool {
    let is_told = needs.iter().any(|other| other.span == need.span && matches!(other.feature, Feature::Decrypt { .. }));
    !is_told && matches!(target, SecretTarget::SecretArn(_) | SecretTarget::ParameterArn(_) | SecretTarget::Name(_))
}

/// The name of a secret, a parameter or a file, without the rest of its ARN. Values that parameters stand for are not told: they may be hidden.
fn resource_name(document: &Document, need: &Need<'_>) -> String {
    let arns = need.resource.to_allow();
    let Some(arn) = arns.first() else { return "what is read".to_owned() };
    let shown = with_parameters(arn, &need.when, &document.conditions, need.span).shown();
    let behind = |mark| shown.split_once(mark).map(|(_, name)| name);
    let name = behind(":secret:").or(behind(":s3:::")).or(behind(":parameter")).unwrap_or(&shown);
    // Whether a name of one word has a slash before it, its ARN does not tell.
    let name = name.strip_prefix('/').filter(|rest| !rest.contains('/')).unwrap_or(name);
    format!("`{}`", name.trim_end_matches("-??????"))
}

/// The account in which the task runs, as far as that is known: its role is of the same.
pub(super) fn account_of(document: &Document, task: &Task) -> Option<String> {
    let known = |role: &Field<Text>| role.known().find_map(|(arn, _)| account_in(arn));
    document.deployment.account.clone().or_else(|| known(&task.execution_role)).or_else(|| known(&task.task_role))
}

/// The twelve digits in an ARN.
fn account_in(arn: &Text) -> Option<String> {
    let account = arn.split(":").get(4)?.known()?.into_owned();
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// Whether the ARN surely names another account than the task's own.
pub(super) fn is_foreign(arn: &Text, own: Option<&str>) -> bool {
    account_in(arn).is_some_and(|account| own.is_some_and(|own| own != account))
}

/// The parameters whose default a need stands on, and cannot be put in place of it.
fn defaults(document: &Document, need: &Need<'_>) -> Vec<String> {
    let conditions = &document.conditions;
    let resources = need.resource.to_allow();
    let mentions = |name: &str| {
        resources.iter().any(|text| {
            let text = with_parameters(text, &need.when, conditions, need.span);
            text.parameters().any(|parameter| parameter.name == name)
        })
    };
    let is_of_values = matches!(need.feature, Feature::Secret { .. } | Feature::Image | Feature::File(_));
    let values = |when: &Assumptions| when.iter().collect::<Vec<_>>();
    let tried = values(&need.when).into_iter().filter_map(|one| match one {
        Assumption::Value(variable, value, true) => {
            let variable = conditions.variables.get(usize::from(variable))?;
            (variable.open && variable.default == Some(value) && !mentions(&variable.name))
                .then(|| variable.name.clone())
        }
        _ => None,
    });
    if is_of_values { tried.collect() } else { Vec::new() }
}

/// The notes, all of a kind together.
pub(super) fn joined(mut notes: Vec<Note>) -> Vec<Remark> {
    const MOST_NAMED: usize = 4;
    notes.sort_by_key(|note| note.kind);
    let groups = notes.chunk_by(|one, other| one.kind == other.kind);
    let told = groups.filter_map(|group| {
        let first = group.first()?;
        let mut names: Vec<&str> = Vec::new();
        for note in group {
            if !names.contains(&note.what.as_str()) {
                names.push(&note.what);
            }
        }
        let more = names.len().saturating_sub(MOST_NAMED);
        names.truncate(MOST_NAMED);
        let mut what = names.join(", ");
        if more > 0 {
            what = format!("{what} and {more} more");
        }
        let span = (names.len() == 1).then_some(first.span);
        Some(Remark { span, message: first.kind.message(&what), help: None })
    });
    told.collect()
}

/// The deployment as the task definition alone tells it, where the settings do not: the account and the partition of its roles.
pub(super) fn deployment_of(document: &Document, task: &Task) -> Deployment {
    let mut deployment = (*document.deployment).clone();
    deployment.account = account_of(document, task);
    let partition = |role: &Field<Text>| {
        let arn = role.known().map(|(arn, _)| arn).find(|arn| arn.known_start().starts_with("arn:aws"))?;
        arn.split(":").get(1)?.known().map(std::borrow::Cow::into_owned)
    };
    if deployment.pseudo("AWS::Partition").is_none() {
        deployment.partition = partition(&task.execution_role).or_else(|| partition(&task.task_role));
    }
    deployment
}
