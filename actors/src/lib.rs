//! The actors of bioentrust-auth: they own all state, HTTP reaches them by messages only.
//!
//! | actor | owns |
//! |---|---|
//! | [`user_store`] | accounts, each with a unique canonical e-mail address |
//! | [`revocation_registry`] | sessions, and what is revoked |
//! | [`otp_manager`] | one-time codes and what they will prove |
//! | [`attempt_guard`] | failure counters and guess budgets |
//! | [`rate_limiter`] | how often each client may ask, and how much is sent to whom |
//! | [`password_hasher`] | the hashing lanes and the peppers |
//! | [`notification_dispatch`] | e-mail and SMS on their way out |
//! | [`audit_trail`] | the record of security-relevant acts |
//!
//! Actors are leaves: none knows another. A flow over several of them is written in the HTTP
//! handler, top to bottom, so it cannot deadlock.

pub mod attempt_guard;
pub mod audit_trail;
pub mod backend;
mod digest;
pub mod domain;
mod embedded;
#[doc(hidden)]
pub mod measured;
pub mod migrate;
mod mongo;
pub mod notification_dispatch;
pub mod otp_manager;
pub mod password_hasher;
pub mod rate_limiter;
pub mod revocation_registry;
pub mod runtime;
pub mod seed;
mod shelf;
mod start;
mod store_metrics;
pub mod user_store;

pub use embedded::{OpenError, Recovery};
pub use mongo::{MongoSettings, MongoSettingsError};
pub use start::{
    ActorLimits, Actors, Condition, EmailDelivery, Settings, SmsDelivery, StartError, Storage,
    start,
};
