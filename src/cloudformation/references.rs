//! What resources refer to, as far as `CloudFormation` refuses a template for it.

use std::collections::{BTreeMap, BTreeSet};

use super::template::{Resource, Template};
use crate::model::{Assumption, Assumptions};
use crate::syntax::{Kind, Node};

/// What `CloudFormation` refuses a template for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// These resources wait for each other: "Circular dependency between resources". Source: `CloudFormation` user guide, "Troubleshooting".
    Circle(BTreeSet<String>),
    /// A resource refers to one that is not there in some deployments in which it is there itself: "Unresolved resource dependencies".
    Absent {
        /// The resource that has the reference.
        from: String,
        /// The resource that it names.
        to: String,
    },
}

/// A template of more values than this is given up: nothing is said of it.
const MOST_VALUES: usize = 1_000_000;

/// One reference, and when it is there.
struct Reference {
    to: String,
    when: Assumptions,
    /// `DependsOn`, which may name what is not there.
    only_waits: bool,
}

/// What the template is refused for because of the references among its resources; `None` where it is too large to tell.
#[must_use]
pub fn refusals(template: &Template<'_>) -> Option<BTreeSet<Refusal>> {
    let mut refusals = BTreeSet::new();
    let mut needed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut left = MOST_VALUES;
    for resource in template.resources() {
        for reference in references(template, resource, &mut left)? {
            let Some(to) = template.resource(&reference.to) else { continue };
            needed.entry(&resource.id).or_default().insert(&to.id);
            let is_there = to.when.is_always() || template.conditions().implies(&reference.when, &to.when);
            if !reference.only_waits && !is_there {
                refusals.insert(Refusal::Absent { from: resource.id.to_string(), to: to.id.to_string() });
            }
        }
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = needed.keys().map(|id| (*id, reached_from(id, &needed))).collect();
    let waits_for = |from: &str, to: &str| reached.get(from).is_some_and(|reached| reached.contains(to));
    for id in reached.keys().filter(|id| waits_for(id, id)) {
        let circle = reached.keys().filter(|other| waits_for(id, other) && waits_for(other, id));
        refusals.insert(Refusal::Circle(circle.map(|id| (*id).to_owned()).collect()));
    }
    Some(refusals)
}

/// All that a resource waits for, directly or through others.
fn reached_from<'t>(id: &str, needed: &BTreeMap<&'t str, BTreeSet<&'t str>>) -> BTreeSet<&'t str> {
    let mut reached = BTreeSet::new();
    let mut pending: Vec<&str> = needed.get(id).into_iter().flatten().copied().collect();
    while let Some(next) = pending.pop() {
        if reached.insert(next) {
            pending.extend(needed.get(next).into_iter().flatten());
        }
    }
    reached
}

/// What a resource refers to, with repetitions; `None` past the limit.
fn references(template: &Template<'_>, resource: &Resource<'_>, left: &mut usize) -> Option<Vec<Reference>> {
    let mut found = Vec::new();
    let mut add = |to: &str, when: &Assumptions, only_waits| {
        let to = to.split('.').next().unwrap_or_default().trim().to_owned();
        found.push(Reference { to, when: when.clone(), only_waits });
    };
    let mut pending: Vec<(Node<'_>, Assumptions)> = Vec::new();
    for entry in resource.node.entries() {
        match entry.key().as_ref() {
            "Type" | "Condition" => {}
            "DependsOn" => {
                for name in entry.value().items().chain([entry.value()]).filter_map(Node::scalar) {
                    add(&name, &resource.when, true);
                }
            }
            _ => pending.push((entry.value(), resource.when.clone())),
        }
    }
    while let Some((node, when)) = pending.pop() {
        *left = left.checked_sub(1)?;
        pending.extend(node.items().map(|item| (item, when.clone())));
        let function = node.only_entry().map(|entry| (entry.key(), entry.value()));
        match function.as_ref().map(|(name, argument)| (name.as_ref(), *argument)) {
            Some(("Ref" | "Fn::GetAtt", argument)) => {
                let name = if argument.kind() == Kind::Array { argument.items().next() } else { Some(argument) };
                if let Some(name) = name.and_then(Node::scalar) {
                    add(&name, &when, false);
                }
            }
            Some(("Fn::Sub", argument)) => {
                let mut parts = argument.items();
                let text = if argument.kind() == Kind::Array { parts.next() } else { Some(argument) };
                let variables = parts.next();
                for name in text.and_then(Node::scalar).as_deref().into_iter().flat_map(names_in) {
                    if variables.is_none_or(|variables| variables.get(name).is_none()) {
                        add(name, &when, false);
                    }
                }
                pending.extend(variables.map(|variables| (variables, when)));
            }
            Some(("Fn::If", argument)) => {
                let mut parts = argument.items();
                let name = parts.next().and_then(Node::scalar).unwrap_or_default();
                for (branch, outcome) in parts.zip([true, false]) {
                    let leads = template.outcome(&name, outcome);
                    pending.push((branch, leads.iter().fold(when.clone(), |when, one: Assumption| when.with(one))));
                }
            }
            _ => pending.extend(node.entries().map(|entry| (entry.value(), when.clone()))),
        }
    }
    Some(found)
}

/// The names within `${…}` of a template of `Fn::Sub`.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split("${").skip(1).filter_map(|piece| piece.split_once('}'));
    pieces.map(|(name, _)| name.trim()).filter(|name| !name.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Deployment;
    use crate::source::{FileId, Source};
    use crate::syntax::parse_yaml;

    fn refused(resources: &str) -> Vec<String> {
        let text = format!(
            "Conditions:\n  C: !Equals [!Ref AWS::Region, a]\n  D: !Not [!Condition C]\n  \
             E: !Equals [!Ref AWS::AccountId, b]\n  Both: !And [!Condition C, !Condition E]\nResources:\n{resources}"
        );
        let source = Source::new(FileId(0), "t.yaml".to_owned(), text);
        let tree = parse_yaml(&source).tree;
        let deployment = Deployment::default();
        let refusals = refusals(&Template::new(tree.roots(&source).next().unwrap(), &deployment)).unwrap();
        let words = refusals.iter().map(|refusal| match refusal {
            Refusal::Circle(circle) => circle.iter().cloned().collect::<Vec<_>>().join("-"),
            Refusal::Absent { from, to } => format!("{from}: {to}"),
        });
        words.collect()
    }

    #[test]
    fn circles_go_through_every_kind_of_reference() {
        for to in [
            "{Type: T, DependsOn: [Z, A]}",
            "{Type: T, DependsOn: A}",
            "{Properties: {P: !Ref A}}",
            "{Properties: {P: !GetAtt A.Arn}}",
            "{Properties: {P: {Fn::GetAtt: [A, Arn]}}}",
            "{Properties: {P: !Sub 'x ${A.Arn}'}}",
            "{Properties: {P: [!Sub ['${X} ${!A}', {X: !Ref A}]]}}",
            "{Properties: {P: !If [C, x, {Q: !Ref A}]}}",
        ] {
            let text = format!("  A: {{Properties: {{P: !Ref B}}}}\n  B: {to}\n  Z: {{Properties: {{P: !Ref A}}}}\n");
            let circle = if to.contains("[Z, A]") { "A-B-Z" } else { "A-B" };
            assert_eq!(refused(&text), [circle], "{to}");
        }
        for to in ["!Ref P", "!Sub '${!A} ${AWS::Region}'", "!Sub ['${A}', {A: x}]", "A"] {
            let text = format!("  A: {{Properties: {{P: !Ref B}}}}\n  B: {{Properties: {{P: {to}}}}}\n");
            assert_eq!(refused(&text), [""; 0], "{to}");
        }
    }

    #[test]
    fn what_is_conditional_is_referred_to_where_it_is_there() {
        for (from, is_refused) in [
            ("{Properties: {P: !Ref X}}", true),
            ("{Condition: D, Properties: {P: !Ref X}}", true),
            ("{Condition: E, Properties: {P: !GetAtt X.Arn}}", true),
            ("{Condition: C, Properties: {P: !Ref X}}", false),
            ("{Condition: Both, Properties: {P: !Ref X}}", false),
            ("{Properties: {P: !If [C, !Ref X, y]}}", false),
            ("{Properties: {P: !If [D, y, [!Sub '${X}']]}}", false),
            ("{Properties: {P: !If [D, !Ref X, y]}}", true),
            ("{DependsOn: X}", false),
        ] {
            let refused = refused(&format!("  X: {{Condition: C}}\n  A: {from}\n"));
            assert_eq!(refused, if is_refused { vec!["A: X"] } else { Vec::new() }, "{from}");
        }
    }
}
