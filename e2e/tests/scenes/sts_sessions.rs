//! Sessions of every kind, begun by the AWS CLI.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Server, policy};

fn arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{role}")
}

/// Makes a role with this trust statement, which may do everything.
fn role(server: &Server, name: &str, trust: &Value) {
    let trust = policy(&json!([trust]));
    let members = [("RoleName", name), ("AssumeRolePolicyDocument", trust.as_str())];
    server.iam(&server.root(), "CreateRole", &members).ok();
    let document = policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let members = [
        ("RoleName", name),
        ("PolicyName", "p"),
        ("PolicyDocument", document.as_str()),
    ];
    server.iam(&server.root(), "PutRolePolicy", &members).ok();
}

/// A role that the account's people may assume, tag and name.
fn open_role(server: &Server, name: &str) {
    let actions = json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]);
    role(
        server,
        name,
        &json!({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": actions}),
    );
}

fn alice(server: &Server) -> Credentials {
    server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    )
}

fn assume(server: &Server, who: &Credentials, role: &str, more: &[&str]) -> crate::harness::Output {
    let arn = arn(role);
    let arguments = [
        "sts",
        "assume-role",
        "--role-arn",
        &arn,
        "--role-session-name",
        "s1",
        "--output",
        "json",
    ];
    server.aws(who, &[&arguments[..], more].concat())
}

fn assumed(server: &Server, who: &Credentials, role: &str, more: &[&str]) -> (Credentials, Value) {
    let answer = assume(server, who, role, more).json();
    (Credentials::from_json(&answer["Credentials"]), answer)
}

fn refusal(output: &crate::harness::Output) -> &str {
    output
        .error()
        .split_once("operation: ")
        .map_or(output.error(), |(_, sentence)| sentence)
}

#[test]
fn a_role_asks_for_a_code_and_an_external_id() {
    let server = Server::start();
    let alice = alice(&server);
    let condition = json!({
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "300"},
        "StringEquals": {"sts:ExternalId": "deploy-7"},
    });
    let trust = json!({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole", "Condition": condition});
    role(&server, "app", &trust);
    let phone = server.authenticator(&alice, "alice");
    server.enable(&alice, "alice", &phone);
    let serial = ["--serial-number", phone.serial.as_str()];
    let external = ["--external-id", "deploy-7"];

    let half = assume(&server, &alice, "app", &serial);
    assert_eq!(
        refusal(&half),
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    );
    let code = phone.code(0);
    let proof = [&serial[..], &["--token-code", &code]].concat();
    let without_id = assume(&server, &alice, "app", &proof);
    assert!(refusal(&without_id).starts_with("User: "), "{without_id:?}");
    let without_code = assume(&server, &alice, "app", &external);
    assert!(refusal(&without_code).starts_with("User: "), "{without_code:?}");
    let both = [&proof[..], &external].concat();
    let (session, _) = assumed(&server, &alice, "app", &both);
    server.aws_json(&session, &["iam", "list-users"]);
    let reused = assume(&server, &alice, "app", &both);
    assert_eq!(
        refusal(&reused),
        "MultiFactorAuthentication failed with invalid MFA one time pass code."
    );
    let by_user = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    let foreign = assume(
        &server,
        &alice,
        "app",
        &["--serial-number", &by_user, "--token-code", "123456"],
    );
    assert_eq!(
        refusal(&foreign),
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
    );
}

#[test]
fn a_chain_of_roles_keeps_its_tags_and_its_source_and_lives_an_hour() {
    let server = Server::start();
    let alice = alice(&server);
    open_role(&server, "first");
    open_role(&server, "second");
    let members = [("RoleName", "first"), ("MaxSessionDuration", "43200")];
    let _ = server.iam(&server.root(), "UpdateRole", &members);
    let begun = [
        "--tags",
        "Key=team,Value=red",
        "--transitive-tag-keys",
        "team",
        "--source-identity",
        "alice",
    ];
    let (first, answer) = assumed(&server, &alice, "first", &begun);
    assert_eq!(answer["SourceIdentity"], "alice");
    assert_eq!(
        answer["AssumedRoleUser"]["Arn"],
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/first/s1")
    );
    let (_, answer) = assumed(&server, &first, "second", &[]);
    assert_eq!(answer["SourceIdentity"], "alice", "it sticks");

    let long = assume(&server, &first, "second", &["--duration-seconds", "3601"]);
    assert_eq!(
        refusal(&long),
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    );
    let plain = server.aws_json(&alice, &["sts", "get-session-token"]);
    let plain = Credentials::from_json(&plain["Credentials"]);
    let long = assume(&server, &plain, "second", &["--duration-seconds", "3601"]);
    assert!(
        refusal(&long).contains("role chaining"),
        "GetSessionToken counts: {long:?}"
    );
    let renamed = assume(&server, &first, "second", &["--source-identity", "mallory"]);
    assert!(renamed.error().contains("(AccessDenied)"), "{renamed:?}");
    let retagged = assume(&server, &first, "second", &["--tags", "Key=Team,Value=blue"]);
    assert_eq!(
        refusal(&retagged),
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
    );
    let reserved = assume(&server, &alice, "first", &["--tags", "Key=aws:x,Value=y"]);
    assert!(
        reserved.error().contains("(InvalidParameterValue)"),
        "{reserved:?}"
    );
}

#[test]
fn session_policies_narrow_a_session_inline_and_managed() {
    let server = Server::start();
    let alice = alice(&server);
    open_role(&server, "app");
    let inline = policy(&json!([{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]));
    let (narrow, answer) = assumed(&server, &alice, "app", &["--policy", &inline]);
    assert!(answer["PackedPolicySize"].as_u64().unwrap() > 0);
    server.aws_json(&narrow, &["iam", "list-users"]);
    let refused = server.aws(&narrow, &["iam", "list-roles"]);
    assert!(
        refusal(&refused).ends_with("because no session policy allows the iam:ListRoles action"),
        "{refused:?}"
    );

    let managed = [
        "--policy-arns",
        "arn=arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess",
    ];
    let (reading, _) = assumed(&server, &alice, "app", &managed);
    server.aws_json(&reading, &["ssm", "describe-parameters"]);
    let refused = server.aws(&reading, &["iam", "list-users"]);
    assert!(refusal(&refused).contains("no session policy"), "{refused:?}");
}

#[test]
fn a_federated_user_has_what_both_sides_allow() {
    let server = Server::start();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": ["sts:GetFederationToken", "ssm:*"], "Resource": "*"}]),
    );
    let get = [
        "sts",
        "get-federation-token",
        "--name",
        "guest",
        "--output",
        "json",
    ];
    let document = policy(
        &json!([{"Effect": "Allow", "Action": ["ssm:DescribeParameters", "iam:*", "kms:*"], "Resource": "*"}]),
    );
    let answer = server.aws_json(&alice, &[&get[..], &["--policy", &document]].concat());
    assert_eq!(
        answer["FederatedUser"]["FederatedUserId"],
        format!("{ACCOUNT}:guest")
    );
    let guest = Credentials::from_json(&answer["Credentials"]);
    let me = server.aws_json(&guest, &["sts", "get-caller-identity"]);
    assert_eq!(me["Arn"], format!("arn:aws:sts::{ACCOUNT}:federated-user/guest"));
    assert_eq!(me["UserId"], format!("{ACCOUNT}:guest"));
    server.aws_json(&guest, &["ssm", "describe-parameters"]);
    let refused = server.aws(&guest, &["ssm", "get-parameter", "--name", "x"]);
    assert!(
        refusal(&refused).contains("no session policy allows"),
        "{refused:?}"
    );
    let refused = server.aws(&guest, &["kms", "list-keys"]);
    assert!(
        refusal(&refused).contains("no identity-based policy allows"),
        "{refused:?}"
    );
    let refused = server.aws(&guest, &["iam", "list-users"]);
    assert!(refused.error().contains("(InvalidClientTokenId)"), "{refused:?}");
    let refused = server.aws(&guest, &get);
    assert_eq!(
        refusal(&refused),
        "Cannot call GetFederationToken with session credentials"
    );

    let bare = server.aws_json(&alice, &get);
    assert_eq!(bare["PackedPolicySize"], 0);
    let bare = Credentials::from_json(&bare["Credentials"]);
    assert!(
        server
            .aws(&bare, &["ssm", "describe-parameters"])
            .error()
            .contains("(AccessDeniedException)")
    );
    let tagged = server.aws(&alice, &[&get[..], &["--tags", "Key=team,Value=red"]].concat());
    assert!(refusal(&tagged).contains("sts:TagSession"), "{tagged:?}");
}

#[test]
fn a_key_says_whose_it_is() {
    let server = Server::start();
    let alice = alice(&server);
    let info = |id: &str| server.aws(&alice, &["sts", "get-access-key-info", "--access-key-id", id]);
    assert_eq!(info(&alice.access_key_id).json()["Account"], ACCOUNT);
    assert_eq!(info("ASIAQNZGKIQY56JQ7WML").json()["Account"], "029608264753");
    assert!(info("AKIA000000000000000!").error().contains("(ValidationError)"));
}

#[test]
fn who_may_reads_why_a_request_was_denied() {
    let server = Server::start();
    let bob = server.user(
        "bob",
        &json!([{"Sid": "Never", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}]),
    );
    let denied = server.iam(&bob, "GetUser", &[("UserName", "alice")]);
    denied.refused(403, "AccessDenied");
    let sealed = denied.header("x-kagiban-authorization-message").unwrap();
    assert!(sealed.len() < 4096);
    let decode = ["sts", "decode-authorization-message", "--encoded-message", sealed];
    let refused = server.aws(&bob, &decode);
    assert!(
        refusal(&refused).contains("sts:DecodeAuthorizationMessage on resource: *"),
        "{refused:?}"
    );

    let told = server.aws_json(&server.root(), &decode);
    let told: Value = serde_json::from_str(told["DecodedMessage"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&told["allowed"], &told["explicitDeny"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(told["matchedStatements"]["items"][0]["statementId"], "Never");
    assert_eq!(told["context"]["action"], "iam:GetUser");
    assert_eq!(
        told["context"]["principal"]["arn"],
        format!("arn:aws:iam::{ACCOUNT}:user/bob")
    );
    let username = json!({"key": "aws:username", "values": {"items": [{"value": "bob"}]}});
    let conditions = told["context"]["conditions"]["items"].as_array().unwrap();
    assert!(conditions.contains(&username), "{conditions:?}");

    let forged = server.aws(
        &server.root(),
        &["sts", "decode-authorization-message", "--encoded-message", "AAAA"],
    );
    assert!(
        forged.error().contains("(InvalidAuthorizationMessageException)"),
        "{forged:?}"
    );
}
