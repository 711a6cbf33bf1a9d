//! Credentials in the text of a file, found without understanding the file.
//!
//! An excerpt shows whole lines, of files that cannot be parsed too. What looks like a credential there is masked,
//! whether or not a rule speaks of it; to mask a word too many does no harm.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::credentials::value_length;
use super::decode;
use super::encoded;
use super::limits::DEEPEST;
use super::reading::DATA;

/// How far apart two runs of base64 are that were one.
const CLOSE: usize = 4;

/// No credential is longer than this, and no name of one.
const LONGEST: usize = 4096;

/// Words of one length, in lower case, that have the same letter in one place: that letter is looked for, and is to be rare.
type Mention = (&'static [&'static str], usize);

/// The words of [`SETTING`].
const SETTINGS: [Mention; 3] = [(&["password"], 4), (&["auth"], 3), (&["identitytoken", "registrytoken"], 10)];

/// A setting of the agent, or the one of `repositoryCredentials`, up to where its value begins.
///
/// These patterns are of bytes: what tells their pieces apart is ASCII, and patterns of characters take longer to make.
static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = SETTINGS.map(|(words, _)| words.join("|")).join("|");
    Regex::new(&format!(r#"(?-u)\A(?i)(?:{words})(?:[\\"']|&quot;)*\s*[:=]\s*(?:[\\"']|&quot;)*"#)).ok()
});

/// The words of [`REFERENCE`], as [`SETTINGS`].
const REFERENCES: [Mention; 2] = [(&["credentialsparameter"], 15), (&["valuefrom"], 0)];

/// The command that [`COMMAND`] and [`PIPED`] are about.
const LOGIN: [Mention; 1] = [(&["login"], 2)];

/// A setting that names a secret, and a value there that is a login or JSON text instead.
static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?-u)\A(?i:(?:credentialsParameter|valueFrom)["']?\s*:\s*)"#,
        r#"(?:["']?([^\s"'/:{}\[\],$]+:[^\s"'/:{}\[\],$]+)|"([{\[](?:\\.|[^"\\\n])*)|'([{\[][^'\n]*))"#
    ))
    .ok()
});

/// The password of a login to a registry, on a command line.
static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?-u)(?i:\blogin\b)[^\n]*?(?i:\s(?:-p|--password)(?:[ =]|\\?["']|["'],\s*["'])*)([^\s"'\\,\]$(`{<&|;=-][^\s"'\\,\]]*)"#,
    )
    .ok()
});

/// What `echo` or `printf` pipes into a login.
static PIPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?-u)(?i:(?:\b|\\n)(?:echo|printf)\s+(?:-n\s+)?(?:\\?["'])?)([^\s"'\\$(`|<]+)(?i:(?:\\?["'])?\s*\|)[^\n]*(?i:\blogin\b)"#,
    )
    .ok()
});

/// What stands for a variable that is not set, where the variable's name says what it is.
static DEFAULT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u)\A(?i:\$\{[a-z0-9_]*(?:pass|pwd|token|secret|auth|cred)[a-z0-9_]*:?[-=])([^}\s"']+)"#).ok()
});

/// The ranges of the text that look like credentials, in no order.
#[must_use]
pub fn visible_credentials(text: &str) -> Vec<Range<usize>> {
    visible_within(text, DEEPEST)
}

fn visible_within(text: &str, depth: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, opening) in settings(text) {
        let rest = text.get(opening.end..).unwrap_or_default();
        // A selector (`secret:name:password::`), and what the template or the shell fills in, are no credentials.
        if [":", ",", "}", "]", "${", "$(", "{{"].iter().any(|begins| rest.starts_with(begins)) {
            continue;
        }
        if names_a_reference(text, start) {
            continue;
        }
        let opening_text = text.get(opening.clone()).unwrap_or_default();
        let quote = opening_text.chars().next_back().filter(|last| matches!(last, '"' | '\''));
        // As near to that many bytes as a character ends: a long line with many settings is not read to its end for each.
        let near = (LONGEST..LONGEST + 4).find_map(|end| rest.get(..end)).unwrap_or(rest);
        let line = near.split('\n').next().unwrap_or_default();
        let length = match quote {
            Some(quote) => value_length(line, quote.encode_utf8(&mut [0; 4])),
            None => line.find(['"', '\'', '\\', ',', '}', '\r']).unwrap_or(line.len()),
        };
        found.push(opening.end..opening.end + length);
    }
    let values = values_at(&REFERENCE, text, mentions_of(text, &REFERENCES).into_iter())
        .chain(values_at(&DEFAULT, text, memchr::memmem::find_iter(text.as_bytes(), "${")))
        .chain(logins(text));
    found.extend(values.filter(|value| !is_a_name(text, value)));
    if !mentions_of(text, &LOGIN).is_empty() {
        for pattern in [&COMMAND, &PIPED].into_iter().filter_map(|pattern| pattern.as_ref()) {
            let values = pattern
                .captures_iter(text.as_bytes())
                .filter_map(|captures| captures.get(1))
                .map(|value| value.range());
            found.extend(values.filter(|value| !is_a_name(text, value)));
        }
    }
    let mut hidden: Option<usize> = None;
    for range in encoded::runs_of_lines(text) {
        let run = text.get(range.clone()).unwrap_or_default();
        // What follows at once was a part of it before something broke it.
        let follows = hidden.is_some_and(|end| range.start - end <= CLOSE);
        if follows || hides_credentials(run, depth) {
            hidden = Some(range.end);
            found.push(range);
            continue;
        }
        // A word may stand before or behind it that is no part of it.
        let lines = encoded::lines_of(run).filter(|line| line.len() >= encoded::RUN && line.len() < run.len());
        for line in lines {
            if hides_credentials(run.get(line.clone()).unwrap_or_default(), depth) {
                hidden = Some(range.start + line.end);
                found.push(range.start + line.start..range.start + line.end);
            }
        }
    }
    found.retain(|range| !range.is_empty());
    found
}

/// Where the words are, in any case, in the order of the text. Most files have none of them, and then no pattern need be made.
fn mentions_of(text: &str, mentions: &[Mention]) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (words, rare) in mentions {
        let Some(letter) = words.first().and_then(|word| word.as_bytes().get(*rare)) else { continue };
        let starts = memchr::memchr2_iter(*letter, letter.to_ascii_uppercase(), bytes);
        let starts = starts.filter_map(|at| at.checked_sub(*rare));
        let is_at = |start: usize, word: &[u8]| {
            // Few of the letters stand in the word, and the first one tells most of them.
            let begins = |first: &u8| bytes.get(start).is_some_and(|byte| byte.eq_ignore_ascii_case(first));
            word.first().is_some_and(begins)
                && bytes.get(start..start + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
        };
        found.extend(starts.filter(|start| words.iter().any(|word| is_at(*start, word.as_bytes()))));
    }
    found.sort_unstable();
    found
}

/// What the pattern, which is one of a beginning, matches at these places, of which those within an earlier match are left out.
fn matches_at<'t>(
    pattern: &'static LazyLock<Option<Regex>>,
    text: &'t str,
    places: impl Iterator<Item = usize> + 't,
) -> impl Iterator<Item = Range<usize>> + 't {
    let mut end = 0;
    places.filter_map(move |at| {
        let rest = text.get(at..).filter(|_| at >= end)?;
        end = at + pattern.as_ref()?.find(rest.as_bytes())?.end();
        Some(at..end)
    })
}

/// The first group of each match, as a range of the text.
fn values_at<'t>(
    pattern: &'static LazyLock<Option<Regex>>,
    text: &'t str,
    places: impl Iterator<Item = usize> + 't,
) -> impl Iterator<Item = Range<usize>> + 't {
    matches_at(pattern, text, places).filter_map(|place| {
        let captures = pattern.as_ref()?.captures(text.get(place.start..)?.as_bytes())?;
        let value = captures.iter().skip(1).flatten().next()?;
        Some(place.start + value.start()..place.start + value.end())
    })
}

/// The settings with credentials: where each begins, an escaped line end before it included, and its text up to the value.
fn settings(text: &str) -> impl Iterator<Item = (usize, Range<usize>)> {
    let words = mentions_of(text, &SETTINGS).into_iter().filter(|at| {
        let before = text.get(..*at).unwrap_or_default();
        is_escape(before) || !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    });
    matches_at(&SETTING, text, words).map(|opening| {
        let before = text.get(..opening.start).unwrap_or_default();
        (if is_escape(before) { opening.start - 2 } else { opening.start }, opening)
    })
}

/// Whether the text ends in `\n` or `\t`, written as two characters.
fn is_escape(before: &str) -> bool {
    ["\\n", "\\t", "\\N", "\\T"].iter().any(|escape| before.ends_with(escape))
}

/// The passwords in `user:password@host`; no digest (`name:tag@sha256:…`) is among them.
fn logins(text: &str) -> impl Iterator<Item = Range<usize>> {
    memchr::memchr_iter(b'@', text.as_bytes()).filter_map(|at| {
        let host = text.as_bytes().get(at + 1)?;
        let before = text.get(..at)?;
        let password = before.trim_end_matches(|c: char| !(c.is_whitespace() || "\"'/@:".contains(c)));
        let user = password.strip_suffix(':')?;
        let in_front = user.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c));
        let is_login = (host.is_ascii_alphanumeric() || *host == b'[')
            && password.len() < before.len()
            && in_front.len() < user.len()
            && (in_front.is_empty() || in_front.ends_with(|c: char| c.is_whitespace() || "\"'/=".contains(c)));
        is_login.then_some(password.len()..at)
    })
}

/// Whether the value is a tag before a digest, an ARN, or a secret's name with a selector.
fn is_a_name(text: &str, value: &Range<usize>) -> bool {
    let rest = text.get(value.end..).unwrap_or_default();
    let value = text.get(value.clone()).unwrap_or_default();
    let is_reference = value.starts_with("arn:") || value.starts_with("{{resolve:") && value.ends_with("}}");
    rest.starts_with("@sha") || rest.starts_with(':') || is_reference
}

/// Whether what stands there is a part of an ARN or of a dynamic reference: the key in a secret's JSON, with a version behind it.
/// Neither is longer than [`LONGEST`].
fn names_a_reference(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let word =
        before.char_indices().rev().take(LONGEST).take_while(|(_, c)| !(c.is_whitespace() || "\"'\\[,=".contains(*c)));
    let word = word.last().and_then(|(start, _)| before.get(start..)).unwrap_or_default();
    word.starts_with("arn:") || word.starts_with("{{resolve:")
}

/// Whether the base64 is of a script with credentials, or of `user:password`.
fn hides_credentials(run: &str, depth: usize) -> bool {
    if !encoded::begins_as_text(run) {
        return false;
    }
    let compact: String = encoded::lines_of(run).filter_map(|line| run.get(line)).collect();
    let Some(text) = decode::base64_bytes(&compact).and_then(decode::text_of) else { return false };
    let login = text.contains(':') && text.bytes().all(|byte| byte.is_ascii_graphic());
    let printable = text.chars().all(|c| !c.is_control() || c.is_whitespace());
    let names_one = || text.contains(DATA) || text.contains("EngineAuthData") || settings(&text).next().is_some();
    let holds_one = || depth > 0 && !visible_within(&text, depth - 1).is_empty();
    login || printable && (names_one() || holds_one())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

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
        assert_eq!(seen(r#""NotBase64AtAllButLong\\r\\nZGVwbG95Omh1bnRlcjIy""#), ["ZGVwbG95Omh1bnRlcjIy"]);
    }

    /// Where the pattern matches, looked for everywhere.
    fn everywhere(pattern: &str, text: &str) -> Vec<Range<usize>> {
        let pattern = Regex::new(&pattern.replace("\\A", "")).unwrap();
        let found = pattern.captures_iter(text.as_bytes()).map(|captures| {
            captures.iter().skip(1).flatten().next().map_or_else(|| captures.get_match().range(), |value| value.range())
        });
        found.collect()
    }

    proptest! {
        /// To look at places alone where a pattern may match finds what it matches anywhere.
        #[test]
        fn no_place_is_left_out(words in vec(select(WORDS), 0..24)) {
            let text = words.concat();
            let of = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().unwrap().as_str().to_owned();
            let setting = of(&SETTING).replace("(?-u)\\A(?i)", "(?:\\b|\\\\[NTnt])(?i-u)");
            let settings: Vec<_> = settings(&text).map(|(start, opening)| start..opening.end).collect();
            // One more is found behind an escaped line end that the setting before it takes for its quotes.
            prop_assert!(everywhere(&setting, &text).iter().all(|found| settings.contains(found)));
            let references = values_at(&REFERENCE, &text, mentions_of(&text, &REFERENCES).into_iter());
            prop_assert_eq!(references.collect::<Vec<_>>(), everywhere(&of(&REFERENCE), &text));
            let defaults = values_at(&DEFAULT, &text, memchr::memmem::find_iter(text.as_bytes(), "${"));
            prop_assert_eq!(defaults.collect::<Vec<_>>(), everywhere(&of(&DEFAULT), &text));
            let login = r#"(?:^|[\s"'/=])[A-Za-z0-9._%+-]+:([^\s"'/@:]+)@[A-Za-z0-9\[]"#;
            prop_assert_eq!(logins(&text).collect::<Vec<_>>(), everywhere(login, &text));
        }
    }

    const WORDS: &[&str] = &[
        "password",
        "Auth",
        "identityToken",
        "registrytoken",
        "credentialsParameter",
        "valueFrom",
        "\"",
        "'",
        "\\",
        "\\n",
        "&quot;",
        ":",
        "=",
        " ",
        "\n",
        "{",
        "}",
        "[",
        "]",
        "$",
        "${",
        "${db_pass:-",
        "@",
        "/",
        ",",
        "-",
        "_",
        "a",
        "bc",
        "hunter22",
        "é",
        "0123456789abcde",
        "QUJDREVGR0hJSktMTU5P",
        "host.example",
        "x:y@z",
        "%",
    ];

    /// Neither forwards nor backwards is a line read further than a credential or a name can reach, or a long one with many settings in it
    /// would take the square of its length.
    #[test]
    fn a_long_line_is_read_as_far_as_a_credential_reaches() {
        let values = format!("password:a{}", "é".repeat(2 * LONGEST));
        let length = seen(&values).first().map(|value| value.len());
        assert!(length.is_some_and(|length| (LONGEST..LONGEST + 4).contains(&length)), "{length:?}");
        let name = format!("arn:{}/password:hunter22", "é/".repeat(LONGEST));
        assert_eq!(seen(&name), ["hunter22"]);
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
