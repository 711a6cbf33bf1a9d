//! Patterns for paths, and the directory they are relative to. Touches no file.

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

/// A directory that paths are relative to, as it is seen from the working directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// Where a relative name starts.
    working_directory: PathBuf,
    directory: PathBuf,
}

impl Root {
    /// The directory; `working_directory` is absolute, and where `directory` starts unless it is absolute too.
    #[must_use]
    pub fn new(working_directory: &Path, directory: &Path) -> Self {
        Self {
            working_directory: working_directory.to_path_buf(),
            directory: plain(&working_directory.join(directory)),
        }
    }

    /// Whether the directory is the one at that path, or below it.
    #[must_use]
    pub fn is_within(&self, path: &str) -> bool {
        self.directory.starts_with(plain(&self.working_directory.join(path)))
    }

    /// The name of a file as it is seen from the directory, with `/` between its parts; `None` for one outside of it.
    #[must_use]
    pub fn relative(&self, name: &str) -> Option<String> {
        let path = plain(&self.working_directory.join(name));
        Some(slashed(path.strip_prefix(&self.directory).ok()?))
    }

    /// The name of a file for whoever starts at the directory, without `.` and needless `..`; outside of the directory, a name that
    /// is absolute stays so.
    #[must_use]
    pub fn path_to(&self, name: &str) -> String {
        match self.relative(name) {
            Some(relative) if relative.is_empty() => ".".to_owned(),
            Some(relative) => relative,
            None if Path::new(name).is_absolute() => {
                plain(Path::new(name)).to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
            }
            None => {
                let path = plain(&self.working_directory.join(name));
                let shared = path.components().zip(self.directory.components()).take_while(|(one, other)| one == other);
                let shared = shared.count();
                let up = self.directory.components().skip(shared).map(|_| Component::ParentDir);
                slashed(&up.chain(path.components().skip(shared)).collect::<PathBuf>())
            }
        }
    }
}

/// A relative path with `/` between its parts.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The path without `.` and `..`, where it can be.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            // Nothing is above the root.
            Component::ParentDir if plain.has_root() => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Patterns for files and directories.
///
/// `*` stands for any characters but `/`, `**` for any directories, `?` for one character. A pattern without `/` in it is for
/// a name at any depth. What is for a directory is for everything in it.
#[derive(Clone, Debug, Default)]
pub struct PathPatterns(GlobSet);

impl PathPatterns {
    /// The patterns, which must each have been [checked](Self::check); others are left out.
    #[must_use]
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            if let Ok(glob) = glob(pattern) {
                set.add(glob);
            }
        }
        Self(set.build().unwrap_or_default())
    }

    /// Whether that is a pattern.
    ///
    /// # Errors
    /// What is the matter with it, in a predicate.
    pub fn check(pattern: &str) -> Result<(), String> {
        if pattern.trim_matches('/').is_empty() {
            return Err("matches nothing".to_owned());
        }
        if pattern.split('/').any(|part| part == "..") {
            return Err("must not lead out of the directory of the configuration".to_owned());
        }
        glob(pattern).map(|_| ()).map_err(|error| format!("is no pattern: {}", error.kind()))
    }

    /// Whether a pattern is the path of one file, with nothing in it that stands for something else.
    #[must_use]
    pub fn is_one_path(pattern: &str) -> bool {
        pattern.contains('/') && !pattern.contains(['*', '?', '[', '{', '\\'])
    }

    /// Whether one of them is for the path itself, whatever they say of the directories it is in.
    #[must_use]
    pub fn match_itself(&self, relative: &str) -> bool {
        self.0.is_match(relative)
    }

    /// Whether one of them is for the path or for a directory it is in.
    #[must_use]
    pub fn matches(&self, relative: &str) -> bool {
        let ends = relative.match_indices('/').map(|(at, _)| at).chain([relative.len()]);
        ends.into_iter().filter_map(|end| relative.get(..end)).any(|path| self.0.is_match(path))
    }
}

fn glob(pattern: &str) -> Result<globset::Glob, globset::Error> {
    let trimmed = pattern.trim_end_matches('/');
    let trimmed = trimmed.strip_prefix("./").unwrap_or(trimmed);
    let anchored = match trimmed.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None if trimmed.contains('/') => trimmed.to_owned(),
        None => format!("**/{trimmed}"),
    };
    GlobBuilder::new(&anchored).literal_separator(true).backslash_escape(true).build()
}

/// A pattern for names, such as those of resources: `*` stands for any characters, `?` for one, `{a,b}` for either.
#[derive(Clone, Debug)]
pub struct NamePattern(GlobMatcher);

impl NamePattern {
    /// The pattern, which the whole name must match.
    ///
    /// # Errors
    /// What is the matter with it, in a predicate.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let glob = GlobBuilder::new(pattern).backslash_escape(true).build();
        glob.map(|glob| Self(glob.compile_matcher())).map_err(|error| format!("is no pattern: {}", error.kind()))
    }

    /// Whether the name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// Which of the files that a walk meets are looked at.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    root: Root,
    include: Option<PathPatterns>,
    exclude: PathPatterns,
    /// Whether what is excluded is left out although it is named.
    force: bool,
}

impl Selection {
    /// The files for which one of `include` is (`None`: all of them) and none of `exclude`; with `force` what is named and
    /// excluded is left out too.
    #[must_use]
    pub fn new(root: Root, include: Option<PathPatterns>, exclude: PathPatterns, force: bool) -> Self {
        Self { root, include, exclude, force }
    }

    /// Whether what the user named is left out all the same.
    #[must_use]
    pub fn leaves_out_named(&self, path: &Path) -> bool {
        let relative = || self.relative(path);
        let is_excluded = || relative().is_some_and(|relative| self.exclude.matches(&relative));
        let is_included = |include: &PathPatterns| relative().is_some_and(|relative| include.matches(&relative));
        self.force && (is_excluded() || self.include.as_ref().is_some_and(|include| !is_included(include)))
    }

    /// Whether a file is left out of a walk, by itself or with a directory it is in.
    #[must_use]
    pub fn leaves_out_file(&self, path: &Path) -> bool {
        let is_excluded = || self.relative(path).is_some_and(|relative| self.exclude.matches(&relative));
        self.leaves_out(path, false) || is_excluded()
    }

    /// Whether an entry below what the user named is left out, with everything in it; the directories it is in are not.
    #[must_use]
    pub fn leaves_out(&self, path: &Path, is_directory: bool) -> bool {
        if self.include.is_none() && self.exclude.0.is_empty() {
            return false;
        }
        let relative = self.relative(path);
        if relative.as_deref().is_some_and(|relative| self.exclude.match_itself(relative)) {
            return true;
        }
        match (&self.include, relative) {
            (None, _) => false,
            (Some(_), _) if is_directory => false,
            (Some(include), Some(relative)) => !include.matches(&relative),
            (Some(_), None) => true,
        }
    }

    fn relative(&self, path: &Path) -> Option<String> {
        self.root.relative(&path.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_seen_from_the_directory() {
        let root = Root::new(Path::new("/repo/service"), Path::new(".."));
        assert_eq!(root.relative("a.json").as_deref(), Some("service/a.json"));
        assert_eq!(root.relative("./x/../a.json").as_deref(), Some("service/a.json"));
        assert_eq!(root.relative("../infra/a.json").as_deref(), Some("infra/a.json"));
        assert_eq!(root.relative("/repo/a.json").as_deref(), Some("a.json"));
        assert_eq!(root.relative("/other/a.json"), None);
    }

    #[test]
    fn a_path_leads_from_the_directory_to_the_file() {
        let root = Root::new(Path::new("/repo/service"), Path::new("/repo"));
        for (name, path) in [
            ("a.json", "service/a.json"),
            ("./x/../a.json", "service/a.json"),
            ("../../repo/a.json", "a.json"),
            ("../../../../repo/a.json", "a.json"),
            ("/repo/x/../a.json", "a.json"),
            ("..", "."),
            ("../../other/./a.json", "../other/a.json"),
            ("/other/x/../a.json", "/other/a.json"),
        ] {
            assert_eq!(root.path_to(name), path, "{name}");
        }
    }

    #[test]
    fn patterns_are_for_names_paths_and_what_is_below() {
        let patterns = PathPatterns::new(["cdk.out", "/top.json", "infra/*.yaml", "legacy/**/old-*", "vendored/"]);
        for (path, matches) in [
            ("cdk.out", true),
            ("a/cdk.out/b/c.json", true),
            ("top.json", true),
            ("a/top.json", false),
            ("infra/a.yaml", true),
            ("infra/a/b.yaml", false),
            ("legacy/old-a", true),
            ("legacy/x/y/old-a/z.json", true),
            ("a/vendored/b.json", true),
            ("vendored-not/b.json", false),
        ] {
            assert_eq!(patterns.matches(path), matches, "{path}");
        }
        for (pattern, word) in [("[a", "no pattern"), ("../x", "lead out"), ("/", "nothing"), ("a{b", "no pattern")] {
            assert!(PathPatterns::check(pattern).unwrap_err().contains(word), "{pattern}");
        }
    }
}
