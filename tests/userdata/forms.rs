//! The forms, and the files that have them.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The credential that is planted. None of its parts is a word of a message.
pub const SECRET: &str = "Zq7vK2mXw9TrLp4J";

/// How the credential comes to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is written.
    Plaintext,
    /// `CloudFormation` fills it in.
    DeployTime,
    /// The instance fetches it.
    BootTime,
    /// There is none.
    Empty,
    /// The agent drops it.
    Malformed,
}

pub const STATES: [State; 5] = [State::Plaintext, State::DeployTime, State::BootTime, State::Empty, State::Malformed];

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::DeployTime => "deploy-time",
            Self::BootTime => "boot-time",
            Self::Empty => "empty",
            Self::Malformed => "malformed",
        }
    }

    /// The password, as an unquoted here-document or double quotes have it.
    fn password(self) -> &'static str {
        match self {
            Self::Plaintext => SECRET,
            Self::DeployTime => "${Password}",
            Self::BootTime | Self::Malformed => "$PASSWORD",
            Self::Empty => "",
        }
    }

    /// The agent's data.
    fn data(self) -> String {
        match self {
            Self::Malformed => r#"{"auths":{"registry.corp.internal":{"auth":"$PASSWORD"}}}"#.to_owned(),
            _ => format!(r#"{{"registry.corp.internal":{{"username":"deploy","password":"{}"}}}}"#, self.password()),
        }
    }

    fn config(self) -> String {
        format!("ECS_CLUSTER=shop\nECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={}\n", self.data())
    }
}

/// One form.
pub struct Form {
    pub name: &'static str,
    /// Whether the credential is for the agent; else for a registry's client.
    pub for_agent: bool,
    /// Name and text of a file that has it; `None` where the form has no such state.
    pub file: fn(State) -> Option<(String, String)>,
}

impl Form {
    pub fn rule(&self) -> &'static str {
        if self.for_agent { "plaintext-engine-auth-data" } else { "registry-login-in-user-data" }
    }
}

const FETCH: &str =
    "PASSWORD=$(aws ssm get-parameter --name /registry --with-decryption --query Parameter.Value --output text)\n";

/// A script that appends to the configuration with a here-document.
fn script(state: State) -> String {
    format!("#!/bin/bash\n{FETCH}cat <<EOF >> /etc/ecs/ecs.config\n{}EOF\n", state.config())
}

/// A template with that resource; every form gives an option.
#[expect(clippy::unnecessary_wraps, reason = "forms have no file in some states, and this is their last step")]
fn template(resources: &Value) -> Option<(String, String)> {
    let template = json!({
        "Parameters": { "Password": { "Type": "String", "NoEcho": true } },
        "Resources": resources,
    });
    Some(("template.json".to_owned(), serde_json::to_string_pretty(&template).unwrap()))
}

fn launch_template(user_data: &Value) -> Option<(String, String)> {
    let data = json!({ "LaunchTemplateData": { "UserData": user_data } });
    template(&json!({ "Nodes": { "Type": "AWS::EC2::LaunchTemplate", "Properties": data } }))
}

/// User data that `Fn::Base64` encodes.
fn encoded(script: &str) -> Option<(String, String)> {
    launch_template(&json!({ "Fn::Base64": { "Fn::Sub": script } }))
}

/// Nothing is filled in inside what is encoded already.
fn unless_at_deploy(state: State, file: impl FnOnce() -> Option<(String, String)>) -> Option<(String, String)> {
    if state == State::DeployTime { None } else { file() }
}

fn unless_malformed(state: State, file: impl FnOnce() -> Option<(String, String)>) -> Option<(String, String)> {
    if state == State::Malformed { None } else { file() }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Base64 in lines of 76 characters.
fn lines(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\n")
}

fn indented(text: &str, by: usize) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{:by$}{line}", "");
        all
    })
}

fn mime(parts: &[(&str, &str, &str)], boundary: &str) -> String {
    let mut message = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n");
    for (kind, encoding, body) in parts {
        let _ =
            write!(message, "--{boundary}\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{body}\n");
    }
    let _ = writeln!(message, "--{boundary}--");
    message
}

fn cloud_config_file(content: &str) -> String {
    format!("#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config\n    content: |\n{}", indented(content, 6))
}

fn cloud_config_encoded(encoding: &str, content: &str) -> String {
    format!(
        "#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config\n    encoding: {encoding}\n    content: {content}\n"
    )
}

fn init(config: &Value) -> Option<(String, String)> {
    template(&json!({ "Nodes": {
        "Type": "AWS::AutoScaling::LaunchConfiguration",
        "Metadata": { "AWS::CloudFormation::Init": { "config": config } },
        "Properties": {},
    } }))
}

/// In the words of a shell that fetched it, in a quoted here-document: nothing is put in.
fn literal_config(state: State) -> String {
    state.config()
}

/// Docker's configuration.
fn auths(state: State) -> String {
    let auth = match state {
        State::Plaintext => STANDARD.encode(format!("deploy:{SECRET}")),
        State::DeployTime => "${Password}".to_owned(),
        State::BootTime | State::Malformed => "$PASSWORD".to_owned(),
        State::Empty => String::new(),
    };
    format!(r#"{{"auths":{{"registry.corp.internal":{{"auth":"{auth}"}}}}}}"#)
}

const fn agent(name: &'static str, file: fn(State) -> Option<(String, String)>) -> Form {
    Form { name, for_agent: true, file }
}

const fn client(name: &'static str, file: fn(State) -> Option<(String, String)>) -> Form {
    Form { name, for_agent: false, file }
}

pub const FORMS: &[Form] = &[
    agent("shell: here-document", |state| encoded(&script(state))),
    agent("shell: quoted here-document", |state| {
        encoded(&format!("#!/bin/bash\ncat <<'EOF' >> /etc/ecs/ecs.config\n{}EOF\n", literal_config(state)))
    }),
    agent("shell: here-document with tabs", |state| {
        let tabbed = state.config().lines().fold(String::new(), |all, line| format!("{all}\t\t{line}\n"));
        encoded(&format!("#!/bin/bash\n{FETCH}\tcat <<-EOF >> /etc/ecs/ecs.config\n{tabbed}\tEOF\n"))
    }),
    agent("shell: echo in double quotes", |state| {
        let data = state.data().replace('"', "\\\"");
        encoded(&format!(
            "#!/bin/sh\n{FETCH}echo ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config\necho \"ECS_ENGINE_AUTH_DATA={data}\" >> /etc/ecs/ecs.config\n"
        ))
    }),
    agent("shell: echo in changing quotes", |state| {
        let data = state.data().replace("$PASSWORD", "'\"$PASSWORD\"'");
        encoded(&format!(
            "#!/bin/sh\n{FETCH}(echo ECS_ENGINE_AUTH_TYPE=docker; echo 'ECS_ENGINE_AUTH_DATA={data}') >> /etc/ecs/ecs.config\n"
        ))
    }),
    agent("shell: printf", |state| {
        let data = state.data().replace('"', "\\\"");
        encoded(&format!(
            "#!/bin/sh\n{FETCH}printf 'ECS_ENGINE_AUTH_TYPE=%s\\nECS_ENGINE_AUTH_DATA=%s\\n' docker \"{data}\" >> /etc/ecs/ecs.config\n"
        ))
    }),
    agent("shell: sudo tee", |state| {
        encoded(&format!(
            "#!/bin/sh\n{FETCH}cat <<EOF | sudo tee -a /etc/ecs/ecs.config > /dev/null\n{}EOF\n",
            state.config()
        ))
    }),
    agent("shell: two variables", |state| {
        let data = state.data().replace('"', "\\\"");
        encoded(&format!(
            "#!/bin/bash\n{FETCH}FIRST=\"{data}\"\nexport SECOND=${{!FIRST}}\n{{\n  echo ECS_ENGINE_AUTH_TYPE=docker\n  echo \"ECS_ENGINE_AUTH_DATA=$SECOND\"\n}} >> /etc/ecs/ecs.config\n"
        ))
    }),
    agent("shell: default of a variable", |state| {
        unless_at_deploy(state, || {
            unless_malformed(state, || {
                let password = if state == State::BootTime { "" } else { state.password() };
                let user_data = format!(
                    "#!/bin/bash\nPASS=${{PASS:-{password}}}\ncat <<EOF >> /etc/ecs/ecs.config\nECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={{\"registry.corp.internal\":{{\"username\":\"u\",\"password\":\"$PASS\"}}}}\nEOF\n"
                );
                launch_template(&json!({ "Fn::Base64": user_data }))
            })
        })
    }),
    agent("shell: continued lines", |state| {
        let data = state.data().replace('"', "\\\"");
        encoded(&format!(
            "#!/bin/sh\n{FETCH}echo \\\n  ECS_ENGINE_AUTH_TYPE=docker \\\n  >> /etc/ecs/ecs.config\necho \\\n  \"ECS_ENGINE_AUTH_DATA={data}\" \\\n  >> /etc/ecs/ecs.config\n"
        ))
    }),
    agent("shell: docker run --env", |state| {
        let data = state.data().replace('"', "\\\"");
        encoded(&format!(
            "#!/bin/sh\n{FETCH}docker run -d --env ECS_ENGINE_AUTH_TYPE=docker -e \"ECS_ENGINE_AUTH_DATA={data}\" amazon/amazon-ecs-agent\n"
        ))
    }),
    agent("shell: sed", |state| {
        unless_malformed(state, || {
            let data = state.data().replace("$PASSWORD", "'\"$PASSWORD\"'");
            encoded(&format!(
                "#!/bin/sh\n{FETCH}sed -i 's|^ECS_ENGINE_AUTH_DATA=.*|ECS_ENGINE_AUTH_DATA={data}|' /etc/ecs/ecs.config\n"
            ))
        })
    }),
    agent("shell: export", |state| {
        unless_malformed(state, || {
            let data = state.data().replace('"', "\\\"");
            encoded(&format!(
                "#!/bin/sh\n{FETCH}export ECS_ENGINE_AUTH_TYPE=docker ECS_ENGINE_AUTH_DATA=\"{data}\"\nstart ecs\n"
            ))
        })
    }),
    agent("shell: script in a script", |state| {
        let data = state.data().replace('"', "\\\"");
        encoded(&format!(
            "#!/bin/sh\n{FETCH}sudo bash -c \"echo ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config; echo 'ECS_ENGINE_AUTH_DATA={data}' >> /etc/ecs/ecs.config\"\n"
        ))
    }),
    agent("shell: base64 -d", |state| {
        unless_at_deploy(state, || {
            let config = STANDARD.encode(state.config());
            encoded(&format!("#!/bin/sh\necho {config} | base64 -d >> /etc/ecs/ecs.config\n"))
        })
    }),
    agent("shell: $(cat <<EOF)", |state| {
        encoded(&format!(
            "#!/bin/bash\n{FETCH}DATA=$(cat <<EOF\n{}\nEOF\n)\necho ECS_ENGINE_AUTH_TYPE=docker > /etc/ecs/ecs.config\necho \"ECS_ENGINE_AUTH_DATA=$DATA\" >> /etc/ecs/ecs.config\n",
            state.data()
        ))
    }),
    agent("user data: Fn::Join with a delimiter", |state| {
        let script = script(state).replace("${Password}", "\u{1}");
        let lines: Vec<Value> = script
            .split('\n')
            .map(|line| match line.split_once('\u{1}') {
                Some((before, after)) => json!({ "Fn::Join": ["", [before, { "Ref": "Password" }, after]] }),
                None => json!(line),
            })
            .collect();
        launch_template(&json!({ "Fn::Base64": { "Fn::Join": ["\n", lines] } }))
    }),
    agent("user data: base64 in the file", |state| {
        unless_at_deploy(state, || launch_template(&json!(STANDARD.encode(script(state)))))
    }),
    agent("user data: base64 of gzip in the file", |state| {
        unless_at_deploy(state, || launch_template(&json!(STANDARD.encode(gzip(&script(state))))))
    }),
    agent("MIME: plain part", |state| {
        encoded(&mime(&[("text/x-shellscript; charset=\"utf-8\"", "7bit", &script(state))], "==X=="))
    }),
    agent("MIME: base64 part in the file", |state| {
        unless_at_deploy(state, || {
            encoded(&mime(&[("text/x-shellscript", "base64", &lines(script(state).as_bytes()))], "XX"))
        })
    }),
    agent("MIME: part encoded by Fn::Base64", |state| {
        let parts = json!({ "Fn::Join": ["", [
            "Content-Type: multipart/mixed; boundary=\"+AWS+CDK+User+Data+Separator==\"\nMIME-Version: 1.0\n\n--+AWS+CDK+User+Data+Separator==\nContent-Type: text/x-shellscript; charset=\"utf-8\"\nContent-Transfer-Encoding: base64\n\n",
            { "Fn::Base64": { "Fn::Sub": script(state) } },
            "\n--+AWS+CDK+User+Data+Separator==--\n",
        ]] });
        launch_template(&json!({ "Fn::Base64": parts }))
    }),
    agent("MIME: quoted-printable", |state| {
        let body = script(state).replace('=', "=3D");
        encoded(&mime(&[("text/x-shellscript", "quoted-printable", &body)], "q"))
    }),
    agent("MIME: parts within parts", |state| {
        let inner = mime(&[("text/cloud-boothook", "8bit", &script(state))], "inner");
        let (headers, body) = inner.split_once("\n\n").unwrap();
        let kind = headers.lines().next().unwrap().trim_start_matches("Content-Type: ");
        encoded(&mime(&[("text/cloud-config", "7bit", "runcmd: []"), (kind, "7bit", body)], "outer"))
    }),
    agent("MIME: gzip part", |state| {
        unless_at_deploy(state, || {
            encoded(&mime(&[("application/gzip", "base64", &lines(&gzip(&script(state))))], "gz"))
        })
    }),
    agent("cloud-config: write_files", |state| {
        let config = if state == State::BootTime { State::Empty.config() } else { state.config() };
        encoded(&cloud_config_file(&config))
    }),
    agent("cloud-config: write_files in base64", |state| {
        unless_at_deploy(state, || encoded(&cloud_config_encoded("b64", &STANDARD.encode(state.config()))))
    }),
    agent("cloud-config: write_files in gzip and base64", |state| {
        unless_at_deploy(state, || encoded(&cloud_config_encoded("gz+b64", &STANDARD.encode(gzip(&state.config())))))
    }),
    agent("cloud-config: write_files with !!binary", |state| {
        unless_at_deploy(state, || {
            let content = format!("!!binary |\n{}", indented(&lines(state.config().as_bytes()), 6));
            encoded(&format!("#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config\n    content: {content}"))
        })
    }),
    agent("cloud-config: runcmd", |state| {
        let data = state.data().replace('"', "\\\"");
        encoded(&format!(
            "#cloud-config\nruncmd:\n  - {FETCH}  - echo ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config\n  - |\n    echo \"ECS_ENGINE_AUTH_DATA={data}\" >> /etc/ecs/ecs.config\n"
        ))
    }),
    agent("cloud-config: bootcmd in words", |state| {
        let data = state.data().replace('"', "\\\"");
        encoded(&format!(
            "#cloud-config\nbootcmd:\n  - [sh, -c, \"echo ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config\"]\n  - [bash, -c, 'echo \"ECS_ENGINE_AUTH_DATA={data}\" >> /etc/ecs/ecs.config']\n"
        ))
    }),
    agent("cloud-config: the agent's JSON file", |state| {
        unless_malformed(state, || {
            let data = if state == State::BootTime { State::Empty.data() } else { state.data() };
            encoded(&format!(
                "#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config.json\n    content: '{{\"EngineAuthType\":\"docker\",\"EngineAuthData\":{data}}}'\n"
            ))
        })
    }),
    agent("cloud-config archive", |state| {
        encoded(&format!(
            "#cloud-config-archive\n- type: text/cloud-config\n  content: |\n    runcmd: []\n- type: text/x-shellscript\n  content: |\n{}",
            indented(&script(state), 4)
        ))
    }),
    agent("cloud-boothook", |state| encoded(&format!("#cloud-boothook\n{}", script(state)))),
    agent("Windows: <powershell>", |state| {
        let data = match state {
            State::BootTime => "$auth".to_owned(),
            State::Malformed => r#"'{"auths":{}}'"#.to_owned(),
            other => format!("'{}'", other.data()),
        };
        encoded(&format!(
            "<powershell>\n$auth = (Get-SECSecretValue -SecretId registry).SecretString\n[Environment]::SetEnvironmentVariable(\"ECS_ENGINE_AUTH_TYPE\", \"docker\", \"Machine\")\n[Environment]::SetEnvironmentVariable(\"ECS_ENGINE_AUTH_DATA\", {data}, \"Machine\")\nInitialize-ECSAgent -Cluster shop\n</powershell>\n"
        ))
    }),
    agent("Windows: $env:", |state| {
        unless_malformed(state, || {
            let data = if state == State::BootTime { "$auth".to_owned() } else { "$json".to_owned() };
            let json = State::Empty.data();
            let json = if state == State::BootTime { json } else { state.data() };
            encoded(&format!(
                "<powershell>\n$auth = (Get-SSMParameter -Name x).Value\n$json = @'\n{json}\n'@\n$env:ECS_ENGINE_AUTH_TYPE = 'docker'\n$env:ECS_ENGINE_AUTH_DATA = {data}\n</powershell>"
            ))
        })
    }),
    agent("Windows: <script>", |state| {
        unless_malformed(state, || {
            let data = state.data().replace("$PASSWORD", "%PASSWORD%").replace('"', "\\\"");
            encoded(&format!(
                "<script>\nsetx ECS_ENGINE_AUTH_TYPE docker /M\nsetx ECS_ENGINE_AUTH_DATA \"{data}\" /M\n</script>"
            ))
        })
    }),
    agent("the agent's own JSON", |state| {
        let data = if state == State::BootTime { State::Empty.data() } else { state.data() };
        encoded(&format!(
            "{{\"ECSAgentConfiguration\": {{\"EngineAuthType\": \"docker\", \"EngineAuthData\": {data}}}}}"
        ))
    }),
    agent("cfn-init: file", |state| {
        init(&json!({ "files": { "/etc/ecs/ecs.config": { "content": { "Fn::Sub": state.config() } } } }))
    }),
    agent("cfn-init: file in base64", |state| {
        unless_at_deploy(state, || {
            init(
                &json!({ "files": { "/etc/ecs/ecs.config": { "content": STANDARD.encode(state.config()), "encoding": "base64" } } }),
            )
        })
    }),
    agent("cfn-init: object as the agent's JSON file", |state| {
        let data: Value = serde_json::from_str(&state.data().replace("$PASSWORD", "")).unwrap();
        let data = match state {
            State::DeployTime => {
                json!({ "registry.corp.internal": { "username": "u", "password": { "Ref": "Password" } } })
            }
            _ => data,
        };
        let content = json!({ "EngineAuthType": "docker", "EngineAuthData": data });
        init(&json!({ "files": { "/etc/ecs/ecs.config.json": { "content": content } } }))
    }),
    agent("cfn-init: command", |state| {
        let data = state.data().replace("$PASSWORD", "'$(cat /run/password)'");
        init(&json!({ "commands": {
            "01": { "command": "echo ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config" },
            "02": { "command": { "Fn::Sub": format!("echo 'ECS_ENGINE_AUTH_DATA={data}' >> /etc/ecs/ecs.config") } },
        } }))
    }),
    agent("Systems Manager document", |state| {
        let lines: Vec<Value> = script(state).lines().map(|line| json!({ "Fn::Sub": line })).collect();
        let content = json!({ "schemaVersion": "2.2", "mainSteps": [
            { "action": "aws:runShellScript", "name": "x", "inputs": { "runCommand": lines } },
        ] });
        template(&json!({ "Doc": { "Type": "AWS::SSM::Document", "Properties": { "Content": content } } }))
    }),
    agent("Systems Manager document as a string", |state| {
        let content = format!(
            "schemaVersion: '2.2'\nmainSteps:\n- action: aws:runShellScript\n  name: x\n  inputs:\n    runCommand:\n    - |\n{}",
            indented(&script(state), 6)
        );
        template(
            &json!({ "Doc": { "Type": "AWS::SSM::Document", "Properties": { "Content": { "Fn::Sub": content } } } }),
        )
    }),
    agent("environment of a container in a template", |state| {
        let container = json!({ "Name": "agent", "Image": "public.ecr.aws/ecs/amazon-ecs-agent:latest", "Environment": [
            { "Name": "ECS_ENGINE_AUTH_TYPE", "Value": "docker" },
            { "Name": "ECS_ENGINE_AUTH_DATA", "Value": { "Fn::Sub": state.data() } },
        ] });
        let task = json!({ "Type": "AWS::ECS::TaskDefinition", "Properties": { "ContainerDefinitions": [container] } });
        template(&json!({ "Agent": task }))
    }),
    agent("environment of a container in a task definition", |state| {
        unless_at_deploy(state, || {
            let task = json!({ "family": "agent", "containerDefinitions": [{
                "name": "agent",
                "image": "public.ecr.aws/ecs/amazon-ecs-agent:latest",
                "environment": [
                    { "name": "ECS_ENGINE_AUTH_TYPE", "value": "docker" },
                    { "name": "ECS_ENGINE_AUTH_DATA", "value": state.data() },
                ],
            }] });
            Some(("task.json".to_owned(), serde_json::to_string_pretty(&task).unwrap()))
        })
    }),
    agent("file: ecs.config", |state| unless_at_deploy(state, || Some(("etc/ecs.config".to_owned(), state.config())))),
    agent("file: user-data", |state| {
        unless_at_deploy(state, || Some(("nodes/user-data.sh".to_owned(), script(state))))
    }),
    agent("file: user data in base64", |state| {
        unless_at_deploy(state, || Some(("userdata.txt".to_owned(), lines(script(state).as_bytes()))))
    }),
    agent("file: a script for the agent", |state| {
        unless_at_deploy(state, || Some(("bootstrap.sh".to_owned(), script(state))))
    }),
    agent("file: cloud-config", |state| {
        unless_at_deploy(state, || Some(("cloud.yaml".to_owned(), cloud_config_file(&state.config()))))
    }),
    agent("file: the agent's own JSON", |state| {
        unless_at_deploy(state, || {
            Some((
                "agent.json".to_owned(),
                format!(
                    "{{\"ECSAgentConfiguration\": {{\"EngineAuthType\": \"docker\",\n \"EngineAuthData\": {}}}}}",
                    state.data()
                ),
            ))
        })
    }),
    client("docker login -p", |state| {
        unless_malformed(state, || {
            encoded(&format!(
                "#!/bin/sh\n{FETCH}sudo docker login -u deploy -p \"{}\" registry.corp.internal\n",
                state.password()
            ))
        })
    }),
    client("docker login --password-stdin", |state| {
        unless_malformed(state, || {
            encoded(&format!(
                "#!/bin/sh\n{FETCH}echo \"{}\" | podman login -u deploy --password-stdin registry.corp.internal\n",
                state.password()
            ))
        })
    }),
    client("docker login in a MIME part", |state| {
        unless_malformed(state, || {
            unless_at_deploy(state, || {
                let script = format!(
                    "#!/bin/sh\n{FETCH}docker login --password={} -u deploy registry.corp.internal\n",
                    state.password()
                );
                encoded(&mime(&[("text/x-shellscript", "base64", &lines(script.as_bytes()))], "XX"))
            })
        })
    }),
    client("docker login on Windows", |state| {
        unless_malformed(state, || {
            let password = if state == State::BootTime { "$password" } else { state.password() };
            encoded(&format!(
                "<powershell>\n$password = (Get-SECSecretValue -SecretId registry).SecretString\ndocker login -u deploy -p \"{password}\" registry.corp.internal\n</powershell>"
            ))
        })
    }),
    client("~/.docker/config.json", |state| {
        unless_malformed(state, || {
            encoded(&format!(
                "#!/bin/sh\n{FETCH}mkdir -p ~/.docker\ncat > ~/.docker/config.json <<EOF\n{}\nEOF\n",
                auths(state)
            ))
        })
    }),
    client("/root/.dockercfg", |state| {
        unless_malformed(state, || {
            let inner = auths(state).replacen("{\"auths\":", "", 1);
            let inner = inner.strip_suffix('}').unwrap().replace('"', "\\\"");
            encoded(&format!("#!/bin/sh\n{FETCH}echo \"{inner}\" > /root/.dockercfg\n"))
        })
    }),
    client("containerd's hosts", |state| {
        unless_malformed(state, || {
            encoded(&format!(
                "#!/bin/sh\n{FETCH}cat <<EOF > /etc/containerd/config.toml\nversion = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"registry.corp.internal\".auth]\nusername = \"deploy\"\npassword = \"{}\"\nEOF\n",
                state.password()
            ))
        })
    }),
    client("Bottlerocket", |state| {
        unless_malformed(state, || {
            let password = if state == State::BootTime { "" } else { state.password() };
            encoded(&format!(
                "[settings.ecs]\ncluster = \"shop\"\n[[settings.container-registry.credentials]]\nregistry = \"registry.corp.internal\"\nusername = \"deploy\"\npassword = \"{password}\"\n"
            ))
        })
    }),
    client("file: docker login in user data", |state| {
        unless_malformed(state, || {
            unless_at_deploy(state, || {
                Some((
                    "user-data".to_owned(),
                    format!("#!/bin/sh\n{FETCH}docker login -u deploy -p '{}'\n", state.password()),
                ))
            })
        })
    }),
];
