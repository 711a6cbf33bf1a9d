//! What is told of places in small files. A cursor is written `¦`.

use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::lower;
use crate::model::{Deployment, RegistryPattern};
use crate::source::{FileId, MappedText, Span};

fn read(name: &str, text: &str, deployment: Deployment) -> (Source, Vec<Arc<Document>>) {
    let source = Source::new(FileId(0), name.to_owned(), text.to_owned());
    let documents = lower::lower(&source, true, &Arc::new(deployment)).documents.into_iter();
    let documents = documents.map(|document| Arc::new(crate::link::linked(document, &Arc::default()))).collect();
    (source, documents)
}

/// The words, with `L3` for the third line.
fn line(source: &Source, phrase: &Phrase) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Code(code) => format!("`{code}`"),
        Piece::Place(span) => format!("L{}", source.position(span.start).line),
    };
    phrase.pieces().iter().map(piece).collect()
}

fn list(source: &Source, facts: &[Fact], depth: usize, text: &mut String) {
    for fact in facts {
        let mark = match fact.mark {
            Mark::None => "-",
            Mark::Good => "+",
            Mark::Bad => "x",
            Mark::Open => "?",
        };
        let _ = writeln!(text, "{}{mark} {}", "  ".repeat(depth), line(source, &fact.phrase));
        list(source, &fact.facts, depth + 1, text);
    }
}

fn told_with(name: &str, marked: &str, registries: &Registries, deployment: Deployment) -> String {
    let at = u32::try_from(marked.find('¦').unwrap()).unwrap();
    let (source, documents) = read(name, &marked.replace('¦', ""), deployment);
    let mut text = String::new();
    for insight in Explainer::new(&source, &documents, registries, []).at(at) {
        assert!(touches(insight.span, at), "{insight:?}");
        let _ = writeln!(text, "{}", line(&source, &insight.title));
        list(&source, &insight.facts, 0, &mut text);
    }
    text
}

fn told(name: &str, marked: &str) -> String {
    told_with(name, marked, &Registries::default(), Deployment::unknown())
}

#[track_caller]
fn check(marked: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    assert_eq!(told("t.yaml", marked).trim_end(), expected.join("\n").trim(), "{marked}");
}

const CHAIN: &str = r"Parameters: {Tag: {Type: String}}
Conditions: {Own: !Equals [!Ref Tag, x]}
Resources:
  Guard:
    Type: AWS::KMS::Key
  Login:
    Type: AWS::SecretsManager::Secret
    Properties:
      KmsKeyId: @KmsKeyId
      SecretString: @SecretString
  Runner:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: @Service}, Action: 'sts:AssumeRole'}]}
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy']
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: 'secretsmanager:GetSecretValue', Resource: !Ref Login}
              - {Effect: @Effect, Action: 'kms:Decrypt', Resource: !GetAtt Guard.Arn}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ExecutionRoleArn: @ExecutionRoleArn
      ContainerDefinitions:
        - Name: web
          Image: @Image
          RepositoryCredentials: {CredentialsParameter: @CredentialsParameter}
          Secrets: [{Name: TOKEN, ValueFrom: @ValueFrom}]
          EnvironmentFiles: [{Type: s3, Value: @Value}]
";

/// The template with these settings, and harmless ones for the rest.
fn chain(settings: &[(&str, &str)]) -> String {
    let defaults = [
        ("KmsKeyId", "!GetAtt Guard.Arn"),
        ("SecretString", r#"'{"username": "u", "password": "{{resolve:ssm-secure:p}}"}'"#),
        ("Service", "ecs-tasks.amazonaws.com"),
        ("Effect", "Allow"),
        ("ExecutionRoleArn", "!GetAtt Runner.Arn"),
        ("Image", "registry.corp.internal/web:1"),
        ("CredentialsParameter", "!Ref Login"),
        ("ValueFrom", "!Sub '${Login}:token::'"),
        ("Value", "arn:aws:s3:::settings/web.env"),
    ];
    let own = defaults.iter().map(|(name, value)| {
        let given = settings.iter().find(|(other, _)| other == name);
        (*name, given.map_or(*value, |(_, value)| *value))
    });
    let mut text = CHAIN.to_owned();
    for (name, value) in own {
        text = text.replace(&format!("{name}: @{name}"), &format!("{name}: {value}"));
    }
    assert!(!text.contains('@'), "{text}");
    text
}

#[test]
fn an_image_leads_to_the_key_of_its_password() {
    check(
        &chain(&[("Image", "registry.corp.internal/¦web:1")]),
        "Image `registry.corp.internal/web:1`
    - registry `registry.corp.internal`, taken to be private: `.internal` names resolve inside a private network only
    - credentials: `repositoryCredentials` (L30) → the secret `Login` (L6)
      + holds `username` and `password` (L10)
      - key: `Guard` (L4), customer managed
      - execution role `Runner` (L11)
        + `kms:Decrypt`: allowed by its policy (L21)
        + `secretsmanager:GetSecretValue`: allowed by its policy (L20)",
    );
    check(
        &chain(&[
            ("Image", "registry.corp.internal/¦web:1"),
            ("Effect", "Deny"),
            ("SecretString", "'{\"username\": \"u\"}'"),
        ]),
        "Image `registry.corp.internal/web:1`
    - registry `registry.corp.internal`, taken to be private: `.internal` names resolve inside a private network only
    - credentials: `repositoryCredentials` (L30) → the secret `Login` (L6)
      x ECS cannot read it: the value has no `password` (L10)
      - key: `Guard` (L4), customer managed
      - execution role `Runner` (L11)
        x `kms:Decrypt`: denied by its policy (L21)
        + `secretsmanager:GetSecretValue`: allowed by its policy (L20)",
    );
    check(
        &chain(&[("Image", "registry.corp.internal/¦web:1"), ("CredentialsParameter", "!Ref AWS::NoValue")]),
        "Image `registry.corp.internal/web:1`
    - registry `registry.corp.internal`, taken to be private: `.internal` names resolve inside a private network only
    x credentials: none, it is pulled anonymously; on Fargate nothing else can sign in (L25)",
    );
}

#[test]
fn registries_are_told_apart() {
    let credentials = ("CredentialsParameter", "!Ref AWS::NoValue");
    for (image, expected) in [
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/¦web:1",
            "Image `111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1`
    - Amazon ECR, private: account `111122223333`, Region `eu-west-1`
    - pulled with the execution role, on Fargate (L25)
      - execution role `Runner` (L11)
        + `ecr:GetAuthorizationToken`, `ecr:BatchGetImage`, `ecr:GetDownloadUrlForLayer`, `ecr:BatchCheckLayerAvailability`: allowed by `AmazonECSTaskExecutionRolePolicy` (L15)",
        ),
        (
            "public.ecr.aws/¦web:1",
            "Image `public.ecr.aws/web:1`
    - Amazon ECR Public, which serves everyone",
        ),
        (
            "ngi¦nx",
            "Image `nginx`
    - Docker Hub, an official image
    - credentials: none, it is pulled anonymously",
        ),
        (
            "amazon/¦cloudwatch-agent",
            "Image `amazon/cloudwatch-agent`
    - Docker Hub, the account `amazon`, known for public images
    - credentials: none, it is pulled anonymously",
        ),
        (
            "quay.io/¦team/web",
            "Image `quay.io/team/web`
    - registry `quay.io`, open to everyone: Quay serves public repositories anonymously
    - credentials: none, it is pulled anonymously",
        ),
        (
            "!If [Own, quay.io/te¦am/web, nginx]",
            "Image `quay.io/team/web`
    - registry `quay.io`, open to everyone: Quay serves public repositories anonymously
    - credentials: none, it is pulled anonymously",
        ),
    ] {
        check(&chain(&[("Image", image), credentials]), expected);
    }
    let rule = "  Cache: {Type: 'AWS::ECR::PullThroughCacheRule', Properties: {EcrRepositoryPrefix: hub}}\n";
    let cached = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/hub/¦nginx";
    let through = told("t.yaml", &(chain(&[("Image", cached), credentials]) + rule));
    assert!(through.contains("- pulled through the cache `Cache` (L33)\n"), "{through}");
    assert!(through.contains("x `ecr:BatchImportUpstreamImage`: nothing allows it\n"), "{through}");
    let ecr = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/¦web:1";
    let told = told("t.yaml", &chain(&[("Image", ecr)]));
    assert!(told.contains("x credentials: `repositoryCredentials` (L30) are of no use"), "{told}");
}

#[test]
fn what_depends_on_the_deployment_is_told_so() {
    let credentials = ("CredentialsParameter", "!Ref AWS::NoValue");
    for (image, expected) in [
        (
            "!If [O¦wn, quay.io/team/web, nginx]",
            "Image, one of several
    - `quay.io/team/web`, when condition `Own` is true
      - registry `quay.io`, open to everyone: Quay serves public repositories anonymously
      - credentials: none, it is pulled anonymously
    - `nginx`, when condition `Own` is false
      - Docker Hub, an official image
      - credentials: none, it is pulled anonymously",
        ),
        (
            "!Ref T¦ag",
            "Image `${Tag}`
    ? which registry it comes from is not known
      ? parameter `Tag` (L1) has no default, and no value in the configuration
    Parameter `Tag` (L1)
    ? no default, and no value in the configuration: it is known at deployment only
    ",
        ),
        (
            "!ImportValue web¦-image",
            "Image `${Fn::ImportValue web-image}`
    ? which registry it comes from is not known
      ? the export `web-image` of another stack is not in this file
    Export `web-image` of another stack
    ? its value is not in this file",
        ),
    ] {
        check(&chain(&[("Image", image), credentials]), expected);
    }
}

#[test]
fn the_configuration_has_a_say() {
    let pattern = |text: &str| RegistryPattern::new(text, Span::new(FileId(0), 0, 1)).unwrap();
    let registries = Registries {
        private: vec![pattern("docker.io/acme")],
        public: Vec::new(),
        allowed: Some((vec![pattern("ghcr.io")], Span::new(FileId(0), 0, 1))),
    };
    let marked = chain(&[("Image", "acme/we¦b"), ("CredentialsParameter", "!Ref AWS::NoValue")]);
    let told = told_with("t.yaml", &marked, &registries, Deployment::unknown());
    for words in [
        "- the configuration says that it is private (L1)\n",
        "x the configuration does not list it among the registries that are allowed (L1)\n",
        "x credentials: none",
    ] {
        assert!(told.contains(words), "{told}");
    }
    let mut deployment = Deployment { region: Some("eu-west-1".to_owned()), ..Deployment::unknown() };
    deployment.parameters.insert("Tag".to_owned(), MappedText::placed("7", Span::new(FileId(0), 0, 1)));
    let marked = chain(&[("Image", "!Sub '1.dkr.ecr.${AWS::Re¦gion}.amazonaws.com/web:${Tag}'")]);
    let told = told_with("t.yaml", &marked, &registries, deployment);
    assert!(told.starts_with("Image `1.dkr.ecr.eu-west-1.amazonaws.com/web:7`\n"), "{told}");
    assert!(told.ends_with("`AWS::Region`\n- `eu-west-1`, by the configuration\n"), "{told}");
}

#[test]
fn the_agent_of_an_instance_may_sign_in() {
    let marked = "Resources:
  Nodes:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        UserData:
          Fn::Base64: |
            #!/bin/bash
            cat >> /etc/ecs/ecs.config <<EOF
            ECS_ENGINE_AUTH_TYPE=docker
            ECS_ENGINE_AUTH_DATA={\"registry.corp.internal\":{\"username\":\"u\",\"password\":\"not-real-1\"}}
            EOF
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [EC2]
      ContainerDefinitions: [{Name: web, Image: registry.corp.internal/¦web}]
";
    check(
        marked,
        "Image `registry.corp.internal/web`
    - registry `registry.corp.internal`, taken to be private: `.internal` names resolve inside a private network only
    + credentials: `ECS_ENGINE_AUTH_DATA` of the agent on `Nodes` (L2)",
    );
    check(
        &marked.replace('¦', "").replace("password\\\":", "¦password\\\":").replace("\"password", "\"pass¦word"),
        "User data of `Nodes` (L2), a shell script
    x a credential of the container agent in plain text: `password`, for `registry.corp.internal`
    - the agent signs in to `registry.corp.internal`",
    );
    check(
        &marked.replace('¦', "").replace("bin/bash", "bin/¦bash"),
        "User data of `Nodes` (L2), a shell script
    - the agent signs in to `registry.corp.internal`",
    );
}

#[test]
fn a_reference_to_a_secret_leads_to_its_key() {
    for (place, text, expected) in [
        (
            "ValueFrom",
            "!Sub '${Log¦in}:token::'",
            "Variable `TOKEN`: the secret `Login` (L6)
    - JSON key `token`
    - key: `Guard` (L4), customer managed
    - execution role `Runner` (L11)
      + `kms:Decrypt`: allowed by its policy (L21)
      + `secretsmanager:GetSecretValue`: allowed by its policy (L20)",
        ),
        (
            "ValueFrom",
            "'arn:aws:secretsmanager:eu-west-1:1:secret:¦db-a1B2c3:pw:AWSPREVIOUS:'",
            "Variable `TOKEN`: the secret `db-a1B2c3`, defined elsewhere in Region `eu-west-1`, account `1`
    - JSON key `pw`, version stage `AWSPREVIOUS`
    ? key: not known, since the secret is defined elsewhere; `[[context.secrets]]` of the configuration can name it
    - execution role `Runner` (L11)
      x `secretsmanager:GetSecretValue`: nothing allows it: it is allowed on another resource only (L20)",
        ),
        (
            "ValueFrom",
            "/prod/¦db",
            "Variable `TOKEN`: the Systems Manager parameter `/prod/db` of the account and Region
    - execution role `Runner` (L11)
      x `ssm:GetParameters`: nothing allows it",
        ),
        (
            "ValueFrom",
            "'{{resolve:ssm:¦x}}'",
            "Variable `TOKEN`: a dynamic reference
    x CloudFormation puts the value itself here before ECS sees it, where its name is due",
        ),
        ("CredentialsParameter", "other/¦login", "Registry credentials: the secret named `other/login` of the account"),
        (
            "Value",
            "arn:aws:s3:::settings/¦web.env",
            "Environment file: `arn:aws:s3:::settings/web.env`
    - execution role `Runner` (L11)
      x `s3:GetObject`, `s3:GetBucketLocation`: nothing allows it",
        ),
    ] {
        check(&chain(&[(place, text)]), expected);
    }
}

#[test]
fn keys_and_roles_tell_whom_they_serve() {
    for (place, text, expected) in [
        (
            "KmsKeyId",
            "!GetAtt Gu¦ard.Arn",
            "Key of the secret `Login`: `Guard` (L4), customer managed
    - without a policy: the IAM policies of the account decide
    - guards `Login` (L6)
    + execution role `Runner` (L11): `kms:Decrypt` is allowed by its policy (L21)",
        ),
        (
            "KmsKeyId",
            "alias/aws/secrets¦manager",
            "Key of the secret `Login`: `alias/aws/secretsmanager`, AWS managed
    - it takes no permission of its own",
        ),
        (
            "KmsKeyId",
            "alias/o¦wn",
            "Key of the secret `Login`: `alias/own`, defined elsewhere
    ? its policy is not in this file",
        ),
        (
            "ExecutionRoleArn",
            "arn:aws:iam::1:role/run¦ner",
            "Execution role `arn:aws:iam::1:role/runner`, defined elsewhere
    ? what it may do is not known; `[[context.roles]]` of the configuration can tell it",
        ),
        (
            "ExecutionRoleArn",
            "!GetAtt Run¦ner.Arn",
            "Execution role `Runner` (L11)
    + ECS tasks may assume it (L14)
    - execution role of `Task` (L22)
      + `kms:Decrypt`: allowed by its policy (L21)
      + `secretsmanager:GetSecretValue`: allowed by its policy (L20)
      x `s3:GetObject`, `s3:GetBucketLocation`: nothing allows it",
        ),
    ] {
        check(&chain(&[(place, text)]), expected);
    }
    let marked = chain(&[("Service", "ec2.amazonaws.com"), ("Effect", "Deny")]);
    check(
        &marked.replace("  Runner:", "  Run¦ner:"),
        "Role `Runner`
    x ECS tasks may not assume it: no statement names `ecs-tasks.amazonaws.com` (L14)
    - execution role of `Task` (L22)
      x `kms:Decrypt`: denied by its policy (L21)
      + `secretsmanager:GetSecretValue`: allowed by its policy (L20)
      x `s3:GetObject`, `s3:GetBucketLocation`: nothing allows it",
    );
    check(
        &marked.replace("  Guard:", "  Gua¦rd:"),
        "Key `Guard`, customer managed
    - without a policy: the IAM policies of the account decide
    - guards `Login` (L6)
    x execution role `Runner` (L11): `kms:Decrypt` is denied by its policy (L21)",
    );
}

#[test]
fn definitions_and_keys_of_settings_tell_the_same() {
    let told = told("t.yaml", &chain(&[]).replace("  Login:", "  Log¦in:"));
    assert!(told.starts_with("Secret `Login`\n- key: `Guard` (L4), customer managed\n+ holds `username`"), "{told}");
    assert!(told.contains("- read by the container `web` (L31)\n"), "{told}");
    // The key of a setting tells what its value does.
    let told = self::told("t.yaml", &chain(&[]).replace("ValueFrom", "Value¦From"));
    assert!(told.starts_with("Variable `TOKEN`: the secret `Login` (L6)\n"), "{told}");
}

#[test]
fn hidden_values_are_not_told_by_what_depends_on_them() {
    let marked = "Parameters: {Key: {Type: String, NoEcho: true, Default: zq9!7}, Token: {Type: String, Default: abc}}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions: [{Name: a, Image: @ima¦ge}]
";
    for image in ["!Ref Key", "!Sub '${Key}/web'", "!Ref Token"] {
        let told = told("t.yaml", &marked.replace("@ima¦ge", &format!("¦{image}")));
        assert!(told.starts_with("Image, one of several\n"), "{told}");
        assert!(told.contains(" is not `***`") || told.contains(" is `***`"), "{told}");
        assert!(!told.contains("zq9!7") && !told.contains("is `abc`"), "{told}");
    }
}

#[test]
fn parameters_have_values_or_reasons() {
    let template =
        |definition: &str| format!("Parameters: {{Na¦me: {definition}}}\nResources: {{A: {{Type: 'AWS::X::Y'}}}}\n");
    for (definition, expected) in [
        ("{Type: String, Default: web}", "- by default `web` (L1)"),
        ("{Type: String, Default: ''}", "- empty by default (L1)"),
        (
            "{Type: Number, AllowedValues: [1, 2], Default: 2}",
            "- type `Number`\n- by default `2` (L1)\n- one of `1`, `2`",
        ),
        ("{Type: String}", "? no default, and no value in the configuration: it is known at deployment only"),
        (
            "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}",
            "- type `AWS::SSM::Parameter::Value<String>`\n? the value that the Systems Manager parameter `/a/b` has at deployment (L1)",
        ),
        ("{Type: String, NoEcho: true, Default: zq9!7}", "- `NoEcho`: its value is not shown\n- by default `***` (L1)"),
    ] {
        let told = told("t.yaml", &template(definition));
        assert_eq!(told.trim_end(), format!("Parameter `Name`\n{expected}"), "{definition}");
    }
    let hidden = told(
        "t.yaml",
        "Parameters: {DbPass¦word: {Type: String, Default: zq9!7}}\nResources: {A: {Type: 'AWS::X::Y'}}\n",
    );
    assert!(hidden.contains("`***`"), "{hidden}");
}
