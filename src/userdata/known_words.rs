//! Which words of a launch script may be shown.
//!
//! A credential can reach a client in more ways than any reader follows: by a file, a placeholder, a branch that is not taken.
//! So an excerpt of a script does not ask what is secret. It shows the words that are known to be none, and those whose shape
//! says what they are (options, variables, paths, hosts, names of AWS); every other word is masked where it stands.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Words of shells, of the commands that launch scripts use, and of what they configure.
const KNOWN: &str = "
    if then else elif fi for do done while until in case esac function return exit set export declare local readonly unset
    read echo printf cat tee sed awk grep cut tr head tail jq base64 gzip gunzip curl wget sudo su bash sh env eval exec sleep
    mkdir chmod chown cp mv rm ln ls touch test true false cd source python python3 pip cmd powershell pwsh
    yum apt apt-get dnf install update upgrade systemctl service start stop restart enable status daemon-reload
    docker docker.exe podman nerdctl finch buildah skopeo crane oras login logout run pull push create container amazon-ecs-agent
    amazon/amazon-ecs-agent amazon-linux-extras ecs-init cfn-init cfn-signal
    aws ecr ecs ssm s3 s3api secretsmanager sts ec2 get-secret-value get-parameter get-parameters get-object
    get-login get-login-password get-authorization-token SecretString Parameter.Value Parameter Value text json resolve
    Set-Content Add-Content Out-File Out-Null Write-Output Write-Host New-Item Get-Content Invoke-Expression Start-Process
    Get-SECSecretValue Get-SSMParameter Get-SSMParameterValue ConvertTo-Json ConvertFrom-Json Initialize-ECSAgent
    SetEnvironmentVariable Environment System.Environment Machine setx script persist
    ECS_CLUSTER ECS_ENGINE_AUTH_TYPE ECS_ENGINE_AUTH_DATA ECSAgentConfiguration EngineAuthType EngineAuthData dockercfg Docker
    ecs.config ecs.config.json config.json default EOF END
    username password passwd pass pwd pw user email auth auths identitytoken registrytoken token secret registry
    $username $password $passwd $pass $pwd $pw $user $email $auth $token $secret $registry
    cloud-config cloud-boothook write_files runcmd bootcmd packages content path owner permissions encoding append
    Content-Type Content-Transfer-Encoding MIME-Version multipart/mixed boundary charset us-ascii utf-8 7bit
    text/x-shellscript text/cloud-config text/cloud-boothook text/plain Content-Disposition attachment filename
    settings container-registry credentials Resources Properties Type UserData LaunchTemplateData
    Fn Base64 Join Sub Ref GetAtt FindInMap ImportValue Select If Parameters Default NoEcho String Metadata Outputs Mappings Conditions
    null none
";

/// Words that say by their shape what they are.
static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const HOST: &str =
        r"(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|internal|local|cloud|cn|uk|de|eu)(?::[0-9]{1,5})?(?:/[a-z0-9._-]+)*/?";
    Regex::new(&format!(
        r"(?x)^(?: AWS::[A-Za-z0-9]+(?:::[A-Za-z0-9]+)* | Fn::[A-Za-z0-9]+
        | arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9_+=.@/:-]*
        | (?:(?:https?|s3)://)?{HOST} | s3://[a-z0-9.-]+(?:/[a-z0-9._-]+)*
        | ~?/(?:etc|usr|var|opt|home|root|tmp|run|dev|bin|sbin|mnt|proc|sys|srv|lib|\.docker|\.dockercfg)(?:/[a-z0-9._-]+)*/?
        | --[a-z]+(?:-[a-z]+)* | -[A-Za-z]{{1,3}} | [0-9]{{1,5}} | \$[A-Z_]+ )"
    ))
    .ok()
});

/// What in a broken file says that registries' credentials are about.
const ABOUT_REGISTRIES: [&str; 8] = [
    "ecs_engine_auth",
    "engineauthdata",
    "login",
    "dockercfg",
    "docker/config.json",
    "docker\\\\config.json",
    "auths",
    "container-registry",
];

/// What in a line of a broken file says that a credential may be near.
const ABOUT_SECRETS: [&str; 8] = ["pass", "pwd", "secret", "token", "auth", "cred", "userdata", "base64"];

/// The words of a part of the text that are not known to be harmless, in order.
#[must_use]
pub fn unknown_words(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let end = range.end.min(text.len());
    let mut at = range.start;
    while let Some(rest) = text.get(at..end).filter(|rest| !rest.is_empty()) {
        if let Some(escape) = ["\\n", "\\t", "\\r", "\\\\"].iter().find(|escape| rest.starts_with(**escape)) {
            at += escape.len();
            continue;
        }
        let shaped = SHAPE.as_ref().and_then(|shape| shape.find(rest)).map_or(0, |shape| shape.end());
        let length = rest.find(is_between).unwrap_or(rest.len());
        if shaped > 0 && rest.get(shaped..).is_some_and(|behind| behind.is_empty() || behind.starts_with(is_between)) {
            at += shaped;
        } else if length == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
        } else {
            if !is_known(text, at..at + length) {
                found.push(at..at + length);
            }
            at += length;
        }
    }
    found
}

/// Of a file that could not be read, the words that are not known to be harmless: all of them if it is about registries, else
/// those of lines that speak of secrets.
#[must_use]
pub fn unknown_words_of_broken(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    if ABOUT_REGISTRIES.iter().any(|word| lower.contains(word)) {
        return unknown_words(text, 0..text.len());
    }
    let mut found = Vec::new();
    let mut at = 0;
    for line in lower.split_inclusive('\n') {
        if ABOUT_SECRETS.iter().any(|word| line.contains(word)) {
            found.extend(unknown_words(text, at..at + line.len()));
        }
        at += line.len();
    }
    found
}

/// Whether words end before the character.
fn is_between(character: char) -> bool {
    character.is_whitespace() || "'\"`\\{}[]()<>|;,:=&!?*^".contains(character)
}

/// A word that is known, the name of a variable that is assigned, or a key.
fn is_known(text: &str, word: Range<usize>) -> bool {
    static WORDS: LazyLock<std::collections::HashSet<&'static str>> =
        LazyLock::new(|| KNOWN.split_ascii_whitespace().collect());
    let found = text.get(word.clone()).unwrap_or_default();
    if WORDS.contains(found) || !found.contains(char::is_alphanumeric) && found.len() <= 2 {
        return true;
    }
    let (before, behind) = (text.get(..word.start).unwrap_or_default(), text.get(word.end..).unwrap_or_default());
    let is_variable = found.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if is_variable && (behind.starts_with('=') || before.ends_with("${")) {
        return true;
    }
    let is_name = found.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let is_json_key = || {
        before.ends_with('"')
            && !before.ends_with("\\\"")
            && behind.strip_prefix('"').is_some_and(|behind| behind.trim_start().starts_with(':'))
    };
    let is_yaml_key = || {
        let line = before.trim_end_matches([' ', '-']);
        (line.is_empty() || line.ends_with('\n')) && (behind.starts_with(": ") || behind.starts_with(":\n"))
    };
    is_name && (is_json_key() || is_yaml_key())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut shown = text.to_owned();
        for word in unknown_words(text, 0..text.len()).into_iter().rev() {
            shown.replace_range(word, "*");
        }
        shown
    }

    #[test]
    fn known_words_options_paths_and_hosts_stay() {
        for text in [
            "docker login -u $USER --password-stdin registry.example.com:5000/team",
            "aws ssm get-parameter --name /etc/x --query Parameter.Value --output text",
            r#"echo "ECS_ENGINE_AUTH_DATA={\"https://index.docker.io/v1/\":{}}" >> /etc/ecs/ecs.config"#,
            r#"{"Resources": {"Nodes": {"Type": "AWS::EC2::Instance", "UserData": {"Fn::Base64": ""}}}}"#,
            "  ImageId: \n",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:x",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn every_other_word_is_masked_whatever_it_looks_like() {
        for (text, expected) in [
            ("docker login -u deploy -p hunter2", "docker login -u * -p *"),
            (r"echo 'correct horse' > /root/pw.txt", "echo '* *' > /root/pw.txt"),
            (r"sed -i 's/__PW__/hunter2/' /etc/x", "sed -i '*' /etc/x"),
            ("REG_PASSWORD=$hunter2", "REG_PASSWORD=*"),
            (r"a\nb\\nc", r"*\n*\\*"),
            ("'ü→x{{y}}' -Password %x% # z+/=", "'*{{*}}' * * # *="),
            ("abc:def@registry.example.com", "*:*"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
