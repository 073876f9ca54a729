// The AWS SDK for JavaScript against the Parameter Store: put, get, page by path, and a typed error.
//
// Endpoint, region and credentials come from the environment, as they do for a
// user. Prints one JSON line of what it saw; the test compares it.

import {
    GetParameterCommand,
    ParameterNotFound,
    PutParameterCommand,
    SSMClient,
    paginateGetParametersByPath,
} from "@aws-sdk/client-ssm";

const ssm = new SSMClient({});
const put = (Name, Value, Type) => ssm.send(new PutParameterCommand({ Name, Value, Type }));

const versions = [];
for (let n = 0; n < 12; n++) {
    const name = `/js/item${String(n).padStart(2, "0")}`;
    versions.push((await put(name, `value ${n}`, "String")).Version);
}
const secret = await put("/js/secret", "grüße 鍵", "SecureString");
const read = await ssm.send(new GetParameterCommand({ Name: "/js/secret", WithDecryption: true }));

const pages = [];
const query = { Path: "/js", Recursive: true };
for await (const page of paginateGetParametersByPath({ client: ssm, pageSize: 5 }, query)) {
    pages.push(page.Parameters.map((parameter) => parameter.Name));
}

const missing = await ssm.send(new GetParameterCommand({ Name: "/js/missing" })).then(
    () => "found",
    (error) => (error instanceof ParameterNotFound ? error.name : `untyped ${error}`),
);

console.log(
    JSON.stringify({
        versions,
        secret_version: secret.Version,
        secret: read.Parameter.Value,
        modified_is_a_time: read.Parameter.LastModifiedDate instanceof Date,
        pages: pages.length,
        names: pages.flat(),
        missing,
    }),
);
