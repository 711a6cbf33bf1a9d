//! What the statements are for.

/// What a statement is for, in the order in which ECS does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Signing in to Amazon ECR.
    RegistryToken,
    /// Pulling images from Amazon ECR.
    Images,
    /// Filling a pull-through cache.
    ImageCache,
    /// Reading secrets of Secrets Manager.
    Secrets,
    /// Reading parameters of Systems Manager.
    Parameters,
    /// Decrypting secrets that have a key of their own.
    Keys,
    /// Reading files in Amazon S3.
    Files,
    /// Finding the Region of their buckets.
    Buckets,
    /// Writing logs to Amazon `CloudWatch`.
    Logs,
    /// Creating log groups.
    LogGroups,
}

impl Purpose {
    /// The actions that it takes. Sources: ECS developer guide, "Amazon ECS task execution IAM role"; Amazon ECR user guide, "IAM permissions
    /// required to sync an upstream registry".
    #[must_use]
    pub fn actions(self) -> &'static [&'static str] {
        match self {
            Self::RegistryToken => &["ecr:GetAuthorizationToken"],
            Self::Images => &["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Self::ImageCache => &["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
            Self::Secrets => &["secretsmanager:GetSecretValue"],
            Self::Parameters => &["ssm:GetParameters"],
            Self::Keys => &["kms:Decrypt"],
            Self::Files => &["s3:GetObject"],
            Self::Buckets => &["s3:GetBucketLocation"],
            Self::Logs => &["logs:CreateLogStream", "logs:PutLogEvents"],
            Self::LogGroups => &["logs:CreateLogGroup"],
        }
    }

    /// The purpose of an action that a feature needs.
    pub(super) fn of(action: &str) -> Option<Self> {
        const ALL: [Purpose; 10] = [
            Purpose::RegistryToken,
            Purpose::Images,
            Purpose::ImageCache,
            Purpose::Secrets,
            Purpose::Parameters,
            Purpose::Keys,
            Purpose::Files,
            Purpose::Buckets,
            Purpose::Logs,
            Purpose::LogGroups,
        ];
        ALL.into_iter().find(|purpose| purpose.actions().contains(&action))
    }

    /// The `Sid` of a statement for it, letters only, as IAM asks; `by_context`: one that tells secrets, because the key is not known.
    pub(super) fn sid(self, by_context: bool) -> &'static str {
        match self {
            Self::RegistryToken => "SignInToRegistry",
            Self::Images => "PullImages",
            Self::ImageCache => "FillImageCache",
            Self::Secrets => "ReadSecrets",
            Self::Parameters => "ReadParameters",
            Self::Keys if by_context => "DecryptSecretsByContext",
            Self::Keys => "DecryptSecrets",
            Self::Files => "ReadFiles",
            Self::Buckets => "LocateBuckets",
            Self::Logs => "WriteLogs",
            Self::LogGroups => "CreateLogGroups",
        }
    }

    /// Why a statement for it is there, with what needs it.
    pub(super) fn reason(self, by_context: bool, for_what: &str) -> String {
        match self {
            Self::RegistryToken => {
                "pulling from Amazon ECR begins with a token, which is given for the resource `*` only".to_owned()
            }
            Self::Images => format!("pulled from Amazon ECR: {for_what}"),
            Self::ImageCache => format!("pulled through a cache, which the first pull fills: {for_what}"),
            Self::Secrets => format!("read from Secrets Manager: {for_what}"),
            Self::Parameters => format!("read from Systems Manager: {for_what}"),
            Self::Keys if by_context => {
                format!(
                    "encrypted with a customer managed key of which the ARN is not known here, and no other secret: {for_what}"
                )
            }
            Self::Keys => format!("encrypted with a customer managed key: {for_what}"),
            Self::Files => format!("read from Amazon S3: {for_what}"),
            Self::Buckets => "before it reads a file, the agent asks in which Region the bucket is".to_owned(),
            Self::Logs => format!("written with the log driver `awslogs`: {for_what}"),
            Self::LogGroups => format!("`awslogs-create-group` is true: {for_what}"),
        }
    }
}
