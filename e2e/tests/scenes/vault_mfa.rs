//! MFA: asked once, kept, shared by roles and by twenty processes at a time.

use std::process::{Child, Stdio};

use serde_json::json;

use crate::harness::{ACCOUNT, Authenticator, Order, Output, Relay, Server, Workstation, profile_at};

struct Place {
    relay: Relay,
    device: Authenticator,
    workstation: Workstation,
    _server: Server,
}

/// A user with an MFA device and two roles that want it.
fn place() -> Place {
    let server = Server::start();
    let relay = Relay::before(Some(server.authority()), |_, _| Order::Pass);
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let device = server.authenticator(&server.root(), "phone");
    server.enable(&server.root(), "alice", &device);
    let url = relay.url();
    let serial = format!("mfa_serial = {}", device.serial);
    let mut config = profile_at(&url, "j", &serial);
    for name in ["one", "two"] {
        let role = server.role(
            name,
            &json!({"AWS": ACCOUNT}),
            &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
        );
        config += &profile_at(
            &url,
            name,
            &format!("{serial}\nsource_profile = j\nrole_arn = {role}"),
        );
    }
    let workstation = Workstation::new(&config);
    workstation.add("j", &alice);
    Place {
        relay,
        device,
        workstation,
        _server: server,
    }
}

impl Place {
    fn question(&self) -> String {
        format!("Enter MFA code for {}: ", self.device.serial)
    }
}

#[test]
fn a_code_is_asked_for_once_and_serves_all_roles() {
    let place = place();
    let run = |arguments: &[&str]| place.workstation.run(arguments);
    let output = run(&["exec", "j", "--", "true"]);
    assert!(
        output.code == 5 && output.stderr.contains("nobody can be asked"),
        "{output:?}"
    );
    assert!(place.relay.actions().is_empty());

    // The warm-up.
    let answers = json!([[place.question(), place.device.answer(), false]]);
    let output = place
        .workstation
        .typed(&answers, &["exec", "one", "--", "echo", "warm"]);
    assert!(output.code == 0 && output.stdout.contains("warm"), "{output:?}");
    assert_eq!(place.relay.actions(), ["GetSessionToken", "AssumeRole"]);
    assert_eq!(run(&["exec", "two", "--", "true"]).code, 0);
    assert_eq!(place.relay.actions()[2..], ["AssumeRole"], "the session was kept");
    let listed = run(&["list", "--sessions"]).text();
    crate::harness::assert_matches(&listed, r"^sts\.GetSessionToken:(7h5\dm\d+s|8h0m0s)$");
    let explained = run(&["profile", "explain", "two"]).text();
    assert!(explained.contains("kept until"), "{explained}");

    // Another duration is another session, and another code.
    let output = run(&["exec", "j", "--duration", "2h", "--", "true"]);
    assert_eq!(output.code, 5, "{output:?}");
    assert_eq!(run(&["clear", "j"]).text(), "Cleared 1 sessions.");
    assert_eq!(run(&["exec", "two", "--", "true"]).code, 5);
}

#[test]
fn a_role_that_lasts_longer_takes_its_own_code_and_is_kept() {
    let place = place();
    let (code, twice) = (place.device.code(0), ["exec", "-d", "1h30m", "--mfa-token"]);
    // The role allows an hour: AWS refuses rather than clamps, and says so.
    let output = place
        .workstation
        .run(&[&twice[..], &[&code, "one", "--", "true"]].concat());
    assert!(
        output.code == 4 && output.stderr.contains("MaxSessionDuration"),
        "{output:?}"
    );
    assert_eq!(place.relay.actions(), ["AssumeRole"], "straight from the key");
    assert!(place.relay.seen()[0].member("TokenCode").is_some());
}

#[test]
fn a_session_that_was_kept_goes_to_its_own_place_only() {
    let place = place();
    let elsewhere = Relay::before(None, |_, _| Order::Answer(500, String::new()));
    let run = |arguments: &[&str]| place.workstation.run(arguments);
    let code = place.device.code(0);
    assert_eq!(run(&["exec", "one", "--mfa-token", &code, "--", "true"]).code, 0);

    let role = format!(
        "source_profile = j\nmfa_serial = {}\nrole_arn = arn:aws:iam::{ACCOUNT}:role/one",
        place.device.serial
    );
    let (own, other) = (place.relay.url(), elsewhere.url());
    let services = format!("[services other]\nssm =\n  endpoint_url = {other}\n");
    let config = [
        std::fs::read_to_string(place.workstation.config_file()).unwrap(),
        profile_at(&other, "evil", &role),
        format!("[profile at-aws]\nregion = eu-west-1\n{role}\n"),
        profile_at(&other, "alias", "source_profile = j"),
        profile_at(&own, "partly", &format!("{role}\nservices = other")),
        services,
    ];
    place.workstation.write_config(&config.concat());
    for (profile, told) in [
        (
            "evil",
            format!("would have AWS_ENDPOINT_URL={other}, and its key is for {own}"),
        ),
        (
            "at-aws",
            format!("profile `at-aws` is at aws, and the key of profile `j` is for {own}"),
        ),
        (
            "alias",
            format!("would have AWS_ENDPOINT_URL={other}, and its key is for {own}"),
        ),
        (
            "partly",
            format!("would have AWS_ENDPOINT_URL_SSM={other}, and its key is for {own}"),
        ),
    ] {
        for server in [None, Some("--server")] {
            let words: Vec<&str> = ["exec"]
                .into_iter()
                .chain(server)
                .chain([profile, "--", "echo", "given"])
                .collect();
            let output = run(&words);
            assert!(
                output.code == 4 && output.stderr.contains(&told) && output.stdout.is_empty(),
                "{profile}: {output:?}"
            );
        }
    }
    for profile in ["evil", "alias"] {
        let output = run(&["export", profile]);
        let told = format!("profile `{profile}` is at {other}, and the key of profile `j` is for {own}");
        assert!(output.code == 4 && output.stderr.contains(&told), "{output:?}");
    }
    assert!(elsewhere.seen().is_empty(), "{:?}", elsewhere.seen());
    assert_eq!(
        run(&["exec", "two", "--", "true"]).code,
        0,
        "and the others go on"
    );
}

#[test]
fn twenty_processes_at_once_ask_one_person_once() {
    let place = place();
    let answers = json!([[place.question(), place.device.answer(), false]]).to_string();
    // One terminal for all of them, as a person has it: a shell that starts them side by side.
    let own = crate::harness::cli_binary().display().to_string();
    let script = format!(
        "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do '{own}' exec one -- echo \"done $i.\" & done; wait"
    );
    let program = crate::harness::clients_directory()
        .join("terminal.py")
        .display()
        .to_string();
    let words = [program.as_str(), &answers, "/bin/sh", "-c", &script];
    let mut command = place
        .workstation
        .command(&crate::harness::venv_binary("python"), &words);
    let output = Output::of(&mut command);
    for number in 1..=20 {
        assert!(output.stdout.contains(&format!("done {number}.")), "{output:?}");
    }
    assert_eq!(output.stdout.matches("Enter MFA code").count(), 1, "{output:?}");
    let sessions = place
        .relay
        .actions()
        .into_iter()
        .filter(|action| action == "GetSessionToken");
    assert_eq!(sessions.count(), 1);
}

#[test]
fn git_is_helped_while_the_code_is_asked_for_on_the_terminal() {
    let place = place();
    // The helper's standard input and output are git's pipes; the person is at the terminal all the same.
    let script = r#"printf 'protocol=https\nhost=git-codecommit.us-east-1.amazonaws.com\npath=v1/repos/x\n\n' |
        git -c credential.UseHttpPath=true -c "credential.helper=!kagiban exec one -- aws codecommit credential-helper \$@" credential fill > "$HOME/filled""#;
    let answers = json!([[place.question(), place.device.answer(), false]]).to_string();
    let program = crate::harness::clients_directory()
        .join("terminal.py")
        .display()
        .to_string();
    let words = [program.as_str(), &answers, "/bin/sh", "-c", script];
    let mut command = place
        .workstation
        .command(&crate::harness::venv_binary("python"), &words);
    let output = Output::of(&mut command);
    assert_eq!(output.code, 0, "{output:?}");
    let filled = std::fs::read_to_string(place.workstation.home().join("filled")).unwrap();
    assert!(
        filled.contains("username=ASIA") && !filled.contains("MFA code"),
        "{filled}"
    );
}

#[test]
fn codes_come_from_programs_and_from_the_store_as_well() {
    let place = place();
    let device = &place.device;
    let with_process = std::fs::read_to_string(place.workstation.config_file()).unwrap();
    let process = format!("[profile j]\nmfa_process = {}\n", device.process());
    place
        .workstation
        .write_config(&with_process.replacen("[profile j]\n", &process, 1));
    assert_eq!(place.workstation.run(&["exec", "j", "--", "true"]).code, 0);
    place.workstation.write_config(&with_process);
    place.workstation.run(&["clear"]).text();

    let output = place.workstation.piped(&device.seed, &["mfa", "add", "j"]);
    assert!(output.text().contains(&device.serial));
    assert!(crate::harness::files_with(place.workstation.home(), device.seed.as_bytes()).is_empty());
    // The code of this moment was used above: the next one is waited for.
    let printed = place.workstation.run(&["mfa", "code", "j"]).text();
    assert!(
        printed.len() == 6 && printed.bytes().all(|byte| byte.is_ascii_digit()),
        "{printed}"
    );
    assert!(
        place
            .workstation
            .run(&["mfa", "remove", "j"])
            .text()
            .contains("Forgot")
    );
    let output = place.workstation.piped("not base32!", &["mfa", "add", "j"]);
    assert_eq!(output.code, 2, "{output:?}");
}

#[test]
fn devices_in_the_store_are_those_that_somebody_has_and_are_listed() {
    let phone = "arn:aws:iam::111122223333:mfa/phone";
    let workstation = Workstation::new(&format!(
        "[profile j]\nmfa_serial = {phone}\n[profile role]\nrole_arn = r\nsource_profile = j\n[profile bare]\n"
    ));
    let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    workstation
        .piped("AKIAIOSFODNN7EXAMPLE\nsecret\n", &["add", "j"])
        .text();
    let url = |more: &str| format!("otpauth://totp/Example?secret={seed}{more}");
    for (device, seed, code, told) in [
        ("nosuchprofile", seed, 3, "there is no profile `nosuchprofile`"),
        ("bare", seed, 2, "has no mfa_serial"),
        ("j", &url("&digits=8"), 2, "digits=8"),
        ("j", &url("&algorithm=SHA512"), 2, "algorithm=SHA512"),
        ("j", &url("&period=60"), 2, "period=60"),
    ] {
        let output = workstation.piped(seed, &["mfa", "add", device]);
        assert!(
            output.code == code && output.stderr.contains(told),
            "{told}: {output:?}"
        );
    }
    assert_eq!(workstation.run(&["mfa", "list"]).json(), json!([]));

    let good = url("&digits=6&algorithm=SHA1&period=30&issuer=x");
    let added = workstation.piped(&good, &["mfa", "add", "role"]).text();
    assert!(
        added.contains(phone),
        "the role's code is of its key's device: {added}"
    );
    workstation.piped(seed, &["mfa", "add", "GAHT12345678"]).text();
    let both = json!([
        {"SerialNumber": "GAHT12345678", "Profiles": []},
        {"SerialNumber": phone, "Profiles": ["j"]},
    ]);
    let mut listing = workstation.kagiban(&["mfa", "list", "--json"]);
    let listed = Output::of(listing.env_remove("KAGIBAN_FILE_PASSPHRASE"));
    assert_eq!(listed.json(), both, "nothing is unlocked for that");
    let shown = workstation.typed(&json!([]), &["mfa", "list"]).stdout;
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(
        lines[1..],
        ["GAHT12345678".to_owned(), format!("{phone}  j"),],
        "{shown}"
    );
}

#[test]
fn who_is_killed_while_it_asks_leaves_no_lock_behind() {
    let place = place();
    let mut asking: Child = place
        .workstation
        .on_a_terminal(&json!([]), &["exec", "one", "--", "true"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let locks = place.workstation.home().join("run/kagiban");
    while !locks.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    rustix::process::kill_process_group(
        rustix::process::Pid::from_child(&asking),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    asking.wait().unwrap();
    let output = place
        .workstation
        .run(&["exec", "one", "--mfa-token", &place.device.code(0), "--", "true"]);
    assert_eq!(output.code, 0, "{output:?}");
}
