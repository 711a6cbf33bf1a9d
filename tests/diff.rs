//! `--diff BASE`, in repositories of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

fn git(directory: &Path, args: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"])
        .args(["-c", "init.defaultBranch=main", "-c", "core.autocrlf=false"])
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A repository with these files in its first commit.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    git(directory.path(), &["init", "--quiet"]);
    for (name, text) in files {
        write(directory.path(), name, text);
    }
    git(directory.path(), &["add", "--all"]);
    git(directory.path(), &["commit", "--quiet", "--message", "first"]);
    directory
}

fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-lint"))
        .args(args)
        .current_dir(directory)
        .env_remove("GIT_DIR")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The findings since a commit, without what is said of them.
fn since(directory: &Path, base: &str) -> Vec<String> {
    let (_, stdout, stderr) = run(directory, &["--diff", base, "--format", "concise", "."]);
    assert!(!stderr.contains("error:"), "{stderr}");
    stdout.lines().map(|line| line.split(']').next().unwrap().to_owned() + "]").collect()
}

fn task(name: &str, image: &str) -> String {
    format!(
        "  {name}:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      RequiresCompatibilities: [EC2]\n      \
         ContainerDefinitions:\n        - Name: {name}\n          Image: {image}\n          Memory: 128\n"
    )
}

fn template(tasks: &[(&str, &str)]) -> String {
    tasks.iter().fold("Resources:\n".to_owned(), |text, (name, image)| text + &task(name, image))
}

#[test]
fn only_what_changed_is_reported() {
    let old = template(&[("One", "acme/one:1"), ("Two", "acme/two:1")]);
    let repository = repository(&[("a.yaml", &old), ("b.yaml", &old)]);
    let directory = repository.path();
    assert!(since(directory, "HEAD").is_empty());
    // Text that moves is no change of what stands there; a line in the resource is.
    write(directory, "a.yaml", &format!("# A comment.\n{}", old.replace("Memory: 128\n  Two", "Memory: 256\n  Two")));
    assert_eq!(since(directory, "HEAD"), ["a.yaml:9:18: warning[registry-credentials-missing]"]);
    // What was taken out within a resource counts too, and a file that git does not know yet is new as a whole.
    write(directory, "a.yaml", &old.replacen("      RequiresCompatibilities: [EC2]\n", "", 1));
    write(directory, "c.yaml", &template(&[("Three", "acme/three:1")]));
    assert_eq!(
        since(directory, "HEAD"),
        ["a.yaml:7:18: warning[registry-credentials-missing]", "c.yaml:8:18: warning[registry-credentials-missing]"]
    );
    git(directory, &["mv", "b.yaml", "moved.yaml"]);
    git(directory, &["checkout", "--quiet", "a.yaml"]);
    assert_eq!(since(directory, "HEAD"), ["c.yaml:8:18: warning[registry-credentials-missing]"]);
    let (status, _, stderr) = run(directory, &["--diff", "HEAD", "a.yaml"]);
    assert_eq!(status, 0);
    assert!(stderr.contains("2 findings from before `HEAD` not shown"), "{stderr}");
}

#[test]
fn a_change_elsewhere_is_named() {
    let role = "  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement: \
                {Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}\n      Policies:\n        - \
                PolicyName: p\n          PolicyDocument:\n            Statement:\n              Effect: Allow\n              \
                Action: secretsmanager:GetSecretValue\n              Resource: !Ref Secret\n";
    let rest = "  Secret:\n    Type: AWS::SecretsManager::Secret\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      \
                ExecutionRoleArn: !GetAtt Role.Arn\n      ContainerDefinitions:\n        - Name: web\n          Image: \
                111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1\n          Secrets:\n            - {Name: A, ValueFrom: !Ref Secret}\n";
    let text = format!("Resources:\n{role}{rest}");
    let repository = repository(&[("stack.yaml", &text)]);
    let directory = repository.path();
    assert!(since(directory, "HEAD").is_empty());
    write(directory, "stack.yaml", &text.replace("GetSecretValue", "DescribeSecret"));
    let (status, stdout, _) = run(directory, &["--diff", "HEAD", "--select", "secret-permission-missing", "."]);
    assert_eq!(status, 1, "{stdout}");
    assert!(stdout.contains("new since `HEAD`: it comes from the change"), "{stdout}");
    // Every format says it, those too that have no room for the other notes.
    for format in ["concise", "github", "gitlab", "junit", "checkstyle", "rdjson", "sarif", "markdown"] {
        let (_, stdout, _) = run(directory, &["--diff", "HEAD", "--format", format, "."]);
        assert!(stdout.contains("new since `HEAD`: it comes from the change"), "{format}: {stdout}");
    }
}

#[test]
fn a_policy_of_the_configuration_changes_what_a_task_may_do() {
    let allowed = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#;
    let configuration = "[context]\naccount = \"111122223333\"\nregion = \"eu-west-1\"\n[[context.roles]]\narn = \
                         \"arn:aws:iam::111122223333:role/web\"\npolicies = [\"policies/web.json\"]\n";
    let task = r#"{"family": "web", "executionRoleArn": "arn:aws:iam::111122223333:role/web", "containerDefinitions": [{"name": "web",
        "image": "public.ecr.aws/nginx/nginx:1", "secrets": [{"name": "A", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf"}]}]}"#;
    let repository =
        repository(&[("ecs-lint.toml", configuration), ("policies/web.json", allowed), ("web.json", task)]);
    let directory = repository.path();
    assert!(since(directory, "HEAD").is_empty());
    write(directory, "policies/web.json", &allowed.replace("GetSecretValue", "DescribeSecret"));
    let (status, stdout, _) = run(directory, &["--diff", "HEAD", "."]);
    assert_eq!(status, 1, "{stdout}");
    assert!(stdout.contains("error[secret-permission-missing]"), "{stdout}");
    assert!(
        stdout.contains("new since `HEAD`: it comes from the change") && stdout.contains("policies/web.json"),
        "{stdout}"
    );
}

#[test]
fn a_branch_is_compared_with_where_it_was_left() {
    let repository = repository(&[("a.yaml", &template(&[("One", "acme/one:1")]))]);
    let directory = repository.path();
    git(directory, &["checkout", "--quiet", "-b", "topic"]);
    write(directory, "b.yaml", &template(&[("Two", "acme/two:1")]));
    git(directory, &["add", "--all"]);
    git(directory, &["commit", "--quiet", "--message", "topic"]);
    git(directory, &["checkout", "--quiet", "main"]);
    // What happens on the base meanwhile is no change of the branch.
    write(directory, "a.yaml", &template(&[("One", "acme/one:2")]));
    git(directory, &["commit", "--quiet", "--all", "--message", "main"]);
    git(directory, &["checkout", "--quiet", "topic"]);
    assert_eq!(since(directory, "main"), ["b.yaml:8:18: warning[registry-credentials-missing]"]);
}

#[test]
fn what_git_cannot_tell_is_one_sentence() {
    let repository = repository(&[("a.yaml", &template(&[("One", "acme/one:1")]))]);
    let one_sentence = |directory: &Path, base: &str, words: &str| {
        let (status, stdout, stderr) = run(directory, &[&format!("--diff={base}"), "."]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.lines().count() == 1 && stderr.contains(words), "{stderr}");
    };
    one_sentence(repository.path(), "no-such-branch", "there is no commit `no-such-branch`");
    one_sentence(repository.path(), "--output=x", "there is no commit `--output=x`");
    let outside = TempDir::new().unwrap();
    write(outside.path(), "a.yaml", "Resources: {}\n");
    one_sentence(outside.path(), "HEAD", "is in no git work tree");
    // A shallow clone has what was fetched, and says so where that is not enough.
    git(repository.path(), &["commit", "--quiet", "--allow-empty", "--message", "second"]);
    let clone = outside.path().join("clone");
    let source = format!("file://{}", repository.path().display());
    git(outside.path(), &["clone", "--quiet", "--depth=1", &source, clone.to_str().unwrap()]);
    one_sentence(&clone, "HEAD~1", "in this shallow clone");
    git(&clone, &["fetch", "--quiet", "--depth=2", "origin"]);
    assert!(since(&clone, "HEAD~1").is_empty());
}

#[test]
fn a_submodule_changes_with_its_commit() {
    let module = repository(&[("s.yaml", &template(&[("One", "acme/one:1")]))]);
    let repository = repository(&[("a.yaml", "Resources: {}\n")]);
    let directory = repository.path();
    let source = module.path().to_str().unwrap();
    git(directory, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", source, "module"]);
    git(directory, &["commit", "--quiet", "--message", "module"]);
    assert!(since(directory, "HEAD").is_empty());
    assert_eq!(since(directory, "HEAD~1"), ["module/s.yaml:8:18: warning[registry-credentials-missing]"]);
}

#[test]
fn where_branches_do_not_meet_in_the_clone_that_is_said() {
    let origin = repository(&[("a.yaml", &template(&[("One", "acme/one:1")]))]);
    git(origin.path(), &["checkout", "--quiet", "--orphan", "topic"]);
    git(origin.path(), &["commit", "--quiet", "--message", "topic"]);
    let (status, _, stderr) = run(origin.path(), &["--diff", "main", "."]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stderr.contains("warning: where this branch left `main` is not in this clone"), "{stderr}");
}
