//! The command without a process: what needs no files, and a terminal that is none.

use super::*;

/// Exit status, standard output, standard error.
fn run_with(args: &[&str], stdin: &str, stdout_takes_color: bool) -> (u8, String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        stdin: &mut stdin.as_bytes(),
        stdout: &mut stdout,
        stderr: &mut stderr,
        stdout_takes_color,
        stderr_is_terminal: false,
    };
    let args = std::iter::once("ecs-lint").chain(args.iter().copied()).map(OsString::from);
    let status = run(args, &mut streams);
    (status, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn help_tells_the_exit_statuses() {
    let (status, stdout, stderr) = run_with(&["--help"], "", false);
    assert_eq!((status, stderr.as_str()), (OK, ""));
    for line in ["Exit status:", "  0  ", "  1  ", "  2  ", "  3  ", "--stdin-filename", "explain", "rules"] {
        assert!(stdout.contains(line), "{line}:\n{stdout}");
    }
}

#[test]
fn the_version_comes_with_the_commit_where_that_is_known() {
    let (status, stdout, _) = run_with(&["--version"], "", false);
    let commit = stdout.strip_prefix(concat!("ecs-lint ", env!("CARGO_PKG_VERSION"))).unwrap().trim_end();
    let digits = commit.trim_start_matches(" (").trim_end_matches(')');
    assert_eq!(status, OK);
    assert!(commit.is_empty() || commit.len() == 12 && digits.len() == 9, "{stdout}");
    assert!(digits.chars().all(|digit| digit.is_ascii_hexdigit()), "{stdout}");
}

#[test]
fn the_manual_page_has_every_option_and_command() {
    use clap::CommandFactory;
    let (status, page, stderr) = run_with(&["man"], "", false);
    assert_eq!((status, stderr.as_str()), (OK, ""));
    let command = Options::command();
    let options = command.get_opts().filter_map(|option| option.get_long()).map(|long| long.replace('-', "\\-"));
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    for word in options.chain(commands.map(|command| format!("ecs\\-lint {}", command.get_name()))) {
        assert!(page.contains(&word), "{word}:\n{page}");
    }
    assert!(page.contains(".SH \"EXIT STATUS\"\n.nf\n  0  nothing"), "{page}");
}

#[test]
fn help_names_all_that_a_walk_looks_at() {
    let (_, stdout, _) = run_with(&["--help"], "", false);
    let readme = include_str!("../../README.md");
    let words = [".json", ".jsonc", ".yaml", ".yml", ".template", ".tmpl", ".tpl", ".sh", ".bash", "ecs.config"];
    for word in words.into_iter().chain(["user-data", "userdata", "user_data"]) {
        assert!(stdout.contains(word), "{word}:\n{stdout}");
        assert!(readme.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn a_number_of_jobs_is_one_or_more() {
    for (jobs, words) in [("0", "must be 1 or more"), ("x", "must be a whole number"), ("", "must be a whole number")] {
        let (status, _, stderr) = run_with(&[&format!("--jobs={jobs}")], "", false);
        assert_eq!(status, FAILURE);
        assert!(stderr.contains(words), "{stderr}");
    }
}

#[test]
fn wrong_usage_is_told_on_standard_error() {
    for args in [&["--format", "xml"][..], &["--jobs", "0"], &["explain"], &["--no-such-option"]] {
        let (status, stdout, stderr) = run_with(args, "", false);
        assert_eq!((status, stdout.as_str()), (FAILURE, ""), "{args:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let (status, text, _) = run_with(&["rules"], "", false);
    assert_eq!(status, OK);
    let (status, json, _) = run_with(&["rules", "--format", "json"], "", false);
    assert_eq!(status, OK);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    for (rule, row) in crate::rules::all().iter().zip(json["rules"].as_array().unwrap()) {
        assert_eq!(row["name"], rule.name);
        assert!(text.lines().any(|line| line.starts_with(rule.name)), "{text}");
        let (status, page, _) = run_with(&["explain", rule.name], "", false);
        assert_eq!(status, OK);
        assert!(page.starts_with(&format!("# {}\n", rule.name)) && page.contains("## Why"), "{page}");
    }
}

#[test]
fn an_unknown_rule_is_met_with_the_nearest() {
    let (status, stdout, stderr) = run_with(&["explain", "unreadable-fil"], "", false);
    assert_eq!((status, stdout.as_str()), (FAILURE, ""));
    assert!(stderr.contains("there is no rule `unreadable-fil`; did you mean `unreadable-file`?"), "{stderr}");
    let (_, _, stderr) = run_with(&["explain", "qqqqqq"], "", false);
    assert!(stderr.starts_with("error: there is no rule `qqqqqq`\n"), "{stderr}");
}

#[test]
fn color_is_as_asked_or_as_the_terminal_takes_it() {
    for (args, takes_color, colored) in [
        (&["-"][..], true, true),
        (&["-"], false, false),
        (&["-", "--color", "never"], true, false),
        (&["-", "--color", "always"], false, true),
        (&["-", "--color", "always", "--format", "concise"], true, false),
    ] {
        let (status, stdout, _) = run_with(args, "{\"containerDefinitions\": [", takes_color);
        assert_eq!(status, FAILURE, "{args:?}");
        assert!(stdout.contains("<stdin>"), "{stdout}");
        assert_eq!(stdout.contains("\u{1b}["), colored, "{args:?}:\n{stdout}");
    }
}
