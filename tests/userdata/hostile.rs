//! Inputs that are made to be slow or large are read within bounds, and others without a panic.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use crate::entries;
use crate::forms::{FORMS, STATES};

/// Reads a text as user data, and tells how many credentials it exposes.
fn read(text: &str) -> usize {
    entries::user_data(text.as_bytes())
}

#[test]
fn bounds_hold() {
    let bomb = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b'#'; 64 << 20]).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    };
    let nested_mime = (0..200).fold(String::new(), |all, n| {
        all + &format!("Content-Type: multipart/mixed; boundary=\"b{n}\"\nMIME-Version: 1.0\n\n--b{n}\n")
    });
    let nested_base64 = (0..12).fold("docker login -p hunter2".to_owned(), |all, _| STANDARD.encode(all));
    let doubling = (0..4000).fold("#!/bin/sh\nA=xxxxxxxxxxxxxxxx\n".to_owned(), |all, _| all + "A=$A$A$A$A\n");
    let wide = format!("#!/bin/sh\nA={}\necho {}\n", "x".repeat(60_000), "$A".repeat(100_000));
    for text in [
        bomb.as_str(),
        &nested_mime,
        &nested_base64,
        &doubling,
        &wide,
        &"$(".repeat(200_000),
        &"\"$(".repeat(100_000),
        &"${a:-".repeat(100_000),
        &"`".repeat(200_000),
        &"cat <<A\n".repeat(20_000),
        &"( ".repeat(200_000),
        &"{ ".repeat(200_000),
        &"a() { ".repeat(5_000),
        &format!("{}x{}", "for a in 1 2 3 4 5 6 7 8; do ".repeat(20), "; done".repeat(20)),
        "a() { a; a; a; }; a",
        "a() { a \"$@$@$@\"; }; a xxxxxxxx",
        "X=xxxxxxxx; f() { X=$X$X; echo $X > /$X; f; f; }; f",
        &"if a; then ( { ".repeat(5_000),
        &format!("{}{}", "( A=$A$A".repeat(2_000), " )".repeat(2_000)),
        &"sed -i s/a/aaaaaaaa/ /x; echo a > /x; cat /x >> /x;".repeat(3_000),
        &"'".repeat(200_001),
        &format!("<powershell>{}", "$(".repeat(100_000)),
        &format!("<powershell>{}", "@'\n".repeat(50_000)),
        &format!("<powershell>{}", "(".repeat(100_000)),
        &format!("<powershell>{}", "[a]".repeat(50_000)),
        &format!("<powershell>{}", "$a=".repeat(50_000)),
        &format!("<powershell>{}", "@{a=".repeat(50_000)),
        &format!("<powershell>{}", "'a'.b[0]+".repeat(20_000)),
        &format!("<powershell>$a='xxxxxxxx'\n{}", "$a=$a+$a\n".repeat(2_000)),
        &format!("<powershell>{}", "iex '".repeat(50_000)),
        &format!("<script>set A=xxxxxxxx\n{}", "set A=%A%%A%%A%\n".repeat(2_000)),
        &format!("<script>{}", "%".repeat(100_000)),
        &format!("#cloud-config\ncoreos:\n  units:\n{}", "  - content: 'ExecStart=/a'\n".repeat(20_000)),
        &format!("#cloud-config\nruncmd: {}", "[".repeat(100_000)),
        &format!("#cloud-config\nwrite_files:\n{}", "- {path: /a, content: b}\n".repeat(20_000)),
        &format!("#cloud-config-archive\n{}", "- '#cloud-config-archive'\n".repeat(20_000)),
        &format!("{{\"ECSAgentConfiguration\": {}", "{\"a\":".repeat(100_000)),
        &format!("[settings]\n{}", "[[settings.container-registry.credentials]]\n".repeat(20_000)),
        &"ECS_ENGINE_AUTH_DATA={".repeat(20_000),
        &format!("cat <<E > /etc/ecs/ecs.config\n{}", "ECS_ENGINE_AUTH_DATA={\n".repeat(20_000)),
        &"echo ECS_ENGINE_AUTH_DATA={\\\"a\\\":{\\\"password\\\":\\\"x\\\"}}\n".repeat(20_000),
    ] {
        read(text);
    }
}

/// Every file of the table, cut and stretched: a saved corpus that grows with the table.
#[test]
fn every_form_can_be_cut_anywhere() {
    for form in FORMS {
        for state in STATES {
            let Some((_, text)) = (form.file)(state) else { continue };
            for part in 1..12 {
                let at = (0..=text.len() * part / 12).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                read(&text[..at]);
                read(&text[at..]);
            }
        }
    }
}

fn fragment() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "#!/bin/bash\n",
        "#cloud-config\n",
        "write_files:\n- path: /etc/ecs/ecs.config\n  content: ",
        "runcmd:\n- ",
        "\n",
        " ",
        "'",
        "\"",
        "\\",
        "$",
        "${",
        "}",
        "$(",
        ")",
        "`",
        "<<EOF\n",
        "EOF\n",
        "<<-'E'\n",
        "E\n",
        "|",
        ">",
        ">> /etc/ecs/ecs.config",
        ";",
        "&&",
        "{",
        "echo ",
        "printf '%s' ",
        "cat ",
        "tee ",
        "base64 -d",
        "docker login -p ",
        "--password-stdin",
        "sudo ",
        "bash -c ",
        "export ",
        "ECS_ENGINE_AUTH_DATA=",
        "ECS_ENGINE_AUTH_TYPE=docker",
        "{\"r.io\":{\"password\":\"",
        "hunter2",
        "\"}}",
        "A=",
        "$A",
        "${A:-",
        "Content-Type: multipart/mixed; boundary=\"b\"\nMIME-Version: 1.0\n\n",
        "--b\n",
        "--b--\n",
        "Content-Transfer-Encoding: base64\n\n",
        "<powershell>\n",
        "</powershell>",
        "$env:ECS_ENGINE_AUTH_DATA = ",
        "@'\n",
        " | Set-Content config.json",
        " -f ",
        "[string]",
        "@{a=",
        "<script>\nset A=",
        "%A%",
        "\n'@",
        "[settings.container-registry]\n",
        "password = ",
        "{\"ECSAgentConfiguration\":",
        "é",
        "\u{f0000}",
        "\r\n",
        "ZG9ja2VyIGxvZ2luIC1wIGh1bnRlcjI=",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_fragments_are_read(fragments in prop::collection::vec(fragment(), 0..60)) {
        read(&fragments.concat());
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,400}") {
        read(&text);
    }

    /// Whatever quoting carries it through the shell, the value that arrives is the value that was meant.
    #[test]
    fn quoting_does_not_hide_a_password(password in "[a-zA-Z0-9]{8,20}", style in 0..4usize) {
        let data = format!(r#"{{"r.io":{{"username":"u","password":"{password}"}}}}"#);
        let word = match style {
            0 => format!("'{data}'"),
            1 => format!("\"{}\"", data.replace('"', "\\\"")),
            2 => data.chars().map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") }).collect(),
            _ => data.chars().map(|c| format!("'{c}'")).collect::<Vec<_>>().concat(),
        };
        prop_assert_eq!(read(&format!("#!/bin/sh\necho ECS_ENGINE_AUTH_DATA={word} >> /etc/ecs/ecs.config\n")), 1);
    }
}
