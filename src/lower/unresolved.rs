//! Placeholders that keep a file from being JSON or YAML.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// What other tools leave where a value is due: Terraform, envsubst, Jinja, Go templates, ERB and search-and-replace scripts.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^(?:\$\{[^}\n]*\}?|\{\{[^\n]*?\}\}|\{%[^\n]*?%\}|<%[^\n]*?%>|%\{[^}\n]*\}|\$[A-Za-z_][A-Za-z0-9_]*|<[A-Za-z_][^<>\n]*>|%[A-Za-z_][A-Za-z0-9_]*%|##?[A-Za-z_][A-Za-z0-9_]*##?|@@?[A-Za-z_]+@@?)",
    )
    .ok()
});

/// The first placeholder that stands outside of strings, up to where the parser gave up (and a little further).
pub fn first(text: &str, error: usize) -> Option<Range<usize>> {
    let pattern = PLACEHOLDER.as_ref()?;
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if at > error.saturating_add(1) {
            return None;
        }
        if quoted {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match character {
            '"' => quoted = true,
            '$' | '{' | '<' | '%' | '#' | '@' => {
                if let Some(found) = text.get(at..).and_then(|rest| pattern.find(rest)) {
                    return Some(at..at + found.end());
                }
            }
            _ => {}
        }
    }
    None
}

/// A placeholder in the string that ends where the parser gave up: `"${jsonencode("x")}"` ends at its second quote.
pub fn broken_string(text: &str, error: usize) -> Option<Range<usize>> {
    let line_start = text.get(..error)?.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text.get(error..)?.find('\n').map_or(text.len(), |at| error + at);
    let line = text.get(line_start..line_end)?;
    let open = ["${", "{{", "<%", "%{"].into_iter().filter_map(|mark| line.find(mark)).min()?;
    let start = line_start + open;
    let end = text.get(start..line_end)?.find(['}', '>']).map_or(line_end, |at| start + at + 1);
    (start <= error).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_outside_of_strings_only() {
        let text = r#"{"family": "${NAME}", "cpu": ${cpu}}"#;
        let error = text.rfind('$').unwrap();
        assert_eq!(first(text, error).map(|range| &text[range]), Some("${cpu}"));
        assert_eq!(first(r#"{"family": "${NAME}" "cpu": 1}"#, 21), None);
        assert_eq!(first("{\"cpu\": {{ cpu }}}", 9).map(|r| r.start), Some(8));
    }
}
