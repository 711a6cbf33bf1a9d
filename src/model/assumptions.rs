//! Under which parameter values and condition outcomes something holds.
//!
//! `CloudFormation` chooses between branches by named conditions over parameters. A value found in a
//! branch carries the [`Assumptions`] that lead there, and a rule that combines two values asks
//! [`Conditions::possible`] whether they can occur together. Enumeration is bounded: past the bound the
//! answer is "not provably possible", and the rule stays silent.

use std::fmt::Write as _;

/// How many combinations of parameter values are tried before the question is given up.
const MAX_COMBINATIONS: usize = 4096;

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

/// A point in the space of parameter values: per variable the index of a listed value (or `None` for
/// another one), and per free question its answer.
struct Assignment<'a> {
    values: &'a [(u16, Option<u16>)],
    free: &'a [(u16, bool)],
}

impl Conditions {
    /// Whether some choice of parameters makes all of these hold together. `false` also when there are
    /// too many combinations to tell: what cannot be shown is not said.
    #[must_use]
    pub fn possible(&self, all: &[&Assumptions]) -> bool {
        let assumptions: Vec<Assumption> = all.iter().flat_map(|one| one.iter()).collect();
        match assumptions.as_slice() {
            [] => true,
            _ => self.satisfiable(&assumptions),
        }
    }

    /// Whether `consequence` holds wherever `premise` does.
    #[must_use]
    pub fn implies(&self, premise: &Assumptions, consequence: &Assumptions) -> bool {
        consequence.iter().all(|one| {
            premise.iter().any(|given| given == one) || {
                let mut against: Vec<Assumption> = premise.iter().collect();
                against.push(one.negated());
                self.decidable(&against).is_some() && !self.satisfiable(&against)
            }
        })
    }

    /// Whether this holds only where one parameter keeps its default while another is given a value: a pair that nobody
    /// need ever have meant to deploy.
    #[must_use]
    pub fn mixes_defaults(&self, assumptions: &Assumptions) -> bool {
        let keeps = |one: Assumption| match one {
            Assumption::Value(variable, value, true) => {
                self.variables.get(usize::from(variable)).is_some_and(|v| v.default == Some(value))
            }
            _ => false,
        };
        if !assumptions.iter().any(keeps) {
            return false;
        }
        let all: Vec<Assumption> = assumptions.iter().collect();
        let (variables, _) = self.involved(&all);
        let defaults = variables.into_iter().filter_map(|variable| {
            let default = self.variables.get(usize::from(variable))?.default?;
            Some(Assumption::Value(variable, default, true))
        });
        let at_defaults = defaults.fold(assumptions.clone(), |all, one| all.with(one));
        !self.possible(&[&at_defaults])
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
                    write!(words, "`{name}` is {}`{value}`", if is { "" } else { "not " })
                }
            };
        }
        (!words.is_empty()).then_some(words)
    }

    fn satisfiable(&self, assumptions: &[Assumption]) -> bool {
        let (variables, free) = self.involved(assumptions);
        let Some(count) = self.decidable(assumptions) else { return false };
        let mut values: Vec<(u16, Option<u16>)> = variables.iter().map(|&v| (v, None)).collect();
        let mut answers: Vec<(u16, bool)> = free.iter().map(|&f| (f, false)).collect();
        (0..count).any(|mut number| {
            for (variable, value) in &mut values {
                let choices = self.choices(*variable);
                *value = choices.get(number % choices.len().max(1)).copied().flatten();
                number /= choices.len().max(1);
            }
            for (_, answer) in &mut answers {
                *answer = number % 2 == 1;
                number /= 2;
            }
            let point = Assignment { values: &values, free: &answers };
            assumptions.iter().all(|one| self.holds(*one, &point))
        })
    }

    /// How many combinations decide whether the assumptions can hold; `None` where that is too many, or where `Rules` have a say.
    fn decidable(&self, assumptions: &[Assumption]) -> Option<usize> {
        let (variables, free) = self.involved(assumptions);
        let mut count = 2usize.checked_pow(u32::try_from(free.len()).ok()?)?;
        for index in variables {
            let asserted = self.variables.get(usize::from(index)).is_some_and(|variable| variable.asserted);
            count = count
                .checked_mul(self.choices(index).len().max(1))
                .filter(|count| *count <= MAX_COMBINATIONS && !asserted)?;
        }
        (count <= MAX_COMBINATIONS).then_some(count)
    }

    fn choices(&self, variable: u16) -> Vec<Option<u16>> {
        let Some(variable) = self.variables.get(usize::from(variable)) else { return vec![None] };
        let listed = (0..variable.values.len()).filter_map(|i| u16::try_from(i).ok().map(Some));
        listed.chain(variable.open.then_some(None)).collect()
    }

    /// The variables and free questions that the assumptions depend on, through conditions too.
    fn involved(&self, assumptions: &[Assumption]) -> (Vec<u16>, Vec<u16>) {
        let (mut variables, mut free, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        let mut pending: Vec<&Formula> = Vec::new();
        for one in assumptions {
            match *one {
                Assumption::Value(variable, ..) => push_new(&mut variables, variable),
                Assumption::Outcome(condition, _) => {
                    push_new(&mut seen, condition);
                    pending.extend(self.named.get(usize::from(condition)).map(|(_, formula)| formula));
                }
            }
        }
        while let Some(formula) = pending.pop() {
            match formula {
                Formula::Constant(_) => {}
                Formula::Is(variable, _) => push_new(&mut variables, *variable),
                Formula::Free(question) => push_new(&mut free, *question),
                Formula::Condition(condition) => {
                    if !seen.contains(condition) {
                        seen.push(*condition);
                        pending.extend(self.named.get(usize::from(*condition)).map(|(_, formula)| formula));
                    }
                }
                Formula::Not(inner) => pending.push(inner),
                Formula::All(list) | Formula::Any(list) => pending.extend(list),
            }
        }
        (variables, free)
    }

    fn holds(&self, assumption: Assumption, point: &Assignment<'_>) -> bool {
        match assumption {
            Assumption::Value(variable, value, is) => (point.value(variable) == Some(value)) == is,
            Assumption::Outcome(condition, outcome) => {
                let formula = self.named.get(usize::from(condition)).map(|(_, formula)| formula);
                formula.is_some_and(|formula| self.truth(formula, point, self.named.len()) == outcome)
            }
        }
    }

    /// `depth` ends conditions that refer to themselves, which CloudFormation refuses anyway.
    fn truth(&self, formula: &Formula, point: &Assignment<'_>, depth: usize) -> bool {
        match formula {
            Formula::Constant(value) => *value,
            Formula::Is(variable, value) => point.value(*variable) == Some(*value),
            Formula::Free(question) => point.free.iter().any(|(q, answer)| q == question && *answer),
            Formula::Condition(condition) => {
                depth > 0
                    && self
                        .named
                        .get(usize::from(*condition))
                        .is_some_and(|(_, formula)| self.truth(formula, point, depth - 1))
            }
            Formula::Not(inner) => !self.truth(inner, point, depth),
            Formula::All(list) => list.iter().all(|one| self.truth(one, point, depth)),
            Formula::Any(list) => list.iter().any(|one| self.truth(one, point, depth)),
        }
    }
}

impl Assignment<'_> {
    fn value(&self, variable: u16) -> Option<u16> {
        self.values.iter().find(|(v, _)| *v == variable).and_then(|(_, value)| *value)
    }
}

fn push_new(list: &mut Vec<u16>, item: u16) {
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
