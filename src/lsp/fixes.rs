//! The fixes of the command line, as edits that the editor offers.

use std::collections::HashMap;
use std::ops::Range;

use similar::TextDiff;

use super::actions::{FileEdit, Finding, Proposal};
use super::folder::Folder;
use crate::discover::Input;
use crate::mend::{self, Leave};
use crate::model::Safety;
use crate::source::{FileId, Source};

/// The kind of the action that mends a whole file. Editors can be told to run it on saving.
pub const FIX_ALL: &str = "source.fixAll.ecs-lint";

/// What can be done about findings, as it was worked out last. Each is tried with the engine, which is not to be repeated at every
/// move of the cursor.
#[derive(Debug, Default)]
pub struct Offers {
    /// By the address of the finding, which is the same until everything is looked at again.
    pub of_finding: HashMap<*const crate::lint::Diagnostic, Vec<Proposal>>,
    /// Everything at once, of a file.
    pub of_file: HashMap<FileId, Option<Proposal>>,
}

impl Offers {
    /// Forgets all of it.
    pub fn clear(&mut self) {
        self.of_finding.clear();
        self.of_file.clear();
    }
}

/// Ways to mend a finding, the best first. A safe one is preferred.
pub fn proposals(finding: Finding<'_>) -> Vec<Proposal> {
    let Finding { folder, source, diagnostic } = finding;
    let offered = mend::offered(source, &[diagnostic], folder.settings()).into_iter().flatten();
    let proposal = |(at, fix): (usize, crate::lint::Fix)| Proposal {
        preferred: at == 0 && fix.safety == Safety::Safe,
        edits: vec![of_file(source, fix.edits.into_iter().map(|edit| (edit.span.range(), edit.text)).collect())],
        title: fix.title,
    };
    offered.enumerate().map(proposal).collect()
}

/// Everything in a file that can be mended for sure; `None` where there is nothing.
pub fn all(folder: &Folder, source: &Source) -> Option<Proposal> {
    let leave = Leave { unsafe_fixes: false };
    let outcome = folder.outcome();
    let is_here = |diagnostic: &crate::lint::Diagnostic| diagnostic.primary.span.file == source.id();
    if !outcome.diagnostics.iter().any(|diagnostic| is_here(diagnostic) && leave.has_proposal(diagnostic)) {
        return None;
    }
    let suppressed: Vec<_> = outcome.suppressed.iter().filter(|one| is_here(&one.diagnostic)).cloned().collect();
    let input = Input::text(source.name(), Vec::new());
    let mended = mend::mend(&input, source.text(), &suppressed, folder.settings(), leave);
    let changes = differences(&mended.before, &mended.after);
    let title = "Mend all that can be mended for sure".to_owned();
    (!changes.is_empty()).then(|| Proposal { title, edits: vec![of_file(source, changes)], preferred: false })
}

fn of_file(source: &Source, changes: Vec<(Range<usize>, String)>) -> FileEdit {
    FileEdit { name: source.name().to_owned(), text: Some(source.text().to_owned()), changes }
}

/// The lines that are others, with their bytes in the first text.
fn differences(before: &str, after: &str) -> Vec<(Range<usize>, String)> {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let starts: Vec<usize> = std::iter::once(0)
        .chain(old.iter().scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        }))
        .collect();
    let start = |line: usize| starts.get(line).copied().unwrap_or(before.len());
    let difference = TextDiff::from_slices(&old, &new);
    let changed = difference.ops().iter().filter(|op| op.tag() != similar::DiffTag::Equal);
    changed
        .map(|op| {
            let (old, lines) = (op.old_range(), op.new_range());
            (start(old.start)..start(old.end), new.get(lines).unwrap_or_default().concat())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn differences_make_one_text_of_the_other() {
        for (before, after) in
            [("a\nb\nc", "a\nx\ny\nc"), ("a\r\nb\r\n", "b\r\n"), ("", "a"), ("a\nb", "a\nb\n"), ("a", "a")]
        {
            let mut text = before.to_owned();
            for (range, new) in differences(before, after).into_iter().rev() {
                text.replace_range(range, &new);
            }
            assert_eq!(text, after);
        }
    }
}
