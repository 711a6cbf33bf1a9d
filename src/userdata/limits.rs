//! How much of one piece of user data is read. EC2 takes 16 KiB, so that these are met by none that could be launched;
//! they bound the time and the memory that a hostile file can cost.

/// Bytes of one text: of a longer one only the beginning is read.
pub const LONGEST_TEXT: usize = 1 << 20;

/// Bytes that everything decoded from one piece of user data may have together.
pub const MOST_DECODED: usize = 4 << 20;

/// Bytes that one gzip member may expand to.
pub const MOST_INFLATED: u64 = 1 << 20;

/// How deep texts may be encoded, archived or quoted in one another, MIME parts in MIME parts included.
pub const DEEPEST: usize = 8;

/// How many texts one piece of user data may unfold into.
pub const MOST_TEXTS: usize = 256;

/// How many parts one MIME message may have.
pub const MOST_PARTS: usize = 64;

/// How many commands of one script are followed.
pub const MOST_COMMANDS: usize = 16 << 10;

/// How many words a loop may go over to be run for each.
pub const MOST_LOOPS: usize = 8;

/// Bytes that the value of a shell variable may grow to.
pub const LONGEST_VALUE: usize = 64 << 10;

/// How many settings for the agent are taken from one piece of user data.
pub const MOST_SETTINGS: usize = 64;
