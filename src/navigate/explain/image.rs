//! Images: where they come from, and who signs in there with what.

use super::phrase::{Fact, Insight, Mark, Phrase, clipped};
use super::{Explainer, OfTask, place_of};
use crate::access::{Feature, where_the_role_acts};
use crate::model::{
    Access, Allowance, Assumptions, Case, Container, EngineRegistries, ImageReference, LaunchType, Reference, Registry,
    ResourceKind, Said, SecretTarget, Task, TaskKind, Text, Value,
};

impl<'d> Explainer<'d> {
    /// The image that the cursor is on.
    pub(super) fn images(&self, of: OfTask<'d>, at: u32) -> Option<Insight> {
        of.task.containers.iter().find_map(|container| {
            let cases = Self::cases_at(&container.image, at);
            let span = place_of(&container.image, cases.first()?, at);
            if let [case] = cases.as_slice() {
                let title = Phrase::new("Image ").then(self.named(of, case));
                return Some(Insight { span, title, facts: self.image(of, container, case) });
            }
            // Cases that come to the same are told together.
            let mut branches: Vec<Fact> = Vec::new();
            for case in cases {
                let phrase = of.of.when(self.named(of, case), &case.when, &of.task.when);
                let facts = self.image(of, container, case);
                match branches.iter_mut().find(|branch| branch.facts == facts) {
                    Some(branch) => branch.phrase = std::mem::take(&mut branch.phrase).words("; or ").then(phrase),
                    None => branches.push(phrase.fact().with(facts)),
                }
            }
            Some(Insight { span: container.image.span, title: Phrase::new("Image, one of several"), facts: branches })
        })
    }

    fn named(&self, of: OfTask<'_>, case: &Case<Text>) -> Phrase {
        match &case.value {
            Value::Known(text) => {
                let text = of.of.document.deployment.filled_in(text);
                let phrase = Phrase::default().code(&clipped(&self.shown(&text)));
                match case.origin {
                    Some(origin) => phrase.words(", written").at(origin),
                    None => phrase,
                }
            }
            Value::Unknown => Phrase::new("that is not known"),
            Value::Unset => Phrase::new("that is not there"),
        }
    }

    fn image(&self, of: OfTask<'d>, container: &'d Container, case: &Case<Text>) -> Vec<Fact> {
        let Value::Known(text) = &case.value else { return Vec::new() };
        let Some(image) = ImageReference::read(text) else {
            let phrase = Phrase::new("which registry it comes from is not known");
            return vec![phrase.marked(Mark::Open).with(self.unknowns(of.of.document, text))];
        };
        let mut facts = vec![self.registry(of, text, &image.registry)];
        match self.registries.said_of(text) {
            Some(Said::Private(span)) => {
                facts.push(Phrase::new("the configuration says that it is private").at(span).fact());
            }
            Some(Said::Public) => facts.push(Phrase::new("the configuration says that it serves everyone").fact()),
            None => {}
        }
        if let Allowance::NotListed(span) = self.registries.allow(text) {
            let phrase = Phrase::new("the configuration does not list it among the registries that are allowed");
            facts.push(phrase.at(span).marked(Mark::Bad));
        }
        if image.registry == Registry::EcrPrivate {
            facts.extend(self.pull_through(of, text));
            facts.extend(self.pulled_from_ecr(of, case));
        }
        facts.extend(self.credentials(of, container, case, text, &image.registry));
        facts
    }

    fn registry(&self, of: OfTask<'_>, text: &Text, registry: &Registry) -> Fact {
        match registry {
            Registry::EcrPrivate => self.ecr(of, text),
            Registry::EcrPublic => Phrase::new("Amazon ECR Public, which serves everyone").fact(),
            Registry::DockerHubOfficial => Phrase::new("Docker Hub, an official image").fact(),
            Registry::DockerHub { namespace, public_publisher } => Phrase::new("Docker Hub, the account ")
                .code(&clipped(namespace))
                .words(if *public_publisher { ", known for public images" } else { "" })
                .fact(),
            Registry::Other { host, access } => {
                let phrase = Phrase::new("registry ").code(&clipped(host));
                match access {
                    Access::Private(why) => phrase.words(", taken to be private: ").then(Phrase::of_message(why)),
                    Access::Public(why) => phrase.words(", open to everyone: ").then(Phrase::of_message(why)),
                    Access::NotKnown => phrase.words("; whether it asks for a login is not known"),
                }
                .fact()
            }
        }
    }

    /// Private ECR, with the account and the Region as far as they are written.
    fn ecr(&self, of: OfTask<'_>, text: &Text) -> Fact {
        let document = of.of.document;
        let phrase = Phrase::new("Amazon ECR, private");
        let own = text.holes().find_map(|hole| match &*hole.reference {
            Reference::Resource(resource) if resource.kind == ResourceKind::Repository => Some(&resource.id),
            _ => None,
        });
        if let Some(id) = own {
            return self.with_line(phrase.words(": the repository ").code(id), document, id).fact();
        }
        let filled = document.deployment.filled_in(text);
        let pieces = filled.split("/");
        let fields = pieces.first().map(|host| host.split(".")).unwrap_or_default();
        let field = |at: usize| fields.get(at).filter(|field| !field.is_empty()).map(|field| self.shown(field));
        let (Some(account), Some(region)) = (field(0), field(3)) else { return phrase.fact() };
        phrase.words(": account ").code(&clipped(&account)).words(", Region ").code(&clipped(&region)).fact()
    }

    fn pull_through(&self, of: OfTask<'d>, text: &Text) -> Option<Fact> {
        let shown = text.shown();
        let (_, path) = shown.split_once('/')?;
        let is_below = |prefix: &Text| {
            prefix.known().is_some_and(|prefix| {
                !prefix.is_empty() && path.strip_prefix(prefix.as_ref()).is_some_and(|rest| rest.starts_with('/'))
            })
        };
        let rules = of.of.document.pull_through.iter();
        let rule = rules.into_iter().find(|(prefix, _)| prefix.known().any(|(prefix, _)| is_below(prefix)))?;
        Some(
            Phrase::new("pulled through the cache ")
                .code(self.source.slice(rule.1).trim_matches(['"', '\'']))
                .at(rule.1)
                .fact(),
        )
    }

    /// Who pulls from ECR: the execution role, or the instance.
    fn pulled_from_ecr(&self, of: OfTask<'d>, case: &Case<Text>) -> Vec<Fact> {
        let Some(acting) = where_the_role_acts(&of.of.document.conditions, of.task, &[&case.when]) else {
            let ec2 = of.task.launches(LaunchType::Ec2).next();
            return vec![match ec2 {
                Some(launch) => Phrase::new("pulled with the role of the instance, on EC2").at(launch.span).fact(),
                None if of.task.kind == TaskKind::Fragment => {
                    Phrase::new("who pulls it is not known: where the task runs is written elsewhere")
                        .marked(Mark::Open)
                }
                None => Phrase::new(
                    "who pulls it is not known: on EC2 the instance's role does, on Fargate the execution role; ",
                )
                .words("nothing here says where the task runs")
                .marked(Mark::Open),
            }];
        };
        let pulled = Phrase::new("pulled with the execution role, on ").words(acting.launch.launch_type.label());
        let is_pull = |feature: &Feature<'_>| matches!(feature, Feature::Image | Feature::CachedImage(_));
        let roles = self
            .execution_role(of, &case.when, |access| access.need.span == case.span && is_pull(&access.need.feature));
        vec![pulled.at(acting.launch.span).fact().with(roles)]
    }

    /// What the registry is shown.
    fn credentials(
        &self,
        of: OfTask<'d>,
        container: &'d Container,
        case: &Case<Text>,
        text: &Text,
        registry: &Registry,
    ) -> Vec<Fact> {
        let mut facts = Vec::new();
        let credentials = &container.registry_credentials;
        for given in &credentials.value.cases {
            let when = case.when.and(&given.when);
            if !of.of.possible(&[&when]) {
                continue;
            }
            let known = &case.when;
            let with = |phrase: Phrase| of.of.when(phrase, &given.when, known);
            let repository = || Phrase::new("credentials: ").code("repositoryCredentials");
            let is_ecr = *registry == Registry::EcrPrivate;
            match &given.value {
                Value::Unset if is_ecr || *registry == Registry::EcrPublic => {}
                Value::Unset => facts.push(self.without_credentials(of, text, registry, &when, with)),
                Value::Unknown => {
                    facts.push(with(repository().words(" that are not known").at(given.span)).marked(Mark::Open));
                }
                Value::Known(_) if is_ecr => {
                    let phrase =
                        repository().at(given.span).words(" are of no use: Amazon ECR takes IAM permissions alone");
                    facts.push(with(phrase).marked(Mark::Bad));
                }
                Value::Known(reference) => {
                    let target = of.of.document.target(credentials.place, reference);
                    let arrow = with(repository().at(given.span).words(" → ").then(self.target(
                        of,
                        credentials.place,
                        reference,
                        &target,
                    )));
                    let mark = if target == SecretTarget::Unknown { Mark::Open } else { Mark::None };
                    let under = self.secret_chain(of, credentials.place, given, reference, &target);
                    facts.push(arrow.marked(mark).with(under));
                }
            }
        }
        facts.dedup();
        facts
    }

    /// Without `repositoryCredentials`: what the instance's agent has, or nothing.
    fn without_credentials(
        &self,
        of: OfTask<'d>,
        text: &Text,
        registry: &Registry,
        when: &Assumptions,
        with: impl Fn(Phrase) -> Phrase,
    ) -> Fact {
        let host = match registry {
            Registry::Other { host, .. } => Some(host.as_str()),
            _ => None,
        };
        if may_run_on_instances(of, when) {
            let data = of.of.document.launch_data.iter().filter(|data| of.of.possible(&[when, &data.when]));
            let data: Vec<_> = data.filter(|data| data.registries.may_authenticate(host)).collect();
            let is_sure = |keys: &EngineRegistries| {
                EngineRegistries { keys: keys.keys.clone(), incomplete: false }.may_authenticate(host)
            };
            if let Some(sure) = data.iter().find(|data| is_sure(&data.registries)) {
                let phrase = Phrase::new("credentials: ").code("ECS_ENGINE_AUTH_DATA").words(" of the agent on ");
                return with(owner(phrase, sure)).marked(Mark::Good);
            }
            if let Some(open) = data.first() {
                let phrase = Phrase::new("credentials: no ").code("repositoryCredentials").words("; the agent on ");
                let phrase = owner(phrase, open).words(" may have some, which is not wholly known");
                return with(phrase).marked(Mark::Open);
            }
        }
        let phrase = Phrase::new("credentials: none, it is pulled anonymously");
        let needs_some = matches!(registry, Registry::Other { access: Access::Private(_), .. })
            || matches!(self.registries.said_of(text), Some(Said::Private(_)));
        let mut launches = of.task.launches(LaunchType::Fargate);
        let phrase = match launches.find(|launch| of.of.possible(&[when, &launch.when])) {
            Some(launch) if needs_some => phrase.words("; on Fargate nothing else can sign in").at(launch.span),
            _ => phrase,
        };
        with(phrase).marked(if needs_some { Mark::Bad } else { Mark::None })
    }
}

fn owner(phrase: Phrase, data: &crate::model::LaunchData) -> Phrase {
    let phrase = phrase.code(&clipped(&data.owner));
    match data.key {
        Some(key) => phrase.at(key),
        None => phrase,
    }
}

/// Whether the task may run where a container agent of the account's own signs in.
fn may_run_on_instances(of: OfTask<'_>, when: &Assumptions) -> bool {
    let task: &Task = of.task;
    !task.launch.iter().any(|launch| launch.launch_type != LaunchType::Ec2 && of.of.possible(&[when, &launch.when]))
}
