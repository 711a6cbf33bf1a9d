//! Addresses of documents, and the paths they stand for.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// The path of a `file:` address, without `.` and `..`; `None` for any other address.
#[must_use]
pub fn to_path(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let path = decoded(path)?;
    let text = match host {
        "" | "localhost" => without_mark_of_drive(&path).to_owned(),
        host if cfg!(windows) => format!("//{}{path}", decoded(host)?),
        _ => return None,
    };
    let path = plain(Path::new(&text));
    path.is_absolute().then_some(path)
}

/// `/c:/a` is `c:/a`, on a system that has drives.
fn without_mark_of_drive(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', drive, b':', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => path.get(1..).unwrap_or(path),
        _ => path,
    }
}

/// The address of an absolute path.
#[must_use]
pub fn of_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    let mut uri = String::from(if text.starts_with("//") {
        "file:"
    } else if text.starts_with('/') {
        "file://"
    } else {
        "file:///"
    });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The path without `.` and `..`, where it can be.
#[must_use]
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn paths_and_addresses_lead_to_each_other() {
        for path in ["/a/b.json", "/a b/ü-🔑/c#d?e%.yaml", "/c:/x", "/"] {
            assert_eq!(to_path(&of_path(Path::new(path))).as_deref(), Some(Path::new(path)));
        }
        for (uri, path) in [
            ("file:///a%20b/%C3%BC.json", Some("/a b/ü.json")),
            ("file:///a/ü.json", Some("/a/ü.json")),
            ("FILE://localhost/a", Some("/a")),
            ("file:/a/./b/../c", Some("/a/c")),
            ("file://server/share", None),
            ("untitled:Untitled-1", None),
            ("file:///%ff", None),
            ("file:///%4", None),
            ("file:relative", None),
            ("", None),
        ] {
            assert_eq!(to_path(uri).as_deref(), path.map(Path::new), "{uri}");
        }
    }
}
