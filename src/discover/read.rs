//! Reading one input: no special files, a size limit, a sniff on the bytes, then UTF-8.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek};

use super::Input;
use super::names::is_launch_file;
use super::sniff::{Encoding, Sniffer, looks_like_ours};

/// The largest file that is parsed, in bytes. CloudFormation takes no template above 1 MB; the
/// rest is room for generated files.
pub const SIZE_LIMIT: u64 = 64 << 20;

/// Files above this size, in bytes, are searched in pieces of it before they are held in memory: most are none of ours.
const PIECE: usize = 1 << 18;

/// What an input turned out to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text that may concern us: it was named, or looks like ours.
    Text(String),
    /// Nothing that concerns us.
    NotOurs,
    /// It was named or looks like ours, but has no text to parse: why, in a predicate without the
    /// path (`is UTF-16 text; …`).
    Unreadable(String),
}

/// The text of `input`, or why there is none. Never opens anything but a regular file.
#[must_use]
pub fn read(input: &Input) -> Content {
    if let Some(text) = &input.text {
        return judge(text.clone(), input.named, is_launch_file(&input.name));
    }
    let metadata = match fs::metadata(&input.path) {
        Ok(metadata) => metadata,
        Err(error) => return failed(&error, input.named),
    };
    if !metadata.is_file() {
        return if input.named {
            Content::Unreadable(format!("is {}, and only regular files are opened", kind_of(&metadata)))
        } else {
            Content::NotOurs
        };
    }
    let result = if metadata.len() > SIZE_LIMIT { read_oversized(input) } else { read_whole(input) };
    result.unwrap_or_else(|error| failed(&error, input.named))
}

/// A file that cannot be opened cannot be shown not to be ours, so it is reported even from a walk.
fn failed(error: &io::Error, named: bool) -> Content {
    if error.kind() == io::ErrorKind::NotFound && !named {
        // Gone since its directory was listed.
        return Content::NotOurs;
    }
    Content::Unreadable(format!("cannot be read: {}", describe_io_error(error)))
}

fn read_whole(input: &Input) -> io::Result<Content> {
    let mut file = File::open(&input.path)?;
    // A file may have grown since its size was asked for, and those of /proc tell none.
    let expected = file.metadata().map_or(0, |metadata| metadata.len().min(SIZE_LIMIT));
    let is_script = is_launch_file(&input.name);
    if expected > PIECE as u64 && !input.named {
        if !is_ours_in_pieces(&mut file, is_script)? {
            return Ok(Content::NotOurs);
        }
        file.rewind()?;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(judge(bytes, input.named, is_script))
}

/// A file that is too large is only searched, so that one that is ours does not go unnoticed.
fn read_oversized(input: &Input) -> io::Result<Content> {
    if input.named || is_ours_in_pieces(File::open(&input.path)?, is_launch_file(&input.name))? {
        Ok(Content::Unreadable(too_large()))
    } else {
        Ok(Content::NotOurs)
    }
}

fn is_ours_in_pieces(mut file: impl Read, is_script: bool) -> io::Result<bool> {
    let mut piece = Vec::with_capacity(PIECE * 2);
    file.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
    let mut sniffer = Sniffer::new(Encoding::of(&piece), is_script);
    loop {
        if sniffer.feed(&piece) {
            return Ok(true);
        }
        let seen = piece.len().saturating_sub(sniffer.overlap());
        piece.drain(..seen);
        if file.by_ref().take(PIECE as u64).read_to_end(&mut piece)? == 0 {
            return Ok(false);
        }
    }
}

fn judge(bytes: Vec<u8>, named: bool, is_script: bool) -> Content {
    if bytes.trim_ascii().is_empty() {
        return if named { Content::Unreadable("is empty".to_owned()) } else { Content::NotOurs };
    }
    let encoding = Encoding::of(&bytes);
    if !named && !looks_like_ours(&bytes, encoding, is_script) {
        return Content::NotOurs;
    }
    if bytes.len() as u64 > SIZE_LIMIT {
        return Content::Unreadable(too_large());
    }
    if encoding != Encoding::Ascii {
        return Content::Unreadable(
            "is UTF-16 text, and AWS takes UTF-8 only; save it as UTF-8 \
             (for example with `iconv -f UTF-16 -t UTF-8`)"
                .to_owned(),
        );
    }
    match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text),
        Err(error) => Content::Unreadable(not_utf8(error.as_bytes(), error.utf8_error().valid_up_to())),
    }
}

fn too_large() -> String {
    format!(
        "is larger than {} MiB, which is more than is read; CloudFormation takes templates up to 1 MB",
        SIZE_LIMIT >> 20
    )
}

/// Says where, but not what: the text before may be anything, a credential included.
fn not_utf8(bytes: &[u8], at: usize) -> String {
    let line = 1 + memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count();
    format!("is not valid UTF-8: the byte at offset {at}, in line {line}, begins no character; save it as UTF-8")
}

/// What an entry that is no regular file is.
fn kind_of(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        return "a directory";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            return "a named pipe (FIFO)";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    "a special file"
}

/// The system's words for an error, without what walkers put before them and the number that the
/// standard library puts behind.
#[must_use]
pub fn describe_io_error(error: &io::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_walk(bytes: &[u8]) -> Content {
        judge(bytes.to_vec(), false, false)
    }

    #[test]
    fn what_is_not_ours_is_dropped_unless_it_is_named() {
        assert_eq!(in_a_walk(b"{\"private\": true}"), Content::NotOurs);
        assert_eq!(in_a_walk(b" \n"), Content::NotOurs);
        assert_eq!(in_a_walk(b"\xff\xfe{\0}\0"), Content::NotOurs);
        assert_eq!(in_a_walk(b"caf\xe9"), Content::NotOurs);
        assert_eq!(judge(b"{}".to_vec(), true, false), Content::Text("{}".to_owned()));
        assert_eq!(judge(b" \n".to_vec(), true, false), Content::Unreadable("is empty".to_owned()));
        assert!(
            matches!(judge(b"{\0}\0".to_vec(), true, false), Content::Unreadable(why) if why.starts_with("is UTF-16"))
        );
    }

    #[test]
    fn invalid_utf_8_is_told_with_its_place() {
        let Content::Unreadable(why) = in_a_walk(b"Type: AWS::X\nName: caf\xe9\n") else { panic!() };
        assert!(why.contains("offset 22") && why.contains("line 2"), "{why}");
    }

    #[test]
    fn an_oversized_file_is_searched_across_pieces() {
        let word = b"containerDefinitions";
        for before in [0, PIECE - 10, PIECE, 3 * PIECE - 1] {
            let bytes = [vec![b' '; before], word.to_vec(), vec![b' '; PIECE]].concat();
            assert!(is_ours_in_pieces(&bytes[..], false).unwrap(), "{before}");
        }
        assert!(!is_ours_in_pieces(&vec![b' '; 3 * PIECE][..], false).unwrap());
        assert!(!is_ours_in_pieces(&b""[..], false).unwrap());
    }
}
