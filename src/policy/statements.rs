//! Grants → statements: one for each purpose, and for each combination of the template's conditions that it depends on.

use std::collections::{BTreeMap, BTreeSet};

use super::grants::{Grant, User};
use super::{Purpose, Statement, Target};
use crate::model::{Document, Text};

/// Outcomes of conditions that go together, by index.
type When = BTreeMap<u16, bool>;

/// More of what needs a statement than this are counted, not named.
const MOST_NAMED: usize = 12;

/// A permission on one resource with all that needs it.
struct Wanted {
    grant: Grant,
    whens: Vec<When>,
    users: Vec<User>,
}

/// What goes into one statement.
#[derive(Default)]
struct Group {
    resources: Vec<Target>,
    only_for: Vec<Text>,
    users: Vec<User>,
}

/// The statements, and the outcomes that they all depend on.
pub(super) fn merged(document: &Document, grants: Vec<Grant>) -> (Vec<Statement>, Vec<(String, bool)>) {
    let mut wanted: Vec<Wanted> = Vec::new();
    for grant in grants {
        let is_same = |one: &Grant| {
            one.purpose == grant.purpose && one.resource == grant.resource && one.only_for == grant.only_for
        };
        if let Some(known) = wanted.iter_mut().find(|known| is_same(&known.grant)) {
            known.whens.push(grant.when);
            push_new(&mut known.users, grant.user);
        } else {
            let (whens, users) = (vec![grant.when.clone()], vec![grant.user.clone()]);
            wanted.push(Wanted { grant, whens, users });
        }
    }
    for one in &mut wanted {
        simplify(&mut one.whens);
    }
    let shared = shared(wanted.iter().flat_map(|one| &one.whens));
    let mut groups: BTreeMap<(Purpose, When, bool), Group> = BTreeMap::new();
    for Wanted { grant, whens, users } in wanted {
        for mut when in whens {
            when.retain(|condition, _| !shared.contains_key(condition));
            let group = groups.entry((grant.purpose, when, !grant.only_for.is_empty())).or_default();
            push_new(&mut group.resources, grant.resource.clone());
            for secret in &grant.only_for {
                push_new(&mut group.only_for, secret.clone());
            }
            for user in &users {
                push_new(&mut group.users, user.clone());
            }
        }
    }
    let named = |when: &When| -> Vec<(String, bool)> {
        let names = when.iter().filter_map(|(condition, outcome)| {
            document.conditions.named.get(usize::from(*condition)).map(|(name, _)| (name.clone(), *outcome))
        });
        names.collect()
    };
    let mut sids = BTreeSet::new();
    let statements = groups.into_iter().map(|((purpose, when, _), Group { resources, only_for, users })| {
        let when = named(&when);
        let reason = purpose.reason(!only_for.is_empty(), &list(&users));
        let sid = sid(purpose.sid(!only_for.is_empty()), &when, &mut sids);
        Statement { sid, purpose, resources, only_for, when, reason }
    });
    (statements.collect(), named(&shared))
}

/// The same disjunction in fewer words: what another covers goes, and `A and B` with `A and not B` is `A`.
fn simplify(whens: &mut Vec<When>) {
    loop {
        let covers =
            |one: &When, other: &When| one.iter().all(|(condition, outcome)| other.get(condition) == Some(outcome));
        let kept: Vec<When> = whens
            .iter()
            .enumerate()
            .filter(|(at, when)| {
                !whens
                    .iter()
                    .enumerate()
                    .any(|(other, one)| covers(one, when) && (one.len() < when.len() || other < *at))
            })
            .map(|(_, when)| when.clone())
            .collect();
        *whens = kept;
        let Some((at, other, merged)) = complementary(whens) else { return };
        whens.remove(other);
        if let Some(place) = whens.get_mut(at) {
            *place = merged;
        }
    }
}

/// The first two that differ in one outcome alone, and what they come to together.
fn complementary(whens: &[When]) -> Option<(usize, usize, When)> {
    for (at, one) in whens.iter().enumerate() {
        for (other_at, other) in whens.iter().enumerate().skip(at + 1) {
            let differing: Vec<u16> = one
                .iter()
                .filter(|(condition, outcome)| other.get(condition) != Some(outcome))
                .map(|(c, _)| *c)
                .collect();
            if let [condition] = differing.as_slice()
                && one.keys().eq(other.keys())
            {
                let mut merged = one.clone();
                merged.remove(condition);
                return Some((at, other_at, merged));
            }
        }
    }
    None
}

/// The outcomes that all depend on.
fn shared<'w>(mut whens: impl Iterator<Item = &'w When>) -> When {
    let Some(first) = whens.next() else { return When::new() };
    whens.fold(first.clone(), |mut shared, when| {
        shared.retain(|condition, outcome| when.get(condition) == Some(outcome));
        shared
    })
}

/// `ReadSecretsIfIsProd`; with a number where that is taken.
fn sid(name: &str, when: &[(String, bool)], taken: &mut BTreeSet<String>) -> String {
    let mut sid = name.to_owned();
    for (name, outcome) in when {
        sid.push_str(if *outcome { "If" } else { "Unless" });
        sid.extend(name.chars().filter(char::is_ascii_alphanumeric));
    }
    let mut unique = sid.clone();
    for number in 2.. {
        if taken.insert(unique.clone()) {
            break;
        }
        unique = format!("{sid}{number}");
    }
    unique
}

/// `` `A`, `B` of `web`; `C` of `worker` ``: what is of the same containers together.
fn list(users: &[User]) -> String {
    let mut of_containers: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
    for user in users {
        let container = user.container.as_deref();
        match of_containers.iter_mut().find(|(known, _)| *known == container) {
            Some((_, whats)) => push_new(whats, &user.what),
            None => of_containers.push((container, vec![&user.what])),
        }
    }
    let mut groups: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for (container, whats) in of_containers {
        match groups.iter_mut().find(|(known, containers)| *known == whats && !containers.is_empty()) {
            Some((_, containers)) => containers.extend(container),
            None => groups.push((whats, container.into_iter().collect())),
        }
    }
    let shown = groups.iter().map(|(whats, containers)| match containers.as_slice() {
        [] => some(whats),
        containers => format!("{} of {}", some(whats), some(containers)),
    });
    shown.collect::<Vec<String>>().join("; ")
}

fn some(items: &[&str]) -> String {
    let shown = items.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_that_say_nothing_go() {
        let when = |outcomes: &[(u16, bool)]| outcomes.iter().copied().collect::<When>();
        for (whens, expected) in [
            (vec![when(&[(1, true)]), when(&[(1, false)])], vec![when(&[])]),
            (vec![when(&[(1, true), (2, true)]), when(&[(1, true)])], vec![when(&[(1, true)])]),
            (vec![when(&[(1, true)]), when(&[(1, true)])], vec![when(&[(1, true)])]),
            (vec![when(&[(1, true), (2, true)]), when(&[(1, true), (2, false)]), when(&[(1, false)])], vec![when(&[])]),
            (vec![when(&[(1, true)]), when(&[(2, false)])], vec![when(&[(1, true)]), when(&[(2, false)])]),
        ] {
            let mut simplified = whens.clone();
            simplify(&mut simplified);
            assert_eq!(simplified, expected, "{whens:?}");
        }
    }
}
