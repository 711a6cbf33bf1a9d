//! The JSON Schema of the configuration, for editors: made from the table of keys.

use serde_json::{Map, Value, json};

use super::keys::{Form, Key, ROOT, Table, Takes};

/// The schema, in draft 7, which is what editors of TOML know.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = of_table(&ROOT);
    if let Value::Object(members) = &mut schema {
        members.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        members.insert("title".to_owned(), json!("The configuration of ecs-lint (ecs-lint.toml)"));
    }
    schema
}

fn of_table(table: &'static Table) -> Value {
    let mut properties: Map<String, Value> = table.keys.iter().map(|key| (key.name.to_owned(), of_key(key))).collect();
    if table.rules {
        let levels = Form::RuleOrCategory.words().unwrap_or_default().into_iter();
        properties.extend(levels.map(|name| (name.to_owned(), Form::Level.schema())));
    }
    let required: Vec<&str> = table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let Value::Object(members) = &mut schema {
        if !required.is_empty() {
            members.insert("required".to_owned(), json!(required));
        }
        if !table.one_of.is_empty() {
            let one_of: Vec<Value> = table.one_of.iter().map(|name| json!({ "required": [name] })).collect();
            members.insert("oneOf".to_owned(), json!(one_of));
        }
    }
    schema
}

fn of_key(key: &'static Key) -> Value {
    let mut schema = match key.takes {
        Takes::One(form) => form.schema(),
        Takes::Many(form) => json!({ "type": "array", "items": form.schema() }),
        Takes::Table(table) => of_table(table),
        Takes::Tables(table) => json!({ "type": "array", "items": of_table(table) }),
    };
    if let Value::Object(members) = &mut schema {
        members.insert("description".to_owned(), json!(key.about));
        if let Some(default) = key.default.and_then(|default| serde_json::from_str(default).ok()) {
            members.insert("default".to_owned(), default);
        }
    }
    schema
}
