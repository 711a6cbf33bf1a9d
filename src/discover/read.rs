//! Reading one input: no special files, a size limit, a sniff on the bytes, then UTF-8.

use std::cell::RefCell;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek};

#[cfg(unix)]
use rustix::fs::OFlags;

use super::Input;
use super::names::is_launch_file;
use super::sniff::{Encoding, Sniffer, looks_like_ours};

/// The largest file that is parsed, in bytes. CloudFormation takes no template above 1 MB; the
/// rest is room for generated files.
pub const SIZE_LIMIT: u64 = 64 << 20;

/// Files of this size, in bytes, or more are searched in pieces of it before they are held in memory: most are none of ours.
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

/// The text of `input`, or why there is none. What was found to be a regular file is opened so that nothing else in its place could keep
/// the run waiting, and everything else is asked about first: nothing but a regular file is read.
#[must_use]
pub fn read(input: &Input) -> Content {
    if let Some(text) = &input.text {
        return judge(text, input.named, is_launch_file(&input.name));
    }
    let asks_first = !input.is_regular || cfg!(not(unix));
    if asks_first {
        match fs::metadata(&input.path) {
            Ok(metadata) if !metadata.is_file() => return no_regular_file(&metadata, input.named),
            Ok(_) => {}
            Err(error) => return failed(&error, input.named),
        }
    }
    read_file(input).unwrap_or_else(|error| failed(&error, input.named))
}

fn read_file(input: &Input) -> io::Result<Content> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // To open a pipe would wait for its writer.
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    }
    let mut file = options.open(&input.path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(no_regular_file(&metadata, input.named));
    }
    if metadata.len() > SIZE_LIMIT { read_oversized(&mut file, input) } else { read_whole(&mut file, input) }
}

fn no_regular_file(metadata: &Metadata, named: bool) -> Content {
    if named {
        Content::Unreadable(format!("is {}, and only regular files are opened", kind_of(metadata)))
    } else {
        Content::NotOurs
    }
}

/// A file that cannot be opened cannot be shown not to be ours, so it is reported even from a walk.
fn failed(error: &io::Error, named: bool) -> Content {
    if error.kind() == io::ErrorKind::NotFound && !named {
        // Gone since its directory was listed.
        return Content::NotOurs;
    }
    Content::Unreadable(format!("cannot be read: {}", describe_io_error(error)))
}

fn read_whole(file: &mut File, input: &Input) -> io::Result<Content> {
    let is_script = is_launch_file(&input.name);
    in_room(|room| {
        let length = fill(file, room)?;
        // Nearly every file ends here, and most are none of ours.
        if length < PIECE {
            return Ok(judge(room.get(..length).unwrap_or_default(), input.named, is_script));
        }
        if !input.named && !is_ours_in_pieces(file, room, length, is_script)? {
            return Ok(Content::NotOurs);
        }
        // A file may have grown since its size was asked for, and those of /proc tell none.
        let expected = file.metadata().map_or(0, |metadata| metadata.len().min(SIZE_LIMIT));
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
        file.rewind()?;
        while bytes.len() as u64 <= SIZE_LIMIT {
            let length = fill(file, room)?;
            bytes.extend_from_slice(room.get(..length).unwrap_or_default());
            if length == 0 {
                break;
            }
        }
        Ok(judge(&bytes, input.named, is_script))
    })
}

/// A file that is too large is only searched, so that one that is ours does not go unnoticed.
fn read_oversized(file: &mut File, input: &Input) -> io::Result<Content> {
    let mut is_ours = || {
        in_room(|room| {
            let length = fill(file, room)?;
            is_ours_in_pieces(file, room, length, is_launch_file(&input.name))
        })
    };
    if input.named || is_ours()? { Ok(Content::Unreadable(too_large())) } else { Ok(Content::NotOurs) }
}

thread_local! {
    /// Room for a piece of a file, used again for each file that a thread reads.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn in_room<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    ROOM.with_borrow_mut(|room| {
        if room.is_empty() {
            // Made so, the system only gives what is written to.
            *room = vec![0; PIECE];
        }
        work(room)
    })
}

/// Reads until the room is full or the file ends; how much that was.
fn fill(file: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(free) = room.get_mut(length..).filter(|free| !free.is_empty()) {
        match file.read(free) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Searches a file of which so many bytes are in the room.
fn is_ours_in_pieces(file: &mut impl Read, room: &mut [u8], mut length: usize, is_script: bool) -> io::Result<bool> {
    let mut sniffer = Sniffer::new(Encoding::of(room.get(..length).unwrap_or_default()), is_script);
    let overlap = sniffer.overlap();
    loop {
        if sniffer.feed(room.get(..length).unwrap_or_default()) {
            return Ok(true);
        }
        let kept = length.min(overlap);
        room.copy_within(length - kept..length, 0);
        let read = fill(file, room.get_mut(kept..).unwrap_or_default())?;
        if read == 0 {
            return Ok(false);
        }
        length = kept + read;
    }
}

fn judge(bytes: &[u8], named: bool, is_script: bool) -> Content {
    if bytes.trim_ascii().is_empty() {
        return if named { Content::Unreadable("is empty".to_owned()) } else { Content::NotOurs };
    }
    let encoding = Encoding::of(bytes);
    if !named && !looks_like_ours(bytes, encoding, is_script) {
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
    match std::str::from_utf8(bytes) {
        Ok(text) => Content::Text(text.to_owned()),
        Err(error) => Content::Unreadable(not_utf8(bytes, error.valid_up_to())),
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
    use std::path::Path;

    use super::*;

    fn in_a_walk(bytes: &[u8]) -> Content {
        judge(bytes, false, false)
    }

    #[test]
    fn what_is_not_ours_is_dropped_unless_it_is_named() {
        assert_eq!(in_a_walk(b"{\"private\": true}"), Content::NotOurs);
        assert_eq!(in_a_walk(b" \n"), Content::NotOurs);
        assert_eq!(in_a_walk(b"\xff\xfe{\0}\0"), Content::NotOurs);
        assert_eq!(in_a_walk(b"caf\xe9"), Content::NotOurs);
        assert_eq!(judge(b"{}", true, false), Content::Text("{}".to_owned()));
        assert_eq!(judge(b" \n", true, false), Content::Unreadable("is empty".to_owned()));
        assert!(matches!(judge(b"{\0}\0", true, false), Content::Unreadable(why) if why.starts_with("is UTF-16")));
    }

    #[test]
    fn invalid_utf_8_is_told_with_its_place() {
        let Content::Unreadable(why) = in_a_walk(b"Type: AWS::X\nName: caf\xe9\n") else { panic!() };
        assert!(why.contains("offset 22") && why.contains("line 2"), "{why}");
    }

    /// What a walk met may be another thing by the time it is opened.
    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_but_a_regular_file_keeps_the_run_waiting() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("task.json");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
        for is_regular in [false, true] {
            let input = |path: &Path, named| Input { is_regular, ..Input::file(path, named) };
            assert_eq!(read(&input(&pipe, false)), Content::NotOurs);
            assert!(matches!(read(&input(&pipe, true)), Content::Unreadable(why) if why.contains("FIFO")));
            assert_eq!(read(&input(directory.path(), false)), Content::NotOurs);
            assert_eq!(read(&input(&directory.path().join("gone.json"), false)), Content::NotOurs);
        }
    }

    #[test]
    fn an_oversized_file_is_searched_across_pieces() {
        let word = b"containerDefinitions";
        let is_ours = |bytes: &[u8]| {
            let (mut file, mut room) = (bytes, vec![0; PIECE]);
            let length = fill(&mut file, &mut room).unwrap();
            is_ours_in_pieces(&mut file, &mut room, length, false).unwrap()
        };
        for before in [0, PIECE - 10, PIECE, 3 * PIECE - 1] {
            let bytes = [vec![b' '; before], word.to_vec(), vec![b' '; PIECE]].concat();
            assert!(is_ours(&bytes), "{before}");
        }
        assert!(!is_ours(&vec![b' '; 3 * PIECE]));
        assert!(!is_ours(b""));
    }
}
