//! Whether a secret holds what the container agent signs in to a registry with.

use super::partial_json::PartialJson;
use super::registry_login::{Added, wrong};
use crate::model::{Assumptions, Case, Secret, Text, Value};
use crate::source::Span;

/// What is known of the login in a secret, in one deployment of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginShape {
    /// Where that is written.
    pub span: Span,
    /// In which deployments.
    pub when: Assumptions,
    /// What it is.
    pub is: Login,
}

/// What is known of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// It has the keys `username` and `password`.
    Whole {
        /// Whether Secrets Manager makes up one of the values.
        generated: bool,
    },
    /// The agent cannot read it: the value "is no JSON object".
    Faulty(String),
    /// It cannot be told from the template.
    Open,
    /// The template puts nothing into the secret.
    Nothing,
}

/// The logins that the template puts into the secret. None of its values is in the words.
#[must_use]
pub fn login_shapes(secret: &Secret) -> Vec<LoginShape> {
    let mut shapes = Vec::new();
    for case in &secret.value.cases {
        let is = match &case.value {
            Value::Known(text) => of_text(text, Added::Nothing),
            Value::Unknown => Login::Open,
            Value::Unset if !secret.generators.is_empty() => continue,
            Value::Unset => Login::Nothing,
        };
        shapes.push(LoginShape { span: case.span, when: case.when.clone(), is });
    }
    for generator in &secret.generators {
        for case in &generator.template.cases {
            for key in &generator.string_key.cases {
                let when = generator.when.and(&case.when).and(&key.when);
                shapes.push(LoginShape { span: generator.span, when, is: of_generator(case, key) });
            }
        }
    }
    shapes
}

fn of_generator(template: &Case<Text>, key: &Case<Text>) -> Login {
    let text = match &template.value {
        Value::Known(text) => text,
        Value::Unknown => return Login::Open,
        Value::Unset => return Login::Faulty("is a random string alone, no JSON object".to_owned()),
    };
    match &key.value {
        Value::Known(key) => match key.known() {
            Some(key) => of_text(text, Added::Key(&key)),
            None => of_text(text, Added::SomeKey),
        },
        Value::Unknown => of_text(text, Added::SomeKey),
        Value::Unset => of_text(text, Added::Nothing),
    }
}

fn of_text(text: &Text, added: Added<'_>) -> Login {
    let json = PartialJson::read(text);
    if let Some(wrong) = wrong(&json, added) {
        return Login::Faulty(wrong.what);
    }
    match (json, added) {
        (PartialJson::Object(members), Added::Nothing | Added::Key(_))
            if members.iter().all(|member| member.key.is_some()) =>
        {
            Login::Whole { generated: added != Added::Nothing }
        }
        _ => Login::Open,
    }
}
