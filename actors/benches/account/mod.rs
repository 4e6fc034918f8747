//! Accounts that are in no store yet.

use actors::domain::{Timestamp, UserId};
use actors::user_store::User;

use crate::people::{address, hash, name, scattered};

/// Person `number`, as verified.
pub fn user(number: u64) -> User {
    User {
        id: UserId::from_bytes(scattered(number)),
        email: address(number),
        first_name: name(),
        last_name: name(),
        password_hash: hash(),
        password_version: 1,
        reset_link: None,
        phone: None,
        created_at: Timestamp::from_secs(1_800_000_000),
    }
}
