//! What accounts and sign-ups are made of, for benchmarks.

use actors::domain::{EmailAddress, PasswordHash, PersonName};

/// Of person `number`.
pub fn address(number: u64) -> EmailAddress {
    EmailAddress::parse(&format!("person{number}@example.com")).expect("an address")
}

/// Of everybody.
pub fn name() -> PersonName {
    PersonName::parse("Bench").expect("a name")
}

/// As long as a real one.
pub fn hash() -> PasswordHash {
    PasswordHash::from_phc("x".repeat(97))
}

/// Far from each other, like random ids.
pub fn scattered(number: u64) -> [u8; 16] {
    (u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_le_bytes()
}
