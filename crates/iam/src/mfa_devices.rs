//! The MFA devices of an account in memory, by name and by the user who has them.

use imbl::OrdSet;
use kagiban_aws::Arn;
use kagiban_store::{Error, Event};

use crate::records::{MfaDevice, User};
use crate::state::{ByName, Stored, apply};

/// The virtual MFA devices of an account.
#[derive(Clone, Debug, Default)]
pub struct MfaDevices {
    /// By lower-case name.
    by_name: ByName<MfaDevice>,
    /// Every enabled device: its user's unique id and its lower-case name, in order.
    held: OrdSet<(Box<str>, Box<str>)>,
}

impl MfaDevices {
    /// A device by name, without regard to case and path.
    pub fn named(&self, name: &str) -> Option<&Stored<MfaDevice>> {
        self.by_name.get(name.to_lowercase().as_str())
    }

    /// A device by its serial number, whose path must be right too; the ARN's account is not looked at.
    pub fn find(&self, serial: &Arn) -> Option<&Stored<MfaDevice>> {
        let path_and_name = serial.resource().strip_prefix("mfa")?;
        let device = self.named(path_and_name.rsplit('/').next()?)?;
        (path_and_name.strip_suffix(device.name.as_str()) == Some(&device.path)).then_some(device)
    }

    /// Every device, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Stored<MfaDevice>)> {
        self.by_name.iter().map(|(name, device)| (&**name, device))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// How many of them somebody has.
    pub(crate) fn len_held(&self) -> usize {
        self.held.len()
    }

    /// A user's devices, in the order of their names.
    pub fn of(&self, user: &User) -> impl Iterator<Item = (&str, &Stored<MfaDevice>)> {
        let id: Box<str> = user.id.as_str().into();
        self.held
            .range((id.clone(), Box::default())..)
            .take_while(move |(user, _)| *user == id)
            .filter_map(|(_, name)| Some((&**name, self.by_name.get(name)?)))
    }

    /// Carries one change into memory.
    ///
    /// # Errors
    ///
    /// If the record cannot be read.
    pub(crate) fn apply(&mut self, name: &str, event: &Event) -> Result<(), Error> {
        if let Some(pair) = self.held_by(name) {
            self.held.remove(&pair);
        }
        apply(&mut self.by_name, name.into(), event)?;
        self.held.extend(self.held_by(name));
        Ok(())
    }

    fn held_by(&self, name: &str) -> Option<(Box<str>, Box<str>)> {
        let holder = self.by_name.get(name)?.holder.as_ref()?;
        Some((holder.user.as_str().into(), name.into()))
    }
}
