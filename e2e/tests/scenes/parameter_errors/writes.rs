//! Refusals of what would be written, in AWS's own words where they are known.

use serde_json::{Value, json};

use super::{Keys, MALFORMED, Refusal, sharing};
use crate::harness::ACCOUNT;

const EXPIRATION: &str =
    r#"{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2100-01-01T00:00:00Z"}}"#;
const NOTICE: &str =
    r#"{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"15","Unit":"Days"}}"#;
const NO_CHANGE: &str =
    r#"{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"60","Unit":"Days"}}"#;

/// This half of the table; `shared` is the id of a resource policy that is there.
pub(super) fn refusals(keys: &Keys, shared: &str) -> Vec<Refusal> {
    [
        new(),
        puts(),
        policies(),
        of_keys(keys),
        tags_and_settings(),
        sharings(shared),
    ]
    .concat()
}

fn arn(resource: &str) -> String {
    format!("arn:aws:ssm:us-east-1:{ACCOUNT}:{resource}")
}

/// What cannot be a new parameter.
fn new() -> Vec<Refusal> {
    vec![
        (
            "a name that is missing",
            "put_parameter",
            json!({"Value": "v", "Type": "String"}),
            "ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
        ),
        (
            "a type that there is not",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "Int"}),
            "ValidationException: 1 validation error detected: Value 'Int' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]",
        ),
        (
            "a value longer than any",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "x".repeat(32769), "Type": "String"}),
            "ValidationException: 1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length less than or equal to 32768",
        ),
        (
            "an empty value",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "", "Type": "String"}),
            "ValidationException: 1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
        ),
        (
            "two constraints at once",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "Int", "Tier": "Best"}),
            "ValidationException: 2 validation errors detected: Value 'Int' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]; Value 'Best' at 'tier' failed to satisfy constraint: Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]",
        ),
        (
            "a reserved name",
            "put_parameter",
            json!({"Name": "/aws/service/x", "Value": "v", "Type": "String"}),
            "AccessDeniedException: No access to reserved parameter name: /aws/service/x.",
        ),
        (
            "a reserved prefix",
            "put_parameter",
            json!({"Name": "awsome", "Value": "v", "Type": "String"}),
            r#"ValidationException: Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive)."#,
        ),
        (
            "a path below ssm",
            "put_parameter",
            json!({"Name": "/ssm/x", "Value": "v", "Type": "String"}),
            MALFORMED,
        ),
        (
            "a path without its slash",
            "put_parameter",
            json!({"Name": "a/b", "Value": "v", "Type": "String"}),
            MALFORMED,
        ),
        (
            "sixteen levels",
            "put_parameter",
            json!({"Name": "/a".repeat(16), "Value": "v", "Type": "String"}),
            "HierarchyLevelLimitExceededException: The parameter name has more than the maximum of 15 levels.",
        ),
        (
            "a name with too long an ARN",
            "put_parameter",
            json!({"Name": "a".repeat(1000), "Value": "v", "Type": "String"}),
            "ValidationException: The parameter name is too long: with its ARN's prefix it has 1045 characters; at most 1011 are allowed",
        ),
        (
            "a data type that there is not",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "DataType": "Text"}),
            "ValidationException: The following data type is not supported: Text (Data type names are all lowercase.)",
        ),
        (
            "no id of an image",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "DataType": "aws:ec2:image"}),
            "ValidationException: The value of a parameter with data type aws:ec2:image must be an image id such as ami-0123456789abcdef0.",
        ),
        (
            "an image as a secret",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "SecureString", "DataType": "aws:ec2:image"}),
            "ValidationException: The data type aws:ec2:image is supported for parameters of type String only.",
        ),
        (
            "a value that refers to another",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "{{ssm:x}}", "Type": "String"}),
            r#"ValidationException: Parameter value can't nest another parameter. Do not use "{{}}" in the value."#,
        ),
    ]
}

/// What does not go with what is there, or with itself.
fn puts() -> Vec<Refusal> {
    vec![
        (
            "tags with overwrite",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "Overwrite": true, "Tags": [{"Key": "k", "Value": "v"}]}),
            "ValidationException: Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
        ),
        (
            "a parameter that is there",
            "put_parameter",
            json!({"Name": "/e/plain", "Value": "v", "Type": "String"}),
            "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        ),
        (
            "a new one without a type",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v"}),
            "ValidationException: A parameter type is required when you create a parameter.",
        ),
        (
            "a pattern that is none",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "AllowedPattern": "("}),
            "InvalidAllowedPatternException: The request does not meet the regular expression requirement.",
        ),
        (
            "a value against its pattern",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "AllowedPattern": "[0-9]+"}),
            "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: [0-9]+",
        ),
        (
            "a key for a plain text",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "KeyId": "alias/aws/ssm"}),
            "ValidationException: KeyId is required for SecureString type parameter only.",
        ),
        (
            "too long for standard",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "x".repeat(4097), "Type": "String"}),
            "ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
        ),
        (
            "too long for advanced",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "x".repeat(8193), "Type": "String", "Tier": "Advanced"}),
            "ValidationException: Advanced tier parameters support a maximum parameter value of 8192 characters.",
        ),
        (
            "back to standard",
            "put_parameter",
            json!({"Name": "/e/advanced", "Value": "v", "Overwrite": true, "Tier": "Standard"}),
            "ValidationException: This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.",
        ),
        (
            "a full history whose oldest has a label",
            "put_parameter",
            json!({"Name": "/e/full", "Value": "v", "Overwrite": true}),
            "ParameterMaxVersionLimitExceeded: You attempted to create a new version of /e/full by calling the PutParameter API with the overwrite flag. Version 1, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.",
        ),
    ]
}

/// Policies that are none, or do not go together.
fn policies() -> Vec<Refusal> {
    let several = |policy: &str, number| format!("[{}]", vec![policy; number].join(","));
    vec![
        (
            "policies in standard",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "Policies": several(EXPIRATION, 1)}),
            "ValidationException: Parameter policies are only available for parameters that use the advanced-parameter tier.",
        ),
        (
            "eleven policies",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "Tier": "Advanced", "Policies": several(NO_CHANGE, 11)}),
            "PoliciesLimitExceededException: You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.",
        ),
        (
            "a policy of no type",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "Tier": "Advanced", "Policies": r#"[{"Type":"x"}]"#}),
            "InvalidPolicyTypeException: The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.",
        ),
        (
            "a policy without its attribute",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "Tier": "Advanced", "Policies": r#"[{"Type":"Expiration","Version":"1.0","Attributes":{}}]"#}),
            "InvalidPolicyAttributeException: A policy of type Expiration has an attribute that is invalid.",
        ),
        (
            "policies that are no list",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "Tier": "Advanced", "Policies": "x"}),
            "InvalidPolicyAttributeException: The policies are not a JSON list of policies.",
        ),
        (
            "two expirations",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "Tier": "Advanced", "Policies": several(EXPIRATION, 2)}),
            "IncompatiblePolicyException: There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration policies for a parameter. Review your policies, and try again.",
        ),
        (
            "a notice of no expiration",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "String", "Tier": "Advanced", "Policies": several(NOTICE, 1)}),
            "IncompatiblePolicyException: There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration policies for a parameter. Review your policies, and try again.",
        ),
    ]
}

/// KMS's refusals, with the suffix that they have on AWS.
fn of_keys(keys: &Keys) -> Vec<Refusal> {
    vec![
        (
            "a key that there is not",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "SecureString", "KeyId": "00000000-0000-4000-8000-000000000000"}),
            "InvalidKeyId: Key 'arn:aws:kms:us-east-1:111122223333:key/…' does not exist (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: …; Proxy: null)",
        ),
        (
            "a disabled key",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "SecureString", "KeyId": keys.disabled}),
            "InvalidKeyId: arn:aws:kms:us-east-1:111122223333:key/… is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: …; Proxy: null)",
        ),
        (
            "a key pending deletion",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "SecureString", "KeyId": keys.pending}),
            "InvalidKeyId: arn:aws:kms:us-east-1:111122223333:key/… is pending deletion. (Service: AWSKMS; Status Code: 400; Error Code: KMSInvalidStateException; Request ID: …; Proxy: null)",
        ),
        (
            "an asymmetric key",
            "put_parameter",
            json!({"Name": "/e/new", "Value": "v", "Type": "SecureString", "KeyId": keys.rsa}),
            "InvalidKeyId: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048. (Service: AWSKMS; Status Code: 400; Error Code: InvalidKeyUsageException; Request ID: …; Proxy: null)",
        ),
        (
            "a secret under a disabled key",
            "get_parameter",
            json!({"Name": "/e/secret", "WithDecryption": true}),
            "InvalidKeyId: arn:aws:kms:us-east-1:111122223333:key/… is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: …; Proxy: null)",
        ),
        (
            "several under a disabled key",
            "get_parameters",
            json!({"Names": ["/e/secret"], "WithDecryption": true}),
            "InvalidKeyId: arn:aws:kms:us-east-1:111122223333:key/… is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: …; Proxy: null)",
        ),
        (
            "a path with a secret under a disabled key",
            "get_parameters_by_path",
            json!({"Path": "/e", "WithDecryption": true}),
            "InvalidKeyId: arn:aws:kms:us-east-1:111122223333:key/… is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: …; Proxy: null)",
        ),
    ]
}

/// Tags and service settings.
fn tags_and_settings() -> Vec<Refusal> {
    let tags: Vec<Value> = (0..51)
        .map(|n| json!({"Key": format!("k{n}"), "Value": ""}))
        .collect();
    vec![
        (
            "tags of what is not served",
            "list_tags_for_resource",
            json!({"ResourceType": "MaintenanceWindow", "ResourceId": "x"}),
            "InvalidResourceType: Invalid Resource Type",
        ),
        (
            "tags of a type that there is not",
            "list_tags_for_resource",
            json!({"ResourceType": "X", "ResourceId": "x"}),
            "ValidationException: 1 validation error detected: Value 'X' at 'resourceType' failed to satisfy constraint: Member must satisfy enum value set: [Document, ManagedInstance, MaintenanceWindow, Parameter, PatchBaseline, OpsItem, OpsMetadata, Automation, Association, CloudConnector]",
        ),
        (
            "tags of none",
            "list_tags_for_resource",
            json!({"ResourceType": "Parameter", "ResourceId": "/e/none"}),
            "InvalidResourceId: Invalid Resource Id",
        ),
        (
            "fifty-one tags",
            "add_tags_to_resource",
            json!({"ResourceType": "Parameter", "ResourceId": "/e/plain", "Tags": tags}),
            "TooManyTagsError: ",
        ),
        (
            "a tag of AWS's own",
            "add_tags_to_resource",
            json!({"ResourceType": "Parameter", "ResourceId": "/e/plain", "Tags": [{"Key": "aws:x", "Value": ""}]}),
            "ValidationException: Tag keys that begin with aws: are reserved for internal use by AWS.",
        ),
        (
            "a tag with another character",
            "add_tags_to_resource",
            json!({"ResourceType": "Parameter", "ResourceId": "/e/plain", "Tags": [{"Key": "a!", "Value": ""}]}),
            r#"ValidationException: 1 validation error detected: Value 'a!' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"#,
        ),
        (
            "a setting that there is not",
            "get_service_setting",
            json!({"SettingId": "/ssm/none"}),
            "ServiceSettingNotFound: The specified service setting wasn't found. Either the service name or the setting hasn't been provisioned by the Amazon Web Services service team.",
        ),
        (
            "a value that a setting does not take",
            "update_service_setting",
            json!({"SettingId": "/ssm/parameter-store/high-throughput-enabled", "SettingValue": "maybe"}),
            "ValidationException: Invalid value for the setting /ssm/parameter-store/high-throughput-enabled. Valid values include: [true, false].",
        ),
    ]
}

/// Resource policies; `shared` is the id of one that is there.
fn sharings(shared: &str) -> Vec<Refusal> {
    vec![
        (
            "sharing in standard",
            "put_resource_policy",
            json!({"ResourceArn": arn("parameter/e/plain"), "Policy": sharing("444455556666", "ssm:GetParameter")}),
            "ResourcePolicyInvalidParameterException: Only parameters that use the advanced-parameter tier can have a resource policy.",
        ),
        (
            "sharing none",
            "put_resource_policy",
            json!({"ResourceArn": arn("parameter/e/none"), "Policy": sharing("444455556666", "ssm:GetParameter")}),
            "ResourceNotFoundException: The specified parameter to be shared could not be found.",
        ),
        (
            "sharing a document",
            "put_resource_policy",
            json!({"ResourceArn": arn("document/x"), "Policy": sharing("444455556666", "ssm:GetParameter")}),
            "ResourcePolicyInvalidParameterException: One or more parameters specified for the call aren't valid. Verify the parameters and their values and try again.",
        ),
        (
            "a resource policy that is none",
            "put_resource_policy",
            json!({"ResourceArn": arn("parameter/e/advanced"), "Policy": "x"}),
            "MalformedResourcePolicyDocumentException: Syntax errors in policy.",
        ),
        (
            "sharing with everybody",
            "put_resource_policy",
            json!({"ResourceArn": arn("parameter/e/advanced"), "Policy": sharing("*", "ssm:GetParameter")}),
            "MalformedResourcePolicyDocumentException: The policy must name the principals that it allows.",
        ),
        (
            "sharing more than reading",
            "put_resource_policy",
            json!({"ResourceArn": arn("parameter/e/advanced"), "Policy": sharing("444455556666", "ssm:DeleteParameter")}),
            "MalformedResourcePolicyDocumentException: The policy has an action that is not supported for the resource.",
        ),
        (
            "a resource policy that is too long",
            "put_resource_policy",
            json!({"ResourceArn": arn("parameter/e/advanced"), "Policy": sharing("444455556666", "ssm:GetParameter") + &" ".repeat(1024)}),
            "ResourcePolicyLimitExceededException: A policy can't be greater than 1024 bytes in size.",
        ),
        (
            "a second resource policy",
            "put_resource_policy",
            json!({"ResourceArn": arn("parameter/e/advanced"), "Policy": sharing("444455556666", "ssm:GetParameter")}),
            "ResourcePolicyLimitExceededException: Only one policy can be attached to a parameter; to replace it, give its PolicyId and PolicyHash.",
        ),
        (
            "a resource policy's id that there is not",
            "delete_resource_policy",
            json!({"ResourceArn": arn("parameter/e/advanced"), "PolicyId": "x", "PolicyHash": "x"}),
            "ResourcePolicyNotFoundException: No policies with the specified policy ID and hash could be found.",
        ),
        (
            "a resource policy's old hash",
            "delete_resource_policy",
            json!({"ResourceArn": arn("parameter/e/advanced"), "PolicyId": shared, "PolicyHash": "x"}),
            "ResourcePolicyConflictException: The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to update an obsolete policy version or when multiple requests to update a policy are sent.",
        ),
    ]
}
