//! What kind of text user data is, by how it begins. Sources: cloud-init, `handlers/__init__.py` and `user_data.py`; EC2 user
//! guides for Windows; Bottlerocket's README.

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A MIME message, most often in several parts.
    Mime,
    /// `#cloud-config`.
    CloudConfig,
    /// `#cloud-config-archive`: a list of the other forms.
    Archive,
    /// A list of addresses to fetch user data from.
    Include,
    /// A script for a shell, `#cloud-boothook` included.
    Shell,
    /// A script for PowerShell.
    PowerShell,
    /// A script for Windows' `cmd`.
    Batch,
    /// `<powershell>` and `<script>`.
    Windows,
    /// The settings of Bottlerocket, in TOML.
    Bottlerocket,
    /// What the container agent itself reads: `{"ECSAgentConfiguration": …}`.
    AgentJson,
    /// A script in a language that is not read, by its first line.
    Foreign,
}

/// cloud-init looks for `MIME-Version:` no further than this.
const MIME_HEADER_WITHIN: usize = 4096;

impl Form {
    /// The form that the text has.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = without_template_mark(text.trim_start_matches('\u{feff}').trim_start());
        let start: String = text.chars().take(MIME_HEADER_WITHIN).map(|c| c.to_ascii_lowercase()).collect();
        let begins = |prefix: &str| start.starts_with(prefix);
        if begins("#cloud-config-archive") {
            Self::Archive
        } else if begins("#cloud-config") {
            Self::CloudConfig
        } else if begins("#include") {
            Self::Include
        } else if begins("#part-handler") {
            Self::Foreign
        } else if begins("#ps1") {
            Self::PowerShell
        } else if begins("#!") {
            Self::of_interpreter(start.lines().next().unwrap_or_default())
        } else if begins("content-type: multipart") || start.contains("mime-version:") {
            Self::Mime
        } else if start.contains("<powershell>") || start.contains("<script>") {
            Self::Windows
        } else if begins("{") && text.contains("ECSAgentConfiguration") {
            Self::AgentJson
        } else if is_bottlerocket(text) {
            Self::Bottlerocket
        } else {
            Self::Shell
        }
    }

    /// The form that a MIME part of that type has; `None` where cloud-init looks at how it begins.
    #[must_use]
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        match content_type {
            "text/cloud-config" => Some(Self::CloudConfig),
            "text/cloud-config-archive" => Some(Self::Archive),
            "text/cloud-boothook" => Some(Self::Shell),
            "text/x-include-url" | "text/x-include-once-url" => Some(Self::Include),
            "text/part-handler" => Some(Self::Foreign),
            _ => None,
        }
    }

    fn of_interpreter(line: &str) -> Self {
        let shells = ["sh", "bash", "dash", "zsh", "ksh", "ash"];
        let words = || line.trim_start_matches("#!").split([' ', '\t', '/']).map(str::trim);
        if words().any(|word| shells.contains(&word)) {
            Self::Shell
        } else if words().any(|word| matches!(word, "pwsh" | "powershell")) {
            Self::PowerShell
        } else {
            Self::Foreign
        }
    }
}

/// The text behind the line that makes it a template for cloud-init.
fn without_template_mark(text: &str) -> &str {
    match text.split_once('\n') {
        Some((first, rest)) if first.trim_end().eq_ignore_ascii_case("## template: jinja") => rest.trim_start(),
        _ => text,
    }
}

fn is_bottlerocket(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| line.starts_with("[settings") || line.starts_with("[[settings"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_decides() {
        for (text, form) in [
            ("#!/bin/bash\necho", Form::Shell),
            ("\n#!/usr/bin/env bash -xe\n", Form::Shell),
            ("#!/usr/bin/python3\n", Form::Foreign),
            ("#cloud-boothook\n#!/bin/bash\n", Form::Shell),
            ("#cloud-config\nruncmd: []", Form::CloudConfig),
            ("#Cloud-Config-Archive\n- {}", Form::Archive),
            ("## template: jinja\n#cloud-config\n", Form::CloudConfig),
            ("#include\nhttps://example.com/x", Form::Include),
            ("Content-Type: multipart/mixed; boundary=\"x\"\nMIME-Version: 1.0\n", Form::Mime),
            ("From nobody\nMIME-Version: 1.0\n", Form::Mime),
            ("<powershell>\nx\n</powershell>", Form::Windows),
            ("{\"ECSAgentConfiguration\": {}}", Form::AgentJson),
            ("[settings.ecs]\ncluster = \"x\"", Form::Bottlerocket),
            ("ECS_CLUSTER=x", Form::Shell),
        ] {
            assert_eq!(Form::of(text), form, "{text}");
        }
    }
}
