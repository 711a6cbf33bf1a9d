//! Credentials in the text of a file, found without understanding the file.
//!
//! An excerpt shows whole lines, of files that cannot be parsed too. What looks like a credential there is masked,
//! whether or not a rule speaks of it; to mask a word too many does no harm.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use regex::Regex;

use super::credentials::value_length;
use super::decode;
use super::limits::DEEPEST;
use super::reading::DATA;

/// How far apart two runs of base64 are that were one.
const CLOSE: usize = 4;

/// No credential is longer than this.
const LONGEST: usize = 4096;

/// A setting of the agent, or the one of `repositoryCredentials`, up to where its value begins.
static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:\b|\\[nt])(password|auth|identitytoken|registrytoken)(?:[\\"']|&quot;)*\s*[:=]\s*(?:[\\"']|&quot;)*"#,
    )
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

/// The password of a login to a registry, on a command line.
static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\blogin\b[^\n]*?\s(?:-p|--password)(?:[ =]|\\?["']|["'],\s*["'])*([^\s"'\\,\]$(`{<&|;=-][^\s"'\\,\]]*)"#,
    )
    .ok()
});

/// What `echo` or `printf` pipes into a login.
static PIPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:\b|\\n)(?:echo|printf)\s+(?:-n\s+)?(?:\\?["'])?([^\s"'\\$(`|<]+)(?:\\?["'])?\s*\|[^\n]*\blogin\b"#,
    )
    .ok()
});

/// What stands for a variable that is not set, where the variable's name says what it is.
static DEFAULT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\$\{[a-z0-9_]*(?:pass|pwd|token|secret|auth|cred)[a-z0-9_]*:?[-=]([^}\s"']+)"#).ok()
});

/// Runs of base64 in lines or in one, long enough to hold `user:password` or a script; line ends may be escaped.
static ENCODED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9+/]{16,}(?:(?:\\n|\s)+[A-Za-z0-9+/]{16,})*(?:(?:\\n|\s)+[A-Za-z0-9+/]{1,15}={0,2})?={0,2}")
        .ok()
});

/// The ranges of the text that look like credentials, in no order.
#[must_use]
pub fn visible_credentials(text: &str) -> Vec<Range<usize>> {
    visible_within(text, DEEPEST)
}

fn visible_within(text: &str, depth: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if let Some(setting) = SETTING.as_ref() {
        for opening in setting.find_iter(text) {
            let rest = text.get(opening.end()..).unwrap_or_default();
            // A selector (`secret:name:password::`), and what the template or the shell fills in, are no credentials.
            if [":", ",", "}", "]", "${", "$(", "{{"].iter().any(|begins| rest.starts_with(begins)) {
                continue;
            }
            if names_a_reference(text, opening.start()) {
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
    for (pattern, word) in [(&LOGIN, "@"), (&REFERENCE, ""), (&COMMAND, "login"), (&PIPED, "login"), (&DEFAULT, "${")] {
        let Some(pattern) = pattern.as_ref().filter(|_| mentions(text, word)) else { continue };
        let values = pattern.captures_iter(text).filter_map(|captures| captures.iter().skip(1).flatten().next());
        found.extend(values.filter(|value| !is_a_name(value.as_str(), text, value.end())).map(|value| value.range()));
    }
    if let Some(encoded) = ENCODED.as_ref() {
        let mut hidden: Option<usize> = None;
        for run in encoded.find_iter(text) {
            // What follows at once was a part of it before something broke it.
            let follows = hidden.is_some_and(|end| run.start() - end <= CLOSE);
            if follows || hides_credentials(run.as_str(), depth) {
                hidden = Some(run.end());
                found.push(run.range());
                continue;
            }
            // A word may stand before or behind it that is no part of it.
            let mut start = run.start();
            for word in run.as_str().split([' ', '\n', '\t', '\r', '\\']) {
                if word.len() >= 16 && hides_credentials(word, depth) {
                    hidden = Some(start + word.len());
                    found.push(start..start + word.len());
                }
                start += word.len() + 1;
            }
        }
    }
    found.retain(|range| !range.is_empty());
    found
}

/// Whether the word is in the text, in any case: without it a pattern need not be tried.
fn mentions(text: &str, word: &str) -> bool {
    let (Some(first), bytes) = (word.bytes().next(), text.as_bytes()) else { return true };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), bytes)
        .any(|at| bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes())))
}

/// Whether the value is a tag before a digest, an ARN, or a secret's name with a selector.
fn is_a_name(value: &str, text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    let is_reference = value.starts_with("arn:") || value.starts_with("{{resolve:") && value.ends_with("}}");
    rest.starts_with("@sha") || rest.starts_with(':') || is_reference
}

/// Whether what stands there is a part of an ARN or of a dynamic reference: the key in a secret's JSON, with a version behind it.
fn names_a_reference(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let word = before.rsplit(|c: char| c.is_whitespace() || "\"'\\[,=".contains(c)).next().unwrap_or_default();
    word.starts_with("arn:") || word.starts_with("{{resolve:")
}

/// Whether the base64 is of a script with credentials, or of `user:password`.
fn hides_credentials(encoded: &str, depth: usize) -> bool {
    if !begins_as_text(encoded) {
        return false;
    }
    let compact: String = encoded.replace("\\n", "").split_ascii_whitespace().collect();
    let Some(text) = decode::base64_bytes(&compact).and_then(decode::text_of) else { return false };
    let login = text.contains(':') && text.bytes().all(|byte| byte.is_ascii_graphic());
    let printable = text.chars().all(|c| !c.is_control() || c.is_whitespace());
    let names_one = || {
        text.contains(DATA) || text.contains("EngineAuthData") || SETTING.as_ref().is_some_and(|s| s.is_match(&text))
    };
    let holds_one = || depth > 0 && !visible_within(&text, depth - 1).is_empty();
    login || printable && (names_one() || holds_one())
}

/// Whether the first bytes behind the base64 may be those of text, or of gzip; most words that only look like base64 hold others.
fn begins_as_text(encoded: &str) -> bool {
    let mut first = [0; 12];
    let Some(quads) = encoded.get(..16).filter(|quads| !quads.contains(|c: char| c == '\\' || c.is_whitespace()))
    else {
        return true;
    };
    if decode::BASE64.decode_slice(quads, &mut first).is_err() || first.starts_with(&[0x1f, 0x8b]) {
        return true;
    }
    // Text may be UTF-16, of which every other byte is null.
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace() && !matches!(byte, 0 | 0x0b);
    let is_utf8 = std::str::from_utf8(&first).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_utf8 && !first.iter().any(is_control)
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
            r#""valueFrom": "{{resolve:secretsmanager:prod/db:SecretString:password:AWSCURRENT}}""#,
            "ValueFrom: arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf:password:AWSCURRENT:",
            r#""credentialsParameter":{"Ref":"Login"},"valueFrom": ["x"]"#,
        ] {
            assert!(seen(text).is_empty(), "{text}: {:?}", seen(text));
        }
    }
}
