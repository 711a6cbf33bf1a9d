//! The rules, as SARIF describes them.

use std::borrow::Cow;

use super::limits;
use super::model::{Help, Properties, ReportingConfiguration, ReportingDescriptor};
use super::{level, message, sentence};
use crate::model::Severity;
use crate::rules::{self, Rule};

pub(super) fn descriptors() -> Vec<ReportingDescriptor<'static>> {
    rules::all().iter().map(descriptor).collect()
}

pub(super) fn index(name: &str) -> Option<usize> {
    rules::all().iter().position(|rule| rule.name == name)
}

fn descriptor(rule: &'static Rule) -> ReportingDescriptor<'static> {
    let page = rule.page();
    let security_severity = page.security_severity.as_deref();
    let mut tags = vec!["aws", "ecs", page.category.as_str()];
    // By this tag code scanning tells what concerns security.
    tags.extend(security_severity.map(|_| "security"));
    ReportingDescriptor {
        id: rule.name,
        name: pascal_case(rule.name),
        short_description: message(limits::description(sentence(&page.title))),
        full_description: message(limits::description(page.description())),
        help_uri: page.references.first().map(String::as_str),
        help: Help {
            text: page.section("Why").map_or_else(|| page.description().into(), Cow::Borrowed),
            markdown: page.body,
        },
        default_configuration: ReportingConfiguration { level: level(page.severity) },
        properties: Properties {
            tags,
            // Severity follows certainty.
            precision: match page.severity {
                Severity::Error => "very-high",
                Severity::Warning => "high",
                Severity::Note => "medium",
            },
            problem_severity: match page.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
            security_severity,
        },
    }
}

/// SARIF wants an identifier beside the id, by custom in Pascal case.
fn pascal_case(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut characters = word.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(characters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_within_the_limits_of_code_scanning() {
        for rule in descriptors() {
            assert!(rule.name.len() <= limits::RULE_NAME, "{}", rule.id);
            assert!(rule.properties.tags.len() <= limits::TAGS, "{}", rule.id);
            // Cut text would end within a sentence.
            for text in [rule.short_description.text, rule.full_description.text] {
                assert!(text.chars().count() < limits::DESCRIPTION, "{}", rule.id);
            }
        }
    }
}
