//! The ways to spoil a template, one grant at a time.

use serde_json::{Value, json};

use crate::proof::{ELSEWHERE, Grant};
use crate::template::{Pointer, below, each, place, referred, resources, statements};

/// A template with one edit.
#[derive(Clone, Debug)]
pub struct Mutant {
    pub operator: &'static str,
    pub template: Value,
    pub breaks: Breaks,
    /// What was edited, for messages.
    pub at: Pointer,
}

/// Which grants of the original the edit is to break.
#[derive(Clone, Debug)]
pub enum Breaks {
    /// Those that stand in this part of the original.
    In(Pointer),
    /// Those for this action that stand in this part of the original.
    ActionIn(Pointer, &'static str),
    /// `kms:Decrypt` by a policy of the role, where the key's policy is this part.
    DecryptBy(Pointer),
    /// All of the role for this action, whatever allows it.
    Denied(String, &'static str),
    /// All of the role.
    Bounded(String),
    /// The role may not be assumed.
    Trust,
}

/// Every mutant of the template.
pub fn mutants(template: &Value, grants: &[Grant]) -> Vec<Mutant> {
    let mut found = Vec::new();
    policies(template, &mut found);
    for place in statements(template) {
        let by = crate::template::place(template, &place.pointer);
        let here: Vec<&Grant> =
            grants.iter().filter(|grant| by.start <= grant.by.start && grant.by.end <= by.end).collect();
        if !here.is_empty() {
            of_statement(template, &place.pointer, place.statement, &here, &mut found);
        }
    }
    keys(template, grants, &mut found);
    roles(template, grants, &mut found);
    found
}

fn edited(template: &Value, pointer: &str, edit: impl FnOnce(&mut Value)) -> Option<Value> {
    let mut mutant = template.clone();
    edit(mutant.pointer_mut(pointer)?);
    Some(mutant)
}

/// The template without the member or item at the pointer.
fn without(template: &Value, pointer: &str) -> Option<Value> {
    let (parent, last) = pointer.rsplit_once('/')?;
    edited(template, parent, |parent| match parent {
        Value::Object(members) => {
            members.remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Value::Array(items) => {
            items.remove(last.parse().unwrap());
        }
        _ => {}
    })
}

fn push(found: &mut Vec<Mutant>, operator: &'static str, template: Option<Value>, breaks: Breaks, at: &str) {
    found.extend(template.map(|template| Mutant { operator, template, breaks, at: at.to_owned() }));
}

/// Whole policies: resources of their own, inline ones, lists of managed ones.
fn policies(template: &Value, found: &mut Vec<Mutant>) {
    for (id, kind, resource) in resources(template) {
        let pointer = below("/Resources", id);
        let breaks = || Breaks::In(pointer.clone());
        match kind {
            "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" => {
                push(found, "policy resource deleted", without(template, &pointer), breaks(), &pointer);
            }
            "AWS::IAM::ManagedPolicy" => {
                let mut mutant = without(template, &pointer);
                for (role, _, _) in resources(template).filter(|(_, kind, _)| *kind == "AWS::IAM::Role") {
                    let list = below("/Resources", role) + "/Properties/ManagedPolicyArns";
                    if let Some(Value::Array(arns)) = mutant.as_mut().and_then(|mutant| mutant.pointer_mut(&list)) {
                        arns.retain(|arn| referred(arn) != Some(id));
                    }
                }
                push(found, "managed policy deleted", mutant, breaks(), &pointer);
            }
            "AWS::IAM::Role" => {
                let inline = format!("{pointer}/Properties/Policies");
                for at in 0..resource.pointer("/Properties/Policies").and_then(Value::as_array).map_or(0, Vec::len) {
                    let one = format!("{inline}/{at}");
                    push(found, "inline policy deleted", without(template, &one), Breaks::In(one.clone()), &one);
                }
                let managed = format!("{pointer}/Properties/ManagedPolicyArns");
                if resource.pointer("/Properties/ManagedPolicyArns").is_some() {
                    let mutant = without(template, &managed);
                    push(found, "managed policies not attached", mutant, Breaks::In(managed.clone()), &managed);
                }
            }
            _ => {}
        }
    }
}

/// What stands beside an action and does not do: its singular, its description, the other direction.
fn look_alike(action: &str) -> &'static str {
    match action {
        "secretsmanager:GetSecretValue" => "secretsmanager:DescribeSecret",
        "ssm:GetParameters" => "ssm:GetParameter",
        "kms:Decrypt" => "kms:Encrypt",
        "s3:GetObject" => "s3:PutObject",
        "s3:GetBucketLocation" => "s3:ListBucket",
        "logs:CreateLogStream" | "logs:PutLogEvents" | "logs:CreateLogGroup" => "logs:DescribeLogStreams",
        "ecr:GetAuthorizationToken" => "ecr:DescribeRepositories",
        _ => "ecr:DescribeImages",
    }
}

fn of_statement(template: &Value, pointer: &str, statement: &Value, here: &[&Grant], found: &mut Vec<Mutant>) {
    let in_statement = || Breaks::In(pointer.to_owned());
    let list = pointer.rsplit_once('/').is_some_and(|(_, last)| last.parse::<usize>().is_ok());
    if list {
        push(found, "statement deleted", without(template, pointer), in_statement(), pointer);
    }
    let mut actions: Vec<&'static str> = here.iter().map(|grant| grant.action).collect();
    actions.sort_unstable();
    actions.dedup();
    let written = each(statement.get("Action"));
    let is = |pattern: &Value, action: &str| pattern.as_str().is_some_and(|one| one.eq_ignore_ascii_case(action));
    for action in actions {
        let breaks = || Breaks::ActionIn(pointer.to_owned(), action);
        let others: Vec<&Value> = written.iter().copied().filter(|pattern| !is(pattern, action)).collect();
        if others.len() == written.len() {
            continue;
        }
        let with = |actions: Value| edited(template, pointer, |statement| statement["Action"] = actions);
        if !others.is_empty() {
            push(found, "action deleted", with(json!(others)), breaks(), pointer);
        }
        let mut replaced = others.clone();
        let other = json!(look_alike(action));
        replaced.push(&other);
        push(found, "action replaced", with(json!(replaced)), breaks(), pointer);
    }
    resource(template, pointer, statement, here, found);
}

/// The `Resource` of an identity policy; that of a key policy is always the key.
fn resource(template: &Value, pointer: &str, statement: &Value, here: &[&Grant], found: &mut Vec<Mutant>) {
    if statement.get("Resource").is_none() || statement.get("Principal").is_some() {
        return;
    }
    let with = |resource: Value| edited(template, pointer, |statement| statement["Resource"] = resource);
    let in_statement = || Breaks::In(pointer.to_owned());
    let literals: Vec<String> = ["secretsmanager:*:*:secret:", "ssm:*:*:parameter/", "ecr:*:*:repository/"]
        .iter()
        .chain(&["kms:*:*:key/", "logs:*:*:log-group:", "s3:::"])
        .map(|start| format!("arn:aws:{start}{ELSEWHERE}"))
        .collect();
    push(found, "another resource, literal", with(json!(literals)), in_statement(), pointer);
    let references = json!([{"Ref": ELSEWHERE}, {"Fn::GetAtt": [ELSEWHERE, "Arn"]}]);
    let mut other = with(references);
    if let Some(Value::Object(all)) = other.as_mut().and_then(|mutant| mutant.get_mut("Resources")) {
        all.insert(ELSEWHERE.to_owned(), json!({"Type": "AWS::SecretsManager::Secret"}));
    }
    push(found, "another resource, by reference", other, in_statement(), pointer);
    for grant in here {
        let Some((id, properties)) = grant.targets.iter().find_map(|id| {
            let resource = template.get("Resources")?.get(id)?;
            Some((id, resource.get("Properties").unwrap_or(&Value::Null)))
        }) else {
            continue;
        };
        if grant.decrypt {
            let Some(key) = properties.get("KmsKeyId").and_then(referred) else { continue };
            push(found, "key named by Ref", with(json!({"Ref": key})), in_statement(), pointer);
            let alias =
                json!({"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/of-the-key"});
            push(found, "alias ARN", with(alias), in_statement(), pointer);
        } else if let ("secretsmanager:GetSecretValue", Some(Value::String(name))) =
            (grant.action, properties.get("Name"))
        {
            let arn =
                format!("arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{name}");
            let mutant = with(json!({"Fn::Sub": arn}));
            push(found, "ARN without suffix", mutant, in_statement(), &below(pointer, id));
        }
    }
}

fn keys(template: &Value, grants: &[Grant], found: &mut Vec<Mutant>) {
    for (id, kind, resource) in resources(template) {
        if kind != "AWS::KMS::Key" || !grants.iter().any(|grant| grant.decrypt) {
            continue;
        }
        let policy = below("/Resources", id) + "/Properties/KeyPolicy";
        let list = format!("{policy}/Statement");
        let is_root = |statement: &Value| {
            statement.get("Principal").is_some_and(|principal| principal.to_string().contains(":root\""))
        };
        let root = each(resource.pointer("/Properties/KeyPolicy/Statement")).iter().any(|one| is_root(one));
        if root {
            let mutant = edited(template, &list, |statements| {
                if let Value::Array(items) = statements {
                    items.retain(|one| !is_root(one));
                    items.push(json!({
                        "Effect": "Allow",
                        "Principal": {"AWS": {"Fn::GetAtt": [ELSEWHERE, "Arn"]}},
                        "Action": "kms:*",
                        "Resource": "*",
                    }));
                }
            });
            let mutant = mutant.and_then(|mutant| {
                let keeper =
                    json!({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}});
                edited(&mutant, "/Resources", |all| all[ELSEWHERE] = keeper)
            });
            push(found, "key policy without root", mutant, Breaks::DecryptBy(below("/Resources", id)), &policy);
        }
    }
}

fn roles(template: &Value, grants: &[Grant], found: &mut Vec<Mutant>) {
    let tasks = || resources(template).filter(|(_, kind, _)| *kind == "AWS::ECS::TaskDefinition");
    for (id, kind, resource) in resources(template) {
        if kind != "AWS::IAM::Role" {
            continue;
        }
        let pointer = below("/Resources", id) + "/Properties";
        let mut actions: Vec<_> = grants.iter().filter(|grant| grant.role == id).map(|grant| grant.action).collect();
        actions.sort_unstable();
        actions.dedup();
        for action in &actions {
            let policy = json!({"PolicyName": "no", "PolicyDocument": {
                "Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": action, "Resource": "*"},
            }});
            let plain = resource.pointer("/Properties/Policies").is_none_or(Value::is_array);
            let mutant = plain.then(|| {
                edited(template, &pointer, |properties| match properties.get_mut("Policies") {
                    Some(Value::Array(items)) => items.push(policy),
                    _ => properties["Policies"] = json!([policy]),
                })
            });
            push(found, "denied", mutant.flatten(), Breaks::Denied(id.to_owned(), action), &pointer);
        }
        if !actions.is_empty() && resource.pointer("/Properties/PermissionsBoundary").is_none() {
            let mutant = edited(template, &pointer, |properties| {
                properties["PermissionsBoundary"] = json!({"Ref": ELSEWHERE});
            });
            let mutant = mutant.and_then(|mutant| {
                edited(&mutant, "/Resources", |all| {
                    all[ELSEWHERE] = json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}],
                    }}});
                })
            });
            push(found, "bounded", mutant, Breaks::Bounded(id.to_owned()), &pointer);
        }
        let executes =
            tasks().any(|(_, _, task)| task.pointer("/Properties/ExecutionRoleArn").and_then(referred) == Some(id));
        let trust = format!("{pointer}/AssumeRolePolicyDocument");
        let trusts = resource.pointer("/Properties/AssumeRolePolicyDocument/Statement");
        let plain = each(trusts).iter().all(|one| {
            one.pointer("/Principal/Service").is_some() && one.get("Effect").is_some_and(|effect| effect == "Allow")
        });
        if executes && trusts.is_some() && plain {
            let mutant = edited(template, &trust, |document| {
                document["Statement"] = json!([{
                    "Effect": "Allow",
                    "Principal": {"Service": ["ecs.amazonaws.com", "ec2.amazonaws.com"]},
                    "Action": "sts:AssumeRole",
                }]);
            });
            push(found, "another service trusted", mutant, Breaks::Trust, &trust);
        }
    }
}

/// The grants of the original that stand in the part that the edit was to break.
pub fn to_break<'g>(breaks: &Breaks, original: &Value, grants: &'g [Grant]) -> Vec<&'g Grant> {
    let part = match breaks {
        Breaks::In(pointer) | Breaks::ActionIn(pointer, _) | Breaks::DecryptBy(pointer) => place(original, pointer),
        Breaks::Denied(..) | Breaks::Bounded(_) | Breaks::Trust => 0..0,
    };
    grants.iter().filter(|grant| is_to_break(breaks, original, grant, &part)).collect()
}

fn is_to_break(breaks: &Breaks, original: &Value, grant: &Grant, part: &std::ops::Range<usize>) -> bool {
    let inside = part.start <= grant.by.start && grant.by.end <= part.end;
    match breaks {
        Breaks::In(_) => inside,
        Breaks::ActionIn(_, action) => grant.action == *action && inside,
        Breaks::DecryptBy(key) => {
            let is_key = |id: &String| {
                let named = original.get("Resources").and_then(|all| all.get(id)?.pointer("/Properties/KmsKeyId"));
                named.and_then(referred).is_some_and(|id| below("/Resources", id) == *key)
            };
            grant.decrypt && !inside && grant.targets.iter().any(is_key)
        }
        Breaks::Denied(role, action) => grant.role == *role && grant.action == *action,
        Breaks::Bounded(role) => grant.role == *role,
        Breaks::Trust => false,
    }
}
