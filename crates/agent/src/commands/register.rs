//! `kagiban-agent register`: makes this machine a node.

use std::io::Read as _;
use std::process::ExitCode;

use kagiban_aws::SecretString;
use kagiban_client::{Connector, Endpoint, Service, parse_region, parse_url, safe};

use super::{Directory, block_on};
use crate::failure::{Failure, say};
use crate::node::{self, NodeKey, Registration};
use crate::random;

/// Longer codes are no codes.
const MAX_CODE: u64 = 4096;

/// Make this machine a managed node
///
/// An administrator makes the activation (`aws ssm create-activation`). The private key is made here and
/// never leaves the data directory.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    directory: Directory,
    /// The server, such as https://kagiban.example
    #[arg(long, value_name = "URL", env = "KAGIBAN_ENDPOINT")]
    endpoint: String,
    /// The Region that the activation is in
    #[arg(long, value_name = "REGION", env = "KAGIBAN_REGION")]
    region: Option<String>,
    /// The activation's id
    #[arg(long, value_name = "ID", env = "KAGIBAN_ACTIVATION_ID")]
    activation_id: String,
    /// The activation's code; `-` or nothing reads it from standard input, where no list of processes shows it
    #[arg(
        long,
        value_name = "CODE",
        env = "KAGIBAN_ACTIVATION_CODE",
        hide_env_values = true
    )]
    activation_code: Option<String>,
    /// A file of certificate authorities to trust instead of the system's
    #[arg(long, value_name = "FILE", env = "AWS_CA_BUNDLE")]
    ca_bundle: Option<String>,
    /// Give up a registration that is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let data = arguments.directory.open()?;
    let Some(_lock) = data.lock("agent.lock")? else {
        return Err(Failure::Data(
            "an agent runs from this data directory; stop it first".to_owned(),
        ));
    };
    if let Some(there) = Registration::load(&data)?.filter(|_| !arguments.force) {
        let text = format!(
            "this is {} already, at {}; --force gives it up",
            there.node, there.endpoint
        );
        return Err(Failure::Data(text));
    }
    let endpoint = Endpoint {
        service: Service::Ssm,
        url: parse_url(&arguments.endpoint)?,
        region: parse_region(arguments.region.as_deref())?,
    };
    let (region, connector) = (endpoint.region, Connector::new(arguments.ca_bundle.clone())?);
    let code = code(arguments.activation_code)?;
    let key = NodeKey::generate()?;
    let private = key.private()?;
    let fingerprint = random::uuid();
    let id = arguments.activation_id.as_str();
    let registering =
        async { Ok(node::register(endpoint, connector, (id, &code), &fingerprint, &key).await?) };
    let registration = Registration {
        node: block_on(registering)?,
        endpoint: arguments.endpoint,
        region,
        fingerprint,
        machine: node::machine(),
        key: private,
        next_key: None,
        ca_bundle: arguments.ca_bundle,
    };
    registration.save(&data)?;
    println!("{}", safe(&registration.node));
    say(&format!(
        "registered; `kagiban-agent run --data {}` connects it",
        data.root().display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn code(given: Option<String>) -> Result<SecretString, Failure> {
    if let Some(code) = given.filter(|code| code != "-") {
        return Ok(code.into());
    }
    let mut code = String::new();
    std::io::stdin().take(MAX_CODE).read_to_string(&mut code)?;
    let code = SecretString::from(code);
    match code.expose().trim() {
        "" => Err(Failure::Usage(
            "there is no activation code on standard input".to_owned(),
        )),
        code => Ok(code.to_owned().into()),
    }
}
