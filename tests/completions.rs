//! The completions, as the shells themselves offer them. A shell that is not installed is skipped, which is said.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so by a panic")]
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_ecs-lint");

/// A command line that ends where TAB is pressed, something that must be offered there, and something that must not.
const LINES: &[(&str, &str, &str)] = &[
    ("ecs-lint exp", "explain", "rules"),
    ("ecs-lint ru", "rules", "explain"),
    ("ecs-lint --fail-on ", "warning", "--format"),
    ("ecs-lint explain kms-", "kms-decrypt-missing", "wrong-type"),
    ("ecs-lint completions z", "zsh", "bash"),
    ("ecs-lint rules --for", "--format", "--fail-on"),
    ("ecs-lint policy --ta", "--task", "--fail-on"),
    ("ecs-lint policy --format ", "yaml", "sarif"),
];

#[test]
fn bash_completes() {
    let ask = r#"
        source <("$BINARY" completions bash)
        function=$(complete -p ecs-lint | sed 's/.*-F \([^ ]*\) .*/\1/')
        read -r -a COMP_WORDS <<< "$LINE"
        [[ $LINE != *' ' ]] || COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        "$function" ecs-lint "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    offers("bash", &["--noprofile", "--norc", "-c", ask]);
}

#[test]
fn fish_completes() {
    let ask = r"
        $BINARY completions fish | source
        complete --do-complete $LINE | string split --fields 1 \t";
    offers("fish", &["--no-config", "-c", ask]);
}

#[test]
fn zsh_completes() {
    // Only an interactive shell completes, so one is run in a terminal of its own. Pressing TAB on one match inserts it,
    // and on several lists them.
    let ask = r#"
        zmodload zsh/zpty
        directory=$(mktemp -d)
        $BINARY completions zsh > $directory/_ecs-lint
        zpty shell zsh -f -i
        zpty -w shell "PS1=; TERM=dumb; fpath=($directory \$fpath); autoload -U compinit; compinit -u -D; unsetopt beep"
        zpty -w shell 'print -r ready-$((40 + 2))'
        zpty -r shell output '*ready-42*'
        zpty -n -w shell "$LINE"$'\t\x01print -r -- \x05\n'
        zpty -w shell 'print -r done-$((40 + 2))'
        zpty -r shell output '*done-42*'
        rm -r $directory
        print -r -- $output"#;
    if which("zsh") {
        let output = run("zsh", &["-f", "-c", ask], "ecs-lint explain secret-name-");
        assert!(output.contains("secret-name-instead-of-arn"), "{output}");
        let output = run("zsh", &["-f", "-c", ask], "ecs-lint completions el");
        assert!(output.contains("elvish"), "{output}");
        let output = run("zsh", &["-f", "-c", ask], "ecs-lint --fail-on ne");
        assert!(output.contains("never"), "{output}");
    }
}

fn offers(shell: &str, args: &[&str]) {
    if !which(shell) {
        return;
    }
    for (line, offered, not_offered) in LINES {
        let output = run(shell, args, line);
        let offers = |word: &str| output.lines().any(|line| line == word);
        assert!(offers(offered) && !offers(not_offered), "{shell}: `{line}` offers\n{output}");
    }
}

fn run(shell: &str, args: &[&str], line: &str) -> String {
    let output = Command::new(shell)
        .args(args)
        .env("BINARY", BINARY)
        .env("LINE", line)
        .env("PATH", with_binary())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// fish offers nothing for a command that is not on the PATH.
fn with_binary() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&path).collect::<Vec<_>>();
    let binary = Path::new(BINARY).parent().unwrap().to_path_buf();
    std::env::join_paths(std::iter::once(binary).chain(directories)).unwrap()
}

fn which(shell: &str) -> bool {
    let found = Command::new(shell).args(["-c", "exit"]).status().is_ok_and(|status| status.success());
    if !found {
        eprintln!("skipped: {shell} is not installed");
    }
    found
}
