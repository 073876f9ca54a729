"""boto3 against all of IAM and STS: every operation once, each answer held against botocore's model.

Endpoint, region and credentials come from the environment, as they do for a
user. The one argument is the list of what is served. Prints one JSON line:
operations that were not called, and members that the model demands of an
answer and that were not there.
"""

import base64
import hashlib
import hmac
import json
import struct
import sys
import time
import tomllib

import boto3

called = set()
lacking = []
iam = boto3.client("iam")
sts = boto3.client("sts")


def demand(shape, value, path):
    """Notes each member that the model says is always there, and is not."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                lacking.append(f"{path}.{name}")
        for name, member in shape.members.items():
            if name in value:
                demand(member, value[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            demand(shape.member, item, f"{path}[]")


def watch(client):
    def after(parsed, model, **_):
        called.add(model.name)
        if model.output_shape is not None and "Error" not in parsed:
            demand(model.output_shape, parsed, model.name)

    client.meta.events.register("after-call", after)


def code(seed, step):
    mac = hmac.new(base64.b32decode(seed), struct.pack(">q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def policy(action, resource="*", **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trusting(principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


watch(iam)
watch(sts)
account = sts.get_caller_identity()["Account"]
TAGS = [{"Key": "team", "Value": "red"}]
DOCUMENT = policy("ssm:GetParameter")
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

# Policies and their versions.
pol = iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT, Tags=TAGS)["Policy"]["Arn"]
iam.create_policy_version(PolicyArn=pol, PolicyDocument=policy("ssm:*"), SetAsDefault=True)
iam.set_default_policy_version(PolicyArn=pol, VersionId="v1")
assert iam.get_policy_version(PolicyArn=pol, VersionId="v2")["PolicyVersion"]["Document"]["Statement"]
iam.list_policy_versions(PolicyArn=pol)
iam.delete_policy_version(PolicyArn=pol, VersionId="v2")
iam.tag_policy(PolicyArn=pol, Tags=[{"Key": "a", "Value": "b"}])
iam.untag_policy(PolicyArn=pol, TagKeys=["a"])
assert iam.list_policy_tags(PolicyArn=pol)["Tags"] == TAGS
assert iam.get_policy(PolicyArn=pol)["Policy"]["DefaultVersionId"] == "v1"
assert [found["PolicyName"] for found in iam.list_policies(Scope="Local")["Policies"]] == ["p"]

# A user, a group.
iam.create_user(UserName="alyce", Path="/team/", Tags=TAGS, PermissionsBoundary=ADMINISTRATOR)
iam.update_user(UserName="alyce", NewUserName="alice")
iam.get_user(UserName="alice")
iam.list_users()
iam.tag_user(UserName="alice", Tags=[{"Key": "a", "Value": "b"}])
iam.untag_user(UserName="alice", TagKeys=["a"])
iam.list_user_tags(UserName="alice")
iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=pol)
iam.delete_user_permissions_boundary(UserName="alice")
iam.attach_user_policy(UserName="alice", PolicyArn=ADMINISTRATOR)
iam.list_attached_user_policies(UserName="alice")
iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=DOCUMENT)
assert iam.get_user_policy(UserName="alice", PolicyName="own")["PolicyDocument"] == json.loads(DOCUMENT)
iam.list_user_policies(UserName="alice")
iam.list_policies_granting_service_access(Arn=f"arn:aws:iam::{account}:user/team/alice", ServiceNamespaces=["ssm"])
for name in ("ssh_public_keys", "signing_certificates", "service_specific_credentials"):
    getattr(iam, f"list_{name}")(UserName="alice")
iam.list_server_certificates()
iam.create_group(GroupName="devz")
iam.update_group(GroupName="devz", NewGroupName="devs")
iam.add_user_to_group(GroupName="devs", UserName="alice")
assert iam.get_group(GroupName="devs")["Users"][0]["UserName"] == "alice"
iam.list_groups()
iam.list_groups_for_user(UserName="alice")
iam.attach_group_policy(GroupName="devs", PolicyArn=pol)
iam.list_attached_group_policies(GroupName="devs")
iam.put_group_policy(GroupName="devs", PolicyName="own", PolicyDocument=DOCUMENT)
iam.get_group_policy(GroupName="devs", PolicyName="own")
iam.list_group_policies(GroupName="devs")
assert iam.list_entities_for_policy(PolicyArn=pol)["PolicyGroups"][0]["GroupName"] == "devs"

# Keys and passwords.
key = iam.create_access_key(UserName="alice")["AccessKey"]
iam.list_access_keys(UserName="alice")
iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
sts.get_access_key_info(AccessKeyId=key["AccessKeyId"])
signed = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
alice, alice_sts = boto3.client("iam", **signed), boto3.client("sts", **signed)
watch(alice)
watch(alice_sts)
iam.update_account_password_policy(MinimumPasswordLength=12)
iam.get_account_password_policy()
iam.create_login_profile(UserName="alice", Password="correct horse 1")
iam.get_login_profile(UserName="alice")
iam.update_login_profile(UserName="alice", Password="battery staple 2")
alice.change_password(OldPassword="battery staple 2", NewPassword="tr0ubador and 3")
iam.delete_account_password_policy()

# MFA.
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
serial, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
assert device["QRCodePNG"].startswith(b"\x89PNG")
step = int(time.time()) // 30
iam.enable_mfa_device(
    UserName="alice",
    SerialNumber=serial,
    AuthenticationCode1=code(seed, step - 1),
    AuthenticationCode2=code(seed, step),
)
iam.resync_mfa_device(
    UserName="alice",
    SerialNumber=serial,
    AuthenticationCode1=code(seed, step + 1),
    AuthenticationCode2=code(seed, step + 2),
)
iam.get_mfa_device(SerialNumber=serial)
iam.list_mfa_devices(UserName="alice")
iam.list_virtual_mfa_devices()
iam.tag_mfa_device(SerialNumber=serial, Tags=TAGS)
iam.list_mfa_device_tags(SerialNumber=serial)
iam.untag_mfa_device(SerialNumber=serial, TagKeys=["team"])

# A role and its sessions.
role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting({"AWS": account}), Tags=TAGS)
role = role["Role"]["Arn"]
iam.update_assume_role_policy(RoleName="app", PolicyDocument=trusting({"AWS": f"arn:aws:iam::{account}:root"}))
iam.get_role(RoleName="app")
iam.list_roles()
iam.update_role(RoleName="app", Description="an app", MaxSessionDuration=7200)
iam.update_role_description(RoleName="app", Description="the app")
iam.tag_role(RoleName="app", Tags=[{"Key": "a", "Value": "b"}])
iam.untag_role(RoleName="app", TagKeys=["a"])
iam.list_role_tags(RoleName="app")
iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=ADMINISTRATOR)
iam.delete_role_permissions_boundary(RoleName="app")
iam.attach_role_policy(RoleName="app", PolicyArn=pol)
iam.list_attached_role_policies(RoleName="app")
iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=DOCUMENT)
iam.get_role_policy(RoleName="app", PolicyName="own")
iam.list_role_policies(RoleName="app")
alice_sts.assume_role(RoleArn=role, RoleSessionName="s1", Policy=DOCUMENT, Tags=TAGS)
alice_sts.get_session_token()
alice_sts.get_federation_token(Name="guest", Policy=DOCUMENT)
for refused in (
    lambda: sts.decode_authorization_message(EncodedMessage="bm8="),
    lambda: sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="s1", WebIdentityToken="a.b.c"),
):
    try:
        refused()
        lacking.append("a refusal")
    except sts.exceptions.ClientError as error:
        assert error.response["Error"]["Code"].startswith("Invalid"), error

# Instance profiles, roles of services.
iam.create_instance_profile(InstanceProfileName="web", Tags=TAGS)
iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="app")
iam.get_instance_profile(InstanceProfileName="web")
iam.list_instance_profiles()
iam.list_instance_profiles_for_role(RoleName="app")
iam.tag_instance_profile(InstanceProfileName="web", Tags=[{"Key": "a", "Value": "b"}])
iam.untag_instance_profile(InstanceProfileName="web", TagKeys=["a"])
iam.list_instance_profile_tags(InstanceProfileName="web")
linked = iam.create_service_linked_role(AWSServiceName="ssm.amazonaws.com")["Role"]["RoleName"]
task = iam.delete_service_linked_role(RoleName=linked)["DeletionTaskId"]
assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"

# Identity providers.
oidc = iam.create_open_id_connect_provider(
    Url="https://issuer.example.com/x", ClientIDList=["one"], ThumbprintList=["a" * 40], Tags=TAGS
)["OpenIDConnectProviderArn"]
arn = {"OpenIDConnectProviderArn": oidc}
iam.get_open_id_connect_provider(**arn)
iam.list_open_id_connect_providers()
iam.add_client_id_to_open_id_connect_provider(ClientID="two", **arn)
iam.remove_client_id_from_open_id_connect_provider(ClientID="two", **arn)
iam.update_open_id_connect_provider_thumbprint(ThumbprintList=["b" * 40], **arn)
iam.tag_open_id_connect_provider(Tags=[{"Key": "a", "Value": "b"}], **arn)
iam.list_open_id_connect_provider_tags(**arn)
iam.untag_open_id_connect_provider(TagKeys=["a"], **arn)
metadata = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">' + " " * 1000
metadata += "<IDPSSODescriptor/></EntityDescriptor>"
saml = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
iam.update_saml_provider(SAMLProviderArn=saml, SAMLMetadataDocument=metadata)
iam.get_saml_provider(SAMLProviderArn=saml)
iam.list_saml_providers()
iam.tag_saml_provider(SAMLProviderArn=saml, Tags=TAGS)
iam.list_saml_provider_tags(SAMLProviderArn=saml)
iam.untag_saml_provider(SAMLProviderArn=saml, TagKeys=["team"])

# The account.
iam.create_account_alias(AccountAlias="kagiban-test")
assert iam.list_account_aliases()["AccountAliases"] == ["kagiban-test"]
assert iam.get_account_summary()["SummaryMap"]["Users"] == 1
details = iam.get_account_authorization_details()
assert details["UserDetailList"][0]["GroupList"] == ["devs"]
while iam.generate_credential_report()["State"] != "COMPLETE":
    time.sleep(0.1)
assert iam.get_credential_report()["Content"].startswith(b"user,arn,")
iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
job = iam.generate_service_last_accessed_details(Arn=role)["JobId"]
iam.get_service_last_accessed_details(JobId=job)

# What if?
custom = iam.simulate_custom_policy(PolicyInputList=[DOCUMENT], ActionNames=["ssm:GetParameter", "ssm:PutParameter"])
assert [one["EvalDecision"] for one in custom["EvaluationResults"]] == ["allowed", "implicitDeny"]
user = f"arn:aws:iam::{account}:user/team/alice"
principal = iam.simulate_principal_policy(PolicySourceArn=user, ActionNames=["iam:CreateUser"])
assert principal["EvaluationResults"][0]["EvalDecision"] == "allowed"
iam.get_context_keys_for_custom_policy(PolicyInputList=[DOCUMENT])
iam.get_context_keys_for_principal_policy(PolicySourceArn=user)

# And all of it goes again.
iam.delete_account_alias(AccountAlias="kagiban-test")
iam.delete_open_id_connect_provider(**arn)
iam.delete_saml_provider(SAMLProviderArn=saml)
iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="app")
iam.delete_instance_profile(InstanceProfileName="web")
iam.delete_role_policy(RoleName="app", PolicyName="own")
iam.detach_role_policy(RoleName="app", PolicyArn=pol)
iam.delete_role(RoleName="app")
iam.deactivate_mfa_device(UserName="alice", SerialNumber=serial)
iam.delete_virtual_mfa_device(SerialNumber=serial)
iam.delete_login_profile(UserName="alice")
iam.update_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"], Status="Inactive")
iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
iam.remove_user_from_group(GroupName="devs", UserName="alice")
iam.detach_group_policy(GroupName="devs", PolicyArn=pol)
iam.delete_group_policy(GroupName="devs", PolicyName="own")
iam.delete_group(GroupName="devs")
iam.detach_user_policy(UserName="alice", PolicyArn=ADMINISTRATOR)
iam.delete_user_policy(UserName="alice", PolicyName="own")
iam.delete_user(UserName="alice")
iam.delete_policy(PolicyArn=pol)

with open(sys.argv[1], "rb") as file:
    served = tomllib.load(file)["service"]
served = {name for service in served if service["name"] in ("iam", "sts") for name in service["operations"]}
print(json.dumps({"not_called": sorted(served - called), "lacking": sorted(set(lacking))}))
