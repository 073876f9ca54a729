"""boto3's paginator over all users: by its own page size, by the largest, and below a path.

Endpoint, region and credentials come from the environment, as they do for a
user. Prints one JSON line of what it saw; the test compares it.
"""

import json

import boto3

iam = boto3.client("iam")


def pages(**arguments):
    paginator = iam.get_paginator("list_users")
    return [
        [user["UserName"] for user in page["Users"]]
        for page in paginator.paginate(**arguments)
    ]


small = pages()
large = pages(PaginationConfig={"PageSize": 1000})
team = pages(PathPrefix="/team/", PaginationConfig={"PageSize": 333})

print(
    json.dumps(
        {
            "pages": len(small),
            "names": sum(small, []),
            "large_pages": len(large),
            "large_names": sum(large, []),
            "team": sum(team, []),
        }
    )
)
