//! MFA devices: what their codes prove, and how often one may guess.
//!
//! A code is good once: the step it belongs to is written in the transaction of what it allows, so
//! that not even a crash makes it good again. A wrong one is written too, before the caller is told,
//! because a count in memory would start anew with every restart and on every node. There are few
//! such writes: after [`FREE_GUESSES`] wrong codes in a row the device takes none for a while, and
//! what comes in that time is refused without a look at it.
//
// DIFFERS: AWS does not say how it limits guesses. Here, whoever has a user's access key can keep
// that user's device from being used; whoever guesses gets about four tries an hour.

use std::fmt;

use kagiban_aws::{AccountId, Arn, SecretString, Timestamp};
use kagiban_store::Txn;
use zeroize::Zeroizing;

use crate::records::{Holder, MfaDevice, User, keys};
use crate::totp::{Codes, step_at};
use crate::{Account, Call, IamError, Identity, Requirement, State, Stored, tags, wire};

/// The most devices that one user may have.
pub(crate) const MAX_DEVICES: usize = 8;
/// Steps that the clock of a device may be off, to either side.
const WINDOW: i64 = 1;
/// The same when a device is set right with two codes in a row.
const RESYNC_WINDOW: i64 = 1000;
/// Wrong codes in a row before the device takes none for a while.
const FREE_GUESSES: u32 = 5;
/// How long that while is at first; each wrong code after it doubles it.
const FIRST_PAUSE_SECONDS: i64 = 60;
const LONGEST_PAUSE_SECONDS: i64 = 900;

/// The serial number of a device that may not exist: a virtual device's is its ARN.
#[derive(Clone, Debug)]
pub(crate) struct SerialNumber(String);

impl SerialNumber {
    /// Takes a member that the wire demands.
    pub(crate) fn required(wire: Option<String>) -> SerialNumber {
        SerialNumber(wire.unwrap_or_default())
    }

    /// The device, if the account has it under exactly this number.
    fn find<'a>(&self, account: &'a Account, id: AccountId) -> Option<&'a Stored<MfaDevice>> {
        let arn: Arn = self.0.parse().ok()?;
        let device = account.mfa_devices.find(&arn)?;
        (device.arn(id) == arn).then_some(device)
    }

    /// The device.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub(crate) fn existing<'a>(
        &self,
        account: &'a Account,
        id: AccountId,
    ) -> Result<&'a Stored<MfaDevice>, IamError> {
        self.find(account, id).ok_or_else(|| {
            IamError::NoSuchEntity(format!(
                "VirtualMFADevice with serial number {self} doesn't exist."
            ))
        })
    }

    /// The device, which must be this user's.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub(crate) fn held_by<'a>(
        &self,
        user: &User,
        account: &'a Account,
        id: AccountId,
    ) -> Result<&'a Stored<MfaDevice>, IamError> {
        self.find(account, id)
            .filter(|device| device.is_held_by(user))
            .ok_or_else(not_of_user)
    }

    /// What a caller must be allowed who acts on the device, whether it exists or not.
    pub(crate) fn target(&self, action: &'static str, account: &Account, id: AccountId) -> Requirement {
        let owner = self.0.parse().ok().and_then(|arn: Arn| arn.account_id());
        let on = Requirement::on(action, self.0.as_str(), owner.unwrap_or(id));
        match self.find(account, id) {
            Some(device) => tags::of_target(on, &device.tags),
            None => on,
        }
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl MfaDevice {
    /// `arn:aws:iam::A:mfa<path><name>`: the device's serial number.
    pub(crate) fn arn(&self, account: AccountId) -> Arn {
        Arn::global("iam", account, format_args!("mfa{}{}", self.path, self.name))
    }

    pub(crate) fn is_held_by(&self, user: &User) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.user == user.id)
    }

    /// As ListMFADevices shows it.
    pub(crate) fn listed(&self, user: &User, account: AccountId) -> wire::MFADevice {
        wire::MFADevice {
            user_name: Some(user.name.clone()),
            serial_number: Some(self.arn(account).into()),
            enable_date: self.holder.as_ref().map(|holder| holder.enabled),
        }
    }

    /// What the app is given as a QR code.
    pub(crate) fn otpauth(&self, account: AccountId) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "otpauth://totp/Amazon%20Web%20Services:{}@{account}?secret={}&issuer=Amazon%20Web%20Services",
            self.name,
            self.seed.expose()
        ))
    }

    /// Writes a change, provided that nobody else has changed the device since it was read.
    pub(crate) fn rewrite(read: &Stored<MfaDevice>, new: &MfaDevice, account: AccountId, txn: &mut Txn) {
        let key = keys::mfa_device(account, &read.name);
        txn.unchanged(key.clone(), Some(read.revision)).put(key, new);
    }

    /// The step of the first of two codes in a row, within so many steps of the server's clock.
    fn first_of_two(&self, codes: &TwoCodes, steps: impl Iterator<Item = i64>) -> Option<i64> {
        let expected = Codes::new(&self.seed);
        let are_both = |step: &i64| expected.is(&codes.first, *step) && expected.is(&codes.second, step + 1);
        steps.filter(|step| *step > self.used).find(are_both)
    }

    /// The device as the user's who has shown two codes in a row.
    ///
    /// # Errors
    ///
    /// `InvalidAuthenticationCode`. There is no need to count these: two codes are not guessed.
    pub(crate) fn enabled(
        &self,
        user: &User,
        codes: &TwoCodes,
        now: Timestamp,
    ) -> Result<MfaDevice, IamError> {
        let second = step_at(now) - WINDOW..=step_at(now) + WINDOW;
        let step = self.first_of_two(codes, second.map(|step| step - 1));
        let holder = Holder {
            user: user.id.clone(),
            enabled: now,
            drift: 0,
            wrong: 0,
            wrong_at: now,
        };
        Ok(MfaDevice {
            used: step.ok_or_else(invalid_code)? + 1,
            holder: Some(holder),
            ..self.clone()
        })
    }

    /// The device with its clock's drift as two codes in a row show it.
    ///
    /// # Errors
    ///
    /// `InvalidAuthenticationCode`, counted.
    pub(crate) fn resynced(
        &self,
        account: AccountId,
        codes: &TwoCodes,
        now: Timestamp,
    ) -> Result<MfaDevice, IamError> {
        self.ready(now).map_err(IamError::InvalidAuthenticationCode)?;
        let at = step_at(now);
        let step = self.first_of_two(codes, at - RESYNC_WINDOW..=at + RESYNC_WINDOW);
        let second = step.ok_or_else(|| WrongCode::of(self, account, invalid_code()))? + 1;
        Ok(self.accepted(second, second - at))
    }

    /// The device after a code was right.
    fn accepted(&self, step: i64, drift: i64) -> MfaDevice {
        let holder = self.holder.clone();
        MfaDevice {
            used: step,
            holder: holder.map(|holder| Holder {
                drift,
                wrong: 0,
                ..holder
            }),
            ..self.clone()
        }
    }

    /// Whether a code is taken at all, after the wrong ones there were.
    fn ready(&self, now: Timestamp) -> Result<(), String> {
        let Some(holder) = self.holder.as_ref().filter(|holder| holder.wrong >= FREE_GUESSES) else {
            return Ok(());
        };
        let doublings = (holder.wrong - FREE_GUESSES).min(8);
        let pause = (FIRST_PAUSE_SECONDS << doublings).min(LONGEST_PAUSE_SECONDS);
        match holder.wrong_at.seconds() + pause - now.seconds() {
            left if left > 0 => Err(format!(
                "MultiFactorAuthentication failed, {} wrong codes in a row were given for this device; try again in {left} seconds.",
                holder.wrong
            )),
            _ => Ok(()),
        }
    }
}

/// Two codes in a row, as they are asked for when a device is enabled or set right.
#[derive(Clone, Debug)]
pub(crate) struct TwoCodes {
    first: SecretString,
    second: SecretString,
}

impl TwoCodes {
    /// Takes two members that the wire demands.
    pub(crate) fn required(first: Option<SecretString>, second: Option<SecretString>) -> TwoCodes {
        TwoCodes {
            first: first.unwrap_or_default(),
            second: second.unwrap_or_default(),
        }
    }
}

/// What is said of a device that is not the user's.
pub(crate) fn not_of_user() -> IamError {
    IamError::NoSuchEntity("MFA Device invalid for user.".to_owned()) // UNSURE: AWS's sentence.
}

fn invalid_code() -> IamError {
    IamError::InvalidAuthenticationCode("Authentication code for device is not valid.".to_owned())
}

/// What a caller of STS gives to prove an MFA device.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// Nothing.
    None,
    /// Only one of serial number and code.
    Half,
    /// Both.
    Code(SerialNumber, SecretString),
}

/// A code that was right. It counts once [`Proven::spend`] is committed.
#[derive(Debug)]
pub(crate) struct Proven<'s> {
    device: &'s Stored<MfaDevice>,
    account: AccountId,
    step: i64,
}

impl Proof {
    /// Takes `SerialNumber` and `TokenCode`.
    pub(crate) fn parse(serial: Option<String>, code: Option<SecretString>) -> Proof {
        match (serial, code) {
            (None, None) => Proof::None,
            (Some(serial), Some(code)) => Proof::Code(SerialNumber(serial), code),
            _ => Proof::Half,
        }
    }

    /// Holds a proof against the caller's own devices; none if there was none to hold.
    ///
    /// # Errors
    ///
    /// `AccessDenied` for half a proof, a device that is not the caller's, and a code that is wrong or
    /// was used before.
    pub(crate) fn verify<'s>(
        &self,
        call: &Call<'_>,
        state: &'s State,
    ) -> Result<Option<Proven<'s>>, IamError> {
        match self {
            Proof::None => Ok(None),
            Proof::Half => Err(denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            )),
            Proof::Code(serial, code) => {
                let device = callers_own(serial, call, state).ok_or_else(|| {
                    // Two blanks are AWS's own.
                    denied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
                })?;
                prove(device, code, call).map(Some)
            }
        }
    }
}

fn callers_own<'s>(
    serial: &SerialNumber,
    call: &Call<'_>,
    state: &'s State,
) -> Option<&'s Stored<MfaDevice>> {
    let Identity::User(user) = &call.caller.identity else {
        return None;
    };
    let id = call.caller.account;
    let device = serial.find(state.account(id)?, id)?;
    device.is_held_by(user).then_some(device)
}

fn prove<'s>(
    device: &'s Stored<MfaDevice>,
    code: &SecretString,
    call: &Call<'_>,
) -> Result<Proven<'s>, IamError> {
    let account = call.caller.account;
    device.ready(call.facts.now).map_err(IamError::AccessDenied)?;
    let codes = Codes::new(&device.seed);
    let at = step_at(call.facts.now) + device.drift();
    let is_right = |step: &i64| codes.is(code, *step);
    let refused = denied("MultiFactorAuthentication failed with invalid MFA one time pass code.");
    match (at - WINDOW..=at + WINDOW).rfind(is_right) {
        Some(step) if step > device.used => Ok(Proven {
            device,
            account,
            step,
        }),
        Some(_) => Err(refused), // used before, which is no guess
        None => Err(WrongCode::of(device, account, refused)),
    }
}

impl MfaDevice {
    fn drift(&self) -> i64 {
        self.holder.as_ref().map_or(0, |holder| holder.drift)
    }
}

impl Proven<'_> {
    /// The requirement as this one call fulfils it.
    pub(crate) fn on(&self, requirement: Requirement) -> Requirement {
        requirement
            .when("aws:multifactorauthpresent", true)
            .when("aws:multifactorauthage", "0")
    }

    /// Makes the code useless from then on.
    pub(crate) fn spend(&self, txn: &mut Txn) {
        let new = self.device.accepted(self.step, self.device.drift());
        MfaDevice::rewrite(self.device, &new, self.account, txn);
    }
}

/// A wrong code: whose device is to count it, and what the caller is told.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{answer}")]
pub struct WrongCode {
    account: AccountId,
    device: String,
    answer: IamError,
}

impl WrongCode {
    fn of(device: &MfaDevice, account: AccountId, answer: IamError) -> IamError {
        let device = device.name.clone();
        IamError::WrongCode(Box::new(WrongCode {
            account,
            device,
            answer,
        }))
    }

    /// What the caller is told.
    pub fn answer(&self) -> &IamError {
        &self.answer
    }

    /// Counts the wrong code that an error may be about.
    pub(crate) fn counted(error: &IamError, call: &Call<'_>, state: &State) -> Txn {
        let mut txn = Txn::new();
        let IamError::WrongCode(wrong) = error else {
            return txn;
        };
        let device = state
            .account(wrong.account)
            .and_then(|account| account.mfa_devices.named(&wrong.device));
        if let Some(device) = device {
            let mut new = MfaDevice::clone(device);
            if let Some(holder) = &mut new.holder {
                holder.wrong = holder.wrong.saturating_add(1);
                holder.wrong_at = call.facts.now;
            }
            MfaDevice::rewrite(device, &new, wrong.account, &mut txn);
        }
        txn
    }
}

fn denied(sentence: &str) -> IamError {
    IamError::AccessDenied(sentence.to_owned())
}
