//! A `kms:Decrypt` that was given to the execution role and has no effect.

use super::kms_decrypt_missing::{is_same_key, key_id_of, with_consequence};
use super::mending::{reference, rewritten};
use super::permission::{grouped, unique};
use super::{Context, Finding, grants};
use crate::access::{Access, Feature, Ineffective, KeyLink, Verdict};
use crate::iam::Form;
use crate::model::{Key, ResourceKind, Safety, Severity};

/// One finding per statement that has no effect, at what is wrong in it.
pub fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let decrypting = || context.access.iter().filter(|access| matches!(access.need.feature, Feature::Decrypt { .. }));
    let overruled = decrypting().filter(|access| matches!(access.verdict, Verdict::Overruled(_)));
    let groups = grouped(overruled, |one, other| one.role.id == other.role.id && is_same_key(one, other));
    findings.extend(groups.iter().filter_map(|uses| overruled_by_key(uses)));

    let meant = decrypting().filter(|access| ineffective(access).is_some());
    let groups = grouped(meant, |one, other| {
        ineffective(one).map(|one| one.written.span) == ineffective(other).map(|other| other.written.span)
    });
    findings.extend(groups.iter().filter_map(|uses| of_wrong_form(context, uses)));

    grants::without_effect(context, "kms:Decrypt", findings, message);
}

fn ineffective<'a, 'p>(access: &'a Access<'p>) -> Option<&'a Ineffective<'p>> {
    access.missing()?.ineffective.as_ref()
}

fn overruled_by_key(uses: &[&Access<'_>]) -> Option<Finding> {
    let first = uses.first()?;
    let (Verdict::Overruled(statement), Feature::Decrypt { secret, key: KeyLink::Here(key), .. }) =
        (&first.verdict, &first.need.feature)
    else {
        return None;
    };
    let role = first.role;
    let message = format!(
        "`kms:Decrypt` on `{}` has no effect for `{}`: the key's policy does not let IAM policies decide",
        key.id, role.id
    );
    let finding = Finding::new(Severity::Error, *statement, message)
        .when(&first.when)
        .here("this statement allows it, to no effect")
        .label(key.key, "this key's policy names neither the role nor the account as a whole");
    let finding = at_references(finding, uses)
        .note(format!("the secret `{}` cannot be decrypted, and grants in IAM policies do not count", secret.id))
        .help(format!("name `{}`, or the account's root, in the key policy of `{}`", role.id, key.id));
    Some(of_role(with_consequence(finding), &role.id))
}

fn of_wrong_form(context: Context<'_>, uses: &[&Access<'_>]) -> Option<Finding> {
    let first = uses.first()?;
    let wrong = ineffective(first)?;
    let (role, written) = (first.role, wrong.written);
    let is_here = |access: &&Access<'_>| matches!(access.need.feature, Feature::Decrypt { key: KeyLink::Here(_), .. });
    let severity = if uses.iter().any(is_here) { Severity::Error } else { Severity::Warning };
    let message = format!("`kms:Decrypt` on `{}` has no effect: {}", written.text.shown(), message(wrong.form));
    let finding = Finding::new(severity, written.span, message)
        .when(&first.when)
        .here("this matches no key")
        .label(role.key, "the execution role");
    let finding = at_references(finding, uses);
    let finding = match &first.need.feature {
        Feature::Decrypt { key: KeyLink::Here(key), .. } => with_arn(finding, context, wrong, key, uses)
            .help(format!("name the key by its ARN: `Fn::GetAtt` `{}.Arn`", key.id)),
        _ => finding
            .note("the key is defined elsewhere: the task starts if the key's own policy names the role")
            .help("name the key by its ARN, `arn:…:kms:…:key/…`"),
    };
    Some(of_role(with_consequence(finding), &role.id))
}

/// With the ARN of the key in the place of its id or of an alias, where the statement does nothing else with that.
fn with_arn(
    finding: Finding,
    context: Context<'_>,
    wrong: &Ineffective<'_>,
    key: &Key,
    uses: &[&Access<'_>],
) -> Finding {
    let is_of_key = matches!(wrong.form, Form::KeyId | Form::AliasName | Form::AliasArn);
    let is_this_key = |access: &&Access<'_>| matches!(&access.need.feature, Feature::Decrypt { key: KeyLink::Here(other), .. } if other.id == key.id);
    let acts_on_keys = |action: &str| {
        let action = action.to_ascii_lowercase();
        action.starts_with("kms:") && !action.contains("alias") && !action.contains('*')
    };
    let does_no_more = uses.first().is_some_and(|first| {
        grants::every_action(context, first.role, wrong.statement, |action| {
            acts_on_keys(action) || action == "kms:GenerateDataKey*"
        })
    });
    if !is_of_key || !key.when.is_always() || !uses.iter().all(is_this_key) {
        return finding;
    }
    let arn = reference(&key.id, Some("Arn"), ResourceKind::KmsKey);
    let safety = if does_no_more { Safety::Safe } else { Safety::Unsafe };
    finding.fix(safety, format!("Name the key by its ARN, `{}.Arn`", key.id), rewritten(wrong.written.span, arn))
}

fn message(form: Form) -> &'static str {
    match form {
        Form::KeyId => "that is a key's id, and IAM policies name keys by ARN",
        Form::AliasName => "that is the name of an alias, and IAM policies name keys by their own ARN",
        Form::AliasArn => "that is the ARN of an alias, and IAM policies name keys by their own ARN",
        Form::SecretForKey => "that is a secret, and what is decrypted with is its key",
        _ => "that matches no key",
    }
}

fn at_references(mut finding: Finding, uses: &[&Access<'_>]) -> Finding {
    for (at, span) in unique(uses.iter().map(|access| access.need.span)).into_iter().enumerate() {
        finding = finding.label(span, if at == 0 { "this secret cannot be decrypted" } else { "nor can this one" });
    }
    for span in unique(uses.iter().filter_map(|access| key_id_of(access))) {
        finding = finding.label(span, "encrypted with a customer managed key");
    }
    finding
}

fn of_role(mut finding: Finding, role: &str) -> Finding {
    finding.resource = Some(role.to_owned());
    finding
}
