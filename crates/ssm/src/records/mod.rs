//! What Parameter Store keeps: each parameter's current version, and the older ones beside it.
//!
//! Current versions stay in memory, a hundred thousand of them, so what most parameters lack costs
//! one pointer. Older versions are read when someone asks.
//
// INVARIANT: a kind is never given to another record, or old stores would be misread. SSM has 0x03__.

mod deleted;
mod documents;
pub mod keys;
mod nodes;
mod older_keys;
mod parameters;
mod sessions;
mod settings;
mod sharing;
mod values;
mod versions;
mod webhooks;

pub use deleted::DeletedParameter;
pub use documents::{Document, DocumentVersion, Share, VersionFacts};
pub use nodes::{Activation, CodeHash, Guesses, Inventory, Node, PublicKeyBytes, Reported, Rights};
pub(crate) use older_keys::KeyPlace;
pub use older_keys::OlderKeys;
pub use parameters::{Labels, Parameter};
pub use sessions::{Order, Session, SessionStatus};
pub use settings::{ServiceSetting, Setting};
pub use sharing::ResourcePolicy;
pub use values::{ParameterType, Secured, Value};
pub use versions::{HistoricVersion, Rare, Version};
pub use webhooks::{DeadLetter, Told, Webhook, WebhookMaking};

#[cfg(test)]
mod tests {
    use kagiban_aws::{Region, Timestamp};
    use kagiban_iam::Scope;
    use kagiban_store::{Unknown, record};

    use super::*;
    use crate::ParameterName;
    use crate::tier::Tier;

    fn parameter() -> Parameter {
        Parameter {
            name: "x".into(),
            current: Version {
                number: 7,
                value: Value::String("hunter2".to_owned().into()),
                tier: Tier::Standard,
                modified: Timestamp::from_seconds(1),
                modified_by: "arn:aws:iam::111122223333:root".into(),
                description: None,
                rare: None,
                rest: Unknown::default(),
            },
            tags: Box::default(),
            labels: None,
            life: 0,
            older_keys: None,
            rest: Default::default(),
        }
    }

    #[test]
    fn a_parameter_comes_back_as_it_was_written() {
        let frame = record::encode(&parameter()).unwrap();
        let body = String::from_utf8(frame[4..].to_vec()).unwrap();
        insta::assert_snapshot!(body, @r#"{"name":"x","current":{"number":7,"value":{"String":"hunter2"},"tier":"Standard","modified":1000,"modified_by":"arn:aws:iam::111122223333:root"}}"#);
        let read: Parameter = record::decode(&frame).unwrap();
        assert_eq!((read.current.number, read.current.data_type()), (7, "text"));
    }

    #[test]
    fn nothing_prints_a_value() {
        let secured = Value::SecureString(Secured {
            key: "alias/x".into(),
            blob: Box::new([1, 2]),
        });
        assert!(!format!("{:?}", parameter()).contains("hunter2"));
        assert_eq!(format!("{secured:?}"), "SecureString(Secured(alias/x, …))");
    }

    #[test]
    fn a_parameter_in_memory_costs_little_beside_its_texts() {
        assert!(size_of::<Parameter>() <= 176, "{} bytes", size_of::<Parameter>());
    }

    #[test]
    fn keys_are_those_of_the_storage_design_and_sort_by_version() {
        let scope = Scope {
            account: "111122223333".parse().unwrap(),
            region: Region::us_east_1(),
        };
        let name: ParameterName = "/prod/db".parse().unwrap();
        assert_eq!(
            keys::parameter(scope, &name).to_string(),
            "/a/111122223333/us-east-1/ssm/p/%2Fprod%2Fdb"
        );
        assert_eq!(
            keys::version(scope, &name, 0, 12).to_string(),
            "/a/111122223333/us-east-1/ssm/pv/%2Fprod%2Fdb/0000000012"
        );
        assert!(keys::version(scope, &name, 0, 9) < keys::version(scope, &name, 0, 10));
        for life in [0, 1, 17] {
            let all = keys::versions(scope, &name, life);
            assert!(keys::version(scope, &name, life, 9).starts_with(&all));
            assert!(!keys::version(scope, &name, life + 1, 9).starts_with(&all));
        }
    }
}
