//! The command as a user runs it. `UPDATE_EXPECT=1 cargo test --test policy` writes the files in `tests/policy/cases` anew.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policy/cases");

/// What each run is told, and the file with what it says.
const RUNS: [(&[&str], &str); 10] = [
    (&["fargate.json", "--region", "eu-west-1"], "fargate"),
    (&["holes.json"], "holes"),
    (&["china-ec2.json", "--format", "yaml"], "china-ec2"),
    (&["template.yaml", "--task", "Web"], "template"),
    (&["template.yaml", "--task", "Worker", "--task", "Web", "--quiet"], "template-both"),
    (&["template.yaml", "--task", "Worker", "--format", "json"], "template-json"),
    (&["template.yaml", "--task", "Either"], "template-either"),
    (&["../../../fixtures/cfn-forms/template.yaml", "--task", "FargateTask"], "cfn-forms"),
    (&["../../../fixtures/permissions/bad-key-policy-without-iam.template.json"], "key-policy"),
    (&["../../../fixtures/shapes/containers.json"], "containers"),
];

/// Exit status, standard output, standard error.
fn run(directory: &Path, args: &[&str], stdin: Option<&str>) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-lint"));
    command.arg("policy").args(args).current_dir(directory).stdin(Stdio::null());
    let mut command = assert_cmd::Command::from_std(command);
    let output = match stdin {
        Some(text) => command.write_stdin(text),
        None => &mut command,
    };
    let output = output.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_policies_are_as_expected() {
    let mut wrong = String::new();
    for (args, name) in RUNS {
        let (status, stdout, stderr) = run(Path::new(CASES), &[args, &["--no-config"]].concat(), None);
        let shown = format!("$ ecs-lint policy {}\nexit status {status}\n\n{stderr}\n{stdout}", args.join(" "));
        let path = Path::new(CASES).join(format!("{name}.expected"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, shown).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != shown {
            let _ = write!(wrong, "{} is another now:\n{shown}", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const TASK: &str = r#"{"family": "web", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [
  {"name": "web", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1", "secrets": [{"name": "A", "valueFrom": "/a"}]}]}"#;

#[test]
fn bad_input_is_told_in_a_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    std::fs::create_dir(root.join("infra")).unwrap();
    for (name, text) in [
        ("foreign.json", r#"{"name": "web", "private": true}"#),
        ("broken.json", r#"{"family": "web", "containerDefinitions": [}"#),
        ("bucket.yaml", "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"),
        ("task.json", TASK),
    ] {
        std::fs::write(root.join(name), text).unwrap();
    }
    for (args, expected) in [
        (&["infra"][..], "error: `infra` is a directory: name the file that has the task definition\n"),
        (&["missing.json"], "error: `missing.json` does not exist\n"),
        (&["foreign.json"], "error: `foreign.json` is neither an ECS task definition nor a CloudFormation template\n"),
        (&["bucket.yaml"], "error: `bucket.yaml` has no task definition in it\n"),
        (&["broken.json"], "error[syntax-error]: cannot be parsed"),
        (
            &["task.json", "--task", "api"],
            "error: `task.json` has no task definition `api`; it has:\n  web  (line 1)\n",
        ),
        (
            &["task.json", "--account", "12"],
            "error: invalid value '12' for '--account <ID>': an account has twelve digits",
        ),
        (&["task.json", "--region", "Ireland"], "error: invalid value 'Ireland' for '--region <REGION>'"),
        (&["task.json", "--parameters", "none.json"], "error: "),
        (&[], "error: the following required arguments were not provided"),
    ] {
        let (status, stdout, stderr) = run(root, args, None);
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(stderr.starts_with(expected), "{args:?}: {stderr}");
    }
}

#[test]
fn standard_input_the_settings_and_the_options_count() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let parameter = |text: &str| {
        let policy: serde_json::Value = serde_json::from_str(text).unwrap();
        policy["Statement"][2]["Resource"].as_str().unwrap().to_owned()
    };
    let (status, stdout, stderr) = run(root, &["-", "--stdin-filename", "task.json", "--quiet"], Some(TASK));
    assert_eq!((status, parameter(&stdout).as_str()), (1, "arn:aws:ssm:<region>:<account>:parameter/a"));
    assert!(stderr.lines().all(|line| line.starts_with("warning: to be filled in: `<")), "{stderr}");

    std::fs::write(root.join("ecs-lint.toml"), "[context]\naccount = \"111122223333\"\nregion = \"cn-north-1\"\n")
        .unwrap();
    for (options, expected) in [
        (&[][..], "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/a"),
        (&["--region", "eu-west-1"], "arn:aws:ssm:eu-west-1:111122223333:parameter/a"),
        (&["--account", "444455556666"], "arn:aws-cn:ssm:cn-north-1:444455556666:parameter/a"),
    ] {
        let (status, stdout, stderr) = run(root, &[&["-"], options].concat(), Some(TASK));
        assert_eq!((status, parameter(&stdout).as_str()), (0, expected), "{stderr}");
    }
    let (status, ..) = run(root, &["-", "--no-config"], Some(TASK));
    assert_eq!(status, 1);
    let public = r#"{"family": "web", "containerDefinitions": [{"name": "web", "image": "nginx:1"}]}"#;
    let (status, stdout, stderr) = run(root, &["-"], Some(public));
    assert_eq!((status, stdout.as_str()), (0, ""), "{stderr}");
}

/// What stands where a reference is due is no name, and not repeated.
#[test]
fn a_credential_in_the_place_of_a_reference_is_not_printed() {
    let directory = tempfile::tempdir().unwrap();
    for (credentials, value) in [
        ("https://u:Not-a-Real-1@registry.example.com", "https://u:Not-a-Real-1@registry.example.com"),
        ("pass word Not-a-Real-1", "user:Not-a-Real-1"),
        ("u:Not-a-Real-1", "Not-a-Real-1:x::"),
    ] {
        let task = format!(
            r#"{{"family": "web", "containerDefinitions": [{{"name": "web", "image": "r.example.com/x:1",
              "repositoryCredentials": {{"credentialsParameter": "{credentials}"}}, "secrets": [{{"name": "A", "valueFrom": "{value}"}}]}}]}}"#
        );
        for format in ["json", "yaml"] {
            let (_, stdout, stderr) = run(directory.path(), &["-", "--no-config", "--format", format], Some(&task));
            assert!(!format!("{stdout}{stderr}").contains("Not-a-Real"), "{stdout}{stderr}");
            assert!(stderr.contains("not in the policy"), "{stderr}");
        }
    }
    let template = "Parameters:\n  P:\n    Type: String\n    NoEcho: true\n    Default: Not-a-Real-1\nResources:\n  Task:\n    \
        Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n        - Name: web\n          Image: nginx\n          \
        RepositoryCredentials:\n            CredentialsParameter: !Ref P\n          Secrets:\n            - Name: A\n              ValueFrom: !Ref P\n";
    let args = ["-", "--no-config", "--stdin-filename", "t.yaml"];
    let (_, stdout, stderr) = run(directory.path(), &args, Some(template));
    assert!(!format!("{stdout}{stderr}").contains("Not-a-Real"), "{stdout}{stderr}");
}
