"""boto3 against the Parameter Store: put, get, page by path, and a typed error.

Endpoint, region and credentials come from the environment, as they do for a
user. Prints one JSON line of what it saw; the test compares it.
"""

import json

import boto3

ssm = boto3.client("ssm")

versions = [
    ssm.put_parameter(Name=f"/boto3/item{n:02}", Value=f"value {n}", Type="String")["Version"]
    for n in range(12)
]
secret = ssm.put_parameter(Name="/boto3/secret", Value="grüße 鍵", Type="SecureString")
read = ssm.get_parameter(Name="/boto3/secret", WithDecryption=True)["Parameter"]

pages = [
    [parameter["Name"] for parameter in page["Parameters"]]
    for page in ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/boto3", Recursive=True, PaginationConfig={"PageSize": 5}
    )
]

try:
    ssm.get_parameter(Name="/boto3/missing")
    missing = "found"
except ssm.exceptions.ParameterNotFound as error:
    missing = type(error).__name__

print(
    json.dumps(
        {
            "versions": versions,
            "secret_version": secret["Version"],
            "secret": read["Value"],
            "modified_is_a_time": read["LastModifiedDate"].tzinfo is not None,
            "pages": len(pages),
            "names": sum(pages, []),
            "missing": missing,
        }
    )
)
