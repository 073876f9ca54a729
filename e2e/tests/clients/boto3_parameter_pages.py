"""boto3's paginators against the lists of Parameter Store, each over several pages.

Prints one JSON line: for each list the sizes of its pages and what was in
them. Policies of one resource are one at most, so that list has one page.
"""

import json

import boto3

ssm = boto3.client("ssm")

for n in range(1, 24):
    ssm.put_parameter(Name="/pages/history", Value=f"v{n}", Type="String", Overwrite=True)
for n in range(25):
    kind = "SecureString" if n % 5 == 0 else "String"
    tags = [{"Key": "even", "Value": "yes"}] if n % 2 == 0 else []
    ssm.put_parameter(Name=f"/pages/list/{n:02}", Value=f"v{n}", Type=kind, Tags=tags)
ssm.put_parameter(Name="/pages/shared", Value="v", Type="String", Tier="Advanced")


def pages(operation, listed, show, size, **request):
    found = list(ssm.get_paginator(operation).paginate(**request, PaginationConfig={"PageSize": size}))
    return {
        "sizes": [len(page[listed]) for page in found],
        "shown": [show(one) for page in found for one in page[listed]],
    }


def described(size, *filters):
    return pages("describe_parameters", "Parameters", lambda one: one["Name"], size, ParameterFilters=list(filters))


def resumed():
    """Two halves of a list: the second goes on where the first said it stopped."""
    paginator = ssm.get_paginator("get_parameters_by_path")
    first = paginator.paginate(Path="/pages/list", PaginationConfig={"PageSize": 4, "MaxItems": 10})
    names = [one["Name"] for one in first.build_full_result()["Parameters"]]
    rest = {"PageSize": 7, "StartingToken": first.resume_token}
    second = paginator.paginate(Path="/pages/list", PaginationConfig=rest).build_full_result()
    return names + [one["Name"] for one in second["Parameters"]]


arn = ssm.get_parameter(Name="/pages/shared")["Parameter"]["ARN"]
statement = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "ssm:GetParameter", "Resource": arn}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
none = pages("get_resource_policies", "Policies", lambda one: one["Policy"], 1, ResourceArn=arn)
ssm.put_resource_policy(ResourceArn=arn, Policy=policy)
one = pages("get_resource_policies", "Policies", lambda one: one["Policy"] == policy, 1, ResourceArn=arn)

below = {"Key": "Path", "Option": "Recursive", "Values": ["/pages"]}
print(
    json.dumps(
        {
            "history": pages(
                "get_parameter_history", "Parameters", lambda one: one["Version"], 10, Name="/pages/history"
            ),
            "by_path": pages(
                "get_parameters_by_path", "Parameters", lambda one: one["Name"], 10, Path="/pages", Recursive=True
            ),
            "by_path_of_type": pages(
                "get_parameters_by_path",
                "Parameters",
                lambda one: one["Value"],
                2,
                Path="/pages/list",
                WithDecryption=True,
                ParameterFilters=[{"Key": "Type", "Values": ["SecureString"]}],
            ),
            "resumed": resumed(),
            "described": described(20, below),
            "described_by_tag": described(5, below, {"Key": "tag:even", "Values": ["yes"]}),
            "described_by_key": described(3, {"Key": "KeyId", "Values": ["alias/aws/ssm"]}),
            "described_by_name": described(
                3, {"Key": "Name", "Option": "Contains", "Values": ["/1"]}, {"Key": "Type", "Values": ["String"]}
            ),
            "no_policies": none,
            "policies": one,
        }
    )
)
