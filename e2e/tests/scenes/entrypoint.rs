//! Scene 5: a container's entry point turns parameters into environment variables.

use serde_json::json;

use crate::harness::{ACCOUNT, Output, Server, examples_directory};

const PATH: &str = "/goecssample/database/sample/master";
const PRINT: &str = r#"printf '%s|' "$DB_USER" "$DB_PASSWORD" "$DB_HOST" "$DB_NAME" "$DB_PORT" "$@""#;

#[test]
fn the_entry_point_exports_the_parameters_and_becomes_the_program() {
    let server = Server::start();
    put_all(&server, "s3cr3t");

    let output = run(&server, &["sh", "-c", PRINT, "sh", "an argument"]);

    assert_eq!(
        output.text(),
        "sample_master|s3cr3t|sample.cluster.internal|sample|3306|an argument|"
    );
}

#[test]
fn the_entry_point_hands_on_values_that_a_shell_would_mangle() {
    let server = Server::start();
    let nasty = "$(touch /tmp/owned) `id` \"two  blanks\" 'quotes' \\n *\nDB_HOST\tevil\n/goecssample/database/sample/master/host\t[\"evil\"]";
    put_all(&server, nasty);

    let output = run(&server, &["sh", "-c", PRINT]);

    assert_eq!(
        output.text(),
        format!("sample_master|{nasty}|sample.cluster.internal|sample|3306|")
    );
}

#[test]
fn the_entry_point_starts_nothing_when_a_parameter_is_missing_or_refused() {
    let server = Server::start();
    server.put(&format!("{PATH}/user"), "sample_master", None);

    let output = run(&server, &["echo", "started"]);

    assert_ne!(output.code, 0, "{output:?}");
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("DB_PASSWORD"), "{output:?}");
}

fn put_all(server: &Server, password: &str) {
    let key = server.key();
    for (name, value) in [
        ("user", "sample_master"),
        ("host", "sample.cluster.internal"),
        ("name", "sample"),
        ("port", "3306"),
    ] {
        server.put(&format!("{PATH}/{name}"), value, None);
    }
    server.put(&format!("{PATH}/password"), password, Some(&key));
    server.put(&format!("{PATH}/host/below"), "another level", None);
}

/// Runs the script as the task's user, with as few permissions as its first lines ask for.
fn run(server: &Server, arguments: &[&str]) -> Output {
    let task = server.user(
        "task",
        &json!([
            {
                "Effect": "Allow",
                "Action": ["ssm:GetParametersByPath", "ssm:GetParameter"],
                "Resource": [
                    format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter{PATH}"),
                    format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter{PATH}/*"),
                ],
            },
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
        ]),
    );
    let script = examples_directory().join("entrypoint.sh");
    let mut command = server.client(&task, &script);
    Output::of(
        command
            .env("PARAMETER_STORE_PREFIX", "goecssample")
            .args(arguments),
    )
}
