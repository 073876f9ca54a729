//! The binary's command line: where settings come from, and what it says when they are wrong.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kagiban-server"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    /// One setting of the configuration that these arguments and variables make.
    fn setting(&self, name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let arguments = [&["config"], arguments].concat();
        let output = self.run(&arguments, environment);
        assert!(output.status.success(), "{output:?}");
        let table: toml::Table = toml::from_str(&String::from_utf8(output.stdout).unwrap()).unwrap();
        table[name].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_flag_beats_the_environment_and_the_environment_beats_the_file() {
    let home = Home::new();
    let file = home.0.path().join("server.toml");
    fs::write(&file, "region = 'eu-file-1'\n").unwrap();
    let file = ["--config", file.to_str().unwrap()];
    let environment = [("KAGIBAN_REGION", "eu-env-1")];
    let flag = [&file[..], &["--region", "eu-flag-1"]].concat();
    assert_eq!(home.setting("region", &[], &[]), "us-east-1");
    assert_eq!(home.setting("region", &file, &[]), "eu-file-1");
    assert_eq!(home.setting("region", &file, &environment), "eu-env-1");
    assert_eq!(home.setting("region", &flag, &environment), "eu-flag-1");
}

#[test]
fn the_log_s_look_and_its_filter_have_the_variables_of_their_flags() {
    let home = Home::new();
    assert_eq!(home.setting("log", &[], &[("KAGIBAN_LOG", "json")]), "json");
    let filter = [("KAGIBAN_LOG_FILTER", "warn")];
    assert_eq!(home.setting("log_filter", &[], &filter), "warn");
}

#[test]
fn a_log_filter_that_means_nothing_is_named_once_with_its_flag() {
    let home = Home::new();
    let output = home.run(&["--log-filter", "info,=,="], &[]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("--log-filter"), "{message}");
    assert_eq!(message.matches("info,=,=").count(), 1, "{message}");
}

#[test]
fn an_audit_log_that_is_not_there_is_said_to_be_missing() {
    let home = Home::new();
    let output = home.run(&["audit", "verify", "--data", "/nowhere"], &[]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        message.contains("there is none") && message.contains("--data"),
        "{message}"
    );
}

#[test]
fn help_on_verifying_says_what_it_cannot_see_and_spares_the_server_s_settings() {
    let home = Home::new();
    let help = String::from_utf8(home.run(&["audit", "verify", "--help"], &[]).stdout).unwrap();
    assert!(
        help.contains("--json") && help.contains("kagiban-server doctor"),
        "{help}"
    );
    assert!(!help.contains("--tls-cert"), "{help}");
}

#[test]
fn a_mistake_in_the_file_is_shown_where_it_is() {
    let home = Home::new();
    let file = home.0.path().join("server.toml");
    fs::write(&file, "regoin = 'eu-west-1'\n").unwrap();
    let output = home.run(&["config", "--config", file.to_str().unwrap()], &[]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        message.contains("server.toml") && message.contains("regoin"),
        "{message}"
    );
}

#[test]
fn doctor_names_what_is_wrong_around_the_store() {
    let home = Home::new();
    let data = home.0.path().join("data");
    fs::create_dir(&data).unwrap();
    let seal = format!("keyfile:{}", data.join("seal.key").display());
    let flags = ["doctor", "--data", data.to_str().unwrap(), "--seal", &seal];
    let tls = ["--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem"];
    let looked = |flags: &[&str]| {
        let output = home.run(flags, &[]);
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };

    let (healthy, said) = looked(&flags);
    assert!(
        healthy && said.contains("lies inside the data directory"),
        "{said}"
    );
    let (healthy, said) = looked(&[&flags[..], &tls].concat());
    assert!(!healthy && said.contains("/nowhere/cert.pem"), "{said}");
}

#[test]
fn plain_http_for_the_network_is_refused_with_a_way_out() {
    let home = Home::new();
    let output = home.run(&["--listen", "0.0.0.0:0"], &[]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        message.contains("--tls-cert") && message.contains("--insecure-http"),
        "{message}"
    );
}

#[test]
fn help_teaches_and_the_version_is_one_line() {
    let home = Home::new();
    let help = String::from_utf8(home.run(&["--help"], &[]).stdout).unwrap();
    for word in ["KAGIBAN_LISTEN", "root.env", "audit verify", "--endpoint-url"] {
        assert!(help.contains(word), "{word} is not in\n{help}");
    }
    let version = home.run(&["version"], &[]).stdout;
    assert_eq!(
        version,
        format!("kagiban-server {}\n", env!("CARGO_PKG_VERSION")).as_bytes()
    );
}
