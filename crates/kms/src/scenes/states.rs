//! The table of operations and states.
//!
//! Source: KMS Developer Guide, "Key states of AWS KMS keys".

use serde_json::{Value, json};

use super::arn;
use super::imports::OAEP;
use crate::operations::*;
use crate::records::{Deletion, KeyState};
use crate::spec::Origin;
use crate::testing::World;

const STATES: [KeyState; 5] = [
    KeyState::Enabled,
    KeyState::Disabled,
    KeyState::PendingDeletion,
    KeyState::PendingReplicaDeletion,
    KeyState::PendingImport,
];

/// What the table says of an operation, state by state, in the order of [`STATES`].
pub(super) struct Row {
    pub(super) name: &'static str,
    says: [Says; 5],
    pub(super) body: fn(&Cast) -> Value,
    /// Asks on somebody's behalf, without any consequence.
    pub(super) ask: fn(&World, &str, &Value) -> Result<(), String>,
}

#[derive(Clone, Copy, Debug)]
enum Says {
    Ok,
    Disabled,
    Doomed,
    NotDoomed,
    Import,
    Origin,
    /// It is for keys with imported material only.
    Foreign,
}

impl Says {
    fn of(self, key: &str) -> Result<(), String> {
        let arn = arn(key);
        let state = |is: &str| Err(format!("KMSInvalidStateException: {arn} is {is}."));
        let origin = |origin: &str| {
            Err(format!(
                "UnsupportedOperationException: {arn} origin is {origin} which is not valid for this operation."
            ))
        };
        match self {
            Says::Ok => Ok(()),
            Says::Disabled => Err(format!("DisabledException: {arn} is disabled.")),
            Says::Doomed => state("pending deletion"),
            Says::NotDoomed => state("not pending deletion"),
            Says::Import => state("pending import"),
            Says::Origin => origin("EXTERNAL"),
            Says::Foreign => origin("AWS_KMS"),
        }
    }
}

/// Keys of every sort, and what they have made while they were enabled.
pub(super) struct Cast {
    pub(super) symmetric: String,
    signing: String,
    agreement: String,
    mac: String,
    /// A multi-Region primary key with a replica in eu-west-1.
    primary: String,
    /// Has imported material.
    external: String,
    /// Stays as it is; `alias/fine` means it, `alias/key` the symmetric key.
    fine: String,
    blob: Value,
    fine_blob: Value,
    signature: Value,
    tag: Value,
    public: Value,
    policy: Value,
    import: Value,
    grant: Value,
}

impl Cast {
    pub(super) fn new(world: &mut World) -> Cast {
        let mut key = |spec: &str, usage: &str| world.key(json!({"KeySpec": spec, "KeyUsage": usage}));
        let symmetric = key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
        let fine = key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
        let signing = key("ECC_NIST_P256", "SIGN_VERIFY");
        let agreement = key("ECC_NIST_P256", "KEY_AGREEMENT");
        let mac = key("HMAC_256", "GENERATE_VERIFY_MAC");
        let primary = world.key(json!({"MultiRegion": true}));
        let replicate = json!({"KeyId": primary, "ReplicaRegion": "eu-west-1"});
        world.run::<ReplicateKey>(replicate).unwrap();
        let external = world.empty();
        let import = world.import_request(OAEP, &external, &[1; 32], json!({}));
        world.run::<ImportKeyMaterial>(import.clone()).unwrap();
        for (alias, key) in [("alias/key", &symmetric), ("alias/fine", &fine)] {
            let create = json!({"AliasName": alias, "TargetKeyId": key});
            world.run::<CreateAlias>(create).unwrap();
        }
        let sign = json!({"KeyId": signing, "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"});
        let tag = json!({"KeyId": mac, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"});
        let policy = json!({"KeyId": symmetric, "PolicyName": "default"});
        let grant = json!({
            "KeyId": symmetric, "Operations": ["Decrypt"],
            "GranteePrincipal": "arn:aws:iam::111122223333:root",
        });
        Cast {
            grant: world.run::<CreateGrant>(grant).unwrap(),
            blob: world.blob(&symmetric, &json!({})),
            fine_blob: world.blob(&fine, &json!({})),
            signature: world.run::<Sign>(sign).unwrap()["Signature"].take(),
            tag: world.run::<GenerateMac>(tag).unwrap()["Mac"].take(),
            public: world.run::<GetPublicKey>(json!({"KeyId": agreement})).unwrap()["PublicKey"].take(),
            policy: world.run::<GetKeyPolicy>(policy).unwrap()["Policy"].take(),
            symmetric,
            signing,
            agreement,
            mac,
            primary,
            external,
            import,
            fine,
        }
    }

    pub(super) fn enter(&self, world: &mut World, state: KeyState) {
        let keys = [
            &self.symmetric,
            &self.signing,
            &self.agreement,
            &self.mac,
            &self.primary,
            &self.external,
        ];
        for key in keys {
            world.doctor(key, |key| {
                key.state = state;
                key.deletion = match state {
                    KeyState::PendingDeletion | KeyState::PendingReplicaDeletion => {
                        Some(Deletion { days: 7, date: None })
                    }
                    _ => None,
                };
                key.origin = match state == KeyState::PendingImport || key.id == self.external {
                    true => Origin::External,
                    false => Origin::AwsKms,
                };
            });
        }
    }

    /// The key that a sentence about an operation is about.
    fn subject(&self, operation: &str) -> &str {
        match operation {
            "Sign" | "Verify" | "GetPublicKey" => &self.signing,
            "GenerateMac" | "VerifyMac" => &self.mac,
            "DeriveSharedSecret" => &self.agreement,
            "ReplicateKey" | "UpdatePrimaryRegion" => &self.primary,
            _ => &self.symmetric,
        }
    }
}

macro_rules! rows {
    ($cast:ident; $($operation:ident $says:ident $body:tt)*) => {
        vec![$(Row {
            name: stringify!($operation),
            says: $says,
            body: |$cast| {
                let _: &Cast = $cast;
                json!($body)
            },
            ask: |world, who, body| {
                let decided = world.decide::<$operation>(who, body);
                decided.map(drop).map_err(|fault| {
                    format!("{}: {}", fault.code, fault.message.unwrap_or_default())
                })
            },
        }),*]
    };
}

const ALWAYS: [Says; 5] = [Says::Ok; 5];
const USE: [Says; 5] = [Says::Ok, Says::Disabled, Says::Doomed, Says::Doomed, Says::Import];
const SWITCH: [Says; 5] = [Says::Ok, Says::Ok, Says::Doomed, Says::Doomed, Says::Import];
const ALIVE: [Says; 5] = [Says::Ok, Says::Ok, Says::Doomed, Says::Doomed, Says::Ok];
const DOOMED: [Says; 5] = [
    Says::NotDoomed,
    Says::NotDoomed,
    Says::Ok,
    Says::Ok,
    Says::NotDoomed,
];
const ROTATION: [Says; 5] = [Says::Ok, Says::Disabled, Says::Doomed, Says::Doomed, Says::Origin];

const FOREIGN: [Says; 5] = [
    Says::Foreign,
    Says::Foreign,
    Says::Foreign,
    Says::Foreign,
    Says::Ok,
];
const NEVER_BY_ITSELF: [Says; 5] = [Says::Origin; 5];

pub(super) fn cryptography() -> Vec<Row> {
    rows! { cast;
        Encrypt USE {"KeyId": cast.symmetric, "Plaintext": "eA=="}
        Decrypt USE {"CiphertextBlob": cast.blob}
        ReEncrypt USE {"CiphertextBlob": cast.blob, "DestinationKeyId": cast.fine}
        ReEncrypt USE {"CiphertextBlob": cast.fine_blob, "DestinationKeyId": cast.symmetric}
        GenerateDataKey USE {"KeyId": cast.symmetric, "KeySpec": "AES_256"}
        GenerateDataKeyWithoutPlaintext USE {"KeyId": cast.symmetric, "KeySpec": "AES_256"}
        GenerateDataKeyPair USE {"KeyId": cast.symmetric, "KeyPairSpec": "ECC_NIST_P256"}
        GenerateDataKeyPairWithoutPlaintext USE {"KeyId": cast.symmetric, "KeyPairSpec": "ECC_NIST_P256"}
        Sign USE {"KeyId": cast.signing, "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"}
        Verify USE {
            "KeyId": cast.signing, "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256",
            "Signature": cast.signature,
        }
        GetPublicKey USE {"KeyId": cast.signing}
        GenerateMac USE {"KeyId": cast.mac, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"}
        VerifyMac USE {
            "KeyId": cast.mac, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256", "Mac": cast.tag,
        }
        DeriveSharedSecret USE {
            "KeyId": cast.agreement, "KeyAgreementAlgorithm": "ECDH", "PublicKey": cast.public,
        }
    }
}

fn management() -> Vec<Row> {
    rows! { cast;
        CreateGrant USE {
            "KeyId": cast.symmetric, "Operations": ["Decrypt"],
            "GranteePrincipal": "arn:aws:iam::111122223333:root",
        }
        ListGrants ALWAYS {"KeyId": cast.symmetric}
        RevokeGrant ALWAYS {"KeyId": cast.symmetric, "GrantId": cast.grant["GrantId"]}
        RetireGrant ALWAYS {"GrantToken": cast.grant["GrantToken"]}
        RetireGrant ALWAYS {"KeyId": arn(&cast.symmetric), "GrantId": cast.grant["GrantId"]}
        DescribeKey ALWAYS {"KeyId": cast.symmetric}
        GetKeyPolicy ALWAYS {"KeyId": cast.symmetric, "PolicyName": "default"}
        PutKeyPolicy ALWAYS {"KeyId": cast.symmetric, "PolicyName": "default", "Policy": cast.policy}
        ListAliases ALWAYS {"KeyId": cast.symmetric}
        ListKeyPolicies ALWAYS {"KeyId": cast.symmetric}
        ListResourceTags ALWAYS {"KeyId": cast.symmetric}
        DeleteAlias ALWAYS {"AliasName": "alias/key"}
        GetKeyRotationStatus ALWAYS {"KeyId": cast.symmetric}
        GetKeyLastUsage ALWAYS {"KeyId": cast.symmetric}
        ListKeyRotations ALWAYS {"KeyId": cast.symmetric}
        EnableKey SWITCH {"KeyId": cast.symmetric}
        DisableKey SWITCH {"KeyId": cast.symmetric}
        ScheduleKeyDeletion ALIVE {"KeyId": cast.symmetric}
        CancelKeyDeletion DOOMED {"KeyId": cast.symmetric}
        CreateAlias ALIVE {"AliasName": "alias/new", "TargetKeyId": cast.symmetric}
        TagResource ALIVE {"KeyId": cast.symmetric, "Tags": [{"TagKey": "a", "TagValue": "b"}]}
        UntagResource ALIVE {"KeyId": cast.symmetric, "TagKeys": ["a"]}
        UpdateKeyDescription ALIVE {"KeyId": cast.symmetric, "Description": "new"}
        // The old key may be in any state, the new one not.
        UpdateAlias ALWAYS {"AliasName": "alias/key", "TargetKeyId": cast.fine}
        UpdateAlias ALIVE {"AliasName": "alias/fine", "TargetKeyId": cast.symmetric}
        EnableKeyRotation ROTATION {"KeyId": cast.symmetric}
        DisableKeyRotation ROTATION {"KeyId": cast.symmetric}
        RotateKeyOnDemand USE {"KeyId": cast.symmetric}
        ReplicateKey USE {"KeyId": cast.primary, "ReplicaRegion": "eu-west-2"}
        UpdatePrimaryRegion USE {"KeyId": cast.primary, "PrimaryRegion": "eu-west-1"}
    }
}

/// Of keys with imported material, all about the one.
fn imports() -> Vec<Row> {
    rows! { cast;
        GetParametersForImport ALIVE {
            "KeyId": cast.external, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048",
        }
        ImportKeyMaterial ALIVE (cast.import)
        DeleteImportedKeyMaterial ALWAYS {"KeyId": cast.external}
        DescribeKey ALWAYS {"KeyId": cast.external}
        Encrypt USE {"KeyId": cast.external, "Plaintext": "eA=="}
        EnableKey SWITCH {"KeyId": cast.external}
        ScheduleKeyDeletion ALIVE {"KeyId": cast.external}
        CancelKeyDeletion DOOMED {"KeyId": cast.external}
        EnableKeyRotation NEVER_BY_ITSELF {"KeyId": cast.external}
        DisableKeyRotation NEVER_BY_ITSELF {"KeyId": cast.external}
        GetKeyRotationStatus ALWAYS {"KeyId": cast.external}
        ListKeyRotations ALWAYS {"KeyId": cast.external}
    }
}

/// Of keys with material that was made here, which have nothing to import.
fn no_imports() -> Vec<Row> {
    rows! { cast;
        GetParametersForImport FOREIGN {
            "KeyId": cast.symmetric, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048",
        }
        DeleteImportedKeyMaterial FOREIGN {"KeyId": cast.symmetric}
    }
}

fn hold(rows: &[Row], subject: for<'c> fn(&'c Cast, &str) -> &'c str) {
    let mut world = World::new();
    let cast = Cast::new(&mut world);
    for (place, state) in STATES.into_iter().enumerate() {
        cast.enter(&mut world, state);
        for row in rows {
            let said = row.says[place].of(subject(&cast, row.name));
            let asked = (row.ask)(&world, "root", &(row.body)(&cast));
            assert_eq!(asked, said, "{} of a key {state:?}", row.name);
        }
    }
}

#[test]
fn keys_are_used_in_the_states_that_the_table_allows() {
    hold(&cryptography(), Cast::subject);
}

#[test]
fn keys_are_managed_in_the_states_that_the_table_allows() {
    hold(&management(), Cast::subject);
}

#[test]
fn material_is_imported_in_the_states_that_the_table_allows() {
    hold(&imports(), |cast, _| &cast.external);
    hold(&no_imports(), |cast, _| &cast.symmetric);
}
