//! The credentials plan: which calls lead from a source to what a command gets, and for how long.
//!
//! Nothing is called and nothing is looked up here, so that the plan can be shown (`kagiban profile
//! explain`) and tested as a table.
//!
//! AWS's rules behind it: a role that is assumed with credentials of a session lasts an hour at most;
//! a session without a code of an MFA device may not ask IAM anything; a code opens one session. So one
//! session with MFA feeds all roles that want the same device, unless one role alone shall last longer.

use crate::config::Role;
use crate::duration::say;

const HOUR: u32 = 3600;
/// What AWS gives at least.
const SHORTEST: u32 = 900;
/// `AssumeRole`'s limit.
const LONGEST_ROLE: u32 = 12 * HOUR;
/// `GetSessionToken`'s limit.
const LONGEST_SESSION: u32 = 36 * HOUR;

/// What is known before a plan is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// Whether the source is a long-lived key, rather than credentials of a session.
    pub(crate) is_long_lived: bool,
    /// The MFA device of the source's profile.
    pub(crate) source_serial: Option<String>,
    pub(crate) roles: Vec<Role>,
}

/// What is wished for.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    /// No `GetSessionToken`, as by `--no-session`.
    pub(crate) no_session: bool,
    /// Where the profile itself is opened in the console: a session of it would be of no use there.
    pub(crate) is_for_console: bool,
    /// By `--duration`.
    pub(crate) seconds: Option<u32>,
    pub(crate) defaults: Defaults,
}

/// How long things last if nothing is said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    pub(crate) session: u32,
    /// A session that feeds roles.
    pub(crate) chained: u32,
    pub(crate) role: u32,
}

/// The calls, in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Plan {
    pub(crate) session: Option<SessionStep>,
    pub(crate) roles: Vec<RoleStep>,
    /// What a person did not get as asked for, and why.
    pub(crate) cuts: Vec<String>,
    /// Whether the source's long-lived key itself is what comes out.
    pub(crate) exposes_key: bool,
}

/// `GetSessionToken`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SessionStep {
    pub(crate) serial: Option<String>,
    pub(crate) seconds: u32,
}

/// `AssumeRole`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RoleStep {
    pub(crate) role: Role,
    /// The MFA device whose code goes along.
    pub(crate) serial: Option<String>,
    pub(crate) seconds: u32,
}

impl Default for Defaults {
    fn default() -> Defaults {
        Defaults {
            session: HOUR,
            chained: 8 * HOUR,
            role: HOUR,
        }
    }
}

impl Plan {
    /// Makes the plan.
    pub(crate) fn new(given: &Given, wishes: &Wishes) -> Plan {
        let mut plan = Plan::default();
        if given.is_long_lived && !wishes.no_session && plan.wants_session(given, wishes) {
            plan.session = Some(plan.session_step(given, wishes));
        }
        let mut used: Vec<String> = plan
            .session
            .iter()
            .filter_map(|step| step.serial.clone())
            .collect();
        for (position, role) in given.roles.iter().enumerate() {
            let serial = role.mfa_serial.clone().filter(|serial| !used.contains(serial));
            used.extend(serial.clone());
            let is_chained = position > 0 || plan.session.is_some() || !given.is_long_lived;
            let is_last = position + 1 == given.roles.len();
            let seconds = plan.role_seconds(role, wishes, is_chained, is_last);
            plan.roles.push(RoleStep {
                role: role.clone(),
                serial,
                seconds,
            });
        }
        plan.exposes_key = given.is_long_lived && plan.session.is_none() && plan.roles.is_empty();
        plan
    }

    fn wants_session(&self, given: &Given, wishes: &Wishes) -> bool {
        match given.roles.as_slice() {
            [] => !wishes.is_for_console,
            // Its own code then, since a session would cut it to an hour.
            [only] if wished(only, wishes) > HOUR => false,
            [first, ..] if first.holds_key => false,
            roles => {
                let serial = given.source_serial.as_ref();
                serial.is_some() && roles.iter().any(|role| role.mfa_serial.as_ref() == serial)
            }
        }
    }

    fn session_step(&mut self, given: &Given, wishes: &Wishes) -> SessionStep {
        // DIFFERS from aws-vault's fork: --duration is not for a session that feeds roles, because a
        // session of another length would ask for another code.
        let (wished, why) = match given.roles.is_empty() {
            true => (wishes.seconds.unwrap_or(wishes.defaults.session), "a session"),
            false => (wishes.defaults.chained, "a session for roles"),
        };
        SessionStep {
            serial: given.source_serial.clone(),
            seconds: self.within(wished, LONGEST_SESSION, why, "AWS gives no longer one"),
        }
    }

    fn role_seconds(&mut self, role: &Role, wishes: &Wishes, is_chained: bool, is_last: bool) -> u32 {
        let wished = match is_last {
            true => wished(role, wishes),
            // On the way to another role; it is used at once.
            false => role.duration_seconds.unwrap_or(wishes.defaults.role).min(HOUR),
        };
        let what = format!("the role of profile `{}`", role.profile);
        match is_chained {
            true => self.within(
                wished,
                HOUR,
                &what,
                "AWS gives no more to a role that is assumed from a session or another role; a profile whose source_profile has the key and no session lasts longer",
            ),
            false => self.within(wished, LONGEST_ROLE, &what, "AWS gives a role no longer one"),
        }
    }

    /// Keeps a duration between AWS's limits, and a word about it if that changes it.
    fn within(&mut self, wished: u32, longest: u32, what: &str, why: &str) -> u32 {
        let seconds = wished.clamp(SHORTEST, longest);
        let why = if wished < SHORTEST {
            "AWS gives no shorter one"
        } else {
            why
        };
        if seconds != wished {
            self.cuts.push(format!(
                "{what} lasts {} instead of {}: {why}",
                say(seconds),
                say(wished)
            ));
        }
        seconds
    }
}

fn wished(role: &Role, wishes: &Wishes) -> u32 {
    wishes
        .seconds
        .or(role.duration_seconds)
        .unwrap_or(wishes.defaults.role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(profile: &str, serial: Option<&str>) -> Role {
        Role {
            profile: profile.to_owned(),
            arn: format!("arn:{profile}"),
            mfa_serial: serial.map(str::to_owned),
            ..Role::default()
        }
    }

    fn given(roles: &[Role]) -> Given {
        Given {
            is_long_lived: true,
            source_serial: Some("mfa".to_owned()),
            roles: roles.to_vec(),
        }
    }

    /// What a plan does, in a line: calls with their hours, `*` where a code is asked for.
    fn line(given: &Given, flags: &str) -> String {
        let wishes = Wishes {
            no_session: flags.contains("--no-session"),
            is_for_console: flags.contains("login"),
            seconds: flags
                .split_once("-d ")
                .and_then(|(_, text)| crate::duration::parse(text)),
            defaults: Defaults::default(),
        };
        let plan = Plan::new(given, &wishes);
        let mark = |serial: &Option<String>| if serial.is_some() { "*" } else { "" };
        let session = plan
            .session
            .iter()
            .map(|step| format!("session{} {}", mark(&step.serial), say(step.seconds)));
        let roles = plan.roles.iter().map(|step| {
            format!(
                "{}{} {}",
                step.role.profile,
                mark(&step.serial),
                say(step.seconds)
            )
        });
        let key = plan.exposes_key.then(|| "key".to_owned());
        let cut = (!plan.cuts.is_empty()).then(|| "cut".to_owned());
        session
            .chain(roles)
            .chain(key)
            .chain(cut)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The table of docs/workstation.md, row by row.
    #[test]
    fn sessions_feed_roles_as_aws_vault_has_it() {
        let j = given(&[]);
        let plain = given(&[role("role", None)]);
        let with_mfa = given(&[role("role", Some("mfa"))]);
        let two = given(&[role("one", Some("mfa")), role("two", Some("mfa"))]);
        for (given, flags, expected) in [
            (&j, "--no-session", "key"),
            (&j, "", "session* 1 h"),
            (&j, "-d 12h", "session* 12 h"),
            (&j, "-d 48h", "session* 36 h, cut"),
            (&j, "login", "key"),
            (&plain, "", "role 1 h"),
            (&with_mfa, "", "session* 8 h, role 1 h"),
            (&with_mfa, "-d 15m", "session* 8 h, role 15 min"),
            (&with_mfa, "-d 5m", "session* 8 h, role 15 min, cut"),
            (&with_mfa, "-d 2h", "role* 2 h"),
            (&with_mfa, "-d 13h", "role* 12 h, cut"),
            (&with_mfa, "login", "session* 8 h, role 1 h"),
            (&with_mfa, "--no-session", "role* 1 h"),
            (&two, "", "session* 8 h, one 1 h, two 1 h"),
            (&two, "-d 12h", "session* 8 h, one 1 h, two 1 h, cut"),
            (&two, "--no-session", "one* 1 h, two 1 h"),
        ] {
            assert_eq!(line(given, flags), expected, "{flags} of {given:?}");
        }
    }

    #[test]
    fn other_devices_and_other_sources_get_no_session() {
        let other = given(&[role("role", Some("other"))]);
        assert_eq!(line(&other, ""), "role* 1 h");
        let own = Role {
            holds_key: true,
            ..role("self", Some("mfa"))
        };
        assert_eq!(
            line(&given(&[own]), ""),
            "self* 1 h",
            "a profile with key and role is never primed"
        );
        let temporary = Given {
            is_long_lived: false,
            ..given(&[role("role", None)])
        };
        assert_eq!(line(&temporary, "-d 2h"), "role 1 h, cut");
        assert_eq!(
            line(
                &Given {
                    is_long_lived: false,
                    ..given(&[])
                },
                ""
            ),
            ""
        );
    }

    #[test]
    fn a_cut_says_why_and_what_to_do() {
        let wishes = Wishes {
            no_session: false,
            is_for_console: false,
            seconds: Some(12 * HOUR),
            defaults: Defaults::default(),
        };
        let plan = Plan::new(&given(&[role("one", None), role("two", None)]), &wishes);
        insta::assert_snapshot!(plan.cuts.join("\n"), @"the role of profile `two` lasts 1 h instead of 12 h: AWS gives no more to a role that is assumed from a session or another role; a profile whose source_profile has the key and no session lasts longer");
    }
}
