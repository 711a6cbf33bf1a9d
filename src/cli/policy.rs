//! `ecs-lint policy FILE`

use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::settings::{self, SettingsOptions};
use super::{FAILURE, FINDINGS, OK, Streams, complain, say};
use crate::discover::{Input, SIZE_LIMIT, WalkOptions, describe_io_error, discover};
use crate::lint::{Levels, Outcome, conclude};
use crate::model::{Deployment, Document, DocumentKind, Notation as FileNotation, Task};
use crate::policy::{Fill, Format, Notation, Policy, Remark, needed};
use crate::report::{self, Masks, Report, RunDetails, STANDARD_INPUT, View};
use crate::source::{FileId, Source};

/// What the policy is made of, and how it is written.
#[derive(Args, Debug)]
pub(super) struct PolicyOptions {
    /// The task definition, or a template that has it; `-` reads standard input
    pub file: PathBuf,

    /// The task definition in FILE, by its logical id or family; of several the policy is for all of them together
    #[arg(long, value_name = "NAME")]
    pub task: Vec<String>,

    /// How the policy is written [default: json; yaml for a template in YAML]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<PolicyFormat>,

    /// The account that the task runs in, twelve digits
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: Option<String>,

    /// The Region that the task runs in
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Option<String>,

    /// The configuration [default: ecs-lint.toml or .ecs-lint.toml, from here up to the top of the repository]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Go by no configuration
    #[arg(long)]
    pub no_config: bool,

    /// A file with values for the parameters of the template; later ones count before earlier ones
    #[arg(long, value_name = "FILE")]
    pub parameters: Vec<PathBuf>,

    /// The name to report for standard input
    #[arg(long, value_name = "NAME", default_value = STANDARD_INPUT)]
    pub stdin_filename: String,

    /// Print the policy, and nothing beside it but what it lacks
    #[arg(long, short)]
    pub quiet: bool,
}

/// How the policy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PolicyFormat {
    /// As IAM takes it; why each statement is there is told on standard error
    Json,
    /// For a template, why each statement is there in comments
    Yaml,
}

fn account(text: &str) -> Result<String, &'static str> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account { Ok(text.to_owned()) } else { Err("an account has twelve digits") }
}

fn region(text: &str) -> Result<String, &'static str> {
    let is_plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_region =
        text.split('-').count() >= 3 && text.split('-').all(is_plain) && text.ends_with(|c: char| c.is_ascii_digit());
    if is_region { Ok(text.to_owned()) } else { Err("a Region is written like `eu-west-1`") }
}

/// Prints the policy that the execution role of a task definition needs.
pub(super) fn run(options: &PolicyOptions, streams: &mut Streams) -> io::Result<u8> {
    let general = SettingsOptions {
        config: options.config.clone(),
        no_config: options.no_config,
        parameters: options.parameters.clone(),
        ..SettingsOptions::default()
    };
    let mut settings = match settings::load(&general, streams)? {
        Ok(configuration) => configuration.settings,
        Err(status) => return Ok(status),
    };
    settings.deployment = Arc::new(deployment(options, &settings.deployment));
    let input = match input(options, streams.stdin) {
        Ok(input) => input,
        Err(message) => return Ok(fail(streams, &message)),
    };
    settings.levels = Levels::default();
    let file = crate::check_input(FileId(0), &input, &settings);
    let outcome = conclude([&file], &settings);
    if file.documents.is_empty() && !file.found.diagnostics.is_empty() {
        Report::new(&outcome, RunDetails::default()).write(
            report::Format::Text,
            View::default(),
            &mut *streams.stderr,
        )?;
        return Ok(FAILURE);
    }
    let documents: Vec<&Document> = file.documents.iter().map(Arc::as_ref).collect();
    match choose(&documents, &file.source, &input.name, &options.task) {
        Ok((document, tasks)) => print(options, document, &tasks, &outcome, streams),
        Err(message) => Ok(fail(streams, &message)),
    }
}

/// Complains of what the first line says; the others are shown below it.
fn fail(streams: &mut Streams, message: &str) -> u8 {
    let mut lines = message.lines().map(report::escaped);
    complain(streams, &lines.next().unwrap_or_default());
    lines.for_each(|line| say(streams.stderr, &format!("{}\n", report::commanding_nothing(&line))));
    FAILURE
}

fn deployment(options: &PolicyOptions, configured: &Deployment) -> Deployment {
    let mut deployment = configured.clone();
    if let Some(account) = &options.account {
        deployment.account = Some(account.clone());
    }
    if let Some(region) = &options.region {
        deployment.region = Some(region.clone());
        deployment.partition = None;
    }
    deployment
}

/// The one file, or what to tell the user.
fn input(options: &PolicyOptions, stdin: &mut dyn Read) -> Result<Input, String> {
    if options.file == Path::new("-") {
        let mut text = Vec::new();
        stdin
            .take(SIZE_LIMIT + 1)
            .read_to_end(&mut text)
            .map_err(|error| format!("standard input cannot be read: {}", describe_io_error(&error)))?;
        return Ok(Input::text(&options.stdin_filename, text));
    }
    if options.file.is_dir() {
        return Err(format!("`{}` is a directory: name the file that has the task definition", options.file.display()));
    }
    let discovery =
        discover(std::slice::from_ref(&options.file), &WalkOptions::default()).map_err(|error| error.to_string())?;
    if let Some((name, why)) = discovery.unreadable.first() {
        return Err(format!("`{name}` {why}"));
    }
    discovery.inputs.into_iter().next().ok_or_else(|| format!("`{}` cannot be read", options.file.display()))
}

type Chosen<'d> = (&'d Document, Vec<&'d Task>);

/// The tasks with those names, or the only one there is; or what to tell the user.
fn choose<'d>(
    documents: &[&'d Document],
    source: &Source,
    name: &str,
    wanted: &[String],
) -> Result<Chosen<'d>, String> {
    let all: Vec<(&Document, &Task)> =
        documents.iter().flat_map(|document| document.tasks.iter().map(move |task| (*document, task))).collect();
    if all.is_empty() {
        return Err(match documents.first().map(|document| document.kind) {
            None => format!("`{name}` is neither an ECS task definition nor a CloudFormation template"),
            Some(DocumentKind::LaunchScript) => {
                format!("`{name}` is launched on instances, and has no task definition in it")
            }
            Some(_) => format!("`{name}` has no task definition in it"),
        });
    }
    let mut names: Vec<&str> = Vec::new();
    for (_, task) in &all {
        let name = task.name.as_deref().unwrap_or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let list = || {
        let lines = names.iter().filter_map(|name| {
            let (_, task) = all.iter().find(|(_, task)| task.name.as_deref().unwrap_or_default() == *name)?;
            let line = source.position(task.key.start).line;
            let name = if name.is_empty() { "(no family)" } else { name };
            let role =
                task.execution_role.known().next().map(|(role, _)| format!(", execution role `{}`", role.shown()));
            Some(format!("  {name}  (line {line}{})", role.unwrap_or_default()))
        });
        lines.collect::<Vec<String>>().join("\n")
    };
    if wanted.is_empty() && names.len() > 1 {
        return Err(format!(
            "`{name}` has several task definitions; choose with --task, or name several that share a role:\n{}",
            list()
        ));
    }
    let is_wanted = |task: &Task| wanted.is_empty() || wanted.iter().any(|name| task.name.as_deref() == Some(name));
    if let Some(unknown) = wanted.iter().find(|wanted| !names.contains(&wanted.as_str())) {
        return Err(format!("`{name}` has no task definition `{unknown}`; it has:\n{}", list()));
    }
    let chosen: Vec<(&Document, &Task)> = all.iter().copied().filter(|(_, task)| is_wanted(task)).collect();
    let Some((document, _)) = chosen.first() else { return Err(format!("`{name}` has no task definition in it")) };
    if chosen.iter().any(|(other, _)| !std::ptr::eq(*other, *document)) {
        return Err(format!(
            "the task definitions in `{name}` are documents of their own; choose one with --task:\n{}",
            list()
        ));
    }
    Ok((document, chosen.iter().map(|(_, task)| *task).collect()))
}

fn print(
    options: &PolicyOptions,
    document: &Document,
    tasks: &[&Task],
    outcome: &Outcome,
    streams: &mut Streams,
) -> io::Result<u8> {
    let (masks, Some(source)) = (Masks::new(outcome), outcome.sources.get(document.file)) else { return Ok(FAILURE) };
    let policy = needed(document, tasks);
    let notation = Notation::new(document, tasks);
    let is_template = document.kind == DocumentKind::Template;
    let format = match options.format {
        Some(PolicyFormat::Yaml) => Format::Yaml,
        None if is_template && document.notation == FileNotation::Yaml => Format::Yaml,
        Some(PolicyFormat::Json) | None => Format::Json,
    };
    if !policy.statements.is_empty() {
        let text = notation.write(&policy, format)?;
        // The escapes of JSON, which are those of quoted strings in YAML too.
        streams.stdout.write_all(report::inert_json(&text).as_bytes())?;
        streams.stdout.flush()?;
    }
    let mut words = String::new();
    if policy.statements.is_empty() {
        words.push_str("note: nothing that is known here takes a permission of the execution role; IAM takes no empty policy, and none is printed\n");
    }
    if !options.quiet {
        beside(&policy, format, notation.has_functions(), source, &mut words);
    }
    let fills = notation.fills();
    lacking(&policy.gaps, &fills, source, &mut words);
    for line in words.lines() {
        say(streams.stderr, &format!("{}\n", report::commanding_nothing(&report::escaped(&masks.hidden(line)))));
    }
    Ok(if policy.gaps.is_empty() && fills.is_empty() { OK } else { FINDINGS })
}

/// The reasons where the format has no comments, and the notes.
fn beside(policy: &Policy, format: Format, is_for_template: bool, source: &Source, words: &mut String) {
    if format == Format::Json {
        for statement in &policy.statements {
            let _ = writeln!(words, "{}: {}", statement.sid, statement.reason);
        }
    }
    for remark in &policy.notes {
        let _ = writeln!(words, "{}note: {}", place(remark, source), remark.message);
    }
    let outcomes: Vec<String> = policy.when.iter().map(|(name, outcome)| format!("`{name}` is {outcome}")).collect();
    if !outcomes.is_empty() {
        let _ = writeln!(
            words,
            "note: all of it is needed only where {}: put that condition on what has the policy",
            outcomes.join(" and ")
        );
    }
    if is_for_template {
        words.push_str("note: it refers to what is in the template, and is to be put there: as `PolicyDocument` of the role's policy\n");
    }
}

/// What the policy lacks, and what is to be filled in.
fn lacking(gaps: &[Remark], fills: &[Fill], source: &Source, words: &mut String) {
    let mut helps: Vec<&str> = Vec::new();
    for gap in gaps {
        let _ = writeln!(words, "{}warning: not in the policy: {}", place(gap, source), gap.message);
        helps.extend(gap.help.filter(|help| !helps.contains(help)));
    }
    for help in helps {
        let _ = writeln!(words, "help: {help}");
    }
    for fill in fills {
        let what = match fill {
            Fill::Account => {
                "the account that the task runs in: `--account`, or `account` of `[context]` in ecs-lint.toml"
            }
            Fill::Region => "the Region that the task runs in: `--region`, or `region` of `[context]` in ecs-lint.toml",
            Fill::Other(word) if word == "<log-group>" => "the name of the log group, which is not written here",
            Fill::Other(word) if word.starts_with("<Fn::") => "what that function yields: put it in its place",
            Fill::Other(_) => "a placeholder of the file",
        };
        let _ = writeln!(words, "warning: to be filled in: `{}` ({what})", fill.word());
    }
}

/// `file:line:column: `, where it is about a setting of the file.
fn place(remark: &Remark, source: &Source) -> String {
    match remark.span.filter(|span| span.file == source.id()) {
        Some(span) => {
            let position = source.position(span.start);
            format!("{}:{}:{}: ", source.name(), position.line, position.column)
        }
        None => String::new(),
    }
}
