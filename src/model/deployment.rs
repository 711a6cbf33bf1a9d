//! What is known of the deployment beyond what a file says: where it goes, and the values of parameters.

use std::collections::BTreeMap;

use super::reference::Reference;
use super::text::{Part, Text};
use crate::source::{MappedText, Span};

/// Where templates and task definitions are deployed to, and with which parameters. What is `None` is not known.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// The account's twelve digits.
    pub account: Option<String>,
    /// The Region, such as `eu-west-1`.
    pub region: Option<String>,
    /// The partition, such as `aws`; without one the Region tells.
    pub partition: Option<String>,
    /// Values of parameters by name, each with the place where it is given.
    pub parameters: BTreeMap<String, MappedText>,
}

/// Partitions that are not `aws`: their names, how their Regions begin, and their `AWS::URLSuffix`.
/// Source: the endpoint data of the AWS SDKs (`partitions.json`).
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("aws-cn", "cn-", "amazonaws.com.cn"),
    ("aws-us-gov", "us-gov-", "amazonaws.com"),
    ("aws-iso", "us-iso-", "c2s.ic.gov"),
    ("aws-iso-b", "us-isob-", "sc2s.sgov.gov"),
    ("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk"),
    ("aws-iso-f", "us-isof-", "csp.hci.ic.gov"),
    ("aws-eusc", "eusc-", "amazonaws.eu"),
];

/// Words in the names of parameters that hold credentials.
const HIDDEN: [&str; 7] = ["password", "passwd", "passphrase", "token", "credential", "apikey", "secret"];

/// Whether a parameter of that name holds a credential, or the name of one.
#[must_use]
pub fn names_a_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    HIDDEN.iter().any(|word| name.contains(word))
}

/// The partition that a Region belongs to.
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(_, begin, _)| region.starts_with(begin)).map_or("aws", |(name, ..)| name)
}

/// The names of all partitions.
pub fn partitions() -> impl Iterator<Item = &'static str> {
    std::iter::once("aws").chain(PARTITIONS.iter().map(|(name, ..)| *name))
}

impl Deployment {
    /// A deployment of which nothing is known.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { account: None, region: None, partition: None, parameters: BTreeMap::new() }
    }

    /// What a pseudo parameter such as `AWS::Region` stands for.
    #[must_use]
    pub fn pseudo(&self, name: &str) -> Option<&str> {
        let partition = || self.partition.as_deref().or_else(|| self.region.as_deref().map(partition_of));
        match name {
            "AWS::AccountId" => self.account.as_deref(),
            "AWS::Region" => self.region.as_deref(),
            "AWS::Partition" => partition(),
            "AWS::URLSuffix" => {
                let partition = partition()?;
                let known = PARTITIONS.iter().find(|(name, ..)| *name == partition);
                Some(known.map_or("amazonaws.com", |(.., suffix)| suffix))
            }
            _ => None,
        }
    }

    /// The text with the pseudo parameters that are known filled in.
    #[must_use]
    pub fn filled_in(&self, text: &Text) -> Text {
        let filled = text.parts().iter().map(|part| match part {
            Part::Hole(hole) => match &*hole.reference {
                Reference::Pseudo(name) => self
                    .pseudo(name)
                    .map_or_else(|| part.clone(), |value| Part::Literal(standing_for(value, hole.span))),
                _ => part.clone(),
            },
            Part::Literal(_) | Part::Base64(..) => part.clone(),
        });
        Text::new(filled.collect())
    }
}

/// A value that a reference at `span` stands for.
#[must_use]
pub fn standing_for(value: &str, span: Span) -> MappedText {
    MappedText::standing_for(value.to_owned(), span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_tells_partition_and_suffix() {
        for (region, partition, suffix) in [
            ("eu-west-1", "aws", "amazonaws.com"),
            ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
            ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
            ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ] {
            let deployment = Deployment { region: Some(region.to_owned()), ..Deployment::unknown() };
            assert_eq!(deployment.pseudo("AWS::Partition"), Some(partition));
            assert_eq!(deployment.pseudo("AWS::URLSuffix"), Some(suffix));
            assert_eq!(deployment.pseudo("AWS::AccountId"), None);
        }
        assert_eq!(Deployment::unknown().pseudo("AWS::Partition"), None);
    }
}
