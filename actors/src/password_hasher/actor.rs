//! The shell: each message becomes a job for a lane.

use std::io;
use std::sync::Arc;

use actix::{Actor, Context, Handler, ResponseFuture};

use super::hasher::Hasher;
use super::lanes::Lanes;
use super::{HashError, HashPassword, HashingRules, InvalidHashingRules, Verdict, VerifyPassword};
use crate::domain::PasswordHash;
use crate::runtime::Random;

/// The actor. Clones share the lanes: a restarted actor is a clone of the first.
#[derive(Clone)]
pub struct PasswordHasher {
    hasher: Arc<Hasher>,
    lanes: Lanes,
    random: Arc<dyn Random>,
}

/// Why hashing cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartHasherError {
    /// The rules must not be run.
    #[error(transparent)]
    Rules(#[from] InvalidHashingRules),
    /// The system gives no more threads.
    #[error("the hashing lanes cannot be started: {0}")]
    Lanes(#[from] io::Error),
    /// Argon2 refuses parameters that the rules allowed.
    #[error(transparent)]
    Hasher(#[from] HashError),
}

impl PasswordHasher {
    /// Checks `rules` and starts the lanes. They end with the last clone.
    pub fn new(rules: &HashingRules, random: Arc<dyn Random>) -> Result<Self, StartHasherError> {
        rules.check()?;
        let hasher = Arc::new(Hasher::new(rules, random.as_ref())?);
        Ok(Self { hasher, lanes: Lanes::start(rules)?, random })
    }

    #[cfg(test)]
    pub(super) fn lanes(&self) -> &Lanes {
        &self.lanes
    }
}

impl Actor for PasswordHasher {
    type Context = Context<Self>;
}

impl Handler<HashPassword> for PasswordHasher {
    type Result = ResponseFuture<Result<PasswordHash, HashError>>;

    fn handle(&mut self, msg: HashPassword, _: &mut Self::Context) -> Self::Result {
        let hasher = Arc::clone(&self.hasher);
        let salt = self.random.bytes16();
        Box::pin(self.lanes.run(move |memory| hasher.hash(&msg.password, salt, memory)))
    }
}

impl Handler<VerifyPassword> for PasswordHasher {
    type Result = ResponseFuture<Result<Verdict, HashError>>;

    fn handle(&mut self, msg: VerifyPassword, _: &mut Self::Context) -> Self::Result {
        let hasher = Arc::clone(&self.hasher);
        let verify = move |memory: &mut _| hasher.verify(&msg.password, msg.hash.as_ref(), memory);
        Box::pin(self.lanes.run(verify))
    }
}
