//! Those who are connected and have not proven yet who they are.
//!
//! There is only room for so many, and for fewer from one address: whoever opens connections and says
//! nothing takes their own room, and not everybody's.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The room there is, and who has taken it.
#[derive(Debug)]
pub(crate) struct Strangers {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// No address is kept here with none.
    by_address: HashMap<IpAddr, usize>,
}

/// A stranger's place; given back on drop.
#[derive(Debug)]
pub(crate) struct Place {
    strangers: Arc<Strangers>,
    address: IpAddr,
}

impl Strangers {
    /// Room for `most` of them, `most_of_one` from one address.
    pub(crate) fn new(most: usize, most_of_one: usize) -> Arc<Strangers> {
        Arc::new(Strangers {
            most,
            most_of_one,
            taken: Mutex::default(),
        })
    }

    /// A place for somebody from this address; none if there are too many, of all or of them.
    pub(crate) fn admit(self: &Arc<Strangers>, address: IpAddr) -> Option<Place> {
        let address = household(address);
        let mut taken = self.lock();
        let of_one = taken.by_address.get(&address).copied().unwrap_or(0);
        if taken.all >= self.most || of_one >= self.most_of_one {
            return None;
        }
        taken.all += 1;
        taken.by_address.insert(address, of_one + 1);
        Some(Place {
            strangers: Arc::clone(self),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where it is said that whoever is connected has proven who they are: then they take no room here any more.
#[derive(Clone, Debug, Default)]
pub struct Acquaintance(Arc<Mutex<Standing>>);

#[derive(Debug, Default)]
struct Standing {
    is_known: bool,
    place: Option<Place>,
}

impl Acquaintance {
    /// Not yet made.
    pub(crate) fn with(stranger: Place) -> Acquaintance {
        Acquaintance(Arc::new(Mutex::new(Standing {
            is_known: false,
            place: Some(stranger),
        })))
    }

    /// From now on the connection is somebody's.
    pub fn make(&self) {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        standing.is_known = true;
        drop(standing.place.take());
    }

    /// Whether it has been made.
    pub fn is_made(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_known
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.strangers.lock();
        taken.all -= 1;
        if let Some(of_one) = taken.by_address.get_mut(&self.address) {
            *of_one -= 1;
            if *of_one == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: whoever has one of IPv6 has 2⁶⁴ of them.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(long) => Ipv6Addr::from_bits(long.to_bits() >> 64 << 64).into(),
        short => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strangers() -> Arc<Strangers> {
        Strangers::new(4, 2)
    }

    fn admit(strangers: &Arc<Strangers>, address: &str) -> Option<Place> {
        strangers.admit(address.parse().unwrap())
    }

    #[test]
    fn one_address_cannot_take_all_the_room() {
        let strangers = strangers();
        let first = admit(&strangers, "192.0.2.1").unwrap();
        let _second = admit(&strangers, "::ffff:192.0.2.1").unwrap();
        assert!(admit(&strangers, "192.0.2.1").is_none());
        let _third = admit(&strangers, "192.0.2.2").unwrap();
        let _fourth = admit(&strangers, "192.0.2.3").unwrap();
        assert!(admit(&strangers, "192.0.2.4").is_none(), "four are all");
        drop(first);
        assert!(admit(&strangers, "192.0.2.1").is_some());
    }

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let strangers = strangers();
        let _places = ["2001:db8::1", "2001:db8::2"].map(|address| admit(&strangers, address).unwrap());
        assert!(admit(&strangers, "2001:db8::ffff:0:3").is_none());
        assert!(admit(&strangers, "2001:db8:0:1::1").is_some());
    }

    #[test]
    fn nothing_is_kept_of_who_has_gone() {
        let strangers = strangers();
        drop(admit(&strangers, "192.0.2.1"));
        let taken = strangers.lock();
        assert_eq!((taken.all, taken.by_address.len()), (0, 0));
    }
}
