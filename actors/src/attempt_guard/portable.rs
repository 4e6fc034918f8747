//! Counters, whatever store they are in. What is under way is no part of them.

use serde::Serialize;

use super::account::AccountFailures;
use super::budget::Guesses;
use super::key::GuardKey;
use super::known::KnownAddresses;
use crate::backend::BackendError;
use crate::domain::Timestamp;
use crate::migrate::{Entity, Kind};

/// Sign-in failures of an account.
pub(crate) struct SignInFailures {
    /// [`GuardKey::account`].
    pub(super) key: GuardKey,
    pub(super) failures: AccountFailures,
}

/// The client addresses of an account.
pub(crate) struct KnownClients {
    /// [`GuardKey::account`].
    pub(super) account: GuardKey,
    /// [`GuardKey::known`].
    pub(super) known: GuardKey,
    pub(super) addresses: KnownAddresses,
}

/// Wrong guesses of codes.
pub(crate) struct GuessBudget {
    /// [`GuardKey::guesses`].
    pub(super) key: GuardKey,
    pub(super) guesses: Guesses,
    pub(super) expires_at: Timestamp,
}

/// A sign-up notice that was sent.
pub(crate) struct SignUpNotice {
    /// [`GuardKey::notice`].
    pub(super) key: GuardKey,
    /// When the next one may be sent.
    pub(super) expires_at: Timestamp,
}

impl Entity for SignInFailures {
    const KIND: Kind = Kind::SignInFailures;

    fn canonical(&self) -> Result<Vec<u8>, BackendError> {
        encoded(&(self.key.as_bytes(), self.failures))
    }
}

impl Entity for KnownClients {
    const KIND: Kind = Kind::KnownClients;

    fn canonical(&self) -> Result<Vec<u8>, BackendError> {
        let addresses = self.addresses.0.iter().map(|(pair, at)| (pair.as_bytes(), at));
        encoded(&(self.account.as_bytes(), addresses.collect::<Vec<_>>()))
    }
}

impl Entity for GuessBudget {
    const KIND: Kind = Kind::GuessBudgets;

    fn canonical(&self) -> Result<Vec<u8>, BackendError> {
        encoded(&(self.key.as_bytes(), &self.guesses, self.expires_at))
    }
}

impl Entity for SignUpNotice {
    const KIND: Kind = Kind::SignUpNotices;

    fn canonical(&self) -> Result<Vec<u8>, BackendError> {
        encoded(&(self.key.as_bytes(), self.expires_at))
    }
}

fn encoded(record: &impl Serialize) -> Result<Vec<u8>, BackendError> {
    postcard::to_stdvec(record).map_err(|_| BackendError::Corrupt)
}
