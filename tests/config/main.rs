//! The configuration, end to end.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod context;
mod schema;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Two warnings: a Docker Hub image that may be private, and a key that stands twice.
const WARNING: &str = r#"{"family": "w", "family": "warning", "requiresCompatibilities": ["EC2"],
 "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
 "containerDefinitions": [{"name": "web", "image": "acme-widgets/web:1"}]}"#;

const BROKEN: &str = r#"{"family": "broken", "containerDefinitions": [}"#;

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Exit status, standard output, standard error.
fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    command.args(args).current_dir(directory).env_remove("NO_COLOR").stdin(Stdio::null());
    result(&command.output().unwrap())
}

fn result(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// `path: severity[rule]` of each finding.
fn findings(directory: &Path, args: &[&str]) -> Vec<String> {
    let args: Vec<&str> = ["--format", "json"].iter().chain(args).copied().collect();
    let (_, stdout, stderr) = run(directory, &args);
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"));
    let diagnostics = report["diagnostics"].as_array().unwrap();
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    diagnostics
        .iter()
        .map(|one| format!("{}: {}[{}]", word(one, "path"), word(one, "severity"), word(one, "rule")))
        .collect()
}

const IMAGE: &str = "registry-credentials-missing";

#[test]
fn the_nearest_configuration_counts_up_to_the_top_of_the_repository() {
    let root = directory(&[
        ("ecs-lint.toml", "fail-on = \"never\""),
        ("repo/.git/HEAD", ""),
        ("repo/a/task.json", WARNING),
        ("repo/b/.ecs-lint.toml", "fail-on = \"error\""),
        ("repo/b/c/task.json", WARNING),
        ("other.toml", "fail-on = \"error\""),
        ("outside/task.json", WARNING),
    ]);
    let root = root.path();
    for (place, args, expected) in [
        ("repo/a", &["task.json"][..], 1),
        ("repo/b/c", &["task.json"], 0),
        ("repo/b/c", &["task.json", "--no-config"], 1),
        ("repo/b/c", &["task.json", "--fail-on", "warning"], 1),
        ("repo/a", &["task.json", "--config", "../../other.toml"], 0),
        ("outside", &["task.json"], 0),
    ] {
        let (status, _, stderr) = run(&root.join(place), args);
        assert_eq!(status, expected, "{place} {args:?}\n{stderr}");
    }

    fs::write(root.join("repo/b/ecs-lint.toml"), "").unwrap();
    for (args, words) in [
        (&["task.json"][..], "two configurations, `../ecs-lint.toml` and `../.ecs-lint.toml`"),
        (&["--config", "no-such.toml"], "the configuration `no-such.toml` cannot be read"),
        (&["--config", "."], "is no regular file"),
        (&["--config", "x", "--no-config"], "cannot be used with"),
        (&["--select", "secret,permision", "--no-config"], "did you mean `permission`?"),
        (&["--parameters", "no-such.json", "--no-config"], "`no-such.json` cannot be read"),
    ] {
        let (status, stdout, stderr) = run(&root.join("repo/b/c"), args);
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.starts_with("error: ") && stderr.contains(words), "{args:?}: {stderr}");
    }
}

#[test]
fn nothing_is_checked_under_a_configuration_with_a_mistake() {
    let root = directory(&[("task.json", WARNING), ("ecs-lint.toml", "fail-on = \"eror\"\n[ruls]\n")]);
    for args in [&["."][..], &["config"]] {
        let (status, stdout, stderr) = run(root.path(), args);
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains("ecs-lint.toml:1:12") && stderr.contains("did you mean `rules`?"), "{stderr}");
    }
    fs::write(root.path().join("ecs-lint.toml"), b"# caf\xe9").unwrap();
    let (status, _, stderr) = run(root.path(), &["."]);
    assert_eq!((status, stderr.as_str()), (2, "error: the configuration `ecs-lint.toml` is not valid UTF-8\n"));
    fs::write(root.path().join("ecs-lint.toml"), "[rules\n").unwrap();
    let (status, _, stderr) = run(root.path(), &["."]);
    assert!(status == 2 && stderr.contains("not valid TOML"), "{stderr}");
}

#[test]
fn patterns_choose_what_a_walk_looks_at_and_names_overrule_them() {
    let root = directory(&[
        ("ecs-lint.toml", "include = [\"infra\", \"top.json\"]\nexclude = [\"old\", \"infra/*.gen.json\"]"),
        ("top.json", WARNING),
        ("other.json", WARNING),
        ("infra/a.json", WARNING),
        ("infra/b.gen.json", WARNING),
        ("infra/deep/b.gen.json", WARNING),
        ("infra/old/c.json", WARNING),
        ("infra/old/deep/d.json", WARNING),
    ]);
    let seen = |place: &str, args: &[&str]| {
        let args: Vec<&str> = ["--select", IMAGE].iter().chain(args).copied().collect();
        let found = findings(&root.path().join(place), &args);
        found.iter().map(|one| one.split(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(seen("", &[]), ["infra/a.json", "infra/deep/b.gen.json", "top.json"]);
    assert_eq!(seen("", &["--no-ignore"]), ["infra/a.json", "infra/deep/b.gen.json", "top.json"]);
    assert_eq!(seen("infra", &["."]), ["a.json", "deep/b.gen.json"]);
    assert_eq!(seen("", &["other.json", "infra/old/c.json"]), ["infra/old/c.json", "other.json"]);
    assert_eq!(seen("", &["infra/old"]), ["infra/old/c.json", "infra/old/deep/d.json"]);
    assert_eq!(
        seen("", &["--force-exclude", "other.json", "top.json", "infra/old/c.json", "infra/b.gen.json"]),
        ["top.json"]
    );
    let absolute = root.path().join("infra/old/deep/d.json");
    let (status, _, stderr) = run(root.path(), &["--force-exclude", absolute.to_str().unwrap()]);
    assert!(status == 0 && stderr.starts_with("0 files"), "{stderr}");
}

#[test]
fn rules_are_chosen_and_graded_by_name_category_path_and_flag() {
    let root = directory(&[("a/task.json", WARNING), ("b/task.json", WARNING)]);
    let check = |configuration: &str, args: &[&str]| {
        fs::write(root.path().join("ecs-lint.toml"), configuration).unwrap();
        findings(root.path(), args)
    };
    let (image, key) = (
        |file: &str, grade: &str| format!("{file}/task.json: {grade}[{IMAGE}]"),
        |file: &str, grade: &str| format!("{file}/task.json: {grade}[duplicate-key]"),
    );
    assert_eq!(check("", &["a"]), [key("a", "warning"), image("a", "warning")]);
    assert_eq!(check("[rules]\ninput = \"error\"\nimage = \"off\"", &["a"]), [key("a", "error")]);
    assert_eq!(check("[rules]\nselect = [\"image\"]", &["a"]), [image("a", "warning")]);
    assert_eq!(check("[rules]\nselect = [\"image\"]", &["a", "--select", "input"]), [key("a", "warning")]);
    assert_eq!(check("[rules]\ninput = \"note\"", &["a", "--ignore", "image"]), [key("a", "note")]);
    let overridden = "[rules]\nduplicate-key = \"off\"\n[[overrides]]\npaths = [\"b\"]\n\
        rules = { duplicate-key = \"error\", ignore = [\"image\"] }";
    assert_eq!(check(overridden, &[]), [image("a", "warning"), key("b", "error")]);
    assert_eq!(check(overridden, &["b/../b"]), [key("b/../b", "error")]);
}

#[test]
fn a_file_that_cannot_be_checked_fails_the_run_unless_its_rule_is_off_for_it() {
    let root = directory(&[("old/task.json", BROKEN)]);
    for (configuration, args, expected) in [
        ("", &[][..], 2),
        ("[rules]\nsyntax-error = \"note\"", &[], 2),
        ("[rules]\nselect = [\"image\"]", &[], 2),
        ("", &["--select", "image"], 2),
        ("[rules]\nsyntax-error = \"off\"", &["old/task.json"], 0),
        ("", &["--ignore", "input", "old/task.json"], 0),
        ("[[overrides]]\npaths = [\"old\"]\nrules = { input = \"off\" }", &["old/task.json"], 0),
    ] {
        fs::write(root.path().join("ecs-lint.toml"), configuration).unwrap();
        let (status, _, stderr) = run(root.path(), args);
        assert_eq!(status, expected, "{configuration} {args:?}\n{stderr}");
    }
}

#[test]
fn registries_are_what_the_configuration_says() {
    let image = |image: &str| {
        format!(
            r#"{{"family": "f", "requiresCompatibilities": ["FARGATE"], "executionRoleArn": "arn:aws:iam::111122223333:role/r", "containerDefinitions": [{{"name": "c", "image": "{image}"}}]}}"#
        )
    };
    let root = directory(&[
        ("acme.json", &image("acme/web:1")),
        ("ecr.json", &image("444455556666.dkr.ecr.eu-west-1.amazonaws.com/web:1")),
        ("host.json", &image("containers.example.com/web:1")),
        ("official.json", &image("nginx:1")),
        ("open.json", &image("${HOST}/web:1")),
    ]);
    let check = |configuration: &str| {
        fs::write(root.path().join("ecs-lint.toml"), configuration).unwrap();
        findings(root.path(), &[])
    };
    let missing = |file: &str, grade: &str| format!("{file}.json: {grade}[{IMAGE}]");
    let forbidden = |file: &str| format!("{file}.json: error[registry-not-allowed]");
    assert_eq!(check(""), [missing("acme", "warning"), missing("host", "warning"), missing("official", "note")]);
    assert_eq!(
        check("[registries]\nprivate = [\"docker.io/acme\"]\npublic = [\"*.example.com\", \"docker.io\"]"),
        [missing("acme", "error")]
    );
    assert_eq!(
        check("[registries]\nallowed = [\"*.example.com\"]\npublic = [\"docker.io\", \"*.example.com\"]"),
        [forbidden("acme"), forbidden("ecr"), forbidden("official")]
    );
}

#[test]
fn the_example_of_the_readme_does_what_it_says() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/example");
    let (status, stdout, _) = run(&example, &["--color", "never"]);
    let expected = example.join("expected.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected, &stdout).unwrap();
    }
    assert_eq!(stdout, fs::read_to_string(expected).unwrap());
    assert_eq!(status, 1);
}

#[test]
fn the_effective_configuration_tells_where_each_value_comes_from() {
    let root = directory(&[
        (
            "ecs-lint.toml",
            "exclude = [\"x\\ty\"]\n\n[rules]\nignore = [\"input\"]\nwrong-type = \"off\"\n\n[context]\nparameters = [\"a.json\"]\n\
            [[context.secrets]]\nname = \"prod/*\"\nkms-key = \"alias/shop\"\n\n[[overrides]]\npaths = [\"old\"]\nrules.select = [\"image\"]\n",
        ),
        ("a.json", "{}"),
        ("b.json", "{}"),
        ("below/task.json", WARNING),
    ]);
    let args = ["config", "--fail-on", "error", "--ignore", "secret", "--parameters", "b.json"];
    let (status, stdout, stderr) = run(root.path(), &args);
    assert_eq!((status, stderr.as_str()), (0, ""));
    insta::assert_snapshot!(stdout, @r#"
    # ecs-lint.toml
    fail-on = "error" # --fail-on
    exclude = ["x\ty"] # ecs-lint.toml:1

    [rules]
    ignore = ["input", "secret"] # ecs-lint.toml:4, --ignore
    wrong-type = "off" # ecs-lint.toml:5

    [[overrides]]
    paths = ["old"] # ecs-lint.toml:14

    [overrides.rules]
    select = ["image"] # ecs-lint.toml:15

    [registries]
    private = [] # default
    public = [] # default

    [context]
    parameters = ["a.json", "b.json"] # ecs-lint.toml:8, --parameters

    [[context.secrets]]
    name = "prod/*" # ecs-lint.toml:10
    kms-key = "alias/shop" # ecs-lint.toml:11
    "#);
    let values = |toml: &str| toml.lines().map(|line| line.split(" # ").next().unwrap().to_owned()).collect::<Vec<_>>();
    fs::write(root.path().join("again.toml"), &stdout).unwrap();
    let (_, again, _) = run(root.path(), &["config", "--config", "again.toml"]);
    assert_eq!(values(&again)[1..], values(&stdout)[1..], "what is printed is a configuration with the same values");

    let (_, json, _) = run(&root.path().join("below"), &["config", "--format", "json", "--select", "wrong-type"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["file"], "../ecs-lint.toml");
    let setting = |key: &str| {
        let found = json["settings"].as_array().unwrap().iter().find(|one| one["key"] == key);
        found.map(|one| (one["value"].clone(), one["from"].as_str().unwrap().to_owned()))
    };
    assert_eq!(setting("fail-on"), Some(("warning".into(), "default".to_owned())));
    assert_eq!(setting("rules.select"), Some((serde_json::json!(["wrong-type"]), "--select".to_owned())));
    assert_eq!(setting("rules.wrong-type"), None, "the flag overrules it");
    assert_eq!(
        setting("overrides[0].rules.select"),
        Some((serde_json::json!(["image"]), "../ecs-lint.toml:15".to_owned()))
    );
}

#[test]
fn init_writes_a_configuration_that_changes_nothing_once() {
    let root = directory(&[("task.json", WARNING)]);
    let before = findings(root.path(), &[]);
    let (_, defaults, _) = run(root.path(), &["config"]);
    assert_eq!(run(root.path(), &["init"]).0, 0);
    assert_eq!(findings(root.path(), &[]), before);
    let (_, now, _) = run(root.path(), &["config"]);
    assert_eq!(now.lines().skip(1).collect::<Vec<_>>(), defaults.lines().skip(1).collect::<Vec<_>>());
    fs::write(root.path().join("ecs-lint.toml"), "fail-on = \"error\"\n").unwrap();
    let (status, _, stderr) = run(root.path(), &["init"]);
    assert!(status == 2 && stderr.contains("already, `ecs-lint.toml`; `--force`"), "{stderr}");
    assert_eq!(fs::read_to_string(root.path().join("ecs-lint.toml")).unwrap(), "fail-on = \"error\"\n");
    assert_eq!(run(root.path(), &["init", "--force"]).0, 0);
    assert_eq!(fs::read_to_string(root.path().join("ecs-lint.toml")).unwrap(), ecs_lint::config::STARTER);
    let names: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing else is left behind: {names:?}");
    fs::rename(root.path().join("ecs-lint.toml"), root.path().join(".ecs-lint.toml")).unwrap();
    assert_eq!(run(root.path(), &["init", "--force"]).0, 2);
}

#[cfg(unix)]
#[test]
fn init_in_a_directory_that_cannot_be_written_says_so() {
    let root = directory(&[]);
    fs::create_dir(root.path().join("closed")).unwrap();
    let closed = root.path().join("closed");
    let mut permissions = fs::metadata(&closed).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&closed, permissions).unwrap();
    // Who may write everywhere is not kept from it.
    if fs::write(closed.join("probe"), "").is_err() {
        let (status, _, stderr) = run(&closed, &["init"]);
        assert!(status == 2 && stderr.contains("cannot be written: permission denied"), "{stderr}");
    }
}
