//! The way back from decoded text to source bytes.

use proptest::prelude::*;

use super::super::scalar;
use super::super::tape::{Cell, Style};
use super::*;

/// The decoding of a cut of the source of a flow scalar.
fn decode(style: Style, cut: &str) -> String {
    let quote = match style {
        Style::Double => "\"",
        Style::Single => "'",
        _ => "",
    };
    let text = format!("{quote}{cut}{quote}");
    let cell = Cell { start: 0, end: u32::try_from(text.len()).unwrap(), next: 1, kind: Kind::String, style, extra: 0 };
    scalar::text(cell, &text).into_owned()
}

/// Checks that every part of a scalar's text is what its source bytes say.
fn assert_maps_back(node: Node<'_>, source: &Source) {
    let mapped = node.mapped().unwrap();
    let text = mapped.as_str();
    let style = node.cell().style;
    let indent = usize::from(node.cell().extra);
    let places: Vec<_> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
    for (index, &from) in places.iter().enumerate() {
        for &to in &places[index..] {
            let span = mapped.span(from..to);
            let cut = source.slice(span);
            if from == to {
                assert_eq!(cut, "");
                assert_eq!(mapped.slice(from..to).span(0..1), span);
                continue;
            }
            let part = mapped.slice(from..to);
            assert_eq!((part.as_str(), part.span(0..to - from)), (&text[from..to], span));
            let (first, last) = (mapped.span(from..from + 1), mapped.span(to - 1..to));
            assert_eq!(
                (span.start, span.end),
                (first.start, last.end),
                "a span reaches from its first to its last part"
            );
            // A run of folded line ends means something only as a whole.
            let cuts_run = |at: usize| text[..at].ends_with('\n') && text[at..].starts_with('\n');
            // A last line without a line end has one in the text of a block.
            let is_unwritten = last.start == last.end;
            if cuts_run(from) || cuts_run(to) || is_unwritten {
                continue;
            }
            let reread = match style {
                Style::Literal => literal(cut, indent),
                Style::Folded => {
                    if cut.contains(['\n', '\r', ' ']) {
                        continue;
                    }
                    cut.to_owned()
                }
                flow => decode(flow, cut),
            };
            assert_eq!(reread, text[from..to], "{cut:?} of {:?}", source.text());
        }
    }
}

/// A cut of a literal block: the indentation after each line end is none of the text.
fn literal(cut: &str, indent: usize) -> String {
    let mut lines = cut.split('\n');
    let mut text = lines.next().unwrap().replace('\r', "");
    for line in lines {
        let spaces = line.bytes().take(indent).take_while(|byte| *byte == b' ').count();
        text.push('\n');
        text.push_str(&line[spaces..].replace('\r', ""));
    }
    text
}

fn assert_all_map_back(text: &str) {
    let source = source(text);
    let parsed = parse_yaml(&source);
    let mut waiting: Vec<_> = parsed.tree.roots(&source).collect();
    while let Some(node) = waiting.pop() {
        if node.kind() == Kind::String {
            assert_maps_back(node, &source);
        }
        waiting.extend(node.items());
        waiting.extend(node.entries().map(Entry::value));
    }
}

proptest! {
    #[test]
    fn json_and_double_quotes(text in "([a é🦀]|\\\\[nt\"\\\\/]|\\\\u00e9|\\\\ud83e\\\\udd80|\\\\ud83d){0,16}") {
        let source = source(&format!("[\"{text}\"]"));
        let tree = parse_json(&source).unwrap();
        assert_maps_back(tree.roots(&source).next().unwrap().items().next().unwrap(), &source);
    }

    #[test]
    fn folded_double_quotes(text in "([a é\t]|\\\\[nt\"x \\\\]|\\\\x41|\\\\u00e9|\\\\?\r?\n {1,3}|\n\n\n  ){0,16}") {
        assert_all_map_back(&format!("k: \"{text}\"\n"));
    }

    #[test]
    fn single_quotes(text in "([a é\t]|''|\r?\n {1,3}|\n\n\n  ){0,16}") {
        assert_all_map_back(&format!("k: '{text}'\n"));
    }

    #[test]
    fn plain_text(text in "a([a é\t']|\r?\n {1,3}|\n\n\n  ){0,16}b") {
        assert_all_map_back(&format!("k: {text}\nl: 1\n"));
    }

    #[test]
    fn blocks(
        header in "(\\||>)([-+]?2?|2[-+]|) *( # x)?",
        lines in "((\r\n|\n)(   ?| {4}|)[aé '\t🦀]{0,4}){0,8}",
        end in "\n?(k: v)?",
        outer in "(k|- |k:\r\n  l): ",
    ) {
        assert_all_map_back(&format!("{outer}{header}{lines}{end}"));
    }
}

#[test]
fn user_data_points_at_its_own_characters() {
    let text = "UserData:\r\n  Fn::Base64: !Sub |\r\n    #!/bin/bash\r\n    echo é\r\n\r\n      KEY=\"s3cret\"\r\n";
    let source = source(text);
    let parsed = parse_yaml(&source);
    let root = parsed.tree.roots(&source).next().unwrap();
    let script = root.get("UserData").unwrap().get("Fn::Base64").unwrap().get("Fn::Sub").unwrap();
    let mapped = script.mapped().unwrap();
    assert_eq!(mapped.as_str(), "#!/bin/bash\necho é\n\n  KEY=\"s3cret\"\n");
    let at = mapped.as_str().find("s3cret").unwrap();
    let span = mapped.span(at..at + 6);
    assert_eq!((source.slice(span), span.start as usize), ("s3cret", text.find("s3cret").unwrap()));
    assert_eq!(source.slice(mapped.span(0..9999)), &text[text.find("#!").unwrap()..]);
}
