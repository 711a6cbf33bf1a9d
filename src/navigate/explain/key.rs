//! Keys: whose they are, what they guard, and who may decrypt with them.

use super::phrase::{Fact, Insight, Mark, Phrase, clipped};
use super::role::is_execution_role;
use super::{Explainer, Of, place_of};
use crate::access::decryption;
use crate::model::{Assumptions, Field, Key, Reference, Secret, Text, Value};
use crate::navigate::touches;

/// More roles, or more secrets, than these tell no more.
const MOST: usize = 12;

/// What names the key of Secrets Manager that every account has.
const OWN: &str = "alias/aws/";

impl<'d> Explainer<'d> {
    /// The key that the cursor is on: where it is defined, or where a secret names it.
    pub(super) fn keys(&self, of: Of<'d>, at: u32) -> Option<Insight> {
        let is_here = |key: &&Key| touches(key.key, at) && key.key.file == self.source.id();
        if let Some(key) = of.document.keys.iter().find(is_here) {
            let title = Phrase::new("Key ").code(&key.id).words(", customer managed");
            return Some(Insight { span: key.key, title, facts: self.guarded(of, key) });
        }
        of.document.secrets.iter().find_map(|secret| {
            let cases = Self::cases_at(&secret.key_id, at);
            let case = cases.into_iter().find(|case| matches!(case.value, Value::Known(_)))?;
            let Value::Known(named) = &case.value else { return None };
            let title = Phrase::new("Key of the secret ").code(&secret.id).words(": ").then(self.key_named(of, named));
            let facts = match of.document.key(named) {
                Some(key) => self.guarded(of, key),
                None => self.key_elsewhere(of, named),
            };
            Some(Insight { span: place_of(&secret.key_id, case, at), title, facts })
        })
    }

    /// The keys that a secret may have, one fact each.
    pub(super) fn keys_of(&self, of: Of<'d>, key_id: &Field<Text>, known: &Assumptions) -> Vec<Fact> {
        let mut facts = Vec::new();
        for case in &key_id.cases {
            if !of.possible(&[&case.when, known]) {
                continue;
            }
            let (mark, phrase, under) = match &case.value {
                Value::Unset => (
                    Mark::None,
                    Phrase::default()
                        .code("aws/secretsmanager")
                        .words(", AWS managed: it takes no permission of its own"),
                    Vec::new(),
                ),
                Value::Unknown => (Mark::Open, Phrase::new("not known"), Vec::new()),
                Value::Known(named) => match of.document.key(named) {
                    Some(_) => (Mark::None, self.key_named(of, named), Vec::new()),
                    None => (Mark::None, self.key_named(of, named), self.unknowns(of.document, named)),
                },
            };
            let phrase = Phrase::new("key: ").then(phrase);
            facts.push(of.when(phrase, &case.when, known).marked(mark).with(under));
        }
        facts.dedup();
        facts
    }

    /// A key as a secret names it.
    fn key_named(&self, of: Of<'d>, named: &Text) -> Phrase {
        if let Some(key) = of.document.key(named) {
            return Phrase::default().code(&key.id).at(key.key).words(", customer managed");
        }
        let shown = self.shown(named);
        let phrase = Phrase::default().code(&clipped(&shown));
        if shown.contains(OWN) {
            return phrase.words(", AWS managed");
        }
        match named.sole_hole().map(|hole| &*hole.reference) {
            Some(Reference::Parameter(parameter)) if parameter.default.is_none() => {
                phrase.words(", which the deployment chooses")
            }
            Some(Reference::Dynamic(_)) => phrase.words(", which the deployment chooses"),
            _ => phrase.words(", defined elsewhere"),
        }
    }

    fn key_elsewhere(&self, of: Of<'d>, named: &Text) -> Vec<Fact> {
        if self.shown(named).contains(OWN) {
            return vec![Phrase::new("it takes no permission of its own").fact()];
        }
        let mut facts = self.unknowns(of.document, named);
        if facts.is_empty() {
            facts.push(Phrase::new("its policy is not in this file").marked(Mark::Open));
        }
        facts
    }

    /// What a key guards, and which roles may decrypt that.
    fn guarded(&self, of: Of<'d>, key: &'d Key) -> Vec<Fact> {
        let has_key = |secret: &&'d Secret| {
            secret.key_id.known().any(|(named, _)| of.document.key(named).is_some_and(|one| one.key == key.key))
        };
        let secrets: Vec<&'d Secret> = of.document.secrets.iter().filter(has_key).take(MOST).collect();
        let mut facts = Vec::new();
        if key.policies.is_empty() {
            facts.push(Phrase::new("without a policy: the IAM policies of the account decide").fact());
        }
        let Some(first) = secrets.first() else {
            facts.push(Phrase::new("no secret of this file is encrypted with it").fact());
            return facts;
        };
        let guards = secrets.iter().enumerate().fold(Phrase::new("guards "), |phrase, (at, secret)| {
            phrase.words(if at > 0 { ", " } else { "" }).code(&secret.id).at(secret.key)
        });
        facts.push(guards.fact());
        for role in of.document.roles.iter().take(MOST) {
            let (mark, verdict) = self.verdict(of.document, role, &decryption(of.document, role, first, key));
            // A role that asks for nothing need not be allowed anything.
            let is_asked = of.document.tasks.iter().any(|task| is_execution_role(of, task, role));
            let mark = if mark == Mark::Bad && !is_asked { Mark::None } else { mark };
            let who = Phrase::new(if is_asked { "execution role " } else { "role " }).code(&role.id).at(role.key);
            facts.push(who.words(": ").code("kms:Decrypt").words(" is ").then(without_is(verdict)).marked(mark));
        }
        facts
    }
}

/// A verdict, to be read behind "is".
fn without_is(verdict: Phrase) -> Phrase {
    match verdict.pieces().first() {
        Some(super::Piece::Words(words)) if words.starts_with("nothing allows it") => {
            let rest = words.trim_start_matches("nothing allows it").to_owned();
            let begin = Phrase::new("not allowed").words(&rest);
            verdict.pieces().iter().skip(1).fold(begin, |phrase, piece| match piece {
                super::Piece::Words(words) => phrase.words(words),
                super::Piece::Code(code) => phrase.code(code),
                super::Piece::Place(place) => phrase.place(*place),
            })
        }
        _ => verdict,
    }
}
