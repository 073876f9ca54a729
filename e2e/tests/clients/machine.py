"""A machine that wants to be a managed node: keys, unsigned and RSA-signed requests, as AWS's agent sends them.

Reads requests as lines of JSON and answers each with one: the server's answer, or
{"status", "code", "message"} of an error. Keys are by name and live as long as the process.
"""

import base64
import datetime
import hashlib
import http.client
import json
import os
import sys
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

HOST = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
REGION = os.environ["AWS_REGION"]
keys = {}


def key(name):
    if name not in keys:
        keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return keys[name]


def public(name):
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    der = key(name).public_key().public_bytes(serialization.Encoding.DER, spki)
    return base64.b64encode(der).decode()


def send(target, body, headers):
    connection = http.client.HTTPConnection(HOST, timeout=60)
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    if answer.status == 200:
        return said
    message = said.get("message", said.get("Message", ""))
    return {"status": answer.status, "code": said["__type"], "message": message}


def basic(target):
    return {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM." + target, "Host": HOST}


def unsigned(ask):
    return send(ask["target"], json.dumps(ask["body"]), basic(ask["target"]))


def with_key(ask):
    """Signs as the agent does: SigV4's string to sign, with RSASSA-PSS, and a body hash that is not signed."""
    region, body = ask.get("region", REGION), json.dumps(ask["body"]).encode()
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=ask.get("skew", 0))
    headers = basic(ask["target"])
    headers["X-Amz-Date"] = now.strftime("%Y%m%dT%H%M%SZ")
    names = sorted(name.lower() for name in headers)
    values = {name.lower(): value for name, value in headers.items()}
    hashed = hashlib.sha256(body).hexdigest()
    canonical = ["POST", "/", ""] + [f"{name}:{values[name]}" for name in names] + ["", ";".join(names), hashed]
    scope = f"{headers['X-Amz-Date'][:8]}/{region}/ssm/aws4_request"
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    string = "\n".join(["AWS4-HMAC-SHA256", headers["X-Amz-Date"], scope, digest]).encode()
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    signature = base64.b64encode(key(ask["key"]).sign(string, pss, hashes.SHA256())).decode()
    headers["X-Amz-Content-Sha256"] = hashed
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={ask['node']}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    recorded[ask["target"]] = (body, dict(headers))
    return send(ask["target"], body, headers)


def replay(ask):
    body, headers = recorded[ask["target"]]
    return send(ask["target"], body, headers)


def with_credentials(ask):
    given, body = ask["credentials"], json.dumps(ask["body"])
    request = AWSRequest("POST", f"http://{HOST}/", basic(ask["target"]), body)
    credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    SigV4Auth(credentials, "ssm", REGION).add_auth(request)
    return send(ask["target"], body, dict(request.headers.items()))


recorded = {}
for line in sys.stdin:
    ask = json.loads(line)
    if ask["how"] == "public":
        said = {"key": public(ask["key"])}
    else:
        said = globals()[ask["how"]](ask)
    print(json.dumps(said), flush=True)
