//! Virtual MFA devices, from making one to losing it, and what their codes open.

use kagiban_aws::SecretString;

use crate::operations::*;
use crate::sts::wire::{AssumeRoleRequest, GetSessionTokenRequest};
use crate::sts::{AssumeRole, GetSessionToken};
use crate::testing::{A, B, Credentials, World, allowing, trusting};
use crate::totp::{Codes, step_at};
use crate::wire;

const WRONG: &str = "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code.";
const NOT_YOURS: &str = "AccessDenied: MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.";
const INVALID: &str = "InvalidAuthenticationCode: Authentication code for device is not valid.";

/// The app on somebody's phone.
struct Phone {
    serial: String,
    seed: SecretString,
}

impl Phone {
    /// Makes a device of account A.
    fn new(world: &mut World, name: &str) -> Phone {
        let made = world
            .run::<CreateVirtualMFADevice>(&World::root(A), create(name))
            .unwrap();
        let device = made.virtual_mfa_device.unwrap();
        let seed = device.base32_string_seed.unwrap();
        Phone {
            serial: device.serial_number.unwrap(),
            seed: String::from_utf8(seed.expose().to_vec()).unwrap().into(),
        }
    }

    /// The code that the app shows so many steps from now.
    fn code(&self, world: &World, ahead: i64) -> SecretString {
        let digits = Codes::new(&self.seed).at(step_at(world.facts.now) + ahead);
        String::from_utf8(digits.to_vec()).unwrap().into()
    }

    /// Gives the device to a user, and waits until its next code is a new one.
    fn enable(&self, world: &mut World, user: &str) {
        let enable = self.enabling(world, user, -1);
        world.run::<EnableMFADevice>(&World::root(A), enable).unwrap();
        world.pass(30);
    }

    fn enabling(&self, world: &World, user: &str, first: i64) -> wire::EnableMFADeviceRequest {
        wire::EnableMFADeviceRequest {
            user_name: text(user),
            serial_number: text(&self.serial),
            authentication_code1: Some(self.code(world, first)),
            authentication_code2: Some(self.code(world, first + 1)),
        }
    }

    fn resyncing(&self, world: &World, user: &str, first: i64) -> wire::ResyncMFADeviceRequest {
        let wire::EnableMFADeviceRequest {
            user_name,
            serial_number,
            authentication_code1,
            authentication_code2,
        } = self.enabling(world, user, first);
        wire::ResyncMFADeviceRequest {
            user_name,
            serial_number,
            authentication_code1,
            authentication_code2,
        }
    }

    fn session(&self, code: SecretString) -> GetSessionTokenRequest {
        GetSessionTokenRequest {
            serial_number: text(&self.serial),
            token_code: Some(code),
            ..Default::default()
        }
    }

    fn role(&self, code: SecretString) -> AssumeRoleRequest {
        AssumeRoleRequest {
            role_arn: text("arn:aws:iam::111122223333:role/app"),
            role_session_name: text("s1"),
            serial_number: text(&self.serial),
            token_code: Some(code),
            ..Default::default()
        }
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn create(name: &str) -> wire::CreateVirtualMFADeviceRequest {
    wire::CreateVirtualMFADeviceRequest {
        virtual_mfa_device_name: text(name),
        ..Default::default()
    }
}

fn six(code: &str) -> SecretString {
    code.to_owned().into()
}

/// Alice of account A with her phone.
fn alice_with_a_phone() -> (World, Credentials, Phone) {
    let mut world = World::new();
    let alice = world.user("alice");
    let phone = Phone::new(&mut world, "alice");
    phone.enable(&mut world, "alice");
    (world, alice, phone)
}

#[test]
fn a_device_shows_its_seed_once_as_text_and_as_a_picture() {
    let mut world = World::new();
    let root = World::root(A);
    let made = world
        .run::<CreateVirtualMFADevice>(&root, create("phone"))
        .unwrap();
    let device = made.virtual_mfa_device.unwrap();
    assert_eq!(
        device.serial_number.as_deref(),
        Some("arn:aws:iam::111122223333:mfa/phone")
    );
    assert_eq!(device.base32_string_seed.unwrap().expose().len(), 64);
    assert!(device.qr_code_png.unwrap().expose().starts_with(b"\x89PNG"));
    assert_eq!(
        world.refused::<CreateVirtualMFADevice>(&root, create("Phone")),
        "EntityAlreadyExists: MFADevice entity at the same path and name already exists."
    );
    let listed = world
        .run::<ListVirtualMFADevices>(&root, Default::default())
        .unwrap();
    let listed = listed.virtual_mfa_devices.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0].base32_string_seed, &listed[0].qr_code_png),
        (&None, &None)
    );
}

#[test]
fn what_the_app_scans_names_the_device_and_its_account() {
    let mut world = World::new();
    let phone = Phone::new(&mut world, "phone");
    let account = crate::testing::account(A);
    let device = world
        .state
        .account(account)
        .unwrap()
        .mfa_devices
        .named("phone")
        .unwrap();
    assert_eq!(
        *device.otpauth(account),
        format!(
            "otpauth://totp/Amazon%20Web%20Services:phone@111122223333?secret={}&issuer=Amazon%20Web%20Services",
            phone.seed.expose()
        )
    );
}

#[test]
fn enabling_takes_two_codes_in_a_row() {
    let mut world = World::new();
    world.user("alice");
    let phone = Phone::new(&mut world, "alice");
    let root = World::root(A);
    let mut twice = phone.enabling(&world, "alice", 0);
    twice.authentication_code2 = twice.authentication_code1.clone();
    assert_eq!(world.refused::<EnableMFADevice>(&root, twice), INVALID);
    for far in [-3, 1] {
        let enable = phone.enabling(&world, "alice", far);
        assert_eq!(world.refused::<EnableMFADevice>(&root, enable), INVALID);
    }
    for (user, serial) in [
        ("nobody", phone.serial.as_str()),
        ("alice", "arn:aws:iam::111122223333:mfa/x/alice"),
    ] {
        let enable = wire::EnableMFADeviceRequest {
            user_name: text(user),
            serial_number: text(serial),
            ..phone.enabling(&world, "alice", 0)
        };
        assert!(
            world
                .refused::<EnableMFADevice>(&root, enable)
                .starts_with("NoSuchEntity: ")
        );
    }
    phone.enable(&mut world, "alice");
    let again = phone.enabling(&world, "alice", 0);
    assert_eq!(
        world.refused::<EnableMFADevice>(&root, again),
        "EntityAlreadyExists: MFADevice entity at the same path and name already exists."
    );
}

#[test]
fn a_user_has_eight_devices_at_most() {
    let mut world = World::new();
    world.user("alice");
    for n in 0..8 {
        Phone::new(&mut world, &format!("phone{n}")).enable(&mut world, "alice");
    }
    let ninth = Phone::new(&mut world, "phone9");
    let enable = ninth.enabling(&world, "alice", 0);
    assert_eq!(
        world.refused::<EnableMFADevice>(&World::root(A), enable),
        "LimitExceeded: Cannot exceed quota for MFADevicesPerUser: 8"
    );
}

#[test]
fn a_user_with_a_device_and_a_device_with_a_user_are_not_deleted() {
    let mut world = World::new();
    let root = World::root(A);
    let make = wire::CreateUserRequest {
        user_name: text("alice"),
        ..Default::default()
    };
    world.run::<CreateUser>(&root, make).unwrap();
    let phone = Phone::new(&mut world, "alice");
    let enable = phone.enabling(&world, "alice", -1);
    let delete_user = || wire::DeleteUserRequest {
        user_name: text("alice"),
    };
    let (_, deleting) = world.decide::<DeleteUser>(&root, delete_user()).unwrap();
    world.run::<EnableMFADevice>(&root, enable).unwrap();
    assert!(!world.commit(&deleting), "decided before the device was enabled");
    assert_eq!(
        world.refused::<DeleteUser>(&root, delete_user()),
        "DeleteConflict: Cannot delete entity, must delete MFA device first."
    );
    let delete = || wire::DeleteVirtualMFADeviceRequest {
        serial_number: text(&phone.serial),
    };
    assert!(
        world
            .refused::<DeleteVirtualMFADevice>(&root, delete())
            .starts_with("DeleteConflict: ")
    );
    let deactivate = || wire::DeactivateMFADeviceRequest {
        user_name: text("alice"),
        serial_number: text(&phone.serial),
    };
    world.run::<DeactivateMFADevice>(&root, deactivate()).unwrap();
    assert_eq!(
        world.refused::<DeactivateMFADevice>(&root, deactivate()),
        "NoSuchEntity: MFA Device invalid for user."
    );
    world.run::<DeleteVirtualMFADevice>(&root, delete()).unwrap();
    assert_eq!(
        world.refused::<DeleteVirtualMFADevice>(&root, delete()),
        "NoSuchEntity: VirtualMFADevice with serial number arn:aws:iam::111122223333:mfa/alice doesn't exist."
    );
    world.run::<DeleteUser>(&root, delete_user()).unwrap();
}

#[test]
fn lists_show_whose_a_device_is() {
    let (mut world, alice, phone) = alice_with_a_phone();
    let root = World::root(A);
    Phone::new(&mut world, "spare");
    let list = |world: &mut World, status: &str| {
        let list = wire::ListVirtualMFADevicesRequest {
            assignment_status: text(status),
            ..Default::default()
        };
        let listed = world.run::<ListVirtualMFADevices>(&root, list).unwrap();
        listed.virtual_mfa_devices.unwrap()
    };
    assert_eq!(list(&mut world, "Any").len(), 2);
    let assigned = list(&mut world, "Assigned");
    assert_eq!(assigned[0].serial_number.as_ref(), Some(&phone.serial));
    assert_eq!(
        assigned[0].user.as_ref().unwrap().user_name.as_deref(),
        Some("alice")
    );
    assert!(assigned[0].enable_date.is_some());
    let unassigned = list(&mut world, "Unassigned");
    assert!(
        unassigned[0]
            .serial_number
            .as_ref()
            .unwrap()
            .ends_with("mfa/spare")
    );

    world.allow(A, "alice", &allowing("iam:*"));
    let own = world.run::<ListMFADevices>(&alice, Default::default()).unwrap();
    let own = own.mfa_devices.unwrap();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].user_name.as_deref(), Some("alice"));
    let get = |serial: &str| wire::GetMFADeviceRequest {
        serial_number: text(serial),
        ..Default::default()
    };
    let got = world.run::<GetMFADevice>(&root, get(&phone.serial)).unwrap();
    assert_eq!(
        (got.user_name.as_deref(), got.enable_date),
        (Some("alice"), own[0].enable_date)
    );
    let refused = world.refused::<GetMFADevice>(&root, get("arn:aws:iam::444455556666:mfa/alice"));
    assert!(refused.starts_with("NoSuchEntity: "), "{refused}");
}

#[test]
fn devices_have_tags_that_policies_see() {
    let (mut world, alice, phone) = alice_with_a_phone();
    let root = World::root(A);
    let tag = wire::TagMFADeviceRequest {
        serial_number: text(&phone.serial),
        tags: Some(vec![wire::Tag {
            key: text("team"),
            value: text("red"),
        }]),
    };
    world.run::<TagMFADevice>(&root, tag).unwrap();
    let statement = r#"{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/Team":"red"}}}"#;
    world.allow(A, "alice", statement);
    let list = || wire::ListMFADeviceTagsRequest {
        serial_number: text(&phone.serial),
        ..Default::default()
    };
    let listed = world.run::<ListMFADeviceTags>(&alice, list()).unwrap();
    assert_eq!(listed.tags.unwrap()[0].value.as_deref(), Some("red"));
    let untag = wire::UntagMFADeviceRequest {
        serial_number: text(&phone.serial),
        tag_keys: Some(vec!["TEAM".to_owned()]),
    };
    world.run::<UntagMFADevice>(&root, untag).unwrap();
    world.refused::<ListMFADeviceTags>(&alice, list());
}

#[test]
fn a_code_is_good_once_and_only_for_its_user() {
    let (mut world, alice, phone) = alice_with_a_phone();
    let code = phone.code(&world, 0);
    world
        .run::<GetSessionToken>(&alice, phone.session(code.clone()))
        .unwrap();
    assert_eq!(
        world.refused::<GetSessionToken>(&alice, phone.session(code)),
        WRONG
    );
    let older = phone.code(&world, -1);
    assert_eq!(
        world.refused::<GetSessionToken>(&alice, phone.session(older)),
        WRONG
    );
    let next = phone.code(&world, 1);
    world.run::<GetSessionToken>(&alice, phone.session(next)).unwrap();

    world.pass(90);
    let bob = world.user("bob");
    let code = phone.code(&world, 0);
    assert_eq!(
        world.refused::<GetSessionToken>(&bob, phone.session(code.clone())),
        NOT_YOURS
    );
    assert_eq!(
        world.refused::<GetSessionToken>(&World::root(A), phone.session(code.clone())),
        NOT_YOURS
    );
    let stranger = world.user_in(B, "alice");
    assert_eq!(
        world.refused::<GetSessionToken>(&stranger, phone.session(code.clone())),
        NOT_YOURS
    );
    let by_user_arn = GetSessionTokenRequest {
        serial_number: text("arn:aws:iam::111122223333:user/alice"),
        token_code: Some(code.clone()),
        ..Default::default()
    };
    assert_eq!(world.refused::<GetSessionToken>(&alice, by_user_arn), NOT_YOURS);
    world.run::<GetSessionToken>(&alice, phone.session(code)).unwrap();
}

#[test]
fn of_two_requests_with_one_code_only_one_succeeds() {
    let (mut world, alice, phone) = alice_with_a_phone();
    let code = phone.code(&world, 0);
    let (_, first) = world
        .decide::<GetSessionToken>(&alice, phone.session(code.clone()))
        .unwrap();
    let (_, second) = world
        .decide::<GetSessionToken>(&alice, phone.session(code))
        .unwrap();
    assert!(world.commit(&first));
    assert!(!world.commit(&second));
}

#[test]
fn who_guesses_has_to_wait_longer_each_time() {
    let (mut world, alice, phone) = alice_with_a_phone();
    let guess = |world: &mut World| world.refused::<GetSessionToken>(&alice, phone.session(six("00000x")));
    for _ in 0..5 {
        assert_eq!(guess(&mut world), WRONG);
    }
    let wait = |n: u32, seconds: u32| {
        format!(
            "AccessDenied: MultiFactorAuthentication failed, {n} wrong codes in a row were given for this device; try again in {seconds} seconds."
        )
    };
    for _ in 0..3 {
        let before = world
            .state
            .account(crate::testing::account(A))
            .unwrap()
            .mfa_devices
            .named("alice")
            .unwrap()
            .revision;
        assert_eq!(guess(&mut world), wait(5, 60));
        let after = world
            .state
            .account(crate::testing::account(A))
            .unwrap()
            .mfa_devices
            .named("alice")
            .unwrap()
            .revision;
        assert_eq!(before, after, "nothing is written for those");
    }
    let right = phone.code(&world, 0);
    assert_eq!(
        world.refused::<GetSessionToken>(&alice, phone.session(right)),
        wait(5, 60)
    );
    world.pass(60);
    assert_eq!(guess(&mut world), WRONG);
    assert_eq!(guess(&mut world), wait(6, 120));
    for (n, pause) in [(7, 240), (8, 480), (9, 900), (10, 900)] {
        world.pass(900);
        assert_eq!(guess(&mut world), WRONG);
        assert_eq!(guess(&mut world), wait(n, pause));
    }
    world.pass(900);
    let right = phone.code(&world, 0);
    world
        .run::<GetSessionToken>(&alice, phone.session(right))
        .unwrap();
    assert_eq!(guess(&mut world), WRONG, "counted anew");
}

#[test]
fn a_clock_that_is_wrong_is_set_right_by_two_codes() {
    let (mut world, alice, phone) = alice_with_a_phone();
    let root = World::root(A);
    let fast = phone.code(&world, 200);
    assert_eq!(
        world.refused::<GetSessionToken>(&alice, phone.session(fast)),
        WRONG
    );
    let resync = phone.resyncing(&world, "alice", 200);
    world.run::<ResyncMFADevice>(&root, resync).unwrap();
    let spent = phone.code(&world, 201);
    assert_eq!(
        world.refused::<GetSessionToken>(&alice, phone.session(spent)),
        WRONG
    );
    world.pass(30);
    let fast = phone.code(&world, 201);
    world.run::<GetSessionToken>(&alice, phone.session(fast)).unwrap();
    let too_far = phone.resyncing(&world, "alice", 1202);
    assert_eq!(world.refused::<ResyncMFADevice>(&root, too_far), INVALID);
    let replayed = phone.resyncing(&world, "alice", 100);
    assert_eq!(world.refused::<ResyncMFADevice>(&root, replayed), INVALID);
    world.user("bob");
    let foreign = phone.resyncing(&world, "bob", 300);
    assert_eq!(
        world.refused::<ResyncMFADevice>(&root, foreign),
        "NoSuchEntity: MFA Device invalid for user."
    );
}

/// A role that trusts the account with this condition, and a user who may.
fn role_that_asks(condition: &str) -> (World, Credentials, Phone) {
    let (mut world, alice, phone) = alice_with_a_phone();
    let trust = trusting(A).replace("\"Action\"", &format!(r#""Condition":{condition},"Action""#));
    world.role("app", &trust).unwrap();
    world.allow(A, "alice", &allowing("sts:*"));
    (world, alice, phone)
}

#[test]
fn a_role_may_ask_for_a_code() {
    let (mut world, alice, phone) = role_that_asks(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#);
    let without = AssumeRoleRequest {
        serial_number: None,
        token_code: None,
        ..phone.role(six("000000"))
    };
    let refused = world.refused::<AssumeRole>(&alice, without.clone());
    assert!(refused.starts_with("AccessDenied: User: "), "{refused}");
    for half in [
        AssumeRoleRequest {
            serial_number: text(&phone.serial),
            ..without.clone()
        },
        AssumeRoleRequest {
            token_code: Some(six("123456")),
            ..without
        },
    ] {
        assert_eq!(
            world.refused::<AssumeRole>(&alice, half),
            "AccessDenied: MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
        );
    }
    assert_eq!(
        world.refused::<AssumeRole>(&alice, phone.role(six("00000x"))),
        WRONG
    );
    let code = phone.code(&world, 0);
    world.run::<AssumeRole>(&alice, phone.role(code.clone())).unwrap();
    assert_eq!(world.refused::<AssumeRole>(&alice, phone.role(code)), WRONG);
}

#[test]
fn guesses_are_counted_where_a_role_is_refused_anyway() {
    let (mut world, alice, phone) = role_that_asks(r#"{"StringEquals":{"sts:ExternalId":"never"}}"#);
    for _ in 0..5 {
        assert_eq!(
            world.refused::<AssumeRole>(&alice, phone.role(six("00000x"))),
            WRONG
        );
    }
    let refused = world.refused::<AssumeRole>(&alice, phone.role(six("00000x")));
    assert!(refused.contains("5 wrong codes in a row"), "{refused}");
}

#[test]
fn the_callers_own_policies_see_the_code_too() {
    let (mut world, alice, phone) = role_that_asks(r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"1"}}"#);
    let statement = r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    world.allow(A, "alice", statement);
    let code = phone.code(&world, 0);
    let made = world.run::<AssumeRole>(&alice, phone.role(code)).unwrap();
    let session = Credentials::issued(made.credentials.unwrap());
    assert_eq!(
        world.caller(&session).unwrap().mfa(),
        None,
        "the code counted for that call alone"
    );
}

#[test]
fn who_has_lost_the_user_has_lost_the_device() {
    let (mut world, alice, phone) = alice_with_a_phone();
    let deactivate = wire::DeactivateMFADeviceRequest {
        user_name: None,
        serial_number: text(&phone.serial),
    };
    world.allow(A, "alice", &allowing("iam:DeactivateMFADevice"));
    world.run::<DeactivateMFADevice>(&alice, deactivate).unwrap();
    let code = phone.code(&world, 0);
    assert_eq!(
        world.refused::<GetSessionToken>(&alice, phone.session(code)),
        NOT_YOURS
    );
    let spent = phone.enabling(&world, "alice", -2);
    assert_eq!(
        world.refused::<EnableMFADevice>(&World::root(A), spent),
        INVALID,
        "codes stay spent"
    );
}
