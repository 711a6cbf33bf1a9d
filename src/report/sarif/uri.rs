//! Names of files as URIs.

use std::fmt::Write;

use super::model::ArtifactLocation;

/// The base of relative URIs: the top of the repository, which the consumer knows.
pub(super) const SOURCE_ROOT: &str = "SRCROOT";

/// A relative name becomes a relative reference under [`SOURCE_ROOT`], an absolute one a `file:` URI.
pub(super) fn artifact(name: &str) -> ArtifactLocation {
    let path = percent_encoded(name);
    if name.starts_with("//") {
        // A share on another computer: the first part is its host.
        ArtifactLocation { uri: format!("file:{path}"), uri_base_id: None }
    } else if name.starts_with('/') {
        ArtifactLocation { uri: format!("file://{path}"), uri_base_id: None }
    } else if has_drive(name) {
        ArtifactLocation { uri: format!("file:///{path}").replacen("%3A", ":", 1), uri_base_id: None }
    } else {
        ArtifactLocation { uri: path, uri_base_id: Some(SOURCE_ROOT) }
    }
}

/// Whether a name begins with a drive of Windows, as in `C:/repo`.
fn has_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic())
}

/// Everything but RFC 3986's unreserved characters and `/`. A `:` would make a scheme of what is
/// before it.
fn percent_encoded(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_uris() {
        for (name, uri, relative) in [
            ("infra/web app.json", "infra/web%20app.json", true),
            ("größe:1#x?.yaml", "gr%C3%B6%C3%9Fe%3A1%23x%3F.yaml", true),
            ("<stdin>", "%3Cstdin%3E", true),
            ("/srv/a b.json", "file:///srv/a%20b.json", false),
            ("C:/repo/a.json", "file:///C:/repo/a.json", false),
            ("//host/share/a.json", "file://host/share/a.json", false),
        ] {
            let artifact = artifact(name);
            assert_eq!(artifact.uri, uri);
            assert_eq!(artifact.uri_base_id.is_some(), relative, "{name}");
        }
    }
}
