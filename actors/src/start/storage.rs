//! Where state lives: the operator's choice, and the backends it makes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::{CancellationToken, DropGuard};
use zeroize::Zeroizing;

use super::{Settings, StartError};
use crate::attempt_guard::{EmbeddedGuard, GuardBackend, MongoGuard};
use crate::audit_trail::{AuditBackend, EmbeddedAudit, MongoAudit};
use crate::embedded::{Recovery, Store};
use crate::mongo::{Mongo, MongoSettings};
use crate::notification_dispatch::{EmbeddedOutbox, MongoOutbox, OutboxBackend};
use crate::otp_manager::{EmbeddedOtps, MongoOtps, OtpBackend, OtpKey};
use crate::rate_limiter::{BudgetBackend, EmbeddedBudgets, MongoBudgets};
use crate::revocation_registry::{
    EmbeddedSessions, MongoSessions, RevocationIndex, SessionBackend,
};
use crate::runtime::{Clock, Random};
use crate::user_store::{EmbeddedUsers, MongoUsers, UserBackend};

const OTP_KEY_FILE: &str = "otp.key";

/// Where state lives.
pub enum Storage {
    /// One durable file on this machine.
    Embedded {
        /// Its folder.
        path: PathBuf,
        /// Bytes of its pages kept in memory.
        cache_bytes: usize,
        /// What a start after a crash does.
        recovery: Recovery,
    },
    /// A MongoDB database, shared by any number of machines.
    MongoDb {
        /// How to reach it.
        settings: MongoSettings,
        /// Hashes one-time codes: the same on every machine.
        otp_key: Zeroizing<[u8; 32]>,
    },
}

/// One backend for each actor that keeps something.
pub(super) struct Backends {
    pub(super) users: Arc<dyn UserBackend>,
    pub(super) sessions: Arc<dyn SessionBackend>,
    /// What is revoked: loaded, or kept up to date from now on.
    pub(super) index: Arc<RevocationIndex>,
    pub(super) otps: Arc<dyn OtpBackend>,
    pub(super) otp_key: OtpKey,
    pub(super) guard: Arc<dyn GuardBackend>,
    pub(super) budgets: Arc<dyn BudgetBackend>,
    pub(super) outbox: Arc<dyn OutboxBackend>,
    pub(super) audit: Arc<dyn AuditBackend>,
    pub(super) store: StoreHealth,
}

/// Whether the store can take work, without asking it.
#[derive(Clone)]
pub(super) enum StoreHealth {
    Embedded(Store),
    /// With what ends its background work when the last clone goes.
    MongoDb(Mongo, #[expect(dead_code, reason = "held for its drop")] Arc<DropGuard>),
}

impl StoreHealth {
    pub(super) fn is_up(&self) -> bool {
        match self {
            Self::Embedded(store) => store.is_writable(),
            Self::MongoDb(mongo, _) => mongo.is_healthy(),
        }
    }
}

impl Backends {
    /// Opens the store.
    pub(super) async fn open(
        settings: &Settings,
        clock: &Arc<dyn Clock>,
        random: &Arc<dyn Random>,
    ) -> Result<Self, StartError> {
        match &settings.storage {
            Storage::Embedded { path, cache_bytes, recovery } => {
                let store = Store::open_with(path, *cache_bytes, *recovery)?;
                let otp_key = otp_key(path, &**random)?;
                Self::embedded(store, otp_key, settings, &**clock).await
            }
            Storage::MongoDb { settings: mongo, otp_key } => {
                let mongo = Mongo::open(mongo).await?;
                Ok(Self::mongodb(mongo, OtpKey::from_bytes(**otp_key), settings, clock, random))
            }
        }
    }

    async fn embedded(
        store: Store,
        otp_key: OtpKey,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Self, StartError> {
        let sessions = EmbeddedSessions::open(&store).await?;
        let index = Arc::new(RevocationIndex::default());
        sessions.load_into(Arc::clone(&index), clock.now()).await?;
        let otps = EmbeddedOtps::open(store.clone(), settings.otps, clock.now()).await?;
        let capacity = settings.dispatch.queue;
        let outbox = EmbeddedOutbox::open(store.clone(), capacity, clock.now()).await?;
        Ok(Self {
            users: Arc::new(EmbeddedUsers::open(&store).await?),
            sessions: Arc::new(sessions),
            index,
            otps: Arc::new(otps),
            otp_key,
            outbox: Arc::new(outbox),
            audit: Arc::new(EmbeddedAudit::open(&store).await?),
            guard: Arc::new(EmbeddedGuard::open(settings.guard, &store)),
            budgets: Arc::new(EmbeddedBudgets::open(&store)),
            store: StoreHealth::Embedded(store),
        })
    }
}

impl Backends {
    /// Connects in the background: the server starts before its database, and works once that is
    /// there and in order.
    fn mongodb(
        mongo: Mongo,
        otp_key: OtpKey,
        settings: &Settings,
        clock: &Arc<dyn Clock>,
        random: &Arc<dyn Random>,
    ) -> Self {
        let sessions = MongoSessions::new(mongo.clone());
        let index = Arc::new(RevocationIndex::following(settings.max_staleness));
        let mut collections =
            vec![MongoUsers::collection(), MongoOtps::collection(), MongoBudgets::collection()];
        collections.extend(MongoSessions::collections());
        collections.extend(MongoGuard::collections());
        collections.push(MongoOutbox::collection());
        collections.push(MongoAudit::collection());
        let stop = CancellationToken::new();
        let feed = sessions.feed(Arc::clone(&index), Arc::clone(clock));
        tokio::spawn(mongo.clone().look_after(collections, stop.clone()));
        tokio::spawn(feed.run(stop.clone()));
        Self {
            users: Arc::new(MongoUsers::new(mongo.clone())),
            sessions: Arc::new(sessions),
            index,
            otps: Arc::new(MongoOtps::new(mongo.clone(), settings.otps)),
            otp_key,
            guard: Arc::new(MongoGuard::new(&mongo, settings.guard, random)),
            budgets: Arc::new(MongoBudgets::new(mongo.clone())),
            outbox: Arc::new(MongoOutbox::new(mongo.clone(), settings.dispatch.queue)),
            audit: Arc::new(MongoAudit::new(mongo.clone(), settings.audit.keep)),
            store: StoreHealth::MongoDb(mongo, Arc::new(stop.drop_guard())),
        }
    }
}

fn otp_key(folder: &Path, random: &dyn Random) -> Result<OtpKey, StartError> {
    let path = folder.join(OTP_KEY_FILE);
    OtpKey::load_or_create(&path, random).map_err(|cause| StartError::OtpKey { path, cause })
}
