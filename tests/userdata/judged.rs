//! Texts that are easily misjudged, each with all that must be said about it.

use crate::lint;

const PLAINTEXT: &str = "plaintext-engine-auth-data";
const LOGIN: &str = "registry-login-in-user-data";

/// The rules that speak of the text as the file of that name, each once.
fn rules(name: &str, text: &str) -> Vec<&'static str> {
    let mut rules: Vec<_> = lint(name, text).diagnostics.iter().map(|found| found.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Judges each text in a frame; what is wrong with the judgement.
fn judge(name: &str, frame: impl Fn(&str) -> String, cases: &[(&str, &[&str])]) {
    let judged = cases.iter().map(|(text, expected)| (text, expected, rules(name, &frame(text))));
    let wrong: Vec<String> = judged
        .filter(|(_, expected, found)| *expected != found)
        .map(|(text, expected, found)| format!("{text}\n  expected {expected:?}, got {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn powershell(script: &str) -> String {
    format!("<powershell>\n{script}\n</powershell>\n")
}

#[test]
fn powershell_commands_are_no_values() {
    let values = [
        "aws secretsmanager get-secret-value --secret-id x --query SecretString --output text",
        "& aws ssm get-parameter --name x",
        "(aws ssm get-parameter --name x --query Parameter.Value)",
        "$(aws ssm get-parameter --name x)",
        "(Get-SSMParameter -Name x).Value",
        "(ConvertFrom-Json (aws secretsmanager get-secret-value --secret-id x | Out-String)).SecretString",
        "[System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String($enc))",
        "type C:\\pw.txt",
        "cat C:\\pw.txt",
        "curl.exe -s https://vault.example.com/x",
        "$json.registries.'r.corp.internal'.password",
        "$secret[\"password\"]",
        "'C:\\pw.txt' | Get-Content",
        "@{ a = 'b' }.a",
        "$null",
    ];
    for value in values {
        let frames: [&dyn Fn(&str) -> String; 4] = [
            &|value| powershell(&format!("$pw = {value}\ndocker login -u x -p $pw r.corp.internal")),
            &|value| powershell(&format!("docker login -u x -p $({value}) r.corp.internal")),
            &|value| powershell(&format!("$env:ECS_ENGINE_AUTH_TYPE = 'docker'\n$env:ECS_ENGINE_AUTH_DATA = {value}")),
            &|value| {
                powershell(&format!(
                    "$env:ECS_ENGINE_AUTH_TYPE = 'docker'\n$d = '{{\"r\":{{\"password\":\"' + ({value}) + '\"}}}}'\n[Environment]::SetEnvironmentVariable(\n  'ECS_ENGINE_AUTH_DATA',\n  $d, 'Machine')"
                ))
            },
        ];
        for frame in frames {
            judge("user-data.ps1", frame, &[(value, &[])]);
        }
    }
}

#[test]
fn powershell_expressions_pipes_and_files() {
    judge(
        "user-data.ps1",
        powershell,
        &[
            ("docker login -u x -p (aws ssm get-parameter --name x) r", &[]),
            ("docker login -u x -p (Get-SSMParameter -Name x).Value r", &[]),
            (
                "$d = @{ \"r\" = @{ password = $pw } } | ConvertTo-Json -Compress\n$env:ECS_ENGINE_AUTH_TYPE = 'docker'\n$env:ECS_ENGINE_AUTH_DATA = $d",
                &[],
            ),
            (
                "$env:ECS_ENGINE_AUTH_TYPE = 'docker'\n$env:ECS_ENGINE_AUTH_DATA = '{{\"r\":{{\"password\":\"{0}\"}}}}' -f $pw",
                &[],
            ),
            (
                "$env:ECS_ENGINE_AUTH_TYPE = 'docker'\n$env:ECS_ENGINE_AUTH_DATA = '{{\"r\":{{\"password\":\"{0}\"}}}}' -f 'hunter2'",
                &[PLAINTEXT],
            ),
            ("[string]$pw = 'hun' + 'ter2'\ndocker login -u x --password=$pw r", &[LOGIN]),
            ("$pw = ('hunter2')\nif ($true) { & 'C:\\docker.exe' login -u x -p $pw r 2>&1 }", &[LOGIN]),
            ("'hunter2' | docker login -u x --password-stdin r", &[LOGIN]),
            ("echo hunter2 | docker login -u x --password-stdin r", &[LOGIN]),
            ("Write-Output 'hunter2' |\n  docker login -u x --password-stdin r", &[LOGIN]),
            ("Get-Content pw.txt | docker login -u x --password-stdin r", &[]),
            ("Invoke-Expression \"docker login -u x -p hunter2 r\"", &[LOGIN]),
            ("cmd /c \"docker login -u x -p hunter2 r\"", &[LOGIN]),
            ("Write-Host \"docker login -u x -p hunter2 r\"", &[]),
            ("'{\"auths\":{\"r\":{\"auth\":\"dTpodW50ZXIy\"}}}' | Set-Content C:\\x\\.docker\\config.json", &[LOGIN]),
            (
                "@'\n{\"auths\":{\"r\":{\"auth\":\"dTpodW50ZXIy\"}}}\n'@ | Out-File -Encoding ascii \"$env:USERPROFILE\\.docker\\config.json\"",
                &[LOGIN],
            ),
            (
                "Add-Content -Force -Path C:\\x\\.docker\\config.json -Value '{\"auths\":{\"r\":{\"auth\":\"dTpodW50ZXIy\"}}}'",
                &[LOGIN],
            ),
            ("'{\"auths\":{\"r\":{\"auth\":\"dTpodW50ZXIy\"}}}' > C:\\x\\.docker\\config.json", &[LOGIN]),
        ],
    );
    let batch = |script: &str| format!("<script>\n{script}\n</script>\n");
    judge(
        "user-data.cmd",
        batch,
        &[
            ("set PW=hunter2\ndocker login -u x -p %PW% r", &[LOGIN]),
            ("@set \"pw=hunter2\"\ndocker login -u x -p %PW% r", &[LOGIN]),
            ("set /p PW=<C:\\pw.txt\ndocker login -u x -p %PW% r", &[]),
            ("rem docker login -u x -p hunter2\n:: docker login -u x -p hunter2", &[]),
        ],
    );
}

#[test]
fn strings_of_other_languages_with_something_between_them() {
    let python = |line: &str| format!("#!/usr/bin/env python3\n{line}\n");
    judge(
        "user-data",
        python,
        &[
            (r#"f.write('ECS_ENGINE_AUTH_DATA={"r":{"username":"x","password":"' + pw + '"}}')"#, &[]),
            (r#"f.write('ECS_ENGINE_AUTH_DATA={"r":{"username":"x","password":"hunter2"}}')"#, &[PLAINTEXT]),
            (
                r#"f.write('ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={"r":{"password":"hunter2"}}\n')"#,
                &[PLAINTEXT],
            ),
            (r#"f.write('MY_ECS_ENGINE_AUTH_DATA={"r":{"password":"hunter2"}}')"#, &[]),
            (r#"print F "ECS_ENGINE_AUTH_DATA={\"r\":{\"password\":\"" . $pw . "\"}}";"#, &[]),
            (r#"print F "ECS_ENGINE_AUTH_DATA={\"r\":{\"password\":\"hunter2\"}}";"#, &[PLAINTEXT]),
            (r#"f.write(f'ECS_ENGINE_AUTH_DATA={{"r":{{"password":"{pw}"}}}}')"#, &[]),
            (r#"f.write('ECS_ENGINE_AUTH_DATA={{"r":{{"password":"{}"}}}}'.format(pw))"#, &[]),
            (r#"f.write('ECS_ENGINE_AUTH_DATA={"r":{"auth":"%(auth)s"}}' % d)"#, &[]),
            ("env = {'ECS_ENGINE_AUTH_DATA': {'r': {'password': pw}}}", &[]),
            ("env = {'ECS_ENGINE_AUTH_DATA': {'r': {'password': 'hunter2'}}}", &[PLAINTEXT]),
        ],
    );
    let filter = |command: &str| {
        format!(
            "#!/bin/sh\necho ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config\naws ssm get-parameter --name p | {command} >> /etc/ecs/ecs.config\n"
        )
    };
    judge(
        "user-data.sh",
        filter,
        &[
            (r#"awk '{print "ECS_ENGINE_AUTH_DATA={\"r\":{\"password\":\"" $1 "\"}}"}'"#, &[]),
            (r#"sed 's/^\(.*\)$/ECS_ENGINE_AUTH_DATA={"r":{"username":"x","password":"\1"}}/'"#, &[]),
            (r#"sed 's|.*|ECS_ENGINE_AUTH_DATA={"r":{"username":"x","password":"&"}}|'"#, &[]),
            (r#"sed 's|.*|ECS_ENGINE_AUTH_DATA={"r":{"username":"x","password":"hunter2"}}|'"#, &[PLAINTEXT]),
        ],
    );
}

#[test]
fn a_file_called_auth_json_is_not_always_that_of_a_registrys_client() {
    let written = |path: &str| {
        let (content, path) = path.split_once('|').unwrap();
        format!("#!/bin/sh\necho '{{{content}}}' > {path}\n")
    };
    judge(
        "user-data.sh",
        written,
        &[
            (r#""db":{"password":"hunter2"}|/etc/app/auth.json"#, &[]),
            (r#""auths":{"r":{"auth":"dTpodW50ZXIy"}}|/etc/app/auth.json"#, &[LOGIN]),
            (r#""auths":{"r":{"auth":"dTpodW50ZXIy"}}|/run/containers/0/auth.json"#, &[LOGIN]),
            (r#""r":{"auth":"dTpodW50ZXIy"}|/root/.config/containers/auth.json"#, &[LOGIN]),
        ],
    );
}

fn resource(kind: &str, body: &str) -> String {
    format!("Resources:\n  N:\n    Type: {kind}\n{body}\n")
}

#[test]
fn cfn_init_with_environment_and_values_for_templates() {
    let init = |body: &str| {
        resource(
            "AWS::EC2::Instance",
            &format!("    Metadata:\n      AWS::CloudFormation::Init:\n        config: {body}\n"),
        )
    };
    judge(
        "t.yaml",
        init,
        &[
            ("{commands: {a: {env: {PASS: hunter2}, command: docker login -u x -p $PASS r}}}", &[LOGIN]),
            (
                "{commands: {a: {env: {PASS: hunter2}, command: 'echo \"$PASS\" | docker login -u x --password-stdin r'}}}",
                &[LOGIN],
            ),
            ("{commands: {a: {env: {OTHER: hunter2}, command: docker login -u x -p $PASS r}}}", &[]),
            (
                "{files: {/etc/ecs/ecs.config: {content: \"ECS_ENGINE_AUTH_TYPE=docker\\nECS_ENGINE_AUTH_DATA={\\\"r\\\":{\\\"password\\\":\\\"{{pw}}\\\"}}\", context: {pw: hunter2}}}}",
                &[PLAINTEXT],
            ),
            (
                "{files: {/etc/ecs/ecs.config: {content: \"ECS_ENGINE_AUTH_TYPE=docker\\nECS_ENGINE_AUTH_DATA={\\\"r\\\":{\\\"password\\\":\\\"{{pw}}\\\"}}\", context: {other: hunter2}}}}",
                &[],
            ),
            ("{files: {/etc/app/auth.json: {content: {db: {password: hunter2}}}}}", &[]),
        ],
    );
}

#[test]
fn steps_of_documents_are_read_in_the_language_of_their_action() {
    let step = |lines: &str| {
        let lines = format!("                - {}\n", lines.replace('\n', "\n                - "));
        resource(
            "AWS::SSM::Document",
            &format!(
                "    Properties:\n      Content:\n        mainSteps:\n          - action: aws:runPowerShellScript\n            inputs:\n              runCommand:\n{lines}"
            ),
        )
    };
    let of_version_1_2 = |line: &str| {
        let content = format!(
            r#"{{\"runtimeConfig\":{{\"aws:runPowerShellScript\":{{\"properties\":[{{\"runCommand\":[\"{line}\"]}}]}}}}}}"#
        );
        resource("AWS::SSM::Document", &format!("    Properties:\n      Content: \"{content}\"\n"))
    };
    judge(
        "t.yaml",
        step,
        &[
            ("$pw = 'hunter2'\ndocker login -u x -p $pw r", &[LOGIN]),
            ("$pw = type C:\\pw.txt\ndocker login -u x -p $pw r", &[]),
            ("!Sub 'echo ${AWS::Region}'\n\"'hunter2' | docker login -u x --password-stdin r\"", &[LOGIN]),
        ],
    );
    judge("t.yaml", of_version_1_2, &[("$pw = 'hunter2'; docker login -u x -p $pw r", &[LOGIN])]);
}

#[test]
fn units_of_coreos() {
    let unit = |lines: &str| {
        let lines = format!("      {}\n", lines.replace('\n', "\n      "));
        format!("#cloud-config\ncoreos:\n  units:\n  - name: agent.service\n    content: |\n      [Service]\n{lines}")
    };
    judge(
        "user-data",
        unit,
        &[
            (
                "ExecStart=/usr/bin/docker run --env=ECS_ENGINE_AUTH_TYPE=docker \\\n  --env=ECS_ENGINE_AUTH_DATA='{\"r\":{\"password\":\"hunter2\"}}' agent",
                &[PLAINTEXT],
            ),
            ("Environment=PW=hunter2\nExecStartPre=-/usr/bin/docker login -u x -p ${PW} r", &[LOGIN]),
            ("EnvironmentFile=/etc/pw\nExecStartPre=/usr/bin/docker login -u x -p ${PW} r", &[]),
        ],
    );
}

/// A script that gives the agent credentials, in which `PASSWORD` is what the shell has as the password.
fn configured(script: &str) -> String {
    format!("#!/bin/bash\necho ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config\n{script}\n")
}

const FETCH: &str = "$(aws ssm get-parameter --name p --query Parameter.Value --output text)";

#[test]
fn what_a_script_computes_is_followed_through_its_own_commands() {
    let login = |before: &str| format!("#!/bin/bash\n{before}\ndocker login -u x -p \"$PW\" r.corp.internal\n");
    let literal: &[(&str, &[&str])] = &[
        ("PW=hunter2x", &[LOGIN]),
        ("PW=hunter; PW+=2x", &[LOGIN]),
        ("if prod; then PW=hunter2x; else PW=$(fetch); fi", &[LOGIN]),
        ("[ -n \"$A\" ] && PW=hunter2x || PW=$(fetch)", &[LOGIN]),
        ("case $A in a) PW=hunter2x;; *) PW=$(fetch);; esac", &[LOGIN]),
        ("for PW in hunter2x; do :; done", &[LOGIN]),
        ("secret() { echo hunter2x; }; PW=$(secret)", &[LOGIN]),
        ("f() { PW=$2; }; f a hunter2x", &[LOGIN]),
        ("f() { shift; PW=\"$*\"; }; f a hunter2x", &[LOGIN]),
        ("echo hunter2x > /root/pw; PW=$(cat /root/pw)", &[LOGIN]),
        ("echo hunter2x > /root/pw; PW=$(< /root/pw)", &[LOGIN]),
        ("echo hunter2x > /root/pw; read -r PW < /root/pw", &[LOGIN]),
        ("printf -v PW '%s%s' hunter 2x", &[LOGIN]),
        ("PW=$(echo aHVudGVyMng= | base64 -d)", &[LOGIN]),
        ("(( x = 1 << 2 ))\nPW=hunter2x", &[LOGIN]),
        ("PW=hunter2x; ( PW=$(fetch) )", &[LOGIN]),
        ("PW=hunter2x; f() { local PW=$(fetch); }; f", &[LOGIN]),
    ];
    let safe: &[(&str, &[&str])] = &[
        ("PW=none-yet; PW=$(fetch)", &[]),
        ("PW=none-yet; read -r PW < /run/secrets/pw", &[]),
        ("PW=none-yet; unset PW", &[]),
        ("PW=none-yet; mapfile PW < /run/secrets/pw", &[]),
        ("PW=none-yet; while [ \"$PW\" = none-yet ]; do PW=$(fetch) || sleep 1; done", &[]),
        ("PW=$(fetch); ( PW=inner-only )", &[]),
        ("PW=$(fetch); f() { local PW=only-here; }; f", &[]),
        ("secret() { echo fetching >&2; aws ssm get-parameter --name \"$1\"; }; PW=$(secret a)", &[]),
        ("PW=$(echo __PW__ | sed \"s/__PW__/$(fetch)/\")", &[]),
    ];
    for cases in [literal, safe] {
        judge("user-data.sh", login, cases);
    }
}

#[test]
fn what_a_script_writes_is_followed_through_groups_files_and_programs() {
    let data = |password: &str| {
        format!(
            "ECS_ENGINE_AUTH_DATA={{\\\"r.corp.internal\\\":{{\\\"username\\\":\\\"x\\\",\\\"password\\\":\\\"{password}\\\"}}}}"
        )
    };
    let (literal, fetched) = (data("hunter2x"), data("$P"));
    let forms: [&dyn Fn(&str) -> String; 8] = [
        &|line| format!("{{ echo A=1; echo \"{line}\"; }} | sudo tee -a /etc/ecs/ecs.config"),
        &|line| format!("( echo \"{line}\"; aws x ) | tee -a /etc/ecs/ecs.config"),
        &|line| format!("for l in \"A=1\" \"{line}\"; do echo \"$l\"; done >> /etc/ecs/ecs.config"),
        &|line| format!("sudo bash -c \"cat >> /etc/ecs/ecs.config\" <<EOF\n{}\nEOF", line.replace('\\', "")),
        &|line| {
            format!(
                "cat <<EOF | dd of=/etc/ecs/ecs.config\nECS_ENGINE_AUTH_TYPE=docker\n{}\nEOF",
                line.replace('\\', "")
            )
        },
        &|line| format!("conf() {{ echo \"$1\" >> /etc/ecs/ecs.config; }}\nconf \"{line}\""),
        &|line| format!("cloud-init-per once conf sh -c 'echo \"{line}\" >> /etc/ecs/ecs.config'"),
        &|line| format!("echo \"{line}\" > /tmp/x; cat /tmp/x >> /etc/ecs/ecs.config"),
    ];
    for form in forms {
        judge("user-data.sh", configured, &[(&form(&literal), &[PLAINTEXT])]);
        judge("user-data.sh", |script| configured(&format!("P={FETCH}\n{script}")), &[(&form(&fetched), &[])]);
    }
    judge(
        "user-data.sh",
        configured,
        &[
            // What `sed` puts in place of a stand-in counts, not the stand-in.
            (
                &format!(
                    "cat >> /etc/ecs/ecs.config <<'EOF'\n{}\nEOF\nsed -i \"s/__PW__/{FETCH}/\" /etc/ecs/ecs.config",
                    data("__PW__").replace('\\', "")
                ),
                &[],
            ),
            (
                &format!(
                    "cat >> /etc/ecs/ecs.config <<'EOF'\n{}\nEOF\nsed -i 's/__PW__/hunter2x/' /etc/ecs/ecs.config",
                    data("__PW__").replace('\\', "")
                ),
                &[PLAINTEXT],
            ),
            // `-e NAME` hands on what the environment has, and so does what is not known.
            (&format!("docker run -e ECS_ENGINE_AUTH_TYPE -e \"{fetched}\" amazon/amazon-ecs-agent"), &[]),
            ("OPTS='-u x -p hunter2x'; docker login $OPTS r.corp.internal", &[LOGIN]),
            (
                "A=$(printf '%s:%s' x hunter2x | base64 -w0); echo \"{\\\"auths\\\":{\\\"r\\\":{\\\"auth\\\":\\\"$A\\\"}}}\" > /root/.docker/config.json",
                &[LOGIN],
            ),
        ],
    );
}

#[test]
fn lines_of_the_agents_configuration_end_with_the_line() {
    const MALFORMED: &str = "engine-auth-malformed";
    judge(
        "ecs.config",
        str::to_owned,
        &[
            (
                "ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={\n  \"r\": {\"username\": \"x\", \"password\": \"hunter2x\"}\n}\n",
                &[MALFORMED, PLAINTEXT],
            ),
            (
                "ECS_ENGINE_AUTH_TYPE=docker # see the wiki\nECS_ENGINE_AUTH_DATA={\"r\":{\"password\":\"hunter2x\"}}\n",
                &[MALFORMED, PLAINTEXT],
            ),
            (
                "ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={\\\"r\\\":{\\\"password\\\":\\\"hunter2x\\\"}}\n",
                &[MALFORMED, PLAINTEXT],
            ),
            ("ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={}\n", &[]),
        ],
    );
}
