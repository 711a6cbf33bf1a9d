//! Who a resource policy speaks to.

use super::evaluate::Request;
use super::pattern::{Match, Subject};
use crate::model::{Effect, Policy, Principals, Reference, Role, Text};

/// Whether the principals of a resource policy include the role itself (not merely its account).
#[must_use]
pub fn include_role(principals: Option<&Principals>, role: &Role, request: &Request<'_>) -> Match {
    let Some(principals) = principals else { return Match::No };
    let unseen = if principals.incomplete { Match::Maybe } else { Match::No };
    let any = unseen.or(request.any(&principals.aws, |principal| is_role(principal, role)));
    if !principals.negated {
        return any;
    }
    // A `NotPrincipal` that lists the account but not the role is a trap of its own: it cannot be told.
    if any == Match::No && principals.aws.iter().any(|principal| is_account(&principal.text)) {
        return Match::Maybe;
    }
    any.negated()
}

/// Whether the principals of a trust policy include the service.
#[must_use]
pub fn include_service(principals: Option<&Principals>, service: &Subject, request: &Request<'_>) -> Match {
    let Some(principals) = principals else { return Match::Maybe };
    if principals.everyone {
        return if principals.negated { Match::No } else { Match::Yes };
    }
    let everyone = |principal: &Text| if principal.known().as_deref() == Some("*") { Match::Maybe } else { Match::No };
    let unseen = if principals.incomplete { Match::Maybe } else { request.any(&principals.aws, everyone) };
    let any = unseen.or(request.any(&principals.services, |written| service.matched_by(written, true)));
    if principals.negated { any.negated() } else { any }
}

fn is_role(principal: &Text, role: &Role) -> Match {
    if let Some(hole) = principal.sole_hole() {
        return match &*hole.reference {
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
    let pieces = principal.split("/");
    let [before, .., named] = pieces.as_slice() else { return Match::Maybe };
    if !before.shown().contains(":role") {
        // A user, or a session that was assumed.
        return if before.shown().contains(":user") { Match::No } else { Match::Maybe };
    }
    if let Some(Reference::Resource(resource)) = named.sole_hole().map(|hole| &*hole.reference)
        && resource.id == role.id
    {
        return Match::Yes;
    }
    let mut own_names = role.name.known().peekable();
    if own_names.peek().is_none() {
        return Match::Maybe;
    }
    let each: Vec<Match> = own_names.map(|(own, _)| Subject::of(own).equal_to(named, false)).collect();
    if each.iter().all(|one| *one == Match::Yes) {
        Match::Yes
    } else {
        each.into_iter().fold(Match::No, Match::or).and(Match::Maybe)
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
pub fn key_lets_iam_decide(policies: &[Policy], request: &Request<'_>) -> Match {
    if policies.is_empty() {
        return Match::Yes;
    }
    let account = |principals: &Principals| {
        let unseen = if principals.incomplete { Match::Maybe } else { Match::No };
        let any = unseen.or(request.any(&principals.aws, |principal| {
            if is_account(principal) || principal.known().as_deref() == Some("*") {
                Match::Yes
            } else if principal.sole_hole().is_some_and(|hole| !matches!(&*hole.reference, Reference::Resource(_))) {
                Match::Maybe
            } else {
                Match::No
            }
        }));
        if principals.negated { Match::Maybe } else { any }
    };
    let each = policies.iter().map(|policy| {
        let attached = request.holds(&policy.when);
        let unseen = if policy.incomplete { Match::Maybe } else { Match::No };
        let allow = policy.statements.iter().filter(|statement| statement.effect == Some(Effect::Allow));
        let any = allow.map(|statement| match request.fit(statement, Match::Yes).all() {
            Match::No => Match::No,
            fits => fits.and(statement.principals.as_ref().map_or(Match::No, account)),
        });
        attached.and(any.fold(unseen, Match::or))
    });
    each.fold(Match::No, Match::or)
}
