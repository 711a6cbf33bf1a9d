//! The ARNs of resources as the statements of a policy write them.

use crate::model::{
    Document, Part, Reference, ResourceKind, ResourceRef, SecretTarget, Text, Value, has_secret_suffix, partition_of,
};
use crate::source::{FileId, MappedText, Span};

/// What a statement has to name to be sure to cover a resource.
#[derive(Clone, Debug)]
pub(super) enum Covering {
    /// Its ARN alone.
    Arn,
    /// Each of these: a name may or may not have its six characters.
    Each(Vec<Text>),
    /// A repository, by its Region, account and name.
    Repository([Text; 3]),
    /// A log group, by its Region and its name, as far as they are known.
    LogGroup(Option<Text>, Option<Text>),
}

impl Covering {
    /// What covers a secret or a parameter of which the ARN is not sure.
    pub(super) fn of(document: &Document, target: &SecretTarget) -> Self {
        let covering = covering(document, target);
        if covering.is_empty() { Self::Arn } else { Self::Each(covering) }
    }

    /// What is to be named, where `arn` is the ARN as far as it can be written.
    pub(super) fn arns(&self, arn: Option<&Text>) -> Vec<Text> {
        match self {
            Self::Arn => arn.into_iter().cloned().collect(),
            Self::Each(covering) => covering.clone(),
            Self::Repository([region, account, name]) => {
                vec![repository_arn(partition_in(region), region, account, name)]
            }
            Self::LogGroup(region, name) => vec![log_group_in(region.as_ref(), name.as_ref())],
        }
    }
}

fn covering(document: &Document, target: &SecretTarget) -> Vec<Text> {
    let parameter = |before: &str, name: Text| arn_of_this_stack("ssm", before).followed_by(name);
    // A name that begins with a slash has its ARN without another.
    let either_way = |name: &Text| vec![parameter("parameter/", name.clone()), parameter("parameter", name.clone())];
    match target {
        SecretTarget::SecretArn(arn) => {
            let with_suffix = arn.arn.clone().followed_by(literal("-??????"));
            let ends_known = matches!(arn.arn.parts().last(), Some(Part::Literal(_)));
            let id = arn.resource.get(1).map(Text::shown).unwrap_or_default();
            match (ends_known, has_secret_suffix(&id, false), has_secret_suffix(&id, true)) {
                (true, false, _) => vec![with_suffix],
                (true, _, true) => vec![arn.arn.clone()],
                _ => vec![arn.arn.clone(), with_suffix],
            }
        }
        SecretTarget::TemplateParameter { id } => {
            let name = hole(resource(id, None, ResourceKind::SsmParameter));
            let is_made_up = document
                .ssm_parameter(id)
                .is_some_and(|parameter| parameter.name.cases.iter().all(|case| matches!(case.value, Value::Unset)));
            if is_made_up { vec![parameter("parameter/", name)] } else { either_way(&name) }
        }
        SecretTarget::Name(name) => either_way(name),
        _ => Vec::new(),
    }
}

/// The log group of that name in that Region and all that is in it; what is not known stands as a hole.
fn log_group_in(region: Option<&Text>, name: Option<&Text>) -> Text {
    let placeholder = || Text::hole(Reference::Placeholder("<log-group>".to_owned()), Span::start_of(FileId(u32::MAX)));
    let region = region.cloned().unwrap_or_else(|| pseudo("AWS::Region"));
    let pieces = [
        literal("arn:"),
        partition_in(&region),
        literal(":logs:"),
        region,
        literal(":"),
        pseudo("AWS::AccountId"),
        literal(":log-group:"),
        name.cloned().unwrap_or_else(placeholder),
        literal(":*"),
    ];
    pieces.into_iter().fold(Text::default(), Text::followed_by)
}

/// The partition that a Region belongs to, where that is known.
fn partition_in(region: &Text) -> Text {
    match region.known() {
        Some(region) => literal(partition_of(&region)),
        None => pseudo("AWS::Partition"),
    }
}

/// The repository of that name.
pub(super) fn repository_arn(partition: Text, region: &Text, account: &Text, name: &Text) -> Text {
    let arn = literal("arn:").followed_by(partition).followed_by(literal(":ecr:"));
    let arn = arn.followed_by(region.clone()).followed_by(literal(":")).followed_by(account.clone());
    arn.followed_by(literal(":repository/")).followed_by(name.clone())
}

/// A resource of the template, or its attribute.
pub(super) fn resource(id: &str, attribute: Option<&str>, kind: ResourceKind) -> Reference {
    Reference::Resource(ResourceRef { id: id.to_owned(), attribute: attribute.map(str::to_owned), kind })
}

/// The ARN of something in the account and Region of the stack.
pub(super) fn arn_of_this_stack(service: &str, rest: &str) -> Text {
    let pieces = [
        literal("arn:"),
        pseudo("AWS::Partition"),
        literal(&format!(":{service}:")),
        pseudo("AWS::Region"),
        literal(":"),
        pseudo("AWS::AccountId"),
        literal(&format!(":{rest}")),
    ];
    pieces.into_iter().fold(Text::default(), Text::followed_by)
}

pub(super) fn literal(text: &str) -> Text {
    Text::literal(MappedText::unplaced(text))
}

pub(super) fn pseudo(name: &str) -> Text {
    hole(Reference::Pseudo(name.to_owned()))
}

pub(super) fn hole(reference: Reference) -> Text {
    Text::hole(reference, Span::start_of(FileId(u32::MAX)))
}
