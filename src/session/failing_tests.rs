//! A file that makes the program fail costs its own findings and no other's, also after the next keystroke.

use super::Session;
use crate::discover::{Discovery, Input};
use crate::lint::Settings;

fn input(name: &str, family: &str) -> Input {
    let text = format!(
        "family: {family}\nexecutionRoleArn: x\ncontainerDefinitions:\n- {{name: w, image: r.corp.internal/{family}}}\n"
    );
    Input { named: false, ..Input::text(name, text.into_bytes()) }
}

fn rules(session: &Session) -> Vec<(String, &'static str)> {
    let outcome = session.lint();
    let mut found: Vec<_> = outcome
        .diagnostics
        .iter()
        .map(|one| (outcome.sources.name(one.primary.span.file).to_owned(), one.rule))
        .collect();
    found.sort();
    found
}

#[test]
fn one_file_that_fails_does_not_stop_the_others() {
    const MISSING: &str = "registry-credentials-missing";
    let expected = |own: &'static str| {
        vec![("a.yaml".to_owned(), MISSING), ("b.yaml".to_owned(), own), ("c.yaml".to_owned(), MISSING)]
    };
    let mut session = Session::new(Settings::default());
    let inputs = vec![input("a.yaml", "a"), input("b.yaml", "b"), input("c.yaml", "c")];
    session.sync(Discovery { inputs, ..Discovery::default() });
    assert_eq!(rules(&session), expected(MISSING));
    for _ in 0..2 {
        session.put(&input("b.yaml", "MakesEcsLintFail"));
        assert_eq!(rules(&session), expected("unreadable-file"));
        session.put(&input("c.yaml", "d"));
        assert_eq!(rules(&session), expected("unreadable-file"));
        session.put(&input("b.yaml", "b"));
        assert_eq!(rules(&session), expected(MISSING));
    }
}
