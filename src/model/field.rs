//! One setting: where it is written, and every value it can take.

use super::assumptions::Assumptions;
use crate::source::Span;

/// One setting of a resource: a place, and the values it can take there.
#[derive(Clone, Debug)]
pub struct Field<T> {
    /// The value; where there is none, the key of the thing that lacks it.
    pub span: Span,
    /// Every value it can take; never empty.
    pub cases: Vec<Case<T>>,
}

/// One value a setting can take, and when.
#[derive(Clone, Debug)]
pub struct Case<T> {
    /// The value.
    pub value: Value<T>,
    /// Where this very value is written: a branch of `Fn::If`, or the whole setting.
    pub span: Span,
    /// Where it comes from, when that is elsewhere: a parameter's `Default`, a mapping's row.
    pub origin: Option<Span>,
    /// What leads to it.
    pub when: Assumptions,
}

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<T> {
    /// Exactly this.
    Known(T),
    /// Something that only the deployment tells.
    Unknown,
    /// Nothing: the key is absent, null, or `AWS::NoValue`.
    Unset,
}

impl<T> Field<T> {
    /// A setting that is not there, reported at `span` if its absence matters.
    #[must_use]
    pub fn unset(span: Span, when: Assumptions) -> Self {
        Self { span, cases: vec![Case { value: Value::Unset, span, origin: None, when }] }
    }

    /// A setting of which nothing is known.
    #[must_use]
    pub fn unknown(span: Span, when: Assumptions) -> Self {
        Self { span, cases: vec![Case { value: Value::Unknown, span, origin: None, when }] }
    }

    /// The cases with a known value.
    pub fn known(&self) -> impl Iterator<Item = (&T, &Case<T>)> {
        self.cases.iter().filter_map(|case| match &case.value {
            Value::Known(value) => Some((value, case)),
            Value::Unknown | Value::Unset => None,
        })
    }

    /// The cases in which the setting is surely absent.
    pub fn unset_cases(&self) -> impl Iterator<Item = &Case<T>> {
        self.cases.iter().filter(|case| matches!(case.value, Value::Unset))
    }

    /// The same setting with each known value read as something else; `None` makes it unknown.
    pub fn map<U>(self, mut read: impl FnMut(T) -> Option<U>) -> Field<U> {
        let cases = self
            .cases
            .into_iter()
            .map(|case| Case {
                value: match case.value {
                    Value::Known(value) => read(value).map_or(Value::Unknown, Value::Known),
                    Value::Unknown => Value::Unknown,
                    Value::Unset => Value::Unset,
                },
                span: case.span,
                origin: case.origin,
                when: case.when,
            })
            .collect();
        Field { span: self.span, cases }
    }
}
