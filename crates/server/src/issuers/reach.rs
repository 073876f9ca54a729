//! Where fetching may lead: whoever makes providers shall not get at this machine's own services, nor
//! at those that a network keeps for its machines alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use crate::config::IssuerFetch;

/// Where clouds keep their metadata service in IPv6.
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Whether an address may be connected to.
pub(crate) fn may_reach(address: IpAddr, fetch: IssuerFetch) -> bool {
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

/// Whether an address is one of this machine's. Nothing is sent to find out: a socket can be bound to no
/// other, unless the system lets it be bound to any; then the way there begins where it ends.
pub(super) fn is_own(address: IpAddr) -> bool {
    let can_bind = |address: IpAddr| UdpSocket::bind((address, 0)).is_ok();
    let (anybody, nobody): (IpAddr, IpAddr) = match address {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into()),
        IpAddr::V6(_) => (
            Ipv6Addr::UNSPECIFIED.into(),
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
        ),
    };
    let leads_back = UdpSocket::bind((anybody, 0)).and_then(|socket| {
        socket.connect((address, 9))?;
        socket.local_addr()
    });
    leads_back.is_ok_and(|own| own.ip() == address) || can_bind(address) && !can_bind(nobody)
}

/// The IPv4 addresses that an IPv6 address leads to through a translator or a tunnel.
fn inner(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let octets = address.octets();
    let at = |place: usize| {
        Ipv4Addr::new(
            octets[place],
            octets[place + 1],
            octets[place + 2],
            octets[place + 3],
        )
    };
    match address.segments() {
        // IPv4-compatible ones, and RFC 6052's well-known prefix.
        [0, 0, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![at(12)],
        // 6to4: RFC 3056.
        [0x2002, ..] => vec![at(2)],
        // Teredo, RFC 4380: a server's address, and the client's with its bits turned round.
        [0x2001, 0, ..] => vec![at(4), Ipv4Addr::from_bits(!at(12).to_bits())],
        _ => Vec::new(),
    }
}

fn is_elsewhere_6(address: Ipv6Addr) -> bool {
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || address == METADATA
        // RFC 8215: what the network translates as it likes, so nobody else can tell where it leads.
        || address.segments()[..3] == [0x64, 0xff9b, 1]
        || inner(address).into_iter().any(|inner| !is_elsewhere(inner)))
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
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:7f00:0:100::",
            "2002:7f00:1::1",
            "2002:a9fe:a9fe::",
            "2001:0:7f00:1::",
            "2001:0:c000:201::5601:5601", // 169.254.169.254, turned round
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
            "2002:c000:201::1",
            "2001:0:c000:201::3fff:fdfe",
        ] {
            assert!(reach(address, IssuerFetch::Network), "{address}");
            assert!(!reach(address, IssuerFetch::Never), "{address}");
        }
    }

    #[test]
    fn the_addresses_of_this_machine_are_known_without_a_packet() {
        for address in ["127.0.0.1", "127.1.2.3"] {
            assert!(is_own(address.parse().unwrap()), "{address}");
        }
        for address in ["192.0.2.1", "203.0.113.7", "2001:db8::1"] {
            assert!(!is_own(address.parse().unwrap()), "{address}");
        }
        let outwards = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
            socket.connect("203.0.113.1:9")?;
            socket.local_addr()
        });
        if let Ok(own) = outwards {
            assert!(is_own(own.ip()), "{own}");
        }
    }
}
