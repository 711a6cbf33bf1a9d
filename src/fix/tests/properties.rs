//! Whatever a file looks like: after an edit it has the value that was to be, and what else was written in it.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::fix::write::quoted;
use crate::source::edited;

/// Writes a value as people do, each time in some other way.
struct Pen {
    choices: Vec<u8>,
    at: usize,
    text: String,
    newline: &'static str,
    unit: &'static str,
    comments: bool,
    marks: usize,
    in_yaml: bool,
}

impl Pen {
    fn choose(&mut self, of: u8) -> u8 {
        self.at += 1;
        self.choices[self.at % self.choices.len()] % of
    }

    fn mark(&mut self) -> usize {
        self.marks += 1;
        self.marks
    }

    fn line(&mut self, depth: usize) {
        self.text.push_str(self.newline);
        self.text.push_str(&self.unit.repeat(depth));
    }

    fn comment_sign(&self) -> &'static str {
        if self.in_yaml { "#" } else { "//" }
    }

    fn comment_above(&mut self, depth: usize) {
        if self.comments && self.choose(4) == 0 {
            let (sign, mark) = (self.comment_sign(), self.mark());
            let _ = write!(self.text, "{sign} above{mark}.");
            self.line(depth);
        }
    }

    fn comment_behind(&mut self) {
        if self.comments && self.choose(4) == 0 {
            let (sign, mark) = (self.comment_sign(), self.mark());
            let _ = write!(self.text, " {sign} behind{mark}.");
        }
    }

    fn scalar(&mut self, value: &Value, depth: usize, in_flow: bool) {
        let Value::String(text) = value else {
            self.text.push_str(&value.to_string());
            return;
        };
        let needs_quotes = text.is_empty()
            || !text.chars().all(|c| c.is_ascii_alphanumeric() || "/ü".contains(c))
            || ["true", "null"].contains(&text.as_str())
            || text.starts_with(|c: char| c.is_ascii_digit());
        if !self.in_yaml {
            self.text.push_str(&value.to_string());
        } else if text.ends_with('\n')
            && !text.starts_with(['\n', ' '])
            && !text.ends_with("\n\n")
            && !in_flow
            && self.choose(2) == 0
        {
            self.text.push('|');
            for line in text.lines() {
                self.line(depth);
                self.text.push_str(line);
            }
        } else if !needs_quotes && self.choose(2) == 0 {
            self.text.push_str(text);
        } else {
            let quote = if self.choose(2) == 0 { '\'' } else { '"' };
            self.text.push_str(&quoted(text, quote));
        }
    }

    fn flow(&mut self, value: &Value, depth: usize, spread: bool) {
        let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
        let elements: Vec<(Option<&String>, &Value)> = match value {
            Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
            Value::Object(entries) => entries.iter().map(|(key, value)| (Some(key), value)).collect(),
            _ => return self.scalar(value, depth, true),
        };
        self.text.push(open);
        let padded = !spread && !elements.is_empty() && self.choose(2) == 0;
        if padded {
            self.text.push(' ');
        }
        let last = elements.len().saturating_sub(1);
        for (at, (key, value)) in elements.iter().enumerate() {
            if spread {
                self.line(depth + 1);
                self.comment_above(depth + 1);
            }
            if let Some(key) = key {
                self.text.push_str(&quoted(key, '"'));
                let colon = if self.choose(2) == 0 || self.in_yaml { ": " } else { ":" };
                self.text.push_str(colon);
            }
            let inner = spread && self.choose(3) > 0;
            self.flow(value, depth + 1, inner);
            if at < last || spread && self.comments && self.choose(3) == 0 {
                self.text.push(',');
                if !spread && self.choose(2) == 0 {
                    self.text.push(' ');
                }
            }
            if spread {
                self.comment_behind();
            }
        }
        if spread && !elements.is_empty() {
            self.line(depth);
        }
        if padded {
            self.text.push(' ');
        }
        self.text.push(close);
    }

    /// What follows a key or a dash.
    fn block(&mut self, value: &Value, depth: usize, behind_dash: bool) {
        let elements: Vec<(Option<&String>, &Value)> = match value {
            Value::Array(items) if !items.is_empty() => items.iter().map(|item| (None, item)).collect(),
            Value::Object(entries) if !entries.is_empty() => {
                entries.iter().map(|(key, value)| (Some(key), value)).collect()
            }
            Value::Null if !behind_dash && self.choose(2) == 0 => return,
            _ => {
                self.text.push(' ');
                self.flow(value, depth + 1, false);
                return;
            }
        };
        if self.choose(6) == 0 {
            self.text.push(' ');
            return self.flow(value, depth, false);
        }
        for (at, (key, value)) in elements.iter().enumerate() {
            if at == 0 && behind_dash && key.is_some() && self.choose(3) > 0 {
                self.text.push_str(&" ".repeat(self.unit.len() - 1));
            } else {
                self.line(depth);
                self.comment_above(depth);
            }
            self.block_element(*key, value, depth);
            if !self.text.ends_with('\n') && !self.last_line_is_text() {
                self.comment_behind();
            }
        }
    }

    fn block_element(&mut self, key: Option<&String>, value: &Value, depth: usize) {
        match key {
            Some(key) => {
                let key = if self.choose(3) == 0 { quoted(key, '\'') } else { key.clone() };
                self.text.push_str(&key);
                self.text.push(':');
            }
            None => self.text.push('-'),
        }
        match value {
            Value::String(_) => {
                self.text.push(' ');
                self.scalar(value, depth + 1, false);
            }
            // A list may be as far left as its key.
            Value::Array(items) if key.is_some() && !items.is_empty() && self.choose(2) == 0 => {
                self.block(value, depth, false);
            }
            _ => self.block(value, depth + 1, key.is_none()),
        }
    }

    /// Whether a comment there would be a part of a block scalar, or follows one already.
    fn last_line_is_text(&self) -> bool {
        let last = self.text.rsplit('\n').next().unwrap_or_default();
        last.contains("text") || last.contains('#')
    }
}

fn strings() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "b1",
        "",
        "true",
        "null",
        "x: y",
        "x #y",
        "it's",
        "say \"x\"",
        "back\\slash",
        "text\ntext\n",
        "text\n\n text\n",
        "ü",
        "12",
        "${A}",
        "- d",
        "[x]",
        "a/b",
        " lead",
    ])
    .prop_map(str::to_owned)
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => strings().prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => (0_u32..99).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("k[a-e]", inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn roots() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("r[a-e]", values(), 1..4)
        .prop_map(|entries| Value::Object(entries.into_iter().collect()))
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
struct Form {
    yaml: bool,
    spread: bool,
    comments: bool,
    newline: &'static str,
    unit: &'static str,
    mark: bool,
    ends_line: bool,
    choices: Vec<u8>,
}

fn forms() -> impl Strategy<Value = Form> {
    let newline = prop::sample::select(vec!["\n", "\n", "\r\n"]);
    let unit = prop::sample::select(vec!["  ", "    ", "   ", "\t"]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (flags, newline, unit, prop::collection::vec(any::<u8>(), 7..40)).prop_map(
        |((yaml, spread, comments, mark, ends_line), newline, unit, choices)| Form {
            yaml,
            spread,
            comments: comments && (yaml || spread),
            newline,
            // YAML takes no tabs.
            unit: if yaml && unit == "\t" { "  " } else { unit },
            mark,
            ends_line,
            choices,
        },
    )
}

fn written(value: &Value, form: &Form) -> String {
    let mut pen = Pen {
        choices: form.choices.clone(),
        at: 0,
        text: String::new(),
        newline: form.newline,
        unit: form.unit,
        comments: form.comments,
        marks: 0,
        in_yaml: form.yaml,
    };
    if form.yaml {
        pen.text.push_str("# top.");
        for (key, value) in value.as_object().unwrap() {
            pen.line(0);
            pen.block_element(Some(key), value, 0);
        }
    } else {
        pen.flow(value, 0, form.spread);
    }
    let mark = if form.mark { "\u{feff}" } else { "" };
    let end = if form.ends_line { form.newline } else { "" };
    format!("{mark}{}{end}", pen.text)
}

fn drafts() -> impl Strategy<Value = Draft> {
    let text = || strings().prop_map(|text| Draft::literal(&text));
    prop_oneof![
        3 => text(),
        1 => prop::collection::vec(text(), 1..3).prop_map(Draft::List),
        1 => (text(), text(), text()).prop_map(|(a, b, c)| Draft::object([
            ("Effect", a),
            ("Action", Draft::List(vec![b])),
            ("Condition", Draft::object([("StringEquals", Draft::object([("aws:x", c)]))])),
        ])),
    ]
}

/// A step from a value to one in it.
enum Step {
    Key(String),
    Index(usize),
}

fn way_to(outline: &Outline<'_>, at: usize) -> Vec<Step> {
    let mut way = Vec::new();
    let mut at = at;
    while let Some(parent) = outline.elements[at].parent {
        let nth = at - outline.elements[parent].children.start;
        way.push(match outline.elements[at].key {
            Some(_) => Step::Key(outline.elements[parent].node.own_entries().nth(nth).unwrap().key().into_owned()),
            None => Step::Index(nth),
        });
        at = parent;
    }
    way.reverse();
    way
}

fn inside<'v>(value: &'v mut Value, way: &[Step]) -> &'v mut Value {
    way.iter().fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key).unwrap(),
        Step::Index(index) => value.get_mut(index).unwrap(),
    })
}

/// Makes the change at the element, in the text and in its value.
fn change(editor: &Editor<'_>, at: usize, what: u8, draft: &Draft, due: &mut Value) -> Option<Change> {
    let outline = &editor.outline;
    let element = &outline.elements[at];
    let way = way_to(outline, at);
    let place = element.key.unwrap_or(element.node.span());
    match (what, element.node.kind()) {
        (0, _) => {
            let (last, before) = way.split_last()?;
            match (inside(due, before), last) {
                (Value::Object(entries), Step::Key(key)) => drop(entries.remove(key)),
                (Value::Array(items), Step::Index(index)) => drop(items.remove(*index)),
                _ => return None,
            }
            Some(Change::Remove { place, above: 0, holders: 0 })
        }
        (1, _) => {
            element.parent?;
            *inside(due, &way) = draft_value(draft);
            Some(Change::Replace { place, with: draft.clone() })
        }
        (2, Kind::Array) => {
            let list = inside(due, &way).as_array_mut()?;
            // Several come to one place.
            let times = if list.is_empty() { 1 } else { 2 };
            list.extend(std::iter::repeat_n(draft_value(draft), times));
            Some(Change::Append { at: place, path: Vec::new(), items: vec![draft.clone(); times] })
        }
        (4, _) => {
            let (Step::Key(_), before) = way.split_last()? else { return None };
            inside(due, before).as_object_mut()?.insert("New".into(), draft_value(draft));
            Some(Change::Before { place, key: "New".into(), value: draft.clone() })
        }
        (5, Kind::Object) => {
            let object = inside(due, &way).as_object_mut()?;
            let entries = ["NewA", "Zed"].map(|key| (key.to_owned(), draft.clone())).to_vec();
            object.extend(entries.iter().map(|(key, value)| (key.clone(), draft_value(value))));
            Some(Change::Add { at: place, entries })
        }
        (6, kind) => {
            let (last, before) = way.split_last()?;
            match (inside(due, before), last) {
                // The lists of a list belong to nobody that could be told.
                (Value::Array(items), Step::Index(index)) if matches!(before.last(), Some(Step::Key(_))) => {
                    items.insert(index + 1, draft_value(draft));
                }
                (Value::Object(entries), Step::Key(key))
                    if kind == Kind::String && !element.node.raw().contains('\n') =>
                {
                    let own = entries[key].take();
                    entries[key] = serde_json::json!([own, draft_value(draft)]);
                }
                _ => return None,
            }
            Some(Change::Beside { place, item: draft.clone() })
        }
        (3, Kind::Object) => {
            inside(due, &way).as_object_mut()?.insert("New".into(), serde_json::json!({"Deep": draft_value(draft)}));
            Some(Change::Set { at: place, path: vec!["New".into(), "Deep".into()], value: draft.clone() })
        }
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn an_edit_gives_the_value_that_was_to_be_and_touches_nothing_else(
        value in roots(), form in forms(), which in any::<prop::sample::Index>(), what in 0_u8..7, draft in drafts()
    ) {
        let text = written(&value, &form);
        prop_assert_eq!(super::value(&text), Some(value.clone()), "\n{}", text);
        let source = source(&text);
        let tree = parse(&source).unwrap();
        let editor = Editor::new(&tree, &source);
        let at = which.index(editor.outline.elements.len());
        // Two values at one place are told apart by nothing.
        let element = &editor.outline.elements[at];
        let place = element.key.unwrap_or(element.node.span());
        prop_assume!(editor.outline.find(place) == Some(at));
        let mut due = value.clone();
        let Some(change) = change(&editor, at, what, &draft, &mut due) else { return Ok(()) };
        let edits = editor.edits(&change);
        prop_assert!(edits.is_some(), "no edit for {:?} of\n{}", change, text);
        let edits = edits.unwrap();
        let edited = edited(&text, &edits);
        prop_assert!(edited.is_some(), "{:?} in\n{}", edits, text);
        let edited = edited.unwrap();
        prop_assert_eq!(super::value(&edited), Some(due), "\n{}\n---- {:?} became\n{}", text, change, edited);
        // Line ends and the end of the file are as they were.
        if form.newline == "\r\n" {
            prop_assert_eq!(edited.matches('\n').count(), edited.matches("\r\n").count(), "{:?}", edited);
        }
        prop_assert_eq!(text.ends_with('\n'), edited.ends_with('\n'), "\n{}\n----\n{}", text, edited);
        prop_assert_eq!(text.starts_with('\u{feff}'), edited.starts_with('\u{feff}'));
        prop_assert!(!edited.lines().any(|line| line.ends_with(' ') && !text.contains(line)), "\n{}\n----\n{}", text, edited);
        // Comments go with what they are of, and no other.
        let extent = editor.outline.extent(at).unwrap_or(0..text.len());
        let comma = usize::from(!form.yaml && text[extent.end..].starts_with(','));
        let extent = extent.start..extent.end + comma;
        let lines = editor.outline.layout.lines_of(&extent).unwrap_or(extent.clone());
        for comment in tree.comments() {
            let own = lines.start <= comment.start as usize && comment.end as usize <= editor.outline.layout.next_line(lines.end.max(1) - 1);
            let has = edited.contains(source.slice(*comment));
            prop_assert!(has || own, "lost {:?}:\n{}\n----\n{}", source.slice(*comment), text, edited);
        }
    }
}
