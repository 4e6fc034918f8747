//! The account of a number.

use crate::digest::digest16;
use crate::domain::{EmailAddress, PasswordHash, PersonName, Timestamp, UserId};
use crate::user_store::User;

/// The password of every seeded account.
pub const PASSWORD: &str = "seeded for load tests";

/// The address of account `number`, in a domain that nobody can own (RFC 2606 §3).
#[must_use]
pub fn address(number: u64) -> String {
    format!("seed-{number}@example.com")
}

/// The account; `None` for none, since all parts of it are valid.
pub(super) fn account(number: u64, password_hash: PasswordHash, now: Timestamp) -> Option<User> {
    Some(User {
        // As scattered as random ones, which decides what an index costs, and always the same.
        id: UserId::from_bytes(digest16("seeded account", &[&number.to_be_bytes()])),
        email: EmailAddress::parse(&address(number)).ok()?,
        first_name: PersonName::parse("Seed").ok()?,
        last_name: PersonName::parse(&number.to_string()).ok()?,
        password_hash,
        password_version: 1,
        reset_link: None,
        phone: None,
        created_at: now,
    })
}
