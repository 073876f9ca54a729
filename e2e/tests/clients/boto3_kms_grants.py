"""Gives, lists and retires grants with boto3, and prints what came of it as JSON.

Arguments: a key's ARN, the grantee's ARN, the retiring principal's ARN.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError

key, grantee, retiring = sys.argv[1:]
kms = boto3.client("kms")


def give(**more):
    return kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Encrypt"], **more)


def code(call, **request):
    try:
        call(**request)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


def pages(name, **request):
    paginator = kms.get_paginator(name).paginate(**request, PaginationConfig={"PageSize": 2})
    return [[grant["GrantId"] for grant in page["Grants"]] for page in paginator]


made = [give(RetiringPrincipal=retiring) for _ in range(5)]
of_key = pages("list_grants", KeyId=key)
retirable = pages("list_retirable_grants", RetiringPrincipal=retiring)
first, again = give(Name="n"), give(Name="n")
token = first["GrantToken"]
encrypt = {"KeyId": key, "Plaintext": b"x"}
seen = {
    "page_sizes": [[len(page) for page in listing] for listing in (of_key, retirable)],
    "all_there": [
        {grant["GrantId"] for grant in made} == {grant for page in listing for grant in page}
        for listing in (of_key, retirable)
    ],
    "same_id": first["GrantId"] == again["GrantId"],
    "fresh_token": first["GrantToken"] != again["GrantToken"],
    "with_token": code(kms.encrypt, **encrypt, GrantTokens=[token]),
    "with_garbage": code(kms.encrypt, **encrypt, GrantTokens=[token, "garbage"]),
    "retired_by_token": code(kms.retire_grant, GrantToken=token),
    "retired_again": code(kms.retire_grant, GrantToken=token),
    "retired_by_id": code(kms.retire_grant, KeyId=key, GrantId=made[0]["GrantId"]),
    "revoked": code(kms.revoke_grant, KeyId=key, GrantId=made[1]["GrantId"]),
    "malformed": code(kms.create_grant, KeyId=key, GranteePrincipal="bob", Operations=["Encrypt"]),
    "dry_run": code(give, DryRun=True),
    "left": len(kms.list_grants(KeyId=key)["Grants"]),
}
print(json.dumps(seen))
