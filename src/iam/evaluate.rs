//! Evaluation of statements for one request.

use super::pattern::{Match, Subject};
use crate::model::{
    Assumptions, Conditions, Effect, Part, Patterns, Policy, PolicyCondition, Principals, Reference, ResourceKind,
    Role, Statement, Text,
};
use crate::source::Span;

/// Something a role wants to do.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The action, such as `kms:Decrypt`.
    pub action: &'a str,
    /// The resource, in each of the ways it can be written; a pattern that matches one of them matches.
    pub resource: Vec<Subject>,
    /// The logical id of the resource, where the template defines it: a reference to another resource is not it.
    pub identity: Option<&'a str>,
    /// What is assumed.
    pub when: Assumptions,
    /// The conditions of the template.
    pub conditions: &'a Conditions,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, by the statement there.
    Allowed(Span),
    /// Refused by a statement, whatever else allows it.
    Denied(Span),
    /// Nothing allows it.
    NotGranted,
    /// It cannot be told.
    Maybe,
}

/// Policies that apply together.
#[derive(Clone, Debug, Default)]
pub struct Grant<'a> {
    /// The policies.
    pub policies: Vec<&'a Policy>,
    /// Whether there may be others.
    pub incomplete: bool,
}

impl Grant<'_> {
    /// What the policies decide.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        self.decide_for(request, |_| Match::Yes)
    }

    /// Whether some statement allows the action, on whatever resource.
    #[must_use]
    pub fn mentions(&self, action: &str) -> bool {
        let subject = Subject::known(action);
        let allows = |statement: &Statement| {
            let any =
                statement.actions.any_of.iter().any(|(pattern, _)| subject.matched_by(pattern, true) == Match::Yes);
            statement.effect == Some(Effect::Allow) && !statement.actions.negated && any
        };
        self.policies.iter().flat_map(|policy| &policy.statements).any(allows)
    }

    /// What the policies decide, with `concerns` telling whether a statement concerns the one who asks.
    #[must_use]
    pub fn decide_for(&self, request: &Request<'_>, concerns: impl Fn(&Statement) -> Match) -> Decision {
        let mut allowed = None;
        let mut unsure = self.incomplete;
        for policy in &self.policies {
            let attached = request.holds(&policy.when);
            unsure |= policy.incomplete && attached != Match::No;
            for statement in &policy.statements {
                let applies = attached.and(request.applies(statement)).and(concerns(statement));
                match (applies, statement.effect) {
                    (Match::No, _) => {}
                    (Match::Yes, Some(Effect::Deny)) => return Decision::Denied(statement.span),
                    (Match::Yes, Some(Effect::Allow)) => allowed = allowed.or(Some(statement.span)),
                    (Match::Maybe, _) | (_, None) => unsure = true,
                }
            }
        }
        match allowed {
            // An unsure statement may be a Deny: still the grant is there, and nothing is missing.
            Some(span) => Decision::Allowed(span),
            None if unsure => Decision::Maybe,
            None => Decision::NotGranted,
        }
    }
}

impl Request<'_> {
    /// Whether something that holds under `when` holds where this request is made.
    fn holds(&self, when: &Assumptions) -> Match {
        if self.conditions.implies(&self.when, when) {
            Match::Yes
        } else if self.conditions.possible(&[&self.when, when]) {
            Match::Maybe
        } else {
            Match::No
        }
    }

    fn applies(&self, statement: &Statement) -> Match {
        let action = self.listed(&statement.actions, |pattern| match pattern.known() {
            // Most actions are written out, and most are not the one.
            Some(written) if !written.contains(['*', '?', '$']) => {
                if written.eq_ignore_ascii_case(self.action) {
                    Match::Yes
                } else {
                    Match::No
                }
            }
            _ => Subject::known(self.action).matched_by(pattern, true),
        });
        if action == Match::No {
            return Match::No;
        }
        let resource = self.listed(&statement.resources, |pattern| {
            if self.is_another(pattern) {
                return Match::No;
            }
            self.resource.iter().map(|subject| subject.matched_by(pattern, false)).fold(Match::No, Match::or)
        });
        let conditions = statement.conditions.iter().map(condition).fold(Match::Yes, Match::and);
        self.holds(&statement.when).and(action).and(resource).and(conditions)
    }

    /// Whether the pattern begins with another resource of the template than the one that is meant. What a custom
    /// resource or a nested stack stands for is not known.
    fn is_another(&self, pattern: &Text) -> bool {
        let (Some(identity), Some(Part::Hole(hole))) = (self.identity, pattern.parts().first()) else { return false };
        let Reference::Resource(resource) = &hole.reference else { return false };
        resource.id != identity && resource.kind != ResourceKind::Custom
    }

    fn listed(&self, patterns: &Patterns, matches: impl Fn(&Text) -> Match) -> Match {
        let start = if patterns.incomplete { Match::Maybe } else { Match::No };
        let any =
            patterns.any_of.iter().map(|(pattern, when)| matches(pattern).and(self.holds(when))).fold(start, Match::or);
        if patterns.negated { any.negated() } else { any }
    }
}

/// Whether a condition holds for a secret that ECS reads for a task.
fn condition(condition: &PolicyCondition) -> Match {
    let operator = condition.operator.trim_end_matches("IfExists");
    let key = condition.key.to_ascii_lowercase();
    let known = || condition.values.iter().map(Text::known).collect::<Option<Vec<_>>>();
    match (operator, key.as_str()) {
        // Secrets Manager asks KMS on the caller's behalf. The Region is the secret's own.
        ("StringEquals" | "StringLike" | "StringEqualsIgnoreCase", "kms:viaservice")
            if !condition.values.is_empty() =>
        {
            let via = Subject::known("secretsmanager.").then_unknown();
            let any = condition.values.iter().map(|value| via.matched_by(value, false)).fold(Match::No, Match::or);
            if any == Match::No { Match::No } else { Match::Yes }
        }
        // The agent and Fargate speak TLS.
        ("Bool", "aws:securetransport") => match known() {
            Some(values) if values.iter().all(|value| value.eq_ignore_ascii_case("true")) => Match::Yes,
            Some(values) if values.iter().all(|value| value.eq_ignore_ascii_case("false")) => Match::No,
            _ => Match::Maybe,
        },
        _ => Match::Maybe,
    }
}

/// Whether the principals of a resource policy include the role itself (not merely its account).
#[must_use]
pub fn principals_include(principals: Option<&Principals>, role: &Role, request: &Request<'_>) -> Match {
    let Some(principals) = principals else { return Match::No };
    let start = if principals.incomplete { Match::Maybe } else { Match::No };
    let any = principals
        .aws
        .iter()
        .map(|(principal, when)| is_role(principal, role).and(request.holds(when)))
        .fold(start, Match::or);
    if principals.negated { any.negated() } else { any }
}

fn is_role(principal: &Text, role: &Role) -> Match {
    if let Some(hole) = principal.sole_hole() {
        return match &hole.reference {
            Reference::Resource(resource) if resource.attribute.as_deref() == Some("Arn") => {
                if resource.id == role.id {
                    Match::Yes
                } else {
                    Match::No
                }
            }
            Reference::Pseudo(name) if name == "AWS::AccountId" => Match::No,
            _ => Match::Maybe,
        };
    }
    if principal.known().as_deref() == Some("*") {
        return Match::Yes;
    }
    if is_account(principal) {
        return Match::No;
    }
    // A role that is named by a literal ARN may be this one, unless both names are known and differ.
    let shown = principal.shown();
    let Some((_, named)) = shown.rsplit_once('/') else { return Match::Maybe };
    let mut own = role.name.known().filter_map(|(name, _)| name.known());
    match own.next() {
        Some(name) if shown.contains(":role/") && !named.contains('$') => {
            if name == named && own.next().is_none() {
                Match::Yes
            } else {
                Match::No
            }
        }
        _ => Match::Maybe,
    }
}

/// Whether a principal is an account as a whole: `arn:…:iam::account:root`, an account id, `AWS::AccountId`.
fn is_account(principal: &Text) -> bool {
    let shown = principal.shown();
    shown.ends_with(":root")
        || shown == "${AWS::AccountId}"
        || (shown.len() == 12 && shown.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a key policy lets IAM policies of the account decide about the request: a statement for the account
/// as a whole. A key without a policy has the default one, which does. Source: KMS developer guide, "Key policies".
#[must_use]
pub fn key_lets_iam_decide(policy: Option<&Policy>, request: &Request<'_>) -> Match {
    let Some(policy) = policy else { return Match::Yes };
    let start = if policy.incomplete { Match::Maybe } else { Match::No };
    let account = |principals: &Principals| {
        let start = if principals.incomplete { Match::Maybe } else { Match::No };
        let each = principals.aws.iter().map(|(principal, when)| {
            let is = if is_account(principal) || principal.known().as_deref() == Some("*") {
                Match::Yes
            } else if principal.sole_hole().is_some_and(|hole| !matches!(&hole.reference, Reference::Resource(_))) {
                Match::Maybe
            } else {
                Match::No
            };
            is.and(request.holds(when))
        });
        if principals.negated { Match::Maybe } else { each.fold(start, Match::or) }
    };
    let statements = policy.statements.iter().filter(|statement| statement.effect == Some(Effect::Allow));
    statements
        .map(|statement| statement.principals.as_ref().map_or(Match::No, account).and(request.applies(statement)))
        .fold(start, Match::or)
}
