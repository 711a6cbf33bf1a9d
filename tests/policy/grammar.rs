//! The grammar of IAM policies, as far as these policies use it.

use serde_json::Value;

/// Adds what is wrong with the policy to `faults`.
pub fn check(place: &str, policy: &Value, is_template: bool, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("{place}: {what}: {policy}"));
    let members: Vec<&str> = policy.as_object().unwrap().keys().map(String::as_str).collect();
    if members != ["Statement", "Version"] || policy["Version"] != "2012-10-17" {
        fault("members of a policy".to_owned());
    }
    let mut sids = std::collections::BTreeSet::new();
    for item in policy["Statement"].as_array().unwrap() {
        let statement = unconditional(item);
        if statement != item && !is_template {
            fault("a function outside of a template".to_owned());
        }
        for (member, value) in statement.as_object().unwrap() {
            match member.as_str() {
                "Sid" if !sids.insert(value.as_str().unwrap().to_owned()) => fault(format!("{value} is there twice")),
                "Sid" if value.as_str().unwrap().bytes().all(|byte| byte.is_ascii_alphanumeric()) => {}
                "Effect" if value == "Allow" => {}
                "Action" if strings(value).iter().all(|action| is_action(action)) => {}
                "Resource"
                    if !strings(value).is_empty() && strings(value).iter().all(|one| is_resource(one, is_template)) => {
                }
                "Condition"
                    if value
                        .as_object()
                        .is_some_and(|operators| operators.keys().all(|key| key.starts_with("String"))) => {}
                _ => fault(format!("{member} is {value}")),
            }
        }
        for needed in ["Sid", "Effect", "Action", "Resource"] {
            if statement.get(needed).is_none() {
                fault(format!("{needed} is missing"));
            }
        }
    }
}

/// The statement inside of `Fn::If`.
fn unconditional(item: &Value) -> &Value {
    match item.get("Fn::If") {
        Some(parts) => {
            let no_value = |value: &&Value| value.get("Ref").is_none();
            unconditional(parts.as_array().unwrap().iter().skip(1).find(no_value).unwrap())
        }
        None => item,
    }
}

fn strings(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn is_action(action: &Value) -> bool {
    let action = action.as_str().unwrap_or_default();
    action
        .split_once(':')
        .is_some_and(|(service, name)| !service.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// `*`, an ARN of six fields, or a function that yields one.
fn is_resource(resource: &Value, is_template: bool) -> bool {
    let is_arn = |text: &str| text == "*" || text.starts_with("arn:") && text.splitn(6, ':').count() == 6;
    match resource {
        Value::String(text) => is_arn(text) || is_template && text.starts_with('<'),
        Value::Object(function) if is_template => match function.iter().next().unwrap() {
            (name, Value::String(text)) if name == "Fn::Sub" => is_arn(text) || text.starts_with("${"),
            (name, _) => ["Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::Sub"].contains(&name.as_str()),
        },
        _ => false,
    }
}
