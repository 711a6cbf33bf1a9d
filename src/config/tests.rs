//! What is said of configurations with mistakes.

use std::fmt::Write as _;
use std::path::Path;

use super::{Flags, Origin, load};
use crate::report::{Format, Report, RunDetails, View};

/// Each by itself; the problems of a file are told together.
const BAD: [&str; 21] = [
    "fail-on = \"eror\"",
    "fail-on = warning",
    "includ = []",
    "include = \"infra\"",
    "exclude = [\"[a\", \"../x\", 1]",
    "account = \"111122223333\"",
    "rules = \"all\"",
    "[rules]\nsecret-arn-malfromed = \"error\"\nwrong-type = \"fatal\"\nimage = true",
    "[rules]\nselect = [\"Secret\", \"role\"]\nignore = [\"role\"]",
    "[overrides]\npaths = []",
    "[[overrides]]\nrules = { fail-on = \"error\" }",
    "[registries]\nprivate = [\"https://ghcr.io\", \"docker.io/acme\"]\npublic = [\"docker.io/acme\", \"acme/web\"]",
    "[context]\naccount = 111122223333\nregion = \"cn-north-1\"\npartition = \"aws\"",
    "[context]\nregion = \"Frankfurt\"\npartition = \"aws-chn\"",
    "[[context.secrets]]\narn = \"arn:aws:ssm:eu-west-1:111122223333:parameter/x\"",
    "[[context.roles]]\nname = \"x\"\narn = \"arn:aws:iam::111122223333:role/x\"",
    "[[context.roles]]\npolicies = [\"arn:aws:iam::111122223333:policy/own\"]",
    "[[suppress]]\nrule = \"wrong-type\"\nexpire = 2999-01-01",
    "[[suppress]]\nrule = \"secret\"\nexpires = 2026-02-30\n[[suppress]]\npath = \"a\"\nexpires = \"soon\"",
    "[rules]\na = 1\na = 2",
    "[rules",
];

#[test]
fn every_mistake_is_told_with_its_place_and_what_was_meant() {
    let mut told = String::new();
    for text in BAD {
        let origin = Origin::Text("ecs-lint.toml".to_owned(), text.to_owned());
        let failure = load(Path::new("/"), &origin, &Flags::default()).unwrap_err();
        assert!(failure.messages.is_empty() && !failure.outcome.diagnostics.is_empty(), "{text}");
        let mut shown = Vec::new();
        let report = Report::new(&failure.outcome, RunDetails::default());
        report.write(Format::Concise, View::default(), &mut shown).unwrap();
        let _ = write!(told, "{}\n{}", text.replace('\n', " ⏎ "), String::from_utf8(shown).unwrap());
        for help in failure.outcome.diagnostics.iter().filter_map(|one| one.help.as_deref()) {
            let _ = writeln!(told, "  help: {help}");
        }
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}

/// The parser places an error one byte on, wherever that is.
#[test]
fn a_mistake_at_the_end_or_before_a_long_character_has_a_place_in_the_file() {
    for text in ["a", "[context]\naccount = 1\nregion =", "a é", "\u{feff}🦀", "fail-on = é", "a = 1b. ="] {
        let origin = Origin::Text("ecs-lint.toml".to_owned(), text.to_owned());
        let failure = load(Path::new("/"), &origin, &Flags::default()).unwrap_err();
        for diagnostic in &failure.outcome.diagnostics {
            assert!(text.get(diagnostic.primary.span.range()).is_some(), "{:?} in {text:?}", diagnostic.primary.span);
        }
    }
}

proptest::proptest! {
    /// Whatever is written, there is an answer.
    #[test]
    fn no_text_is_too_odd(text in "([a-z\\[\\]=\"'{}., \n#0-9-]|rules|expires = 2026-01-31|context|paths|é){0,24}") {
        let origin = Origin::Text("ecs-lint.toml".to_owned(), text);
        let _ = load(Path::new("/nowhere"), &origin, &Flags::default());
    }
}
