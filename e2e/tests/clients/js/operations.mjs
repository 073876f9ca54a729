// The AWS SDK for JavaScript against all of Parameter Store: every operation once.
//
// Prints one JSON line: the operations that it has called, and the answers that
// were not as they should be.

import { isDeepStrictEqual } from "node:util";
import * as sdk from "@aws-sdk/client-ssm";

const ssm = new sdk.SSMClient({});
const called = new Set();
const wrong = [];

async function call(operation, request) {
    called.add(operation);
    const { $metadata, ...answer } = await ssm.send(new sdk[`${operation}Command`](request));
    return answer;
}

function equal(what, value, expected) {
    if (!isDeepStrictEqual(value, expected)) wrong.push([what, value]);
}

const Name = "/js/all/url";
const Tags = [{ Key: "team", Value: "red" }];
const first = { Name, Value: "one", Type: "SecureString", Tier: "Advanced", Tags };
equal("made", await call("PutParameter", first), { Tier: "Advanced", Version: 1 });
const second = { Name, Value: "two", Overwrite: true };
equal("overwritten", await call("PutParameter", second), { Tier: "Advanced", Version: 2 });

const { Parameter } = await call("GetParameter", { Name, WithDecryption: true });
equal("value", Parameter.Value, "two");
equal("a time", Parameter.LastModifiedDate instanceof Date, true);
const found = await call("GetParameters", { Names: [`${Name}:1`, "/none"], WithDecryption: true });
equal("found", found.Parameters.map((one) => [one.Value, one.Selector]), [["one", ":1"]]);
equal("invalid", found.InvalidParameters, ["/none"]);
const below = await call("GetParametersByPath", { Path: "/js", Recursive: true });
equal("below", below.Parameters.map((one) => one.Name), [Name]);
const described = await call("DescribeParameters", { ParameterFilters: [{ Key: "Name", Values: [Name] }] });
equal("described", described.Parameters.map((one) => [one.KeyId, one.Policies]), [["alias/aws/ssm", []]]);
const labelled = await call("LabelParameterVersion", { Name, ParameterVersion: 1, Labels: ["old", "1st"] });
equal("labelled", labelled, { InvalidLabels: ["1st"], ParameterVersion: 1 });
const history = await call("GetParameterHistory", { Name, WithDecryption: true });
equal("history", history.Parameters.map((one) => [one.Value, one.Labels]), [["one", ["old"]], ["two", []]]);
const unlabelled = await call("UnlabelParameterVersion", { Name, ParameterVersion: 1, Labels: ["old", "x"] });
equal("unlabelled", unlabelled, { InvalidLabels: ["x"], RemovedLabels: ["old"] });

const resource = { ResourceType: "Parameter", ResourceId: Name };
equal("tagged", await call("AddTagsToResource", { ...resource, Tags: [{ Key: "env", Value: "" }] }), {});
equal("untagged", await call("RemoveTagsFromResource", { ...resource, TagKeys: ["team"] }), {});
equal("tags", await call("ListTagsForResource", resource), { TagList: [{ Key: "env", Value: "" }] });

const setting = { SettingId: "/ssm/parameter-store/default-parameter-tier" };
equal("set", await call("UpdateServiceSetting", { ...setting, SettingValue: "Advanced" }), {});
equal("changed", (await call("GetServiceSetting", setting)).ServiceSetting.Status, "Customized");
equal("reset", (await call("ResetServiceSetting", setting)).ServiceSetting.SettingValue, "Standard");

const statement = {
    Effect: "Allow", Principal: { AWS: "444455556666" }, Action: "ssm:GetParameter", Resource: Parameter.ARN,
};
const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const arn = { ResourceArn: Parameter.ARN };
const seen = await call("PutResourcePolicy", { ...arn, Policy });
equal("policies", await call("GetResourcePolicies", arn), { Policies: [{ ...seen, Policy }] });
equal("unshared", await call("DeleteResourcePolicy", { ...arn, ...seen }), {});

equal("deleted", await call("DeleteParameter", { Name }), {});
const gone = { DeletedParameters: [], InvalidParameters: [Name] };
equal("gone", await call("DeleteParameters", { Names: [Name] }), gone);

console.log(JSON.stringify({ called: [...called], wrong }));
