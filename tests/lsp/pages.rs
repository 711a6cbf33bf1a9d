//! The page that a diagnostic's code leads to.

use serde_json::json;

use crate::client::{Client, capabilities, uri};

#[cfg(unix)]
#[test]
fn the_code_of_a_diagnostic_leads_to_its_page() {
    let root = tempfile::tempdir().unwrap();
    let address = uri(&root.path().join("t.yaml"));
    let text = "containerDefinitions:\n- {name: a, image: registry.corp.internal/a}\n- {name: b, image: registry.corp.internal/b}\n";
    for pulls in [false, true] {
        let mut capabilities = capabilities("utf-8", pulls);
        let kind = if pulls { "diagnostic" } else { "publishDiagnostics" };
        capabilities["textDocument"][kind]["codeDescriptionSupport"] = json!(true);
        capabilities["textDocument"][kind]["dataSupport"] = json!(true);
        let mut client = Client::start(&[root.path()], capabilities);
        client.open(&address, "yaml", text);
        client.settle();
        let found = if pulls { client.pulled(&address) } else { client.published[&address].1.clone() };
        let page = found[0]["codeDescription"]["href"].as_str().unwrap().to_owned();
        assert_eq!(found[1]["codeDescription"]["href"], page, "one page for each rule");
        assert_eq!(found[0]["data"]["rule"], "registry-credentials-missing");
        let file = page.strip_prefix("file://").unwrap();
        let shown = std::fs::read_to_string(file).unwrap();
        assert!(shown.starts_with("# registry-credentials-missing\n"), "{shown}");
        // It is written once, not whenever something is typed.
        std::fs::write(file, "mine").unwrap();
        client.change(&address, 2, json!([{"text": text.replace("registry.corp", "r.corp")}]));
        client.settle();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
        client.end();
        assert!(!std::path::Path::new(file).exists(), "nothing is left behind");
    }
    let mut client = Client::start(&[root.path()], capabilities("utf-8", false));
    client.open(&address, "yaml", text);
    client.settle();
    let finding = &client.published[&address].1[0];
    assert!(finding.get("codeDescription").is_none() && finding.get("data").is_none(), "{finding}");
    client.end();
}
