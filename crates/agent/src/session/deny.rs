//! Addresses that no port is forwarded to: what a machine's cloud tells only the machine itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::failure::Failure;

/// Link-local networks with the metadata, DNS, time and licence services of the clouds, and the
/// ones of them that live elsewhere.
const ALWAYS: [&str; 10] = [
    "169.254.0.0/16", // most clouds' metadata: AWS, Azure, Google, Oracle, Scaleway and others
    "fe80::/10",
    "fd00:ec2::/32",      // AWS
    "fd20:ce::/32",       // Google Cloud
    "fd00:c1::/32",       // Oracle Cloud
    "192.0.0.192/32",     // Oracle Cloud, the older one
    "fd00:42::/32",       // Scaleway
    "100.100.100.200/32", // Alibaba Cloud
    "168.63.129.16/32",   // Azure's host
    "fd00:a9fe::/32",     // Akamai
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
        dresses(address).any(|address| self.0.iter().any(|network| network.holds(local(address))))
    }
}

/// Whoever connects to no address in particular reaches this machine.
fn local(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
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
        let bits: u32 = bits.unwrap_or(most);
        (bits <= most).then(|| Network { address, bits }.undressed())
    }

    /// A network of IPv4 that was written as one of IPv6.
    fn undressed(self) -> Network {
        match self.address.to_canonical() {
            address @ IpAddr::V4(_) if self.address.is_ipv6() && self.bits >= 96 => Network {
                address,
                bits: self.bits - 96,
            },
            _ => self,
        }
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

/// An address as it is, and those of IPv4 that it may lead to.
fn dresses(address: IpAddr) -> impl Iterator<Item = IpAddr> {
    let inner = match address {
        IpAddr::V4(_) => Vec::new(),
        IpAddr::V6(long) => within(long),
    };
    std::iter::once(address).chain(inner.into_iter().map(IpAddr::V4))
}

/// The addresses of IPv4 that may be in one of IPv6: mapped, compatible (RFC 4291), translated (RFC 2765),
/// behind NAT64 (RFC 6052, and RFC 8215 with prefixes of any length), 6to4 (RFC 3056) or ISATAP (RFC 5214).
fn within(long: Ipv6Addr) -> Vec<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = long.segments();
    let last = joined(g, h);
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0 | 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => vec![last],
        [0x64, 0xff9b, 1, ..] => behind_local_nat64(long),
        [0x2002, high, low, ..] => vec![joined(high, low)],
        [_, _, _, _, 0 | 0x200, 0x5efe] => vec![last],
        _ => Vec::new(),
    }
}

/// RFC 6052, 2.2: the address follows the prefix, which may have 48, 56, 64 or 96 bits here, and skips the
/// ninth byte.
fn behind_local_nat64(long: Ipv6Addr) -> Vec<Ipv4Addr> {
    let bytes = long.octets();
    let places = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]];
    let addresses = places.map(|places| Ipv4Addr::from(places.map(|place| bytes[place])));
    let mut addresses = addresses.to_vec();
    addresses.retain(|address| !address.is_unspecified()); // nothing is at that place
    addresses
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
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "fd00:42::42",
            "fd00:a9fe:a9fe::1",
            "169.254.42.42",
            "192.0.0.192",
            "10.9.1.1",
            "192.0.2.7",
            // The same, compatible, translated, behind local NAT64 of each length, 6to4 and ISATAP.
            "::169.254.169.254",
            "::ffff:0:169.254.169.254",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1:a9:fe:a9fe::",
            "64:ff9b:1:0:a9:fea9:fe00::",
            "64:ff9b:1::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "2001:db8::5efe:169.254.169.254",
            "2001:db8::200:5efe:10.9.0.1",
            "64:ff9b::10.9.0.1",
            "::ffff:168.63.129.16",
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
            "::ffff:10.8.0.1",
            "64:ff9b::192.0.2.8",
            "64:ff9b:1::192.0.2.8",
            "fd00::1",
        ] {
            assert!(!denied.forbids(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_network_may_itself_be_written_as_one_of_ipv6() {
        let denied = Denied::new(&["::ffff:10.0.0.0/104".to_owned(), "::ffff:192.0.2.7".to_owned()]).unwrap();
        for address in ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "192.0.2.7"] {
            assert!(denied.forbids(address.parse().unwrap()), "{address}");
        }
        assert!(!denied.forbids("11.0.0.1".parse().unwrap()));
    }

    #[test]
    fn this_machine_is_denied_by_the_address_of_nobody_too() {
        let denied = Denied::new(&["127.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        for address in [
            "0.0.0.0",
            "::",
            "::ffff:0.0.0.0",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
        ] {
            assert!(denied.forbids(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "x", "10.0.0.0/33", "10.0.0.0/", "fe80::/129", "localhost"] {
            assert!(check(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
