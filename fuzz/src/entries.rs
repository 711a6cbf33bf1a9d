//! What the fuzz targets call: plain functions over bytes, which `tests/robust` runs over the saved inputs too.

pub mod conversation;
pub mod readers;
pub mod user_data;
pub mod whole;

/// An entry: takes any bytes, and panics where something that must hold of them does not.
pub type Entry = fn(&[u8]);

/// Every entry by the name of its target, which is that of the folder with its saved inputs.
pub const ENTRIES: [(&str, Entry); 19] = [
    ("json", readers::json),
    ("yaml", readers::yaml),
    ("intrinsic", readers::intrinsic),
    ("image", readers::image),
    ("arn", readers::arn),
    ("iam_document", readers::iam_document),
    ("iam_pattern", readers::iam_pattern),
    ("user_data", |bytes| _ = user_data::user_data(bytes)),
    ("shell", |bytes| _ = user_data::shell(bytes)),
    ("powershell", |bytes| _ = user_data::powershell(bytes)),
    ("cloud_config", |bytes| _ = user_data::cloud_config(bytes)),
    ("mime", |bytes| _ = user_data::mime(bytes)),
    ("gzip", |bytes| _ = user_data::gzip(bytes)),
    ("configuration", readers::configuration),
    ("parameters", readers::parameters),
    ("baseline", readers::baseline),
    ("lsp_frames", conversation::frames),
    ("lsp_conversation", conversation::conversation),
    ("lint", whole::lint),
];
