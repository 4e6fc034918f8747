//! Tokens: what they claim, how they are signed, and when one is believed.
//!
//! Everything here is a function of its arguments: `now` is one of them. A token is a JWS in
//! compact form, of one of three kinds that never stand in for each other (S-24):
//!
//! | claims | `typ` | `aud` | proves |
//! |---|---|---|---|
//! | [`AccessClaims`] | `at+jwt` | the audience | a live session, for minutes |
//! | [`RefreshClaims`] | `rt+jwt` | the audience and `/refresh` | the right to continue a session |
//! | [`ResetClaims`] | `pwr+jwt` | the audience and `/reset` | that a mailed link was opened |
//!
//! A token holds random identifiers and numbers, nothing about the person (S-28).

mod cache;
mod claims;
mod header;
mod issue;
mod jwks;
pub mod keys;
mod payload;
mod refusal;
mod rules;
mod service;
#[cfg(test)]
mod tests;
mod token_id;
mod verify;

pub use claims::{AccessClaims, Claims, RefreshClaims, ResetClaims, Validity};
pub use issue::{IssueError, Issuer};
pub use jwks::JwkSet;
pub use refusal::{Refusal, TokenError};
pub use rules::{InvalidTokenRules, TokenRules};
pub use service::TokenService;
pub use token_id::TokenId;
pub use verify::{Verified, Verifier};
