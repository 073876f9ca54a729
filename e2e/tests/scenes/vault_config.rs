//! Profiles mean to us what they mean to botocore: sixty of them, side by side.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Output, Workstation, clients_directory, venv_binary};

const CONFIG: &str = include_str!("vault_config/config.ini");
const CREDENTIALS: &str = include_str!("vault_config/credentials.ini");

/// What a profile comes to, in the words of both.
#[derive(Debug, Eq, PartialEq)]
struct Meaning {
    /// Whether credentials can be had at all.
    works: bool,
    region: Value,
    /// The source's key, if it is in a file, and where else it comes from.
    source: Value,
    /// Role, external id, session name, device and duration of each AssumeRole.
    roles: Vec<Vec<Value>>,
    sts: Value,
}

#[test]
fn sixty_profiles_mean_what_they_mean_to_botocore() {
    let workstation = Workstation::new(CONFIG);
    std::fs::write(workstation.home().join(".aws/credentials"), CREDENTIALS).unwrap();
    let program = clients_directory()
        .join("botocore_profiles.py")
        .display()
        .to_string();
    let mut command = workstation.command(&venv_binary("python"), &[&program]);
    let theirs: BTreeMap<String, Value> = serde_json::from_value(Output::of(&mut command).json()).unwrap();
    assert!(theirs.len() >= 60, "{}", theirs.len());
    let mut different = Vec::new();
    for (name, theirs) in &theirs {
        let (theirs, ours) = (meaning_of_theirs(theirs), meaning_of_ours(&workstation, name));
        if ours != theirs {
            different.push(format!("{name}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

fn meaning_of_theirs(report: &Value) -> Meaning {
    if !report["error"].is_null() {
        return Meaning::nothing();
    }
    let role = |call: &Value| {
        let mut values = MEMBERS.map(|name| call[name].clone()).to_vec();
        values.push(call["DurationSeconds"].as_u64().unwrap_or(3600).into());
        values
    };
    Meaning {
        works: true,
        region: report["region"].clone(),
        source: report["source"].clone(),
        roles: report["calls"].as_array().unwrap().iter().map(role).collect(),
        sts: report["sts"].clone(),
    }
}

fn meaning_of_ours(workstation: &Workstation, name: &str) -> Meaning {
    let output = workstation.run(&["profile", "explain", name, "--json", "--no-session"]);
    if output.code != 0 {
        return Meaning::nothing();
    }
    let report = output.json();
    let steps = report["Steps"].as_array().unwrap();
    let role = |step: &Value| {
        let mut values = MEMBERS.map(|name| step[name].clone()).to_vec();
        values.push(step["DurationSeconds"].clone());
        values
    };
    let source = &report["Source"];
    Meaning {
        works: true,
        region: report["Region"].clone(),
        source: source.get("AccessKeyId").unwrap_or(&source["Kind"]).clone(),
        roles: steps
            .iter()
            .filter(|step| step["Call"] == "sts.AssumeRole")
            .map(role)
            .collect(),
        sts: report["Endpoint"].as_str().unwrap().trim_end_matches('/').into(),
    }
}

const MEMBERS: [&str; 4] = ["RoleArn", "ExternalId", "RoleSessionName", "SerialNumber"];

impl Meaning {
    fn nothing() -> Meaning {
        Meaning {
            works: false,
            region: Value::Null,
            source: Value::Null,
            roles: Vec::new(),
            sts: Value::Null,
        }
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let workstation = Workstation::new("");
    let output = workstation.run(&["profile", "explain", "none"]);
    assert!(
        output.code == 3 && output.stderr.contains("no profile `none`"),
        "{output:?}"
    );
    let keys = "region = eu-west-1\naws_access_key_id = AKIA\naws_secret_access_key = s";
    workstation.write_config(&format!("[profile a]\n{keys}\nservices = nothere\n"));
    let who = ["sts", "get-caller-identity", "--profile", "a"];
    let theirs = Output::of(&mut workstation.command(&venv_binary("aws"), &who));
    let said = theirs
        .stderr
        .trim()
        .trim_start_matches("aws: [ERROR]: ")
        .to_owned();
    assert!(said.contains("\"nothere\""), "{said}");
    for words in [
        &["exec", "a", "--", "true"][..],
        &["--profile", "a", "param", "list"],
    ] {
        let output = workstation.run(words);
        assert!(
            output.code == 4 && output.stderr.contains(&said),
            "{said}: {output:?}"
        );
    }
    std::fs::write(workstation.config_file(), b"[profile a]\nregion = \xff\n").unwrap();
    let output = workstation.run(&["profile", "explain", "a"]);
    let path: &Path = &workstation.config_file();
    assert!(
        output.code == 4 && output.stderr.contains(&path.display().to_string()),
        "{output:?}"
    );
}
