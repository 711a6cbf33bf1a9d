//! `Metadata: {ecs-lint: {ignore: [{rule, reason, expires}]}}` on a template or on a resource.

use crate::cloudformation::Resource;
use crate::model::{Coverage, Date, Document, Problem, ProblemKind, Suppression, read_date};
use crate::source::Span;
use crate::syntax::{Kind, Node};

const NAME: &str = "ecs-lint";

const FORM: &str = "write `ecs-lint: {ignore: [{rule: …, reason: …, expires: …}]}`; `expires` may be left out";

/// Reads what the template as a whole suppresses.
pub fn of_template(root: Node<'_>, document: &mut Document) {
    let covers = Coverage { resource: None, places: vec![root.span()] };
    Reading { covers, document }.metadata(root);
}

/// Reads what one resource suppresses; `whole` reaches from its logical id to its end.
pub fn of_resource(resource: &Resource<'_>, whole: Span, document: &mut Document) {
    let covers = Coverage { resource: Some(resource.id.to_string()), places: vec![whole] };
    Reading { covers, document }.metadata(resource.node);
}

struct Reading<'d> {
    covers: Coverage,
    document: &'d mut Document,
}

/// What keeps an entry from being a suppression.
struct Wrong {
    message: String,
    span: Span,
}

impl Reading<'_> {
    fn metadata(&mut self, holder: Node<'_>) {
        for entry in holder.get("Metadata").into_iter().flat_map(Node::entries) {
            let key = entry.key();
            if key == NAME {
                self.settings(entry.value());
            } else if letters(&key) == "ecslint" {
                self.problem(format!("`{key}` is not read; it is spelled `{NAME}`"), entry.key_span());
            }
        }
    }

    fn settings(&mut self, settings: Node<'_>) {
        if settings.kind() != Kind::Object {
            return self.problem(format!("`{NAME}` must be an object with the key `ignore`"), settings.span());
        }
        for entry in settings.entries() {
            if entry.key() != "ignore" {
                let message = format!("`{}` is not known here; the only key of `{NAME}` is `ignore`", entry.key());
                self.problem(message, entry.key_span());
            } else if entry.value().kind() == Kind::Array {
                for item in entry.value().items() {
                    match self.item(item) {
                        Ok(suppression) => self.document.suppressions.push(suppression),
                        Err(wrong) => self.problem(wrong.message, wrong.span),
                    }
                }
            } else {
                self.problem("`ignore` must be a list".to_owned(), entry.value().span());
            }
        }
    }

    fn problem(&mut self, message: String, span: Span) {
        let kind = ProblemKind::Suppression { message, help: FORM.to_owned() };
        self.document.problems.push(Problem { kind, span });
    }

    /// One entry: an object, or the name of a rule alone. One that is not wholly understood is none, lest it suppress more
    /// than was meant.
    fn item(&self, item: Node<'_>) -> Result<Suppression, Wrong> {
        let mut suppression = Suppression {
            rules: Vec::new(),
            reason: None,
            expires: None,
            span: item.span(),
            covers: self.covers.clone(),
        };
        if item.kind() == Kind::String {
            suppression.rules.push(name(item)?);
            return Ok(suppression);
        }
        let wrong = |message: &str, span| Err(Wrong { message: message.to_owned(), span });
        if item.kind() != Kind::Object {
            return wrong("an entry of `ignore` must be an object with the key `rule`", item.span());
        }
        for entry in item.entries() {
            let value = entry.value();
            match entry.key().as_ref() {
                "rule" if value.kind() == Kind::Array => {
                    suppression.rules = value.items().map(name).collect::<Result<_, _>>()?;
                }
                "rule" => suppression.rules = vec![name(value)?],
                "reason" if value.kind() == Kind::String => suppression.reason = reason(value),
                "reason" => return wrong("`reason` must be a string", value.span()),
                "expires" => suppression.expires = Some(date(value)?),
                other => {
                    let message = format!("`{other}` is not known here; the keys are `rule`, `reason` and `expires`");
                    return Err(Wrong { message, span: entry.key_span() });
                }
            }
        }
        if suppression.rules.is_empty() {
            return wrong("this entry of `ignore` names no `rule`", item.span());
        }
        Ok(suppression)
    }
}

fn name(node: Node<'_>) -> Result<(String, Span), Wrong> {
    match node.scalar().filter(|text| node.kind() == Kind::String && !text.trim().is_empty()) {
        Some(text) => Ok((text.trim().to_owned(), node.text_span_of_content())),
        None => {
            Err(Wrong { message: "`rule` must be the name of a rule, or a list of such".to_owned(), span: node.span() })
        }
    }
}

/// The reason on one line.
fn reason(node: Node<'_>) -> Option<String> {
    let text = node.scalar()?;
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn date(node: Node<'_>) -> Result<Date, Wrong> {
    let date = node.scalar().filter(|_| node.kind() == Kind::String).and_then(|text| read_date(text.trim()));
    date.ok_or_else(|| Wrong {
        message: "`expires` must be a date, the last day on which it holds, written as `2027-01-31`".to_owned(),
        span: node.span(),
    })
}

/// The letters of a key, in lower case.
fn letters(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
}
