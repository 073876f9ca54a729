//! How a resource's own policy names the caller, and what that is worth.

use crate::callers::{
    ALICE, ALICE_ID, FEDERATED, ROLE, ROLE_ID, ROOT_A, ROOT_B, SESSION, alice, bob, federated, session,
    stranger,
};
use crate::scene::{Scene, allow, allow_all, deny, parameter, scene, to, with_element};
use kagiban_policy::Principal;

fn read(principal: Principal<'static>) -> Scene {
    scene(principal, "ssm:GetParameter", &parameter("x"))
}

fn naming(principal: &str) -> [String; 1] {
    [to(allow("ssm:*", "*"), principal)]
}

fn other() -> [String; 1] {
    [allow("kms:*", "*")]
}

#[test]
fn a_caller_named_directly_needs_nothing_else() {
    read(session())
        .resource_policy(&naming(SESSION))
        .session(&other())
        .expect("ALLOW");
    read(alice())
        .resource_policy(&naming(ALICE))
        .boundary(&other())
        .expect("ALLOW");
    read(alice())
        .resource_policy(&naming(ALICE_ID))
        .boundary(&other())
        .expect("ALLOW");
    read(alice()).resource_policy(&naming("*")).expect("ALLOW");
    read(alice()).resource_policy(&naming("\"*\"")).expect("ALLOW");
    read(federated())
        .resource_policy(&naming(FEDERATED))
        .expect("ALLOW");
}

#[test]
fn a_session_named_by_its_role_stays_within_its_limits() {
    for name in [ROLE, ROLE_ID] {
        let named = || read(session()).resource_policy(&naming(name));
        named().boundary(&other()).expect("IMPL boundary");
        named().session(&other()).expect("IMPL session");
        named().expect("ALLOW");
    }
    read(federated())
        .resource_policy(&naming(ALICE))
        .expect("IMPL session");
    read(federated())
        .resource_policy(&naming(ALICE))
        .session(&[allow_all()])
        .expect("ALLOW");
}

#[test]
fn naming_the_account_delegates_to_its_own_policies() {
    for account in [ROOT_A, "111122223333"] {
        read(alice())
            .resource_policy(&naming(account))
            .expect("IMPL identity");
        read(alice())
            .resource_policy(&naming(account))
            .identity(&[allow_all()])
            .expect("ALLOW");
    }
}

#[test]
fn between_accounts_both_sides_must_allow() {
    let carol = || read(stranger());
    carol().identity(&[allow_all()]).expect("IMPL resource");
    carol().resource_policy(&naming(ROOT_B)).expect("IMPL identity");
    carol()
        .identity(&[allow_all()])
        .resource_policy(&naming(ROOT_B))
        .expect("ALLOW");
    carol().resource_policy(&naming("*")).expect("IMPL identity");
    let all = carol().identity(&[allow_all()]).resource_policy(&naming("*"));
    all.boundary(&other()).expect("IMPL boundary");
}

#[test]
fn a_deny_for_all_but_some_spares_those_only() {
    let but = |principals: &str| {
        [with_element(
            deny("*", "*"),
            "NotPrincipal",
            &format!(r#"{{"AWS":{principals}}}"#),
        )]
    };
    let some = but(&format!(r#"["{ALICE}","{ROOT_A}"]"#));
    read(bob())
        .identity(&[allow_all()])
        .resource_policy(&some)
        .expect("EXPL resource");
    read(alice())
        .identity(&[allow_all()])
        .resource_policy(&some)
        .expect("ALLOW");
    let role = but(&format!(r#"["{ROLE}","{ROOT_A}"]"#));
    read(session())
        .identity(&[allow_all()])
        .resource_policy(&role)
        .expect("EXPL resource");
    let session_too = but(&format!(r#"["{ROLE}","{SESSION}","{ROOT_A}"]"#));
    read(session())
        .identity(&[allow_all()])
        .resource_policy(&session_too)
        .expect("ALLOW");
}

#[test]
fn an_allow_for_all_but_some_leaves_out_whoever_is_listed_in_any_form() {
    let but = |principal: &str| {
        [with_element(
            allow_all(),
            "NotPrincipal",
            &format!(r#"{{"AWS":"{principal}"}}"#),
        )]
    };
    assert_eq!(read(bob()).resource_policy(&but(ALICE)).verdict(), "ALLOW");
    assert_eq!(
        read(alice()).resource_policy(&but(ALICE)).verdict(),
        "IMPL identity"
    );
    assert_eq!(
        read(alice()).resource_policy(&but(ROOT_A)).verdict(),
        "IMPL identity"
    );
    assert_eq!(
        read(session()).resource_policy(&but(ROLE)).verdict(),
        "IMPL identity"
    );
}

#[test]
fn services_and_the_unsigned_have_the_resource_policy_alone() {
    let service = Principal::Service {
        name: "ec2.amazonaws.com",
    };
    let named = naming(r#"{"Service":["ssm.amazonaws.com","ec2.amazonaws.com"]}"#);
    assert_eq!(read(service).resource_policy(&named).verdict(), "ALLOW");
    assert_eq!(
        read(service)
            .resource_policy(&naming(ROOT_A))
            .identity(&[allow_all()])
            .verdict(),
        "IMPL resource"
    );
    assert_eq!(
        read(Principal::Anonymous).resource_policy(&naming("*")).verdict(),
        "ALLOW"
    );
    assert_eq!(
        read(Principal::Anonymous).resource_policy(&named).verdict(),
        "IMPL resource"
    );
    assert_eq!(
        read(alice())
            .resource_policy(&naming(r#"{"CanonicalUser":"79a5"}"#))
            .verdict(),
        "IMPL identity"
    );
}
