//! What makes a value unknown.

use super::Explainer;
use super::phrase::{Fact, Mark, Phrase, clipped};
use crate::model::{Document, Hole, Reference, ResourceKind, ResourceRef, Text};
use crate::source::Span;

impl Explainer<'_> {
    /// One fact for each thing in the text that is not known.
    pub(super) fn unknowns(&self, document: &Document, text: &Text) -> Vec<Fact> {
        let mut facts: Vec<Fact> = Vec::new();
        for hole in text.holes() {
            let fact = self.why(document, hole).marked(Mark::Open);
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
        facts
    }

    /// What fills a hole, and why that is not known.
    fn why(&self, document: &Document, hole: &Hole) -> Phrase {
        match &*hole.reference {
            Reference::Parameter(parameter) if parameter.no_echo => {
                Phrase::new("parameter ").code(&parameter.name).words(" is hidden (").code("NoEcho").words(")")
            }
            Reference::Parameter(parameter) => {
                let phrase = Phrase::new("parameter ").code(&parameter.name);
                let phrase = self.with_line(phrase, document, &parameter.name);
                let kind =
                    self.roots().find_map(|root| root.get("Parameters")?.get(&parameter.name)?.get("Type")?.scalar());
                phrase.words(match parameter.default {
                    _ if kind.is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::")) => {
                        " is read from Systems Manager at deployment"
                    }
                    Some(_) => " may be given another value than its default",
                    None => " has no default, and no value in the configuration",
                })
            }
            Reference::Pseudo(name) => {
                Phrase::default().code(name).words(" is known at deployment").words(match name.as_str() {
                    "AWS::Region" | "AWS::Partition" | "AWS::URLSuffix" => {
                        "; `region` in `[context]` of the configuration tells it"
                    }
                    "AWS::AccountId" => "; `account` in `[context]` of the configuration tells it",
                    _ => "",
                })
            }
            Reference::Resource(resource) => self.made_at_deployment(document, resource),
            Reference::Import(Some(name)) => {
                Phrase::new("the export ").code(&clipped(name)).words(" of another stack is not in this file")
            }
            Reference::Import(None) => Phrase::new("an export of another stack is not in this file"),
            Reference::Dynamic(reference) => {
                Phrase::default().code(&clipped(reference)).words(" is resolved by CloudFormation at deployment")
            }
            Reference::Function(name) if name.starts_with("Fn::") => {
                Phrase::default().code(name).words(" gives what the deployment alone can tell")
            }
            Reference::Function(_) => Phrase::new("what is written here is no value that can be told from the file"),
            Reference::Placeholder(word) => Phrase::new("the placeholder ")
                .code(&if self.is_hidden(hole.span) { super::quote::HIDDEN.to_owned() } else { clipped(word) })
                .words(" is filled in by another tool"),
            Reference::Boot(_) => Phrase::new("the instance computes it while it boots"),
        }
    }

    fn made_at_deployment(&self, document: &Document, resource: &ResourceRef) -> Phrase {
        let what = match &resource.attribute {
            Some(attribute) => Phrase::default().code(attribute).words(" of "),
            None => Phrase::default(),
        };
        let phrase = self.with_line(what.code(&resource.id), document, &resource.id);
        phrase.words(match resource.kind {
            ResourceKind::Custom => " is made by a custom resource, a module or another stack",
            _ => " is made by the deployment",
        })
    }

    /// The phrase with the line in which a resource is defined, if one of that name is.
    pub(super) fn with_line(&self, phrase: Phrase, document: &Document, id: &str) -> Phrase {
        match self.line_of(document, id) {
            Some(place) => phrase.at(place),
            None => phrase,
        }
    }

    /// Where a resource or a parameter is defined.
    pub(super) fn line_of(&self, document: &Document, id: &str) -> Option<Span> {
        let resource = document.resources.iter().find(|resource| resource.name == id);
        resource.map(|resource| Span { end: resource.span.start, ..resource.span }).or_else(|| {
            self.roots().find_map(|root| root.get("Parameters")?.entry(id).map(crate::syntax::Entry::key_span))
        })
    }
}
