//! A session says the same as a run over the same files, whatever has happened before.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Session;
use crate::discover::{Discovery, Input};
use crate::lint::{Outcome, Settings};

const TEXTS: [&str; 5] = [
    "{\"family\": \"a\", \"containerDefinitions\": [{\"name\": \"web\", \"image\": \"registry.corp.internal/web:1\"}]}",
    "# ecs-lint: ignore[registry-credentials-missing] mirrored\nfamily: b\ncontainerDefinitions:\n- {name: w, image: r.corp.internal/w}\n",
    "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions: x\n",
    "{\"containerDefinitions\": [",
    "{\"name\": \"not ours\"}",
];

fn input(name: &str, text: usize) -> Input {
    Input { named: false, ..Input::text(name, TEXTS[text].as_bytes().to_vec()) }
}

fn shown(outcome: &Outcome) -> Vec<String> {
    let shown = |one: &crate::lint::Diagnostic| {
        let span = one.primary.span;
        format!("{} {:?} {} {}", outcome.sources.name(span.file), span.range(), one.rule, one.message)
    };
    let mut all: Vec<String> = outcome.diagnostics.iter().map(|one| shown(one)).collect();
    all.extend(outcome.suppressed.iter().map(|one| format!("suppressed {}", shown(&one.diagnostic))));
    all.sort();
    all
}

proptest! {
    #[test]
    fn what_happened_before_does_not_matter(steps in prop::collection::vec((0..4usize, 0..6usize, any::<bool>()), 1..12)) {
        let mut session = Session::new(Settings::default());
        let mut texts = BTreeMap::new();
        for (file, text, by_sync) in steps {
            let name = format!("{file}.yaml");
            if text < TEXTS.len() {
                texts.insert(name.clone(), text);
            } else {
                texts.remove(&name);
            }
            let inputs: Vec<Input> = texts.iter().map(|(name, text)| input(name, *text)).collect();
            let discovery = Discovery { inputs, ..Discovery::default() };
            match texts.get(&name) {
                _ if by_sync => session.sync(discovery.clone()),
                Some(text) => session.put(&input(&name, *text)),
                None => session.remove(&name),
            }
            let fresh = crate::check(discovery, &Settings::default(), &|_| {});
            let kept = session.lint();
            prop_assert_eq!(shown(&kept), shown(&fresh));
            prop_assert_eq!(kept.summary, fresh.summary);
        }
    }
}
