//! Matching of patterns with wildcards and holes against strings that are partly known.

mod ends;
mod matching;

use std::sync::Arc;

use matching::{Matching, wildcards};

use crate::model::{Deployment, Part, Reference, Text};

/// Whether a pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does, whatever fills the holes.
    Yes,
    /// It does not, whatever fills them.
    No,
    /// That depends on them.
    Maybe,
}

impl Match {
    /// Both must match.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Maybe,
        }
    }

    /// One must match.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Maybe,
        }
    }

    /// The opposite must match.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
        }
    }
}

/// The string a pattern is held against: known characters, characters of which only their number is known, and holes.
#[derive(Clone, Debug, Default)]
pub struct Subject(Vec<Atom>);

/// A piece of a string, or of a pattern.
#[derive(Clone, Debug)]
enum Atom {
    Character(char),
    /// One character that is not known; in a pattern `?`.
    AnyCharacter,
    /// In a pattern `*`.
    Many,
    /// What a reference stands for. The same reference is the same string.
    Hole(Arc<Reference>),
    /// Something of which nothing is known, not even that it is the same as another.
    Unknown,
    /// Something unknown that has no colon and no slash in it.
    Word,
    /// Something unknown that has no colon in it.
    Path,
}

impl Subject {
    /// The string that `text` is.
    #[must_use]
    pub fn of(text: &Text) -> Self {
        Self::default().followed_by(text)
    }

    /// A string that is wholly known.
    #[must_use]
    pub fn known(text: &str) -> Self {
        Self(text.chars().map(Atom::Character).collect())
    }

    /// What the pseudo parameter stands for.
    #[must_use]
    pub fn pseudo(name: &str, deployment: &Deployment) -> Self {
        Self::default().then_pseudo(name, deployment)
    }

    /// This followed by what the pseudo parameter stands for.
    #[must_use]
    pub fn then_pseudo(self, name: &str, deployment: &Deployment) -> Self {
        match deployment.pseudo(name) {
            Some(value) => self.then(value),
            None => self.then_reference(Reference::Pseudo(name.to_owned())),
        }
    }

    /// This followed by `text`.
    #[must_use]
    pub fn followed_by(mut self, text: &Text) -> Self {
        for part in text.parts() {
            match part {
                Part::Literal(literal) => self.0.extend(literal.as_str().chars().map(Atom::Character)),
                Part::Hole(hole) => self.0.push(Atom::Hole(Arc::clone(&hole.reference))),
                Part::Base64(..) => self.0.push(Atom::Unknown),
            }
        }
        self
    }

    /// This followed by known characters.
    #[must_use]
    pub fn then(mut self, text: &str) -> Self {
        self.0.extend(text.chars().map(Atom::Character));
        self
    }

    /// This followed by that many characters that are not known, such as the six that Secrets Manager appends.
    #[must_use]
    pub fn then_any(mut self, count: usize) -> Self {
        self.0.extend(std::iter::repeat_n(Atom::AnyCharacter, count));
        self
    }

    /// This followed by a parameter's name, whose leading slash does not stand twice in an ARN.
    #[must_use]
    pub fn then_name(mut self, name: &Text) -> Self {
        let length = self.0.len();
        self = self.followed_by(name);
        if matches!(self.0.get(length), Some(Atom::Character('/'))) {
            self.0.remove(length);
        }
        self
    }

    /// This followed by something that the reference stands for.
    #[must_use]
    pub fn then_reference(mut self, reference: Reference) -> Self {
        self.0.push(Atom::Hole(Arc::new(reference)));
        self
    }

    /// `arn:partition:service:region:account:` of the stack that the template makes.
    #[must_use]
    pub fn arn_of_this_stack(service: &str, deployment: &Deployment) -> Self {
        let arn = Self::known("arn:").then_pseudo("AWS::Partition", deployment).then(":").then(service).then(":");
        let arn = arn.then_pseudo("AWS::Region", deployment).then(":");
        arn.then_pseudo("AWS::AccountId", deployment).then(":")
    }

    /// This followed by something unknown.
    #[must_use]
    pub fn then_unknown(mut self) -> Self {
        self.0.push(Atom::Unknown);
        self
    }

    /// This followed by something unknown without a colon, such as the name of a log group.
    #[must_use]
    pub fn then_path(mut self) -> Self {
        self.0.push(Atom::Path);
        self
    }

    /// This followed by something unknown without colon and slash, such as a key's id.
    #[must_use]
    pub fn then_word(mut self) -> Self {
        self.0.push(Atom::Word);
        self
    }

    /// Whether the pattern (`*`, `?`, and holes where the template leaves them) matches.
    /// Actions are compared without case, resources with it.
    #[must_use]
    pub fn matched_by(&self, pattern: &Text, ignore_case: bool) -> Match {
        if ends::differ_from_text(pattern, &self.0, ignore_case) {
            return Match::No;
        }
        Matching { pattern: wildcards(pattern), subject: &self.0, ignore_case }.verdict()
    }

    /// Whether the text is this very string; `*` and `?` are characters like others, policy variables are not.
    #[must_use]
    pub fn equal_to(&self, text: &Text, ignore_case: bool) -> Match {
        let literal = wildcards(text).into_iter().map(|atom| match atom {
            Atom::Many => Atom::Character('*'),
            Atom::AnyCharacter => Atom::Character('?'),
            other => other,
        });
        let pattern: Vec<Atom> = literal.collect();
        if ends::differ(&pattern, &self.0, ignore_case) {
            return Match::No;
        }
        Matching { pattern, subject: &self.0, ignore_case }.verdict()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MappedText;
    use proptest::prelude::*;

    fn text(pattern: &str) -> Text {
        Text::literal(MappedText::unplaced(pattern))
    }

    /// Neither the time nor the memory of a match may be the product of two lengths that a file can have.
    #[test]
    fn what_is_longer_than_iam_takes_may_match() {
        let (pattern, subject) = ("a*".repeat(200_000), "a".repeat(200_000));
        assert_eq!(Subject::known(&subject).matched_by(&text(&pattern), false), Match::Maybe);
        assert_eq!(Subject::known("b").matched_by(&text(&pattern), false), Match::No);
    }

    /// The slow, obvious matcher.
    fn reference(pattern: &[char], subject: &[char]) -> bool {
        match (pattern.split_first(), subject.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => {
                reference(rest, subject) || subject.split_first().is_some_and(|(_, less)| reference(pattern, less))
            }
            (Some(('?', rest)), Some((_, less))) => reference(rest, less),
            (Some((a, rest)), Some((b, less))) if a == b => reference(rest, less),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn known_strings_match_as_the_obvious_matcher_says(pattern in "[ab?*]{0,8}", subject in "[ab]{0,8}") {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            let expected = if reference(&chars(&pattern), &chars(&subject)) { Match::Yes } else { Match::No };
            prop_assert_eq!(Subject::known(&subject).matched_by(&text(&pattern), false), expected);
        }

        /// A verdict about a subject with a gap holds for everything that may fill the gap.
        #[test]
        fn verdicts_hold_whatever_fills_the_gaps(pattern in "[ab?*]{0,6}", before in "[ab]{0,3}", after in "[ab]{0,3}", fill in "[ab]{0,4}", any in "[ab]{2}") {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            let gap = Subject::known(&before).then_unknown().then(&after).then_any(2).matched_by(&text(&pattern), false);
            let filled = reference(&chars(&pattern), &chars(&format!("{before}{fill}{after}{any}")));
            match gap {
                Match::Yes => prop_assert!(filled),
                Match::No => prop_assert!(!filled),
                Match::Maybe => {}
            }
        }
    }

    #[test]
    fn secret_suffixes_and_case() {
        let secret = Subject::known("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-").then_any(6);
        for (pattern, expected) in [
            ("*", Match::Yes),
            ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-??????", Match::Yes),
            ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-*", Match::Yes),
            ("arn:aws:secretsmanager:*:*:secret:prod/*", Match::Yes),
            ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db", Match::No),
            ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf", Match::Maybe),
            ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:${aws:username}", Match::Maybe),
            ("arn:aws:ssm:*", Match::No),
        ] {
            assert_eq!(secret.matched_by(&text(pattern), false), expected, "{pattern}");
        }
        assert_eq!(
            Subject::known("secretsmanager:GetSecretValue").matched_by(&text("SecretsManager:get*"), true),
            Match::Yes
        );
    }
}
