//! Roles and keys, where the resource's own policy is the root of trust.

use crate::callers::{ALICE, PROVIDER, ROLE, ROOT_A, alice, bob, root, session, stranger, vouched};
use crate::scene::{Scene, allow, allow_all, deny, scene, statement, to, when};
use kagiban_policy::{Principal, Reach};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn assume(principal: Principal<'static>) -> Scene {
    scene(principal, "sts:AssumeRole", ROLE)
}

fn trusting(principal: &str) -> String {
    to(statement("Allow", &[("Action", "\"sts:AssumeRole\"")]), principal)
}

fn decrypt(principal: Principal<'static>) -> Scene {
    scene(principal, "kms:Decrypt", KEY)
}

#[test]
fn trusting_the_account_delegates_and_trusting_a_caller_suffices() {
    assume(alice()).trust(&[trusting(ROOT_A)]).expect("IMPL identity");
    assume(alice())
        .trust(&[trusting(ROOT_A)])
        .identity(&[allow("sts:AssumeRole", ROLE)])
        .expect("ALLOW");
    assume(alice()).trust(&[trusting(ALICE)]).expect("ALLOW");
    assume(alice())
        .trust(&[trusting(ALICE)])
        .identity(&[deny("sts:AssumeRole", "*")])
        .expect("EXPL identity");
}

#[test]
fn without_trust_not_even_an_administrator_assumes() {
    assume(bob())
        .trust(&[trusting(ALICE)])
        .identity(&[allow_all()])
        .expect("IMPL resource");
    assume(root()).trust(&[trusting(ALICE)]).expect("IMPL resource");
    assume(session())
        .trust(&[trusting(ALICE)])
        .identity(&[allow_all()])
        .expect("IMPL resource");
    assume(session()).trust(&[trusting(ROLE)]).expect("ALLOW");
}

#[test]
fn whoever_an_identity_provider_vouches_for_needs_that_provider_named() {
    let with_token = || scene(vouched(), "sts:AssumeRoleWithWebIdentity", ROLE);
    let trusting = |principal: &str| {
        [to(
            statement("Allow", &[("Action", "\"sts:AssumeRoleWithWebIdentity\"")]),
            principal,
        )]
    };
    let provider = format!(r#"{{"Federated":"{PROVIDER}"}}"#);
    assert_eq!(with_token().trust(&trusting(&provider)).verdict(), "ALLOW");
    assert_eq!(with_token().trust(&trusting("\"*\"")).verdict(), "IMPL resource");
    let [allowing] = trusting(&provider);
    let denying = to(statement("Deny", &[("Action", "\"sts:*\"")]), "\"*\"");
    assert_eq!(
        with_token().trust(&[allowing, denying]).verdict(),
        "EXPL resource"
    );
}

#[test]
fn without_the_account_in_it_a_key_policy_decides_alone() {
    let only = || [to(allow("kms:Decrypt", "*"), ALICE)];
    decrypt(bob())
        .key_policy(&only())
        .identity(&[allow_all()])
        .expect("IMPL resource");
    decrypt(alice()).key_policy(&only()).expect("ALLOW");
    scene(alice(), "kms:Encrypt", KEY)
        .key_policy(&only())
        .expect("IMPL resource");
    scene(root(), "kms:DescribeKey", KEY)
        .key_policy(&only())
        .expect("IMPL resource");
    scene(root(), "kms:DescribeKey", KEY)
        .key_policy(&[to(allow("kms:*", "*"), ROOT_A)])
        .expect("ALLOW");
}

#[test]
fn a_grant_allows_unless_something_denies() {
    let only = || [to(allow("kms:*", "*"), ALICE)];
    for who in [bob(), stranger()] {
        let granted = || decrypt(who).key_policy(&only()).granted(Reach::Direct);
        granted().expect("ALLOW");
        granted()
            .identity(&[deny("kms:Decrypt", "*")])
            .expect("EXPL identity");
        decrypt(who)
            .key_policy(&[to(deny("kms:*", "*"), "*")])
            .granted(Reach::Direct)
            .expect("EXPL resource");
    }
}

#[test]
fn a_grant_to_a_role_is_limited_by_the_sessions_own_terms() {
    let granted = || {
        decrypt(session())
            .key_policy(&[to(allow("kms:*", "*"), ALICE)])
            .granted(Reach::Role)
    };
    granted().expect("ALLOW");
    granted().session(&[allow("ssm:*", "*")]).expect("IMPL session");
    granted().boundary(&[allow("ssm:*", "*")]).expect("IMPL boundary");
}

#[test]
fn a_grant_to_an_account_delegates_to_its_policies() {
    for who in [bob(), stranger()] {
        let granted = || {
            decrypt(who)
                .key_policy(&[to(allow("kms:*", "*"), ALICE)])
                .granted(Reach::Account)
        };
        granted().expect("IMPL identity");
        granted().identity(&[allow("kms:*", KEY)]).expect("ALLOW");
    }
    decrypt(root())
        .key_policy(&[to(allow("kms:*", "*"), ALICE)])
        .granted(Reach::Account)
        .expect("ALLOW");
}

#[test]
fn a_key_used_through_a_service_is_not_usable_directly() {
    let default_key = when(
        to(allow("kms:Decrypt", "*"), "*"),
        "StringEquals",
        "kms:ViaService",
        "ssm.us-east-1.amazonaws.com",
    );
    let read = || decrypt(alice()).key_policy(std::slice::from_ref(&default_key));
    assert_eq!(
        read()
            .with("kms:ViaService", "ssm.us-east-1.amazonaws.com")
            .verdict(),
        "ALLOW"
    );
    assert_eq!(read().verdict(), "IMPL resource");
}
