//! The evaluator against a slow, obvious one.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use std::sync::Arc;

use super::*;
use crate::model::{
    Assumption, Assumptions, Conditions, Effect, Formula, Hole, Part, Patterns, Policy, PolicyCondition, Reference,
    Statement, Text, Written,
};
use crate::source::{FileId, MappedText, Span};

const ACTION: &str = "s:ab";
const RESOURCE: &str = "aab";
/// The key `known` is in the context with this value, `absent` surely is not, of `other` nothing is known.
const VALUE: &str = "ab";
const HOLE: char = '#';

/// A statement as strings; `#` is a hole, and `sometimes` a condition of the template that decides whether it is there.
#[derive(Clone, Debug)]
struct Plain {
    effect: Effect,
    actions: (Vec<String>, bool),
    resources: (Vec<String>, bool),
    condition: Option<(&'static str, &'static str, Vec<String>)>,
    sometimes: bool,
}

fn span() -> Span {
    Span::start_of(FileId(0))
}

fn text(plain: &str) -> Text {
    let part = |c: char| match c {
        HOLE => Part::Hole(Hole { reference: Arc::new(Reference::Function("Fn::X".into())), span: span() }),
        c => Part::Literal(MappedText::unplaced(&c.to_string())),
    };
    Text::new(plain.chars().map(part).collect())
}

fn written(plain: &[String]) -> Vec<Written> {
    plain.iter().map(|one| Written { text: text(one), span: span(), when: Assumptions::always() }).collect()
}

fn policy(plain: &[Plain]) -> Policy {
    let patterns = |(any_of, negated): &(Vec<String>, bool)| Patterns {
        any_of: written(any_of),
        negated: *negated,
        incomplete: false,
    };
    let statement = |plain: &Plain| Statement {
        span: span(),
        when: if plain.sometimes {
            Assumptions::always().with(Assumption::Outcome(0, true))
        } else {
            Assumptions::always()
        },
        effect: Some(plain.effect),
        actions: patterns(&plain.actions),
        resources: patterns(&plain.resources),
        principals: None,
        conditions: plain
            .condition
            .iter()
            .map(|(operator, key, values)| PolicyCondition {
                span: span(),
                when: Assumptions::always(),
                operator: (*operator).to_owned(),
                key: (*key).to_owned(),
                values: written(values),
                incomplete: false,
            })
            .collect(),
    };
    let statements = plain.iter().map(statement).collect();
    Policy { span: span(), when: Assumptions::always(), statements, incomplete: false }
}

/// What `Grant::decide` says of these policies.
fn decided(policies: &[Vec<Plain>], boundary: Option<&Vec<Plain>>, incomplete: bool) -> Decision {
    let conditions = Conditions { variables: Vec::new(), named: vec![("Sometimes".into(), Formula::Free(0))] };
    let context = [
        ContextKey { key: "known", values: vec![Subject::known(VALUE)] },
        ContextKey { key: "absent", values: Vec::new() },
    ];
    let request = Request {
        action: ACTION,
        resource: &[Subject::known(RESOURCE)],
        identity: &Identity::None,
        context: &context,
        when: Assumptions::always(),
        conditions: &conditions,
    };
    let policies: Vec<Policy> = policies.iter().map(|one| policy(one)).collect();
    let boundary = boundary.map(|one| policy(one));
    let mut grant = Grant::of(&policies);
    grant.incomplete = incomplete.then(span);
    grant.boundary = boundary.as_ref().map(|one| Box::new(Grant::of([one])));
    grant.decide(&request)
}

fn matches(pattern: &str, subject: &str) -> bool {
    match (pattern.chars().next(), subject.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => matches(&pattern[1..], subject) || !subject.is_empty() && matches(pattern, &subject[1..]),
        (Some('?'), Some(_)) => matches(&pattern[1..], &subject[1..]),
        (Some(a), Some(b)) => a == b && matches(&pattern[1..], &subject[1..]),
        _ => false,
    }
}

/// Everything that the holes, the condition of the template and the key `other` may turn out to be.
#[derive(Clone, Copy, Debug)]
struct World<'w> {
    hole: &'w str,
    sometimes: bool,
    other: Option<&'w str>,
}

impl World<'_> {
    fn applies(self, plain: &Plain) -> bool {
        let listed = |(any_of, negated): &(Vec<String>, bool), subject: &str| {
            any_of.iter().any(|pattern| matches(&self.filled(pattern).to_lowercase(), subject)) != *negated
        };
        (!plain.sometimes || self.sometimes)
            && listed(&plain.actions, ACTION)
            && listed(&plain.resources, RESOURCE)
            && plain.condition.as_ref().is_none_or(|(operator, key, values)| self.holds(operator, key, values))
    }

    fn filled(self, pattern: &str) -> String {
        pattern.replace(HOLE, self.hole)
    }

    fn holds(self, operator: &str, key: &str, values: &[String]) -> bool {
        let actual = match key {
            "known" => Some(VALUE),
            "absent" => None,
            _ => self.other,
        };
        if operator == "Null" {
            return values.iter().any(|value| (value == "true") == actual.is_none());
        }
        let (operator, if_exists) = operator.strip_suffix("IfExists").map_or((operator, false), |short| (short, true));
        let negated = operator.contains("Not");
        let Some(actual) = actual else { return if_exists || negated };
        let any = values.iter().map(|value| self.filled(value)).any(|value| match operator {
            "StringEquals" | "StringNotEquals" => value == actual,
            "StringEqualsIgnoreCase" | "Bool" => value.eq_ignore_ascii_case(actual),
            _ => matches(&value, actual),
        });
        any != negated
    }

    /// Whether it is allowed, denied, or neither.
    fn effect(self, statements: &[&Plain]) -> Option<Effect> {
        let has = |effect| statements.iter().any(|plain| plain.effect == effect && self.applies(plain));
        if has(Effect::Deny) { Some(Effect::Deny) } else { has(Effect::Allow).then_some(Effect::Allow) }
    }

    fn decides(self, policies: &[Vec<Plain>], boundary: Option<&Vec<Plain>>) -> Option<Effect> {
        let effect = self.effect(&policies.iter().flatten().collect::<Vec<_>>());
        match boundary {
            Some(boundary) if effect == Some(Effect::Allow) => self.effect(&boundary.iter().collect::<Vec<_>>()),
            _ => effect,
        }
    }
}

fn statement(certain: bool) -> impl Strategy<Value = Plain> {
    let (action, resource) =
        if certain { ("s:[aAbB?*]{1,3}", "[ab?*]{1,4}") } else { ("s:[ab?*#]{1,3}", "[ab?*#]{1,4}") };
    let operators = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "ArnLike",
        "ArnNotEquals",
        "Bool",
        "StringEqualsIgnoreCase",
        "StringEqualsIfExists",
        "StringNotLikeIfExists",
    ];
    let keys = if certain { vec!["known"] } else { vec!["known", "absent", "other"] };
    let value = if certain { "[ab?*]{1,2}" } else { "[ab?*#]{1,2}" };
    let compared = (select(operators.to_vec()), select(keys), vec(value, 1..3));
    // Of an absent key the answer is sure with `IfExists` and `Null` alone.
    let absent = (select(vec!["StringEqualsIfExists", "StringNotLikeIfExists"]), Just("absent"), vec(value, 1..3));
    let null = (Just("Null"), Just("known"), select(vec!["true", "false"]).prop_map(|v| vec![v.to_owned()]));
    let condition = prop_oneof![4 => compared, 1 => absent, 1 => null];
    (
        prop_oneof![2 => Just(Effect::Allow), 1 => Just(Effect::Deny)],
        (vec(action, 1..3), proptest::bool::weighted(0.2)),
        (vec(resource, 1..3), proptest::bool::weighted(0.2)),
        option::weighted(0.4, condition),
        proptest::bool::weighted(if certain { 0.0 } else { 0.2 }),
    )
        .prop_map(|(effect, actions, resources, condition, sometimes)| Plain {
            effect,
            actions,
            resources,
            condition,
            sometimes,
        })
}

fn policies(certain: bool) -> impl Strategy<Value = (Vec<Vec<Plain>>, Option<Vec<Plain>>)> {
    let list = || vec(statement(certain), 0..4);
    (vec(list(), 0..3), option::weighted(0.3, list()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_known_is_decided_as_the_obvious_evaluator_does((policies, boundary) in policies(true)) {
        let world = World { hole: "", sometimes: false, other: None };
        let expected = world.decides(&policies, boundary.as_ref());
        let got = match decided(&policies, boundary.as_ref(), false) {
            Decision::Allowed(_) => Some(Effect::Allow),
            Decision::Denied(_) => Some(Effect::Deny),
            Decision::NotGranted => None,
            Decision::Maybe(doubt) => return Err(TestCaseError::fail(format!("in doubt: {doubt:?}"))),
        };
        prop_assert_eq!(got, expected);
    }

    /// Of a grant it is only said that the statement which grants applies: a Deny that is unsure does not undo it.
    #[test]
    fn what_is_decided_holds_whatever_fills_the_gaps((policies, boundary) in policies(false), incomplete in proptest::bool::weighted(0.1)) {
        let decision = decided(&policies, boundary.as_ref(), incomplete);
        for hole in ["", "a", "b", "ab", "aab", "*"] {
            for (sometimes, other) in [(false, None), (true, None), (false, Some("ab")), (true, Some("b"))] {
                let world = World { hole, sometimes, other };
                let effect = world.decides(&policies, boundary.as_ref());
                let allowing = |list: &[Plain]| list.iter().any(|one| one.effect == Effect::Allow && world.applies(one));
                match decision {
                    Decision::Denied(_) => prop_assert_eq!(effect, Some(Effect::Deny), "{:?}", world),
                    Decision::NotGranted => {
                        prop_assert!(!incomplete || boundary.is_some());
                        prop_assert_ne!(effect, Some(Effect::Allow), "{:?}", world);
                    }
                    Decision::Allowed(_) => prop_assert!(
                        policies.iter().any(|list| allowing(list)) && boundary.as_ref().is_none_or(|list| allowing(list)),
                        "{:?}", world
                    ),
                    Decision::Maybe(_) => {}
                }
            }
        }
    }
}
