//! Parts of actors, for the micro-benchmarks in `actors/benches` alone.

pub use crate::otp_manager::measured::PendingCodes;
pub use crate::revocation_registry::measured::{Revocations, SessionCodec};
pub use crate::user_store::measured::{EmbeddedAccounts, UserCodec};
