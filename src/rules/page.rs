//! A rule's page: front matter in a small part of YAML, then Markdown.

use crate::model::{Safety, Severity};

/// The categories a rule can be in.
pub const CATEGORIES: [&str; 7] = ["image", "role", "secret", "permission", "user-data", "input", "suppression"];

/// The page that is a rule's documentation, its contract and its test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// One line, sentence case, without a full stop.
    pub title: String,
    /// The default severity, or the commonest of a rule that grades its findings.
    pub severity: Severity,
    /// One of [`CATEGORIES`].
    pub category: String,
    /// The version of ecs-lint that brought the rule.
    pub since: String,
    /// Of a rule that finds a weakness in security: how grave, on the scale of CVSS from 0.1 to 10.0, as services for code scanning
    /// take it.
    pub security_severity: Option<String>,
    /// Whether `--fix` can mend what the rule commonly finds, and how sure that is.
    pub fix: Option<Safety>,
    /// Where AWS documents the facts: URLs.
    pub references: Vec<String>,
    /// The Markdown after the front matter: sections Why, Bad, Good, Unknown.
    pub body: &'static str,
}

/// What is wrong with a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It does not begin with a block between two lines `---`.
    #[error("the page has no front matter between two lines of `---`")]
    NoFrontMatter,
    /// A line of the front matter is neither `key: value` nor a list item.
    #[error("line {0}: expected `key: value` or, under `references:`, `  - URL`")]
    Line(usize),
    /// A key that no page has.
    #[error("line {0}: `{1}` is no key of a page")]
    UnknownKey(usize, String),
    /// A value that its key does not take.
    #[error("line {0}: {1}")]
    Value(usize, String),
    /// A key that every page has.
    #[error("the front matter lacks `{0}`")]
    Missing(&'static str),
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// When the front matter is not as `rules/*.md` have it.
    pub fn parse(text: &'static str) -> Result<Self, PageError> {
        let (front_matter, body) = split(text).ok_or(PageError::NoFrontMatter)?;
        let mut fields = Fields::default();
        for (index, line) in front_matter.lines().enumerate() {
            fields.read_line(index + 2, line)?;
        }
        Ok(Self {
            title: fields.title.ok_or(PageError::Missing("title"))?,
            severity: fields.severity.ok_or(PageError::Missing("severity"))?,
            category: fields.category.ok_or(PageError::Missing("category"))?,
            since: fields.since.ok_or(PageError::Missing("since"))?,
            security_severity: fields.security_severity,
            fix: fields.fix,
            references: fields.references,
            body,
        })
    }

    /// Reads a page at run time, where a malformed one must not stop a run: its text is then its
    /// body, under the rule's name as its title. Tests hold that there is none.
    #[must_use]
    pub fn parse_or_bare(name: &str, text: &'static str) -> Self {
        Self::parse(text).unwrap_or_else(|_| Self {
            title: name.to_owned(),
            severity: Severity::Warning,
            category: "input".to_owned(),
            since: String::new(),
            security_severity: None,
            fix: None,
            references: Vec::new(),
            body: text,
        })
    }

    /// What is under the heading `## {heading}`, up to the next heading of that level.
    #[must_use]
    pub fn section(&self, heading: &str) -> Option<&'static str> {
        let mut sections = self.body.split("\n## ");
        // The first section has no line before its heading.
        let first = sections.next().and_then(|text| text.trim_start().strip_prefix("## "));
        first
            .into_iter()
            .chain(sections)
            .filter_map(|section| section.split_once('\n'))
            .find(|(title, _)| title.trim() == heading)
            .map(|(_, text)| text.trim())
    }

    /// The first paragraph of the section Why, as one line; the title where there is none.
    #[must_use]
    pub fn description(&self) -> String {
        let why = self.section("Why").unwrap_or_default();
        let paragraph: Vec<&str> = why.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        if paragraph.is_empty() { format!("{}.", self.title) } else { paragraph.join(" ") }
    }
}

/// The front matter and the Markdown behind it.
fn split(text: &'static str) -> Option<(&'static str, &'static str)> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let (front_matter, body) = rest.split_once("\n---")?;
    let (end_of_mark, body) = body.split_once('\n')?;
    end_of_mark.trim().is_empty().then(|| (front_matter, body.trim_start()))
}

#[derive(Default)]
struct Fields {
    title: Option<String>,
    severity: Option<Severity>,
    category: Option<String>,
    since: Option<String>,
    security_severity: Option<String>,
    fix: Option<Safety>,
    references: Vec<String>,
    in_references: bool,
}

impl Fields {
    fn read_line(&mut self, number: usize, line: &str) -> Result<(), PageError> {
        let line = line.split_once(" #").map_or(line, |(line, _comment)| line).trim_end();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            if !self.in_references {
                return Err(PageError::Line(number));
            }
            self.references.push(unquoted(item).to_owned());
            return Ok(());
        }
        let (key, value) = line.split_once(':').ok_or(PageError::Line(number))?;
        let value = unquoted(value);
        self.in_references = key == "references" && value.is_empty();
        if value.is_empty() && !self.in_references {
            return Err(PageError::Value(number, format!("`{key}` has no value")));
        }
        self.set(number, key, value)
    }

    fn set(&mut self, number: usize, key: &str, value: &str) -> Result<(), PageError> {
        match key {
            "title" => self.title = Some(value.to_owned()),
            "since" => self.since = Some(value.to_owned()),
            "severity" => {
                self.severity = Some(value.parse().map_err(|error| PageError::Value(number, error))?);
            }
            "security-severity" if is_score(value) => self.security_severity = Some(value.to_owned()),
            "security-severity" => {
                return Err(PageError::Value(number, format!("`{value}` is no score: expected 0.1 to 10.0")));
            }
            "category" if CATEGORIES.contains(&value) => self.category = Some(value.to_owned()),
            "category" => {
                return Err(PageError::Value(number, format!("`{value}` is no category")));
            }
            "fix" => match value {
                "safe" => self.fix = Some(Safety::Safe),
                "unsafe" => self.fix = Some(Safety::Unsafe),
                _ => {
                    return Err(PageError::Value(
                        number,
                        format!("`{value}` is no kind of fix: expected safe or unsafe"),
                    ));
                }
            },
            "references" if self.in_references => {}
            "references" => return Err(PageError::Line(number)),
            _ => return Err(PageError::UnknownKey(number, key.to_owned())),
        }
        Ok(())
    }
}

/// Whether the text is a score of CVSS: one digit behind the point, and more than nothing.
fn is_score(text: &str) -> bool {
    let has_form = text.split_once('.').is_some_and(|(_, digits)| digits.len() == 1);
    has_form && text.parse::<f32>().is_ok_and(|score| (0.1..=10.0).contains(&score))
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---\ntitle: \"Image: without a digest\"\nseverity: warning   # or error\n\
        category: image\nsince: 0.1.0\nreferences:\n  - https://example.com/a#b\n---\n## Why\n\nTags move.\n\
        They do.\n\nMore.\n\n## Bad\n```json\n{}\n```\n";

    #[test]
    fn a_page_is_read() {
        let page = Page::parse(PAGE).unwrap();
        assert_eq!(page.title, "Image: without a digest");
        assert_eq!(page.severity, Severity::Warning);
        assert_eq!(page.category, "image");
        assert_eq!(page.since, "0.1.0");
        assert_eq!(page.references, ["https://example.com/a#b"]);
        assert!(page.body.starts_with("## Why\n"));
        assert_eq!(page.section("Bad"), Some("```json\n{}\n```"));
        assert_eq!(page.section("Good"), None);
        assert_eq!(page.description(), "Tags move. They do.");
    }

    #[test]
    fn a_malformed_page_is_an_error_that_says_where() {
        for (text, message) in [
            ("## Why\n", "the page has no front matter between two lines of `---`"),
            ("---\ntitle: x\n---\n", "the front matter lacks `severity`"),
            ("---\nsecurity-severity: 11.0\n---\n", "line 2: `11.0` is no score: expected 0.1 to 10.0"),
            ("---\nsecurity-severity: high\n---\n", "line 2: `high` is no score: expected 0.1 to 10.0"),
            ("---\nseverity: bad\n---\n", "line 2: `bad` is no severity: expected error, warning or note"),
            ("---\ntitle: x\ncategory: misc\n---\n", "line 3: `misc` is no category"),
            ("---\nfix: yes\n---\n", "line 2: `yes` is no kind of fix: expected safe or unsafe"),
            ("---\ntitel: x\n---\n", "line 2: `titel` is no key of a page"),
            ("---\ntitle:\n---\n", "line 2: `title` has no value"),
            ("---\n- x\n---\n", "line 2: expected `key: value` or, under `references:`, `  - URL`"),
        ] {
            assert_eq!(Page::parse(text).unwrap_err().to_string(), message);
            assert_eq!(Page::parse_or_bare("some-rule", text).title, "some-rule");
        }
    }
}
