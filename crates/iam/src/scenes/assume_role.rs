//! Rows 70 to 75 and 84 of the evaluator's table, and what STS adds.

use crate::operations::{DeleteAccessKey, DeleteRole, DeleteUser, GetRole, GetUser, ListAccessKeys};
use crate::sts::wire::{AssumeRoleRequest, PolicyDescriptorType, Tag};
use crate::sts::{AssumeRole, GetCallerIdentity};
use crate::testing::{A, B, Credentials, World, allowing, document, trusting};
use crate::wire;

const REFUSED: &str = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/app";

fn alice_arn() -> String {
    format!("arn:aws:iam::{A}:user/alice")
}

/// Alice of account A, and a role `app` that trusts in these words.
fn scene(trust: &str) -> (World, Credentials) {
    let mut world = World::new();
    let alice = world.user("alice");
    world.role("app", trust).unwrap();
    (world, alice)
}

fn refusal(world: &mut World, who: &Credentials, rest: AssumeRoleRequest) -> String {
    let fault = world.assume(who, "app", rest).unwrap_err();
    assert_eq!((fault.code, fault.status), ("AccessDenied", 403), "{fault:?}");
    fault.message.unwrap().into_owned()
}

fn kind_and_sentence(world: &mut World, who: &Credentials, rest: AssumeRoleRequest) -> String {
    let fault = world.assume(who, "app", rest).unwrap_err();
    format!("{}: {}", fault.code, fault.message.unwrap())
}

#[test]
fn trust_in_the_account_is_not_enough_by_itself() {
    let (mut world, alice) = scene(&trusting(A));
    assert_eq!(refusal(&mut world, &alice, Default::default()), REFUSED);
    world.allow(A, "alice", &allowing("sts:AssumeRole"));
    world.assume(&alice, "app", Default::default()).unwrap();
}

#[test]
fn trust_in_the_user_is_enough_unless_the_user_is_denied() {
    let (mut world, alice) = scene(&trusting(&alice_arn()));
    world.assume(&alice, "app", Default::default()).unwrap();
    world.allow(
        A,
        "alice",
        r#"{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}"#,
    );
    assert_eq!(refusal(&mut world, &alice, Default::default()), REFUSED);
}

#[test]
fn another_account_needs_trust_and_permission_and_here_the_external_id() {
    let trust = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{B}"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"zz"}}}}}}"#
    );
    let (mut world, _) = scene(&trust);
    let bob = world.user_in(B, "bob");
    let with = |id: &str| AssumeRoleRequest {
        external_id: Some(id.to_owned()),
        ..Default::default()
    };
    world.assume(&bob, "app", with("zz")).unwrap_err();
    world.allow(B, "bob", &allowing("sts:AssumeRole"));
    world.assume(&bob, "app", with("zz")).unwrap();
    world.assume(&bob, "app", with("yy")).unwrap_err();
    world.assume(&bob, "app", Default::default()).unwrap_err();
}

#[test]
fn an_administrator_may_not_assume_what_does_not_trust_him() {
    let (mut world, alice) = scene(&trusting(B));
    world.allow(A, "alice", &allowing("*"));
    assert_eq!(refusal(&mut world, &alice, Default::default()), REFUSED);
}

#[test]
fn a_role_that_does_not_exist_is_refused_in_the_same_words() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("*"));
    assert_eq!(refusal(&mut world, &alice, Default::default()), REFUSED);
}

#[test]
fn who_has_no_device_has_no_code() {
    let trust = trusting(A).replace(
        "\"Action\"",
        r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}},"Action""#,
    );
    let (mut world, alice) = scene(&trust);
    world.allow(A, "alice", &allowing("*"));
    assert_eq!(refusal(&mut world, &alice, Default::default()), REFUSED);
    let half = AssumeRoleRequest {
        serial_number: Some("arn:aws:iam::111122223333:mfa/alice".to_owned()),
        ..Default::default()
    };
    assert_eq!(
        refusal(&mut world, &alice, half.clone()),
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    );
    let both = AssumeRoleRequest {
        token_code: Some("123456".to_owned().into()),
        ..half
    };
    assert_eq!(
        refusal(&mut world, &alice, both),
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
    );
}

#[test]
fn root_assumes_no_role() {
    let (mut world, _) = scene(&trusting(A));
    assert_eq!(
        refusal(&mut world, &World::root(A), Default::default()),
        "Roles may not be assumed by root accounts."
    );
}

fn delete_alice(world: &mut World) {
    let root = World::root(A);
    let user_name = Some("alice".to_owned());
    let list = wire::ListAccessKeysRequest {
        user_name: user_name.clone(),
        ..Default::default()
    };
    let keys = world
        .run::<ListAccessKeys>(&root, list)
        .unwrap()
        .access_key_metadata
        .unwrap();
    for key in keys {
        let delete = wire::DeleteAccessKeyRequest {
            user_name: user_name.clone(),
            access_key_id: key.access_key_id,
        };
        world.run::<DeleteAccessKey>(&root, delete).unwrap();
    }
    world
        .run::<DeleteUser>(&root, wire::DeleteUserRequest { user_name })
        .unwrap();
}

fn shown_trust(world: &mut World) -> String {
    let role_name = Some("app".to_owned());
    let role = world
        .run::<GetRole>(&World::root(A), wire::GetRoleRequest { role_name })
        .unwrap();
    role.role.unwrap().assume_role_policy_document.unwrap()
}

#[test]
fn a_user_made_again_under_the_same_name_is_not_trusted() {
    let (mut world, _) = scene(&trusting(&alice_arn()));
    assert!(
        shown_trust(&mut world).contains("%3Auser%2Falice"),
        "an ARN while alice lives"
    );
    delete_alice(&mut world);
    let bare = shown_trust(&mut world);
    assert!(bare.contains("%22AIDA") && !bare.contains("alice"), "{bare}");
    let namesake = world.user("alice");
    assert_eq!(refusal(&mut world, &namesake, Default::default()), REFUSED);
    assert!(!shown_trust(&mut world).contains("alice"));
}

#[test]
fn a_principal_must_exist_when_it_is_written() {
    let mut world = World::new();
    for principal in [
        "arn:aws:iam::111122223333:user/nobody",
        "arn:aws:iam::111122223333:role/nothing",
        "arn:aws:sts::111122223333:assumed-role/nothing/s1",
        "AIDAAAAAAAAAAAAAAAAAA",
    ] {
        let fault = world.role("app", &trusting(principal)).unwrap_err();
        assert_eq!(fault.code, "MalformedPolicyDocument");
        assert_eq!(
            fault.message.unwrap(),
            format!(r#"Invalid principal in policy: "AWS":"{principal}""#)
        );
    }
    world.role("app", &trusting("999999999999")).unwrap();
}

#[test]
fn a_trust_policy_is_shown_as_it_was_written() {
    let trust = format!(
        r#"{{ "Effect":"Allow", "Principal":{{"AWS":["{}","{B}"],"Service":"ec2.amazonaws.com"}},
            "Action":"sts:AssumeRole","Condition":{{"ArnEquals":{{"aws:PrincipalArn":"{}"}}}} }}"#,
        alice_arn(),
        alice_arn()
    );
    let (mut world, _) = scene(&trust);
    let text = kagiban_aws::wire::query::percent_encode(&document(&trust));
    assert_eq!(shown_trust(&mut world), text);
}

#[test]
fn a_session_says_who_it_is_and_ends() {
    let (mut world, alice) = scene(&trusting(&alice_arn()));
    let (session, response) = world.assume(&alice, "app", Default::default()).unwrap();
    let user = response.assumed_role_user.unwrap();
    assert_eq!(
        user.arn.as_deref(),
        Some("arn:aws:sts::111122223333:assumed-role/app/s1")
    );
    assert_eq!(response.packed_policy_size, None);
    let me = world
        .run::<GetCallerIdentity>(&session, Default::default())
        .unwrap();
    assert_eq!((me.arn, me.user_id), (user.arn, user.assumed_role_id));
    world.pass(3600);
    assert_eq!(world.caller(&session).unwrap_err(), "ExpiredToken");
}

#[test]
fn sessions_of_a_deleted_role_die_and_stay_dead() {
    let (mut world, alice) = scene(&trusting(&alice_arn()));
    let (session, _) = world.assume(&alice, "app", Default::default()).unwrap();
    let role_name = Some("app".to_owned());
    world
        .run::<DeleteRole>(&World::root(A), wire::DeleteRoleRequest { role_name })
        .unwrap();
    assert_eq!(world.caller(&session).unwrap_err(), "InvalidToken");
    world.role("app", &trusting(&alice_arn())).unwrap();
    assert_eq!(world.caller(&session).unwrap_err(), "InvalidToken");
}

/// Lets the role read users.
fn let_role_read(world: &mut World) {
    let put = wire::PutRolePolicyRequest {
        role_name: Some("app".to_owned()),
        policy_name: Some("p".to_owned()),
        policy_document: Some(document(&allowing("iam:*"))),
    };
    world
        .run::<crate::operations::PutRolePolicy>(&World::root(A), put)
        .unwrap();
}

fn alice_by_name() -> wire::GetUserRequest {
    wire::GetUserRequest {
        user_name: Some("alice".to_owned()),
    }
}

#[test]
fn session_policies_narrow_the_role() {
    let (mut world, alice) = scene(&trusting(&alice_arn()));
    let_role_read(&mut world);
    let (free, _) = world.assume(&alice, "app", Default::default()).unwrap();
    world.run::<GetUser>(&free, alice_by_name()).unwrap();

    let inline = AssumeRoleRequest {
        policy: Some(document(&allowing("iam:List*"))),
        ..Default::default()
    };
    let (narrow, response) = world.assume(&alice, "app", inline).unwrap();
    assert!((1..100).contains(&response.packed_policy_size.unwrap()));
    let refused = world.refused::<GetUser>(&narrow, alice_by_name());
    assert!(
        refused.ends_with("because no session policy allows the iam:GetUser action"),
        "{refused}"
    );

    let by_arn = |arn: &str| AssumeRoleRequest {
        policy_arns: Some(vec![PolicyDescriptorType {
            arn: Some(arn.to_owned()),
        }]),
        ..Default::default()
    };
    let (reading, _) = world
        .assume(&alice, "app", by_arn("arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
        .unwrap();
    world.run::<GetUser>(&reading, alice_by_name()).unwrap();
    assert_eq!(
        kind_and_sentence(
            &mut world,
            &alice,
            by_arn("arn:aws:iam::111122223333:policy/none")
        ),
        "ValidationError: Policy arn:aws:iam::111122223333:policy/none does not exist or is not attachable."
    );
}

#[test]
fn session_policies_have_to_fit() {
    let (mut world, alice) = scene(&trusting(&alice_arn()));
    let blanks = " ".repeat(4096);
    let large = AssumeRoleRequest {
        policy: Some(document(&format!("{blanks}{}", allowing("*")))),
        ..Default::default()
    };
    let refused = kind_and_sentence(&mut world, &alice, large);
    assert!(
        refused.starts_with("PackedPolicyTooLarge: Packed policy consumes 20"),
        "{refused}"
    );
}

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: Some(key.to_owned()),
        value: Some(value.to_owned()),
    }
}

fn tagging_trust() -> String {
    trusting(A).replace(
        r#""sts:AssumeRole""#,
        r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#,
    )
}

#[test]
fn session_tags_need_a_permission_of_their_own() {
    let (mut world, alice) = scene(&trusting(&alice_arn()));
    let tagged = AssumeRoleRequest {
        tags: Some(vec![tag("team", "red")]),
        ..Default::default()
    };
    let refused = refusal(&mut world, &alice, tagged);
    assert_eq!(refused, REFUSED.replace("sts:AssumeRole", "sts:TagSession"));
}

#[test]
fn tags_that_a_session_hands_on_need_the_permission_in_the_next_role_too() {
    let (mut world, alice) = scene(&tagging_trust());
    world.allow(A, "alice", &allowing("sts:*"));
    let put = wire::PutRolePolicyRequest {
        role_name: Some("app".to_owned()),
        policy_name: Some("p".to_owned()),
        policy_document: Some(document(&allowing("sts:*"))),
    };
    world
        .run::<crate::operations::PutRolePolicy>(&World::root(A), put)
        .unwrap();
    world.role("plain", &trusting(A)).unwrap();
    let handing_on = |keys: &[&str]| AssumeRoleRequest {
        tags: Some(vec![tag("team", "red")]),
        transitive_tag_keys: Some(keys.iter().map(|key| (*key).to_owned()).collect()),
        ..Default::default()
    };
    let (kept, _) = world.assume(&alice, "app", handing_on(&[])).unwrap();
    world.assume(&kept, "plain", Default::default()).unwrap();

    let (handed, _) = world.assume(&alice, "app", handing_on(&["team"])).unwrap();
    let refused = world.assume(&handed, "plain", Default::default()).unwrap_err();
    assert!(refused.message.unwrap().contains("sts:TagSession"));
}

#[test]
fn session_tags_are_principal_tags_and_the_transitive_ones_follow_into_the_next_role() {
    let (mut world, alice) = scene(&tagging_trust());
    world.allow(A, "alice", &allowing("sts:*"));
    let condition = r#"{"Effect":"Allow","Action":["iam:GetUser","sts:*"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red"}}}"#;
    let put = wire::PutRolePolicyRequest {
        role_name: Some("app".to_owned()),
        policy_name: Some("p".to_owned()),
        policy_document: Some(document(condition)),
    };
    world
        .run::<crate::operations::PutRolePolicy>(&World::root(A), put)
        .unwrap();
    let (plain, _) = world.assume(&alice, "app", Default::default()).unwrap();
    world.refused::<GetUser>(&plain, alice_by_name());

    let tagged = |value: &str| AssumeRoleRequest {
        tags: Some(vec![tag("team", value)]),
        transitive_tag_keys: Some(vec!["team".to_owned()]),
        ..Default::default()
    };
    let (red, _) = world.assume(&alice, "app", tagged("red")).unwrap();
    world.run::<GetUser>(&red, alice_by_name()).unwrap();
    let (next, _) = world.assume(&red, "app", Default::default()).unwrap();
    world.run::<GetUser>(&next, alice_by_name()).unwrap();
    assert_eq!(
        kind_and_sentence(&mut world, &next, tagged("blue")),
        "InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
    );
}

#[test]
fn a_source_identity_needs_a_permission_and_stays() {
    let (mut world, alice) = scene(&tagging_trust());
    world.allow(A, "alice", &allowing("sts:*"));
    let_role_assume(&mut world);
    let named = |name: &str| AssumeRoleRequest {
        source_identity: Some(name.to_owned()),
        ..Default::default()
    };
    let (first, response) = world.assume(&alice, "app", named("alice")).unwrap();
    assert_eq!(response.source_identity.as_deref(), Some("alice"));
    let (_, response) = world.assume(&first, "app", Default::default()).unwrap();
    assert_eq!(
        response.source_identity.as_deref(),
        Some("alice"),
        "from role to role"
    );
    refusal(&mut world, &first, named("mallory"));

    let (mut world, alice) = scene(&trusting(&alice_arn()));
    let refused = refusal(&mut world, &alice, named("alice"));
    assert_eq!(
        refused,
        REFUSED.replace("sts:AssumeRole", "sts:SetSourceIdentity")
    );
}

fn let_role_assume(world: &mut World) {
    let put = wire::PutRolePolicyRequest {
        role_name: Some("app".to_owned()),
        policy_name: Some("p".to_owned()),
        policy_document: Some(document(&allowing("sts:*"))),
    };
    world
        .run::<crate::operations::PutRolePolicy>(&World::root(A), put)
        .unwrap();
}

#[test]
fn a_chained_session_lives_an_hour_at_most() {
    let (mut world, alice) = scene(&trusting(A));
    world.allow(A, "alice", &allowing("sts:*"));
    let_role_assume(&mut world);
    let (first, _) = world.assume(&alice, "app", Default::default()).unwrap();
    let long = AssumeRoleRequest {
        duration_seconds: Some(3601),
        ..Default::default()
    };
    assert_eq!(
        kind_and_sentence(&mut world, &first, long.clone()),
        "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    );
    assert_eq!(
        kind_and_sentence(&mut world, &alice, long),
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
}

#[test]
fn a_role_is_assumed_by_its_whole_arn_only() {
    let (mut world, alice) = scene(&trusting(&alice_arn()));
    for arn in [
        "arn:aws:iam::111122223333:role/x/app",
        "arn:aws:iam::111122223333:role/App",
    ] {
        let request = AssumeRoleRequest {
            role_arn: Some(arn.to_owned()),
            role_session_name: Some("s1".to_owned()),
            ..Default::default()
        };
        let refused = world.refused::<AssumeRole>(&alice, request);
        assert!(
            refused.ends_with(&format!("sts:AssumeRole on resource: {arn}")),
            "{refused}"
        );
    }
}
