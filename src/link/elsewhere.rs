//! Roles and secrets that no file defines and the settings describe.

use crate::iam::{Match, Subject};
use crate::model::{Document, NamedBy, Reference, Role, Secret, SecretArn, Text};
use crate::source::MappedText;

impl Document {
    /// The role of the settings that `arn` names.
    pub(super) fn role_elsewhere(&self, arn: &Text) -> Option<&Role> {
        let arn = self.deployment.filled_in(arn);
        let found = self.elsewhere.roles.iter().find(|other| match &other.by {
            NamedBy::Arn(expected) => self.is_arn(&arn, expected),
            NamedBy::Name(name) => self.is_named(&arn, name),
        });
        found.map(|other| &other.role)
    }

    /// Whether `arn` is the expected one. Of the account and the partition that the template is deployed to it may not say more
    /// than that it is those.
    fn is_arn(&self, arn: &Text, expected: &Text) -> bool {
        match Subject::of(arn).equal_to(expected, false) {
            Match::Yes => true,
            Match::Maybe => arn.holes().all(|hole| {
                matches!(&*hole.reference, Reference::Pseudo(name) if name == "AWS::AccountId" || name == "AWS::Partition")
            }),
            // The short name of a role is enough, in its own account.
            Match::No => {
                let account = expected.split(":").get(4).and_then(|account| account.known().map(String::from));
                let is_own = account.is_some() && account == self.deployment.account;
                let name = expected.split("/").pop();
                is_own && !arn.known_start().starts_with("arn:") && name.is_some_and(|name| name == *arn)
            }
        }
    }

    /// Whether the ARN, or the short name that may stand for it, ends in that name.
    fn is_named(&self, arn: &Text, name: &Text) -> bool {
        if !arn.known_start().starts_with("arn:") {
            return arn == name;
        }
        let account = arn.split(":").get(4).and_then(|account| account.known().map(String::from));
        let is_own = account.is_none() || self.deployment.account.is_none() || account == self.deployment.account;
        let pieces = arn.split("/");
        let is_role = pieces.first().is_some_and(|start| start.shown().ends_with(":role"));
        is_own && is_role && pieces.len() > 1 && pieces.last() == Some(name)
    }

    /// The secret of the settings that has the ARN.
    #[must_use]
    pub fn secret_elsewhere(&self, arn: &SecretArn) -> Option<&Secret> {
        let with_suffix = |pattern: &Text| pattern.clone().followed_by(Text::literal(MappedText::unplaced("-??????")));
        let matches = |text: &Text, pattern: &Text| {
            let subject = Subject::of(&self.deployment.filled_in(text));
            [pattern.clone(), with_suffix(pattern)]
                .iter()
                .any(|pattern| subject.matched_by(pattern, false) == Match::Yes)
        };
        let found = self.elsewhere.secrets.iter().find(|other| match &other.by {
            NamedBy::Arn(pattern) => matches(&arn.arn, pattern),
            NamedBy::Name(pattern) => arn.resource.get(1).is_some_and(|name| matches(name, pattern)),
        });
        found.map(|other| &other.secret)
    }
}
