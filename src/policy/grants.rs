//! Needs → what must be granted, each for itself.

use std::collections::BTreeMap;

use super::{Purpose, Remark, Target, remarks};
use crate::access::{self, Feature, KeyLink, Need, Resource};
use crate::iam::{Identity, Match, Request, Subject, key_lets_iam_decide};
use crate::model::{
    Assumption, Assumptions, Case, Conditions, Document, Key, Launch, LaunchSource, LaunchType, Parameter, Part,
    Reference, Secret, SecretPlace, SecretTarget, SecretUse, Task, Text, holds_credentials, innermost,
    may_name_a_secret,
};
use crate::source::{MappedText, Span};

/// One permission on one resource.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub purpose: Purpose,
    pub resource: Target,
    /// The secret that alone may be decrypted; see [`super::Statement::only_for`].
    pub only_for: Vec<Text>,
    /// The outcomes of conditions under which it is needed, by index.
    pub when: BTreeMap<u16, bool>,
    /// What needs it.
    pub user: User,
}

/// What needs a permission: `` `DB_PASSWORD` `` of `` `web` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub what: String,
    /// The container that it is of.
    pub container: Option<String>,
}

impl User {
    pub fn shown(&self) -> String {
        match &self.container {
            Some(container) => format!("{} of {container}", self.what),
            None => self.what.clone(),
        }
    }
}

/// The task as it would be where its execution role pulls images and writes logs in any case.
pub(super) fn where_a_role_acts(task: &Task) -> Task {
    let launch = Launch {
        launch_type: LaunchType::ManagedInstances,
        span: task.key,
        when: Assumptions::always(),
        source: LaunchSource::Service,
    };
    Task { launch: vec![launch], ..task.clone() }
}

/// What the task needs of its role, `place` being the same task [where the role acts](where_a_role_acts).
///
/// On EC2 the role pulls images where there is one, but logs are written by the instance's role; where nothing is said, the role may do
/// both. Sources: the agent's `agent/ecr/factory.go`; ECS developer guide, "Amazon ECS task execution IAM role".
pub(super) fn needs<'p>(document: &'p Document, task: &'p Task, place: &'p Task) -> Vec<Need<'p>> {
    let is_of_place = |need: &Need<'_>| match need.feature {
        Feature::Image | Feature::CachedImage(_) => true,
        Feature::Log(_) => task.launch.is_empty(),
        _ => false,
    };
    let mut needs = access::needs_of(document, place);
    needs.retain(is_of_place);
    needs.extend(access::needs_of(document, task).into_iter().filter(|need| !is_of_place(need)));
    needs.retain(|need| match &need.feature {
        // What is no reference must not be written anywhere.
        Feature::Secret { target: SecretTarget::Name(name), .. } => !holds_credentials(name),
        Feature::Decrypt { key: KeyLink::Here(key), .. } => lets_iam_decide(&document.conditions, key, need),
        _ => true,
    });
    without_instances(&needs)
}

/// The needs without those that a value of a parameter brings about and the parameter as such does too.
fn without_instances<'p>(needs: &[Need<'p>]) -> Vec<Need<'p>> {
    let tried = |need: &Need<'_>| -> Vec<Assumption> {
        need.when.iter().filter(|one| matches!(one, Assumption::Value(_, _, true))).collect()
    };
    let stands_for = |general: &Need<'_>, need: &Need<'_>| {
        let (general_tried, tried) = (tried(general), tried(need));
        general.span == need.span
            && general.action == need.action
            && general_tried.len() < tried.len()
            && general_tried.iter().all(|one| tried.contains(one))
    };
    let kept = needs.iter().filter(|need| !needs.iter().any(|general| stands_for(general, need)));
    kept.cloned().collect()
}

/// Whether a grant in an IAM policy can count for the key; not if the key's policy surely keeps that to itself.
pub(super) fn lets_iam_decide(conditions: &Conditions, key: &Key, need: &Need<'_>) -> bool {
    let request = Request {
        action: need.action,
        resource: &[Subject::default().then_unknown()],
        identity: &Identity::None,
        context: &[],
        when: need.when.clone(),
        conditions,
    };
    key_lets_iam_decide(&key.policies, &request) != Match::No
}

/// What must be granted to meet the need.
pub(super) fn of_need(document: &Document, task: &Task, need: &Need<'_>) -> Vec<Grant> {
    let Some(purpose) = Purpose::of(need.action) else { return Vec::new() };
    let (mut resources, mut only_for) = (need.resource.to_allow(), Vec::new());
    if let Feature::Decrypt { secret, key_id, key: KeyLink::Elsewhere | KeyLink::Chosen } = need.feature
        && need.resource.arn.is_none()
    {
        only_for = secret_of(document, task, need);
        resources = vec![key_elsewhere(secret, key_id, only_for.first())];
    }
    let original = |text: &Text| with_parameters(text, &need.when, &document.conditions, need.span);
    let only_for: Vec<Text> = only_for.iter().map(original).collect();
    let when = outcomes(&need.when);
    let user = user(document, task, need);
    let of_key = key_of_foreign_secret(document, task, need).map(|(key, secret)| Grant {
        purpose: Purpose::Keys,
        resource: Target { arn: key, may_end_in_tag: false },
        only_for: secret,
        when: when.clone(),
        user: user.clone(),
    });
    let may_end_in_tag = matches!(purpose, Purpose::Images | Purpose::ImageCache) && may_end_in_tag(task, need.span);
    let grants = resources.iter().map(|resource| Grant {
        purpose,
        resource: Target { arn: original(resource), may_end_in_tag },
        only_for: only_for.clone(),
        when: when.clone(),
        user: user.clone(),
    });
    grants.chain(of_key).collect()
}

/// The key of a secret of another account, and that secret: it cannot be Secrets Manager's own key, which is not shared. Source: Secrets
/// Manager user guide, "Access AWS Secrets Manager secrets from a different account".
fn key_of_foreign_secret(document: &Document, task: &Task, need: &Need<'_>) -> Option<(Text, Vec<Text>)> {
    let Feature::Secret { target: SecretTarget::SecretArn(arn), .. } = &need.feature else { return None };
    let is_foreign = remarks::is_foreign(&arn.arn, remarks::account_of(document, task).as_deref());
    let is_described = document.secret_elsewhere(arn).is_some_and(|secret| secret.key_id.known().next().is_some());
    if !is_foreign || is_described {
        return None;
    }
    let partition = arn.arn.split(":").get(1).cloned().unwrap_or_default();
    let pieces = [
        literal("arn:"),
        partition,
        literal(":kms:"),
        arn.region.clone(),
        literal(":"),
        arn.account.clone(),
        literal(":key/*"),
    ];
    Some((pieces.into_iter().fold(Text::default(), Text::followed_by), need.resource.to_allow()))
}

/// Whether an image ends in a parameter that may hold a tag: there is none behind it.
fn may_end_in_tag(task: &Task, span: Span) -> bool {
    let images = task.containers.iter().flat_map(|container| container.image.known());
    images.filter(|(_, case)| case.span == span).any(|(text, _)| {
        let last = text.split("/").pop().unwrap_or_default();
        let ends_in_parameter =
            matches!(last.parts().last(), Some(Part::Hole(hole)) if matches!(*hole.reference, Reference::Parameter(_)));
        let has_tag =
            last.parts().iter().any(|part| matches!(part, Part::Literal(piece) if piece.as_str().contains([':', '@'])));
        ends_in_parameter && !has_tag
    })
}

/// What needs a permission of which no rule is sure enough to speak: registry credentials by the name of a secret, and a parameter that
/// must be the ARN of one because of what follows it.
pub(super) fn beyond_the_rules(document: &Document, task: &Task, gaps: &mut Vec<Remark>) -> Vec<Grant> {
    let mut found = Vec::new();
    for (_, reference) in task.secret_uses() {
        for (text, case) in reference.value.known() {
            let resources = match document.target(reference.place, text) {
                SecretTarget::Name(name) if reference.place == SecretPlace::RegistryCredentials => {
                    if holds_credentials(text) || !may_name_a_secret(text) { Vec::new() } else { by_name(&name) }
                }
                SecretTarget::Unknown => before_selector(text),
                _ => Vec::new(),
            };
            if resources.is_empty() {
                continue;
            }
            gaps.retain(|gap| gap.span != Some(case.span));
            found.extend(resources.into_iter().map(|resource| Grant {
                purpose: Purpose::Secrets,
                resource: Target {
                    arn: with_parameters(&resource, &case.when, &document.conditions, case.span),
                    may_end_in_tag: false,
                },
                only_for: Vec::new(),
                when: outcomes(&case.when),
                user: named(document, reference, case),
            }));
        }
    }
    found
}

/// The secret of this account and Region that has the name, which `credentialsParameter` takes too.
fn by_name(name: &Text) -> Vec<Text> {
    let arn = ["arn:", ":secretsmanager:", ":", ":secret:"].into_iter();
    let pseudo = ["AWS::Partition", "AWS::Region", "AWS::AccountId"].into_iter().map(Some).chain([None]);
    let arn = arn.zip(pseudo).fold(Text::default(), |arn, (piece, pseudo)| {
        let arn = arn.followed_by(literal(piece));
        pseudo.map_or(arn.clone(), |pseudo| arn.followed_by(hole(Reference::Pseudo(pseudo.to_owned()))))
    });
    vec![arn.followed_by(name.clone()).followed_by(literal("-??????"))]
}

/// The ARN that must stand before `:key:stage:id`: nothing but a secret of Secrets Manager has something behind it. Whether it is whole, or
/// lacks the six characters, is not known.
fn before_selector(text: &Text) -> Vec<Text> {
    let [Part::Hole(first), rest @ ..] = text.parts() else { return Vec::new() };
    let is_arn = matches!(*first.reference, Reference::Parameter(_) | Reference::Import(Some(_)));
    let rest = Text::new(rest.to_vec());
    if !is_arn || !rest.known_start().starts_with(':') || rest.split(":").len() != 4 {
        return Vec::new();
    }
    let arn = hole(Reference::clone(&first.reference));
    vec![arn.clone(), arn.followed_by(literal("-??????"))]
}

/// Every key that can be the one of a secret, by what names it there: policies name keys by ARN alone. Keys are Regional, and so of the
/// secret's Region. Source: KMS developer guide, "Specifying KMS keys in IAM policy statements".
fn key_elsewhere(secret: &Secret, key_id: Span, arn: Option<&Text>) -> Text {
    let of_replicas = secret.replicas.iter().map(|replica| &replica.key_id);
    let named = std::iter::once(&secret.key_id)
        .chain(of_replicas)
        .flat_map(crate::model::Field::known)
        .find(|(_, case)| case.span == key_id)
        .map(|(text, _)| text.clone())
        .unwrap_or_default();
    let pseudo = |name: &str| hole(Reference::Pseudo(name.to_owned()));
    let field =
        |arn: &Text, field: usize, name: &str| arn.split(":").get(field).cloned().unwrap_or_else(|| pseudo(name));
    // Of the secret where that has an ARN of its own, else of the stack.
    let of_secret = |at: usize, name: &str| match arn.filter(|arn| arn.known_start().starts_with("arn:")) {
        Some(arn) => field(arn, at, name),
        None => pseudo(name),
    };
    let is_id = named.known().is_some_and(|id| id.starts_with("mrk-") || id.len() == 36);
    // A parameter may name a key of another account; a name or an id cannot.
    let account = if named.known_start().starts_with("arn:") {
        field(&named, 4, "AWS::AccountId")
    } else if named.known().is_some() {
        of_secret(4, "AWS::AccountId")
    } else {
        literal("*")
    };
    let pieces = [
        literal("arn:"),
        of_secret(1, "AWS::Partition"),
        literal(":kms:"),
        of_secret(3, "AWS::Region"),
        literal(":"),
        account,
        literal(":key/"),
        if is_id { named } else { literal("*") },
    ];
    pieces.into_iter().fold(Text::default(), Text::followed_by)
}

/// The ARN of the secret that is decrypted, which Secrets Manager tells KMS in the encryption context. Source: Secrets Manager user guide,
/// "Secret encryption and decryption in AWS Secrets Manager".
fn secret_of(document: &Document, task: &Task, need: &Need<'_>) -> Vec<Text> {
    let uses = task.secret_uses().flat_map(|(_, reference)| {
        reference.value.known().filter(|(_, case)| case.span == need.span).map(|(text, _)| (reference.place, text))
    });
    let mut found = Vec::new();
    for (place, text) in uses {
        for arn in Resource::secret(document, &document.target(place, text)).to_allow() {
            if !found.contains(&arn) {
                found.push(arn);
            }
        }
    }
    found
}

/// What needs it, in words.
fn user(document: &Document, task: &Task, need: &Need<'_>) -> User {
    let of_container = |what: &str| User {
        what: what.to_owned(),
        container: Some(container(document, need.span).unwrap_or_else(|| "a container".to_owned())),
    };
    let alone = |what: String| User { what, container: None };
    match &need.feature {
        Feature::Secret { .. } => {
            let uses = task.secret_uses().map(|(_, reference)| reference);
            let mut cases = uses.flat_map(|one| one.value.cases.iter().map(move |case| (one, case)));
            let found = cases.find(|(_, case)| case.span == need.span);
            found.map_or_else(|| of_container("a secret"), |(one, case)| named(document, one, case))
        }
        Feature::Decrypt { secret, .. } if secret.is_described() => {
            alone("a secret that the configuration describes".to_owned())
        }
        Feature::Decrypt { secret, .. } => alone(format!("`{}`", secret.id)),
        Feature::Image | Feature::CachedImage(_) => of_container("the image"),
        Feature::Log(_) => of_container("the log"),
        Feature::File(what) => of_container(what),
    }
}

/// A setting that refers to a secret, in words.
pub(super) fn named(document: &Document, reference: &SecretUse, case: &Case<Text>) -> User {
    let name = reference.name.as_ref().map(|name| format!("`{name}`"));
    let what = match reference.place {
        SecretPlace::RegistryCredentials => "the registry credentials".to_owned(),
        SecretPlace::Environment => name.unwrap_or_else(|| "a secret".to_owned()),
        SecretPlace::LogOption => {
            name.map_or_else(|| "a log option".to_owned(), |name| format!("the log option {name}"))
        }
        SecretPlace::FsxCredentials => "the credentials of an FSx volume".to_owned(),
    };
    User { what, container: container(document, case.span) }
}

/// The container that a setting is of.
pub(super) fn container(document: &Document, span: Span) -> Option<String> {
    innermost(&document.containers, span).map(|name| format!("`{name}`"))
}

/// The text with the values of parameters that were tried out in it turned back into the parameters: what holds for each of them holds for
/// the parameter. `span` is where the setting is written, which such a value is outside of.
pub(super) fn with_parameters(text: &Text, when: &Assumptions, conditions: &Conditions, span: Span) -> Text {
    let tried: Vec<(&str, &str)> = when
        .iter()
        .filter_map(|one| match one {
            Assumption::Value(variable, value, true) => {
                let variable = conditions.variables.get(usize::from(variable))?;
                Some((variable.name.as_str(), variable.values.get(usize::from(value))?.as_str()))
            }
            Assumption::Value(..) | Assumption::Outcome(..) => None,
        })
        .collect();
    let (mut parts, mut rest) = (Vec::new(), text.parts());
    while let Some((first, behind)) = rest.split_first() {
        let found = tried.iter().find_map(|(name, value)| Some((*name, behind_value(rest, value, span)?)));
        if let Some((name, behind_value)) = found {
            let parameter = Parameter { name: name.to_owned(), default: None, no_echo: false };
            let is_pseudo = name.starts_with("AWS::");
            let reference =
                if is_pseudo { Reference::Pseudo(name.to_owned()) } else { Reference::Parameter(parameter) };
            parts.extend(hole(reference).parts().iter().cloned());
            rest = behind_value;
        } else {
            parts.push(first.clone());
            rest = behind;
        }
    }
    Text::new(parts)
}

/// What is behind a value that begins the parts, which may be taken apart into several; not if it is written in the setting itself, or
/// nowhere in the file.
fn behind_value<'t>(parts: &'t [Part], value: &str, setting: Span) -> Option<&'t [Part]> {
    let mut left = value;
    for (at, part) in parts.iter().enumerate() {
        let Part::Literal(piece) = part else { return None };
        let place = piece.span(0..piece.as_str().len());
        if at == 0 && (setting.contains(place) || setting.file != place.file) {
            return None;
        }
        left = left.strip_prefix(piece.as_str())?;
        if left.is_empty() {
            return parts.get(at + 1..);
        }
    }
    None
}

fn outcomes(when: &Assumptions) -> BTreeMap<u16, bool> {
    let outcomes = when.iter().filter_map(|one| match one {
        Assumption::Outcome(condition, outcome) => Some((condition, outcome)),
        Assumption::Value(..) => None,
    });
    outcomes.collect()
}

fn literal(text: &str) -> Text {
    Text::literal(MappedText::unplaced(text))
}

fn hole(reference: Reference) -> Text {
    Text::hole(reference, Span::start_of(crate::source::FileId(u32::MAX)))
}
