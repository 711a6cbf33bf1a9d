//! Grants that never can have an effect: written for what a task needs, in a form that matches nothing.

use crate::iam::{Form, Match, NearMiss, Request, Shortfall, form_of};
use crate::model::{Document, Reference, ResourceKind, SecretTarget, Text, Written, has_secret_suffix};
use crate::source::{MappedText, Span};

use super::Feature;

/// A grant that was meant for something and never matches it.
#[derive(Clone, Copy, Debug)]
pub struct Ineffective<'p> {
    /// The statement.
    pub statement: Span,
    /// The resource or the action that is wrong.
    pub written: &'p Written,
    /// In which way.
    pub form: Form,
}

/// The grant that was meant to meet the need, if one was and cannot.
pub(super) fn meant<'p>(
    document: &Document,
    feature: &Feature<'_>,
    request: &Request<'_>,
    near: &[NearMiss<'p>],
) -> Option<Ineffective<'p>> {
    near.iter().find_map(|one| {
        let (written, form) = match one.shortfall {
            Shortfall::Resource(written) => {
                let form = form_of(request.action, &written.text)?;
                let meant = match form {
                    Form::KeyId | Form::AliasName | Form::AliasArn | Form::SecretForKey => {
                        may_be_meant_for_key(document, request, &written.text)
                    }
                    _ => mended(form, request.action, &written.text).is_some_and(|text| {
                        match request.is_named_by(&text) {
                            Match::Yes => true,
                            Match::Maybe => has_a_name(document, feature),
                            Match::No => false,
                        }
                    }),
                };
                (written, meant.then_some(form)?)
            }
            Shortfall::Action(written) => (written, other_action(feature, request, near, written)?),
            Shortfall::Condition(_) | Shortfall::Deployment | Shortfall::Boundary(_) => return None,
        };
        Some(Ineffective { statement: one.statement, written, form })
    })
}

/// Whether what is read has a name that is written down: one that the deployment makes up cannot be told from others.
fn has_a_name(document: &Document, feature: &Feature<'_>) -> bool {
    match feature {
        Feature::Secret { target: SecretTarget::TemplateSecret { id, .. }, .. } => {
            document.secret(id).is_some_and(|secret| secret.name.known().next().is_some())
        }
        _ => true,
    }
}

/// The resource as it was meant; `None` where that cannot be said.
fn mended(form: Form, action: &str, resource: &Text) -> Option<Text> {
    let literal = |text: &str| Text::literal(MappedText::unplaced(text));
    match form {
        Form::WithoutSuffix => Some(resource.clone().followed_by(literal("-??????"))),
        Form::WithSelector if resource.known_start().is_empty() => {
            Some(Text::new(resource.parts().first().cloned().into_iter().collect()))
        }
        Form::WithSelector => {
            let fields = resource.split(":").into_iter().take(7);
            let arn = fields.enumerate().fold(Text::default(), |arn, (at, field)| {
                arn.followed_by(literal(if at == 0 { "" } else { ":" })).followed_by(field)
            });
            let id = arn.shown();
            let complete = has_secret_suffix(&id, false);
            Some(if complete { arn } else { arn.followed_by(literal("-??????")) })
        }
        Form::NameOnly if action == "ssm:GetParameters" => {
            let slash = if resource.known_start().starts_with('/') { "" } else { "/" };
            resource.known()?;
            Some(literal("*:parameter").followed_by(literal(slash)).followed_by(resource.clone()))
        }
        Form::NameOnly => Some(literal("*:secret:").followed_by(resource.clone()).followed_by(literal("*"))),
        Form::DoubledSlash => {
            let known = resource.shown();
            let (before, after) = known.split_once("parameter//")?;
            (!known.contains('$')).then(|| literal(&format!("{before}parameter/{after}")))
        }
        Form::KeyId
        | Form::AliasName
        | Form::AliasArn
        | Form::SecretForKey
        | Form::OtherParameterAction
        | Form::OtherService => None,
    }
}

/// Whether a resource that never matches a key can have been meant for this one: not if it is plainly another key of the template.
fn may_be_meant_for_key(document: &Document, request: &Request<'_>, resource: &Text) -> bool {
    let Some(Reference::Resource(reference)) = resource.sole_hole().map(|hole| &*hole.reference) else { return true };
    let crate::iam::Identity::Is(key) = request.identity else { return true };
    match reference.kind {
        ResourceKind::KmsKey => reference.id == *key,
        ResourceKind::KmsAlias => document.key(resource).is_none_or(|target| target.id == *key),
        _ => true,
    }
}

/// Actions that read something like what is read, and are not the one that is called.
fn other_action(
    feature: &Feature<'_>,
    request: &Request<'_>,
    near: &[NearMiss<'_>],
    written: &Written,
) -> Option<Form> {
    let Feature::Secret { target, .. } = feature else { return None };
    let action = written.text.known()?.to_ascii_lowercase();
    let reads_parameters =
        ["ssm:getparameter", "ssm:getparameters", "ssm:getparametersbypath", "ssm:getparameterhistory"];
    let wants_parameters = request.action == "ssm:GetParameters";
    let reads_secrets = ["secretsmanager:getsecretvalue", "secretsmanager:batchgetsecretvalue"];
    // The right action elsewhere in the role says that this one was not meant.
    let has_right_action = near.iter().any(|near| matches!(near.shortfall, Shortfall::Resource(_)));
    if has_right_action {
        return None;
    }
    if wants_parameters && reads_parameters.contains(&action.as_str()) {
        return Some(Form::OtherParameterAction);
    }
    // A bare name of which the role reads secrets only is a mistake in the name.
    if matches!(target, SecretTarget::Name(name) if !name.known_start().starts_with('/')) {
        return None;
    }
    let other = if wants_parameters { reads_secrets.as_slice() } else { reads_parameters.as_slice() };
    other.contains(&action.as_str()).then_some(Form::OtherService)
}
