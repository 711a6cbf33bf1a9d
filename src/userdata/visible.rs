//! Credentials in the text of a file, found without understanding the file.
//!
//! An excerpt shows whole lines, of files that cannot be parsed too. What looks like a credential there is masked,
//! whether or not a rule speaks of it; to mask a word too many does no harm.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::Regex;

use super::VARIABLE;
use super::credentials::value_length;

/// No credential is longer than this.
const LONGEST: usize = 4096;

/// A setting of the agent, or the one of `repositoryCredentials`, up to where its value begins.
static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(password|auth|identitytoken|registrytoken)(?:[\\"']|&quot;)*\s*[:=]\s*(?:[\\"']|&quot;)*"#)
        .ok()
});

/// `user:password@host`, but no digest (`name:tag@sha256:…`).
static LOGIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?:^|[\s"'/=])[A-Za-z0-9._%+-]+:([^\s"'/@:]+)@[A-Za-z0-9\[]"#).ok());

/// A setting that names a secret, and a value there that is a login or JSON text instead.
static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i)(?:credentialsParameter|valueFrom)["']?\s*:\s*"#,
        r#"(?:["']?([^\s"'/:{}\[\],$]+:[^\s"'/:{}\[\],$]+)|"([{\[](?:\\.|[^"\\\n])*)|'([{\[][^'\n]*))"#
    ))
    .ok()
});

/// A run of base64 that is long enough to hold a launch script.
static ENCODED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/]{24,}={0,2}").ok());

/// The ranges of the text that look like credentials, in no order.
pub fn visible_credentials(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if let Some(setting) = SETTING.as_ref() {
        for opening in setting.find_iter(text) {
            let rest = text.get(opening.end()..).unwrap_or_default();
            // A selector (`secret:name:password::`), and what the template or the shell fills in, are no credentials.
            if [":", ",", "}", "]", "${", "$(", "{{"].iter().any(|begins| rest.starts_with(begins)) {
                continue;
            }
            let quote = opening
                .as_str()
                .chars()
                .rev()
                .find(|c| matches!(c, '"' | '\''))
                .filter(|_| opening.as_str().ends_with(['"', '\'']));
            let line = rest.split('\n').next().unwrap_or_default();
            let line = line.get(..line.len().min(LONGEST)).unwrap_or(line);
            let length = match quote {
                Some(quote) => value_length(line, quote.encode_utf8(&mut [0; 4])),
                None => line.find(['"', '\'', '\\', ',', '}', '\r']).unwrap_or(line.len()),
            };
            found.push(opening.end()..opening.end() + length);
        }
    }
    for pattern in [LOGIN.as_ref(), REFERENCE.as_ref()].into_iter().flatten() {
        let values = pattern.captures_iter(text).filter_map(|captures| captures.iter().skip(1).flatten().next());
        found.extend(values.filter(|value| !is_a_name(value.as_str(), text, value.end())).map(|value| value.range()));
    }
    if let Some(encoded) = ENCODED.as_ref() {
        found.extend(encoded.find_iter(text).filter(|run| hides_credentials(run.as_str())).map(|run| run.range()));
    }
    found.retain(|range| !range.is_empty());
    found
}

/// Whether the value is a tag before a digest, an ARN, or a secret's name with a selector.
fn is_a_name(value: &str, text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    rest.starts_with("@sha") || rest.starts_with(':') || value.starts_with("arn:")
}

/// Whether the base64 is of a script with engine credentials, or of `user:password`.
fn hides_credentials(encoded: &str) -> bool {
    let Ok(bytes) = STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')) else { return false };
    let Ok(text) = String::from_utf8(bytes) else { return false };
    let login = text.contains(':') && text.bytes().all(|byte| byte.is_ascii_graphic());
    let printable = text.chars().all(|c| !c.is_control() || c.is_whitespace());
    login || printable && (text.contains(VARIABLE) || SETTING.as_ref().is_some_and(|setting| setting.is_match(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<&str> {
        let mut ranges = visible_credentials(text);
        ranges.sort_by_key(|range| range.start);
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn credentials_are_seen_in_any_quoting() {
        assert_eq!(seen(r#"ECS_ENGINE_AUTH_DATA={"h":{"password":"hunter22"}}"#), ["hunter22"]);
        assert_eq!(seen(r#""echo {\\\"auth\\\":\\\"dTpw\\\"}\n""#), ["dTpw"]);
        assert_eq!(seen("password: hunter22"), ["hunter22"]);
        assert_eq!(seen(r#""image": "deploy:hunter22@registry.example.com/app""#), ["hunter22"]);
        assert_eq!(seen(r#""credentialsParameter": "deploy:hunter22""#), ["deploy:hunter22"]);
        assert_eq!(seen("credentialsParameter: '{\"username\":\"x\"}'"), ["{\"username\":\"x\"}"]);
        let script = base64::engine::general_purpose::STANDARD.encode("#!/bin/sh\nECS_ENGINE_AUTH_DATA=x\n");
        assert_eq!(seen(&format!("UserData: {script}")), [script.as_str()]);
    }

    #[test]
    fn names_arns_and_digests_are_not_credentials() {
        for text in [
            r#""image": "app:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef""#,
            r#""valueFrom": "arn:aws:ssm:eu-west-1:111122223333:parameter/db""#,
            r#""valueFrom": "prod/db:password::""#,
            r#""name": "DB_PASSWORD", "valueFrom": "/prod/db""#,
            r#""credentialsParameter":{"Ref":"Login"},"valueFrom": ["x"]"#,
        ] {
            assert!(seen(text).is_empty(), "{text}: {:?}", seen(text));
        }
    }
}
