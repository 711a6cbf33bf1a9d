//! Fixes that hold what they promise: what rules propose becomes edits, the text that these lead to is linted, and a fix after which
//! the finding stays, another one comes or the file is no more what it was is not offered and not made.
//!
//! Every link of a project is within one file, so that one file tells whether a fix is good for it.

mod offer;
mod rounds;
mod trial;

pub use offer::{offer, offered};
pub use rounds::{Mended, Refused, mend};

use crate::lint::Diagnostic;
use crate::model::{Proposal, Safety};
use crate::source::FileId;

/// Which fixes may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    /// Whether those may that somebody must look at.
    pub unsafe_fixes: bool,
}

impl Leave {
    /// Whether a fix may be made that is so safe.
    #[must_use]
    pub fn may(self, safety: Safety) -> bool {
        self.unsafe_fixes || safety == Safety::Safe
    }

    /// Whether a rule proposes something for the finding that may be done in the finding's own file.
    #[must_use]
    pub fn has_proposal(self, diagnostic: &Diagnostic) -> bool {
        own_proposals(diagnostic, diagnostic.primary.span.file).any(|proposal| self.may(proposal.safety))
    }
}

/// What is proposed for a file. The files of the settings are not ours to change.
fn own_proposals(diagnostic: &Diagnostic, file: FileId) -> impl Iterator<Item = &Proposal> {
    let is_own = file.settings_index().is_none();
    diagnostic.proposals.iter().filter(move |proposal| is_own && proposal.file() == Some(file))
}
