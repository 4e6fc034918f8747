//! The part of a client's address that counts as one client.

use std::net::{IpAddr, Ipv4Addr};

/// What one subscriber cannot change at will: all of an IPv4 address, the /64 of an IPv6 one
/// (S-55).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientNetwork {
    /// One address.
    V4(Ipv4Addr),
    /// The first 64 bits.
    V6(u64),
}

impl ClientNetwork {
    /// The network of `ip`.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        // `::ffff:1.2.3.4` is IPv4: its /64 would be the whole of it.
        match ip.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4),
            IpAddr::V6(v6) => Self::V6((v6.to_bits() >> 64) as u64),
        }
    }

    /// The 4 or 8 bytes, as part of a storage key.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::V4(v4) => v4.octets().to_vec(),
            Self::V6(prefix) => prefix.to_be_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(ip: &str) -> ClientNetwork {
        ClientNetwork::of(ip.parse().unwrap())
    }

    #[test]
    fn s_55_ipv6_counts_by_its_first_64_bits_and_mapped_ipv4_as_ipv4() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
    }
}
