//! What actions are done to, in each of the ways a policy can name it.

use std::borrow::Cow;

use super::written::{Covering, arn_of_this_stack, hole, literal, pseudo, repository_arn, resource};
use crate::iam::{Identity, Match, Subject};
use crate::model::{
    Document, Field, Hole, Key, NamedResource, Part, Reference, ResourceKind, ResourceRef, SecretTarget, Text, Value,
    has_secret_suffix,
};

/// Something that an action is done to.
#[derive(Clone, Debug)]
pub struct Resource<'p> {
    /// The ways to name it.
    pub subjects: Vec<Subject>,
    /// The resource of the template that it is.
    pub identity: Identity<'p>,
    /// What it is, for messages: ``the secret `DbSecret` ``.
    pub shown: String,
    /// What a statement for it would name, where that can be written.
    pub arn: Option<Text>,
    covering: Covering,
}

impl<'p> Resource<'p> {
    /// Every resource: for actions that know none.
    #[must_use]
    pub fn every() -> Self {
        Self {
            subjects: vec![Subject::known("*")],
            identity: Identity::None,
            shown: "`*`".to_owned(),
            arn: Some(literal("*")),
            covering: Covering::Arn,
        }
    }

    /// What a statement that allows an action on it has to name; nothing where that cannot be written.
    #[must_use]
    pub fn to_allow(&self) -> Vec<Text> {
        self.covering.arns(self.arn.as_ref())
    }

    /// What a reference to a secret names; no subjects where that is not known well enough.
    #[must_use]
    pub fn secret(document: &'p Document, target: &SecretTarget) -> Self {
        let shown = target.shown();
        let (subjects, arn) = match target {
            SecretTarget::TemplateSecret { id, .. } => {
                let arn = Subject::arn_of_this_stack("secretsmanager", &document.deployment).then("secret:");
                let name = document.secret(id).and_then(|secret| only(&secret.name));
                let arn = match name {
                    Some(name) => arn.followed_by(name).then("-").then_any(6),
                    // The deployment makes a name up; what ends the ARN is sure all the same.
                    None => arn.then_unknown().then("-").then_any(6),
                };
                let reference =
                    |attribute| Subject::default().then_reference(resource(id, attribute, ResourceKind::Secret));
                let written = hole(resource(id, None, ResourceKind::Secret));
                (vec![reference(None), reference(Some("Id")), arn], Some(written))
            }
            SecretTarget::SecretArn(arn) => {
                // A partial ARN finds the secret whose ARN has six characters more; whether `…-secret` is partial cannot be told.
                let id = arn.resource.get(1).and_then(Text::known).map(Cow::into_owned);
                let complete = Subject::of(&arn.arn);
                let partial = Subject::of(&arn.arn).then("-").then_any(6);
                let with_suffix = || Some(arn.arn.clone().followed_by(literal("-??????")));
                match id {
                    Some(id) if !has_secret_suffix(&id, false) => (vec![partial], with_suffix()),
                    Some(id) if has_secret_suffix(&id, true) => (vec![complete, partial], Some(arn.arn.clone())),
                    _ => (vec![complete, partial], None),
                }
            }
            SecretTarget::ParameterArn(arn) => (vec![Subject::of(arn)], Some(arn.clone())),
            SecretTarget::TemplateParameter { id } => {
                let name = document.ssm_parameter(id).and_then(|parameter| only(&parameter.name));
                let arn = Subject::arn_of_this_stack("ssm", &document.deployment).then("parameter/");
                let subject = match name {
                    Some(name) => arn.then_name(name),
                    None => arn.then_unknown(),
                };
                let slash = if name.is_some_and(|name| name.known_start().starts_with('/')) { "" } else { "/" };
                let reference = hole(resource(id, None, ResourceKind::SsmParameter));
                let written = arn_of_this_stack("ssm", "parameter").followed_by(literal(slash)).followed_by(reference);
                // The reference stands for the name, whose first character decides how its ARN is written.
                (vec![subject], name.map(|_| written))
            }
            SecretTarget::Name(name) => {
                let slash = if name.known_start().starts_with('/') { "" } else { "/" };
                let written =
                    arn_of_this_stack("ssm", "parameter").followed_by(literal(slash)).followed_by(name.clone());
                let starts_known = !name.known_start().is_empty();
                (
                    vec![Subject::arn_of_this_stack("ssm", &document.deployment).then("parameter/").then_name(name)],
                    starts_known.then_some(written),
                )
            }
            SecretTarget::Empty
            | SecretTarget::OtherArn { .. }
            | SecretTarget::NoSuchAttribute { .. }
            | SecretTarget::Dynamic(_)
            | SecretTarget::Unknown => (Vec::new(), None),
        };
        let identity = match target {
            SecretTarget::TemplateSecret { id, .. } => document
                .secrets
                .iter()
                .find(|secret| secret.id == *id)
                .map_or(Identity::None, |secret| Identity::Is(&secret.id)),
            SecretTarget::SecretArn(arn) => may_be_secrets(document, arn.resource.get(1)),
            _ => Identity::None,
        };
        let covering = if arn.is_some() { Covering::Arn } else { Covering::of(document, target) };
        Self { subjects, identity, shown, arn, covering }
    }

    /// A secret of this account and Region by its name.
    #[must_use]
    pub fn secret_by_name(document: &Document, name: &str) -> Self {
        let arn = Subject::arn_of_this_stack("secretsmanager", &document.deployment).then("secret:").then(name);
        Self {
            subjects: vec![arn.clone().then("-").then_any(6), arn],
            identity: Identity::None,
            shown: format!("the secret `{name}`, to which the parameter refers"),
            arn: Some(arn_of_this_stack("secretsmanager", "secret:").followed_by(literal(&format!("{name}-??????")))),
            covering: Covering::Arn,
        }
    }

    /// A key of the template: by `Fn::GetAtt Arn`, or as an ARN with the key's id, which only a deployment tells.
    #[must_use]
    pub fn key(document: &Document, key: &'p Key) -> Self {
        let reference = |attribute| resource(&key.id, attribute, ResourceKind::KmsKey);
        let arn = Subject::arn_of_this_stack("kms", &document.deployment).then("key/");
        Self {
            subjects: vec![
                Subject::default().then_reference(reference(Some("Arn"))),
                arn.clone().then_reference(reference(None)),
                arn.then_word(),
            ],
            identity: Identity::Is(&key.id),
            shown: format!("its key `{}`", key.id),
            arn: Some(hole(reference(Some("Arn")))),
            covering: Covering::Arn,
        }
    }

    /// A key that is defined elsewhere: any key at all may be it, those of the template included.
    #[must_use]
    pub fn key_elsewhere(document: &'p Document, named: &Text) -> Self {
        let any = ["arn:", ":kms:", ":", ":key/"].into_iter();
        let any = any.fold(Subject::default(), |subject, piece| subject.then(piece).then_unknown());
        let own = document.keys.iter();
        let own =
            own.map(|key| Subject::default().then_reference(resource(&key.id, Some("Arn"), ResourceKind::KmsKey)));
        let is_key_arn = named.known_start().starts_with("arn:") && named.shown().contains(":key/")
            || matches!(named.sole_hole().map(|hole| &*hole.reference), Some(Reference::Import(Some(_))));
        Self {
            subjects: own.chain([any]).collect(),
            identity: Identity::None,
            shown: format!("its key `{}`", named.shown()),
            arn: is_key_arn.then(|| named.clone()),
            covering: Covering::Arn,
        }
    }

    /// The key of a secret that the settings describe, which they name exactly, unless by an alias.
    #[must_use]
    pub fn key_described(document: &'p Document, named: &Text) -> Self {
        let subject = if named.known_start().starts_with("arn:") {
            Subject::of(named)
        } else {
            Subject::arn_of_this_stack("kms", &document.deployment).then("key/").followed_by(named)
        };
        let elsewhere = Self::key_elsewhere(document, named);
        if named.shown().contains("alias/") { elsewhere } else { Self { subjects: vec![subject], ..elsewhere } }
    }

    /// The repository of an image in Amazon ECR.
    #[must_use]
    pub fn repository(document: &'p Document, image: &Text) -> Self {
        let shown = "its repository".to_owned();
        let own = repository_in(image).and_then(|id| document.named_resource(ResourceKind::Repository, id));
        if let Some(repository) = own {
            return Self { shown: format!("the repository `{}`", repository.id), ..Self::named(document, repository) };
        }
        let pieces = image.split("/");
        let Some((host, path)) = pieces.split_first() else { return Self { shown, ..Self::every() } };
        let name = without_tag(path);
        let fields = host.split(".");
        let account = fields.first().cloned().unwrap_or_default();
        // `dkr.ecr.<region>`, or in dual-stack hosts `dkr-ecr.<region>`.
        let is_dual_stack = fields.get(1).is_some_and(|field| field.known_start().starts_with("dkr-ecr"));
        let region = fields.get(if is_dual_stack { 2 } else { 3 }).cloned().unwrap_or_default();
        let subject = Subject::known("arn:").then_word().then(":ecr:");
        let subject = followed_or_word(subject, &region).then(":");
        let subject = followed_or_word(subject, &account).then(":repository/").followed_by(&name);
        let is_whole = !region.is_empty() && !account.is_empty() && !name.is_empty();
        let identity = may_be_named(document, ResourceKind::Repository, &name);
        let arn = (is_whole && name.known().is_some())
            .then(|| repository_arn(pseudo("AWS::Partition"), &region, &account, &name));
        let covering = if is_whole { Covering::Repository([region, account, name]) } else { Covering::Arn };
        Self { subjects: vec![subject], identity, shown, arn, covering }
    }

    /// The log group of that name, or one of its streams. Whether the name is followed by `:*` depends on the action, and
    /// policies are written either way.
    #[must_use]
    pub fn log_group(document: &'p Document, name: Option<&Text>, region: Option<&Text>) -> Self {
        let own = name.and_then(|name| named_by(document, ResourceKind::LogGroup, name));
        if let Some(group) = own {
            let reference =
                || Subject::default().then_reference(resource(&group.id, Some("Arn"), ResourceKind::LogGroup));
            let mut found = Self::named(document, group);
            found.subjects.push(reference().then(":*"));
            let streams: Vec<Subject> = found.subjects.iter().map(|subject| subject.clone().then(":*")).collect();
            let any_stream = found.subjects.iter().map(|subject| subject.clone().then(":log-stream:").then_path());
            let any_stream: Vec<Subject> = any_stream.collect();
            found.subjects.extend(streams.into_iter().chain(any_stream));
            return found;
        }
        // The Region is an option of the driver.
        let arn = known_or_word(Subject::known("arn:"), document.deployment.pseudo("AWS::Partition")).then(":logs:");
        let arn = known_or_word(arn.then_word().then(":"), document.deployment.pseudo("AWS::AccountId"));
        let arn = arn.then(":log-group:");
        let arn = name.map_or_else(|| arn.clone().then_path(), |name| arn.clone().followed_by(name));
        let subjects = vec![arn.clone(), arn.clone().then(":*"), arn.then(":log-stream:").then_path()];
        let written = name
            .filter(|name| name.known().is_some())
            .map(|name| arn_of_this_stack("logs", "log-group:").followed_by(name.clone()).followed_by(literal(":*")));
        let identity = match name {
            Some(name) => may_be_named(document, ResourceKind::LogGroup, name),
            None => Identity::MayBe(ids(document, ResourceKind::LogGroup, |_| true)),
        };
        let shown = name.map_or_else(|| "its log group".to_owned(), |name| format!("the log group `{}`", name.shown()));
        let covering = Covering::LogGroup(region.filter(|region| !region.is_empty()).cloned(), name.cloned());
        Self { subjects, identity, shown, arn: written, covering }
    }

    /// An object in Amazon S3, by its ARN, and its bucket; `None` where the text is no such ARN.
    #[must_use]
    pub fn object_and_bucket(document: &'p Document, object: &Text) -> Option<(Self, Self)> {
        let bucket = object.split("/").into_iter().next()?;
        let own = match bucket.parts() {
            [Part::Hole(hole)] => bucket_id(hole, Some("Arn")),
            [.., Part::Hole(hole)] if bucket.known_start().starts_with("arn:") => bucket_id(hole, None),
            _ => None,
        };
        let is_arn = bucket.known_start().starts_with("arn:") && bucket.split(":").len() == 6;
        if own.is_none() && !is_arn {
            return None;
        }
        let own = own.map(str::to_owned);
        let name = bucket.split(":").pop().unwrap_or_default();
        let rest = |subject: Subject| subject.followed_by(&rest_after_bucket(object));
        let forms = match &own {
            Some(id) => {
                let arn = Subject::default().then_reference(resource(id, Some("Arn"), ResourceKind::Bucket));
                let by_name = Subject::known("arn:").then_pseudo("AWS::Partition", &document.deployment);
                let by_name = by_name.then(":s3:::").then_reference(resource(id, None, ResourceKind::Bucket));
                let bucket_name = document.named_resource(ResourceKind::Bucket, id).and_then(|one| only(&one.name));
                let by_literal = Subject::known("arn:").then_unknown().then(":s3:::");
                let by_literal = match bucket_name {
                    Some(name) => by_literal.followed_by(name),
                    None => by_literal.then_unknown(),
                };
                vec![arn, by_name, by_literal]
            }
            None => vec![Subject::of(&bucket)],
        };
        let identity = || match own.as_deref().and_then(|id| document.named_resource(ResourceKind::Bucket, id)) {
            Some(bucket) => Identity::Is(&bucket.id),
            None => may_be_named(document, ResourceKind::Bucket, &name),
        };
        let of_object = Self {
            subjects: forms.iter().cloned().map(rest).collect(),
            identity: identity(),
            shown: format!("`{}`", object.shown()),
            arn: Some(object.clone()),
            covering: Covering::Arn,
        };
        let of_bucket = Self { subjects: forms, identity: identity(), arn: Some(bucket), ..of_object.clone() };
        Some((of_object, of_bucket))
    }

    /// A resource of the template that has a name and an ARN.
    fn named(document: &Document, found: &'p NamedResource) -> Self {
        let (service, before) = match found.kind {
            ResourceKind::LogGroup => ("logs", "log-group:"),
            _ => ("ecr", "repository/"),
        };
        let arn = Subject::arn_of_this_stack(service, &document.deployment).then(before);
        let by_name = match only(&found.name) {
            Some(name) => arn.clone().followed_by(name),
            None => arn.clone().then_path(),
        };
        Self {
            subjects: vec![
                Subject::default().then_reference(resource(&found.id, Some("Arn"), found.kind)),
                arn.then_reference(resource(&found.id, None, found.kind)),
                by_name,
            ],
            identity: Identity::Is(&found.id),
            shown: match found.kind {
                ResourceKind::LogGroup => format!("the log group `{}`", found.id),
                _ => format!("the repository `{}`", found.id),
            },
            arn: Some(hole(resource(&found.id, Some("Arn"), found.kind))),
            covering: Covering::Arn,
        }
    }
}

/// The only value that the name can have, if it surely has one.
fn only(name: &Field<Text>) -> Option<&Text> {
    match name.cases.as_slice() {
        [case] => match &case.value {
            Value::Known(name) => Some(name),
            Value::Unknown | Value::Unset => None,
        },
        _ => None,
    }
}

/// The repository that an image reference goes through: `${Repository.RepositoryUri}`, or `…/${Repository}`.
fn repository_in(image: &Text) -> Option<&str> {
    image.holes().find_map(|hole| match &*hole.reference {
        Reference::Resource(ResourceRef { id, kind: ResourceKind::Repository, attribute }) => {
            matches!(attribute.as_deref(), None | Some("RepositoryUri")).then_some(id.as_str())
        }
        _ => None,
    })
}

/// The path of an image without tag and digest.
fn without_tag(path: &[Text]) -> Text {
    let mut name = Text::default();
    for (at, piece) in path.iter().enumerate() {
        let piece = if at + 1 == path.len() {
            let before_digest = piece.split("@").into_iter().next().unwrap_or_default();
            before_digest.split(":").into_iter().next().unwrap_or_default()
        } else {
            piece.clone()
        };
        if at > 0 {
            name = name.followed_by(literal("/"));
        }
        name = name.followed_by(piece);
    }
    name
}

fn rest_after_bucket(object: &Text) -> Text {
    let pieces = object.split("/");
    pieces.into_iter().skip(1).fold(Text::default(), |rest, piece| rest.followed_by(literal("/")).followed_by(piece))
}

fn bucket_id<'t>(hole: &'t Hole, wanted: Option<&str>) -> Option<&'t str> {
    match &*hole.reference {
        Reference::Resource(ResourceRef { id, kind: ResourceKind::Bucket, attribute })
            if attribute.as_deref() == wanted =>
        {
            Some(id)
        }
        _ => None,
    }
}

/// The resource of the template that `name` surely names.
fn named_by<'p>(document: &'p Document, kind: ResourceKind, name: &Text) -> Option<&'p NamedResource> {
    if let Some(Reference::Resource(resource)) = name.sole_hole().map(|hole| &*hole.reference) {
        return document.named_resource(kind, &resource.id).filter(|_| resource.attribute.is_none());
    }
    let mut of_that_name = document.named.iter().filter(|one| one.kind == kind && only(&one.name) == Some(name));
    of_that_name.next().filter(|_| of_that_name.next().is_none())
}

/// The resources of the template whose name may turn out to be `name`.
fn may_be_named<'p>(document: &'p Document, kind: ResourceKind, name: &Text) -> Identity<'p> {
    let subject = Subject::of(name);
    let may_be = |one: &NamedResource| {
        one.name.cases.iter().any(|case| match &case.value {
            Value::Known(own) => subject.equal_to(own, false) != Match::No,
            Value::Unknown => true,
            // A name that the deployment makes up is none that is written.
            Value::Unset => name.known().is_none(),
        })
    };
    Identity::MayBe(ids(document, kind, may_be))
}

fn ids(document: &Document, kind: ResourceKind, wanted: impl Fn(&NamedResource) -> bool) -> Vec<&str> {
    document.named.iter().filter(|one| one.kind == kind && wanted(one)).map(|one| one.id.as_str()).collect()
}

/// The secrets of the template whose name, with or without the six characters behind it, may be the ARN's.
fn may_be_secrets<'p>(document: &'p Document, id: Option<&Text>) -> Identity<'p> {
    let Some(id) = id else { return Identity::None };
    let subject = Subject::of(id);
    let may_be = |own: &Text| {
        let with_suffix = own.clone().followed_by(literal("-??????"));
        subject.equal_to(own, false) != Match::No || subject.matched_by(&with_suffix, false) != Match::No
    };
    let secrets = document.secrets.iter().filter(|secret| {
        secret.name.cases.iter().any(|case| match &case.value {
            Value::Known(own) => may_be(own),
            Value::Unknown => true,
            Value::Unset => id.known().is_none(),
        })
    });
    Identity::MayBe(secrets.map(|secret| secret.id.as_str()).collect())
}

fn followed_or_word(subject: Subject, text: &Text) -> Subject {
    if text.is_empty() { subject.then_word() } else { subject.followed_by(text) }
}

fn known_or_word(subject: Subject, known: Option<&str>) -> Subject {
    match known {
        Some(known) => subject.then(known),
        None => subject.then_word(),
    }
}
