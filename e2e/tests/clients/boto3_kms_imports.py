"""boto3 against KMS's imported key material, with `cryptography` as the owner of the keys.

Every key is made here, wrapped here, and what the server does with it is checked against what is done
with the same key here. Prints one JSON line: for each kind of key, what was found to agree.
"""

import hashlib
import hmac
import json
import os

import boto3
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

kms = boto3.client("kms")
STAYS = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
HASHES = {"SHA_1": hashes.SHA1(), "SHA_256": hashes.SHA256()}
MESSAGE = b"attack at dawn"


def make(spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT"):
    return kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


def pkcs8(key):
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def wrap(algorithm, public, material):
    hash_ = HASHES["SHA_256" if algorithm.endswith("256") else "SHA_1"]
    oaep = padding.OAEP(padding.MGF1(hash_), hash_, None)
    public = serialization.load_der_public_key(public)
    if algorithm.startswith("RSAES_OAEP"):
        return public.encrypt(material, oaep)
    aes = os.urandom(32)
    return public.encrypt(aes, oaep) + keywrap.aes_key_wrap_with_padding(aes, material)


def send(key, material, algorithm="RSAES_OAEP_SHA_256", spec="RSA_2048", **more):
    asked = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=spec)
    return kms.import_key_material(
        KeyId=key,
        ImportToken=asked["ImportToken"],
        EncryptedKeyMaterial=wrap(algorithm, asked["PublicKey"], material),
        **(more or STAYS),
    )


def state(key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def symmetric(algorithm, spec):
    """A known AES key seals, is deleted, comes back, and opens; another key does not come in."""
    key, material = make(), os.urandom(32)
    agreed = [state(key) == "PendingImport"]
    first = send(key, material, algorithm, spec)
    blob = kms.encrypt(KeyId=key, Plaintext=MESSAGE)["CiphertextBlob"]
    agreed.append(state(key) == "Enabled")
    deleted = kms.delete_imported_key_material(KeyId=key)
    agreed.append(deleted["KeyMaterialId"] == first["KeyMaterialId"])
    agreed.append(refused(kms.decrypt, CiphertextBlob=blob) == "KMSInvalidStateException")
    agreed.append(refused(send, key, os.urandom(32), algorithm, spec) == "IncorrectKeyMaterialException")
    agreed.append(refused(send, key, material[1:], algorithm, spec) == "IncorrectKeyMaterialException")
    again = send(key, material, algorithm, spec)
    agreed.append(again["KeyMaterialId"] == first["KeyMaterialId"])
    agreed.append(kms.decrypt(CiphertextBlob=blob)["Plaintext"] == MESSAGE)
    return all(agreed)


def same_public(key, private):
    theirs = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    return theirs == private.public_key()


def imported_rsa(algorithm):
    """What the server signs with our RSA key, our public key verifies."""
    private = rsa.generate_private_key(65537, 2048)
    key = make("RSA_2048", "SIGN_VERIFY")
    direct = refused(send, key, pkcs8(private), "RSAES_OAEP_SHA_256")
    send(key, pkcs8(private), algorithm, "RSA_3072")
    signed = kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm="RSASSA_PSS_SHA_256")["Signature"]
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    private.public_key().verify(signed, MESSAGE, pss, hashes.SHA256())
    other = refused(send, key, pkcs8(rsa.generate_private_key(65537, 2048)), algorithm)
    return (
        same_public(key, private)
        and direct == "UnsupportedOperationException"
        and other == "IncorrectKeyMaterialException"
    )


def decrypting_rsa():
    """What is encrypted for our RSA key, the server decrypts with it."""
    private = rsa.generate_private_key(65537, 3072)
    key = make("RSA_3072", "ENCRYPT_DECRYPT")
    send(key, pkcs8(private), "RSA_AES_KEY_WRAP_SHA_256", "RSA_4096")
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    blob = private.public_key().encrypt(MESSAGE, oaep)
    opened = kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    return opened["Plaintext"] == MESSAGE


def imported_ec(spec, curve, algorithm, hash_, wrapping, wrapping_spec="RSA_2048"):
    private = ec.generate_private_key(curve)
    key = make(spec, "SIGN_VERIFY")
    send(key, pkcs8(private), wrapping, wrapping_spec)
    signed = kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm=algorithm)["Signature"]
    private.public_key().verify(signed, MESSAGE, ec.ECDSA(hash_))
    kms.delete_imported_key_material(KeyId=key)
    send(key, pkcs8(private), "RSA_AES_KEY_WRAP_SHA_1")
    return same_public(key, private)


def agreement():
    private, peer = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
    key = make("ECC_NIST_P384", "KEY_AGREEMENT")
    send(key, pkcs8(private), "RSA_AES_KEY_WRAP_SHA_256")
    theirs = peer.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    derived = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=theirs)
    return (
        derived["SharedSecret"] == peer.exchange(ec.ECDH(), private.public_key())
        and derived["KeyOrigin"] == "EXTERNAL"
    )


def imported_ed25519():
    private = ed25519.Ed25519PrivateKey.generate()
    key = make("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    send(key, pkcs8(private))
    signed = kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm="ED25519_SHA_512")["Signature"]
    return signed == private.sign(MESSAGE)


def mac(bits, length):
    """An HMAC with our key is Python's HMAC with it."""
    key, material = make(f"HMAC_{bits}", "GENERATE_VERIFY_MAC"), os.urandom(length)
    longer = refused(send, key, material + b"x")
    send(key, material, "RSAES_OAEP_SHA_1")
    made = kms.generate_mac(KeyId=key, Message=MESSAGE, MacAlgorithm=f"HMAC_SHA_{bits}")["Mac"]
    expected = hmac.new(material, MESSAGE, getattr(hashlib, f"sha{bits}")).digest()
    return made == expected and longer == "IncorrectKeyMaterialException"


def rotation():
    """A second generation waits, becomes the current one, and both open what they have sealed."""
    key = make()
    materials = [os.urandom(32), os.urandom(32)]
    ids = [send(key, materials[0])["KeyMaterialId"]]
    blobs = [kms.encrypt(KeyId=key, Plaintext=MESSAGE)["CiphertextBlob"]]
    agreed = [refused(kms.rotate_key_on_demand, KeyId=key) == "KMSInvalidStateException"]
    new = {"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "the second", **STAYS}
    ids.append(send(key, materials[1], **new)["KeyMaterialId"])
    agreed.append(refused(send, key, os.urandom(32), **new) == "KMSInvalidStateException")
    kms.rotate_key_on_demand(KeyId=key)
    blobs.append(kms.encrypt(KeyId=key, Plaintext=MESSAGE)["CiphertextBlob"])
    opened = [kms.decrypt(CiphertextBlob=blob) for blob in blobs]
    agreed.append([one["KeyMaterialId"] for one in opened] == ids)
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    agreed.append([one["KeyMaterialState"] for one in listed] == ["NON_CURRENT", "CURRENT"])
    agreed.append(listed[1]["KeyMaterialDescription"] == "the second")
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=ids[0])
    agreed.append(state(key) == "PendingImport")
    send(key, materials[0])
    agreed.append(state(key) == "Enabled")
    return all(agreed)


def tokens():
    """A token is for one key, and for the public key that came with it."""
    one, other = make(), make()
    asked = [
        kms.get_parameters_for_import(
            KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
        )
        for key in (one, one, other)
    ]
    wrapped = wrap("RSAES_OAEP_SHA_256", asked[0]["PublicKey"], os.urandom(32))
    given = {"KeyId": one, "EncryptedKeyMaterial": wrapped, **STAYS}
    token = asked[0]["ImportToken"]
    changed = token[:-1] + bytes([token[-1] ^ 1])
    return [
        refused(kms.import_key_material, ImportToken=asked[1]["ImportToken"], **given),
        refused(kms.import_key_material, ImportToken=asked[2]["ImportToken"], **given),
        refused(kms.import_key_material, ImportToken=changed, **given),
        refused(kms.import_key_material, ImportToken=b"x", **given),
        refused(kms.import_key_material, ImportToken=token, **given),
    ] == [
        "InvalidCiphertextException",
        "InvalidImportTokenException",
        "InvalidImportTokenException",
        "InvalidImportTokenException",
        None,
    ]


OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
KEY_WRAP = ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256")
print(
    json.dumps(
        {
            "symmetric": {
                f"{algorithm} {spec}": symmetric(algorithm, spec)
                for algorithm in OAEP
                for spec in ("RSA_2048", "RSA_3072")
            },
            "rsa": {algorithm: imported_rsa(algorithm) for algorithm in KEY_WRAP},
            "decrypting": decrypting_rsa(),
            "ec": {
                "P-256": imported_ec(
                    "ECC_NIST_P256", ec.SECP256R1(), "ECDSA_SHA_256", hashes.SHA256(), OAEP[1]
                ),
                "P-384": imported_ec(
                    "ECC_NIST_P384", ec.SECP384R1(), "ECDSA_SHA_384", hashes.SHA384(), KEY_WRAP[0]
                ),
                "P-521": imported_ec(
                    "ECC_NIST_P521", ec.SECP521R1(), "ECDSA_SHA_512", hashes.SHA512(), OAEP[1], "RSA_3072"
                ),
                "secp256k1": imported_ec(
                    "ECC_SECG_P256K1", ec.SECP256K1(), "ECDSA_SHA_256", hashes.SHA256(), KEY_WRAP[1]
                ),
            },
            "agreement": agreement(),
            "ed25519": imported_ed25519(),
            "macs": {bits: mac(bits, length) for bits, length in ((224, 28), (256, 32), (384, 48), (512, 64))},
            "rotation": rotation(),
            "tokens": tokens(),
        }
    )
)
