//! Navigation in small files. A cursor is written `¦`.

use std::sync::Arc;

use super::*;
use crate::lower;
use crate::model::Document;
use crate::source::FileId;

fn read(name: &str, text: &str) -> (Source, Vec<Arc<Document>>) {
    let source = Source::new(FileId(0), name.to_owned(), text.to_owned());
    let documents = lower::lower(&source, true, &Arc::default()).documents;
    let documents = documents.into_iter().map(|document| Arc::new(crate::link::linked(document, &Arc::default())));
    let documents = documents.collect();
    (source, documents)
}

/// The reference and, with its line, what it leads to.
fn link(name: &str, marked: &str) -> Option<(String, String)> {
    let at = marked.find('¦').unwrap();
    let (source, documents) = read(name, &marked.replace('¦', ""));
    let found = definition(&source, &documents, u32::try_from(at).unwrap())?;
    let line = source.position(found.to.start).line;
    Some((source.slice(found.from).to_owned(), format!("{} {}", line, source.slice(found.to))))
}

const TEMPLATE: &str = r#"Parameters: {Tag: {Type: String}}
Conditions: {IsProd: !Equals [!Ref Tag, x]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: runner}
  "Login":
    Type: AWS::SecretsManager::Secret
    Properties: {Name: registry-login}
  Task:
    Type: AWS::ECS::TaskDefinition
    Condition: @condition
    DependsOn: [Role, @depends]
    Properties:
      ExecutionRoleArn: @role
      ContainerDefinitions:
        - Name: web
          Image: !Sub
            - "a:${@sub}"
            - {Own: 1}
          RepositoryCredentials: {CredentialsParameter: @secret}
"#;

#[test]
fn references_lead_to_what_they_name() {
    for (place, text, expected) in [
        ("condition", "Is¦Prod", Some(("IsProd", "2 IsProd"))),
        ("depends", "L¦ogin", Some(("Login", "7 Login"))),
        ("role", "!Ref R¦ole", Some(("Role", "4 Role"))),
        ("role", "!GetAtt Role.A¦rn", Some(("Role", "4 Role"))),
        ("role", "{Fn::GetAtt: [R¦ole, Arn]}", Some(("Role", "4 Role"))),
        ("role", "arn:aws:iam::111122223333:role/run¦ner", Some(("arn:aws:iam::111122223333:role/runner", "4 Role"))),
        ("role", "!If [IsPr¦od, !Ref Role, x]", Some(("IsProd", "2 IsProd"))),
        ("role", "!If [IsProd, !Ref Ro¦le, x]", Some(("Role", "4 Role"))),
        ("role", "!Ref No¦where", None),
        ("sub", "¦Tag", Some(("Tag", "1 Tag"))),
        ("sub", "Own¦", Some(("Own", "20 Own"))),
        ("sub", "Login.¦Id", Some(("Login", "7 Login"))),
        ("sub", "!T¦ag", None),
        ("secret", "registry-lo¦gin", Some(("registry-login", "7 \"Login\""))),
    ] {
        let mut marked = TEMPLATE.replace(&format!("@{place}"), text);
        for (other, default) in
            [("condition", "IsProd"), ("depends", "Login"), ("role", "x"), ("sub", "Tag"), ("secret", "x")]
        {
            marked = marked.replace(&format!("@{other}"), default);
        }
        let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert_eq!(link("t.yaml", &marked), expected, "{place}: {text}");
    }
}

/// The symbols, a line each.
fn shown(symbols: &[Symbol], depth: usize, lines: &mut Vec<String>) {
    for symbol in symbols {
        assert!(symbol.whole.contains(symbol.selection));
        lines.push(format!("{}{} {}", "  ".repeat(depth), symbol.name, symbol.detail.as_deref().unwrap_or_default()));
        shown(&symbol.children, depth + 1, lines);
    }
}

#[test]
fn a_file_has_an_outline() {
    let text = TEMPLATE.replace("@condition", "IsProd").replace("@depends", "Login").replace("@role", "x");
    let (source, documents) = read("t.yaml", &text.replace("@sub", "Tag").replace("@secret", "x"));
    let mut lines = Vec::new();
    shown(&symbols(&source, &documents), 0, &mut lines);
    let expected = [
        "Parameters ",
        "  Tag String",
        "Conditions ",
        "  IsProd ",
        "Resources ",
        "  Role AWS::IAM::Role",
        "  Login AWS::SecretsManager::Secret",
        "  Task AWS::ECS::TaskDefinition",
        "    web ",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn metadata_fits_into_what_is_there() {
    let resource = |inner: &str| format!("{{\"Resources\": {{\"A\": {{\"Type\": \"AWS::X::Y\"{inner}}}}}}}");
    let item = r#"{"rule": "r", "reason": "TODO: say why"}"#;
    for (before, after) in [
        ("", format!(r#", "Metadata": {{"ecs-lint": {{"ignore": [{item}]}}}}"#)),
        (r#", "Metadata": {}"#, format!(r#", "Metadata": {{"ecs-lint": {{"ignore": [{item}]}}}}"#)),
        (r#", "Metadata": {"a": 1}"#, format!(r#", "Metadata": {{"a": 1, "ecs-lint": {{"ignore": [{item}]}}}}"#)),
        (
            r#", "Metadata": {"ecs-lint": {"ignore": []}}"#,
            format!(r#", "Metadata": {{"ecs-lint": {{"ignore": [{item}]}}}}"#),
        ),
        (
            r#", "Metadata": {"ecs-lint": {"ignore": ["q"]}}"#,
            format!(r#", "Metadata": {{"ecs-lint": {{"ignore": ["q", {item}]}}}}"#),
        ),
    ] {
        let (source, documents) = read("t.json", &resource(before));
        let insertion = metadata(&source, &documents, Some("A"), "r").unwrap();
        let mut text = source.text().to_owned();
        text.insert_str(insertion.at as usize, &insertion.text);
        assert_eq!(text, resource(&after));
    }
    let (source, documents) = read(
        "t.json",
        "{\r\n  \"Resources\": {\r\n    \"A\": {\r\n      \"Type\": \"AWS::X::Y\"\r\n    }\r\n  }\r\n}\r\n",
    );
    let insertion = metadata(&source, &documents, Some("A"), "r").unwrap();
    assert_eq!(insertion.text, format!(",\r\n      \"Metadata\": {{\"ecs-lint\": {{\"ignore\": [{item}]}}}}"));
}
