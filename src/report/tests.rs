//! Every format over one made-up run.

use serde_json::Value;

use super::*;
use crate::lint::{Diagnostic, Label, Sources, Summary, Suppressed, SuppressedBy};
use crate::model::Severity;
use crate::source::{FileId, Source, Span};

const PASSWORD: &str = "hunter2-Tr0ub4dor&3";

fn span_of(source: &Source, text: &str) -> Span {
    let start = source.text().find(text).unwrap();
    Span::new(source.id(), u32::try_from(start).unwrap(), u32::try_from(start + text.len()).unwrap())
}

fn diagnostic(rule: &'static str, severity: Severity, primary: Label) -> Diagnostic {
    Diagnostic {
        rule,
        severity,
        message: format!("what {rule} says"),
        primary,
        secondary: Vec::new(),
        notes: Vec::new(),
        help: None,
        resource: None,
        container: None,
        proposals: Vec::new(),
        fixes: Vec::new(),
        subjects: Vec::new(),
    }
}

/// A secret in a file with a byte order mark, Windows line ends and non-ASCII text; a one-line
/// template; a file that could not be read.
fn outcome() -> Outcome {
    let first = format!(
        "\u{feff}Größe: \"🦀🦀\"\r\nAuth: {PASSWORD}\r\nAgain: {PASSWORD}; \u{202e}evil\x1b[31m\r\nLast: 1\r\n"
    );
    let padding = "x".repeat(300_000);
    let second = format!("{{\"pad\":\"{padding}\",\"role\":\"日本\",\"pad2\":\"{padding}\",\"image\":\"web\"}}");
    let sources = vec![
        Source::new(FileId(0), "infra/größe.yaml".to_owned(), first),
        Source::new(FileId(1), "min.json".to_owned(), second),
        Source::new(FileId(2), "/srv/un\u{1b}readable.json".to_owned(), String::new()),
    ];
    let secret = span_of(&sources[0], PASSWORD);
    let mut leak = diagnostic("plaintext-engine-auth-data", Severity::Error, Label::new(secret, "a password"));
    leak.message = format!("a rule that forgets itself: {PASSWORD}");
    leak.secondary = vec![
        Label::new(span_of(&sources[0], "Again"), format!("see {PASSWORD}")),
        Label::new(span_of(&sources[1], "日本"), "the role"),
    ];
    leak.notes = vec![format!("two\nlines {PASSWORD}")];
    leak.help = Some(format!("rotate {PASSWORD}"));
    leak.resource = Some("Launch".to_owned());
    leak.container = Some("web".to_owned());
    let mut around = diagnostic("wrong-type", Severity::Warning, Label::new(span_of(&sources[0], "🦀🦀"), ""));
    around.primary.span.end = u32::try_from(sources[0].text().len()).unwrap();
    around.resource = Some("Launch".to_owned());
    let mut minified =
        diagnostic("execution-role-missing", Severity::Note, Label::new(span_of(&sources[1], "web"), "image"));
    minified.secondary = vec![Label::new(span_of(&sources[1], "role"), "role")];
    let unreadable = diagnostic("unreadable-file", Severity::Error, Label::new(Span::start_of(FileId(2)), ""));
    let suppressed = Suppressed {
        diagnostic: Arc::new(leak.clone()),
        by: SuppressedBy::Source,
        justification: Some(format!("it is only\n{PASSWORD}\u{1b}")),
        place: Some(secret),
    };
    Outcome {
        resources: Vec::new(),
        sources: Sources::new(sources),
        diagnostics: [around, leak, minified, unreadable].map(Arc::new).into(),
        suppressed: vec![suppressed],
        baseline: None,
        secrets: vec![secret],
        doubtful: Vec::new(),
        summary: Summary { files_seen: 3, files_recognised: 2, errors: 2, warnings: 1, notes: 1, suppressed: 1 },
    }
}

fn details() -> RunDetails {
    RunDetails { fails_at: Some(Severity::Warning), exit_status: Some(2), ..RunDetails::default() }
}

fn write(format: Format, outcome: &Outcome, view: View, out: &mut dyn Write) -> io::Result<()> {
    Report::new(outcome, details()).write(format, view, out).map(drop)
}

fn written(format: Format, color: bool) -> String {
    written_with(format, View { color, ..View::default() })
}

fn written_with(format: Format, view: View) -> String {
    let mut out = Vec::new();
    write(format, &outcome(), view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn no_format_shows_a_secret() {
    for format in Format::ALL {
        for color in [false, true] {
            let text = written_with(format, View { color, suppressed: SuppressedIn::Every });
            assert!(!text.contains("hunter2"), "{format:?}:\n{text}");
            assert!(!text.contains("Tr0ub4dor"), "{format:?}:\n{text}");
        }
    }
}

#[test]
fn every_format_is_safe_for_a_terminal() {
    for format in Format::ALL {
        let text = written_with(format, View { color: false, suppressed: SuppressedIn::Every });
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{feff}', '\r']), "{format:?}:\n{text}");
    }
    assert!(written(Format::Text, true).contains("\u{1b}["));
}

#[test]
fn text_is_clipped_and_points_at_the_true_places() {
    insta::assert_snapshot!(written(Format::Text, false));
}

#[test]
fn concise_is_a_line_a_finding() {
    insta::assert_snapshot!(written(Format::Concise, false), @r"
    infra/größe.yaml:1:9: warning[wrong-type] what wrong-type says
    infra/größe.yaml:2:7: error[plaintext-engine-auth-data] a rule that forgets itself: *******************
    min.json:1:600042: note[execution-role-missing] what execution-role-missing says
    /srv/un\u{1b}readable.json:1:1: error[unreadable-file] what unreadable-file says
    ");
}

#[test]
fn json_has_the_documented_shape() {
    insta::assert_snapshot!(written(Format::Json, false));
}

#[test]
fn sarif_has_columns_in_utf_16_and_byte_offsets() {
    let log: Value = serde_json::from_str(&written(Format::Sarif, false)).unwrap();
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let around = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(around["artifactLocation"]["uri"], "infra/gr%C3%B6%C3%9Fe.yaml");
    assert_eq!(around["artifactLocation"]["uriBaseId"], "SRCROOT");
    assert_eq!(around["region"]["startColumn"], 9);
    assert_eq!(around["region"]["byteOffset"], 13);
    assert_eq!(around["region"]["endLine"], 5);
    let leak = &run["results"][1];
    assert_eq!(driver["rules"][usize::try_from(leak["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], leak["ruleId"]);
    let region = &leak["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["snippet"]["text"], "*".repeat(PASSWORD.len()));
    assert_eq!(leak["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "Launch/web");
    assert_eq!(leak["relatedLocations"].as_array().unwrap().len(), 3);
    let minified = &run["results"][2]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(minified["startColumn"], 600_042);
    assert_eq!(minified["byteOffset"], 600_045);
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 2);
    assert!(leak["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().ends_with(":1"));
    // Of a file that was not read, who uploads the log may know more.
    assert_eq!(run["results"][3]["partialFingerprints"], Value::Null);
    assert_eq!(invocation["toolExecutionNotifications"][0]["associatedRule"]["id"], "unreadable-file");
    let uri = &invocation["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"];
    assert_eq!(uri["artifactLocation"]["uri"], "file:///srv/un%1Breadable.json");
}

/// Nine results of three severities, cut to four.
#[test]
fn the_gravest_stay_in_their_order() {
    let severities = [Severity::Note, Severity::Warning, Severity::Error];
    let diagnostics: Vec<Arc<Diagnostic>> = (0..9)
        .map(|number| {
            let span = Span::new(FileId(0), number, number);
            Arc::new(diagnostic("wrong-type", severities[number as usize % 3], Label::new(span, "")))
        })
        .collect();
    let kept: Vec<u32> = gravest(&diagnostics, 4).iter().map(|diagnostic| diagnostic.primary.span.start).collect();
    assert_eq!(kept, [1, 2, 5, 8]);
    assert_eq!(gravest(&diagnostics, 9).len(), 9);
}

#[test]
fn a_log_that_is_too_long_is_cut_and_says_so() {
    let source = Source::new(FileId(0), "many.yaml".to_owned(), "x\n".repeat(26_000));
    let notes = (0..26_000).map(|line| {
        let span = Span::new(FileId(0), line * 2, line * 2 + 1);
        diagnostic("wrong-type", if line == 25_999 { Severity::Error } else { Severity::Note }, Label::new(span, ""))
    });
    let outcome = Outcome {
        diagnostics: notes.map(Arc::new).collect(),
        sources: Sources::new(vec![source]),
        ..Outcome::default()
    };
    let mut out = Vec::new();
    let report = Report::new(&outcome, details());
    let omission = report.write(Format::Sarif, View::default(), &mut out).unwrap().unwrap().to_string();
    assert_eq!(
        omission,
        "only the 25000 gravest of 26000 findings are in it: code scanning takes no more than 25000 results"
    );
    let log: Value = serde_json::from_slice(&out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[24_999]["level"]), (25_000, &"error".into()));
    let notifications = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert!(notifications[0]["message"]["text"].as_str().unwrap().contains(&omission));
    assert!(notifications[1]["message"]["text"].as_str().unwrap().contains("shows 5000 of 25000 results"));

    out.clear();
    let omission = report.write(Format::Markdown, View::default(), &mut out).unwrap().unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.len() < 65_536 && text.contains("### 1 error\n"), "{}", &text[..200]);
    let left_out = 26_000 - omission.shown;
    assert!(text.ends_with(&format!("**{left_out} more of 26000 findings are not shown here.**\n")));
}

/// What an attacker who may name files, resources and images would try.
fn hostile() -> Outcome {
    let name = "::error file=x::y,z%0A\r\n##[set-output name=a]b\u{202e}|`<img src=x>`|@team/\u{1b}[2J\u{ffff}&\".json";
    let text = "a: \"##[error]boo\" # ##vso[task.setvariable variable=x]y\u{9b}\n::stop-commands::x\n";
    let source = Source::new(FileId(0), name.to_owned(), text.to_owned());
    let mut finding = diagnostic("wrong-type", Severity::Error, Label::new(span_of(&source, "boo"), "\n::add-mask::x"));
    finding.message =
        format!("image `{name}` | <script>alert(1)</script> @everyone #1 ]]> [x](https://x) ::warning::x\u{0}");
    finding.secondary = vec![Label::new(span_of(&source, "::stop"), "##[group]label")];
    finding.notes = vec!["a note\n::error::of\nlines\u{1b}]0;title\u{7}".to_owned()];
    finding.help = Some("see https://evil.example/?a=b&c=d, @someone".to_owned());
    finding.resource = Some("R|`x`\n::error::r".to_owned());
    finding.container = Some("]]>&<\u{2067}".to_owned());
    Outcome { sources: Sources::new(vec![source]), diagnostics: vec![Arc::new(finding)], ..Outcome::default() }
}

#[test]
fn no_format_is_steered_by_a_name_or_a_message() {
    let outcome = hostile();
    for format in Format::ALL {
        let mut out = Vec::new();
        write(format, &outcome, View::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            !text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\u{2067}', '\r', '\0']),
            "{format:?}: {text}"
        );
        // Anything that a runner would take as a command, but for the one that is meant.
        let commands = text.lines().filter(|line| line.trim_start().starts_with("::")).count();
        assert_eq!(commands, usize::from(format == Format::Github), "{format:?}: {text}");
        for command in ["##[error]", "##[set-output", "##[group]", "##vso["] {
            assert!(!text.contains(command), "{format:?}: {text}");
        }
        if matches!(format, Format::Junit | Format::Checkstyle) {
            assert!(!text.contains('\u{ffff}') && !text.contains("<script") && !text.contains("<img"), "{text}");
            let mut reader = quick_xml::Reader::from_str(&text);
            while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
        }
        assert!(format != Format::Sarif || !text.contains("[x]("), "{text}");
        if format == Format::Markdown {
            let rows = text.lines().filter(|line| line.starts_with("| wrong-type |"));
            assert_eq!(rows.map(|row| row.matches('|').count()).collect::<Vec<_>>(), [4], "{text}");
            for markup in ["<script", "<img", "@team", "@everyone", "@someone", "#1 ", "https://", "[x]("] {
                assert!(!text.contains(markup), "{markup}: {text}");
            }
        }
    }
}

#[test]
fn each_format_has_its_shape() {
    for format in [
        Format::Jsonl,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Checkstyle,
        Format::Rdjson,
        Format::Markdown,
    ] {
        insta::assert_snapshot!(format.as_str(), written(format, false));
    }
}

#[test]
fn the_working_directory_is_no_part_of_a_path() {
    let details = RunDetails { directory: Some("/srv".to_owned()), category: Some("infra/".to_owned()), ..details() };
    let outcome = outcome();
    let report = Report::new(&outcome, details);
    assert_eq!(report.path(FileId(2)), "un\u{1b}readable.json");
    assert_eq!(report.path(FileId(1)), "min.json");
    let mut out = Vec::new();
    report.write(Format::Sarif, View::default(), &mut out).unwrap();
    let log: Value = serde_json::from_slice(&out).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["automationDetails"]["id"], "infra/");
    let artifact = &run["results"][3]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!((&artifact["uri"], &artifact["uriBaseId"]), (&"un%1Breadable.json".into(), &"SRCROOT".into()));
}

#[test]
fn a_permission_finding_has_its_chain_as_a_code_flow() {
    let mut outcome = outcome();
    Arc::make_mut(&mut outcome.diagnostics[1]).rule = "secret-permission-missing";
    let mut out = Vec::new();
    write(Format::Sarif, &outcome, View::default(), &mut out).unwrap();
    let log: Value = serde_json::from_slice(&out).unwrap();
    let results = &log["runs"][0]["results"];
    let locations = results[1]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    let steps: Vec<_> = locations.iter().map(|step| step["location"]["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(steps, ["a password.", "see *******************.", "the role."]);
    assert_eq!(results[2]["codeFlows"], Value::Null);
}

#[test]
fn gitlab_fingerprints_are_unique_and_do_not_know_lines() {
    let fingerprints = |outcome: &Outcome| -> Vec<String> {
        let mut out = Vec::new();
        write(Format::Gitlab, outcome, View::default(), &mut out).unwrap();
        let issues: Value = serde_json::from_slice(&out).unwrap();
        issues.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let mut outcome = outcome();
    let before = fingerprints(&outcome);
    outcome.diagnostics.push(outcome.diagnostics[2].clone());
    Arc::make_mut(&mut outcome.diagnostics[2]).primary.span.start -= 7;
    let after = fingerprints(&outcome);
    assert_eq!(after[..4], before[..]);
    let unique: std::collections::BTreeSet<_> = after.iter().collect();
    assert_eq!(unique.len(), 5);
}

#[test]
fn every_rule_is_described_in_sarif() {
    let log: Value = serde_json::from_str(&written(Format::Sarif, false)).unwrap();
    let described = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().clone();
    assert_eq!(described.len(), crate::rules::all().len());
    for rule in described {
        for text in [
            &rule["name"],
            &rule["shortDescription"]["text"],
            &rule["fullDescription"]["text"],
            &rule["help"]["text"],
            &rule["help"]["markdown"],
            &rule["defaultConfiguration"]["level"],
            &rule["properties"]["tags"][0],
            &rule["properties"]["precision"],
            &rule["properties"]["problem.severity"],
        ] {
            assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{rule:#}");
        }
        // Code scanning wants both or none.
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert_eq!(tags.contains(&"security".into()), rule["properties"]["security-severity"].is_string(), "{rule:#}");
    }
}

/// A writer that fails after so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_stays_recognisable() {
    for format in Format::ALL {
        let error = write(format, &outcome(), View::default(), &mut Full(40)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format:?}");
    }
}

#[test]
fn long_spans_are_folded_and_gaps_are_marked() {
    let text = (1..=1000).map(|line| format!("line {line}\n")).collect::<Vec<_>>().concat();
    let source = Source::new(FileId(0), "long.yaml".to_owned(), text);
    let start = span_of(&source, "line 3\n").start;
    let end = span_of(&source, "line 902\n").end;
    let mut folded =
        diagnostic("wrong-type", Severity::Warning, Label::new(Span::new(FileId(0), start, end), "900 lines"));
    folded.secondary = vec![Label::new(span_of(&source, "line 999"), "far below")];
    let outcome =
        Outcome { sources: Sources::new(vec![source]), diagnostics: vec![Arc::new(folded)], ..Outcome::default() };
    let mut out = Vec::new();
    write(Format::Text, &outcome, View::default(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    warning[wrong-type]: what wrong-type says
        ┌─ long.yaml:3:1
        │
      3 │ ╭ line 3
      4 │ │ line 4
      5 │ │ line 5
      6 │ │ line 6
        · │
    901 │ │ line 901
    902 │ │ line 902
        │ ╰────────^ 900 lines
        ·
    999 │   line 999
        │   -------- far below
    ");
}

proptest::proptest! {
    /// Whatever the text and wherever the spans: no panic, no secret, no more than a screenful.
    #[test]
    fn any_span_can_be_shown(
        text in "\u{feff}?([a-cé\u{1f980}\u{301}\t\u{1b}\u{202e}\"\n]|\r\n|[a-c]{150}|\n{4}){0,12}",
        places in proptest::collection::vec((0_u32..400, 0_u32..400), 1..5),
        secret_at in 0_usize..400,
    ) {
        const SECRET: &str = "Zq7-Zq8-Zq9";
        let at = (0..=secret_at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let text = format!("{}{SECRET}{}{SECRET}", &text[..at], &text[at..]);
        let source = Source::new(FileId(0), "any.json".to_owned(), text);
        let secret = span_of(&source, SECRET);
        let mut labels = places.iter().map(|(a, b)| Label::new(Span::new(FileId(0), *a, *b), ""));
        let mut shown = diagnostic("wrong-type", Severity::Note, labels.next().unwrap());
        shown.secondary = labels.collect();
        let outcome = Outcome {
            sources: Sources::new(vec![source]),
            diagnostics: vec![Arc::new(shown)],
            secrets: vec![secret],
            ..Outcome::default()
        };
        for format in Format::ALL {
            let mut out = Vec::new();
            write(format, &outcome, View::default(), &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            proptest::prop_assert!(!["Zq7", "Zq8", "Zq9"].iter().any(|part| out.contains(part)), "{}", out);
            proptest::prop_assert!(!out.contains(['\u{1b}', '\u{202e}', '\r']), "{}", out);
        }
    }
}
