//! Changes of scripts: in files of their own, and in strings of a template.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Cut;
use super::layout::Layout;
use super::set::Writer;
use crate::model::Change;
use crate::source::{Edit, Source, Span};
use crate::syntax::Kind;

/// A command that appends to a file what it is given, whose quotes may be escaped for the string that it stands in.
static APPENDING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"^(\s*(?:sudo\s+)?(?:echo|printf '%s\\{1,2}n')\s+(?:-[ne]+\s+)?)\\?["']?([A-Z_]+)=.*?(\s*(?:>>|\|\s*(?:sudo\s+)?tee\s+-a)\s*[^\s"'{}|;&]+\s*(?:>\s*/dev/null\s*)?)$"#,
    )
    .ok()
});

/// The edit of a file that has no tree.
pub(super) fn edit(change: &Change, source: &Source) -> Option<Edit> {
    let layout = Layout::new(source, &[]);
    let cut = match change {
        Change::Rewrite { place, text } => Cut { range: place.range(), text: text.clone() },
        Change::Unsuppress { whole, rule } => unsuppress(&layout, whole.range(), rule.range())?,
        Change::Assign { place, name, setting } => {
            let start = layout.line_start(place.start as usize);
            let line = layout.slice(start..layout.next_line(start)).trim_end_matches(['\r', '\n']);
            let line = like(line, name, setting)?;
            Cut { range: start..start, text: format!("{line}{}", layout.newline()) }
        }
        _ => return None,
    };
    let offset = |at: usize| u32::try_from(at).ok();
    let span = Span::new(source.id(), offset(cut.range.start)?, offset(cut.range.end)?);
    Some(Edit { span, text: cut.text })
}

/// Takes a rule out of the comment that it is suppressed in, and the comment with its last rule.
fn unsuppress(layout: &Layout<'_>, whole: Range<usize>, rule: Range<usize>) -> Option<Cut> {
    let (before, behind) = layout.in_list(&whole, &rule, whole.end)?;
    if let Some(range) = layout.without_rule(&rule, before, behind) {
        return Some(Cut { range, text: String::new() });
    }
    let mark = layout.slice(layout.line_start(whole.start)..whole.start).trim_end_matches([' ', '\t']);
    let marks = mark.len() - mark.trim_end_matches(['#', '/']).len();
    if marks == 0 {
        return None;
    }
    let start = layout.before_blanks(whole.start) - marks;
    Some(Cut { range: layout.comment_with_line(&(start..whole.end)), text: String::new() })
}

/// The line with another assignment in the place of the one to `name`; `None` for a line that is not understood.
fn like(line: &str, name: &str, setting: &str) -> Option<String> {
    let begins = line.trim_start();
    let indent = line.get(..line.len() - begins.len())?;
    if begins.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')) {
        return Some(format!("{indent}{setting}"));
    }
    let found = APPENDING.as_ref()?.captures(line)?;
    let (before, behind) = (found.get(1)?.as_str(), found.get(3)?.as_str());
    (found.get(2)?.as_str() == name).then(|| format!("{before}{setting}{behind}"))
}

impl Writer<'_, '_> {
    /// Adds a line above the one of a script that has these characters.
    pub(super) fn assign(&self, place: Span, name: &str, setting: &str) -> Option<Vec<Cut>> {
        let (outline, layout) = (self.outline, &self.outline.layout);
        let at = outline.string_around(place)?;
        let element = outline.get(at)?;
        let content = element.node.text_span_of_content().range();
        let place = place.range();
        let (start, end, newline) = match element.node.raw().chars().next()? {
            '|' => {
                let start = layout.line_start(place.start);
                (start, layout.next_line(start), self.style.newline)
            }
            '"' => {
                let before = layout.slice(content.start..place.start);
                let start = line_ends(before).last().map_or(content.start, |end| content.start + end);
                let behind = layout.slice(start..content.end);
                let end = line_ends(behind).next().map_or(content.end, |end| start + end);
                (start, end, "\\n")
            }
            '>' => return None,
            // Of several lines, each would have to be told from what is folded.
            _ if element.node.raw().contains('\n') => return None,
            _ => (content.start, content.end, ""),
        };
        let line = layout.slice(start..end).trim_end_matches(['\r', '\n']);
        let written = like(line.strip_suffix("\\n").unwrap_or(line), name, setting)?;
        if (start, end) == (content.start, content.end) && !line.ends_with("\\n") {
            // A line alone: one of those that a function joins.
            let list =
                element.parent.filter(|list| outline.get(*list).is_some_and(|list| self.joins_lines(list.parent)))?;
            let raw = element.node.raw();
            let quote = raw.get(..1).filter(|quote| matches!(*quote, "\"" | "'")).unwrap_or_default();
            let item = format!("{quote}{written}{quote}");
            return (outline.get(list)?.node.kind() == Kind::Array)
                .then(|| self.item_before(list, at, &item))
                .flatten();
        }
        (!newline.is_empty()).then(|| vec![Cut { range: start..start, text: format!("{written}{newline}") }])
    }

    /// Whether these are the arguments of an `Fn::Join` that puts line ends between.
    fn joins_lines(&self, arguments: Option<usize>) -> bool {
        let Some(arguments) = arguments.and_then(|at| self.outline.get(at)) else { return false };
        let key = arguments.key.map_or("", |key| self.outline.layout.slice(key.range()));
        let is_join = key.trim_matches(['"', '\'']).ends_with("Join");
        let separator = self.outline.get(arguments.children.start).filter(|_| !arguments.children.is_empty());
        is_join && separator.is_some_and(|separator| separator.node.scalar().is_some_and(|text| text == "\n"))
    }
}

/// Past each escaped line end.
fn line_ends(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let is_escaped = |at: usize| bytes.iter().take(at).rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    text.match_indices("\\n").map(|(at, _)| at).filter(move |at| !is_escaped(*at)).map(|at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn a_line_is_written_like_another() {
        let like = |line: &str| like(line, "DATA", "TYPE=docker");
        assert_eq!(like("  DATA={\"a\":1}").as_deref(), Some("  TYPE=docker"));
        assert_eq!(
            like("echo 'DATA={\"a\":1}' >> /etc/ecs/ecs.config").as_deref(),
            Some("echo TYPE=docker >> /etc/ecs/ecs.config")
        );
        assert_eq!(
            like(r#"sudo echo -e \"DATA=$X\" | sudo tee -a /etc/ecs/ecs.config"#).as_deref(),
            Some("sudo echo -e TYPE=docker | sudo tee -a /etc/ecs/ecs.config")
        );
        for line in
            ["echo DATA=x > /etc/ecs/ecs.config", "docker run -e DATA=x agent", "echo OTHER=x >> f", "X='DATA=y'"]
        {
            assert_eq!(like(line), None, "{line}");
        }
    }
}
