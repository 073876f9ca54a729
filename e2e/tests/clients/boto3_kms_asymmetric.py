"""boto3 against KMS's asymmetric and HMAC keys, with `cryptography` as the other side.

Every signature, ciphertext, tag and shared secret is checked by a library that is not the server's,
in both directions. Prints one JSON line: for each kind of key, what was found to agree.
"""

import hashlib
import hmac
import json

import boto3
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

kms = boto3.client("kms")
MESSAGE = b"attack at dawn"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def make(spec, usage):
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


def public(key):
    return serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


def rsa_padding(algorithm, hash_):
    if "PSS" in algorithm:
        return padding.PSS(padding.MGF1(hash_), hash_.digest_size)
    return padding.PKCS1v15()


def their_verify(key, algorithm, signature, message):
    hash_ = HASHES.get(algorithm[-3:])
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, rsa_padding(algorithm, hash_), hash_)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(hash_))
    else:
        key.verify(signature, message)


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def sign_and_verify(key, algorithm):
    """Their side accepts ours, ours accepts its own, and neither anything else."""
    signed = kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm=algorithm)
    signature = signed["Signature"]
    their_verify(public(key), algorithm, signature, MESSAGE)
    try:
        their_verify(public(key), algorithm, signature, MESSAGE + b"!")
        return False
    except InvalidSignature:
        pass
    given = {"KeyId": key, "SigningAlgorithm": algorithm}
    verified = kms.verify(Message=MESSAGE, Signature=signature, **given)
    wrong = signature[:-1] + bytes([signature[-1] ^ 1])
    agreed = [
        verified["SignatureValid"],
        refused(kms.verify, Message=MESSAGE + b"!", Signature=signature, **given) == "KMSInvalidSignatureException",
        refused(kms.verify, Message=MESSAGE, Signature=wrong, **given) == "KMSInvalidSignatureException",
        refused(kms.verify, Message=MESSAGE, Signature=b"x", **given) == "KMSInvalidSignatureException",
    ]
    if algorithm.startswith(("RSA", "ECDSA")):
        digest = hashlib.new("sha" + algorithm[-3:], MESSAGE).digest()
        of_digest = kms.sign(Message=digest, MessageType="DIGEST", **given)["Signature"]
        their_verify(public(key), algorithm, of_digest, MESSAGE)
        crossed = kms.verify(Message=digest, MessageType="DIGEST", Signature=signature, **given)
        agreed.append(crossed["SignatureValid"])
    return all(agreed)


def imported_pair(spec):
    """A pair of GenerateDataKeyPair: the private key is theirs to use, sealed and open alike."""
    wrapping = make("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    pair = kms.generate_data_key_pair(KeyId=wrapping, KeyPairSpec=spec, EncryptionContext={"a": "b"})
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
    theirs = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    sealed = kms.generate_data_key_pair_without_plaintext(KeyId=wrapping, KeyPairSpec=spec)
    return (
        opened["Plaintext"] == pair["PrivateKeyPlaintext"]
        and theirs == pair["PublicKey"]
        and pair["KeyPairSpec"] == spec
        and "PrivateKeyPlaintext" not in sealed
        and sealed["PublicKey"] != pair["PublicKey"]
    )


def agreement(spec, curve):
    """Both sides derive one secret, with GetPublicKey as the only thing they exchange."""
    key = make(spec, "KEY_AGREEMENT")
    mine = ec.generate_private_key(curve)
    peer = mine.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    derived = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=peer)
    return (
        derived["SharedSecret"] == mine.exchange(ec.ECDH(), public(key))
        and derived["KeyOrigin"] == "AWS_KMS"
        and derived["KeyAgreementAlgorithm"] == "ECDH"
    )


def oaep(key, algorithm):
    hash_ = {"RSAES_OAEP_SHA_1": hashes.SHA1(), "RSAES_OAEP_SHA_256": hashes.SHA256()}[algorithm]
    theirs = public(key).encrypt(MESSAGE, padding.OAEP(padding.MGF1(hash_), hash_, None))
    ours = kms.encrypt(KeyId=key, Plaintext=MESSAGE, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    opened = [
        kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)["Plaintext"]
        for blob in (theirs, ours)
    ]
    return opened == [MESSAGE, MESSAGE] and len(ours) == len(theirs)


def tag(spec):
    """Equal messages have equal tags of the key's length; another message or tag is refused."""
    key, algorithm = make(spec, "GENERATE_VERIFY_MAC"), spec.replace("_", "_SHA_")
    given = {"KeyId": key, "MacAlgorithm": algorithm}
    made = kms.generate_mac(Message=MESSAGE, **given)["Mac"]
    return (
        len(made) * 8 == int(spec[-3:])
        and hmac.compare_digest(made, kms.generate_mac(Message=MESSAGE, **given)["Mac"])
        and kms.verify_mac(Message=MESSAGE, Mac=made, **given)["MacValid"]
        and refused(kms.verify_mac, Message=MESSAGE + b"!", Mac=made, **given) == "KMSInvalidMacException"
        and refused(kms.verify_mac, Message=MESSAGE, Mac=made[:-1], **given) == "KMSInvalidMacException"
    )


def signing(spec):
    key = make(spec, "SIGN_VERIFY")
    algorithms = kms.get_public_key(KeyId=key)["SigningAlgorithms"]
    return {
        algorithm: sign_and_verify(key, algorithm)
        for algorithm in algorithms
        if algorithm != "ED25519_PH_SHA_512"
    }


def prehashed():
    """Ed25519ph takes a digest only; `cryptography` does not have it, so ours judges ours."""
    key = make("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    given = {"KeyId": key, "SigningAlgorithm": "ED25519_PH_SHA_512"}
    digest = hashlib.sha512(MESSAGE).digest()
    signature = kms.sign(Message=digest, MessageType="DIGEST", **given)["Signature"]
    valid = kms.verify(Message=digest, MessageType="DIGEST", Signature=signature, **given)
    pure = kms.sign(KeyId=key, Message=digest, SigningAlgorithm="ED25519_SHA_512")["Signature"]
    return (
        valid["SignatureValid"]
        and refused(kms.sign, Message=digest, **given) == "ValidationException"
        and refused(kms.verify, Message=digest, MessageType="DIGEST", Signature=pure, **given)
        == "KMSInvalidSignatureException"
    )


def longest(spec):
    """A message of the greatest length that KMS hashes itself."""
    key = make(spec, "SIGN_VERIFY")
    message = b"x" * 4096
    given = {"KeyId": key, "SigningAlgorithm": kms.get_public_key(KeyId=key)["SigningAlgorithms"][0]}
    signature = kms.sign(Message=message, **given)["Signature"]
    their_verify(public(key), given["SigningAlgorithm"], signature, message)
    return kms.verify(Message=message, Signature=signature, **given)["SignatureValid"]


rsa_decryption = make("RSA_2048", "ENCRYPT_DECRYPT")
print(
    json.dumps(
        {
            "signing": {
                spec: signing(spec)
                for spec in (
                    "RSA_2048",
                    "ECC_NIST_P256",
                    "ECC_NIST_P384",
                    "ECC_NIST_P521",
                    "ECC_SECG_P256K1",
                    "ECC_NIST_EDWARDS25519",
                    "ML_DSA_44",
                    "ML_DSA_65",
                    "ML_DSA_87",
                )
            },
            "prehashed": prehashed(),
            "longest": longest("ECC_NIST_P256"),
            "oaep": {
                algorithm: oaep(rsa_decryption, algorithm)
                for algorithm in ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
            },
            "agreement": {
                "ECC_NIST_P256": agreement("ECC_NIST_P256", ec.SECP256R1()),
                "ECC_NIST_P384": agreement("ECC_NIST_P384", ec.SECP384R1()),
                "ECC_NIST_P521": agreement("ECC_NIST_P521", ec.SECP521R1()),
            },
            "macs": {spec: tag(spec) for spec in ("HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512")},
            "pairs": {
                spec: imported_pair(spec)
                for spec in (
                    "RSA_2048",
                    "ECC_NIST_P256",
                    "ECC_NIST_P384",
                    "ECC_NIST_P521",
                    "ECC_SECG_P256K1",
                    "ECC_NIST_EDWARDS25519",
                )
            },
        }
    )
)
