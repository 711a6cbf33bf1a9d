//! Rules about the input itself: what was noticed while it was read.

use super::Finding;
use crate::model::{Problem, ProblemKind, Severity};

/// A value of the wrong type.
pub fn wrong_type(problem: &Problem) -> Option<Finding> {
    let ProblemKind::WrongType { setting, expected, found } = &problem.kind else { return None };
    let finding =
        Finding::new(Severity::Error, problem.span, format!("{setting} must be {expected}, but this is {found}"));
    Some(
        finding
            .here(format!("{expected} is expected here"))
            .note("AWS refuses a value of another type when the task definition is registered or the stack is created"),
    )
}

/// A key in the wrong letter case.
pub fn wrong_letter_case(problem: &Problem) -> Option<Finding> {
    let ProblemKind::LetterCase { written, expected } = &problem.kind else { return None };
    let finding = Finding::new(
        Severity::Error,
        problem.span,
        format!("`{written}` is not a key that AWS knows here; it is spelled `{expected}`"),
    );
    Some(
        finding
            .note("keys begin with a small letter in a task definition, and with a capital letter in CloudFormation")
            .help(format!("write `{expected}`")),
    )
}

/// A key that stands twice.
pub fn duplicate_key(problem: &Problem) -> Option<Finding> {
    let ProblemKind::DuplicateKey { key, first } = &problem.kind else { return None };
    let finding = Finding::new(
        Severity::Warning,
        problem.span,
        format!("`{key}` is written more than once; only the last one counts"),
    );
    Some(finding.here("this one counts").label(*first, "this one is ignored").help("keep only the one that is meant"))
}

/// Neither JSON nor YAML.
pub fn syntax_error(problem: &Problem) -> Option<Finding> {
    let ProblemKind::Syntax { message } = &problem.kind else { return None };
    Some(
        Finding::new(Severity::Error, problem.span, format!("cannot be parsed: {message}"))
            .note("nothing else in this file was checked"),
    )
}

/// A template of some other tool that is not filled in.
pub fn unresolved_template(problem: &Problem) -> Option<Finding> {
    let ProblemKind::Unresolved { placeholder } = &problem.kind else { return None };
    let message = format!("the placeholder `{placeholder}` keeps this file from being parsed");
    Some(
        Finding::new(Severity::Warning, problem.span, message)
            .note("nothing in this file was checked; a placeholder inside a quoted string would do no harm")
            .help("check the file after the tool that fills in its placeholders has run"),
    )
}

/// Something that is more than is looked at.
pub fn limit_reached(problem: &Problem) -> Option<Finding> {
    let ProblemKind::Limit { message, help } = &problem.kind else { return None };
    let finding = Finding::new(Severity::Note, problem.span, message.clone());
    Some(finding.note("such limits bound the time and the memory that a file can cost").help(*help))
}

/// A file or directory that cannot be read.
pub fn unreadable_file(problem: &Problem) -> Option<Finding> {
    let ProblemKind::Unreadable { message } = &problem.kind else { return None };
    Some(Finding::new(Severity::Error, problem.span, message.clone()))
}
