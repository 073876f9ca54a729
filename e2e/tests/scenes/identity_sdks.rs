//! Every operation of IAM and STS once, through AWS's SDKs: each answer is one that they understand.
//!
//! What boto3 forgives, the generated Rust client does not: it reads every member by its type. The
//! errors and rules of the operations are other scenes' matter.

use std::collections::BTreeSet;

use aws_sdk_iam::Client;
use aws_sdk_iam::config::{BehaviorVersion, Region};
use aws_sdk_iam::primitives::Blob;
use aws_sdk_iam::types::{ReportStateType, StatusType, Tag};
use serde_json::json;

use crate::harness::{
    ACCOUNT, Authenticator, Credentials, Output, REGION, Server, call, clients_directory, served,
    served_list, venv_binary,
};

const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ssm:GetParameter","Resource":"*"}]}"#;
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

#[test]
fn boto3_understands_every_answer() {
    let server = Server::start();
    let mut python = server.client(&server.root(), &venv_binary("python"));
    let script = clients_directory().join("boto3_identity.py");
    let seen = Output::of(python.arg(script).arg(served_list())).json();
    assert_eq!(seen, json!({"not_called": [], "lacking": []}));
}

#[tokio::test]
async fn the_rust_sdk_understands_every_answer() {
    let server = Server::start();
    let mut seen = BTreeSet::new();
    let iam = iam(&server, &server.root());
    account(&mut seen, &iam).await;
    policies(&mut seen, &iam).await;
    let secret = users_and_groups(&mut seen, &iam).await;
    credentials(&mut seen, &server, &iam, &secret).await;
    roles(&mut seen, &iam).await;
    sessions(&mut seen, &server, &secret).await;
    profiles(&mut seen, &iam).await;
    providers(&mut seen, &iam).await;
    reports(&mut seen, &iam).await;
    deletions(&mut seen, &iam, &secret).await;

    let missed: Vec<String> = served(&["iam", "sts"]).difference(&seen).cloned().collect();
    assert_eq!(missed, Vec::<String>::new());
}

async fn account(seen: &mut BTreeSet<String>, iam: &Client) {
    call!(seen, iam.create_account_alias().account_alias("kagiban-test"));
    let aliases = call!(seen, iam.list_account_aliases());
    assert_eq!(aliases.account_aliases, ["kagiban-test"]);
    call!(
        seen,
        iam.update_account_password_policy().minimum_password_length(12)
    );
    let policy = call!(seen, iam.get_account_password_policy())
        .password_policy
        .unwrap();
    assert_eq!(policy.minimum_password_length, Some(12));
    call!(seen, iam.delete_account_password_policy());
    let version = aws_sdk_iam::types::GlobalEndpointTokenVersion::V2Token;
    call!(
        seen,
        iam.set_security_token_service_preferences()
            .global_endpoint_token_version(version)
    );
}

async fn policies(seen: &mut BTreeSet<String>, iam: &Client) {
    let policy = call!(
        seen,
        iam.create_policy()
            .policy_name("p")
            .policy_document(DOCUMENT)
            .tags(tag())
    );
    assert_eq!(policy.policy.unwrap().arn.unwrap(), own_policy());
    let version = call!(
        seen,
        iam.create_policy_version()
            .policy_arn(own_policy())
            .policy_document(DOCUMENT)
    );
    assert_eq!(version.policy_version.unwrap().version_id.unwrap(), "v2");
    call!(
        seen,
        iam.set_default_policy_version()
            .policy_arn(own_policy())
            .version_id("v2")
    );
    let version = call!(
        seen,
        iam.get_policy_version().policy_arn(own_policy()).version_id("v2")
    );
    assert!(version.policy_version.unwrap().is_default_version);
    let versions = call!(seen, iam.list_policy_versions().policy_arn(own_policy()));
    assert_eq!(versions.versions.unwrap().len(), 2);
    call!(
        seen,
        iam.delete_policy_version()
            .policy_arn(own_policy())
            .version_id("v1")
    );
    call!(seen, iam.tag_policy().policy_arn(own_policy()).tags(tag()));
    assert_eq!(
        call!(seen, iam.list_policy_tags().policy_arn(own_policy())).tags,
        [tag()]
    );
    call!(seen, iam.untag_policy().policy_arn(own_policy()).tag_keys("team"));
    let policy = call!(seen, iam.get_policy().policy_arn(own_policy()))
        .policy
        .unwrap();
    assert_eq!(policy.default_version_id.unwrap(), "v2");
    let local = call!(seen, iam.list_policies().scope("Local".into()));
    assert_eq!(local.policies.unwrap().len(), 1);
}

/// Gives an access key of the user.
async fn users_and_groups(seen: &mut BTreeSet<String>, iam: &Client) -> Credentials {
    let made = call!(
        seen,
        iam.create_user()
            .user_name("alyce")
            .tags(tag())
            .permissions_boundary(ADMINISTRATOR)
    );
    assert!(made.user.unwrap().permissions_boundary.is_some());
    call!(seen, iam.update_user().user_name("alyce").new_user_name("alice"));
    call!(seen, iam.get_user().user_name("alice"));
    assert_eq!(call!(seen, iam.list_users()).users.len(), 1);
    call!(seen, iam.tag_user().user_name("alice").tags(tag()));
    assert_eq!(call!(seen, iam.list_user_tags().user_name("alice")).tags, [tag()]);
    call!(seen, iam.untag_user().user_name("alice").tag_keys("team"));
    call!(
        seen,
        iam.put_user_permissions_boundary()
            .user_name("alice")
            .permissions_boundary(own_policy())
    );
    call!(seen, iam.delete_user_permissions_boundary().user_name("alice"));
    call!(
        seen,
        iam.attach_user_policy()
            .user_name("alice")
            .policy_arn(ADMINISTRATOR)
    );
    let attached = call!(seen, iam.list_attached_user_policies().user_name("alice"));
    assert_eq!(attached.attached_policies.unwrap().len(), 1);
    call!(
        seen,
        iam.put_user_policy()
            .user_name("alice")
            .policy_name("own")
            .policy_document(DOCUMENT)
    );
    call!(seen, iam.get_user_policy().user_name("alice").policy_name("own"));
    assert_eq!(
        call!(seen, iam.list_user_policies().user_name("alice")).policy_names,
        ["own"]
    );
    call!(
        seen,
        iam.list_policies_granting_service_access()
            .arn(user())
            .service_namespaces("ssm")
    );
    call!(seen, iam.list_ssh_public_keys().user_name("alice"));
    call!(seen, iam.list_signing_certificates().user_name("alice"));
    call!(seen, iam.list_service_specific_credentials().user_name("alice"));
    call!(seen, iam.list_server_certificates());

    call!(seen, iam.create_group().group_name("devz"));
    call!(seen, iam.update_group().group_name("devz").new_group_name("devs"));
    call!(
        seen,
        iam.add_user_to_group().group_name("devs").user_name("alice")
    );
    assert_eq!(call!(seen, iam.get_group().group_name("devs")).users.len(), 1);
    assert_eq!(call!(seen, iam.list_groups()).groups.len(), 1);
    assert_eq!(
        call!(seen, iam.list_groups_for_user().user_name("alice"))
            .groups
            .len(),
        1
    );
    call!(
        seen,
        iam.attach_group_policy()
            .group_name("devs")
            .policy_arn(own_policy())
    );
    call!(seen, iam.list_attached_group_policies().group_name("devs"));
    call!(
        seen,
        iam.put_group_policy()
            .group_name("devs")
            .policy_name("own")
            .policy_document(DOCUMENT)
    );
    call!(seen, iam.get_group_policy().group_name("devs").policy_name("own"));
    assert_eq!(
        call!(seen, iam.list_group_policies().group_name("devs")).policy_names,
        ["own"]
    );
    let entities = call!(seen, iam.list_entities_for_policy().policy_arn(own_policy()));
    assert_eq!(entities.policy_groups.unwrap().len(), 1);

    let key = call!(seen, iam.create_access_key().user_name("alice"))
        .access_key
        .unwrap();
    assert_eq!(key.status, StatusType::Active);
    call!(seen, iam.list_access_keys().user_name("alice"));
    call!(
        seen,
        iam.get_access_key_last_used().access_key_id(&key.access_key_id)
    );
    Credentials {
        access_key_id: key.access_key_id,
        secret_access_key: key.secret_access_key,
        session_token: None,
    }
}

async fn credentials(seen: &mut BTreeSet<String>, server: &Server, iam: &Client, secret: &Credentials) {
    call!(
        seen,
        iam.create_login_profile()
            .user_name("alice")
            .password("Correct horse 1")
    );
    call!(seen, iam.get_login_profile().user_name("alice"));
    call!(
        seen,
        iam.update_login_profile()
            .user_name("alice")
            .password("Battery staple 2")
    );
    let alice = self::iam(server, secret);
    call!(
        seen,
        alice
            .change_password()
            .old_password("Battery staple 2")
            .new_password("Tr0ubador and 3")
    );

    let device = call!(
        seen,
        iam.create_virtual_mfa_device().virtual_mfa_device_name("phone")
    );
    let device = device.virtual_mfa_device.unwrap();
    let seed = String::from_utf8(device.base32_string_seed.unwrap().into_inner()).unwrap();
    assert!(device.qr_code_png.unwrap().as_ref().starts_with(b"\x89PNG"));
    let phone_app = Authenticator {
        serial: phone(),
        seed,
    };
    let code = |ahead| phone_app.code(ahead);
    call!(
        seen,
        iam.enable_mfa_device()
            .user_name("alice")
            .serial_number(phone())
            .authentication_code1(code(-1))
            .authentication_code2(code(0))
    );
    call!(
        seen,
        iam.resync_mfa_device()
            .user_name("alice")
            .serial_number(phone())
            .authentication_code1(code(1))
            .authentication_code2(code(2))
    );
    let got = call!(seen, iam.get_mfa_device().serial_number(phone()));
    assert_eq!(got.user_name.as_deref(), Some("alice"));
    assert_eq!(
        call!(seen, iam.list_mfa_devices().user_name("alice"))
            .mfa_devices
            .len(),
        1
    );
    assert_eq!(
        call!(seen, iam.list_virtual_mfa_devices())
            .virtual_mfa_devices
            .len(),
        1
    );
    call!(seen, iam.tag_mfa_device().serial_number(phone()).tags(tag()));
    assert_eq!(
        call!(seen, iam.list_mfa_device_tags().serial_number(phone())).tags,
        [tag()]
    );
    call!(
        seen,
        iam.untag_mfa_device().serial_number(phone()).tag_keys("team")
    );
}

async fn roles(seen: &mut BTreeSet<String>, iam: &Client) {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"sts:*"}}]}}"#
    );
    call!(
        seen,
        iam.create_role()
            .role_name("app")
            .assume_role_policy_document(&trust)
            .tags(tag())
    );
    call!(
        seen,
        iam.update_assume_role_policy()
            .role_name("app")
            .policy_document(&trust)
    );
    let role = call!(seen, iam.get_role().role_name("app")).role.unwrap();
    assert_eq!(role.max_session_duration, Some(3600));
    assert!(!call!(seen, iam.list_roles()).roles.is_empty());
    call!(
        seen,
        iam.update_role().role_name("app").max_session_duration(7200)
    );
    call!(
        seen,
        iam.update_role_description()
            .role_name("app")
            .description("the app")
    );
    call!(seen, iam.tag_role().role_name("app").tags(tag()));
    assert_eq!(call!(seen, iam.list_role_tags().role_name("app")).tags, [tag()]);
    call!(seen, iam.untag_role().role_name("app").tag_keys("team"));
    call!(
        seen,
        iam.put_role_permissions_boundary()
            .role_name("app")
            .permissions_boundary(ADMINISTRATOR)
    );
    call!(seen, iam.delete_role_permissions_boundary().role_name("app"));
    call!(
        seen,
        iam.attach_role_policy().role_name("app").policy_arn(own_policy())
    );
    call!(seen, iam.list_attached_role_policies().role_name("app"));
    call!(
        seen,
        iam.put_role_policy()
            .role_name("app")
            .policy_name("own")
            .policy_document(DOCUMENT)
    );
    call!(seen, iam.get_role_policy().role_name("app").policy_name("own"));
    assert_eq!(
        call!(seen, iam.list_role_policies().role_name("app")).policy_names,
        ["own"]
    );
    let linked = call!(
        seen,
        iam.create_service_linked_role()
            .aws_service_name("ssm.amazonaws.com")
    );
    let linked = linked.role.unwrap().role_name;
    let task = call!(seen, iam.delete_service_linked_role().role_name(linked)).deletion_task_id;
    let end = call!(
        seen,
        iam.get_service_linked_role_deletion_status()
            .deletion_task_id(task)
    );
    assert_eq!(end.status.as_str(), "SUCCEEDED");
}

async fn sessions(seen: &mut BTreeSet<String>, server: &Server, secret: &Credentials) {
    let configuration = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(server.url())
        .credentials_provider(secret.sdk())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let sts = aws_sdk_sts::Client::from_conf(configuration);
    assert_eq!(
        call!(seen, sts.get_caller_identity()).account.as_deref(),
        Some(ACCOUNT)
    );
    let info = call!(
        seen,
        sts.get_access_key_info().access_key_id(&secret.access_key_id)
    );
    assert_eq!(info.account.as_deref(), Some(ACCOUNT));
    let assumed = call!(
        seen,
        sts.assume_role()
            .role_arn(role())
            .role_session_name("s1")
            .policy(DOCUMENT)
    );
    assert!(assumed.assumed_role_user.is_some());
    assert!(call!(seen, sts.get_session_token()).credentials.is_some());
    let guest = call!(seen, sts.get_federation_token().name("guest").policy(DOCUMENT));
    assert!(guest.federated_user.is_some());

    seen.insert("assumerolewithwebidentity".to_owned());
    let web = sts
        .assume_role_with_web_identity()
        .role_arn(role())
        .role_session_name("s1");
    let refused = web
        .web_identity_token("a.b.c")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(refused.is_invalid_identity_token_exception(), "{refused:?}");
    seen.insert("decodeauthorizationmessage".to_owned());
    let decode = sts.decode_authorization_message().encoded_message("bm8=");
    let refused = decode.send().await.unwrap_err().into_service_error();
    assert!(
        refused.is_invalid_authorization_message_exception(),
        "{refused:?}"
    );
}

async fn profiles(seen: &mut BTreeSet<String>, iam: &Client) {
    call!(
        seen,
        iam.create_instance_profile()
            .instance_profile_name("web")
            .tags(tag())
    );
    call!(
        seen,
        iam.add_role_to_instance_profile()
            .instance_profile_name("web")
            .role_name("app")
    );
    let profile = call!(seen, iam.get_instance_profile().instance_profile_name("web"));
    assert_eq!(profile.instance_profile.unwrap().roles.len(), 1);
    assert_eq!(
        call!(seen, iam.list_instance_profiles()).instance_profiles.len(),
        1
    );
    call!(seen, iam.list_instance_profiles_for_role().role_name("app"));
    call!(
        seen,
        iam.tag_instance_profile()
            .instance_profile_name("web")
            .tags(tag())
    );
    assert_eq!(
        call!(
            seen,
            iam.list_instance_profile_tags().instance_profile_name("web")
        )
        .tags,
        [tag()]
    );
    call!(
        seen,
        iam.untag_instance_profile()
            .instance_profile_name("web")
            .tag_keys("team")
    );
}

async fn providers(seen: &mut BTreeSet<String>, iam: &Client) {
    let made = call!(
        seen,
        iam.create_open_id_connect_provider()
            .url("https://issuer.example.com/x")
            .client_id_list("one")
            .thumbprint_list("a".repeat(40))
    );
    let arn = made.open_id_connect_provider_arn.unwrap();
    call!(
        seen,
        iam.add_client_id_to_open_id_connect_provider()
            .open_id_connect_provider_arn(&arn)
            .client_id("two")
    );
    let got = call!(
        seen,
        iam.get_open_id_connect_provider()
            .open_id_connect_provider_arn(&arn)
    );
    assert_eq!(got.client_id_list.unwrap(), ["one", "two"]);
    call!(
        seen,
        iam.remove_client_id_from_open_id_connect_provider()
            .open_id_connect_provider_arn(&arn)
            .client_id("two")
    );
    call!(
        seen,
        iam.update_open_id_connect_provider_thumbprint()
            .open_id_connect_provider_arn(&arn)
            .thumbprint_list("b".repeat(40))
    );
    call!(
        seen,
        iam.tag_open_id_connect_provider()
            .open_id_connect_provider_arn(&arn)
            .tags(tag())
    );
    assert_eq!(
        call!(
            seen,
            iam.list_open_id_connect_provider_tags()
                .open_id_connect_provider_arn(&arn)
        )
        .tags,
        [tag()]
    );
    call!(
        seen,
        iam.untag_open_id_connect_provider()
            .open_id_connect_provider_arn(&arn)
            .tag_keys("team")
    );
    let all = call!(seen, iam.list_open_id_connect_providers());
    assert_eq!(all.open_id_connect_provider_list.unwrap().len(), 1);
    call!(
        seen,
        iam.delete_open_id_connect_provider()
            .open_id_connect_provider_arn(&arn)
    );

    let metadata = format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">{}<IDPSSODescriptor/></EntityDescriptor>"#,
        " ".repeat(1000)
    );
    let made = call!(
        seen,
        iam.create_saml_provider()
            .name("idp")
            .saml_metadata_document(&metadata)
    );
    let arn = made.saml_provider_arn.unwrap();
    call!(
        seen,
        iam.update_saml_provider()
            .saml_provider_arn(&arn)
            .saml_metadata_document(&metadata)
    );
    let got = call!(seen, iam.get_saml_provider().saml_provider_arn(&arn));
    assert_eq!(got.saml_metadata_document.unwrap(), metadata);
    call!(seen, iam.tag_saml_provider().saml_provider_arn(&arn).tags(tag()));
    assert_eq!(
        call!(seen, iam.list_saml_provider_tags().saml_provider_arn(&arn)).tags,
        [tag()]
    );
    call!(
        seen,
        iam.untag_saml_provider().saml_provider_arn(&arn).tag_keys("team")
    );
    assert_eq!(
        call!(seen, iam.list_saml_providers())
            .saml_provider_list
            .unwrap()
            .len(),
        1
    );
    call!(seen, iam.delete_saml_provider().saml_provider_arn(&arn));
}

async fn reports(seen: &mut BTreeSet<String>, iam: &Client) {
    let summary = call!(seen, iam.get_account_summary()).summary_map.unwrap();
    assert_eq!(summary.values().filter(|count| **count < 0).count(), 0);
    let details = call!(seen, iam.get_account_authorization_details());
    assert_eq!(
        details.user_detail_list.unwrap()[0].group_list.as_deref(),
        Some(&["devs".to_owned()][..])
    );
    while call!(seen, iam.generate_credential_report()).state != Some(ReportStateType::Complete) {}
    let report = call!(seen, iam.get_credential_report())
        .content
        .unwrap_or(Blob::new(""));
    assert!(report.as_ref().starts_with(b"user,arn,"));
    let job = call!(seen, iam.generate_service_last_accessed_details().arn(role()))
        .job_id
        .unwrap();
    call!(seen, iam.get_service_last_accessed_details().job_id(job));

    let custom = call!(
        seen,
        iam.simulate_custom_policy()
            .policy_input_list(DOCUMENT)
            .action_names("ssm:GetParameter")
            .action_names("ssm:PutParameter")
    );
    let decisions: Vec<String> = custom
        .evaluation_results
        .unwrap()
        .iter()
        .map(|result| result.eval_decision.to_string())
        .collect();
    assert_eq!(decisions, ["allowed", "implicitDeny"]);
    let principal = call!(
        seen,
        iam.simulate_principal_policy()
            .policy_source_arn(user())
            .action_names("iam:GetUser")
    );
    assert_eq!(
        principal.evaluation_results.unwrap()[0].eval_decision.as_str(),
        "allowed"
    );
    call!(
        seen,
        iam.get_context_keys_for_custom_policy()
            .policy_input_list(DOCUMENT)
    );
    call!(
        seen,
        iam.get_context_keys_for_principal_policy()
            .policy_source_arn(user())
    );
}

async fn deletions(seen: &mut BTreeSet<String>, iam: &Client, secret: &Credentials) {
    call!(seen, iam.delete_account_alias().account_alias("kagiban-test"));
    call!(
        seen,
        iam.remove_role_from_instance_profile()
            .instance_profile_name("web")
            .role_name("app")
    );
    call!(seen, iam.delete_instance_profile().instance_profile_name("web"));
    call!(seen, iam.delete_role_policy().role_name("app").policy_name("own"));
    call!(
        seen,
        iam.detach_role_policy().role_name("app").policy_arn(own_policy())
    );
    call!(seen, iam.delete_role().role_name("app"));
    call!(
        seen,
        iam.deactivate_mfa_device()
            .user_name("alice")
            .serial_number(phone())
    );
    call!(seen, iam.delete_virtual_mfa_device().serial_number(phone()));
    call!(seen, iam.delete_login_profile().user_name("alice"));
    let id = &secret.access_key_id;
    call!(
        seen,
        iam.update_access_key()
            .user_name("alice")
            .access_key_id(id)
            .status(StatusType::Inactive)
    );
    call!(seen, iam.delete_access_key().user_name("alice").access_key_id(id));
    call!(
        seen,
        iam.remove_user_from_group().group_name("devs").user_name("alice")
    );
    call!(
        seen,
        iam.detach_group_policy()
            .group_name("devs")
            .policy_arn(own_policy())
    );
    call!(
        seen,
        iam.delete_group_policy().group_name("devs").policy_name("own")
    );
    call!(seen, iam.delete_group().group_name("devs"));
    call!(
        seen,
        iam.detach_user_policy()
            .user_name("alice")
            .policy_arn(ADMINISTRATOR)
    );
    call!(
        seen,
        iam.delete_user_policy().user_name("alice").policy_name("own")
    );
    call!(seen, iam.delete_user().user_name("alice"));
    call!(seen, iam.delete_policy().policy_arn(own_policy()));
}

fn own_policy() -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/p")
}

fn user() -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/alice")
}

fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/app")
}

fn phone() -> String {
    format!("arn:aws:iam::{ACCOUNT}:mfa/phone")
}

fn tag() -> Tag {
    Tag::builder()
        .key("team")
        .value("red")
        .build()
        .expect("both members are given")
}

fn iam(server: &Server, who: &Credentials) -> Client {
    let configuration = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(server.url())
        .credentials_provider(who.sdk())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(configuration)
}
