"""The AWS CLI against requests that Parameter Store refuses.

The one argument is a file of cases: name, operation as boto3 calls it, and
request. Runs `aws ssm OPERATION --cli-input-json REQUEST` for each, in this
process, and prints one JSON line: for each name the code and message of the
sentence that the CLI prints.
"""

import contextlib
import io
import json
import re
import sys

from awscli.clidriver import create_clidriver

SENTENCE = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \(.*?\))?: ?(.*)", re.DOTALL)
driver = create_clidriver()


def said(operation, request):
    arguments = ["ssm", operation.replace("_", "-"), "--no-paginate", "--cli-input-json", json.dumps(request)]
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(io.StringIO()):
        status = driver.main(arguments)
    found = SENTENCE.search(printed.getvalue())
    if status == 0 or not found:
        return f"{status}: {printed.getvalue()}"
    return f"{found[1]}: {found[2].strip()}"


with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps({name: said(operation, request) for name, operation, request in cases}))
