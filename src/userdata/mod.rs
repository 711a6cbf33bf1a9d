//! Launch scripts: what they hand to the container agent of an instance, and to the clients of registries.
//!
//! Whoever may describe the instance or its launch template can read user data, and so can every process on the instance.
//! It is read as the instance reads it:
//!
//! ```text
//! user data ─ decode      ─▶ text            base64, gzip; what `Fn::Base64` encodes at deployment needs no decoding
//!           ─ form        ─▶ what it is      MIME (mime), cloud-config and archives (cloud_config), units (systemd),
//!                                            `cfn-init` (init), Windows (windows), Systems Manager (ssm_document),
//!                                            Bottlerocket (toml), the agent's own JSON (agent_json), a script
//!           ─ shell       ─▶ commands        words, quotes, here-documents; variables and what `echo` and the like put out
//!             powershell, batch
//!           ─ config_file ─▶ settings        what is written to `ecs.config`, or stands somewhere as if it were
//!             client_file                    what is written for `docker` and its like
//!           ─ reading     ─▶ LaunchData      credentials: literal, filled in at deployment, or (silent) computed at boot;
//!             credentials, faults            settings that the agent drops
//! ```
//!
//! Through all of this a text stays a [`Text`]: known characters with the way back to their bytes in the file, and holes
//! for what the deployment fills in or the instance computes. How much is read is bounded ([`limits`]).
//!
//! What is not understood may hold a credential all the same: excerpts show of a launch script, and of a file that cannot be read,
//! only what [`known_words`] knows to be none.
//!
//! Sources: the agent's `agent/config/config.go` and `dockerauth/dockerauth.go`; `ecs-init`; cloud-init; ECS developer guide,
//! "Private registry authentication for container instances".

mod agent_json;
mod auth_data;
mod batch;
mod client_file;
mod cloud_config;
mod comments;
mod config_file;
mod credentials;
mod decode;
mod embedded;
mod encoded;
mod faults;
mod file;
mod flat;
mod form;
mod init;
mod known_words;
pub mod limits;
mod mime;
mod powershell;
mod reading;
mod registry_client;
mod shell;
mod ssm_document;
mod systemd;
#[cfg(test)]
mod tests;
mod toml;
mod visible;
mod windows;

pub use comments::{Comments, comments};
pub use file::{LaunchFile, launch_file};
pub use form::Form;
pub use init::filled_in;
pub use known_words::{unknown_words, unknown_words_of_broken};
pub use reading::{Confidence, Reading};
pub use ssm_document::form_of_step;
pub use visible::visible_credentials;

/// How long the JSON object is that the text begins with: past the brace that closes it. Strings are passed over where they
/// are strings; `None` when it does not close.
fn span_of_json(text: &str) -> Option<usize> {
    let braces = |in_strings: bool| {
        let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
        for (at, character) in text.char_indices().take_while(|(at, _)| *at < limits::LONGEST_VALUE) {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = quoted && in_strings,
                '"' if in_strings => quoted = !quoted,
                '{' if !quoted => depth += 1,
                '}' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    };
    if !text.starts_with('{') {
        return None;
    }
    // Quotes that are escaped for a shell or another language are no strings of JSON.
    let is_escaped = text.get(1..).is_some_and(|rest| rest.trim_start().starts_with('\\'));
    if is_escaped { braces(false) } else { braces(true).or_else(|| braces(false)) }
}
