//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Puts what `write` writes in the place of a file, in one step: a reader, or a run that is cut off, meets the old file or the new
/// one. Who could read and write the old file can read and write the new one. When `write` fails nothing is changed.
///
/// # Errors
/// When the directory takes no file, or writing fails.
pub fn replace<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let (file, written) = beside(path, write)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(written)
}

/// The same for a file that must not be there yet.
///
/// # Errors
/// As for [`replace`], and when something has that name.
pub fn create<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let (file, written) = beside(path, write)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(written)
}

/// A new file in the directory of `path`, with everything in it.
fn beside<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<(NamedTempFile, T)> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ecs-lint-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A new file has the permissions that any program would give it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory)?;
    if let Ok(metadata) = fs::metadata(path) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    let written = write(file.as_file_mut())?;
    // A full disk may tell only now.
    file.as_file().sync_all()?;
    Ok((file, written))
}

/// The file itself, where the path is a symbolic link to it.
///
/// # Errors
/// When the link leads nowhere.
pub fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => path.canonicalize(),
        _ => Ok(path.to_path_buf()),
    }
}
