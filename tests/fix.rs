//! `--fix`: on the fixtures, and what it does to files.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The day on which the examples are run.
const EPOCH: &str = "1795219200";

/// Runs the program in a directory, with a text on standard input where there is one.
fn run(directory: &Path, args: &[&str], input: Option<&str>) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
        .args(args)
        .current_dir(directory)
        .env("SOURCE_DATE_EPOCH", EPOCH)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    cases
}

/// `UPDATE_EXPECT=1` writes `expected.diff` anew, where there is something to mend.
#[test]
fn fixtures_are_mended_as_expected() {
    for case in fixtures() {
        let (_, diff, _) = run(&case, &["--no-config", "--fix", "--unsafe-fixes", "--diff", "."], None);
        let expected = case.join("expected.diff");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            if diff.is_empty() {
                let _ = fs::remove_file(&expected);
            } else {
                fs::write(&expected, &diff).unwrap();
            }
        }
        let due = fs::read_to_string(&expected).unwrap_or_default();
        assert!(diff == due, "{} is not what --fix --diff prints:\n{diff}", expected.display());
        if diff.is_empty() {
            continue;
        }
        let copy = TempDir::new().unwrap();
        for file in fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            fs::copy(&file, copy.path().join(file.file_name().unwrap())).unwrap();
        }
        run(copy.path(), &["--no-config", "--fix", "--unsafe-fixes", "."], None);
        let again = run(copy.path(), &["--no-config", "--fix", "--unsafe-fixes", "--diff", "."], None).1;
        assert_eq!(again, "", "{} is not done after --fix", case.display());
    }
}

const TASK: &str = r#"{
  "family": "web",
  "executionRoleArn": "arn:aws:iam::123456789012:role/exec",
  "containerDefinitions": [
    {
      "name": "web",
      "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1",
      "repositoryCredentials": {
        "credentialsParameter": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub-AbCdEf"
      },
      "essential": true
    }
  ]
}
"#;

fn mended_task() -> String {
    let lines: Vec<&str> = TASK.lines().collect();
    [&lines[..7], &lines[10..]].concat().join("\n") + "\n"
}

#[test]
fn files_are_mended_in_place_or_only_shown() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("task.json");
    fs::write(&file, TASK).unwrap();
    let (status, stdout, stderr) = run(directory.path(), &["--fix", "--diff", "task.json"], None);
    assert_eq!(status, 1, "{stderr}");
    assert!(stdout.starts_with("--- task.json\n+++ task.json\n@@ "), "{stdout}");
    assert_eq!(stdout.lines().filter(|line| line.starts_with('-') && !line.starts_with("---")).count(), 3);
    assert_eq!(fs::read_to_string(&file).unwrap(), TASK);
    let (status, stdout, stderr) = run(directory.path(), &["--fix", "."], None);
    assert_eq!((status, stdout.as_str()), (0, ""), "{stderr}");
    assert!(
        stderr.contains("1 finding mended in 1 file\n  task.json: 1 × registry-credentials-on-ecr-image\n"),
        "{stderr}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), mended_task());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    let (status, stdout, _) = run(directory.path(), &["--fix", "--diff"], None);
    assert_eq!((status, stdout.as_str()), (0, ""));
}

#[test]
fn standard_input_is_mended_on_standard_output() {
    let directory = TempDir::new().unwrap();
    let misspelt = |text: &str| text.replace("\"image\"", "\"Image\"");
    let broken = misspelt(TASK);
    for (text, mended, status) in [(TASK, mended_task(), 0), (broken.as_str(), misspelt(&mended_task()), 1)] {
        let (code, stdout, stderr) = run(directory.path(), &["--fix", "--stdin-filename", "t.json", "-"], Some(text));
        assert_eq!((code, stdout), (status, mended), "{stderr}");
        assert_eq!(stderr.contains("wrong-letter-case"), status == 1, "{stderr}");
    }
}

#[test]
fn what_is_not_ours_comes_back_from_standard_input_as_it_is() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("ecs-lint.toml"), "exclude = [\"gen/**\"]\n").unwrap();
    for name in ["gen/t.json", "other.txt"] {
        let args = ["--fix", "--quiet", "--force-exclude", "--ignore-unknown", "--stdin-filename", name, "-"];
        let text = if name == "other.txt" { "plain\n" } else { TASK };
        let (_, stdout, stderr) = run(directory.path(), &args, Some(text));
        assert_eq!(stdout, text, "{stderr}");
    }
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay_and_read_only_files_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("task.json");
    fs::write(&file, TASK).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("task.json", directory.path().join("link.json")).unwrap();
    let (status, _, stderr) = run(directory.path(), &["--fix", "link.json"], None);
    assert_eq!(status, 0, "{stderr}");
    assert!(fs::symlink_metadata(directory.path().join("link.json")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(&file).unwrap(), mended_task());
    fs::write(&file, TASK).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
    let (status, _, stderr) = run(directory.path(), &["--fix", "task.json"], None);
    assert_eq!(status, 2);
    assert!(stderr.contains("`task.json` is not mended: it is read-only"), "{stderr}");
    assert_eq!(fs::read_to_string(&file).unwrap(), TASK);
}

#[test]
fn what_the_baseline_accepts_is_left_alone() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("task.json"), TASK).unwrap();
    run(directory.path(), &["--write-baseline", "base.json", "task.json"], None);
    let (status, _, stderr) = run(directory.path(), &["--baseline", "base.json", "--fix", "task.json"], None);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(fs::read_to_string(directory.path().join("task.json")).unwrap(), TASK);
}

#[test]
fn a_fix_that_brings_another_finding_is_refused() {
    let directory = TempDir::new().unwrap();
    // The role may read parameters: `Ref` of the secret alone would only bring `secret-permission-missing`.
    let text = "Resources:\n  Db:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n      Name: db\n  \
        Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n          \
        - Effect: Allow\n            Principal: {Service: ecs-tasks.amazonaws.com}\n            Action: sts:AssumeRole\n      \
        Policies:\n        - PolicyName: p\n          PolicyDocument:\n            Statement:\n              \
        - Effect: Allow\n                Action: ssm:GetParameters\n                Resource: '*'\n  \
        Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ExecutionRoleArn: !GetAtt Role.Arn\n      \
        ContainerDefinitions:\n        - Name: web\n          Image: nginx\n          Secrets:\n            \
        - Name: P\n              ValueFrom: db\n";
    let args = ["--fix", "--unsafe-fixes", "--stdin-filename", "t.yaml", "-"];
    let (_, stdout, stderr) = run(directory.path(), &args, Some(text));
    assert_eq!(stdout, text);
    assert!(stderr.contains("secret-name-instead-of-arn: the fix"), "{stderr}");
}

#[test]
fn a_diff_shows_no_credential() {
    let directory = TempDir::new().unwrap();
    let text = TASK.replace(
        "\"essential\": true",
        "\"environment\": [{\"name\": \"ECS_ENGINE_AUTH_DATA\", \"value\": \"{\\\"r\\\":{\\\"username\\\":\\\"u\\\",\\\"password\\\":\\\"not-a-real-password\\\"}}\"}]",
    );
    fs::write(directory.path().join("task.json"), text).unwrap();
    let (status, stdout, stderr) = run(directory.path(), &["--fix", "--diff", "task.json"], None);
    assert_eq!(status, 1, "{stderr}");
    assert!(stdout.contains("***") && !stdout.contains("not-a-real-password"), "{stdout}");
}

/// What is masked in a diff cannot be reviewed, nor applied: a reference to a secret is none, and neither is what follows it.
#[test]
fn a_diff_shows_references_as_they_are() {
    let directory = TempDir::new().unwrap();
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf";
    for value in [
        format!("{{{{resolve:secretsmanager:{arn}:SecretString:password:AWSCURRENT}}}}"),
        format!("{arn}:password:AWSCURRENT"),
    ] {
        let text = TASK
            .replace("\"essential\": true", &format!("\"secrets\": [{{\"name\": \"P\", \"valueFrom\": \"{value}\"}}]"));
        fs::write(directory.path().join("task.json"), text).unwrap();
        for args in [&["--fix", "--unsafe-fixes", "--diff", "task.json"][..], &["--format", "json", "task.json"]] {
            let (_, stdout, stderr) = run(directory.path(), args, None);
            assert!(
                !stdout.contains("***") && stdout.contains(&format!("{arn}:password:AWSCURRENT")),
                "{stdout}{stderr}"
            );
        }
    }
}

/// A login that stands where a reference is due is copied nowhere, and neither is the default of a parameter that hides it.
#[test]
fn no_fix_repeats_a_credential() {
    let directory = TempDir::new().unwrap();
    for value in ["user:Not-a-Real-1", "https://u:Not-a-Real-1@registry.example.com", "!Ref P"] {
        let text = format!(
            "Parameters:\n  P:\n    Type: String\n    NoEcho: true\n    Default: Not-a-Real-1\nResources:\n  Role:\n    Type: AWS::IAM::Role\n    \
             Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n          - Effect: Allow\n            \
             Principal: {{Service: ecs-tasks.amazonaws.com}}\n            Action: sts:AssumeRole\n  Task:\n    \
             Type: AWS::ECS::TaskDefinition\n    Properties:\n      ExecutionRoleArn: !GetAtt Role.Arn\n      ContainerDefinitions:\n        \
             - Name: web\n          Image: nginx\n          Secrets:\n            - Name: P\n              ValueFrom: {value}\n"
        );
        let args = ["--fix", "--unsafe-fixes", "--stdin-filename", "t.yaml", "-"];
        let (_, stdout, stderr) = run(directory.path(), &args, Some(&text));
        assert_eq!(stdout.matches("Not-a-Real-1").count(), text.matches("Not-a-Real-1").count(), "{stdout}");
        assert!(!stderr.contains("Not-a-Real"), "{stderr}");
        for format in ["text", "json", "sarif"] {
            let args = ["--format", format, "--stdin-filename", "t.yaml", "-"];
            let (_, stdout, stderr) = run(directory.path(), &args, Some(&text));
            assert!(!format!("{stdout}{stderr}").contains("Not-a-Real"), "{stdout}");
        }
    }
}

/// A task definition in every notation of files: line ends, byte order mark, no line end at the end.
#[test]
fn a_file_keeps_its_line_ends_and_its_byte_order_mark() {
    for (mark, newline, end) in [("", "\r\n", "\r\n"), ("\u{feff}", "\n", ""), ("\u{feff}", "\r\n", "")] {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("task.json");
        let written = |text: &str| format!("{mark}{}{end}", text.trim_end().replace('\n', newline));
        fs::write(&file, written(TASK)).unwrap();
        let (status, _, stderr) = run(directory.path(), &["--fix", "task.json"], None);
        assert_eq!(status, 0, "{stderr}");
        assert_eq!(fs::read_to_string(&file).unwrap(), written(&mended_task()));
        let (_, stdout, _) = run(directory.path(), &["--fix", "-"], Some(&written(TASK)));
        assert_eq!(stdout, written(&mended_task()));
    }
}

const SCRIPT: &str = "#!/bin/bash\n# ecs-lint: ignore[registry-login-in-user-data] not any more\n\
    echo \"ECS_CLUSTER=shop\" >> /etc/ecs/ecs.config # ecs-lint: ignore[plaintext-engine-auth-data, engine-auth-malformed]\n\
    PASSWORD=$(aws ssm get-parameter --name /p --with-decryption --query Parameter.Value --output text)\n\
    echo \"ECS_ENGINE_AUTH_DATA={\\\"registry.corp.internal\\\":{\\\"username\\\":\\\"u\\\",\\\"password\\\":\\\"$PASSWORD\\\"}}\" >> /etc/ecs/ecs.config\n";

/// A launch script has no syntax tree, and is mended all the same: its suppressions safely, the agent's settings if asked for.
#[test]
fn launch_scripts_are_mended_too() {
    for newline in ["\n", "\r\n"] {
        let directory = TempDir::new().unwrap();
        let text = SCRIPT.replace('\n', newline);
        let fix = |args: &[&str]| {
            run(directory.path(), &[args, &["--stdin-filename", "user-data.sh", "-"]].concat(), Some(&text)).1
        };
        let lines: Vec<&str> = SCRIPT.lines().collect();
        let cluster = "echo \"ECS_CLUSTER=shop\" >> /etc/ecs/ecs.config";
        let safe = [lines[0], cluster, lines[3], lines[4], ""].join(newline);
        assert_eq!(fix(&["--fix"]), safe);
        let data_type = "echo ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config";
        assert_eq!(
            fix(&["--fix", "--unsafe-fixes"]),
            [lines[0], cluster, lines[3], data_type, lines[4], ""].join(newline)
        );
    }
}

/// What a file is refused for that was changed between reading and writing is told by `cli::fix`; here, that nothing is lost when
/// many files are mended at once and one of them cannot be.
#[cfg(unix)]
#[test]
fn one_file_that_cannot_be_written_costs_no_other() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    for name in ["a.json", "b.json", "c.json"] {
        fs::write(directory.path().join(name), TASK).unwrap();
    }
    fs::set_permissions(directory.path().join("b.json"), fs::Permissions::from_mode(0o444)).unwrap();
    let (status, stdout, stderr) = run(directory.path(), &["--fix", "--format", "concise", "."], None);
    assert_eq!(status, 2);
    assert!(stderr.contains("2 findings mended in 2 files") && stderr.contains("`b.json` is not mended"), "{stderr}");
    assert!(stdout.starts_with("b.json:9:"), "{stdout}");
    for (name, text) in [("a.json", mended_task()), ("b.json", TASK.to_owned()), ("c.json", mended_task())] {
        assert_eq!(fs::read_to_string(directory.path().join(name)).unwrap(), text, "{name}");
    }
}
