//! The `Conditions` section as formulas over parameters.

use std::collections::HashMap;

use regex::Regex;

use super::template::function_of;
use crate::model::{Conditions, Deployment, Formula, Variable};
use crate::syntax::{Kind, Node};

/// Nesting beyond this is not a real condition.
const MAX_DEPTH: usize = 32;

/// The conditions of a template with the indices of their names.
pub struct Built {
    /// Variables and formulas.
    pub conditions: Conditions,
    /// Condition name → index.
    pub condition_index: HashMap<String, u16>,
    /// Parameter or pseudo parameter → index.
    pub variable_index: HashMap<String, u16>,
}

/// The sections that decide; each may be absent.
#[derive(Clone, Copy)]
pub struct Sections<'t> {
    pub parameters: Option<Node<'t>>,
    pub mappings: Option<Node<'t>>,
    pub conditions: Option<Node<'t>>,
    pub rules: Option<Node<'t>>,
}

/// Reads the sections. What is known of the deployment is no variable any more.
pub fn build(sections: Sections<'_>, deployment: &Deployment) -> Built {
    let Sections { parameters, mappings, conditions, rules } = sections;
    let mut builder = Builder::default();
    for name in ["AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix"] {
        builder.decided.extend(deployment.pseudo(name).map(|value| (name.to_owned(), value.to_owned())));
    }
    for entry in parameters.into_iter().flat_map(Node::entries) {
        // What is given to a parameter of Systems Manager's types is the name of the value.
        let is_name = |kind: &str| kind.starts_with("AWS::SSM::Parameter::");
        let given = deployment.parameters.get(entry.key().as_ref());
        if let Some(value) =
            given.filter(|_| !entry.value().get("Type").and_then(Node::scalar).is_some_and(|kind| is_name(&kind)))
        {
            builder.decided.insert(entry.key().into_owned(), value.as_str().to_owned());
        }
    }
    for entry in parameters.into_iter().flat_map(Node::entries) {
        builder.add_parameter(&entry.key(), entry.value());
    }
    for row in mappings.into_iter().flat_map(Node::entries).flat_map(|mapping| mapping.value().entries()) {
        if let Some(name) = pseudo_parameter_of(&row.key()).filter(|name| !builder.decided.contains_key(*name)) {
            let variable = builder.variable(name);
            builder.value(variable, &row.key());
        }
    }
    let entries: Vec<_> = conditions.into_iter().flat_map(Node::entries).collect();
    for (index, entry) in (0u16..).zip(&entries) {
        builder.condition_index.insert(entry.key().into_owned(), index);
    }
    let named =
        entries.iter().map(|entry| (entry.key().into_owned(), builder.formula(entry.value(), MAX_DEPTH))).collect();
    for variable in &mut builder.variables {
        let reference = format!("\"{}\"", variable.name);
        let mentions = |text: &str| text.contains(&reference) || text.contains(&format!("!Ref {}", variable.name));
        variable.asserted = rules.is_some_and(|rules| mentions(rules.raw()));
    }
    Built {
        conditions: Conditions { variables: builder.variables, named },
        condition_index: builder.condition_index,
        variable_index: builder.variable_index,
    }
}

#[derive(Default)]
struct Builder<'t> {
    variables: Vec<Variable>,
    variable_index: HashMap<String, u16>,
    condition_index: HashMap<String, u16>,
    /// What is said of parameters. Their constraints are looked at when a condition asks: patterns take long to compile.
    declared: HashMap<u16, Node<'t>>,
    /// Of those that were looked at: whether they can never be empty.
    never_empty: HashMap<u16, bool>,
    /// Parameters and pseudo parameters of which the value is known.
    decided: HashMap<String, String>,
    /// Questions that only the deployment answers, by their text.
    questions: HashMap<String, u16>,
}

/// Whether a parameter's constraints refuse the empty string, which is how templates say "none": a least length, a pattern, or a
/// type of AWS's own.
fn forbids_the_empty_string(parameter: Node<'_>) -> bool {
    let text = |key: &str| parameter.get(key).and_then(Node::scalar);
    let least = text("MinLength").and_then(|length| length.parse::<u32>().ok());
    let pattern = || text("AllowedPattern").and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
    least.is_some_and(|length| length > 0)
        || text("Type").is_some_and(|kind| kind.starts_with("AWS::"))
        || pattern().is_some_and(|pattern| !pattern.is_match(""))
}

/// The pseudo parameter that such a key of a mapping is a value of.
pub fn pseudo_parameter_of(key: &str) -> Option<&'static str> {
    let is_region = || {
        let (rest, number) = key.rsplit_once('-')?;
        let is_word = |word: &str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        (rest.contains('-') && rest.split('-').all(is_word) && number.bytes().all(|b| b.is_ascii_digit())).then_some(())
    };
    if matches!(key, "aws" | "aws-cn" | "aws-us-gov" | "aws-eusc" | "aws-iso" | "aws-iso-b") {
        Some("AWS::Partition")
    } else if key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit()) {
        Some("AWS::AccountId")
    } else {
        is_region().map(|()| "AWS::Region")
    }
}

/// One side of `Fn::Equals`.
enum Operand {
    Variable(u16),
    Literal(String),
    Other(String),
}

impl<'t> Builder<'t> {
    fn add_parameter(&mut self, name: &str, node: Node<'t>) {
        let allowed: Vec<String> = node
            .get("AllowedValues")
            .into_iter()
            .flat_map(Node::items)
            .filter_map(|value| value.scalar().map(std::borrow::Cow::into_owned))
            .collect();
        let open = allowed.is_empty();
        let variable = self.variable(name);
        self.declared.insert(variable, node);
        if let Some(variable) = self.variables.get_mut(usize::from(variable)) {
            variable.open = open;
            variable.values = allowed;
        }
        if let Some(default) = node.get("Default").and_then(Node::scalar) {
            let index = self.value(variable, &default);
            if let Some(variable) = self.variables.get_mut(usize::from(variable)) {
                variable.default = index;
            }
        }
    }

    fn variable(&mut self, name: &str) -> u16 {
        if let Some(&index) = self.variable_index.get(name) {
            return index;
        }
        let index = u16::try_from(self.variables.len()).unwrap_or(u16::MAX);
        self.variables.push(Variable {
            name: name.to_owned(),
            values: Vec::new(),
            open: true,
            default: None,
            asserted: false,
        });
        self.variable_index.insert(name.to_owned(), index);
        index
    }

    fn is_never_empty(&mut self, variable: u16) -> bool {
        let declared = self.declared.get(&variable).copied();
        *self.never_empty.entry(variable).or_insert_with(|| declared.is_some_and(forbids_the_empty_string))
    }

    /// The index of the value among those of the variable; `None` when the variable cannot have it.
    fn value(&mut self, variable: u16, value: &str) -> Option<u16> {
        if value.is_empty() && self.is_never_empty(variable) {
            return None;
        }
        let variable = self.variables.get_mut(usize::from(variable))?;
        let known = variable.values.iter().position(|known| known == value);
        let index = match known {
            Some(index) => index,
            None if variable.open => {
                variable.values.push(value.to_owned());
                variable.values.len() - 1
            }
            None => return None,
        };
        u16::try_from(index).ok()
    }

    fn formula(&mut self, node: Node<'_>, depth: usize) -> Formula {
        let Some(entry) = node.only_entry().filter(|_| depth > 0) else { return self.question(node) };
        let argument = entry.value();
        match entry.key().as_ref() {
            "Condition" => {
                let index = argument.scalar().and_then(|name| self.condition_index.get(name.as_ref()).copied());
                index.map_or_else(|| self.question(node), Formula::Condition)
            }
            "Fn::Not" => match argument.items().next() {
                Some(inner) => Formula::Not(Box::new(self.formula(inner, depth - 1))),
                None => self.question(node),
            },
            "Fn::And" => Formula::All(argument.items().map(|item| self.formula(item, depth - 1)).collect()),
            "Fn::Or" => Formula::Any(argument.items().map(|item| self.formula(item, depth - 1)).collect()),
            "Fn::Equals" => self.equals(node, argument),
            _ => self.question(node),
        }
    }

    fn equals(&mut self, node: Node<'_>, argument: Node<'_>) -> Formula {
        let mut sides = argument.items();
        let (Some(left), Some(right)) = (sides.next(), sides.next()) else { return self.question(node) };
        match (self.operand(left), self.operand(right)) {
            (Operand::Literal(left), Operand::Literal(right)) => Formula::Constant(left == right),
            (Operand::Variable(variable), Operand::Literal(value))
            | (Operand::Literal(value), Operand::Variable(variable)) => {
                self.value(variable, &value).map_or(Formula::Constant(false), |value| Formula::Is(variable, value))
            }
            (Operand::Variable(left), Operand::Variable(right)) if left == right => Formula::Constant(true),
            (Operand::Other(left), Operand::Other(right)) if left == right => Formula::Constant(true),
            _ => self.question(node),
        }
    }

    fn operand(&mut self, node: Node<'_>) -> Operand {
        if let Some(text) = node.scalar() {
            return Operand::Literal(text.into_owned());
        }
        match function_of(node) {
            Some((name, argument)) if name == "Ref" && argument.kind() != Kind::Object => match argument.scalar() {
                Some(name) => match self.decided.get(name.as_ref()) {
                    Some(value) => Operand::Literal(value.clone()),
                    None => Operand::Variable(self.variable(&name)),
                },
                None => Operand::Other(node.raw().to_owned()),
            },
            _ => Operand::Other(node.raw().to_owned()),
        }
    }

    fn question(&mut self, node: Node<'_>) -> Formula {
        let next = u16::try_from(self.questions.len()).unwrap_or(u16::MAX);
        Formula::Free(*self.questions.entry(node.raw().to_owned()).or_insert(next))
    }
}
