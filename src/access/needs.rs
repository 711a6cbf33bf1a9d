//! What the features of a task take.

use std::sync::Arc;

use super::launch::where_the_role_acts;
use super::resource::Resource;
use super::{Feature, KeyLink, Need};
use crate::model::{
    Assumptions, Case, Container, Document, Field, ImageReference, LaunchType, Reference, Registry, ResourceKind,
    Secret, SecretArn, SecretPlace, SecretTarget, SecretUse, Severity, Task, Text, Value, may_name_a_parameter,
};

/// Everything that the task needs of its execution role.
pub(super) fn of_task<'p>(document: &'p Document, task: &'p Task) -> Vec<Need<'p>> {
    let mut needs = Vec::new();
    for (_, reference) in task.secret_uses() {
        secret(document, reference, &mut needs);
    }
    for container in &task.containers {
        image(document, task, container, &mut needs);
        logs(document, task, container, &mut needs);
        files(document, task, container, &mut needs);
    }
    needs
}

fn secret<'p>(document: &'p Document, reference: &'p SecretUse, needs: &mut Vec<Need<'p>>) {
    // What `NoEcho` hides must not be written into policies.
    let is_hidden = |case: &Case<Text>| {
        case.origin.is_some_and(|origin| document.hidden.iter().any(|hidden| hidden.contains(origin)))
    };
    for (text, case) in reference.value.known().filter(|(_, case)| !is_hidden(case)) {
        let target = document.target(reference.place, text);
        let Some(action) = reading(reference.place, &target) else { continue };
        let resource = Resource::secret(document, &target);
        if resource.subjects.is_empty() {
            continue;
        }
        decryption(document, &target, case, needs);
        if let Some(resource) = behind_parameter(document, &target) {
            needs.push(Need {
                feature: Feature::Secret { place: reference.place, target: target.clone() },
                action: "secretsmanager:GetSecretValue",
                resource: Arc::new(resource),
                span: case.span,
                when: case.when.clone(),
                severity: Severity::Error,
            });
        }
        needs.push(Need {
            feature: Feature::Secret { place: reference.place, target },
            action,
            resource: Arc::new(resource),
            span: case.span,
            when: case.when.clone(),
            severity: Severity::Error,
        });
    }
}

/// What reading the target takes; `None` where it cannot be told or is wrong in itself.
fn reading(place: SecretPlace, target: &SecretTarget) -> Option<&'static str> {
    match target {
        SecretTarget::TemplateSecret { .. } | SecretTarget::SecretArn(_) => Some("secretsmanager:GetSecretValue"),
        SecretTarget::TemplateParameter { .. } | SecretTarget::ParameterArn(_)
            if place != SecretPlace::RegistryCredentials =>
        {
            Some("ssm:GetParameters")
        }
        SecretTarget::Name(name)
            if matches!(place, SecretPlace::Environment | SecretPlace::LogOption) && may_name_a_parameter(name) =>
        {
            Some("ssm:GetParameters")
        }
        _ => None,
    }
}

/// The secret that Systems Manager reads for the caller behind a parameter of this name. Source: ECS developer guide,
/// "Pass Systems Manager parameters".
fn behind_parameter<'p>(document: &'p Document, target: &SecretTarget) -> Option<Resource<'p>> {
    let (SecretTarget::ParameterArn(name) | SecretTarget::Name(name)) = target else { return None };
    let known = name.known()?;
    let (_, secret) = known.split_once("/aws/reference/secretsmanager/")?;
    Some(Resource::secret_by_name(document, secret))
}

/// A secret of the template with a key of its own is decrypted in the name of the reader.
fn decryption<'p>(document: &'p Document, target: &SecretTarget, case: &Case<Text>, needs: &mut Vec<Need<'p>>) {
    let (secret, key_id) = match target {
        SecretTarget::TemplateSecret { id, .. } => {
            let Some(secret) = document.secret(id) else { return };
            (secret, &secret.key_id)
        }
        SecretTarget::SecretArn(arn) => {
            let described = || document.secret_elsewhere(arn).map(|secret| (secret, &secret.key_id));
            let Some(found) = secret_with_arn(document, arn).or_else(described) else { return };
            found
        }
        _ => return,
    };
    for (named, key_case) in key_id.known() {
        let (key, resource) = match document.key(named) {
            Some(key) => (KeyLink::Here(key), Resource::key(document, key)),
            None => match key_elsewhere(document, named) {
                Some(link) if secret.is_described() => (link, Resource::key_described(document, named)),
                Some(link) => (link, Resource::key_elsewhere(document, named)),
                None => continue,
            },
        };
        let when = case.when.and(&key_case.when).and(&secret.when);
        let (when, severity) = match key {
            KeyLink::Here(key) => (when.and(&key.when), Severity::Error),
            KeyLink::Elsewhere => (when, Severity::Warning),
            KeyLink::Chosen => (when, Severity::Note),
        };
        needs.push(Need {
            feature: Feature::Decrypt { secret, key_id: key_case.span, key },
            action: "kms:Decrypt",
            resource: Arc::new(resource),
            span: case.span,
            when,
            severity,
        });
    }
}

/// The secret of the template that has the ARN, and what names its key there: a copy in another Region has a key of its own.
fn secret_with_arn<'p>(document: &'p Document, arn: &SecretArn) -> Option<(&'p Secret, &'p Field<Text>)> {
    let id = arn.resource.get(1)?;
    let has_name = |secret: &&Secret| match secret.name.cases.as_slice() {
        [case] => matches!(&case.value, Value::Known(name) if name == id || is_followed_by_suffix(id, name)),
        _ => false,
    };
    let mut named = document.secrets.iter().filter(has_name);
    let secret = named.next().filter(|_| named.next().is_none())?;
    let replica =
        secret.replicas.iter().find(|replica| replica.region.known().any(|(region, _)| *region == arn.region));
    Some((secret, replica.map_or(&secret.key_id, |replica| &replica.key_id)))
}

fn is_followed_by_suffix(id: &Text, name: &Text) -> bool {
    let (Some(id), Some(name)) = (id.known(), name.known()) else { return false };
    let suffix = id.strip_prefix(name.as_ref()).and_then(|rest| rest.strip_prefix('-'));
    suffix.is_some_and(|suffix| suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// What is known of a key that is not in the file; `None` for Secrets Manager's own and for what may be that.
fn key_elsewhere(document: &Document, named: &Text) -> Option<KeyLink<'static>> {
    if let Some(hole) = named.sole_hole() {
        return match &*hole.reference {
            Reference::Import(_) => Some(KeyLink::Elsewhere),
            Reference::Function(name) if name == "Fn::GetStackOutput" => Some(KeyLink::Elsewhere),
            // A default says what is meant; without one the parameter may be left to be Secrets Manager's own key.
            Reference::Parameter(parameter) => parameter.default.is_none().then_some(KeyLink::Chosen),
            Reference::Dynamic(_) => Some(KeyLink::Chosen),
            // An alias of the template whose key is elsewhere.
            Reference::Resource(alias) if alias.kind == ResourceKind::KmsAlias => {
                document.aliases.iter().any(|own| own.id == alias.id).then_some(KeyLink::Elsewhere)
            }
            _ => None,
        };
    }
    let start = named.known_start();
    let shown = named.shown();
    let alias = if start.starts_with("arn:") { shown.rsplit(':').next().unwrap_or_default() } else { shown.as_str() };
    if alias.starts_with("alias/aws/") || alias.starts_with('$') || shown.is_empty() {
        return None;
    }
    let names_a_key = start.starts_with("alias/")
        || start.starts_with("arn:") && shown.contains(":kms:") && !alias.starts_with("alias/$")
        || named.known().is_some_and(|id| id.starts_with("mrk-") || id.len() == 36);
    names_a_key.then_some(KeyLink::Elsewhere)
}

/// Pulling from Amazon ECR. Of the three actions on the repository AWS names, its own pull-only policy leaves out
/// `ecr:BatchCheckLayerAvailability`, so that lacking it alone is worth a note.
fn image<'p>(document: &'p Document, task: &'p Task, container: &'p Container, needs: &mut Vec<Need<'p>>) {
    for (text, case) in container.image.known() {
        let is_ecr = ImageReference::read(text).is_some_and(|image| image.registry == Registry::EcrPrivate);
        if !is_ecr {
            continue;
        }
        let Some(acting) = where_the_role_acts(&document.conditions, task, &[&case.when]) else { continue };
        let when = case.when.and(&acting.launch.when);
        let repository = Arc::new(Resource::repository(document, text));
        let need = |action, resource, severity| Need {
            feature: Feature::Image,
            action,
            resource,
            span: case.span,
            when: when.clone(),
            severity,
        };
        needs.push(need("ecr:GetAuthorizationToken", Arc::new(Resource::every()), acting.severity));
        needs.push(need("ecr:BatchGetImage", repository.clone(), acting.severity));
        needs.push(need("ecr:GetDownloadUrlForLayer", repository.clone(), acting.severity));
        needs.push(need("ecr:BatchCheckLayerAvailability", repository.clone(), Severity::Note));
        for (prefix, rule) in &document.pull_through {
            if !prefix.known().any(|(prefix, _)| is_below(text, prefix)) {
                continue;
            }
            needs.push(Need {
                feature: Feature::CachedImage(*rule),
                ..need("ecr:BatchImportUpstreamImage", repository.clone(), Severity::Warning)
            });
        }
    }
}

/// Whether the image's path begins with the prefix of a pull-through cache rule.
fn is_below(image: &Text, prefix: &Text) -> bool {
    let (Some(prefix), shown) = (prefix.known(), image.shown()) else { return false };
    let path = shown.split_once('/').map_or("", |(_, path)| path);
    !prefix.is_empty() && path.strip_prefix(prefix.as_ref()).is_some_and(|rest| rest.starts_with('/'))
}

fn logs<'p>(document: &'p Document, task: &'p Task, container: &'p Container, needs: &mut Vec<Need<'p>>) {
    for logging in &container.logging {
        for (_, driver) in logging.driver.known().filter(|(driver, _)| driver.known().as_deref() == Some("awslogs")) {
            let Some(acting) = where_the_role_acts(&document.conditions, task, &[&driver.when]) else { continue };
            for group in &logging.group.cases {
                let name = match &group.value {
                    Value::Known(name) => Some(name),
                    Value::Unknown | Value::Unset => None,
                };
                let when = driver.when.and(&group.when).and(&acting.launch.when);
                if !document.conditions.possible(&[&when]) {
                    continue;
                }
                let region =
                    logging.region.known().find(|(_, region)| document.conditions.possible(&[&when, &region.when]));
                let resource = Arc::new(Resource::log_group(document, name, region.map(|(region, _)| region)));
                let span = if matches!(group.value, Value::Unset) { driver.span } else { group.span };
                let need = |action| Need {
                    feature: Feature::Log(acting),
                    action,
                    resource: resource.clone(),
                    span,
                    when: when.clone(),
                    severity: acting.severity,
                };
                needs.push(need("logs:CreateLogStream"));
                needs.push(need("logs:PutLogEvents"));
                for (_, create) in logging.create_group.known().filter(|(text, _)| is_true(text)) {
                    let when = when.and(&create.when);
                    needs.push(Need { span: create.span, when, ..need("logs:CreateLogGroup") });
                }
            }
        }
    }
}

fn is_true(text: &Text) -> bool {
    text.known().is_some_and(|known| known.eq_ignore_ascii_case("true"))
}

fn files<'p>(document: &'p Document, task: &'p Task, container: &'p Container, needs: &mut Vec<Need<'p>>) {
    for file in &container.environment_files {
        for (arn, case) in file.known() {
            object(document, arn, case, &case.when, "the environment file", needs);
        }
    }
    let on_fargate = |when: &Assumptions| {
        task.launches(LaunchType::Fargate).any(|launch| document.conditions.possible(&[when, &launch.when]))
    };
    let from_s3 = container.firelens_config_type.known().filter(|(kind, _)| kind.known().as_deref() == Some("s3"));
    for (_, kind) in from_s3 {
        for (arn, case) in container.firelens_config_value.known() {
            let when = kind.when.and(&case.when);
            if !on_fargate(&when) {
                object(document, arn, case, &when, "the FireLens configuration", needs);
            }
        }
    }
    for (spec, case) in container.credential_specs.iter().flat_map(Field::known) {
        let pieces = spec.split("credentialspec:").pop().and_then(|rest| rest.split("credentialspecdomainless:").pop());
        let Some(arn) = pieces.filter(|arn| arn.known_start().starts_with("arn:") && !on_fargate(&case.when)) else {
            continue;
        };
        let what = "the credential specification";
        let service = arn.split(":").get(2).and_then(|service| service.known().map(std::borrow::Cow::into_owned));
        match service.as_deref() {
            Some("s3") => object(document, &arn, case, &case.when, what, needs),
            Some("ssm") => needs.push(Need {
                feature: Feature::File(what),
                action: "ssm:GetParameters",
                resource: Arc::new(Resource::secret(document, &SecretTarget::ParameterArn(arn.clone()))),
                span: case.span,
                when: case.when.clone(),
                severity: Severity::Error,
            }),
            _ => {}
        }
    }
}

/// A file in Amazon S3: the agent asks for its bucket's Region first.
fn object<'p>(
    document: &'p Document,
    arn: &Text,
    case: &Case<Text>,
    when: &Assumptions,
    what: &'static str,
    needs: &mut Vec<Need<'p>>,
) {
    let Some((object, bucket)) = Resource::object_and_bucket(document, arn) else { return };
    // The policy of a bucket elsewhere may let the role in.
    let severity =
        if matches!(object.identity, crate::iam::Identity::Is(_)) { Severity::Error } else { Severity::Warning };
    let need = |action, resource| Need {
        feature: Feature::File(what),
        action,
        resource: Arc::new(resource),
        span: case.span,
        when: when.clone(),
        severity,
    };
    needs.push(need("s3:GetObject", object));
    needs.push(need("s3:GetBucketLocation", bucket));
}
