//! Branches, lists and mappings: what a node can stand for.

use smallvec::{SmallVec, smallvec};

use super::template::{Template, function_of};
use crate::model::{Assumptions, Text};
use crate::source::Span;
use crate::syntax::{Kind, Node};

/// How many branches or strings one value may unfold into; past that it is unknown. A mapping with a row for each Region of AWS
/// has fewer.
pub const MAX_CASES: usize = 64;

/// So many combinations of cases are tried to put one string together; past that it is unknown.
pub const MOST_COMBINATIONS: usize = 10_000;

/// How deep functions may nest before a value is given up as unknown.
pub(super) const MAX_DEPTH: usize = 48;

/// One thing a node can stand for.
#[derive(Clone, Debug)]
pub struct Branch<'t> {
    /// What it stands for then.
    pub value: BranchValue<'t>,
    /// Where that is written.
    pub span: Span,
    /// What leads there.
    pub when: Assumptions,
}

/// What a node stands for in a branch.
#[derive(Clone, Copy, Debug)]
pub enum BranchValue<'t> {
    /// This node: a plain value, or a function that yields a string.
    Node(Node<'t>),
    /// `AWS::NoValue`.
    Unset,
    /// Something that is not evaluated.
    Unknown,
}

/// A string-valued setting in one branch.
#[derive(Clone, Debug)]
pub struct Evaluated<'t> {
    /// The value.
    pub value: TextValue<'t>,
    /// Where it is written.
    pub span: Span,
    /// Where it comes from, when that is elsewhere: a mapping's row, a parameter's default.
    pub origin: Option<Span>,
    /// What leads to it.
    pub when: Assumptions,
}

/// What a node yields where a string is due.
#[derive(Clone, Debug)]
pub enum TextValue<'t> {
    /// A string, perhaps with holes.
    Text(Text),
    /// Null or `AWS::NoValue`.
    Unset,
    /// A list or an object, where a string is due.
    Structure(Node<'t>),
}

/// What a value can be, which is one thing most often.
pub type Branches<'t> = SmallVec<[Branch<'t>; 1]>;

/// The strings that a value can be, of which there is one most often.
pub type Texts<'t> = SmallVec<[Evaluated<'t>; 1]>;

/// The elements of a list.
#[derive(Clone, Debug, Default)]
pub struct Items<'t> {
    /// The elements that are known, with what leads to each.
    pub nodes: Vec<(Node<'t>, Assumptions)>,
    /// Whether there may be others.
    pub incomplete: bool,
    /// Values that stand where a list is due but are none; each is also among `nodes`.
    pub not_lists: Vec<Node<'t>>,
}

impl<'t> Template<'t> {
    /// Everything the node can stand for when `when` holds, with `Fn::If`, `Fn::FindInMap` and `AWS::NoValue` resolved.
    #[must_use]
    pub fn branches(&self, node: Node<'t>, when: &Assumptions) -> Branches<'t> {
        let mut found = Branches::new();
        self.add_branches(node, when, MAX_DEPTH, &mut found);
        if found.len() > MAX_CASES {
            self.give_up(node.span());
            return smallvec![Branch { value: BranchValue::Unknown, span: node.span(), when: when.clone() }];
        }
        found
    }

    fn add_branches(&self, node: Node<'t>, when: &Assumptions, depth: usize, found: &mut Branches<'t>) {
        let mut push = |value| found.push(Branch { value, span: node.span(), when: when.clone() });
        let Some((function, argument)) = function_of(node) else { return push(BranchValue::Node(node)) };
        if depth == 0 {
            return push(BranchValue::Unknown);
        }
        match function.as_ref() {
            "Ref" if argument.scalar().is_some_and(|name| name == "AWS::NoValue") => push(BranchValue::Unset),
            "Fn::If" => {
                let mut parts = argument.items();
                let (Some(condition), Some(yes), Some(no)) = (parts.next(), parts.next(), parts.next()) else {
                    return push(BranchValue::Unknown);
                };
                let Some(name) = condition.scalar() else { return push(BranchValue::Unknown) };
                for (branch, outcome) in [(yes, true), (no, false)] {
                    let then = when.and(&self.outcome(&name, outcome));
                    if found.len() <= MAX_CASES && self.conditions().possible(&[&then]) {
                        self.add_branches(branch, &then, depth - 1, found);
                    }
                }
            }
            "Fn::FindInMap" => match self.find_in_map(argument, when, depth - 1) {
                Some(rows) => found.extend(rows),
                None => push(BranchValue::Node(node)),
            },
            "Fn::Transform" => push(BranchValue::Unknown),
            _ => push(BranchValue::Node(node)),
        }
    }

    /// The rows that the keys can select, and an unknown for keys that are not known; `None` when no row is known.
    fn find_in_map(&self, argument: Node<'t>, when: &Assumptions, depth: usize) -> Option<Vec<Branch<'t>>> {
        let mut parts = argument.items();
        let (map, first, second) = (parts.next()?, parts.next()?, parts.next()?);
        let map = map.scalar()?;
        let (mut rows, mut any) = (Vec::new(), false);
        for (one, when) in self.row_choices(&map, first, when, depth) {
            for (two, when) in self.choices(second, &when, depth) {
                let row = self.mapping(&map, one.as_deref().unwrap_or_default(), two.as_deref().unwrap_or_default());
                // A row holds values, never functions: they could lead back here.
                let row = row.filter(|row| {
                    row.scalar().is_some()
                        || row.items().all(|item| item.scalar().is_some()) && row.kind() == Kind::Array
                });
                any |= row.is_some();
                rows.push(match row {
                    Some(row) => Branch { value: BranchValue::Node(row), span: row.span(), when },
                    None => Branch { value: BranchValue::Unknown, span: argument.span(), when },
                });
            }
        }
        if any && rows.len() > MAX_CASES {
            self.give_up(argument.span());
        }
        (any && rows.len() <= MAX_CASES).then_some(rows)
    }

    /// The rows a mapping's first key can select. One that is a pseudo parameter selects each row for its value: a deployment
    /// elsewhere fails.
    fn row_choices(
        &self,
        map: &str,
        key: Node<'t>,
        when: &Assumptions,
        depth: usize,
    ) -> Vec<(Option<String>, Assumptions)> {
        let pseudo = function_of(key).filter(|(name, _)| name == "Ref").and_then(|(_, argument)| argument.scalar());
        let rows = pseudo.filter(|name| name.starts_with("AWS::")).map(|name| {
            self.mapping_keys(map).filter_map(move |row| {
                let assumption = self.parameter_is(&name, &row, true)?;
                Some((Some(row.into_owned()), when.with(assumption)))
            })
        });
        let rows: Vec<_> = rows.into_iter().flatten().filter(|(_, when)| self.conditions().possible(&[when])).collect();
        if rows.is_empty() { self.choices(key, when, depth) } else { rows }
    }

    /// The strings a mapping key can be; `None` in place of one that is not known.
    fn choices(&self, node: Node<'t>, when: &Assumptions, depth: usize) -> Vec<(Option<String>, Assumptions)> {
        self.texts_at(node, when, depth)
            .into_iter()
            .flat_map(|case| match case.value {
                TextValue::Text(text) => self.instances(&text, &case.when),
                TextValue::Unset | TextValue::Structure(_) => vec![(Text::default(), None, case.when)],
            })
            .map(|(text, _, when)| (text.known().map(std::borrow::Cow::into_owned).filter(|key| !key.is_empty()), when))
            .filter(|(_, when)| self.conditions().possible(&[when]))
            .collect()
    }

    /// The elements of a list when `when` holds, with `Fn::If` around the list and around elements resolved.
    #[must_use]
    pub fn items(&self, node: Node<'t>, when: &Assumptions) -> Items<'t> {
        let mut items = Items::default();
        for branch in self.branches(node, when) {
            match branch.value {
                BranchValue::Unset => {}
                BranchValue::Unknown => items.incomplete = true,
                BranchValue::Node(list) if list.kind() == Kind::Array => {
                    for element in list.items() {
                        self.add_element(element, &branch.when, &mut items);
                    }
                }
                BranchValue::Node(other) if function_of(other).is_some() => items.incomplete = true,
                BranchValue::Node(other) if other.is_null() => {}
                BranchValue::Node(other) => {
                    items.not_lists.push(other);
                    items.nodes.push((other, branch.when));
                }
            }
        }
        items
    }

    fn add_element(&self, element: Node<'t>, when: &Assumptions, items: &mut Items<'t>) {
        for branch in self.branches(element, when) {
            match branch.value {
                BranchValue::Unset => {}
                BranchValue::Unknown => items.incomplete = true,
                BranchValue::Node(list) if list.kind() == Kind::Array => {
                    items.nodes.extend(list.items().map(|inner| (inner, branch.when.clone())));
                }
                BranchValue::Node(node) => items.nodes.push((node, branch.when)),
            }
        }
    }
}
