//! Credentials of the machine or container this runs on.

use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use kagiban_client::{Answer, Connector, Http, Signer, parse_url};

use super::Printed;
use crate::failure::Failure;
use crate::vault::endpoint::variable;
use crate::vault::session::Session;

/// Metadata services are near; where none is, nothing answers.
const PATIENCE: Duration = Duration::from_secs(2);

/// Hosts that may be asked without TLS, besides the loopback: those of ECS and EKS.
const CONTAINER_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/// Whether a host is an address of this machine's own; a name that looks like one is not.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Credentials of the container.
///
/// # Errors
///
/// If there are none.
pub(crate) fn container() -> Result<Session, Failure> {
    let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let url = relative
        .map(|path| format!("http://169.254.170.2{path}"))
        .or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        .ok_or_else(|| {
            Failure::Credentials(
                "this is no container with credentials: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set"
                    .to_owned(),
            )
        })?;
    let parsed = parse_url(&url)?;
    let host = parsed.host().unwrap_or_default();
    let is_near = host == "localhost" || is_loopback(host) || CONTAINER_HOSTS.contains(&host);
    if parsed.scheme_str() != Some("https") && !is_near {
        return Err(Failure::Setting(format!(
            "{host} gives credentials without TLS and is not this machine"
        )));
    }
    let token = match variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => Some(
            fs::read_to_string(&path)
                .map_err(|error| Failure::Setting(format!("{path} cannot be read: {error}")))?,
        ),
        None => variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    };
    let headers: Vec<(&str, &str)> = token
        .iter()
        .map(|token| ("authorization", token.trim()))
        .collect();
    let path = parsed
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let http = Http::new(Connector::new(variable("AWS_CA_BUNDLE"))?, parsed);
    let answer = get("GET", &http, &path, &headers)?;
    Printed::read(&answer.body, "the container")?.session("the container")
}

/// Credentials of the instance, by IMDSv2.
///
/// # Errors
///
/// If there are none.
pub(crate) fn instance() -> Result<Session, Failure> {
    let url =
        variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| "http://169.254.169.254".to_owned());
    let parsed = parse_url(&url)?;
    let base = parsed.path().trim_end_matches('/').to_owned();
    let http = Http::new(Connector::new(None)?, parsed);
    let ttl = [("x-aws-ec2-metadata-token-ttl-seconds", "60")];
    let token = text(&get("PUT", &http, &format!("{base}/latest/api/token"), &ttl)?);
    let headers = [("x-aws-ec2-metadata-token", token.as_str())];
    let roles = format!("{base}/latest/meta-data/iam/security-credentials/");
    let role = text(&get("GET", &http, &roles, &headers)?);
    let answer = get("GET", &http, &format!("{roles}{}", role.trim()), &headers)?;
    Printed::read(&answer.body, "the instance")?.session("the instance")
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn get(method: &str, http: &Http, path: &str, headers: &[(&str, &str)]) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let none = |why: &str| Failure::Credentials(format!("{} gives no credentials: {why}", http.url()));
    let sent = async {
        let sent = http.request(method, path, headers, Vec::new().into(), &Signer::Nobody);
        tokio::time::timeout(PATIENCE, sent).await
    };
    let answer = runtime
        .block_on(sent)
        .map_err(|_| none("no answer within two seconds"))??;
    match answer.status {
        200 => Ok(answer),
        status => Err(none(&format!("HTTP status {status}"))),
    }
}
