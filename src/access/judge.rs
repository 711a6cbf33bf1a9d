//! Every policy that has a say in whether a need is met.

use std::borrow::Cow;

use super::ineffective;
use super::{Feature, KeyLink, Missing, Need, Verdict};
use crate::iam::{
    ContextKey, Decision, Doubt, DoubtKind, Grant, Identity, Match, Request, Subject, include_role, key_lets_iam_decide,
};
use crate::model::{
    Assumptions, Document, Key, NamedResource, Policy, Reference, ResourceKind, ResourceRef, Role, Secret,
    SecretTarget, Text, Value,
};

/// An execution role with everything it is granted.
#[derive(Debug)]
pub(super) struct Judge<'p, 't> {
    document: &'p Document,
    role: &'p Role,
    grant: Grant<'p>,
    /// What is known of the context of any call that the role makes itself.
    context: Vec<ContextKey>,
    /// The task role in each of its cases, for what was given to the wrong one of the two.
    task_roles: &'t [(Judge<'p, 't>, Assumptions)],
}

impl<'p, 't> Judge<'p, 't> {
    pub fn new(document: &'p Document, role: &'p Role, task_roles: &'t [(Judge<'p, 't>, Assumptions)]) -> Self {
        let mut context = context_of_role(document, role);
        context.push(ContextKey { key: "aws:viaawsservice", values: vec![Subject::known("false")] });
        Self { document, role, grant: document.granted_to(role), context, task_roles }
    }

    pub fn role(&self) -> &'p Role {
        self.role
    }

    /// Whether the role surely may do what is needed.
    pub fn grants(&self, need: &Need<'p>) -> bool {
        let context = self.context(need);
        let request = self.request(need, &self.role.when.and(&need.when), &context);
        matches!(self.decided(need, &request), Verdict::Granted(_))
    }

    pub fn verdict(&self, need: &Need<'p>, when: &Assumptions) -> Verdict<'p> {
        let context = self.context(need);
        let request = self.request(need, when, &context);
        match self.decided(need, &request) {
            Verdict::Missing(_) => {
                let near = self.grant.near_misses(&request);
                let ineffective = ineffective::meant(self.document, &need.feature, &request, &near);
                let on_task_role = self.on_task_role(need, when);
                Verdict::Missing(Missing { near, ineffective, on_task_role })
            }
            verdict => verdict,
        }
    }

    /// Whether the need is met; of one that is not, not yet why.
    fn decided(&self, need: &Need<'p>, request: &Request<'_>) -> Verdict<'p> {
        match need.feature {
            Feature::Decrypt { key: KeyLink::Here(key), .. } => self.decryption(key, request),
            _ => self.combined(request, self.by_resource(need, request)),
        }
    }

    /// What is known of the context of the call. Secrets Manager calls KMS on the role's behalf.
    fn context(&self, need: &Need<'_>) -> Cow<'_, [ContextKey]> {
        match &need.feature {
            Feature::Decrypt { secret, .. } => {
                let mut context = context_of_role(self.document, self.role);
                context.extend(context_of_decryption(self.document, secret));
                context.into()
            }
            _ => self.context.as_slice().into(),
        }
    }

    fn request<'a>(&'a self, need: &'a Need<'p>, when: &Assumptions, context: &'a [ContextKey]) -> Request<'a> {
        Request {
            action: need.action,
            resource: &need.resource.subjects,
            identity: &need.resource.identity,
            context,
            when: when.clone(),
            conditions: &self.document.conditions,
        }
    }

    /// Within one account either side may allow; each may deny.
    fn combined(&self, request: &Request<'_>, by_resource: Decision) -> Verdict<'p> {
        match (self.grant.decide(request), by_resource) {
            (Decision::Denied(span), _) | (_, Decision::Denied(span)) => Verdict::Denied(span),
            (Decision::Allowed(span), _) => Verdict::Granted(span),
            // Whether a boundary narrows what a resource's policy gives depends on how that names the role.
            (_, Decision::Allowed(span)) if self.grant.boundary.is_some() => {
                Verdict::Unknown(Doubt { span, kind: DoubtKind::Principal })
            }
            (_, Decision::Allowed(span)) => Verdict::Granted(span),
            (Decision::Maybe(doubt), _) | (_, Decision::Maybe(doubt)) => Verdict::Unknown(doubt),
            (Decision::NotGranted, Decision::NotGranted) => Verdict::Missing(Missing::default()),
        }
    }

    /// What the policy of the secret, the bucket or the repository decides, where the file has one.
    fn by_resource(&self, need: &Need<'p>, request: &Request<'_>) -> Decision {
        let about = |wanted: &dyn Fn(&Text) -> bool| {
            let policies = self.document.resource_policies.iter().filter(|policy| {
                policy.about.cases.iter().any(|case| match &case.value {
                    Value::Known(text) => wanted(text),
                    Value::Unknown => true,
                    Value::Unset => false,
                })
            });
            policies.map(|policy| &policy.policy).collect::<Vec<&Policy>>()
        };
        let policies = match (&need.feature, &need.resource.identity) {
            (Feature::Secret { target: SecretTarget::TemplateSecret { id, .. }, .. }, _) => {
                about(&|text| match SecretTarget::read(text) {
                    SecretTarget::TemplateSecret { id: named, .. } => named == *id,
                    SecretTarget::Unknown => text.sole_hole().is_some(),
                    _ => false,
                })
            }
            (Feature::Secret { target: SecretTarget::SecretArn(arn), .. }, _) => about(
                &|text| matches!(SecretTarget::read(text), SecretTarget::SecretArn(named) if named.arn == arn.arn),
            ),
            (Feature::File(_), Identity::Is(id)) => about(&|text| names(text, id, ResourceKind::Bucket)),
            (Feature::File(_), _) => about(&|text| text.known().is_some()),
            (Feature::Image | Feature::CachedImage(_), identity) if need.action != "ecr:GetAuthorizationToken" => {
                let ids = match identity {
                    Identity::Is(own) => std::slice::from_ref(own),
                    Identity::MayBe(ids) => ids.as_slice(),
                    Identity::None => &[],
                };
                if ids.is_empty() {
                    return Decision::NotGranted;
                }
                let is = |one: &&NamedResource| one.kind == ResourceKind::Repository && ids.contains(&one.id.as_str());
                self.document.named.iter().filter(is).flat_map(|repository| &repository.policies).collect()
            }
            _ => return Decision::NotGranted,
        };
        // In a resource policy `Resource` can be nothing but the resource itself, and may be left out.
        let any = [Subject::default().then_unknown()];
        let own = Request { resource: &any, identity: &Identity::None, ..request.clone() };
        let grant = Grant::of(policies);
        grant.decide_for(&own, |statement| include_role(statement.principals.as_ref(), self.role, &own))
    }

    fn decryption(&self, key: &'p Key, request: &Request<'_>) -> Verdict<'p> {
        // In a key policy `Resource` is the key itself, written `*`.
        let any = [Subject::default().then_unknown()];
        let own = Request { resource: &any, ..request.clone() };
        let by_key = Grant::of(&key.policies)
            .decide_for(&own, |statement| include_role(statement.principals.as_ref(), self.role, &own));
        let verdict = self.combined(request, by_key);
        let Verdict::Granted(span) = verdict else { return verdict };
        if matches!(by_key, Decision::Allowed(_)) {
            return verdict;
        }
        match (key_lets_iam_decide(&key.policies, &own), by_key) {
            (Match::Yes, _) => verdict,
            (Match::No, Decision::NotGranted) => Verdict::Overruled(span),
            _ => Verdict::Unknown(Doubt { span: key.key, kind: DoubtKind::Principal }),
        }
    }

    /// The task role, where it is another and may do what the execution role may not.
    fn on_task_role(&self, need: &Need<'p>, when: &Assumptions) -> Option<(&'p Role, crate::source::Span)> {
        let others = self.task_roles.iter().filter(|(other, _)| other.role.id != self.role.id);
        others.into_iter().find_map(|(other, role_when)| {
            let when = when.and(role_when);
            if !self.document.conditions.possible(&[&when]) {
                return None;
            }
            let context = other.context(need);
            match other.grant.decide(&other.request(need, &when, &context)) {
                Decision::Allowed(span) => Some((other.role, span)),
                Decision::Denied(_) | Decision::NotGranted | Decision::Maybe(_) => None,
            }
        })
    }
}

fn names(text: &Text, id: &str, kind: ResourceKind) -> bool {
    match text.sole_hole().map(|hole| &*hole.reference) {
        Some(Reference::Resource(resource)) => resource.id == id && resource.kind == kind,
        Some(_) => true,
        None => text.known().is_none(),
    }
}

/// What is known of the context of every call with the credentials of the role. Source: IAM user guide, "AWS global condition context
/// keys".
fn context_of_role(document: &Document, role: &Role) -> Vec<ContextKey> {
    let deployment = &document.deployment;
    let arn = ResourceRef { id: role.id.clone(), attribute: Some("Arn".to_owned()), kind: ResourceKind::Role };
    let in_iam = Subject::known("arn:").then_pseudo("AWS::Partition", deployment).then(":iam::");
    let in_iam = in_iam.then_pseudo("AWS::AccountId", deployment).then(":role/").then_unknown();
    let known = |key, values| ContextKey { key, values };
    vec![
        known("aws:securetransport", vec![Subject::known("true")]),
        known("aws:principalarn", vec![Subject::default().then_reference(Reference::Resource(arn)), in_iam]),
        known("aws:principalaccount", vec![Subject::pseudo("AWS::AccountId", deployment)]),
        known("aws:principaltype", vec![Subject::known("AssumedRole")]),
        // Set only where one service calls another in its own name.
        known("aws:sourceaccount", Vec::new()),
        known("aws:sourcearn", Vec::new()),
    ]
}

/// What is known in addition where Secrets Manager decrypts a secret for the role. Source: KMS developer guide, "AWS KMS condition
/// keys".
fn context_of_decryption(document: &Document, secret: &Secret) -> [ContextKey; 4] {
    let deployment = &document.deployment;
    let known = |key, values| ContextKey { key, values };
    let via = || Subject::known("secretsmanager.").then_pseudo("AWS::Region", deployment).then(".");
    let own = ResourceRef { id: secret.id.clone(), attribute: None, kind: ResourceKind::Secret };
    let arn = Subject::arn_of_this_stack("secretsmanager", deployment).then("secret:").then_unknown();
    [
        known(
            "kms:viaservice",
            vec![
                via().then("amazonaws.com"),
                via().then("amazonaws.com.cn"),
                via().then_pseudo("AWS::URLSuffix", deployment),
            ],
        ),
        known("kms:calleraccount", vec![Subject::pseudo("AWS::AccountId", deployment)]),
        known(
            "kms:encryptioncontext:secretarn",
            vec![Subject::default().then_reference(Reference::Resource(own)), arn],
        ),
        known("aws:viaawsservice", vec![Subject::known("true")]),
    ]
}
