//! Policies for whole jobs, across services.

use super::policies;

policies! {
    "AWSDenyAll" in "/", "ANPAZKAPJZG4P43IUQ5E5" v 2, 1556750174 to 1702917725:
    "Deny all access."
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny","Action":"*","Resource":"*"}]}"#

    "AdministratorAccess" in "/", "ANPAIWMBCKSKIEE64ZLYK" v 1, 1423247986 to 1423247986:
    "Full access to everything."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#

    "PowerUserAccess" in "/", "ANPAJYRXTHIB4FOVS3ZXS" v 12, 1423247987 to 1770919154:
    "Full access to everything but users, groups and accounts."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetGovCloudAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}]}"#

    "ReadOnlyAccess" in "/", "ANPAILL3HVNFSB6DCOWYQ" v 178, 1423247988 to 1770919293:
    "Read everything."
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"ReadOnlyActionsGroup1","Effect":"Allow","Action":["cloudformation:BatchDescribeTypeConfigurations","cloudformation:Describe*","cloudformation:Detect*","cloudformation:Estimate*","cloudformation:Get*","cloudformation:List*","cloudformation:ValidateTemplate","codecommit:BatchGet*","codecommit:Describe*","codecommit:Get*","codecommit:GitPull","codecommit:List*","ec2messages:Get*","ecr:BatchCheck*","ecr:BatchGet*","ecr:Describe*","ecr:Get*","ecr:List*","ecs:Describe*","ecs:List*","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"},{"Sid":"ReadOnlyActionsGroup2","Effect":"Allow","Action":["kms:Describe*","kms:Get*","kms:List*","secretsmanager:Describe*","secretsmanager:GetResourcePolicy","secretsmanager:List*","ssm:Describe*","ssm:Get*","ssm:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity","sts:GetSessionToken"],"Resource":"*"}]}"#

    "SecurityAudit" in "/", "ANPAIX2T3QCXHR2OGGCTO" v 85, 1423248061 to 1772471531:
    "Read how things are secured."
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"BaseSecurityAuditStatement","Effect":"Allow","Action":["cloudformation:DescribeStack*","cloudformation:GetStackPolicy","cloudformation:GetTemplate","cloudformation:ListStack*","codecommit:BatchGetRepositories","codecommit:GetBranch","codecommit:GetObjectIdentifier","codecommit:GetRepository","codecommit:GetRepositoryTriggers","codecommit:List*","ecr:BatchGetRepositoryScanningConfiguration","ecr:DescribeImages","ecr:DescribeImageScanFindings","ecr:DescribeRegistry","ecr:DescribeRepositories","ecr:GetLifecyclePolicy","ecr:GetRegistryPolicy","ecr:GetRegistryScanningConfiguration","ecr:GetRepositoryPolicy","ecr:ListImages","ecr:ListTagsForResource","ecs:Describe*","ecs:List*","iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy","kms:Describe*","kms:Get*","kms:List*","secretsmanager:DescribeSecret","secretsmanager:GetResourcePolicy","secretsmanager:ListSecrets","secretsmanager:ListSecretVersionIds","ssm:Describe*","ssm:GetAutomationExecution","ssm:GetServiceSetting","ssm:ListAssociations","ssm:ListAssociationVersions","ssm:ListCommands","ssm:ListComplianceItems","ssm:ListComplianceSummaries","ssm:ListDocumentMetadataHistory","ssm:ListDocuments","ssm:ListDocumentVersions","ssm:ListInventoryEntries","ssm:ListOpsMetadata","ssm:ListResourceComplianceSummaries","ssm:ListResourceDataSync","ssm:ListTagsForResource","sts:GetAccessKeyInfo"],"Resource":"*"}]}"#

    "ViewOnlyAccess" in "/job-function/", "ANPAID22R6XPJATWOFDK6" v 43, 1478798415 to 1770919360:
    "List everything, without its content."
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"GeneralViewOnlyAccessStatement","Effect":"Allow","Action":["cloudformation:DescribeStacks","cloudformation:List*","codecommit:List*","ecr:DescribeRegistry","ecr:DescribeRepositories","ecr:ListImages","ecs:Describe*","ecs:List*","iam:GetAccountSummary","iam:GetLoginProfile","iam:List*","kms:ListKeys","kms:ListResourceTags","ssm:ListAssociations","ssm:ListDocuments"],"Resource":"*"}]}"#
}
