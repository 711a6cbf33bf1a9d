use granit_parser::{Event, Parser};
use proptest::prelude::*;
use serde_json::json as object;

use super::super::scalar;
use super::super::tape::Style;
use super::*;

/// All that was read, cell by cell.
fn told(parsed: &Parsed) -> String {
    let Parsed { tree: Tree { cells, roots, comments, .. }, problems } = parsed;
    let cells: Vec<_> = cells.iter().map(|cell| format!("{cell:?}\n")).collect();
    format!("{}{roots:?}\n{comments:?}\n{problems:?}", cells.concat())
}

/// Whether all that is read in one go is what is read through the parser.
fn assert_read_in_one_way(text: &str) {
    let source = source(text);
    assert_eq!(told(&parse_yaml(&source)), told(&parse_unusual_yaml(&source)), "in {text:?}");
}

/// Whether the parser's own decoding of every scalar is ours. Not for texts with aliases.
fn assert_decoded_as_the_parser_does(text: &str) {
    assert_read_in_one_way(text);
    let source = source(text);
    let parsed = parse_yaml(&source);
    walk(&parsed.tree, &source);
    for problem in &parsed.problems {
        assert_in_text(problem.span, &source);
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'));
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(events) = Parser::new_from_str(body).collect::<Result<Vec<_>, _>>() else {
        return;
    };
    if events.iter().any(|(event, _)| event.is_alias()) || !parsed.problems.is_empty() {
        return;
    }
    let expected = events.iter().filter_map(|(event, place)| match event {
        Event::Scalar(text, ..) if text == "~" && place.is_empty() => Some(""),
        Event::Scalar(text, ..) => Some(text.as_ref()),
        _ => None,
    });
    let cells = parsed
        .tree
        .cells
        .iter()
        .filter(|cell| !matches!(cell.kind, Kind::Array | Kind::Object) && cell.style != Style::Tag);
    let decoded: Vec<_> = cells.map(|cell| scalar::text(*cell, source.text())).collect();
    assert_eq!(decoded, expected.collect::<Vec<_>>(), "in {text:?}");
}

/// A little of YAML.
fn scrap() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-a-c:#&*!|>'\"%@`{}\\[\\],?~<0-9é🦀\u{feff} \t\r\n]",
        Just("a: ".to_owned()),
        Just("- ".to_owned()),
        Just("\n  ".to_owned()),
        Just("\n    ".to_owned()),
        Just("\n\n".to_owned()),
        Just("\r\n  ".to_owned()),
        Just(" b: &x ".to_owned()),
        Just("*x".to_owned()),
        Just("!Sub ".to_owned()),
        Just("!!str ".to_owned()),
        Just("\n--- ".to_owned()),
        Just("\n...\n".to_owned()),
        Just("<<: ".to_owned()),
        Just(" # c\n".to_owned()),
        Just("\\x41".to_owned()),
        Just("\\u00e9\\\n".to_owned()),
        Just(String::new()),
        Just("  ".to_owned()),
        Just("''".to_owned()),
        Just(" \"".to_owned()),
        Just("[x, y: z".to_owned()),
        Just("{\"k\":v".to_owned()),
    ]
}

/// Scraps of YAML that make sense next to each other often enough.
fn scraps() -> impl Strategy<Value = String> {
    let block = ("(a: |- |b: c: )[|>][-+]?[1-4]?[-+]?( #x)?", "((\r?\n) {0,5}[a\t #]{0,3}){0,9}");
    prop::collection::vec(prop_oneof![4 => scrap(), 1 => block.prop_map(|(a, b)| a + &b)], 0..14)
        .prop_map(|scraps| scraps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_scraps_are_too_odd(text in scraps()) {
        assert_decoded_as_the_parser_does(&text);
    }

    /// To leave comments out leaves out nothing else.
    #[test]
    fn comments_are_left_out_alone(text in scraps()) {
        let source = source(&text);
        let (with, without) = (parse_yaml(&source), parse_yaml_without_comments(&source));
        prop_assert!(without.tree.comments().is_empty());
        let mut with = with;
        with.tree.comments.clear();
        prop_assert_eq!(told(&with), told(&without));
    }

    /// A template with a few slips of the keyboard.
    #[test]
    fn what_is_nearly_usual_is_read_in_one_way(
        from in 0..USUAL.lines().count(),
        slips in prop::collection::vec((any::<prop::sample::Index>(), scrap(), 0..6_usize, any::<bool>()), 1..4),
    ) {
        let mut text: String = USUAL.split_inclusive('\n').skip(from).collect();
        for (at, scrap, length, at_line) in slips {
            let at = at.index(text.len() + 1);
            let start = if at_line { text[..at].rfind('\n').map_or(0, |before| before + 1) } else { at };
            let length = if at_line { 0 } else { length.saturating_sub(2).min(text.len() - start) };
            if text.is_char_boundary(start) && text.is_char_boundary(start + length) {
                text.replace_range(start..start + length, &scrap);
            }
        }
        assert_read_in_one_way(&text);
    }

    #[test]
    fn no_text_is_too_odd(text in "(?s).{0,60}") {
        assert_decoded_as_the_parser_does(&text);
    }
}

/// What templates are written with.
const USUAL: &str = r#"# é
---
AWSTemplateFormatVersion: 2010-09-09   # a date
Description: >-
  Two lines
  of text

  and more
Parameters:
  "Quoted": {Type: String, Default: "", AllowedValues: ["", 'it''s', b c, ::/0]}
  Name:
    Type: String
    AllowedValues:
    - a
    - -b
    -
      c
    NoEcho: true
Conditions:
  Both: !And [!Equals [!Ref Name, 'x'], Condition: Other, {Condition: "y"}]
  Either: !Or
  - Condition: Both
  - !Not [!Condition Both]
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: 256
      # about the containers
      ContainerDefinitions:
        - Name: "with \\ and \"quotes\""
          Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1
          Command: [
            sh, -c,   # a shell
            {"a":1, b: [ ]},
          ]
          Secrets:
            - {Name: A, ValueFrom: !Ref Secret}
        - - nested
          - deeper:
              Fn::Join: ["", [!GetAtt A.B, c#d]]
        - plain text that
          goes on # until here
        - "quoted text
           that goes on"
        -   Name:  spaces
            Policy: !Sub '{
  "outdented": "${x}"
}'
  Node:
    UserData:
      Fn::Base64: !Sub |
        #!/bin/bash
        echo "a: b" >> /etc/ecs/ecs.config

          indented
    Other: !If
      - Both
      - Ref: AWS::NoValue
      - !Ref
        Name
    Keep: |+
      x

    Url: https://example.com/a?b=c:d
    <<: {c: d}
"#;

#[test]
fn what_is_usual_is_read_at_once() {
    let is_usual = |text: &str| super::super::yaml::is_usual(&source(text));
    assert!(is_usual(USUAL) && is_usual(&USUAL.replace('\n', "\r\n")) && is_usual(&format!("\u{feff}{USUAL}")));
    assert_read_in_one_way(USUAL);
    assert_read_in_one_way(&USUAL.replace('\n', "\r\n"));
    assert_read_in_one_way(&format!("\u{feff}{USUAL}"));
    let unusual = [
        "",
        "# a\n",
        "a",
        "'a'",
        "[a]",
        "a:\n",
        "a: 1\n---\nb: 2\n",
        "a: 1\n...\n",
        "%YAML 1.2\n---\na: 1\n",
        "a: &b 1\n",
        "a: *b\n",
        "? a\n: b\n",
        "a: !!str b\n",
        "a: !<x> b\n",
        "a: b: c\n",
        "a: - b\n",
        "a:\tb\n",
        "\ta: b\n",
        "a: [b\n",
        "a:\n  b: [c\n]\n",
        "a: {b}\n",
        "a: {b: }\n",
        "a: [,]\n",
        "a: \"b\n",
        "a: \"\\q\"\n",
        "a: \"b\"c\n",
        "a: |2\n   b\n",
        "a: |\n\n",
        "a: |\nb: c\n",
        "a: b\n c: d\n",
        "a: b\n  - c: d\n",
        "a:\n  b: 1\n c: 2\n",
        "- a\nb: c\n",
        "a: @b\n",
        "a: \u{85}\n",
        "a: \u{7}\n",
        "a: b\rc: d\n",
        "a: {b:[c]}\n",
        "a: ['b'c]\n",
        "a: b #c\n  d\n",
        "a: 'x\n---\ny'\n",
        "a: !b !c d\n",
        "a: !b\n",
    ];
    for text in unusual {
        assert!(!is_usual(text), "{text:?}");
        assert_read_in_one_way(text);
    }
}

/// The parser takes such a comment for an empty line, with the comment among the bytes of the text.
#[test]
fn a_comment_indented_by_a_tab_is_no_part_of_a_text() {
    for text in [" b: &x \\x41- |\n\t#\n  a", "b: x\r\n\t# c\r\n  a\nd: e", "- x\n\t#\n a"] {
        let source = source(text);
        let parsed = parse_yaml(&source);
        assert_eq!((parsed.problems.len(), parsed.tree.len()), (1, 0), "{text:?}");
        assert_eq!(source.slice(parsed.problems[0].span), "#");
    }
    assert_eq!(yaml("a: x#y\n  z #c\nb: 'x\n \t# y'"), [object!({"a": "x#y z", "b": "x # y"})]);
}

#[test]
fn short_tags_are_their_long_forms() {
    let short = "\
A: !Ref B
B: !Sub '${A}-x'
C: !GetAtt A.B
D: !If
  - Prod
  - !Select [0, !Split [',', !ImportValue 'x']]
  - Ref: AWS::NoValue
E: &e !Join ['', [a, !Condition C, 012]]
F: !Equals [*e, !Ref 12]
G: !Length
  - 1
H: !Base64
  Fn::Sub: |
    #!/bin/bash
    echo
I: [!Ref x, {k: !Ref y}]
J: !Transform {Name: n}
K: !!str 12
L: ! 12
M: !Ref
";
    let long = r##"{
"A": {"Ref": "B"}, "B": {"Fn::Sub": "${A}-x"}, "C": {"Fn::GetAtt": "A.B"},
"D": {"Fn::If": ["Prod", {"Fn::Select": [0, {"Fn::Split": [",", {"Fn::ImportValue": "x"}]}]}, {"Ref": "AWS::NoValue"}]},
"E": {"Fn::Join": ["", ["a", {"Condition": "C"}, "012"]]},
"F": {"Fn::Equals": [{"Fn::Join": ["", ["a", {"Condition": "C"}, "012"]]}, {"Ref": "12"}]},
"G": {"Fn::Length": [1]}, "H": {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho\n"}},
"I": [{"Ref": "x"}, {"k": {"Ref": "y"}}], "J": {"Fn::Transform": {"Name": "n"}}, "K": "12", "L": "12", "M": {"Ref": ""}
}"##;
    assert_eq!(yaml(short), [json(long)]);
    assert_eq!(yaml(long), [json(long)], "JSON is YAML");
}

#[test]
fn unquoted_scalars_are_typed_by_the_core_schema() {
    let text = "[~, null, Null, '', 'null', true, False, yes, 0123456789012, 1_000, 0o14, 0x1F, -1.5e+3, .5, 5., .inf, -a, +, 1e, 12ab, 1.2.3, '1', \"\"]";
    let source = source(text);
    let parsed = parse_yaml(&source);
    let root = parsed.tree.roots(&source).next().unwrap();
    let kinds: String = root
        .items()
        .map(|item| match item.kind() {
            Kind::Null => '0',
            Kind::Bool => 'b',
            Kind::Number => 'n',
            Kind::String => 's',
            _ => '?',
        })
        .collect();
    assert_eq!(kinds, "000ssbbsnsnnnnnnsssssss");
    let written = |at: usize| root.items().nth(at).unwrap().scalar().unwrap().into_owned();
    assert_eq!([written(8), written(9), written(10)], ["0123456789012", "1_000", "0o14"]);
    assert_eq!(yaml("a:\nb: ~\nc: ''\n"), [object!({"a": null, "b": null, "c": ""})]);
}

#[test]
fn merges_are_looked_through() {
    let text = "\
base: &base {image: a, cpu: 1}
more: &more {<<: *base, cpu: 2, user: u}
web: {image: w, <<: [{port: 80, cpu: 3}, *more], <<: {port: 81}, '<<': text, port2: 1}
odd: {<<: text}
";
    let source = source(text);
    let parsed = parse_yaml(&source);
    let root = parsed.tree.roots(&source).next().unwrap();
    let web = root.get("web").unwrap();
    let entries: Vec<_> =
        web.entries().map(|entry| format!("{}={}", entry.key(), entry.value().scalar().unwrap())).collect();
    assert_eq!(entries, ["image=w", "<<=text", "port2=1", "port=81", "cpu=3", "user=u"]);
    assert_eq!(web.len(), 6);
    for entry in web.entries() {
        assert_eq!(web.get(&entry.key()).unwrap().scalar(), entry.value().scalar());
    }
    assert!(web.get("nothing").is_none());
    assert_eq!(root.get("odd").unwrap().only_entry().unwrap().key(), "<<");
    assert_eq!(parsed.tree.duplicate_keys(&source), []);
}

#[test]
fn places_are_those_of_the_file() {
    let text = "\u{feff}# é 🦀\r\na: !Sub\r\n  - 'x'\r\n  - {k: v}\r\n\"b\": |- # note\r\n  one\r\n\r\n  two  \r\n\r\nc: *x\r\n";
    let text = text.replace("'x'", "&x 'x'");
    let source = source(&text);
    let parsed = parse_yaml(&source);
    assert_eq!(parsed.problems, []);
    let root = parsed.tree.roots(&source).next().unwrap();
    let shown = |node: Node<'_>| source.slice(node.span()).to_owned();
    assert_eq!(shown(root.get("a").unwrap()), "!Sub\r\n  - &x 'x'\r\n  - {k: v}");
    assert_eq!(shown(root.get("b").unwrap()), "|- # note\r\n  one\r\n\r\n  two  ");
    assert_eq!(shown(root.get("c").unwrap()), "'x'", "an alias is where its anchor is");
    assert_eq!(source.slice(root.get("b").unwrap().text_span_of_content()), "one\r\n\r\n  two  ");
    assert_eq!(source.slice(root.get("c").unwrap().text_span_of_content()), "x");
    let call = root.get("a").unwrap().only_entry().unwrap();
    assert_eq!((call.key().as_ref(), source.slice(call.key_span())), ("Fn::Sub", "!Sub"));
    assert_eq!(source.slice(root.entry("b").unwrap().key_span()), "\"b\"");
    assert!(shown(root).ends_with("c: *x"));
    let comments: Vec<_> = parsed.tree.comments().iter().map(|span| source.slice(*span)).collect();
    assert_eq!(comments, ["# é 🦀", "# note"]);
}

#[test]
fn outdented_quotes_are_read_as_cloudformation_reads_them() {
    let text = "a:\n  b: \"{\n  \\\"x\\\": 1\n}\"\n  c: 'it''s\n\n\ny'   # z\nd: 1\n";
    assert_eq!(yaml(text), [object!({"a": {"b": "{ \"x\": 1 }", "c": "it's\n\ny"}, "d": 1})]);
    for open in ["a: \"x\nb: \"y\"\n", "a: 'x\nb: 1\n", "a: 'x\n---\nb: 'y'\n"] {
        assert_eq!(parse_yaml(&source(open)).problems.len(), 1, "{open}");
    }
}

#[test]
fn a_bad_document_does_not_cost_the_others() {
    let source = source("a: 1\n---\nb: [\n---\nc: 3\n---\nd: *x\n---\n&a [*a]\n---\n---\ne: 5\n");
    let parsed = parse_yaml(&source);
    let roots: Vec<_> = parsed.tree.roots(&source).map(value).collect();
    assert_eq!(roots, [object!({"a": 1}), object!({"c": 3}), Value::Null, object!({"e": 5})]);
    assert_eq!(parsed.problems.len(), 3);
    assert!(parse_yaml(&super::source("")).tree.roots(&source).next().is_none());
}

#[test]
fn hostile_files_end_soon() {
    use std::fmt::Write as _;
    let mut laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ('b'..='i').zip('a'..) {
        let _ = writeln!(laughs, "{name}: &{name} [{}]", format!("*{before},").repeat(9));
    }
    let list = format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(20_000), "*a,".repeat(20_000));
    let deep_json = "[".repeat(100_000);
    let deep_yaml = "- ".repeat(100_000);
    let inside = "a: &a [1, *a]\n";
    let start = std::time::Instant::now();
    for text in [&laughs, &list, &deep_json, &deep_yaml, inside] {
        let parsed = parse_yaml(&source(text));
        assert_eq!(parsed.problems.len(), 1);
        assert!(parsed.tree.cells.is_empty() && parsed.tree.cells.capacity() < 4_000_000);
    }
    assert!(parse_json(&source(&deep_json)).unwrap_err().message.contains("128 levels"));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    let reused = format!("a: &a {{x: [1, 2, 3]}}\nb: [{}]\n", "*a, ".repeat(900));
    assert_eq!(yaml(&reused)[0]["b"].as_array().unwrap().len(), 900, "honest reuse is fine");
}
