//! One pattern held against one string, atom by atom.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::{Atom, Match};
use crate::model::{Part, Reference, ResourceKind, Text};

/// The pattern taken to pieces.
pub(super) fn wildcards(pattern: &Text) -> Vec<Atom> {
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
pub(super) struct Matching<'s> {
    pub(super) pattern: Vec<Atom>,
    pub(super) subject: &'s [Atom],
    pub(super) ignore_case: bool,
}

impl Matching<'_> {
    /// What the pattern says of the string. Callers look at the ends of both first: nearly all that do not match are told apart there.
    pub(super) fn verdict(&self) -> Match {
        if (self.pattern.len() + 1).saturating_mul(self.subject.len() + 1) > MOST_STATES {
            Match::Maybe
        } else if self.certain() {
            Match::Yes
        } else if self.possible() {
            Match::Maybe
        } else {
            Match::No
        }
    }

    /// Whether the pattern matches for every value of the holes.
    fn certain(&self) -> bool {
        let (mut i, mut j) = (0, 0);
        // Where to go on when what follows the last `*` does not match: that takes in one atom more.
        let mut again = None;
        while let Some(atom) = self.subject.get(j) {
            match self.pattern.get(i) {
                // Whatever is left is taken in.
                Some(Atom::Many) if i + 1 == self.pattern.len() => return true,
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
    pub(super) fn possible(&self) -> bool {
        let (pattern, subject) = self.without_same_ends();
        // Whether a hole is a run is looked for in all of the pattern: once for each, not once for each state.
        let runs = |atoms: &[Atom]| atoms.iter().map(|atom| self.is_run(atom)).collect::<SmallVec<[bool; 128]>>();
        let (wild_runs, atom_runs) = (runs(pattern), runs(subject));
        let width = subject.len() + 1;
        let mut reached: SmallVec<[u64; 64]> = smallvec![0; ((pattern.len() + 1) * width).div_ceil(64)];
        let mut pending: SmallVec<[(usize, usize); 32]> = smallvec![(0, 0)];
        while let Some((i, j)) = pending.pop() {
            let (at, bit) = ((i * width + j) / 64, 1 << ((i * width + j) % 64));
            match reached.get_mut(at) {
                Some(bits) if *bits & bit == 0 => *bits |= bit,
                _ => continue,
            }
            let (wild, atom) = (pattern.get(i), subject.get(j));
            match (wild, atom) {
                (None, None) => return true,
                (Some(Atom::Character(_)), Some(Atom::AnyCharacter)) => pending.push((i + 1, j + 1)),
                // Even what stands for itself alone has characters.
                (Some(Atom::AnyCharacter), Some(Atom::Hole(_))) => pending.extend([(i + 1, j), (i + 1, j + 1)]),
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

    /// The pattern and the string without what is the same at their beginnings and at their ends: as long as neither may stand for more
    /// than one string, each piece there meets the other.
    fn without_same_ends(&self) -> (&[Atom], &[Atom]) {
        let (mut pattern, mut subject) = (self.pattern.as_slice(), self.subject);
        while let (Some((wild, wilds)), Some((atom, atoms))) = (pattern.split_first(), subject.split_first())
            && self.same(wild, atom)
        {
            (pattern, subject) = (wilds, atoms);
        }
        while let (Some((wild, wilds)), Some((atom, atoms))) = (pattern.split_last(), subject.split_last())
            && self.same(wild, atom)
        {
            (pattern, subject) = (wilds, atoms);
        }
        (pattern, subject)
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
