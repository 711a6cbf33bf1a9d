//! References to secrets, and what they name.
//!
//! `secrets[].valueFrom` and `secretOptions[].valueFrom` take an ARN, or the name of a Systems Manager
//! parameter; `credentialsParameter` takes an ARN, or the name of a Secrets Manager secret. The two
//! have opposite rules for a bare name. Source: ECS API reference, `Secret` and `RepositoryCredentials`.

use super::assumptions::Assumptions;
use super::field::Field;
use super::reference::{Reference, ResourceKind};
use super::text::{Part, Text};
use crate::source::Span;

/// One setting that refers to a secret.
#[derive(Clone, Debug)]
pub struct SecretUse {
    /// Which setting it is.
    pub place: SecretPlace,
    /// What it fills: the environment variable or log option, where known.
    pub name: Option<String>,
    /// The reference.
    pub value: Field<Text>,
    /// When the setting exists.
    pub when: Assumptions,
}

impl SecretUse {
    /// What it fills and one of the references that it has, for a baseline: `DB_PASSWORD prod/db`.
    #[must_use]
    pub fn named(&self, reference: &Text) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        format!("{name} {}", reference.shown()).trim_start().to_owned()
    }
}

/// The settings that refer to secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretPlace {
    /// `repositoryCredentials.credentialsParameter`.
    RegistryCredentials,
    /// `secrets[].valueFrom`.
    Environment,
    /// `logConfiguration.secretOptions[].valueFrom`.
    LogOption,
    /// `fsxWindowsFileServerVolumeConfiguration.authorizationConfig.credentialsParameter`: ARNs only.
    FsxCredentials,
}

/// What a secret reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretTarget {
    /// Nothing: the empty string.
    Empty,
    /// A secret of the same template (`Ref` gives its ARN), with what follows the ARN.
    TemplateSecret {
        /// The secret's logical id.
        id: String,
        /// The pieces after the ARN: JSON key, version stage, version id.
        selector: Vec<Text>,
    },
    /// The ARN of a Secrets Manager secret.
    SecretArn(SecretArn),
    /// A Systems Manager parameter of the same template (`Ref` gives its name).
    TemplateParameter {
        /// The parameter's logical id.
        id: String,
    },
    /// The ARN of a Systems Manager parameter.
    ParameterArn(Text),
    /// The ARN of something else.
    OtherArn {
        /// The service it belongs to.
        service: String,
    },
    /// An attribute that the resource does not have.
    NoSuchAttribute {
        /// The resource's logical id.
        id: String,
        /// The attribute asked for.
        attribute: String,
    },
    /// A dynamic reference, which `CloudFormation` replaces by the value before ECS sees it.
    Dynamic(String),
    /// A name, perhaps with holes.
    Name(Text),
    /// It cannot be told.
    Unknown,
}

/// The ARN of a Secrets Manager secret, in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretArn {
    /// The ARN without selector: `arn:partition:secretsmanager:region:account:secret:id`.
    pub arn: Text,
    /// The Region.
    pub region: Text,
    /// The account.
    pub account: Text,
    /// What follows the account, split at colons: `secret`, the id, then the selector.
    pub resource: Vec<Text>,
    /// Whether no hole can hide a colon in `resource`, so that its length is sure.
    pub sure: bool,
}

impl SecretTarget {
    /// What the text names.
    #[must_use]
    pub fn read(text: &Text) -> Self {
        match text.parts() {
            [] => Self::Empty,
            [Part::Hole(hole), rest @ ..] => Self::after_hole(&hole.reference, rest),
            [Part::Base64(..), ..] => Self::Unknown,
            [Part::Literal(_), ..] if text.known_start().starts_with("arn:") => Self::from_arn(text),
            [Part::Literal(_), ..] => {
                let dynamic = text.holes().find_map(|hole| match &*hole.reference {
                    Reference::Dynamic(reference) => Some(reference.clone()),
                    _ => None,
                });
                dynamic.map_or_else(|| Self::Name(text.clone()), Self::Dynamic)
            }
        }
    }

    /// What it names, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::TemplateSecret { id, .. } => format!("the secret `{id}`"),
            Self::SecretArn(arn) => format!("the secret `{}`", arn.arn.shown()),
            Self::TemplateParameter { id } => format!("the parameter `{id}`"),
            Self::ParameterArn(name) | Self::Name(name) => format!("the parameter `{}`", name.shown()),
            Self::OtherArn { .. } | Self::NoSuchAttribute { .. } | Self::Dynamic(_) | Self::Empty | Self::Unknown => {
                "the secret".to_owned()
            }
        }
    }

    /// The logical id of the resource of the template that it names.
    #[must_use]
    pub fn logical_id(&self) -> Option<&str> {
        match self {
            Self::TemplateSecret { id, .. } | Self::TemplateParameter { id } => Some(id),
            _ => None,
        }
    }

    fn after_hole(reference: &Reference, rest: &[Part]) -> Self {
        let rest = Text::new(rest.to_vec());
        match reference {
            Reference::Dynamic(reference) => Self::Dynamic(reference.clone()),
            Reference::Resource(resource) => match (resource.kind, resource.attribute.as_deref()) {
                (ResourceKind::Secret, None | Some("Id")) if rest.is_empty() || rest.known_start().starts_with(':') => {
                    let selector = if rest.is_empty() { Vec::new() } else { rest.split(":").split_off(1) };
                    Self::TemplateSecret { id: resource.id.clone(), selector }
                }
                (ResourceKind::Secret, Some(attribute)) if attribute != "Id" => {
                    Self::NoSuchAttribute { id: resource.id.clone(), attribute: attribute.to_owned() }
                }
                (ResourceKind::SsmParameter, None) if rest.is_empty() => {
                    Self::TemplateParameter { id: resource.id.clone() }
                }
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }

    fn from_arn(text: &Text) -> Self {
        let mut fields = text.split(":");
        let Some(service) = fields.get(2).and_then(|field| field.known().map(String::from)) else {
            return Self::Unknown;
        };
        match service.as_str() {
            "ssm" => Self::ParameterArn(text.clone()),
            "secretsmanager" => {
                let resource = if fields.len() > 5 { fields.split_off(5) } else { Vec::new() };
                let opaque = |piece: &Text| piece.holes().any(|hole| !hole.reference.is_plain_word());
                let is_secret = resource.first().is_some_and(|kind| kind.known().as_deref() == Some("secret"));
                let (Some(region), Some(account)) = (fields.get(3), fields.get(4)) else { return Self::Unknown };
                let arn = joined(fields.iter().chain(resource.iter().take(2)));
                let sure = is_secret && !resource.iter().any(opaque);
                if !is_secret && (opaque(region) || opaque(account) || resource.iter().any(opaque)) {
                    return Self::Unknown;
                }
                Self::SecretArn(SecretArn { arn, region: region.clone(), account: account.clone(), resource, sure })
            }
            _ => Self::OtherArn { service },
        }
    }
}

/// The pieces with colons between them.
fn joined<'a>(pieces: impl Iterator<Item = &'a Text>) -> Text {
    let mut parts = Vec::new();
    for (at, piece) in pieces.enumerate() {
        if at > 0 {
            parts.push(Part::Literal(crate::source::MappedText::unplaced(":")));
        }
        parts.extend(piece.parts().iter().cloned());
    }
    Text::new(parts)
}

/// Whether the name ends as Secrets Manager ends the ARNs of secrets: a hyphen and six letters or digits.
/// `certain` asks for letters that no word is made of, so that `my-secret` and `Shop-ApiKey` do not count.
#[must_use]
pub fn has_secret_suffix(name: &str, certain: bool) -> bool {
    let Some((before, suffix)) = name.rsplit_once('-') else { return false };
    let plain = !before.is_empty() && suffix.len() == 6 && suffix.bytes().all(|b| b.is_ascii_alphanumeric());
    plain && (!certain || !is_of_words(suffix))
}

/// Whether the text may be a word, a number, or words run together (`secret`, `SECRET`, `DbHost`, `Port80`, `v20240`).
fn is_of_words(text: &str) -> bool {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let one_case =
        |word: &str| !word.bytes().any(|b| b.is_ascii_uppercase()) || !word.bytes().any(|b| b.is_ascii_lowercase());
    if letters.bytes().any(|b| b.is_ascii_digit()) {
        return one_case(letters);
    }
    // Each hump of a word in camel case: its length, from one capital letter to the next.
    let humps: Vec<usize> = letters.split_inclusive(|c: char| c.is_ascii_uppercase()).map(str::len).collect();
    one_case(letters) || humps.iter().skip(1).any(|length| *length >= 3) || letters.len() < 4
}

/// Whether the text is a credential itself, where a reference to one is due: JSON, or a user name and a password.
/// `name:key`, the mistake of leaving out colons behind a secret's name, is told apart by the words keys are made of.
#[must_use]
pub fn holds_credentials(text: &Text) -> bool {
    const KEYS: [&str; 16] = [
        "password", "passwd", "pass", "username", "user", "host", "hostname", "port", "dbname", "database", "engine",
        "url", "token", "key", "secret", "dsn",
    ];
    let shown = text.shown();
    let value = shown.trim();
    if value.starts_with(['{', '[']) && !value.starts_with("{{") {
        return text.known().is_some() || value.contains('"');
    }
    let mut pieces = value.split(':');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(user), Some(password), None) => {
            let is_key =
                KEYS.iter().any(|key| password.to_ascii_lowercase().split(['_', '-']).any(|word| word == *key));
            let is_version = password.bytes().all(|byte| byte.is_ascii_digit());
            !user.is_empty() && !password.is_empty() && !user.contains(['/', '$']) && !is_key && !is_version
        }
        _ => false,
    }
}

/// Whether the text may be the name of a Systems Manager parameter, with or without a version: what is known of it has no other
/// characters than such a name can have. Source: Systems Manager API, `PutParameter`.
#[must_use]
pub fn may_name_a_parameter(text: &Text) -> bool {
    let shown = text.shown();
    let versioned = shown.rsplit_once(':').filter(|(_, version)| !version.is_empty());
    let version = versioned.filter(|(_, version)| version.bytes().all(|byte| byte.is_ascii_digit()));
    let colons = usize::from(version.is_some());
    has_only(text, "/_.-:") && literals(text).map(|piece| piece.matches(':').count()).sum::<usize>() == colons
}

/// Whether the text may be the name of a secret. Source: Secrets Manager API, `CreateSecret`.
#[must_use]
pub fn may_name_a_secret(text: &Text) -> bool {
    has_only(text, "/_+=.@-!")
}

fn has_only(text: &Text, others: &str) -> bool {
    literals(text).all(|piece| piece.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c)))
}

fn literals(text: &Text) -> impl Iterator<Item = &str> {
    text.parts().iter().filter_map(|part| match part {
        Part::Literal(piece) => Some(piece.as_str()),
        Part::Hole(_) | Part::Base64(..) => None,
    })
}

/// A secret of the template.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its logical id.
    pub id: String,
    /// Where the logical id is written.
    pub key: Span,
    /// When it exists.
    pub when: Assumptions,
    /// Its `Name`.
    pub name: Field<Text>,
    /// Its `KmsKeyId`.
    pub key_id: Field<Text>,
    /// Its replicas in other Regions.
    pub replicas: Vec<ReplicaRegion>,
    /// Its `SecretString`.
    pub value: Field<Text>,
    /// Its `GenerateSecretString`, once for each branch that has one.
    pub generators: Vec<Generator>,
}

impl Secret {
    /// Whether the settings describe it and no file defines it.
    #[must_use]
    pub fn is_described(&self) -> bool {
        self.key.file.settings_index().is_some()
    }
}

/// A Region that a secret is copied to; keys are Regional, so that the copy has a key of its own.
#[derive(Clone, Debug)]
pub struct ReplicaRegion {
    /// The Region.
    pub region: Field<Text>,
    /// Its `KmsKeyId`.
    pub key_id: Field<Text>,
}

/// How Secrets Manager makes the first value of a secret: a random string, alone or as a member of a JSON object.
/// Source: `CloudFormation`, `AWS::SecretsManager::Secret GenerateSecretString`.
#[derive(Clone, Debug)]
pub struct Generator {
    /// Where the key `GenerateSecretString` is written.
    pub span: Span,
    /// When this is how.
    pub when: Assumptions,
    /// `SecretStringTemplate`: the JSON object, in text, that the random string is put into.
    pub template: Field<Text>,
    /// `GenerateStringKey`: the key that it gets there.
    pub string_key: Field<Text>,
}

/// A Systems Manager parameter of the template.
#[derive(Clone, Debug)]
pub struct SsmParameter {
    /// Its logical id.
    pub id: String,
    /// Its `Name`.
    pub name: Field<Text>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_told_from_words() {
        assert!(has_secret_suffix("prod/db-AbCdEf", true));
        assert!(has_secret_suffix("prod/db-a1B2c3", true));
        assert!(!has_secret_suffix("my-secret", true));
        assert!(!has_secret_suffix("db-config", true));
        for name in
            ["build-202401", "MyApp-ApiKey", "SHOP-DbUser", "Prod-DbHost", "app.Stage-AuthDb", "x-Port80", "x-v20240"]
        {
            assert!(!has_secret_suffix(name, true), "{name}");
        }
        assert!(has_secret_suffix("prod/db-xK3pQz", true));
        assert!(!has_secret_suffix("-AbCdEf", true));
        assert!(has_secret_suffix("my-secret", false));
    }
}
