//! Mending a text in rounds: fixes are made, the text is linted anew, and what does harm is taken back.

use std::collections::HashSet;
use std::sync::Arc;

use super::Leave;
use super::offer::meet;
use super::trial::{Chosen, Trial, lint, made};
use crate::discover::Input;
use crate::lint::{Diagnostic, Outcome, Settings, Suppressed, SuppressedBy};
use crate::source::FileId;

/// Each round mends something; a text that takes more is not worth it.
const MOST_ROUNDS: usize = 200;

/// A text, and what became of it.
#[derive(Debug)]
pub struct Mended {
    /// The text as it was.
    pub before: String,
    /// The text as it is.
    pub after: String,
    /// The rule of each finding that was mended.
    pub rules: Vec<&'static str>,
    /// What was not done.
    pub refused: Vec<Refused>,
}

/// A fix that was not made.
#[derive(Debug)]
pub struct Refused {
    /// The rule of the finding.
    pub rule: &'static str,
    /// The line of the finding, in the text before it was mended further.
    pub line: u32,
    /// What was to be done.
    pub title: String,
    /// Why it was not.
    pub why: String,
    of: Known,
}

/// What a finding is known by in a text that changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Known {
    rule: &'static str,
    resource: Option<String>,
    container: Option<String>,
    subjects: Vec<String>,
}

impl Known {
    fn of(diagnostic: &Diagnostic) -> Self {
        let Diagnostic { rule, resource, container, subjects, .. } = diagnostic.clone();
        Self { rule, resource, container, subjects }
    }
}

/// Mends the text of an input. Findings that the baseline accepts are left alone: `suppressed` are those of the run.
#[must_use]
pub fn mend(input: &Input, text: &str, suppressed: &[Suppressed], settings: &Settings, leave: Leave) -> Mended {
    let accepted = suppressed.iter().filter(|one| one.by == SuppressedBy::Baseline);
    let accepted: HashSet<Known> = accepted.map(|one| Known::of(&one.diagnostic)).collect();
    // What the configuration suppresses is for all files, and is not judged by one.
    let settings = Settings { is_whole: false, ..settings.clone() };
    let mut mending = Mending {
        mended: Mended { before: text.to_owned(), after: text.to_owned(), rules: Vec::new(), refused: Vec::new() },
        given_up: HashSet::new(),
        accepted,
        leave,
    };
    let mut outcome = lint(input, text, &settings);
    let mut is_changed = false;
    for _ in 0..MOST_ROUNDS {
        let mut chosen = mending.choose(&outcome);
        if chosen.is_empty() && std::mem::take(&mut is_changed) {
            // What did harm then may do none now, and it is what would be tried first when this text is mended again.
            mending.given_up.clear();
            chosen = mending.choose(&outcome);
        }
        if chosen.is_empty() {
            break;
        }
        let trial = Trial::new(input, &settings, &mending.mended.after, &outcome);
        // All at once; where that does harm, one by one.
        let mut made =
            trial.attempt(&chosen).map(|made| (made, chosen.iter().map(|one| one.0.rule).collect::<Vec<_>>()));
        let mut refused = Vec::new();
        if let Err(why) = &made {
            let why = why.clone();
            for one in &chosen {
                let alone = if chosen.len() == 1 { Err(why.clone()) } else { trial.attempt(std::slice::from_ref(one)) };
                match alone {
                    Ok(done) => {
                        made = Ok((done, vec![one.0.rule]));
                        break;
                    }
                    Err(why) => refused.push((one, why)),
                }
            }
        }
        for (one, why) in refused {
            mending.refuse(&outcome, one, why);
        }
        if let Ok(((after, linted), rules)) = made {
            mending.mended.after = after;
            mending.mended.rules.extend(rules);
            outcome = linted;
            is_changed = true;
        }
    }
    let mended = &mut mending.mended;
    // Of a finding that was mended in another way nothing is said.
    let left: HashSet<Known> = outcome.diagnostics.iter().map(|one| Known::of(one)).collect();
    mended.refused.retain(|refused| left.contains(&refused.of));
    mending.mended
}

/// Mending, between two rounds.
struct Mending {
    mended: Mended,
    /// Fixes that were tried in vain.
    given_up: HashSet<(Known, String)>,
    accepted: HashSet<Known>,
    leave: Leave,
}

impl Mending {
    /// Fixes that can be made at once, in the order of the file; the others wait for the next round.
    fn choose<'o>(&self, outcome: &'o Outcome) -> Vec<Chosen<'o>> {
        let mut chosen: Vec<Chosen<'o>> = Vec::new();
        let Some(source) = outcome.sources.get(FileId(0)) else { return chosen };
        for (diagnostic, fixes) in made(source, outcome.diagnostics.iter().map(Arc::as_ref)) {
            let known = Known::of(diagnostic);
            let may = |fix: &crate::fix::Fix| {
                self.leave.may(fix.safety) && !self.given_up.contains(&(known.clone(), told(fix)))
            };
            let best = fixes.into_iter().find(may).filter(|_| !self.accepted.contains(&known));
            if let Some(fix) = best.filter(|fix| chosen.iter().all(|(_, other)| !meet(other, fix))) {
                chosen.push((diagnostic, fix));
            }
        }
        chosen
    }

    fn refuse(&mut self, outcome: &Outcome, (diagnostic, fix): &Chosen<'_>, why: String) {
        let span = diagnostic.primary.span;
        let line = outcome.sources.get(span.file).map_or(1, |source| source.position(span.start).line);
        let of = Known::of(diagnostic);
        self.given_up.insert((of.clone(), told(fix)));
        let is_said = |other: &Refused| other.of == of && other.title == fix.title;
        if !self.mended.refused.iter().any(is_said) {
            self.mended.refused.push(Refused { rule: diagnostic.rule, line, title: fix.title.clone(), why, of });
        }
    }
}

/// What a fix is known by among those of a finding: there may be several ways to do the same.
fn told(fix: &crate::fix::Fix) -> String {
    let texts: Vec<&str> = fix.edits.iter().map(|edit| edit.text.as_str()).collect();
    format!("{}\n{}", fix.title, texts.join("\n"))
}
