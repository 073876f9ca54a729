//! The requests of the table through the SDK for Rust: typed operations, with bodies as the table has them.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::ProvideErrorMetadata;
use serde_json::Value;

/// Sends a request in the place of an empty one, and gives code and message of what the SDK says of the answer.
macro_rules! send {
    ($request:expr, $body:expr) => {{
        let body = $body.to_string();
        let customized = $request.customize().mutate_request(move |request| {
            let length = body.len().to_string();
            request.headers_mut().insert("content-length", length);
            *request.body_mut() = body.clone().into();
        });
        match customized.send().await {
            Ok(_) => "nothing".to_owned(),
            Err(error) => told(&error.into_service_error()),
        }
    }};
}

fn told(error: &impl ProvideErrorMetadata) -> String {
    let [code, message] = [error.code(), error.message()].map(Option::unwrap_or_default);
    format!("{code}: {message}")
}

/// What the SDK says of a request's refusal.
pub(super) async fn said(ssm: &Client, operation: &str, body: &Value) -> String {
    match operation {
        "add_tags_to_resource" => send!(ssm.add_tags_to_resource(), body),
        "delete_parameter" => send!(ssm.delete_parameter(), body),
        "delete_parameters" => send!(ssm.delete_parameters(), body),
        "delete_resource_policy" => send!(ssm.delete_resource_policy(), body),
        "describe_parameters" => send!(ssm.describe_parameters(), body),
        "get_parameter" => send!(ssm.get_parameter(), body),
        "get_parameter_history" => send!(ssm.get_parameter_history(), body),
        "get_parameters" => send!(ssm.get_parameters(), body),
        "get_parameters_by_path" => send!(ssm.get_parameters_by_path(), body),
        "get_service_setting" => send!(ssm.get_service_setting(), body),
        "label_parameter_version" => send!(ssm.label_parameter_version(), body),
        "list_tags_for_resource" => send!(ssm.list_tags_for_resource(), body),
        "put_parameter" => send!(ssm.put_parameter(), body),
        "put_resource_policy" => send!(ssm.put_resource_policy(), body),
        "unlabel_parameter_version" => send!(ssm.unlabel_parameter_version(), body),
        "update_service_setting" => send!(ssm.update_service_setting(), body),
        other => panic!("{other} is not among the operations here"),
    }
}
