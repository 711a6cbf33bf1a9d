//! Under which parameter values and condition outcomes something holds.
//!
//! `CloudFormation` chooses between branches by named conditions over parameters. A value found in a
//! branch carries the [`Assumptions`] that lead there, and a rule that combines two values asks
//! [`Conditions::possible`] whether they can occur together. Enumeration is bounded: past the bound the
//! answer is "not provably possible", and the rule stays silent.

use std::fmt::Write as _;

use smallvec::{SmallVec, smallvec};

/// How many combinations of parameter values are tried before the question is given up.
const MAX_COMBINATIONS: usize = 4096;

/// How many conditions may stand behind one question, and how many variables; more are given up.
const MAX_CONDITIONS: usize = 256;
const MAX_QUESTIONS: usize = 16;

/// Longer values of parameters are not repeated in words.
const MAX_SHOWN: usize = 60;

/// One thing assumed: a condition's outcome or a parameter's value. Indices are into [`Conditions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    /// The condition with that index comes out so.
    Outcome(u16, bool),
    /// The variable has, or has not, the value with that index.
    Value(u16, u16, bool),
}

impl Assumption {
    fn negated(self) -> Self {
        match self {
            Self::Outcome(condition, outcome) => Self::Outcome(condition, !outcome),
            Self::Value(variable, value, is) => Self::Value(variable, value, !is),
        }
    }
}

/// A conjunction of assumptions; empty means "always".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assumptions(Vec<Assumption>);

impl Assumptions {
    /// Holds always.
    #[must_use]
    pub fn always() -> Self {
        Self::default()
    }

    /// Whether nothing is assumed.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    /// These assumptions and one more.
    #[must_use]
    pub fn with(&self, assumption: Assumption) -> Self {
        let mut all = self.clone();
        if let Err(at) = all.0.binary_search(&assumption) {
            all.0.insert(at, assumption);
        }
        all
    }

    /// Both conjunctions.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        other.0.iter().fold(self.clone(), |all, &one| all.with(one))
    }

    /// The single assumptions, in order.
    pub fn iter(&self) -> impl Iterator<Item = Assumption> + '_ {
        self.0.iter().copied()
    }
}

/// Something whose value is chosen at deployment: a parameter or a pseudo parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the template.
    pub name: String,
    /// The values that matter: those allowed, the default, and those it is compared with.
    pub values: Vec<String>,
    /// Whether it may also take a value that is not listed (no `AllowedValues`).
    pub open: bool,
    /// The value it has when none is given.
    pub default: Option<u16>,
    /// Whether the template's `Rules` assert something about it, which is not followed here.
    pub asserted: bool,
}

/// A condition's definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Certain.
    Constant(bool),
    /// The variable has the value with that index.
    Is(u16, u16),
    /// Something that is decided elsewhere; the same number is the same question.
    Free(u16),
    /// Another condition.
    Condition(u16),
    /// Not.
    Not(Box<Formula>),
    /// All of them.
    All(Vec<Formula>),
    /// At least one of them.
    Any(Vec<Formula>),
}

/// The variables and conditions of one template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Parameters and pseudo parameters that conditions or values depend on.
    pub variables: Vec<Variable>,
    /// Named conditions and their definitions.
    pub named: Vec<(String, Formula)>,
}

/// Most questions are about one or two conditions, and many are asked.
type Few<T> = SmallVec<[T; 8]>;

/// What decides whether assumptions can hold together.
struct Plan {
    /// The variables in question, and how many choices each has.
    variables: Few<(u16, usize)>,
    /// Questions that are decided elsewhere.
    free: Few<u16>,
    /// The conditions in question, each behind those that it refers to.
    order: Few<u16>,
    /// How many combinations there are.
    count: usize,
}

/// One choice of values and answers, and what the conditions come to there.
struct Point {
    /// Per variable the index of a listed value, or `None` for another one.
    values: Few<(u16, Option<u16>)>,
    free: Few<(u16, bool)>,
    /// Of all conditions, by their index; `None` of those that are in no question.
    outcomes: SmallVec<[Option<bool>; 32]>,
}

impl Conditions {
    /// Whether some choice of parameters makes all of these hold together. `false` also when there are
    /// too many combinations to tell: what cannot be shown is not said.
    #[must_use]
    pub fn possible(&self, all: &[&Assumptions]) -> bool {
        let assumptions: Few<Assumption> = all.iter().flat_map(|one| one.iter()).collect();
        match assumptions.as_slice() {
            [] => true,
            _ => self.plan(&assumptions).is_some_and(|plan| self.satisfiable(&assumptions, &plan)),
        }
    }

    /// Whether `consequence` holds wherever `premise` does.
    #[must_use]
    pub fn implies(&self, premise: &Assumptions, consequence: &Assumptions) -> bool {
        consequence.iter().all(|one| {
            premise.iter().any(|given| given == one) || {
                let mut against: Few<Assumption> = premise.iter().collect();
                against.push(one.negated());
                self.plan(&against).is_some_and(|plan| !self.satisfiable(&against, &plan))
            }
        })
    }

    /// Whether this holds only where an optional setting (a parameter whose default is empty) is filled in while another
    /// parameter keeps its default: a pair that nobody need ever have meant to deploy.
    #[must_use]
    pub fn fills_in_an_option_only(&self, assumptions: &Assumptions) -> bool {
        let variable = |index: u16| self.variables.get(usize::from(index));
        let keeps_default = |one: Assumption| match one {
            Assumption::Value(index, value, true) => variable(index).is_some_and(|v| v.default == Some(value)),
            _ => false,
        };
        if !assumptions.iter().any(keeps_default) {
            return false;
        }
        let all: Vec<Assumption> = assumptions.iter().collect();
        let Some(plan) = self.plan(&all) else { return false };
        let left_out = plan.variables.into_iter().filter_map(|(index, _)| {
            let variable = variable(index)?;
            let default = variable.default?;
            let is_optional = variable.values.get(usize::from(default)).is_some_and(String::is_empty);
            is_optional.then_some(Assumption::Value(index, default, true))
        });
        let without_options = left_out.fold(assumptions.clone(), |all, one| all.with(one));
        !self.possible(&[&without_options])
    }

    /// The assumptions in words, such as `IsProd is false and LaunchType is FARGATE`; `None` when nothing is assumed.
    #[must_use]
    pub fn describe(&self, assumptions: &Assumptions) -> Option<String> {
        let mut words = String::new();
        for one in assumptions.iter() {
            if !words.is_empty() {
                words.push_str(" and ");
            }
            let _ = match one {
                Assumption::Outcome(condition, outcome) => {
                    let name = self.named.get(usize::from(condition)).map_or("?", |(name, _)| name.as_str());
                    write!(words, "condition `{name}` is {outcome}")
                }
                Assumption::Value(variable, value, is) => {
                    let variable = self.variables.get(usize::from(variable));
                    let name = variable.map_or("?", |v| v.name.as_str());
                    let value = variable.and_then(|v| v.values.get(usize::from(value))).map_or("?", String::as_str);
                    let not = if is { "" } else { "not " };
                    match value {
                        "" => write!(words, "`{name}` is {not}empty"),
                        value if value.len() > MAX_SHOWN || may_be_a_login(value) => {
                            write!(
                                words,
                                "`{name}` has {}the value that is written here",
                                if is { "" } else { "another value than " }
                            )
                        }
                        value => write!(words, "`{name}` is {not}`{value}`"),
                    }
                }
            };
        }
        (!words.is_empty()).then_some(words)
    }

    fn satisfiable(&self, assumptions: &[Assumption], plan: &Plan) -> bool {
        let mut point = Point { values: Few::new(), free: Few::new(), outcomes: smallvec![None; self.named.len()] };
        (0..plan.count).any(|mut number| {
            point.values.clear();
            for &(variable, choices) in &plan.variables {
                let listed = self.variables.get(usize::from(variable)).map_or(0, |variable| variable.values.len());
                let choice = number % choices;
                point.values.push((variable, (choice < listed).then(|| u16::try_from(choice).ok()).flatten()));
                number /= choices;
            }
            point.free.clear();
            for &question in &plan.free {
                point.free.push((question, number % 2 == 1));
                number /= 2;
            }
            for &condition in &plan.order {
                let formula = self.named.get(usize::from(condition)).map(|(_, formula)| formula);
                let outcome = formula.is_some_and(|formula| point.truth(formula));
                if let Some(place) = point.outcomes.get_mut(usize::from(condition)) {
                    *place = Some(outcome);
                }
            }
            assumptions.iter().all(|one| point.holds(*one))
        })
    }

    /// What decides the assumptions; `None` where that is too much, where conditions refer to themselves, or where
    /// `Rules` have a say.
    fn plan(&self, assumptions: &[Assumption]) -> Option<Plan> {
        let (mut variables, mut free, mut order) = (Few::new(), Few::new(), Few::new());
        for one in assumptions {
            match *one {
                Assumption::Value(variable, ..) => push_new(&mut variables, variable),
                Assumption::Outcome(condition, _) => self.add_in_order(condition, &mut order)?,
            }
        }
        for condition in &order {
            let mut pending: Few<&Formula> =
                self.named.get(usize::from(*condition)).map(|(_, f)| f).into_iter().collect();
            while let Some(formula) = pending.pop() {
                match formula {
                    Formula::Constant(_) | Formula::Condition(_) => {}
                    Formula::Is(variable, _) => push_new(&mut variables, *variable),
                    Formula::Free(question) => push_new(&mut free, *question),
                    Formula::Not(inner) => pending.push(inner),
                    Formula::All(list) | Formula::Any(list) => pending.extend(list),
                }
            }
            if variables.len() + free.len() > MAX_QUESTIONS {
                return None;
            }
        }
        let mut count = 2usize.checked_pow(u32::try_from(free.len()).ok()?)?;
        let mut counted = Few::new();
        for index in variables {
            let variable = self.variables.get(usize::from(index)).filter(|variable| !variable.asserted)?;
            let choices = (variable.values.len() + usize::from(variable.open)).max(1);
            count = count.checked_mul(choices).filter(|count| *count <= MAX_COMBINATIONS)?;
            counted.push((index, choices));
        }
        (count <= MAX_COMBINATIONS).then_some(Plan { variables: counted, free, order, count })
    }

    /// Adds the condition behind those that it refers to; `None` when it refers to itself, or to too many.
    fn add_in_order(&self, condition: u16, order: &mut Few<u16>) -> Option<()> {
        // A condition is met twice: when what it refers to is still to come, and when all of that is there.
        let mut pending: Few<(u16, bool)> = smallvec![(condition, false)];
        let mut open: Few<u16> = Few::new();
        while let Some((condition, is_ready)) = pending.pop() {
            if is_ready {
                open.retain(|other| *other != condition);
                order.push(condition);
                continue;
            }
            if order.contains(&condition) {
                continue;
            }
            if open.contains(&condition) || order.len() + pending.len() > MAX_CONDITIONS {
                return None;
            }
            open.push(condition);
            pending.push((condition, true));
            let mut formulas: Few<&Formula> =
                self.named.get(usize::from(condition)).map(|(_, f)| f).into_iter().collect();
            while let Some(formula) = formulas.pop() {
                match formula {
                    Formula::Condition(other) => pending.push((*other, false)),
                    Formula::Not(inner) => formulas.push(inner),
                    Formula::All(list) | Formula::Any(list) => formulas.extend(list),
                    Formula::Constant(_) | Formula::Is(..) | Formula::Free(_) => {}
                }
            }
        }
        Some(())
    }
}

impl Point {
    fn value(&self, variable: u16) -> Option<u16> {
        self.values.iter().find(|(v, _)| *v == variable).and_then(|(_, value)| *value)
    }

    fn outcome(&self, condition: u16) -> Option<bool> {
        self.outcomes.get(usize::from(condition)).copied().flatten()
    }

    fn holds(&self, assumption: Assumption) -> bool {
        match assumption {
            Assumption::Value(variable, value, is) => (self.value(variable) == Some(value)) == is,
            Assumption::Outcome(condition, outcome) => self.outcome(condition) == Some(outcome),
        }
    }

    /// Formulas nest no deeper than templates are read.
    fn truth(&self, formula: &Formula) -> bool {
        match formula {
            Formula::Constant(value) => *value,
            Formula::Is(variable, value) => self.value(*variable) == Some(*value),
            Formula::Free(question) => self.free.iter().any(|(q, answer)| q == question && *answer),
            Formula::Condition(condition) => self.outcome(*condition) == Some(true),
            Formula::Not(inner) => !self.truth(inner),
            Formula::All(list) => list.iter().all(|one| self.truth(one)),
            Formula::Any(list) => list.iter().any(|one| self.truth(one)),
        }
    }
}

/// Whether the value could be a user name with a password, or JSON with one in it.
fn may_be_a_login(value: &str) -> bool {
    value.contains(['{', ' ']) || value.contains(':') && !value.contains('/')
}

fn push_new(list: &mut Few<u16>, item: u16) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `IsProd: Equals(Env, prod)`, `IsDev: Equals(Env, dev)`, `NotProd: Not(IsProd)`.
    fn environment(open: bool) -> Conditions {
        Conditions {
            variables: vec![Variable {
                name: "Env".into(),
                values: vec!["prod".into(), "dev".into()],
                open,
                default: None,
                asserted: false,
            }],
            named: vec![
                ("IsProd".into(), Formula::Is(0, 0)),
                ("IsDev".into(), Formula::Is(0, 1)),
                ("NotProd".into(), Formula::Not(Box::new(Formula::Condition(0)))),
            ],
        }
    }

    fn outcome(condition: u16, outcome: bool) -> Assumptions {
        Assumptions::always().with(Assumption::Outcome(condition, outcome))
    }

    #[test]
    fn a_parameter_has_one_value_at_a_time() {
        let conditions = environment(true);
        assert!(conditions.possible(&[&outcome(0, true)]));
        assert!(!conditions.possible(&[&outcome(0, true), &outcome(1, true)]));
        assert!(!conditions.possible(&[&outcome(0, true), &outcome(2, true)]));
        assert!(conditions.possible(&[&outcome(0, false), &outcome(1, false)]));
        assert!(!environment(false).possible(&[&outcome(0, false), &outcome(1, false)]));
        let dev = Assumptions::always().with(Assumption::Value(0, 1, true));
        assert!(!conditions.possible(&[&outcome(0, true), &dev]));
    }

    #[test]
    fn implication_follows_definitions() {
        let conditions = environment(true);
        assert!(conditions.implies(&outcome(1, true), &outcome(0, false)));
        assert!(conditions.implies(&outcome(0, false), &outcome(2, true)));
        assert!(!conditions.implies(&outcome(0, false), &outcome(1, true)));
        assert!(conditions.implies(&outcome(0, false), &Assumptions::always()));
    }

    /// `Env` defaults to dev, `Image` to one image, and `Login` to nothing.
    #[test]
    fn a_stage_is_no_option_but_an_empty_default_is() {
        let variable = |name: &str, values: [&str; 2]| Variable {
            name: name.into(),
            values: values.map(String::from).into(),
            open: true,
            default: Some(0),
            asserted: false,
        };
        let conditions = Conditions {
            variables: vec![
                variable("Env", ["dev", "prod"]),
                variable("Image", ["web:1", "web:2"]),
                variable("Login", ["", "x"]),
            ],
            named: vec![
                ("IsProd".into(), Formula::Is(0, 1)),
                ("HasLogin".into(), Formula::Not(Box::new(Formula::Is(2, 0)))),
            ],
        };
        let default_image = Assumptions::always().with(Assumption::Value(1, 0, true));
        assert!(!conditions.fills_in_an_option_only(&default_image.and(&outcome(0, true))));
        assert!(conditions.fills_in_an_option_only(&default_image.and(&outcome(1, true))));
        assert!(!conditions.fills_in_an_option_only(&outcome(1, true)));
    }

    #[test]
    fn too_many_combinations_are_not_possible_and_imply_nothing() {
        let variables = (0..20)
            .map(|n| Variable {
                name: format!("P{n}"),
                values: vec!["a".into(), "b".into()],
                open: true,
                default: None,
                asserted: false,
            })
            .collect();
        let named = vec![("Any".into(), Formula::Any((0..20).map(|n| Formula::Is(n, 0)).collect()))];
        let conditions = Conditions { variables, named };
        assert!(!conditions.possible(&[&outcome(0, true)]));
        assert!(!conditions.implies(&outcome(0, false), &Assumptions::always().with(Assumption::Value(3, 0, false))));
    }

    #[test]
    fn a_condition_that_refers_to_itself_ends() {
        let conditions = Conditions { variables: vec![], named: vec![("Loop".into(), Formula::Condition(0))] };
        assert!(!conditions.possible(&[&outcome(0, true)]));
    }
}
