"""Provokes KMS's refusals and compares code and sentence with AWS's. Prints how many and what differed."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

kms, iam = boto3.client("kms"), boto3.client("iam")
account = boto3.client("sts").get_caller_identity()["Account"]
HERE = f"arn:aws:kms:us-east-1:{account}"
ABSENT = "00000000-0000-4000-8000-000000000000"


def make(**spec):
    made = kms.create_key(**spec)["KeyMetadata"]
    return made["KeyId"], made["Arn"]


def allow(principal, **more):
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*", **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def user(name):
    """A user who may do everything that an identity policy can allow."""
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    client = boto3.client(
        "kms", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    return arn, client


key, arn = make()
other, other_arn = make()
signer, signer_arn = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
rsa, rsa_arn = make(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
mac, _ = make(KeySpec="HMAC_224", KeyUsage="GENERATE_VERIFY_MAC")
external, external_arn = make(Origin="EXTERNAL")
blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
kms.create_alias(AliasName="alias/taken", TargetKeyId=key)
for _ in range(25):
    kms.rotate_key_on_demand(KeyId=other)
ann_arn, ann = user("ann")
ROOT = f"arn:aws:iam::{account}:root"
closed, closed_arn = make(Policy=policy(allow(ROOT, Action=["kms:PutKeyPolicy", "kms:DescribeKey"])))
denying = policy(allow(ROOT), {**allow(ann_arn, Action="kms:Encrypt"), "Effect": "Deny"})
denied, denied_arn = make(Policy=denying)
NOT_ANN = f"User: {ann_arn} is not authorized to perform: kms:Encrypt on resource:"
BAD_ALIAS = (
    'Alias must start with the prefix "alias/". Please see '
    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)
INCORRECT = "The key ID in the request does not identify a CMK that can perform this operation."
LIMIT = (
    "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
    f"performed for this key: {other_arn}"
)
VALID_TO = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
LOCKOUT = "The new key policy will not allow you to update the key policy in the future."
STRANGER = policy(allow(ROOT), allow(f"arn:aws:iam::{account}:user/nobody"))
EC = {"KeyId": signer, "SigningAlgorithm": "ECDSA_SHA_256"}

ROWS = [
    # Names.
    (kms.describe_key, {"KeyId": "strange"}, "NotFoundException", "Invalid keyId 'strange'"),
    (kms.describe_key, {"KeyId": ABSENT}, "NotFoundException", f"Key '{HERE}:key/{ABSENT}' does not exist"),
    (kms.describe_key, {"KeyId": arn.replace("us-east-1", "eu-west-1")}, "NotFoundException", "Invalid arn eu-west-1"),
    (kms.describe_key, {"KeyId": "alias/none"}, "NotFoundException", f"Alias {HERE}:alias/none is not found."),
    (kms.create_alias, {"AliasName": "x", "TargetKeyId": key}, "ValidationException", BAD_ALIAS),
    (kms.create_alias, {"AliasName": "alias/aws/x", "TargetKeyId": key}, "NotAuthorizedException", ""),
    (
        kms.create_alias, {"AliasName": "alias/taken", "TargetKeyId": key},
        "AlreadyExistsException", f"An alias with the name {HERE}:alias/taken already exists",
    ),
    (kms.delete_alias, {"AliasName": "alias/none"}, "NotFoundException", f"Alias {HERE}:alias/none is not found."),
    (kms.get_key_policy, {"KeyId": key, "PolicyName": "x"}, "NotFoundException", "No such policy exists"),
    (kms.list_keys, {"Marker": "!"}, "InvalidMarkerException", None),
    # Kinds.
    (
        kms.create_key, {"KeySpec": "RSA_2048"}, "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    ),
    (
        kms.create_key, {"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"}, "ValidationException",
        "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048",
    ),
    (kms.create_key, {"CustomKeyStoreId": "cks-1"}, "CustomKeyStoreNotFoundException", None),
    (
        kms.encrypt, {"KeyId": signer, "Plaintext": b"x"}, "InvalidKeyUsageException",
        f"{signer_arn} key usage is SIGN_VERIFY which is not valid for Encrypt.",
    ),
    (
        kms.generate_mac, {"KeyId": mac, "Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}, "InvalidKeyUsageException",
        "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.",
    ),
    (kms.enable_key_rotation, {"KeyId": signer}, "UnsupportedOperationException", ""),
    (
        kms.enable_key_rotation, {"KeyId": external}, "UnsupportedOperationException",
        f"{external_arn} origin is EXTERNAL which is not valid for this operation.",
    ),
    # Sizes and numbers.
    (
        kms.encrypt, {"KeyId": rsa, "Plaintext": bytes(191), "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"},
        "ValidationException", "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.",
    ),
    (
        kms.sign, {**EC, "Message": b"short", "MessageType": "DIGEST"},
        "ValidationException", "Digest is invalid length for algorithm ECDSA_SHA_256.",
    ),
    (kms.generate_random, {}, "ValidationException", "NumberOfBytes is required."),
    (kms.schedule_key_deletion, {"KeyId": key, "PendingWindowInDays": 6}, "ValidationException", None),
    (kms.rotate_key_on_demand, {"KeyId": other}, "LimitExceededException", LIMIT),
    # Ciphertexts and signatures.
    (kms.decrypt, {"CiphertextBlob": b"strange"}, "InvalidCiphertextException", ""),
    (kms.decrypt, {"CiphertextBlob": blob, "EncryptionContext": {"a": "b"}}, "InvalidCiphertextException", ""),
    (kms.decrypt, {"CiphertextBlob": blob, "KeyId": other}, "IncorrectKeyException", INCORRECT),
    (kms.verify, {**EC, "Message": b"x", "Signature": b"strange"}, "KMSInvalidSignatureException", ""),
    (
        kms.verify_mac, {"KeyId": mac, "Message": b"x", "MacAlgorithm": "HMAC_SHA_224", "Mac": b"x" * 28},
        "KMSInvalidMacException", "",
    ),
    # Tags.
    (kms.tag_resource, {"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}] * 2}, "TagException", "Duplicate tag keys"),
    (
        kms.tag_resource, {"KeyId": key, "Tags": [{"TagKey": "AWS:a", "TagValue": "b"}]},
        "TagException", "Tags beginning with aws: are reserved",
    ),
    (
        kms.tag_resource, {"KeyId": key, "Tags": [{"TagKey": f"k{n}", "TagValue": "b"} for n in range(51)]},
        "TagException", "Too many tags",
    ),
    # Policies.
    (kms.put_key_policy, {"KeyId": key, "Policy": policy(allow(ann_arn, Action="kms:Encrypt"))},
     "MalformedPolicyDocumentException", LOCKOUT),
    (kms.put_key_policy, {"KeyId": key, "Policy": STRANGER}, "MalformedPolicyDocumentException",
     "Policy contains a statement with one or more invalid principals."),
    (ann.encrypt, {"KeyId": closed, "Plaintext": b"x"}, "AccessDeniedException",
     f"{NOT_ANN} {closed_arn} because no resource-based policy allows the kms:Encrypt action"),
    (ann.encrypt, {"KeyId": denied, "Plaintext": b"x"}, "AccessDeniedException",
     f"{NOT_ANN} {denied_arn} with an explicit deny in a resource-based policy"),
    # Grants, imports, Regions, dry runs.
    (kms.revoke_grant, {"KeyId": key, "GrantId": "0" * 64}, "NotFoundException", None),
    (kms.encrypt, {"KeyId": key, "Plaintext": b"x", "GrantTokens": ["c3RyYW5nZQ=="]}, "InvalidGrantTokenException", None),
    (kms.import_key_material, {"KeyId": external, "ImportToken": b"x", "EncryptedKeyMaterial": b"x"},
     "ValidationException", VALID_TO),
    (kms.delete_imported_key_material, {"KeyId": key}, "UnsupportedOperationException",
     f"{arn} origin is AWS_KMS which is not valid for this operation."),
    (kms.replicate_key, {"KeyId": key, "ReplicaRegion": "eu-west-1"}, "UnsupportedOperationException",
     f"{arn} is not a multi-region primary key."),
    (kms.encrypt, {"KeyId": key, "Plaintext": b"x", "DryRun": True}, "DryRunOperationException",
     "The request would have succeeded, but the DryRun option is set."),
]

wrong = []
for call, request, code, sentence in ROWS:
    try:
        call(**request)
        found = ("ok", "")
    except ClientError as error:
        found = (error.response["Error"]["Code"], error.response["Error"]["Message"])
    # Where AWS's sentence is not known, the code alone counts.
    if found[0] != code or (sentence is not None and found[1] != sentence):
        wrong.append({"call": call.__name__, "found": found, "expected": (code, sentence)})
json.dump({"tried": len(ROWS), "wrong": wrong}, sys.stdout)
