//! `kagiban git-credential codecommit`: git's passwords for AWS CodeCommit, made of an access key.
//!
//! CodeCommit takes a signature for a password: that of the repository's URL with the method `GIT`, in the
//! manner of Signature Version 4. The moment is signed without its last `Z` and sent with it.
//!
//! Source: git-credential(1) for the protocol; the AWS CLI's `codecommit credential-helper` for the
//! signature, whose output is the known answer of the tests.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::SystemTime;

use aws_lc_rs::{digest, hmac};
use kagiban_aws::{SecretString, Timestamp};
use kagiban_client::Credentials;
use zeroize::Zeroizing;

use crate::endpoint::Target;
use crate::failure::Failure;
use crate::output;
use crate::prompt;

/// Answer git's questions for credentials
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Codecommit(Arguments),
}

/// For AWS CodeCommit, as `aws codecommit credential-helper` does
///
/// git config credential.helper '!kagiban git-credential codecommit'
/// git config credential.UseHttpPath true
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// What git says last
    #[arg(value_enum)]
    operation: Operation,
    /// Answer for hosts that are not AWS's too
    #[arg(long)]
    ignore_host_check: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Operation {
    /// Make a password
    Get,
    /// Nothing: passwords are made anew each time
    Store,
    /// Nothing
    Erase,
}

/// The longest question that is read, in bytes.
const MAX_QUESTION: usize = 64 << 10;

/// What git asks about.
#[derive(Debug, Default, Eq, PartialEq)]
struct Question<'a> {
    protocol: &'a str,
    host: &'a str,
    path: &'a str,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    ///
    /// If the question is none, or there are no credentials.
    pub(crate) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let Command::Codecommit(arguments) = self;
        if arguments.operation == Operation::Get {
            arguments.answer(target)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Arguments {
    fn answer(&self, target: &Target) -> Result<(), Failure> {
        let text = prompt::standard_input(MAX_QUESTION)?;
        let question = Question::parse(&text)?;
        if !question.is_of_aws() && !self.ignore_host_check {
            // Git goes on to its next helper.
            return Ok(());
        }
        let region = match question.region() {
            Some(region) => region.to_owned(),
            None => target.chosen_region()?.ok_or_else(|| {
                Failure::Setting(format!(
                    "the Region of {} is not known; set AWS_REGION",
                    question.host
                ))
            })?,
        };
        let credentials = target.credentials_for(&question.origin())?;
        let now = Timestamp::from(SystemTime::now()).basic().to_string();
        let password = question.password(&credentials.secret, &region, now.trim_end_matches('Z'));
        output::print_bare(&answer(&credentials, &password))
    }
}

fn answer(credentials: &Credentials, password: &str) -> Zeroizing<String> {
    let token = credentials.session_token.as_ref().map(SecretString::expose);
    let mark = if token.is_some() { "%" } else { "" };
    Zeroizing::new(
        [
            "username=",
            &credentials.access_key_id,
            mark,
            token.unwrap_or_default(),
            "\npassword=",
            password,
            "\n",
        ]
        .concat(),
    )
}

impl Question<'_> {
    fn parse(text: &str) -> Result<Question<'_>, Failure> {
        let mut question = Question::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| Failure::Usage("a line of git's question has no `=`".to_owned()))?;
            match name {
                "protocol" => question.protocol = value,
                "host" => question.host = value,
                "path" => question.path = value,
                _ => {}
            }
        }
        match question.host.is_empty() || question.path.is_empty() {
            true => Err(Failure::Usage(
                "git's question has no host or no path; git config credential.UseHttpPath true".to_owned(),
            )),
            false => Ok(question),
        }
    }

    /// Where git will send what it gets.
    fn origin(&self) -> String {
        let protocol = match self.protocol {
            "" => "https",
            protocol => protocol,
        };
        match (protocol, self.host.split_once(':')) {
            ("https", Some((host, "443"))) => format!("https://{host}"),
            _ => format!("{protocol}://{}", self.host),
        }
    }

    /// Without a port, which is not signed.
    fn name(&self) -> &str {
        self.host.split(':').next().unwrap_or_default()
    }

    /// DIFFERS: the AWS CLI looks for `amazonaws.com` anywhere in the host; here it has to be the end of it,
    /// because a signature would go to `amazonaws.com.example.net` otherwise.
    fn is_of_aws(&self) -> bool {
        [".amazon.com", ".amazonaws.com", ".amazonaws.com.cn"]
            .iter()
            .any(|end| self.name().ends_with(end))
    }

    /// Such as `us-east-1` in `git-codecommit.us-east-1.amazonaws.com`.
    fn region(&self) -> Option<&str> {
        let name = match self.name().starts_with("vpce-") {
            true => self.name().split_once('.')?.1,
            false => self.name(),
        };
        let rest = name.strip_prefix("git-codecommit")?;
        let rest = rest.strip_prefix("-fips").unwrap_or(rest).strip_prefix('.')?;
        let (region, domain) = rest.split_once('.')?;
        let domain = domain.strip_prefix("vpce.").unwrap_or(domain);
        (domain.starts_with("amazonaws.com") && !region.is_empty()).then_some(region)
    }

    /// `moment` is `yyyymmddThhmmss`.
    fn password(&self, secret: &SecretString, region: &str, moment: &str) -> Zeroizing<String> {
        let path = self.path.split(['?', '#']).next().unwrap_or_default();
        let canonical = format!("GIT\n/{path}\n\nhost:{}\n\nhost\n", self.name());
        let day = &moment[..moment.len().min(8)];
        let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let signed =
            format!("AWS4-HMAC-SHA256\n{moment}\n{day}/{region}/codecommit/aws4_request\n{canonical}");
        let mut key = Zeroizing::new(["AWS4", secret.expose()].concat().into_bytes());
        for part in [day, region, "codecommit", "aws4_request", &signed] {
            let next = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes());
            key = Zeroizing::new(next.as_ref().to_vec());
        }
        Zeroizing::new(format!("{moment}Z{}", hex(&key)))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EAST: &str =
        "protocol=https\nhost=git-codecommit.us-east-1.amazonaws.com\npath=v1/repos/myrepo\n\n";

    #[test]
    fn passwords_are_those_that_the_aws_cli_makes() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned().into();
        for (text, region, expected) in [
            (
                EAST,
                "us-east-1",
                "20101008T000000Z755baabefd5aaf37fa602c69142d55ce88ad36387c72139b219f9c486216a724",
            ),
            (
                "host=git-codecommit-fips.eu-west-1.amazonaws.com:443\npath=v1/repos/a%20b\n",
                "eu-west-1",
                "20101008T000000Z0c6120767e2a58bface7b918e00d508e28767032817d4ec4e91d686e6e9c1f09",
            ),
        ] {
            let question = Question::parse(text).unwrap();
            assert_eq!(question.region(), Some(region));
            assert_eq!(
                question.password(&secret, region, "20101008T000000").as_str(),
                expected
            );
        }
    }

    #[test]
    fn a_session_token_stands_in_the_user_name() {
        let mut credentials = Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret: "x".to_owned().into(),
            session_token: None,
        };
        assert_eq!(
            answer(&credentials, "p").as_str(),
            "username=AKIDEXAMPLE\npassword=p\n"
        );
        credentials.session_token = Some("token=".to_owned().into());
        assert_eq!(
            answer(&credentials, "p").as_str(),
            "username=AKIDEXAMPLE%token=\npassword=p\n"
        );
    }

    #[test]
    fn hosts_and_regions_are_told() {
        for (host, is_of_aws, region) in [
            (
                "git-codecommit.cn-north-1.amazonaws.com.cn",
                true,
                Some("cn-north-1"),
            ),
            (
                "vpce-0a1-b2.git-codecommit.us-west-2.vpce.amazonaws.com",
                true,
                Some("us-west-2"),
            ),
            ("x.amazonaws.com", true, None),
            (
                "git-codecommit.us-east-1.amazonaws.com.example.net",
                false,
                Some("us-east-1"),
            ),
            ("amazonaws.com.example.net", false, None),
            ("git.example.com", false, None),
        ] {
            let question = Question {
                host,
                path: "x",
                ..Question::default()
            };
            assert_eq!(
                (question.is_of_aws(), question.region()),
                (is_of_aws, region),
                "{host}"
            );
        }
    }

    #[test]
    fn a_password_is_for_one_server() {
        let origin = |text| Question::parse(text).unwrap().origin();
        assert_eq!(origin(EAST), "https://git-codecommit.us-east-1.amazonaws.com");
        assert_eq!(origin("host=a.example:443\npath=x"), "https://a.example");
        assert_eq!(
            origin("protocol=http\nhost=a.example:8080\npath=x"),
            "http://a.example:8080"
        );
    }

    #[test]
    fn what_is_no_question_is_refused() {
        for text in ["", "host=x\n", "path=x\n", "nonsense\n"] {
            assert!(Question::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_is_answered_or_refused(text in "(host|path|x)?=?[ -~\n]{0,40}\n(host|path)=[a-z.:/é-]{0,40}") {
            if let Ok(question) = Question::parse(&text) {
                let _ = (question.is_of_aws(), question.region());
            }
        }
    }
}
