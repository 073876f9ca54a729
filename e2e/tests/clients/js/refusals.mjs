// The AWS SDK for JavaScript against requests that Parameter Store refuses.
//
// The one argument is a file of cases: name, operation as boto3 calls it, and request. Sends each as it
// is and prints one JSON line: for each name what was said, as the name of the SDK's error and its message.

import { readFileSync } from "node:fs";
import * as sdk from "@aws-sdk/client-ssm";

const ssm = new sdk.SSMClient({ maxAttempts: 1 });
const pascal = (name) => name.replace(/(^|_)([a-z])/g, (_, before, letter) => letter.toUpperCase());

async function said(operation, request) {
    const Command = sdk[`${pascal(operation)}Command`];
    try {
        await ssm.send(new Command(request));
        return "nothing";
    } catch (error) {
        // What the service's model knows comes as a class of its own.
        const typed = error.name in sdk ? error instanceof sdk[error.name] : error instanceof sdk.SSMServiceException;
        const message = error.message === "UnknownError" ? "" : error.message; // the SDK's word for none
        return `${typed ? "" : "untyped "}${error.name}: ${message}`;
    }
}

const cases = JSON.parse(readFileSync(process.argv[2]));
const seen = {};
for (const [name, operation, request] of cases) seen[name] = await said(operation, request);
console.log(JSON.stringify(seen));
