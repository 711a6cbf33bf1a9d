//! The keys of the configuration: what each is for and what it takes. Checking, the JSON Schema and `ecs-lint config` all go by
//! this table.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value as Json, json};

use super::problem::did_you_mean;
use crate::lint::{FailOn, Level, Selector};
use crate::model::{RegistryPattern, partitions, read_date};
use crate::paths::{NamePattern, PathPatterns};
use crate::rules;
use crate::source::{FileId, Span};

/// A table of the configuration.
#[derive(Debug)]
pub struct Table {
    /// Its keys.
    pub keys: &'static [Key],
    /// Whether it takes the names of rules and categories as keys too, each with a level.
    pub rules: bool,
    /// Keys of which it must have exactly one.
    pub one_of: &'static [&'static str],
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in one sentence or two.
    pub about: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether its table must have it.
    pub required: bool,
    /// What counts where it is absent, as TOML; `None` where nothing does.
    pub default: Option<&'static str>,
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// A string.
    One(Form),
    /// A list of strings.
    Many(Form),
    /// A table.
    Table(&'static Table),
    /// A list of tables.
    Tables(&'static Table),
}

/// What a string must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Anything that is not empty.
    Words,
    /// A path, from the directory of the configuration.
    File,
    /// A pattern for paths.
    PathPattern,
    /// A pattern for names.
    NamePattern,
    /// A pattern for registries.
    Registry,
    /// The name of a rule.
    Rule,
    /// The name of a rule or of a category.
    RuleOrCategory,
    /// A level.
    Level,
    /// What fails a run.
    FailOn,
    /// A date.
    Date,
    /// An account.
    Account,
    /// A Region.
    Region,
    /// A partition.
    Partition,
    /// The ARN of a secret, perhaps with wildcards.
    SecretArn,
    /// The name of a secret, perhaps with wildcards.
    SecretName,
    /// The ARN of a role.
    RoleArn,
    /// The name of a role.
    RoleName,
    /// A KMS key.
    KmsKey,
    /// A policy: a file, or the ARN of one of AWS's own.
    Policy,
}

const fn key(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key { name, about, takes, required: false, default: None }
}

impl Key {
    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }
}

const fn table(keys: &'static [Key]) -> Table {
    Table { keys, rules: false, one_of: &[] }
}

use Form as F;
use Takes::{Many, One, Tables};

/// The whole file.
pub static ROOT: Table = table(&[
    key("fail-on", One(F::FailOn), "The least severity that makes the exit status 1.").default("\"warning\""),
    key("include", Many(F::PathPattern), "The only files that a walk looks at. Files that are named are checked all the same."),
    key("exclude", Many(F::PathPattern), "Files and directories that a walk passes over. Files that are named are checked all the same, unless with `--force-exclude`.").default("[]"),
    key("baseline", One(F::File), "The file with the findings that are known and not reported."),
    key("rules", Takes::Table(&RULES), "Which rules run, and the severity of their findings: each rule or category takes `error`, `warning`, `note` or `off`."),
    key("overrides", Tables(&OVERRIDE), "Other words on rules for some paths; of several that match, the last one counts."),
    key("registries", Takes::Table(&REGISTRIES), "What is known of registries that images come from."),
    key("context", Takes::Table(&CONTEXT), "What is known of the deployment and the files do not say."),
    key("suppress", Tables(&SUPPRESS), "Findings that are not reported."),
]);

/// `[rules]`, and `rules` of an override.
pub static RULES: Table = Table {
    keys: &[
        key("select", Many(F::RuleOrCategory), "The only rules that run, by name or category."),
        key("ignore", Many(F::RuleOrCategory), "Rules that do not run, by name or category.").default("[]"),
    ],
    rules: true,
    one_of: &[],
};

static OVERRIDE: Table = table(&[
    key("paths", Many(F::PathPattern), "The files it is for.").required(),
    key("rules", Takes::Table(&RULES), "What counts there instead.").required(),
]);

static REGISTRIES: Table = table(&[
    key("private", Many(F::Registry), "Registries that serve nobody without credentials.").default("[]"),
    key("public", Many(F::Registry), "Registries that serve everybody: nothing is said of images from there.")
        .default("[]"),
    key("allowed", Many(F::Registry), "The only registries that images may come from; those of Amazon ECR count too."),
]);

static CONTEXT: Table = table(&[
    key(
        "account",
        One(F::Account),
        "The account that is deployed to, for `AWS::AccountId` and for names without an account.",
    ),
    key("region", One(F::Region), "The Region that is deployed to, for `AWS::Region` and for names without a Region."),
    key("partition", One(F::Partition), "The partition, where the Region does not tell."),
    key(
        "parameters",
        Many(F::File),
        "Files with values for the parameters of templates; later ones count before earlier ones.",
    )
    .default("[]"),
    key("secrets", Tables(&SECRET), "Secrets that no file defines, with their keys."),
    key("roles", Tables(&ROLE), "Roles that no file defines, with all their policies."),
]);

static SECRET: Table = Table {
    keys: &[
        key("arn", One(F::SecretArn), "The secret's ARN; `*` and `?` stand for other characters."),
        key("name", One(F::SecretName), "The secret's name; `*` and `?` stand for other characters."),
        key("kms-key", One(F::KmsKey), "The key that encrypts it: its ARN or id, or an alias.").required(),
    ],
    rules: false,
    one_of: &["arn", "name"],
};

static ROLE: Table = Table {
    keys: &[
        key("arn", One(F::RoleArn), "The role's ARN."),
        key("name", One(F::RoleName), "The role's name, without its path."),
        key(
            "policies",
            Many(F::Policy),
            "All the policies of the role: files with IAM policies in JSON, and ARNs of policies that AWS manages.",
        )
        .required(),
        key("trust", One(F::File), "The file with the role's trust policy."),
    ],
    rules: false,
    one_of: &["arn", "name"],
};

static SUPPRESS: Table = table(&[
    key("rule", One(F::Rule), "The rule whose findings are not reported.").required(),
    key("path", One(F::PathPattern), "The files in which they are not."),
    key(
        "resource",
        One(F::NamePattern),
        "The logical id of the resource, or the family of the task definition, on which they are not.",
    ),
    key("container", One(F::NamePattern), "The name of the container on which they are not."),
    key("reason", One(F::Words), "Why."),
    key("expires", One(F::Date), "The last day, `YYYY-MM-DD` in UTC, on which they are not."),
]);

impl Table {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Every name that a key can have here.
    pub fn names(&self) -> Vec<&'static str> {
        let rules = Selector::names().filter(|_| self.rules);
        self.keys.iter().map(|key| key.name).chain(rules).collect()
    }
}

/// Where else in the file a key of that name belongs: the headers of the tables that have it.
pub fn homes(name: &str) -> Vec<&'static str> {
    let tables = [
        ("[rules]", &RULES),
        ("[[overrides]]", &OVERRIDE),
        ("[registries]", &REGISTRIES),
        ("[context]", &CONTEXT),
        ("[[context.secrets]]", &SECRET),
        ("[[context.roles]]", &ROLE),
        ("[[suppress]]", &SUPPRESS),
    ];
    let top = ROOT.key(name).map(|_| "the top of the file, before the first table");
    top.into_iter()
        .chain(tables.into_iter().filter(|(_, table)| table.key(name).is_some()).map(|(header, _)| header))
        .collect()
}

/// What a form is, in an expression for the whole string.
fn pattern(form: Form) -> Option<&'static str> {
    Some(match form {
        F::Words | F::File | F::PathPattern | F::NamePattern | F::Registry => r"\S",
        F::Date => r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        F::Account => r"^[0-9]{12}$",
        F::Region => r"^[a-z]{2,4}(-[a-z]+)+-[0-9]+$",
        F::SecretArn => r"^arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:.+$",
        F::SecretName => r"^[A-Za-z0-9/_+=.@*?-]+$",
        F::RoleArn => r"^arn:[a-z-]+:iam::[0-9]{12}:role/.+$",
        F::RoleName => r"^[A-Za-z0-9_+=,.@-]{1,64}$",
        F::KmsKey => {
            r"^(arn:[a-z-]+:kms:[^:]+:[0-9]{12}:(key|alias)/.+|alias/.+|mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
        }
        F::Policy => r"^(arn:[a-z-]+:iam::aws:policy/.+|([^a]|a[^r]|ar[^n]|arn[^:]).*|.{1,3})$",
        F::Rule | F::RuleOrCategory | F::Level | F::FailOn | F::Partition => return None,
    })
}

static EXPRESSIONS: LazyLock<Vec<(Form, Regex)>> = LazyLock::new(|| {
    let forms = [
        F::Words,
        F::File,
        F::PathPattern,
        F::NamePattern,
        F::Registry,
        F::Date,
        F::Account,
        F::Region,
        F::SecretArn,
        F::SecretName,
        F::RoleArn,
        F::RoleName,
        F::KmsKey,
        F::Policy,
    ];
    forms.into_iter().filter_map(|form| Some((form, Regex::new(pattern(form)?).ok()?))).collect()
});

/// What is wrong with a string, and how to mend it.
pub struct Fault {
    /// What it must be instead, in a predicate.
    pub must: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Form {
    /// The words it can be, where those are few.
    pub fn words(self) -> Option<Vec<&'static str>> {
        Some(match self {
            F::Rule => rules::all().iter().map(|rule| rule.name).collect(),
            F::RuleOrCategory => Selector::names().collect(),
            F::Level => Level::ALL.iter().map(|level| level.as_str()).collect(),
            F::FailOn => FailOn::ALL.iter().map(|level| level.as_str()).collect(),
            F::Partition => partitions().collect(),
            _ => return None,
        })
    }

    /// What it is, for messages: `must be …`.
    pub fn expected(self) -> &'static str {
        match self {
            F::Words => "a string that is not empty",
            F::File => "the path of a file",
            F::PathPattern => "a pattern for paths",
            F::NamePattern => "a pattern for names",
            F::Registry => "a registry such as `ghcr.io` or `ghcr.io/acme`",
            F::Rule => "the name of a rule",
            F::RuleOrCategory => "the name of a rule or of a category",
            F::Level => "`error`, `warning`, `note` or `off`",
            F::FailOn => "`error`, `warning`, `note` or `never`",
            F::Date => "a day such as `2026-01-31`",
            F::Account => "an account: twelve digits, in quotes",
            F::Region => "a Region such as `eu-west-1`",
            F::Partition => "a partition such as `aws` or `aws-cn`",
            F::SecretArn => "the ARN of a secret in Secrets Manager (`arn:…:secretsmanager:…:secret:…`)",
            F::SecretName => "the name of a secret in Secrets Manager",
            F::RoleArn => "the ARN of a role (`arn:aws:iam::…:role/…`)",
            F::RoleName => "the name of a role",
            F::KmsKey => "a key's ARN or id, or an alias (`alias/…`)",
            F::Policy => "the path of a file, or the ARN of a policy that AWS manages (`arn:aws:iam::aws:policy/…`)",
        }
    }

    /// What is wrong with the text.
    pub fn fault(self, text: &str) -> Option<Fault> {
        let plain = |must: String| Some(Fault { must, help: None });
        if let Some(words) = self.words() {
            let help = did_you_mean(&words, text);
            return (!words.contains(&text)).then(|| Fault { must: format!("must be {}", self.expected()), help });
        }
        let is_so = EXPRESSIONS.iter().find(|(form, _)| *form == self).is_none_or(|(_, form)| form.is_match(text));
        if !is_so {
            return plain(format!("must be {}", self.expected()));
        }
        match self {
            F::PathPattern => PathPatterns::check(text).err().and_then(plain),
            F::NamePattern => NamePattern::new(text).err().and_then(plain),
            F::Registry => RegistryPattern::new(text, Span::start_of(FileId(0))).err().and_then(plain),
            F::Date if read_date(text).is_none() => plain("is no day of the calendar".to_owned()),
            _ => None,
        }
    }

    /// What a JSON Schema can say of it.
    pub fn schema(self) -> Json {
        match (self.words(), pattern(self)) {
            (Some(words), _) => json!({ "type": "string", "enum": words }),
            (None, Some(pattern)) => json!({ "type": "string", "pattern": pattern }),
            (None, None) => json!({ "type": "string" }),
        }
    }
}
