//! Addresses that no port is forwarded to: what a machine's cloud tells only the machine itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::failure::Failure;

/// Link-local networks with the metadata, DNS, time and licence services of the clouds, and the
/// ones of them that live elsewhere.
const ALWAYS: [&str; 5] = [
    "169.254.0.0/16",
    "fe80::/10",
    "fd00:ec2::/32",
    "100.100.100.200/32", // Alibaba Cloud's metadata
    "168.63.129.16/32",   // Azure's host
];

/// One network.
#[derive(Clone, Copy, Debug)]
struct Network {
    address: IpAddr,
    bits: u32,
}

/// The networks that are denied.
#[derive(Debug)]
pub(crate) struct Denied(Vec<Network>);

/// Whether all of a list are addresses or networks.
///
/// # Errors
///
/// Which is not.
pub(crate) fn check(further: &[String]) -> Result<(), Failure> {
    Denied::new(further).map(|_| ())
}

impl Denied {
    /// What is always denied, and more.
    ///
    /// # Errors
    ///
    /// If something is neither an address nor a network.
    pub(crate) fn new(further: &[String]) -> Result<Denied, Failure> {
        let all = ALWAYS.into_iter().chain(further.iter().map(String::as_str));
        let parsed = all.map(|text| {
            Network::parse(text)
                .ok_or_else(|| Failure::Usage(format!("`{text}` is no network such as 10.0.0.0/8")))
        });
        parsed.collect::<Result<_, _>>().map(Denied)
    }

    /// Whether an address is denied, in whatever dress it comes.
    pub(crate) fn forbids(&self, address: IpAddr) -> bool {
        let address = match bare(address) {
            // Whoever connects to no address in particular reaches this machine.
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            other => other,
        };
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Network { address, bits })
    }

    fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= self.bits
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

/// An IPv4 address that is dressed as IPv6, mapped or behind NAT64, undressed.
fn bare(address: IpAddr) -> IpAddr {
    let IpAddr::V6(long) = address else {
        return address;
    };
    match long.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => IpAddr::V4(joined(high, low)),
        _ => long.to_ipv4_mapped().map_or(address, IpAddr::V4),
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clouds_own_addresses_are_denied_in_every_dress() {
        let denied = Denied::new(&["10.9.0.0/16".to_owned(), "192.0.2.7".to_owned()]).unwrap();
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "fe80::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "168.63.129.16",
            "10.9.1.1",
            "192.0.2.7",
        ] {
            assert!(denied.forbids(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "::1",
            "10.8.0.1",
            "192.0.2.8",
            "169.253.0.1",
            "2001:db8::1",
        ] {
            assert!(!denied.forbids(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "x", "10.0.0.0/33", "10.0.0.0/", "fe80::/129", "localhost"] {
            assert!(check(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
