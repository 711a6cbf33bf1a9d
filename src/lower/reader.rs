//! Reading settings out of a node, alike for plain files and for templates.

use std::cell::RefCell;
use std::collections::HashSet;

use smallvec::smallvec;

use super::embedded::Embedded;
use crate::cloudformation::{Branch, BranchValue, Branches, Items, Template, TextValue};
use crate::model::{Assumptions, Case, Field, MOST_FINDINGS, Problem, ProblemKind, Reference, Text, Value, Written};
use crate::source::Span;
use crate::syntax::{Entry, Kind, Node};

/// Reads settings; in a template intrinsic functions are evaluated and keys are in Pascal case.
pub struct Reader<'a, 't> {
    template: Option<&'a Template<'t>>,
    /// The string that is read, when what is read is JSON inside a string.
    embedded: Option<&'a Embedded>,
    problems: RefCell<Vec<Problem>>,
    /// Places that were reported, so that a value that is read twice is reported once.
    reported: RefCell<HashSet<Span>>,
}

/// What is accepted where a string is due.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scalars {
    /// Strings only: a number or boolean is the wrong type everywhere.
    StringsOnly,
    /// In a template numbers and booleans too, which `CloudFormation` turns into strings.
    AsTheFormatHasIt,
}

impl<'a, 't> Reader<'a, 't> {
    /// A reader for plain files.
    pub fn plain() -> Self {
        Self { template: None, embedded: None, problems: RefCell::default(), reported: RefCell::default() }
    }

    /// A reader for JSON that stands in a string, of which every intrinsic function is evaluated.
    pub fn of_embedded(embedded: &'a Embedded) -> Self {
        Self { embedded: Some(embedded), ..Self::plain() }
    }

    /// A reader for the values of a template.
    pub fn of_template(template: &'a Template<'t>) -> Self {
        Self { template: Some(template), ..Self::plain() }
    }

    /// What was found wrong so far.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// The key as this kind of file spells it, given in camel case.
    fn spelled(&self, key: &str) -> String {
        let mut spelled = key.to_owned();
        if let Some(first) = spelled.get_mut(..1).filter(|_| self.template.is_some()) {
            first.make_ascii_uppercase();
        }
        spelled
    }

    /// The entry with that key, given in camel case; a key in the wrong letter case is taken too, and reported.
    pub fn entry(&self, object: Node<'t>, key: &str) -> Option<Entry<'t>> {
        let spelled = if self.template.is_some() { object.entry_in_pascal_case(key) } else { object.entry(key) };
        if spelled.is_some() {
            return spelled;
        }
        let other = object.entries().filter(|entry| entry.key().eq_ignore_ascii_case(key)).last()?;
        let kind = ProblemKind::LetterCase { written: other.key().into_owned(), expected: self.spelled(key) };
        self.report(kind, other.key_span());
        Some(other)
    }

    /// The objects that stand for the setting, in each branch; nothing where it is absent.
    pub fn objects(&self, object: Node<'t>, key: &str, when: &Assumptions) -> Vec<(Node<'t>, Assumptions)> {
        let Some(entry) = self.entry(object, key) else { return Vec::new() };
        let mut found = Vec::new();
        for branch in self.branches(entry.value(), when) {
            match branch.value {
                BranchValue::Node(node) if node.kind() == Kind::Object && !is_function(node) => {
                    found.push((node, branch.when));
                }
                BranchValue::Node(node) if node.kind() != Kind::Object && !node.is_null() => {
                    self.wrong_type(key, "an object", node);
                }
                BranchValue::Node(_) | BranchValue::Unset | BranchValue::Unknown => {}
            }
        }
        found
    }

    /// Everything a node can stand for.
    pub fn branches(&self, node: Node<'t>, when: &Assumptions) -> Branches<'t> {
        let itself = || smallvec![Branch { value: BranchValue::Node(node), span: node.span(), when: when.clone() }];
        self.template.map_or_else(itself, |template| template.branches(node, when))
    }

    /// The elements of the list that the setting holds. What is no list is reported and taken as its only element.
    pub fn list(&self, object: Node<'t>, key: &str, when: &Assumptions) -> Items<'t> {
        let Some(entry) = self.entry(object, key) else { return Items::default() };
        self.elements(entry.value(), key, when)
    }

    /// The elements of a list that is the value of `key`.
    pub fn elements(&self, node: Node<'t>, key: &str, when: &Assumptions) -> Items<'t> {
        let mut items = self.items(node, when);
        if self.template.is_none() && node.kind() != Kind::Array {
            if node.is_null() {
                return Items::default();
            }
            items.not_lists.push(node);
        }
        for &node in &items.not_lists {
            self.wrong_type(key, "a list", node);
        }
        items
    }

    /// The elements of a list that are objects; what is none is reported.
    pub fn object_list(&self, object: Node<'t>, key: &str, when: &Assumptions) -> Vec<(Node<'t>, Assumptions)> {
        let items = self.list(object, key, when);
        let mut objects = Vec::new();
        for (node, when) in items.nodes {
            if node.kind() == Kind::Object {
                if !is_function(node) {
                    objects.push((node, when));
                }
            } else {
                self.wrong_item(key, "an object", node);
            }
        }
        objects
    }

    /// A string-valued setting. Where it is absent the field's span is `absent`.
    pub fn text(&self, object: Node<'t>, key: &str, when: &Assumptions, absent: Span, scalars: Scalars) -> Field<Text> {
        match self.entry(object, key) {
            Some(entry) => self.text_of(entry.value(), key, when, scalars),
            None => self.absent(object, absent, when),
        }
    }

    /// A setting whose key is not in the object: surely unset, unless a macro may add it.
    pub fn absent(&self, object: Node<'t>, span: Span, when: &Assumptions) -> Field<Text> {
        if self.may_hold_more(object) { Field::unknown(span, when.clone()) } else { Field::unset(span, when.clone()) }
    }

    /// Whether a macro may add keys to the object before the deployment: one for the whole template, or a function among the keys.
    pub fn may_hold_more(&self, object: Node<'t>) -> bool {
        self.template.is_some_and(|template| {
            template.is_rewritten() || object.entries().any(|entry| entry.key().starts_with("Fn::"))
        })
    }

    /// The strings that a node can be.
    pub fn text_of(&self, node: Node<'t>, key: &str, when: &Assumptions, scalars: Scalars) -> Field<Text> {
        let mut cases = Vec::new();
        match self.template {
            None => {
                let value = match node.kind() {
                    Kind::Null => Value::Unset,
                    Kind::String => Self::plain_text(node),
                    Kind::Number | Kind::Bool | Kind::Array | Kind::Object => {
                        self.wrong_type(key, "a string", node);
                        Value::Unknown
                    }
                };
                cases.push(Case { value, span: node.span(), origin: None, when: when.clone() });
            }
            Some(template) => {
                for evaluated in template.texts(node, when) {
                    let case = |value, origin, when| Case { value, span: evaluated.span, origin, when };
                    match &evaluated.value {
                        TextValue::Unset => cases.push(case(Value::Unset, evaluated.origin, evaluated.when.clone())),
                        TextValue::Structure(node) => {
                            self.wrong_type(key, "a string", *node);
                            cases.push(case(Value::Unknown, evaluated.origin, evaluated.when.clone()));
                        }
                        TextValue::Text(text) => {
                            let instances = template.instances(text, &evaluated.when).into_iter();
                            cases.extend(instances.map(|(text, origin, when)| {
                                case(Value::Known(text.with_placeholders()), origin.or(evaluated.origin), when)
                            }));
                        }
                    }
                }
                if scalars == Scalars::StringsOnly && matches!(node.kind(), Kind::Number | Kind::Bool) {
                    self.wrong_type(key, "a string", node);
                    cases.clear();
                }
            }
        }
        if cases.is_empty() {
            cases.push(Case { value: Value::Unknown, span: node.span(), origin: None, when: when.clone() });
        }
        Field { span: node.span(), cases }
    }

    /// The strings that a node can be, with parameters left as holes and nothing reported: for patterns.
    pub fn written(&self, node: Node<'t>, when: &Assumptions) -> Vec<Written> {
        let Some(template) = self.template else {
            let text = node.mapped().map(|text| match self.embedded {
                Some(embedded) => embedded.text(&text),
                None => Text::literal(text),
            });
            let span = self.place(node);
            return text.map(|text| Written { text, span, when: when.clone() }).into_iter().collect();
        };
        let evaluated = template.texts(node, when).into_iter();
        evaluated
            .filter_map(|case| match case.value {
                TextValue::Text(text) => Some(Written { text, span: case.span, when: case.when }),
                TextValue::Unset => None,
                TextValue::Structure(node) => {
                    let text = Text::hole(Reference::Function("value".into()), node.span());
                    Some(Written { text, span: case.span, when: case.when })
                }
            })
            .collect()
    }

    /// The strings that `Ref` of a list stands for, where they are given.
    pub fn given_list(&self, node: Node<'t>, when: &Assumptions) -> Option<Vec<Written>> {
        let given = self.template?.given_list(node)?.into_iter();
        Some(given.map(|text| Written { text, span: node.span(), when: when.clone() }).collect())
    }

    /// Where the node stands in the file.
    pub fn place(&self, node: Node<'t>) -> Span {
        self.place_of(node.span())
    }

    /// Where something that is read stands in the file.
    pub fn place_of(&self, span: Span) -> Span {
        self.embedded.map_or(span, |embedded| embedded.span(span.range()))
    }

    /// The elements of a list, or the only one standing alone; nothing is reported.
    pub fn items(&self, node: Node<'t>, when: &Assumptions) -> Items<'t> {
        match self.template {
            Some(template) => template.items(node, when),
            None if node.kind() == Kind::Array => {
                Items { nodes: node.items().map(|item| (item, when.clone())).collect(), ..Items::default() }
            }
            None => Items { nodes: vec![(node, when.clone())], ..Items::default() },
        }
    }

    fn plain_text(node: Node<'t>) -> Value<Text> {
        node.mapped().map_or(Value::Unset, |text| Value::Known(Text::literal(text).with_placeholders()))
    }

    /// The setting as a wholly known string; for names in messages.
    pub fn name(&self, object: Node<'t>, key: &str) -> Option<(String, Span)> {
        let node = self.entry(object, key)?.value();
        let text = node.scalar().filter(|text| !text.is_empty())?;
        Some((text.into_owned(), node.span()))
    }

    /// Reports a value of the wrong type.
    pub fn wrong_type(&self, setting: &str, expected: &'static str, node: Node<'_>) {
        self.wrong_type_of(format!("`{}`", self.spelled(setting)), expected, node);
    }

    /// Reports an item of a list that is of the wrong type.
    fn wrong_item(&self, list: &str, expected: &'static str, node: Node<'_>) {
        self.wrong_type_of(format!("an item of `{}`", self.spelled(list)), expected, node);
    }

    /// Reports a value of the wrong type. A placeholder that some other tool fills in may become anything.
    pub fn wrong_type_of(&self, setting: String, expected: &'static str, node: Node<'_>) {
        let placeholder =
            || node.mapped().is_some_and(|text| Text::literal(text).with_placeholders().sole_hole().is_some());
        if node.kind() == Kind::String && placeholder() {
            return;
        }
        let found = match node.kind() {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "a list",
            Kind::Object => "an object",
        };
        self.report(ProblemKind::WrongType { setting, expected, found }, node.span());
    }

    fn report(&self, kind: ProblemKind, span: Span) {
        // One more than is told, so that this is noticed.
        if self.problems.borrow().len() <= MOST_FINDINGS && self.reported.borrow_mut().insert(span) {
            self.problems.borrow_mut().push(Problem { kind, span });
        }
    }
}

fn is_function(node: Node<'_>) -> bool {
    crate::cloudformation::function_of(node).is_some()
}
