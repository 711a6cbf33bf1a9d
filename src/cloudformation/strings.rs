//! Functions that yield strings, evaluated as far as the template decides them.

use super::evaluate::{BranchValue, Evaluated, MAX_CASES, MAX_DEPTH, MOST_COMBINATIONS, TextValue, Texts};
use super::template::{Template, function_of, resource_kind};
use crate::model::{Assumptions, Parameter, Part, Reference, ResourceKind, ResourceRef, Text, standing_for};
use crate::source::Span;
use crate::syntax::{Kind, Node};

/// A partly evaluated string with what led to it.
type Case = (Text, Assumptions);

/// A string that is being put together, with what led to it.
type Begun = (Vec<Part>, Assumptions);

/// One element of a list in each of its cases; `None` where it is not there.
type Element = Vec<(Option<Text>, Assumptions)>;

impl<'t> Template<'t> {
    /// Every string the node can be when `when` holds. Parameters stay holes (which know their default).
    #[must_use]
    pub fn texts(&self, node: Node<'t>, when: &Assumptions) -> Texts<'t> {
        self.texts_at(node, when, MAX_DEPTH)
    }

    pub(super) fn texts_at(&self, node: Node<'t>, when: &Assumptions, depth: usize) -> Texts<'t> {
        let mut found = Texts::new();
        for branch in self.branches(node, when) {
            let (span, when) = (branch.span, branch.when);
            let origin = (!node.span().contains(span)).then_some(span);
            let span = if origin.is_some() { node.span() } else { span };
            let mut push = |value, when| found.push(Evaluated { value, span, origin, when });
            match branch.value {
                BranchValue::Unset => push(TextValue::Unset, when),
                BranchValue::Unknown => push(TextValue::Text(unevaluated(node)), when),
                BranchValue::Node(value) if value.is_null() => push(TextValue::Unset, when),
                BranchValue::Node(value) => {
                    if let Some(text) = value.mapped() {
                        push(TextValue::Text(Text::literal(text).with_dynamic_references()), when);
                    } else if function_of(value).is_some() {
                        for (text, when) in self.function_texts(value, &when, depth) {
                            push(TextValue::Text(text.with_dynamic_references()), when);
                        }
                    } else {
                        push(TextValue::Structure(value), when);
                    }
                }
            }
        }
        found
    }

    /// What a text with parameters in it can be: the general text, and with every default taken (and where the
    /// defaults are written); for a single parameter each of its allowed values instead.
    #[must_use]
    pub fn instances(&self, text: &Text, when: &Assumptions) -> Vec<(Text, Option<Span>, Assumptions)> {
        let mut names: Vec<&str> = text.parameters().map(|parameter| parameter.name.as_str()).collect();
        names.dedup();
        if let [name] = names.as_slice()
            && let Some(definition) = self.parameter(name)
            && definition.plain
            && (1..=MAX_CASES).contains(&definition.allowed.len())
        {
            let allowed = definition.allowed.iter().filter_map(|node| Some((node.mapped()?, node.span())));
            return allowed
                .filter_map(|(value, span)| {
                    let assumption = self.parameter_is(name, value.as_str(), true)?;
                    Some((text.substituted(&|_| Some(value.clone())), Some(span), when.with(assumption)))
                })
                .collect();
        }
        let whole = text.sole_hole().is_some();
        let mut defaults = when.clone();
        let given = given_origin(text);
        let mut origin = None;
        for parameter in text.parameters() {
            // An empty default is how templates ask for a value.
            let Some(default) = parameter.default.as_ref().filter(|text| !(whole && text.as_str().is_empty())) else {
                continue;
            };
            origin.get_or_insert_with(|| default.span(0..default.as_str().len()));
            if let Some(assumption) = self.parameter_is(&parameter.name, default.as_str(), true) {
                defaults = defaults.with(assumption);
            }
        }
        let default = text.parameters().next().and_then(|parameter| parameter.default.as_ref());
        let other = match (names.as_slice(), default) {
            ([name], Some(default)) if whole => self
                .parameter_is(name, default.as_str(), false)
                .map_or_else(|| when.clone(), |is_not| when.with(is_not)),
            _ => when.clone(),
        };
        let mut found = vec![(text.clone(), given, other)];
        if origin.is_some() {
            found.push((text.substituted(&|parameter| parameter.default.clone()), origin, defaults));
        }
        found.retain(|(_, _, when)| self.conditions().possible(&[when]));
        found
    }

    fn function_texts(&self, node: Node<'t>, when: &Assumptions, depth: usize) -> Vec<Case> {
        let alone = |text| vec![(text, when.clone())];
        let Some((function, argument)) = function_of(node).filter(|_| depth > 0) else {
            return alone(unevaluated(node));
        };
        let depth = depth - 1;
        let cases = match function.as_ref() {
            "Ref" => argument.scalar().map(|name| alone(self.reference(&name, None, node.span()))),
            "Fn::GetAtt" => self.get_att(argument, node.span()).map(alone),
            "Fn::Sub" => self.substitute(argument, when, depth),
            "Fn::Join" => self.join(argument, when, depth),
            "Fn::Select" => self.select(argument, when, depth),
            "Fn::Base64" => Some(
                self.operands(argument, when, depth)
                    .into_iter()
                    .map(|(text, when)| (Text::new(vec![Part::Base64(Box::new(text), node.span())]), when))
                    .collect(),
            ),
            "Fn::ImportValue" => {
                let name = self
                    .operands(argument, when, depth)
                    .into_iter()
                    .next()
                    .and_then(|(text, _)| text.known().map(String::from));
                Some(alone(Text::hole(Reference::Import(name), node.span())))
            }
            _ => None,
        };
        match cases {
            Some(cases) if (1..=MAX_CASES).contains(&cases.len()) => cases,
            _ => alone(unevaluated(node)),
        }
    }

    /// The strings of an operand; what is no string becomes a hole.
    fn operands(&self, node: Node<'t>, when: &Assumptions, depth: usize) -> Vec<Case> {
        let texts = self.texts_at(node, when, depth).into_iter();
        texts
            .map(|case| match case.value {
                TextValue::Text(text) => (text, case.when),
                TextValue::Unset => (Text::default(), case.when),
                TextValue::Structure(_) => (unevaluated(node), case.when),
            })
            .collect()
    }

    /// `Ref name`, or the attribute of a resource.
    fn reference(&self, name: &str, attribute: Option<&str>, span: Span) -> Text {
        if name.starts_with("AWS::") {
            return match self.deployment().pseudo(name) {
                Some(value) => Text::literal(standing_for(value, span)),
                None => Text::hole(Reference::Pseudo(name.to_owned()), span),
            };
        }
        if let (Some(parameter), None) = (self.parameter(name), attribute) {
            // A value that the template hides stays where it is: nothing needs to be known of it but that.
            if let Some(given) = parameter.given.filter(|_| parameter.plain && !parameter.no_echo) {
                return Text::literal(given.clone());
            }
            let default = parameter.default.filter(|_| parameter.plain).and_then(Node::mapped);
            return Text::hole(
                Reference::Parameter(Parameter { name: name.to_owned(), default, no_echo: parameter.no_echo }),
                span,
            );
        }
        let name = self.own_secret(name, attribute).unwrap_or_else(|| name.to_owned());
        let kind = self.resource(&name).map_or(ResourceKind::Custom, |resource| resource_kind(&resource.type_name));
        let reference = ResourceRef { id: name, attribute: attribute.map(str::to_owned), kind };
        Text::hole(Reference::Resource(reference), span)
    }

    /// `Ref` of an attachment or a rotation schedule is the ARN of the secret it is for.
    fn own_secret(&self, name: &str, attribute: Option<&str>) -> Option<String> {
        let resource = self.resource(name).filter(|_| matches!(attribute, None | Some("Id")))?;
        let stands_for_it = ["AWS::SecretsManager::SecretTargetAttachment", "AWS::SecretsManager::RotationSchedule"];
        let secret = resource.properties.filter(|_| stands_for_it.contains(&&*resource.type_name))?.get("SecretId")?;
        let (function, secret) = function_of(secret)?;
        (function == "Ref").then(|| secret.scalar().map(String::from)).flatten()
    }

    /// Both spellings: `[id, attribute]` and `id.attribute`.
    fn get_att(&self, argument: Node<'t>, span: Span) -> Option<Text> {
        if let Some(dotted) = argument.scalar() {
            let (id, attribute) = dotted.split_once('.')?;
            return Some(self.reference(id, Some(attribute), span));
        }
        let mut parts = argument.items();
        let id = parts.next()?.scalar()?;
        let attribute = parts.next()?.scalar()?;
        Some(self.reference(&id, Some(&attribute), span))
    }

    fn substitute(&self, argument: Node<'t>, when: &Assumptions, depth: usize) -> Option<Vec<Case>> {
        let (template, variables) = if argument.kind() == Kind::Array {
            let mut parts = argument.items();
            (parts.next()?.mapped()?, parts.next())
        } else {
            (argument.mapped()?, None)
        };
        let mut cases: Vec<Begun> = vec![(Vec::new(), when.clone())];
        let (text, mut at) = (template.as_str(), 0);
        let mut combinations = 0;
        while let Some(open) = text.get(at..)?.find("${").map(|found| at + found) {
            let Some(close) = text.get(open..)?.find('}').map(|found| open + found) else { break };
            let name = text.get(open + 2..close)?;
            append(&mut cases, Part::Literal(template.slice(at..open)));
            at = close + 1;
            if name.starts_with('!') {
                append(&mut cases, Part::Literal(template.slice(open..open + 2)));
                append(&mut cases, Part::Literal(template.slice(open + 3..at)));
                continue;
            }
            let name = name.trim();
            let values = match variables.and_then(|map| map.get(name)) {
                Some(value) => self.operands(value, when, depth),
                None => vec![(self.named(name, template.span(open..at)), when.clone())],
            };
            combinations += cases.len() * values.len();
            if combinations > MOST_COMBINATIONS && cases.len() > 1 {
                self.give_up(argument.span());
                return None;
            }
            cases = self.product(cases, &values, argument.span())?;
        }
        append(&mut cases, Part::Literal(template.slice(at..text.len())));
        Some(finished(cases))
    }

    /// `${Name}` or `${Name.Attribute}` inside `Fn::Sub`.
    fn named(&self, name: &str, span: Span) -> Text {
        match name.split_once('.') {
            Some((id, attribute)) => self.reference(id, Some(attribute), span),
            None => self.reference(name, None, span),
        }
    }

    fn join(&self, argument: Node<'t>, when: &Assumptions, depth: usize) -> Option<Vec<Case>> {
        let mut parts = argument.items();
        let delimiter = parts.next()?.mapped()?;
        let list = parts.next()?;
        let delimiter = Text::literal(delimiter);
        let mut cases: Vec<Begun> = vec![(Vec::new(), when.clone())];
        // Whether a case has an element yet, and so needs a delimiter before the next.
        let mut begun = vec![false];
        let mut combinations = 0;
        for elements in self.list_texts(list, when, depth)? {
            // Most elements are one thing, and most lists are so too.
            if let ([(so_far, before)], [begun], [(element, leads)]) = (&mut *cases, &mut *begun, &*elements) {
                *before = before.and(leads);
                if !self.conditions().possible(&[before]) {
                    return None;
                }
                if let Some(element) = element {
                    if *begun {
                        so_far.extend_from_slice(delimiter.parts());
                    }
                    so_far.extend_from_slice(element.parts());
                    *begun = true;
                }
                continue;
            }
            combinations += cases.len() * elements.len();
            if combinations > MOST_COMBINATIONS {
                self.give_up(list.span());
                return None;
            }
            let (mut next, mut next_begun) = (Vec::with_capacity(cases.len()), Vec::with_capacity(cases.len()));
            let final_element = elements.len().saturating_sub(1);
            for ((mut so_far, before), begun) in cases.into_iter().zip(begun) {
                for (at, (element, leads)) in elements.iter().enumerate() {
                    let when = before.and(leads);
                    if !self.conditions().possible(&[&when]) {
                        continue;
                    }
                    // The last element takes the text itself, so that a long list of single elements is not copied each time.
                    let mut parts = if at == final_element { std::mem::take(&mut so_far) } else { so_far.clone() };
                    if let Some(element) = element {
                        if begun {
                            parts.extend_from_slice(delimiter.parts());
                        }
                        parts.extend_from_slice(element.parts());
                    }
                    next.push((parts, when));
                    next_begun.push(begun || element.is_some());
                }
            }
            if next.len() > MAX_CASES {
                self.give_up(list.span());
                return None;
            }
            (cases, begun) = (next, next_begun);
        }
        Some(finished(cases))
    }

    /// The strings of a list's elements; `None` for an element that is not there. A list that is not written out is one hole.
    fn list_texts(&self, list: Node<'t>, when: &Assumptions, depth: usize) -> Option<Vec<Element>> {
        if let Some((function, argument)) = function_of(list) {
            if let Some(given) = self.given_list(list) {
                return Some(given.into_iter().map(|one| vec![(Some(one), when.clone())]).collect());
            }
            if function == "Fn::Split" {
                let pieces = self.split(argument, when, depth)?;
                return Some(pieces.into_iter().map(|piece| vec![(Some(piece), when.clone())]).collect());
            }
            return Some(vec![vec![(Some(unevaluated_or_reference(self, list)), when.clone())]]);
        }
        let elements = list.items().map(|element| {
            let values = self.texts_at(element, when, depth).into_iter();
            values
                .map(|case| match case.value {
                    TextValue::Text(text) => (Some(text), case.when),
                    TextValue::Unset => (None, case.when),
                    TextValue::Structure(node) => (Some(unevaluated(node)), case.when),
                })
                .collect()
        });
        Some(elements.collect())
    }

    /// The strings that `Ref` of a list stands for, where they are given: between commas, without the blanks around them.
    /// Source: `CloudFormation` user guide, "Parameters", `CommaDelimitedList`.
    #[must_use]
    pub fn given_list(&self, node: Node<'t>) -> Option<Vec<Text>> {
        let (function, argument) = function_of(node)?;
        let parameter = self.parameter(&argument.scalar().filter(|_| function == "Ref")?)?;
        let given = parameter.given.filter(|_| parameter.is_list && !parameter.no_echo)?;
        let mut at = 0;
        let pieces = given.as_str().split(',').map(|piece| {
            let start = at + (piece.len() - piece.trim_start().len());
            at += piece.len() + 1;
            Text::literal(given.slice(start..start + piece.trim().len()))
        });
        Some(pieces.collect())
    }

    fn select(&self, argument: Node<'t>, when: &Assumptions, depth: usize) -> Option<Vec<Case>> {
        let mut parts = argument.items();
        let index: usize = parts.next()?.scalar()?.parse().ok()?;
        let list = parts.next()?;
        if let Some((function, split)) = function_of(list) {
            if let Some(given) = self.given_list(list) {
                return given.into_iter().nth(index).map(|one| vec![(one, when.clone())]);
            }
            let piece = (function == "Fn::Split").then(|| self.split(split, when, depth)?.into_iter().nth(index))??;
            return Some(vec![(piece, when.clone())]);
        }
        Some(self.operands(list.items().nth(index)?, when, depth))
    }

    /// The pieces of `Fn::Split`; only when the source is one string whose holes cannot hide a separator before a piece that is used.
    fn split(&self, argument: Node<'t>, when: &Assumptions, depth: usize) -> Option<Vec<Text>> {
        let mut parts = argument.items();
        let separator = parts.next()?.scalar()?;
        let source = parts.next()?;
        let mut cases = self.operands(source, when, depth);
        let (text, _) = cases.pop().filter(|_| cases.is_empty() && !separator.is_empty())?;
        // From the first piece with a hole that may contain the separator on, no index is sure.
        let words_are_safe = matches!(separator.as_ref(), ":" | "/" | ",");
        let sure = |piece: &Text| {
            piece.parts().iter().all(|part| match part {
                Part::Literal(_) => true,
                Part::Hole(hole) => words_are_safe && hole.reference.is_plain_word(),
                Part::Base64(..) => false,
            })
        };
        let pieces = text.split(&separator).into_iter().take_while(sure).collect();
        Some(pieces)
    }

    /// Each case with each value; `None` where those are too many, for what is written at `place`.
    fn product(&self, cases: Vec<Begun>, values: &[Case], place: Span) -> Option<Vec<Begun>> {
        let mut all = Vec::with_capacity(cases.len());
        let last = values.len().saturating_sub(1);
        for (mut so_far, before) in cases {
            for (at, (value, leads)) in values.iter().enumerate() {
                let when = before.and(leads);
                if self.conditions().possible(&[&when]) {
                    let mut parts = if at == last { std::mem::take(&mut so_far) } else { so_far.clone() };
                    parts.extend_from_slice(value.parts());
                    all.push((parts, when));
                }
            }
        }
        if all.len() > MAX_CASES {
            self.give_up(place);
        }
        (all.len() <= MAX_CASES).then_some(all)
    }
}

/// Where the first part of the text stands that was given to a parameter.
fn given_origin(text: &Text) -> Option<Span> {
    text.parts().iter().find_map(|part| match part {
        Part::Literal(literal) => {
            Some(literal.span(0..literal.as_str().len())).filter(|span| span.file.settings_index().is_some())
        }
        Part::Hole(_) | Part::Base64(..) => None,
    })
}

fn append(cases: &mut [Begun], part: Part) {
    if let Some(((last, _), others)) = cases.split_last_mut() {
        for (parts, _) in others {
            parts.push(part.clone());
        }
        last.push(part);
    }
}

fn finished(cases: Vec<Begun>) -> Vec<Case> {
    cases.into_iter().map(|(parts, when)| (Text::new(parts), when)).collect()
}

fn unevaluated(node: Node<'_>) -> Text {
    let name = function_of(node).map_or_else(|| "value".to_owned(), |(name, _)| name.into_owned());
    Text::hole(Reference::Function(name), node.span())
}

fn unevaluated_or_reference(template: &Template<'_>, node: Node<'_>) -> Text {
    match function_of(node) {
        Some((name, argument)) if name == "Ref" => {
            argument.scalar().map_or_else(|| unevaluated(node), |name| template.reference(&name, None, node.span()))
        }
        _ => unevaluated(node),
    }
}
