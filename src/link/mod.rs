//! What connects what the files say: task definition → execution role → policies, secret → key.
//!
//! Today every link is within one file; a reference that leaves it is unknown, and so silent.

use std::borrow::Cow;

use crate::iam::{Grant, Subject};
use crate::model::{
    Document, Key, Launch, LaunchSource, Reference, ResourceKind, Role, Secret, SecretTarget, SsmParameter, Task, Text,
    Value,
};

/// Every file of a run that is ours.
#[derive(Debug, Default)]
pub struct Project {
    documents: Vec<Document>,
}

/// A role, as a task definition names it.
#[derive(Clone, Copy, Debug)]
pub enum RoleLink<'p> {
    /// A role of the same file.
    Here(&'p Role),
    /// One that is defined elsewhere.
    Elsewhere,
}

impl Project {
    /// Links the documents, which must be in the order of their files.
    #[must_use]
    pub fn new(mut documents: Vec<Document>) -> Self {
        for document in &mut documents {
            link_services(document);
        }
        Self { documents }
    }

    /// The documents, in the order of their files.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }
}

/// A service tells the launch type of the task definition it runs, and its proxy reads secrets with that task's role.
fn link_services(document: &mut Document) {
    let Document { services, tasks, .. } = document;
    for service in services {
        for (text, case) in service.task_definition.known() {
            let Some(hole) = text.sole_hole() else { continue };
            let Reference::Resource(resource) = &hole.reference else { continue };
            let task = tasks.iter_mut().find(|task| task.name.as_deref() == Some(resource.id.as_str()));
            let Some(task) = task.filter(|_| resource.kind == ResourceKind::TaskDefinition) else { continue };
            task.launch.extend(service.launch.iter().map(|(launch_type, span, when)| Launch {
                launch_type: *launch_type,
                span: *span,
                when: when.and(&case.when),
                source: LaunchSource::Service,
            }));
            task.other_secrets.append(&mut service.secrets);
        }
        // The task definition is elsewhere; what the service says of its proxy's secrets is here all the same.
        if !service.secrets.is_empty() {
            let fragment = Task::fragment(Some(service.id.clone()), service.key, service.when.clone());
            tasks.push(Task { other_secrets: std::mem::take(&mut service.secrets), ..fragment });
        }
    }
}

impl Document {
    /// The role that `arn` names: by `Ref`, by `Fn::GetAtt Arn`, or by a literal ARN or name of a role named here.
    #[must_use]
    pub fn role(&self, arn: &Text) -> RoleLink<'_> {
        let found = if let Some(hole) = arn.sole_hole() {
            let id = match &hole.reference {
                Reference::Resource(resource) if matches!(resource.attribute.as_deref(), None | Some("Arn")) => {
                    &resource.id
                }
                _ => return RoleLink::Elsewhere,
            };
            self.roles.iter().find(|role| role.id == *id)
        } else {
            let shown = arn.shown();
            let name = shown.rsplit('/').next().unwrap_or_default();
            self.roles.iter().find(|role| role.name.known().any(|(known, _)| known.known().as_deref() == Some(name)))
        };
        found.map_or(RoleLink::Elsewhere, RoleLink::Here)
    }

    /// Everything in this file that the role is granted, and whether there may be more.
    #[must_use]
    pub fn granted_to(&self, role: &Role) -> Grant<'_> {
        let mut grant = Grant { policies: Vec::new(), incomplete: role.incomplete };
        let Some(role) = self.roles.iter().find(|candidate| candidate.id == role.id) else { return grant };
        grant.policies.extend(&role.policies);
        for attached in &self.policies {
            let names = attached.roles.iter().any(|(name, _)| Self::names_role(name, role));
            if names {
                grant.policies.push(&attached.policy);
            }
            grant.incomplete |= attached.roles_incomplete;
        }
        for managed in &role.managed {
            match managed.arn.sole_hole().map(|hole| &hole.reference) {
                Some(Reference::Resource(resource)) => {
                    let before = grant.policies.len();
                    let own = self.policies.iter().filter(|attached| attached.id == resource.id);
                    grant.policies.extend(own.map(|attached| &attached.policy));
                    grant.incomplete |= grant.policies.len() == before;
                }
                Some(_) => grant.incomplete = true,
                None => grant.incomplete |= !is_execution_role_policy(&managed.arn),
            }
        }
        grant
    }

    fn names_role(name: &Text, role: &Role) -> bool {
        if let Some(hole) = name.sole_hole() {
            return matches!(&hole.reference, Reference::Resource(resource) if resource.id == role.id);
        }
        role.name.known().any(|(known, _)| known == name)
    }

    /// The secret with that logical id.
    #[must_use]
    pub fn secret(&self, id: &str) -> Option<&Secret> {
        self.secrets.iter().find(|secret| secret.id == id)
    }

    /// The parameter with that logical id.
    #[must_use]
    pub fn ssm_parameter(&self, id: &str) -> Option<&SsmParameter> {
        self.ssm_parameters.iter().find(|parameter| parameter.id == id)
    }

    /// The key of this file that a `KmsKeyId` names, directly or through an alias of this file.
    #[must_use]
    pub fn key(&self, key_id: &Text) -> Option<&Key> {
        if let Some(key) = self.key_by_reference(key_id) {
            return Some(key);
        }
        let alias = self.aliases.iter().find(|alias| match key_id.sole_hole().map(|hole| &hole.reference) {
            Some(Reference::Resource(resource)) => resource.id == alias.id && resource.attribute.is_none(),
            Some(_) => false,
            None => alias.name.known().any(|(name, _)| name == key_id),
        })?;
        let mut targets = alias.target.cases.iter();
        match (targets.next().map(|case| &case.value), targets.next()) {
            (Some(Value::Known(target)), None) => self.key_by_reference(target),
            _ => None,
        }
    }

    fn key_by_reference(&self, text: &Text) -> Option<&Key> {
        match &text.sole_hole()?.reference {
            Reference::Resource(resource) if matches!(resource.attribute.as_deref(), None | Some("Arn" | "KeyId")) => {
                self.keys.iter().find(|key| key.id == resource.id)
            }
            _ => None,
        }
    }

    /// The ways a policy can name what the target is; empty when it is not known well enough.
    #[must_use]
    pub fn subjects(&self, target: &SecretTarget) -> Vec<Subject> {
        match target {
            SecretTarget::TemplateSecret { id, .. } => {
                let reference = |attribute: Option<&str>| {
                    let resource = crate::model::ResourceRef {
                        id: id.clone(),
                        attribute: attribute.map(str::to_owned),
                        kind: ResourceKind::Secret,
                    };
                    Subject::of(&Text::hole(
                        Reference::Resource(resource),
                        crate::source::Span::start_of(crate::source::FileId(0)),
                    ))
                };
                let arn =
                    Subject::known("arn:").then_unknown().then(":secretsmanager:").then_unknown().then(":secret:");
                let name = self.secret(id).and_then(|secret| match secret.name.cases.as_slice() {
                    [case] => match &case.value {
                        Value::Known(name) => Some(name),
                        Value::Unknown | Value::Unset => None,
                    },
                    _ => None,
                });
                let arn = match name {
                    Some(name) => arn.followed_by(name).then("-").then_any(6),
                    None => arn.then_unknown(),
                };
                vec![reference(None), reference(Some("Id")), arn]
            }
            SecretTarget::SecretArn(arn) => {
                // A partial ARN finds the secret whose ARN has six characters more; whether `…-secret` is partial cannot be told.
                let id = arn.resource.get(1).and_then(Text::known).map(Cow::into_owned);
                let complete = Subject::of(&arn.arn);
                let partial = Subject::of(&arn.arn).then("-").then_any(6);
                match id {
                    Some(id) if !crate::model::has_secret_suffix(&id, false) => vec![partial],
                    Some(id) if !crate::model::has_secret_suffix(&id, true) => vec![complete, partial],
                    _ => vec![complete],
                }
            }
            SecretTarget::ParameterArn(arn) => vec![Subject::of(arn)],
            SecretTarget::TemplateParameter { id } => {
                let arn = Subject::known("arn:").then_unknown().then(":ssm:").then_unknown().then(":parameter/");
                vec![match self.ssm_parameter(id).and_then(|parameter| parameter.name.known().next()) {
                    Some((name, _)) => arn.then_name(name),
                    None => arn.then_unknown(),
                }]
            }
            SecretTarget::Name(name) => {
                let arn = Subject::known("arn:").then_unknown().then(":ssm:").then_unknown().then(":parameter/");
                vec![arn.then_name(name)]
            }
            SecretTarget::Empty
            | SecretTarget::OtherArn { .. }
            | SecretTarget::NoSuchAttribute { .. }
            | SecretTarget::Dynamic(_)
            | SecretTarget::Unknown => Vec::new(),
        }
    }
}

/// `AmazonECSTaskExecutionRolePolicy` grants pulls from ECR and log streams, on everything, and nothing else.
/// Source: ECS developer guide, "Amazon ECS task execution IAM role".
fn is_execution_role_policy(arn: &Text) -> bool {
    arn.shown().ends_with(":iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")
}
