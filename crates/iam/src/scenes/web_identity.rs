//! Roles assumed with tokens of identity providers.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kagiban_aws::Fault;
use serde_json::{Value, json};

use crate::operations::{CreateOpenIDConnectProvider, DeleteOpenIDConnectProvider, GetRole, ListRoles};
use crate::sts::web_identity::KeySet;
use crate::sts::wire::{AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse};
use crate::sts::{AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity};
use crate::testing::{A, Credentials, World, allowing, document};
use crate::wire;

const ISSUER: &str = "https://issuer.example/x";
const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/issuer.example/x";

/// An issuer with a key of its own.
struct Issuer(EcdsaKeyPair);

impl Issuer {
    fn new() -> Issuer {
        Issuer(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn keys(&self) -> KeySet {
        let point = self.0.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let keys = json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "x": x, "y": y}]});
        KeySet::parse(keys.to_string().as_bytes()).unwrap()
    }

    fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "ES256", "kid": "1"});
        let parts = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let message = parts.join(".");
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Claims that are good, with those of `more` instead of or beside them.
fn claims(world: &World, more: &Value) -> Value {
    let now = world.facts.now.seconds();
    let mut claims = json!({
        "iss": ISSUER, "sub": "repo:a/b", "aud": "app", "iat": now, "exp": now + 600, "email": "a@b.example"
    });
    let Value::Object(more) = more else {
        panic!("claims are an object");
    };
    for (name, value) in more {
        claims[name.as_str()] = value.clone();
    }
    claims
}

/// Trust in whom the provider says is `repo:a/…`.
fn trust() -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}"}},"Action":"sts:AssumeRoleWithWebIdentity",
        "Condition":{{"StringLike":{{"issuer.example/x:sub":"repo:a/*"}},"StringEquals":{{"issuer.example/x:aud":"app"}}}}}}"#
    )
}

/// A provider whose keys are known, and a role `app` that trusts it in these words.
fn scene(trust: &str) -> (World, Issuer) {
    let mut world = World::new();
    let make = wire::CreateOpenIDConnectProviderRequest {
        url: Some(ISSUER.to_owned()),
        client_id_list: Some(vec!["app".to_owned()]),
        ..Default::default()
    };
    world
        .run::<CreateOpenIDConnectProvider>(&World::root(A), make)
        .unwrap();
    world.role("app", trust).unwrap();
    let issuer = Issuer::new();
    let url = ISSUER.parse().unwrap();
    let answer = Some((issuer.keys(), Duration::from_secs(3600)));
    let now = world.facts.now;
    world.issuers.learn(&url, answer, now);
    (world, issuer)
}

fn assume(
    world: &mut World,
    who: &Credentials,
    token: String,
    rest: AssumeRoleWithWebIdentityRequest,
) -> Result<(Credentials, AssumeRoleWithWebIdentityResponse), Fault> {
    let request = AssumeRoleWithWebIdentityRequest {
        role_arn: Some(rest.role_arn.unwrap_or(format!("arn:aws:iam::{A}:role/app"))),
        role_session_name: Some("s1".to_owned()),
        web_identity_token: Some(token.into()),
        ..rest
    };
    let response = world.run::<AssumeRoleWithWebIdentity>(who, request)?;
    let credentials = World::session_of(response.credentials.clone().unwrap());
    Ok((credentials, response))
}

/// `Code: message` of a token that must be refused.
fn refusal(world: &mut World, token: String) -> String {
    let nobody = World::nobody();
    let fault = assume(world, &nobody, token, Default::default()).unwrap_err();
    format!("{}: {}", fault.code, fault.message.unwrap_or_default())
}

#[test]
fn a_token_is_all_that_it_takes() {
    let (mut world, issuer) = scene(&trust());
    let token = issuer.token(&claims(&world, &json!({})));
    let nobody = World::nobody();
    let (session, response) = assume(&mut world, &nobody, token, Default::default()).unwrap();
    assert_eq!(
        response.subject_from_web_identity_token.as_deref(),
        Some("repo:a/b")
    );
    assert_eq!(response.audience.as_deref(), Some("app"));
    assert_eq!(response.provider.as_deref(), Some(PROVIDER));
    assert_eq!(response.packed_policy_size, None);
    let identity = world.run::<GetCallerIdentity>(&session, Default::default());
    let arn = format!("arn:aws:sts::{A}:assumed-role/app/s1");
    assert_eq!(identity.unwrap().arn, Some(arn));
}

#[test]
fn whoever_signs_has_no_part_in_it() {
    let (mut world, issuer) = scene(&trust());
    let alice = world.user("alice");
    world.allow(A, "alice", r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#);
    let token = issuer.token(&claims(&world, &json!({})));
    assume(&mut world, &alice, token, Default::default()).unwrap();
    let root = World::root(A);
    let token = issuer.token(&claims(&world, &json!({})));
    assume(&mut world, &root, token, Default::default()).unwrap();
    // And the other way round: an administrator's rights do not stand in for the trust.
    world.allow(A, "alice", &allowing("*"));
    let token = issuer.token(&claims(&world, &json!({"sub": "repo:b/b"})));
    assume(&mut world, &alice, token, Default::default()).unwrap_err();
}

#[test]
fn a_token_that_is_not_right_is_refused_in_awss_words() {
    let (mut world, issuer) = scene(&trust());
    let now = world.facts.now.seconds();
    let invalid = [
        (json!({"aud": "other"}), "Incorrect token audience"),
        (json!({"aud": ["app", "other"]}), "Incorrect token audience"),
        (json!({"azp": "other"}), "Incorrect token audience"),
        (json!({"aud": null}), "Missing a required claim: aud"),
        (json!({"sub": null}), "Missing a required claim: sub"),
        (json!({"sub": "a\u{0}b"}), "The subject of the token is invalid"),
        (json!({"exp": null}), "Missing a required claim: exp"),
        (json!({"iss": null}), "Missing a required claim: iss"),
        (
            json!({"iss": "https://issuer.example"}),
            "No OpenIDConnect provider found in your account for https://issuer.example",
        ),
        (
            json!({"iss": "http://issuer.example/x"}),
            "No OpenIDConnect provider found in your account for http://issuer.example/x",
        ),
    ];
    for (more, sentence) in invalid {
        let token = issuer.token(&claims(&world, &more));
        assert_eq!(
            refusal(&mut world, token),
            format!("InvalidIdentityToken: {sentence}")
        );
    }
    let token = issuer.token(&claims(&world, &json!({"exp": now})));
    assert_eq!(
        refusal(&mut world, token),
        format!(
            "ExpiredTokenException: Token expired: current date/time {now} must be before the expiration date/time {now}"
        )
    );
    for early in ["nbf", "iat"] {
        let token = issuer.token(&claims(&world, &json!({early: now + 61})));
        assert_eq!(
            refusal(&mut world, token),
            "IDPRejectedClaim: The token is not valid yet"
        );
        let token = issuer.token(&claims(&world, &json!({early: now + 60})));
        assume(&mut world, &World::nobody(), token, Default::default()).unwrap();
    }
}

#[test]
fn one_of_several_audiences_counts_if_it_is_the_authorized_party() {
    let (mut world, issuer) = scene(&trust());
    let more = json!({"aud": ["other", "app"], "azp": "app"});
    let token = issuer.token(&claims(&world, &more));
    assume(&mut world, &World::nobody(), token, Default::default()).unwrap();
    let token = issuer.token(&claims(&world, &json!({"aud": ["app"]})));
    assume(&mut world, &World::nobody(), token, Default::default()).unwrap();
}

#[test]
fn a_signature_by_another_key_or_over_other_claims_is_refused() {
    let (mut world, issuer) = scene(&trust());
    let good = claims(&world, &json!({}));
    let refused = "InvalidIdentityToken: Invalid token signature";
    assert_eq!(refusal(&mut world, Issuer::new().token(&good)), refused);
    let token = issuer.token(&good);
    let other = issuer.token(&claims(&world, &json!({"sub": "repo:a/c"})));
    let (message, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    assert_eq!(refusal(&mut world, format!("{message}.{signature}")), refused);
    assert_eq!(refusal(&mut world, format!("{message}.")), refused);
}

#[test]
fn an_unknown_key_and_an_issuer_that_is_down_are_told_apart() {
    let (mut world, issuer) = scene(&trust());
    let good = claims(&world, &json!({}));
    let token = issuer.token(&good);
    let (_, rest) = token.split_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","kid":"2"}"#);
    assert!(refusal(&mut world, format!("{header}.{rest}")).starts_with(
        "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please"
    ));
    world.issuers = Default::default();
    assert!(refusal(&mut world, token).starts_with("IDPCommunicationError: "));
}

#[test]
fn the_trust_policy_decides_about_the_subject_and_a_missing_role_is_no_different() {
    let (mut world, issuer) = scene(&trust());
    let refused = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
    let token = issuer.token(&claims(&world, &json!({"sub": "repo:b/b"})));
    assert_eq!(refusal(&mut world, token), refused);
    let token = issuer.token(&claims(&world, &json!({})));
    let missing = AssumeRoleWithWebIdentityRequest {
        role_arn: Some(format!("arn:aws:iam::{A}:role/none")),
        ..Default::default()
    };
    let fault = assume(&mut world, &World::nobody(), token, missing).unwrap_err();
    assert_eq!((fault.code, fault.status), ("AccessDenied", 403));
    assert_eq!(
        fault.message.unwrap(),
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
}

#[test]
fn a_role_that_trusts_an_account_or_another_provider_is_not_open_to_tokens() {
    for principal in [
        format!(r#"{{"AWS":"{A}"}}"#),
        r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/issuer.example"}"#.to_owned(),
        r#"{"Service":"ec2.amazonaws.com"}"#.to_owned(),
    ] {
        let trust = format!(
            r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRoleWithWebIdentity"}}"#
        );
        let (mut world, issuer) = scene(&trust);
        let token = issuer.token(&claims(&world, &json!({})));
        assert_eq!(
            refusal(&mut world, token),
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
        );
    }
}

#[test]
fn claims_are_condition_keys_and_cannot_pass_for_the_callers_own() {
    let with = |condition: &str| {
        let trust = trust().replace(r#""Condition":{"#, &format!(r#""Condition":{{{condition},"#));
        let (mut world, issuer) = scene(&trust);
        let more = json!({"Sub": "x", "groups": ["a", "b"], "verified": true, "aws:username": "alice"});
        let token = issuer.token(&claims(&world, &more));
        assume(&mut world, &World::nobody(), token, Default::default()).is_ok()
    };
    assert!(with(
        r#""StringEqualsIgnoreCase":{"issuer.example/x:email":"A@B.example"}"#
    ));
    assert!(with(
        r#""ForAnyValue:StringEquals":{"issuer.example/x:groups":"b"}"#
    ));
    assert!(with(r#""Bool":{"issuer.example/x:verified":"true"}"#));
    assert!(with(&format!(
        r#""ArnEquals":{{"aws:FederatedProvider":"{PROVIDER}"}}"#
    )));
    assert!(with(r#""StringNotEquals":{"sts:RoleSessionName":"s2"}"#));
    assert!(with(
        r#""Null":{"aws:PrincipalArn":"true","aws:PrincipalType":"true","aws:userid":"true"}"#
    ));
    assert!(!with(r#""StringEqualsIgnoreCase":{"issuer.example/x:sub":"x"}"#));
    assert!(!with(
        r#""ForAnyValue:StringEquals":{"issuer.example/x:groups":"c"}"#
    ));
}

#[test]
fn a_session_remembers_who_was_vouched_for() {
    let (mut world, issuer) = scene(&trust());
    let may = |action: &str, key: &str, value: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"{action}","Resource":"*","Condition":{{"StringEquals":{{"{key}":"{value}"}}}}}}"#
        )
    };
    let statements = [
        may("iam:GetRole", "issuer.example/x:sub", "repo:a/b"),
        may("iam:ListRoles", "aws:FederatedProvider", PROVIDER),
        may("iam:ListUsers", "issuer.example/x:sub", "repo:b/b"),
    ];
    let put = wire::PutRolePolicyRequest {
        role_name: Some("app".to_owned()),
        policy_name: Some("p".to_owned()),
        policy_document: Some(document(&statements.join(","))),
    };
    world
        .run::<crate::operations::PutRolePolicy>(&World::root(A), put)
        .unwrap();
    let token = issuer.token(&claims(&world, &json!({})));
    let (session, _) = assume(&mut world, &World::nobody(), token, Default::default()).unwrap();
    let get = wire::GetRoleRequest {
        role_name: Some("app".to_owned()),
    };
    world.run::<GetRole>(&session, get).unwrap();
    world.run::<ListRoles>(&session, Default::default()).unwrap();
    world.refused::<crate::operations::ListUsers>(&session, Default::default());
}

#[test]
fn session_policies_narrow_and_the_session_lives_as_long_as_the_role_allows() {
    let (mut world, issuer) = scene(&trust());
    let put = wire::PutRolePolicyRequest {
        role_name: Some("app".to_owned()),
        policy_name: Some("p".to_owned()),
        policy_document: Some(document(&allowing("iam:*"))),
    };
    world
        .run::<crate::operations::PutRolePolicy>(&World::root(A), put)
        .unwrap();
    let token = issuer.token(&claims(&world, &json!({})));
    let narrowed = AssumeRoleWithWebIdentityRequest {
        policy: Some(document(&allowing("iam:GetRole"))),
        ..Default::default()
    };
    let (session, response) = assume(&mut world, &World::nobody(), token.clone(), narrowed).unwrap();
    assert!(response.packed_policy_size.is_some());
    world.refused::<ListRoles>(&session, Default::default());

    // Signed with temporary credentials: not a chained role all the same, but what follows it is one.
    let long = |seconds: i32| AssumeRoleWithWebIdentityRequest {
        duration_seconds: Some(seconds),
        ..Default::default()
    };
    let refused = assume(&mut world, &session, token.clone(), long(3601)).unwrap_err();
    assert_eq!(
        refused.message.unwrap(),
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
    assume(&mut world, &session, token, long(3600)).unwrap();
    let chained = crate::sts::wire::AssumeRoleRequest {
        role_arn: Some(format!("arn:aws:iam::{A}:role/app")),
        role_session_name: Some("s2".to_owned()),
        ..Default::default()
    };
    world.refused::<AssumeRole>(&session, chained);
}

#[test]
fn tags_and_source_identity_of_a_token_need_to_be_trusted_as_well() {
    let tagging = json!({
        "https://aws.amazon.com/tags": {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]},
        "https://aws.amazon.com/source_identity": "alice",
    });
    let (mut world, issuer) = scene(&trust());
    let token = issuer.token(&claims(&world, &tagging));
    assert!(refusal(&mut world, token).starts_with("AccessDenied: Not authorized to perform sts:TagSession"));

    let wider = trust().replace(
        r#""sts:AssumeRoleWithWebIdentity""#,
        r#"["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"]"#,
    );
    let (mut world, issuer) = scene(&wider);
    let token = issuer.token(&claims(&world, &tagging));
    let (session, response) = assume(&mut world, &World::nobody(), token, Default::default()).unwrap();
    assert_eq!(response.source_identity.as_deref(), Some("alice"));
    let caller = world.caller(&session).unwrap();
    let claimed = caller.claims().unwrap();
    assert_eq!(claimed.tags[0].value, "red");
    assert_eq!(claimed.transitive_tag_keys, ["team"]);
    let bad = json!({"https://aws.amazon.com/tags": {"principal_tags": {"team": ["red", "blue"]}}});
    let token = issuer.token(&claims(&world, &bad));
    assert!(refusal(&mut world, token).starts_with("IDPRejectedClaim: "));
}

#[test]
fn without_the_provider_its_tokens_are_nothing() {
    let (mut world, issuer) = scene(&trust());
    let delete = wire::DeleteOpenIDConnectProviderRequest {
        open_id_connect_provider_arn: Some(PROVIDER.to_owned()),
    };
    world
        .run::<DeleteOpenIDConnectProvider>(&World::root(A), delete)
        .unwrap();
    let token = issuer.token(&claims(&world, &json!({})));
    assert!(refusal(&mut world, token).contains("No OpenIDConnect provider found"));
    for token in ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        assert!(refusal(&mut world, token.to_owned()).contains("is not a valid JWT"));
    }
}
