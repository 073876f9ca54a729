use crate::operations::{
    AttachUserPolicy, CreateAccountAlias, CreateLoginProfile, CreatePolicy, DeleteAccountAlias,
    GenerateCredentialReport, GetAccountAuthorizationDetails, GetAccountSummary, GetCredentialReport,
    ListAccountAliases,
};
use crate::testing::{A, B, World, allowing, document, trusting};
use crate::wire;

fn create(alias: &str) -> wire::CreateAccountAliasRequest {
    let account_alias = Some(alias.to_owned());
    wire::CreateAccountAliasRequest { account_alias }
}

fn aliases(world: &mut World, digits: &str) -> Vec<String> {
    let listed = world.run::<ListAccountAliases>(&World::root(digits), Default::default());
    listed.unwrap().account_aliases.unwrap()
}

#[test]
fn an_account_has_one_alias_and_the_next_takes_its_place() {
    let mut world = World::new();
    let root = World::root(A);
    assert!(aliases(&mut world, A).is_empty());
    world.run::<CreateAccountAlias>(&root, create("zebra")).unwrap();
    for next in ["apple", "zoo"] {
        world.run::<CreateAccountAlias>(&root, create(next)).unwrap();
        assert_eq!(aliases(&mut world, A), [next]);
    }
    let delete = |alias: &str| wire::DeleteAccountAliasRequest {
        account_alias: Some(alias.to_owned()),
    };
    assert_eq!(
        world.refused::<DeleteAccountAlias>(&root, delete("apple")),
        "NoSuchEntity: The account alias apple cannot be found."
    );
    world.run::<DeleteAccountAlias>(&root, delete("zoo")).unwrap();
    assert!(aliases(&mut world, A).is_empty());
    world.refused::<DeleteAccountAlias>(&root, delete("zoo"));
}

#[test]
fn no_two_accounts_have_the_same_alias() {
    let mut world = World::new();
    let taken = "EntityAlreadyExists: The account alias company already exists.";
    let (_, late) = world
        .decide::<CreateAccountAlias>(&World::root(B), create("company"))
        .unwrap();
    world
        .run::<CreateAccountAlias>(&World::root(A), create("company"))
        .unwrap();
    assert!(!world.commit(&late), "taken meanwhile");
    for digits in [A, B] {
        assert_eq!(
            world.refused::<CreateAccountAlias>(&World::root(digits), create("company")),
            taken
        );
    }
    let delete = || wire::DeleteAccountAliasRequest {
        account_alias: Some("company".to_owned()),
    };
    world.refused::<DeleteAccountAlias>(&World::root(B), delete());
    world
        .run::<DeleteAccountAlias>(&World::root(A), delete())
        .unwrap();
    world
        .run::<CreateAccountAlias>(&World::root(B), create("company"))
        .unwrap();
    assert_eq!(
        (aliases(&mut world, A), aliases(&mut world, B)),
        (vec![], vec!["company".to_owned()])
    );
}

#[test]
fn two_aliases_at_once_do_not_both_stay() {
    let mut world = World::new();
    let root = World::root(A);
    let (_, first) = world
        .decide::<CreateAccountAlias>(&root, create("first"))
        .unwrap();
    let (_, second) = world
        .decide::<CreateAccountAlias>(&root, create("second"))
        .unwrap();
    assert!(world.commit(&first));
    assert!(!world.commit(&second));
}

#[test]
fn the_summary_counts_what_there_is_and_has_every_number_of_awss() {
    let mut world = World::new();
    world.user("alice");
    world
        .role("app", &trusting(&format!("arn:aws:iam::{A}:root")))
        .unwrap();
    let got = world.run::<GetAccountSummary>(&World::root(A), Default::default());
    let map = got.unwrap().summary_map.unwrap();
    for name in wire::summary_key_type::VALUES {
        assert!(map.contains_key(*name), "{name}");
    }
    assert_eq!(map.len(), wire::summary_key_type::VALUES.len());
    assert_eq!((map["Users"], map["Roles"], map["Groups"]), (1, 1, 0));
    assert_eq!((map["UsersQuota"], map["RolePolicySizeQuota"]), (5000, 10240));
    assert_eq!(
        (map["AccountAccessKeysPresent"], map["AccountMFAEnabled"]),
        (1, 0)
    );
}

fn details(
    world: &mut World,
    request: wire::GetAccountAuthorizationDetailsRequest,
) -> wire::GetAccountAuthorizationDetailsResponse {
    world
        .run::<GetAccountAuthorizationDetails>(&World::root(A), request)
        .unwrap()
}

/// A user with an inline and two managed policies, and a role.
fn inhabited() -> World {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    world.allow(A, "alice", &allowing("ssm:*"));
    world
        .role("app", &trusting(&format!("arn:aws:iam::{A}:root")))
        .unwrap();
    let make = wire::CreatePolicyRequest {
        policy_name: Some("own".to_owned()),
        policy_document: Some(document(&allowing("kms:*"))),
        ..Default::default()
    };
    world.run::<CreatePolicy>(&root, make).unwrap();
    for arn in [
        format!("arn:aws:iam::{A}:policy/own"),
        "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned(),
    ] {
        let attach = wire::AttachUserPolicyRequest {
            user_name: Some("alice".to_owned()),
            policy_arn: Some(arn),
        };
        world.run::<AttachUserPolicy>(&root, attach).unwrap();
    }
    world
}

#[test]
fn the_details_show_everybody_and_what_they_have() {
    let mut world = inhabited();
    let all = details(&mut world, Default::default());
    let alice = &all.user_detail_list.as_ref().unwrap()[0];
    assert_eq!(
        alice.user_policy_list.as_ref().unwrap()[0].policy_name.as_deref(),
        Some("p")
    );
    let document = alice.user_policy_list.as_ref().unwrap()[0]
        .policy_document
        .as_deref();
    assert!(document.unwrap().starts_with("%7B%22Version%22"), "{document:?}");
    let attached: Vec<_> = alice.attached_managed_policies.iter().flatten().collect();
    assert_eq!(attached.len(), 2);
    assert_eq!(alice.group_list, Some(vec![]));
    let app = &all.role_detail_list.as_ref().unwrap()[0];
    assert!(
        app.assume_role_policy_document
            .as_deref()
            .unwrap()
            .starts_with("%7B")
    );
    assert_eq!(app.role_last_used, Some(Default::default()));
    let policies = all.policies.unwrap();
    let names: Vec<_> = policies
        .iter()
        .map(|policy| policy.policy_name.as_deref().unwrap())
        .collect();
    assert_eq!(names, ["own", "ReadOnlyAccess"], "of AWS's only those in use");
    for policy in &policies {
        let versions = policy.policy_version_list.as_ref().unwrap();
        assert_eq!(versions[0].is_default_version, Some(true));
        assert!(versions[0].document.as_deref().unwrap().starts_with("%7B"));
    }
}

#[test]
fn the_details_come_in_pages_and_by_kind() {
    let mut world = inhabited();
    let (mut shown, mut marker) = (Vec::new(), None);
    loop {
        let page = details(
            &mut world,
            wire::GetAccountAuthorizationDetailsRequest {
                max_items: Some(1),
                marker,
                filter: None,
            },
        );
        shown.extend(
            page.user_detail_list
                .unwrap()
                .into_iter()
                .filter_map(|it| it.user_name),
        );
        shown.extend(
            page.role_detail_list
                .unwrap()
                .into_iter()
                .filter_map(|it| it.role_name),
        );
        shown.extend(page.policies.unwrap().into_iter().filter_map(|it| it.policy_name));
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(shown, ["alice", "app", "own", "ReadOnlyAccess"]);
    let only = |kind: &str| wire::GetAccountAuthorizationDetailsRequest {
        filter: Some(vec![kind.to_owned()]),
        max_items: Some(1000),
        marker: None,
    };
    let roles = details(&mut world, only("Role"));
    assert_eq!(roles.role_detail_list.unwrap().len(), 1);
    assert_eq!(
        (roles.user_detail_list, roles.policies),
        (Some(vec![]), Some(vec![]))
    );
    let awss = details(&mut world, only("AWSManagedPolicy"));
    assert!(awss.policies.unwrap().len() > 10);
}

fn generate(world: &mut World) -> String {
    let got = world.run::<GenerateCredentialReport>(&World::root(A), Default::default());
    got.unwrap().state.unwrap()
}

fn report(world: &mut World) -> String {
    let got = world
        .run::<GetCredentialReport>(&World::root(A), Default::default())
        .unwrap();
    assert_eq!(got.report_format.as_deref(), Some("text/csv"));
    String::from_utf8(got.content.unwrap()).unwrap()
}

#[test]
fn a_report_is_started_complete_and_expired() {
    let mut world = World::new();
    let root = World::root(A);
    assert_eq!(
        world.refused::<GetCredentialReport>(&root, Default::default()),
        "ReportNotPresent: "
    );
    assert_eq!(generate(&mut world), "STARTED");
    assert_eq!(generate(&mut world), "COMPLETE");
    let first = report(&mut world);
    world.user("late");
    assert_eq!(report(&mut world), first, "as it was when it was made");
    world.pass(4 * 60 * 60 - 1);
    assert_eq!(report(&mut world), first);
    world.pass(1);
    assert_eq!(
        world.refused::<GetCredentialReport>(&root, Default::default()),
        "ReportExpired: "
    );
    assert_eq!(generate(&mut world), "STARTED");
    assert!(report(&mut world).contains("user/late"));
}

#[test]
fn a_report_has_a_line_for_root_and_for_every_user() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.user("bob,jr");
    let create = wire::CreateLoginProfileRequest {
        user_name: Some("alice".to_owned()),
        password: Some("Correct-horse-1".to_owned().into()),
        ..Default::default()
    };
    world.run::<CreateLoginProfile>(&World::root(A), create).unwrap();
    world.refused::<GetCredentialReport>(&alice, Default::default()); // a use of her key
    generate(&mut world);
    let report = report(&mut world);
    let lines: Vec<&str> = report.lines().collect();
    let at = "2023-11-14T22:13:20+00:00";
    assert_eq!(lines.len(), 4);
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("\"bob,jr\"") || line.split(',').count() == 23)
    );
    assert!(lines[0].starts_with("user,arn,user_creation_time,password_enabled,password_last_used,"));
    assert_eq!(
        lines[1],
        format!(
            "<root_account>,arn:aws:iam::{A}:root,{at},not_supported,no_information,not_supported,not_supported,false,\
             true,{at},{at},us-east-1,iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A"
        )
    );
    assert_eq!(
        lines[2],
        format!(
            "alice,arn:aws:iam::{A}:user/alice,{at},true,no_information,{at},N/A,false,\
             true,{at},{at},us-east-1,iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A"
        )
    );
    assert_eq!(
        lines[3],
        format!(
            "\"bob,jr\",\"arn:aws:iam::{A}:user/bob,jr\",{at},false,N/A,N/A,N/A,false,\
             true,{at},N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A"
        )
    );
}

#[test]
fn a_report_too_long_to_keep_is_made_when_it_is_asked_for() {
    let mut world = World::new();
    let root = World::root(A);
    for n in 0..800 {
        let user_name = Some(format!("{n}{}", "x".repeat(60)));
        let make = wire::CreateUserRequest {
            user_name,
            ..Default::default()
        };
        world.run::<crate::operations::CreateUser>(&root, make).unwrap();
    }
    assert_eq!(generate(&mut world), "STARTED");
    let kept = &world
        .state
        .account(crate::testing::account(A))
        .unwrap()
        .credential_report;
    assert!(kept.as_ref().unwrap().content.is_none());
    assert_eq!(report(&mut world).lines().count(), 802);
}
