//! `ecs-lint config` and `ecs-lint init`

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::options::ListFormat;
use super::settings::{self, SettingsOptions};
use super::{FAILURE, OK, Streams, complain, say};
use crate::config::{NAMES, STARTER};
use crate::discover::describe_io_error;

/// Prints what counts, and where each value comes from.
pub(super) fn print(options: &SettingsOptions, format: ListFormat, streams: &mut Streams) -> io::Result<u8> {
    let configuration = match settings::load(options, streams)? {
        Ok(configuration) => configuration,
        Err(status) => return Ok(status),
    };
    match format {
        ListFormat::Text => write!(streams.stdout, "{}", configuration.effective.to_toml())?,
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *streams.stdout, &configuration.effective.to_json())?;
            writeln!(streams.stdout)?;
        }
    }
    Ok(OK)
}

/// Writes a configuration to begin with into the working directory.
pub(super) fn init(force: bool, streams: &mut Streams) -> u8 {
    let [name, hidden] = NAMES;
    let known = NAMES.into_iter().find(|name| fs::symlink_metadata(name).is_ok());
    match known {
        Some(known) if !force || known == hidden => {
            let advice = if known == hidden { "" } else { "; `--force` replaces it" };
            complain(streams, &format!("there is a configuration already, `{known}`{advice}"));
            return FAILURE;
        }
        _ => {}
    }
    if let Err(error) = replace(Path::new(name), STARTER, force) {
        complain(streams, &format!("`{name}` cannot be written: {}", describe_io_error(&error)));
        return FAILURE;
    }
    say(streams.stderr, &format!("wrote `{name}`; nothing in it counts until its comments are taken away\n"));
    OK
}

/// Writes the file whole or not at all. Without `force` what is there already stays.
fn replace(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let beside = path.with_file_name(format!(".ecs-lint.{}.tmp", std::process::id()));
    let written = write_new(&beside, text)
        .and_then(|()| if force { fs::rename(&beside, path) } else { fs::hard_link(&beside, path) });
    // After a rename there is nothing to remove.
    let _ = fs::remove_file(&beside);
    written
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
