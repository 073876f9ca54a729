"""boto3 against all of Parameter Store: every operation once, each answer held against botocore's model.

The one argument is the list of what is served. Prints one JSON line:
operations that were not called, members that the model demands of an answer
and that were not there, and answers that were not as they should be.
"""

import json
import sys
import tomllib

import boto3

called = set()
lacking = []
wrong = []
ssm = boto3.client("ssm")


def demand(shape, value, path):
    """Notes each member that the model says is always there, and is not."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                lacking.append(f"{path}.{name}")
        for name, member in shape.members.items():
            if name in value:
                demand(member, value[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            demand(shape.member, item, f"{path}[]")


def after(parsed, model, **_):
    called.add(model.name)
    if model.output_shape is not None and "Error" not in parsed:
        demand(model.output_shape, parsed, model.name)


def members(what, value, expected):
    """The members of a part of an answer: some of Parameter Store's are always there, though its model demands none."""
    if sorted(value) != sorted(expected):
        wrong.append([what, sorted(value)])


def equal(what, value, expected):
    if value != expected:
        wrong.append([what, value])


ssm.meta.events.register("after-call", after)
TAGS = [{"Key": "team", "Value": "red"}]
NAME = "/sdk/db/url"

equal("made", ssm.put_parameter(Name=NAME, Value="one", Type="SecureString", Tier="Advanced", Tags=TAGS)["Version"], 1)
put = ssm.put_parameter(Name=NAME, Value="two", Overwrite=True, Description="d", AllowedPattern="[a-z]+")
equal("tier", put["Tier"], "Advanced")
ssm.put_parameter(Name="/sdk/other", Value="other", Type="String")

READ = ["ARN", "DataType", "LastModifiedDate", "Name", "Type", "Value", "Version"]
parameter = ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]
members("GetParameter", parameter, READ)
equal("value", parameter["Value"], "two")
found = ssm.get_parameters(Names=[NAME + ":1", "/none"], WithDecryption=True)
members("GetParameters", found["Parameters"][0], READ + ["Selector"])
equal("InvalidParameters", found["InvalidParameters"], ["/none"])
below = ssm.get_parameters_by_path(Path="/sdk", Recursive=True)["Parameters"]
equal("below", [one["Name"] for one in below], [NAME, "/sdk/other"])

DESCRIBED = ["DataType", "LastModifiedDate", "LastModifiedUser", "Name", "Policies", "Tier", "Type", "Version"]
MORE = ["AllowedPattern", "Description", "KeyId"]
described = ssm.describe_parameters(ParameterFilters=[{"Key": "Tier", "Values": ["Advanced"]}])["Parameters"]
members("DescribeParameters", described[0], DESCRIBED + MORE + ["ARN"])
ssm.label_parameter_version(Name=NAME, ParameterVersion=1, Labels=["old", "older"])
history = ssm.get_parameter_history(Name=NAME, WithDecryption=True)["Parameters"]
members("GetParameterHistory", history[0], DESCRIBED + ["KeyId", "Labels", "Value"])
members("GetParameterHistory", history[1], DESCRIBED + MORE + ["Labels", "Value"])
equal("labels", [one["Labels"] for one in history], [["old", "older"], []])
unlabelled = ssm.unlabel_parameter_version(Name=NAME, ParameterVersion=1, Labels=["older", "none"])
equal("unlabelled", [unlabelled["RemovedLabels"], unlabelled["InvalidLabels"]], [["older"], ["none"]])

resource = {"ResourceType": "Parameter", "ResourceId": NAME}
ssm.add_tags_to_resource(**resource, Tags=[{"Key": "env", "Value": ""}])
ssm.remove_tags_from_resource(**resource, TagKeys=["team"])
equal("tags", ssm.list_tags_for_resource(**resource)["TagList"], [{"Key": "env", "Value": ""}])

setting = {"SettingId": "/ssm/parameter-store/high-throughput-enabled"}
ssm.update_service_setting(**setting, SettingValue="true")
SETTING = ["ARN", "LastModifiedDate", "LastModifiedUser", "SettingId", "SettingValue", "Status"]
changed = ssm.get_service_setting(**setting)["ServiceSetting"]
members("GetServiceSetting", changed, SETTING)
equal("changed", [changed["SettingValue"], changed["Status"]], ["true", "Customized"])
members("ResetServiceSetting", ssm.reset_service_setting(**setting)["ServiceSetting"], SETTING)

statement = {
    "Effect": "Allow",
    "Principal": {"AWS": "444455556666"},
    "Action": "ssm:GetParameter",
    "Resource": parameter["ARN"],
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
arn = {"ResourceArn": parameter["ARN"]}
seen = ssm.put_resource_policy(**arn, Policy=policy)
seen = {name: seen[name] for name in ("PolicyId", "PolicyHash")}
equal("policies", ssm.get_resource_policies(**arn)["Policies"], [{**seen, "Policy": policy}])
ssm.delete_resource_policy(**arn, **seen)

ssm.delete_parameter(Name=NAME)
deleted = ssm.delete_parameters(Names=[NAME, "/sdk/other"])
equal("deleted", [deleted["DeletedParameters"], deleted["InvalidParameters"]], [["/sdk/other"], [NAME]])

with open(sys.argv[1], "rb") as file:
    served = tomllib.load(file)["service"]
served = {name for service in served if service["name"] == "ssm" for name in service["operations"]}
# Systems Manager's other parts have scenes of their own.
words = ["Parameter", "ResourcePolic", "ServiceSetting", "TagsTo", "TagsFrom", "TagsFor"]
served = {name for name in served if any(word in name for word in words)}
print(json.dumps({"not_called": sorted(served - called), "lacking": sorted(set(lacking)), "wrong": wrong}))
