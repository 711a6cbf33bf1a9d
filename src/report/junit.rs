//! A report of tests, for CI services that show those: a suite for each file, a test for each finding.
//!
//! There is no standard; this is what Jenkins, GitLab and GitHub's actions for it read alike. What fails the run is a failure, an
//! input that could not be checked is an error, and what does neither is a test that was skipped, with the finding as the reason: the report
//! fails where the exit status does. A file without findings is one test that passed, so that it is seen to have been checked.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use quick_xml::events::BytesText;
use quick_xml::writer::ElementWriter;

use super::mask::escaped;
use super::xml::{allowed, document};
use super::{INPUT_FAILURES, Report};
use crate::lint::Diagnostic;
use crate::source::FileId;

type Writer<'w> = quick_xml::Writer<&'w mut dyn Write>;

/// What became of the tests of a suite, or of all.
#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Failure,
    Error,
    Skipped,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut files: BTreeMap<FileId, Vec<&Diagnostic>> = BTreeMap::new();
    for source in report.outcome.sources.iter().filter(|source| !source.text().is_empty()) {
        files.insert(source.id(), Vec::new());
    }
    for diagnostic in &report.outcome.diagnostics {
        files.entry(diagnostic.primary.span.file).or_default().push(diagnostic);
    }
    let counts: Vec<Counts> = files.values().map(|findings| count(report, findings)).collect();
    let all = counts.iter().fold(Counts::default(), |all, one| Counts {
        tests: all.tests + one.tests,
        failures: all.failures + one.failures,
        errors: all.errors + one.errors,
        skipped: all.skipped + one.skipped,
    });
    let mut writer = document(out)?;
    element(&mut writer, "testsuites", "ecs-lint", all).write_inner_content(|writer| {
        files
            .iter()
            .zip(counts)
            .try_for_each(|((file, findings), counts)| suite(report, *file, findings, counts, writer))
    })?;
    writeln!(writer.into_inner())
}

fn count(report: &Report, findings: &[&Diagnostic]) -> Counts {
    let of = |verdict| findings.iter().filter(|diagnostic| judge(report, diagnostic) == verdict).count();
    Counts {
        tests: findings.len().max(1),
        failures: of(Verdict::Failure),
        errors: of(Verdict::Error),
        skipped: of(Verdict::Skipped),
    }
}

fn judge(report: &Report, diagnostic: &Diagnostic) -> Verdict {
    if INPUT_FAILURES.contains(&diagnostic.rule) {
        Verdict::Error
    } else if report.details.fails_at.is_some_and(|least| diagnostic.severity >= least) {
        Verdict::Failure
    } else {
        Verdict::Skipped
    }
}

/// An element for a suite, or for all.
fn element<'a, 'w>(
    writer: &'a mut Writer<'w>,
    tag: &'a str,
    name: &str,
    counts: Counts,
) -> ElementWriter<'a, &'w mut dyn Write> {
    writer
        .create_element(tag)
        .with_attribute(("name", name))
        .with_attribute(("tests", counts.tests.to_string().as_str()))
        .with_attribute(("failures", counts.failures.to_string().as_str()))
        .with_attribute(("errors", counts.errors.to_string().as_str()))
        .with_attribute(("skipped", counts.skipped.to_string().as_str()))
}

fn suite(
    report: &Report,
    file: FileId,
    findings: &[&Diagnostic],
    counts: Counts,
    writer: &mut Writer,
) -> io::Result<()> {
    let path = escaped(report.path(file));
    let path = allowed(&path);
    element(writer, "testsuite", &path, counts).write_inner_content(|writer| {
        if findings.is_empty() {
            writer
                .create_element("testcase")
                .with_attribute(("name", "no findings"))
                .with_attribute(("classname", path.as_ref()))
                .write_empty()?;
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        findings.iter().try_for_each(|diagnostic| {
            let name = name(report, diagnostic);
            let count = seen.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
            let name = if *count == 1 { name } else { format!("{name} #{count}") };
            case(report, diagnostic, &name, &path, writer)
        })
    })?;
    Ok(())
}

/// `rule: resource/container`, by which a service knows a test again when lines have moved.
fn name(report: &Report, diagnostic: &Diagnostic) -> String {
    let about: Vec<String> = [&diagnostic.resource, &diagnostic.container]
        .into_iter()
        .flatten()
        .map(|name| report.masks.line(name))
        .collect();
    if about.is_empty() { diagnostic.rule.to_owned() } else { format!("{}: {}", diagnostic.rule, about.join("/")) }
}

fn case(report: &Report, diagnostic: &Diagnostic, name: &str, path: &str, writer: &mut Writer) -> io::Result<()> {
    let (start, _) = report.range(diagnostic.primary.span);
    let message = report.masks.line(&diagnostic.message);
    let severity = diagnostic.severity;
    let text = format!("{path}:{}:{}: {severity}\n{}", start.line, start.column, report.words(diagnostic));
    let kind = match judge(report, diagnostic) {
        Verdict::Failure => "failure",
        Verdict::Error => "error",
        Verdict::Skipped => "skipped",
    };
    writer
        .create_element("testcase")
        .with_attribute(("name", allowed(name).as_ref()))
        .with_attribute(("classname", path))
        .with_attribute(("file", path))
        .with_attribute(("line", start.line.to_string().as_str()))
        .write_inner_content(|writer| {
            let verdict = writer.create_element(kind).with_attribute(("message", allowed(&message).as_ref()));
            // A test that was skipped has no kind of failure.
            let verdict = if kind == "skipped" { verdict } else { verdict.with_attribute(("type", diagnostic.rule)) };
            verdict.write_text_content(BytesText::new(&allowed(&text)))?;
            Ok(())
        })?;
    Ok(())
}
