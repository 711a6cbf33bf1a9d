//! Rules about suppressions: whether each still has something to suppress, until when, and why.

use super::Finding;
use crate::model::{Change, Date, Problem, ProblemKind, Safety, Severity};
use crate::source::Span;

/// One rule of one suppression, after the run.
#[derive(Clone, Copy, Debug)]
pub struct SuppressionReview<'s> {
    /// The rule that it names.
    pub rule: &'s str,
    /// Where it names it.
    pub span: Span,
    /// Where the whole suppression is written.
    pub whole: Span,
    /// Whether it is the first rule of a suppression that does not say why.
    pub lacks_reason: bool,
    /// The day on which it ended, if it has.
    pub expired: Option<Date>,
    /// Whether there is a finding that it covers.
    pub usage: Usage,
}

/// Whether there is a finding that a suppression covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// There is.
    Used,
    /// There is none, and its rule was run on all that it concerns.
    Unused,
    /// There is none, but there may be where its rule was not run.
    NotKnown,
}

/// A suppression that suppresses nothing.
pub fn unused(review: SuppressionReview<'_>) -> Option<Finding> {
    if review.usage != Usage::Unused || review.expired.is_some() {
        return None;
    }
    let message = format!("`{}` finds nothing here that this could suppress", review.rule);
    Some(
        Finding::new(Severity::Warning, review.span, message)
            .note("left as it is, it would hide the next such finding")
            .help("remove it, or move it: a comment covers findings that begin on its own line or, where it stands alone, on the next")
            .subject(review.rule)
            .fix(Safety::Safe, "Remove the suppression", vec![removal(review)]),
    )
}

fn removal(review: SuppressionReview<'_>) -> Change {
    Change::Unsuppress { whole: review.whole, rule: review.span }
}

/// A suppression whose last day is over.
pub fn expired(review: SuppressionReview<'_>) -> Option<Finding> {
    let date = review.expired?;
    let message = format!("the suppression of `{}` ended with {date}", review.rule);
    let finding = Finding::new(Severity::Warning, review.span, message).subject(review.rule);
    Some(match review.usage {
        Usage::Unused => finding.note("there is no such finding any more").help("remove it").fix(
            Safety::Safe,
            "Remove the suppression",
            vec![removal(review)],
        ),
        Usage::Used | Usage::NotKnown => finding.help("mend what it suppressed, or set a later day"),
    })
}

/// A suppression that says no reason. One that is of no use is not asked for it.
pub fn without_reason(review: SuppressionReview<'_>) -> Option<Finding> {
    if !review.lacks_reason || review.expired.is_some() || review.usage == Usage::Unused {
        return None;
    }
    Some(
        Finding::new(Severity::Note, review.span, format!("`{}` is suppressed without a reason", review.rule))
            .help("say why, for whoever reads it next: behind the brackets of a comment, or as `reason`")
            .subject(review.rule),
    )
}

/// A suppression that is not understood.
pub fn invalid(problem: &Problem) -> Option<Finding> {
    let ProblemKind::Suppression { message, help } = &problem.kind else { return None };
    Some(
        Finding::new(Severity::Warning, problem.span, format!("this suppresses nothing: {message}"))
            .help(help.clone())
            .subject(message.clone()),
    )
}
