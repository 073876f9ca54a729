//! Policies about keys and secrets.

use super::policies;

policies! {
    "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy" in "/aws-service-role/", "ANPAZKAPJZG4P3NRAIDRH" v 2, 1623857857 to 1731538434:
    "What KMS needs to keep multi-Region keys alike."
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"KMSSynchronizeMultiRegionKey","Effect":"Allow","Action":"kms:SynchronizeMultiRegionKey","Resource":"*"}]}"#

    "AWSKeyManagementServicePowerUser" in "/", "ANPAJNPP7PPPPMJRV2SA4" v 2, 1423248040 to 1488848111:
    "Use and manage KMS keys, but not their policies."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}]}"#

    "SecretsManagerReadWrite" in "/", "ANPAI3VG7CI5BIQZQ6G2E" v 5, 1522865129 to 1708625526:
    "Full access to Secrets Manager."
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"BasePermissions","Effect":"Allow","Action":["secretsmanager:*","cloudformation:CreateChangeSet","cloudformation:DescribeChangeSet","cloudformation:DescribeStackResource","cloudformation:DescribeStacks","cloudformation:ExecuteChangeSet","docdb-elastic:GetCluster","docdb-elastic:ListClusters","ec2:DescribeSecurityGroups","ec2:DescribeSubnets","ec2:DescribeVpcs","kms:DescribeKey","kms:ListAliases","kms:ListKeys","lambda:ListFunctions","rds:DescribeDBClusters","rds:DescribeDBInstances","redshift:DescribeClusters","redshift-serverless:ListWorkgroups","redshift-serverless:GetNamespace","tag:GetResources"],"Resource":"*"},{"Sid":"LambdaPermissions","Effect":"Allow","Action":["lambda:AddPermission","lambda:CreateFunction","lambda:GetFunction","lambda:InvokeFunction","lambda:UpdateFunctionConfiguration"],"Resource":"arn:aws:lambda:*:*:function:SecretsManager*"},{"Sid":"SARPermissions","Effect":"Allow","Action":["serverlessrepo:CreateCloudFormationChangeSet","serverlessrepo:GetApplication"],"Resource":"arn:aws:serverlessrepo:*:*:applications/SecretsManager*"},{"Sid":"S3Permissions","Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::awsserverlessrepo-changesets*","arn:aws:s3:::secrets-manager-rotation-apps-*/*"]}]}"#
}
