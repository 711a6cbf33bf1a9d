//! `--output FORMAT:FILE`: reports beside the one on standard output.
//!
//! A file is written anew beside the old one and takes its place when it is whole, so that whoever reads it finds one or the other. What
//! is no regular file (a device, a pipe) is written to as it is.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Streams, complain, say};
use crate::discover::describe_io_error;
use crate::lint::{Outcome, Settings};
use crate::report::{Format, Omission, Report, SuppressedIn, View, escaped};
use crate::source::Source;
use crate::store;

/// A report to write to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    format: Format,
    path: PathBuf,
}

impl Output {
    /// Reads `FORMAT:FILE`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let formats = || Format::ALL.map(Format::as_str).join(", ");
        let Some((format, path)) = text.split_once(':') else {
            return Err(format!("expected FORMAT:FILE, where FORMAT is one of {}", formats()));
        };
        let Ok(format) = Format::from_str(format, false) else {
            return Err(format!("`{format}` is no format: expected one of {}", formats()));
        };
        match path {
            "" => Err(format!("expected the name of a file behind `{}:`", format.as_str())),
            "-" => Err("standard output is where --format goes; name a file".to_owned()),
            _ => Ok(Self { format, path: path.into() }),
        }
    }

    /// What is written there.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Whether this leads to a stream that the process has open already, whatever that is bound to.
    fn is_stream(&self) -> bool {
        let path = &self.path;
        [STDOUT, STDERR].contains(&path.to_str().unwrap_or_default())
            || ["/dev/fd", "/proc/self/fd"].iter().any(|directory| path.starts_with(directory))
    }

    /// The one path of the file however it is written, or why there can be none.
    fn resolve(&self) -> Result<PathBuf, String> {
        if self.is_stream() {
            return Ok(self.path.clone());
        }
        let name = self.name();
        match fs::canonicalize(&self.path) {
            Ok(path) if path.is_dir() => return Err(format!("`{name}` cannot be written: it is a directory")),
            Ok(path) => {
                return may_be_written(&path)
                    .map(|()| path)
                    .map_err(|why| format!("`{name}` cannot be written: {why}"));
            }
            // What is amiss with its directory is told below.
            Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {}
            Err(error) => return Err(format!("`{name}` cannot be written: {}", describe_io_error(&error))),
        }
        if self.path.is_symlink() {
            return Err(format!("`{name}` cannot be written: it is a symbolic link to what does not exist"));
        }
        let Some(file) = self.path.file_name().filter(|_| !name.ends_with(['/', std::path::MAIN_SEPARATOR])) else {
            return Err(format!("`{name}` cannot be written: it is no name of a file"));
        };
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match fs::canonicalize(parent) {
            Ok(parent) if parent.is_dir() => Ok(parent.join(file)),
            Ok(_) => Err(format!("`{name}` cannot be written: `{}` is no directory", parent.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(format!("`{name}` cannot be written: the directory `{}` does not exist", parent.display()))
            }
            Err(error) => Err(format!("`{name}` cannot be written: {}", describe_io_error(&error))),
        }
    }
}

/// Whether a file that is there may be written, or why not. To put another in its place takes no more than its directory, so that has to be
/// asked.
fn may_be_written(path: &Path) -> Result<(), String> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Ok(()),
        // The superuser may write it all the same, but someone meant it to stay.
        Ok(metadata) if metadata.permissions().readonly() => Err("it is read-only".to_owned()),
        _ => match OpenOptions::new().append(true).open(path) {
            Ok(_) => Ok(()),
            Err(error) => Err(describe_io_error(&error)),
        },
    }
}

const STDOUT: &str = "/dev/stdout";
const STDERR: &str = "/dev/stderr";

/// What can be known to go wrong before any work is done: a directory that is missing, two reports to one file, a report over one of the
/// `inputs` that were named.
pub(super) fn check(outputs: &[Output], inputs: &[PathBuf]) -> Result<(), String> {
    let mut seen: Vec<(PathBuf, &Output)> = Vec::new();
    for output in outputs {
        let path = output.resolve()?;
        if inputs.iter().any(|input| fs::canonicalize(input).is_ok_and(|input| input == path)) {
            return Err(format!("`{}` cannot be written: it is to be checked", output.name()));
        }
        if let Some((_, other)) = seen.iter().find(|(known, _)| *known == path) {
            let (one, other) = (output.name(), other.name());
            return Err(if one == other {
                format!("two outputs go to `{one}`")
            } else {
                format!("two outputs go to one file: `{other}` and `{one}`")
            });
        }
        seen.push((path, output));
    }
    Ok(())
}

/// Whether the file at `target`, which is to be written, is one that the run reads: an input that is ours, or a file of the settings.
pub(super) fn protect(target: &Path, outcome: &Outcome, settings: &Settings) -> Result<(), String> {
    let Ok(path) = fs::canonicalize(target) else { return Ok(()) };
    let is_target = |name: &str| {
        let one = Path::new(name);
        one.file_name() == path.file_name() && fs::canonicalize(one).is_ok_and(|one| one == path)
    };
    let inputs = outcome.sources.iter().filter(|source| !source.text().is_empty());
    let mut read = inputs.map(Source::name).chain(settings.files.iter().map(|file| file.name()));
    if read.any(is_target) {
        return Err(format!("`{}` cannot be written: this run reads it", target.display()));
    }
    Ok(())
}

/// The same of every report, and whether one would go to `baseline`, which is a file of its own.
pub(super) fn protect_all(
    outputs: &[Output],
    baseline: Option<&Path>,
    outcome: &Outcome,
    settings: &Settings,
) -> Result<(), String> {
    // One that is still to be written is known by its directory.
    let of_baseline = baseline.map(|path| {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let anew = || Some(fs::canonicalize(parent).ok()?.join(path.file_name()?));
        fs::canonicalize(path).ok().or_else(anew).unwrap_or_else(|| path.to_path_buf())
    });
    for output in outputs.iter().filter(|output| !output.is_stream()) {
        protect(&output.path, outcome, settings)?;
        let path = output.resolve()?;
        if of_baseline.as_ref().is_some_and(|baseline| *baseline == path) {
            return Err(format!("`{}` cannot be written: it is the baseline", output.name()));
        }
    }
    Ok(())
}

/// Writes all of them, whatever becomes of each, and tells whether that went well. What is left out for a reader's limits is said.
pub(super) fn write(outputs: &[Output], suppressed: SuppressedIn, report: &Report, streams: &mut Streams) -> bool {
    let view = View { color: false, suppressed };
    let mut all_well = true;
    for output in outputs {
        let name = output.name();
        let written = output.resolve().and_then(|path| {
            let result = match output.path.to_str() {
                Some(STDOUT) => report.write(output.format, view, streams.stdout),
                Some(STDERR) => report.write(output.format, view, &mut *streams.stderr),
                _ if output.is_stream() || path.exists() && !path.is_file() => {
                    write_directly(output.format, view, report, &path)
                }
                _ => write_anew(output.format, view, report, &path),
            };
            result.map_err(|error| format!("`{name}` cannot be written: {}", describe_io_error(&error)))
        });
        match written {
            Ok(None) => {}
            Ok(Some(omission)) => say(streams.stderr, &format!("warning: `{}` is cut: {omission}\n", escaped(&name))),
            Err(message) => {
                complain(streams, &message);
                all_well = false;
            }
        }
    }
    all_well
}

type Written = io::Result<Option<Omission>>;

/// For what is no file: devices, pipes, streams that are open.
fn write_directly(format: Format, view: View, report: &Report, path: &Path) -> Written {
    let mut out = BufWriter::new(OpenOptions::new().append(true).open(path)?);
    let written = report.write(format, view, &mut out)?;
    out.flush()?;
    Ok(written)
}

fn write_anew(format: Format, view: View, report: &Report, path: &Path) -> Written {
    store::replace(path, |file| {
        let mut out = BufWriter::with_capacity(1 << 16, file);
        let written = report.write(format, view, &mut out)?;
        out.flush()?;
        Ok(written)
    })
}
