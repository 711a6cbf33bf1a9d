//! What `CloudFormation` makes of a mended template: nothing in it waits for itself or names what is not there, and nobody is allowed
//! more than before but the role that lacked something.

use super::{ALL, mended, offered, rules, settings};

/// A template with a role that ECS may assume, and a task definition with the secret `DbSecret`.
struct Shape<'s> {
    /// Resources, conditions and parameters before it.
    head: &'s str,
    /// Further properties of the role.
    role: &'s str,
    /// `Condition` of the task definition and further properties.
    task: &'s str,
    value_from: &'s str,
}

impl Shape<'_> {
    fn text(&self) -> String {
        let Self { head, role, task, value_from } = self;
        format!(
            "{head}  ExecutionRole:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        \
             Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            \
             Principal: {{ Service: ecs-tasks.amazonaws.com }}\n            Action: sts:AssumeRole\n{role}  \
             WebTask:\n    Type: AWS::ECS::TaskDefinition\n{task}    Properties:\n      Family: web\n      \
             ExecutionRoleArn: !GetAtt ExecutionRole.Arn\n      ContainerDefinitions:\n        - Name: web\n          \
             Image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1.4.2\n          Memory: 256\n          Secrets:\n            \
             - Name: PASSWORD\n              ValueFrom: {value_from}\n"
        )
    }
}

const REF: Shape<'_> = Shape { head: "", role: "", task: "", value_from: "!Ref DbSecret" };

/// The lines that mending adds, and those that it takes away.
fn difference(text: &str) -> (String, String) {
    let settings = settings("");
    let before = rules("t.yaml", text, &settings);
    let after = mended("t.yaml", text, &settings, ALL).after;
    let left = rules("t.yaml", &after, &settings);
    assert!(left.len() < before.len(), "{text}\n{left:?}");
    assert_eq!(mended("t.yaml", &after, &settings, ALL).after, after);
    let (mut added, mut gone) = (String::new(), String::new());
    let difference = similar::TextDiff::from_lines(text, &after);
    for change in difference.iter_all_changes() {
        match change.tag() {
            similar::ChangeTag::Insert => added.push_str(change.value()),
            similar::ChangeTag::Delete => gone.push_str(change.value()),
            similar::ChangeTag::Equal => {}
        }
    }
    (added, gone)
}

#[test]
fn what_waits_for_the_role_is_allowed_by_a_policy_of_its_own() {
    let key = "Resources:\n  DbSecret:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n      KmsKeyId: !Ref Key\n  \
        Key:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy:\n        Statement:\n          - Effect: Allow\n            \
        Principal: { AWS: !Sub \"arn:aws:iam::${AWS::AccountId}:root\" }\n            Action: kms:*\n            Resource: '*'\n          \
        - Effect: Allow\n            Principal: { AWS: !GetAtt ExecutionRole.Arn }\n            Action: kms:DescribeKey\n            Resource: '*'\n";
    let depends = "Resources:\n  DbSecret:\n    Type: AWS::SecretsManager::Secret\n    DependsOn: ExecutionRole\n";
    let sub = "Resources:\n  DbSecret:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n      Description: !Sub \"for ${ExecutionRole}\"\n";
    for head in [key, depends, sub] {
        let (added, gone) = difference(&Shape { head, ..REF }.text());
        assert_eq!(gone, "");
        assert!(added.starts_with("  ExecutionRoleStartPolicy:\n    Type: AWS::IAM::Policy\n"), "{added}");
        assert!(added.contains("Resource: !Ref DbSecret") && added.ends_with("- !Ref ExecutionRole\n"), "{added}");
    }
    // Nothing is in the way of an inline policy.
    let (added, _) =
        difference(&Shape { head: "Resources:\n  DbSecret:\n    Type: AWS::SecretsManager::Secret\n", ..REF }.text());
    assert!(added.starts_with("      Policies:\n"), "{added}");
}

const ON_CONDITION: &str = "Conditions:\n  C: !Equals [!Ref AWS::Region, eu-west-1]\nResources:\n  \
    DbSecret:\n    Type: AWS::SecretsManager::Secret\n    Condition: C\n";

#[test]
fn what_is_not_always_there_is_named_on_its_condition() {
    let choice = "      Policies:\n        - !If\n          - C\n          - PolicyName: ecs-start-if-C\n            PolicyDocument:\n              \
        Version: \"2012-10-17\"\n              Statement:\n                - Effect: Allow\n                  \
        Action: secretsmanager:GetSecretValue\n                  Resource: !Ref DbSecret\n          - !Ref AWS::NoValue\n";
    let task = "    Condition: C\n";
    let conditional = Shape { head: ON_CONDITION, task, ..REF };
    assert_eq!(difference(&conditional.text()).0, choice);
    // The other branch needs something else, which has a name of its own.
    let (added, _) =
        difference(&Shape { head: ON_CONDITION, value_from: "!If [C, !Ref DbSecret, /plain]", ..REF }.text());
    assert!(added.starts_with(choice) && added.contains("        - PolicyName: ecs-start\n"), "{added}");
    // Among other statements, the statement alone.
    let role = "      Policies:\n        - PolicyName: p\n          PolicyDocument:\n            Statement:\n              - Effect: Allow\n                \
        Action: s3:GetObject\n                Resource: '*'\n";
    let (added, _) = difference(&Shape { role, ..conditional }.text());
    assert_eq!(
        added,
        "              - !If\n                - C\n                - Effect: Allow\n                  \
         Action: secretsmanager:GetSecretValue\n                  Resource: !Ref DbSecret\n                - !Ref AWS::NoValue\n"
    );
}

#[test]
fn a_new_role_is_there_where_its_task_definition_is() {
    let shape = Shape { head: ON_CONDITION, task: "    Condition: C\n", ..REF }.text();
    let start = shape.find("  ExecutionRole:").unwrap();
    let end = shape.find("  WebTask:").unwrap();
    let text = format!("{}{}", &shape[..start], &shape[end..])
        .replace("      ExecutionRoleArn: !GetAtt ExecutionRole.Arn\n", "");
    let (added, gone) = difference(&text);
    assert_eq!(gone, "");
    assert!(added.contains("Type: AWS::IAM::Role\n    Condition: C\n") && added.contains("!Ref DbSecret"), "{added}");
}

/// A policy that users, groups or other roles have too is not the role's own.
#[test]
fn nobody_else_is_allowed_what_the_role_lacks() {
    for (others, type_name) in [
        ("      Users: [bob]\n", "Policy"),
        ("      Groups:\n        - devs\n", "Policy"),
        ("", "ManagedPolicy"),
        ("", "Policy"),
    ] {
        let head = format!(
            "Resources:\n  DbSecret:\n    Type: AWS::SecretsManager::Secret\n  P:\n    Type: AWS::IAM::{type_name}\n    Properties:\n      \
             PolicyName: p\n      Roles: [!Ref ExecutionRole]\n{others}      PolicyDocument:\n        Statement:\n          \
             - Effect: Allow\n            Action: logs:PutLogEvents\n            Resource: '*'\n"
        );
        let (added, _) = difference(&Shape { head: &head, ..REF }.text());
        let is_own = others.is_empty() && type_name == "Policy";
        assert_eq!(added.starts_with("      Policies:\n"), !is_own, "{added}");
    }
}

/// Moving takes from the task role what the execution role is given, and no more.
#[test]
fn only_what_is_needed_is_moved() {
    let role = |resource: &str| {
        format!(
            "  AppRole:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n          \
             - Effect: Allow\n            Principal: {{ Service: ecs-tasks.amazonaws.com }}\n            Action: sts:AssumeRole\n      \
             Policies:\n        - PolicyName: p\n          PolicyDocument:\n            Statement:\n              \
             - Effect: Allow\n                Action: secretsmanager:GetSecretValue\n                Resource: {resource}  # both\n              \
             - Effect: Allow\n                Action: s3:GetObject\n                Resource: '*'\n"
        )
    };
    let head = "Resources:\n  DbSecret:\n    Type: AWS::SecretsManager::Secret\n  Other:\n    Type: AWS::SecretsManager::Secret\n";
    for (resource, gone, moves) in [
        ("[!Ref DbSecret, !Ref Other]", "                Resource: [!Ref DbSecret, !Ref Other]  # both\n", true),
        (
            "!Ref DbSecret",
            "              - Effect: Allow\n                Action: secretsmanager:GetSecretValue\n                Resource: !Ref DbSecret  # both\n",
            true,
        ),
        ("'*'", "", false),
        ("!Sub \"${DbSecret}*\"", "", false),
    ] {
        let text = Shape { head, role: &role(resource), ..REF }.text();
        let text =
            text.replace("      ExecutionRoleArn", "      TaskRoleArn: !GetAtt AppRole.Arn\n      ExecutionRoleArn");
        assert_eq!(difference(&text).1, gone, "{resource}");
        let fixes = offered("t.yaml", &text, &settings(""));
        let titles: Vec<_> = fixes.iter().flat_map(|(_, fixes)| fixes).map(|fix| fix.title.as_str()).collect();
        assert_eq!(titles.iter().any(|title| title.starts_with("Move")), moves, "{titles:?}");
        assert!(titles.iter().any(|title| title.starts_with("Allow")), "{titles:?}");
    }
}
