//! The readers and evaluators, each by itself and against a slow or independent one where there is one.

use ecs_lint::baseline::Baseline;
use ecs_lint::config::{self, Flags, Origin};
use ecs_lint::iam::{Match, Subject};
use ecs_lint::lower;
use ecs_lint::model::{Hole, ImageReference, Part, Reference, RegistryPattern, SecretTarget, Text};
use ecs_lint::source::{FileId, MappedText, Source, Span};
use ecs_lint::syntax::{Kind, Node, Tree, parse_json, parse_unusual_yaml, parse_yaml};
use serde_json::Value;

use crate::whole;

fn source(bytes: &[u8]) -> Source {
    Source::new(FileId(0), "file".to_owned(), String::from_utf8_lossy(bytes).into_owned())
}

fn assert_in_text(span: Span, source: &Source) {
    assert!(source.text().get(span.range()).is_some(), "{span:?} is no place of the text");
}

fn assert_places(faults: &[(Span, String)], source: &Source) {
    for (span, _) in faults {
        assert_in_text(*span, source);
    }
}

/// Reads everything there is in a tree.
fn walk(tree: &Tree, source: &Source) {
    let mut waiting: Vec<_> = tree.roots(source).collect();
    // Aliases repeat what they stand for.
    for _ in 0..100_000 {
        let Some(node) = waiting.pop() else { break };
        assert_in_text(node.span(), source);
        let mapped = node.mapped();
        assert_eq!(mapped.as_ref().map(MappedText::as_str), node.scalar().as_deref());
        if let Some(text) = mapped {
            let end = text.as_str().len();
            for range in [0..0, 0..end, end / 2..end, end..end] {
                assert_in_text(text.span(range), source);
            }
        }
        for entry in node.entries() {
            assert_in_text(entry.key_span(), source);
            waiting.push(entry.value());
        }
        waiting.extend(node.items());
    }
    tree.comments().iter().for_each(|comment| assert_in_text(*comment, source));
    for duplicate in tree.duplicate_keys(source) {
        assert_in_text(duplicate.first, source);
        assert_in_text(duplicate.last, source);
    }
}

/// A value as `serde_json` has it; a number that it cannot hold is null, here and there.
fn value(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool | Kind::Number => {
            node.scalar().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
        }
        Kind::String => Value::from(node.scalar().unwrap_or_default()),
        Kind::Array => node.items().map(value).collect(),
        Kind::Object => {
            let entries = node.entries();
            Value::Object(entries.map(|entry| (entry.key().into_owned(), value(entry.value()))).collect())
        }
    }
}

/// JSON, against `serde_json` on what both accept.
pub fn json(bytes: &[u8]) {
    let source = source(bytes);
    let body = source.text().get(source.body_start() as usize..).unwrap_or_default();
    let theirs = serde_json::from_str::<Value>(body);
    match parse_json(&source) {
        Ok(tree) => {
            walk(&tree, &source);
            if let Ok(theirs) = theirs {
                assert_eq!(tree.roots(&source).next().map(value), Some(theirs));
            }
        }
        Err(problem) => {
            assert_in_text(problem.span, &source);
            assert!(theirs.is_err(), "`serde_json` reads it: {problem:?}");
        }
    }
}

/// YAML.
pub fn yaml(bytes: &[u8]) {
    let source = source(bytes);
    let parsed = parse_yaml(&source);
    // What is read at once is what the parser reads.
    assert_eq!(format!("{parsed:?}"), format!("{:?}", parse_unusual_yaml(&source)));
    walk(&parsed.tree, &source);
    parsed.problems.iter().for_each(|problem| assert_in_text(problem.span, &source));
}

const BEFORE: &str = r#"{"Parameters": {"P": {"Type": "String", "Default": "p", "AllowedValues": ["p", "q"]}, "Q": {"Type": "CommaDelimitedList", "Default": "a,b"}},
"Mappings": {"M": {"p": {"x": "1", "l": ["a", "b"]}, "q": {"x": "2"}}},
"Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "p"]}, "D": {"Fn::Not": [{"Condition": "C"}]}},
"Resources": {"S": {"Type": "AWS::SecretsManager::Secret"}, "T": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
"Family": "f", "ExecutionRoleArn": {"Fn::GetAtt": ["R", "Arn"]}, "ContainerDefinitions": [{"Name": "c", "Image": "#;

/// A value with functions in it, as the image and the secret of a task, and among the statements of its role.
pub fn intrinsic(bytes: &[u8]) {
    let value = String::from_utf8_lossy(bytes);
    let text = format!(
        "{BEFORE}{value}, \"Secrets\": [{{\"Name\": \"A\", \"ValueFrom\": {value}}}]}}]}}}}, \"R\": {{\"Type\": \"AWS::IAM::Role\", \
         \"Properties\": {{\"AssumeRolePolicyDocument\": {{}}, \"Policies\": [{{\"PolicyName\": \"p\", \"PolicyDocument\": \
         {{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": {value}}}]}}}}]}}}}, \
         \"L\": {{\"Type\": \"AWS::EC2::LaunchTemplate\", \"Properties\": {{\"LaunchTemplateData\": {{\"UserData\": {value}}}}}}}}}}}"
    );
    whole::check("template.json", true, text.as_bytes());
}

/// A text in which `#` is a hole.
fn text(plain: &str) -> Text {
    let span = Span::start_of(FileId(0));
    let parts = plain.split('#').enumerate().flat_map(|(at, literal)| {
        let name = char::from(b'A' + u8::try_from(at % 3).unwrap_or_default());
        let hole = Part::Hole(Hole { reference: Reference::Function(format!("Fn::{name}")).into(), span });
        let literal = Part::Literal(MappedText::from_plain(literal.to_owned(), span));
        (at > 0).then_some(hole).into_iter().chain([literal])
    });
    Text::new(parts.filter(|part| !matches!(part, Part::Literal(literal) if literal.as_str().is_empty())).collect())
}

/// An image reference, perhaps with holes, and a pattern of registries.
pub fn image(bytes: &[u8]) {
    let plain = String::from_utf8_lossy(bytes);
    let (plain, pattern) = plain.split_once('\n').unwrap_or((&plain, "ghcr.io/acme"));
    let image = text(plain);
    let read = ImageReference::read(&image);
    assert!(read.is_none_or(|read| read.shown == image.shown()));
    drop(RegistryPattern::new(pattern, Span::start_of(FileId(0))));
    let quoted = |text: &str| Value::from(text).to_string();
    let task = format!(
        "{{\"family\": \"f\", \"containerDefinitions\": [{{\"name\": \"c\", \"image\": {}, \"repositoryCredentials\": {{\"credentialsParameter\": {}}}}}]}}",
        quoted(plain),
        quoted(pattern)
    );
    whole::check("task.json", true, task.as_bytes());
}

/// What is meant to be an ARN: of a secret, a parameter, a role, a key, a managed policy.
pub fn arn(bytes: &[u8]) {
    let plain = String::from_utf8_lossy(bytes);
    let arn = text(&plain);
    assert!(!SecretTarget::read(&arn).shown().is_empty());
    drop((ecs_lint::iam::managed_policy(&arn), ecs_lint::iam::misspelt_managed_policy(&plain)));
    let quoted = Value::from(plain).to_string();
    let task = format!(
        "{{\"family\": \"f\", \"executionRoleArn\": {quoted}, \"containerDefinitions\": [{{\"name\": \"c\", \"image\": \"ghcr.io/acme/x\", \
         \"repositoryCredentials\": {{\"credentialsParameter\": {quoted}}}, \"secrets\": [{{\"name\": \"S\", \"valueFrom\": {quoted}}}]}}]}}"
    );
    whole::check("task.json", true, task.as_bytes());
}

/// A policy document: as a file, as the policy of a role that a task needs something of, and as the policy of the secret and its key.
pub fn iam_document(bytes: &[u8]) {
    let source = source(bytes);
    for kind in [lower::PolicyKind::Identity, lower::PolicyKind::Trust] {
        if let Err(faults) = lower::policy_file(&source, kind) {
            assert_places(&faults, &source);
        }
    }
    let policy = source.text();
    let template = format!(
        "{{\"Resources\": {{\"T\": {{\"Type\": \"AWS::ECS::TaskDefinition\", \"Properties\": {{\"ExecutionRoleArn\": {{\"Fn::GetAtt\": [\"R\", \"Arn\"]}}, \
         \"ContainerDefinitions\": [{{\"Name\": \"c\", \"Image\": \"r.corp.internal/x\", \"RepositoryCredentials\": {{\"CredentialsParameter\": {{\"Ref\": \"S\"}}}}}}]}}}}, \
         \"S\": {{\"Type\": \"AWS::SecretsManager::Secret\", \"Properties\": {{\"KmsKeyId\": {{\"Ref\": \"K\"}}}}}}, \
         \"K\": {{\"Type\": \"AWS::KMS::Key\", \"Properties\": {{\"KeyPolicy\": {policy}}}}}, \
         \"P\": {{\"Type\": \"AWS::SecretsManager::ResourcePolicy\", \"Properties\": {{\"SecretId\": {{\"Ref\": \"S\"}}, \"ResourcePolicy\": {policy}}}}}, \
         \"R\": {{\"Type\": \"AWS::IAM::Role\", \"Properties\": {{\"AssumeRolePolicyDocument\": {policy}, \
         \"Policies\": [{{\"PolicyName\": \"p\", \"PolicyDocument\": {policy}}}]}}}}}}}}"
    );
    whole::check("template.json", true, template.as_bytes());
}

/// A pattern and, on the next line, what it is held against; against a matcher by the book where both are wholly known.
pub fn iam_pattern(bytes: &[u8]) {
    let plain = String::from_utf8_lossy(bytes);
    let (pattern, subject) = plain.split_once('\n').unwrap_or((&plain, ""));
    if pattern.len() > 64 || subject.len() > 64 {
        return;
    }
    for ignore_case in [false, true] {
        let found = Subject::of(&text(subject)).matched_by(&text(pattern), ignore_case);
        if !pattern.contains(['#', '$']) && !subject.contains('#') {
            let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
            let (pattern, subject): (Vec<char>, Vec<char>) =
                (fold(pattern).chars().collect(), fold(subject).chars().collect());
            // Letters whose small form is another number of letters are beyond what IAM defines.
            if plain.is_ascii() || !ignore_case {
                assert_eq!(found, if matches(&pattern, &subject) { Match::Yes } else { Match::No });
            }
        }
    }
}

/// Whether a pattern with `*` and `?` matches, by the table of all beginnings of both.
fn matches(pattern: &[char], subject: &[char]) -> bool {
    let mut row: Vec<bool> = (0..=subject.len()).map(|at| at == 0).collect();
    for wanted in pattern {
        let before = row.clone();
        row[0] = before[0] && *wanted == '*';
        for at in 1..row.len() {
            row[at] = match wanted {
                '*' => row[at - 1] || before[at],
                '?' => before[at - 1],
                wanted => before[at - 1] && subject[at - 1] == *wanted,
            };
        }
    }
    row[subject.len()]
}

/// A configuration; its mistakes have places in it.
pub fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let origin = Origin::Text("ecs-lint.toml".to_owned(), text);
    match config::load(std::path::Path::new("/nowhere"), &origin, &Flags::default()) {
        Ok(configuration) => drop(configuration.effective.to_toml()),
        Err(failure) => whole::assert_sound(&failure.outcome),
    }
}

/// A file with the values of parameters.
pub fn parameters(bytes: &[u8]) {
    let source = source(bytes);
    if let Err(faults) = lower::parameter_file(&source) {
        assert_places(&faults, &source);
    }
}

/// A baseline. What is written of it is read again as the same.
pub fn baseline(bytes: &[u8]) {
    if let Ok(baseline) = String::from_utf8_lossy(bytes).parse::<Baseline>() {
        assert_eq!(baseline.to_string().parse::<Baseline>().ok(), Some(baseline));
    }
}
