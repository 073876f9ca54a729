//! The managed policies that AWS itself owns, `arn:aws:iam::aws:policy/…`, as far as they concern us.
//!
//! What they grant follows AWS's own; statements about services that this server does not have are
//! left out, and cannot be missed.
//!
//! Source: AWS managed policy reference.
// UNSURE: ids and dates, which AWS publishes nowhere in one place; they are as users quote them.

use std::sync::LazyLock;

use kagiban_aws::{Arn, Timestamp};
use kagiban_policy::{Kind, Policy};

/// A managed policy that AWS owns.
#[derive(Debug)]
pub struct AwsPolicy {
    /// Its name.
    pub name: &'static str,
    /// `/` or `/…/`.
    pub path: &'static str,
    /// `ANPA…`.
    pub id: &'static str,
    /// The version in force, and the only one shown.
    pub version: u32,
    /// When AWS made it.
    pub created: Timestamp,
    /// When the version in force was made.
    pub updated: Timestamp,
    /// AWS's purpose for it, in our words.
    pub description: &'static str,
    document: LazyLock<Policy>,
}

impl AwsPolicy {
    /// The document, compiled on first use.
    pub fn document(&self) -> &Policy {
        &self.document
    }

    /// `arn:aws:iam::aws:policy<path><name>`
    pub fn arn(&self) -> Arn {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
            .parse()
            .expect("the format above has six parts")
    }
}

/// All of them, by name.
pub fn all() -> &'static [AwsPolicy] {
    &POLICIES
}

/// The one that an ARN names.
pub fn find(arn: &Arn) -> Option<&'static AwsPolicy> {
    if arn.account() != "aws" || arn.service() != "iam" {
        return None;
    }
    let path_and_name = arn.resource().strip_prefix("policy")?;
    let name = path_and_name.rsplit('/').next()?;
    let place = POLICIES.binary_search_by(|policy| policy.name.cmp(name)).ok()?;
    // The whole ARN: another spelling of it would slip past conditions on `iam:PolicyARN`.
    Some(&POLICIES[place]).filter(|policy| policy.arn() == *arn)
}

fn compile(text: &str) -> Policy {
    Policy::parse(text, Kind::Identity).expect("a test compiles every one of these texts")
}

macro_rules! policies {
    ($($name:literal in $path:literal, $id:literal v $version:literal, $created:literal to $updated:literal:
        $description:literal $text:literal)*) => {
        static POLICIES: [AwsPolicy; [$($name),*].len()] = [$(AwsPolicy {
            name: $name,
            path: $path,
            id: $id,
            version: $version,
            created: Timestamp::from_seconds($created),
            updated: Timestamp::from_seconds($updated),
            description: $description,
            document: LazyLock::new(|| compile($text)),
        }),*];
    };
}

// INVARIANT: in the order of their names, which `find` relies on and a test proves.
policies! {
    "AWSDenyAll" in "/", "ANPAZKAPJZG4P43IKIUWZ" v 1, 1556750174 to 1556750174:
    "Deny all access."
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny","Action":["*"],"Resource":"*"}]}"#

    "AWSKeyManagementServicePowerUser" in "/", "ANPAJNPP7PPPPMJRV2SA4" v 2, 1423248040 to 1488921645:
    "Use and manage KMS keys, but not their policies."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}]}"#

    "AdministratorAccess" in "/", "ANPAIWMBCKSKIEE64ZLYK" v 1, 1423247986 to 1423247986:
    "Full access to everything."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#

    "AmazonECSTaskExecutionRolePolicy" in "/service-role/", "ANPAJG4T4G4PV56DE72PY" v 1, 1510857964 to 1510857964:
    "What ECS needs to start a task: images and logs."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:BatchGetImage","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#

    "AmazonSSMFullAccess" in "/", "ANPAJA7V6HI4ISQFMDYAG" v 4, 1432921187 to 1574203093:
    "Full access to Systems Manager."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:PutMetricData","ds:CreateComputer","ds:DescribeDirectories","ec2:DescribeInstanceStatus","logs:*","ssm:*","ec2messages:*"],"Resource":"*"},{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*","Condition":{"StringLike":{"iam:AWSServiceName":"ssm.amazonaws.com"}}},{"Effect":"Allow","Action":["iam:DeleteServiceLinkedRole","iam:GetServiceLinkedRoleDeletionStatus"],"Resource":"arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*"},{"Effect":"Allow","Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":"*"}]}"#

    "AmazonSSMManagedEC2InstanceDefaultPolicy" in "/", "ANPAZKAPJZG4HXSHMMRQR" v 2, 1661880000 to 1716984000:
    "What a managed node needs, without parameters."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:DescribeAssociation","ssm:GetDeployablePatchSnapshotForInstance","ssm:GetDocument","ssm:DescribeDocument","ssm:GetManifest","ssm:ListAssociations","ssm:ListInstanceAssociations","ssm:PutInventory","ssm:PutComplianceItems","ssm:PutConfigurePackageResult","ssm:UpdateAssociationStatus","ssm:UpdateInstanceAssociationStatus","ssm:UpdateInstanceInformation"],"Resource":"*"},{"Effect":"Allow","Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":"*"},{"Effect":"Allow","Action":["ec2messages:AcknowledgeMessage","ec2messages:DeleteMessage","ec2messages:FailMessage","ec2messages:GetEndpoint","ec2messages:GetMessages","ec2messages:SendReply"],"Resource":"*"}]}"#

    "AmazonSSMManagedInstanceCore" in "/", "ANPAIXSHM2BNB2D3AXXRU" v 2, 1552670532 to 1558630761:
    "What a managed node needs."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:DescribeAssociation","ssm:GetDeployablePatchSnapshotForInstance","ssm:GetDocument","ssm:DescribeDocument","ssm:GetManifest","ssm:GetParameter","ssm:GetParameters","ssm:ListAssociations","ssm:ListInstanceAssociations","ssm:PutInventory","ssm:PutComplianceItems","ssm:PutConfigurePackageResult","ssm:UpdateAssociationStatus","ssm:UpdateInstanceAssociationStatus","ssm:UpdateInstanceInformation"],"Resource":"*"},{"Effect":"Allow","Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":"*"},{"Effect":"Allow","Action":["ec2messages:AcknowledgeMessage","ec2messages:DeleteMessage","ec2messages:FailMessage","ec2messages:GetEndpoint","ec2messages:GetMessages","ec2messages:SendReply"],"Resource":"*"}]}"#

    "AmazonSSMReadOnlyAccess" in "/", "ANPAJODSKQGGJTHRYZ5FC" v 1, 1432921484 to 1432921484:
    "Read Systems Manager."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:Describe*","ssm:Get*","ssm:List*"],"Resource":"*"}]}"#

    "IAMFullAccess" in "/", "ANPAI7XKCFMBPM3QQRRVQ" v 2, 1423248038 to 1561147231:
    "Full access to IAM."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}"#

    "IAMReadOnlyAccess" in "/", "ANPAJKSO7NDY4T57MWDSQ" v 4, 1423248039 to 1516917219:
    "Read IAM."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#

    "IAMUserChangePassword" in "/", "ANPAJ4L4MM2A7QIEB56MS" v 2, 1479168376 to 1479266128:
    "Let users change their own password."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword"],"Resource":["arn:aws:iam::*:user/${aws:username}","arn:aws:iam::*:user/*/${aws:username}"]},{"Effect":"Allow","Action":["iam:GetAccountPasswordPolicy"],"Resource":"*"}]}"#

    "PowerUserAccess" in "/", "ANPAJYRXTHIB4FOVS3ZXS" v 12, 1423247987 to 1688681640:
    "Full access to everything but users, groups and accounts."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}]}"#

    "ReadOnlyAccess" in "/", "ANPAILL3HVNFSB6DCOWYQ" v 178, 1423247988 to 1772000000:
    "Read everything."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:Describe*","cloudformation:Detect*","cloudformation:Estimate*","cloudformation:Get*","cloudformation:List*","cloudformation:ValidateTemplate","ec2messages:Get*","ecr:BatchCheck*","ecr:BatchGet*","ecr:Describe*","ecr:Get*","ecr:List*","ecs:Describe*","ecs:List*","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","kms:Describe*","kms:Get*","kms:List*","ssm:Describe*","ssm:Get*","ssm:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity","sts:GetSessionToken"],"Resource":"*"}]}"#

    "ViewOnlyAccess" in "/job-function/", "ANPAID22R6XPJATWOFDK6" v 22, 1478804706 to 1740000000:
    "List everything, without its content."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:DescribeStacks","cloudformation:List*","ecs:Describe*","ecs:List*","iam:GetAccountSummary","iam:GetLoginProfile","iam:List*","kms:ListKeys","kms:ListResourceTags","ssm:ListAssociations","ssm:ListDocuments"],"Resource":"*"}]}"#
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_of_an_arn_is_not_the_policy() {
        for spelling in [
            "arn:aws:iam:x:aws:policy/AdministratorAccess",
            "arn:AWS:iam::aws:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/administratoraccess",
        ] {
            assert!(find(&spelling.parse().unwrap()).is_none(), "{spelling}");
        }
    }

    #[test]
    fn every_one_compiles_and_is_found_by_its_arn() {
        for policy in all() {
            assert_eq!(policy.document().kind(), Kind::Identity);
            assert_eq!(find(&policy.arn()).unwrap().id, policy.id);
        }
    }

    #[test]
    fn they_are_in_the_order_of_their_names() {
        assert!(all().is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn another_path_or_account_names_nothing() {
        for text in [
            "arn:aws:iam::aws:policy/x/AdministratorAccess",
            "arn:aws:iam::aws:policy/ViewOnlyAccess",
            "arn:aws:iam::111122223333:policy/AdministratorAccess",
            "arn:aws:iam::aws:role/AdministratorAccess",
        ] {
            assert!(find(&text.parse().unwrap()).is_none(), "{text}");
        }
    }
}
