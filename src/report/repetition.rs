//! Where credentials that are known stand again.

use std::ops::Range;

use aho_corasick::Anchored;
use aho_corasick::automaton::{Automaton, Candidate, StateID};
use aho_corasick::nfa::contiguous::NFA;

/// The texts that are looked for. There may be as many as there are files, and all are looked for at once.
pub(super) enum Repetition {
    /// There are none.
    Nothing,
    /// Those of the automaton, which begins in that state.
    Of(Box<NFA>, StateID),
    /// More than can be looked for: no text is shown.
    Everything,
}

impl Repetition {
    /// None of the texts may be empty.
    pub(super) fn of<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> Self {
        if texts.len() == 0 {
            return Self::Nothing;
        }
        let Ok(search) = NFA::new(texts) else { return Self::Everything };
        match search.start_state(Anchored::No) {
            Ok(begin) => Self::Of(Box::new(search), begin),
            Err(_) => Self::Everything,
        }
    }

    /// Where they stand, in order, as disjoint ranges: where some overlap, what they take together.
    pub(super) fn within(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let (search, begin) = match self {
            Self::Nothing => return found,
            Self::Of(search, begin) => (search, *begin),
            Self::Everything => {
                found.push(0..text.len());
                return found;
            }
        };
        let (mut state, mut at) = (begin, 0);
        loop {
            if state == begin
                && let Some(prefilter) = search.prefilter()
            {
                at = match prefilter.find_in(text.as_bytes(), (at..text.len()).into()) {
                    Candidate::None => break,
                    Candidate::Match(whole) => whole.start(),
                    Candidate::PossibleStartOfMatch(start) => start,
                };
            }
            let Some(byte) = text.as_bytes().get(at) else { break };
            state = search.next_state(Anchored::No, state, *byte);
            at += 1;
            if search.is_match(state) {
                // The first of those that end here is the longest: it has the others at its end.
                let length = search.pattern_len(search.match_pattern(state, 0));
                let mut start = at.saturating_sub(length);
                while let Some(last) = found.pop_if(|last| start <= last.end) {
                    start = start.min(last.start);
                }
                found.push(start..at);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever one of the texts takes is found, and nothing else, however they overlap.
        #[test]
        fn every_repetition_is_found(texts in vec("[ab]{1,4}|é|abé", 0..5), within in "[abcé]{0,24}") {
            let mut taken = vec![false; within.len()];
            for text in &texts {
                for (start, _) in within.char_indices().filter(|(at, _)| within[*at..].starts_with(text.as_str())) {
                    taken[start..start + text.len()].fill(true);
                }
            }
            let mut found = vec![false; within.len()];
            let ranges = Repetition::of(texts.iter().map(String::as_str)).within(&within);
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
            for range in ranges {
                found[range].fill(true);
            }
            prop_assert_eq!(found, taken);
        }
    }
}
