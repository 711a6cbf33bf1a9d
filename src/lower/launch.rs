//! What resources hand to instances: user data wherever a resource has it, `AWS::CloudFormation::Init`, documents of Systems Manager,
//! and the environment of containers.

use super::reader::Reader;
use crate::cloudformation::{BranchValue, Resource, function_of};
use crate::model::{Assumptions, Document, Extent, LaunchPlace, Part, Reference, Text, Written};
use crate::source::{MappedText, Span};
use crate::syntax::{Entry, Kind, Node};
use crate::userdata::{Confidence, Reading, filled_in, form_of_step};

/// How deep in a resource's properties `UserData` is looked for.
const DEEPEST_USER_DATA: usize = 6;

/// How deep an object may be that stands for the content of a file.
const DEEPEST_CONTENT: usize = 16;

/// The property that holds a script.
pub const USER_DATA: &str = "UserData";

/// Reads what one resource hands to instances; `may_launch` tells whether the template may have user data at all.
pub fn resource<'t>(reader: &Reader<'_, 't>, resource: &Resource<'t>, may_launch: bool, document: &mut Document) {
    let mut places = Vec::new();
    if let Some(properties) = resource.properties.filter(|_| may_launch) {
        user_data(reader, properties, &resource.when, DEEPEST_USER_DATA, &mut places);
    }
    let init = resource.node.get("Metadata").and_then(|metadata| metadata.get("AWS::CloudFormation::Init"));
    let steps = resource.properties.filter(|_| resource.type_name == "AWS::SSM::Document");
    let keep = |reading: Reading, when: &Assumptions, document: &mut Document| {
        let mut data = reading.into_launch_data(&resource.id, Some(resource.key), init.is_some());
        data.when = when.clone();
        document.launch_data.push(data);
    };
    // What `Init` writes and what user data writes is one configuration.
    for (text, leads) in &places {
        let mut reading = Reading::new();
        reading.user_data(text);
        if let Some(init) = init {
            read_init(reader, init, leads, &mut reading);
        }
        keep(reading, leads, document);
    }
    if let Some(init) = init.filter(|_| places.is_empty()) {
        let mut reading = Reading::new();
        read_init(reader, init, &resource.when, &mut reading);
        keep(reading, &resource.when, document);
    }
    if let Some(properties) = steps {
        let mut reading = Reading::new();
        reading.at(LaunchPlace::SsmDocument);
        ssm_document(reader, properties, &resource.when, &mut reading);
        keep(reading, &resource.when, document);
    }
}

/// Every value of `UserData` in the node, in each of its cases.
fn user_data<'t>(
    reader: &Reader<'_, 't>,
    node: Node<'t>,
    when: &Assumptions,
    depth: usize,
    found: &mut Vec<(Text, Assumptions)>,
) {
    if depth == 0 || !node.may_hold_text(USER_DATA) || !has_user_data(node, depth) {
        return;
    }
    for branch in reader.branches(node, when) {
        let BranchValue::Node(node) = branch.value else { continue };
        for item in node.items() {
            user_data(reader, item, &branch.when, depth - 1, found);
        }
        for entry in node.entries().filter(|_| function_of(node).is_none()) {
            if entry.key() == USER_DATA {
                let written = reader.written(entry.value(), &branch.when).into_iter();
                found.extend(written.map(|case| (case.text, case.when)));
            } else {
                user_data(reader, entry.value(), &branch.when, depth - 1, found);
            }
        }
    }
}

/// Whether the key is there at all: what has none is not evaluated.
fn has_user_data(node: Node<'_>, depth: usize) -> bool {
    let in_entries =
        |entry: Entry<'_>| entry.key() == USER_DATA || depth > 0 && has_user_data(entry.value(), depth - 1);
    node.entries().any(in_entries) || depth > 0 && node.items().any(|item| has_user_data(item, depth - 1))
}

/// `AWS::CloudFormation::Init`: the files and commands of every configuration in it.
fn read_init<'t>(reader: &Reader<'_, 't>, init: Node<'t>, when: &Assumptions, reading: &mut Reading) {
    reading.at(LaunchPlace::Init);
    for configuration in init.entries().filter(|entry| entry.key() != "configSets") {
        let configuration = configuration.value();
        for file in configuration.get("files").into_iter().flat_map(Node::entries) {
            init_file(reader, &file.key(), file.key_span(), file.value(), when, reading);
        }
        for command in configuration.get("commands").into_iter().flat_map(Node::entries) {
            init_command(reader, command.value(), when, reading);
        }
    }
    reading.at(LaunchPlace::UserData);
}

fn init_file<'t>(
    reader: &Reader<'_, 't>,
    path: &str,
    key: Span,
    file: Node<'t>,
    when: &Assumptions,
    reading: &mut Reading,
) {
    let path = Text::literal(MappedText::standing_for(path.to_owned(), key));
    let Some(content) = file.get("content") else {
        if path.shown().ends_with("ecs.config") {
            reading.configured_elsewhere();
        }
        return;
    };
    let is_encoded = file.get("encoding").and_then(Node::scalar).is_some_and(|encoding| encoding == "base64");
    if matches!(content.kind(), Kind::Object | Kind::Array) && function_of(content).is_none() {
        // An object is written to the file as JSON.
        reading.file(&path, &json_of(reader, content, when, DEEPEST_CONTENT));
        return;
    }
    let values = named_values(reader, file.get("context"), when);
    for Written { text, .. } in reader.written(content, when) {
        reading.encoded_file(&path, &filled_in(&text, &values), is_encoded);
    }
}

fn init_command<'t>(reader: &Reader<'_, 't>, command: Node<'t>, when: &Assumptions, reading: &mut Reading) {
    let environment = named_values(reader, command.get("env"), when);
    for (name, value) in &environment {
        reading.setting(name, value, Confidence::Mentioned);
    }
    let Some(line) = command.get("command") else { return };
    if line.kind() == Kind::Array {
        let words = line.items().filter_map(|word| reader.written(word, when).into_iter().next());
        reading.command(&words.map(|word| word.text).collect::<Vec<_>>());
        return;
    }
    for Written { text: line, .. } in reader.written(line, when) {
        reading.init_command(&environment, &line);
    }
}

/// The entries of an object with their values, those of a value that has cases by the first.
fn named_values<'t>(reader: &Reader<'_, 't>, object: Option<Node<'t>>, when: &Assumptions) -> Vec<(String, Text)> {
    let entries = object.into_iter().flat_map(Node::entries);
    let value = |entry: crate::syntax::Entry<'t>| reader.written(entry.value(), when).into_iter().next();
    entries.filter_map(|entry| Some((entry.key().into_owned(), value(entry)?.text))).collect()
}

/// The object as JSON text; its strings lead back to where they are written.
fn json_of<'t>(reader: &Reader<'_, 't>, node: Node<'t>, when: &Assumptions, depth: usize) -> Text {
    let sign = |text: &str| Text::literal(MappedText::standing_for(text.to_owned(), start_of(node.span())));
    if depth == 0 {
        return sign("null");
    }
    let object = node.kind() == Kind::Object && function_of(node).is_none();
    if object || node.kind() == Kind::Array {
        let mut text = sign(if object { "{" } else { "[" });
        let mut separator = "";
        for entry in node.entries() {
            let key = entry.key_text().map(Text::literal).unwrap_or_default();
            text = text.followed_by(sign(separator)).followed_by(json_string(&key, node.span())).followed_by(sign(":"));
            text = text.followed_by(json_of(reader, entry.value(), when, depth - 1));
            separator = ",";
        }
        for item in node.items() {
            text = text.followed_by(sign(separator)).followed_by(json_of(reader, item, when, depth - 1));
            separator = ",";
        }
        return text.followed_by(sign(if object { "}" } else { "]" }));
    }
    if matches!(node.kind(), Kind::Number | Kind::Bool | Kind::Null) {
        return node.mapped().map_or_else(|| sign("null"), Text::literal);
    }
    let value = reader.written(node, when).into_iter().next().map(|case| case.text);
    let value = value.unwrap_or_else(|| Text::hole(Reference::Function("value".to_owned()), node.span()));
    json_string(&value, node.span())
}

/// A text as a JSON string.
fn json_string(text: &Text, place: Span) -> Text {
    let sign = |text: &str| Text::literal(MappedText::standing_for(text.to_owned(), start_of(place)));
    let mut string = sign("\"");
    for part in text.parts() {
        let Part::Literal(literal) = part else {
            string = string.followed_by(Text::new(vec![part.clone()]));
            continue;
        };
        let mut copied = 0;
        for (at, character) in literal.as_str().char_indices() {
            let escaped = match character {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                _ => continue,
            };
            let here = MappedText::standing_for(escaped.to_owned(), literal.span(at..at + 1));
            string = string.followed_by(Text::literal(literal.slice(copied..at))).followed_by(Text::literal(here));
            copied = at + 1;
        }
        string = string.followed_by(Text::literal(literal.slice(copied..literal.as_str().len())));
    }
    string.followed_by(sign("\""))
}

fn start_of(span: Span) -> Span {
    Span::new(span.file, span.start, span.start)
}

/// A document of Systems Manager: an object, or a string of JSON or YAML.
fn ssm_document<'t>(reader: &Reader<'_, 't>, properties: Node<'t>, when: &Assumptions, reading: &mut Reading) {
    let Some(content) = properties.get("Content") else { return };
    if content.kind() != Kind::Object || function_of(content).is_some() {
        for Written { text, .. } in reader.written(content, when) {
            reading.ssm_document(&text);
        }
        return;
    }
    let mut pending = vec![(content, None)];
    while let Some((node, form)) = pending.pop() {
        let form = form_of_step(node, None, form);
        pending.extend(node.items().map(|item| (item, form)));
        for entry in node.entries() {
            if entry.key() != "runCommand" {
                pending.push((entry.value(), form_of_step(entry.value(), Some(&entry.key()), form)));
                continue;
            }
            let lines = reader.items(entry.value(), when).nodes.into_iter();
            let lines = lines.flat_map(|(line, when)| reader.written(line, &when).into_iter().take(1));
            reading.steps(&lines.map(|line| line.text).collect::<Vec<_>>(), form);
        }
    }
}

/// The environment of a container, as of one that runs the agent.
pub fn environment<'t>(
    reader: &Reader<'_, 't>,
    container: Node<'t>,
    name: Option<(&str, Span)>,
    when: &Assumptions,
    document: &mut Document,
) {
    let mut reading = Reading::new();
    reading.at(LaunchPlace::Environment);
    let mut any = false;
    // Nothing is reported here: what the environment must look like is not this reader's affair.
    let member = |node: Node<'t>, key: &str| {
        node.entries().find(|entry| entry.key().eq_ignore_ascii_case(key)).map(crate::syntax::Entry::value)
    };
    let variables = member(container, "environment").map(|node| reader.items(node, when).nodes).unwrap_or_default();
    for (variable, when) in variables {
        let name = member(variable, "name").and_then(Node::scalar);
        let Some(name) = name.filter(|name| name.starts_with("ECS_ENGINE_AUTH")) else { continue };
        any = true;
        for Written { text: value, .. } in
            member(variable, "value").into_iter().flat_map(|node| reader.written(node, &when))
        {
            reading.setting(&name, &value, Confidence::Sure);
        }
    }
    if !any {
        return;
    }
    // The type may come from an image or a file of variables.
    if ["environmentFiles", "secrets"].iter().any(|key| member(container, key).is_some()) {
        reading.configured_elsewhere();
    }
    let (owner, key) = name.map_or(("", None), |(name, span)| (name, Some(span)));
    let mut data = reading.into_launch_data(owner, key, false);
    data.when = when.clone();
    document.launch_data.push(data);
}

/// The environment of every container of a task definition, in whatever shape it is.
pub fn environments<'t>(reader: &Reader<'_, 't>, containers: &[(Node<'t>, Assumptions)], document: &mut Document) {
    for (container, when) in containers {
        let name = reader.name(*container, "name");
        document.containers.extend(name.iter().map(|(name, _)| Extent { name: name.clone(), span: container.span() }));
        environment(reader, *container, name.as_ref().map(|(name, span)| (name.as_str(), *span)), when, document);
    }
}

/// The values of `key` as containers; nothing is reported, that is done where they are read as such.
pub fn containers<'t>(
    reader: &Reader<'_, 't>,
    task: Node<'t>,
    key: &str,
    when: &Assumptions,
) -> Vec<(Node<'t>, Assumptions)> {
    let Some(entry) = reader.entry(task, key) else { return Vec::new() };
    let nodes = reader.items(entry.value(), when).nodes.into_iter();
    nodes.filter(|(node, _)| node.kind() == Kind::Object && function_of(*node).is_none()).collect()
}
