//! Fills a store with made-up accounts for load tests, while no server runs on it.
//!
//! The account of a number is always the same but for its salt: seeding it again replaces it.

mod account;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures_util::future::join_all;
use secrecy::SecretString;
use tokio::time::sleep;
use tracing::warn;

pub use account::{PASSWORD, address};

use crate::backend::{BackendError, Pending};
use crate::domain::{Password, PasswordHash, Timestamp};
use crate::migrate::{MigrateError, OpenedStore, PAGE, Put, StoreAt};
use crate::password_hasher::{HashError, Hasher, HashingRules, Memory, Peppers};
use crate::runtime::Random;
use crate::user_store::{EmbeddedUsers, MongoUsers, User};

/// Batches under way at once: the embedded store commits them together, MongoDB takes them over as
/// many connections.
const BATCHES: u64 = 8;
/// Accounts of a batch.
const BATCH: u64 = PAGE as u64;
/// Tries of a batch: the same accounts may be written twice, and the journal of a store that is filled
/// at full speed stalls for seconds now and then.
const TRIES: u32 = 5;
/// After the first try; then twice as long each time.
const PAUSE: Duration = Duration::from_secs(1);

/// Which accounts are made.
pub struct Seeding {
    /// Number of the first.
    pub start: u64,
    /// How many.
    pub count: u64,
    /// What their password hashes cost.
    pub hashing: HashingRules,
    /// What passwords are mixed with.
    pub peppers: Peppers,
    /// When they were verified.
    pub now: Timestamp,
}

/// Why accounts could not be made. Those of earlier batches exist; it is safe to seed again.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The store was refused; most likely a server runs on it.
    #[error(transparent)]
    Store(#[from] MigrateError),
    /// The password cannot be hashed at this cost.
    #[error("the password cannot be hashed")]
    Hash(#[from] HashError),
    /// Somebody else has one of the addresses.
    #[error("an account that was not seeded has the address of one that would be")]
    Taken,
    /// A batch could not be written.
    #[error("the accounts could not be written: {0}")]
    Write(#[from] BackendError),
}

/// Makes the accounts, thousands a second. `progress` learns how many there are so far.
///
/// They share one password, [`PASSWORD`], and 1600 of them at a time share a salt and hash: a
/// store of real accounts looks alike to a server, but not to somebody who guesses passwords.
pub async fn seed(
    at: &StoreAt,
    seeding: Seeding,
    random: &dyn Random,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<(), SeedError> {
    let Seeding { start, count, hashing, peppers, now } = seeding;
    let users = Users::open(at).await?;
    let hasher = Hasher::new(&hashing, peppers, random)?;
    let password = Password::present(&SecretString::from(PASSWORD));
    let password = password.map_err(|_| HashError::Failed)?;
    let mut memory = Memory::default();
    let mut done = 0;
    while done < count {
        let hash = hasher.hash(&password, random.bytes16(), &mut memory)?;
        let round = (count - done).min(BATCHES * BATCH);
        let first = start + done;
        let batches = (0..round).step_by(PAGE).map(|offset| {
            let size = (round - offset).min(BATCH);
            let (first, users, hash) = (first + offset, &users, &hash);
            repeat(move || users.put_all(batch(first, size, hash, now)))
        });
        for put in join_all(batches).await {
            if put? == Put::Conflict {
                return Err(SeedError::Taken);
            }
        }
        done += round;
        progress(done);
    }
    Ok(())
}

fn batch(first: u64, size: u64, hash: &PasswordHash, now: Timestamp) -> Vec<User> {
    (first..first + size).filter_map(|number| account::account(number, hash.clone(), now)).collect()
}

/// Writes until the store has confirmed it, or for the last time.
async fn repeat(write: impl Fn() -> Pending<Put>) -> Result<Put, BackendError> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match write().await {
            Err(error @ (BackendError::Unavailable | BackendError::OutcomeUnknown)) => {
                warn!(%error, "a batch is written once more");
            }
            answer => return answer,
        }
        sleep(pause).await;
        pause *= 2;
    }
    write().await
}

/// The accounts of either store.
enum Users {
    Embedded(EmbeddedUsers),
    MongoDb(MongoUsers),
}

impl Users {
    async fn open(at: &StoreAt) -> Result<Self, SeedError> {
        Ok(match at.open(&[MongoUsers::collection()]).await? {
            OpenedStore::Embedded(store) => Self::Embedded(EmbeddedUsers::open(&store).await?),
            OpenedStore::MongoDb(mongo) => Self::MongoDb(MongoUsers::new(mongo)),
        })
    }

    fn put_all(&self, batch: Vec<User>) -> Pending<Put> {
        match self {
            Self::Embedded(users) => users.put_all(batch),
            Self::MongoDb(users) => users.put_all(batch),
        }
    }
}
