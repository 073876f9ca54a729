//! Where fetching may lead: whoever makes providers shall not get at this machine's own services, nor
//! at those that a network keeps for its machines alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::IssuerFetch;

/// Where clouds keep their metadata service in IPv6.
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Whether an address may be connected to.
pub(super) fn may_reach(address: IpAddr, fetch: IssuerFetch) -> bool {
    match fetch {
        IssuerFetch::Never => false,
        IssuerFetch::Anywhere => true,
        IssuerFetch::Network => match address.to_canonical() {
            IpAddr::V4(address) => is_elsewhere(address),
            IpAddr::V6(address) => is_elsewhere_6(address),
        },
    }
}

/// Private networks are elsewhere: issuers of one's own are there.
fn is_elsewhere(address: Ipv4Addr) -> bool {
    !(address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.octets()[0] == 0)
}

fn is_elsewhere_6(address: Ipv6Addr) -> bool {
    // Addresses that lead to an IPv4 address through a translator.
    let translated = [&[0, 0, 0, 0, 0, 0][..], &[0x64, 0xff9b, 0, 0, 0, 0]]
        .iter()
        .any(|prefix| address.segments()[..6] == **prefix);
    let inner = address.to_bits().to_be_bytes();
    let inner = Ipv4Addr::new(inner[12], inner[13], inner[14], inner[15]);
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || address == METADATA
        || (translated && !is_elsewhere(inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(address: &str, fetch: IssuerFetch) -> bool {
        may_reach(address.parse().unwrap(), fetch)
    }

    #[test]
    fn neither_this_machine_nor_its_surroundings_are_asked() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
        ] {
            assert!(!reach(address, IssuerFetch::Network), "{address}");
            assert!(reach(address, IssuerFetch::Anywhere), "{address}");
            assert!(!reach(address, IssuerFetch::Never), "{address}");
        }
    }

    #[test]
    fn others_are_private_networks_too() {
        for address in [
            "192.0.2.1",
            "10.0.0.1",
            "192.168.1.1",
            "2001:db8::1",
            "fd12::1",
            "64:ff9b::1.2.3.4",
        ] {
            assert!(reach(address, IssuerFetch::Network), "{address}");
            assert!(!reach(address, IssuerFetch::Never), "{address}");
        }
    }
}
