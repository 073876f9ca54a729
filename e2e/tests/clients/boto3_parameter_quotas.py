"""boto3 against an account that acts like AWS: its retries off, then as they are by default.

Prints one JSON line: how many of two hundred reads at once were let through, what the others were told, and
whether a client with its ordinary retries gets through all the same.
"""

import json
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

impatient = boto3.client("ssm", config=Config(retries={"total_max_attempts": 1}, max_pool_connections=20))
patient = boto3.client("ssm", config=Config(retries={"mode": "standard", "max_attempts": 10}))


def read(_):
    try:
        impatient.get_parameter(Name="/quota/a")
        return None
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"]]


with ThreadPoolExecutor(20) as pool:
    told = list(pool.map(read, range(200)))

refused = [answer for answer in told if answer]
value = patient.get_parameter(Name="/quota/a")["Parameter"]["Value"]
print(
    json.dumps(
        {
            "admitted": len(told) - len(refused),
            "told": sorted({tuple(answer) for answer in refused}),
            "patient": value,
        }
    )
)
