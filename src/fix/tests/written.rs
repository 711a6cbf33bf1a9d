//! How edits look.

use crate::model::{Draft, Reference, ResourceKind, ResourceRef, Text};
use crate::source::edited;

use super::*;

/// The place of the only occurrence of some words.
fn place(text: &str, words: &str) -> Span {
    let mut found = text.match_indices(words);
    let (at, _) = found.next().unwrap_or_else(|| panic!("{words} is not in {text}"));
    assert!(found.next().is_none(), "{words} is in {text} twice");
    Span::new(FileId(3), u32::try_from(at).unwrap(), u32::try_from(at + words.len()).unwrap())
}

fn changed(text: &str, change: &Change) -> String {
    let source = source(text);
    let tree = parse(&source).unwrap();
    let edits = Editor::new(&tree, &source).edits(change);
    edited(text, &edits.unwrap_or_else(|| panic!("{change:?} of {text}"))).unwrap()
}

fn reference(attribute: Option<&str>) -> Draft {
    let resource =
        ResourceRef { id: "Key".into(), attribute: attribute.map(str::to_owned), kind: ResourceKind::KmsKey };
    Draft::Text(Text::hole(Reference::Resource(resource), Span::start_of(FileId(9))))
}

fn remove(text: &str, words: &str) -> String {
    changed(text, &Change::Remove { place: place(text, words), above: 0, holders: 0 })
}

#[test]
fn what_is_removed_takes_its_comma_its_lines_and_its_comments_along() {
    for (text, words, after) in [
        (r#"{"a": 1, "b": 2}"#, "\"a\"", r#"{"b": 2}"#),
        (r#"{"a": 1, "b": 2}"#, "\"b\"", r#"{"a": 1}"#),
        (r#"{ "a": 1 }"#, "\"a\"", "{}"),
        ("{\n  \"a\": 1, // one\n  // two\n  \"b\": 2 // 2\n}", "\"b\"", "{\n  \"a\": 1 // one\n}"),
        ("[\n  1,\n  2,\n]\n", "2", "[\n  1,\n]\n"),
        ("a: 1\r\nb:\r\n  c: 2\r\nd: 3", "d", "a: 1\r\nb:\r\n  c: 2"),
        ("- a: 1\n  b: 2\n- c: 3\n", "a", "- b: 2\n- c: 3\n"),
        ("k:\n  only: 1 # one\nz: 2\n", "only", "k: {}\nz: 2\n"),
        ("k:\n# about it\n- x\n", "x", "k: []\n"),
    ] {
        assert_eq!(remove(text, words), after, "{text:?}");
    }
}

#[test]
fn holders_go_with_the_last_thing_in_them() {
    let text = "R:\n  Type: T\n  Metadata:\n    ecs-lint:\n      ignore:\n        - rule: x\n          reason: y\n";
    let whole = place(text, "rule: x\n          reason: y");
    let change = Change::Unsuppress { whole, rule: place(text, "x") };
    assert_eq!(changed(text, &change), "R:\n  Type: T\n");
}

#[test]
fn a_rule_goes_out_of_a_comment_and_a_comment_with_its_last_rule() {
    for (text, rule, after) in [
        ("a: 1 # ecs-lint: ignore[x, y] why\n", "x", "a: 1 # ecs-lint: ignore[y] why\n"),
        ("a: 1 # ecs-lint: ignore[x, y] because\n", "y", "a: 1 # ecs-lint: ignore[x] because\n"),
        ("a: 1 # ecs-lint: ignore[x] why\n", "x", "a: 1\n"),
        ("# ecs-lint: ignore[x] why\na: 1\n", "x", "a: 1\n"),
        ("a: 1 # note # ecs-lint: ignore[x] why\n", "x", "a: 1 # note\n"),
        (
            "{\n  // ecs-lint: ignore[x]\n  \"a\": /* ecs-lint: ignore[z] */ 1\n}",
            "z",
            "{\n  // ecs-lint: ignore[x]\n  \"a\": 1\n}",
        ),
    ] {
        let start = text.find("ecs-lint: ignore").unwrap();
        let start = if rule == "z" { text.rfind("ecs-lint: ignore").unwrap() } else { start };
        let end =
            if rule == "z" { start + "ecs-lint: ignore[z]".len() } else { start + text[start..].find('\n').unwrap() };
        let offset = |at: usize| u32::try_from(at).unwrap();
        let inside = start + text[start..].find('[').unwrap();
        let rule = inside + text[inside..].find(rule).unwrap();
        let change = Change::Unsuppress {
            whole: Span::new(FileId(3), offset(start), offset(end)),
            rule: Span::new(FileId(3), offset(rule), offset(rule + 1)),
        };
        assert_eq!(changed(text, &change), after, "{text:?}");
    }
}

#[test]
fn functions_are_written_as_the_file_writes_them() {
    for (text, words, after) in [
        ("a: !Ref X\nb: !Ref Y\n", "!Ref Y", "a: !Ref X\nb: !GetAtt Key.Arn\n"),
        ("a:\n  Ref: X\nb:\n  Ref: Y\n", "Ref: Y", "a:\n  Ref: X\nb:\n  Fn::GetAtt:\n    - Key\n    - Arn\n"),
        ("a: !Base64 {Ref: Y}\n", "{Ref: Y}", "a: !Base64 {\"Fn::GetAtt\": [Key, Arn]}\n"),
        (r#"{"a": {"Ref": "Y"}}"#, r#"{"Ref": "Y"}"#, r#"{"a": {"Fn::GetAtt": ["Key", "Arn"]}}"#),
        (
            "{\n  \"a\": { \"Ref\": \"Y\" }\n}",
            r#"{ "Ref": "Y" }"#,
            "{\n  \"a\": { \"Fn::GetAtt\": [\"Key\", \"Arn\"] }\n}",
        ),
        ("a: !Sub x-${Y}-z\n", "${Y}", "a: !Sub 'x-${Key.Arn}-z'\n"),
    ] {
        let text = if text.contains("${Y}") { "a: !Sub 'x-${Y}-z'\n" } else { text };
        let change = Change::Replace { place: place(text, words), with: reference(Some("Arn")) };
        assert_eq!(changed(text, &change), after, "{text:?}");
    }
}

#[test]
fn statements_are_added_in_the_style_of_the_list() {
    let statement = Draft::object([("Effect", Draft::literal("Allow")), ("Resource", reference(Some("Arn")))]);
    for (text, after) in [
        (
            "P:\n    Statement:\n    - Effect: Deny\n      Resource: '*'\nZ: !Ref Q\n",
            "P:\n    Statement:\n    - Effect: Deny\n      Resource: '*'\n    - Effect: Allow\n      Resource: !GetAtt Key.Arn\nZ: !Ref Q\n",
        ),
        ("P: {}\nZ: !Ref Q\n", "P:\n  Statement:\n    - Effect: Allow\n      Resource: !GetAtt Key.Arn\nZ: !Ref Q\n"),
        (
            "{\n \"P\": {\n  \"Statement\": []\n }\n}\n",
            "{\n \"P\": {\n  \"Statement\": [\n   {\n    \"Effect\": \"Allow\",\n    \"Resource\": {\"Fn::GetAtt\": [\"Key\", \"Arn\"]}\n   }\n  ]\n }\n}\n",
        ),
        (
            r#"{"P":{"Statement":[{"Effect":"Deny"}]}}"#,
            r#"{"P":{"Statement":[{"Effect":"Deny"},{"Effect":"Allow","Resource":{"Fn::GetAtt":["Key","Arn"]}}]}}"#,
        ),
    ] {
        let at = place(text, if text.starts_with('{') { "\"P\"" } else { "P" });
        let change = Change::Append { at, path: vec!["Statement".into()], items: vec![statement.clone()] };
        assert_eq!(changed(text, &change), after, "{text:?}");
    }
}

#[test]
fn strings_keep_their_quotes_and_get_some_where_they_need_them() {
    for (text, words, with, after) in [
        ("a: 'b c'\n", "c", "it's", "a: 'b it''s'\n"),
        (r#"{"a": "b c"}"#, "c", "\"\\", r#"{"a": "b \"\\"}"#),
        ("a: x/b\n", "x", "y", "a: y/b\n"),
        ("a: x:b\n", "b", "", "a: \"x:\"\n"),
        ("a: |\n  one\n  two\n", "two", "2", "a: |\n  one\n  2\n"),
        ("a: !Sub s:${x}-y\n", "y", "y-??????", "a: !Sub s:${x}-y-??????\n"),
    ] {
        let change = Change::Rewrite { place: place(text, words), text: with.to_owned() };
        assert_eq!(changed(text, &change), after, "{text:?}");
    }
}

#[test]
fn what_would_change_other_things_is_not_done() {
    for (text, words) in [("a: &x\n  k: 1\nb: *x\n", "k"), ("a: &x {k: 1}\nb:\n  <<: *x\n", "k"), ("a: !Ref X\n", "X")]
    {
        let source = source(text);
        let tree = parse(&source).unwrap();
        let change = Change::Remove { place: place(text, words), above: 0, holders: 0 };
        assert_eq!(Editor::new(&tree, &source).edits(&change), None, "{text:?}");
    }
    assert!(parse(&source("a: [\n")).is_none());
}

/// Within brackets a question mark ends a string of YAML 1.1 that has no quotes.
#[test]
fn a_string_in_brackets_gets_quotes_for_a_question_mark() {
    for (text, after) in [
        ("R: [x:secret:db]\n", "R: [\"x:secret:db-??????\"]\n"),
        ("R: {S: [!Sub x:secret:db]}\n", "R: {S: [!Sub \"x:secret:db-??????\"]}\n"),
        ("R:\n  - x:secret:db\n", "R:\n  - x:secret:db-??????\n"),
        ("R: !Sub x:secret:db\n", "R: !Sub x:secret:db-??????\n"),
    ] {
        let end = place(text, "db").end;
        let change = Change::Rewrite { place: Span::new(FileId(3), end, end), text: "-??????".to_owned() };
        assert_eq!(changed(text, &change), after);
    }
}

#[test]
fn what_aliases_repeat_is_not_removed() {
    let text = "x:\n  a: &it\n    k: 1\n  b: 2\ny:\n  c: *it\n  d: 3\n";
    let source = source(text);
    let tree = parse(&source).unwrap();
    let change = Change::Remove { place: place(text, "a"), above: 0, holders: 0 };
    assert_eq!(Editor::new(&tree, &source).edits(&change), None);
    assert_eq!(remove(text, "b"), "x:\n  a: &it\n    k: 1\ny:\n  c: *it\n  d: 3\n");
}

#[test]
fn json_may_begin_with_a_comment() {
    for head in ["// licence\n", "/* licence */ ", "\n// a\n// b\n"] {
        let text = format!("{head}{{\"a\": 1, \"b\": 2}}");
        assert_eq!(remove(&text, "\"a\""), format!("{head}{{\"b\": 2}}"));
    }
}

/// Comments are the author's: a value that has some in it is left to them.
#[test]
fn a_value_with_comments_in_it_is_not_replaced() {
    for (text, value) in [
        ("a: # 1\n  Fn::GetAtt: # 2\n    - X # 3\n    - Arn # 4\n", "Fn::GetAtt: # 2\n    - X # 3\n    - Arn"),
        ("{\"a\": {\"Ref\": /* why */ \"X\"}}", "{\"Ref\": /* why */ \"X\"}"),
    ] {
        let source = source(text);
        let tree = parse(&source).unwrap();
        let change = Change::Replace { place: place(text, value), with: reference(Some("Arn")) };
        assert_eq!(Editor::new(&tree, &source).edits(&change), None, "{text}");
    }
}
