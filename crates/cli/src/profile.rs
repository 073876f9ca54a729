//! Profiles of `~/.aws/config` and `~/.aws/credentials`, as far as static keys need.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs, io};

use crate::failure::Failure;

/// One profile's settings: those of the credentials file come before those of the config file.
#[derive(Debug, Default)]
pub(crate) struct Profile(BTreeMap<String, String>);

impl Profile {
    /// Reads a profile from both files; `None` if neither has it.
    ///
    /// # Errors
    ///
    /// If a file is there and cannot be read.
    pub(crate) fn load(name: &str) -> Result<Option<Profile>, Failure> {
        let config = read("AWS_CONFIG_FILE", "config")?;
        let credentials = read("AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
        let titled = format!("profile {name}");
        let in_config = section(&config, &titled)
            .or_else(|| (name == "default").then(|| section(&config, name)).flatten());
        let in_credentials = section(&credentials, name);
        if in_config.is_none() && in_credentials.is_none() {
            return Ok(None);
        }
        let mut settings = in_config.unwrap_or_default();
        settings.extend(in_credentials.unwrap_or_default());
        Ok(Some(Profile(settings)))
    }

    /// A setting by its lower-case name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The endpoint of a service in a `[services NAME]` section, where each service's settings are nested.
///
/// # Errors
///
/// If the configuration is there and cannot be read.
pub(crate) fn service_endpoint(services: &str, service: &str) -> Result<Option<String>, Failure> {
    let config = read("AWS_CONFIG_FILE", "config")?;
    Ok(nested(
        &config,
        &format!("services {services}"),
        service,
        "endpoint_url",
    ))
}

fn read(variable: &str, name: &str) -> Result<String, Failure> {
    let path = match env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => match env::home_dir() {
            Some(home) => home.join(".aws").join(name),
            None => return Ok(String::new()),
        },
    };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::Setting(format!(
            "{} cannot be read: {error}",
            path.display()
        ))),
    }
}

/// The settings of a section; settings nested under another, which are indented, are left out.
fn section(text: &str, title: &str) -> Option<BTreeMap<String, String>> {
    let mut found: Option<BTreeMap<String, String>> = None;
    let mut inside = false;
    for line in text.lines() {
        let line = line.trim_end();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            inside = name.0.split_whitespace().eq(title.split_whitespace());
            if inside {
                found.get_or_insert_default();
            }
        } else if inside
            && !line.starts_with([' ', '\t', '#', ';'])
            && let Some((name, value)) = line.split_once('=')
        {
            let settings = found.get_or_insert_default();
            settings.insert(name.trim().to_lowercase(), uncommented(value).to_owned());
        }
    }
    found
}

/// A setting that is indented below another one.
fn nested(text: &str, title: &str, outer: &str, setting: &str) -> Option<String> {
    let (mut inside, mut below) = (false, false);
    for line in text.lines().map(str::trim_end) {
        if let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            inside = name.split_whitespace().eq(title.split_whitespace());
            below = false;
            continue;
        }
        let Some((name, value)) = line.split_once('=').filter(|_| inside) else {
            continue;
        };
        let is = |wanted: &str| name.trim().eq_ignore_ascii_case(wanted);
        match line.starts_with([' ', '\t']) {
            true if below && is(setting) => return Some(uncommented(value).to_owned()),
            true => {}
            false => below = is(outer) && uncommented(value).is_empty(),
        }
    }
    None
}

/// A comment inside a line begins after a blank: a `#` may belong to a value.
fn uncommented(value: &str) -> &str {
    let ends = [" #", " ;", "\t#", "\t;"];
    let end = ends.iter().filter_map(|mark| value.find(mark)).min();
    value[..end.unwrap_or(value.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[default]\nregion = eu-west-1\n\n[profile  dev]\n# a comment\nREGION=us-east-1 # here\nendpoint_url = https://k.example/#x\ns3 =\n  endpoint_url = no\n[profile other]\nregion = x\n[profile dev]\noutput = json\n";

    #[test]
    fn a_sections_settings_are_found_however_they_are_written() {
        let dev = section(TEXT, "profile dev").unwrap();
        assert_eq!(dev["region"], "us-east-1");
        assert_eq!(dev["endpoint_url"], "https://k.example/#x");
        assert_eq!(dev["output"], "json");
        assert_eq!(section(TEXT, "default").unwrap()["region"], "eu-west-1");
        assert_eq!(section(TEXT, "profile none"), None);
    }

    #[test]
    fn a_services_own_endpoint_is_nested_in_its_section() {
        let text = "[services local]\nkms =\n  endpoint_url = http://kms\nssm =\n  x = y\n  endpoint_url = http://ssm # here\n[services other]\nssm =\n  endpoint_url = http://other\n";
        let endpoint = |services, service| nested(text, services, service, "endpoint_url");
        assert_eq!(endpoint("services local", "ssm").as_deref(), Some("http://ssm"));
        assert_eq!(endpoint("services local", "kms").as_deref(), Some("http://kms"));
        assert_eq!(endpoint("services other", "ssm").as_deref(), Some("http://other"));
        assert_eq!(endpoint("services other", "kms"), None);
        assert_eq!(endpoint("services none", "ssm"), None);
    }
}
