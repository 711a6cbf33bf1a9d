//! A secret of the template with registry credentials that cannot work, or that everybody can read.

use super::partial_json::PartialJson;
use super::registry_login::{Added, KEYS, Lack, Wrong, hide, is_one_of, is_placeholder, places, plaintext, wrong};
use super::{Context, Finding, registry_secret_shape};
use crate::model::{Assumptions, Case, Container, Field, Generator, Secret, SecretTarget, Severity, Text, Value};
use crate::source::Span;

const HELP: &str =
    r#"let the secret hold `{"username": "…", "password": "…"}`, both of them strings that are not empty"#;

/// A `credentialsParameter` that names the secret.
struct Use<'p> {
    span: Span,
    container: Option<&'p str>,
    when: Assumptions,
}

/// One finding per secret, the gravest of what it can hold.
pub fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let containers = context.document.tasks.iter().flat_map(|task| &task.containers);
    let with_credentials: Vec<_> =
        containers.filter(|container| container.registry_credentials.value.known().next().is_some()).collect();
    for secret in &context.document.secrets {
        let uses = uses(context, secret, &with_credentials);
        if uses.is_empty() {
            continue;
        }
        let mut found = Vec::new();
        let mut hidden = Vec::new();
        for (text, case) in secret.value.known() {
            let json = PartialJson::read(text);
            hide(text, &json, &mut hidden);
            found.extend(exposed(secret, &secret.value, (text, case), &json, Added::Nothing));
            found.extend(written(secret, text, case, &json));
        }
        for generator in &secret.generators {
            for (text, case) in generator.template.known() {
                let json = PartialJson::read(text);
                hide(text, &json, &mut hidden);
                for key in &generator.string_key.cases {
                    let added = string_key(key);
                    found.extend(exposed(secret, &generator.template, (text, case), &json, added.as_added()));
                }
            }
            found.extend(generated(context, secret, generator));
        }
        let tells = tells_a_value(secret, &hidden);
        let mut worst: Option<Finding> = None;
        for mut finding in found.into_iter().filter_map(|finding| used(context, finding, &uses)) {
            // What stands in plain text does so whatever is deployed.
            if tells || finding.severity == Severity::Error {
                finding.when = Assumptions::always();
            }
            if worst.as_ref().is_none_or(|worst| worst.severity < finding.severity) {
                worst = Some(finding);
            }
        }
        findings.extend(worst.map(|worst| Finding { secrets: hidden, resource: Some(secret.id.clone()), ..worst }));
    }
}

fn uses<'p>(context: Context<'p>, secret: &Secret, containers: &[&'p Container]) -> Vec<Use<'p>> {
    let mut uses: Vec<Use<'p>> = Vec::new();
    for container in containers {
        let credentials = &container.registry_credentials;
        for (text, case) in credentials.value.known() {
            let target = context.document.target(credentials.place, text);
            let is_it = matches!(&target, SecretTarget::TemplateSecret { id, selector } if *id == secret.id && selector.is_empty());
            let when = case.when.and(&secret.when);
            if is_it && context.possible(&[&when]) && !uses.iter().any(|known| known.span == case.span) {
                uses.push(Use { span: case.span, container: container.name.as_deref(), when });
            }
        }
    }
    uses
}

/// Whether something to be hidden is written outside the secret: as a default it may be among the assumptions, in
/// words that say which value is assumed.
fn tells_a_value(secret: &Secret, hidden: &[Span]) -> bool {
    let templates = secret.generators.iter().map(|generator| generator.template.span);
    let own: Vec<Span> = templates.chain([secret.value.span]).collect();
    hidden.iter().any(|span| !own.iter().any(|own| own.contains(*span)))
}

/// The finding with the places that use the secret so; `None` where none does.
fn used(context: Context<'_>, mut finding: Finding, uses: &[Use<'_>]) -> Option<Finding> {
    let together: Vec<_> = uses.iter().filter(|one| context.possible(&[&finding.when, &one.when])).collect();
    let plainest = together.iter().min_by_key(|one| one.when.iter().count())?;
    finding = finding.when(&plainest.when);
    for one in together {
        let label = match one.container {
            Some(name) => format!("the registry credentials of the container `{name}`"),
            None => "used as registry credentials here".to_owned(),
        };
        finding = finding.label(one.span, label);
    }
    Some(finding)
}

/// A literal credential, wherever in the value it stands.
fn exposed(
    secret: &Secret,
    field: &Field<Text>,
    (text, case): (&Text, &Case<Text>),
    json: &PartialJson,
    added: Added<'_>,
) -> Option<Finding> {
    let mut bytes = places(plaintext(text, json, added)?).into_iter();
    let first = bytes.next()?;
    let password = bytes.filter(|span| span.file == first.file).fold(first, |all, one| Span {
        start: all.start.min(one.start),
        end: all.end.max(one.end),
        ..all
    });
    let of_default = field.known().flat_map(|(text, _)| text.parameters()).find(|parameter| {
        let default = parameter.default.as_ref();
        default.is_some_and(|text| text.span(0..text.as_str().len()).contains(password))
    });
    let id = &secret.id;
    let message = match of_default {
        Some(parameter) => format!(
            "the default of parameter `{}` puts a password in plain text into the registry credentials `{id}`",
            parameter.name
        ),
        None => format!("the registry credentials `{id}` hold a password in plain text"),
    };
    let inside = case.span.contains(password);
    let mut finding = Finding::new(Severity::Error, if inside { password } else { case.span }, message);
    if !inside {
        finding = finding.label(password, "the password is written here");
    }
    if let Some(wrong) = wrong(json, added) {
        finding = finding.note(format!("besides, the value {}: ECS cannot read it", wrong.what));
    }
    Some(
        finding
            .note("everyone who may read this file, or call `cloudformation:GetTemplate`, can read the password")
            .help("change the password, and keep the new one out of the template: take it from a `NoEcho` parameter without default, or put it into the secret after the deployment with `aws secretsmanager put-secret-value`"),
    )
}

/// A value that is written in the template and that the agent cannot read.
fn written(secret: &Secret, text: &Text, case: &Case<Text>, json: &PartialJson) -> Option<Finding> {
    let id = &secret.id;
    let placeholder = is_placeholder(text, json);
    let wrong = match json {
        PartialJson::Unknown if placeholder => Wrong::no_object(),
        _ => wrong(json, Added::Nothing)?,
    };
    if asks_for_a_value(text, case, &wrong) {
        return None;
    }
    let finding = if placeholder {
        let message = format!(
            "the value of the registry credentials `{id}` is a placeholder, which must be replaced by hand before the task can pull"
        );
        Finding::about(Severity::Note, case, message)
    } else {
        let message = format!("ECS cannot read the registry credentials `{id}`: the value {}", wrong.what);
        let proposal = registry_secret_shape::of_written(text, &wrong).filter(|_| case.origin.is_none());
        Finding { proposals: proposal.into_iter().collect(), ..Finding::about(Severity::Warning, case, message) }
    };
    Some(finding.note(agent_says(wrong.error)).help(HELP))
}

/// Whether what is wrong is an empty default of a parameter, which is how templates ask for a value.
fn asks_for_a_value(text: &Text, case: &Case<Text>, wrong: &Wrong) -> bool {
    case.origin.is_some() && (text.is_empty() || wrong.lacks.iter().any(|(_, lack)| *lack == Lack::Empty))
}

fn agent_says(error: &str) -> String {
    format!("the container agent cannot pull with it: \"{error}\"")
}

/// What `GenerateStringKey` is in one case.
enum StringKey {
    Known(String),
    Unset,
    Unknown,
}

impl StringKey {
    fn as_added(&self) -> Added<'_> {
        match self {
            Self::Known(key) => Added::Key(key),
            Self::Unset => Added::Nothing,
            Self::Unknown => Added::SomeKey,
        }
    }
}

fn string_key(case: &Case<Text>) -> StringKey {
    match &case.value {
        Value::Known(text) => text.known().map_or(StringKey::Unknown, |key| StringKey::Known(key.into_owned())),
        Value::Unset => StringKey::Unset,
        Value::Unknown => StringKey::Unknown,
    }
}

/// A value that Secrets Manager makes and that the agent cannot read.
fn generated(context: Context<'_>, secret: &Secret, generator: &Generator) -> Option<Finding> {
    if let Some(case) = generator.template.unset_cases().next() {
        let finding = Finding::new(Severity::Note, generator.span, of_generated(secret, "a bare random string"));
        let finding = Finding { proposals: vec![registry_secret_shape::of_bare_string(generator)], ..finding };
        return Some(
            finding
                .when(&generator.when)
                .when(&case.when)
                .here("without `SecretStringTemplate`")
                .note(agent_says(Wrong::no_object().error))
                .help(replace_it(secret)),
        );
    }
    for (text, case) in generator.template.known() {
        let json = PartialJson::read(text);
        for key_case in &generator.string_key.cases {
            let key = string_key(key_case);
            let Some(wrong) = wrong(&json, key.as_added()) else { continue };
            if asks_for_a_value(text, case, &wrong) || !context.possible(&[&case.when, &key_case.when]) {
                continue;
            }
            let place = if is_of_key(&wrong, &key) { key_case } else { case };
            let message = of_generated(secret, &format!("a value that {}", wrong.what));
            let finding = Finding::about(Severity::Note, place, message).when(&case.when).when(&key_case.when);
            let key = if let StringKey::Known(key) = &key { Some(key.as_str()) } else { None };
            let proposal = registry_secret_shape::of_generated(generator, text, key, &wrong);
            let finding = Finding { proposals: proposal.into_iter().collect(), ..finding };
            return Some(finding.note(agent_says(wrong.error)).help(replace_it(secret)));
        }
    }
    None
}

/// Whether the generated string only stands under the wrong key.
fn is_of_key(wrong: &Wrong, key: &StringKey) -> bool {
    let StringKey::Known(key) = key else { return false };
    matches!(wrong.lacks.as_slice(), [(_, Lack::Missing)]) && !is_one_of(Some(key), &KEYS)
}

fn of_generated(secret: &Secret, what: &str) -> String {
    let id = &secret.id;
    format!(
        "the registry credentials `{id}` are generated as {what}, which must be replaced by hand before the task can pull"
    )
}

fn replace_it(secret: &Secret) -> String {
    format!(
        r#"after the deployment put `{{"username": "…", "password": "…"}}` into `{}`, for example with `aws secretsmanager put-secret-value`"#,
        secret.id
    )
}
