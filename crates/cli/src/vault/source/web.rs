//! Tokens of web identities.

use kagiban_aws::SecretString;
use zeroize::Zeroizing;

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
        // It is no argument, but what a profile or a pod says.
        WebToken::File(path) => prompt::file(path, MAX_BYTES).map_err(|failure| {
            Failure::Credentials(format!("the web identity's token does not come: {failure}"))
        })?,
        WebToken::Process(line) => {
            let whose = "the web_identity_token_process";
            let printed = super::process::output(process::line(line), whose)?;
            let text = std::str::from_utf8(&printed).ok().map(str::trim);
            let usable = |text: &&str| (1..=MAX_BYTES).contains(&text.len());
            let text = text.filter(usable).ok_or_else(|| {
                Failure::Credentials(format!("what {whose} prints is no web identity's token"))
            })?;
            Zeroizing::new(text.to_owned())
        }
    };
    Ok(text.trim().to_owned().into())
}
