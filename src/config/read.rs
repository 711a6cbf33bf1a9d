//! From the tree of a configuration to what a run goes by.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::Files;
use super::keys::{Form, RULES};
use super::problem::{Problem, shown};
use super::tree::{Entry, Kind, Value};
use crate::iam::misspelt_managed_policy;
use crate::lint::{Choice, ConfiguredSuppression, FailOn, Level, Selector};
use crate::lower::{Fault, PolicyKind, parameter_file, policy_file};
use crate::model::{
    Assumptions, Case, Deployment, Elsewhere, Field, NamedBy, Policy, Registries, RegistryPattern, Role, RoleElsewhere,
    Secret, SecretElsewhere, Text, Value as Known, Written, partition_of, read_date,
};
use crate::paths::{NamePattern, PathPatterns};
use crate::rules;
use crate::source::{MappedText, Source, Span};

/// Reads the tables of one file. What has not the form that its key takes was reported before and is passed over.
pub struct Reader<'r> {
    /// The directory of the configuration, from the working directory.
    pub directory: &'r Path,
    /// The files that are read on the way.
    pub files: &'r mut Files,
    /// What is wrong beyond the form.
    pub problems: &'r mut Vec<Problem>,
}

/// A string with its place.
type Quoted<'e> = (&'e str, Span);

/// The value of a key.
pub fn value<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Value> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

/// The entries of a table; none where it is absent.
pub fn table<'e>(entries: &'e [Entry], key: &str) -> &'e [Entry] {
    match value(entries, key).map(|value| &value.kind) {
        Some(Kind::Table(entries)) => entries,
        _ => &[],
    }
}

/// The tables of a list, each with its place.
pub fn tables<'e>(entries: &'e [Entry], key: &str) -> Vec<(&'e [Entry], Span)> {
    let Some(list) = entries.iter().find(|entry| entry.key == key) else { return Vec::new() };
    let Kind::List(items) = &list.value.kind else { return Vec::new() };
    let table = |item: &'e Value| match &item.kind {
        Kind::Table(entries) => Some((entries.as_slice(), super::check::place_of(item, list))),
        _ => None,
    };
    items.iter().filter_map(table).collect()
}

fn as_text(value: &Value, form: Form) -> Option<Quoted<'_>> {
    match &value.kind {
        Kind::Text(text) if form.fault(text).is_none() => Some((text, value.span)),
        _ => None,
    }
}

/// The string that a key has.
pub fn text<'e>(entries: &'e [Entry], key: &str, form: Form) -> Option<Quoted<'e>> {
    as_text(value(entries, key)?, form)
}

/// The strings of a list, and where that is written; `None` where it is absent.
pub fn texts<'e>(entries: &'e [Entry], key: &str, form: Form) -> Option<(Vec<Quoted<'e>>, Span)> {
    let value = value(entries, key)?;
    let Kind::List(items) = &value.kind else { return None };
    Some((items.iter().filter_map(|item| as_text(item, form)).collect(), value.span))
}

/// The level of that name.
fn level(name: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|level| level.as_str() == name)
}

/// What fails a run, by its name.
#[must_use]
pub fn fail_on(name: &str) -> Option<FailOn> {
    FailOn::ALL.into_iter().find(|one| one.as_str() == name)
}

impl Reader<'_> {
    /// `[rules]`.
    pub fn choice(&mut self, entries: &[Entry]) -> Choice {
        let selected = texts(entries, "select", Form::RuleOrCategory).map(|(names, _)| names);
        let ignored = texts(entries, "ignore", Form::RuleOrCategory).map_or_else(Vec::new, |(names, _)| names);
        for (name, span) in &ignored {
            if let Some((_, other)) = selected.iter().flatten().find(|(other, _)| other == name) {
                let problem = Problem::new(*span, format!("`{name}` is both selected and ignored"));
                self.problems.push(problem.label(*other, "selected here"));
            }
        }
        let found = |names: Vec<Quoted<'_>>| names.into_iter().filter_map(|(name, _)| Selector::find(name)).collect();
        let levels = entries.iter().filter(|entry| RULES.key(&entry.key).is_none()).filter_map(|entry| {
            let (word, _) = as_text(&entry.value, Form::Level)?;
            Some((Selector::find(&entry.key)?, level(word)?))
        });
        Choice { select: selected.map(found), ignore: found(ignored), levels: levels.collect() }
    }

    /// `[[overrides]]`.
    pub fn overrides(&mut self, root: &[Entry]) -> Vec<(PathPatterns, Choice)> {
        let overrides = tables(root, "overrides").into_iter();
        overrides
            .map(|(entries, _)| (patterns(entries, "paths").unwrap_or_default(), self.choice(table(entries, "rules"))))
            .collect()
    }

    /// `[registries]`.
    pub fn registries(&mut self, root: &[Entry]) -> Registries {
        let entries = table(root, "registries");
        let read = |key| {
            let (names, span) = texts(entries, key, Form::Registry)?;
            let patterns: Vec<(RegistryPattern, Span)> = names
                .into_iter()
                .filter_map(|(name, span)| Some((RegistryPattern::new(name, span).ok()?, span)))
                .collect();
            Some((patterns, span))
        };
        let of = |key| read(key).map_or_else(Vec::new, |(patterns, _)| patterns);
        let (private, public) = (of("private"), of("public"));
        for (pattern, span) in &public {
            if let Some((_, other)) = private.iter().find(|(other, _)| other.is_same_as(pattern)) {
                let problem = Problem::new(*span, format!("`{pattern}` cannot be both private and public"));
                self.problems.push(problem.label(*other, "private here"));
            }
        }
        let alone = |patterns: Vec<(RegistryPattern, Span)>| patterns.into_iter().map(|(pattern, _)| pattern).collect();
        Registries {
            private: alone(private),
            public: alone(public),
            allowed: read("allowed").map(|(patterns, span)| (alone(patterns), span)),
        }
    }

    /// `[context]`, but for secrets and roles.
    pub fn deployment(&mut self, root: &[Entry]) -> Deployment {
        let context = table(root, "context");
        let one = |key, form| text(context, key, form).map(|(text, _)| text.to_owned());
        let mut deployment = Deployment {
            account: one("account", Form::Account),
            region: one("region", Form::Region),
            partition: one("partition", Form::Partition),
            ..Deployment::unknown()
        };
        if let (Some((region, at)), Some((partition, span))) =
            (text(context, "region", Form::Region), text(context, "partition", Form::Partition))
            && partition_of(region) != partition
        {
            let message =
                format!("the Region `{region}` is in the partition `{}`, not in `{partition}`", partition_of(region));
            self.problems.push(Problem::new(span, message).label(at, "the Region"));
        }
        for (name, span) in texts(context, "parameters", Form::File).map_or_else(Vec::new, |(names, _)| names) {
            match self.parameters(&self.directory.join(name)) {
                Ok(values) => deployment.parameters.extend(values),
                Err(faults) => self.problems.extend(faults.into_iter().map(|fault| Problem::new(span, fault))),
            }
        }
        deployment
    }

    /// The values of a file of parameters, whose path is from the working directory; or what is wrong, each in a sentence.
    pub fn parameters(&mut self, path: &Path) -> Result<Vec<(String, MappedText)>, Vec<String>> {
        let source = self.files.read(path).map_err(|why| vec![format!("`{}` {why}", shown(path))])?;
        parameter_file(&source).map_err(|faults| {
            let fault = |(span, fault): Fault| {
                let place = source.position(span.start);
                format!("`{}`, line {}, column {}: {fault}", shown(path), place.line, place.column)
            };
            faults.into_iter().map(fault).collect()
        })
    }

    /// `[[context.secrets]]` and `[[context.roles]]`.
    pub fn elsewhere(&mut self, root: &[Entry]) -> Elsewhere {
        let context = table(root, "context");
        let secrets = tables(context, "secrets").into_iter().filter_map(|(entries, _)| secret(entries)).collect();
        let mut roles: Vec<RoleElsewhere> = Vec::new();
        for (entries, _) in tables(context, "roles") {
            let Some((role, span)) = self.role(entries) else { continue };
            if let Some(known) = roles.iter().find(|known| known.role.id == role.role.id) {
                let known = known.role.name.span;
                let message = format!("`{}` is described twice", role.role.id);
                self.problems.push(Problem::new(span, message).label(known, "it is described here"));
            }
            roles.push(role);
        }
        Elsewhere { roles, secrets }
    }

    fn role(&mut self, entries: &[Entry]) -> Option<(RoleElsewhere, Span)> {
        let (by, id, name, span) = match (text(entries, "arn", Form::RoleArn), text(entries, "name", Form::RoleName)) {
            (Some((arn, span)), _) => {
                (NamedBy::Arn(written(arn, span)), arn, arn.rsplit('/').next().unwrap_or_default(), span)
            }
            (None, Some((name, span))) => (NamedBy::Name(written(name, span)), name, name, span),
            (None, None) => return None,
        };
        let (names, list) = texts(entries, "policies", Form::Policy)?;
        let (mut policies, mut managed) = (Vec::new(), Vec::new());
        for (name, span) in names {
            if name.starts_with("arn:") {
                if let Some(meant) = misspelt_managed_policy(name) {
                    let problem = Problem::new(span, format!("AWS manages no policy `{name}`"));
                    self.problems.push(problem.help(format!("did you mean `{meant}`?")));
                }
                managed.push(Written { text: written(name, span), span, when: Assumptions::always() });
            } else {
                policies.extend(self.policy(name, span, PolicyKind::Identity));
            }
        }
        let trust = text(entries, "trust", Form::File);
        let trust = trust.and_then(|(name, span)| self.policy(name, span, PolicyKind::Trust));
        // One file is shown itself, several by where they are named.
        let key = match (policies.as_slice(), managed.as_slice()) {
            ([policy], []) => policy.span,
            _ => list,
        };
        let name = written(name, span);
        let role = Role {
            id: id.to_owned(),
            key,
            when: Assumptions::always(),
            name: known(name.clone(), span),
            written_names: vec![Written { text: name, span, when: Assumptions::always() }],
            trust: trust.into_iter().collect(),
            policies,
            managed,
            incomplete: false,
            boundary: Vec::new(),
        };
        Some((RoleElsewhere { by, role }, span))
    }

    fn policy(&mut self, name: &str, span: Span, kind: PolicyKind) -> Option<Policy> {
        let path: PathBuf = self.directory.join(name);
        let source: Arc<Source> = match self.files.read(&path) {
            Ok(source) => source,
            Err(why) => {
                self.problems.push(Problem::new(span, format!("`{}` {why}", shown(&path))));
                return None;
            }
        };
        match policy_file(&source, kind) {
            Ok(policy) => Some(policy),
            Err(faults) => {
                let problem = |(at, fault)| Problem::new(at, fault).label(span, "the policy is named here");
                self.problems.extend(faults.into_iter().map(problem));
                None
            }
        }
    }
}

/// `[[suppress]]`.
pub fn suppressions(root: &[Entry]) -> Vec<ConfiguredSuppression> {
    let entries = tables(root, "suppress").into_iter();
    entries
        .filter_map(|(entries, place)| {
            let (rule, span) = text(entries, "rule", Form::Rule)?;
            let words = |key| text(entries, key, Form::Words).map(|(text, span)| (text.to_owned(), span));
            let names = |key| {
                text(entries, key, Form::NamePattern)
                    .and_then(|(text, span)| Some((NamePattern::new(text).ok()?, span)))
            };
            let path = text(entries, "path", Form::PathPattern);
            let whole = entries.iter().fold(place, |whole, entry| {
                Span::new(whole.file, whole.start.min(entry.key_span.start), whole.end.max(entry.value.span.end))
            });
            Some(ConfiguredSuppression {
                span: whole,
                rule: (rules::find(rule)?.name, span),
                paths: path.map(|(text, span)| (PathPatterns::new([text]), span)),
                concerns_one_file: path.is_some_and(|(text, _)| PathPatterns::is_one_path(text)),
                resource: names("resource"),
                container: names("container"),
                reason: words("reason"),
                expires: text(entries, "expires", Form::Date).and_then(|(text, span)| Some((read_date(text)?, span))),
            })
        })
        .collect()
}

/// The patterns of a list of paths.
pub fn patterns(entries: &[Entry], key: &str) -> Option<PathPatterns> {
    let (patterns, _) = texts(entries, key, Form::PathPattern)?;
    Some(PathPatterns::new(patterns.into_iter().map(|(pattern, _)| pattern)))
}

fn secret(entries: &[Entry]) -> Option<SecretElsewhere> {
    let (by, id, span) = match (text(entries, "arn", Form::SecretArn), text(entries, "name", Form::SecretName)) {
        (Some((arn, span)), _) => (NamedBy::Arn(written(arn, span)), arn, span),
        (None, Some((name, span))) => (NamedBy::Name(written(name, span)), name, span),
        (None, None) => return None,
    };
    let (key, key_span) = text(entries, "kms-key", Form::KmsKey)?;
    let secret = Secret {
        id: id.to_owned(),
        key: span,
        when: Assumptions::always(),
        name: Field::unknown(span, Assumptions::always()),
        key_id: known(written(key, key_span), key_span),
        replicas: Vec::new(),
        value: Field::unknown(span, Assumptions::always()),
        generators: Vec::new(),
    };
    Some(SecretElsewhere { by, secret })
}

fn written(text: &str, span: Span) -> Text {
    Text::literal(MappedText::placed(text, span))
}

fn known(text: Text, span: Span) -> Field<Text> {
    Field { span, cases: vec![Case { value: Known::Known(text), span, origin: None, when: Assumptions::always() }] }
}
