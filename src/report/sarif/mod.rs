//! SARIF 2.1.0, for code-scanning services.

mod model;
mod uri;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::excerpt::snippet;
use super::mask::Masks;
use super::{INPUT_FAILURES, SuppressedIn, View};
use crate::lint::{Diagnostic, Label, Outcome, Sources, Suppressed, SuppressedBy};
use crate::model::Severity;
use crate::rules::{self, Rule};
use crate::source::Span;
use model::{
    Driver, Help, Invocation, Location, Log, LogicalLocation, Message, Notification, PhysicalLocation, Properties,
    Region, ReportingConfiguration, ReportingDescriptor, ResultObject, RuleReference, Run, Suppression, Tool, UriBase,
};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The category of rules that find a leaked credential.
const SECURITY_CATEGORY: &str = "user-data";

pub(super) fn write(outcome: &Outcome, view: View, out: &mut dyn Write) -> io::Result<()> {
    let masks = Masks::new(outcome);
    let suppressed = if view.suppressed == SuppressedIn::No { &[][..] } else { &outcome.suppressed };
    let run = Writer { sources: &outcome.sources, masks: &masks }.run(outcome, suppressed);
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

struct Writer<'a> {
    sources: &'a Sources,
    masks: &'a Masks<'a>,
}

impl<'a> Writer<'a> {
    fn run(&self, outcome: &'a Outcome, suppressed: &'a [Suppressed]) -> Run<'a> {
        let mut results: Vec<_> = outcome.diagnostics.iter().map(|diagnostic| self.result(diagnostic)).collect();
        if !suppressed.is_empty() {
            // In one run either all results have the property or none: an empty list says that it is not suppressed.
            for result in &mut results {
                result.suppressions = Some(Vec::new());
            }
            results.extend(suppressed.iter().map(|one| ResultObject {
                suppressions: Some(vec![self.suppression(one)]),
                ..self.result(&one.diagnostic)
            }));
        }
        let notifications: Vec<_> = outcome
            .diagnostics
            .iter()
            .filter(|diagnostic| INPUT_FAILURES.contains(&diagnostic.rule))
            .map(|diagnostic| self.notification(diagnostic))
            .collect();
        Run {
            tool: Tool { driver: driver() },
            invocations: [Invocation {
                execution_successful: notifications.is_empty(),
                tool_execution_notifications: notifications,
            }],
            original_uri_base_ids: BTreeMap::from([(
                uri::SOURCE_ROOT,
                UriBase { description: message("The directory in which ecs-lint was run.") },
            )]),
            column_kind: "utf16CodeUnits",
            results,
        }
    }

    fn result(&self, diagnostic: &'a Diagnostic) -> ResultObject<'a> {
        ResultObject {
            rule_id: diagnostic.rule,
            rule_index: rule_index(diagnostic.rule),
            level: level(diagnostic.severity),
            message: self.full_message(diagnostic),
            locations: [Location {
                logical_locations: logical_locations(diagnostic, self.masks),
                ..self.location(diagnostic.primary.span)
            }],
            related_locations: self.related_locations(diagnostic),
            suppressions: None,
        }
    }

    fn suppression(&self, suppressed: &'a Suppressed) -> Suppression<'a> {
        let in_source = suppressed.by == SuppressedBy::Source;
        let reason = suppressed.justification.as_deref().map(|reason| self.masks.message(reason));
        Suppression {
            kind: if in_source { "inSource" } else { "external" },
            justification: reason,
            location: suppressed.place.map(|place| self.location(place)),
        }
    }

    /// What a service shows of a finding is its message alone, so notes and help are part of it.
    fn full_message(&self, diagnostic: &'a Diagnostic) -> Message<'a> {
        let mut text = sentence(&self.masks.message(&diagnostic.message));
        for addition in diagnostic.notes.iter().chain(&diagnostic.help) {
            text.push('\n');
            text.push_str(&sentence(&self.masks.message(addition)));
        }
        message(text)
    }

    /// What the primary label says about its place goes with the secondary ones: a result's
    /// location has no message of its own in the services that show it.
    fn related_locations(&self, diagnostic: &'a Diagnostic) -> Vec<Location<'a>> {
        let primary = (!diagnostic.primary.message.is_empty()).then_some(&diagnostic.primary);
        let labels = primary.into_iter().chain(&diagnostic.secondary);
        labels.enumerate().map(|(index, label)| self.related(index + 1, label)).collect()
    }

    fn related(&self, id: usize, label: &'a Label) -> Location<'a> {
        let text = if label.message.is_empty() {
            Cow::Borrowed("Decided here.")
        } else {
            sentence(&self.masks.message(&label.message)).into()
        };
        Location { id: Some(id), message: Some(Message { text }), ..self.location(label.span) }
    }

    fn notification(&self, diagnostic: &'a Diagnostic) -> Notification<'a> {
        Notification {
            level: level(diagnostic.severity),
            message: message(sentence(&self.masks.message(&diagnostic.message))),
            locations: [self.location(diagnostic.primary.span)],
            associated_rule: RuleReference { id: diagnostic.rule, index: rule_index(diagnostic.rule) },
        }
    }

    fn location(&self, span: Span) -> Location<'a> {
        let artifact_location = uri::artifact(self.sources.name(span.file));
        Location {
            id: None,
            physical_location: PhysicalLocation { artifact_location, region: self.region(span) },
            logical_locations: Vec::new(),
            message: None,
        }
    }

    fn region(&self, span: Span) -> Option<Region> {
        let source = self.sources.get(span.file)?;
        let start = source.position(span.start);
        let end = source.position(span.end.max(span.start));
        let text = snippet(source, span, &self.masks.of_file(span.file));
        Some(Region {
            start_line: start.line,
            start_column: start.utf16_column,
            end_line: end.line,
            end_column: end.utf16_column,
            byte_offset: start.offset,
            byte_length: end.offset.saturating_sub(start.offset),
            snippet: (!text.is_empty()).then(|| message(text)),
        })
    }
}

fn driver() -> Driver<'static> {
    Driver {
        name: "ecs-lint",
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: Some(env!("CARGO_PKG_REPOSITORY")).filter(|uri| !uri.is_empty()),
        rules: rules::all().iter().map(descriptor).collect(),
    }
}

fn descriptor(rule: &'static Rule) -> ReportingDescriptor<'static> {
    let page = rule.page();
    let mut tags = vec![page.category.as_str()];
    if page.category == SECURITY_CATEGORY {
        tags.push("security");
    }
    ReportingDescriptor {
        id: rule.name,
        name: pascal_case(rule.name),
        short_description: message(sentence(&page.title)),
        full_description: message(page.description()),
        help_uri: page.references.first().map(String::as_str),
        help: Help {
            text: page.section("Why").map_or_else(|| page.description().into(), Cow::Borrowed),
            markdown: page.body,
        },
        default_configuration: ReportingConfiguration { level: level(page.severity) },
        properties: Properties { tags },
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

fn rule_index(name: &str) -> Option<usize> {
    rules::all().iter().position(|rule| rule.name == name)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn logical_locations<'a>(diagnostic: &'a Diagnostic, masks: &Masks) -> Vec<LogicalLocation<'a>> {
    let masked = |name: &'a Option<String>| name.as_deref().map(|name| masks.message(name));
    let (resource, container) = (masked(&diagnostic.resource), masked(&diagnostic.container));
    let path: Vec<&str> = [&resource, &container].into_iter().flatten().map(AsRef::as_ref).collect();
    let path = path.join("/");
    let container_location =
        container.map(|name| LogicalLocation { name, fully_qualified_name: path, kind: "container" });
    let resource_location = resource.map(|name| LogicalLocation {
        fully_qualified_name: name.clone().into_owned(),
        name,
        kind: "resource",
    });
    container_location.into_iter().chain(resource_location).collect()
}

/// SARIF messages are sentences with a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

fn message<'a>(text: impl Into<Cow<'a, str>>) -> Message<'a> {
    Message { text: text.into() }
}
