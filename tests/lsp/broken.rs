//! What is shown of a document while it cannot be read.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};

const RULE: &str = "registry-credentials-missing";

fn resource(name: &str, image: &str) -> String {
    format!(
        "  {name}: {{Type: 'AWS::ECS::TaskDefinition', Properties: {{RequiresCompatibilities: [EC2], ContainerDefinitions: [{{Name: é🔑, Image: {image}}}]}}}}\n"
    )
}

fn template(images: &[&str]) -> String {
    let resources = images.iter().zip('A'..).map(|(image, name)| resource(&name.to_string(), image));
    format!("Resources:\n{}", resources.collect::<String>())
}

/// The rules and lines of what is shown.
fn shown(client: &mut Client, address: &str) -> Vec<(String, i64)> {
    client.settle();
    let found = client.published.get(address).map(|(_, found)| found.clone()).unwrap_or_default();
    let one = |one: &Value| (one["code"].as_str().unwrap().to_owned(), one["range"]["start"]["line"].as_i64().unwrap());
    let mut shown: Vec<(String, i64)> = found.iter().map(one).collect();
    shown.sort();
    shown
}

fn expected(lines: &[i64], errors: &[i64]) -> Vec<(String, i64)> {
    let of = |rule: &str, lines: &[i64]| lines.iter().map(|line| (rule.to_owned(), *line)).collect::<Vec<_>>();
    [of(RULE, lines), of("syntax-error", errors)].concat()
}

#[test]
fn findings_stay_where_nothing_was_typed() {
    let root = tempfile::tempdir().unwrap();
    let (path, other) = (root.path().join("t.yaml"), root.path().join("other.yaml"));
    let text = template(&["r.corp.internal/a", "r.corp.internal/b", "r.corp.internal/c"]);
    std::fs::write(&path, &text).unwrap();
    std::fs::write(&other, &text).unwrap();
    let (address, other) = (uri(&path), uri(&other));
    let mut client = Client::start(&[root.path()], capabilities("utf-16", false));
    client.open(&address, "yaml", &text);
    assert_eq!(shown(&mut client, &address), expected(&[1, 2, 3], &[]));
    let whole = |text: &str| json!([{"text": text}]);

    // Another resource is begun between two that are whole.
    let begun = text.replace("  C:", "  New: {Type: 'AWS::ECS::TaskDefinition',\n  C:");
    client.change(&address, 2, whole(&begun));
    let found = shown(&mut client, &address);
    assert_eq!(found.iter().filter(|(rule, _)| rule == RULE).map(|(_, line)| *line).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!(found.len(), 4, "{found:?}");
    let third = client.published[&address].1.iter().find(|one| one["range"]["start"]["line"] == 4).unwrap().clone();
    assert_eq!(client.published[&address].0, Some(2));
    let line = begun.lines().nth(4).unwrap();
    let column = |text: &str| line[..line.find(text).unwrap()].encode_utf16().count();
    assert_eq!(third["range"]["start"]["character"], column("r.corp"));
    assert_eq!(third["range"]["end"]["character"], column("r.corp") + "r.corp.internal/c".len());
    // Next comes an edit that touches the second finding.
    client.change(&address, 3, whole(&begun.replace("internal/b}", "internal/b, {")));
    let found = shown(&mut client, &address);
    assert_eq!(found.iter().filter(|(rule, _)| rule == RULE).map(|(_, line)| *line).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(shown(&mut client, &other), expected(&[1, 2, 3], &[]), "other files are as they were");
    // Nothing can be done about a finding that may be gone by now, and no place fails.
    for line in 0..5 {
        let place = json!({"textDocument": {"uri": address}, "position": {"line": line, "character": 90}});
        client.ask("textDocument/hover", place).unwrap();
    }
    client.change(&address, 4, whole(&template(&["r.corp.internal/a", "public.ecr.aws/b/b"])));
    assert_eq!(shown(&mut client, &address), expected(&[1], &[]));

    // Broken again, and closed: what is on disk counts.
    client.change(&address, 5, whole("Resources:\n  A: {Type: 'AWS::X::Y',\n"));
    assert_eq!(shown(&mut client, &address).len(), 1);
    client.close(&address);
    assert_eq!(shown(&mut client, &address), expected(&[1, 2, 3], &[]));
    std::fs::remove_file(&path).unwrap();
    client.touched(&path, 3);
    assert_eq!(shown(&mut client, &address), []);
    client.end();
}

#[test]
fn what_was_never_whole_has_its_error_only() {
    let root = tempfile::tempdir().unwrap();
    let mut client = Client::start(&[root.path()], capabilities("utf-8", true));
    let (old, new) = (uri(&root.path().join("old.yaml")), uri(&root.path().join("new.yaml")));
    let text = template(&["r.corp.internal/a", "r.corp.internal/b"]);
    let broken = format!("{text}  C: [\n");
    let rules = |found: Vec<Value>| found.iter().map(|one| one["code"].clone()).collect::<Vec<_>>();
    client.open(&old, "yaml", &broken);
    assert_eq!(rules(client.pulled(&old)), ["syntax-error"]);
    client.change(&old, 2, json!([{"text": text}]));
    assert_eq!(rules(client.pulled(&old)), [RULE, RULE]);
    client.change(&old, 3, json!([{"text": broken}]));
    assert_eq!(rules(client.pulled(&old)), ["syntax-error", RULE, RULE]);
    // Renamed: another document, of which nothing was known.
    client.close(&old);
    client.open(&new, "yaml", &broken);
    assert_eq!((rules(client.pulled(&old)), rules(client.pulled(&new))), (vec![], vec![json!("syntax-error")]));
    // Other settings: what was found by the old ones is not shown any more.
    client.change(&new, 2, json!([{"text": text}]));
    client.change(&new, 3, json!([{"text": broken}]));
    client.settle();
    std::fs::write(root.path().join("ecs-lint.toml"), "[rules]\nregistry-credentials-missing = \"off\"\n").unwrap();
    client.touched(&root.path().join("ecs-lint.toml"), 1);
    assert_eq!(rules(client.pulled(&new)), ["syntax-error"]);
    client.end();
}
