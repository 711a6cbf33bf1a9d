//! Why nothing allows a request: the statements that come near to it.

use super::evaluate::{Decision, Grant, Request};
use super::pattern::Match;
use crate::model::{Effect, PolicyCondition, Statement, Written};
use crate::source::Span;

/// A statement that comes near to allowing a request, and why it does not.
#[derive(Clone, Copy, Debug)]
pub struct NearMiss<'p> {
    /// The statement.
    pub statement: Span,
    /// What it lacks.
    pub shortfall: Shortfall<'p>,
}

/// What keeps a statement from allowing a request.
#[derive(Clone, Copy, Debug)]
pub enum Shortfall<'p> {
    /// It allows the action, on another resource.
    Resource(&'p Written),
    /// It is about the resource, and another action.
    Action(&'p Written),
    /// It has a condition that does not hold.
    Condition(&'p PolicyCondition),
    /// It is there in other deployments only.
    Deployment,
    /// It allows the request, and the permissions boundary does not.
    Boundary(Span),
}

impl<'p> Grant<'p> {
    /// The statements that come near to allowing a request that nothing allows, nearest first.
    #[must_use]
    pub fn near_misses(&self, request: &Request<'_>) -> Vec<NearMiss<'p>> {
        let mut found = Vec::new();
        if let (Some(boundary), Decision::Allowed(statement)) =
            (&self.boundary, self.decide_for(request, |_| Match::Yes))
        {
            let place = boundary.policies.iter().map(|applied| applied.place.unwrap_or(applied.policy.span)).next();
            found.extend(place.map(|place| NearMiss { statement, shortfall: Shortfall::Boundary(place) }));
        }
        // What AWS manages is as it is: nothing in it can be mended.
        for applied in self.policies.iter().filter(|applied| applied.place.is_none()) {
            let attached = request.attached(applied);
            for statement in applied.policy.statements.iter().filter(|one| one.effect == Some(Effect::Allow)) {
                let shortfalls = shortfalls(request, statement, attached).into_iter();
                found.extend(shortfalls.map(|shortfall| NearMiss { statement: statement.span, shortfall }));
            }
        }
        found.sort_by_key(|near| near.shortfall.distance());
        found
    }
}

impl Shortfall<'_> {
    fn distance(&self) -> u8 {
        match self {
            Self::Boundary(_) => 0,
            Self::Condition(_) => 1,
            Self::Resource(_) => 2,
            Self::Action(_) => 3,
            Self::Deployment => 4,
        }
    }
}

fn shortfalls<'p>(request: &Request<'_>, statement: &'p Statement, attached: Match) -> Vec<Shortfall<'p>> {
    let action = request.action_in(&statement.actions);
    let resource = request.resource_in(&statement.resources);
    let present = attached.and(request.holds(&statement.when));
    match (present, action, resource) {
        (Match::No, Match::Yes, Match::Yes) => vec![Shortfall::Deployment],
        (Match::No, ..) | (_, Match::No, Match::No) => Vec::new(),
        (_, Match::No, _) if statement.actions.negated => Vec::new(),
        (_, Match::No, _) => {
            let of_service = |written: &&Written| service(&written.text.known_start()) == service(request.action);
            let actions = statement.actions.any_of.iter();
            actions.filter(|written| resource == Match::Yes || of_service(written)).map(Shortfall::Action).collect()
        }
        (_, _, Match::No) if statement.resources.negated => Vec::new(),
        (_, _, Match::No) => statement.resources.any_of.iter().map(Shortfall::Resource).collect(),
        _ => {
            let fails = |condition: &&PolicyCondition| super::condition::holds_for(condition, request) == Match::No;
            statement.conditions.iter().filter(fails).map(Shortfall::Condition).collect()
        }
    }
}

/// The service that an action is of.
fn service(action: &str) -> String {
    action.split(':').next().unwrap_or_default().to_ascii_lowercase()
}
