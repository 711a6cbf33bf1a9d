//! What a run goes by: which rules there are and how grave they are, and what is known of the world beyond the files.

use std::sync::Arc;

use super::Diagnostic;
use crate::model::{Date, Deployment, Elsewhere, Registries, Severity};
use crate::paths::{NamePattern, PathPatterns, Root};
use crate::rules::{self, INPUT_FAILURES, Rule};
use crate::source::{Source, Span};

/// Everything that a run goes by. The default is what a user has who configured nothing.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The files that the settings were read from; findings may point into them. The id of the one at index `n` is
    /// [`crate::source::FileId::of_settings`] `n`.
    pub files: Vec<Arc<Source>>,
    /// What the paths in the settings are relative to.
    pub root: Root,
    /// Which rules run, and how grave their findings are.
    pub levels: Levels,
    /// What is known of the deployment.
    pub deployment: Arc<Deployment>,
    /// What is known of registries.
    pub registries: Registries,
    /// Roles and secrets that no file defines.
    pub elsewhere: Arc<Elsewhere>,
    /// Findings that are not to be reported (`[[suppress]]`).
    pub suppressions: Vec<ConfiguredSuppression>,
    /// The day of the run, in UTC. Without one no suppression ends.
    pub today: Option<Date>,
    /// Whether the run checks everything that the settings are for, so that an entry of theirs without effect is of no use.
    pub is_whole: bool,
    /// Whether whole files are shown, those without findings too, so that what is to be masked must be looked for in all.
    pub shows_whole_files: bool,
}

/// Findings that the settings say are not to be reported. What is `None` is any.
#[derive(Clone, Debug)]
pub struct ConfiguredSuppression {
    /// The whole entry.
    pub span: Span,
    /// The rule, and where it is named.
    pub rule: (&'static str, Span),
    /// The files, by patterns as [`Root::relative`] gives their names.
    pub paths: Option<(PathPatterns, Span)>,
    /// Whether the pattern is the path of one file.
    pub concerns_one_file: bool,
    /// The resource's logical id, or the task definition's family.
    pub resource: Option<(NamePattern, Span)>,
    /// The container's name.
    pub container: Option<(NamePattern, Span)>,
    /// Why.
    pub reason: Option<(String, Span)>,
    /// The last day on which it holds.
    pub expires: Option<(Date, Span)>,
}

impl ConfiguredSuppression {
    /// Whether it covers a finding of the file with that name, as [`Root::relative`] gives it.
    pub(super) fn covers(&self, relative: Option<&str>, diagnostic: &Diagnostic) -> bool {
        let matches = |pattern: &Option<(NamePattern, Span)>, text: Option<&str>| {
            pattern.as_ref().is_none_or(|(pattern, _)| text.is_some_and(|text| pattern.matches(text)))
        };
        self.concerns(relative)
            && matches(&self.resource, diagnostic.resource.as_deref())
            && matches(&self.container, diagnostic.container.as_deref())
    }

    /// Whether it concerns the file.
    pub(super) fn concerns(&self, relative: Option<&str>) -> bool {
        self.paths.as_ref().is_none_or(|(paths, _)| relative.is_some_and(|relative| paths.matches(relative)))
    }
}

impl Settings {
    /// Whether the rule of that name is run on the file of that name.
    #[must_use]
    pub fn runs(&self, rule: &str, name: &str) -> bool {
        let relative = self.root.relative(name);
        let at = rules::all().iter().position(|one| one.name == rule);
        at.and_then(|at| self.levels.grades(relative.as_deref()).get(at).copied())
            .is_some_and(|grade| grade != Grade::Off)
    }
}

/// How grave the findings of a rule are taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The rule does not run.
    Off,
    /// All its findings have this severity.
    Severity(Severity),
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 4] =
        [Self::Severity(Severity::Error), Self::Severity(Severity::Warning), Self::Severity(Severity::Note), Self::Off];

    /// The word in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Severity(severity) => severity.as_str(),
        }
    }
}

/// The findings that fail a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Errors.
    Error,
    /// Errors and warnings.
    #[default]
    Warning,
    /// Every finding.
    Note,
    /// No finding.
    Never,
}

impl FailOn {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Note, Self::Never];

    /// The word in the configuration and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.severity().map_or("never", Severity::as_str)
    }

    /// The least severity that fails a run, if any does.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}

/// Rules, by name or by category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The rule of that name.
    Rule(&'static str),
    /// All rules of that category.
    Category(&'static str),
}

impl Selector {
    /// The rule or the category of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let category = || rules::CATEGORIES.iter().find(|category| **category == name);
        rules::find(name).map(|rule| Self::Rule(rule.name)).or_else(|| category().map(|name| Self::Category(name)))
    }

    /// Every name there is.
    pub fn names() -> impl Iterator<Item = &'static str> {
        rules::CATEGORIES.into_iter().chain(rules::all().iter().map(|rule| rule.name))
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule(name) | Self::Category(name) => name,
        }
    }

    /// How exactly it names the rule: 2 by its name, 1 by its category, 0 not at all.
    fn exactness(self, rule: &Rule) -> u8 {
        match self {
            Self::Rule(name) => 2 * u8::from(name == rule.name),
            Self::Category(name) => u8::from(name == rule.page().category),
        }
    }
}

fn exactness(selectors: &[Selector], rule: &Rule) -> u8 {
    selectors.iter().map(|selector| selector.exactness(rule)).max().unwrap_or(0)
}

/// What one place says of rules: a `[rules]` table, or the command line.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The only rules that run; `None`: no word on that.
    pub select: Option<Vec<Selector>>,
    /// Rules that do not run.
    pub ignore: Vec<Selector>,
    /// How grave findings are.
    pub levels: Vec<(Selector, Level)>,
}

impl Choice {
    /// Whether the rule is chosen, if there is a word on that. A name goes before a category, and to ignore before to select.
    fn chooses(&self, rule: &Rule) -> Option<bool> {
        let ignored = exactness(&self.ignore, rule);
        match &self.select {
            // A file that cannot be checked is told of whatever was selected, unless that is expressly unwanted.
            Some(_) if INPUT_FAILURES.contains(&rule.name) => Some(ignored == 0),
            Some(select) => Some(exactness(select, rule) > ignored),
            None => (ignored > 0).then_some(false),
        }
    }

    fn level(&self, rule: &Rule) -> Option<Level> {
        let naming = self.levels.iter().filter(|(selector, _)| selector.exactness(rule) > 0);
        naming.max_by_key(|(selector, _)| selector.exactness(rule)).map(|(_, level)| *level)
    }
}

/// What is made of the findings of a rule in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// They are not looked for.
    Off,
    /// Each has the severity that the rule gives it.
    AsFound,
    /// All have this one.
    Fixed(Severity),
}

/// Which rules run on which files, and how grave their findings are. Later words count before earlier ones: the
/// configuration's, those for certain paths, the command line's.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// For all files.
    pub general: Choice,
    /// For some files, in order.
    pub overrides: Vec<(PathPatterns, Choice)>,
    /// The command line: `--select` takes the place of what is said for all files, and what is said for some may narrow it.
    pub flags: Choice,
}

impl Levels {
    /// The grade of each rule, in the order of [`rules::all`], in a file. `relative` is its name as the patterns see it; a file
    /// outside of their directory has none.
    #[must_use]
    pub fn grades(&self, relative: Option<&str>) -> Vec<Grade> {
        let matching: Vec<&Choice> = self
            .overrides
            .iter()
            .filter(|(paths, _)| relative.is_some_and(|relative| paths.matches(relative)))
            .map(|(_, choice)| choice)
            .collect();
        rules::all().iter().map(|rule| self.grade(rule, &matching)).collect()
    }

    fn grade(&self, rule: &Rule, overrides: &[&Choice]) -> Grade {
        let selected = self.flags.select.as_deref().map(|select| exactness(select, rule) > 0);
        let is_failure = INPUT_FAILURES.contains(&rule.name);
        let mut chosen = match selected {
            Some(selected) => selected || is_failure && self.general.chooses(rule) != Some(false),
            None => self.general.chooses(rule).unwrap_or(true),
        };
        // Who selects a rule on the command line wants to see it, although the configuration has it off.
        let mut level = self.general.level(rule).filter(|level| !(selected == Some(true) && *level == Level::Off));
        for choice in overrides {
            match (choice.chooses(rule), selected) {
                (Some(wanted), None) => chosen = wanted,
                (Some(wanted), Some(_)) => chosen &= wanted,
                (None, _) => {}
            }
            level = choice.level(rule).or(level);
        }
        if exactness(&self.flags.ignore, rule) > 0 {
            chosen = false;
        }
        match level {
            _ if !chosen => Grade::Off,
            Some(Level::Off) => Grade::Off,
            Some(Level::Severity(severity)) => Grade::Fixed(severity),
            None => Grade::AsFound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(names: &[&str]) -> Vec<Selector> {
        names.iter().map(|name| Selector::find(name).unwrap()).collect()
    }

    fn choice(select: Option<&[&str]>, ignore: &[&str], levels: &[(&str, Level)]) -> Choice {
        Choice {
            select: select.map(selectors),
            ignore: selectors(ignore),
            levels: levels.iter().map(|(name, level)| (Selector::find(name).unwrap(), *level)).collect(),
        }
    }

    fn grade(levels: &Levels, file: &str, rule: &str) -> Grade {
        let at = rules::all().iter().position(|one| one.name == rule).unwrap();
        levels.grades(Some(file))[at]
    }

    const NOTE: Level = Level::Severity(Severity::Note);
    const ERROR: Level = Level::Severity(Severity::Error);

    #[test]
    fn a_name_goes_before_a_category_and_later_words_before_earlier_ones() {
        let levels = Levels {
            general: choice(None, &["duplicate-key"], &[("wrong-type", ERROR), ("input", NOTE), ("role", Level::Off)]),
            overrides: vec![
                (
                    PathPatterns::new(["prod"]),
                    choice(None, &[], &[("execution-role-missing", ERROR), ("wrong-type", NOTE)]),
                ),
                (PathPatterns::new(["prod/old"]), choice(Some(&["secret"]), &[], &[])),
            ],
            flags: Choice::default(),
        };
        for (file, rule, expected) in [
            ("a.json", "wrong-type", Grade::Fixed(Severity::Error)),
            ("a.json", "wrong-letter-case", Grade::Fixed(Severity::Note)),
            ("a.json", "duplicate-key", Grade::Off),
            ("a.json", "execution-role-missing", Grade::Off),
            ("a.json", "secret-arn-malformed", Grade::AsFound),
            ("prod/a.json", "execution-role-missing", Grade::Fixed(Severity::Error)),
            ("prod/a.json", "wrong-type", Grade::Fixed(Severity::Note)),
            ("prod/old/a.json", "wrong-type", Grade::Off),
            ("prod/old/a.json", "secret-arn-malformed", Grade::AsFound),
            ("prod/old/a.json", "syntax-error", Grade::Fixed(Severity::Note)),
        ] {
            assert_eq!(grade(&levels, file, rule), expected, "{file}: {rule}");
        }
        assert_eq!(levels.grades(None), levels.grades(Some("elsewhere.json")));
    }

    #[test]
    fn the_command_line_has_the_last_word() {
        let levels = Levels {
            general: choice(Some(&["secret"]), &["secret-arn-malformed"], &[("image", Level::Off)]),
            overrides: vec![(PathPatterns::new(["old"]), choice(None, &["registry-credentials-missing"], &[]))],
            flags: choice(Some(&["image", "secret-arn-malformed"]), &["registry-credentials-invalid"], &[]),
        };
        for (file, rule, expected) in [
            ("a.json", "registry-credentials-missing", Grade::AsFound),
            ("a.json", "registry-credentials-invalid", Grade::Off),
            ("a.json", "secret-arn-malformed", Grade::AsFound),
            ("a.json", "secret-name-instead-of-arn", Grade::Off),
            ("old/a.json", "registry-credentials-missing", Grade::Off),
            ("a.json", "syntax-error", Grade::AsFound),
        ] {
            assert_eq!(grade(&levels, file, rule), expected, "{file}: {rule}");
        }
        let unwanted = Levels { flags: choice(None, &["syntax-error"], &[]), ..Levels::default() };
        assert_eq!(grade(&unwanted, "a.json", "syntax-error"), Grade::Off);
    }
}
