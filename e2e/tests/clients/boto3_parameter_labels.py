"""boto3 against the labels of Parameter Store: give, page through the history, read by label.

Prints one JSON line of what it saw; the test compares it.
"""

import json

import boto3

ssm = boto3.client("ssm")

for n in range(1, 8):
    ssm.put_parameter(Name="/boto3/a", Value=f"v{n}", Type="String", Overwrite=True)
ssm.put_parameter(Name="/boto3/b", Value="unlabelled", Type="String")
ssm.label_parameter_version(Name="/boto3/a", ParameterVersion=1, Labels=["old"])
ssm.label_parameter_version(Name="/boto3/a", ParameterVersion=4, Labels=["stable"])
ssm.label_parameter_version(Name="/boto3/a", Labels=["latest"])

pages = [
    page["Parameters"]
    for page in ssm.get_paginator("get_parameter_history").paginate(
        Name="/boto3/a", PaginationConfig={"PageSize": 3}
    )
]
found = [
    parameter
    for page in ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/boto3", ParameterFilters=[{"Key": "Label", "Values": ["stable"]}]
    )
    for parameter in page["Parameters"]
]


def refused(**request):
    try:
        ssm.label_parameter_version(Name="/boto3/a", **request)
    except ssm.exceptions.ClientError as error:
        return type(error).__name__


ssm.label_parameter_version(Name="/boto3/a", ParameterVersion=2, Labels=[f"l{n}" for n in range(10)])
print(
    json.dumps(
        {
            "pages": len(pages),
            "labels": {str(v["Version"]): v["Labels"] for v in sum(pages, []) if v["Labels"]},
            "by_label": [[p["Name"], p["Value"], p["Version"], p["Selector"]] for p in found],
            "too_many": refused(ParameterVersion=2, Labels=["one-more"]),
            "no_version": refused(ParameterVersion=99, Labels=["x"]),
        }
    )
)
