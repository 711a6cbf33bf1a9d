//! Which names a file of ours can have.

/// The extensions a task definition or template has in practice, generators' templates included.
const EXTENSIONS: [&str; 7] = ["json", "jsonc", "yaml", "yml", "template", "tmpl", "tpl"];

/// Extensions of scripts for instances.
const SCRIPT_EXTENSIONS: [&str; 2] = ["sh", "bash"];

/// Whether a file of that name is looked at when it is met in a walk.
#[must_use]
pub fn is_candidate(name: &str) -> bool {
    has_our_extension(name) || is_launch_file(name)
}

/// Whether a task definition or template can have that name.
pub(super) fn has_our_extension(name: &str) -> bool {
    extension(name).is_some_and(|extension| EXTENSIONS.iter().any(|ours| extension.eq_ignore_ascii_case(ours)))
}

/// Whether that is the name of a script for instances, of user data, or of the container agent's configuration. What
/// the file says decides then.
pub(super) fn is_launch_file(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or_default();
    let is_script = extension(base)
        .is_some_and(|extension| SCRIPT_EXTENSIONS.iter().any(|script| extension.eq_ignore_ascii_case(script)));
    if is_script || base.ends_with("ecs.config") {
        return true;
    }
    let lower = base.to_ascii_lowercase();
    ["user-data", "userdata", "user_data"].iter().any(|word| lower.contains(word))
}

fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        for name in ["run.sh", "deploy/ecs.config", "user-data", "userdata.txt", "web-user_data.tpl", "User-Data.PS1"] {
            assert!(is_launch_file(name), "{name}");
        }
        for name in ["task.json", "users/data.txt", "config", "sh", "README.md"] {
            assert!(!is_launch_file(name), "{name}");
        }
        assert!(has_our_extension("a.JSON") && !has_our_extension("json"));
    }
}
