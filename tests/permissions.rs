//! Who may read and decrypt a secret, end to end: small templates, and what is due for each.
//!
//! Each row changes one template at one place. The sections follow the questions that IAM and KMS ask: is there
//! a key of one's own, what grants `kms:Decrypt`, how is the key named, does a condition hold, which statement
//! wins, where do a role's policies come from.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    reason = "tables of templates, of which each row is one line"
)]

use std::fmt::Write as _;

use ecs_lint::discover::{Discovery, Input};
use ecs_lint::model::Severity;
use serde_json::{Value, json};

/// What is due: rule and severity of each finding, in any order.
type Due = &'static [(&'static str, Severity)];

const SILENT: Due = &[];
const NO_DECRYPT: Due = &[("kms-decrypt-missing", Severity::Error)];
const MAYBE_NO_DECRYPT: Due = &[("kms-decrypt-missing", Severity::Warning)];
const DECRYPT_TO_NO_EFFECT: Due = &[("kms-grant-ineffective", Severity::Error)];
const NO_READ: Due = &[("secret-permission-missing", Severity::Error)];
const READ_TO_NO_EFFECT: Due = &[("secret-grant-ineffective", Severity::Error)];
const NEITHER: Due = &[("kms-decrypt-missing", Severity::Error), ("secret-permission-missing", Severity::Error)];

const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf";
const KEY_ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A task that reads the secret `prod/db`, which is encrypted with the key `Key`, whose policy is for the account as a whole. The role may
/// do nothing yet.
struct Template(Value);

impl Template {
    fn new() -> Self {
        let trusted =
            json!({"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"});
        Self(json!({
            "Parameters": {
                "Chosen": {"Type": "String"},
                "Own": {"Type": "String", "Default": "alias/aws/secretsmanager"},
                "Stage": {"Type": "String"}
            },
            "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
            "Resources": {
                "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy(&json!([root("kms:*")]))}},
                "OtherKey": {"Type": "AWS::KMS::Key"},
                "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/app", "TargetKeyId": {"Ref": "Key"}}},
                "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "prod/db", "KmsKeyId": arn("Key")}},
                "OtherSecret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "other"}},
                "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/app/x", "Type": "String", "Value": "1"}},
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy(&json!([trusted]))}},
                "OtherRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy(&json!([trusted]))}},
                "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
                    "RequiresCompatibilities": ["FARGATE"], "NetworkMode": "awsvpc", "Cpu": "256", "Memory": "512",
                    "ExecutionRoleArn": arn("Role"),
                    "ContainerDefinitions": [{
                        "Name": "app",
                        "Image": "public.ecr.aws/nginx/nginx:1.27",
                        "Secrets": [{"Name": "PASSWORD", "ValueFrom": {"Ref": "Secret"}}]
                    }]
                }}
            }
        }))
    }

    /// The role may read the secret; `statements` are what else it may do.
    fn reading(statements: &Value) -> Self {
        let mut all = vec![allow("secretsmanager:GetSecretValue", json!({"Ref": "Secret"}))];
        all.extend(statements.as_array().unwrap().iter().cloned());
        Self::new().inline(&json!(all))
    }

    /// The role may decrypt with the key; `statements` are what else it may do.
    fn decrypting(statements: &Value) -> Self {
        let mut all = vec![allow("kms:Decrypt", arn("Key"))];
        all.extend(statements.as_array().unwrap().iter().cloned());
        Self::new().inline(&json!(all))
    }

    /// The role may do both; `statements` are what else is said.
    fn granted(statements: &Value) -> Self {
        let mut all = vec![allow("kms:Decrypt", arn("Key"))];
        all.extend(statements.as_array().unwrap().iter().cloned());
        Self::reading(&json!(all))
    }

    fn inline(self, statements: &Value) -> Self {
        self.inline_document(policy(statements))
    }

    fn inline_document(self, document: Value) -> Self {
        self.set("Role", "Policies", json!([{"PolicyName": "inline", "PolicyDocument": document}]))
    }

    fn set(mut self, id: &str, property: &str, value: Value) -> Self {
        self.0["Resources"][id]["Properties"][property] = value;
        self
    }

    fn without(mut self, id: &str, property: &str) -> Self {
        self.0["Resources"][id]["Properties"].as_object_mut().unwrap().remove(property);
        self
    }

    fn add(mut self, id: &str, kind: &str, properties: Value) -> Self {
        self.0["Resources"][id] = json!({"Type": kind, "Properties": properties});
        self
    }

    fn key_policy(self, statements: &Value) -> Self {
        self.set("Key", "KeyPolicy", policy(statements))
    }

    fn value_from(mut self, value: Value) -> Self {
        self.0["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]["Secrets"][0]["ValueFrom"] = value;
        self
    }
}

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn arn(id: &str) -> Value {
    json!({"Fn::GetAtt": [id, "Arn"]})
}

fn sub(text: &str) -> Value {
    json!({"Fn::Sub": text})
}

fn allow(action: &str, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn deny(action: &str, resource: Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": resource})
}

fn under(mut statement: Value, operator: &str, key: &str, value: Value) -> Value {
    statement["Condition"] = json!({operator: {key: value}});
    statement
}

fn for_principal(effect: &str, action: &str, principal: Value) -> Value {
    json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"})
}

fn root(action: &str) -> Value {
    for_principal("Allow", action, json!({"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")}))
}

fn found(template: &Value) -> Vec<(&'static str, Severity)> {
    let input = Input::text("template.json", serde_json::to_vec_pretty(template).unwrap());
    let outcome = ecs_lint::check(
        Discovery { inputs: vec![input], ..Discovery::default() },
        &ecs_lint::lint::Settings::default(),
        &|_| {},
    );
    outcome.diagnostics.iter().map(|found| (found.rule, found.severity)).collect()
}

fn check(rows: Vec<(&str, Template, Due)>) {
    let mut report = String::new();
    for (name, template, due) in rows {
        let (mut got, mut due) = (found(&template.0), due.to_vec());
        got.sort_unstable();
        due.sort_unstable();
        if got != due {
            let _ = writeln!(report, "{name}:\n  due {due:?}\n  got {got:?}");
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// `KmsKeyId` of a secret that the role may read and not decrypt.
#[test]
fn a_key_of_ones_own_is_needed_to_decrypt() {
    let key = |value: Value| Template::reading(&json!([])).set("Secret", "KmsKeyId", value);
    check(vec![
        ("no key", Template::reading(&json!([])).without("Secret", "KmsKeyId"), SILENT),
        ("no value", key(json!({"Ref": "AWS::NoValue"})), SILENT),
        ("AWS's own alias", key(json!("alias/aws/secretsmanager")), SILENT),
        ("its ARN", key(json!("arn:aws:kms:eu-west-1:111122223333:alias/aws/secretsmanager")), SILENT),
        (
            "its ARN of this stack",
            key(sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/secretsmanager")),
            SILENT,
        ),
        ("the key's id", key(json!({"Ref": "Key"})), NO_DECRYPT),
        ("the key's ARN", key(arn("Key")), NO_DECRYPT),
        ("an alias", key(json!({"Ref": "Alias"})), NO_DECRYPT),
        ("an alias's name", key(json!("alias/app")), NO_DECRYPT),
        (
            "an alias's ARN",
            key(sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/app")),
            NO_DECRYPT,
        ),
        ("an alias that is elsewhere", key(json!("alias/elsewhere")), MAYBE_NO_DECRYPT),
        ("a key that is elsewhere", key(json!(KEY_ARN)), MAYBE_NO_DECRYPT),
        ("its id", key(json!("1234abcd-12ab-34cd-56ef-1234567890ab")), MAYBE_NO_DECRYPT),
        ("an import", key(json!({"Fn::ImportValue": "key-arn"})), MAYBE_NO_DECRYPT),
        (
            "an output of another stack",
            key(json!({"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o"}})),
            MAYBE_NO_DECRYPT,
        ),
        ("a parameter", key(json!({"Ref": "Chosen"})), &[("kms-decrypt-missing", Severity::Note)]),
        ("a parameter that is AWS's own alias by default", key(json!({"Ref": "Own"})), SILENT),
        ("a key in production", key(json!({"Fn::If": ["IsProd", arn("Key"), {"Ref": "AWS::NoValue"}]})), NO_DECRYPT),
        (
            "AWS's own alias everywhere",
            key(json!({"Fn::If": ["IsProd", "alias/aws/secretsmanager", {"Ref": "AWS::NoValue"}]})),
            SILENT,
        ),
        (
            "a key in production and the grant with it",
            Template::reading(
                &json!([{"Fn::If": ["IsProd", allow("kms:Decrypt", arn("Key")), {"Ref": "AWS::NoValue"}]}]),
            )
            .set("Secret", "KmsKeyId", json!({"Fn::If": ["IsProd", arn("Key"), {"Ref": "AWS::NoValue"}]})),
            SILENT,
        ),
        (
            "a key in production and the grant elsewhere",
            Template::reading(
                &json!([{"Fn::If": ["IsProd", {"Ref": "AWS::NoValue"}, allow("kms:Decrypt", arn("Key"))]}]),
            )
            .set("Secret", "KmsKeyId", json!({"Fn::If": ["IsProd", arn("Key"), {"Ref": "AWS::NoValue"}]})),
            NO_DECRYPT,
        ),
        (
            "a secret that is elsewhere",
            Template::new()
                .inline(&json!([allow("secretsmanager:GetSecretValue", json!(SECRET_ARN))]))
                .value_from(json!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:elsewhere-AbCdEf")),
            NO_READ,
        ),
    ]);
}

#[test]
fn key_policies_and_identity_policies_grant_together() {
    let identity = |statements: Value| Template::granted(&json!([])).key_policy(&statements);
    let by_key = |statements: Value| Template::reading(&json!([])).key_policy(&statements);
    let via = |statement: Value, service: &str| {
        under(statement, "StringEquals", "kms:ViaService", sub(&format!("{service}.${{AWS::Region}}.amazonaws.com")))
    };
    let naming = |principal: Value| for_principal("Allow", "kms:Decrypt", principal);
    let other = || naming(json!({"AWS": arn("OtherRole")}));
    let named = |own: &str, in_policy: &str| {
        by_key(json!([
            root("kms:Describe*"),
            naming(json!({"AWS": format!("arn:aws:iam::111122223333:role/{in_policy}")}))
        ]))
        .set("Role", "RoleName", json!(own))
    };
    check(vec![
        ("identity and root", identity(json!([root("kms:*")])), SILENT),
        (
            "identity and root by account",
            identity(json!([for_principal("Allow", "kms:*", json!({"AWS": {"Ref": "AWS::AccountId"}}))])),
            SILENT,
        ),
        (
            "identity and root by digits",
            identity(json!([for_principal("Allow", "kms:*", json!({"AWS": "111122223333"}))])),
            SILENT,
        ),
        ("identity and no key policy", Template::granted(&json!([])).without("Key", "KeyPolicy"), SILENT),
        ("neither, and no key policy", Template::reading(&json!([])).without("Key", "KeyPolicy"), NO_DECRYPT),
        ("root alone", by_key(json!([root("kms:*")])), NO_DECRYPT),
        (
            "root for reads through Secrets Manager alone",
            by_key(json!([via(root("kms:*"), "secretsmanager")])),
            NO_DECRYPT,
        ),
        ("identity and root through Secrets Manager", identity(json!([via(root("kms:*"), "secretsmanager")])), SILENT),
        (
            "identity and root through another service",
            identity(json!([via(root("kms:*"), "ssm")])),
            DECRYPT_TO_NO_EFFECT,
        ),
        ("identity and root for other actions", identity(json!([root("kms:Describe*")])), DECRYPT_TO_NO_EFFECT),
        ("identity and no root", identity(json!([other()])), DECRYPT_TO_NO_EFFECT),
        ("identity and no statement", identity(json!([])), DECRYPT_TO_NO_EFFECT),
        (
            "identity and a key policy of unknown content",
            Template::granted(&json!([])).set("Key", "KeyPolicy", json!({"Ref": "Chosen"})),
            SILENT,
        ),
        (
            "nothing and a key policy of unknown content",
            Template::reading(&json!([])).set("Key", "KeyPolicy", json!({"Ref": "Chosen"})),
            SILENT,
        ),
        ("the role", by_key(json!([naming(json!({"AWS": arn("Role")}))])), SILENT),
        (
            "the role, as the CDK writes it",
            by_key(json!([root("kms:*"), via(naming(json!({"AWS": arn("Role")})), "secretsmanager")])),
            SILENT,
        ),
        (
            "the role through another service",
            by_key(json!([root("kms:*"), via(naming(json!({"AWS": arn("Role")})), "ssm")])),
            NO_DECRYPT,
        ),
        ("another role", by_key(json!([root("kms:*"), other()])), NO_DECRYPT),
        (
            "the role for other actions",
            by_key(json!([for_principal("Allow", "kms:Encrypt", json!({"AWS": arn("Role")}))])),
            NO_DECRYPT,
        ),
        ("the role among others", by_key(json!([naming(json!({"AWS": [arn("OtherRole"), arn("Role")]}))])), SILENT),
        ("the role by name", named("exec", "exec"), SILENT),
        ("another role by name", named("exec", "other"), NO_DECRYPT),
        ("the role by name in a path", named("exec", "team/exec"), SILENT),
        (
            "everyone of the account through Secrets Manager",
            by_key(json!([{
                "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
                "Condition": {"StringEquals": {
                    "kms:CallerAccount": {"Ref": "AWS::AccountId"},
                    "kms:ViaService": sub("secretsmanager.${AWS::Region}.amazonaws.com")
                }}
            }])),
            SILENT,
        ),
        ("everyone through another service", by_key(json!([via(naming(json!({"AWS": "*"})), "ssm")])), NO_DECRYPT),
        (
            "the key denies the role",
            Template::granted(&json!([]))
                .key_policy(&json!([root("kms:*"), for_principal("Deny", "kms:Decrypt", json!({"AWS": arn("Role")}))])),
            NO_DECRYPT,
        ),
        (
            "the key denies another role",
            identity(json!([root("kms:*"), for_principal("Deny", "kms:Decrypt", json!({"AWS": arn("OtherRole")}))])),
            SILENT,
        ),
        (
            "the key denies everyone but through Secrets Manager",
            identity(json!([
                root("kms:*"),
                under(
                    for_principal("Deny", "kms:Decrypt", json!("*")),
                    "StringNotEquals",
                    "kms:ViaService",
                    sub("secretsmanager.${AWS::Region}.amazonaws.com")
                )
            ])),
            SILENT,
        ),
    ]);
}

#[test]
fn policies_of_secrets_grant_too() {
    let secret = |about: Value, statement: Value| {
        Template::decrypting(&json!([])).add(
            "SecretPolicy",
            "AWS::SecretsManager::ResourcePolicy",
            json!({"SecretId": about, "ResourcePolicy": policy(&json!([statement]))}),
        )
    };
    let read = |effect: &str, principal: Value| for_principal(effect, "secretsmanager:GetSecretValue", principal);
    let granted = |statement: Value| {
        Template::granted(&json!([])).add(
            "SecretPolicy",
            "AWS::SecretsManager::ResourcePolicy",
            json!({"SecretId": {"Ref": "Secret"}, "ResourcePolicy": policy(&json!([statement]))}),
        )
    };
    check(vec![
        ("no policy", Template::decrypting(&json!([])), NO_READ),
        ("for the role", secret(json!({"Ref": "Secret"}), read("Allow", json!({"AWS": arn("Role")}))), SILENT),
        (
            "for another role",
            secret(json!({"Ref": "Secret"}), read("Allow", json!({"AWS": arn("OtherRole")}))),
            NO_READ,
        ),
        (
            "for the account",
            secret(json!({"Ref": "Secret"}), read("Allow", json!({"AWS": {"Ref": "AWS::AccountId"}}))),
            NO_READ,
        ),
        ("of an unknown secret", secret(json!({"Ref": "Chosen"}), read("Allow", json!({"AWS": arn("Role")}))), SILENT),
        ("denies the role", granted(read("Deny", json!({"AWS": arn("Role")}))), NO_READ),
        ("denies another", granted(read("Deny", json!({"AWS": arn("OtherRole")}))), SILENT),
    ]);
}

/// The `Resource` of an Allow of `kms:Decrypt`.
#[test]
fn keys_are_named_by_their_own_arn() {
    let on = |resource: Value| Template::reading(&json!([allow("kms:Decrypt", resource)]));
    check(vec![
        ("the ARN", on(arn("Key")), SILENT),
        ("the ARN in a list", on(json!([arn("OtherKey"), arn("Key")])), SILENT),
        ("the ARN in pieces", on(sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}")), SILENT),
        (
            "the ARN by Fn::Join",
            on(
                json!({"Fn::Join": [":", ["arn:aws:kms", {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}, {"Fn::Join": ["/", ["key", {"Ref": "Key"}]]}]]}),
            ),
            SILENT,
        ),
        ("everything", on(json!("*")), SILENT),
        (
            "every key of the account",
            on(sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*")),
            SILENT,
        ),
        ("every key of every Region", on(sub("arn:aws:kms:*:${AWS::AccountId}:key/*")), SILENT),
        ("every key of a literal account", on(json!("arn:aws:kms:*:111122223333:key/*")), SILENT),
        ("a literal ARN", on(json!(KEY_ARN)), SILENT),
        ("an import", on(json!({"Fn::ImportValue": "key-arn"})), SILENT),
        ("a parameter", on(json!({"Ref": "Chosen"})), SILENT),
        ("the id", on(json!({"Ref": "Key"})), DECRYPT_TO_NO_EFFECT),
        ("a literal id", on(json!("1234abcd-12ab-34cd-56ef-1234567890ab")), DECRYPT_TO_NO_EFFECT),
        ("the alias", on(json!({"Ref": "Alias"})), DECRYPT_TO_NO_EFFECT),
        ("the alias's name", on(json!("alias/app")), DECRYPT_TO_NO_EFFECT),
        (
            "the alias's ARN",
            on(sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/app")),
            DECRYPT_TO_NO_EFFECT,
        ),
        ("every alias", on(json!("arn:aws:kms:*:*:alias/*")), DECRYPT_TO_NO_EFFECT),
        ("the secret", on(json!({"Ref": "Secret"})), DECRYPT_TO_NO_EFFECT),
        ("a secret's literal ARN", on(json!(SECRET_ARN)), DECRYPT_TO_NO_EFFECT),
        ("another key", on(arn("OtherKey")), NO_DECRYPT),
        ("another service", on(json!("arn:aws:s3:::bucket/*")), NO_DECRYPT),
    ]);
}

/// Conditions of an Allow of `kms:Decrypt`, and of some Denies.
#[test]
fn conditions_that_cannot_be_told_are_silent() {
    let when = |operator: &str, key: &str, value: Value| {
        Template::reading(&json!([under(allow("kms:Decrypt", arn("Key")), operator, key, value)]))
    };
    let unless = |operator: &str, key: &str, value: Value| {
        Template::granted(&json!([under(deny("*", json!("*")), operator, key, value)]))
    };
    check(vec![
        (
            "through Secrets Manager",
            when("StringEquals", "kms:ViaService", sub("secretsmanager.${AWS::Region}.amazonaws.com")),
            SILENT,
        ),
        (
            "through Secrets Manager of a partition",
            when("StringEquals", "kms:ViaService", sub("secretsmanager.${AWS::Region}.${AWS::URLSuffix}")),
            SILENT,
        ),
        (
            "through Secrets Manager of a Region",
            when("StringEquals", "kms:ViaService", json!("secretsmanager.eu-west-1.amazonaws.com")),
            SILENT,
        ),
        (
            "key in other letters",
            when("StringEquals", "KMS:viaservice", sub("secretsmanager.${AWS::Region}.amazonaws.com")),
            SILENT,
        ),
        (
            "through any Secrets Manager",
            when("StringLike", "kms:ViaService", json!("secretsmanager.*.amazonaws.com")),
            SILENT,
        ),
        ("through one of several", when("StringLike", "kms:ViaService", json!(["ssm.*", "secretsmanager.*"])), SILENT),
        (
            "through Systems Manager",
            when("StringEquals", "kms:ViaService", sub("ssm.${AWS::Region}.amazonaws.com")),
            NO_DECRYPT,
        ),
        ("through Systems Manager or S3", when("StringLike", "kms:ViaService", json!(["ssm.*", "s3.*"])), NO_DECRYPT),
        (
            "a star that StringEquals takes as it is",
            when("StringEquals", "kms:ViaService", json!("secretsmanager.*.amazonaws.com")),
            NO_DECRYPT,
        ),
        ("not through Secrets Manager", when("StringNotLike", "kms:ViaService", json!("secretsmanager.*")), NO_DECRYPT),
        (
            "if there is a service, Systems Manager",
            when("StringEqualsIfExists", "kms:ViaService", sub("ssm.${AWS::Region}.amazonaws.com")),
            NO_DECRYPT,
        ),
        ("of the secret", when("StringEquals", "kms:EncryptionContext:SecretARN", json!({"Ref": "Secret"})), SILENT),
        (
            "of secrets of its name",
            when("StringLike", "kms:EncryptionContext:SecretARN", json!("arn:aws:secretsmanager:*:*:secret:prod/*")),
            SILENT,
        ),
        (
            "of another secret",
            when("StringEquals", "kms:EncryptionContext:SecretARN", json!({"Ref": "OtherSecret"})),
            NO_DECRYPT,
        ),
        ("of a version", when("StringLike", "kms:EncryptionContext:SecretVersionId", json!("*")), SILENT),
        ("of the account", when("StringEquals", "kms:CallerAccount", json!({"Ref": "AWS::AccountId"})), SILENT),
        ("of a literal account", when("StringEquals", "kms:CallerAccount", json!("111122223333")), SILENT),
        ("aws:SourceAccount", when("StringEquals", "aws:SourceAccount", json!({"Ref": "AWS::AccountId"})), SILENT),
        ("aws:PrincipalArn", when("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam::111122223333:role/*")), SILENT),
        ("aws:SourceVpce", when("StringEquals", "aws:SourceVpce", json!("vpce-1")), SILENT),
        ("a tag", when("StringEquals", "aws:PrincipalTag/team", json!("web")), SILENT),
        ("an alias of the key", when("ForAnyValue:StringEquals", "kms:ResourceAliases", json!("alias/app")), SILENT),
        ("a date", when("DateLessThan", "aws:CurrentTime", json!("2030-01-01T00:00:00Z")), SILENT),
        (
            "several of one operator",
            Template::reading(&json!([{
                "Effect": "Allow", "Action": "kms:Decrypt", "Resource": arn("Key"),
                "Condition": {"StringEquals": {
                    "kms:CallerAccount": {"Ref": "AWS::AccountId"}, "kms:ViaService": sub("ssm.${AWS::Region}.amazonaws.com")
                }}
            }])),
            NO_DECRYPT,
        ),
        (
            "an unknown block",
            Template::reading(&json!([{
                "Effect": "Allow", "Action": "kms:Decrypt", "Resource": arn("Key"), "Condition": {"Ref": "Chosen"}
            }])),
            SILENT,
        ),
        ("denied without TLS", unless("Bool", "aws:SecureTransport", json!("false")), SILENT),
        ("denied outside a network", unless("StringNotEquals", "aws:SourceVpce", json!("vpce-1")), SILENT),
        ("denied without MFA", unless("BoolIfExists", "aws:MultiFactorAuthPresent", json!("false")), SILENT),
        (
            "denied through another service",
            unless("StringEquals", "kms:ViaService", json!("ssm.eu-west-1.amazonaws.com")),
            SILENT,
        ),
    ]);
}

#[test]
fn a_deny_wins_and_negations_are_all_but() {
    let allow_not =
        |key: &str, value: Value| Template::reading(&json!([{"Effect": "Allow", "NotAction": "iam:*", key: value}]));
    let not_action =
        |actions: Value| Template::new().inline(&json!([{"Effect": "Allow", "NotAction": actions, "Resource": "*"}]));
    let deny_but =
        |actions: Value| Template::granted(&json!([{"Effect": "Deny", "NotAction": actions, "Resource": "*"}]));
    let deny_elsewhere = |action: &str, but: Value| {
        Template::granted(&json!([{"Effect": "Deny", "Action": action, "NotResource": but}]))
    };
    check(vec![
        ("decrypting is denied", Template::granted(&json!([deny("kms:Decrypt", json!("*"))])), NO_DECRYPT),
        ("all of KMS is denied", Template::granted(&json!([deny("kms:*", arn("Key"))])), NO_DECRYPT),
        ("another key is denied", Template::granted(&json!([deny("kms:*", arn("OtherKey"))])), SILENT),
        (
            "reading is denied",
            Template::granted(&json!([deny("secretsmanager:Get*", json!({"Ref": "Secret"}))])),
            NO_READ,
        ),
        (
            "another secret is denied",
            Template::granted(&json!([deny("secretsmanager:*", json!({"Ref": "OtherSecret"}))])),
            SILENT,
        ),
        ("an unknown resource is denied", Template::granted(&json!([deny("kms:*", json!({"Ref": "Chosen"}))])), SILENT),
        (
            "an unknown effect",
            Template::granted(&json!([{"Effect": {"Ref": "Chosen"}, "Action": "kms:*", "Resource": "*"}])),
            SILENT,
        ),
        ("all actions but IAM's", not_action(json!("iam:*")), SILENT),
        ("all actions but KMS's", not_action(json!(["kms:*", "iam:*"])), NO_DECRYPT),
        ("all actions but an unknown one", not_action(json!(["iam:*", {"Ref": "Chosen"}])), SILENT),
        ("all resources but another", allow_not("NotResource", arn("OtherKey")), SILENT),
        ("all resources but the key", allow_not("NotResource", arn("Key")), NO_DECRYPT),
        ("nothing else is denied", deny_but(json!(["secretsmanager:*", "kms:Decrypt"])), SILENT),
        ("all but reading is denied", deny_but(json!("secretsmanager:*")), NO_DECRYPT),
        ("all but KMS is denied", deny_but(json!("kms:*")), NO_READ),
        ("other secrets are denied", deny_elsewhere("secretsmanager:*", json!([{"Ref": "Secret"}])), SILENT),
        ("other keys are denied", deny_elsewhere("kms:*", json!([arn("Key")])), SILENT),
        ("all but the key is denied", deny_elsewhere("*", json!([arn("Key")])), NO_READ),
        ("all but the secret is denied", deny_elsewhere("*", json!([{"Ref": "Secret"}])), NO_DECRYPT),
    ]);
}

#[test]
fn documents_are_read_in_every_form() {
    let both = json!([allow("secretsmanager:GetSecretValue", json!("*")), allow("kms:Decrypt", json!("*"))]);
    let one = allow("secretsmanager:GetSecretValue", json!("*"));
    let with =
        |actions: Value| Template::new().inline(&json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]));
    let text = |statements: &Value| json!(policy(statements).to_string());
    let parts = |resource: &str| {
        format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":["kms:Decrypt","secretsmanager:*"],"Resource":{resource}}}}}"#
        )
    };
    check(vec![
        ("text", Template::new().inline_document(text(&both)), SILENT),
        ("text of one grant", Template::new().inline_document(text(&json!([one]))), NO_DECRYPT),
        ("text with holes", Template::new().inline_document(sub(&parts(r#"["${Secret}","${Key.Arn}"]"#))), SILENT),
        ("text with a hole for another secret", Template::new().inline_document(sub(&parts(r#"["${OtherSecret}","${Key.Arn}"]"#))), NO_READ),
        ("text with the key's id", Template::new().inline_document(sub(&parts(r#"["${Secret}","${Key}"]"#))), DECRYPT_TO_NO_EFFECT),
        ("text with a hole for the list", Template::new().inline_document(sub(&parts("${Chosen}"))), SILENT),
        ("text that is no JSON", Template::new().inline_document(json!("{")), SILENT),
        ("a function", Template::new().inline_document(json!({"Fn::Transform": {"Name": "X"}})), SILENT),
        ("key policy as text", Template::reading(&json!([])).set("Key", "KeyPolicy", text(&json!([{
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"
        }]))), NO_DECRYPT),
        ("key policy as text for the role", Template::reading(&json!([])).set("Key", "KeyPolicy", sub(
            r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"${Role.Arn}"},"Action":"kms:Decrypt","Resource":"*"}]}"#
        )), SILENT),
        ("one statement that is no list", Template::new().inline(&one), NO_DECRYPT),
        ("statements in branches", Template::new().inline(&json!({"Fn::If": ["IsProd", both, both]})), SILENT),
        // Granted in some deployments: whether the others are ever made cannot be told.
        ("statements in one branch", Template::new().inline(&json!({"Fn::If": ["IsProd", both, [one]]})), SILENT),
        ("actions in branches", with(json!(["secretsmanager:*", {"Fn::If": ["IsProd", "kms:Decrypt", {"Ref": "AWS::NoValue"}]}])), SILENT),
        ("actions in other letters", with(json!(["SecretsManager:getSecretValue", "KMS:DECRYPT"])), SILENT),
        ("actions with wildcards", with(json!(["secretsmanager:Get*", "kms:Decryp?"])), SILENT),
        ("actions with wildcards that do not match", with(json!(["secretsmanager:Get*", "kms:Decrypt?"])), NO_DECRYPT),
        ("all actions", with(json!("*")), SILENT),
        ("all actions of services", with(json!(["kms:*", "secretsmanager:*"])), SILENT),
        ("an unknown action", with(json!(["secretsmanager:*", {"Ref": "Chosen"}])), SILENT),
        ("a policy variable", Template::reading(&json!([allow("kms:Decrypt", json!("arn:aws:kms:*:*:key/${aws:PrincipalTag/key}"))])), SILENT),
        ("a policy variable in Fn::Sub", Template::reading(&json!([allow("kms:Decrypt", sub("arn:${AWS::Partition}:kms:*:*:key/${!aws:PrincipalTag/key}"))])), SILENT),
    ]);
}

#[test]
fn policies_come_from_many_places() {
    let both = || {
        policy(&json!([
            allow("secretsmanager:GetSecretValue", json!({"Ref": "Secret"})),
            allow("kms:Decrypt", arn("Key"))
        ]))
    };
    let managed = |arns: Value| Template::new().set("Role", "ManagedPolicyArns", arns);
    let of_aws = |name: &str| json!([format!("arn:aws:iam::aws:policy/{name}")]);
    let attached = |kind: &str, key: &str, role: Value| {
        Template::new().add("Attached", kind, json!({"PolicyName": "p", "PolicyDocument": both(), key: role}))
    };
    check(vec![
        ("none", Template::new(), NEITHER),
        ("inline", Template::new().inline_document(both()), SILENT),
        ("an inline policy in a branch", Template::new().set("Role", "Policies", json!([
            {"Fn::If": ["IsProd", {"PolicyName": "p", "PolicyDocument": both()}, {"Ref": "AWS::NoValue"}]}
        ])), SILENT),
        ("inline policies that are unknown", Template::new().set("Role", "Policies", json!({"Ref": "Chosen"})), SILENT),
        ("what AWS manages for execution roles", managed(of_aws("service-role/AmazonECSTaskExecutionRolePolicy")), NEITHER),
        ("the same in any partition", managed(json!([sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")])), NEITHER),
        ("what AWS manages for secrets", managed(of_aws("SecretsManagerReadWrite")), NO_DECRYPT),
        ("administration", managed(of_aws("AdministratorAccess")), SILENT),
        ("another that AWS manages", managed(of_aws("SomethingElse")), SILENT),
        ("one of the account", managed(json!(["arn:aws:iam::111122223333:policy/mine"])), SILENT),
        ("a parameter", managed(json!([{"Ref": "Chosen"}])), SILENT),
        ("a list that is a parameter", managed(json!({"Ref": "Chosen"})), SILENT),
        ("a managed policy of the template", managed(json!([{"Ref": "Attached"}])).add("Attached", "AWS::IAM::ManagedPolicy", json!({"PolicyDocument": both()})), SILENT),
        ("an empty managed policy of the template", managed(json!([{"Ref": "Attached"}])).add("Attached", "AWS::IAM::ManagedPolicy", json!({"PolicyDocument": policy(&json!([]))})), NEITHER),
        ("a managed policy that names the role", attached("AWS::IAM::ManagedPolicy", "Roles", json!([{"Ref": "Role"}])), SILENT),
        ("a managed policy that names another", attached("AWS::IAM::ManagedPolicy", "Roles", json!([{"Ref": "OtherRole"}])), NEITHER),
        ("a policy that names the role", attached("AWS::IAM::Policy", "Roles", json!([{"Ref": "Role"}])), SILENT),
        ("a policy that names it among others", attached("AWS::IAM::Policy", "Roles", json!([{"Ref": "OtherRole"}, {"Ref": "Role"}])), SILENT),
        ("a policy that names it in words", attached("AWS::IAM::Policy", "Roles", json!(["exec"])).set("Role", "RoleName", json!("exec")), SILENT),
        ("a policy that names another in words", attached("AWS::IAM::Policy", "Roles", json!(["other"])).set("Role", "RoleName", json!("exec")), NEITHER),
        ("a policy that names it by parameter", attached("AWS::IAM::Policy", "Roles", json!([{"Ref": "Chosen"}])).set("Role", "RoleName", json!({"Ref": "Chosen"})), SILENT),
        ("a policy that names an unknown role", attached("AWS::IAM::Policy", "Roles", json!({"Ref": "Chosen"})), SILENT),
        ("a policy of one role", attached("AWS::IAM::RolePolicy", "RoleName", json!({"Ref": "Role"})), SILENT),
        ("a policy of another role", attached("AWS::IAM::RolePolicy", "RoleName", json!({"Ref": "OtherRole"})), NEITHER),
        ("a policy of a user", attached("AWS::IAM::Policy", "Users", json!(["exec"])), NEITHER),
        ("two policies that grant together", Template::reading(&json!([])).add("Attached", "AWS::IAM::Policy", json!({
            "PolicyName": "p", "Roles": [{"Ref": "Role"}], "PolicyDocument": policy(&json!([allow("kms:Decrypt", arn("Key"))]))
        })), SILENT),
        ("a policy that denies what another grants", Template::granted(&json!([])).add("Attached", "AWS::IAM::Policy", json!({
            "PolicyName": "p", "Roles": [{"Ref": "Role"}], "PolicyDocument": policy(&json!([deny("kms:Decrypt", json!("*"))]))
        })), NO_DECRYPT),
        ("a role that is elsewhere", Template::new().set("Task", "ExecutionRoleArn", json!("arn:aws:iam::111122223333:role/ecsTaskExecutionRole")), SILENT),
        ("a role that is elsewhere, with a policy here", attached("AWS::IAM::Policy", "Roles", json!(["ecsTaskExecutionRole"])).set("Task", "ExecutionRoleArn", json!("arn:aws:iam::111122223333:role/ecsTaskExecutionRole")), SILENT),
        ("a role that is imported", Template::new().set("Task", "ExecutionRoleArn", json!({"Fn::ImportValue": "role"})), SILENT),
        ("a role that is a parameter", Template::new().set("Task", "ExecutionRoleArn", json!({"Ref": "Chosen"})), SILENT),
        ("the task role has it", Template::new().set("Task", "TaskRoleArn", arn("OtherRole")).set("OtherRole", "Policies", json!([{"PolicyName": "p", "PolicyDocument": both()}])), &[("permission-on-task-role", Severity::Error)]),
    ]);
}

#[test]
fn boundaries_narrow_and_never_grant() {
    let boundary = |template: Template, statements: &Value| {
        template.set("Role", "PermissionsBoundary", json!({"Ref": "Boundary"})).add(
            "Boundary",
            "AWS::IAM::ManagedPolicy",
            json!({"PolicyDocument": policy(statements)}),
        )
    };
    let granted = || Template::granted(&json!([]));
    let literal = |arn: Value| granted().set("Role", "PermissionsBoundary", arn);
    check(vec![
        ("lets everything pass", boundary(granted(), &json!([allow("*", json!("*"))])), SILENT),
        (
            "lets both pass",
            boundary(granted(), &json!([allow("kms:*", json!("*")), allow("secretsmanager:*", json!("*"))])),
            SILENT,
        ),
        ("takes decryption away", boundary(granted(), &json!([allow("secretsmanager:*", json!("*"))])), NO_DECRYPT),
        ("takes reading away", boundary(granted(), &json!([allow("kms:*", json!("*"))])), NO_READ),
        (
            "denies decryption",
            boundary(granted(), &json!([allow("*", json!("*")), deny("kms:*", json!("*"))])),
            NO_DECRYPT,
        ),
        (
            "lets another key pass",
            boundary(granted(), &json!([allow("secretsmanager:*", json!("*")), allow("kms:*", arn("OtherKey"))])),
            NO_DECRYPT,
        ),
        ("grants nothing", boundary(Template::new(), &json!([allow("*", json!("*"))])), NEITHER),
        ("is one of AWS's", literal(json!("arn:aws:iam::aws:policy/AdministratorAccess")), SILENT),
        (
            "is one of AWS's that allows neither",
            literal(json!("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")),
            NEITHER,
        ),
        ("is one of the account's", literal(json!("arn:aws:iam::111122223333:policy/boundary")), SILENT),
        ("is a parameter", literal(json!({"Ref": "Chosen"})), SILENT),
        (
            "is there in production only",
            boundary(granted(), &json!([allow("secretsmanager:*", json!("*"))])).set(
                "Role",
                "PermissionsBoundary",
                json!({"Fn::If": ["IsProd", {"Ref": "Boundary"}, {"Ref": "AWS::NoValue"}]}),
            ),
            SILENT,
        ),
        (
            "does not narrow what the key's policy gives, for all that is known",
            boundary(Template::reading(&json!([])), &json!([allow("secretsmanager:*", json!("*"))]))
                .key_policy(&json!([for_principal("Allow", "kms:Decrypt", json!({"AWS": arn("Role")}))])),
            SILENT,
        ),
    ]);
}

/// The `Resource` of an Allow of `secretsmanager:GetSecretValue`, for a secret of the template and for one that is elsewhere.
#[test]
fn secrets_are_named_with_the_characters_that_end_their_arn() {
    let here = |resource: Value| Template::decrypting(&json!([allow("secretsmanager:GetSecretValue", resource)]));
    let of_stack = |id: &str| {
        sub(&format!("arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{id}"))
    };
    let elsewhere = |value: &str, resource: &str| {
        let read = allow(
            "secretsmanager:GetSecretValue",
            json!(resource.replace("SECRETS", "arn:aws:secretsmanager:eu-west-1:111122223333:secret")),
        );
        let template = Template::new().set("Secret", "Name", json!("unrelated")).inline(&json!([read]));
        template.value_from(json!(value.replace("SECRETS", "arn:aws:secretsmanager:eu-west-1:111122223333:secret")))
    };
    check(vec![
        ("Ref", here(json!({"Ref": "Secret"})), SILENT),
        ("Fn::GetAtt Id", here(json!({"Fn::GetAtt": ["Secret", "Id"]})), SILENT),
        ("Ref of another", here(json!({"Ref": "OtherSecret"})), NO_READ),
        ("Ref with a wildcard", here(sub("${Secret}*")), SILENT),
        ("everything", here(json!("*")), SILENT),
        ("every secret", here(json!("arn:aws:secretsmanager:*:*:secret:*")), SILENT),
        ("secrets below a name", here(of_stack("prod/*")), SILENT),
        ("secrets below another name", here(of_stack("dev/*")), NO_READ),
        ("six characters", here(of_stack("prod/db-??????")), SILENT),
        ("any characters", here(of_stack("prod/db-*")), SILENT),
        ("any characters without a hyphen", here(of_stack("prod/db*")), SILENT),
        ("five characters", here(of_stack("prod/db-?????")), NO_READ),
        ("no characters", here(of_stack("prod/db")), READ_TO_NO_EFFECT),
        ("a literal ARN", here(json!(SECRET_ARN)), SILENT),
        ("elsewhere: the ARN", elsewhere("SECRETS:a/b-AbCdEf", "SECRETS:a/b-AbCdEf"), SILENT),
        ("elsewhere: six characters", elsewhere("SECRETS:a/b-AbCdEf", "SECRETS:a/b-??????"), SILENT),
        ("elsewhere: any characters", elsewhere("SECRETS:a/b-AbCdEf", "SECRETS:a/b-*"), SILENT),
        ("elsewhere: below a name", elsewhere("SECRETS:a/b-AbCdEf", "SECRETS:a/*"), SILENT),
        ("elsewhere: no characters", elsewhere("SECRETS:a/b-AbCdEf", "SECRETS:a/b"), READ_TO_NO_EFFECT),
        (
            "elsewhere: another Region",
            elsewhere("SECRETS:a/b-AbCdEf", "arn:aws:secretsmanager:eu-west-2:111122223333:secret:a/b-AbCdEf"),
            NO_READ,
        ),
        ("elsewhere: a key of its JSON", elsewhere("SECRETS:a/b-AbCdEf:user::", "SECRETS:a/b-AbCdEf"), SILENT),
        (
            "elsewhere: what follows the ARN",
            elsewhere("SECRETS:a/b-AbCdEf:user::", "SECRETS:a/b-AbCdEf:user::"),
            READ_TO_NO_EFFECT,
        ),
        ("elsewhere: part of the ARN, six characters", elsewhere("SECRETS:a/b", "SECRETS:a/b-??????"), SILENT),
        ("elsewhere: part of the ARN, no characters", elsewhere("SECRETS:a/b", "SECRETS:a/b"), READ_TO_NO_EFFECT),
    ]);
}

#[test]
fn parameters_are_read_with_the_plural() {
    let read = |value: Value, action: &str, resource: Value| {
        Template::new().inline(&json!([allow(action, resource)])).value_from(value)
    };
    let of_stack = || sub("arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/app/x");
    let by_ref = || sub("arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${Parameter}");
    let reference = || json!({"Ref": "Parameter"});
    check(vec![
        ("GetParameters", read(reference(), "ssm:GetParameters", of_stack()), SILENT),
        ("GetParameters by Ref", read(reference(), "ssm:GetParameters", by_ref()), SILENT),
        ("GetParameters of a name", read(json!("/app/x"), "ssm:GetParameters", of_stack()), SILENT),
        (
            "GetParameters below a name",
            read(json!("/app/x"), "ssm:GetParameters", json!("arn:aws:ssm:*:*:parameter/app/*")),
            SILENT,
        ),
        ("GetParameter", read(reference(), "ssm:GetParameter", of_stack()), READ_TO_NO_EFFECT),
        ("GetParameter of a name", read(json!("/app/x"), "ssm:GetParameter", of_stack()), READ_TO_NO_EFFECT),
        ("GetParameter*", read(reference(), "ssm:GetParameter*", of_stack()), SILENT),
        (
            "another parameter",
            read(reference(), "ssm:GetParameters", json!("arn:aws:ssm:*:*:parameter/other")),
            NO_READ,
        ),
        ("the right to secrets", read(reference(), "s3:GetObject", json!("*")), NO_READ),
    ]);
}
