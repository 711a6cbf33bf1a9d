//! Evaluation of statements for one request.

use super::condition::{ContextKey, holds_for};
use super::form::form_of;
use super::pattern::{Match, Subject};
use crate::model::{
    Assumptions, Conditions, Effect, Part, Patterns, Policy, Reference, ResourceKind, Statement, Text, Written,
};
use crate::source::Span;

/// Something a role wants to do.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The action, such as `kms:Decrypt`.
    pub action: &'a str,
    /// The resource, in each of the ways it can be written; a pattern that matches one of them matches.
    pub resource: &'a [Subject],
    /// The resource of the template that it is, where that is known.
    pub identity: &'a Identity<'a>,
    /// What is known of the request's context.
    pub context: &'a [ContextKey],
    /// What is assumed.
    pub when: Assumptions,
    /// The conditions of the template.
    pub conditions: &'a Conditions,
}

/// Which resource of the template a request is about.
#[derive(Clone, Debug, Default)]
pub enum Identity<'a> {
    /// None of them, as far as is known: it is named by something that is written out.
    #[default]
    None,
    /// This one: a reference to another is not it.
    Is(&'a str),
    /// It may be one of these, because their names may turn out to be what is written.
    MayBe(Vec<&'a str>),
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, by the statement there.
    Allowed(Span),
    /// Refused by the statement there, whatever else allows it.
    Denied(Span),
    /// Nothing allows it.
    NotGranted,
    /// It cannot be told.
    Maybe(Doubt),
}

/// What keeps a request from being decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Where it lies.
    pub span: Span,
    /// What it is.
    pub kind: DoubtKind,
}

/// The things that keep a request from being decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubtKind {
    /// There may be policies, or statements, that the file does not show.
    Elsewhere,
    /// A statement's action may or may not be the one.
    Action,
    /// A statement's resource may or may not be the one.
    Resource,
    /// A statement's condition may or may not hold.
    Condition,
    /// A statement's principal may or may not be the one who asks.
    Principal,
    /// The statement is there in some deployments only.
    Deployment,
}

/// A policy that applies, and how it came to.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'p> {
    /// The policy.
    pub policy: &'p Policy,
    /// Where it is attached, for a policy whose text is in no file.
    pub place: Option<Span>,
    /// When it is attached, where what attaches it says so.
    pub when: Option<&'p Assumptions>,
}

/// Policies that apply together.
#[derive(Clone, Debug, Default)]
pub struct Grant<'p> {
    /// The policies.
    pub policies: Vec<Applied<'p>>,
    /// Where there may be others.
    pub incomplete: Option<Span>,
    /// What the policies are narrowed to: a permissions boundary.
    pub boundary: Option<Box<Grant<'p>>>,
}

/// How far a statement is about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Whether it is there at all.
    pub present: Match,
    /// Whether it is about the action.
    pub action: Match,
    /// Whether it is about the resource.
    pub resource: Match,
    /// Whether its conditions hold.
    pub condition: Match,
}

impl Fit {
    const NONE: Self = Self { present: Match::No, action: Match::No, resource: Match::No, condition: Match::No };

    /// Whether the statement applies.
    #[must_use]
    pub fn all(self) -> Match {
        self.present.and(self.action).and(self.resource).and(self.condition)
    }

    fn doubt(self) -> DoubtKind {
        if self.action == Match::Maybe {
            DoubtKind::Action
        } else if self.resource == Match::Maybe {
            DoubtKind::Resource
        } else if self.condition == Match::Maybe {
            DoubtKind::Condition
        } else {
            DoubtKind::Deployment
        }
    }
}

impl<'p> Applied<'p> {
    /// A policy of the file, attached whenever it exists.
    #[must_use]
    pub fn always(policy: &'p Policy) -> Self {
        Self { policy, place: None, when: None }
    }

    /// Where a statement of the policy is to be shown.
    #[must_use]
    pub fn place_of(&self, statement: &Statement) -> Span {
        self.place.unwrap_or(statement.span)
    }
}

impl<'p> Grant<'p> {
    /// The policies alone.
    #[must_use]
    pub fn of(policies: impl IntoIterator<Item = &'p Policy>) -> Self {
        Self { policies: policies.into_iter().map(Applied::always).collect(), incomplete: None, boundary: None }
    }

    /// What identity policies decide.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let decision = self.decide_for(request, |_| Match::Yes);
        let Some(boundary) = self.boundary.as_ref().filter(|_| matches!(decision, Decision::Allowed(_))) else {
            return decision;
        };
        match boundary.decide(request) {
            Decision::Allowed(_) => decision,
            narrowed => narrowed,
        }
    }

    /// What the policies decide, with `concerns` telling whether a statement concerns the one who asks.
    #[must_use]
    pub fn decide_for(&self, request: &Request<'_>, concerns: impl Fn(&Statement) -> Match) -> Decision {
        let mut allowed = None;
        let mut doubt = self.incomplete.map(|span| Doubt { span, kind: DoubtKind::Elsewhere });
        for applied in &self.policies {
            let attached = request.attached(applied);
            if attached == Match::No {
                continue;
            }
            if applied.policy.incomplete {
                doubt.get_or_insert(Doubt { span: applied.policy.span, kind: DoubtKind::Elsewhere });
            }
            for statement in &applied.policy.statements {
                let fit = request.fit(statement, attached);
                let concerned = if fit.all() == Match::No { Match::No } else { concerns(statement) };
                let place = applied.place_of(statement);
                match (fit.all().and(concerned), statement.effect) {
                    // A statement that may deny grants nothing.
                    (Match::No, _) | (Match::Maybe, Some(Effect::Deny)) => {}
                    (Match::Yes, Some(Effect::Deny)) => return Decision::Denied(place),
                    (Match::Yes, Some(Effect::Allow)) => allowed = allowed.or(Some(place)),
                    (Match::Maybe, _) | (_, None) => {
                        let kind = if fit.all() == Match::Yes { DoubtKind::Principal } else { fit.doubt() };
                        doubt.get_or_insert(Doubt { span: place, kind });
                    }
                }
            }
        }
        match (allowed, doubt) {
            // An unsure statement may be a Deny: still the grant is there, and nothing is missing.
            (Some(span), _) => Decision::Allowed(span),
            (None, Some(doubt)) => Decision::Maybe(doubt),
            (None, None) => Decision::NotGranted,
        }
    }

    /// Whether some statement allows the action, on whatever resource.
    #[must_use]
    pub fn mentions(&self, action: &str) -> bool {
        let subject = Subject::known(action);
        let allows = |statement: &Statement| {
            let any = statement.actions.any_of.iter();
            statement.effect == Some(Effect::Allow)
                && !statement.actions.negated
                && any.into_iter().any(|pattern| subject.matched_by(&pattern.text, true) == Match::Yes)
        };
        self.policies.iter().flat_map(|applied| &applied.policy.statements).any(allows)
    }
}

impl Request<'_> {
    /// Whether something that holds under `when` holds where this request is made.
    #[must_use]
    pub fn holds(&self, when: &Assumptions) -> Match {
        if self.conditions.implies(&self.when, when) {
            Match::Yes
        } else if self.conditions.possible(&[&self.when, when]) {
            Match::Maybe
        } else {
            Match::No
        }
    }

    pub(super) fn attached(&self, applied: &Applied<'_>) -> Match {
        self.holds(&applied.policy.when).and(applied.when.map_or(Match::Yes, |when| self.holds(when)))
    }

    /// How far the statement of a policy that is `attached` is about this request. What comes after a sure
    /// "no" is not looked at.
    #[must_use]
    pub fn fit(&self, statement: &Statement, attached: Match) -> Fit {
        let mut fit = Fit { action: self.action_in(&statement.actions), ..Fit::NONE };
        if fit.action == Match::No {
            return fit;
        }
        fit.present = attached.and(self.holds(&statement.when));
        if fit.present == Match::No {
            return fit;
        }
        fit.resource = self.resource_in(&statement.resources);
        if fit.resource != Match::No {
            fit.condition = self.conditions_of(statement);
        }
        fit
    }

    /// Whether the action is one of these.
    #[must_use]
    pub fn action_in(&self, patterns: &Patterns) -> Match {
        self.listed(patterns, |pattern| match pattern.known() {
            // Most actions are written out, and most are not the one.
            Some(written) if !written.contains(['*', '?', '$']) => {
                if written.eq_ignore_ascii_case(self.action) {
                    Match::Yes
                } else {
                    Match::No
                }
            }
            _ => Subject::known(self.action).matched_by(pattern, true),
        })
    }

    /// Whether the resource is one of these.
    #[must_use]
    pub fn resource_in(&self, patterns: &Patterns) -> Match {
        self.listed(patterns, |pattern| self.is_named_by(pattern))
    }

    /// Whether the pattern names the resource.
    #[must_use]
    pub fn is_named_by(&self, pattern: &Text) -> Match {
        let matched = self.matched_by(pattern);
        // Looked at last: most patterns are of other resources.
        if matched != Match::No && form_of(self.action, pattern).is_some() { Match::No } else { matched }
    }

    fn matched_by(&self, pattern: &Text) -> Match {
        let any = || self.resource.iter().map(|subject| subject.matched_by(pattern, false)).fold(Match::No, Match::or);
        let Some(referred) = referred(pattern) else { return any() };
        match self.identity {
            Identity::Is(id) if *id != referred => Match::No,
            Identity::MayBe(ids) if ids.contains(&referred) => any().or(Match::Maybe),
            Identity::Is(_) | Identity::MayBe(_) | Identity::None => any(),
        }
    }

    /// Whether every condition of the statement holds.
    #[must_use]
    pub fn conditions_of(&self, statement: &Statement) -> Match {
        let each = statement.conditions.iter().map(|condition| match self.holds(&condition.when) {
            Match::No => Match::Yes,
            Match::Yes => holds_for(condition, self),
            Match::Maybe => match holds_for(condition, self) {
                Match::Yes => Match::Yes,
                Match::No | Match::Maybe => Match::Maybe,
            },
        });
        each.fold(Match::Yes, Match::and)
    }

    pub(super) fn any(&self, written: &[Written], matches: impl Fn(&Text) -> Match) -> Match {
        written
            .iter()
            .map(|one| match matches(&one.text) {
                Match::No => Match::No,
                answer => answer.and(self.holds(&one.when)),
            })
            .fold(Match::No, Match::or)
    }

    fn listed(&self, patterns: &Patterns, matches: impl Fn(&Text) -> Match) -> Match {
        let unseen = if patterns.incomplete { Match::Maybe } else { Match::No };
        let any = unseen.or(self.any(&patterns.any_of, matches));
        if patterns.negated { any.negated() } else { any }
    }
}

/// The resource of the template that the pattern begins with. What a custom resource or a nested stack stands for
/// is not known, and so is not one.
fn referred(pattern: &Text) -> Option<&str> {
    let Some(Part::Hole(hole)) = pattern.parts().first() else { return None };
    let Reference::Resource(resource) = &*hole.reference else { return None };
    (resource.kind != ResourceKind::Custom).then_some(resource.id.as_str())
}
