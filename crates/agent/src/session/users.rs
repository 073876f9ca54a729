//! Users of the system, as far as sessions need them.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) home: PathBuf,
}

/// Where users are looked up.
#[derive(Clone, Debug)]
pub(crate) struct Users {
    passwd: String,
    group: String,
    /// Whether the name service is asked for what is not in the files: directories in the network.
    ask: bool,
}

impl Users {
    /// The system's.
    pub(crate) fn system() -> Users {
        Users {
            passwd: fs::read_to_string("/etc/passwd").unwrap_or_default(),
            group: fs::read_to_string("/etc/group").unwrap_or_default(),
            ask: true,
        }
    }

    #[cfg(test)]
    pub(crate) fn of(passwd: &str, group: &str) -> Users {
        Users {
            passwd: passwd.to_owned(),
            group: group.to_owned(),
            ask: false,
        }
    }

    /// A user by name.
    pub(crate) fn find(&self, name: &str) -> Option<User> {
        if !is_name(name) {
            return None;
        }
        let here = entries(&self.passwd).find(|user| user.name == name);
        here.or_else(|| {
            let line = self.asked("getent", &["passwd", name])?;
            entries(&line).find(|user| user.name == name)
        })
    }

    fn by_uid(&self, uid: u32) -> Option<User> {
        entries(&self.passwd).find(|user| user.uid == uid)
    }

    /// The groups of a user, the primary one first.
    pub(crate) fn groups(&self, user: &User) -> Vec<u32> {
        let told = self.asked("id", &["-G", &user.name]);
        let told = told.map(|line| line.split_whitespace().filter_map(|id| id.parse().ok()).collect());
        let mut groups: Vec<u32> = told.unwrap_or_else(|| memberships(&self.group, &user.name));
        groups.retain(|group| *group != user.gid);
        groups.insert(0, user.gid);
        groups
    }

    fn asked(&self, program: &str, arguments: &[&str]) -> Option<String> {
        if !self.ask {
            return None;
        }
        let output = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).ok())?
    }
}

/// This process's user.
pub(crate) fn own(users: &Users) -> Option<User> {
    users.by_uid(rustix::process::geteuid().as_raw())
}

/// What is certainly no option and no path.
fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@$\\".contains(&byte);
    !name.is_empty() && name.len() <= 128 && !name.starts_with('-') && name.bytes().all(legal)
}

fn entries(passwd: &str) -> impl Iterator<Item = User> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let mut fields = fields.skip(1);
        Some(User {
            name,
            uid: fields.next()?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
            home: fields.nth(1)?.into(),
        })
    })
}

fn memberships(group: &str, name: &str) -> Vec<u32> {
    let ids = group.lines().filter_map(|line| {
        let mut fields = line.split(':').skip(2);
        let (id, members) = (fields.next()?, fields.next()?);
        members
            .split(',')
            .any(|member| member == name)
            .then(|| id.parse().ok())?
    });
    ids.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_their_groups_are_read_from_the_files() {
        let users = Users::of(
            "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1001:A,,:/home/alice:/bin/bash\nbroken\nx:y\n",
            "users:x:1001:\nwheel:x:10:root,alice\nother:x:11:malice\n",
        );
        let alice = users.find("alice").unwrap();
        assert_eq!(
            (alice.uid, alice.gid, alice.home.to_str()),
            (1000, 1001, Some("/home/alice"))
        );
        assert_eq!(users.groups(&alice), [1001, 10]);
        for name in ["nobody", "", "-x", "alice:", "a/b", "al ice"] {
            assert_eq!(users.find(name), None, "{name}");
        }
    }
}
