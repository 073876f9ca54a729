//! Tokens of web identities.

use std::process::Stdio;

use kagiban_aws::SecretString;

use crate::config::WebToken;
use crate::failure::Failure;
use crate::platform::process;
use crate::prompt;

/// STS takes no longer one.
const MAX_BYTES: usize = 20_000;

/// Reads the token.
///
/// # Errors
///
/// If it does not come.
pub(crate) fn web_token(token: &WebToken) -> Result<SecretString, Failure> {
    let text = match token {
        WebToken::File(path) => prompt::file(path, MAX_BYTES)?,
        WebToken::Process(line) => {
            let output = process::line(line)
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .output()?;
            if !output.status.success() {
                return Err(Failure::Credentials(format!(
                    "the web_identity_token_process does not work: {}",
                    output.status
                )));
            }
            let text = String::from_utf8(output.stdout);
            zeroize::Zeroizing::new(
                text.map_err(|_| Failure::Credentials("the web identity's token is no text".to_owned()))?,
            )
        }
    };
    Ok(text.trim().to_owned().into())
}
