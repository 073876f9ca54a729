//! Refusals of what would be read, labelled or deleted, in AWS's own words where they are known.

use serde_json::json;

use super::{MALFORMED, Refusal};

const MALFORMED_PATH: &str = r#"ValidationException: The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_."#;

/// This half of the table.
pub(super) fn refusals() -> Vec<Refusal> {
    [reads(), lists(), labels_and_deletions()].concat()
}

fn eleven() -> Vec<String> {
    (0..11).map(|n| format!("n{n}")).collect()
}

/// What cannot be read.
fn reads() -> Vec<Refusal> {
    let eleven = eleven();
    vec![
        (
            "a parameter that is not there",
            "get_parameter",
            json!({"Name": "/e/none"}),
            "ParameterNotFound: Parameter /e/none not found.",
        ),
        (
            "a version that is not there",
            "get_parameter",
            json!({"Name": "/e/plain:9"}),
            "ParameterVersionNotFound: Systems Manager could not find version 9 of /e/plain. Verify the version and try again.",
        ),
        (
            "a label that is not there",
            "get_parameter",
            json!({"Name": "/e/plain:none"}),
            "ParameterVersionNotFound: Systems Manager could not find the label none for parameter /e/plain. Verify the label and try again.",
        ),
        (
            "two selectors",
            "get_parameter",
            json!({"Name": "/e/plain:1:2"}),
            "ParameterNotFound: Parameter /e/plain:1:2 not found.",
        ),
        (
            "a malformed name",
            "get_parameter",
            json!({"Name": "/e//x"}),
            MALFORMED,
        ),
        (
            "a secret without decryption",
            "get_parameter",
            json!({"Name": "/aws/reference/secretsmanager/x"}),
            "ValidationException: WithDecryption flag must be True for retrieving a Secret Manager secret.",
        ),
        (
            "a secret that there is not",
            "get_parameter",
            json!({"Name": "/aws/reference/secretsmanager/x", "WithDecryption": true}),
            "ParameterNotFound: An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret /aws/reference/secretsmanager/x not found.",
        ),
        (
            "eleven names to read",
            "get_parameters",
            json!({"Names": eleven}),
            "ValidationException: 1 validation error detected: Value '[n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10",
        ),
        (
            "a malformed name among others",
            "get_parameters",
            json!({"Names": ["/e/plain", "/e/"]}),
            MALFORMED,
        ),
        (
            "a history of none",
            "get_parameter_history",
            json!({"Name": "/e/none"}),
            "ParameterNotFound: Parameter /e/none not found.",
        ),
        (
            "a history of one version",
            "get_parameter_history",
            json!({"Name": "/e/plain:1"}),
            MALFORMED,
        ),
        (
            "fifty-one of a history",
            "get_parameter_history",
            json!({"Name": "/e/plain", "MaxResults": 51}),
            "ValidationException: 1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50",
        ),
        (
            "a token nobody made, of a history",
            "get_parameter_history",
            json!({"Name": "/e/plain", "NextToken": "AAAA"}),
            "InvalidNextToken: The specified token is not valid.",
        ),
    ]
}

/// Paths, filters and pages that are wrong.
fn lists() -> Vec<Refusal> {
    vec![
        (
            "a path without a slash",
            "get_parameters_by_path",
            json!({"Path": "e"}),
            MALFORMED_PATH,
        ),
        (
            "a filter that paths do not have",
            "get_parameters_by_path",
            json!({"Path": "/e", "ParameterFilters": [{"Key": "Name", "Values": ["x"]}]}),
            "InvalidFilterKey: The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].",
        ),
        (
            "eleven of a path",
            "get_parameters_by_path",
            json!({"Path": "/e", "MaxResults": 11}),
            "ValidationException: 1 validation error detected: Value '11' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 10",
        ),
        (
            "a token nobody made, by path",
            "get_parameters_by_path",
            json!({"Path": "/e", "NextToken": "AAAA"}),
            "InvalidNextToken: The specified token is not valid.",
        ),
        (
            "both kinds of filters",
            "describe_parameters",
            json!({"Filters": [{"Key": "Name", "Values": ["x"]}], "ParameterFilters": [{"Key": "Name", "Values": ["x"]}]}),
            "ValidationException: You can use either Filters or ParameterFilters in a single request.",
        ),
        (
            "a token nobody made, of a description",
            "describe_parameters",
            json!({"NextToken": "AAAA"}),
            "InvalidNextToken: The specified token is not valid.",
        ),
        (
            "fifty-one described",
            "describe_parameters",
            json!({"MaxResults": 51}),
            "ValidationException: 1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50",
        ),
        (
            "a filter's key that there is not",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Wrong", "Values": ["x"]}]}),
            "ValidationException: 1 validation error detected: Value 'Wrong' at 'parameterFilters.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$",
        ),
        (
            "a filter by label",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Label", "Values": ["x"]}]}),
            "InvalidFilterKey: The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].",
        ),
        (
            "a filter without values",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Name"}]}),
            "InvalidFilterValue: The following filter values are missing : null for filter key Name.",
        ),
        (
            "a filter twice",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Name", "Values": ["x"]}, {"Key": "Name", "Values": ["y"]}]}),
            "InvalidFilterKey: The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.",
        ),
        (
            "an option that paths do not have",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Path", "Option": "Equals", "Values": ["/x"]}]}),
            "InvalidFilterOption: The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].",
        ),
        (
            "a filter by a reserved path",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Path", "Values": ["/aws/x"]}]}),
            r#"ValidationException: Filters for common parameters can't be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace."#,
        ),
        (
            "a filter by a malformed path",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Path", "Values": ["x"]}]}),
            MALFORMED_PATH,
        ),
        (
            "a filter by no tier",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Tier", "Values": ["Best"]}]}),
            "InvalidFilterOption: The following filter value is not valid: Best. Valid values include: [Standard, Advanced, Intelligent-Tiering].",
        ),
        (
            "a filter by no type",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Type", "Values": ["Int"]}]}),
            "InvalidFilterOption: The following filter value is not valid: Int. Valid values include: [String, StringList, SecureString].",
        ),
        (
            "a filter's option that there is not",
            "describe_parameters",
            json!({"ParameterFilters": [{"Key": "Name", "Option": "Like", "Values": ["x"]}]}),
            "InvalidFilterOption: The following filter option is not valid: Like. Valid options include: [BeginsWith, Equals].",
        ),
    ]
}

/// Labels and deletions.
fn labels_and_deletions() -> Vec<Refusal> {
    let eleven = eleven();
    vec![
        (
            "a label for none",
            "label_parameter_version",
            json!({"Name": "/e/none", "Labels": ["x"]}),
            "ParameterNotFound: Parameter /e/none not found.",
        ),
        (
            "a label for no version",
            "label_parameter_version",
            json!({"Name": "/e/plain", "ParameterVersion": 9, "Labels": ["x"]}),
            "ParameterVersionNotFound: Systems Manager could not find version 9 of /e/plain. Verify the version and try again.",
        ),
        (
            "an eleventh label",
            "label_parameter_version",
            json!({"Name": "/e/plain", "Labels": ["x"]}),
            "ParameterVersionLabelLimitExceeded: A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.",
        ),
        (
            "a label that is too long",
            "label_parameter_version",
            json!({"Name": "/e/plain", "Labels": ["x".repeat(101)]}),
            "ValidationException: 1 validation error detected: Value '[…]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]",
        ),
        (
            "a label off none",
            "unlabel_parameter_version",
            json!({"Name": "/e/none", "ParameterVersion": 1, "Labels": ["x"]}),
            "ParameterNotFound: Parameter /e/none not found.",
        ),
        (
            "a label off no version",
            "unlabel_parameter_version",
            json!({"Name": "/e/plain", "ParameterVersion": 9, "Labels": ["x"]}),
            "ParameterVersionNotFound: Systems Manager could not find version 9 of /e/plain. Verify the version and try again.",
        ),
        (
            "deleting none",
            "delete_parameter",
            json!({"Name": "/e/none"}),
            "ParameterNotFound: Parameter /e/none not found.",
        ),
        (
            "deleting a malformed name",
            "delete_parameter",
            json!({"Name": "e/none"}),
            MALFORMED,
        ),
        (
            "eleven names to delete",
            "delete_parameters",
            json!({"Names": eleven}),
            "ValidationException: 1 validation error detected: Value '[n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10",
        ),
    ]
}
