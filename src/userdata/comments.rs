//! The comments of launch files.

use super::file::LaunchFile;
use super::flat::Flat;
use super::form::Form;
use super::shell;
use crate::model::Text;
use crate::source::Span;

/// The comments of a file.
#[derive(Debug, Default)]
pub struct Comments {
    /// Where they are, marks included, in source order.
    pub spans: Vec<Span>,
    /// Texts that may go over several lines; each begins on the line that it belongs to.
    pub texts: Vec<Span>,
}

/// The comments of a shell script or of `ecs.config`. Other launch files, YAML aside, are not searched for any.
#[must_use]
pub fn comments(kind: LaunchFile, text: &Text) -> Comments {
    let flat = Flat::new(text);
    let (comments, texts) = match kind {
        LaunchFile::UserData if Form::of(flat.as_str()) == Form::Shell => shell::comments(&flat),
        LaunchFile::AgentConfig => (of_agent_config(flat.as_str()), Vec::new()),
        LaunchFile::UserData | LaunchFile::AgentJson | LaunchFile::Script => return Comments::default(),
    };
    let spans = |ranges: Vec<std::ops::Range<usize>>| ranges.into_iter().map(|range| flat.span(range)).collect();
    Comments { spans: spans(comments), texts: spans(texts) }
}

/// A comment is a line of its own: what follows a setting is a part of its value.
fn of_agent_config(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        if line.trim_start().starts_with('#') {
            found.push(start..at + line.trim_end().len());
        }
        at += line.len();
    }
    found
}
