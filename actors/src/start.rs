//! Starts every actor over the embedded store.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::attempt_guard::{AttemptGuard, EmbeddedGuard, GuardRules};
use crate::backend::BackendError;
use crate::embedded::{OpenError, Store};
use crate::notification_dispatch::{Channels, DispatchRules, Inbox, NotificationDispatch};
use crate::otp_manager::{EmbeddedOtps, OtpKey, OtpManager, OtpRules};
use crate::password_hasher::{HashingRules, PasswordHasher, StartHasherError};
use crate::revocation_registry::{
    EmbeddedSessions, RevocationIndex, RevocationReader, RevocationRegistry, SessionBackend,
    SessionRules,
};
use crate::runtime::{Clock, Handle, Limits, Random, Supervision, supervise};
use crate::user_store::{EmbeddedUsers, UserStore};

const OTP_KEY_FILE: &str = "otp.key";

/// Each request of a worker asks its reader once, and the worker's connections are bounded: this
/// is only reached by a fault.
const READER_LIMITS: Limits = Limits { capacity: 65_536, deadline: Duration::MAX };

/// What the operator decided, as the actors need it.
pub struct Settings {
    /// Folder of the embedded store.
    pub storage_path: PathBuf,
    /// Bytes of the store's pages kept in memory.
    pub cache_bytes: usize,
    /// Lives of sessions.
    pub sessions: SessionRules,
    /// Lives of codes.
    pub otps: OtpRules,
    /// Slowing down of guessers.
    pub guard: GuardRules,
    /// Cost of a hash, and how many at once.
    pub hashing: HashingRules,
    /// Notices on their way.
    pub dispatch: DispatchRules,
    /// What each actor may have in flight.
    pub limits: ActorLimits,
}

/// What each actor may have in flight, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct ActorLimits {
    /// Of the user store.
    pub user_store: Limits,
    /// Of the revocation registry.
    pub revocation_registry: Limits,
    /// Of the OTP manager.
    pub otp_manager: Limits,
    /// Of the attempt guard.
    pub attempt_guard: Limits,
    /// Of the password hasher.
    pub password_hasher: Limits,
    /// Of the notification dispatch.
    pub notification_dispatch: Limits,
}

/// Why the actors could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store was refused.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The store was opened but cannot be read.
    #[error("the store cannot be read: {0}")]
    Read(#[from] BackendError),
    /// The key that hashes one-time codes cannot be read or made.
    #[error("the key of one-time codes in {}: {cause}", path.display())]
    OtpKey {
        /// The key file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Hashing cannot start.
    #[error(transparent)]
    Hasher(#[from] StartHasherError),
}

/// The handles of all actors.
#[derive(Clone)]
pub struct Actors {
    /// Accounts.
    pub users: Handle<UserStore>,
    /// Sessions and revocations.
    pub sessions: Handle<RevocationRegistry>,
    /// One-time codes.
    pub otps: Handle<OtpManager>,
    /// Failure counters and guess budgets.
    pub guard: Handle<AttemptGuard>,
    /// Argon2id.
    pub hasher: Handle<PasswordHasher>,
    /// Mails and text messages.
    pub notices: Handle<NotificationDispatch>,
    readers: Readers,
    store: Store,
}

/// What a reader is made of.
#[derive(Clone)]
struct Readers {
    index: Arc<RevocationIndex>,
    supervision: Supervision,
}

/// Opens the store and starts every actor on the current arbiter.
pub async fn start(
    settings: Settings,
    with: Supervision,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Actors, StartError> {
    let store = Store::open(&settings.storage_path, settings.cache_bytes)?;
    let key_path = settings.storage_path.join(OTP_KEY_FILE);
    let key = OtpKey::load_or_create(&key_path, &*random)
        .map_err(|cause| StartError::OtpKey { path: key_path, cause })?;

    let users = users(&store, settings.limits.user_store, &with, &clock, &random).await?;
    let index = Arc::new(RevocationIndex::default());
    let sessions = sessions(&store, &index, &settings, &with, &clock, &random).await?;
    let otps = otps(&store, key, &settings, &with, &clock, &random).await?;
    let guard = guard(&store, &settings, &with, &clock);
    let hasher = hasher(&settings, &with, &random)?;
    let notices = notices(&settings, &with, &clock, &random);
    let readers = Readers { index, supervision: with };
    Ok(Actors { users, sessions, otps, guard, hasher, notices, readers, store })
}

async fn users(
    store: &Store,
    limits: Limits,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Handle<UserStore>, StartError> {
    let backend = Arc::new(EmbeddedUsers::open(store).await?);
    let (clock, random) = (Arc::clone(clock), Arc::clone(random));
    Ok(supervise("user_store", limits, with.clone(), move || {
        UserStore::new(backend.clone(), Arc::clone(&clock), Arc::clone(&random))
    }))
}

async fn sessions(
    store: &Store,
    index: &Arc<RevocationIndex>,
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Handle<RevocationRegistry>, StartError> {
    let backend = Arc::new(EmbeddedSessions::open(store).await?);
    backend.load_into(Arc::clone(index), clock.now()).await?;
    let (rules, index) = (settings.sessions, Arc::clone(index));
    let (clock, random) = (Arc::clone(clock), Arc::clone(random));
    let limits = settings.limits.revocation_registry;
    Ok(supervise("revocation_registry", limits, with.clone(), move || {
        let (clock, random) = (Arc::clone(&clock), Arc::clone(&random));
        RevocationRegistry::new(rules, backend.clone(), Arc::clone(&index), clock, random)
    }))
}

async fn otps(
    store: &Store,
    key: OtpKey,
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Handle<OtpManager>, StartError> {
    let backend = Arc::new(EmbeddedOtps::open(store.clone(), settings.otps, clock.now()).await?);
    let (key, clock, random) = (Arc::new(key), Arc::clone(clock), Arc::clone(random));
    Ok(supervise("otp_manager", settings.limits.otp_manager, with.clone(), move || {
        let (clock, random) = (Arc::clone(&clock), Arc::clone(&random));
        OtpManager::new(backend.clone(), Arc::clone(&key), clock, random)
    }))
}

fn guard(
    store: &Store,
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
) -> Handle<AttemptGuard> {
    let backend = Arc::new(EmbeddedGuard::open(store));
    let (rules, clock) = (settings.guard, Arc::clone(clock));
    supervise("attempt_guard", settings.limits.attempt_guard, with.clone(), move || {
        AttemptGuard::new(rules, backend.clone(), Arc::clone(&clock))
    })
}

fn hasher(
    settings: &Settings,
    with: &Supervision,
    random: &Arc<dyn Random>,
) -> Result<Handle<PasswordHasher>, StartError> {
    // Built once: the lanes outlive a restart of the actor in front of them.
    let hasher = PasswordHasher::new(&settings.hashing, Arc::clone(random))?;
    let limits = settings.limits.password_hasher;
    Ok(supervise("password_hasher", limits, with.clone(), move || hasher.clone()))
}

fn notices(
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Handle<NotificationDispatch> {
    let inbox = Arc::new(Inbox::new(Arc::clone(clock)));
    let channels = Channels { email: inbox.clone(), sms: inbox.clone() };
    let (clock, random) = (Arc::clone(clock), Arc::clone(random));
    // Built once: what is queued outlives a restart of the actor in front of it.
    let dispatch =
        NotificationDispatch::new(channels, Some(inbox), settings.dispatch, clock, random);
    let limits = settings.limits.notification_dispatch;
    supervise("notification_dispatch", limits, with.clone(), move || dispatch.clone())
}

impl Actors {
    /// Starts a reader of what is revoked on the current arbiter: one for each HTTP worker.
    #[must_use]
    pub fn start_reader(&self) -> Handle<RevocationReader> {
        let Readers { index, supervision } = self.readers.clone();
        supervise("revocation_reader", READER_LIMITS, supervision, move || {
            RevocationReader::new(Arc::clone(&index))
        })
    }

    /// Whether each component works, by name. Looks at flags only, so it never waits.
    #[must_use]
    pub fn health(&self) -> [(&'static str, bool); 7] {
        [
            ("store", self.store.is_writable()),
            ("user_store", self.users.is_running()),
            ("revocation_registry", self.sessions.is_running()),
            ("otp_manager", self.otps.is_running()),
            ("attempt_guard", self.guard.is_running()),
            ("password_hasher", self.hasher.is_running()),
            ("notification_dispatch", self.notices.is_running()),
        ]
    }
}
