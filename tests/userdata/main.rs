//! Every form in which a credential can reach an instance, in every state, and what is said about it.
//!
//! `UPDATE_EXPECT=1 cargo test --test userdata` writes `tests/userdata/table.md` anew; read the difference.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may say so by a panic")]

#[expect(dead_code, reason = "the other targets are run by `tests/robust`")]
#[path = "../../fuzz/src/user_data.rs"]
mod entries;
mod forms;
mod hostile;
mod hover;
mod judged;
mod leaks;
mod spans;

use std::fmt::Write as _;
use std::path::Path;

use ecs_lint::discover::{Discovery, Input};
use ecs_lint::lint::Outcome;
use forms::{FORMS, Form, STATES, State};

/// Lints one text as the file of that name.
fn lint(name: &str, text: &str) -> Outcome {
    let inputs = vec![Input::text(name, text.as_bytes().to_vec())];
    ecs_lint::check(Discovery { inputs, ..Discovery::default() }, &ecs_lint::lint::Settings::default(), &|_| {})
}

/// What is said about a form in a state: the rules, by gravity and name, each once.
fn said(form: &Form, state: State) -> Option<String> {
    let (name, text) = (form.file)(state)?;
    let outcome = lint(&name, &text);
    let mut rules: Vec<String> =
        outcome.diagnostics.iter().map(|found| format!("{} {}", found.severity, found.rule)).collect();
    rules.sort();
    rules.dedup();
    Some(if rules.is_empty() { "silent".to_owned() } else { rules.join(", ") })
}

#[test]
fn every_form_in_every_state_is_judged_as_expected() {
    let mut wrong = String::new();
    for form in FORMS {
        for state in STATES {
            let Some(said) = said(form, state) else { continue };
            let expected = match state {
                State::Plaintext => format!("error {}", form.rule()),
                State::DeployTime if form.for_agent => "warning engine-auth-data-exposed-at-deploy".to_owned(),
                State::DeployTime => format!("warning {}", form.rule()),
                State::BootTime | State::Empty => "silent".to_owned(),
                State::Malformed => "warning engine-auth-malformed".to_owned(),
            };
            if said != expected {
                let _ = writeln!(wrong, "{} × {state:?}: expected {expected}, got {said}", form.name);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_table_is_up_to_date() {
    let mut table = String::from(
        "# What is said about each form in each state\n\nWritten by `UPDATE_EXPECT=1 cargo test --test userdata`. `·`: the form has no such state.\n\n| form |",
    );
    for state in STATES {
        let _ = write!(table, " {} |", state.label());
    }
    table.push_str("\n|---|---|---|---|---|---|\n");
    for form in FORMS {
        let _ = write!(table, "| {} |", form.name);
        for state in STATES {
            let _ = write!(table, " {} |", said(form, state).unwrap_or_else(|| "·".to_owned()));
        }
        table.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/userdata/table.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, table).unwrap();
    } else {
        assert_eq!(std::fs::read_to_string(path).unwrap(), table);
    }
}
