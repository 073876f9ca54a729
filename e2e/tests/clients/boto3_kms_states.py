"""Tries every KMS operation on keys in every state, each on a key of its own, and compares code and
sentence with the table of the KMS Developer Guide. Prints how many were tried and what was different.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

kms = boto3.client("kms")
account = boto3.client("sts").get_caller_identity()["Account"]
ROOT = f"arn:aws:iam::{account}:root"
OAEP = "RSAES_OAEP_SHA_256"
STATES = ["enabled", "disabled", "doomed", "import"]

SPECS = {
    "symmetric": {},
    "signing": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    "mac": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    "agreement": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    "primary": {"MultiRegion": True},
}


def ok(_):
    return None


def state(is_):
    return lambda arn: ("KMSInvalidStateException", f"{arn} is {is_}.")


def origin(word):
    text = f"origin is {word} which is not valid for this operation."
    return lambda arn: ("UnsupportedOperationException", f"{arn} {text}")


def disabled(arn):
    return ("DisabledException", f"{arn} is disabled.")


doomed, waiting = state("pending deletion"), state("pending import")
alive_only, made_here, imported = state("not pending deletion"), origin("EXTERNAL"), origin("AWS_KMS")
# In the order of STATES.
ALWAYS = [ok, ok, ok, ok]
USE = [ok, disabled, doomed, waiting]
SWITCH = [ok, ok, doomed, waiting]
ALIVE = [ok, ok, doomed, ok]
DOOMED = [alive_only, alive_only, ok, alive_only]
ROTATION = [ok, disabled, doomed, made_here]
IMPORTED = [imported, imported, imported, ok]


class Key:
    """A key of a kind with what it has made while it was enabled, now in a state."""

    count = 0

    def __init__(self, kind, state):
        spec = SPECS[kind]
        external = {"Origin": "EXTERNAL"} if state == "import" else {}
        made = kms.create_key(**spec, **external)["KeyMetadata"]
        self.id, self.arn, self.kind = made["KeyId"], made["Arn"], kind
        Key.count += 1
        self.alias = f"alias/key{Key.count}"
        kms.create_alias(AliasName=self.alias, TargetKeyId=self.id)
        if kind == "symmetric":
            self.live(state)
        if kind == "primary" and state != "import":
            kms.replicate_key(KeyId=self.id, ReplicaRegion="eu-west-1")
        self.enter(state)

    def live(self, state):
        """What can be had of a usable key only; imported material comes for it and goes again."""
        if state == "import":
            self.material()
        self.blob = kms.encrypt(KeyId=self.id, Plaintext=b"x")["CiphertextBlob"]
        self.grant = kms.create_grant(KeyId=self.id, GranteePrincipal=ROOT, Operations=["Decrypt"])
        if state == "import":
            kms.delete_imported_key_material(KeyId=self.id)

    def material(self):
        given = kms.get_parameters_for_import(KeyId=self.id, WrappingAlgorithm=OAEP, WrappingKeySpec="RSA_2048")
        public = serialization.load_der_public_key(given["PublicKey"])
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        kms.import_key_material(
            KeyId=self.id, ImportToken=given["ImportToken"], ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
            EncryptedKeyMaterial=public.encrypt(bytes(32), oaep),
        )

    def enter(self, state):
        if state == "disabled":
            kms.disable_key(KeyId=self.id)
        if state == "doomed":
            if self.kind == "primary":
                boto3.client("kms", region_name="eu-west-1").schedule_key_deletion(KeyId=self.id)
            kms.schedule_key_deletion(KeyId=self.id)


fine = Key("symmetric", "enabled")
other = Key("agreement", "enabled")
POLICY = kms.get_key_policy(KeyId=fine.id)["Policy"]
PUBLIC = kms.get_public_key(KeyId=other.id)["PublicKey"]
signer, macer = Key("signing", "enabled"), Key("mac", "enabled")
EC = {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
MAC = {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}
# Of another key: the state is looked at first, so only an enabled key finds out.
SIGNATURE = kms.sign(KeyId=signer.id, **EC)["Signature"]
TAG = kms.generate_mac(KeyId=macer.id, **MAC)["Mac"]


def by_id(**more):
    return lambda key: {"KeyId": key.id, **more}


ROWS = [
    ("encrypt", "symmetric", USE, by_id(Plaintext=b"x")),
    ("decrypt", "symmetric", USE, lambda key: {"CiphertextBlob": key.blob}),
    ("re_encrypt", "symmetric", USE, lambda key: {"CiphertextBlob": key.blob, "DestinationKeyId": fine.id}),
    ("re_encrypt", "symmetric", USE, lambda key: {"CiphertextBlob": fine.blob, "DestinationKeyId": key.id}),
    ("generate_data_key", "symmetric", USE, by_id(KeySpec="AES_256")),
    ("generate_data_key_without_plaintext", "symmetric", USE, by_id(KeySpec="AES_256")),
    ("generate_data_key_pair", "symmetric", USE, by_id(KeyPairSpec="ECC_NIST_P256")),
    ("generate_data_key_pair_without_plaintext", "symmetric", USE, by_id(KeyPairSpec="ECC_NIST_P256")),
    ("sign", "signing", USE, by_id(**EC)),
    ("verify", "signing", USE, by_id(**EC, Signature=SIGNATURE)),
    ("get_public_key", "signing", USE, by_id()),
    ("generate_mac", "mac", USE, by_id(**MAC)),
    ("verify_mac", "mac", USE, by_id(**MAC, Mac=TAG)),
    ("derive_shared_secret", "agreement", USE, by_id(KeyAgreementAlgorithm="ECDH", PublicKey=PUBLIC)),
    ("create_grant", "symmetric", USE, by_id(GranteePrincipal=ROOT, Operations=["Decrypt"])),
    ("list_grants", "symmetric", ALWAYS, by_id()),
    ("revoke_grant", "symmetric", ALWAYS, lambda key: {"KeyId": key.id, "GrantId": key.grant["GrantId"]}),
    ("retire_grant", "symmetric", ALWAYS, lambda key: {"GrantToken": key.grant["GrantToken"]}),
    ("describe_key", "symmetric", ALWAYS, by_id()),
    ("get_key_policy", "symmetric", ALWAYS, by_id(PolicyName="default")),
    ("put_key_policy", "symmetric", ALWAYS, by_id(PolicyName="default", Policy=POLICY)),
    ("list_aliases", "symmetric", ALWAYS, by_id()),
    ("list_key_policies", "symmetric", ALWAYS, by_id()),
    ("list_resource_tags", "symmetric", ALWAYS, by_id()),
    ("delete_alias", "symmetric", ALWAYS, lambda key: {"AliasName": key.alias}),
    ("get_key_rotation_status", "symmetric", ALWAYS, by_id()),
    ("get_key_last_usage", "symmetric", ALWAYS, by_id()),
    ("list_key_rotations", "symmetric", ALWAYS, by_id()),
    ("enable_key", "symmetric", SWITCH, by_id()),
    ("disable_key", "symmetric", SWITCH, by_id()),
    ("schedule_key_deletion", "symmetric", ALIVE, by_id()),
    ("cancel_key_deletion", "symmetric", DOOMED, by_id()),
    ("create_alias", "symmetric", ALIVE, lambda key: {"AliasName": f"{key.alias}new", "TargetKeyId": key.id}),
    ("tag_resource", "symmetric", ALIVE, by_id(Tags=[{"TagKey": "a", "TagValue": "b"}])),
    ("untag_resource", "symmetric", ALIVE, by_id(TagKeys=["a"])),
    ("update_key_description", "symmetric", ALIVE, by_id(Description="new")),
    # The old key may be in any state, the new one not.
    ("update_alias", "symmetric", ALWAYS, lambda key: {"AliasName": key.alias, "TargetKeyId": fine.id}),
    ("update_alias", "symmetric", ALIVE, lambda key: {"AliasName": fine.alias, "TargetKeyId": key.id}),
    ("enable_key_rotation", "symmetric", ROTATION, by_id()),
    ("disable_key_rotation", "symmetric", ROTATION, by_id()),
    ("rotate_key_on_demand", "symmetric", USE, by_id()),
    ("replicate_key", "primary", USE, by_id(ReplicaRegion="eu-west-2")),
    ("get_parameters_for_import", "symmetric", IMPORTED, by_id(WrappingAlgorithm=OAEP, WrappingKeySpec="RSA_2048")),
    ("delete_imported_key_material", "symmetric", IMPORTED, by_id()),
]
# What an enabled key of another pair says of a signature or a tag that it has not made.
FOREIGN = {"verify": ("KMSInvalidSignatureException", ""), "verify_mac": ("KMSInvalidMacException", "")}

tried, wrong = 0, []
for operation, kind, says, request in ROWS:
    for state_, said in zip(STATES, says):
        key = Key(kind, state_)
        expected = said(key.arn)
        if state_ == "enabled":
            expected = FOREIGN.get(operation, expected)
        try:
            getattr(kms, operation)(**request(key))
            found = None
        except ClientError as error:
            found = (error.response["Error"]["Code"], error.response["Error"]["Message"])
        tried += 1
        if found != expected:
            wrong.append({"operation": operation, "state": state_, "found": found, "expected": expected})
json.dump({"tried": tried, "wrong": wrong}, sys.stdout)
