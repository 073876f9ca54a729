"""boto3 against requests that Parameter Store refuses.

The one argument is a file of cases: name, operation and request. Sends each
as it is, without the checks of boto3's own, and prints one JSON line: for
each name what was said, as the class of boto3's error, code and message.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ssm = boto3.client("ssm", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))


def said(operation, request):
    try:
        getattr(ssm, operation)(**request)
    except ClientError as error:
        kind, told = type(error).__name__, error.response["Error"]
        modelled = told["Code"] in ssm.meta.service_model.shape_names
        assert kind == (told["Code"] if modelled else "ClientError"), kind
        return f"{told['Code']}: {told['Message']}"
    return "nothing"


with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps({name: said(operation, request) for name, operation, request in cases}))
