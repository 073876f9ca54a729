//! Service-linked roles: made for a service, named by it, and changed by nobody else.
//!
//! The role of `ssm.amazonaws.com` is `/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM`.
//! It trusts that service alone and has the policy that AWS wrote for it.
//!
//! Source: IAM User Guide, "Create a service-linked role"; names as the services' own guides give them.

use kagiban_aws::{AccountId, Arn};

use crate::document::TrustPolicy;
use crate::names::{RoleName, SERVICE_LINKED_PATH};
use crate::{IamError, managed_policies};

/// What `AWSServiceRoleFor…` is called for the services whose names do not say it, and whether one
/// account may have several, told apart by a suffix.
const NAMES: [(&str, &str, bool); 39] = [
    ("accountdiscovery.ssm", "AmazonSSM_AccountDiscovery", false),
    ("acm", "CertificateManager", false),
    ("appmesh", "AppMesh", false),
    ("autoscaling", "AutoScaling", true),
    ("cks.kms", "KeyManagementServiceCustomKeyStores", false),
    ("cloudtrail", "CloudTrail", false),
    ("codestar-notifications", "CodeStarNotifications", false),
    ("connect", "AmazonConnect", true),
    ("ec2-instance-connect", "Ec2InstanceConnect", false),
    (
        "ec2.application-autoscaling",
        "ApplicationAutoScaling_EC2SpotFleetRequest",
        false,
    ),
    ("ecr", "ECRTemplate", false),
    ("ecs", "ECS", false),
    (
        "ecs.application-autoscaling",
        "ApplicationAutoScaling_ECSService",
        false,
    ),
    ("eks", "AmazonEKS", false),
    ("eks-fargate", "AmazonEKSForFargate", false),
    ("eks-nodegroup", "AmazonEKSNodegroup", false),
    ("elasticache", "ElastiCache", false),
    ("elasticbeanstalk", "ElasticBeanstalk", false),
    ("elasticfilesystem", "AmazonElasticFileSystem", false),
    ("elasticloadbalancing", "ElasticLoadBalancing", false),
    ("guardduty", "AmazonGuardDuty", false),
    ("kafka", "Kafka", false),
    ("lex", "LexBots", false),
    ("lexv2", "LexV2Bots", true),
    ("mq", "AmazonMQ", false),
    ("mrk.kms", "KeyManagementServiceMultiRegionKeys", false),
    ("opensearchservice", "AmazonOpenSearchService", false),
    ("ops.apigateway", "APIGateway", false),
    ("opsdatasync.ssm", "SystemsManagerOpsDataSync", false),
    ("opsinsights.ssm", "AmazonSSM_OpsInsights", false),
    ("pullthroughcache.ecr", "ECRPullThroughCache", false),
    ("ram", "ResourceAccessManager", false),
    ("rds", "RDS", false),
    ("replication.ecr", "ECRReplication", false),
    ("spot", "EC2Spot", false),
    ("ssm", "AmazonSSM", false),
    ("ssm-incidents", "IncidentManager", false),
    ("ssm-quicksetup", "SSMQuickSetup", false),
    ("sso", "SSO", false),
];

/// The policies that the roles of some services have from the start, of those that are kept here.
const POLICIES: [(&str, &str); 3] = [
    ("ecs", "AmazonECSServiceRolePolicy"),
    (
        "mrk.kms",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    ("ssm", "AmazonSSMServiceRolePolicy"),
];

/// A service that a role can be made for, such as `ssm.amazonaws.com`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LinkedService(String);

impl LinkedService {
    const DOMAIN: &str = ".amazonaws.com";

    /// Takes a member that the wire demands.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for what cannot be a service's name.
    pub(crate) fn required(wire: Option<String>) -> Result<LinkedService, IamError> {
        let name = wire.unwrap_or_default();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        let labels = name.strip_suffix(Self::DOMAIN).unwrap_or_default();
        match labels.bytes().all(plain) && labels.split('.').all(|label| !label.is_empty()) {
            true => Ok(LinkedService(name)),
            // UNSURE: AWS's sentence. It knows its services by name; here any may come.
            false => Err(IamError::NoServiceLinkedRole(format!(
                "Service {name} cannot have a service-linked role."
            ))),
        }
    }

    /// `ssm` of `ssm.amazonaws.com`
    fn labels(&self) -> &str {
        self.0.strip_suffix(Self::DOMAIN).unwrap_or(&self.0)
    }

    /// The name of the service's role.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a suffix where there is one role only.
    pub(crate) fn role_name(&self, suffix: Option<&str>) -> Result<RoleName, IamError> {
        let known = NAMES.iter().find(|(service, ..)| *service == self.labels());
        let (called, several) = match known {
            Some((_, called, several)) => ((*called).to_owned(), *several),
            // UNSURE: what the others are called.
            None => (camel(self.labels()), true),
        };
        match suffix {
            Some(_) if !several => Err(IamError::NoServiceLinkedRole(format!(
                "Custom suffix is not allowed for {}",
                self.0
            ))),
            Some(suffix) => Ok(format!("AWSServiceRoleFor{called}_{suffix}").parse::<RoleName>()?),
            None => Ok(format!("AWSServiceRoleFor{called}").parse::<RoleName>()?),
        }
    }

    /// The path of the service's roles.
    pub(crate) fn path(&self) -> String {
        format!("{SERVICE_LINKED_PATH}{}/", self.0)
    }

    /// The service that a path belongs to.
    pub(crate) fn of_path(path: &str) -> Option<&str> {
        path.strip_prefix(SERVICE_LINKED_PATH)?.strip_suffix('/')
    }

    /// The policy that the role has from the start.
    pub(crate) fn policy(&self) -> Option<Arn> {
        let (_, name) = POLICIES.iter().find(|(service, _)| *service == self.labels())?;
        let policy = managed_policies::all().find(|policy| policy.name == *name)?;
        Some(policy.arn())
    }

    /// Who may assume the role: the service.
    ///
    /// # Errors
    ///
    /// None for a name that [`LinkedService::required`] took.
    pub(crate) fn trust(&self) -> Result<TrustPolicy, IamError> {
        let service = &self.0;
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{{"Service":["{service}"]}}}}]}}"#
        );
        Ok(TrustPolicy::parse(&text)?)
    }

    /// As `iam:AWSServiceName` carries it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// `AccessAnalyzer` of `access-analyzer`
fn camel(labels: &str) -> String {
    let words = labels.split(['-', '.']);
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

/// The deletion of a service-linked role, which was over when it was answered.
///
/// Written `task/aws-service-role/<service>/<role>/<uuid>`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DeletionTask {
    path_and_name: String,
    id: String,
}

impl DeletionTask {
    /// The deletion of a role of this path and name.
    pub(crate) fn of(path: &str, name: &str, uuid: String) -> DeletionTask {
        DeletionTask {
            path_and_name: format!("{path}{name}"),
            id: uuid,
        }
    }

    /// Takes a member that the wire demands.
    ///
    /// # Errors
    ///
    /// `InvalidInput`.
    pub(crate) fn required(wire: Option<String>) -> Result<DeletionTask, IamError> {
        let text = wire.unwrap_or_default();
        let parsed = text
            .strip_prefix("task")
            .filter(|rest| rest.starts_with(SERVICE_LINKED_PATH))
            .and_then(|rest| rest.rsplit_once('/'))
            .filter(|(role, id)| role.matches('/').count() == 3 && id.len() == 36);
        match parsed {
            Some((role, id)) => Ok(DeletionTask {
                path_and_name: role.to_owned(),
                id: id.to_owned(),
            }),
            // UNSURE: AWS's sentence.
            None => Err(IamError::InvalidInput(
                "The specified deletion task ID is not valid.",
            )),
        }
    }

    /// The role that was deleted.
    pub(crate) fn role_arn(&self, account: AccountId) -> Arn {
        Arn::global("iam", account, format_args!("role{}", self.path_and_name))
    }
}

impl std::fmt::Display for DeletionTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "task{}/{}", self.path_and_name, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(service: &str, suffix: Option<&str>) -> Result<String, IamError> {
        let service = LinkedService::required(Some(service.to_owned()))?;
        service.role_name(suffix).map(|name| name.to_string())
    }

    #[test]
    fn roles_are_called_what_their_services_call_them() {
        for (service, called) in [
            ("ssm.amazonaws.com", "AWSServiceRoleForAmazonSSM"),
            ("ecs.amazonaws.com", "AWSServiceRoleForECS"),
            (
                "mrk.kms.amazonaws.com",
                "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
            ),
            ("access-analyzer.amazonaws.com", "AWSServiceRoleForAccessAnalyzer"),
        ] {
            assert_eq!(name(service, None).unwrap(), called);
        }
        assert_eq!(
            name("autoscaling.amazonaws.com", Some("blue")).unwrap(),
            "AWSServiceRoleForAutoScaling_blue"
        );
    }

    #[test]
    fn what_cannot_be_a_service_is_refused() {
        for service in [
            "",
            "ssm",
            "ssm.example.com",
            ".amazonaws.com",
            "a..b.amazonaws.com",
            "A\".amazonaws.com",
        ] {
            assert!(matches!(
                name(service, None),
                Err(IamError::NoServiceLinkedRole(_))
            ));
        }
    }

    #[test]
    fn every_known_name_and_policy_is_good() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        for (service, ..) in NAMES {
            let service = LinkedService(format!("{service}.amazonaws.com"));
            service.role_name(None).unwrap();
            service.trust().unwrap();
        }
        for (service, policy) in POLICIES {
            let arn = LinkedService(format!("{service}.amazonaws.com"))
                .policy()
                .unwrap();
            assert!(arn.as_str().ends_with(policy));
        }
    }

    #[test]
    fn a_deletion_task_is_read_back_as_it_was_written() {
        let uuid = "0".repeat(36);
        let task = DeletionTask::of(
            "/aws-service-role/ssm.amazonaws.com/",
            "AWSServiceRoleForAmazonSSM",
            uuid,
        );
        let text = task.to_string();
        assert!(text.starts_with("task/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM/0"));
        assert_eq!(DeletionTask::required(Some(text)).unwrap(), task);
        for text in ["", "task/", "task/aws-service-role/x", "task/other/ssm/role/0"] {
            assert!(DeletionTask::required(Some(text.to_owned())).is_err(), "{text}");
        }
    }
}
