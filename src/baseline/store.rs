//! The file of a baseline: read as a whole, written as a whole or not at all.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::discover::{SIZE_LIMIT, describe_io_error};
use crate::store;

/// Why a baseline cannot be used: one sentence that names its file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the baseline `{file}` {what}")]
pub struct BaselineError {
    file: String,
    what: String,
}

impl BaselineError {
    pub(super) fn of(path: &Path, what: &str) -> Self {
        Self { file: path.display().to_string(), what: what.to_owned() }
    }
}

/// The text of the file.
pub fn read(path: &Path) -> Result<String, BaselineError> {
    let failed = |what: &str| BaselineError::of(path, what);
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if length as u64 > SIZE_LIMIT => Err(failed("is larger than 64 MiB")),
        Ok(_) => String::from_utf8(bytes).map_err(|_| failed("is not valid UTF-8")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(failed("does not exist; `--write-baseline` writes one"))
        }
        Err(error) => Err(failed(&format!("cannot be read: {}", describe_io_error(&error)))),
    }
}

/// Writes the text in one step: a reader, or a run that is cut off, meets the old file or the new one.
pub fn write(path: &Path, text: &str) -> Result<(), BaselineError> {
    let failed = |error: &io::Error| {
        let what = match error.kind() {
            io::ErrorKind::NotFound => "its directory does not exist".to_owned(),
            _ => describe_io_error(error),
        };
        BaselineError::of(path, &format!("cannot be written: {what}"))
    };
    let target = store::target(path).map_err(|error| failed(&error))?;
    let present = fs::metadata(&target).ok();
    match &present {
        Some(metadata) if metadata.is_dir() => {
            return Err(BaselineError::of(path, "cannot be written: it is a directory"));
        }
        // What is no file cannot be put another in the place of.
        Some(metadata) if !metadata.is_file() => {
            let mut device = fs::OpenOptions::new().write(true).open(&target).map_err(|error| failed(&error))?;
            return device.write_all(text.as_bytes()).and_then(|()| device.flush()).map_err(|error| failed(&error));
        }
        Some(metadata) if metadata.permissions().readonly() => {
            return Err(BaselineError::of(path, "cannot be written: it is read-only"));
        }
        Some(metadata)
            if metadata.len() == text.len() as u64 && fs::read(&target).is_ok_and(|old| old == text.as_bytes()) =>
        {
            return Ok(());
        }
        _ => {}
    }
    store::replace(&target, |file| file.write_all(text.as_bytes())).map_err(|error| failed(&error))
}
