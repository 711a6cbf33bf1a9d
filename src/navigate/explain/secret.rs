//! References to secrets, and secrets: what they name, what they hold, which key guards them, and who may read them.

use super::phrase::{Fact, Insight, Mark, Phrase, clipped};
use super::role::named;
use super::{Explainer, Of, OfTask, place_of};
use crate::access::Feature;
use crate::model::{
    Assumptions, Case, Secret, SecretArn, SecretPlace, SecretTarget, SecretUse, Text, Value, holds_credentials,
};
use crate::navigate::touches;
use crate::rules::{Login, login_shapes};

impl<'d> Explainer<'d> {
    /// The reference to a secret that the cursor is on.
    pub(super) fn secret_references(&self, of: OfTask<'d>, at: u32) -> Option<Insight> {
        of.task.secret_uses().find_map(|(_, secret)| self.secret_reference(of, secret, at))
    }

    fn secret_reference(&self, of: OfTask<'d>, secret: &'d SecretUse, at: u32) -> Option<Insight> {
        let cases = Self::cases_at(&secret.value, at);
        // What is not there has the place of what lacks it.
        let cases: Vec<_> = cases.into_iter().filter(|case| !matches!(case.value, Value::Unset)).collect();
        let span = place_of(&secret.value, cases.first()?, at);
        let chain = |case: &Case<Text>| match &case.value {
            Value::Known(text) => {
                let target = of.of.document.target(secret.place, text);
                (self.target(of, secret.place, text, &target), self.secret_chain(of, secret.place, case, text, &target))
            }
            Value::Unknown | Value::Unset => (Phrase::new("a secret that is not known"), Vec::new()),
        };
        let what = match (secret.place, &secret.name) {
            (SecretPlace::RegistryCredentials, _) => Phrase::new("Registry credentials"),
            (SecretPlace::Environment, Some(name)) => Phrase::new("Variable ").code(&clipped(name)),
            (SecretPlace::LogOption, Some(name)) => Phrase::new("Log option ").code(&clipped(name)),
            (SecretPlace::FsxCredentials, _) => Phrase::new("Credentials of the file system"),
            (SecretPlace::Environment | SecretPlace::LogOption, None) => Phrase::new("Secret"),
        };
        if let [case] = cases.as_slice() {
            let (target, facts) = chain(case);
            return Some(Insight { span, title: what.words(": ").then(target), facts });
        }
        let branches = cases.into_iter().map(|case| {
            let (target, facts) = chain(case);
            of.of.when(target, &case.when, &of.task.when).fact().with(facts)
        });
        Some(Insight { span: secret.value.span, title: what.words(", one of several"), facts: branches.collect() })
    }

    /// What a reference names, in a few words.
    pub(super) fn target(&self, of: OfTask<'d>, place: SecretPlace, text: &Text, target: &SecretTarget) -> Phrase {
        let document = of.of.document;
        let shown = || clipped(&self.shown(text));
        let credentials = place == SecretPlace::RegistryCredentials;
        match target {
            SecretTarget::TemplateSecret { id, .. } => {
                self.with_line(Phrase::new("the secret ").code(id), document, id)
            }
            SecretTarget::SecretArn(arn) => self.of_arn(arn),
            SecretTarget::TemplateParameter { id } => {
                self.with_line(Phrase::new("the Systems Manager parameter ").code(id), document, id)
            }
            SecretTarget::ParameterArn(_) => {
                Phrase::new("the Systems Manager parameter ").code(&shown()).words(", defined elsewhere")
            }
            SecretTarget::OtherArn { service } => {
                Phrase::new("an ARN of ").code(&clipped(service)).words(", which is no secret")
            }
            SecretTarget::NoSuchAttribute { id, attribute } => self
                .with_line(
                    Phrase::new("the attribute ").code(attribute).words(", which the secret ").code(id),
                    document,
                    id,
                )
                .words(" does not have"),
            SecretTarget::Dynamic(_) => Phrase::new("a dynamic reference"),
            SecretTarget::Name(_) if holds_credentials(text) => {
                Phrase::new("a credential in plain text, where the name of one is due")
            }
            SecretTarget::Name(_) if credentials => {
                Phrase::new("the secret named ").code(&shown()).words(" of the account")
            }
            SecretTarget::Name(_) => {
                Phrase::new("the Systems Manager parameter ").code(&shown()).words(" of the account and Region")
            }
            SecretTarget::Empty => Phrase::new("nothing: the reference is empty"),
            SecretTarget::Unknown => Phrase::new("what ").code(&shown()).words(" names is not known"),
        }
    }

    fn of_arn(&self, arn: &SecretArn) -> Phrase {
        let name = arn.resource.get(1).map(|name| self.shown(name)).unwrap_or_default();
        let phrase = Phrase::new("the secret ").code(&clipped(&name)).words(", defined elsewhere");
        let places =
            [("Region", &arn.region), ("account", &arn.account)].into_iter().filter(|(_, text)| !text.is_empty());
        places.enumerate().fold(phrase, |phrase, (at, (what, text))| {
            let phrase = phrase.words(if at == 0 { " in " } else { ", " });
            match text.sole_hole() {
                Some(hole) if hole.reference.is_plain_word() => phrase.words("this ").words(what),
                _ => phrase.words(what).words(" ").code(&clipped(&self.shown(text))),
            }
        })
    }

    /// Everything behind a reference: what is taken of the secret, what that holds, its key, and who may read it.
    pub(super) fn secret_chain(
        &self,
        of: OfTask<'d>,
        place: SecretPlace,
        case: &Case<Text>,
        text: &Text,
        target: &SecretTarget,
    ) -> Vec<Fact> {
        let document = of.of.document;
        let mut facts = Vec::new();
        match target {
            SecretTarget::TemplateSecret { id, selector } => {
                facts.extend(self.selector(selector));
                if let Some(secret) = document.secret(id) {
                    let there = case.when.and(&secret.when);
                    if place == SecretPlace::RegistryCredentials {
                        facts.extend(logins(of.of, secret, &there));
                    }
                    facts.extend(self.keys_of(of.of, &secret.key_id, &there));
                }
            }
            SecretTarget::SecretArn(arn) => {
                facts.extend(self.selector(arn.resource.get(2..).unwrap_or_default()));
                match document.secret_elsewhere(arn) {
                    Some(secret) => {
                        facts.push(Phrase::new("described in the configuration").at(secret.key).fact());
                        facts.extend(self.keys_of(of.of, &secret.key_id, &case.when));
                    }
                    None => facts.push(
                        Phrase::new("key: not known, since the secret is defined elsewhere; ")
                            .code("[[context.secrets]]")
                            .words(" of the configuration can name it")
                            .marked(Mark::Open),
                    ),
                }
            }
            SecretTarget::Dynamic(_) => facts.push(
                Phrase::new("CloudFormation puts the value itself here before ECS sees it, where its name is due")
                    .marked(Mark::Bad),
            ),
            SecretTarget::OtherArn { .. } | SecretTarget::NoSuchAttribute { .. } | SecretTarget::Empty => {
                facts.push(Phrase::new("ECS cannot read a secret by it").marked(Mark::Bad));
            }
            SecretTarget::Unknown => facts.extend(self.unknowns(document, text)),
            SecretTarget::TemplateParameter { .. } | SecretTarget::ParameterArn(_) | SecretTarget::Name(_) => {}
        }
        facts.extend(self.execution_role(of, &case.when, |access| {
            let is_reading = matches!(access.need.feature, Feature::Secret { .. } | Feature::Decrypt { .. });
            access.need.span == case.span && is_reading
        }));
        facts
    }

    /// What of the secret is taken: a JSON key, a version stage, a version.
    fn selector(&self, pieces: &[Text]) -> Option<Fact> {
        let named = [("JSON key ", pieces.first()), ("version stage ", pieces.get(1)), ("version ", pieces.get(2))];
        let named = named.into_iter().filter_map(|(what, text)| Some((what, text.filter(|text| !text.is_empty())?)));
        let phrase = named.fold(Phrase::default(), |phrase, (what, text)| {
            let between = if phrase == Phrase::default() { "" } else { ", " };
            phrase.words(between).words(what).code(&clipped(&self.shown(text)))
        });
        (phrase != Phrase::default()).then(|| phrase.fact())
    }

    /// The secret whose definition the cursor is on.
    pub(super) fn secret_definitions(&self, of: Of<'d>, at: u32) -> Option<Insight> {
        let secret =
            of.document.secrets.iter().find(|secret| touches(secret.key, at) && secret.key.file == self.source.id())?;
        let mut facts = self.keys_of(of, &secret.key_id, &secret.when);
        let mut shown_login = false;
        for task in of.tasks() {
            for (container, reference) in task.task.secret_uses() {
                for (text, case) in reference.value.known() {
                    let target = of.document.target(reference.place, text);
                    if target.logical_id() != Some(secret.id.as_str())
                        || !matches!(target, SecretTarget::TemplateSecret { .. })
                    {
                        continue;
                    }
                    if reference.place == SecretPlace::RegistryCredentials && !shown_login {
                        shown_login = true;
                        facts.extend(logins(of, secret, &case.when.and(&secret.when)));
                    }
                    let by = Phrase::new("read by ");
                    let by = match container.and_then(|container| container.name.as_deref()) {
                        Some(name) => by.words("the container ").code(&clipped(name)),
                        None => by.then(named(task.task)),
                    };
                    let under = self.execution_role(task, &case.when, |access| {
                        access.need.span == case.span
                            && matches!(access.need.feature, Feature::Secret { .. } | Feature::Decrypt { .. })
                    });
                    facts.push(by.at(case.span).fact().with(under));
                }
            }
        }
        facts.truncate(16);
        Some(Insight { span: secret.key, title: Phrase::new("Secret ").code(&secret.id), facts })
    }

    /// The environment file, or another one that the execution role reads, that the cursor is on.
    pub(super) fn files(&self, of: OfTask<'d>, at: u32) -> Option<Insight> {
        let of_container = |container: &'d crate::model::Container| {
            let files = container.environment_files.iter().map(|file| ("Environment file", file));
            let specs = container.credential_specs.iter().map(|spec| ("Credential specification", spec));
            files.chain(specs).chain([("FireLens configuration", &container.firelens_config_value)]).collect::<Vec<_>>()
        };
        of.task.containers.iter().flat_map(of_container).find_map(|(what, field)| {
            let cases = Self::cases_at(field, at);
            let case = cases.into_iter().find(|case| matches!(case.value, Value::Known(_)))?;
            let Value::Known(text) = &case.value else { return None };
            let title = Phrase::new(what).words(": ").code(&clipped(&self.shown(text)));
            let mut facts = Vec::new();
            for hole in text.holes() {
                if let crate::model::Reference::Resource(resource) = &*hole.reference {
                    let bucket = Phrase::new("the bucket ").code(&resource.id);
                    facts.push(self.with_line(bucket, of.of.document, &resource.id).words(" of this template").fact());
                }
            }
            if facts.is_empty() {
                facts = self.unknowns(of.of.document, text);
            }
            facts.extend(self.execution_role(of, &case.when, |access| {
                access.need.span == case.span && matches!(access.need.feature, Feature::File(_))
            }));
            Some(Insight { span: place_of(field, case, at), title, facts })
        })
    }
}

/// Whether the secret holds a login that the agent can read.
fn logins(of: Of<'_>, secret: &Secret, known: &Assumptions) -> Vec<Fact> {
    let mut facts = Vec::new();
    for shape in login_shapes(secret) {
        if !of.possible(&[&shape.when, known]) {
            continue;
        }
        let whole = || Phrase::new("holds ").code("username").words(" and ").code("password");
        let (mark, phrase) = match &shape.is {
            Login::Whole { generated: false } => (Mark::Good, whole()),
            Login::Whole { generated: true } => (
                Mark::Good,
                whole().words(", one of them made up by Secrets Manager: it must be replaced by the registry's own"),
            ),
            Login::Faulty(what) => {
                (Mark::Bad, Phrase::new("ECS cannot read it: the value ").then(Phrase::of_message(what)))
            }
            Login::Open => (
                Mark::Open,
                Phrase::new("whether it holds ")
                    .code("username")
                    .words(" and ")
                    .code("password")
                    .words(" is not known"),
            ),
            Login::Nothing => (
                Mark::Open,
                Phrase::new("the template puts nothing into it: ")
                    .code("username")
                    .words(" and ")
                    .code("password")
                    .words(" must come from elsewhere"),
            ),
        };
        facts.push(of.when(phrase.at(shape.span), &shape.when, known).marked(mark));
    }
    facts.dedup();
    facts
}
