use super::*;

/// Checks the message, and the part of the text it is about.
fn assert_messages(cases: &[(&str, &str, &str)], problem: impl Fn(&Source) -> SyntaxProblem) {
    for (text, part, message) in cases {
        let source = source(text);
        let problem = problem(&source);
        assert_eq!((source.slice(problem.span), problem.message.as_str()), (*part, *message), "in {text:?}");
        if part.is_empty() {
            assert_eq!(problem.span.end as usize, text.len(), "in {text:?}");
        }
    }
}

#[test]
fn json_messages_say_what_is_missing() {
    let quotes = "expected this text in double quotes";
    let cases = [
        ("", "", "the file has no value in it"),
        ("// x\n", "", "the file has no value in it"),
        ("{\n\"a\": 1\n\"b\": 2}", "1", "expected a comma or `}` after this value"),
        ("[\"a\" \"b\"]", "\"a\"", "expected a comma or `]` after this value"),
        ("[{} {}]", "}", "expected a comma or `]` after this value"),
        ("{\"a\": }", "}", "expected a value before this `}`"),
        ("[1,,2]", ",", "expected a value before this `,`"),
        ("{\"a\" 1}", "\"a\"", "expected a colon after this key"),
        ("\n{\"a\": [1, 2", "", "the file ends before the `[` of line 2 is closed"),
        ("{\"a\": \"b", "", "the file ends before this string is closed"),
        ("{\"a\": \"b\n}", "\"b", "this string is not closed on its line"),
        ("{\"a\": [1}", "}", "expected `]` before this `}`"),
        ("{} {}", "{", "expected nothing more after the end of the value"),
        ("{a: 1}", "a", "expected this key in double quotes"),
        ("{\"a\": b-c }", "b-c", quotes),
        ("a: b\n", "a", quotes),
        ("{'a': 1}", "'a'", "expected double quotes here, not single ones"),
        ("[True]", "True", "`True` must be written `true`"),
        ("[None]", "None", "`None` is no value in JSON: expected `null`"),
        ("[-01]", "-01", "a number in JSON cannot start with a zero"),
        ("[1.]", "1.", "this is no number in JSON, and text must be in double quotes"),
        ("[\"a\tb\"]", "\t", "this control character must be written `\\t` in a string"),
        ("[\"C:\\dir\"]", "\\d", "`\\d` is no escape in JSON: a backslash is written `\\\\`"),
        ("[\"\\ud83d\\u12\"]", "\\u", "expected four hexadecimal digits after this `\\u`"),
        ("\u{feff}{} /* x", "/*", "this comment is never closed: expected `*/`"),
    ];
    assert_messages(&cases, |source| parse_json(source).unwrap_err());
}

#[test]
fn yaml_messages_are_for_people() {
    let colon =
        "a `:` cannot stand here: put text that has one in quotes, or look for a missing space or colon before it";
    let tab = "YAML is indented with spaces, not tabs";
    let cases = [
        ("a: b: c\n", ":", colon),
        ("a:b\nc: d\n", ":", colon),
        ("a:\n\tb: c\n", "b", tab),
        ("a:\n  - b\n\t- c\n", "\t", tab),
        ("a: \"x\n", "", "the file ends before this text in quotes is closed"),
        ("a: \"\\q\"\n", "\\q", "this is no escape in YAML: write the backslash `\\\\`, or use single quotes"),
        ("a: {x: 1\n", "{", "this `{` is never closed"),
        ("a: [1, 2}\n", "[", "this `[` is closed with `}`"),
        ("a: *nope\n", "*nope", "`*nope` repeats a value that no `&nope` before it names"),
        ("a:\n  b: 1\n c: 2\n", "c", "expected this to be a key indented like those before it"),
        ("a: b\nfoo\nc: d\n", "foo", "expected a `:` after this key"),
        ("a: @x\n", "@", "text cannot start with `@`: put it in quotes"),
        ("a: &a [*a]\n", "*a", "`*a` repeats a value that it is itself a part of"),
        ("a: \u{7}\n", "\u{7}", "the control character U+0007 cannot stand in YAML"),
        ("a: !<x\n", "!", "expected '>'"),
    ];
    assert_messages(&cases, |source| parse_yaml(source).problems.remove(0));
}
