use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// Any JSON value, and bytes that decide how it is written.
fn written_value() -> impl Strategy<Value = (Value, String)> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        "[a\"\\\\\n\t\u{1}é🦀\u{7f}/ ]{0,8}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"\n é]{0,3}", inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    });
    (value, prop::collection::vec(any::<u8>(), 1..32)).prop_map(|(value, choices)| {
        let mut writer = Writer { choices: choices.into_iter().cycle(), text: String::new() };
        writer.value(&value);
        (value, writer.text)
    })
}

/// Writes JSON with blanks, comments and escapes that vary.
struct Writer<I> {
    choices: I,
    text: String,
}

impl<I: Iterator<Item = u8>> Writer<I> {
    fn choose(&mut self, count: u8) -> u8 {
        self.choices.next().unwrap() % count
    }

    fn blank(&mut self) {
        let blanks = ["", "", "", " ", "\r\n\t", "\n", "/* \" [ é */", "// }\n"];
        let choice = self.choose(8);
        self.text.push_str(blanks[usize::from(choice)]);
    }

    fn value(&mut self, value: &Value) {
        self.blank();
        match value {
            Value::Array(items) => self.container('[', items, ']', Writer::value),
            Value::Object(entries) => {
                let entries: Vec<_> = entries.iter().collect();
                self.container('{', &entries, '}', |writer, (key, value)| {
                    writer.blank();
                    writer.string(key);
                    writer.blank();
                    writer.text.push(':');
                    writer.value(value);
                });
            }
            Value::String(text) => self.string(text),
            other => self.text.push_str(&other.to_string()),
        }
        self.blank();
    }

    fn container<T>(&mut self, open: char, parts: &[T], close: char, write: impl Fn(&mut Self, &T)) {
        self.text.push(open);
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            write(self, part);
        }
        if !parts.is_empty() && self.choose(4) == 0 {
            self.text.push(',');
        }
        self.blank();
        self.text.push(close);
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            if self.choose(3) == 0 {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(self.text, "\\u{unit:04X}").unwrap();
                }
            } else {
                let quoted = Value::from(character.to_string()).to_string();
                self.text.push_str(&quoted[1..quoted.len() - 1]);
            }
        }
        self.text.push('"');
    }
}

fn assert_spans_reread(node: Node<'_>, source: &Source) {
    let written = source.slice(node.span());
    assert_eq!(json(written), value(node));
    if !matches!(node.kind(), Kind::Array | Kind::Object) {
        assert_eq!(serde_json::from_str::<Value>(written).unwrap(), value(node));
    }
    for item in node.items() {
        assert_spans_reread(item, source);
    }
    for entry in node.entries() {
        assert_eq!(serde_json::from_str::<String>(source.slice(entry.key_span())).unwrap(), entry.key());
        assert_spans_reread(entry.value(), source);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read((expected, text) in written_value(), has_mark: bool) {
        let mark = if has_mark { "\u{feff}" } else { "" };
        let source = source(&format!("{mark}{text}"));
        let tree = parse_json(&source).unwrap();
        let root = tree.roots(&source).next().unwrap();
        prop_assert_eq!(value(root), expected);
        assert_spans_reread(root, &source);
        walk(&tree, &source);
    }

    #[test]
    fn no_text_is_too_odd(text in "(?s)(\u{feff})?([\\[\\]{}:,\"\\\\]|\\\\u[dD][8cC]00|[u0-9a-f'\\-. \n\r\t/*é\u{1}]|true|null|\"a\":){0,40}") {
        check_odd(&text)?;
    }

    #[test]
    fn no_text_at_all_is_too_odd(text: String) {
        check_odd(&text)?;
    }
}

fn check_odd(text: &str) -> Result<(), TestCaseError> {
    let source = source(text);
    let theirs = serde_json::from_str::<Value>(text);
    match parse_json(&source) {
        Ok(tree) => walk(&tree, &source),
        Err(problem) => {
            prop_assert!(theirs.is_err(), "{:?}", problem);
            prop_assert!(source.text().get(problem.span.range()).is_some(), "{:?}", problem);
            prop_assert!(!problem.message.is_empty() && !problem.message.ends_with('.'));
        }
    }
    Ok(())
}

#[test]
fn half_a_surrogate_pair_is_a_replacement_character() {
    let text = r#"["\ud83d", "\uDE00x", "\ud83d\ud83d\ude00", "\\ud83d", "é\ud83d\n"]"#;
    let expected = ["\u{fffd}", "\u{fffd}x", "\u{fffd}😀", "\\ud83d", "é\u{fffd}\n"];
    assert_eq!(json(text), Value::from(expected.to_vec()));
}

#[test]
fn numbers_keep_their_text() {
    let source = source("[123456789012345678901234567890e0]");
    let tree = parse_json(&source).unwrap();
    let number = tree.roots(&source).next().unwrap().items().next().unwrap();
    assert_eq!((number.kind(), number.scalar().as_deref()), (Kind::Number, Some("123456789012345678901234567890e0")));
}

#[test]
fn the_last_of_equal_keys_counts() {
    let source = source(r#"{"a": 1, "b": {"x": 1, "\u0078": 2}, "a": 2, "c": 3, "a": 4}"#);
    let tree = parse_json(&source).unwrap();
    let root = tree.roots(&source).next().unwrap();
    assert_eq!(root.get("a").unwrap().scalar().as_deref(), Some("4"));
    assert_eq!((root.len(), root.entry("d").is_none()), (5, true));
    let written: Vec<_> = tree
        .duplicate_keys(&source)
        .into_iter()
        .map(|duplicate| (duplicate.key, duplicate.first.start, source.slice(duplicate.last).to_owned()))
        .collect();
    let expected = [("a".to_owned(), 1, "\"a\"".to_owned()), ("x".to_owned(), 15, "\"\\u0078\"".to_owned())];
    assert_eq!(written, expected);
    assert!(root.only_entry().is_none());
}

#[test]
fn comments_have_places() {
    let source = source("\u{feff}// one\r\n[/* two */ 1, // three\n]//");
    let tree = parse_json(&source).unwrap();
    let comments: Vec<_> = tree.comments().iter().map(|span| source.slice(*span)).collect();
    assert_eq!(comments, ["// one", "/* two */", "// three", "//"]);
}
