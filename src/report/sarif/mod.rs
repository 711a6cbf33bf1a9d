//! SARIF 2.1.0, for code-scanning services.

mod fingerprint;
mod limits;
mod model;
mod rules;
mod uri;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::excerpt::snippet;
use super::inert::JsonWriter;
use super::mask::Masks;
use super::{INPUT_FAILURES, Omission, Report, SuppressedIn, View, gravest};
use crate::lint::{self, Diagnostic, Label, Suppressed, SuppressedBy};
use crate::model::{Safety, Severity};
use crate::source::{Edit, FileId, Span};
use fingerprint::LineHashes;
use model::{
    ArtifactChange, AutomationDetails, CodeFlow, Driver, Fix, Invocation, Location, Log, LogicalLocation, Message,
    Notification, PartialFingerprints, PhysicalLocation, Region, Replacement, ResultObject, RuleReference, Run,
    Suppression, ThreadFlow, ThreadFlowLocation, Tool, UriBase,
};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What relative URIs are relative to.
const SOURCE_ROOT_IS: &str =
    "The top of the git work tree, or the directory in which ecs-lint was run where there is none.";

/// The category of rules that follow a chain from what is needed over the role to its policies.
const CHAIN_CATEGORY: &str = "permission";

/// Writes one run, with no more in it than code scanning takes; of more findings than that the gravest stay.
pub(super) fn write(report: &Report, view: View, out: &mut dyn Write) -> io::Result<Option<Omission>> {
    let writer = Writer { report, masks: &report.masks, line_hashes: RefCell::default() };
    let suppressed = if view.suppressed == SuppressedIn::No { &[][..] } else { &report.outcome.suppressed };
    let all = report.outcome.diagnostics.len() + suppressed.len();
    let mut most = all.min(limits::RESULTS);
    let mut why = format!("code scanning takes no more than {} results", limits::RESULTS);
    loop {
        let omission = (most < all).then(|| Omission { shown: most, of: all, why: why.clone() });
        let log = Log { schema: SCHEMA, version: "2.1.0", runs: [writer.run(most, suppressed, omission.as_ref())] };
        let mut text = Vec::new();
        serde_json::to_writer_pretty(JsonWriter(&mut text), &log)?;
        match limits::excessive_size(&text)? {
            Some(size) if most > 0 => {
                // A tenth less than would fit if all results were of one size.
                most = most * (limits::COMPRESSED_SIZE / 10 * 9 / 1000) / (size / 1000);
                why =
                    format!("code scanning takes no more than {} MB, compressed", limits::COMPRESSED_SIZE / 1_000_000);
            }
            _ => {
                out.write_all(&text)?;
                writeln!(out)?;
                return Ok(omission);
            }
        }
    }
}

struct Writer<'a> {
    report: &'a Report<'a>,
    masks: &'a Masks<'a>,
    /// Of the files with findings so far.
    line_hashes: RefCell<BTreeMap<FileId, LineHashes>>,
}

impl<'a> Writer<'a> {
    /// The run with so many results at most.
    fn run(&self, most: usize, suppressed: &'a [Suppressed], omission: Option<&Omission>) -> Run<'a> {
        let diagnostics = &self.report.outcome.diagnostics;
        let details = &self.report.details;
        let failures = || diagnostics.iter().filter(|diagnostic| INPUT_FAILURES.contains(&diagnostic.rule));
        // They are results as well: services show nothing of a notification but that there is one.
        let mut notifications: Vec<_> = failures().map(|diagnostic| self.notification(diagnostic)).collect();
        notifications.extend(omission.map(|omission| remark("warning", format!("The log is cut: {omission}."))));
        if most > limits::SHOWN_RESULTS {
            let shown = format!("Code scanning shows {} of {most} results, the gravest.", limits::SHOWN_RESULTS);
            notifications.push(remark("note", shown));
        }
        let mut results: Vec<_> =
            gravest(diagnostics, most).into_iter().map(|diagnostic| self.result(diagnostic)).collect();
        if !suppressed.is_empty() {
            // In one run either all results have the property or none: an empty list says that it is not suppressed.
            for result in &mut results {
                result.suppressions = Some(Vec::new());
            }
            results.extend(suppressed.iter().take(most - results.len()).map(|one| ResultObject {
                suppressions: Some(vec![self.suppression(one)]),
                ..self.result(&one.diagnostic)
            }));
        }
        Run {
            tool: Tool { driver: driver() },
            automation_details: details.category.as_deref().map(|category| AutomationDetails {
                // What is behind the last slash would name the run.
                id: format!("{}/", category.trim_end_matches('/')),
            }),
            invocations: [Invocation {
                execution_successful: failures().next().is_none(),
                exit_code: details.exit_status,
                tool_execution_notifications: notifications,
            }],
            original_uri_base_ids: BTreeMap::from([(
                uri::SOURCE_ROOT,
                UriBase { description: message(SOURCE_ROOT_IS) },
            )]),
            column_kind: "utf16CodeUnits",
            results,
        }
    }

    fn result(&self, diagnostic: &'a Diagnostic) -> ResultObject<'a> {
        ResultObject {
            rule_id: diagnostic.rule,
            rule_index: rules::index(diagnostic.rule),
            level: level(diagnostic.severity),
            message: self.full_message(diagnostic),
            locations: [Location {
                logical_locations: logical_locations(diagnostic, self.masks),
                ..self.location(diagnostic.primary.span)
            }],
            partial_fingerprints: self.partial_fingerprints(diagnostic.primary.span),
            related_locations: self.related_locations(diagnostic),
            code_flows: self.code_flow(diagnostic).into_iter().collect(),
            fixes: diagnostic.fixes.iter().filter_map(|fix| self.fix(fix)).collect(),
            suppressions: None,
        }
    }

    /// Who shows a fix shows what it is called, and so must tell of one that somebody has to look at.
    fn fix(&self, fix: &'a lint::Fix) -> Option<Fix<'a>> {
        let file = fix.edits.first()?.span.file;
        if !self.masks.may_show(fix) {
            return None;
        }
        let replacement = |edit: &'a Edit| {
            Some(Replacement {
                deleted_region: Region { snippet: None, ..self.region(edit.span)? },
                inserted_content: (!edit.text.is_empty()).then(|| message(edit.text.as_str())),
            })
        };
        Some(Fix {
            description: message(match fix.safety {
                Safety::Safe => self.said(&fix.title),
                Safety::Unsafe => format!("{} (unsafe: look at the result)", self.said(&fix.title)),
            }),
            properties: model::FixProperties { safety: fix.safety.as_str() },
            artifact_changes: [ArtifactChange {
                artifact_location: uri::artifact(self.report.path(file)),
                replacements: fix.edits.iter().map(replacement).collect::<Option<_>>()?,
            }],
        })
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

    /// None where the text is not known: the upload action then computes it from the file, if that can be.
    fn partial_fingerprints(&self, span: Span) -> Option<PartialFingerprints> {
        let source = self.report.outcome.sources.get(span.file).filter(|source| !source.text().is_empty())?;
        let mut known = self.line_hashes.borrow_mut();
        let hashes = known.entry(span.file).or_insert_with(|| LineHashes::new(source.text()));
        let hash = hashes.of_line(source.position(span.start).line)?;
        Some(PartialFingerprints { primary_location_line_hash: hash })
    }

    /// The way from what is needed to what decides it, of a finding that follows one.
    fn code_flow(&self, diagnostic: &'a Diagnostic) -> Option<CodeFlow<'a>> {
        let rule = crate::rules::find(diagnostic.rule)?;
        if rule.page().category != CHAIN_CATEGORY || diagnostic.secondary.is_empty() {
            return None;
        }
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        let locations = labels.map(|label| ThreadFlowLocation { location: self.labelled(label) }).collect();
        Some(CodeFlow { thread_flows: [ThreadFlow { locations }] })
    }

    /// A sentence without credentials, and without links: in SARIF `[a](b)` is one, and a file can have that in a name.
    fn said(&self, text: &str) -> String {
        sentence(&self.masks.message(text)).replace("](", "] (")
    }

    /// What a service shows of a finding is its message alone, so notes and help are part of it.
    fn full_message(&self, diagnostic: &'a Diagnostic) -> Message<'a> {
        let mut text = self.said(&diagnostic.message);
        for addition in diagnostic.notes.iter().chain(&diagnostic.help) {
            text.push('\n');
            text.push_str(&self.said(addition));
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
        Location { id: Some(id), ..self.labelled(label) }
    }

    /// The place of a label with what it says.
    fn labelled(&self, label: &'a Label) -> Location<'a> {
        let text =
            if label.message.is_empty() { Cow::Borrowed("Decided here.") } else { self.said(&label.message).into() };
        Location { message: Some(Message { text }), ..self.location(label.span) }
    }

    fn notification(&self, diagnostic: &'a Diagnostic) -> Notification<'a> {
        Notification {
            level: level(diagnostic.severity),
            message: message(self.said(&diagnostic.message)),
            locations: vec![self.location(diagnostic.primary.span)],
            associated_rule: Some(RuleReference { id: diagnostic.rule, index: rules::index(diagnostic.rule) }),
        }
    }

    fn location(&self, span: Span) -> Location<'a> {
        let artifact_location = uri::artifact(&self.report.path_in_repository(span.file));
        Location {
            id: None,
            physical_location: PhysicalLocation { artifact_location, region: self.region(span) },
            logical_locations: Vec::new(),
            message: None,
        }
    }

    fn region(&self, span: Span) -> Option<Region> {
        let source = self.report.outcome.sources.get(span.file)?;
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
        rules: rules::descriptors(),
    }
}

/// A notification about the log itself.
fn remark(level: &'static str, text: String) -> Notification<'static> {
    Notification { level, message: message(text), locations: Vec::new(), associated_rule: None }
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
