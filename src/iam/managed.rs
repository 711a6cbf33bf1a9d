//! The policies that AWS itself manages, as far as they touch what ECS asks of an execution role.
//!
//! Contents: AWS managed policy reference, versions of August 2026. Actions of other services are left out, and so are grants
//! on resources of AWS's own. A policy that is not here is one of which nothing is known.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::model::{Assumptions, Effect, Patterns, Policy, Statement, Text, Written};
use crate::source::{FileId, MappedText, Span};

const PULL: [&str; 4] =
    ["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
const LOG: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
const LOG_AND_GROUP: [&str; 3] = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

/// Name (with its path) and what is allowed on every resource.
const TABLE: [(&str, &[&[&str]]); 25] = [
    ("service-role/AmazonECSTaskExecutionRolePolicy", &[&PULL, &LOG]),
    ("service-role/AmazonEC2ContainerServiceforEC2Role", &[&PULL, &LOG]),
    ("service-role/AmazonEC2ContainerServiceRole", &[]),
    ("AmazonEC2ContainerRegistryReadOnly", &[&PULL]),
    ("AmazonEC2ContainerRegistryPowerUser", &[&PULL]),
    ("AmazonEC2ContainerRegistryFullAccess", &[&["ecr:*"]]),
    (
        "AmazonEC2ContainerRegistryPullOnly",
        &[&[
            "ecr:GetAuthorizationToken",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchImportUpstreamImage",
        ]],
    ),
    ("AdministratorAccess", &[&["*"]]),
    // All but IAM, Organizations and account management.
    ("PowerUserAccess", &[&["*"]]),
    ("SecretsManagerReadWrite", &[&["secretsmanager:*", "kms:DescribeKey", "kms:ListAliases", "kms:ListKeys"]]),
    (
        "AWSSecretsManagerClientReadOnlyAccess",
        &[&["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "kms:Decrypt"]],
    ),
    ("AmazonSSMReadOnlyAccess", &[&["ssm:Describe*", "ssm:Get*", "ssm:List*"]]),
    ("AmazonSSMFullAccess", &[&["ssm:*", "logs:*"]]),
    ("AmazonSSMManagedInstanceCore", &[&["ssm:GetParameter", "ssm:GetParameters"]]),
    (
        "service-role/AmazonEC2RoleforSSM",
        &[&["ssm:GetParameters", "s3:GetBucketLocation", "s3:GetObject"], &LOG_AND_GROUP],
    ),
    ("AmazonS3ReadOnlyAccess", &[&["s3:Get*", "s3:List*", "s3:Describe*"]]),
    ("AmazonS3FullAccess", &[&["s3:*"]]),
    ("CloudWatchLogsFullAccess", &[&["logs:*"]]),
    ("CloudWatchFullAccess", &[&["logs:*"]]),
    ("CloudWatchFullAccessV2", &[&["logs:*"]]),
    ("CloudWatchAgentServerPolicy", &[&LOG_AND_GROUP]),
    ("service-role/AWSLambdaBasicExecutionRole", &[&LOG_AND_GROUP]),
    (
        "AWSKeyManagementServicePowerUser",
        &[&[
            "kms:CreateAlias",
            "kms:CreateKey",
            "kms:DeleteAlias",
            "kms:Describe*",
            "kms:GenerateRandom",
            "kms:Get*",
            "kms:List*",
        ]],
    ),
    ("AWSXRayDaemonWriteAccess", &[]),
    ("AWSAppMeshEnvoyAccess", &[]),
];

static POLICIES: LazyLock<HashMap<&'static str, Policy>> =
    LazyLock::new(|| TABLE.iter().map(|(name, actions)| (*name, policy(actions))).collect());

/// What the policy with that ARN allows; `None` where that is not known here. `arn` may have holes before `:iam::aws:policy/`.
#[must_use]
pub fn managed_policy(arn: &Text) -> Option<&'static Policy> {
    let shown = arn.shown();
    let (_, name) = shown.split_once(":iam::aws:policy/")?;
    POLICIES.get(name)
}

/// The ARN that was meant, where a known policy has the name and another path.
#[must_use]
pub fn misspelt_managed_policy(arn: &str) -> Option<String> {
    let (before, name) = arn.split_once(":iam::aws:policy/")?;
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let (meant, _) = TABLE.iter().find(|(known, _)| last(known) == last(name))?;
    (*meant != name).then(|| format!("{before}:iam::aws:policy/{meant}"))
}

fn policy(actions: &[&[&str]]) -> Policy {
    let nowhere = Span::start_of(FileId(u32::MAX));
    let written = |text: &str| Written {
        text: Text::literal(MappedText::unplaced(text)),
        span: nowhere,
        when: Assumptions::always(),
    };
    let patterns = |any_of| Patterns { any_of, ..Patterns::default() };
    let statement = Statement {
        span: nowhere,
        when: Assumptions::always(),
        effect: Some(Effect::Allow),
        actions: patterns(actions.concat().into_iter().map(written).collect()),
        resources: patterns(vec![written("*")]),
        principals: None,
        conditions: Vec::new(),
    };
    Policy { span: nowhere, when: Assumptions::always(), statements: vec![statement], incomplete: false }
}
