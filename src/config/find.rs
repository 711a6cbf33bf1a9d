//! Where the configuration is.

use std::path::{Path, PathBuf};

use super::problem::{Failure, shown};

/// The names that a configuration can have.
pub const NAMES: [&str; 2] = ["ecs-lint.toml", ".ecs-lint.toml"];

/// Whether anything but a directory has that name: what cannot be read is told of, not passed over.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir())
}

/// The configuration of the working directory or of the nearest directory above it, up to the top of the repository: the
/// directory that holds `.git`. The path is as it is seen from the working directory.
pub fn find(working_directory: &Path) -> Result<Option<PathBuf>, Failure> {
    let mut seen = PathBuf::new();
    for directory in working_directory.ancestors() {
        let mut found = NAMES.into_iter().filter(|name| is_there(&directory.join(name)));
        match (found.next(), found.next()) {
            (Some(name), None) => return Ok(Some(seen.join(name))),
            (Some(one), Some(other)) => {
                let (one, other) = (shown(&seen.join(one)), shown(&seen.join(other)));
                return Err(Failure::plain(format!(
                    "there are two configurations, `{one}` and `{other}`: keep one of them"
                )));
            }
            (None, _) => {}
        }
        if directory.join(".git").exists() {
            break;
        }
        seen.push("..");
    }
    Ok(None)
}
