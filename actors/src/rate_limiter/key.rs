//! What a budget is filed under.

use crate::digest::digest16;
use crate::domain::{ClientNetwork, EmailAddress, PhoneNumber, UserId};

/// A digest of a budget's purpose and subject: no address is stored in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BudgetKey([u8; 16]);

impl BudgetKey {
    /// From a stored key.
    #[cfg(test)]
    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as a storage key.
    pub(super) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Codes to an address.
    pub(super) fn code(email: &EmailAddress) -> Self {
        Self(digest16("send/code", &[email.canonical().as_bytes()]))
    }

    /// Reset links to an address.
    pub(super) fn link(email: &EmailAddress) -> Self {
        Self(digest16("send/link", &[email.canonical().as_bytes()]))
    }

    /// Codes to a number.
    pub(super) fn number(number: &PhoneNumber) -> Self {
        Self(digest16("send/number", &[number.e164().as_bytes()]))
    }

    /// Codes to the numbers around a number.
    pub(super) fn block(number: &PhoneNumber) -> Self {
        Self(digest16("send/block", &[number.block().as_bytes()]))
    }

    /// Codes to the country of a number.
    pub(super) fn country(number: &PhoneNumber) -> Self {
        Self(digest16("send/country", &[number.country().as_bytes()]))
    }

    /// Whatever a client has sent.
    pub(super) fn client(network: ClientNetwork) -> Self {
        Self(digest16("send/client", &[&network.to_bytes()]))
    }

    /// Text messages for an account.
    pub(super) fn account(account: UserId) -> Self {
        Self(digest16("send/account", &[account.as_bytes()]))
    }

    /// All mails.
    pub(super) fn all_emails() -> Self {
        Self(digest16("send/all", &[b"email"]))
    }

    /// All text messages.
    pub(super) fn all_sms() -> Self {
        Self(digest16("send/all", &[b"sms"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_of_one_subject_has_its_own_key() {
        let email = EmailAddress::parse("jo@example.com").unwrap();
        let number = PhoneNumber::parse("+2348012345678").unwrap();
        let keys = std::collections::HashSet::from([
            BudgetKey::code(&email),
            BudgetKey::link(&email),
            BudgetKey::number(&number),
            BudgetKey::block(&number),
            BudgetKey::country(&number),
            BudgetKey::client(ClientNetwork::of("192.0.2.1".parse().unwrap())),
            BudgetKey::account(UserId::from_bytes([1; 16])),
            BudgetKey::all_emails(),
            BudgetKey::all_sms(),
        ]);
        assert_eq!(keys.len(), 9);
    }

    #[test]
    fn spellings_of_one_address_share_a_key() {
        let [a, b] = ["Jo@Example.com", "jo@example.com"].map(|s| EmailAddress::parse(s).unwrap());
        assert_eq!(BudgetKey::code(&a), BudgetKey::code(&b));
    }
}
