//! Evaluation against a slow, obvious interpreter: for every choice of parameters exactly one case applies, and it
//! says what the functions say.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Template, TextValue};
use crate::model::{Assumptions, Deployment, Part, Reference, Text};
use crate::source::{FileId, MappedText, Source};
use crate::syntax::parse_json;

/// An expression that yields a string, or nothing.
#[derive(Clone, Debug)]
enum Expression {
    Literal(String),
    Parameter(usize),
    NoValue,
    Join(String, Vec<Expression>),
    Sub(Vec<(String, usize)>),
    SubList(Box<Expression>),
    If(usize, Box<Expression>, Box<Expression>),
    Select(usize, Vec<Expression>),
    SelectSplit(usize, String),
    FindInMap(usize),
}

/// Two parameters that may be anything, and one that may be `x` or `y`.
const PARAMETERS: [&str; 3] = ["Open", "Other", "Closed"];
const VALUES: [&str; 3] = ["x", "y", "z"];

type Choice = [&'static str; 3];

fn conditions() -> Value {
    json!({
        "OpenIsX": { "Fn::Equals": [{ "Ref": "Open" }, "x"] },
        "NotOpenIsX": { "Fn::Not": [{ "Condition": "OpenIsX" }] },
        "Both": { "Fn::And": [{ "Condition": "OpenIsX" }, { "Fn::Equals": ["y", { "Ref": "Closed" }] }] },
        "Either": { "Fn::Or": [{ "Condition": "Both" }, { "Fn::Equals": [{ "Ref": "Other" }, "z"] }] },
    })
}

fn holds(condition: usize, choice: Choice) -> bool {
    let open_is_x = choice[0] == "x";
    let both = open_is_x && choice[2] == "y";
    [open_is_x, !open_is_x, both, both || choice[1] == "z"][condition]
}

const CONDITIONS: [&str; 4] = ["OpenIsX", "NotOpenIsX", "Both", "Either"];

impl Expression {
    fn written(&self) -> Value {
        let list = |items: &[Expression]| items.iter().map(Self::written).collect::<Vec<_>>();
        match self {
            Self::Literal(text) => json!(text),
            Self::Parameter(parameter) => json!({ "Ref": PARAMETERS[*parameter] }),
            Self::NoValue => json!({ "Ref": "AWS::NoValue" }),
            Self::Join(delimiter, items) => json!({ "Fn::Join": [delimiter, list(items)] }),
            Self::Sub(pieces) => {
                let text: String =
                    pieces.iter().flat_map(|(text, at)| [text, "${!L}${", PARAMETERS[*at], "}"]).collect();
                json!({ "Fn::Sub": text })
            }
            Self::SubList(inner) => json!({ "Fn::Sub": ["<${Inner}>", { "Inner": inner.written() }] }),
            Self::If(condition, yes, no) => {
                json!({ "Fn::If": [CONDITIONS[*condition], yes.written(), no.written()] })
            }
            Self::Select(index, items) => json!({ "Fn::Select": [index, list(items)] }),
            Self::SelectSplit(index, text) => {
                json!({ "Fn::Select": [index.to_string(), { "Fn::Split": [":", text] }] })
            }
            Self::FindInMap(parameter) => json!({ "Fn::FindInMap": ["Map", { "Ref": PARAMETERS[*parameter] }, "Row"] }),
        }
    }

    /// What the expression is for that choice: `None` where nothing is there or the deployment fails.
    fn meaning(&self, choice: Choice) -> Option<String> {
        match self {
            Self::Literal(text) => Some(text.clone()),
            Self::Parameter(parameter) => Some(choice[*parameter].to_owned()),
            Self::NoValue => None,
            Self::Join(delimiter, items) => {
                Some(items.iter().filter_map(|item| item.meaning(choice)).collect::<Vec<_>>().join(delimiter))
            }
            Self::Sub(pieces) => Some(pieces.iter().flat_map(|(text, at)| [text, "${L}", choice[*at]]).collect()),
            Self::SubList(inner) => Some(format!("<{}>", inner.meaning(choice).unwrap_or_default())),
            Self::If(condition, yes, no) => if holds(*condition, choice) { yes } else { no }.meaning(choice),
            Self::Select(index, items) => Some(items.get(*index)?.meaning(choice).unwrap_or_default()),
            Self::SelectSplit(index, text) => text.split(':').nth(*index).map(str::to_owned),
            Self::FindInMap(parameter) => match choice[*parameter] {
                "x" => Some("row of x".to_owned()),
                "y" => Some("row of y".to_owned()),
                _ => None,
            },
        }
    }
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        "[a-c:]{0,3}".prop_map(Expression::Literal),
        (0..3usize).prop_map(Expression::Parameter),
        Just(Expression::NoValue),
        prop::collection::vec(("[a-c]{0,2}", 0..3usize), 0..3).prop_map(Expression::Sub),
        (0..3usize, "[a-c:]{0,5}").prop_map(|(index, text)| Expression::SelectSplit(index, text)),
        (0..3usize).prop_map(Expression::FindInMap),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            ("[-:]{0,1}", prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(delimiter, items)| Expression::Join(delimiter, items)),
            inner.clone().prop_map(|inner| Expression::SubList(Box::new(inner))),
            (0..4usize, inner.clone(), inner.clone()).prop_map(|(condition, yes, no)| Expression::If(
                condition,
                Box::new(yes),
                Box::new(no)
            )),
            (0..3usize, prop::collection::vec(inner, 1..4)).prop_map(|(index, items)| Expression::Select(index, items)),
        ]
    })
}

/// The text with parameters filled in; `None` where something in it was not evaluated.
fn filled(text: &Text, choice: Choice) -> Option<String> {
    let values: BTreeMap<&str, &str> = PARAMETERS.into_iter().zip(choice).collect();
    let pieces = text.parts().iter().map(|part| match part {
        Part::Literal(text) => Some(text.as_str().to_owned()),
        Part::Hole(hole) => match &*hole.reference {
            Reference::Parameter(parameter) => values.get(parameter.name.as_str()).map(|value| (*value).to_owned()),
            _ => None,
        },
        Part::Base64(..) => None,
    });
    pieces.collect()
}

fn source(expression: &Expression) -> Source {
    let template = json!({
        "Parameters": {
            "Open": { "Type": "String", "Default": "y" },
            "Other": { "Type": "String" },
            "Closed": { "Type": "String", "AllowedValues": ["x", "y"] },
        },
        "Conditions": conditions(),
        "Mappings": { "Map": { "x": { "Row": "row of x" }, "y": { "Row": "row of y" } } },
        "Value": expression.written(),
    });
    Source::new(FileId(0), "t.json".to_owned(), template.to_string())
}

proptest! {
    /// With every value given nothing is assumed any more: one case is left, and no parameter in it.
    #[test]
    fn given_values_decide_everything(expression in expression(), at in (0..3usize, 0..3usize, 0..2usize)) {
        let choice = [VALUES[at.0], VALUES[at.1], VALUES[at.2]];
        let given = PARAMETERS.into_iter().zip(choice);
        let parameters = given.map(|(name, value)| (name.to_owned(), MappedText::unplaced(value))).collect();
        let deployment = Deployment { parameters, ..Deployment::unknown() };
        let source = source(&expression);
        let tree = parse_json(&source).unwrap();
        let root = tree.roots(&source).next().unwrap();
        let template = Template::new(root, &deployment);
        let cases = template.texts(root.get("Value").unwrap(), &Assumptions::always());
        prop_assert_eq!(cases.len(), 1, "{:?}", &cases);
        prop_assert!(template.conditions().implies(&Assumptions::always(), &cases[0].when));
        match &cases[0].value {
            TextValue::Text(text) => {
                prop_assert_eq!(text.parameters().count(), 0);
                if let Some(text) = filled(text, choice) {
                    prop_assert_eq!(Some(text), expression.meaning(choice));
                }
            }
            TextValue::Unset => prop_assert_eq!(expression.meaning(choice), None),
            TextValue::Structure(_) => prop_assert!(false, "no structure was written"),
        }
    }

    #[test]
    fn one_case_applies_and_says_what_the_functions_say(expression in expression()) {
        let source = source(&expression);
        let tree = parse_json(&source).unwrap();
        let root = tree.roots(&source).next().unwrap();
        let unknown = Deployment::unknown();
        let template = Template::new(root, &unknown);
        let cases = template.texts(root.get("Value").unwrap(), &Assumptions::always());
        for open in VALUES {
            for other in VALUES {
                for closed in ["x", "y"] {
                    let choice = [open, other, closed];
                    // A value that is compared with nothing is "another one", which needs no assumption.
                    let assumed = PARAMETERS.into_iter().zip(choice).fold(Assumptions::always(), |assumed, (name, value)| {
                        let known = VALUES.into_iter().filter_map(|one| Some((one, template.parameter_is(name, one, one == value)?)));
                        known.fold(assumed, |assumed, (_, is)| assumed.with(is))
                    });
                    let applies = |case: &&super::Evaluated<'_>| template.conditions().possible(&[&case.when, &assumed]);
                    let applying: Vec<_> = cases.iter().filter(applies).collect();
                    prop_assert_eq!(applying.len(), 1, "{:?}: {:?}", choice, &cases);
                    let meaning = expression.meaning(choice);
                    match &applying[0].value {
                        TextValue::Unset => prop_assert_eq!(meaning, None),
                        TextValue::Text(text) => if let Some(text) = filled(text, choice) {
                            prop_assert_eq!(Some(text), meaning);
                        },
                        TextValue::Structure(_) => prop_assert!(false, "no structure was written"),
                    }
                }
            }
        }
    }
}
