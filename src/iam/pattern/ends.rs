//! The ends of a pattern and of a string, where most that do not match already differ.
//!
//! Most policies list ARNs of several services, and most of them are not the one asked about: `arn:${AWS::Partition}:s3:::logs` and
//! `arn:${AWS::Partition}:secretsmanager:…` are told apart here, without taking the pattern to pieces.

use super::Atom;
use crate::model::{Part, Reference, Text};

/// A piece of a pattern as it is seen from one of its ends.
enum Piece<'p> {
    Character(char),
    Hole(&'p Reference),
    /// A wildcard, a variable, or something unknown: what is behind it may stand anywhere.
    Open,
}

impl<'p> Piece<'p> {
    /// The piece that a character of a policy is: `$` may begin a variable such as `${aws:username}`.
    fn written(character: char) -> Self {
        if matches!(character, '*' | '?' | '$') { Self::Open } else { Self::Character(character) }
    }

    fn of(atom: &'p Atom) -> Self {
        match atom {
            Atom::Character(character) => Self::Character(*character),
            Atom::Hole(reference) => Self::Hole(reference),
            Atom::AnyCharacter | Atom::Many | Atom::Unknown | Atom::Word | Atom::Path => Self::Open,
        }
    }
}

/// Whether the pattern, which is not yet taken to pieces, surely does not match the string.
pub(super) fn differ_from_text(pattern: &Text, subject: &[Atom], ignore_case: bool) -> bool {
    if differs(Pieces::of(pattern.parts().iter(), str::chars), subject.iter(), ignore_case) {
        return true;
    }
    // Backwards the name of a variable is met before the `$` that tells it is one.
    let holds_variable = |part: &Part| matches!(part, Part::Literal(text) if text.as_str().contains('$'));
    let backwards = Pieces::of(pattern.parts().iter().rev(), |text| text.chars().rev());
    differs(backwards, subject.iter().rev(), ignore_case) && !pattern.parts().iter().any(holds_variable)
}

/// Whether the pattern surely does not match the string.
pub(super) fn differ(pattern: &[Atom], subject: &[Atom], ignore_case: bool) -> bool {
    differs(pattern.iter().map(Piece::of), subject.iter(), ignore_case)
        || differs(pattern.iter().rev().map(Piece::of), subject.iter().rev(), ignore_case)
}

/// The pieces of a pattern, from the end from which its parts and their characters come.
struct Pieces<'p, P, C> {
    parts: P,
    characters: C,
    of_text: fn(&'p str) -> C,
}

impl<'p, P: Iterator<Item = &'p Part>, C: Iterator<Item = char>> Pieces<'p, P, C> {
    fn of(parts: P, of_text: fn(&'p str) -> C) -> Self {
        Self { parts, characters: of_text(""), of_text }
    }
}

impl<'p, P: Iterator<Item = &'p Part>, C: Iterator<Item = char>> Iterator for Pieces<'p, P, C> {
    type Item = Piece<'p>;

    fn next(&mut self) -> Option<Piece<'p>> {
        loop {
            if let Some(character) = self.characters.next() {
                return Some(Piece::written(character));
            }
            match self.parts.next()? {
                Part::Literal(text) => self.characters = (self.of_text)(text.as_str()),
                Part::Hole(hole) => return Some(Piece::Hole(&hole.reference)),
                Part::Base64(..) => return Some(Piece::Open),
            }
        }
    }
}

/// Whether the two differ before anything is met that may stand for more than one string.
fn differs<'p>(
    mut pattern: impl Iterator<Item = Piece<'p>>,
    mut subject: impl Iterator<Item = &'p Atom>,
    ignore_case: bool,
) -> bool {
    let same = |a: char, b: char| a == b || ignore_case && a.eq_ignore_ascii_case(&b);
    loop {
        match (pattern.next(), subject.next()) {
            (Some(Piece::Character(a)), Some(Atom::Character(b))) if !same(a, *b) => return true,
            (Some(Piece::Character(_)), Some(Atom::Character(_) | Atom::AnyCharacter)) => {}
            // The same reference is the same string on both sides.
            (Some(Piece::Hole(a)), Some(Atom::Hole(b))) if *a == **b => {}
            // A Region or an account has no colon in it: both go on behind the colon that ends it.
            (Some(Piece::Character(first)), Some(Atom::Hole(reference))) if reference.is_plain_word() => {
                let pieces = std::iter::once(Piece::Character(first)).chain(pattern.by_ref());
                if !reaches_colon(pieces) || !matches!(subject.next(), Some(Atom::Character(':'))) {
                    return false;
                }
            }
            (Some(Piece::Hole(reference)), Some(first @ Atom::Character(_))) if reference.is_plain_word() => {
                let atoms = std::iter::once(first).chain(subject.by_ref());
                if !reaches_colon(atoms.map(Piece::of)) || !matches!(pattern.next(), Some(Piece::Character(':'))) {
                    return false;
                }
            }
            (Some(Piece::Character(_)), None) | (None, Some(Atom::Character(_) | Atom::AnyCharacter)) => return true,
            _ => return false,
        }
    }
}

/// Whether a colon comes before anything but known characters, and takes all up to it.
fn reaches_colon<'p>(pieces: impl Iterator<Item = Piece<'p>>) -> bool {
    for piece in pieces {
        match piece {
            Piece::Character(':') => return true,
            Piece::Character('/') | Piece::Hole(_) | Piece::Open => return false,
            Piece::Character(_) => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::iam::pattern::Match;
    use crate::iam::pattern::matching::{Matching, wildcards};
    use crate::model::Hole;
    use crate::source::{FileId, MappedText, Span};

    /// What `R`, `A` and `F` stand for: a Region, an account, and something of which nothing is known.
    fn reference(letter: char) -> Option<Arc<Reference>> {
        Some(Arc::new(match letter {
            'R' => Reference::Pseudo("AWS::Region".into()),
            'A' => Reference::Pseudo("AWS::AccountId".into()),
            'F' => Reference::Function("Fn::X".into()),
            _ => return None,
        }))
    }

    fn pattern(plain: &[&str]) -> Text {
        let part = |piece: &&str| match piece.chars().next().and_then(reference) {
            Some(reference) => Part::Hole(Hole { reference, span: Span::start_of(FileId(0)) }),
            None => Part::Literal(MappedText::unplaced(piece)),
        };
        Text::new(plain.iter().map(part).collect())
    }

    fn subject(plain: &str) -> Vec<Atom> {
        let atom = |character| match (reference(character), character) {
            (Some(reference), _) => Atom::Hole(reference),
            (None, '#') => Atom::AnyCharacter,
            (None, 'W') => Atom::Word,
            (None, 'P') => Atom::Path,
            (None, 'U') => Atom::Unknown,
            (None, known) => Atom::Character(known),
        };
        plain.chars().map(atom).collect()
    }

    /// The slow, obvious matcher.
    fn matches(pattern: &[char], subject: &[char]) -> bool {
        match (pattern.split_first(), subject.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => (0..=subject.len()).any(|taken| matches(rest, &subject[taken..])),
            (Some(('?', rest)), Some((_, less))) => matches(rest, less),
            (Some((a, rest)), Some((b, less))) if a == b => matches(rest, less),
            _ => false,
        }
    }

    /// What the string is when the gaps are filled: `both` holds what is on both sides, which stands for itself alone, and is longer than
    /// all wildcards for one character together.
    fn filled(plain: &str, both: &str, fills: &[String; 6]) -> Vec<char> {
        let fill = |letter: char| match "RAFWPU".find(letter) {
            Some(_) if both.contains(letter) => letter.to_string().repeat(9),
            Some(at) => fills[at].clone(),
            None if letter == '#' => "b".to_owned(),
            None => letter.to_string(),
        };
        plain.chars().flat_map(|letter| fill(letter).chars().collect::<Vec<_>>()).collect()
    }

    proptest! {
        /// What differs at an end is told apart by the whole matcher, too, and its verdict holds whatever fills the gaps.
        #[test]
        fn ends_never_say_more_than_the_whole(
            plain in vec(select(&["a", "b", ":", "/", "*", "?", "R", "A", "F"][..]), 0..8),
            against in "[ab:/#RAFWPU]{0,8}",
            words in vec("[ab]{1,2}", 3),
            others in vec("[ab:]{0,3}", 2),
            path in "[ab/]{0,3}",
        ) {
            let (pattern, subject) = (pattern(&plain), subject(&against));
            let atoms = wildcards(&pattern);
            let differs = differ_from_text(&pattern, &subject, false) || differ(&atoms, &subject, false);
            let verdict = Matching { pattern: atoms, subject: &subject, ignore_case: false }.verdict();
            prop_assert!(verdict == Match::No || !differs);

            let plain = plain.concat();
            let both: String = "RAF".chars().filter(|letter| plain.contains(*letter) && against.contains(*letter)).collect();
            let [region, account, word] = <[String; 3]>::try_from(words).unwrap();
            let [function, unknown] = <[String; 2]>::try_from(others).unwrap();
            let fills = [region, account, function, word, path, unknown];
            let matched = matches(&filled(&plain, &both, &fills), &filled(&against, &both, &fills));
            prop_assert!(if matched { verdict != Match::No } else { verdict != Match::Yes }, "{verdict:?}");
        }

        /// A `$` may begin a variable, which is anything.
        #[test]
        fn variables_differ_from_nothing(before in "[ab]{0,3}", after in "[ab$]{0,3}", against in "[ab]{0,6}") {
            let pattern = Text::literal(MappedText::unplaced(&format!("{before}${{a}}{after}")));
            let may_match = against.starts_with(&before) && (after.contains('$') || against[before.len()..].ends_with(&after));
            prop_assert!(!may_match || !differ_from_text(&pattern, &subject(&against), false));
        }
    }

    #[test]
    fn arns_of_other_services_differ() {
        let asked = subject("arn:R:secret:A:x");
        for (plain, expected) in [
            (&["arn:", "R", ":s3:", "A", ":x"][..], true),
            (&["arn:aws:s3:*"], true),
            (&["arn:aws:secret:1:x"], false),
            (&["arn:aws:secret:1:y"], true),
            (&["*:x"], false),
            (&["*:", "A", ":y"], true),
            (&["arn:", "F", ":x"], false),
        ] {
            assert_eq!(differ_from_text(&pattern(plain), &asked, false), expected, "{plain:?}");
        }
    }
}
