//! What must not be shown, and what must not be shown as it is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::inert::{begins_command, commanding_nothing};
use super::repetition::Repetition;
use crate::lint::{Fix, Outcome, Sources};
use crate::source::{FileId, Span, is_invisible};

/// A shorter text is masked only where it was found: elsewhere it is more likely to be a part of
/// some word than the credential again.
const LEAST_REPEATED: usize = 6;

/// A message quotes values of the file, which may be of any length.
const LONGEST_MESSAGE: usize = 600;

/// Words of messages, which stay readable where they are used as passwords too.
const WORDS: [&str; 5] = ["password", "registry", "secret", "credentials", "example"];

/// The credentials of a run: where they are, and what they are.
pub(crate) struct Masks<'o> {
    sources: &'o Sources,
    spans: BTreeMap<FileId, Vec<Range<usize>>>,
    /// Their texts, the longest first.
    texts: Vec<Cow<'o, str>>,
    repetition: Repetition,
    /// Those that are too short to be masked wherever they stand.
    short: Vec<Cow<'o, str>>,
    /// The masks of the files shown so far, repetitions included.
    of_file: Mutex<BTreeMap<FileId, Arc<[Range<usize>]>>>,
}

impl<'o> Masks<'o> {
    pub(crate) fn new(outcome: &'o Outcome) -> Self {
        Self::with(outcome, [])
    }

    /// The credentials of a run, and others that no finding speaks of.
    pub(crate) fn with(outcome: &'o Outcome, others: impl IntoIterator<Item = Span>) -> Self {
        let mut spans: BTreeMap<FileId, Vec<Range<usize>>> = BTreeMap::new();
        let mut texts = Vec::new();
        let mut short = Vec::new();
        for span in outcome.secrets.iter().copied().chain(others) {
            spans.entry(span.file).or_default().push(span.range());
            let text = outcome.sources.get(span.file).map_or("", |source| source.slice(span)).trim();
            // A message has the text as it was decoded.
            let decoded = text.replace("\\\"", "\"").replace("\\\\", "\\").replace("''", "'");
            for text in [Cow::Borrowed(text), Cow::Owned(decoded)] {
                if text.len() >= LEAST_REPEATED && !WORDS.contains(&text.as_ref()) {
                    texts.push(text);
                } else if (1..LEAST_REPEATED).contains(&text.len()) {
                    short.push(text);
                }
            }
        }
        for span in &outcome.doubtful {
            spans.entry(span.file).or_default().push(span.range());
        }
        texts.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        texts.dedup();
        let repetition = Repetition::of(texts.iter().map(AsRef::as_ref));
        Self { sources: &outcome.sources, spans, texts, repetition, short, of_file: Mutex::default() }
    }

    /// What is masked wherever it stands, the longest first: two runs with the same texts show a message alike.
    pub(crate) fn texts(&self) -> &[Cow<'o, str>] {
        &self.texts
    }

    /// The byte ranges of a file to mask, sorted and disjoint.
    pub(super) fn of_file(&self, file: FileId) -> Arc<[Range<usize>]> {
        let known = || self.of_file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(masks) = known().get(&file) {
            return Arc::clone(masks);
        }
        // Other threads need not wait for this file.
        let masks = self.find_in(file).into();
        Arc::clone(known().entry(file).or_insert(masks))
    }

    fn find_in(&self, file: FileId) -> Vec<Range<usize>> {
        let mut ranges = self.spans.get(&file).cloned().unwrap_or_default();
        ranges.extend(self.repetition.within(self.sources.get(file).map_or("", |source| source.text())));
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }

    /// The text with something else in the place of each credential.
    fn replaced<'t>(&self, text: &'t str, by: impl Fn(&str) -> String) -> Cow<'t, str> {
        let found = self.repetition.within(text);
        if found.is_empty() {
            return text.into();
        }
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        for range in found {
            masked.push_str(text.get(end..range.start).unwrap_or_default());
            masked.push_str(&by(text.get(range.clone()).unwrap_or_default()));
            end = range.end;
        }
        masked.push_str(text.get(end..).unwrap_or_default());
        masked.into()
    }

    /// A message with any credential in it masked, and cut where it is too long. Masked first: half a credential is not
    /// recognised any more.
    pub(super) fn message<'m>(&self, message: &'m str) -> Cow<'m, str> {
        let masked = self.replaced(message, |secret| "*".repeat(secret.chars().count()));
        if masked.len() > LONGEST_MESSAGE {
            let end = (0..=LONGEST_MESSAGE).rev().find(|at| masked.is_char_boundary(*at)).unwrap_or(0);
            return format!("{}…", masked.get(..end).unwrap_or_default()).into();
        }
        masked
    }

    /// A value of a file on one line, without its credentials: one that is wholly a credential is hidden however short it is.
    pub(crate) fn quoted(&self, value: &str) -> String {
        if self.short.iter().any(|secret| secret == value) { "***".to_owned() } else { self.line(value) }
    }

    /// Whether nothing that a fix writes has a credential in it: half of one would be no fix.
    pub(super) fn may_show(&self, fix: &Fix) -> bool {
        fix.edits.iter().all(|edit| self.repetition.within(&edit.text).is_empty())
    }

    /// A text without its credentials, of which not even the length is told.
    pub(crate) fn hidden(&self, text: &str) -> String {
        self.replaced(text, |_| "***".to_owned()).into_owned()
    }

    /// A message for a terminal, on one line.
    pub(crate) fn line(&self, message: &str) -> String {
        escaped(&self.message(message)).into_owned()
    }

    /// A message for a terminal that may have several lines.
    pub(crate) fn lines(&self, message: &str) -> String {
        let masked = self.message(message);
        let lines: Vec<String> = masked.lines().map(|line| commanding_nothing(&escaped(line))).collect();
        lines.join("\n")
    }
}

/// Whether a character would steer a terminal, reorder what it shows, or be there without being seen.
pub(super) fn is_unprintable(character: char) -> bool {
    character.is_control() || is_invisible(character)
}

/// The text with unprintable characters written as `\u{…}`, and so the beginning of what a CI service takes as a command.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, character) in text.char_indices() {
        if is_unprintable(character) || (character == '#' && text.get(at..).is_some_and(begins_command)) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}
