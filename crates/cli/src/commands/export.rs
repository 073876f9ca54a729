//! `kagiban export`: a profile's credentials, printed.

use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;
use zeroize::Zeroizing;

use super::obtain::{self, Obtain};
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::{Keeping, yes_or_no};
use crate::output;
use crate::vault::Session;

/// Print a profile's credentials
#[derive(clap::Args)]
#[command(after_long_help = "\
Examples:
  eval \"$(kagiban export --format=export-env prod)\"
  credential_process = kagiban export --format=json prod   # in ~/.aws/config, under another profile")]
pub(crate) struct Arguments {
    /// The profile [default: AWS_PROFILE, else you are asked]
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: Option<String>,
    #[command(flatten)]
    obtain: Obtain,
    /// In which form
    #[arg(long, value_enum, default_value_t = Form::Env)]
    format: Form,
    /// Print links instead of opening them
    #[arg(long, env = "AWS_VAULT_STDOUT", hide = true, value_parser = yes_or_no)]
    stdout: bool,
}

/// A form of credentials.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Form {
    /// NAME=VALUE
    Env,
    /// export NAME=VALUE
    ExportEnv,
    /// As credential_process has it
    Json,
    /// As ~/.aws/credentials has it
    Ini,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Json<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
}

/// Gets and prints them.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    obtain::refuse_nesting()?;
    let profile = obtain::profile(arguments.profile.as_deref(), keeping, target)?;
    let obtained = arguments.obtain.open(&profile, false, keeping, target)?;
    print(
        arguments.format,
        &profile,
        &obtained.session()?,
        obtained.region().as_deref(),
    )
}

/// Prints credentials in a form.
pub(crate) fn print(
    form: Form,
    profile: &str,
    session: &Session,
    region: Option<&str>,
) -> Result<ExitCode, Failure> {
    let text = match form {
        Form::Json => json(session)?,
        Form::Ini => ini(profile, &in_lines(profile, pairs(session, region))?),
        Form::Env => lines("", &in_lines(profile, pairs(session, region))?, plain),
        Form::ExportEnv => lines("export ", &in_lines(profile, pairs(session, region))?, quoted),
    };
    output::print_bare(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Names in the environment, names in a file, values.
type Pair = (&'static str, &'static str, Zeroizing<String>);

fn pairs(session: &Session, region: Option<&str>) -> Vec<Pair> {
    let credentials = &session.credentials;
    let secret = |text: &str| Zeroizing::new(text.to_owned());
    let mut pairs = vec![
        (
            "AWS_ACCESS_KEY_ID",
            "aws_access_key_id",
            secret(&credentials.access_key_id),
        ),
        (
            "AWS_SECRET_ACCESS_KEY",
            "aws_secret_access_key",
            secret(credentials.secret.expose()),
        ),
    ];
    if let Some(token) = &credentials.session_token {
        pairs.push(("AWS_SESSION_TOKEN", "aws_session_token", secret(token.expose())));
    }
    if let Some(expires) = session.expires {
        pairs.push((
            "AWS_CREDENTIAL_EXPIRATION",
            "aws_credential_expiration",
            secret(&expires.iso().to_string()),
        ));
    }
    if let Some(region) = region {
        pairs.push(("AWS_REGION", "region", secret(region)));
        pairs.push(("AWS_DEFAULT_REGION", "", secret(region)));
    }
    pairs
}

/// Refuses a value that would go on in a line of its own choice.
fn in_lines(profile: &str, pairs: Vec<Pair>) -> Result<Vec<Pair>, Failure> {
    let values = pairs.iter().map(|(name, _, value)| (*name, value.as_str()));
    let broken = [("its name", profile)]
        .into_iter()
        .chain(values)
        .find(|(_, text)| text.contains(char::is_control))
        .map(|(what, _)| what);
    match broken {
        None => Ok(pairs),
        Some(what) => Err(Failure::Setting(format!(
            "profile `{}` cannot be printed in lines: {what} has a line break or another control character",
            profile.escape_default()
        ))),
    }
}

fn lines(before: &str, pairs: &[Pair], value: impl Fn(&str) -> Zeroizing<String>) -> Zeroizing<String> {
    let lines = pairs
        .iter()
        .map(|(name, _, text)| format!("{before}{name}={}\n", value(text).as_str()));
    Zeroizing::new(lines.collect())
}

fn plain(value: &str) -> Zeroizing<String> {
    Zeroizing::new(value.to_owned())
}

/// One word of any POSIX shell, in quotes only if it needs them, as aws-vault's lines have none.
fn quoted(value: &str) -> Zeroizing<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+/=_.:@%,-".contains(c);
    match value.chars().all(is_plain) {
        true => plain(value),
        false => Zeroizing::new(format!("'{}'", value.replace('\'', "'\\''"))),
    }
}

fn ini(profile: &str, pairs: &[Pair]) -> Zeroizing<String> {
    let named: Vec<&Pair> = pairs.iter().filter(|(_, name, _)| !name.is_empty()).collect();
    let width = named.iter().map(|(_, name, _)| name.len()).max().unwrap_or(0);
    let lines = named
        .iter()
        .map(|(_, name, value)| format!("{name:<width$} = {}\n", value.as_str()));
    Zeroizing::new(format!("[{profile}]\n{}", lines.collect::<String>()))
}

fn json(session: &Session) -> Result<Zeroizing<String>, Failure> {
    let credentials = &session.credentials;
    let printed = Json {
        version: 1,
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret.expose(),
        session_token: credentials
            .session_token
            .as_ref()
            .map(kagiban_aws::SecretString::expose),
        expiration: session.expires.map(|expires| expires.iso().to_string()),
    };
    let text = serde_json::to_string_pretty(&printed).map_err(std::io::Error::from)?;
    Ok(Zeroizing::new(text + "\n"))
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Timestamp;
    use kagiban_client::Credentials;

    use super::*;

    #[test]
    fn each_form_is_as_aws_vault_prints_it() {
        let session = Session {
            credentials: Credentials {
                access_key_id: "ASIA".to_owned(),
                secret: "s/+".to_owned().into(),
                session_token: Some("t".to_owned().into()),
            },
            expires: Some(Timestamp::from_seconds(0)),
        };
        let pairs = pairs(&session, Some("eu-west-1"));
        insta::assert_snapshot!(*lines("export ", &pairs, quoted), @r"
        export AWS_ACCESS_KEY_ID=ASIA
        export AWS_SECRET_ACCESS_KEY=s/+
        export AWS_SESSION_TOKEN=t
        export AWS_CREDENTIAL_EXPIRATION=1970-01-01T00:00:00Z
        export AWS_REGION=eu-west-1
        export AWS_DEFAULT_REGION=eu-west-1
        ");
        insta::assert_snapshot!(*ini("p", &pairs), @r"
        [p]
        aws_access_key_id         = ASIA
        aws_secret_access_key     = s/+
        aws_session_token         = t
        aws_credential_expiration = 1970-01-01T00:00:00Z
        region                    = eu-west-1
        ");
        insta::assert_snapshot!(*json(&session).unwrap(), @r#"
        {
          "Version": 1,
          "AccessKeyId": "ASIA",
          "SecretAccessKey": "s/+",
          "SessionToken": "t",
          "Expiration": "1970-01-01T00:00:00Z"
        }
        "#);
    }

    #[test]
    fn a_value_is_one_word_of_the_shell_and_one_line() {
        for (value, word) in [
            ("wJalr/K7+=", "wJalr/K7+="),
            ("s;$(touch x)", "'s;$(touch x)'"),
            ("it's", r"'it'\''s'"),
            ("~", "'~'"),
        ] {
            assert_eq!(*quoted(value), word);
        }
        let session = |secret: &str| Session {
            credentials: Credentials {
                access_key_id: "AKIA".to_owned(),
                secret: secret.to_owned().into(),
                session_token: None,
            },
            expires: None,
        };
        let printed = |profile: &str, secret: &str, region: &str| {
            in_lines(profile, pairs(&session(secret), Some(region))).map_err(|failure| failure.to_string())
        };
        assert!(printed("p", "s", "eu-west-1").is_ok());
        insta::assert_snapshot!(printed("p", "hunter2\n[q]", "x").unwrap_err(), @"profile `p` cannot be printed in lines: AWS_SECRET_ACCESS_KEY has a line break or another control character");
        assert!(printed("p", "s", "x\rcredential_process = x").is_err());
        assert!(printed("p]\n[q", "s", "x").is_err());
    }
}
