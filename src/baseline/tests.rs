//! What a baseline does not notice, and what it does.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::discover::{Discovery, Input};

/// Every fixture that is strict JSON and has a finding; the name says nothing of the notation.
fn fixtures() -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .flat_map(|path| std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with("expected."))
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let value = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        let findings = check(&json(&value, &mut |_| {})).diagnostics.len();
        (findings > 0).then_some((path, value))
    };
    files.into_iter().filter_map(read).collect()
}

fn check(text: &str) -> Outcome {
    let inputs = vec![Input::text("infra/stack.template", text.as_bytes().to_vec())];
    crate::check(Discovery { inputs, ..Discovery::default() }, &crate::lint::Settings::default(), &|_| {})
}

fn base() -> Base {
    Base::new(Path::new("/repo"), Path::new("/repo/ci"))
}

fn apply(baseline: &Baseline, outcome: &mut Outcome) -> Vec<StaleEntry> {
    baseline.apply(outcome, &Checked { base: &base(), directories: &[], is_run: &|_, _| true })
}

/// The value as JSON; `layout` may put the keys of an object into another order and gives nothing else.
fn json(value: &Value, layout: &mut impl FnMut(&mut Vec<(String, &Value)>)) -> String {
    let mut text = String::new();
    write(value, 0, false, layout, &mut text);
    text
}

/// The same as YAML in block style.
fn yaml(value: &Value, layout: &mut impl FnMut(&mut Vec<(String, &Value)>)) -> String {
    let mut text = String::from("# moved about\n");
    write(value, 0, true, layout, &mut text);
    text
}

fn write(
    value: &Value,
    depth: usize,
    is_yaml: bool,
    layout: &mut impl FnMut(&mut Vec<(String, &Value)>),
    text: &mut String,
) {
    let (items, open, close) = match value {
        Value::Object(members) if !members.is_empty() => {
            let mut members: Vec<(String, &Value)> =
                members.iter().map(|(key, value)| (format!("{}: ", Value::from(key.as_str())), value)).collect();
            layout(&mut members);
            (members, '{', '}')
        }
        Value::Array(items) if !items.is_empty() => {
            let mark = if is_yaml { "- " } else { "" };
            (items.iter().map(|item| (mark.to_owned(), item)).collect(), '[', ']')
        }
        _ => return text.push_str(&value.to_string()),
    };
    let indent = "  ".repeat(depth + 1);
    if !is_yaml {
        text.push(open);
    }
    for (at, (key, item)) in items.iter().enumerate() {
        if !is_yaml && at > 0 {
            text.push(',');
        }
        text.extend(["\n", &indent, key]);
        write(item, depth + 1, is_yaml, layout, text);
        if is_yaml && at % 3 == 0 {
            text.push_str("\n\n# a line more");
        }
    }
    if !is_yaml {
        text.extend(["\n", &"  ".repeat(depth)]);
        text.push(close);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn moving_text_changes_nothing(seed in any::<u64>(), is_yaml in any::<bool>()) {
        for (path, value) in fixtures() {
            let before = Baseline::of(&check(&json(&value, &mut |_| {})), &base());
            let mut random = seed;
            let mut shuffle = |members: &mut Vec<(String, &Value)>| {
                for at in (1..members.len()).rev() {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    members.swap(at, usize::try_from(random >> 33).unwrap() % (at + 1));
                }
            };
            let text = if is_yaml { yaml(&value, &mut shuffle) } else { json(&value, &mut shuffle) };
            let mut outcome = check(&text);
            prop_assert_eq!(file::text(&Baseline::of(&outcome, &base())), file::text(&before), "{}\n{}", path.display(), text);
            prop_assert!(apply(&before, &mut outcome).is_empty());
            prop_assert!(outcome.diagnostics.is_empty());
        }
    }
}

#[test]
fn there_is_enough_to_move_about() {
    assert!(fixtures().len() > 15);
}

/// A template with an image from elsewhere in each of these containers of each task.
fn tasks(tasks: &[(&str, &[(&str, &str)])]) -> String {
    let task = |(id, containers): &(&str, &[(&str, &str)])| {
        let containers: Vec<Value> =
            containers.iter().map(|(name, image)| serde_json::json!({"Name": name, "Image": image})).collect();
        let properties =
            serde_json::json!({"Family": "f", "RequiresCompatibilities": ["EC2"], "ContainerDefinitions": containers});
        ((*id).to_owned(), serde_json::json!({"Type": "AWS::ECS::TaskDefinition", "Properties": properties}))
    };
    let resources: serde_json::Map<String, Value> = tasks.iter().map(task).collect();
    serde_json::json!({"Resources": resources}).to_string()
}

/// The messages' first images of what is reported, and the stale subjects.
fn differences(before: &str, after: &str) -> (usize, Vec<String>) {
    let baseline = Baseline::of(&check(before), &base());
    let mut outcome = check(after);
    let stale = apply(&baseline, &mut outcome);
    let place = |entry: &StaleEntry| {
        format!("{}/{} {}", entry.resource.as_deref().unwrap(), entry.container.as_deref().unwrap(), entry.subject)
    };
    (outcome.diagnostics.len(), stale.iter().map(place).collect())
}

#[test]
fn the_same_mistake_elsewhere_is_new() {
    let before = tasks(&[("A", &[("web", "acme/web:1")]), ("B", &[("web", "1.dkr.ecr.eu-west-1.amazonaws.com/x")])]);
    for (after, new, stale) in [
        (tasks(&[("A", &[("web", "acme/web:1")])]), 0, vec![]),
        (tasks(&[("A", &[("web", "acme/web:1")]), ("B", &[("web", "acme/web:1")])]), 1, vec![]),
        (tasks(&[("A", &[("web", "acme/web:1"), ("api", "acme/web:1")])]), 1, vec![]),
        (tasks(&[("A", &[("web", "acme/web:1"), ("web", "acme/web:1")])]), 1, vec![]),
        (tasks(&[("A", &[("web", "acme/web:2")])]), 1, vec!["A/web acme/web:1"]),
        (tasks(&[("B", &[("web", "acme/web:1")])]), 1, vec!["A/web acme/web:1"]),
        (tasks(&[("B", &[])]), 0, vec!["A/web acme/web:1"]),
    ] {
        assert_eq!(differences(&before, &after), (new, stale.into_iter().map(str::to_owned).collect()), "{after}");
    }
}

#[test]
fn of_several_things_in_one_finding_each_is_accepted_by_itself() {
    let role = |secrets: &[&str]| {
        let secrets: Vec<Value> = secrets
            .iter()
            .map(|name| serde_json::json!({"Name": name, "ValueFrom": format!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:{name}-AbCdEf")}))
            .collect();
        serde_json::json!({"Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}},
            "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
                "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "ContainerDefinitions": [{"Name": "web", "Image": "public.ecr.aws/nginx/nginx:1", "Secrets": secrets}]}}}})
        .to_string()
    };
    let baseline = Baseline::of(&check(&role(&["one", "two", "three"])), &base());
    assert_eq!(baseline.len(), 3);
    for (secrets, reported, stale) in
        [(&["three", "one", "two"][..], 0, 0), (&["three", "one"], 0, 1), (&["one", "two", "three", "four"], 1, 0)]
    {
        let mut outcome = check(&role(secrets));
        assert_eq!(outcome.diagnostics.len(), 1, "{:?}", outcome.diagnostics);
        assert_eq!(apply(&baseline, &mut outcome).len(), stale, "{secrets:?}");
        assert_eq!(outcome.diagnostics.len(), reported, "{secrets:?}");
    }
}

#[test]
fn text_and_baseline_are_the_same() {
    let baseline = fixtures().iter().fold(Baseline::default(), |mut all, (_, value)| {
        all.add(Baseline::of(&check(&json(value, &mut |_| {})), &base()));
        all
    });
    let text = file::text(&baseline);
    assert_eq!(file::parse(&text).unwrap(), baseline);
    assert_eq!(file::parse(&format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap(), baseline);
    for (text, words) in [
        ("", "is no baseline: EOF"),
        ("[]", "is no baseline: "),
        ("{}", "is no baseline: missing field `schema_version`"),
        (r#"{"schema_version": 1}"#, "missing field `findings`"),
        (r#"{"schema_version": 1, "findings": [{"path": "a"}]}"#, "missing field `rule`"),
        (
            r#"{"schema_version": 2, "findings": {}}"#,
            "has the schema version 2, and this version of ecs-lint reads 1 only",
        ),
        ("<<<<<<< ours", "is no baseline: expected value at line 1 column 1"),
    ] {
        let error = file::parse(text).unwrap_err();
        assert!(error.contains(words) && !error.contains('\n'), "{text}: {error}");
    }
}
