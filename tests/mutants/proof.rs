//! When a mutant is known to lack what it needs, by a criterion that is simpler than the program's own reasoning.
//!
//! A *grant* is a need of a task (at warning or above) that the program found met in the original, with the bytes of the
//! statement or the managed policy that meets it. A mutant breaks a grant for certain when
//!
//! * those bytes lie in the part that was spoiled, and
//! * in the mutant nothing else could allow the action: no statement anywhere that names the action, be it by a
//!   wildcard, for this role, on a resource that might be the needed one; no `NotAction`; no managed policy but
//!   `AmazonECSTaskExecutionRolePolicy`, whose actions are known; no policy that is a function.
//!
//! An added `Deny` of the action on `*` breaks every grant, whatever else allows it. What cannot be shown by this is not
//! counted, neither as reported nor as missed.

use std::ops::Range;

use ecs_lint::access::{self, Feature, Verdict};
use ecs_lint::link::linked;
use ecs_lint::lower;
use ecs_lint::model::Severity;
use ecs_lint::source::{FileId, Source};
use serde_json::Value;

use crate::template::{self, Place, each, mentioned, referred, resources, statements};

/// A resource that no task needs: what operators narrow to.
pub const ELSEWHERE: &str = "spoiled-elsewhere";

/// The properties that hold a resource's name.
const NAMES: [&str; 4] = ["Name", "LogGroupName", "BucketName", "RepositoryName"];

/// What `AmazonECSTaskExecutionRolePolicy` allows.
const MANAGED: [&str; 6] = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

#[derive(Clone, Debug)]
pub struct Grant {
    pub action: &'static str,
    pub role: String,
    /// The bytes of what grants it.
    pub by: Range<usize>,
    pub decrypt: bool,
    /// Logical ids of the template that the needing setting names.
    pub targets: Vec<String>,
    /// Whether what is needed is known up to account, Region and partition, so that it differs from any other.
    pub settled: bool,
    /// Whether it has a name that is written, and not one that the deployment makes up: a literal could be that.
    pub named: bool,
}

/// The grants of a template, as the program judges them.
pub fn grants(template: &Value) -> Vec<Grant> {
    let source = Source::new(FileId(0), "template.json".to_owned(), template::write(template));
    let documents = lower::lower(&source, true, &std::sync::Arc::default()).documents;
    let mut grants = Vec::new();
    for document in documents {
        let document = &linked(document, &std::sync::Arc::default());
        for access in document.tasks.iter().flat_map(|task| access::of_task(document, task)) {
            let Verdict::Granted(by) = access.verdict else { continue };
            if access.need.severity < Severity::Warning {
                continue;
            }
            let needing = source.slice(access.need.span);
            let needing = serde_json::from_str(needing).unwrap_or_else(|_| Value::String(needing.to_owned()));
            let (decrypt, secret) = match &access.need.feature {
                Feature::Decrypt { secret, .. } => (true, vec![secret.id.clone()]),
                _ => (false, Vec::new()),
            };
            let targets: Vec<String> =
                mentioned(&needing).into_iter().chain(secret).filter(|name| !name.starts_with("AWS::")).collect();
            grants.push(Grant {
                action: access.need.action,
                role: access.role.id.clone(),
                by: by.range(),
                decrypt,
                settled: settled(template, &needing),
                named: !decrypt && targets.iter().all(|id| is_named(template, id)),
                targets,
            });
        }
    }
    grants
}

fn is_named(template: &Value, id: &str) -> bool {
    let properties = template.get("Resources").and_then(|all| all.get(id)?.get("Properties"));
    properties.is_some_and(|properties| NAMES.iter().any(|name| properties.get(*name).is_some()))
}

/// Whether a value is known up to account, Region and partition, the names of the resources it refers to included.
fn settled(template: &Value, value: &Value) -> bool {
    const OPEN: [&str; 4] = ["AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix"];
    let text = value.to_string();
    let functions = ["Fn::ImportValue", "Fn::GetStackOutput", "Fn::FindInMap", "Fn::If", "{{resolve:"];
    if functions.iter().any(|function| text.contains(function)) {
        return false;
    }
    mentioned(value).iter().all(|name| {
        let resource = template.get("Resources").and_then(|all| all.get(name));
        OPEN.contains(&name.as_str())
            || resource.is_some_and(|resource| {
                let properties = resource.get("Properties");
                let names = NAMES.iter().filter_map(|name| properties?.get(*name));
                names.into_iter().all(|name| settled(template, name))
            })
    })
}

/// Whether nothing in the mutant could allow what the grant is about.
pub fn nothing_else_allows(mutant: &Value, grant: &Grant) -> bool {
    let role = mutant.get("Resources").and_then(|all| all.get(&grant.role)).unwrap();
    !managed_may_allow(mutant, role, grant)
        && policies_are_written_out(mutant)
        && !statements(mutant).iter().any(|place| may_allow(mutant, place, grant))
}

fn managed_may_allow(mutant: &Value, role: &Value, grant: &Grant) -> bool {
    let managed = role.pointer("/Properties/ManagedPolicyArns");
    each(managed).into_iter().any(|arn| {
        let here = referred(arn).is_some_and(|id| mutant.get("Resources").and_then(|all| all.get(id)).is_some());
        let known = arn.to_string().contains("AmazonECSTaskExecutionRolePolicy");
        !here && (!known || MANAGED.contains(&grant.action))
    })
}

/// Whether no policy of the template hides statements behind a function or in text.
fn policies_are_written_out(mutant: &Value) -> bool {
    fn plain(value: &Value) -> bool {
        match value {
            Value::Object(members) => members.iter().all(|(key, member)| match key.as_str() {
                "Fn::Transform" | "Fn::ForEach" => false,
                "Policies" | "PolicyDocument" | "KeyPolicy" | "Statement" | "Roles" => {
                    !member.is_string() && each(Some(member)).iter().all(|item| !is_function(item)) && plain(member)
                }
                _ => plain(member),
            }),
            Value::Array(items) => items.iter().all(plain),
            _ => true,
        }
    }
    fn is_function(value: &Value) -> bool {
        value.as_object().is_some_and(|members| members.keys().any(|key| key.starts_with("Fn::")))
    }
    resources(mutant).all(|(_, _, resource)| plain(resource))
}

fn may_allow(mutant: &Value, place: &Place<'_>, grant: &Grant) -> bool {
    let statement = place.statement;
    let denies = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
    let names_action = statement.get("NotAction").is_some()
        || each(statement.get("Action")).iter().any(|pattern| match pattern.as_str() {
            Some(pattern) => matches(&pattern.to_ascii_lowercase(), &grant.action.to_ascii_lowercase()),
            None => true,
        });
    !denies
        && names_action
        && may_concern_role(mutant, place, &grant.role)
        && !is_about_others(mutant, statement, grant)
}

/// Whether an IAM pattern with `*` and `?` matches.
fn matches(pattern: &str, text: &str) -> bool {
    match (pattern.as_bytes().first(), text.as_bytes().first()) {
        (None, None) => true,
        (Some(b'*'), _) => matches(&pattern[1..], text) || !text.is_empty() && matches(pattern, &text[1..]),
        (Some(one), Some(other)) => (*one == b'?' || one == other) && matches(&pattern[1..], &text[1..]),
        _ => false,
    }
}

fn may_concern_role(mutant: &Value, place: &Place<'_>, role: &str) -> bool {
    if let Some(principal) = place.statement.get("Principal") {
        // The account's root as a principal gives a role nothing by itself: it lets IAM policies decide.
        return each(principal.get("AWS").or(Some(principal))).iter().any(|one| {
            let text = one.to_string();
            let others = referred(one).is_some_and(|id| id != role);
            !others && !text.contains(":root\"") && one.get("Service").is_none()
        });
    }
    if place.owner == role {
        return true;
    }
    let owner = mutant.get("Resources").and_then(|all| all.get(&place.owner)).unwrap();
    if owner.get("Type").and_then(Value::as_str) == Some("AWS::IAM::Role") {
        return false;
    }
    let properties = owner.get("Properties");
    let named = [properties.and_then(|all| all.get("Roles")), properties.and_then(|all| all.get("RoleName"))];
    let by_name = named.into_iter().flat_map(each).any(|name| {
        !referred(name).is_some_and(|id| id != role && mutant.get("Resources").is_some_and(|all| all.get(id).is_some()))
    });
    let text = mutant.get("Resources").and_then(|all| all.get(role)).and_then(|role| role.pointer("/Properties"));
    by_name || text.is_some_and(|text| mentioned(text).contains(&place.owner))
}

/// Whether each resource of the statement is known not to be the needed one.
fn is_about_others(mutant: &Value, statement: &Value, grant: &Grant) -> bool {
    let resources = each(statement.get("Resource"));
    let is_here = |id: &str| mutant.get("Resources").is_some_and(|all| all.get(id).is_some());
    let other = |resource: &&Value| {
        resource.to_string().contains(ELSEWHERE) && (grant.named || referred(resource).is_some())
            || !grant.decrypt
                && !grant.targets.is_empty()
                && referred(resource).is_some_and(|id| is_here(id) && !grant.targets.iter().any(|target| target == id))
    };
    // The ARN of a secret ends in a hyphen and six characters more, and that of a key in its id; policies name a key by nothing else.
    let never = |resource: &&Value| {
        let text = resource.to_string();
        let is_name = |id: &String| {
            let name =
                mutant.pointer(&template::below("/Resources", id)).and_then(|one| one.pointer("/Properties/Name"));
            name.and_then(Value::as_str).is_some_and(|name| text.contains(&format!(":secret:{name}\"")))
        };
        grant.decrypt && (text.contains(":alias/of-the-key\"") || resource.get("Ref").is_some())
            || grant.action == "secretsmanager:GetSecretValue"
                && !text.contains('*')
                && grant.targets.iter().any(is_name)
    };
    let token = |resource: &&Value| !resource.to_string().contains('*');
    !resources.is_empty()
        && (grant.settled && resources.iter().all(|resource| other(resource) || never(resource))
            || grant.action == "ecr:GetAuthorizationToken" && resources.iter().all(token))
}
