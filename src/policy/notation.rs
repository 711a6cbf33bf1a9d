//! A policy as JSON or as YAML, for a template or for IAM itself.
//!
//! What goes into a template keeps its references: `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::ImportValue`, and `Fn::If` around a statement. What
//! goes to IAM has nothing but strings; of what is not known there a word in angle brackets stays, or what the file itself has in that place.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

use super::tree::{Tree, write_yaml};
use super::{Policy, Statement, Target, remarks};
use crate::model::{Deployment, Document, DocumentKind, Part, Reference, Task, Text};

/// How a policy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, as IAM takes it.
    Json,
    /// YAML, with the reason of each statement before it.
    Yaml,
}

/// What a policy that is written leaves to be filled in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fill {
    /// `<account>`.
    Account,
    /// `<region>`.
    Region,
    /// A placeholder of the file's own, or what stands for something that cannot be repeated.
    Other(String),
}

impl Fill {
    /// As it stands in the policy.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Account => "<account>",
            Self::Region => "<region>",
            Self::Other(word) => word,
        }
    }
}

/// Writes policies for what a document is.
#[derive(Debug)]
pub struct Notation {
    is_template: bool,
    /// What pseudo parameters stand for, outside of templates.
    deployment: Deployment,
    fills: RefCell<Vec<Fill>>,
    has_functions: Cell<bool>,
}

/// The version of the policy language.
const VERSION: &str = "2012-10-17";

/// Comments are broken to be no wider.
const COMMENT_WIDTH: usize = 110;

impl Notation {
    /// For a policy of these tasks of the document.
    #[must_use]
    pub fn new(document: &Document, tasks: &[&Task]) -> Self {
        let deployment = tasks.first().map(|task| remarks::deployment_of(document, task));
        Self {
            is_template: document.kind == DocumentKind::Template,
            deployment: deployment.unwrap_or_else(|| (*document.deployment).clone()),
            fills: RefCell::default(),
            has_functions: Cell::default(),
        }
    }

    /// The policy, with a line break at its end.
    ///
    /// # Errors
    /// Never for a policy: its keys are strings.
    pub fn write(&self, policy: &Policy, format: Format) -> serde_json::Result<String> {
        let statements = policy.statements.iter().map(|statement| self.statement(statement));
        match format {
            Format::Json => {
                let document = Tree::Map(vec![
                    ("Version".to_owned(), Tree::text(VERSION)),
                    ("Statement".to_owned(), Tree::List(statements.collect())),
                ]);
                Ok(serde_json::to_string_pretty(&document)? + "\n")
            }
            Format::Yaml => {
                let mut out = format!("Version: \"{VERSION}\"\nStatement:\n");
                for (statement, tree) in policy.statements.iter().zip(statements) {
                    comment(&mut out, &statement.reason);
                    out.push_str("  -");
                    write_yaml(&mut out, &tree, 2, true);
                }
                Ok(out)
            }
        }
    }

    /// What is left to be filled in of what was written so far, each once.
    #[must_use]
    pub fn fills(&self) -> Vec<Fill> {
        let mut fills = self.fills.borrow().clone();
        fills.sort();
        fills.dedup();
        fills
    }

    fn statement(&self, statement: &Statement) -> Tree {
        let resources: Vec<Tree> = statement.resources.iter().map(|resource| self.target(resource)).collect();
        let actions = statement.purpose.actions().iter().map(|action| Tree::text(*action)).collect();
        let mut entries = vec![
            ("Sid".to_owned(), Tree::text(&statement.sid)),
            ("Effect".to_owned(), Tree::text("Allow")),
            ("Action".to_owned(), Tree::one_or_more(actions)),
            ("Resource".to_owned(), Tree::one_or_more(resources)),
        ];
        if !statement.only_for.is_empty() {
            let secrets: Vec<Tree> = statement.only_for.iter().map(|secret| self.value(secret)).collect();
            let with_wildcards = statement.only_for.iter().any(|secret| secret.shown().contains(['?', '*']));
            let operator = if with_wildcards { "StringLike" } else { "StringEquals" };
            let context = ("kms:EncryptionContext:SecretARN".to_owned(), Tree::one_or_more(secrets));
            let condition = Tree::Map(vec![(operator.to_owned(), Tree::Map(vec![context]))]);
            entries.push(("Condition".to_owned(), condition));
        }
        let no_value = || Tree::function("Ref", Tree::text("AWS::NoValue"));
        if !statement.when.is_empty() {
            self.has_functions.set(true);
        }
        statement.when.iter().rev().fold(Tree::Map(entries), |inner, (condition, outcome)| {
            let (yes, no) = if *outcome { (inner, no_value()) } else { (no_value(), inner) };
            Tree::function("Fn::If", Tree::List(vec![Tree::text(condition), yes, no]))
        })
    }

    /// Whether anything that was written so far is for a template alone: it has functions.
    #[must_use]
    pub fn has_functions(&self) -> bool {
        self.has_functions.get()
    }

    fn value(&self, text: &Text) -> Tree {
        if !self.is_template {
            return Tree::Text(self.plain(text));
        }
        let tree = self.expression(text);
        if matches!(tree, Tree::Function(..)) {
            self.has_functions.set(true);
        }
        tree
    }

    /// A resource; where it may end in a tag, without what is behind the name.
    fn target(&self, target: &Target) -> Tree {
        let parts = target.arn.parts();
        if let Some((Part::Hole(hole), before)) = parts.split_last()
            && let Some(last) = function(&hole.reference).filter(|_| self.is_template && target.may_end_in_tag)
            && let Some(template) = as_template(self.expression(&Text::new(before.to_vec())))
        {
            self.has_functions.set(true);
            let up_to = |mark: &str, of: Tree| {
                let split = Tree::function("Fn::Split", Tree::List(vec![Tree::text(mark), of]));
                Tree::function("Fn::Select", Tree::List(vec![Tree::text("0"), split]))
            };
            let name = ("Repository".to_owned(), up_to("@", up_to(":", last)));
            let template = Tree::Text(format!("{template}${{Repository}}"));
            return Tree::function("Fn::Sub", Tree::List(vec![template, Tree::Map(vec![name])]));
        }
        self.value(&target.arn)
    }

    /// The text without functions.
    fn plain(&self, text: &Text) -> String {
        let mut plain = String::new();
        for part in self.deployment.filled_in(text).parts() {
            match part {
                Part::Literal(piece) => plain.push_str(piece.as_str()),
                Part::Hole(hole) => match &*hole.reference {
                    // All but a few accounts are in this partition; those that are not name another somewhere.
                    Reference::Pseudo(name) if name == "AWS::Partition" => plain.push_str("aws"),
                    Reference::Pseudo(name) if name == "AWS::Region" => plain.push_str(&self.filled(Fill::Region)),
                    Reference::Pseudo(name) if name == "AWS::AccountId" => plain.push_str(&self.filled(Fill::Account)),
                    other => plain.push_str(&self.filled(Fill::Other(word_for(other)))),
                },
                Part::Base64(..) => plain.push_str(&self.filled(Fill::Other("<Fn::Base64>".to_owned()))),
            }
        }
        plain
    }

    /// The text as a template comes by it.
    fn expression(&self, text: &Text) -> Tree {
        if let Some(known) = text.known() {
            return Tree::Text(known.into_owned());
        }
        if let Some(hole) = text.sole_hole()
            && let Some(function) = function(&hole.reference)
        {
            return function;
        }
        let (mut template, mut variables) = (String::new(), Vec::new());
        let mut has_names = false;
        for part in text.parts() {
            match part {
                Part::Literal(piece) => template.push_str(&piece.as_str().replace("${", "${!")),
                Part::Hole(hole) => match &*hole.reference {
                    reference @ (Reference::Parameter(_) | Reference::Pseudo(_) | Reference::Resource(_)) => {
                        has_names = true;
                        template.push_str(&reference.shown());
                    }
                    Reference::Import(Some(export)) => {
                        has_names = true;
                        let variable = format!("Import{}", variables.len() + 1);
                        let _ = write!(template, "${{{variable}}}");
                        variables.push((variable, Tree::function("Fn::ImportValue", Tree::text(export))));
                    }
                    // CloudFormation itself reads these, wherever they stand.
                    Reference::Dynamic(reference) => template.push_str(&reference.replace("${", "${!")),
                    other => template.push_str(&self.filled(Fill::Other(word_for(other))).replace("${", "${!")),
                },
                Part::Base64(..) => template.push_str(&self.filled(Fill::Other("<Fn::Base64>".to_owned()))),
            }
        }
        match (has_names, variables.is_empty()) {
            (false, _) => Tree::Text(template.replace("${!", "${")),
            (true, true) => Tree::function("Fn::Sub", Tree::Text(template)),
            (true, false) => Tree::function("Fn::Sub", Tree::List(vec![Tree::Text(template), Tree::Map(variables)])),
        }
    }

    /// What stands for it in the policy.
    fn filled(&self, fill: Fill) -> String {
        let word = fill.word().to_owned();
        self.fills.borrow_mut().push(fill);
        word
    }
}

/// What `Fn::Sub` takes for the text, if it takes nothing beside it.
fn as_template(text: Tree) -> Option<String> {
    match text {
        Tree::Text(text) => Some(text.replace("${", "${!")),
        Tree::Function("Fn::Sub", argument) => match *argument {
            Tree::Text(template) => Some(template),
            _ => None,
        },
        _ => None,
    }
}

/// The function that yields what is referred to.
fn function(reference: &Reference) -> Option<Tree> {
    Some(match reference {
        Reference::Parameter(parameter) => Tree::function("Ref", Tree::text(&parameter.name)),
        Reference::Pseudo(name) => Tree::function("Ref", Tree::text(name)),
        Reference::Import(Some(name)) => Tree::function("Fn::ImportValue", Tree::text(name)),
        Reference::Resource(resource) => match &resource.attribute {
            None => Tree::function("Ref", Tree::text(&resource.id)),
            Some(attribute) => Tree::function("Fn::GetAtt", Tree::Text(format!("{}.{attribute}", resource.id))),
        },
        _ => return None,
    })
}

/// A word for what cannot be repeated, or the file's own.
fn word_for(reference: &Reference) -> String {
    match reference {
        Reference::Placeholder(word) | Reference::Dynamic(word) => word.clone(),
        Reference::Import(_) => "<Fn::ImportValue>".to_owned(),
        Reference::Parameter(parameter) => format!("<{}>", parameter.name),
        Reference::Pseudo(name) | Reference::Function(name) => format!("<{name}>"),
        Reference::Resource(resource) => format!("<{}>", resource.id),
        Reference::Boot(name) => format!("<{}>", name.as_deref().unwrap_or("value")),
    }
}

/// Adds a comment before a statement, broken between words.
fn comment(out: &mut String, text: &str) {
    let mut width = 0;
    for word in text.split_whitespace() {
        if width == 0 || width + word.len() > COMMENT_WIDTH {
            let _ = write!(out, "{}  #", if width == 0 { "" } else { "\n" });
            width = 3;
        }
        // What comes from the file may hold characters that end a line or steer a terminal.
        let word: String = word.chars().filter(|c| !c.is_control()).collect();
        let _ = write!(out, " {word}");
        width += word.len() + 1;
    }
    if width > 0 {
        out.push('\n');
    }
}
