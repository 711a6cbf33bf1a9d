//! What the settings say of registries, beside what is known of them here.

use std::fmt;

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::image;
use super::text::Text;
use crate::source::Span;

/// Registries that the settings name.
#[derive(Clone, Debug, Default)]
pub struct Registries {
    /// Those that serve nobody without credentials.
    pub private: Vec<RegistryPattern>,
    /// Those that serve everybody.
    pub public: Vec<RegistryPattern>,
    /// The only ones that images may come from, and where that is written; `None`: any.
    pub allowed: Option<(Vec<RegistryPattern>, Span)>,
}

/// `host` or `host/path`: every repository of a registry, or those below a path. In each part between slashes `*` stands for any
/// characters, `?` for one.
#[derive(Clone, Debug)]
pub struct RegistryPattern {
    /// As it is written.
    written: String,
    /// Where.
    span: Span,
    host: GlobMatcher,
    path: Vec<GlobMatcher>,
}

/// What is said of a registry's readiness to serve without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It needs credentials; where that is written.
    Private(Span),
    /// It needs none.
    Public,
}

/// Whether an image comes from one of the registries that are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// It does, nothing is forbidden, or where it comes from is not known.
    Allowed,
    /// It comes from elsewhere; where the list is written.
    NotListed(Span),
}

impl RegistryPattern {
    /// Reads a pattern that is written at `span`.
    ///
    /// # Errors
    /// When it is no such pattern: what is the matter, in a predicate.
    pub fn new(written: &str, span: Span) -> Result<Self, String> {
        if written.contains("://") {
            return Err("must be a host, without a scheme such as `https://`".to_owned());
        }
        let mut parts = written.trim_end_matches('/').split('/');
        let host = image::canonical_host(parts.next().unwrap_or_default());
        let path: Vec<&str> = parts.collect();
        if host.is_empty() || path.iter().any(|part| part.is_empty()) || written.contains(char::is_whitespace) {
            return Err("must be a host, or a host and a path such as `ghcr.io/acme`".to_owned());
        }
        if !host.contains(['.', ':', '*']) && host != "localhost" {
            return Err(format!("must begin with a host; on Docker Hub write `docker.io/{written}`"));
        }
        let path = path.into_iter().map(matcher).collect::<Result<Vec<GlobMatcher>, String>>()?;
        Ok(Self { written: written.to_owned(), span, host: matcher(&host)?, path })
    }

    /// How exactly it names a registry: one with a longer path, or without wildcards in its host, counts before another.
    fn exactness(&self) -> (usize, bool) {
        (self.path.len(), !self.host.glob().glob().contains(['*', '?', '[', '{']))
    }

    /// Whether the other pattern is written in the same words.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.written.trim_end_matches('/').eq_ignore_ascii_case(other.written.trim_end_matches('/'))
    }

    /// Whether it names the repository; `None` where a hole in the path hides that.
    fn names(&self, host: &str, path: &str) -> Option<bool> {
        if !self.host.is_match(host) {
            return Some(false);
        }
        let mut segments = path.split('/');
        for wanted in &self.path {
            match segments.next() {
                None => return Some(false),
                Some(segment) if segment.contains('\0') => return None,
                Some(segment) if !wanted.is_match(segment) => return Some(false),
                Some(_) => {}
            }
        }
        Some(true)
    }
}

fn matcher(pattern: &str) -> Result<GlobMatcher, String> {
    let glob: Result<Glob, _> = GlobBuilder::new(pattern).case_insensitive(true).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| format!("is no pattern: {}", error.kind()))
}

impl fmt::Display for RegistryPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// An official image of Docker Hub is called by its name alone as well.
const OFFICIAL: &str = "library/";

impl Registries {
    /// What is said of the registry that the image comes from; the most exact pattern counts.
    #[must_use]
    pub fn said_of(&self, image: &Text) -> Option<Said> {
        if self.private.is_empty() && self.public.is_empty() {
            return None;
        }
        let (host, path) = image::location(image)?;
        let best = |patterns: &'_ [RegistryPattern]| {
            let naming = patterns.iter().filter(|pattern| matches_any(pattern, &host, &path) == Some(true));
            naming.max_by_key(|pattern| pattern.exactness()).map(|pattern| (pattern.exactness(), pattern.span))
        };
        match (best(&self.private), best(&self.public)) {
            (None, None) => None,
            (Some((private, span)), public) if public.is_none_or(|(public, _)| private > public) => {
                Some(Said::Private(span))
            }
            _ => Some(Said::Public),
        }
    }

    /// Whether the image may come from where it does.
    #[must_use]
    pub fn allow(&self, image: &Text) -> Allowance {
        let Some((allowed, span)) = &self.allowed else { return Allowance::Allowed };
        let Some((host, path)) = image::location(image) else { return Allowance::Allowed };
        let is_none = allowed.iter().all(|pattern| matches_any(pattern, &host, &path) == Some(false));
        if is_none { Allowance::NotListed(*span) } else { Allowance::Allowed }
    }
}

/// Whether the pattern names the repository by one of its names.
fn matches_any(pattern: &RegistryPattern, host: &str, path: &str) -> Option<bool> {
    match (pattern.names(host, path), path.strip_prefix(OFFICIAL)) {
        (Some(false), Some(official)) if host == image::DOCKER_HUB => pattern.names(host, official),
        (named, _) => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, MappedText};

    fn patterns(all: &[&str]) -> Vec<RegistryPattern> {
        all.iter().map(|one| RegistryPattern::new(one, Span::start_of(FileId(0))).unwrap()).collect()
    }

    fn image(text: &str) -> Text {
        Text::literal(MappedText::unplaced(text)).with_placeholders()
    }

    #[test]
    fn the_allowed_list_is_the_whole_list() {
        let allowed = patterns(&[
            "111122223333.dkr.ecr.*.amazonaws.com",
            "ghcr.io/acme",
            "docker.io/library",
            "*.example.com/team-*/web",
        ]);
        let registries = Registries { allowed: Some((allowed, Span::start_of(FileId(0)))), ..Registries::default() };
        for (name, is_allowed) in [
            ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1", true),
            ("444455556666.dkr.ecr.eu-west-1.amazonaws.com/web:1", false),
            ("ghcr.io/acme/web:1", true),
            ("ghcr.io/acme-other/web:1", false),
            ("nginx:1.27", true),
            ("docker.io/nginx", true),
            ("acme/web", false),
            ("public.ecr.aws/nginx/nginx:1", false),
            ("registry.example.com/team-a/web/api:1", true),
            ("registry.example.com/team-a/other", false),
            // A hole in the host, or where the path decides.
            ("${REGISTRY}/web:1", true),
            ("<IMAGE>", true),
            ("ghcr.io/${OWNER}/web", true),
            ("ghcr.io/acme/web:${TAG}", true),
            ("quay.io/${OWNER}/web", false),
        ] {
            assert_eq!(registries.allow(&image(name)) == Allowance::Allowed, is_allowed, "{name}");
        }
        assert_eq!(Registries::default().allow(&image("acme/web")), Allowance::Allowed);
    }

    #[test]
    fn the_most_exact_pattern_says_what_a_registry_is() {
        let registries = Registries {
            private: patterns(&["docker.io/acme", "*.example.com", "ghcr.io"]),
            public: patterns(&["docker.io", "open.example.com", "ghcr.io/acme/open"]),
            allowed: None,
        };
        for (name, is_private) in [
            ("acme/web", Some(true)),
            ("index.docker.io/acme/web", Some(true)),
            ("other/web", Some(false)),
            ("nginx", Some(false)),
            ("closed.example.com/web", Some(true)),
            ("open.example.com/web", Some(false)),
            ("ghcr.io/acme/web", Some(true)),
            ("ghcr.io/acme/open:2", Some(false)),
            ("quay.io/acme/web", None),
            ("${HOST}/web", None),
        ] {
            let said = registries.said_of(&image(name)).map(|said| said != Said::Public);
            assert_eq!(said, is_private, "{name}");
        }
    }

    #[test]
    fn what_is_no_registry_is_told() {
        for (written, word) in [
            ("https://ghcr.io", "scheme"),
            ("", "host"),
            ("acme/web", "docker.io/acme/web"),
            ("ghcr.io/[a", "pattern"),
            ("ghcr.io//x", "path"),
        ] {
            let fault = RegistryPattern::new(written, Span::start_of(FileId(0))).unwrap_err();
            assert!(fault.contains(word), "{written}: {fault}");
        }
    }
}
