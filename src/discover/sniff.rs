//! Does a file look like ours? A search over its bytes that spares most files the parser.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use memchr::memmem::Finder;

/// How the characters of a file are laid out in bytes, as far as the search needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, and every other encoding that contains ASCII.
    Ascii,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

impl Encoding {
    /// By the byte order mark or, without one, by where the zero bytes are in its first characters.
    pub(super) fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => return Self::Utf16Le,
            [0xfe, 0xff, ..] => return Self::Utf16Be,
            _ => {}
        }
        let (pairs, _) = bytes.as_chunks::<2>();
        let first = pairs.get(..8.min(pairs.len())).unwrap_or_default();
        if first.is_empty() {
            Self::Ascii
        } else if first.iter().all(|[low, high]| *low != 0 && *high == 0) {
            Self::Utf16Le
        } else if first.iter().all(|[high, low]| *low != 0 && *high == 0) {
            Self::Utf16Be
        } else {
            Self::Ascii
        }
    }

    fn encode(self, ascii: &str) -> Vec<u8> {
        match self {
            Self::Ascii => ascii.as_bytes().to_vec(),
            Self::Utf16Le => ascii.bytes().flat_map(|byte| [byte, 0]).collect(),
            Self::Utf16Be => ascii.bytes().flat_map(|byte| [0, byte]).collect(),
        }
    }
}

/// Words that task definitions and templates have, and files that configure the container agent.
const MARKS: &[&str] = &[
    "containerDefinitions",
    "ContainerDefinitions",
    "AWS::",
    "AWSTemplateFormatVersion",
    "ECS_ENGINE_AUTH",
    "ECSAgentConfiguration",
    "#cloud-config",
];

/// Words besides that launch scripts have which concern the agent, a registry's client, or another form of user data.
const SCRIPT_MARKS: &[&str] = &[
    "EngineAuthData",
    "/etc/ecs",
    "ecs.config",
    " login",
    ".dockercfg",
    ".docker",
    "auth.json",
    "container-registry",
    "MIME-Version",
    "#cloud-",
    "base64",
];

/// The words that give a file away, in one encoding.
struct Needles {
    /// They are for launch scripts, which may begin with anything.
    are_of_scripts: bool,
    /// Any of these is enough.
    marks: Vec<Finder<'static>>,
    /// All of them at once, where the processor can.
    any_mark: Option<Searcher>,
    /// A bare array of container definitions has both of these.
    image: Finder<'static>,
    name: Finder<'static>,
}

impl Needles {
    fn new(encoding: Encoding, marks: &[&str]) -> Self {
        let finder = |word: &str| Finder::new(&encoding.encode(word)).into_owned();
        Self {
            are_of_scripts: marks.len() > MARKS.len(),
            marks: marks.iter().map(|mark| finder(mark)).collect(),
            any_mark: Searcher::new(marks.iter().map(|mark| encoding.encode(mark))),
            image: finder("\"image\""),
            name: finder("\"name\""),
        }
    }

    fn of(encoding: Encoding, is_script: bool) -> &'static Self {
        static ASCII: LazyLock<Needles> = LazyLock::new(|| Needles::new(Encoding::Ascii, MARKS));
        static UTF16_LE: LazyLock<Needles> = LazyLock::new(|| Needles::new(Encoding::Utf16Le, MARKS));
        static UTF16_BE: LazyLock<Needles> = LazyLock::new(|| Needles::new(Encoding::Utf16Be, MARKS));
        static SCRIPT: LazyLock<Needles> =
            LazyLock::new(|| Needles::new(Encoding::Ascii, &[MARKS, SCRIPT_MARKS].concat()));
        match encoding {
            Encoding::Ascii if is_script => &SCRIPT,
            Encoding::Ascii => &ASCII,
            Encoding::Utf16Le => &UTF16_LE,
            Encoding::Utf16Be => &UTF16_BE,
        }
    }

    fn is_marked(&self, piece: &[u8]) -> bool {
        match &self.any_mark {
            Some(searcher) => searcher.find(piece).is_some(),
            None => self.marks.iter().any(|finder| finder.find(piece).is_some()),
        }
    }

    /// Bytes of the longest needle.
    fn longest(&self) -> usize {
        self.marks.iter().chain([&self.image, &self.name]).map(|finder| finder.needle().len()).max().unwrap_or(0)
    }
}

/// How a file begins, blanks aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// `[{`: data, which no word makes anything but an array of containers.
    Objects,
    /// `[`
    Array,
    Other,
}

impl Opening {
    fn of(piece: &[u8]) -> Option<Self> {
        let mut first = piece.iter().copied().filter(|byte| !is_blank(*byte));
        Some(match (first.next()?, first.next()) {
            (b'[', Some(b'{')) => Self::Objects,
            (b'[', _) => Self::Array,
            _ => Self::Other,
        })
    }
}

/// A search over bytes that may come in pieces.
pub(super) struct Sniffer {
    needles: &'static Needles,
    /// `None` until there is a byte that is not blank.
    opening: Option<Opening>,
    mark: bool,
    image: bool,
    name: bool,
}

impl Sniffer {
    /// A search for the words of a file that by its name is a launch script (`is_script`), or may be anything else.
    pub(super) fn new(encoding: Encoding, is_script: bool) -> Self {
        let needles = Needles::of(encoding, is_script);
        Self { needles, opening: None, mark: false, image: false, name: false }
    }

    /// How many bytes of a piece the next one has to begin with, so that no word is cut in two.
    pub(super) fn overlap(&self) -> usize {
        self.needles.longest().saturating_sub(1)
    }

    /// Looks at one piece; whether the file is known to be ours now.
    pub(super) fn feed(&mut self, piece: &[u8]) -> bool {
        if self.opening.is_none() {
            self.opening = Opening::of(piece);
        }
        let may_have_mark = self.needles.are_of_scripts || self.opening != Some(Opening::Objects);
        self.mark = self.mark || may_have_mark && self.needles.is_marked(piece);
        if !self.mark && self.is_array() {
            self.image = self.image || self.needles.image.find(piece).is_some();
            self.name = self.name || self.needles.name.find(piece).is_some();
        }
        self.is_ours()
    }

    fn is_ours(&self) -> bool {
        self.mark || (self.is_array() && self.image && self.name)
    }

    fn is_array(&self) -> bool {
        matches!(self.opening, Some(Opening::Array | Opening::Objects))
    }
}

/// White space, byte order marks, and the zero half of a UTF-16 character.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, 0 | 0xef | 0xbb | 0xbf | 0xff | 0xfe)
}

/// Whether the bytes look like an ECS task definition, a CloudFormation template or a launch script.
pub(super) fn looks_like_ours(bytes: &[u8], encoding: Encoding, is_script: bool) -> bool {
    Sniffer::new(encoding, is_script).feed(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(text: &str) -> bool {
        looks_like_ours(text.as_bytes(), Encoding::of(text.as_bytes()), false)
    }

    /// Both ways to search find the same, whichever the processor has.
    #[test]
    fn each_mark_is_found_at_once_as_by_itself() {
        for is_script in [false, true] {
            let needles = Needles::of(Encoding::Ascii, is_script);
            let one_by_one =
                Needles { any_mark: None, ..Needles::new(Encoding::Ascii, &[MARKS, SCRIPT_MARKS].concat()) };
            for mark in MARKS.iter().chain(SCRIPT_MARKS.iter().filter(|_| is_script)) {
                let text = format!("{}{mark}{}", "x ".repeat(40), "y".repeat(40));
                assert!(needles.is_marked(text.as_bytes()) && one_by_one.is_marked(text.as_bytes()), "{mark}");
                let other =
                    text.replace(mark, &mark.to_ascii_lowercase().replace(':', ";").replace(['/', '.', ' '], "x"));
                assert_eq!(needles.is_marked(other.as_bytes()), other.contains(mark), "{other}");
            }
        }
    }

    #[test]
    fn known_words_and_bare_arrays_are_ours() {
        assert!(ours(r#"{"containerDefinitions": []}"#));
        assert!(ours("ContainerDefinitions:\n"));
        assert!(ours("Type: AWS::ECS::Service"));
        assert!(ours("AWSTemplateFormatVersion: 2010-09-09"));
        assert!(ours("\u{feff} \n[{\"name\": \"web\", \"image\": \"web:1\"}]"));
        assert!(!ours(r#"{"name": "x", "image": "y"}"#));
        assert!(!ours(r#"[{"name": "x"}]"#));
        assert!(!ours(r#"[{"name": "x", "containerDefinitions": null}]"#));
        assert!(ours(r#"[AWS::ECS::Service, {"name": "x"}]"#));
        assert!(!ours(""));
    }

    #[test]
    fn utf_16_is_recognised_with_and_without_a_mark() {
        let text = "[{\"name\": \"w\", \"image\": \"w\"}]";
        for (encoding, mark) in [(Encoding::Utf16Le, [0xff, 0xfe]), (Encoding::Utf16Be, [0xfe, 0xff])] {
            let bare = encoding.encode(text);
            let marked = [&mark[..], &bare].concat();
            for bytes in [bare, marked] {
                assert_eq!(Encoding::of(&bytes), encoding);
                assert!(looks_like_ours(&bytes, encoding, false));
            }
            assert!(looks_like_ours(&encoding.encode("{\"Type\": \"AWS::X\"}"), encoding, false));
        }
        assert_eq!(Encoding::of(b"{}"), Encoding::Ascii);
        assert_eq!(Encoding::of(b""), Encoding::Ascii);
    }

    #[test]
    fn a_word_across_two_pieces_is_found() {
        let text = b"{\"a\": 1, \"containerDefinitions\": []}";
        for cut in 1..text.len() {
            let mut sniffer = Sniffer::new(Encoding::Ascii, false);
            let from = cut.saturating_sub(sniffer.overlap());
            assert!(sniffer.feed(&text[..cut]) || sniffer.feed(&text[from..]), "cut at {cut}");
        }
    }
}
