//! Parameters, and what `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::ImportValue` stand for.

use super::Explainer;
use super::phrase::{Fact, Insight, Mark, Phrase, clipped};
use super::quote::has_no_echo;
use crate::model::{Document, DocumentKind, names_a_credential};
use crate::navigate::touches;
use crate::source::Span;
use crate::syntax::{Entry, Kind, Node};

/// A reference that is written somewhere.
struct Reference {
    name: String,
    attribute: Option<String>,
    span: Span,
    is_import: bool,
}

/// More allowed values than these are not listed.
const MOST_VALUES: usize = 8;

impl Explainer<'_> {
    /// The parameter, variable or reference that the cursor is on; a resource only if `resources` are wanted.
    pub(super) fn variable(&self, at: u32, resources: bool) -> Option<Insight> {
        let document = self.documents.iter().find(|document| document.kind == DocumentKind::Template)?;
        for root in self.roots() {
            let definition = root
                .get("Parameters")
                .and_then(|parameters| parameters.entries().find(|entry| touches(entry.key_span(), at)));
            if let Some(entry) = definition {
                let name = entry.key().into_owned();
                let title = Phrase::new("Parameter ").code(&name);
                return Some(Insight {
                    span: entry.key_span(),
                    title,
                    facts: self.parameter(document, &name, entry.value()),
                });
            }
            let Some(reference) = reference_at(root, at) else { continue };
            return self.referred(document, root, &reference, resources);
        }
        None
    }

    fn referred(&self, document: &Document, root: Node<'_>, reference: &Reference, resources: bool) -> Option<Insight> {
        let Reference { name, attribute, span, is_import } = reference;
        let insight = |title: Phrase, facts| Some(Insight { span: *span, title, facts });
        if *is_import {
            let title = Phrase::new("Export ").code(&clipped(name)).words(" of another stack");
            return insight(title, vec![Phrase::new("its value is not in this file").marked(Mark::Open)]);
        }
        if let Some(entry) = root.get("Parameters").and_then(|parameters| parameters.entry(name)) {
            let title = Phrase::new("Parameter ").code(name).at(entry.key_span());
            return insight(title, self.parameter(document, name, entry.value()));
        }
        if name.starts_with("AWS::") {
            return insight(Phrase::default().code(name), vec![pseudo(document, name)]);
        }
        let resource = root.get("Resources")?.entry(name).filter(|_| resources)?;
        let kind = resource.value().get("Type").and_then(Node::scalar).unwrap_or_default();
        let title = Phrase::new("Resource ").code(name).at(resource.key_span()).words(": ").code(&clipped(&kind));
        let gives = match attribute {
            Some(attribute) => Phrase::new("its attribute ").code(attribute).words(" is made by the deployment"),
            None => Phrase::default().code("Ref").words(" gives ").words(given_by(&kind)),
        };
        insight(title, vec![gives.fact()])
    }

    /// What is known of a parameter's value.
    fn parameter(&self, document: &Document, name: &str, definition: Node<'_>) -> Vec<Fact> {
        let text = |key: &str| definition.get(key).and_then(Node::scalar).map(String::from);
        let mut facts = Vec::new();
        let kind = text("Type").unwrap_or_default();
        if !matches!(kind.as_str(), "" | "String") {
            facts.push(Phrase::new("type ").code(&clipped(&kind)).fact());
        }
        let is_hidden = has_no_echo(definition);
        let given = document.deployment.parameters.get(name);
        if is_hidden {
            facts.push(Phrase::default().code("NoEcho").words(": its value is not shown").fact());
        }
        let names_a_secret = is_hidden || names_a_credential(name);
        let shown = |value: &crate::source::MappedText| {
            let may_be_shown = !names_a_secret || value.as_str().starts_with("arn:") || value.as_str().starts_with('/');
            if may_be_shown && !is_hidden {
                clipped(&self.parameter_value(value))
            } else {
                super::quote::HIDDEN.to_owned()
            }
        };
        if let Some(given) = given {
            let place = given.span(0..given.as_str().len());
            facts
                .push(Phrase::new("value ").code(&shown(given)).words(", given by the configuration").at(place).fact());
            return facts;
        }
        let default = definition.get("Default").and_then(|node| Some((node.mapped()?, node.span())));
        match &default {
            Some((value, place)) if kind.starts_with("AWS::SSM::Parameter::") => facts.push(
                Phrase::new("the value that the Systems Manager parameter ")
                    .code(&shown(value))
                    .words(" has at deployment")
                    .at(*place)
                    .marked(Mark::Open),
            ),
            Some((value, place)) if value.as_str().is_empty() => {
                facts.push(Phrase::new("empty by default").at(*place).fact());
            }
            Some((value, place)) => facts.push(Phrase::new("by default ").code(&shown(value)).at(*place).fact()),
            None => facts.push(
                Phrase::new("no default, and no value in the configuration: it is known at deployment only")
                    .marked(Mark::Open),
            ),
        }
        let allowed = definition.get("AllowedValues").into_iter().flat_map(Node::items);
        let allowed: Vec<String> = allowed.filter_map(|value| Some(shown(&value.mapped()?))).collect();
        if !allowed.is_empty() {
            let listed = allowed.iter().take(MOST_VALUES).enumerate();
            let phrase = listed.fold(Phrase::new("one of "), |phrase, (at, value)| {
                phrase.words(if at > 0 { ", " } else { "" }).code(value)
            });
            let phrase = if allowed.len() > MOST_VALUES { phrase.words(" and others") } else { phrase };
            facts.push(phrase.fact());
        }
        facts
    }
}

fn pseudo(document: &Document, name: &str) -> Fact {
    match document.deployment.pseudo(name) {
        Some(value) => Phrase::default().code(value).words(", by the configuration").fact(),
        None if name == "AWS::NoValue" => Phrase::new("takes the setting away").fact(),
        None => {
            let key = match name {
                "AWS::AccountId" => Some("account"),
                "AWS::Region" | "AWS::Partition" | "AWS::URLSuffix" => Some("region"),
                _ => None,
            };
            let phrase = Phrase::new("known at deployment only");
            match key {
                Some(key) => {
                    phrase.words("; ").code(key).words(" in ").code("[context]").words(" of the configuration tells it")
                }
                None => phrase,
            }
            .marked(Mark::Open)
        }
    }
}

/// What `Ref` of a resource of that type is. Source: the primary identifiers of the `CloudFormation` resource schemas.
fn given_by(kind: &str) -> &'static str {
    match kind {
        "AWS::SecretsManager::Secret" | "AWS::IAM::ManagedPolicy" | "AWS::ECS::TaskDefinition" => "its ARN",
        "AWS::KMS::Key" | "AWS::KMS::ReplicaKey" => "its key id, which no policy takes",
        "AWS::IAM::Role"
        | "AWS::SSM::Parameter"
        | "AWS::ECR::Repository"
        | "AWS::Logs::LogGroup"
        | "AWS::S3::Bucket"
        | "AWS::KMS::Alias" => "its name",
        _ => "what identifies it, which the deployment makes",
    }
}

/// The innermost reference that the cursor is on.
fn reference_at(root: Node<'_>, at: u32) -> Option<Reference> {
    let mut node = root;
    let mut found = None;
    while touches(node.span(), at) {
        let item = node.items().find(|item| touches(item.span(), at));
        let entry = node.entries().find(|entry| touches(entry.value().span(), at) || touches(entry.key_span(), at));
        node = match (item, entry) {
            (Some(item), _) => item,
            (None, Some(entry)) => {
                found = read(&entry, at).or(found);
                entry.value()
            }
            (None, None) => break,
        };
    }
    found
}

fn read(function: &Entry<'_>, at: u32) -> Option<Reference> {
    let value = function.value();
    let span = Span { start: function.key_span().start.min(value.span().start), ..value.span() };
    let named = |name: String, attribute| Reference { name, attribute, span, is_import: false };
    match function.key().as_ref() {
        "Ref" => Some(named(value.scalar()?.into_owned(), None)),
        "Fn::GetAtt" if value.kind() == Kind::Array => {
            let mut items = value.items().filter_map(Node::scalar);
            let (name, attribute) = (items.next()?, items.next()?);
            Some(named(name.into_owned(), Some(attribute.into_owned())))
        }
        "Fn::GetAtt" => {
            let text = value.scalar()?;
            let (name, attribute) = text.split_once('.')?;
            Some(named(name.to_owned(), Some(attribute.to_owned())))
        }
        "Fn::ImportValue" => Some(Reference { is_import: true, ..named(value.scalar()?.into_owned(), None) }),
        "Fn::Sub" => in_sub(value, at),
        _ => None,
    }
}

/// The variable of `Fn::Sub` that the cursor is on, unless it is one of the function's own.
fn in_sub(value: Node<'_>, at: u32) -> Option<Reference> {
    let (template, variables) = match value.kind() {
        Kind::Array => (value.items().next()?, value.items().nth(1)),
        _ => (value, None),
    };
    let text = template.mapped()?;
    for (open, _) in text.as_str().match_indices("${") {
        let rest = text.as_str().get(open + 2..)?;
        let close = rest.find('}')?;
        let name = rest.get(..close)?.trim();
        let span = text.span(open..open + close + 3);
        if !touches(span, at) || name.starts_with('!') {
            continue;
        }
        if variables.is_some_and(|variables| variables.entry(name).is_some()) {
            return None;
        }
        let (name, attribute) = match name.split_once('.') {
            Some((name, attribute)) => (name, Some(attribute.to_owned())),
            None => (name, None),
        };
        return Some(Reference { name: name.to_owned(), attribute, span, is_import: false });
    }
    None
}
