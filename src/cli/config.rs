//! `ecs-lint config` and `ecs-lint init`

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::options::ListFormat;
use super::settings::{self, SettingsOptions};
use super::{FAILURE, OK, Streams, complain, say};
use crate::config::{NAMES, STARTER};
use crate::discover::describe_io_error;
use crate::report::inert_json;
use crate::store;

/// Prints what counts, and where each value comes from.
pub(super) fn print(options: &SettingsOptions, format: ListFormat, streams: &mut Streams) -> io::Result<u8> {
    let configuration = match settings::load(options, streams)? {
        Ok(configuration) => configuration,
        Err(status) => return Ok(status),
    };
    match format {
        ListFormat::Text => {
            // The escapes of JSON are among those of TOML.
            write!(streams.stdout, "{}", inert_json(&configuration.effective.to_toml()))?;
        }
        ListFormat::Json => {
            let json = serde_json::to_string_pretty(&configuration.effective.to_json())?;
            writeln!(streams.stdout, "{}", inert_json(&json))?;
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
    let starter = |file: &mut File| file.write_all(STARTER.as_bytes());
    let path = Path::new(name);
    // Without `--force` what is there already stays, though it came a moment ago.
    let written = if force { store::replace(path, starter) } else { store::create(path, starter) };
    if let Err(error) = written {
        complain(streams, &format!("`{name}` cannot be written: {}", describe_io_error(&error)));
        return FAILURE;
    }
    say(streams.stderr, &format!("wrote `{name}`; nothing in it counts until its comments are taken away\n"));
    OK
}
