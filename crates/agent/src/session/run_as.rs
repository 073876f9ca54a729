//! As whom a session's programs run. Never as root unless a document says so in so many words.

use std::process::{Command, Stdio};

use kagiban_session::document::Inputs;

use super::users::{self, User, Users};
use crate::failure::Failure;
use crate::workers::Settings;

/// As whom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum RunAs {
    /// The agent's own user.
    Own(Option<User>),
    /// Somebody else, with all their groups.
    Other(User, Vec<u32>),
}

impl RunAs {
    /// Whether that is root.
    pub(super) fn is_root(&self) -> bool {
        match self {
            RunAs::Own(_) => rustix::process::geteuid().is_root(),
            RunAs::Other(user, _) => user.uid == 0,
        }
    }
}

/// What the session asks for.
struct Wish<'a> {
    /// The user that the document's preferences and the caller's tag name, if they do.
    named: Option<&'a str>,
    /// Whether a command is to run as the agent's own user.
    elevated: bool,
    /// As whom otherwise, when the agent is root.
    default: &'a str,
}

/// Decides for this process.
///
/// # Errors
///
/// If nobody is left whom it may run as.
pub(super) fn decide_here(
    inputs: &Inputs,
    of_caller: &str,
    elevated: bool,
    settings: &Settings,
) -> Result<RunAs, Failure> {
    let is_root = rustix::process::geteuid().is_root();
    let wish = Wish {
        named: inputs.run_as_enabled.then(|| match of_caller.trim() {
            "" => inputs.run_as_default_user.trim(),
            name => name,
        }),
        elevated,
        default: &settings.default_user,
    };
    let mut users = Users::system();
    let needs_default = is_root && wish.named.is_none() && !elevated;
    if needs_default && settings.create_default_user && users.find(wish.default).is_none() {
        create(wish.default)?;
        users = Users::system();
    }
    decide(is_root, &wish, &users, users::own(&users)).map_err(Failure::Session)
}

fn decide(is_root: bool, wish: &Wish<'_>, users: &Users, own: Option<User>) -> Result<RunAs, String> {
    match wish.named {
        Some("") => Err(
            "Run As is on, and no user is named: neither in the preferences nor by a tag SSMSessionRunAs"
                .to_owned(),
        ),
        Some(name) if !is_root => match own {
            Some(own) if own.name == name => Ok(RunAs::Own(Some(own))),
            _ => Err(format!(
                "the agent is not root here and cannot run a session as `{name}`"
            )),
        },
        Some(name) => other(name, users),
        None if !is_root || wish.elevated => Ok(RunAs::Own(own)),
        None => other(wish.default, users),
    }
}

fn other(name: &str, users: &Users) -> Result<RunAs, String> {
    let user = users.find(name).ok_or_else(|| {
        format!(
            "there is no user `{name}` on this node; make it there, turn on Run As with one that is there, or give \
             the agent --create-default-user, or --default-user with another"
        )
    })?;
    // The highest number means "leave it as it is" to the kernel, which is root.
    if [0, u32::MAX].contains(&user.uid) || [0, u32::MAX].contains(&user.gid) {
        return Err(format!(
            "`{name}` is root by its user or group id; sessions do not run as root"
        ));
    }
    let mut groups = users.groups(&user);
    groups.retain(|group| ![0, u32::MAX].contains(group));
    Ok(RunAs::Other(user, groups))
}

fn create(name: &str) -> Result<(), Failure> {
    let made = Command::new("useradd")
        .args([
            "--create-home",
            "--shell",
            "/bin/sh",
            "--comment",
            "Session Manager",
            "--",
            name,
        ])
        .stdin(Stdio::null())
        .output()?;
    match made.status.success() {
        true => Ok(()),
        false => Err(Failure::Session(format!("the user `{name}` cannot be made"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\ntoor:x:0:5::/:/bin/sh\nwheel:x:7:0::/:/bin/sh\nssm-user:x:900:900::/home/ssm-user:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n";

    fn run(is_root: bool, named: Option<&str>, elevated: bool, default: &str) -> Result<String, String> {
        let users = Users::of(PASSWD, "docker:x:50:alice\n");
        let own = users.find(if is_root { "root" } else { "alice" });
        let wish = Wish {
            named,
            elevated,
            default,
        };
        decide(is_root, &wish, &users, own).map(|run_as| match run_as {
            RunAs::Own(user) => format!("own {}", user.unwrap().name),
            RunAs::Other(user, groups) => format!("{} {groups:?}", user.name),
        })
    }

    #[test]
    fn an_agent_that_is_root_runs_sessions_as_somebody_else() {
        assert_eq!(run(true, None, false, "ssm-user").unwrap(), "ssm-user [900]");
        assert_eq!(
            run(true, Some("alice"), false, "ssm-user").unwrap(),
            "alice [1000, 50]"
        );
        assert_eq!(
            run(true, Some("alice"), true, "ssm-user").unwrap(),
            "alice [1000, 50]",
            "who is named comes first"
        );
    }

    #[test]
    fn root_is_never_run_as_by_the_way() {
        for named in ["root", "toor", "wheel"] {
            assert!(
                run(true, Some(named), false, "ssm-user")
                    .unwrap_err()
                    .contains("root"),
                "{named}"
            );
            assert!(run(true, None, false, named).is_err(), "{named}");
        }
        assert!(
            run(true, None, false, "nobody-here")
                .unwrap_err()
                .contains("no user")
        );
        assert!(run(true, Some(""), false, "ssm-user").is_err());
        assert!(
            run(true, Some("bob"), false, "ssm-user").is_err(),
            "no falling back"
        );
        assert_eq!(
            run(true, None, true, "ssm-user").unwrap(),
            "own root",
            "a document may say so"
        );
    }

    #[test]
    fn an_agent_that_is_not_root_runs_sessions_as_itself() {
        assert_eq!(run(false, None, false, "ssm-user").unwrap(), "own alice");
        assert_eq!(run(false, None, true, "ssm-user").unwrap(), "own alice");
        assert_eq!(run(false, Some("alice"), false, "ssm-user").unwrap(), "own alice");
        assert!(
            run(false, Some("ssm-user"), false, "ssm-user")
                .unwrap_err()
                .contains("not root")
        );
        assert!(run(false, Some(""), false, "ssm-user").is_err());
    }
}
