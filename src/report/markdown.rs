//! A summary for a pull request: a table for each severity, the gravest first.
//!
//! Whatever comes from a file is made safe: it can end no cell and no code, is no HTML, links nothing and calls nobody by `@name`.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::mask::escaped;
use super::{Omission, Report, new_since};
use crate::lint::Diagnostic;
use crate::model::Severity;

/// GitHub takes comments of 65,536 characters; the rest is room for what a workflow puts around it. In bytes.
const LONGEST: usize = 60_000;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<Option<Omission>> {
    let mut text = heading(report);
    let diagnostics = &report.outcome.diagnostics;
    let mut shown = 0;
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let of_severity: Vec<_> = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).collect();
        let title =
            format!("\n### {}\n\n| rule | where | what |\n|---|---|---|\n", counted(of_severity.len(), severity));
        let rows: Vec<String> = of_severity.iter().map(|diagnostic| row(report, diagnostic)).collect();
        let mut room = LONGEST.saturating_sub(text.len() + title.len());
        let fitting = rows.iter().take_while(|row| {
            let fits = row.len() <= room;
            room = room.saturating_sub(row.len());
            fits
        });
        let fitting: Vec<&str> = fitting.map(String::as_str).collect();
        if !fitting.is_empty() {
            text.push_str(&title);
            text.push_str(&fitting.concat());
            shown += fitting.len();
        }
        if fitting.len() < rows.len() {
            break;
        }
    }
    let omission = (shown < diagnostics.len()).then(|| {
        let left_out = diagnostics.len() - shown;
        let _ = writeln!(text, "\n**{left_out} more of {} findings are not shown here.**", diagnostics.len());
        let why = format!("a comment on a pull request takes no more than about {LONGEST} characters");
        Omission { shown, of: diagnostics.len(), why }
    });
    out.write_all(text.as_bytes())?;
    Ok(omission)
}

fn heading(report: &Report) -> String {
    let summary = report.outcome.summary;
    let counts =
        [(summary.errors, Severity::Error), (summary.warnings, Severity::Warning), (summary.notes, Severity::Note)];
    let counts: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, severity)| counted(count, severity)).collect();
    let counts = if counts.is_empty() { "No findings".to_owned() } else { counts.join(", ") };
    format!("## ecs-lint\n\n{counts} in {} of {} files.\n", summary.files_recognised, summary.files_seen)
}

/// `1 error`, `2 notes`
fn counted(count: usize, severity: Severity) -> String {
    if count == 1 { format!("1 {severity}") } else { format!("{count} {severity}s") }
}

fn row(report: &Report, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.primary.span;
    let (start, _) = report.range(span);
    let place = code(&format!("{}:{}", escaped(report.path(span.file)), start.line));
    let mut what = prose(&report.masks.line(&diagnostic.message));
    if let Some(note) = new_since(diagnostic) {
        let _ = write!(what, "<br>{}", prose(&report.masks.line(note)));
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(what, "<br>help: {}", prose(&report.masks.line(help)));
    }
    format!("| {} | {place} | {what} |\n", diagnostic.rule)
}

/// A sentence in which what stands between backticks is code. Where they do not come in pairs, something that was quoted has one, and all
/// is plain.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return plain(text);
    }
    let parts = parts.into_iter().enumerate();
    parts.map(|(at, part)| if at % 2 == 0 { plain(part) } else { code(part) }).collect()
}

/// Text as code, in a table.
fn code(text: &str) -> String {
    let is_simple = |c: char| c.is_alphanumeric() || " ./_-:,;=+*(){}[]<>$%&@#'\"!?".contains(c);
    if text.is_empty() {
        String::new()
    } else if text.chars().all(is_simple) && !text.starts_with(' ') && !text.ends_with(' ') {
        format!("`{text}`")
    } else {
        // Within backticks a backslash before a bar, and a backtick, mean different things to different readers.
        format!("<code>{}</code>", entities(text))
    }
}

/// Text without any markup in it.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        // A colon before a blank is the beginning of no link and no emoji.
        if character == ':' && characters.peek() == Some(&' ') {
            plain.push(character);
            continue;
        }
        push(&mut plain, character);
        // Names, issues, merge requests and labels are looked for in the text that is shown, so escapes do not help: a word joiner
        // keeps the mark from its word.
        let names = "@#!$%&~^:".contains(character);
        if names && characters.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_' || *next == '"') {
            plain.push_str("&#8288;");
        }
    }
    plain
}

fn entities(text: &str) -> String {
    let mut entities = String::with_capacity(text.len());
    text.chars().for_each(|character| push(&mut entities, character));
    entities
}

/// Appends a character, as a numeric reference where it could be markup: such are never read as markup. A dot is some only in `www.`,
/// of which links are made.
fn push(text: &mut String, character: char) {
    let dot_of_link =
        character == '.' && text.as_bytes().last_chunk::<3>().is_some_and(|last| last.eq_ignore_ascii_case(b"www"));
    if character.is_ascii_punctuation() && (dot_of_link || !"/-,;()'.".contains(character)) {
        let _ = write!(text, "&#{};", u32::from(character));
    } else {
        text.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_file_is_markup() {
        assert_eq!(prose("image `web:1` is private"), "image `web:1` is private");
        assert_eq!(prose("a|b <img> *x* @team"), "a&#124;b &#60;img&#62; &#42;x&#42; &#64;&#8288;team");
        assert_eq!(prose("see #12, `@team` and `a|b\\`"), "see &#35;&#8288;12, `@team` and <code>a&#124;b&#92;</code>");
        assert_eq!(prose("one ` is `too many`"), "one &#96; is &#96;too many&#96;");
        assert_eq!(prose("https://a.example and Www.b.example"), "https&#58;//a.example and Www&#46;b.example");
        assert_eq!(code(" x "), "<code> x </code>");
        assert_eq!(code(""), "");
    }
}
