//! `cargo bench --bench steps`: each step of the pipeline by itself, over a template of half a megabyte as the CDK writes it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

mod workload;

use std::sync::{Arc, LazyLock};

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ecs_lint::access;
use ecs_lint::cloudformation::Template;
use ecs_lint::discover::{Discovery, Input};
use ecs_lint::link::linked;
use ecs_lint::lint::{File, Outcome, Settings, visible_secrets};
use ecs_lint::lower::lower;
use ecs_lint::model::{Assumptions, Deployment, Document, Text};
use ecs_lint::report::{Format, Report, RunDetails, View};
use ecs_lint::source::{FileId, MappedText, Source, Span};
use ecs_lint::syntax::{Entry, Node, parse_json, parse_yaml};
use ecs_lint::userdata::{LaunchFile, launch_file};

const BYTES: usize = 500_000;

static JSON: LazyLock<String> = LazyLock::new(|| workload::json(BYTES));
static YAML: LazyLock<String> = LazyLock::new(|| workload::yaml(BYTES));

fn main() {
    divan::main();
}

fn source(name: &str, text: &str) -> Source {
    Source::new(FileId(0), name.to_owned(), text.to_owned())
}

fn template() -> Source {
    source("template.json", &JSON)
}

fn document() -> Document {
    let lowered = lower(&template(), true, &Arc::new(Deployment::default()));
    let document = lowered.documents.into_iter().next().expect("the template is recognised");
    linked(document, &Arc::default())
}

#[divan::bench]
fn json_tape(bencher: Bencher) {
    let source = template();
    bencher.counter(BytesCount::of_str(source.text())).bench(|| parse_json(black_box(&source)).unwrap());
}

#[divan::bench]
fn yaml_tape(bencher: Bencher) {
    let source = source("template.yaml", &YAML);
    bencher.counter(BytesCount::of_str(source.text())).bench(|| parse_yaml(black_box(&source)));
}

/// Every function in the template, evaluated.
#[divan::bench]
fn intrinsic_functions(bencher: Bencher) {
    let source = template();
    let tree = parse_json(&source).unwrap();
    let root = tree.roots(&source).next().unwrap();
    let deployment = Deployment::default();
    let template = Template::new(root, &deployment);
    let mut functions = Vec::new();
    add_functions(root.get("Resources").unwrap(), &mut functions);
    bencher.counter(ItemsCount::new(functions.len())).bench(|| {
        functions.iter().map(|node| template.texts(black_box(*node), &Assumptions::default()).len()).sum::<usize>()
    });
}

fn add_functions<'t>(node: Node<'t>, functions: &mut Vec<Node<'t>>) {
    if node.only_entry().is_some_and(|entry| entry.key() == "Ref" || entry.key().starts_with("Fn::")) {
        functions.push(node);
        return;
    }
    node.entries().map(Entry::value).chain(node.items()).for_each(|inner| add_functions(inner, functions));
}

/// From a text to the model: the tape, and all that is read from it.
#[divan::bench]
fn lowering(bencher: Bencher) {
    let source = template();
    let deployment = Arc::new(Deployment::default());
    bencher.counter(BytesCount::of_str(source.text())).bench(|| lower(black_box(&source), true, &deployment));
}

/// What every task needs of its execution role, judged by the policies of the template.
#[divan::bench]
fn iam_evaluation(bencher: Bencher) {
    let document = document();
    bencher
        .counter(ItemsCount::new(document.tasks.len()))
        .bench(|| document.tasks.iter().map(|task| access::of_task(black_box(&document), task).len()).sum::<usize>());
}

/// All rules over what was read: IAM evaluation is a part of it.
#[divan::bench]
fn rules(bencher: Bencher) {
    let settings = Settings::default();
    bencher
        .with_inputs(|| (Arc::new(template()), lower(&template(), true, &Arc::new(Deployment::default()))))
        .bench_values(|(source, lowered)| File::check(&source, lowered, &settings));
}

const SCRIPT: &str = r#"#!/bin/bash
set -euxo pipefail
yum install -y amazon-ssm-agent jq
cat <<'CONFIG' >> /etc/ecs/ecs.config
ECS_CLUSTER=production
ECS_ENGINE_AUTH_TYPE=docker
ECS_ENGINE_AUTH_DATA={"https://registry.example.com/":{"username":"deploy","password":"correct-horse","email":"ops@example.com"}}
ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","awslogs"]
CONFIG
instance=$(curl -s http://169.254.169.254/latest/meta-data/instance-id)
for volume in a b c; do
    mkfs -t xfs "/dev/xvd$volume" && mount "/dev/xvd$volume" "/mnt/$volume"
done
aws ec2 create-tags --resources "$instance" --tags Key=Name,Value=ecs
systemctl restart ecs
"#;

#[divan::bench]
fn user_data(bencher: Bencher) {
    let kind = launch_file("user-data.sh", SCRIPT).filter(|kind| *kind == LaunchFile::UserData).unwrap();
    let text = Text::literal(MappedText::from_plain(SCRIPT.to_owned(), Span::start_of(FileId(0))));
    assert!(!kind.read("user-data.sh", &text).exposures.is_empty(), "there is something to find");
    bencher.counter(BytesCount::of_str(SCRIPT)).bench(|| kind.read("user-data.sh", black_box(&text)));
}

/// The search for what excerpts must not show.
#[divan::bench]
fn credentials_in_excerpts(bencher: Bencher) {
    bencher
        .counter(BytesCount::of_str(JSON.as_str()))
        .with_inputs(template)
        .bench_refs(|source| visible_secrets(black_box(source)));
}

#[divan::bench(args = [Format::Text, Format::Json, Format::Sarif])]
fn report(bencher: Bencher, format: Format) {
    let outcome = outcome();
    bencher.counter(ItemsCount::new(outcome.diagnostics.len())).bench(|| {
        let report = Report::new(black_box(&outcome), RunDetails::default());
        let mut written = Vec::new();
        report.write(format, View::default(), &mut written).unwrap();
        written
    });
}

fn outcome() -> Outcome {
    let inputs = vec![Input::text("template.json", JSON.as_bytes().to_vec())];
    let outcome = ecs_lint::check(Discovery { inputs, ..Discovery::default() }, &Settings::default(), &|_| {});
    assert!(!outcome.diagnostics.is_empty(), "there is something to find");
    outcome
}
