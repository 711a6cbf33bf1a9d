//! The pages of rules, for people who look at a finding.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;

use super::uri;
use crate::rules;

/// The command that opens the page of a rule; its argument is the rule's name. A client may do so itself with what the command gives
/// back: `rule` and `markdown`.
pub const COMMAND: &str = "ecs-lint.openPage";

/// The page of a rule as one document.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rule.
    pub rule: &'static str,
    /// All of it.
    pub markdown: String,
}

/// The page of the rule of that name.
#[must_use]
pub fn of_rule(name: &str) -> Option<Page> {
    let rule = rules::find(name)?;
    let page = rule.page();
    let mut markdown = format!(
        "# {}\n\n{}.\n\nSeverity: {}. Category: {}. Since {}.\n\n{}\n",
        rule.name,
        page.title,
        page.severity,
        page.category,
        page.since,
        page.body.trim()
    );
    if !page.references.is_empty() {
        markdown.push_str("\n## References\n\n");
        markdown.extend(page.references.iter().map(|reference| format!("- <{reference}>\n")));
    }
    Some(Page { rule: rule.name, markdown })
}

impl Page {
    /// What it says, in short and in plain text.
    #[must_use]
    pub fn summary(&self) -> String {
        let page = rules::find(self.rule).map(rules::Rule::page);
        page.map_or_else(String::new, |page| format!("{}: {}. {}", self.rule, page.title, page.description()))
    }
}

/// Files with pages, for editors that show files only. They are gone when the server is.
#[derive(Debug, Default)]
pub struct Pages {
    directory: OnceCell<Option<tempfile::TempDir>>,
    /// The addresses of the pages that are written, by rule.
    written: RefCell<BTreeMap<&'static str, Option<String>>>,
}

impl Pages {
    /// A file with the page; `None` where none can be written.
    pub fn file(&self, page: &Page) -> Option<PathBuf> {
        let directory = self.directory.get_or_init(|| tempfile::Builder::new().prefix("ecs-lint-").tempdir().ok());
        let path = directory.as_ref()?.path().join(format!("{}.md", page.rule));
        std::fs::write(&path, &page.markdown).ok()?;
        Some(path)
    }

    /// The address of a file with the page of a rule. It is written when it is first asked for.
    pub fn address(&self, rule: &'static str) -> Option<String> {
        let mut written = self.written.borrow_mut();
        let address = || self.file(&of_rule(rule)?).map(|path| uri::of_path(&path));
        written.entry(rule).or_insert_with(address).clone()
    }
}
