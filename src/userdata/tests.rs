//! Each way a script can set the variable, with what must be seen in it.

use super::reading::Reading;
use crate::model::{Credential, Exposure, LaunchData, Part, Text};
use crate::source::{FileId, MappedText, Span};

fn read(script: &str) -> LaunchData {
    let inner = Text::literal(MappedText::from_plain(script.to_owned(), Span::start_of(FileId(0))));
    let user_data = Text::new(vec![Part::Base64(Box::new(inner), Span::start_of(FileId(0)))]);
    let mut reading = Reading::new();
    reading.user_data(&user_data);
    reading.into_launch_data("Nodes", None, false)
}

fn found(script: &str) -> Vec<Exposure> {
    read(script).exposures
}

#[test]
fn literal_credentials_are_found_whatever_the_quoting() {
    for script in [
        r#"cat <<'EOF' >> /etc/ecs/ecs.config
ECS_ENGINE_AUTH_DATA={"https://index.docker.io/v1/":{"username":"my_name","password":"my_password","email":"x@example.com"}}
EOF"#,
        r#"ECS_ENGINE_AUTH_DATA={"https://index.docker.io/v1/":{"auth":"zq212MzEXAMPLE7o6T25Dk0i"}}"#,
        r#"echo 'ECS_ENGINE_AUTH_DATA={"r.io":{"password":"hunter2"}}' >> /etc/ecs/ecs.config"#,
        r#"echo "ECS_ENGINE_AUTH_DATA={\"r.io\":{\"password\":\"hunter2\"}}" >> /etc/ecs/ecs.config"#,
        r#"echo ECS_ENGINE_AUTH_DATA='{"r.io":{"identitytoken":"hunter2"}}' >> /etc/ecs/ecs.config"#,
        r#"export ECS_ENGINE_AUTH_DATA={\"r.io\":{\"password\":\"hunter2\"}}"#,
        r#"sed -i 's/^ECS_ENGINE_AUTH_DATA=.*/ECS_ENGINE_AUTH_DATA={"r.io":{"password":"hunter2"}}/' f"#,
        "ECS_ENGINE_AUTH_DATA={\n  \"r.io\": {\n    \"password\": \"hunter2\"\n  }\n}",
        r#"printf 'ECS_ENGINE_AUTH_DATA=%s\n' '{"r.io":{"password":"hunter2"}}' >> f"#,
        r#"ECS_ENGINE_AUTH_DATA = {"r.io":{"password":"hunter2"}}"#,
    ] {
        let found = found(script);
        assert!(
            matches!(found.as_slice(), [Exposure { credential: Credential::Literal { .. }, .. }]),
            "{script}: {found:?}"
        );
    }
}

#[test]
fn what_is_computed_at_boot_empty_or_mere_words_is_not() {
    for script in [
        r#"echo 'ECS_ENGINE_AUTH_DATA={"r.io":{"username":"bot","password":"'"$P"'"}}' >> f"#,
        r#"echo "ECS_ENGINE_AUTH_DATA={\"r.io\":{\"password\":\"$P\"}}" >> f"#,
        r#"printf 'ECS_ENGINE_AUTH_DATA={"r.io":{"username":"%s","password":"%s"}}\n' "$U" "$P" >> f"#,
        r#"echo ECS_ENGINE_AUTH_DATA=$(aws secretsmanager get-secret-value --secret-id s | jq -c '{"x":{username:.u,password:.p}}')"#,
        r#"echo ECS_ENGINE_AUTH_DATA="$(aws ssm get-parameter --name /x)" >> f"#,
        "ECS_ENGINE_AUTH_DATA=`cat /run/auth`",
        r#"echo ECS_CLUSTER=x >> f # no ECS_ENGINE_AUTH_DATA={"r":{"password":"example"}} here"#,
        r#"# ECS_ENGINE_AUTH_DATA={"r":{"password":"example"}}"#,
        r#"sed -i '/ECS_ENGINE_AUTH_DATA=/d' f; curl http://x -d '{"password": "changeit"}'"#,
        r#"grep -q ECS_ENGINE_AUTH_DATA= f || echo "password: none""#,
        r#"ECS_ENGINE_AUTH_DATA={"r.io":{"username":"","password":"","email":""}}"#,
        r#"ECS_ENGINE_AUTH_DATA={"r.io":{"auth":"Og=="}}"#,
        r#"ECS_ENGINE_AUTH_DATA={"r.io":{"password":"<PASSWORD>"}}"#,
        "ECS_ENGINE_AUTH_TYPE=dockercfg\nECS_ENGINE_AUTH_DATA=",
        "aws s3 cp s3://bucket/ecs.config /etc/ecs/ecs.config",
    ] {
        assert!(found(script).is_empty(), "{script}: {:?}", found(script));
    }
}
