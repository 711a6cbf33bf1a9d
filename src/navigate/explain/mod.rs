//! What a place of a file comes to, and why: from an image to the key that guards its password.
//!
//! Everything is read off the model, by the same functions as the rules use; what is said here and what a rule says cannot differ.
//! What is not known is said to be so, with what makes it unknown; what is secret is nowhere in the words.

mod image;
mod instance;
mod key;
mod permissions;
mod phrase;
mod quote;
mod role;
mod secret;
#[cfg(test)]
mod tests;
mod unknown;
mod variable;

use std::cell::OnceCell;
use std::sync::Arc;

use super::touches;
use crate::access::{self, Access};
use crate::model::{Assumptions, Case, Document, Field, Registries, Task};
use crate::source::{Source, Span};
use crate::syntax::{Kind, Node, Tree};

pub use phrase::{Fact, Insight, Mark, Phrase, Piece};
pub use quote::secrets_of;

/// More cases of one value than these are not told apart.
const MOST_CASES: usize = 6;

/// Tells what the places of one file come to.
pub struct Explainer<'d> {
    source: &'d Source,
    documents: &'d [Arc<Document>],
    registries: &'d Registries,
    /// What must not be quoted, sorted.
    secrets: Vec<Span>,
    /// What goes into scripts, which do whatever with it.
    scripts: Vec<Span>,
    tree: OnceCell<Option<Tree>>,
    /// What each task needs, worked out when it is first asked for.
    needs: Vec<Vec<OnceCell<Vec<Access<'d>>>>>,
}

impl<'d> Explainer<'d> {
    /// Of a file with these documents. `secrets` are places that must not be quoted, beside those of [`secrets_of`].
    #[must_use]
    pub fn new(
        source: &'d Source,
        documents: &'d [Arc<Document>],
        registries: &'d Registries,
        secrets: impl IntoIterator<Item = Span>,
    ) -> Self {
        let mut secrets: Vec<Span> = secrets.into_iter().chain(secrets_of(documents)).collect();
        secrets.sort_unstable();
        secrets.dedup();
        let data = documents.iter().flat_map(|document| &document.launch_data);
        let scripts = data.flat_map(|data| &data.written).copied().collect();
        let needs = documents.iter().map(|document| document.tasks.iter().map(|_| OnceCell::new()).collect());
        let tree = OnceCell::new();
        let mut explainer = Self { source, documents, registries, secrets, scripts, tree, needs: needs.collect() };
        let hidden = explainer.hidden_defaults();
        explainer.secrets.extend(hidden);
        explainer
    }

    /// What is to be told of the byte offset `at`, the most special first.
    #[must_use]
    pub fn at(&self, at: u32) -> Vec<Insight> {
        let mut found = self.settings(at);
        if found.is_empty() {
            found.extend(self.documents.iter().find_map(|document| self.instance(document, at)));
        }
        if let Some(variable) = self.variable(at, found.is_empty()) {
            found.push(variable);
        }
        if found.is_empty()
            && let Some((key, value)) = self.key_and_value(at)
        {
            found = self.settings(value.start).into_iter().map(|insight| Insight { span: key, ..insight }).collect();
        }
        let is_hidden = |name: &str, value: &str| self.hides_value(name, value);
        for insight in &mut found {
            insight.facts.iter_mut().for_each(|fact| fact.hide_values(&is_hidden));
        }
        found
    }

    /// What is to be told of settings, and of resources at their names.
    fn settings(&self, at: u32) -> Vec<Insight> {
        let mut found = Vec::new();
        for (number, document) in self.documents.iter().enumerate() {
            let of = Of { number, document };
            for task in of.tasks() {
                found.extend(self.images(task, at));
                found.extend(self.secret_references(task, at));
                found.extend(self.files(task, at));
                found.extend(self.role_references(task, at));
            }
            found.extend(self.role_definitions(of, at));
            found.extend(self.secret_definitions(of, at));
            found.extend(self.keys(of, at));
        }
        found
    }

    /// The key that the cursor is on, and its value: a string, a function, or an object with one setting.
    fn key_and_value(&self, at: u32) -> Option<(Span, Span)> {
        let root = self.roots().find(|root| touches(root.span(), at))?;
        let mut node = root;
        loop {
            if let Some(entry) = node.entries().find(|entry| touches(entry.key_span(), at)) {
                let value = entry.value();
                let inner = value.only_entry().map(crate::syntax::Entry::value).filter(|_| !is_function(value));
                let value = inner.unwrap_or(value);
                return (value.kind() == Kind::String || is_function(value)).then(|| (entry.key_span(), value.span()));
            }
            let item = node.items().find(|item| touches(item.span(), at));
            let value = || node.entries().map(crate::syntax::Entry::value).find(|value| touches(value.span(), at));
            node = item.or_else(value)?;
        }
    }

    /// What the task needs.
    fn needs(&self, of: OfTask<'d>) -> &[Access<'d>] {
        let cell = self.needs.get(of.of.number).and_then(|tasks| tasks.get(of.index));
        cell.map_or(&[], |cell| cell.get_or_init(|| access::of_task(of.of.document, of.task)))
    }

    /// The roots of the file's tree; none for a script.
    fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        let tree = self.tree.get_or_init(|| self.documents.first().and_then(|first| super::tree(self.source, first)));
        tree.iter().flat_map(|tree| tree.roots(self.source))
    }

    /// Which of the cases a cursor is on: those whose own place it touches, or all where it touches the setting only.
    fn cases_at<T>(field: &Field<T>, at: u32) -> Vec<&Case<T>> {
        let mut here: Vec<&Case<T>> = field.cases.iter().filter(|case| touches(case.span, at)).collect();
        if here.is_empty() && touches(field.span, at) {
            here = field.cases.iter().collect();
        } else {
            // A branch of a function counts before the function.
            let width = |case: &&Case<T>| case.span.end - case.span.start;
            let narrowest = here.iter().map(width).min();
            here.retain(|case| Some(width(case)) == narrowest);
        }
        here.truncate(MOST_CASES);
        here
    }
}

/// Where a case is told of: its own place if the cursor is there, else that of the setting.
fn place_of<T>(field: &Field<T>, case: &Case<T>, at: u32) -> Span {
    if touches(case.span, at) { case.span } else { field.span }
}

/// Whether this is `Ref` or a function.
fn is_function(node: Node<'_>) -> bool {
    node.only_entry().is_some_and(|entry| entry.key() == "Ref" || entry.key().starts_with("Fn::"))
}

/// A document, by its number in the file.
#[derive(Clone, Copy)]
struct Of<'d> {
    number: usize,
    document: &'d Document,
}

/// A task of a document.
#[derive(Clone, Copy)]
struct OfTask<'d> {
    of: Of<'d>,
    index: usize,
    task: &'d Task,
}

impl<'d> Of<'d> {
    /// Whether these can hold together.
    fn possible(self, all: &[&Assumptions]) -> bool {
        self.document.conditions.possible(all)
    }

    /// The tasks of the document.
    fn tasks(self) -> impl Iterator<Item = OfTask<'d>> {
        self.document.tasks.iter().enumerate().map(move |(index, task)| OfTask { of: self, index, task })
    }

    /// `, when …` behind a phrase, where something is assumed beyond what `known` says.
    fn when(self, phrase: Phrase, when: &Assumptions, known: &Assumptions) -> Phrase {
        let news = when.iter().filter(|one| !known.iter().any(|other| other == *one));
        let news = news.fold(Assumptions::always(), |all, one| all.with(one));
        match self.document.conditions.describe(&news) {
            Some(words) => phrase.words(", when ").then(Phrase::of_message(&words)),
            None => phrase,
        }
    }
}
