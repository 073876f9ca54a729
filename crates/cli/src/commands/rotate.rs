//! `kagiban rotate`: a new access key takes the place of the old one, and at no moment is there none.
//!
//! Each step is written down in the store before the next one begins, the new secret with it, so that
//! whatever ends this process, `--resume` goes on where it was:
//!
//! 1. *creating*: which keys there are is known, so that a key whose secret was lost on the way is found;
//! 2. *created*: the new key is in the store beside the old one, and is waited for until it works;
//! 3. *switched*: the profile has the new key; the old one is made inactive, and deleted if all is well.

use std::process::ExitCode;
use std::time::Duration;

use kagiban_client::Credentials;
use serde::{Deserialize, Serialize};

use super::obtain;
use crate::config::{Chain, Source};
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::prompt;
use crate::vault::{
    Defaults, Endpoint, Given, Plan, Query, Service, StoredKey, Vault, Wishes, given, hold, is_same_place,
};

/// Replace a profile's access key by a new one
#[derive(clap::Args)]
#[command(after_long_help = "\
Needs iam:ListAccessKeys, iam:CreateAccessKey, iam:UpdateAccessKey and iam:DeleteAccessKey on one's own user.
Whatever ends it, no key is lost: `kagiban rotate --resume PROFILE` goes on.")]
pub(crate) struct Arguments {
    /// The profile; of a role, the one that has the key for it [default: AWS_PROFILE]
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: Option<String>,
    /// Call IAM with the key itself and not with a session
    #[arg(short, long)]
    no_session: bool,
    /// A code of the MFA device
    #[arg(short = 't', long, value_name = "CODE")]
    mfa_token: Option<String>,
    /// Go on with a rotation that was interrupted
    #[arg(long)]
    resume: bool,
    /// Do not ask before a key is deleted whose secret was lost on the way
    #[arg(long)]
    yes: bool,
}

/// How far it has come.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Journal {
    step: Step,
    /// The id of the key that goes.
    old: String,
    /// The keys that were there before.
    known: Vec<String>,
    new: Option<StoredKey>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
enum Step {
    Creating,
    Created,
    Switched,
}

/// A rotation under way.
struct Rotation<'a> {
    vault: &'a Vault,
    /// The profile that has the key.
    owner: String,
    iam: Query,
    credentials: Credentials,
    sts: Endpoint,
    may_delete: bool,
}

/// How often a new key is tried: it takes AWS some seconds to know it everywhere.
const TRIES: u32 = 15;
const PAUSE: Duration = Duration::from_secs(2);

/// Rotates.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let vault = keeping.vault(target, arguments.mfa_token.as_deref())?;
    let name = obtain::profile(arguments.profile.as_deref(), keeping, target)?;
    let chain = vault.chain(&name)?;
    if !matches!(chain.source, Source::Stored) {
        return Err(Failure::Usage(format!(
            "profile `{name}` does not lead to a key in the store"
        )));
    }
    let owner = chain.origin.name.clone();
    let _lock = hold("keys");
    let journal = Journal::load(&vault, &owner)?;
    let journal = match (journal, arguments.resume) {
        (Some(_), false) => {
            return Err(Failure::Setting(format!(
                "a rotation of profile `{owner}` was begun and not finished; `kagiban rotate --resume {owner}` goes on"
            )));
        }
        (None, true) => {
            return Err(Failure::Missing(format!(
                "no rotation of profile `{owner}` was interrupted"
            )));
        }
        (journal, _) => journal,
    };
    let sts = Endpoint::find(Service::Sts, &vault.files, &chain.origin, &vault.flags)?;
    let iam = Endpoint::find(Service::Iam, &vault.files, &chain.origin, &vault.flags)?;
    if !is_same_place(&sts.place, &iam.place) {
        return Err(Failure::Setting(format!(
            "the key of profile `{owner}` is for {}, and IAM would be called at {}; set the profile's endpoint_url for both",
            sts.place, iam.place
        )));
    }
    let rotation = Rotation {
        credentials: credentials(&vault, &chain, arguments.no_session)?,
        iam: Query::new(&iam)?,
        sts,
        may_delete: arguments.yes,
        vault: &vault,
        owner,
    };
    let journal = match journal {
        Some(journal) => journal,
        None => rotation.begin()?,
    };
    rotation.go_on(journal, keeping)?;
    Ok(ExitCode::SUCCESS)
}

/// What signs for IAM: a session with MFA, or the key; a session without MFA may not ask IAM anything.
fn credentials(vault: &Vault, chain: &Chain, no_session: bool) -> Result<Credentials, Failure> {
    let known = given(chain);
    let wishes = Wishes {
        no_session: no_session || known.source_serial.is_none(),
        is_for_console: false,
        seconds: None,
        defaults: Defaults::default(),
    };
    let plan = Plan::new(
        &Given {
            roles: Vec::new(),
            ..known
        },
        &wishes,
    );
    Ok(vault.carry_out(chain, &plan)?.credentials)
}

impl Rotation<'_> {
    fn begin(&self) -> Result<Journal, Failure> {
        let known = self.key_ids()?;
        let old = self.vault.key_of(&self.owner)?.access_key_id;
        if let [one, two] = known.as_slice() {
            return Err(Failure::Setting(format!(
                "a user has two access keys at most, and there are two already: {}, {}; delete the one that is not used (the store has {old})",
                self.last_use(one),
                self.last_use(two)
            )));
        }
        let journal = Journal {
            step: Step::Creating,
            old,
            known,
            new: None,
        };
        journal.save(self.vault, &self.owner)?;
        Ok(journal)
    }

    fn go_on(&self, mut journal: Journal, keeping: &Keeping) -> Result<(), Failure> {
        if journal.step == Step::Creating {
            self.drop_lost(&journal, keeping)?;
            journal.new = Some(self.create(&journal)?);
            self.reach(&mut journal, Step::Created)?;
        }
        let new = journal.new.clone().ok_or_else(|| {
            Failure::Setting(format!("the journal of profile `{}` has no new key", self.owner))
        })?;
        if journal.step == Step::Created {
            self.wait_for(&new)?;
            let kept = self.vault.key_of(&self.owner)?.access_key_id;
            if kept != journal.old && kept != new.access_key_id {
                return Err(Failure::Changed(format!(
                    "the key of profile `{}` was replaced by {kept} meanwhile, which is kept; {} was made and is not",
                    self.owner, new.access_key_id
                )));
            }
            new.save(&*self.vault.keys, &self.owner)?;
            self.reach(&mut journal, Step::Switched)?;
        }
        self.retire(&journal.old, &new)?;
        self.vault.forget_sessions_from(&self.owner)?;
        Journal::remove(self.vault, &self.owner)?;
        output::print(&format!(
            "Rotated credentials of profile \"{}\": {} took the place of {}",
            self.owner, new.access_key_id, journal.old
        ))
    }

    fn reach(&self, journal: &mut Journal, step: Step) -> Result<(), Failure> {
        journal.step = step;
        journal.save(self.vault, &self.owner)
    }

    /// Deletes a key that was made and whose secret never came to be kept.
    fn drop_lost(&self, journal: &Journal, keeping: &Keeping) -> Result<(), Failure> {
        let lost = self.key_ids()?.into_iter().find(|id| !journal.known.contains(id));
        let Some(lost) = lost else {
            return Ok(());
        };
        let question = format!(
            "Key {lost} was made since the rotation began, and its secret is lost. Delete it? (y|N) "
        );
        if !self.may_delete {
            let answer = match keeping.may_ask() {
                true => prompt::line_on_terminal(&question)?,
                false => {
                    return Err(Failure::Human(format!(
                        "{question}Nobody is here to say yes; give --yes"
                    )));
                }
            };
            if !answer.eq_ignore_ascii_case("y") {
                return Err(Failure::Declined);
            }
        }
        self.call("DeleteAccessKey", &[("AccessKeyId", lost.as_str())])
            .map(drop)
    }

    fn create(&self, journal: &Journal) -> Result<StoredKey, Failure> {
        let answer = self.iam.call("CreateAccessKey", &[], Some(&self.credentials)).map_err(|failure| match failure {
            Failure::Refused { code, message, decision } if code == "InvalidClientTokenId" => Failure::Refused {
                code,
                decision,
                message: format!("{message} (IAM takes no session without MFA: set mfa_serial in the profile, or give --no-session)"),
            },
            other => other,
        })?;
        let old = self.vault.key_of(&self.owner)?;
        if old.access_key_id != journal.old {
            return Err(Failure::Changed(format!(
                "the key of profile `{}` was replaced meanwhile",
                self.owner
            )));
        }
        Ok(StoredKey {
            access_key_id: answer.text(&["AccessKey", "AccessKeyId"])?,
            secret: answer.text(&["AccessKey", "SecretAccessKey"])?.into(),
            place: old.place,
        })
    }

    fn wait_for(&self, key: &StoredKey) -> Result<(), Failure> {
        let sts = Query::new(&self.sts)?;
        let mut last = Ok(());
        for number in 0..TRIES {
            if number > 0 {
                std::thread::sleep(PAUSE);
            }
            match sts.call("GetCallerIdentity", &[], Some(&key.credentials())) {
                Ok(_) => return Ok(()),
                Err(failure) => last = Err(failure),
            }
        }
        last
    }

    /// The old key can be made active again until it is known that the new one does its work.
    fn retire(&self, old: &str, new: &StoredKey) -> Result<(), Failure> {
        if !self.key_ids()?.iter().any(|id| id == old) {
            return Ok(());
        }
        self.call("UpdateAccessKey", &[("AccessKeyId", old), ("Status", "Inactive")])?;
        self.wait_for(new)?;
        self.call("DeleteAccessKey", &[("AccessKeyId", old)])
    }

    /// Calls IAM; from here on the old key may be inactive, and the new one is what signs without a session.
    fn call(&self, action: &str, members: &[(&str, &str)]) -> Result<(), Failure> {
        let current = self.vault.key_of(&self.owner)?.credentials();
        let signer = match self.credentials.session_token {
            Some(_) => &self.credentials,
            None => &current,
        };
        self.iam.call(action, members, Some(signer)).map(drop)
    }

    fn key_ids(&self) -> Result<Vec<String>, Failure> {
        let current = self.vault.key_of(&self.owner)?.credentials();
        let signer = match self.credentials.session_token {
            Some(_) => &self.credentials,
            None => &current,
        };
        let answer = self.iam.call("ListAccessKeys", &[], Some(signer))?;
        answer.all(&["member", "AccessKeyId"])
    }

    /// A key's id, and when it was used last, if that can be known.
    fn last_use(&self, id: &str) -> String {
        let answer = self.iam.call(
            "GetAccessKeyLastUsed",
            &[("AccessKeyId", id)],
            Some(&self.credentials),
        );
        match answer.and_then(|answer| answer.text(&["AccessKeyLastUsed", "LastUsedDate"])) {
            Ok(date) => format!("{id} (last used {date})"),
            Err(_) => id.to_owned(),
        }
    }
}

impl Journal {
    fn name(profile: &str) -> String {
        format!("rotation/{profile}")
    }

    fn load(vault: &Vault, profile: &str) -> Result<Option<Journal>, Failure> {
        let bytes = vault.keys.get(&Journal::name(profile))?;
        let journal = bytes.map(|bytes| serde_json::from_slice(bytes.expose()));
        journal
            .transpose()
            .map_err(|_| Failure::Setting(format!("the journal of profile `{profile}` cannot be read")))
    }

    fn save(&self, vault: &Vault, profile: &str) -> Result<(), Failure> {
        let text = serde_json::to_vec(self).map_err(std::io::Error::from)?;
        vault.keys.put(&Journal::name(profile), &text.into(), None)
    }

    fn remove(vault: &Vault, profile: &str) -> Result<(), Failure> {
        vault.keys.remove(&Journal::name(profile)).map(drop)
    }
}
