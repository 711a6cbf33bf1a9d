//! No output shows a credential, nor its base64, nor a part of it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ecs_lint::cli::{self, Streams};
use ecs_lint::report::Format;

use crate::forms::{FORMS, SECRET, STATES};

/// The shortest part of a credential that must not be seen.
const PART: usize = 6;

/// What must not be seen: parts of the credential, and of its base64 wherever in a run of bytes it begins.
pub fn forbidden() -> Vec<String> {
    let parts = |text: &str, length: usize| -> Vec<String> {
        text.as_bytes().windows(length).map(|part| String::from_utf8(part.to_vec()).unwrap()).collect()
    };
    let mut forbidden = parts(SECRET, PART);
    for before in ["", "x", "xx"] {
        // Only the groups that the credential alone decides.
        let encoded = STANDARD.encode(format!("{before}{SECRET}"));
        let own = &encoded[if before.is_empty() { 0 } else { 4 }..encoded.len() / 4 * 4 - 4];
        forbidden.extend(parts(own, 8));
    }
    forbidden.extend(parts(&URL_SAFE_NO_PAD.encode(SECRET), 8));
    forbidden
}

/// Everything that the program prints about a text, in every format.
fn printed(name: &str, text: &str) -> String {
    let mut all = String::new();
    for format in Format::ALL.map(Format::as_str) {
        let args = ["ecs-lint", "--format", format, "--color", "never", "--statistics", "--stdin-filename", name, "-"];
        let (mut stdin, mut stdout, mut stderr) = (text.as_bytes(), Vec::new(), Vec::new());
        let mut streams = Streams {
            stdin: &mut stdin,
            stdout: &mut stdout,
            stderr: &mut stderr,
            stdout_takes_color: false,
            stderr_is_terminal: false,
        };
        cli::run(args.map(Into::into), &mut streams);
        let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        // The rules' pages are in SARIF too; they have nothing of the text.
        let results = stdout.find("\"results\"").filter(|_| format == "sarif").map_or(&*stdout, |at| &stdout[at..]);
        let _ = write!(all, "{results}{stderr}");
    }
    all
}

fn leaks(what: &str, name: &str, text: &str, forbidden: &[String], report: &mut String) {
    let printed = printed(name, text);
    if let Some(seen) = forbidden.iter().find(|part| printed.contains(part.as_str())) {
        let line = printed.lines().find(|line| line.contains(seen.as_str())).unwrap_or_default();
        let _ = writeln!(report, "{what} shows `{seen}`: {line}");
    }
}

#[test]
fn no_format_shows_a_credential_in_any_form() {
    let (forbidden, mut report) = (forbidden(), String::new());
    for form in FORMS {
        for state in STATES {
            let Some((name, text)) = (form.file)(state) else { continue };
            if text.contains(SECRET) || state == STATES[0] {
                leaks(&format!("{} × {state:?}", form.name), &name, &text, &forbidden, &mut report);
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn no_error_shows_a_credential_in_any_form() {
    let (forbidden, mut report) = (forbidden(), String::new());
    for form in FORMS {
        let Some((name, text)) = (form.file)(STATES[0]) else { continue };
        // Cut behind the credential, cut within it, and broken where it stands.
        let middle = text.find(SECRET).map_or(text.len() * 2 / 3, |at| at + SECRET.len());
        let boundary = |at: usize| (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let broken = [
            text[..boundary(middle)].to_owned(),
            text[..boundary(middle.saturating_sub(3))].to_owned(),
            format!("{}\u{0}{}", &text[..boundary(middle + 4)], &text[boundary(middle + 4)..]),
            format!("{{{{{text}"),
            format!("- [\n{text}"),
        ];
        for (case, text) in broken.iter().enumerate() {
            leaks(&format!("{}, broken {case}", form.name), &name, text, &forbidden, &mut report);
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Credentials with characters that end words, strings and placeholders somewhere.
const AWKWARD: [&str; 14] = [
    "Zk4vQ9 xWt7 Lm2 RbY",
    "Zk4vQ9\"xWt7Lm2RbY",
    "Zk4vQ9,xWt7}Lm2RbY",
    "Zk4vQ9\\xWt7Lm2RbY",
    "Zk4vQ9<xWt7>Lm2RbY",
    "Zk4vQ9{{xWt7}}Lm2RbY",
    "Zk4vQ9${xWt7}Lm2RbY",
    "Zk4vQ9`xWt7`Lm2RbY",
    "Zk4vQ9:xWt7@Lm2RbY",
    "Zk4vQ9=xWt7/Lm2RbY+",
    "Zk4vQ9ü→xWt7ößäÄ",
    "$Zk4vQ9xWt7Lm2RbY",
    "-Zk4vQ9xWt7Lm2RbY",
    "%Zk4vQ9#xWt7Lm2RbY%",
];

/// Scripts in which a credential reaches a client by a detour that the rules may not follow, next to one that they do.
const DETOURS: [&str; 14] = [
    "docker login -u x -p '@' r",
    "docker login -u x --password='@' r",
    "docker login -u x --password-stdin r <<< '@'",
    "printf '%s' '@' | docker login -u x --password-stdin r",
    "printf '{\"%s\":{\"username\":\"%s\",\"password\":\"%s\"}}' r x '@' > ~/.docker/config.json",
    "REG_PASSWORD='@'\ndocker login -u x -p \"$REG_PASSWORD\" r",
    "PASS='@'; A=$PASS\ndocker login -u x -p $A r",
    "A='@'\nB=$(rev <<< \"$A\")\ndocker login -u x -p $B r",
    "AUTH=$(echo -n 'deploy:@' | base64)\necho \"{\\\"auths\\\":{\\\"r\\\":{\\\"auth\\\":\\\"$AUTH\\\"}}}\" > ~/.docker/config.json",
    "echo '@' > /root/pw.txt\ndocker login -u x -p \"$(cat /root/pw.txt)\" r",
    "sed -i 's/__PW__/@/' /etc/ecs/ecs.config",
    "if true; then P='@'; else P=$(cat /p); fi\ndocker login -u x -p $P r",
    "sign_in() { docker login -u x -p \"$1\" r; }\nsign_in '@'",
    "curl -u 'deploy:@' https://registry.corp.internal/v2/",
];

#[test]
fn no_excerpt_shows_what_reaches_a_client_by_a_detour() {
    let mut report = String::new();
    for password in AWKWARD {
        let characters: Vec<char> = password.chars().collect();
        let parts = |text: &str| -> Vec<String> {
            let characters: Vec<char> = text.chars().collect();
            characters.windows(PART).map(|part| part.iter().collect()).collect()
        };
        let quoted = serde_json::to_string(password).unwrap();
        let forbidden = [parts(password), parts(quoted.trim_matches('"'))].concat();
        assert!(characters.len() > PART);
        for detour in DETOURS {
            let script = format!("#!/bin/bash\ndocker login -u a -p short1 z\n{}\n", detour.replace('@', password));
            let json = serde_json::to_string(&script).unwrap();
            let template = format!(
                r#"{{"Resources":{{"N":{{"Type":"AWS::EC2::Instance","Properties":{{"UserData":{{"Fn::Base64":{json}}}}}}}}}}}"#
            );
            let yaml = format!(
                "Resources:\n  N:\n    Type: AWS::EC2::Instance\n    Properties:\n      UserData:\n        Fn::Base64: {json}"
            );
            let broken_at = template.rfind('}').unwrap_or_default();
            for (name, text) in [
                ("user-data.sh", script.clone()),
                ("t.json", template.clone()),
                ("t.json", template.replace(&json, &format!("{json} \"x\""))),
                ("t.json", template[..broken_at].to_owned()),
                ("t.yaml", yaml.clone()),
                ("t.yaml", format!("{yaml} x: [\n")),
                ("t.yaml", format!("AWSTemplateFormatVersion: '2010-09-09'\n{yaml} x: [\n")),
            ] {
                leaks(&format!("{detour} with {password} in {name}"), name, &text, &forbidden, &mut report);
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}
