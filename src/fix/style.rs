//! How a file is written: what is added to it is written alike.

use super::outline::{Form, Outline};
use super::write::is_plain;
use crate::syntax::{Format, Kind};

/// What a file shows of its author's habits.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub(super) struct Style {
    pub format: Format,
    pub newline: &'static str,
    /// One step of indentation.
    pub unit: String,
    /// Between a key and its value in JSON and in flow form.
    pub colon: &'static str,
    /// Between elements on one line.
    pub comma: &'static str,
    /// Inside of braces on one line.
    pub padding: &'static str,
    /// Whether JSON goes over several lines.
    pub is_spread: bool,
    /// Whether functions of `CloudFormation` stand on one line where the rest does not.
    pub has_functions_on_a_line: bool,
    /// Whether functions are written as tags.
    pub has_tags: bool,
    /// The quotes of YAML strings that need some.
    pub quote: char,
    /// Whether strings stand in quotes that could do without.
    pub quotes_words: bool,
    /// Whether those do that have a colon in them.
    pub quotes_colons: bool,
    /// Whether the dashes of a list are further right than its key.
    pub indents_lists: bool,
}

/// How many elements of a file are looked at; what is further down is hardly written otherwise.
const MOST_LOOKED_AT: usize = 20_000;

impl Style {
    pub(super) fn of(outline: &Outline<'_>) -> Self {
        let format = outline.tree.format();
        let layout = &outline.layout;
        let mut seen = Seen::default();
        for (at, element) in outline.elements.iter().enumerate().take(MOST_LOOKED_AT) {
            seen.look(outline, at, element.node.kind());
        }
        let body = layout.text.trim();
        Self {
            format,
            newline: layout.newline(),
            unit: if seen.tabs > 0 { "\t".to_owned() } else { " ".repeat(seen.unit().unwrap_or(2)) },
            colon: if seen.tight_colons > seen.wide_colons { ":" } else { ": " },
            comma: if seen.has_tight_commas() { "," } else { ", " },
            padding: if seen.padded >= seen.unpadded && seen.padded > 0 { " " } else { "" },
            is_spread: body.contains('\n'),
            has_functions_on_a_line: seen.functions_on_a_line >= seen.functions_on_lines,
            has_tags: seen.tags >= seen.functions,
            quotes_words: seen.quoted_words > seen.bare_words,
            quotes_colons: seen.quoted_colons > seen.bare_colons,
            quote: if seen.single > seen.double { '\'' } else { '"' },
            indents_lists: seen.indented_lists >= seen.flush_lists,
        }
    }
}

#[derive(Default)]
struct Seen {
    /// How often a child is so many columns further right than what it is in.
    steps: [usize; 9],
    quoted_words: usize,
    bare_words: usize,
    quoted_colons: usize,
    bare_colons: usize,
    tabs: usize,
    wide_colons: usize,
    tight_colons: usize,
    wide_commas: usize,
    tight_commas: usize,
    padded: usize,
    unpadded: usize,
    functions_on_a_line: usize,
    functions_on_lines: usize,
    tags: usize,
    functions: usize,
    single: usize,
    double: usize,
    indented_lists: usize,
    flush_lists: usize,
}

impl Seen {
    /// Who leaves no blank behind colons leaves none behind commas.
    fn has_tight_commas(&self) -> bool {
        let is_unknown = self.tight_commas == self.wide_commas;
        self.tight_commas > self.wide_commas || is_unknown && self.tight_colons > self.wide_colons
    }

    fn unit(&self) -> Option<usize> {
        let (step, count) = self.steps.iter().enumerate().skip(1).rev().max_by_key(|(_, count)| **count)?;
        (*count > 0).then_some(step)
    }

    fn look(&mut self, outline: &Outline<'_>, at: usize, kind: Kind) {
        let Some(element) = outline.get(at) else { return };
        if outline.is_shared(at) {
            return;
        }
        if let Some(key) = element.key {
            let behind = outline.layout.text.get(key.end as usize..).unwrap_or_default();
            self.wide_colons += usize::from(behind.starts_with(": "));
            self.tight_colons += usize::from(behind.starts_with(':') && !behind.starts_with(": "));
        }
        let raw = element.node.raw();
        match kind {
            Kind::String => {
                self.single += usize::from(raw.starts_with('\''));
                self.double += usize::from(raw.starts_with('"'));
                let is_tagged = element.parent.is_some_and(|parent| outline.form(parent) == Some(Form::Tag));
                let is_quoted = raw.starts_with(['\'', '"']);
                let text = raw.trim_matches(['\'', '"']);
                let counted = match (is_quoted, text.contains(':')) {
                    (true, true) => &mut self.quoted_colons,
                    (false, true) => &mut self.bare_colons,
                    (true, false) => &mut self.quoted_words,
                    (false, false) => &mut self.bare_words,
                };
                // Nobody puts the types of resources in quotes, who puts all else in some.
                *counted += usize::from(!is_tagged && is_plain(text) && !text.starts_with("AWS::"));
            }
            Kind::Object | Kind::Array => self.container(outline, at, raw),
            _ => {}
        }
    }

    fn container(&mut self, outline: &Outline<'_>, at: usize, raw: &str) {
        let (Some(element), Some(form)) = (outline.get(at), outline.form(at)) else { return };
        let Some(first) = outline.get(element.children.start).filter(|_| !element.children.is_empty()) else { return };
        let is_function = element.children.len() == 1
            && first.key.is_some_and(|key| {
                let key = outline.layout.slice(key.range());
                let name = key.trim_matches(['"', '\'']);
                name == "Ref" || name.starts_with("Fn::")
            });
        match form {
            Form::Tag => self.tags += 1,
            _ if is_function => {
                self.functions += 1;
                self.functions_on_a_line += usize::from(!raw.contains('\n'));
                self.functions_on_lines += usize::from(raw.contains('\n'));
            }
            _ => {}
        }
        if form == Form::Flow && !raw.contains('\n') {
            let is_padded = raw.get(1..).is_some_and(|inside| inside.starts_with(' '));
            if raw.starts_with('{') {
                self.padded += usize::from(is_padded);
                self.unpadded += usize::from(!is_padded);
            }
            if element.children.len() > 1
                && let (Some(one), Some(two)) =
                    (outline.extent(element.children.start), outline.extent(element.children.start + 1))
            {
                let between = outline.layout.slice(one.end..two.start);
                self.wide_commas += usize::from(between == ", ");
                self.tight_commas += usize::from(between == ",");
            }
            return;
        }
        self.indentation(outline, at, form);
    }

    fn indentation(&mut self, outline: &Outline<'_>, at: usize, form: Form) {
        let Some(element) = outline.get(at) else { return };
        let Some(child) = outline.extent(element.children.start) else { return };
        if !outline.layout.is_first_on_line(child.start) {
            return;
        }
        let holder = match (element.key, form) {
            (Some(key), _) => key.start as usize,
            (None, Form::Flow) => element.node.span().start as usize,
            (None, _) => return,
        };
        let line = outline.layout.line_start(holder);
        // In JSON what counts is the line that the bracket is on; in YAML, the column of the key.
        let outer = match form {
            Form::Flow => outline.layout.slice(line..outline.layout.past_blanks(line)).to_owned(),
            _ => outline.layout.indent_of(holder),
        };
        let inner = outline.layout.indent_of(child.start);
        self.tabs += usize::from(inner.contains('\t'));
        let Some(step) = inner.len().checked_sub(outer.len()) else { return };
        let is_list = form == Form::Block && element.node.kind() == Kind::Array;
        if is_list {
            self.indented_lists += usize::from(step > 0);
            self.flush_lists += usize::from(step == 0);
        }
        if let Some(count) = self.steps.get_mut(step) {
            *count += 1;
        }
    }
}
