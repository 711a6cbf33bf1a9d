//! From text to the model: parse, decide what the file is, and read it in ECS terms.

mod access;
mod classify;
mod directive;
mod embedded;
mod launch;
mod parameters;
mod policy;
mod reader;
mod suppression;
mod task;
mod template;
mod unresolved;

pub use parameters::{Fault, parameter_file};
pub use policy::{PolicyKind, policy_file};

use classify::Shape;
use reader::Reader;
use task::Place;

use std::sync::Arc;

use crate::model::{
    Assumptions, Deployment, Document, DocumentKind, Extent, Notation, Problem, ProblemKind, TaskKind, Text,
};
use crate::source::{MappedText, Source, Span};
use crate::syntax::{self, Kind, Node, SyntaxProblem, Tree};
use crate::userdata::{self, LaunchFile, limits};

/// What a file turned out to be.
#[derive(Debug, Default)]
pub struct Lowered {
    /// What it says, document by document; empty when it is not ours or cannot be read.
    pub documents: Vec<Document>,
    /// Why it could not be parsed, when it is ours or was named.
    pub problems: Vec<Problem>,
}

/// Reads a file, which is deployed so. `named` says that the user named it, so that it must not be passed over in silence
/// when it cannot be parsed.
#[must_use]
pub fn lower(source: &Source, named: bool, deployment: &Arc<Deployment>) -> Lowered {
    let mut lowered = read(source, named, deployment);
    for document in &mut lowered.documents {
        document.deployment = Arc::clone(deployment);
        let cut = document.launch_data.iter().filter(|data| data.is_cut).map(|data| {
            let place = data.written.first().copied().or(data.key);
            not_read_to_its_end(place.unwrap_or_else(|| Span::start_of(source.id())))
        });
        document.problems.extend(cut.collect::<Vec<_>>());
    }
    lowered
}

/// Something that is handed to instances unfolds into more than is read.
fn not_read_to_its_end(span: Span) -> Problem {
    let message = format!(
        "this is not read to its end: no more than {} KiB of one text, {} MiB of all that is decoded, and {} texts, {} deep in one another",
        limits::LONGEST_TEXT >> 10,
        limits::MOST_DECODED >> 20,
        limits::MOST_TEXTS,
        limits::DEEPEST
    );
    let help = "hand over less: EC2 takes 16 KiB of user data";
    Problem { kind: ProblemKind::Limit { message, help }, span }
}

fn read(source: &Source, named: bool, deployment: &Deployment) -> Lowered {
    let body = source.text().get(source.body_start() as usize..).unwrap_or_default();
    if let Some(launch_file) = userdata::launch_file(source.name(), body) {
        return from_launch_file(source, launch_file);
    }
    let json_first = body.trim_start().starts_with(['{', '[']) || is_json_name(source.name());
    if !json_first {
        return from_yaml(source, named, None, deployment);
    }
    match syntax::parse_json(source) {
        Ok(tree) => read_tree(&tree, source, deployment),
        // Flow mappings of YAML look like JSON; real templates end in `.template` or `.json` and are YAML all the same.
        Err(problem) if classify::looks_like_template(source.text()) || is_yaml_name(source.name()) => {
            from_yaml(source, named, Some(problem), deployment)
        }
        Err(problem) => failed(source, named, &problem),
    }
}

/// A launch script, or a configuration that instances read: it has no syntax that could be wrong.
fn from_launch_file(source: &Source, kind: LaunchFile) -> Lowered {
    if kind == LaunchFile::Script {
        return Lowered::default();
    }
    let start = Span::new(source.id(), source.body_start(), source.body_start());
    let body = source.text().get(source.body_start() as usize..).unwrap_or_default();
    let text = Text::literal(MappedText::from_plain(body.to_owned(), start));
    let mut document = Document::new(source.id(), DocumentKind::LaunchScript, Notation::Json);
    document.launch_data.push(kind.read(source.name(), &text));
    if body.trim_start().starts_with("#cloud-config") {
        directives(&syntax::parse_yaml(source).tree, source, &mut document);
    } else {
        let comments = userdata::comments(kind, &text);
        directive::read(source, &comments.spans, &comments.texts, &mut document);
    }
    Lowered { documents: vec![document], problems: Vec::new() }
}

fn from_yaml(source: &Source, named: bool, json_problem: Option<SyntaxProblem>, deployment: &Deployment) -> Lowered {
    let has_directives = source.text().contains(directive::NAME);
    let parse = if has_directives { syntax::parse_yaml } else { syntax::parse_yaml_without_comments };
    let parsed = parse(source);
    let Some(first) = parsed.problems.first() else {
        let lowered = read_tree(&parsed.tree, source, deployment);
        return match json_problem {
            Some(problem) if lowered.documents.is_empty() => failed(source, named, &problem),
            _ => lowered,
        };
    };
    // Documents before the one that is broken count; a broken JSON file is not YAML with another mistake.
    let problem = json_problem.unwrap_or_else(|| first.clone());
    let mut lowered = read_tree(&parsed.tree, source, deployment);
    lowered.problems.extend(failed(source, named, &problem).problems);
    lowered
}

fn is_json_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".json", ".jsonc", ".json.tpl", ".json.tmpl"].iter().any(|end| lower.ends_with(end))
}

fn is_yaml_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".yaml", ".yml"].iter().any(|end| lower.ends_with(end))
}

/// The problem of a file that cannot be parsed: a placeholder where one stands in the way, else the parser's own words.
fn failed(source: &Source, named: bool, problem: &SyntaxProblem) -> Lowered {
    if !named && !classify::plainly_ours(source.text()) {
        return Lowered::default();
    }
    let error = problem.span.start as usize;
    let text = source.text();
    let placeholder = unresolved::first(text, error).or_else(|| unresolved::broken_string(text, error));
    let problem = match placeholder {
        Some(range) => {
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span::new(source.id(), offset(range.start), offset(range.end));
            Problem { kind: ProblemKind::Unresolved { placeholder: source.slice(span).to_owned() }, span }
        }
        None => Problem { kind: ProblemKind::Syntax { message: problem.message.clone() }, span: problem.span },
    };
    Lowered { documents: Vec::new(), problems: vec![problem] }
}

fn read_tree(tree: &Tree, source: &Source, deployment: &Deployment) -> Lowered {
    let notation = match tree.format() {
        syntax::Format::Json => Notation::Json,
        syntax::Format::Yaml => Notation::Yaml,
    };
    let shapes: Vec<Shape<'_>> = tree.roots(source).filter_map(classify::shape).collect();
    if shapes.is_empty() {
        return Lowered::default();
    }
    let read = || shapes.into_iter().map(|shape| read_shape(source, shape, notation, deployment)).collect();
    let (mut documents, duplicates): (Vec<Document>, _) = rayon::join(read, || tree.duplicate_keys(source));
    if let Some(first) = documents.first_mut() {
        first.problems.extend(duplicates.into_iter().map(|duplicate| Problem {
            kind: ProblemKind::DuplicateKey { key: duplicate.key, first: duplicate.first },
            span: duplicate.last,
        }));
        directives(tree, source, first);
    }
    Lowered { documents, problems: Vec::new() }
}

fn directives(tree: &Tree, source: &Source, document: &mut Document) {
    // Few files have any comment, and fewer one that is meant for us.
    if tree.comments().iter().any(|comment| source.slice(*comment).contains(directive::NAME)) {
        let mut texts: Vec<Span> = tree.long_texts(source).collect();
        tree.roots(source).for_each(|root| user_data(root, DEEPEST_USER_DATA, &mut texts));
        directive::read(source, tree.comments(), &texts, document);
    }
}

/// How deep in a file `UserData` is looked for.
const DEEPEST_USER_DATA: usize = 12;

/// Where `UserData` is written, its key included: to its author it is one text, whatever functions stand around it.
fn user_data(node: Node<'_>, depth: usize, found: &mut Vec<Span>) {
    for entry in node.entries().filter(|_| depth > 0) {
        if entry.key() == "UserData" {
            let (key, value) = (entry.key_span(), entry.value().span());
            found.push(Span::new(key.file, key.start, value.end));
        } else {
            user_data(entry.value(), depth - 1, found);
        }
    }
    node.items().filter(|_| depth > 0).for_each(|item| user_data(item, depth - 1, found));
}

fn read_shape(source: &Source, shape: Shape<'_>, notation: Notation, deployment: &Deployment) -> Document {
    let reader = Reader::plain();
    let when = Assumptions::always();
    let (task, containers, whole) = match shape {
        Shape::Template(root) => return template::template(source.id(), root, notation, deployment),
        Shape::TaskDefinition(node) => {
            let containers = launch::containers(&reader, node, "containerDefinitions", &when);
            (plain_task(&reader, node), containers, node.span())
        }
        Shape::Containers(array) => {
            let objects = array.items().filter(|item| item.kind() == Kind::Object);
            let containers = objects.map(|item| (item, when.clone())).collect();
            (task::bare_containers(&reader, array), containers, array.span())
        }
    };
    let mut document = Document::new(source.id(), DocumentKind::TaskDefinition, notation);
    launch::environments(&reader, &containers, &mut document);
    document.resources.extend(task.name.clone().map(|name| Extent { name, span: whole }));
    document.tasks.push(task);
    document.problems.extend(reader.into_problems());
    document
}

fn plain_task<'t>(reader: &Reader<'_, 't>, node: Node<'t>) -> crate::model::Task {
    let family = reader.name(node, "family");
    let start = Span::new(node.span().file, node.span().start, node.span().start + 1);
    let place = Place {
        key: family.as_ref().map_or(start, |(_, span)| *span),
        name: family.map(|(name, _)| name),
        when: Assumptions::always(),
    };
    task::task_definition(reader, node, place, TaskKind::TaskDefinition)
}
