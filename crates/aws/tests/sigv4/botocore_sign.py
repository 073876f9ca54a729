"""Signs random requests with botocore and prints them as JSON, one object a line.

The seed is fixed: every run prints the same requests.
"""

import base64
import datetime
import json
import random
import string
import sys
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HEADERS, QUERIES = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(20150830)
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2"]
ODD = "abcXYZ019 -._~!*'();:@&=+$,/?#[]%\"<>\\^`{|}éß日"


def text(alphabet, low, high):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def path():
    segments = [quote(text(ODD, 0, 8), safe="!$&'()*+,;=:@~") for _ in range(rng.randint(0, 4))]
    segments += rng.choice([[], ["."], [".."], [""], ["a", "..", "b"]])
    return "/" + "/".join(segments)


def query():
    pairs = [(text(ODD, 1, 6), text(ODD, 0, 8)) for _ in range(rng.randint(0, 6))]
    if pairs and rng.random() < 0.3:
        pairs.append((pairs[0][0], text(ODD, 0, 8)))
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)


def headers():
    printable = string.ascii_letters + string.digits + "!#$%&'()*+,-./:;<=>?@[]^_{|}~\"   \t"
    found = [("X-Amz-Target", "AmazonSSM." + text(string.ascii_letters, 1, 12))]
    for _ in range(rng.randint(0, 6)):
        name = rng.choice(["X-Amz-Meta-", "My-", "Content-"]) + text(string.ascii_letters, 1, 4)
        values = ["v" + text(printable, 0, 20) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        found += [(name, value) for value in values]
    for name in ["User-Agent", "X-Amzn-Trace-Id", "Expect", "traceparent", "Content-Type"]:
        if rng.random() < 0.5:
            found.append((name, text(printable, 1, 10).strip() or "x"))
    if rng.random() < 0.2:
        found.append(("Date", "replaced"))
    return found


def credentials():
    token = text(string.ascii_letters + string.digits + "+/=", 100, 900) if rng.random() < 0.5 else None
    return Credentials(
        "AKIA" + text(string.ascii_uppercase, 16, 16),
        text(string.ascii_letters + string.digits + "+/", 40, 40),
        token,
    )


def sign(presigned):
    moment = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=rng.randint(0, 10**8))
    botocore.auth.get_current_datetime = lambda *_, **__: moment
    creds, region, service = credentials(), rng.choice(REGIONS), rng.choice(["ssm", "sts", "kms"])
    method = "GET" if presigned else rng.choice(["GET", "POST", "PUT", "DELETE", "PATCH"])
    body = b"" if presigned else rng.randbytes(rng.choice([0, 1, 30, 3000]))
    host = rng.choice(["localhost:4566", "ssm.eu-central-1.amazonaws.com", "[::1]:8443"])
    url = f"https://{host}{path()}"
    asked = query()
    if asked:
        url += "?" + asked
    request = AWSRequest(method=method, url=url, data=body)
    for name, value in [] if presigned else headers():
        request.headers.add_header(name, value)
    unsigned = [[name, value] for name, value in request.headers.items()]
    expires = rng.randint(1, 604800)
    if presigned:
        # One value per name: botocore reads the query into a dictionary.
        signer = botocore.auth.SigV4QueryAuth(creds, service, region, expires=expires)
    else:
        signer = botocore.auth.SigV4Auth(creds, service, region)
    signer.add_auth(request)
    parts = urlsplit(request.url)
    return {
        "presigned": presigned,
        "method": method,
        "path": parts.path,
        "query": parts.query,
        "host": host,
        "unsigned": unsigned,
        "headers": [[name, value] for name, value in request.headers.items()],
        "body": base64.b64encode(body).decode(),
        "access_key_id": creds.access_key,
        "secret": creds.secret_key,
        "token": creds.token,
        "region": region,
        "service": service,
        "expires": expires,
        "date": moment.strftime("%Y%m%dT%H%M%SZ"),
    }


for presigned in [False] * HEADERS + [True] * QUERIES:
    print(json.dumps(sign(presigned)))
