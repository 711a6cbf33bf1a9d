//! `ecs-lint explain RULE`

use std::io;

use super::{FAILURE, OK, Streams, complain, say};
use crate::model::Safety;
use crate::rules;

pub(super) fn run(name: &str, streams: &mut Streams) -> io::Result<u8> {
    let Some(rule) = rules::find(&name.to_lowercase()) else {
        complain(streams, &format!("there is no rule `{name}`{}", suggestion(name)));
        say(streams.stderr, "`ecs-lint rules` lists them all\n");
        return Ok(FAILURE);
    };
    let page = rule.page();
    let out = &mut *streams.stdout;
    writeln!(out, "# {}\n\n{}.\n", rule.name, page.title)?;
    writeln!(out, "Severity: {}. Category: {}. Since {}.\n", page.severity, page.category, page.since)?;
    match page.fix {
        Some(Safety::Safe) => writeln!(out, "Fix: `--fix` mends it where there is one way to.\n")?,
        Some(Safety::Unsafe) => writeln!(out, "Fix: `--fix --unsafe-fixes` proposes one, to be looked at.\n")?,
        None => {}
    }
    writeln!(out, "{}", page.body.trim())?;
    if !page.references.is_empty() {
        writeln!(out, "\n## References")?;
        for reference in &page.references {
            writeln!(out, "- <{reference}>")?;
        }
    }
    Ok(OK)
}

/// `; did you mean …?`, or nothing when no name is near.
fn suggestion(name: &str) -> String {
    let near: Vec<String> = rules::nearest(name).into_iter().map(|near| format!("`{near}`")).collect();
    match near.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}
