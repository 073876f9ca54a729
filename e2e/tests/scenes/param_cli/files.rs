//! Parameters to files and back.

use std::fs;

use serde_json::{Value, json};

use super::{described, names, param, piped, value};
use crate::harness::{Output, Server};

#[test]
fn files_take_everything_there_and_back() {
    let server = Server::start();
    let values = [
        ("/app/quotes", "it's \"quoted\" `here` $HOME"),
        ("/app/lines", "one\ntwo\r\n\n"),
        ("/app/db/equation", "a=b # c"),
        ("/app/db/unicode", "ü\u{1f511}\u{2028}"),
        ("/app/db/number", "1.10"),
    ];
    for (name, value) in values {
        server.put(name, value, None);
    }
    let list = json!({"Name": "/app/hosts", "Value": "a,b", "Type": "StringList"});
    server.call(&server.root(), "AmazonSSM.PutParameter", &list).ok();
    for format in ["json", "yaml", "toml"] {
        let output = param(&server, &["export", "/app", "--format", format]);
        assert_eq!(output.code, 0, "{output:?}");
        let path = format!("/copy/{format}");
        let import = ["import", &path, "-", "--format", format];
        let outcome = piped(&server, &server.root(), &import, &output.stdout).json();
        assert_eq!(outcome["Created"].as_array().unwrap().len(), 6, "{outcome}");
        assert_eq!(param(&server, &["compare", "/app", &path]).code, 0, "{format}");
    }
    // A shell takes what is written for it.
    let script = param(&server, &["export", "/app", "--format", "shell"]).text();
    let mut shell = std::process::Command::new("sh");
    let print = format!("{script}\nprintf '%s|%s|%s' \"$QUOTES\" \"$LINES\" \"$DB_UNICODE\"");
    let printed = Output::of(shell.args(["-c", &print])).text();
    assert_eq!(
        printed,
        format!("{}|{}|{}", values[0].1, values[1].1, values[3].1)
    );
}

#[test]
fn an_import_says_what_it_would_do_and_keeps_to_it() {
    let server = Server::start();
    let key = server.key();
    server.put("/app/password", "hunter2", Some(&key));
    server.put("/app/same", "x", None);
    server.put("/app/old", "x", None);
    let file = server.scratch("files").join("app.yaml");
    fs::write(
        &file,
        "password: hunter3\nsame: x\ntoken: hunter4\ndb:\n  host: db.internal\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let import = |arguments: &[&str]| param(&server, &[&["import", "/app", file], arguments].concat());

    let output = import(&["--secure", "tok*", "--delete-missing", "--dry-run"]);
    assert!(
        output.code == 4 && output.stderr.contains("another value or type: password"),
        "{output:?}"
    );
    let told: Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(!output.stdout.contains("hunter"), "{output:?}");
    assert_eq!(
        told,
        json!({
            "DryRun": true, "Same": 1, "Deleted": ["old"],
            "Created": [{"Name": "db/host", "Type": "String"}, {"Name": "token", "Type": "SecureString"}],
            "Changed": [{"Name": "password", "Type": "SecureString"}],
        })
    );
    let would = ["--secure", "tok*", "--delete-missing", "--overwrite", "--dry-run"];
    let output = import(&would);
    assert!(
        output.code == 5 && output.stderr.contains("Delete 1 parameter(s)"),
        "nobody is here to say yes to the import either: {output:?}"
    );
    assert_eq!(serde_json::from_str::<Value>(&output.stdout).unwrap(), told);
    let would = [&would[..], &["--yes"]].concat();
    assert_eq!(import(&would).json(), told, "what the import does, too");
    let output = import(&[]);
    assert!(
        output.code == 4 && output.stderr.contains("password"),
        "{output:?}"
    );
    assert_eq!(
        names(&param(&server, &["list"]).json()).len(),
        3,
        "nothing was begun"
    );

    let output = import(&["--secure", "tok*", "--overwrite", "--delete-missing"]);
    assert_eq!(output.code, 5, "{output:?}");
    import(&["--secure", "tok*", "--overwrite", "--delete-missing", "--yes"]).json();
    assert_eq!(
        names(&param(&server, &["list"]).json()),
        ["/app/db/host", "/app/password", "/app/same", "/app/token"]
    );
    assert_eq!(value(&server, "/app/password"), "hunter3");
    assert_eq!(described(&server, "/app/password")["KeyId"], key, "the key stays");
    assert_eq!(
        described(&server, "/app/same")["Version"],
        1,
        "no version for nothing"
    );
    assert_eq!(described(&server, "/app/token")["Type"], "SecureString");

    let broken = "a: 'hunter5\n";
    let output = piped(
        &server,
        &server.root(),
        &["import", "/app", "-", "--format", "yaml"],
        broken,
    );
    assert!(
        output.code == 2 && !output.stderr.contains("hunter"),
        "{output:?}"
    );
}

#[test]
fn who_names_parameters_does_not_decide_what_a_shell_runs() {
    let server = Server::start();
    server.put("/app/url", "x", None);
    server.put("/app/ld/preload", "/tmp/evil.so", None);
    for format in ["shell", "dotenv"] {
        let export = ["export", "/app", "--format", format];
        let output = param(&server, &export);
        assert!(
            output.code == 2 && output.stdout.is_empty() && output.stderr.contains("--allow LD_PRELOAD"),
            "{output:?}"
        );
        let output = param(&server, &[&export[..], &["--allow", "LD_PRELOAD"]].concat());
        assert!(output.text().contains("LD_PRELOAD="), "{format}");
    }
    let nested = param(&server, &["export", "/app"]).json();
    assert_eq!(nested["ld"]["preload"], "/tmp/evil.so", "names are names there");
}
