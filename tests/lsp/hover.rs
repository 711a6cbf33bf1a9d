//! What is shown of a place.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};

const TEMPLATE: &str = "Resources:
  Guard: {Type: 'AWS::KMS::Key'}
  Login:
    Type: AWS::SecretsManager::Secret
    Properties: {KmsKeyId: !GetAtt Guard.Arn}
  Runner:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: 'secretsmanager:GetSecretValue', Resource: !Ref Login}]}}]
  Täsk🔑:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ExecutionRoleArn: !GetAtt Runner.Arn
      ContainerDefinitions:
        - {Name: 🔑, Image: registry.corp.internal/web, RepositoryCredentials: {CredentialsParameter: !Ref Login}}
";

#[test]
fn the_chain_is_laid_out_for_the_client() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t (1).yaml"));
    let column = TEMPLATE.lines().nth(15).unwrap();
    let column = column[..column.find("registry").unwrap()].encode_utf16().count();
    let place = json!({"textDocument": {"uri": address}, "position": {"line": 15, "character": column + 3}});
    let mut plain = capabilities("utf-16", false);
    plain["textDocument"]["hover"]["contentFormat"] = json!(["plaintext"]);
    let mut shown: Vec<Value> = Vec::new();
    for capabilities in [capabilities("utf-16", false), plain] {
        let mut client = Client::start(&[root.path()], capabilities);
        client.open(&address, "yaml", TEMPLATE);
        shown.push(client.ask("textDocument/hover", place.clone()).unwrap());
        client.end();
    }
    let expected = "\
Image `registry.corp.internal/web`

- registry `registry.corp.internal`, taken to be private: `.internal` names resolve inside a private network only
- credentials: `repositoryCredentials` (line 16) → the secret `Login` (line 3)
  - ? the template puts nothing into it: `username` and `password` must come from elsewhere (line 3)
  - key: `Guard` (line 2), customer managed
  - execution role `Runner` (line 6)
    - ✗ `kms:Decrypt`: nothing allows it
    - ✓ `secretsmanager:GetSecretValue`: allowed by its policy (line 10)";
    assert_eq!(shown[1]["contents"], json!({"kind": "plaintext", "value": expected}));
    assert_eq!(shown[1]["range"]["start"], json!({"line": 15, "character": column}));
    let markdown = shown[0]["contents"]["value"].as_str().unwrap();
    assert!(markdown.starts_with("**Image** `registry.corp.internal/web`\n\n- "), "{markdown}");
    assert!(
        markdown.contains(&format!("`Login` ([line 3]({}#L3))", uri(&root.path().join("t (1).yaml")))),
        "{markdown}"
    );
    let without_links = markdown.replace("**", "");
    let without_links: Vec<&str> = without_links
        .split('[')
        .flat_map(|part| {
            let (words, behind) = part.split_once("](").unwrap_or((part, ")"));
            [words, behind.split_once(')').map_or("", |(_, behind)| behind)]
        })
        .collect();
    assert_eq!(without_links.concat(), expected);
}

/// What the file says is data in the answer, and no markup.
#[test]
fn names_cannot_break_out() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t.yaml"));
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    let text = "Resources:\n  'A` [x](http://h) <b>\u{202e}\\': {Type: 'AWS::IAM::Role', Properties: {}}\n";
    client.open(&address, "yaml", text);
    let place = json!({"textDocument": {"uri": address}, "position": {"line": 1, "character": 4}});
    let hover = client.ask("textDocument/hover", place).unwrap();
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.starts_with("**Role** `A' [x](http://h) <b>\\u{202e}\\`\n"), "{shown}");
    client.end();
}

/// What the configuration tells of roles and secrets is named with its place there.
#[test]
fn the_configuration_is_a_place_too() {
    let root = tempfile::tempdir().unwrap();
    let config = "[context]\nregion = \"eu-west-1\"\naccount = \"111122223333\"\n\n[[context.roles]]\nname = \"runner\"\npolicies = [\"policy.json\"]\n\n[[context.secrets]]\nname = \"db\"\nkms-key = \"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"\n";
    let policy = "{\"Statement\": [\n{\"Effect\": \"Allow\", \"Action\": \"secretsmanager:GetSecretValue\", \"Resource\": \"*\"}]}\n";
    std::fs::write(root.path().join("ecs-lint.toml"), config).unwrap();
    std::fs::write(root.path().join("policy.json"), policy).unwrap();
    let task = "executionRoleArn: arn:aws:iam::111122223333:role/runner\ncontainerDefinitions:\n- name: a\n  image: nginx\n  secrets: [{name: DB, valueFrom: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1B2c3'}]\n";
    let address = uri(&root.path().join("t.yaml"));
    let mut plain = capabilities("utf-8", false);
    plain["textDocument"]["hover"]["contentFormat"] = json!(["plaintext"]);
    let mut client = Client::start(&[root.path()], plain);
    client.open(&address, "yaml", task);
    let mut at = |line: u32, character: u32| {
        let place = json!({"textDocument": {"uri": address}, "position": {"line": line, "character": character}});
        client.ask("textDocument/hover", place).unwrap()["contents"]["value"].as_str().unwrap().to_owned()
    };
    let role = at(0, 30);
    assert!(role.contains(" (line 1 of `policy.json`), described in the configuration\n"), "{role}");
    assert!(role.contains("- execution role of this task definition (line 1)\n"), "{role}");
    let secret = at(4, 60);
    for words in [
        "Variable `DB`: the secret `db-a1B2c3`, defined elsewhere in Region `eu-west-1`, account `111122223333`\n",
        "- described in the configuration (line 10 of `ecs-lint.toml`)\n",
        "- key: `arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`, defined elsewhere\n",
        "✗ `kms:Decrypt`: nothing allows it\n",
        "✓ `secretsmanager:GetSecretValue`: allowed by its policy (line 2 of `policy.json`)",
    ] {
        assert!(secret.contains(words), "{words}\n{secret}");
    }
    client.end();
}
