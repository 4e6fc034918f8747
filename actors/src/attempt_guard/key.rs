//! What a counter is filed under.

use std::net::IpAddr;

use super::budget::Budget;
use crate::digest::digest16;
use crate::domain::{ClientNetwork, EmailAddress};
use crate::otp_manager::Destination;

/// A digest of a purpose and a subject: no address is stored in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GuardKey([u8; 16]);

impl GuardKey {
    /// From a stored key.
    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as a storage key.
    pub(super) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The sign-in failures of an account.
    pub(super) fn account(email: &EmailAddress) -> Self {
        Self::of("sign-in/account", &[email.canonical().as_bytes()])
    }

    /// The sign-in failures of an account from one client address (IPv6: from one /64).
    pub(super) fn pair(email: &EmailAddress, ip: IpAddr) -> Self {
        Self::of("sign-in/pair", &[email.canonical().as_bytes(), &ClientNetwork::of(ip).to_bytes()])
    }

    /// The client addresses known to an account.
    pub(super) fn known(email: &EmailAddress) -> Self {
        Self::of("sign-in/known", &[email.canonical().as_bytes()])
    }

    /// The wrong guesses of one budget.
    pub(super) fn guesses(of: &Budget) -> Self {
        match of {
            Budget::Destination(Destination::Email(email)) => {
                Self::of("guess/email", &[email.canonical().as_bytes()])
            }
            Budget::Destination(Destination::Phone(phone)) => {
                Self::of("guess/phone", &[phone.e164().as_bytes()])
            }
            Budget::Account(user) => Self::of("guess/account", &[user.as_bytes()]),
        }
    }

    /// The last sign-up notice to an address.
    pub(super) fn notice(email: &EmailAddress) -> Self {
        Self::of("notice/sign-up", &[email.canonical().as_bytes()])
    }

    fn of(purpose: &str, subject: &[&[u8]]) -> Self {
        Self(digest16(purpose, subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PhoneNumber, UserId};

    fn pair(ip: &str) -> GuardKey {
        GuardKey::pair(&EmailAddress::parse("jo@example.com").unwrap(), ip.parse().unwrap())
    }

    #[test]
    fn ipv6_addresses_count_by_their_64_bit_prefix() {
        assert_eq!(pair("2001:db8:1:2::1"), pair("2001:db8:1:2:ffff::9"));
        assert_ne!(pair("2001:db8:1:2::1"), pair("2001:db8:1:3::1"));
    }

    #[test]
    fn mapped_ipv4_addresses_count_as_ipv4() {
        assert_eq!(pair("::ffff:192.0.2.1"), pair("192.0.2.1"));
        assert_ne!(pair("::ffff:192.0.2.1"), pair("::ffff:192.0.2.2"));
    }

    #[test]
    fn every_purpose_of_one_address_has_its_own_key() {
        let email = EmailAddress::parse("jo@example.com").unwrap();
        let phone = PhoneNumber::parse("+2348012345678").unwrap();
        let keys = std::collections::HashSet::from([
            GuardKey::account(&email),
            GuardKey::pair(&email, "192.0.2.1".parse().unwrap()),
            GuardKey::known(&email),
            GuardKey::guesses(&Budget::Destination(Destination::Email(email.clone()))),
            GuardKey::guesses(&Budget::Destination(Destination::Phone(phone))),
            GuardKey::guesses(&Budget::Account(UserId::from_bytes([7; 16]))),
            GuardKey::notice(&email),
        ]);
        assert_eq!(keys.len(), 7);
    }

    #[test]
    fn spellings_of_one_address_share_a_key() {
        let [a, b] = ["Jo@Example.com", "jo@example.com"].map(|s| EmailAddress::parse(s).unwrap());
        assert_eq!(GuardKey::account(&a), GuardKey::account(&b));
    }
}
