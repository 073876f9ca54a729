//! Why something was allowed or denied: AWS's simulator by the AWS CLI, and `kagiban explain`.

use serde_json::{Value, json};

use crate::harness::{
    ACCOUNT, Answer, Credentials, Output, Server, Workstation, own_model, policy, profile_at,
};

const PARAMETER: &str = "arn:aws:ssm:us-east-1:123456789012:parameter/app/password";

fn parameter() -> String {
    PARAMETER.replace("123456789012", ACCOUNT)
}

fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

fn allow(action: &str) -> Value {
    json!([{"Sid": "Given", "Effect": "Allow", "Action": action, "Resource": "*"}])
}

fn read(server: &Server, who: &Credentials) -> Answer {
    let body = json!({"Name": "/app/password", "WithDecryption": true});
    server.call(who, "AmazonSSM.GetParameter", &body)
}

fn id(answer: &Answer) -> String {
    answer.header("x-amzn-requestid").unwrap().to_owned()
}

/// The explanation and the exit code.
fn explained(output: &Output) -> (Value, i32) {
    assert!(output.stderr.is_empty(), "{output:?}");
    (serde_json::from_str(&output.stdout).unwrap(), output.code)
}

#[test]
fn the_aws_cli_simulates_policies() {
    let server = Server::start();
    let root = server.root();
    let statement = json!([{"Effect": "Allow", "Action": "ssm:Get*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]);
    server.user("alice", &statement);
    let (alice, resource) = (user_arn("alice"), parameter());

    let keys = [
        "iam",
        "get-context-keys-for-principal-policy",
        "--policy-source-arn",
        &alice,
    ];
    assert_eq!(
        server.aws_json(&root, &keys)["ContextKeyNames"],
        json!(["aws:SourceIp"])
    );
    let custom = policy(&statement);
    let keys = [
        "iam",
        "get-context-keys-for-custom-policy",
        "--policy-input-list",
        &custom,
    ];
    assert_eq!(
        server.aws_json(&root, &keys)["ContextKeyNames"],
        json!(["aws:SourceIp"])
    );

    let entry = "ContextKeyName=aws:SourceIp,ContextKeyValues=10.1.2.3,ContextKeyType=ip";
    let simulate = [
        "iam",
        "simulate-principal-policy",
        "--policy-source-arn",
        &alice,
        "--action-names",
        "ssm:GetParameter",
        "ssm:PutParameter",
        "--resource-arns",
        &resource,
        "--context-entries",
        entry,
    ];
    let results = &server.aws_json(&root, &simulate)["EvaluationResults"];
    assert_eq!(results[0]["EvalDecision"], "allowed", "{results}");
    assert_eq!(
        results[0]["MatchedStatements"][0]["SourcePolicyId"],
        "user_alice_e2e"
    );
    assert_eq!(results[0]["MatchedStatements"][0]["StartPosition"]["Line"], 1);
    assert_eq!(results[1]["EvalDecision"], "implicitDeny", "{results}");

    let simulate = [
        "iam",
        "simulate-custom-policy",
        "--policy-input-list",
        &custom,
        "--action-names",
        "ssm:GetParameter",
    ];
    let results = &server.aws_json(&root, &simulate)["EvaluationResults"];
    assert_eq!(results[0]["EvalDecision"], "implicitDeny");
    assert_eq!(results[0]["MissingContextValues"], json!(["aws:SourceIp"]));

    let unknown = [
        "iam",
        "simulate-principal-policy",
        "--policy-source-arn",
        "x".repeat(20).leak(),
        "--action-names",
        "ssm:GetParameter",
    ];
    assert!(
        server
            .aws(&root, &unknown)
            .error()
            .contains("does not clearly define entity type and name")
    );
}

#[test]
fn a_denied_read_of_a_secure_string_is_explained_even_after_a_restart() {
    let server = Server::start();
    let key = server.key();
    server.put("/app/password", "s3cr3t", Some(&key));
    let alice = server.user("alice", &allow("ssm:*"));
    let request = id(&read(&server, &alice));

    let server = server.stop().start();
    let (answer, code) = explained(&server.kagiban(&server.root(), &["explain", &request]));

    assert_eq!(
        (code, &answer["Recorded"]["Outcome"]),
        (1, &json!("denied")),
        "{answer:#}"
    );
    assert_eq!(answer["Recorded"]["PrincipalArn"], user_arn("alice"));
    assert_eq!(answer["Checks"][0]["ActionName"], "ssm:GetParameter");
    assert_eq!(answer["Checks"][0]["Decision"], "allowed");
    assert_eq!(answer["Checks"][0]["DecidedBy"]["Sid"], "Given");
    let decrypt = &answer["Checks"][1];
    assert_eq!(
        (&decrypt["ActionName"], &decrypt["Via"]),
        (&json!("kms:Decrypt"), &json!("ssm"))
    );
    assert_eq!(decrypt["ResourceArn"], key);
    assert_eq!(
        decrypt["MissingFrom"],
        json!(["identity-based policy"]),
        "{answer:#}"
    );
    let statement = decrypt["Remedies"][0]["Statement"].as_str().unwrap();

    // What it says would allow it does.
    let given: Value = serde_json::from_str(statement).unwrap();
    let document = policy(&json!([given]));
    let members = [
        ("UserName", "alice"),
        ("PolicyName", "key"),
        ("PolicyDocument", document.as_str()),
    ];
    server.iam(&server.root(), "PutUserPolicy", &members).ok();
    read(&server, &alice).ok();
    let (answer, code) = explained(&server.kagiban(&server.root(), &["explain", &request]));
    assert_eq!((code, &answer["Decision"]), (0, &json!("allowed")), "{answer:#}");
    assert!(
        answer["Notes"][0]
            .as_str()
            .unwrap()
            .contains("allow what was denied then")
    );
}

#[test]
fn a_key_policy_that_leaves_the_account_out_is_named() {
    let server = Server::start();
    let key = server.key();
    server.user("alice", &allow("*"));
    let own = policy(
        &json!([{"Effect": "Allow", "Principal": {"AWS": user_arn("alice")}, "Action": "kms:Get*", "Resource": "*"}]),
    );
    let put = json!({"KeyId": key, "Policy": own, "BypassPolicyLockoutSafetyCheck": true});
    server
        .call(&server.root(), "TrentService.PutKeyPolicy", &put)
        .ok();
    let alice = user_arn("alice");

    let arguments = [
        "explain",
        "--principal",
        &alice,
        "--action",
        "kms:Decrypt",
        "--resource",
        &key,
    ];
    let output = server.kagiban(&server.user("admin", &allow("iam:*")), &arguments);
    let (answer, code) = explained(&output);
    let check = &answer["Checks"][0];
    assert_eq!(
        (code, &check["MissingFrom"]),
        (1, &json!(["key policy"])),
        "{answer:#}"
    );
    assert_eq!(check["Remedies"][0]["AttachTo"], key);
    assert!(
        check["Remedies"][0]["Statement"]
            .as_str()
            .unwrap()
            .contains(&alice)
    );
}

#[test]
fn a_boundary_that_leaves_an_action_out_is_named() {
    let server = Server::start();
    let root = server.root();
    server.put("/app/password", "x", None);
    let alice = server.user("alice", &allow("ssm:*"));
    let document = policy(&allow("kms:*"));
    let members = [("PolicyName", "limit"), ("PolicyDocument", document.as_str())];
    server.iam(&root, "CreatePolicy", &members).ok();
    let limit = format!("arn:aws:iam::{ACCOUNT}:policy/limit");
    let members = [("UserName", "alice"), ("PermissionsBoundary", limit.as_str())];
    server.iam(&root, "PutUserPermissionsBoundary", &members).ok();

    let (answer, code) = explained(&server.kagiban(&root, &["explain", &id(&read(&server, &alice))]));
    let check = &answer["Checks"][0];
    assert_eq!(
        (code, &check["MissingFrom"]),
        (1, &json!(["permissions boundary"])),
        "{answer:#}"
    );
    assert_eq!(check["Remedies"][0]["AttachTo"], limit);
}

#[test]
fn a_session_policy_that_leaves_an_action_out_is_named() {
    let server = Server::start();
    let root = server.root();
    server.put("/app/password", "x", None);
    let alice = server.user("alice", &allow("sts:AssumeRole"));
    let role = server.role("app", &json!({"AWS": user_arn("alice")}), &allow("ssm:*"));
    let narrow = policy(&allow("kms:*"));
    let assume = [
        "sts",
        "assume-role",
        "--role-arn",
        &role,
        "--role-session-name",
        "s1",
        "--policy",
        &narrow,
    ];
    let session = Credentials::from_json(&server.aws_json(&alice, &assume)["Credentials"]);
    let request = id(&read(&server, &session));

    let (answer, code) = explained(&server.kagiban(&root, &["explain", &request]));
    assert_eq!(
        (code, &answer["Recorded"]["Rule"]),
        (1, &json!("no session policy")),
        "{answer:#}"
    );
    assert_eq!(
        answer["Checks"][0]["MissingFrom"],
        json!(["session policy"]),
        "{answer:#}"
    );
    // The session itself learns no more than it was told.
    let (answer, code) = explained(&server.kagiban(&session, &["explain", &request]));
    assert_eq!(
        (code, &answer["Recorded"]["Rule"], &answer["Checks"]),
        (1, &Value::Null, &Value::Null)
    );
}

#[test]
fn an_explicit_deny_in_a_group_is_named_and_read_only_by_who_may() {
    let server = Server::start();
    let root = server.root();
    server.put("/app/password", "x", None);
    let alice = server.user("alice", &allow("ssm:*"));
    let deny =
        policy(&json!([{"Sid": "NoSecrets", "Effect": "Deny", "Action": "ssm:Get*", "Resource": "*"}]));
    server.iam(&root, "CreateGroup", &[("GroupName", "limited")]).ok();
    let put = [
        ("GroupName", "limited"),
        ("PolicyName", "deny"),
        ("PolicyDocument", deny.as_str()),
    ];
    server.iam(&root, "PutGroupPolicy", &put).ok();
    let add = [("GroupName", "limited"), ("UserName", "alice")];
    server.iam(&root, "AddUserToGroup", &add).ok();
    let request = id(&read(&server, &alice));

    let (answer, code) = explained(&server.kagiban(&root, &["explain", &request]));
    let decided = &answer["Checks"][0]["DecidedBy"];
    assert_eq!((code, &answer["Decision"]), (1, &json!("explicitDeny")));
    assert_eq!(
        decided["AttachedTo"],
        format!("arn:aws:iam::{ACCOUNT}:group/limited")
    );
    assert_eq!(
        (&decided["Sid"], &decided["PolicyName"]),
        (&json!("NoSecrets"), &json!("deny"))
    );
    assert!(decided["Text"].as_str().unwrap().contains("ssm:Get*"));

    let helper = server.user("helper", &allow("iam:SimulatePrincipalPolicy"));
    let (answer, _) = explained(&server.kagiban(&helper, &["explain", &request]));
    let decided = &answer["Checks"][0]["DecidedBy"];
    assert_eq!(
        (&decided["Sid"], &decided["Text"]),
        (&json!("NoSecrets"), &Value::Null)
    );
}

#[test]
fn a_stranger_learns_nothing() {
    let server = Server::start();
    server.put("/app/password", "x", None);
    let alice = server.user("alice", &allow("ssm:*"));
    let stranger = server.user("mallory", &allow("ssm:*"));
    let request = id(&read(&server, &alice).ok());

    let refused = server.kagiban(&stranger, &["explain", &request]);
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""));
    let unknown = server.kagiban(&stranger, &["explain", "00000000-0000-4000-8000-000000000000"]);
    assert_eq!(
        refused.stderr, unknown.stderr,
        "neither is told apart from the other"
    );
    let (alice, resource) = (user_arn("alice"), parameter());
    let arguments = [
        "explain",
        "--principal",
        &alice,
        "--action",
        "ssm:GetParameter",
        "--resource",
        &resource,
    ];
    let refused = server.kagiban(&stranger, &arguments);
    assert_eq!((refused.code, refused.stdout.as_str()), (4, ""));
    assert!(
        refused
            .stderr
            .contains("is not authorized to perform: iam:SimulatePrincipalPolicy"),
        "{refused:?}"
    );

    let (answer, code) = explained(&server.kagiban(&server.root(), &["explain", &request]));
    assert_eq!((code, &answer["Decision"]), (0, &json!("allowed")));
}

#[test]
fn conditions_that_nearly_allow_are_shown_with_what_they_ask_for() {
    let server = Server::start();
    let condition = json!([{"Effect": "Allow", "Action": "ssm:Get*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]);
    server.user("alice", &condition);
    let (alice, resource) = (user_arn("alice"), parameter());
    let ask = |address: &str| {
        let context = format!("aws:SourceIp={address}");
        let arguments = [
            "explain",
            "--principal",
            &alice,
            "--action",
            "ssm:GetParameter",
            "--resource",
            &resource,
            "--context",
            &context,
        ];
        explained(&server.kagiban(&server.root(), &arguments))
    };
    let (answer, code) = ask("192.0.2.7");
    let unmet = &answer["Checks"][0]["NearMisses"][0]["Unmet"][0];
    assert_eq!((code, &unmet["Key"]), (1, &json!("aws:SourceIp")), "{answer:#}");
    assert_eq!(
        (&unmet["Wanted"], &unmet["Found"]),
        (&json!(["10.0.0.0/8"]), &json!(["192.0.2.7"]))
    );
    assert_eq!(ask("10.1.1.1").1, 0);
}

#[test]
fn the_aws_cli_takes_the_model_of_our_own_service() {
    let server = Server::start();
    let root = server.root();
    server.user("alice", &allow("ssm:*"));
    let model = format!("file://{}", own_model().display());
    server.aws_text(&root, &["configure", "add-model", "--service-model", &model]);
    let (alice, resource) = (user_arn("alice"), parameter());
    let explain = [
        "kagiban",
        "explain-access",
        "--principal-arn",
        &alice,
        "--action-name",
        "ssm:GetParameter",
        "--resource-arn",
        &resource,
    ];
    assert_eq!(server.aws_json(&root, &explain)["Decision"], "allowed");
}

#[test]
fn what_is_amiss_with_the_surroundings_is_said_plainly() {
    let server = Server::start();
    let mut command = server.client(&server.root(), &crate::harness::cli_binary());
    command
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .args(["explain", "x"]);
    let output = Output::of(&mut command);
    assert!(
        output.code == 4 && output.stderr.contains("http://127.0.0.1:1 cannot be reached"),
        "{output:?}"
    );

    let home = server.scratch("home");
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    std::fs::write(
        home.join(".aws/config"),
        "[profile r]\nrole_arn = x\nsource_profile = y\n",
    )
    .unwrap();
    let output = server.kagiban(&server.root(), &["explain", "x", "--profile", "r"]);
    assert!(
        output.code == 3 && output.stderr.contains("names the source_profile `y`"),
        "{output:?}"
    );
    let output = server.kagiban(&server.root(), &["explain"]);
    assert_eq!(output.code, 2, "{output:?}");
}

#[test]
fn who_is_denied_is_told_what_to_ask_about() {
    let server = Server::start();
    let little = json!([{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]);
    let alice = server.user("alice", &little);
    let role = server.role("reader", &json!({"AWS": ACCOUNT}), &little);
    let config = [
        profile_at(&server.url(), "j", ""),
        profile_at(
            &server.url(),
            "r",
            &format!("source_profile = j\nrole_arn = {role}"),
        ),
    ];
    let workstation = Workstation::new(&config.concat());
    let put = ["param", "set", "/x", "v", "--type", "String"];
    server.kagiban(&server.root(), &put).text();
    let told_of = |output: Output| {
        assert_eq!(output.code, 4, "{output:?}");
        let hint = output.stderr.lines().last().unwrap();
        let id = hint.strip_prefix("hint: an administrator can allow it; `kagiban explain ");
        let id = id.and_then(|rest| rest.strip_suffix("` tells them why"));
        id.unwrap_or_else(|| panic!("{output:?}")).to_owned()
    };
    workstation.add("j", &alice);
    let ids = [
        told_of(server.kagiban(&alice, &["param", "get", "/x"])),
        told_of(workstation.run(&["exec", "r", "--", "true"])),
    ];
    for (id, action) in ids.iter().zip(["ssm:GetParameter", "sts:AssumeRole"]) {
        let explained = server.kagiban(&server.root(), &["explain", id]);
        assert_eq!(explained.code, 1, "{explained:?}");
        assert!(explained.stdout.contains(action), "{explained:?}");
    }
}
