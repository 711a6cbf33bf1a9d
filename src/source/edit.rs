//! Changes to a text, as bytes that are replaced by others.

use super::Span;

/// One change: these bytes become this text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The bytes that go; empty where text is only added.
    pub span: Span,
    /// What comes in their place.
    pub text: String,
}

/// The text with all edits made; `None` where two of them touch the same bytes, or one is outside of the text. What is added at one
/// place comes in the order of the edits.
#[must_use]
pub fn edited(text: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        let range = edit.span.range();
        result.push_str(text.get(at..range.start)?);
        result.push_str(&edit.text);
        text.get(range.clone())?;
        at = range.end;
    }
    result.push_str(text.get(at..)?);
    Some(result)
}

/// Whether [`edited`] can make the edits, which are sorted.
#[must_use]
pub fn can_be_edited(text: &str, sorted: &[Edit]) -> bool {
    let mut at = 0;
    sorted.iter().all(|edit| {
        let range = edit.span.range();
        let is_apart = text.get(at..range.start).is_some() && text.get(range.clone()).is_some();
        at = range.end;
        is_apart
    })
}

/// Whether two edits cannot be made at once: they share bytes, or add at the same place.
#[must_use]
pub fn overlap(one: &Edit, other: &Edit) -> bool {
    let (one, other) = (one.span, other.span);
    one.file == other.file && one.start <= other.end && other.start <= one.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn edits_are_made_at_once_and_only_if_they_are_apart() {
        let edit = |start, end, text: &str| Edit { span: Span::new(FileId(0), start, end), text: text.to_owned() };
        assert_eq!(edited("abcdef", &[edit(4, 5, ""), edit(0, 1, "xy"), edit(2, 2, "-")]).as_deref(), Some("xyb-cdf"));
        assert_eq!(edited("ab", &[edit(1, 1, "y"), edit(1, 1, "x")]).as_deref(), Some("ayxb"));
        assert_eq!(edited("abc", &[edit(0, 2, ""), edit(1, 3, "")]), None);
        assert_eq!(edited("ä", &[edit(1, 1, "x")]), None);
        for (text, edits) in [
            ("abcdef", vec![edit(0, 1, "xy"), edit(2, 2, "-"), edit(4, 5, "")]),
            ("ab", vec![edit(1, 1, "y"), edit(1, 1, "x")]),
            ("abc", vec![edit(0, 2, ""), edit(1, 3, "")]),
            ("abc", vec![edit(2, 4, "")]),
            ("ä", vec![edit(1, 1, "x")]),
        ] {
            assert_eq!(can_be_edited(text, &edits), edited(text, &edits).is_some(), "{edits:?}");
        }
        assert!(overlap(&edit(0, 2, ""), &edit(2, 2, "x")));
        assert!(!overlap(&edit(0, 2, ""), &edit(3, 4, "")));
    }
}
