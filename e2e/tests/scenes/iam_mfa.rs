//! Virtual MFA devices, driven by the AWS CLI and an authenticator that is not ours.

use serde_json::json;

use crate::harness::{ACCOUNT, Authenticator, Credentials, Server, files_with, scanned};

const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code.";

fn alice(server: &Server, action: &str) -> Credentials {
    server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]),
    )
}

fn session(server: &Server, who: &Credentials, device: &Authenticator, code: &str) -> crate::harness::Output {
    let arguments = [
        "sts",
        "get-session-token",
        "--serial-number",
        &device.serial,
        "--token-code",
        code,
    ];
    server.aws(who, &[&arguments[..], &["--output", "json"]].concat())
}

#[test]
fn what_the_app_scans_is_what_it_could_be_told() {
    let server = Server::start();
    let root = server.root();
    let picture = server.scratch("authenticator").join("phone.png");
    let serial = server.bootstrap(&root, "phone", "QRCodePNG", &picture);
    assert_eq!(serial, format!("arn:aws:iam::{ACCOUNT}:mfa/phone"));
    let url = scanned(&picture);
    let front = format!("otpauth://totp/Amazon%20Web%20Services:phone@{ACCOUNT}?secret=");
    let (seed, rest) = url.strip_prefix(&front).unwrap().split_once('&').unwrap();
    assert_eq!((seed.len(), rest), (64, "issuer=Amazon%20Web%20Services"));

    alice(&server, "ssm:GetParameter");
    let phone = Authenticator {
        serial,
        seed: seed.to_owned(),
    };
    server.enable(&root, "alice", &phone);

    let kept = files_with(&server.data(), phone.seed.as_bytes());
    assert!(kept.is_empty(), "the seed lies bare in {kept:?}");
    assert!(!server.log().contains(&phone.seed));
}

#[test]
fn a_device_is_made_enabled_listed_and_deleted() {
    let server = Server::start();
    let root = server.root();
    alice(&server, "iam:ListMFADevices");
    let phone = server.authenticator(&root, "phone");
    server.authenticator(&root, "spare");
    let far = server.try_enable(&root, "alice", &phone, 50);
    assert_eq!(
        far.error(),
        "An error occurred (InvalidAuthenticationCode) when calling the EnableMFADevice operation: \
         Authentication code for device is not valid."
    );
    server.enable(&root, "alice", &phone);
    let again = server.try_enable(&root, "alice", &phone, 0);
    assert!(again.error().contains("(EntityAlreadyExists)"), "{again:?}");

    let listed = server.aws_json(&root, &["iam", "list-mfa-devices", "--user-name", "alice"]);
    assert_eq!(listed["MFADevices"][0]["SerialNumber"], phone.serial);
    let query = "VirtualMFADevices[].[SerialNumber, User.UserName, Base32StringSeed]";
    let list = [
        "iam",
        "list-virtual-mfa-devices",
        "--query",
        query,
        "--assignment-status",
    ];
    let assigned = server.aws_json(&root, &[&list[..], &["Assigned"]].concat());
    assert_eq!(assigned, json!([[phone.serial, "alice", null]]));
    let unassigned = server.aws_json(&root, &[&list[..], &["Unassigned"]].concat());
    assert_eq!(
        unassigned,
        json!([[format!("arn:aws:iam::{ACCOUNT}:mfa/spare"), null, null]])
    );
    let got = server.aws_json(
        &root,
        &["iam", "get-mfa-device", "--serial-number", &phone.serial],
    );
    assert_eq!(got["UserName"], "alice");

    let device = ["--serial-number", phone.serial.as_str()];
    let tag = [
        &["iam", "tag-mfa-device"][..],
        &device,
        &["--tags", "Key=team,Value=red"],
    ]
    .concat();
    assert_eq!(server.aws_text(&root, &tag), "");
    let tags = server.aws_json(&root, &[&["iam", "list-mfa-device-tags"][..], &device].concat());
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "red"}]));
    let untag = [&["iam", "untag-mfa-device"][..], &device, &["--tag-keys", "team"]].concat();
    assert_eq!(server.aws_text(&root, &untag), "");

    let held = server.aws(
        &root,
        &[&["iam", "delete-virtual-mfa-device"][..], &device].concat(),
    );
    assert!(held.error().contains("(DeleteConflict)"), "{held:?}");
    let deactivate = [
        &["iam", "deactivate-mfa-device", "--user-name", "alice"][..],
        &device,
    ]
    .concat();
    assert_eq!(server.aws_text(&root, &deactivate), "");
    assert_eq!(
        server.aws_text(
            &root,
            &[&["iam", "delete-virtual-mfa-device"][..], &device].concat()
        ),
        ""
    );
}

#[test]
fn a_session_with_a_code_may_call_iam_and_one_without_may_not() {
    let server = Server::start();
    let alice = alice(&server, "*");
    let phone = server.authenticator(&alice, "alice");
    server.enable(&alice, "alice", &phone);

    let plain = server.aws_json(&alice, &["sts", "get-session-token"]);
    let plain = Credentials::from_json(&plain["Credentials"]);
    let refused = server.aws(&plain, &["iam", "list-users"]);
    assert_eq!(
        refused.error(),
        "An error occurred (InvalidClientTokenId) when calling the ListUsers operation: \
         The security token included in the request is invalid"
    );
    let longer = server.aws(&plain, &["sts", "get-session-token"]);
    assert_eq!(
        longer.error(),
        "An error occurred (AccessDenied) when calling the GetSessionToken operation: \
         Cannot call GetSessionToken with session credentials"
    );
    server.aws_json(&plain, &["ssm", "describe-parameters"]);
    let me = server.aws_json(&plain, &["sts", "get-caller-identity"]);
    assert_eq!(me["Arn"], format!("arn:aws:iam::{ACCOUNT}:user/alice"));

    let proven = session(&server, &alice, &phone, &phone.code(0)).json();
    let proven = Credentials::from_json(&proven["Credentials"]);
    let users = server.aws_json(&proven, &["iam", "list-users"]);
    assert_eq!(users["Users"][0]["UserName"], "alice");
}

#[test]
fn a_code_is_spent_for_good_even_over_a_crash() {
    let server = Server::start();
    let alice = alice(&server, "*");
    let phone = server.authenticator(&alice, "alice");
    server.enable(&alice, "alice", &phone);
    let code = phone.code(1);
    session(&server, &alice, &phone, &code).json();

    let server = server.kill().start();

    let again = session(&server, &alice, &phone, &code);
    assert!(again.error().ends_with(WRONG), "{again:?}");
}

#[test]
fn who_guesses_is_made_to_wait_even_after_a_crash() {
    let server = Server::start();
    let alice = alice(&server, "*");
    let phone = server.authenticator(&alice, "alice");
    server.enable(&alice, "alice", &phone);
    let right: Vec<String> = (-3..4).map(|ahead| phone.code(ahead)).collect();
    let wrong = (0..)
        .map(|n| format!("{n:06}"))
        .find(|code| !right.contains(code))
        .unwrap();
    let members = [("SerialNumber", phone.serial.as_str()), ("TokenCode", &wrong)];
    for _ in 0..5 {
        let refused = server.sts(&alice, "GetSessionToken", &members);
        assert_eq!(refused.refused(403, "AccessDenied"), WRONG);
    }

    let server = server.kill().start();

    let members = [
        ("SerialNumber", phone.serial.as_str()),
        ("TokenCode", &phone.code(0)),
    ];
    let refused = server
        .sts(&alice, "GetSessionToken", &members)
        .refused(403, "AccessDenied");
    assert!(refused.contains("5 wrong codes in a row"), "{refused}");
}

#[test]
fn who_is_told_to_bring_mfa_can_enrol_without_it_and_do_nothing_else() {
    let server = Server::start();
    let own = format!("arn:aws:iam::{ACCOUNT}:user/${{aws:username}}");
    let own_device = format!("arn:aws:iam::{ACCOUNT}:mfa/${{aws:username}}");
    let enrolling = json!([
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
        "iam:ListMFADevices",
        "sts:GetSessionToken"
    ]);
    let alice = server.user(
        "alice",
        &json!([
            {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"},
            {"Effect": "Allow", "Action": ["iam:CreateVirtualMFADevice"], "Resource": own_device},
            {"Effect": "Allow", "Action": ["iam:EnableMFADevice", "iam:ListMFADevices"], "Resource": own},
            {
                "Effect": "Deny",
                "NotAction": enrolling,
                "Resource": "*",
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            },
        ]),
    );
    let read = ["ssm", "describe-parameters"];
    assert!(
        server
            .aws(&alice, &read)
            .error()
            .contains("with an explicit deny")
    );
    let phone = server.authenticator(&alice, "alice");
    server.enable(&alice, "alice", &phone);
    let listed = server.aws_json(&alice, &["iam", "list-mfa-devices"]);
    assert_eq!(listed["MFADevices"][0]["SerialNumber"], phone.serial);
    let proven = session(&server, &alice, &phone, &phone.code(0)).json();
    server.aws_json(&Credentials::from_json(&proven["Credentials"]), &read);
}
