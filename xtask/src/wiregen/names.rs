//! The model's names, in Rust's cases.

/// `SSEKmsKeyId` → `sse_kms_key_id`, `Intelligent-Tiering` → `intelligent_tiering`.
pub(super) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (i, c) in letters.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            snake.push('_');
            continue;
        }
        let before = i.checked_sub(1).map(|i| letters[i]);
        let after = letters.get(i + 1);
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase)
            });
        if starts_word {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// A field: snake case, raw where it is a keyword.
pub(super) fn field(name: &str) -> String {
    let snake = snake(name);
    match snake.as_str() {
        "type" | "match" | "use" | "ref" | "move" | "enum" | "final" | "override" => format!("r#{snake}"),
        _ => snake,
    }
}

/// A constant: `SecureString` → `SECURE_STRING`.
pub(super) fn constant(name: &str) -> String {
    let upper = snake(name).to_ascii_uppercase();
    if upper.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{upper}")
    } else {
        upper
    }
}

/// A type: `accessKeyIdType` → `AccessKeyIdType`.
pub(super) fn type_name(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_capitals_are_one_word() {
        for (name, wanted) in [
            ("SSEKmsKeyId", "sse_kms_key_id"),
            ("KeyARN", "key_arn"),
            ("AWSAccountId", "aws_account_id"),
            ("RSA_2048", "rsa_2048"),
            ("Intelligent-Tiering", "intelligent_tiering"),
        ] {
            assert_eq!(snake(name), wanted);
        }
    }

    #[test]
    fn keywords_become_raw_names() {
        assert_eq!(field("Type"), "r#type");
        assert_eq!(constant("SecureString"), "SECURE_STRING");
        assert_eq!(type_name("statusType"), "StatusType");
    }
}
