//! Every operation is refused to those without rights, and names what they lack.

use kagiban_ssm::agent::{
    self, ListInstanceAssociations, RequestManagedInstanceRoleToken, UpdateInstanceInformation,
};
use kagiban_ssm::operations::*;
use kagiban_ssm::wire;
use serde_json::{Value, json};

use crate::world::World;

/// The operations that were tried, each with what the refusal names.
macro_rules! denials {
    ($world:ident: $($Operation:ident($request:tt) on $resource:literal;)*) => {
        vec![$({
            let action = concat!("ssm:", stringify!($Operation));
            let expected = format!(
                "AccessDeniedException: User: arn:aws:iam::111122223333:user/alice is not authorized to perform: {action} on resource: arn:aws:ssm:us-east-1:111122223333:{} because no identity-based policy allows the {action} action",
                $resource
            );
            assert_eq!($world.ssm::<$Operation>("alice", json!($request)), Err(expected));
            stringify!($Operation)
        }),*]
    };
}

const SHELL: &str = r#"{"schemaVersion":"1.0","sessionType":"Standard_Stream"}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"ssm:GetParameter","Resource":"*"}]}"#;

#[test]
fn every_operation_is_denied_by_default_on_its_own_resource() {
    let mut world = World::new();
    world.may(
        "alice",
        json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]),
    );
    world
        .ssm::<PutParameter>("root", json!({"Name": "/a/b", "Value": "v", "Type": "String"}))
        .unwrap();
    let mut tried = denials! { world:
        PutParameter({"Name": "/a/b", "Value": "v", "Type": "String"}) on "parameter/a/b";
        GetParameter({"Name": "/a/b"}) on "parameter/a/b";
        GetParameters({"Names": ["/a/b"]}) on "parameter/a/b";
        GetParametersByPath({"Path": "/a/"}) on "parameter/a/";
        GetParameterHistory({"Name": "/a/b"}) on "parameter/a/b";
        DescribeParameters({}) on "*";
        DeleteParameter({"Name": "/a/b"}) on "parameter/a/b";
        DeleteParameters({"Names": ["/a/b"]}) on "parameter/a/b";
        LabelParameterVersion({"Name": "/a/b", "Labels": ["l"]}) on "parameter/a/b";
        UnlabelParameterVersion({"Name": "/a/b", "ParameterVersion": 1, "Labels": ["l"]}) on "parameter/a/b";
        PutResourcePolicy({"ResourceArn": "arn:aws:ssm:us-east-1:111122223333:parameter/a/b", "Policy": POLICY}) on "parameter/a/b";
        GetResourcePolicies({"ResourceArn": "arn:aws:ssm:us-east-1:111122223333:parameter/a/b"}) on "parameter/a/b";
        DeleteResourcePolicy({"ResourceArn": "arn:aws:ssm:us-east-1:111122223333:parameter/a/b", "PolicyId": "i", "PolicyHash": "h"}) on "parameter/a/b";
        GetServiceSetting({"SettingId": "/ssm/x"}) on "servicesetting/ssm/x";
        UpdateServiceSetting({"SettingId": "/ssm/x", "SettingValue": "v"}) on "servicesetting/ssm/x";
        ResetServiceSetting({"SettingId": "/ssm/x"}) on "servicesetting/ssm/x";
        AddTagsToResource({"ResourceType": "Parameter", "ResourceId": "/a/b", "Tags": [{"Key": "k", "Value": "v"}]}) on "parameter/a/b";
        RemoveTagsFromResource({"ResourceType": "Parameter", "ResourceId": "/a/b", "TagKeys": ["k"]}) on "parameter/a/b";
        StartSession({"Target": "mi-0123456789abcdef0"}) on "managed-instance/mi-0123456789abcdef0";
        CreateDocument({"Name": "Mine", "Content": SHELL, "DocumentType": "Session"}) on "document/Mine";
        UpdateDocument({"Name": "Mine", "Content": SHELL}) on "document/Mine";
        UpdateDocumentDefaultVersion({"Name": "Mine", "DocumentVersion": "1"}) on "document/Mine";
        DescribeDocument({"Name": "Mine"}) on "document/Mine";
        GetDocument({"Name": "Mine"}) on "document/Mine";
        ListDocuments({}) on "*";
        ListDocumentVersions({"Name": "Mine"}) on "document/Mine";
        DeleteDocument({"Name": "Mine"}) on "document/Mine";
        ModifyDocumentPermission({"Name": "Mine", "PermissionType": "Share"}) on "document/Mine";
        DescribeDocumentPermission({"Name": "Mine", "PermissionType": "Share"}) on "document/Mine";
        ResumeSession({"SessionId": "alice-1"}) on "session/alice-1";
        TerminateSession({"SessionId": "alice-1"}) on "session/alice-1";
        DescribeSessions({"State": "Active"}) on "*";
        ListTagsForResource({"ResourceType": "Parameter", "ResourceId": "/a/b"}) on "parameter/a/b";
        CreateActivation({"IamRole": "node"}) on "*";
        DescribeActivations({}) on "*";
        DeleteActivation({"ActivationId": "00000000-0000-4000-8000-000000000000"}) on "*";
        DescribeInstanceInformation({}) on "*";
        DescribeInstanceProperties({}) on "*";
        DeregisterManagedInstance({"InstanceId": "mi-0123456789abcdef0"}) on "managed-instance/mi-0123456789abcdef0";
        UpdateManagedInstanceRole({"InstanceId": "mi-0123456789abcdef0", "IamRole": "node"}) on "managed-instance/mi-0123456789abcdef0";
        GetConnectionStatus({"Target": "mi-0123456789abcdef0"}) on "managed-instance/mi-0123456789abcdef0";
        PutInventory({"InstanceId": "mi-0123456789abcdef0", "Items": [{"TypeName": "AWS:Application", "SchemaVersion": "1.0", "CaptureTime": "2026-01-01T00:00:00Z", "Content": []}]}) on "managed-instance/mi-0123456789abcdef0";
        GetInventory({}) on "*";
        GetInventorySchema({}) on "*";
        ListInventoryEntries({"InstanceId": "mi-0123456789abcdef0", "TypeName": "AWS:Application"}) on "*";
        DeleteInventory({"TypeName": "Custom:A"}) on "*";
    };
    let of_agents = denials! { world:
        ListInstanceAssociations({"InstanceId": "mi-0123456789abcdef0"}) on "managed-instance/mi-0123456789abcdef0";
        RequestManagedInstanceRoleToken({"Fingerprint": "f"}) on "*";
        UpdateInstanceInformation({"InstanceId": "mi-0123456789abcdef0"}) on "managed-instance/mi-0123456789abcdef0";
    };
    assert_eq!(
        of_agents.len(),
        agent::wire::OPERATIONS.len() - 2,
        "one is nobody's, one asks for a key first"
    );
    let mut served = wire::OPERATIONS.to_vec();
    tried.sort_unstable();
    served.sort_unstable();
    assert_eq!(tried, served);
}

#[test]
fn who_is_denied_cannot_tell_a_missing_parameter_from_one_that_is_there() {
    let mut world = World::new();
    world.may(
        "alice",
        json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]),
    );
    world
        .ssm::<PutParameter>("root", json!({"Name": "/a/b", "Value": "v", "Type": "String"}))
        .unwrap();
    let mut label = |name: &str| -> String {
        let request: Value = json!({"Name": name, "Labels": ["l"]});
        let refused = world.ssm::<LabelParameterVersion>("alice", request);
        refused.unwrap_err().replace(name, "…")
    };
    assert_eq!(label("/a/b"), label("/a/x"));
}
