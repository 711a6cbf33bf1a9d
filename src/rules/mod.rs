//! The rules: each a page in `rules/`, a function in a file of its own, and a row in the table below.
//!
//! Rules are pure functions over the model. A rule never names itself: the runner knows which row it is running.

mod engine_auth;
mod engine_auth_malformed;
mod execution_role_missing;
mod execution_role_not_assumable;
mod execution_role_permission_missing;
mod finding;
mod grants;
mod input;
mod kms_decrypt_missing;
mod kms_grant_ineffective;
mod login_shape;
mod lookup;
mod mending;
mod page;
mod partial_json;
mod permission;
mod permission_on_task_role;
mod registry_credentials_invalid;
mod registry_credentials_missing;
mod registry_credentials_on_ecr_image;
mod registry_login;
mod registry_not_allowed;
mod registry_secret_malformed;
mod registry_secret_shape;
mod secret_arn_malformed;
mod secret_grant_ineffective;
mod secret_name_instead_of_arn;
mod secret_permission_missing;
mod statement;
mod suppression;

use std::sync::OnceLock;

use crate::access::Accesses;
use crate::model::{Assumptions, Container, Document, Problem, Registries, SecretUse, Task};

pub use finding::{Finding, Label};
pub use login_shape::{Login, LoginShape, login_shapes};
pub use lookup::nearest as nearest_of;
pub use page::{CATEGORIES, Page, PageError};
pub use suppression::{SuppressionReview, Usage};

/// One rule: its name, its page, and what it looks at.
#[derive(Debug)]
pub struct Rule {
    /// The name, which is its id everywhere.
    pub name: &'static str,
    source: &'static str,
    page: OnceLock<Page>,
    /// What it looks at.
    pub on: On,
}

/// What a rule looks at, one at a time.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// Each container.
    Container(fn(Context<'_>, &Task, &Container, &mut Vec<Finding>)),
    /// Each reference to a secret, with its container where it has one.
    Secret(fn(Context<'_>, &Task, Option<&Container>, &SecretUse, &mut Vec<Finding>)),
    /// Each task definition.
    Task(fn(Context<'_>, &Task, &mut Vec<Finding>)),
    /// Each file.
    Document(fn(Context<'_>, &mut Vec<Finding>)),
    /// Each thing that is wrong with the way a file is written.
    Problem(fn(&Problem) -> Option<Finding>),
    /// Each rule that a suppression names, when all others have been run.
    Suppression(fn(SuppressionReview<'_>) -> Option<Finding>),
}

/// What surrounds the thing that a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'p> {
    /// The file.
    pub document: &'p Document,
    /// What its tasks need of their execution roles; for a rule that looks at a task or at a part of one, what that task needs.
    pub access: Accesses<'p>,
    /// What the settings say of registries.
    pub registries: &'p Registries,
}

impl Context<'_> {
    /// Whether all of these can hold together.
    #[must_use]
    pub fn possible(&self, all: &[&Assumptions]) -> bool {
        self.document.conditions.possible(all)
    }
}

const fn rule(name: &'static str, source: &'static str, on: On) -> Rule {
    Rule { name, source, page: OnceLock::new(), on }
}

/// The registration of a rule: its name, once, gives its page too.
static RULES: [Rule; 30] = [
    rule(
        "registry-credentials-missing",
        include_str!("../../rules/registry-credentials-missing.md"),
        On::Container(registry_credentials_missing::check),
    ),
    rule(
        "registry-credentials-on-ecr-image",
        include_str!("../../rules/registry-credentials-on-ecr-image.md"),
        On::Container(registry_credentials_on_ecr_image::check),
    ),
    rule(
        "registry-credentials-invalid",
        include_str!("../../rules/registry-credentials-invalid.md"),
        On::Container(registry_credentials_invalid::check),
    ),
    rule(
        "registry-secret-malformed",
        include_str!("../../rules/registry-secret-malformed.md"),
        On::Document(registry_secret_malformed::check),
    ),
    rule(
        "execution-role-missing",
        include_str!("../../rules/execution-role-missing.md"),
        On::Task(execution_role_missing::check),
    ),
    rule(
        "execution-role-not-assumable",
        include_str!("../../rules/execution-role-not-assumable.md"),
        On::Task(execution_role_not_assumable::check),
    ),
    rule(
        "execution-role-permission-missing",
        include_str!("../../rules/execution-role-permission-missing.md"),
        On::Task(execution_role_permission_missing::check),
    ),
    rule(
        "permission-on-task-role",
        include_str!("../../rules/permission-on-task-role.md"),
        On::Task(permission_on_task_role::check),
    ),
    rule(
        "secret-name-instead-of-arn",
        include_str!("../../rules/secret-name-instead-of-arn.md"),
        On::Secret(secret_name_instead_of_arn::check),
    ),
    rule(
        "secret-arn-malformed",
        include_str!("../../rules/secret-arn-malformed.md"),
        On::Secret(secret_arn_malformed::check),
    ),
    rule(
        "secret-permission-missing",
        include_str!("../../rules/secret-permission-missing.md"),
        On::Task(secret_permission_missing::check),
    ),
    rule(
        "secret-grant-ineffective",
        include_str!("../../rules/secret-grant-ineffective.md"),
        On::Document(secret_grant_ineffective::check),
    ),
    rule(
        "kms-decrypt-missing",
        include_str!("../../rules/kms-decrypt-missing.md"),
        On::Task(kms_decrypt_missing::check),
    ),
    rule(
        "kms-grant-ineffective",
        include_str!("../../rules/kms-grant-ineffective.md"),
        On::Document(kms_grant_ineffective::check),
    ),
    rule(
        "plaintext-engine-auth-data",
        include_str!("../../rules/plaintext-engine-auth-data.md"),
        On::Document(engine_auth::plaintext),
    ),
    rule(
        "engine-auth-data-exposed-at-deploy",
        include_str!("../../rules/engine-auth-data-exposed-at-deploy.md"),
        On::Document(engine_auth::exposed_at_deploy),
    ),
    rule(
        "registry-login-in-user-data",
        include_str!("../../rules/registry-login-in-user-data.md"),
        On::Document(engine_auth::registry_login),
    ),
    rule(
        "engine-auth-malformed",
        include_str!("../../rules/engine-auth-malformed.md"),
        On::Document(engine_auth_malformed::check),
    ),
    rule("wrong-type", include_str!("../../rules/wrong-type.md"), On::Problem(input::wrong_type)),
    rule("wrong-letter-case", include_str!("../../rules/wrong-letter-case.md"), On::Problem(input::wrong_letter_case)),
    rule("duplicate-key", include_str!("../../rules/duplicate-key.md"), On::Problem(input::duplicate_key)),
    rule("syntax-error", include_str!("../../rules/syntax-error.md"), On::Problem(input::syntax_error)),
    rule(
        "unresolved-template",
        include_str!("../../rules/unresolved-template.md"),
        On::Problem(input::unresolved_template),
    ),
    rule("unreadable-file", include_str!("../../rules/unreadable-file.md"), On::Problem(input::unreadable_file)),
    rule("limit-reached", include_str!("../../rules/limit-reached.md"), On::Problem(input::limit_reached)),
    rule(
        "registry-not-allowed",
        include_str!("../../rules/registry-not-allowed.md"),
        On::Container(registry_not_allowed::check),
    ),
    rule("invalid-suppression", include_str!("../../rules/invalid-suppression.md"), On::Problem(suppression::invalid)),
    rule("unused-suppression", include_str!("../../rules/unused-suppression.md"), On::Suppression(suppression::unused)),
    rule(
        "expired-suppression",
        include_str!("../../rules/expired-suppression.md"),
        On::Suppression(suppression::expired),
    ),
    rule(
        "suppression-without-reason",
        include_str!("../../rules/suppression-without-reason.md"),
        On::Suppression(suppression::without_reason),
    ),
];

impl Rule {
    /// Its page, read once.
    pub fn page(&self) -> &Page {
        self.page.get_or_init(|| Page::parse_or_bare(self.name, self.source))
    }

    /// Its page as it stands in the repository, for the test that holds every page to its form.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }
}

/// Every rule, in the order of the table.
#[must_use]
pub fn all() -> &'static [Rule] {
    &RULES
}

/// The rule of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// Rules about the input itself: what they report could not be checked.
pub const INPUT_FAILURES: [&str; 3] = ["syntax-error", "unreadable-file", "unresolved-template"];

/// The names most like one that is none: at most three, best first.
#[must_use]
pub fn nearest(name: &str) -> Vec<&'static str> {
    lookup::nearest(RULES.iter().map(|rule| rule.name), name)
}
