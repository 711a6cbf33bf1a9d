//! What a rule would change in a file, in the terms of the model: the layer that has the file's syntax makes edits of it.

use super::text::Text;
use crate::source::{FileId, Span};

/// How sure it is that a fix does what its author wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// What is changed never had the effect that is written there, and there is one thing that it can have been meant for.
    Safe,
    /// It gives permissions, or decides something that its author must agree with.
    Unsafe,
}

impl Safety {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// A way to mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What is done, as an order without a full stop: "Remove `repositoryCredentials`".
    pub title: String,
    /// How sure it is.
    pub safety: Safety,
    /// The changes, all of them or none.
    pub changes: Vec<Change>,
}

/// One change. A place is where the model says that something is written: the key or the value of a setting, a resource's
/// logical id, an item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Takes out a setting or an item of a list, with its own comments.
    Remove {
        /// The setting or the item.
        place: Span,
        /// How many steps further out that is which is taken out: 1 for the thing that `place` is in.
        above: usize,
        /// How many of the things around it go too where nothing is left in them.
        holders: usize,
    },
    /// Takes a rule out of a suppression, and the suppression with its last rule.
    Unsuppress {
        /// The suppression.
        whole: Span,
        /// The rule.
        rule: Span,
    },
    /// Puts another value in the place of one.
    Replace {
        /// The value, as a whole.
        place: Span,
        /// What comes there.
        with: Draft,
    },
    /// Puts other characters in the place of some within a string.
    Rewrite {
        /// The characters; empty where some are only added.
        place: Span,
        /// What comes there, as the string is to have it. A string that is a template of `Fn::Sub` stays one.
        text: String,
    },
    /// Gives a setting this value, whether or not it has one.
    Set {
        /// The thing that the path begins at.
        at: Span,
        /// The keys on the way and, last, that of the setting. What is missing on the way is added.
        path: Vec<String>,
        /// The value.
        value: Draft,
    },
    /// Adds items at the end of a list.
    Append {
        /// The thing that the path begins at.
        at: Span,
        /// The keys on the way to the list. What is missing on the way is added.
        path: Vec<String>,
        /// The items, at least one.
        items: Vec<Draft>,
    },
    /// Adds settings to an object.
    Add {
        /// The object, or its key.
        at: Span,
        /// The settings, at least one.
        entries: Vec<(String, Draft)>,
    },
    /// Adds a setting above one that is there, in the same object, unless there is one of that name.
    Before {
        /// The setting that is there.
        place: Span,
        /// The key of the new one.
        key: String,
        /// Its value.
        value: Draft,
    },
    /// Adds an item right behind one of a list. A string that stands alone becomes the first item of a list.
    Beside {
        /// The item, or the string.
        place: Span,
        /// What is added.
        item: Draft,
    },
    /// Adds a line to a script, above the one that has these characters and like it, with another assignment.
    Assign {
        /// Characters of the line.
        place: Span,
        /// The name of what is assigned on the line.
        name: &'static str,
        /// The other assignment, `NAME=value`, without anything that a shell would take apart.
        setting: String,
    },
}

/// A value that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draft {
    /// A string; one with holes becomes a function of `CloudFormation`.
    Text(Text),
    /// A list.
    List(Vec<Draft>),
    /// Keys with values.
    Object(Vec<(String, Draft)>),
}

impl Proposal {
    /// The one file that all of it is in.
    #[must_use]
    pub fn file(&self) -> Option<FileId> {
        let mut files = self.changes.iter().map(|change| change.place().file);
        let first = files.next()?;
        files.all(|file| file == first).then_some(first)
    }
}

impl Change {
    /// Where it begins to look.
    #[must_use]
    pub fn place(&self) -> Span {
        match self {
            Self::Remove { place, .. }
            | Self::Replace { place, .. }
            | Self::Rewrite { place, .. }
            | Self::Before { place, .. }
            | Self::Beside { place, .. }
            | Self::Assign { place, .. } => *place,
            Self::Unsuppress { whole, .. } => *whole,
            Self::Set { at, .. } | Self::Append { at, .. } | Self::Add { at, .. } => *at,
        }
    }
}

impl Draft {
    /// A string that is known.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self::Text(Text::literal(crate::source::MappedText::unplaced(text)))
    }

    /// An object of these.
    #[must_use]
    pub fn object<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}
