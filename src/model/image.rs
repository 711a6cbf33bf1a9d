//! Image references and the registry they lead to.
//!
//! Which first segment is a host follows Docker's own reference grammar (`splitDockerDomain` in
//! `distribution/reference`); the forms of Amazon ECR hosts follow `amazon-ecr-credential-helper`.

use std::sync::LazyLock;

use regex::Regex;

use super::reference::{Reference, ResourceKind};
use super::registry;
use super::text::{Part, Text};

/// An image reference whose registry is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    /// The reference as written, with `${…}` for what is not known.
    pub shown: String,
    /// Where it is pulled from.
    pub registry: Registry,
}

/// Where an image is pulled from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registry {
    /// Amazon ECR, private: authenticated by IAM, never by `repositoryCredentials`.
    EcrPrivate,
    /// Amazon ECR Public.
    EcrPublic,
    /// An official image of Docker Hub (`nginx`).
    DockerHubOfficial,
    /// A repository of a user or an organisation on Docker Hub.
    DockerHub {
        /// The user or organisation.
        namespace: String,
        /// Whether it publishes well-known public images.
        public_publisher: bool,
    },
    /// Another registry.
    Other {
        /// Its host, with the port where one is given.
        host: String,
        /// What is known of it.
        access: Access,
    },
}

/// What is known of a registry's readiness to serve without credentials; with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It evidently needs credentials.
    Private(&'static str),
    /// It serves public images anonymously.
    Public(&'static str),
    /// Nothing.
    NotKnown,
}

/// What marks a host as private ECR even when the account, Region or suffix is a hole: `.dkr.ecr.`, `.dkr-ecr.` and their FIPS forms.
static ECR_MARK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:^|\.)dkr[.-]ecr(?:-fips)?(?:\.|$)").ok());

/// The path and tag that Docker accepts; holes stand as a letter.
static PATH_AND_TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z0-9+._-]+:[0-9a-fA-F]{32,})?$").ok()
});

impl ImageReference {
    /// The registry an image comes from; `None` when the text does not tell.
    #[must_use]
    pub fn read(text: &Text) -> Option<Self> {
        let registry = registry_of(text)?;
        Some(Self { shown: text.shown(), registry })
    }
}

/// The host of Docker Hub in image references.
pub(super) const DOCKER_HUB: &str = "docker.io";

/// The host in small letters, of several for one registry always the same.
pub(super) fn canonical_host(host: &str) -> String {
    let lower = host.to_ascii_lowercase();
    match lower.as_str() {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => DOCKER_HUB.to_owned(),
        _ => lower.strip_suffix(":443").map(str::to_owned).unwrap_or(lower),
    }
}

/// The host and the path without tag and digest, Docker Hub's written out; holes in the path are NUL. `None` where the
/// host is not wholly known, or the text is no image reference.
pub(super) fn location(text: &Text) -> Option<(String, String)> {
    let (host, path) = split_host(text)?;
    if !valid_path(&path) {
        return None;
    }
    let name_start = path.rfind('/').map_or(0, |at| at + 1);
    let name_end = path.get(name_start..)?.find([':', '@']).map_or(path.len(), |at| name_start + at);
    let path = path.get(..name_end)?;
    match host {
        Some(host) => {
            let host = canonical_host(&host);
            looks_like_a_host(&host).then(|| {
                let is_official = host == DOCKER_HUB && !path.contains('/');
                let path = if is_official { format!("library/{path}") } else { path.to_owned() };
                (host, path)
            })
        }
        None if path.contains('/') => Some((DOCKER_HUB.to_owned(), path.to_owned())),
        None => Some((DOCKER_HUB.to_owned(), format!("library/{path}"))),
    }
}

fn registry_of(text: &Text) -> Option<Registry> {
    if is_ecr(text) {
        return Some(Registry::EcrPrivate);
    }
    let (host, path) = split_host(text)?;
    let Some(host) = host else { return docker_hub(&path) };
    let lower = host.to_ascii_lowercase();
    match lower.as_str() {
        "public.ecr.aws" | "ecr-public.aws.com" => return Some(Registry::EcrPublic),
        "docker.io" | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => {
            return docker_hub(&path);
        }
        _ => {}
    }
    if !looks_like_a_host(&lower) || !valid_path(&path) {
        return None;
    }
    let public = registry::public_path(&lower, &path).or_else(|| registry::public_host(&lower));
    let private = registry::private_host(&lower).filter(|_| registry::public_path(&lower, &path).is_none());
    let access = match (private, public) {
        (Some(why), _) => Access::Private(why),
        (None, Some(why)) => Access::Public(why),
        (None, None) => Access::NotKnown,
    };
    Some(Registry::Other { host, access })
}

/// Private ECR by the known characters before the first slash, or by `Fn::GetAtt Repository.RepositoryUri`.
fn is_ecr(text: &Text) -> bool {
    let mut host = String::new();
    for (at, part) in text.parts().iter().enumerate() {
        match part {
            Part::Literal(piece) => match piece.as_str().split_once('/') {
                Some((before, _)) => {
                    host.push_str(before);
                    break;
                }
                None => host.push_str(piece.as_str()),
            },
            Part::Hole(hole) => {
                if at == 0
                    && let Reference::Resource(resource) = &*hole.reference
                    && resource.kind == ResourceKind::Repository
                    && resource.attribute.as_deref() == Some("RepositoryUri")
                {
                    return true;
                }
                // A hole is no dot: `x${Region}` must not make two labels of one.
                host.push('\u{fffd}');
            }
            Part::Base64(..) => return false,
        }
    }
    ECR_MARK.as_ref().is_some_and(|mark| mark.is_match(&host))
}

/// The host, if the first segment is one, and the rest with its holes as NUL. `None` when a hole hides which it is.
fn split_host(text: &Text) -> Option<(Option<String>, String)> {
    let flat: String = text
        .parts()
        .iter()
        .map(|part| match part {
            Part::Literal(piece) => piece.as_str(),
            Part::Hole(_) | Part::Base64(..) => "\0",
        })
        .collect();
    let Some((first, rest)) = flat.split_once('/') else {
        // No slash: an official image, unless a hole before the tag may bring a slash with it.
        let name = flat.split([':', '@']).next().unwrap_or_default();
        return (!name.contains('\0') && !name.is_empty()).then(|| (None, flat.clone()));
    };
    if first.contains('\0') {
        return None;
    }
    let is_host = first == "localhost" || first.contains(['.', ':']) || first.chars().any(char::is_uppercase);
    Some(if is_host { (Some(first.to_owned()), rest.to_owned()) } else { (None, flat) })
}

fn docker_hub(path: &str) -> Option<Registry> {
    if !valid_path(path) {
        return None;
    }
    let Some((namespace, rest)) = path.split_once('/') else {
        return (!path.starts_with('\0')).then_some(Registry::DockerHubOfficial);
    };
    if namespace == "library" && !rest.contains('/') {
        return Some(Registry::DockerHubOfficial);
    }
    if namespace.contains('\0') {
        return None;
    }
    Some(Registry::DockerHub {
        namespace: namespace.to_owned(),
        public_publisher: registry::public_publisher(namespace),
    })
}

/// Whether the repository path, tag and digest are what Docker accepts; anything else is some other tool's placeholder.
fn valid_path(path: &str) -> bool {
    let flat = path.replace('\0', "x");
    PATH_AND_TAG.as_ref().is_some_and(|pattern| pattern.is_match(&flat))
}

/// Whether the segment can be a host. Docker takes a name with a capital letter for one too; without a dot or a port it
/// is some other tool's placeholder.
fn looks_like_a_host(host: &str) -> bool {
    let (name, port) = host.rsplit_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let bracketed = name.starts_with('[') && name.ends_with(']');
    let label = |label: &str| {
        !label.is_empty() && !label.starts_with('-') && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    bracketed || (name.split('.').all(label) && (name.contains('.') || port.is_some() || name == "localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, MappedText, Span};

    fn read(text: &str) -> Option<Registry> {
        let text =
            Text::literal(MappedText::from_plain(text.to_owned(), Span::start_of(FileId(0)))).with_placeholders();
        ImageReference::read(&text).map(|image| image.registry)
    }

    #[test]
    fn ecr_is_recognised_in_every_partition_and_form() {
        for image in [
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app",
            "111122223333.dkr-ecr.us-east-1.on.aws/app",
            "111122223333.dkr-ecr-fips.us-east-1.on.aws/app",
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app",
            "111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov/app",
            "<ACCOUNT>.dkr.ecr.${REGION}.amazonaws.com/app",
            "XXXXXXXXXXXX.dkr.ecr.eu-west-1.amazonaws.com/app:$TAG",
            "${ACCOUNT}.dkr.ecr.${REGION}.${SUFFIX}/${REPO}:${TAG}",
        ] {
            assert_eq!(read(image), Some(Registry::EcrPrivate), "{image}");
        }
        assert_eq!(read("public.ecr.aws/nginx/nginx:1"), Some(Registry::EcrPublic));
    }

    #[test]
    fn docker_decides_which_segment_is_a_host() {
        assert_eq!(read("nginx"), Some(Registry::DockerHubOfficial));
        assert_eq!(read("nginx:${TAG}"), Some(Registry::DockerHubOfficial));
        assert_eq!(read("example.com"), Some(Registry::DockerHubOfficial));
        assert_eq!(read("docker.io/library/nginx:1"), Some(Registry::DockerHubOfficial));
        assert!(matches!(read("team/app:1"), Some(Registry::DockerHub { public_publisher: false, .. })));
        assert!(matches!(read("amazon/amazon-ecs-sample"), Some(Registry::DockerHub { public_publisher: true, .. })));
        assert!(matches!(read("index.docker.io/team/app"), Some(Registry::DockerHub { .. })));
        assert!(matches!(read("registry.example.com/a/b:1"), Some(Registry::Other { access: Access::NotKnown, .. })));
        assert!(matches!(read("localhost:5000/app"), Some(Registry::Other { access: Access::Private(_), .. })));
        assert!(matches!(read("quay.io/team/${APP}"), Some(Registry::Other { access: Access::Public(_), .. })));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        for image in [
            "<IMAGE1_NAME>",
            "${IMAGE}",
            "$IMAGE",
            "${REGISTRY}/app:1",
            "app${SUFFIX}",
            "IMAGE_URI",
            "https://host/x",
            "",
            "a b",
            "Repo/App",
            "{{image}}",
            "docker.io/${X}",
            "REGISTRY/app:TAG",
            "DOCKER_REGISTRY/app:1",
        ] {
            assert_eq!(read(image), None, "{image}");
        }
    }
}
