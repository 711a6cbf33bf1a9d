//! What the configuration says of the deployment: parameters, roles, secrets.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{directory, findings, run};

/// A task definition with one secret and the role `web-execution`.
fn task(value_from: &str) -> String {
    json!({
        "family": "web",
        "executionRoleArn": "arn:aws:iam::111122223333:role/team/web-execution",
        "containerDefinitions": [{
            "name": "web",
            "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1",
            "secrets": [{ "name": "DB", "valueFrom": value_from }]
        }]
    })
    .to_string()
}

fn policy(statements: &serde_json::Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-a1B2c3";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str =
    "[[context.roles]]\narn = \"arn:aws:iam::111122223333:role/team/web-execution\"\npolicies = [\"p.json\"]\n";
const ENCRYPTED: &str = "[[context.secrets]]\nname = \"prod/*\"\nkms-key = \"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"\n";
const HERE: &str = "[context]\naccount = \"111122223333\"\nregion = \"eu-west-1\"\n";

#[test]
fn permissions_of_a_plain_task_definition_are_proven() {
    let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let read =
        allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-??????");
    let decrypt = allow("kms:Decrypt", KEY);
    let via = json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY,
        "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}});
    let parameter = allow("ssm:GetParameters", "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db");
    let elsewhere = allow("ssm:GetParameters", "arn:aws:ssm:eu-west-1:444455556666:parameter/prod/db");
    let (lacks, undecipherable) = ("error[secret-permission-missing]", "warning[kms-decrypt-missing]");
    let by_name =
        ROLE.replace("arn = \"arn:aws:iam::111122223333:role/team/web-execution\"", "name = \"web-execution\"");
    let other = ROLE.replace("web-execution", "other");
    let aws = ROLE.replace("\"p.json\"", "\"p.json\", \"arn:aws:iam::aws:policy/SecretsManagerReadWrite\"");
    let unknown = ROLE.replace("\"p.json\"", "\"p.json\", \"arn:aws:iam::aws:policy/NoSuchPolicy\"");
    for (configuration, value_from, statements, expected) in [
        (String::new(), SECRET, json!([]), None),
        (ROLE.to_owned(), SECRET, json!([]), Some(lacks)),
        (by_name, SECRET, json!([]), Some(lacks)),
        (other, SECRET, json!([]), None),
        (ROLE.to_owned(), SECRET, json!([read]), None),
        (aws, SECRET, json!([]), None),
        (unknown, SECRET, json!([]), None),
        (format!("{ROLE}{ENCRYPTED}"), SECRET, json!([read]), Some(undecipherable)),
        (format!("{ROLE}{ENCRYPTED}"), SECRET, json!([read, decrypt]), None),
        (format!("{ROLE}{ENCRYPTED}"), SECRET, json!([read, via]), None),
        (format!("{HERE}{ROLE}{ENCRYPTED}"), SECRET, json!([read, via]), None),
        (format!("{ROLE}{}", ENCRYPTED.replace("prod/*", "test/*")), SECRET, json!([read]), None),
        (format!("{ROLE}{}", ENCRYPTED.replace("prod/*", "prod/db")), SECRET, json!([read]), Some(undecipherable)),
        (format!("{ROLE}{}", ENCRYPTED.replace(KEY, "alias/aws/secretsmanager")), SECRET, json!([read]), None),
        // A name is of the account and the Region that are deployed to; which those are must be known.
        (ROLE.to_owned(), "/prod/db", json!([parameter]), None),
        (ROLE.to_owned(), "/prod/db", json!([elsewhere]), None),
        (format!("{HERE}{ROLE}"), "/prod/db", json!([parameter]), None),
        (format!("{HERE}{ROLE}"), "/prod/db", json!([elsewhere]), Some(lacks)),
    ] {
        let root = directory(&[
            ("ecs-lint.toml", &configuration),
            ("task.json", &task(value_from)),
            ("p.json", &policy(&statements)),
        ]);
        let expected: Vec<String> = expected.into_iter().map(|one| format!("task.json: {one}")).collect();
        assert_eq!(findings(root.path(), &["task.json"]), expected, "{configuration}\n{statements}");
    }
}

#[test]
fn a_role_that_ecs_may_not_assume_is_told_at_the_task_definition() {
    let trusts = |service: &str| {
        policy(&json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}))
    };
    let configuration = format!("{ROLE}trust = \"trust.json\"\n");
    let allow = policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    for (service, expected) in [("ecs-tasks.amazonaws.com", 0), ("ecs.amazonaws.com", 1)] {
        let root = directory(&[
            ("ecs-lint.toml", &configuration),
            ("task.json", &task(SECRET)),
            ("p.json", &allow),
            ("trust.json", &trusts(service)),
        ]);
        let found = findings(root.path(), &["task.json"]);
        assert_eq!(found.len(), expected, "{found:?}");
        assert!(found.iter().all(|one| one == "task.json: error[execution-role-not-assumable]"), "{found:?}");
    }
}

#[test]
fn policies_that_are_none_fail_the_run() {
    for (text, words) in [
        ("{", "cannot be parsed as JSON"),
        ("[]", "an object with `Statement`"),
        ("{}", "has none"),
        (r#"{"Statement": ["x"]}"#, "a statement must be an object"),
        (r#"{"Statement": {"Effect": "Allow", "Action": "*"}}"#, "`Resource` or `NotResource`"),
        (r#"{"Statement": {"Effect": "Maybe", "Action": "*", "Resource": "*"}}"#, "either `Allow` or `Deny`"),
    ] {
        let root = directory(&[("ecs-lint.toml", ROLE), ("task.json", &task(SECRET)), ("p.json", text)]);
        let (status, stdout, stderr) = run(root.path(), &[]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{text}");
        assert!(
            stderr.contains(words) && stderr.contains("p.json:1:") && stderr.contains("ecs-lint.toml:3"),
            "{stderr}"
        );
    }
    let root = directory(&[("ecs-lint.toml", ROLE), ("task.json", &task(SECRET))]);
    let (status, _, stderr) = run(root.path(), &[]);
    assert!(status == 2 && stderr.contains("`p.json` cannot be read: no such file"), "{stderr}");
}

const TEMPLATE: &str = r#"
Parameters:
  Image: {Type: String, Default: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1"}
  Stage: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Password: {Type: String, NoEcho: true}
  Launch: {Type: CommaDelimitedList, Default: EC2}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsHome: !Equals [!Ref "AWS::Region", eu-west-1]
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [!Select [1, !Ref Launch]]
      ExecutionRoleArn: arn:aws:iam::111122223333:role/r
      ContainerDefinitions:
        - Name: web
          Image: !If [IsProd, !Ref Image, !If [IsHome, "registry.corp.internal/home:1", "registry.corp.internal/away:1"]]
  Nodes:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        UserData:
          Fn::Base64: !Sub |
            #!/bin/bash
            echo 'ECS_ENGINE_AUTH_DATA={"r.example.com":{"username":"u","password":"${Password}"}}' >> /etc/ecs/ecs.config
            echo 'ECS_ENGINE_AUTH_TYPE=docker' >> /etc/ecs/ecs.config
"#;

/// The messages about images.
fn images(directory: &Path, args: &[&str]) -> Vec<String> {
    let args: Vec<&str> = ["--format", "concise", "--select", "image", "t.yaml"].iter().chain(args).copied().collect();
    let (_, stdout, _) = run(directory, &args);
    stdout.lines().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn parameters_and_the_place_decide_what_a_template_leaves_open() {
    let root = directory(&[
        ("t.yaml", TEMPLATE),
        (
            "prod.json",
            r#"[{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Image", "ParameterValue": "quay.io/acme/web:1"}, {"ParameterKey": "Launch", "ParameterValue": "EC2, FARGATE"}]"#,
        ),
        ("late.json", r#"{"Parameters": {"Image": "acme/late:1"}}"#),
        ("dev.json", r#"{"Stage": "dev", "Launch": "EC2,FARGATE"}"#),
        ("here.toml", "[context]\nregion = \"eu-west-1\"\n"),
        ("file.toml", "[context]\nparameters = [\"prod.json\"]\n"),
    ]);
    let root = root.path();
    assert!(images(root, &[])[0].contains("corp.internal"), "nothing is decided without values");
    let of = |args: &[&str]| {
        let found = images(root, args);
        assert_eq!(found.len(), 1, "{args:?}: {found:?}");
        found[0].clone()
    };
    assert!(of(&["--parameters", "prod.json"]).contains("`quay.io/acme/web:1` is pulled"));
    assert!(of(&["--config", "file.toml"]).contains("`quay.io/acme/web:1` is pulled"));
    assert!(of(&["--parameters", "prod.json", "--parameters", "late.json"]).contains("acme/late:1"));
    assert!(of(&["--config", "file.toml", "--parameters", "late.json"]).contains("acme/late:1"));
    let home = of(&["--config", "here.toml", "--parameters", "dev.json"]);
    assert!(home.starts_with("error") && home.contains("home:1"), "on Fargate, by the list: {home}");
    let (_, text, _) = run(root, &["t.yaml", "--parameters", "prod.json", "--select", "image"]);
    assert!(text.contains("prod.json:1:") && text.contains("the value comes from here"), "{text}");
}

#[test]
fn a_list_that_is_given_is_one_of_strings() {
    let template = r#"
Parameters:
  Secrets: {Type: CommaDelimitedList}
  Managed: {Type: CommaDelimitedList}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: {Effect: Allow, Action: "sts:AssumeRole", Principal: {Service: ecs-tasks.amazonaws.com}}}
      ManagedPolicyArns: !Ref Managed
      Policies: [{PolicyName: p, PolicyDocument: {Statement: {Effect: Allow, Action: "secretsmanager:GetSecretValue", Resource: !Ref Secrets}}}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - Name: web
          Image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1
          Secrets: [{Name: DB, ValueFrom: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-a1B2c3"}]
"#;
    let root = directory(&[("t.yaml", template)]);
    let none = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess";
    for (secrets, managed, expected) in [
        (format!("arn:other, {SECRET}"), none, 0),
        ("arn:other,arn:another".to_owned(), none, 1),
        ("arn:other".to_owned(), "arn:aws:iam::aws:policy/SecretsManagerReadWrite , x", 0),
    ] {
        let values = json!({ "Secrets": secrets, "Managed": managed }).to_string();
        fs::write(root.path().join("values.json"), &values).unwrap();
        let found =
            findings(root.path(), &["t.yaml", "--parameters", "values.json", "--select", "secret-permission-missing"]);
        assert_eq!(found.len(), expected, "{values}: {found:?}");
    }
    let found = findings(root.path(), &["t.yaml", "--select", "secret-permission-missing"]);
    assert!(found.is_empty(), "without values nothing is known: {found:?}");
}

#[test]
fn a_hidden_value_is_never_printed() {
    let value = "hunter2-is-no-password";
    let values = format!(r#"{{"Password": "{value}", "Stage": "prod", "Image": "acme/web:1"}}"#);
    let root = directory(&[("t.yaml", TEMPLATE), ("values.json", &values)]);
    for format in ["text", "concise", "json", "sarif"] {
        let (_, stdout, stderr) = run(root.path(), &["t.yaml", "--parameters", "values.json", "--format", format]);
        assert!(stdout.contains("engine-auth-data-exposed-at-deploy") && stdout.contains("acme/web:1"), "{stdout}");
        assert!(!stdout.contains(value) && !stderr.contains(value), "{format}");
    }
    // Nor is one that is a credential by the name of its parameter alone, next to a value that is shown.
    let values = format!(
        r#"[{{"ParameterKey": "Image", "ParameterValue": "acme/web:1"}}, {{"ParameterKey": "DbPassword", "ParameterValue": "{value}"}}]"#
    );
    fs::write(root.path().join("other.json"), values).unwrap();
    let (_, stdout, _) = run(root.path(), &["t.yaml", "--parameters", "other.json", "--parameters", "values.json"]);
    assert!(!stdout.contains(value), "{stdout}");
    fs::write(root.path().join("values.json"), r#"{"Stage": "prod"}"#).unwrap();
    let (_, stdout, _) = run(root.path(), &["t.yaml", "--parameters", "values.json", "--parameters", "other.json"]);
    assert!(stdout.contains("other.json:1:") && stdout.contains("DbPassword") && !stdout.contains(value), "{stdout}");
    // Nor is a value of a file that cannot be read, whatever its template says.
    fs::write(root.path().join("values.json"), format!(r#"{{"Password": "{value}" "x"}}"#)).unwrap();
    fs::write(root.path().join("ecs-lint.toml"), "[context]\nparameters = [\"values.json\"]").unwrap();
    for args in [&["t.yaml"][..], &["t.yaml", "--no-config", "--parameters", "values.json"]] {
        let (status, stdout, stderr) = run(root.path(), args);
        assert_eq!((status, stdout.as_str()), (2, ""));
        assert!(stderr.contains("`values.json`, line 1, column 14: it is not valid JSON"), "{stderr}");
        assert!(!stderr.contains(value), "{stderr}");
    }
}
