//! Policies about IAM itself.

use super::policies;

policies! {
    "IAMFullAccess" in "/", "ANPAI7XKCFMBPM3QQRRVQ" v 2, 1423248038 to 1561146000:
    "Full access to IAM."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}"#

    "IAMReadOnlyAccess" in "/", "ANPAJKSO7NDY4T57MWDSQ" v 4, 1423248039 to 1516907487:
    "Read IAM."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#

    "IAMSelfManageServiceSpecificCredentials" in "/", "ANPAI4VT74EMXK2PMQJM2" v 1, 1482427518 to 1482427518:
    "Let users manage their own credentials for single services."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateServiceSpecificCredential","iam:ListServiceSpecificCredentials","iam:UpdateServiceSpecificCredential","iam:DeleteServiceSpecificCredential","iam:ResetServiceSpecificCredential"],"Resource":"arn:aws:iam::*:user/${aws:username}"}]}"#

    "IAMUserChangePassword" in "/", "ANPAJ4L4MM2A7QIEB56MS" v 5, 1479169516 to 1770919137:
    "Let users change their own password."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ChangePassword","Resource":["arn:aws:iam::*:user/${aws:username}","arn:aws:iam::*:user/*/${aws:username}"]},{"Effect":"Allow","Action":"iam:GetAccountPasswordPolicy","Resource":"*"}]}"#

    "IAMUserSSHKeys" in "/", "ANPAJTSHUA4UXGXU7ANUA" v 1, 1436461734 to 1436461734:
    "Let users manage their own SSH keys."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:DeleteSSHPublicKey","iam:GetSSHPublicKey","iam:ListSSHPublicKeys","iam:UpdateSSHPublicKey","iam:UploadSSHPublicKey"],"Resource":"arn:aws:iam::*:user/${aws:username}"}]}"#
}
