"""Programs as people write them around KMS: the AWS Encryption SDK, and envelopes in the manner of sops.

    kms_tools.py encrypt KEY_ARN FILE       FILE → FILE.esdk, under an encryption context
    kms_tools.py decrypt KEY_ARN FILE       FILE.esdk → standard output
    kms_tools.py wrap KEY_ARN FILE          FILE → FILE.sealed: a data key of KMS's, then AES-GCM
    kms_tools.py unwrap FILE                FILE.sealed → standard output
"""

import json
import os
import sys
import warnings
from base64 import b64decode, b64encode
from pathlib import Path

import boto3

CONTEXT = {"app": "shop", "file": "orders"}


def sdk(key):
    warnings.simplefilter("ignore")  # the SDK speaks of its newer keyrings
    import aws_encryption_sdk
    from aws_encryption_sdk import StrictAwsKmsMasterKeyProvider

    return aws_encryption_sdk.EncryptionSDKClient(), StrictAwsKmsMasterKeyProvider(key_ids=[key])


def encrypt(key, path):
    client, provider = sdk(key)
    text, _ = client.encrypt(source=Path(path).read_bytes(), key_provider=provider, encryption_context=CONTEXT)
    Path(path + ".esdk").write_bytes(text)


def decrypt(key, path):
    client, provider = sdk(key)
    text, header = client.decrypt(source=Path(path + ".esdk").read_bytes(), key_provider=provider)
    found = {name: header.encryption_context.get(name) for name in CONTEXT}
    assert found == CONTEXT, found
    sys.stdout.buffer.write(text)


def wrap(key, path):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    made = boto3.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    nonce = os.urandom(12)
    sealed = AESGCM(made["Plaintext"]).encrypt(nonce, Path(path).read_bytes(), None)
    whole = {"key": made["CiphertextBlob"], "nonce": nonce, "sealed": sealed}
    Path(path + ".sealed").write_text(json.dumps({name: b64encode(part).decode() for name, part in whole.items()}))


def unwrap(path):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    whole = json.loads(Path(path + ".sealed").read_text())
    key, nonce, sealed = (b64decode(whole[name]) for name in ("key", "nonce", "sealed"))
    key = boto3.client("kms").decrypt(CiphertextBlob=key, EncryptionContext=CONTEXT)["Plaintext"]
    sys.stdout.buffer.write(AESGCM(key).decrypt(nonce, sealed, None))


{"encrypt": encrypt, "decrypt": decrypt, "wrap": wrap, "unwrap": unwrap}[sys.argv[1]](*sys.argv[2:])
