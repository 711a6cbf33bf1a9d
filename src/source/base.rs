//! Names of inputs as they are from another directory than that of the run.

use std::path::Path;

/// A directory from which names are told.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The directory of the run, which relative names are of.
    working: Vec<String>,
    directory: Vec<String>,
}

impl Base {
    /// Names are told from `directory`; those that are relative are of `working`. Both are absolute.
    #[must_use]
    pub fn new(working: &Path, directory: &Path) -> Self {
        Self { working: below(&[], &plain(working)), directory: below(&[], &plain(directory)) }
    }

    /// The name of an input, told from the directory: `/` between the parts, `..` where it is outside. Nothing is looked up on
    /// the disk, so that symbolic links are names like others.
    #[must_use]
    pub fn relative(&self, name: &str) -> String {
        let path = below(if is_absolute(name) { &[] } else { &self.working }, name);
        let shared = self.directory.iter().zip(&path).take_while(|(one, other)| one == other).count();
        let up = self.directory.iter().skip(shared).map(|_| "..");
        let parts: Vec<&str> = up.chain(path.iter().skip(shared).map(String::as_str)).collect();
        parts.join("/")
    }

    /// Where a name that was told from the directory is on the disk.
    #[must_use]
    pub fn absolute(&self, name: &str) -> String {
        let joined = below(&self.directory, name).join("/");
        // A drive of Windows begins its path.
        if joined.get(1..2) == Some(":") { joined } else { format!("/{joined}") }
    }
}

/// With `/` between the parts, and without the mark that Windows sets before long paths.
fn plain(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.trim_start_matches(r"\\?\").replace('\\', "/") } else { text.into_owned() }
}

fn is_absolute(name: &str) -> bool {
    name.starts_with('/') || matches!(name.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic())
}

/// The parts of a path below an absolute one; above the root there is nothing.
fn below(base: &[String], path: &str) -> Vec<String> {
    let mut parts = base.to_vec();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part.to_owned()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_told_from_the_directory() {
        let base = Base::new(Path::new("/repo/infra"), Path::new("/repo/ci"));
        for (name, relative) in [
            ("a.json", "../infra/a.json"),
            ("./x/../a.json", "../infra/a.json"),
            ("../ci/b/a.json", "b/a.json"),
            ("/repo/ci/a.json", "a.json"),
            ("/srv/a.json", "../../srv/a.json"),
            ("../../../../srv/a.json", "../../srv/a.json"),
        ] {
            assert_eq!(base.relative(name), relative, "{name}");
        }
        assert_eq!(base.absolute("../infra/a.json"), "/repo/infra/a.json");
    }

    proptest! {
        #[test]
        fn a_name_leads_back(name in "(/)?([abc.]{1,2}/){0,4}[abc]") {
            let base = Base::new(Path::new("/a/b"), Path::new("/a/c/b"));
            let relative = base.relative(&name);
            prop_assert_eq!(base.relative(&base.absolute(&relative)), relative);
        }
    }
}
