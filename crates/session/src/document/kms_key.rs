//! The forms in which a KMS key is named: an id, an alias, or the ARN of either.
//!
//! Whether there is such a key each session finds out: it may be another account's, or be made later.

/// Whether a text names a KMS key, or is empty and names none.
pub(super) fn is_named(text: &str) -> bool {
    text.is_empty() || is_id(text) || is_alias(text) || is_arn(text)
}

/// A UUID; `mrk-` and 32 hexadecimal digits for a key of several Regions.
fn is_id(text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.strip_prefix("mrk-") {
        Some(digits) => digits.len() == 32 && is_hex(digits),
        None => {
            let groups = text.split('-').map(str::len);
            groups.eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
        }
    }
}

/// Source: KMS API Reference, `CreateAlias`, `AliasName`.
fn is_alias(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    let name = text.strip_prefix("alias/").filter(|name| !name.is_empty());
    name.is_some_and(|name| text.len() <= 256 && name.bytes().all(allowed))
}

fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "kms", region, account, resource] = parts[..] else {
        return false;
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_resource = match resource.strip_prefix("key/") {
        Some(id) => is_id(id),
        None => is_alias(resource),
    };
    partition.starts_with("aws") && !region.is_empty() && is_account && is_resource
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0d5a9e0e-2f4b-4c39-9d2e-0a1b2c3d4e5f";

    #[test]
    fn a_key_is_named_in_any_way_that_kms_knows() {
        let arn = |resource: &str| format!("arn:aws-cn:kms:cn-north-1:111122223333:{resource}");
        for name in [
            String::new(),
            ID.to_owned(),
            "mrk-0d5a9e0e2f4b4c399d2e0a1b2c3d4e5f".to_owned(),
            "alias/aws/ssm".to_owned(),
            arn("alias/sessions_1"),
            arn(&format!("key/{ID}")),
        ] {
            assert!(is_named(&name), "{name}");
        }
    }

    #[test]
    fn what_kms_could_not_find_is_no_name() {
        for name in [
            " ",
            "my key",
            "alias/",
            "alias/a b",
            "sessions",
            &ID[1..],
            &ID.replace('-', "_"),
            "mrk-0d5a9e0e2f4b4c399d2e0a1b2c3d4e5g",
            "arn:aws:kms:eu-west-1:1112:alias/sessions",
            "arn:aws:ssm:eu-west-1:111122223333:alias/sessions",
            "arn:aws:kms:eu-west-1:111122223333:key/alias/sessions",
            "arn:aws:kms::111122223333:alias/sessions",
            "arn:aws:kms:eu-west-1:111122223333",
        ] {
            assert!(!is_named(name), "{name}");
        }
    }
}
