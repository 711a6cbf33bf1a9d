//! A finding points at the very characters, wherever they stand.

use crate::lint;

/// The source text that the first finding of a rule points at.
fn pointed_at(name: &str, text: &str, rule: &str) -> String {
    let outcome = lint(name, text);
    let found = outcome.diagnostics.iter().find(|found| found.rule == rule);
    let span = found.unwrap_or_else(|| panic!("no {rule} in {text}: {:?}", outcome.diagnostics)).primary.span;
    outcome.sources.get(span.file).unwrap().slice(span).to_owned()
}

const PLAINTEXT: &str = "plaintext-engine-auth-data";
const DEPLOY: &str = "engine-auth-data-exposed-at-deploy";

fn yaml(user_data: &str) -> String {
    format!(
        "Parameters:\n  P:\n    Type: String\nResources:\n  N:\n    Type: AWS::EC2::Instance\n    Properties:\n      UserData:\n{user_data}"
    )
}

#[test]
fn in_a_folded_block_scalar() {
    let text = yaml(
        "        Fn::Base64: >\n          #!/bin/bash\n\n          export ECS_ENGINE_AUTH_DATA='{\"r.io\":{\"username\":\"u\",\n          \"password\":\"hunter2\"}}'\n",
    );
    assert_eq!(pointed_at("t.yaml", &text, PLAINTEXT), "hunter2");
}

#[test]
fn in_an_escaped_json_string() {
    let text = r##"{"Resources": {"N": {"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Base64":
        "#!/bin/sh\necho 'ECS_ENGINE_AUTH_TYPE=docker\u000aECS_ENGINE_AUTH_DATA={\"r.io\":{\"password\":\"é\u00e9\"}}' >> /etc/ecs/ecs.config\n"}}}}}"##;
    assert_eq!(pointed_at("t.json", text, PLAINTEXT), r"é\u00e9");
}

#[test]
fn in_a_substitution_and_in_a_join() {
    let text = yaml(
        "        Fn::Base64: !Sub |\n          #!/bin/sh\n          echo 'ECS_ENGINE_AUTH_DATA={\"r.io\":{\"password\":\"${P}\"}}' >> /etc/ecs/ecs.config\n",
    );
    assert_eq!(pointed_at("t.yaml", &text, DEPLOY), "${P}");
    let text = yaml(
        "        Fn::Base64: !Join\n          - ''\n          - - \"#!/bin/sh\\necho 'ECS_ENGINE_AUTH_DATA={\\\"r.io\\\":{\\\"password\\\":\\\"\"\n            - !Ref P\n            - \"\\\"}}' >> /etc/ecs/ecs.config\"\n",
    );
    assert_eq!(pointed_at("t.yaml", &text, DEPLOY), "!Ref P");
}

#[test]
fn in_encoded_text_at_the_literal_with_the_line_masked() {
    use base64::Engine as _;
    let script = "#!/bin/sh\necho 'ECS_ENGINE_AUTH_DATA={\"r.io\":{\"username\":\"u\",\"password\":\"hunter2\"}}' >> /etc/ecs/ecs.config\n";
    let literal = base64::engine::general_purpose::STANDARD.encode(script);
    let text = yaml(&format!("        {literal}\n"));
    assert_eq!(pointed_at("t.yaml", &text, PLAINTEXT), literal);
    let outcome = lint("t.yaml", &text);
    let found = outcome.diagnostics.iter().find(|found| found.rule == PLAINTEXT).unwrap();
    assert!(
        found.notes.iter().any(|note| note.contains(r#"ECS_ENGINE_AUTH_DATA={"r.io":{"password":"****"}}"#)),
        "{found:?}"
    );
}

#[test]
fn in_a_command_that_is_split_over_words() {
    let text = "#!/bin/sh\nCREDS='{\"r.io\":{\"password\":\"hunter2\"}}'\necho \"ECS_ENGINE_AUTH_DATA=$CREDS\" >> /etc/ecs/ecs.config\n";
    assert_eq!(pointed_at("user-data.sh", text, PLAINTEXT), "hunter2");
}

#[test]
fn in_the_rows_of_a_mapping_by_region_and_only_where_both_rows_are_of_one() {
    let text = "Mappings:\n  M:\n    us-east-1: {Host: a.io, Token: hunter2}\n    eu-west-1: {Host: b.io, Token: ''}\nResources:\n  N:\n    Type: AWS::EC2::Instance\n    Properties:\n      UserData:\n        Fn::Base64:\n          Fn::Sub:\n          - |\n            #!/bin/sh\n            echo ECS_ENGINE_AUTH_TYPE=docker >> /etc/ecs/ecs.config\n            echo 'ECS_ENGINE_AUTH_DATA={\"${H}\":{\"password\":\"${T}\"}}' >> /etc/ecs/ecs.config\n          - H: !FindInMap [M, !Ref AWS::Region, Host]\n            T: !FindInMap [M, !Ref AWS::Region, Token]\n";
    assert_eq!(pointed_at("t.yaml", text, PLAINTEXT), "hunter2");
    let outcome = lint("t.yaml", text);
    let [found] = outcome.diagnostics.as_slice() else { panic!("{:?}", outcome.diagnostics) };
    assert!(found.notes.iter().any(|note| note.contains("`AWS::Region` is `us-east-1`")), "{found:?}");
}
