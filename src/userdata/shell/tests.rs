//! Scripts cut into words, as `sh` and `bash` cut them.

use super::{Command, Segment, Word, lexer};
use crate::model::Text;
use crate::source::{FileId, MappedText, Span};
use crate::userdata::flat::Flat;

/// The commands with their words; `$name`, `$(…)` and `?` for what is expanded, `<` and `>` before redirections.
fn shown(script: &str) -> Vec<String> {
    let text = Text::literal(MappedText::from_plain(script.to_owned(), Span::start_of(FileId(0))));
    let flat = Flat::new(&text);
    let commands = lexer::commands(&flat, 0..script.len());
    let word = |word: &Word| {
        let segments = word.segments.iter().map(|segment| match segment {
            Segment::Text(text) => text.shown(),
            Segment::Variable(name, _, _) => format!("${name}"),
            Segment::Substitution(range, _) => format!("$({})", &script[range.clone()]),
            Segment::Unknown(_) => "?".to_owned(),
        });
        segments.collect::<String>()
    };
    let command = |command: &Command| {
        let mut words: Vec<String> = command.words.iter().map(|one| format!("[{}]", word(one))).collect();
        words.extend(command.input.iter().map(|input| format!("<[{}]", word(input))));
        words.extend(command.outputs.iter().map(|output| format!(">[{}]", word(&output.path))));
        words.extend(command.piped.then(|| "|".to_owned()));
        words.join(" ")
    };
    commands.iter().map(command).collect()
}

#[test]
fn words_and_quotes() {
    for (script, expected) in [
        ("echo a  b", vec!["[echo] [a] [b]"]),
        (r#"echo 'a b'"c d"e\ f"#, vec!["[echo] [a bc de f]"]),
        (r#"echo "\"\$x\\ \n" '\"'"#, vec![r#"[echo] ["$x\ \n] [\"]"#]),
        ("echo a \\\n  b # c\nd", vec!["[echo] [a] [b]", "[d]"]),
        ("echo a#b '#c'", vec!["[echo] [a#b] [#c]"]),
        ("a;b&&c||d|e &f", vec!["[a]", "[b]", "[c]", "[d] |", "[e]", "[f]"]),
        ("if a; then b; else c; fi", vec!["[a]", "[b]", "[c]"]),
        ("echo $'a\\nb\\'c'", vec!["[echo] [a\nb'c]"]),
        ("echo 'open", vec!["[echo] [open]"]),
        ("X={\"a\":\"b\"} Y='{\"a\":1}'", vec!["[X={a:b}] [Y={\"a\":1}]"]),
    ] {
        assert_eq!(shown(script), expected, "{script}");
    }
}

#[test]
fn expansions() {
    for (script, expected) in [
        ("echo $a${b}c \"$d e\" '$f'", vec!["[echo] [$a$bc] [$d e] [$f]"]),
        ("echo $(a \"$(b ')')\" c) d", vec!["[echo] [$(a \"$(b ')')\" c)] [d]"]),
        ("echo `a b`c", vec!["[echo] [$(a b)c]"]),
        ("echo ${a:-b c} ${a%%x} $1 $((1 + 2)) $[1<<2] $# $", vec!["[echo] [$a] [?] [$1] [?] [?] [?] [$]"]),
        ("A=$(cat <<'E'\nx (y)\nE\n)\nb", vec!["[A=$(cat <<'E'\nx (y)\nE\n)]", "[b]"]),
    ] {
        assert_eq!(shown(script), expected, "{script}");
    }
}

#[test]
fn redirections_and_here_documents() {
    for (script, expected) in [
        ("a > b 2>&1 >> c", vec!["[a] >[b] >[c]"]),
        ("a &> b < c", vec!["[a] >[b]"]),
        ("cat <<EOF > f\n$x \\$y 'z'\nEOF\nb", vec!["[cat] <[$x $y 'z'\n] >[f]", "[b]"]),
        ("cat <<'EOF'\n$x \"y\"\nEOF\n", vec!["[cat] <[$x \"y\"\n]"]),
        ("cat <<-E\n\tx\n\t\tE\nb", vec!["[cat] <[x\n]", "[b]"]),
        ("a <<1 | b <<2\nx\n1\ny\n2\nc", vec!["[a] <[x\n] |", "[b] <[y\n]", "[c]"]),
        // A template indents what the shell would want at the margin.
        ("cat <<E\n  x\n  E\nb", vec!["[cat] <[  x\n]", "[b]"]),
        ("cat <<< \"$x\"", vec!["[cat] <[$x]"]),
        ("{ a; b > c; } >> d", vec!["[a] >[d]", "[b] >[c]"]),
        ("(a; b) | c", vec!["[a] |", "[b] |", "[c]"]),
    ] {
        assert_eq!(shown(script), expected, "{script}");
    }
}
