//! Forms of resources that never match what an action is done to, whatever that is.

use crate::model::{Part, Reference, ResourceKind, Text, has_secret_suffix};

/// The forms that never match.
///
/// For keys: "you must use its key ARN. You cannot use a key id, alias name, or alias ARN" (KMS developer guide, "Specifying
/// KMS keys in IAM policy statements"). For secrets: every secret's ARN ends in a hyphen and six characters (Secrets
/// Manager user guide, "What's in a secret"; aws-cdk issues 12411 and 22468).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A key by its id, which is what `Ref` of a key gives.
    KeyId,
    /// A key by the name of an alias.
    AliasName,
    /// A key by the ARN of an alias.
    AliasArn,
    /// The secret where its key is meant.
    SecretForKey,
    /// A secret's ARN without the six characters that end it.
    WithoutSuffix,
    /// A secret's ARN with what `valueFrom` may have behind it: JSON key, version stage, version id.
    WithSelector,
    /// A name.
    NameOnly,
    /// A parameter's ARN with two slashes.
    DoubledSlash,
    /// `ssm:GetParameter` or another action where `ssm:GetParameters` is called.
    OtherParameterAction,
    /// An action of Systems Manager on a secret, or of Secrets Manager on a parameter.
    OtherService,
}

/// The form of a resource that never matches what the action is done to, whatever that is; `None` where it may match.
#[must_use]
pub fn form_of(action: &str, resource: &Text) -> Option<Form> {
    match action {
        "kms:Decrypt" => form_for_key(resource),
        "secretsmanager:GetSecretValue" => form_for_secret(resource),
        "ssm:GetParameters" => form_for_parameter(resource),
        _ => None,
    }
}

fn form_for_key(resource: &Text) -> Option<Form> {
    if let Some(Reference::Resource(reference)) = resource.sole_hole().map(|hole| &*hole.reference) {
        return match (reference.kind, reference.attribute.as_deref()) {
            (ResourceKind::KmsKey, None | Some("KeyId")) => Some(Form::KeyId),
            (ResourceKind::KmsAlias, None) => Some(Form::AliasName),
            (ResourceKind::Secret, None | Some("Id")) => Some(Form::SecretForKey),
            _ => None,
        };
    }
    let start = resource.known_start();
    if start.starts_with("alias/") {
        return Some(Form::AliasName);
    }
    if !start.starts_with("arn:") {
        return resource.known().filter(|id| is_key_id(id)).map(|_| Form::KeyId);
    }
    let fields = resource.split(":");
    let service = fields.get(2).and_then(Text::known);
    match (service.as_deref(), fields.get(5)) {
        (Some("secretsmanager"), _) => Some(Form::SecretForKey),
        (Some("kms"), Some(last)) => {
            let is_alias = |reference: &Reference| matches!(reference, Reference::Resource(alias) if alias.kind == ResourceKind::KmsAlias);
            let by_alias = last.known_start().starts_with("alias/")
                || last.sole_hole().is_some_and(|hole| is_alias(&hole.reference));
            by_alias.then_some(Form::AliasArn)
        }
        _ => None,
    }
}

/// `1234abcd-12ab-34cd-56ef-1234567890ab`, or `mrk-` and 32 digits.
fn is_key_id(text: &str) -> bool {
    let is_hex = |piece: &str| piece.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(rest) = text.strip_prefix("mrk-") {
        return rest.len() == 32 && is_hex(rest);
    }
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.split('-').all(is_hex)
}

fn form_for_secret(resource: &Text) -> Option<Form> {
    if let [Part::Hole(hole), rest @ ..] = resource.parts() {
        let Reference::Resource(reference) = &*hole.reference else { return None };
        let is_secret =
            reference.kind == ResourceKind::Secret && matches!(reference.attribute.as_deref(), None | Some("Id"));
        let rest = Text::new(rest.to_vec());
        let behind = rest.known()?;
        let selects = behind.starts_with(':') && !behind.contains('*');
        return (is_secret && selects).then_some(Form::WithSelector);
    }
    let start = resource.known_start();
    if !start.starts_with("arn:") {
        let is_name =
            resource.known().is_some_and(|name| !name.is_empty() && !name.contains(['*', '?', ' ', '$', ':']));
        return is_name.then_some(Form::NameOnly);
    }
    let fields = resource.split(":");
    let id = fields.get(6).and_then(Text::known)?;
    let service = fields.get(2).and_then(Text::known)?;
    if service != "secretsmanager" || id.is_empty() || id.contains(['*', '?', '$']) {
        return None;
    }
    if fields.len() > 7 {
        let behind = fields.iter().skip(7).map(Text::shown).collect::<String>();
        return (!behind.contains(['*', '?', '$'])).then_some(Form::WithSelector);
    }
    (!has_secret_suffix(&id, false)).then_some(Form::WithoutSuffix)
}

fn form_for_parameter(resource: &Text) -> Option<Form> {
    if let Some(Reference::Resource(reference)) = resource.sole_hole().map(|hole| &*hole.reference) {
        let is_name = reference.kind == ResourceKind::SsmParameter && reference.attribute.is_none();
        return is_name.then_some(Form::NameOnly);
    }
    let start = resource.known_start();
    if !start.starts_with("arn:") {
        let is_name =
            resource.known().is_some_and(|name| !name.is_empty() && !name.contains(['*', '?', ' ', '$', ':']));
        return is_name.then_some(Form::NameOnly);
    }
    let name = resource.split(":").into_iter().nth(5)?;
    name.known_start().starts_with("parameter//").then_some(Form::DoubledSlash)
}
