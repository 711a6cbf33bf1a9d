//! What connects what the files say: task definition → execution role → policies, secret → key.
//!
//! Every link is within one file, or leads to what the settings describe; any other reference that leaves the file is unknown,
//! and so silent.

mod elsewhere;

use std::sync::Arc;

use crate::iam::{Applied, Grant, Match, Subject, managed_policy};
use crate::model::{
    Attachments, Document, Elsewhere, Hole, Key, Launch, LaunchSource, NamedResource, Part, Reference, ResourceKind,
    Role, Secret, SecretPlace, SecretTarget, SsmParameter, Task, Text, Value, Written,
};

/// A role, as a task definition names it.
#[derive(Clone, Copy, Debug)]
pub enum RoleLink<'p> {
    /// A role of the same file, or one that the settings describe.
    Here(&'p Role),
    /// One that is defined elsewhere.
    Elsewhere,
}

/// The document with what its parts say of one another, and with what is made elsewhere.
#[must_use]
pub fn linked(mut document: Document, elsewhere: &Arc<Elsewhere>) -> Document {
    link_services(&mut document);
    document.elsewhere = Arc::clone(elsewhere);
    document
}

/// A service tells the launch type of the task definition it runs, and its proxy reads secrets with that task's role.
fn link_services(document: &mut Document) {
    let Document { services, tasks, .. } = document;
    for service in services {
        for (text, case) in service.task_definition.known() {
            let Some(hole) = text.sole_hole() else { continue };
            let Reference::Resource(resource) = &*hole.reference else { continue };
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
    /// The role that `arn` names: by `Ref`, by `Fn::GetAtt Arn`, or by a literal ARN or name of a role named here or described
    /// by the settings.
    #[must_use]
    pub fn role(&self, arn: &Text) -> RoleLink<'_> {
        let found = if let Some(hole) = arn.sole_hole().or_else(|| named_in_arn(arn, ":role/")) {
            let id = match &*hole.reference {
                Reference::Resource(resource) if matches!(resource.attribute.as_deref(), None | Some("Arn")) => {
                    &resource.id
                }
                _ => return self.role_elsewhere(arn).map_or(RoleLink::Elsewhere, RoleLink::Here),
            };
            self.roles.iter().find(|role| role.id == *id)
        } else {
            let shown = arn.shown();
            let name = shown.rsplit('/').next().unwrap_or_default();
            self.roles.iter().find(|role| role.name.known().any(|(known, _)| known.known().as_deref() == Some(name)))
        };
        found.or_else(|| self.role_elsewhere(arn)).map_or(RoleLink::Elsewhere, RoleLink::Here)
    }

    /// Everything in this file that the role is granted, where there may be more, and what narrows it.
    ///
    /// A role of which a part is written elsewhere is never taken to be whole: that policies of this file name it does not
    /// make them its only ones.
    #[must_use]
    pub fn granted_to(&self, role: &Role) -> Grant<'_> {
        let mut grant = Grant { incomplete: role.incomplete.then_some(role.key), ..Grant::default() };
        let mut roles = self.roles.iter().chain(self.elsewhere.roles.iter().map(|other| &other.role));
        let Some(role) = roles.find(|other| other.key == role.key && other.id == role.id) else { return grant };
        grant.policies.extend(role.policies.iter().map(Applied::always));
        let Attachments { of_role, of_any } = self.attachments.get_or_init(|| self.attachments());
        let mut places: Vec<usize> = of_role.get(&role.id).into_iter().flatten().chain(of_any).copied().collect();
        places.sort_unstable();
        places.dedup();
        for attached in places.into_iter().filter_map(|place| self.policies.get(place)) {
            for name in &attached.roles {
                let applied = Applied { policy: &attached.policy, place: None, when: Some(&name.when) };
                match Self::names_role(&name.text, role) {
                    Match::Yes => grant.policies.push(applied),
                    Match::Maybe => grant.incomplete = Some(name.span),
                    Match::No => {}
                }
            }
            if attached.roles_incomplete {
                grant.incomplete = Some(attached.policy.span);
            }
        }
        for arn in &role.managed {
            self.apply_managed(arn, &mut grant);
        }
        if !role.boundary.is_empty() {
            let mut boundary = Grant::default();
            for arn in &role.boundary {
                self.apply_managed(arn, &mut boundary);
            }
            // A boundary that is there in some deployments only does not narrow the others.
            let always = role.boundary.iter().all(|arn| arn.when == role.when);
            if !always {
                boundary.incomplete = Some(role.key);
            }
            grant.boundary = Some(Box::new(boundary));
        }
        grant
    }

    /// Which policies are to be looked at for which role: a large template has many of both.
    fn attachments(&self) -> Attachments {
        let role_of = |name: &Written| match name.text.sole_hole().map(|hole| &*hole.reference) {
            Some(Reference::Resource(resource)) if resource.kind == ResourceKind::Role => Some(resource.id.clone()),
            _ => None,
        };
        let mut found = Attachments::default();
        for (place, attached) in self.policies.iter().enumerate() {
            let roles: Option<Vec<String>> = attached.roles.iter().map(role_of).collect();
            match roles.filter(|_| !attached.roles_incomplete) {
                Some(roles) => roles.into_iter().for_each(|id| found.of_role.entry(id).or_default().push(place)),
                None => found.of_any.push(place),
            }
        }
        found
    }

    /// Adds the managed policy with that ARN: of the template, or one of AWS's that is known.
    fn apply_managed<'d>(&'d self, arn: &'d Written, grant: &mut Grant<'d>) {
        let when = Some(&arn.when);
        match arn.text.sole_hole().map(|hole| &*hole.reference) {
            Some(Reference::Resource(resource)) => {
                let before = grant.policies.len();
                let own = self.policies.iter().filter(|attached| attached.id == resource.id);
                grant.policies.extend(own.map(|attached| Applied { policy: &attached.policy, place: None, when }));
                if grant.policies.len() == before {
                    grant.incomplete = Some(arn.span);
                }
            }
            Some(_) => grant.incomplete = Some(arn.span),
            None => match managed_policy(&arn.text) {
                Some(policy) => grant.policies.push(Applied { policy, place: Some(arn.span), when }),
                None => grant.incomplete = Some(arn.span),
            },
        }
    }

    /// Whether a policy resource that is for `name` is for the role.
    fn names_role(name: &Text, role: &Role) -> Match {
        if let Some(hole) = name.sole_hole()
            && let Reference::Resource(resource) = &*hole.reference
        {
            return match resource.kind {
                _ if resource.id == role.id => Match::Yes,
                ResourceKind::Role => Match::No,
                _ => Match::Maybe,
            };
        }
        let unevaluated = |hole: &Hole| matches!(&*hole.reference, Reference::Function(_));
        if name.holes().any(unevaluated) {
            return Match::Maybe;
        }
        // Without a `RoleName` the role's name is made by the deployment: nothing that is written is equal to it.
        let own = role.written_names.iter().map(|own| Subject::of(&own.text).equal_to(name, false));
        let known = role.name.known().map(|(own, _)| Subject::of(own).equal_to(name, false));
        own.chain(known).fold(Match::No, Match::or)
    }

    /// What a reference to a secret names. `credentialsParameter` takes the name of a secret, which may be one of this file.
    #[must_use]
    pub fn target(&self, place: SecretPlace, text: &Text) -> SecretTarget {
        let target = SecretTarget::read(text);
        if place != SecretPlace::RegistryCredentials || matches!(target, SecretTarget::TemplateSecret { .. }) {
            return target;
        }
        let named = |secret: &&Secret| secret.name.known().any(|(name, _)| name == text && !name.is_empty());
        match self.secrets.iter().find(named) {
            Some(secret) => SecretTarget::TemplateSecret { id: secret.id.clone(), selector: Vec::new() },
            None => target,
        }
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
        let alias = self.aliases.iter().find(|alias| match key_id.sole_hole().map(|hole| &*hole.reference) {
            Some(Reference::Resource(resource)) => resource.id == alias.id && resource.attribute.is_none(),
            Some(_) => false,
            None => alias.name.known().any(|(name, _)| name == key_id || is_arn_of(key_id, name)),
        })?;
        let mut targets = alias.target.cases.iter();
        match (targets.next().map(|case| &case.value), targets.next()) {
            (Some(Value::Known(target)), None) => self.key_by_reference(target),
            _ => None,
        }
    }

    fn key_by_reference(&self, text: &Text) -> Option<&Key> {
        match &*text.sole_hole().or_else(|| named_in_arn(text, ":key/"))?.reference {
            Reference::Resource(resource) if matches!(resource.attribute.as_deref(), None | Some("Arn" | "KeyId")) => {
                self.keys.iter().find(|key| key.id == resource.id)
            }
            _ => None,
        }
    }

    /// The log group, bucket or repository with that logical id.
    #[must_use]
    pub fn named_resource(&self, kind: ResourceKind, id: &str) -> Option<&NamedResource> {
        self.named.iter().find(|one| one.kind == kind && one.id == id)
    }
}

/// Whether the text is the ARN of the alias of that name.
fn is_arn_of(text: &Text, alias: &Text) -> bool {
    let written = text.split(":").pop();
    text.known_start().starts_with("arn:") && written.is_some_and(|last| last == *alias)
}

/// What stands at the end of an ARN such as `arn:…:role/${Role}`, behind `before`.
fn named_in_arn<'t>(arn: &'t Text, before: &str) -> Option<&'t Hole> {
    let (last, rest) = arn.parts().split_last()?;
    let Part::Hole(hole) = last else { return None };
    let Part::Literal(literal) = rest.last()? else { return None };
    (arn.known_start().starts_with("arn:") && literal.as_str().ends_with(before)).then_some(hole)
}
