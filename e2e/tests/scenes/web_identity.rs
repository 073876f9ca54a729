//! Roles assumed with tokens of an issuer that is not ours, by clients that have nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    ACCOUNT, Answer, Credentials, Issuer, Output, Request, Server, SigningKey, Stopped, at, files_below,
    policy, unsigned, venv_binary,
};

pub(super) const RS: SigningKey = SigningKey {
    algorithm: "RS256",
    id: "rs",
};
const ES: SigningKey = SigningKey {
    algorithm: "ES256",
    id: "es",
};
const SUBJECT: &str = "repo:team/app:ref:main";

/// A server that asks the issuer, and a role `ci` that trusts its subjects `repo:team/…`.
pub(super) struct Scene {
    pub(super) server: Server,
    pub(super) issuer: Issuer,
}

impl Scene {
    pub(super) fn start(fetch: &str) -> Self {
        let issuer = Issuer::start(&[RS, ES]);
        let authority = issuer.authority();
        Self::trusting(&authority, issuer, fetch)
    }

    fn trusting(authority: &Path, issuer: Issuer, fetch: &str) -> Self {
        let stopped = Stopped::new();
        let mut command = stopped.command();
        command
            .env("SSL_CERT_FILE", authority)
            .env("KAGIBAN_ISSUER_FETCH", fetch);
        let server = stopped.start_with(command);
        let root = server.root();
        let make = ["iam", "create-open-id-connect-provider", "--url", &issuer.url()];
        server.aws_json(&root, &[&make[..], &["--client-id-list", "kagiban"]].concat());
        let scene = Self { server, issuer };
        let trust = scene.trust();
        let make = ["iam", "create-role", "--role-name", "ci"];
        let with = ["--assume-role-policy-document", &trust];
        scene.server.aws_json(&root, &[&make[..], &with].concat());
        let read = policy(&json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}]));
        let members = [
            ("RoleName", "ci"),
            ("PolicyName", "read"),
            ("PolicyDocument", &read),
        ];
        scene.server.iam(&root, "PutRolePolicy", &members).ok();
        scene.server.put("/app/url", "postgres://db", None);
        scene
    }

    fn provider(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{}", self.issuer.host())
    }

    fn trust(&self) -> String {
        let key = |claim: &str| format!("{}:{claim}", self.issuer.host());
        policy(&json!([{
            "Effect": "Allow",
            "Principal": {"Federated": self.provider()},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {key("aud"): "kagiban"}, "StringLike": {key("sub"): "repo:team/*"}},
        }]))
    }

    pub(super) fn token(&self, key: SigningKey) -> String {
        self.issuer.token(key, &self.issuer.claims(SUBJECT))
    }

    /// The AWS CLI of somebody who has no key at all.
    fn nobodys_cli(&self) -> Command {
        let mut command = self.server.client(&self.server.root(), &venv_binary("aws"));
        command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env("AWS_MAX_ATTEMPTS", "1");
        command
    }

    fn assume(&self, token: &str) -> Output {
        let mut command = self.nobodys_cli();
        command.args(["sts", "assume-role-with-web-identity", "--output", "json"]);
        command.args(["--role-arn", ROLE, "--role-session-name", "run-1"]);
        Output::of(command.args(["--web-identity-token", token]))
    }

    /// Asserts that a token gives a session that reads the parameter; returns what STS said.
    #[track_caller]
    fn assert_good(&self, token: &str) -> Value {
        let session = self.assume(token).json();
        let who = Credentials::from_json(&session["Credentials"]);
        let get = [
            "ssm",
            "get-parameter",
            "--name",
            "/app/url",
            "--query",
            "Parameter.Value",
        ];
        assert_eq!(self.server.aws_text(&who, &get), "postgres://db");
        session
    }

    #[track_caller]
    fn assert_refused(&self, token: &str, code: &str, sentence: &str) {
        let refused = self.assume(token);
        let expected = format!(
            "An error occurred ({code}) when calling the AssumeRoleWithWebIdentity operation: {sentence}"
        );
        // The CLI would repeat some of them, if it were let.
        let said = refused.error().replace(" (reached max retries: 0)", "");
        assert_eq!(said, expected);
    }

    fn put_keys(&self, who: &Credentials, keys: &str) -> Output {
        let provider = self.provider();
        let put = ["kagiban", "put-open-id-connect-provider-keys"];
        let which = ["--open-id-connect-provider-arn", &provider, "--keys", keys];
        self.server.aws(who, &[&put[..], &which].concat())
    }
}

pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/ci";
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";
const DOWN: &str = "The identity provider could not be reached to verify the incoming identity token";

#[test]
fn a_token_alone_begins_a_session_that_reads_a_parameter() {
    let scene = Scene::start("anywhere");

    for key in [RS, ES] {
        let session = scene.assert_good(&scene.token(key));
        assert_eq!(session["SubjectFromWebIdentityToken"], SUBJECT);
        assert_eq!(session["Audience"], "kagiban");
        assert_eq!(session["Provider"], scene.provider());
        let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/ci/run-1");
        assert_eq!(session["AssumedRoleUser"]["Arn"], arn);
    }

    let who = format!("{}:kagiban:{SUBJECT}", scene.provider());
    let stopped = scene.server.stop();
    let is_audit = |path: &std::path::PathBuf| path.to_string_lossy().contains("audit");
    let files = files_below(&stopped.data()).into_iter().filter(is_audit);
    let audit: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let assumed: Vec<_> = audit
        .lines()
        .filter(|line| line.contains("AssumeRoleWithWebIdentity"))
        .collect();
    assert_eq!(assumed.len(), 2, "{audit}");
    for line in assumed {
        assert!(line.contains(&who) && line.contains(ROLE), "{line}");
        assert!(line.contains(r#""outcome":"allowed""#), "{line}");
    }
}

#[test]
fn a_pods_token_file_and_role_are_all_that_the_cli_needs() {
    let scene = Scene::start("anywhere");
    let file = scene.server.scratch("pod").join("token");
    fs::write(&file, scene.token(RS)).unwrap();

    let mut command = scene.nobodys_cli();
    command
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", &file)
        .env("AWS_ROLE_ARN", ROLE)
        .env("AWS_ROLE_SESSION_NAME", "pod");
    command.args(["ssm", "get-parameter", "--name", "/app/url", "--output", "text"]);
    let value = Output::of(command.args(["--query", "Parameter.Value"])).text();
    assert_eq!(value, "postgres://db");
}

#[test]
fn a_token_that_does_not_hold_is_refused_in_awss_words() {
    let scene = Scene::start("anywhere");
    let with = |name: &str, value: Value| {
        let mut claims = scene.issuer.claims(SUBJECT);
        claims[name] = value;
        scene.issuer.token(RS, &claims)
    };

    let other = with("aud", json!("other"));
    scene.assert_refused(&other, "InvalidIdentityToken", "Incorrect token audience");
    let expired = scene.assume(&with("exp", json!(1_700_000_000)));
    assert!(
        expired
            .error()
            .starts_with("An error occurred (ExpiredTokenException)"),
        "{expired:?}"
    );
    assert!(
        expired
            .error()
            .ends_with("must be before the expiration date/time 1700000000"),
        "{expired:?}"
    );
    let stranger = with("iss", json!("https://issuer.example"));
    let sentence = "No OpenIDConnect provider found in your account for https://issuer.example";
    scene.assert_refused(&stranger, "InvalidIdentityToken", sentence);
    let none = unsigned(
        &json!({"alg": "none", "kid": "rs"}),
        &scene.issuer.claims(SUBJECT),
    );
    let sentence =
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
    scene.assert_refused(&format!("{none}."), "InvalidIdentityToken", sentence);

    // The right name, another key; and a signature over other claims.
    let good = scene.token(RS);
    scene.issuer.make(RS);
    let forged = scene.token(RS);
    scene.assert_refused(&forged, "InvalidIdentityToken", "Invalid token signature");
    let (_, signature) = good.rsplit_once('.').unwrap();
    let header = json!({"alg": "RS256", "kid": "rs"});
    let changed = unsigned(&header, &scene.issuer.claims("repo:team/other"));
    let changed = format!("{changed}.{signature}");
    scene.assert_refused(&changed, "InvalidIdentityToken", "Invalid token signature");
    scene.assert_good(&good);
}

#[test]
fn the_trust_policy_decides_about_the_subject() {
    let scene = Scene::start("anywhere");
    let outsider = scene.issuer.token(ES, &scene.issuer.claims("repo:elsewhere/app"));
    let sentence = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    scene.assert_refused(&outsider, "AccessDenied", sentence);
    scene.assert_good(&scene.token(ES));
}

#[test]
fn an_issuer_that_is_down_is_told_apart_and_its_keys_live_on() {
    let mut scene = Scene::start("anywhere");
    let good = scene.token(RS);
    scene.assert_good(&good);
    scene.issuer.close();
    scene.assert_good(&good);

    let mut never_asked = Scene::start("anywhere");
    let good = never_asked.token(RS);
    never_asked.issuer.close();
    never_asked.assert_refused(&good, "IDPCommunicationError", DOWN);
}

#[test]
fn neither_this_machine_nor_an_issuer_without_a_known_certificate_is_asked() {
    let forbidden = Scene::start("network");
    forbidden.assert_refused(&forbidden.token(RS), "IDPCommunicationError", DOWN);
    assert!(
        forbidden.server.log().contains("issuer-fetch"),
        "{}",
        forbidden.server.log()
    );

    let other = Issuer::start(&[]);
    let unproven = Scene::trusting(&other.authority(), Issuer::start(&[RS, ES]), "anywhere");
    unproven.assert_refused(&unproven.token(RS), "IDPCommunicationError", DOWN);
    let log = unproven.server.log();
    assert!(log.contains("invalid peer certificate"), "{log}");
}

#[test]
fn a_key_that_the_issuer_changes_is_fetched_once_a_minute_has_passed() {
    let scene = Scene::start("anywhere");
    let old = scene.token(RS);
    scene.assert_good(&old);
    let new = SigningKey {
        algorithm: "RS256",
        id: "new",
    };
    scene.issuer.make(new);
    scene.issuer.publish(&[new]);
    let new = scene.token(new);

    scene.assert_refused(&new, "InvalidIdentityToken", NO_KEY);
    thread::sleep(Duration::from_secs(61));
    scene.assert_good(&new);
    scene.assert_refused(&old, "InvalidIdentityToken", NO_KEY);
}

/// A scene where nothing is fetched, whose clients know our own service.
fn cut_off() -> Scene {
    let mut scene = Scene::start("never");
    scene.issuer.close();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/server/src/kagiban/service-2.json");
    let model = format!("file://{}", model.display());
    let learn = ["configure", "add-model", "--service-model", &model];
    scene.server.aws_text(&scene.server.root(), &learn);
    scene
}

#[test]
fn keys_in_the_providers_record_need_no_issuer() {
    let scene = cut_off();
    let root = scene.server.root();
    let [rs, es] = [RS, ES].map(|key| scene.token(key));
    scene.assert_refused(&rs, "IDPCommunicationError", DOWN);

    let keys = format!("file://{}", scene.issuer.key_set().display());
    scene.put_keys(&root, &keys).text();
    scene.assert_good(&rs);
    scene.assert_good(&es);
    let provider = scene.provider();
    let tag = ["iam", "tag-open-id-connect-provider", "--tags", "Key=a,Value=b"];
    let which = ["--open-id-connect-provider-arn", &provider];
    scene.server.aws_text(&root, &[&tag[..], &which].concat());
    scene.assert_good(&rs);

    scene.put_keys(&root, "").text();
    scene.assert_refused(&rs, "IDPCommunicationError", DOWN);
}

#[test]
fn keys_are_put_by_those_who_may_and_only_if_they_are_keys() {
    let scene = cut_off();
    let root = scene.server.root();
    for (bad, why) in [
        ("{}", "a key set is a JSON object with a list named `keys`"),
        (
            r#"{"keys":[]}"#,
            "the key set has no key for RS256 (2048 bits or more) or ES256",
        ),
        (
            r#"{"keys":[{"kty":"RSA","d":"AA"}]}"#,
            "the key set holds a private key; publish the public one alone",
        ),
    ] {
        let refused = scene.put_keys(&root, bad);
        let expected = format!(
            "An error occurred (InvalidInputException) when calling the PutOpenIDConnectProviderKeys operation: {why}"
        );
        assert_eq!(refused.error(), expected);
    }

    let keys = format!("file://{}", scene.issuer.key_set().display());
    let all_of_ours = json!([{"Effect": "Allow", "Action": "kagiban:*", "Resource": "*"}]);
    let alice = scene.server.user("alice", &all_of_ours);
    let denied = scene.put_keys(&alice, &keys);
    let provider = scene.provider();
    let needed = format!(
        "is not authorized to perform: iam:UpdateOpenIDConnectProviderThumbprint on resource: {provider}"
    );
    assert!(denied.error().contains(&needed), "{denied:?}");

    let delete = ["iam", "delete-open-id-connect-provider"];
    let which = ["--open-id-connect-provider-arn", &provider];
    scene.server.aws_text(&root, &[&delete[..], &which].concat());
    let gone = scene.put_keys(&root, &keys);
    assert!(gone.error().contains("(ProviderNotFoundException)"), "{gone:?}");
}

#[test]
fn a_broken_signature_is_refused_as_such_though_the_token_is_good() {
    let scene = Scene::start("anywhere");
    let token = scene.token(RS);
    let members = [
        ("RoleArn", ROLE),
        ("RoleSessionName", "run-1"),
        ("WebIdentityToken", token.as_str()),
    ];
    let authority = scene.server.authority();
    let bare = Request::query("2011-06-15", "AssumeRoleWithWebIdentity", &members, &authority);
    let send = |request: &Request| -> Answer { scene.server.connect().send(request).unwrap() };
    send(&bare).ok();

    let root = scene.server.root();
    let signed = bare.clone().signed(&at(&root, "sts"));
    send(&signed).ok();
    let signature = signed.header("authorization").unwrap().to_owned();
    let (rest, _) = signature.split_once("Signature=").unwrap();
    let wrong = signed
        .clone()
        .with_header("authorization", &format!("{rest}Signature={}", "0".repeat(64)));
    send(&wrong).refused(403, "SignatureDoesNotMatch");
    let half = signed
        .clone()
        .with_header("authorization", rest.trim_end_matches([',', ' ']));
    send(&half).refused(400, "IncompleteSignature");
    let nonsense = bare.clone().with_header("authorization", "Bearer x");
    assert_ne!(send(&nonsense).status, 200);
    let stranger = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        ..root
    };
    send(&bare.clone().signed(&at(&stranger, "sts"))).refused(403, "InvalidClientTokenId");
    for target in ["/?X-Amz-Signature=00", "/?x-amz-algorithm=AWS4-HMAC-SHA256"] {
        let half = Request {
            target: target.into(),
            ..bare.clone()
        };
        assert_ne!(send(&half).status, 200, "{target}");
    }
}
