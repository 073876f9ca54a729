//! `kagiban node activate` and `kagiban node admit`: permissions to become a node.

use std::process::ExitCode;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use kagiban_aws::{SecretString, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Client;
use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;

/// Let machines register as managed nodes with a role (mi-…)
#[derive(clap::Args)]
#[command(after_long_help = activate_help())]
pub(crate) struct Activate {
    /// The role whose rights they get; it has to trust ssm.amazonaws.com
    #[arg(long)]
    role: String,
    /// How many machines may register
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// What the activation is for
    #[arg(long)]
    description: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

/// Let one machine register with an instance profile, as AWS's own instances have it (i-…, Kagiban only)
#[derive(clap::Args)]
#[command(after_long_help = admit_help())]
pub(crate) struct Admit {
    /// The instance profile; its role has to trust ec2.amazonaws.com
    #[arg(long)]
    instance_profile: String,
    #[command(flatten)]
    shared: Shared,
}

#[derive(clap::Args)]
struct Shared {
    /// What the nodes are called
    #[arg(long)]
    name: Option<String>,
    /// A tag of the nodes
    #[arg(long, value_name = "KEY=VALUE")]
    tag: Vec<Tag>,
    /// How long one may register: hours or days, such as 12h or 7d; 30d at most
    #[arg(long, default_value = "24h", value_name = "TIME")]
    expires_in: Span,
    #[command(flatten)]
    format: Format,
}

fn activate_help() -> String {
    format!(
        "{EXIT_CODES}
The code is shown only now; the server keeps a hash of it. Whoever has id and code can register.

Examples:
  kagiban node activate --role web-servers --name web-1
  kagiban node activate --role web-servers --limit 20 --expires-in 7d --tag env=prod"
    )
}

fn admit_help() -> String {
    format!(
        "{EXIT_CODES}
The code is shown only now; the server keeps a hash of it. Whoever has id and code can register.

Examples:
  kagiban node admit --instance-profile web --name web-1
  kagiban node admit --instance-profile web --expires-in 1h"
    )
}

/// A tag as it is written on the command line.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

impl FromStr for Tag {
    type Err = String;

    fn from_str(text: &str) -> Result<Tag, String> {
        let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
        Ok(Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// Hours or days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Span(Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let unit = text.chars().next_back();
        let number = unit.and_then(|unit| text.strip_suffix(unit)?.parse::<u32>().ok());
        let hours = match (number, unit) {
            (Some(hours), Some('h')) => u64::from(hours),
            (Some(days), Some('d')) => u64::from(days) * 24,
            _ => return Err("write it as hours or days, such as 12h or 7d".to_owned()),
        };
        match hours {
            1..=720 => Ok(Span(Duration::from_secs(hours * 3600))),
            _ => Err("it must be one hour at least and 30 days at most".to_owned()),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Activation {
    activation_id: String,
    activation_code: SecretString,
}

impl Activate {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Ssm)?;
        let mut body = self.shared.body();
        body["IamRole"] = json!(self.role);
        body["RegistrationLimit"] = json!(self.limit);
        if let Some(name) = &self.shared.name {
            body["DefaultInstanceName"] = json!(name);
        }
        if let Some(description) = &self.description {
            body["Description"] = json!(description);
        }
        self.shared.make(&client, "CreateActivation", &body)
    }
}

impl Admit {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Kagiban)?;
        let mut body = self.shared.body();
        body["InstanceProfile"] = json!(self.instance_profile);
        if let Some(name) = &self.shared.name {
            body["Name"] = json!(name);
        }
        self.shared.make(&client, "AdmitInstance", &body)
    }
}

impl Shared {
    fn body(&self) -> Value {
        let expires = Timestamp::from(SystemTime::now()).plus(self.expires_in.0);
        let tag = |tag: &Tag| json!({"Key": tag.key, "Value": tag.value});
        let tags: Vec<Value> = self.tag.iter().map(tag).collect();
        json!({"ExpirationDate": expires.seconds(), "Tags": tags})
    }

    fn make(&self, client: &Client, operation: &str, body: &Value) -> Result<ExitCode, Failure> {
        let made: Activation = client.call(operation, body)?;
        let place = &client.endpoint().place;
        let (url, region) = (place.url.to_string(), place.region.to_string());
        self.format.print(&made, |made| told(made, &url, &region))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What to do with it on the machine.
fn told(made: &Activation, url: &str, region: &str) -> String {
    let (id, code) = (&made.activation_id, made.activation_code.expose());
    format!(
        "The activation {id} is made; its code is shown only now. On the machine, run as root:

  kagiban-agent register --endpoint {url} --region {region} --activation-id {id} --activation-code {code}

or, with AWS's agent, once its configuration names this endpoint:

  amazon-ssm-agent -register -region {region} -id {id} -code {code}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_hours_or_days_up_to_thirty_days() {
        let hours = |text: &str| text.parse::<Span>().map(|span| span.0.as_secs() / 3600);
        assert_eq!(hours("12h"), Ok(12));
        assert_eq!(hours("30d"), Ok(720));
        for text in ["", "h", "12", "0h", "31d", "-1h", "1m", "１h", "d日"] {
            assert!(hours(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_tag_is_split_at_its_first_equals_sign() {
        let tag: Tag = "a=b=c".parse().unwrap();
        assert_eq!((tag.key.as_str(), tag.value.as_str()), ("a", "b=c"));
        assert!("a".parse::<Tag>().is_err());
    }
}
