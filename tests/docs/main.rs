//! What the documentation says of the code is true.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod page;
mod security;
mod supply_chain;
