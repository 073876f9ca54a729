//! Networks in CIDR form.

use std::net::IpAddr;

/// A network of either family; a bare address is a network of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Network {
    /// The address's bits, at the high end.
    bits: u128,
    mask: u128,
    v4: bool,
}

impl Network {
    /// Reads `10.0.0.0/8`, `2001:db8::/32` or an address. Bits beyond the prefix are ignored.
    pub(crate) fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        let mask = match prefix {
            0 => 0,
            1..=128 => u128::MAX << (128 - prefix),
            _ => return None,
        };
        (prefix <= width).then(|| Network {
            bits: bits(address) & mask,
            mask,
            v4: address.is_ipv4(),
        })
    }

    /// Whether the address lies within; `None` if it is none. A v4 address that arrived mapped into v6,
    /// as on a listener for both, is the v4 address.
    pub(crate) fn contains(&self, address: &str) -> Option<bool> {
        let address = address.parse::<IpAddr>().ok()?.to_canonical();
        Some(address.is_ipv4() == self.v4 && bits(address) & self.mask == self.bits)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        Network::parse(network).unwrap().contains(address) == Some(true)
    }

    #[test]
    fn the_prefix_decides() {
        assert!(contains("10.1.2.3/8", "10.200.0.1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("2001:db8::/32", "2001:db8::1"));
        assert!(contains("192.0.2.1", "192.0.2.1"));
        assert!(!contains("192.0.2.1", "192.0.2.2"));
    }

    #[test]
    fn the_families_never_meet_except_where_v4_came_mapped() {
        assert!(!contains("0.0.0.0/0", "2001:db8::1"));
        assert!(!contains("::/0", "10.0.0.1"));
        assert!(contains("10.0.0.0/8", "::ffff:10.0.0.1"));
    }

    #[test]
    fn nonsense_is_no_network() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "::/129",
            "banana",
            "10.0.0.*",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
