//! The shell: each message becomes a job for a lane.

use std::io;
use std::sync::Arc;

use actix::{Actor, Context, Handler, ResponseFuture};

use super::hasher::Hasher;
use super::lanes::Lanes;
use super::queue::Urgency;
use super::{
    CheckRoom, HashError, HashPassword, HashingRules, InvalidHashingRules, Peppers, RehashPassword,
    Verdict, VerifyPassword,
};
use crate::domain::{Password, PasswordHash};
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
    pub fn new(
        rules: &HashingRules,
        peppers: Peppers,
        random: Arc<dyn Random>,
    ) -> Result<Self, StartHasherError> {
        rules.check()?;
        let hasher = Arc::new(Hasher::new(rules, peppers, random.as_ref())?);
        Ok(Self { hasher, lanes: Lanes::start(rules)?, random })
    }

    /// Reports what waits for a lane.
    pub(crate) fn report(&self) {
        self.lanes.report();
    }

    fn hash(
        &self,
        password: Password,
        urgency: Urgency,
    ) -> ResponseFuture<Result<PasswordHash, HashError>> {
        let (hasher, salt) = (Arc::clone(&self.hasher), self.random.bytes16());
        Box::pin(self.lanes.run(urgency, move |memory| hasher.hash(&password, salt, memory)))
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
        self.hash(msg.password, Urgency::Awaited)
    }
}

impl Handler<RehashPassword> for PasswordHasher {
    type Result = ResponseFuture<Result<PasswordHash, HashError>>;

    fn handle(&mut self, msg: RehashPassword, _: &mut Self::Context) -> Self::Result {
        self.hash(msg.password, Urgency::Background)
    }
}

impl Handler<CheckRoom> for PasswordHasher {
    type Result = Result<(), HashError>;

    fn handle(&mut self, _: CheckRoom, _: &mut Self::Context) -> Self::Result {
        self.lanes.check_room()
    }
}

impl Handler<VerifyPassword> for PasswordHasher {
    type Result = ResponseFuture<Result<Verdict, HashError>>;

    fn handle(&mut self, msg: VerifyPassword, _: &mut Self::Context) -> Self::Result {
        let hasher = Arc::clone(&self.hasher);
        let verify = move |memory: &mut _| hasher.verify(&msg.password, msg.hash.as_ref(), memory);
        Box::pin(self.lanes.run(Urgency::Awaited, verify))
    }
}
