//! Matching of patterns with wildcards and holes against strings that are partly known.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::model::{Deployment, Part, Reference, ResourceKind, Text};
use crate::source::MappedText;

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
        if self.begins_or_ends_otherwise(pattern, ignore_case) {
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
        Matching { pattern: literal.collect(), subject: &self.0, ignore_case }.verdict()
    }
}

impl Subject {
    /// Whether already the first or the last characters differ, which tells most patterns apart without taking one to pieces.
    fn begins_or_ends_otherwise(&self, pattern: &Text, ignore_case: bool) -> bool {
        let differs = |(wild, atom): (char, &Atom)| match atom {
            Atom::Character(known) if !matches!(wild, '*' | '?' | '$') => {
                Some(if ignore_case { !wild.eq_ignore_ascii_case(known) } else { wild != *known })
            }
            _ => None,
        };
        let begins = |first: &MappedText| first.as_str().chars().zip(&self.0).map_while(differs).any(|differs| differs);
        let ends = |last: &MappedText| {
            last.as_str().chars().rev().zip(self.0.iter().rev()).map_while(differs).any(|differs| differs)
        };
        // Whatever stands in or behind the beginning of a variable (`${…}`) may be anything.
        let variable = |part: &Part| matches!(part, Part::Literal(text) if text.as_str().contains('$'));
        let (first, last) = (pattern.parts().first(), pattern.parts().last());
        matches!(first, Some(Part::Literal(first)) if begins(first))
            || matches!(last, Some(Part::Literal(last)) if ends(last)) && !pattern.parts().iter().any(variable)
    }
}

fn wildcards(pattern: &Text) -> Vec<Atom> {
    let mut atoms = Vec::with_capacity(pattern.parts().iter().map(capacity).sum());
    let mut parts = pattern.parts().iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Literal(literal) => {
                // A variable may reach over pieces: `Fn::Sub` leaves `${!aws:username}` in two.
                let mut whole = Cow::Borrowed(literal.as_str());
                while let Some(Part::Literal(more)) = parts.next_if(|next| matches!(next, Part::Literal(_))) {
                    whole.to_mut().push_str(more.as_str());
                }
                let mut rest = whole.chars();
                while let Some(character) = rest.next() {
                    atoms.push(match character {
                        '*' => Atom::Many,
                        '?' => Atom::AnyCharacter,
                        // A policy variable such as `${aws:username}`: known when the request is made.
                        '$' if rest.as_str().starts_with('{') => {
                            let length = rest.as_str().find('}').map_or(rest.as_str().len(), |at| at + 1);
                            rest = rest.as_str().get(length..).unwrap_or_default().chars();
                            Atom::Unknown
                        }
                        other => Atom::Character(other),
                    });
                }
            }
            Part::Hole(hole) => atoms.push(Atom::Hole(Arc::clone(&hole.reference))),
            Part::Base64(..) => atoms.push(Atom::Unknown),
        }
    }
    atoms
}

fn capacity(part: &Part) -> usize {
    match part {
        Part::Literal(literal) => literal.as_str().len(),
        Part::Hole(_) | Part::Base64(..) => 1,
    }
}

/// A pattern and a string of which the lengths multiply to more are too long to be told apart. IAM takes policies of 10,240 characters
/// for a role (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>), and ARNs have 2,048 at most.
const MOST_STATES: usize = 1 << 25;

/// One pattern held against one string.
struct Matching<'s> {
    pattern: Vec<Atom>,
    subject: &'s [Atom],
    ignore_case: bool,
}

impl Matching<'_> {
    fn verdict(&self) -> Match {
        if self.ends_differ() {
            Match::No
        } else if (self.pattern.len() + 1).saturating_mul(self.subject.len() + 1) > MOST_STATES {
            Match::Maybe
        } else if self.certain() {
            Match::Yes
        } else if self.possible() {
            Match::Maybe
        } else {
            Match::No
        }
    }

    /// Whether the known characters at either end already differ, which tells most patterns apart.
    fn ends_differ(&self) -> bool {
        let differ = |(wild, atom): (&Atom, &Atom)| match (wild, atom) {
            (Atom::Character(_), Atom::Character(_)) => (!self.same(wild, atom)).then_some(true),
            (Atom::Character(_), Atom::AnyCharacter) | (Atom::AnyCharacter, Atom::Character(_)) => None,
            _ => Some(false),
        };
        let from_start = self.pattern.iter().zip(self.subject).find_map(differ);
        let from_end = self.pattern.iter().rev().zip(self.subject.iter().rev()).find_map(differ);
        from_start == Some(true) || from_end == Some(true)
    }

    /// Whether the pattern matches for every value of the holes.
    fn certain(&self) -> bool {
        let (mut i, mut j) = (0, 0);
        // Where to go on when what follows the last `*` does not match: that takes in one atom more.
        let mut again = None;
        while let Some(atom) = self.subject.get(j) {
            match self.pattern.get(i) {
                Some(Atom::Many) => {
                    again = Some((i, j));
                    i += 1;
                }
                Some(wild) if self.same(wild, atom) => {
                    i += 1;
                    j += 1;
                }
                _ => {
                    let Some((many, taken)) = again else { return false };
                    (i, j) = (many + 1, taken + 1);
                    again = Some((many, taken + 1));
                }
            }
        }
        self.pattern.iter().skip(i).all(|wild| matches!(wild, Atom::Many))
    }

    /// Whether the pattern matches for some value of the holes: both sides may stand for any run of characters,
    /// the pattern where it has `*` or a hole, the subject where it has a hole.
    fn possible(&self) -> bool {
        // Whether a hole is a run is looked for in all of the pattern: once for each, not once for each state.
        let runs = |atoms: &[Atom]| atoms.iter().map(|atom| self.is_run(atom)).collect::<SmallVec<[bool; 128]>>();
        let (wild_runs, atom_runs) = (runs(&self.pattern), runs(self.subject));
        let width = self.subject.len() + 1;
        let mut reached: SmallVec<[u64; 64]> = smallvec![0; ((self.pattern.len() + 1) * width).div_ceil(64)];
        let mut pending: SmallVec<[(usize, usize); 32]> = smallvec![(0, 0)];
        while let Some((i, j)) = pending.pop() {
            let (at, bit) = ((i * width + j) / 64, 1 << ((i * width + j) % 64));
            match reached.get_mut(at) {
                Some(bits) if *bits & bit == 0 => *bits |= bit,
                _ => continue,
            }
            let (wild, atom) = (self.pattern.get(i), self.subject.get(j));
            match (wild, atom) {
                (None, None) => return true,
                (Some(Atom::Character(_)), Some(Atom::AnyCharacter)) => pending.push((i + 1, j + 1)),
                (Some(wild), Some(atom)) if self.same(wild, atom) => pending.push((i + 1, j + 1)),
                _ => {}
            }
            if let Some(wild) = wild.filter(|_| wild_runs.get(i) == Some(&true)) {
                pending.push((i + 1, j));
                if atom.is_some_and(|atom| absorbs(wild, atom)) {
                    pending.push((i, j + 1));
                }
            }
            if let Some(atom) = atom.filter(|_| atom_runs.get(j) == Some(&true)) {
                pending.push((i, j + 1));
                if wild.is_some_and(|wild| absorbs(atom, wild)) {
                    pending.push((i + 1, j));
                }
            }
        }
        false
    }

    /// Whether the two surely stand for the same characters, or the pattern's for any one.
    fn same(&self, wild: &Atom, atom: &Atom) -> bool {
        let fold = |c: char| if self.ignore_case { c.to_ascii_lowercase() } else { c };
        match (wild, atom) {
            (Atom::Character(a), Atom::Character(b)) => fold(*a) == fold(*b),
            (Atom::AnyCharacter, Atom::Character(_) | Atom::AnyCharacter) => true,
            (Atom::Hole(a), Atom::Hole(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }

    /// Whether the atom may stand for any run of characters. One that is on both sides, or is an ARN of its own, stands for itself.
    fn is_run(&self, atom: &Atom) -> bool {
        match atom {
            Atom::Many | Atom::Unknown | Atom::Word | Atom::Path => true,
            Atom::Hole(reference) => {
                let is = |other: &&Atom| matches!(other, Atom::Hole(other) if other == reference);
                let on_both =
                    self.pattern.iter().any(|other| is(&other)) && self.subject.iter().any(|other| is(&other));
                !on_both && !is_of_its_own(reference)
            }
            Atom::Character(_) | Atom::AnyCharacter => false,
        }
    }
}

/// Whether a run may take in the other atom: a Region, an account or a key's id has no colon or slash in it, nor a
/// character that elsewhere is a wildcard.
fn absorbs(run: &Atom, other: &Atom) -> bool {
    match (run, other) {
        (Atom::Hole(reference), Atom::Character(':' | '/' | '*' | '?')) => !reference.is_plain_word(),
        (Atom::Word, Atom::Character(':' | '/' | '*' | '?')) | (Atom::Path, Atom::Character(':' | '*' | '?')) => false,
        _ => true,
    }
}

/// Whether a reference stands for an ARN or id that the deployment makes, which is equal to nothing that is written out.
fn is_of_its_own(reference: &Reference) -> bool {
    let Reference::Resource(resource) = reference else { return false };
    match (resource.kind, resource.attribute.as_deref()) {
        (ResourceKind::Custom, _) => false,
        (_, Some("Arn")) => true,
        (kind, None | Some("Id" | "KeyId")) => matches!(
            kind,
            ResourceKind::Secret
                | ResourceKind::KmsKey
                | ResourceKind::KmsAlias
                | ResourceKind::ManagedPolicy
                | ResourceKind::TaskDefinition
        ),
        _ => false,
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
