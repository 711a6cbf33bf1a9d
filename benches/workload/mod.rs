//! Templates as the AWS CDK synthesises them, of any size, always the same: what benchmarks read.

use serde_json::{Map, Value, json};

/// A template with about that many bytes, as the CDK writes it. One service in ten has a role that may not decrypt its secret.
pub fn json(bytes: usize) -> String {
    let mut text = String::new();
    write_json(&template(0, bytes, &|value| value.to_string().len() * 3 / 2), 0, &mut text);
    text
}

/// A template with this service alone.
#[allow(dead_code, reason = "not every benchmark needs it")]
pub fn one_service(number: usize) -> String {
    let mut text = String::new();
    write_json(&template(number, 1, &|_| 1), 0, &mut text);
    text
}

/// A template with an instance whose user data has a registry's credential that no other has.
#[allow(dead_code, reason = "not every benchmark needs it")]
pub fn instance(number: usize) -> String {
    let password = format!("pull-{number}-{:x}", number.wrapping_mul(0x9e37_79b9) & 0xffff_ffff);
    let data = json!({ "registry.example.com": { "username": "deploy", "password": password } });
    let script = format!(
        "#!/bin/sh\necho 'ECS_ENGINE_AUTH_TYPE=docker' >> /etc/ecs/ecs.config\necho 'ECS_ENGINE_AUTH_DATA={data}' >> /etc/ecs/ecs.config\n"
    );
    let properties = json!({ "UserData": { "Fn::Base64": script } });
    let template = json!({ "Resources": { "Host": { "Type": "AWS::EC2::Instance", "Properties": properties } } });
    let mut text = String::new();
    write_json(&template, 0, &mut text);
    text
}

/// The same as block YAML.
#[allow(dead_code, reason = "not every benchmark needs both")]
pub fn yaml(bytes: usize) -> String {
    let size = |value: &Value| {
        let mut text = String::new();
        write_yaml(value, 2, &mut text);
        text.len()
    };
    let mut text = String::new();
    write_yaml(&template(0, bytes, &size), 0, &mut text);
    text.trim_start().to_owned()
}

fn template(first: usize, bytes: usize, size: &dyn Fn(&Value) -> usize) -> Value {
    let (mut resources, mut written) = (Map::new(), 0);
    for number in first.. {
        let service = service(number);
        written += size(&service);
        if let Value::Object(service) = service {
            resources.extend(service);
        }
        if written >= bytes {
            break;
        }
    }
    json!({
        "Description": "Services of a shop",
        "Parameters": {
            "Vpc": {"Type": "AWS::EC2::VPC::Id"},
            "Cluster": {"Type": "String"},
            "Version": {"Type": "String", "Default": "1.4.2"},
        },
        "Conditions": {"IsChina": {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}},
        "Resources": resources,
    })
}

/// All resources of one service.
#[allow(clippy::too_many_lines, reason = "it is one literal")]
fn service(number: usize) -> Value {
    let name = format!("Service{number}");
    let of = |kind: &str| format!("{name}{kind}{:08X}", number.wrapping_mul(0x9E37_79B9) & 0xFFFF_FFFF);
    let path = |kind: &str| json!({"aws:cdk:path": format!("ShopStack/{name}/{kind}/Resource")});
    let (task, role, policy, secret) = (of("TaskDef"), of("ExecutionRole"), of("Policy"), of("Secret"));
    let (key, logs, group, function) = (of("Key"), of("LogGroup"), of("SecurityGroup"), of("Function"));
    let arn = |id: &str| json!({"Fn::GetAtt": [id, "Arn"]});
    let repository = |suffix: &str| {
        json!({"Fn::Join": ["", [
            "arn:", {"Ref": "AWS::Partition"}, ":ecr:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"},
            format!(":repository/shop/service-{number}{suffix}"),
        ]]})
    };
    let mut statements = vec![
        json!({
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
            "Effect": "Allow",
            "Resource": [repository(""), repository("-proxy")],
        }),
        json!({"Action": "ecr:GetAuthorizationToken", "Effect": "Allow", "Resource": "*"}),
        json!({"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Effect": "Allow", "Resource": arn(&logs)}),
        json!({
            "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            "Effect": "Allow",
            "Resource": {"Ref": secret},
        }),
    ];
    if !number.is_multiple_of(10) {
        statements.push(json!({"Action": "kms:Decrypt", "Effect": "Allow", "Resource": arn(&key)}));
    }
    let image = |suffix: &str| {
        json!({"Fn::Join": ["", [
            {"Ref": "AWS::AccountId"}, ".dkr.ecr.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"},
            format!("/shop/service-{number}{suffix}:"), {"Ref": "Version"},
        ]]})
    };
    let log = json!({"LogDriver": "awslogs", "Options": {
        "awslogs-group": {"Ref": logs}, "awslogs-stream-prefix": name, "awslogs-region": {"Ref": "AWS::Region"},
    }});
    json!({
        key.clone(): {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [{
            "Action": "kms:*", "Effect": "Allow", "Resource": "*",
            "Principal": {"AWS": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":root"]]}},
        }]}}, "UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain", "Metadata": path("Key")},
        secret.clone(): {"Type": "AWS::SecretsManager::Secret", "Properties": {
            "GenerateSecretString": {"SecretStringTemplate": "{\"username\":\"shop\"}", "GenerateStringKey": "password"},
            "KmsKeyId": arn(&key),
        }, "Metadata": path("Secret")},
        logs.clone(): {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}, "Metadata": path("LogGroup")},
        role.clone(): {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        }]}}, "Metadata": path("ExecutionRole")},
        policy: {"Type": "AWS::IAM::Policy", "Properties": {
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
            "PolicyName": format!("{name}Policy"), "Roles": [{"Ref": role}],
        }, "Metadata": path("ExecutionRole/DefaultPolicy")},
        task.clone(): {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "Family": format!("shop-{number}"), "Cpu": "256", "Memory": "512", "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"], "ExecutionRoleArn": arn(&role),
            "ContainerDefinitions": [
                {
                    "Name": "app", "Essential": true, "Image": image(""), "LogConfiguration": log,
                    "PortMappings": [{"ContainerPort": 8080, "Protocol": "tcp"}],
                    "Environment": [
                        {"Name": "STAGE", "Value": "production"},
                        {"Name": "GREETING", "Value": format!("Welcome to service {number}")},
                    ],
                    "Secrets": [{"Name": "DB_PASSWORD", "ValueFrom": {"Fn::Join": ["", [{"Ref": secret}, ":password::"]]}}],
                },
                {"Name": "proxy", "Essential": false, "Image": image("-proxy"), "LogConfiguration": log},
            ],
        }, "Metadata": path("TaskDef")},
        of("Service"): {"Type": "AWS::ECS::Service", "Properties": {
            "Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": task}, "LaunchType": "FARGATE", "DesiredCount": 2,
            "NetworkConfiguration": {"AwsvpcConfiguration": {"SecurityGroups": [{"Fn::GetAtt": [group, "GroupId"]}]}},
        }, "Metadata": path("Service")},
        group: {"Type": "AWS::EC2::SecurityGroup", "Properties": {
            "GroupDescription": format!("ShopStack/{name}/SecurityGroup"), "VpcId": {"Ref": "Vpc"},
            "SecurityGroupEgress": [{"CidrIp": "0.0.0.0/0", "Description": "Allow all outbound traffic by default", "IpProtocol": "-1"}],
        }, "Metadata": path("SecurityGroup")},
        function: {"Type": "AWS::Lambda::Function", "Properties": {
            "Handler": "index.handler", "Runtime": "nodejs22.x", "MemorySize": 256, "Timeout": 30,
            "Code": {"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": format!("{number:064x}.zip")},
            "Environment": {"Variables": {"QUEUE": format!("shop-{number}"), "LEVEL": "info"}},
        }, "Metadata": path("Function")},
    })
}

/// Pretty JSON with one blank for a level, as the CDK writes it.
fn write_json(value: &Value, level: usize, text: &mut String) {
    let line = |text: &mut String, level: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', level));
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                line(text, level + 1);
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(": ");
                write_json(member, level + 1, text);
            }
            line(text, level);
            text.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                line(text, level + 1);
                write_json(item, level + 1, text);
            }
            line(text, level);
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn write_yaml(value: &Value, level: usize, text: &mut String) {
    let line = |text: &mut String| {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', level));
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                line(text);
                text.push_str(&plain(name));
                text.push_str(": ");
                write_yaml(member, level + 2, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                line(text);
                text.push_str("- ");
                write_yaml(item, level + 2, text);
            }
        }
        Value::String(string) => text.push_str(&plain(string)),
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// A plain scalar where that is one, else one in double quotes, as JSON has it.
fn plain(string: &str) -> String {
    let is_plain = string.starts_with(|first: char| first.is_ascii_alphabetic())
        && string.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    if is_plain { string.to_owned() } else { Value::from(string).to_string() }
}

/// A task definition as `register-task-definition` takes it. One in ten has no execution role for its private image.
#[allow(dead_code, reason = "not every benchmark needs it")]
pub fn task_definition(number: usize) -> String {
    let mut task = json!({
        "family": format!("shop-{number}"), "cpu": "256", "memory": "512", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{
            "name": "app", "essential": true,
            "image": format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/service-{number}:1.4.2"),
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": "STAGE", "value": "production"}, {"name": "GREETING", "value": "Welcome to the shop"}],
            "secrets": [{
                "name": "DB_PASSWORD",
                "valueFrom": format!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/service-{number}-AbCdEf"),
            }],
            "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": format!("/shop/service-{number}"), "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app",
            }},
        }],
    });
    if let Some(task) = task.as_object_mut().filter(|_| !number.is_multiple_of(10)) {
        task.insert("executionRoleArn".to_owned(), json!("arn:aws:iam::111122223333:role/shop-execution"));
    }
    let mut text = String::new();
    write_json(&task, 0, &mut text);
    text
}

/// A template with one task definition, of whose secrets each depends on a condition of its own.
#[allow(dead_code, reason = "not every benchmark needs it")]
pub fn conditions(count: usize) -> String {
    let all = |of: &dyn Fn(usize) -> (String, Value)| (0..count).map(of).collect::<Map<_, _>>();
    let parameters = all(&|number| (format!("Stage{number}"), json!({"Type": "String", "Default": "test"})));
    let conditions =
        all(&|number| (format!("IsLive{number}"), json!({"Fn::Equals": [{"Ref": format!("Stage{number}")}, "live"]})));
    let secrets: Vec<Value> = (0..count)
        .map(|number| {
            let choice = json!({"Fn::If": [format!("IsLive{number}"), {"Ref": "LiveSecret"}, {"Ref": "TestSecret"}]});
            json!({"Name": format!("SECRET_{number}"), "ValueFrom": choice})
        })
        .collect();
    let template = json!({
        "Parameters": parameters,
        "Conditions": conditions,
        "Resources": {
            "LiveSecret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}},
            "TestSecret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
                    "Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                }]},
                "Policies": [{"PolicyName": "secrets", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
                    "Action": "secretsmanager:GetSecretValue", "Effect": "Allow",
                    "Resource": [{"Ref": "LiveSecret"}, {"Ref": "TestSecret"}],
                }]}}],
            }},
            "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
                "Family": "shop", "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "ContainerDefinitions": [{"Name": "app", "Image": "public.ecr.aws/shop/app:1", "Secrets": secrets}],
            }},
        },
    });
    let mut text = String::new();
    write_json(&template, 0, &mut text);
    text
}
