//! Matching of patterns with wildcards and holes against strings that are partly known.

use crate::model::{Part, Reference, ResourceKind, Text};

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

#[derive(Clone, Debug)]
enum Atom {
    Character(char),
    AnyCharacter,
    Hole(Reference),
    /// Something of which nothing is known, not even that it is the same as another.
    Unknown,
}

#[derive(Clone, Debug)]
enum Wild {
    Character(char),
    One,
    Many,
    Hole(Reference),
    Unknown,
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

    /// This followed by `text`.
    #[must_use]
    pub fn followed_by(mut self, text: &Text) -> Self {
        for part in text.parts() {
            match part {
                Part::Literal(literal) => self.0.extend(literal.as_str().chars().map(Atom::Character)),
                Part::Hole(hole) => self.0.push(Atom::Hole(hole.reference.clone())),
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

    /// This followed by something unknown.
    #[must_use]
    pub fn then_unknown(mut self) -> Self {
        self.0.push(Atom::Unknown);
        self
    }

    /// Whether the pattern (`*`, `?`, and holes where the template leaves them) matches.
    /// Actions are compared without case, resources with it.
    #[must_use]
    pub fn matched_by(&self, pattern: &Text, ignore_case: bool) -> Match {
        let pattern = wildcards(pattern);
        let fold = |c: char| if ignore_case { c.to_ascii_lowercase() } else { c };
        if certainly(&pattern, &self.0, fold) {
            Match::Yes
        } else if possibly(&pattern, &self.0, fold) {
            Match::Maybe
        } else {
            Match::No
        }
    }
}

fn wildcards(pattern: &Text) -> Vec<Wild> {
    let mut wild = Vec::new();
    for part in pattern.parts() {
        match part {
            Part::Literal(literal) => {
                let mut rest = literal.as_str().chars();
                while let Some(character) = rest.next() {
                    wild.push(match character {
                        '*' => Wild::Many,
                        '?' => Wild::One,
                        // A policy variable such as `${aws:username}`: known when the request is made.
                        '$' if rest.as_str().starts_with('{') => {
                            let length = rest.as_str().find('}').map_or(rest.as_str().len(), |at| at + 1);
                            rest = rest.as_str().get(length..).unwrap_or_default().chars();
                            Wild::Unknown
                        }
                        other => Wild::Character(other),
                    });
                }
            }
            Part::Hole(hole) => wild.push(Wild::Hole(hole.reference.clone())),
            Part::Base64(..) => wild.push(Wild::Unknown),
        }
    }
    wild
}

/// Whether the pattern matches for every value of the holes.
fn certainly(pattern: &[Wild], subject: &[Atom], fold: impl Fn(char) -> char) -> bool {
    // `reached[j]`: the pattern so far matches the first `j` atoms.
    let mut reached = vec![false; subject.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for wild in pattern {
        let mut next = vec![false; subject.len() + 1];
        let mut before = false;
        for (at, here) in reached.iter().enumerate() {
            let step = match wild {
                Wild::Many => {
                    before |= *here;
                    before
                }
                _ => {
                    at > 0
                        && reached.get(at - 1) == Some(&true)
                        && subject.get(at - 1).is_some_and(|atom| fits(wild, atom, &fold))
                }
            };
            if let Some(cell) = next.get_mut(at) {
                *cell = step;
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

fn fits(wild: &Wild, atom: &Atom, fold: &impl Fn(char) -> char) -> bool {
    match (wild, atom) {
        (Wild::Character(a), Atom::Character(b)) => fold(*a) == fold(*b),
        (Wild::One, Atom::Character(_) | Atom::AnyCharacter) => true,
        (Wild::Hole(a), Atom::Hole(b)) => a == b,
        _ => false,
    }
}

/// Whether the pattern matches for some value of the holes.
fn possibly(pattern: &[Wild], subject: &[Atom], fold: impl Fn(char) -> char) -> bool {
    // Both sides may stand for any run of characters: the pattern where it has `*` or a hole, the subject where it has a hole.
    let any_run = |wild: &Wild| matches!(wild, Wild::Many | Wild::Hole(_) | Wild::Unknown);
    let hole = |atom: &Atom| matches!(atom, Atom::Hole(_) | Atom::Unknown);
    let width = subject.len() + 1;
    let mut reached = vec![false; (pattern.len() + 1) * width];
    let mut pending = vec![(0usize, 0usize)];
    while let Some((i, j)) = pending.pop() {
        match reached.get_mut(i * width + j) {
            Some(cell) if !*cell => *cell = true,
            _ => continue,
        }
        let (wild, atom) = (pattern.get(i), subject.get(j));
        match (wild, atom) {
            (None, None) => return true,
            (Some(Wild::Hole(a)), Some(Atom::Hole(b))) if a == b => pending.push((i + 1, j + 1)),
            (Some(Wild::Hole(a)), Some(Atom::Hole(b))) if distinct(a, b) => continue,
            _ => {}
        }
        if wild.is_some_and(any_run) {
            pending.push((i + 1, j));
            if atom.is_some() {
                pending.push((i, j + 1));
            }
        }
        if atom.is_some_and(hole) {
            pending.push((i, j + 1));
            if wild.is_some() {
                pending.push((i + 1, j));
            }
        }
        let same = match (wild, atom) {
            (Some(Wild::Character(a)), Some(Atom::Character(b))) => fold(*a) == fold(*b),
            (Some(Wild::Character(_) | Wild::One), Some(Atom::AnyCharacter))
            | (Some(Wild::One), Some(Atom::Character(_))) => true,
            _ => false,
        };
        if same {
            pending.push((i + 1, j + 1));
        }
    }
    false
}

/// Whether two references surely stand for different things: two resources of the template whose `Ref` or ARN is their own.
fn distinct(one: &Reference, other: &Reference) -> bool {
    let (Reference::Resource(one), Reference::Resource(other)) = (one, other) else { return false };
    let own = |kind| !matches!(kind, ResourceKind::Custom | ResourceKind::OtherAws);
    one.id != other.id && own(one.kind) && own(other.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MappedText;
    use proptest::prelude::*;

    fn text(pattern: &str) -> Text {
        Text::literal(MappedText::unplaced(pattern))
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
