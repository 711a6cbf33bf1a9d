//! The JSON Schema is that of the code, and says what the program says.

use std::fs;
use std::path::Path;

use ecs_lint::config::{self, Flags, Origin};
use serde_json::{Value, json};

#[test]
fn the_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ecs-lint.schema.json");
    let current = format!("{}\n", serde_json::to_string_pretty(&config::json_schema()).unwrap());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &current).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), current, "UPDATE_EXPECT=1 writes it anew");
}

/// Configurations without a mistake in their form, and one with each mistake that a schema can see.
#[test]
fn the_schema_and_the_program_agree() {
    let good = [
        json!({}),
        json!({"fail-on": "never", "include": ["a/**"], "exclude": [], "baseline": "b.json"}),
        json!({"rules": {"select": ["secret"], "ignore": ["wrong-type"], "input": "off", "kms-decrypt-missing": "note"}}),
        json!({"overrides": [{"paths": ["x"], "rules": {"image": "error"}}]}),
        json!({"registries": {"private": ["ghcr.io"], "public": ["*.example.com/a"], "allowed": []}}),
        json!({"context": {"account": "012345678901", "region": "us-gov-west-1", "partition": "aws-us-gov"}}),
        json!({"context": {"secrets": [{"name": "a", "kms-key": "alias/x"}, {"arn": "arn:aws:secretsmanager:eu-west-1:1:secret:a*", "kms-key": "1234abcd-12ab-34cd-56ef-1234567890ab"}]}}),
        json!({"context": {"roles": [{"name": "r", "policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}, {"arn": "arn:aws:iam::012345678901:role/p/r", "policies": []}]}}),
        json!({"suppress": [{"rule": "wrong-type", "path": "a", "resource": "R", "container": "c", "reason": "r", "expires": "2026-01-31"}]}),
    ];
    let bad = [
        json!({"fail-on": "off"}),
        json!({"fail-on": 1}),
        json!({"include": "a"}),
        json!({"include": [""]}),
        json!({"includes": []}),
        json!({"rules": []}),
        json!({"rules": {"select": ["sceret"]}}),
        json!({"rules": {"no-such-rule": "off"}}),
        json!({"rules": {"image": "never"}}),
        json!({"overrides": [{"paths": ["x"]}]}),
        json!({"overrides": {"paths": ["x"], "rules": {}}}),
        json!({"registries": {"denied": []}}),
        json!({"context": {"account": "1"}}),
        json!({"context": {"region": "europe"}}),
        json!({"context": {"partition": "aws-mars"}}),
        json!({"context": {"secrets": [{"name": "a"}]}}),
        json!({"context": {"secrets": [{"kms-key": "alias/x"}]}}),
        json!({"context": {"secrets": [{"name": "a", "kms-key": "x"}]}}),
        json!({"context": {"roles": [{"name": "r", "arn": "arn:aws:iam::012345678901:role/r", "policies": []}]}}),
        json!({"context": {"roles": [{"name": "r", "policies": ["arn:aws:iam::012345678901:policy/own"]}]}}),
        json!({"context": {"roles": [{"name": "r r", "policies": []}]}}),
        json!({"suppress": [{"path": "a"}]}),
        json!({"suppress": [{"rule": "input"}]}),
        json!({"suppress": [{"rule": "wrong-type", "expires": "soon"}]}),
    ];
    let schema = config::json_schema();
    for (examples, expected) in [(good.as_slice(), true), (bad.as_slice(), false)] {
        for example in examples {
            assert_eq!(is_valid(&schema, example), expected, "the schema on {example}");
            let text = toml(example);
            let loaded =
                config::load(Path::new("/"), &Origin::Text("t.toml".to_owned(), text.clone()), &Flags::default());
            let problems = loaded.err().map(|failure| failure.outcome.diagnostics);
            assert_eq!(problems.is_none(), expected, "the program on\n{text}\n{problems:?}");
        }
    }
}

#[test]
fn the_starter_has_every_key_rightly() {
    let commented: String = config::STARTER
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .filter(|line| !line.starts_with("parameters") && !line.starts_with("policies") && !line.starts_with("trust"))
        .map(|line| if line.starts_with("arn") { format!("{line}\npolicies = []\n") } else { format!("{line}\n") })
        .collect();
    let origin = Origin::Text("ecs-lint.toml".to_owned(), commented);
    if let Err(failure) = config::load(Path::new("/"), &origin, &Flags::default()) {
        panic!("{:?}", failure.outcome.diagnostics);
    }
    let mut keys = Vec::new();
    collect_keys(&config::json_schema(), &mut keys);
    for key in keys {
        assert!(config::STARTER.contains(&key), "the starter does not show `{key}`");
    }
}

/// The keys of tables, but for the names of rules and categories.
fn collect_keys(schema: &Value, keys: &mut Vec<String>) {
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, property) in properties {
        if property["description"].is_string() {
            keys.push(name.clone());
        }
        collect_keys(property, keys);
        collect_keys(&property["items"], keys);
    }
}

/// The value as TOML, inline.
fn toml(value: &Value) -> String {
    let Value::Object(members) = value else { return inline(value) };
    members.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect::<Vec<_>>().join("\n")
}

fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// What a validator says, for the part of JSON Schema that the schema uses.
fn is_valid(schema: &Value, value: &Value) -> bool {
    let members = schema.as_object().unwrap();
    members.iter().all(|(keyword, rule)| match (keyword.as_str(), value) {
        ("type", _) => match rule.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            other => panic!("no such type here: {other}"),
        },
        ("enum", _) => rule.as_array().unwrap().contains(value),
        ("pattern", Value::String(text)) => regex::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text),
        ("items", Value::Array(items)) => items.iter().all(|item| is_valid(rule, item)),
        ("properties", Value::Object(object)) => {
            object.iter().all(|(key, value)| rule.get(key).is_none_or(|schema| is_valid(schema, value)))
        }
        ("additionalProperties", Value::Object(object)) => {
            object.keys().all(|key| schema["properties"].get(key).is_some())
        }
        ("required", Value::Object(object)) => {
            rule.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()))
        }
        ("oneOf", _) => rule.as_array().unwrap().iter().filter(|schema| is_valid(schema, value)).count() == 1,
        // For people, and for values of another type.
        (
            "$schema"
            | "title"
            | "description"
            | "default"
            | "pattern"
            | "items"
            | "properties"
            | "additionalProperties"
            | "required",
            _,
        ) => true,
        (other, _) => panic!("no such keyword here: {other}"),
    })
}
