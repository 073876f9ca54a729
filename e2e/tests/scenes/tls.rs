//! The AWS CLI over TLS, with the operator's own authority in `AWS_CA_BUNDLE`.

use crate::harness::{ACCOUNT, Output, Server, Stopped, cli_binary, venv_binary};

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

#[test]
fn who_says_http_for_https_or_the_other_way_round_is_told_so() {
    let asked = |server: &Server, from: &str, to: &str| {
        let mut command = server.client(&server.root(), &cli_binary());
        let url = server.url().replacen(from, to, 1);
        Output::of(command.env("AWS_ENDPOINT_URL", url).args(["param", "list", "/"]))
    };
    let plain = asked(&Server::start(), "http://", "https://");
    assert!(
        plain.stderr.contains("speaks no TLS; http:// may be meant"),
        "{plain:?}"
    );
    let stopped = Stopped::new();
    let serve = stopped.command_with_tls();
    let secure = asked(&stopped.start_with(serve), "https://", "http://");
    assert!(secure.stderr.contains("https:// may be meant"), "{secure:?}");
}
