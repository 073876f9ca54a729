//! The AWS CLI over TLS, with the operator's own authority in `AWS_CA_BUNDLE`.

use crate::harness::{ACCOUNT, Output, Stopped, venv_binary};

#[test]
fn the_cli_talks_tls_to_a_server_with_a_certificate() {
    let stopped = Stopped::new();
    let serve = stopped.command_with_tls();
    let server = stopped.start_with(serve);

    let identity = server.aws_json(&server.root(), &["sts", "get-caller-identity"]);
    assert_eq!(identity["Account"], ACCOUNT);

    let mut distrustful = server.client(&server.root(), &venv_binary("aws"));
    distrustful.env_remove("AWS_CA_BUNDLE");
    let refused = Output::of(distrustful.args(["sts", "get-caller-identity"]));
    assert!(
        refused.error().contains("CERTIFICATE_VERIFY_FAILED"),
        "{refused:?}"
    );
}
