//! `kagiban param`: Parameter Store from the workstation, by the real binary.

mod files;
mod own;
mod references;
mod terminal;
mod transfer;

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{Credentials, Output, Server, cli_binary};

/// Runs `kagiban param ARGUMENTS…` as the root user.
fn param(server: &Server, arguments: &[&str]) -> Output {
    server.kagiban(&server.root(), &[&["param"], arguments].concat())
}

/// Runs it with something on standard input.
fn piped(server: &Server, who: &Credentials, arguments: &[&str], input: &str) -> Output {
    let mut command = server.client(who, &cli_binary());
    command
        .arg("param")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A value, exactly as it is stored.
fn value(server: &Server, name: &str) -> String {
    let output = param(server, &["get", name, "--raw"]);
    assert_eq!(output.code, 0, "{output:?}");
    output.stdout
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["Parameters"].as_array().unwrap();
    items.iter().map(|item| item["Name"].as_str().unwrap()).collect()
}

fn described(server: &Server, name: &str) -> Value {
    let filter = json!({"ParameterFilters": [{"Key": "Name", "Values": [name]}]});
    let answer = server
        .call(&server.root(), "AmazonSSM.DescribeParameters", &filter)
        .ok();
    answer.json()["Parameters"][0].clone()
}

#[test]
fn a_value_goes_in_by_pipe_or_file_and_comes_out_to_the_letter() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    let odd = "multi\nline \"quoted\" = # ü \u{1f511}\n\n";

    let set = [
        "set",
        "/app/password",
        "--secure",
        "--key-id",
        &key,
        "--tag",
        "team=a",
    ];
    let written = piped(&server, &root, &set, "s3cr3t\n").json();
    assert_eq!(
        (&written["Version"], &written["Tier"]),
        (&json!(1), &json!("Standard"))
    );
    assert_eq!(value(&server, "/app/password"), "s3cr3t");

    let file = server.scratch("files").join("value");
    fs::write(&file, odd).unwrap();
    let set = [
        "set",
        "/app/password",
        "--overwrite",
        "--file",
        file.to_str().unwrap(),
    ];
    assert_eq!(param(&server, &set).json()["Version"], 2);
    assert_eq!(value(&server, "/app/password"), odd, "a file is taken as it is");
    assert_eq!(described(&server, "/app/password")["KeyId"], key, "the key stays");

    let got = param(&server, &["get", "/app/password", "--version", "1"]).json();
    assert_eq!(
        (&got["Value"], &got["Type"]),
        (&json!("s3cr3t"), &json!("SecureString"))
    );
    let sealed = param(&server, &["get", "/app/password", "--no-decrypt", "--raw"]);
    assert!(
        sealed.code == 0 && !sealed.stdout.contains("quoted"),
        "{sealed:?}"
    );
}

#[test]
fn what_cannot_be_written_is_refused_with_a_way_out() {
    let server = Server::start();
    let root = server.root();
    let output = piped(&server, &root, &["set", "/a/b"], "x");
    assert!(
        output.code == 2 && output.stderr.contains("--secure"),
        "{output:?}"
    );
    let output = param(&server, &["set", "/a/b", "--type", "String"]);
    assert!(output.code == 2 && output.stderr.contains("empty"), "{output:?}");

    param(&server, &["set", "/a/b", "one", "--type", "String"]).json();
    let output = param(&server, &["set", "/a/b", "hunter2", "--type", "String"]);
    assert!(
        output.code == 4 && output.stderr.contains("--overwrite") && !output.stderr.contains("hunter2"),
        "{output:?}"
    );
    let output = piped(&server, &root, &["set", "/a/new", "--overwrite"], "x");
    assert!(
        output.code == 2 && output.stderr.contains("--type String"),
        "{output:?}"
    );
    let output = param(&server, &["get", "/a/none"]);
    assert!(
        output.code == 3 && output.stdout.is_empty() && output.stderr.contains("param list"),
        "{output:?}"
    );
    let output = param(&server, &["get", "/a/b", "--version", "7"]);
    assert_eq!(output.code, 3, "{output:?}");
}

#[test]
fn listings_go_on_over_pages() {
    let server = Server::start();
    for number in 0..61 {
        server.put(&format!("/many/{number:02}"), "x", None);
    }
    server.put("/other/x", "x", None);
    let listing = param(&server, &["list", "/many/"]).json();
    assert_eq!(names(&listing).len(), 61);
    assert_eq!(names(&listing)[60], "/many/60");
    assert_eq!(names(&param(&server, &["list"]).json()).len(), 62);
    assert_eq!(names(&param(&server, &["list", "/none"]).json()), [""; 0]);
    assert_eq!(param(&server, &["list", "many"]).code, 2);

    for number in 2..=60 {
        let set = [
            "set",
            "/other/x",
            &number.to_string(),
            "--overwrite",
            "--type",
            "String",
        ];
        param(&server, &set).json();
    }
    let history = param(&server, &["history", "/other/x"]).json();
    let versions = history["Versions"].as_array().unwrap();
    assert_eq!((versions.len(), &versions[59]["Version"]), (60, &json!(60)));
    assert_eq!(
        versions[59]["Value"],
        Value::Null,
        "values are shown when asked for"
    );
    let history = param(&server, &["history", "/other/x", "--show-values"]).json();
    assert_eq!(history["Versions"][59]["Value"], "60");
}

#[test]
fn deleting_wants_consent_and_tells_what_was_not_there() {
    let server = Server::start();
    for number in 0..12 {
        server.put(&format!("/dev/{number}"), "x", None);
    }
    server.put("/prod/x", "x", None);
    let output = param(&server, &["delete", "--recursive", "/dev"]);
    assert!(output.code == 5 && output.stderr.contains("--yes"), "{output:?}");
    let outcome = param(&server, &["delete", "--recursive", "/dev", "--dry-run"]).json();
    assert_eq!(outcome["Deleted"].as_array().unwrap().len(), 12);
    assert_eq!(
        names(&param(&server, &["list"]).json()).len(),
        13,
        "nothing is done yet"
    );

    param(&server, &["delete", "--recursive", "/dev", "--yes"]).json();
    assert_eq!(names(&param(&server, &["list"]).json()), ["/prod/x"]);
    let output = param(&server, &["delete", "/prod/x", "/prod/none", "--yes"]);
    assert!(
        output.code == 3 && output.stderr.contains("/prod/none"),
        "{output:?}"
    );
    assert_eq!(names(&param(&server, &["list"]).json()), [""; 0]);
}

#[test]
fn the_endpoint_is_found_as_awss_tools_find_it() {
    let server = Server::start();
    server.put("/a", "x", None);
    let home = server.scratch("home");
    fs::create_dir_all(home.join(".aws")).unwrap();
    let url = server.url();
    let config = format!(
        "[default]\nservices = here\nendpoint_url = http://127.0.0.1:1\n[services here]\nssm =\n  endpoint_url = {url}\n"
    );
    fs::write(home.join(".aws/config"), config).unwrap();
    let run = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = server.client(&server.root(), &cli_binary());
        command
            .env_remove("AWS_ENDPOINT_URL")
            .envs(variables.iter().copied());
        Output::of(command.args(["param", "get", "/a", "--raw"]).args(arguments))
    };
    assert_eq!(run(&[], &[]).text(), "x", "the profile's services section");
    let nowhere = "http://127.0.0.1:1";
    let of_service = [
        ("AWS_ENDPOINT_URL", nowhere),
        ("AWS_ENDPOINT_URL_SSM", url.as_str()),
    ];
    assert_eq!(run(&of_service, &[]).text(), "x");
    assert_eq!(run(&[("AWS_ENDPOINT_URL", nowhere)], &[]).code, 4);
    assert_eq!(
        run(&[("AWS_ENDPOINT_URL", nowhere)], &["--endpoint-url", &url]).text(),
        "x"
    );
}

#[test]
fn a_search_finds_fragments_of_names_descriptions_and_tags() {
    let server = Server::start();
    let put = |name: &str, description: &str, tag: &str| {
        let body = json!({"Name": name, "Value": "hunter2", "Type": "String", "Description": description,
            "Tags": [{"Key": "Team", "Value": tag}]});
        server.call(&server.root(), "AmazonSSM.PutParameter", &body).ok();
    };
    put("/a/DbUrl", "nothing", "Orders");
    put("/a/x", "the dburl of old", "payments");
    put("/b/y", "nothing", "x");
    let found = |arguments: &[&str]| {
        let listing = param(&server, &[&["search"], arguments].concat()).json();
        names(&listing).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found(&["DBURL"]), ["/a/DbUrl", "/a/x"]);
    assert_eq!(found(&["team=order"]), ["/a/DbUrl"]);
    assert_eq!(found(&["team=order", "--no-tags"]), [""; 0]);
    assert_eq!(found(&["nothing", "--path", "/b"]), ["/b/y"]);
    assert_eq!(found(&["hunter"]), [""; 0], "values are not searched");
}

#[test]
fn a_shell_is_told_the_names_that_could_be_meant() {
    let server = Server::start();
    server.put("/prod/db/url", "x", None);
    server.put("/prod/db/user", "x", None);
    let script = server.kagiban(&server.root(), &["completion", "bash"]).text();
    assert!(script.contains("_KAGIBAN_COMPLETE"), "{script}");
    let complete = |words: &[&str]| {
        let mut command = server.client(&server.root(), &cli_binary());
        command
            .env("_KAGIBAN_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
            .env("_CLAP_IFS", "\n")
            .arg("--")
            .args(words);
        Output::of(&mut command).text()
    };
    assert_eq!(complete(&["kagiban", "param", "get", "/pr"]), "/prod/");
    assert_eq!(
        complete(&["kagiban", "param", "get", "/prod/db/u"]),
        "/prod/db/url\n/prod/db/user"
    );
    let nowhere = [
        "kagiban",
        "--endpoint-url",
        "http://127.0.0.1:1",
        "param",
        "get",
        "/pr",
    ];
    assert_eq!(
        complete(&nowhere),
        "",
        "what fails is not completed, and nothing is said"
    );
}
