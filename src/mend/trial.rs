//! Trying fixes: what the text would be, and what a run would say of it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::own_proposals;
use crate::cloudformation::{Refusal, Template, refusals};
use crate::discover::{Discovery, Input};
use crate::fix::{Editor, Fix, fix_of_script, parse};
use crate::lint::{Diagnostic, Outcome, Settings};
use crate::model::Deployment;
use crate::source::{Edit, FileId, Source, edited};
use crate::userdata::launch_file;

/// A finding, and something that may mend it.
pub(super) type Chosen<'o> = (&'o Diagnostic, Fix);

/// The fixes of each finding that can be written in its file, best first. The file is parsed once more, and only if something in it
/// can be mended.
pub(super) fn made<'o>(
    source: &Source,
    diagnostics: impl Iterator<Item = &'o Diagnostic>,
) -> Vec<(&'o Diagnostic, Vec<Fix>)> {
    let diagnostics: Vec<_> =
        diagnostics.filter(|diagnostic| own_proposals(diagnostic, source.id()).next().is_some()).collect();
    if diagnostics.is_empty() {
        return Vec::new();
    }
    let each = |fix: &dyn Fn(&crate::model::Proposal) -> Option<Fix>| {
        let fixes = |one: &'o Diagnostic| (one, own_proposals(one, source.id()).filter_map(fix).collect());
        diagnostics.iter().map(|one| fixes(one)).collect()
    };
    let body = source.text().get(source.body_start() as usize..).unwrap_or_default();
    if launch_file(source.name(), body).is_some() {
        return each(&|proposal| fix_of_script(proposal, source));
    }
    let Some(tree) = parse(source) else { return Vec::new() };
    let editor = Editor::new(&tree, source);
    each(&|proposal| editor.fix(proposal))
}

/// Lints one text as a whole run would.
pub(super) fn lint(input: &Input, text: &str, settings: &Settings) -> Outcome {
    let input = Input { text: Some(text.as_bytes().to_vec()), ..input.clone() };
    crate::check(Discovery { inputs: vec![input], ..Discovery::default() }, settings, &|_| {})
}

/// A text that fixes are tried on, and what a run says of it as it is.
pub(super) struct Trial<'t> {
    input: &'t Input,
    settings: &'t Settings,
    text: &'t str,
    before: &'t Outcome,
    refusals: OnceCell<BTreeSet<Refusal>>,
}

impl<'t> Trial<'t> {
    pub(super) fn new(input: &'t Input, settings: &'t Settings, text: &'t str, before: &'t Outcome) -> Self {
        Self { input, settings, text, before, refusals: OnceCell::new() }
    }

    /// Makes fixes and lints the result; or says why it must not be.
    pub(super) fn attempt(&self, chosen: &[Chosen<'_>]) -> Result<(String, Outcome), String> {
        let edits: Vec<Edit> = chosen.iter().flat_map(|(_, fix)| fix.edits.iter().cloned()).collect();
        let text = edited(self.text, &edits).ok_or_else(|| "its edits meet each other".to_owned())?;
        // What `CloudFormation` refuses is sooner told than what a run says.
        let mended = Source::new(FileId(0), self.input.name.clone(), text.clone());
        self.is_deployable(&mended)?;
        let after = lint(self.input, &text, self.settings);
        if after.summary.files_recognised < self.before.summary.files_recognised && parse(&mended).is_none() {
            return Err("the file could not be parsed any more".to_owned());
        }
        if after.summary.files_recognised < self.before.summary.files_recognised {
            return Err("the file would not be recognised any more".to_owned());
        }
        let mut allowed = counted(self.before);
        for (diagnostic, _) in chosen {
            if let Some(count) = allowed.get_mut(&place_of(diagnostic)) {
                *count = count.saturating_sub(1);
            }
        }
        for (place, count) in counted(&after) {
            if allowed.get(&place).is_none_or(|allowed| count > *allowed) {
                let is_its_own = chosen.iter().any(|(diagnostic, _)| place_of(diagnostic) == place);
                return Err(if is_its_own {
                    "the finding would stay".to_owned()
                } else {
                    format!("it would bring `{}`", place.0)
                });
            }
        }
        Ok((text, after))
    }

    /// Whether `CloudFormation` refuses nothing for its references that it did not refuse before.
    fn is_deployable(&self, after: &Source) -> Result<(), String> {
        let Some(after) = refusals_of(after) else { return Ok(()) };
        let before = || {
            let before = Source::new(FileId(0), self.input.name.clone(), self.text.to_owned());
            refusals_of(&before).unwrap_or_default()
        };
        let new = if after.is_empty() { None } else { after.difference(self.refusals.get_or_init(before)).next() };
        match new {
            None => Ok(()),
            Some(Refusal::Circle(circle)) => {
                let circle: Vec<String> = circle.iter().map(|id| format!("`{id}`")).collect();
                Err(format!("{} would wait for each other", circle.join(", ")))
            }
            Some(Refusal::Absent { from, to }) => {
                Err(format!("`{from}` would refer to `{to}`, which is not there in every deployment"))
            }
        }
    }
}

/// What `CloudFormation` refuses the templates of a file for; `None` where there is none.
fn refusals_of(source: &Source) -> Option<BTreeSet<Refusal>> {
    let tree = parse(source)?;
    // Another deployment than that of this run must get on with the text as well.
    let deployment = Deployment::default();
    let templates = tree.roots(source).filter(|root| root.get("Resources").is_some());
    templates.filter_map(|root| refusals(&Template::new(root, &deployment))).reduce(|mut all, more| {
        all.extend(more);
        all
    })
}

type Place<'o> = (&'static str, Option<&'o str>, Option<&'o str>);

fn place_of(diagnostic: &Diagnostic) -> Place<'_> {
    (diagnostic.rule, diagnostic.resource.as_deref(), diagnostic.container.as_deref())
}

/// How many findings a rule has in a resource and container, whatever their words.
fn counted(outcome: &Outcome) -> BTreeMap<Place<'_>, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in &outcome.diagnostics {
        *counts.entry(place_of(diagnostic)).or_default() += 1;
    }
    counts
}
