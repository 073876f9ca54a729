"""Says of each profile what botocore makes of it, as JSON: credentials, the calls that lead to them, places.

Nothing is called: STS is played here, and answers with keys that tell where they come from.
"""

import datetime
import json
import os

import botocore.credentials
import botocore.session

KINDS = {"PROC": "credential_process", "ENVK": "environment", "WEBI": "web identity"}
KEY = {"SecretAccessKey": "s", "SessionToken": "t"}


class Sts:
    def __init__(self, calls, options):
        self.calls, self.options = calls, options

    def answer(self, access_key):
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        return {"Credentials": {"AccessKeyId": access_key, "Expiration": expires, **KEY}}

    def assume_role(self, **request):
        if request["RoleSessionName"].startswith("botocore-session-"):
            del request["RoleSessionName"]
        self.calls.append({"from": self.options["aws_access_key_id"], **request})
        return self.answer("ROLE")

    def assume_role_with_web_identity(self, **request):
        return self.answer("WEBI")


def describe(name):
    session = botocore.session.Session(profile=name)
    calls = []
    botocore.credentials._get_client_creator = lambda *_: lambda service, **options: Sts(calls, options)
    report = {"calls": calls, "error": None, "region": None, "sts": None, "source": None}
    try:
        chain = session.get_component("credential_provider")
        chain.get_provider("assume-role")._prompter = lambda question: "123456"
        credentials = session.get_credentials()
        if credentials is None:
            raise ValueError("none")
        if credentials.method == "sso":
            report["source"] = "IAM Identity Center"
        else:
            found = credentials.get_frozen_credentials().access_key
            source = calls[0]["from"] if calls else found
            report["source"] = KINDS.get(source[:4], source)
        report["region"] = session.get_config_variable("region")
        client = session.create_client("sts", aws_access_key_id="a", aws_secret_access_key="b")
        report["sts"] = client.meta.endpoint_url
    except Exception as error:
        report["error"] = repr(error)
    return report


os.environ.update(AWS_ACCESS_KEY_ID="ENVKEY", AWS_SECRET_ACCESS_KEY="s")
profiles = botocore.session.Session().available_profiles
print(json.dumps({name: describe(name) for name in profiles}))
