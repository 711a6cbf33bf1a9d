//! Conditions of statements, decided where the context of the request is known.
//!
//! Operators and their treatment of absent keys: IAM user guide, "IAM JSON policy elements: Condition operators".

use super::evaluate::Request;
use super::pattern::{Match, Subject};
use crate::model::{PolicyCondition, Text};

/// What is known of one key of a request's context.
#[derive(Clone, Debug)]
pub struct ContextKey {
    /// The key in lower case: keys are compared without case.
    pub key: &'static str,
    /// Its value, in each of the ways it can be written; none at all: the key is absent.
    pub values: Vec<Subject>,
}

/// How an operator compares a value of the context with one of the condition.
#[derive(Clone, Copy)]
enum Comparison {
    /// Character by character.
    Equal { ignore_case: bool },
    /// With `*` and `?` as wildcards.
    Like,
}

/// Whether the condition holds for the request. A key of which nothing is known, and an operator that is not
/// understood, are [`Match::Maybe`].
pub fn holds_for(condition: &PolicyCondition, request: &Request<'_>) -> Match {
    let key = condition.key.to_ascii_lowercase();
    let Some(known) = request.context.iter().find(|known| known.key == key) else { return Match::Maybe };
    let (operator, if_exists) = match condition.operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (condition.operator.as_str(), false),
    };
    if operator == "Null" {
        return is_null(condition, known);
    }
    if known.values.is_empty() {
        // An absent key fails a condition, unless that says `IfExists`; which keys are absent is not documented for every call.
        return if if_exists { Match::Yes } else { Match::Maybe };
    }
    let Some((comparison, negated)) = comparison(operator) else { return Match::Maybe };
    let unseen = if condition.incomplete { Match::Maybe } else { Match::No };
    let any = unseen.or(request.any(&condition.values, |value| known.compared(value, comparison)));
    if negated { any.negated() } else { any }
}

/// What an operator does, and whether it asks for the opposite; `None` for numbers, dates, addresses and sets of values.
fn comparison(operator: &str) -> Option<(Comparison, bool)> {
    let exact = Comparison::Equal { ignore_case: false };
    Some(match operator {
        "StringEquals" => (exact, false),
        "StringNotEquals" => (exact, true),
        "StringEqualsIgnoreCase" | "Bool" => (Comparison::Equal { ignore_case: true }, false),
        "StringNotEqualsIgnoreCase" => (Comparison::Equal { ignore_case: true }, true),
        // `ArnEquals` and `ArnLike` behave alike.
        "StringLike" | "ArnLike" | "ArnEquals" => (Comparison::Like, false),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (Comparison::Like, true),
        _ => return None,
    })
}

impl ContextKey {
    fn compared(&self, value: &Text, comparison: Comparison) -> Match {
        let each = self.values.iter().map(|subject| match comparison {
            Comparison::Equal { ignore_case } => subject.equal_to(value, ignore_case),
            Comparison::Like => subject.matched_by(value, false),
        });
        each.fold(Match::No, Match::or)
    }
}

/// `Null: {key: true}` asks that the key be absent.
fn is_null(condition: &PolicyCondition, known: &ContextKey) -> Match {
    let wants_absent = match condition.values.as_slice() {
        [one] if !condition.incomplete => one.text.known().map(|value| value.eq_ignore_ascii_case("true")),
        _ => None,
    };
    match wants_absent {
        Some(absent) if absent == known.values.is_empty() => Match::Yes,
        Some(_) if !known.values.is_empty() => Match::No,
        _ => Match::Maybe,
    }
}
