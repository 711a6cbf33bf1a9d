//! Whatever is typed, the server has the text that the editor has.

use std::cell::RefCell;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};

const TEXT: &str = "# 🔑 é\nResources:\n  Täsk:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      RequiresCompatibilities: [FARGATE]\n      ContainerDefinitions:\n        - {Name: 👩‍🚀, Image: registry.corp.internal/web:1}\r\n        - Name: b\r\n          Image: acme/web\n";

/// The text in UTF-16 units, as many editors have it.
struct Editor(Vec<u16>);

impl Editor {
    fn place(&self, index: usize) -> Value {
        let before = String::from_utf16(&self.0[..index]).unwrap();
        let (line, column) = match before.rsplit_once('\n') {
            Some((above, line)) => (above.matches('\n').count() + 1, line.encode_utf16().count()),
            None => (0, index),
        };
        json!({"line": line, "character": column})
    }

    /// An index that is inside of no character and of no line end.
    fn near(&self, wanted: usize) -> usize {
        let wanted = wanted % (self.0.len() + 1);
        let is_inside = |index: &usize| {
            let unit = self.0.get(*index).copied().unwrap_or_default();
            (0xDC00..0xE000).contains(&unit)
                || unit == u16::from(b'\n') && *index > 0 && self.0[*index - 1] == u16::from(b'\r')
        };
        (0..=wanted).rev().find(|index| !is_inside(index)).unwrap()
    }

    fn edit(&mut self, one: usize, other: usize, new: &str) -> Value {
        let (one, other) = (self.near(one), self.near(other));
        let (start, end) = (one.min(other), one.max(other));
        let range = json!({"start": self.place(start), "end": self.place(end)});
        self.0.splice(start..end, new.encode_utf16());
        json!({"range": range, "text": new})
    }

    fn text(&self) -> String {
        String::from_utf16(&self.0).unwrap()
    }
}

#[test]
fn edits_and_the_whole_text_lead_to_the_same() {
    let root = tempfile::tempdir().unwrap();
    let addresses = ["edited/t.yaml", "whole/t.yaml"].map(|name| uri(&root.path().join(Path::new(name))));
    let mut client = Client::start(&[root.path()], capabilities("utf-16", true));
    for address in &addresses {
        client.open(address, "yaml", TEXT);
    }
    let pieces = prop::sample::select(vec![
        "",
        "x",
        " ",
        "\n",
        "\r\n",
        "🔑",
        "é\n",
        "  Image: a.corp.internal/b\n",
        "# 👩‍🚀",
        "'",
        ":",
    ]);
    // Most edits are small, as typing is.
    let edit = (any::<usize>(), 0..4_usize, pieces);
    let edits = prop::collection::vec(prop::collection::vec(edit, 1..4), 1..6);
    let session = RefCell::new((client, 1));
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let result = runner.run(&edits, |edits| {
        let (client, version) = &mut *session.borrow_mut();
        let mut editor = Editor(TEXT.encode_utf16().collect());
        *version += 1;
        for address in &addresses {
            client.change(address, *version, json!([{"text": TEXT}]));
        }
        // What is broken later keeps what was found when it was looked at last.
        client.settle();
        for together in edits {
            *version += 1;
            let edit = |(at, length, new): (usize, usize, &str)| editor.edit(at % 1000, at % 1000 + length, new);
            let changes: Vec<Value> = together.into_iter().map(edit).collect();
            client.change(&addresses[0], *version, changes.into());
            client.change(&addresses[1], *version, json!([{"text": editor.text()}]));
            let [edited, whole] = [0, 1].map(|at| Value::from(client.pulled(&addresses[at])).to_string());
            prop_assert_eq!(edited, whole.replace("/whole/", "/edited/"), "{}", editor.text());
        }
        Ok(())
    });
    result.unwrap();
    session.into_inner().0.end();
}
