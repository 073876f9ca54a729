//! Who asks, in the tests.

use kagiban_aws::AccountId;
use kagiban_policy::Principal;

pub(crate) const ROOT_A: &str = "arn:aws:iam::111122223333:root";
pub(crate) const ROOT_B: &str = "arn:aws:iam::444455556666:root";
pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const ALICE_ID: &str = "AIDAALICEALICEALICE22";
pub(crate) const BOB: &str = "arn:aws:iam::111122223333:user/bob";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/app";
pub(crate) const ROLE_ID: &str = "AROAAPPAPPAPPAPPAPP22";
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/s1";
pub(crate) const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/fed";
pub(crate) const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/ci.example.com";

pub(crate) fn account_a() -> AccountId {
    "111122223333".parse().unwrap()
}

pub(crate) fn account_b() -> AccountId {
    "444455556666".parse().unwrap()
}

pub(crate) fn root() -> Principal<'static> {
    Principal::Root { account: account_a() }
}

pub(crate) fn alice() -> Principal<'static> {
    Principal::User {
        account: account_a(),
        arn: ALICE,
        id: ALICE_ID,
    }
}

pub(crate) fn bob() -> Principal<'static> {
    Principal::User {
        account: account_a(),
        arn: BOB,
        id: "AIDABOBBOBBOBBOBBOB22",
    }
}

/// A user of the other account.
pub(crate) fn stranger() -> Principal<'static> {
    Principal::User {
        account: account_b(),
        arn: "arn:aws:iam::444455556666:user/carol",
        id: "AIDACAROLCAROLCAROL22",
    }
}

pub(crate) fn session() -> Principal<'static> {
    Principal::RoleSession {
        account: account_a(),
        role_arn: ROLE,
        role_id: ROLE_ID,
        session_arn: SESSION,
    }
}

/// A `GetFederationToken` session that alice asked for.
pub(crate) fn federated() -> Principal<'static> {
    Principal::FederatedUser {
        account: account_a(),
        arn: FEDERATED,
        issuer: Some((ALICE, ALICE_ID)),
    }
}

pub(crate) fn vouched() -> Principal<'static> {
    Principal::Federated { provider: PROVIDER }
}
