//! Starts every actor over the store that the operator chose.

mod delivery;
mod report;
mod storage;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context};

use crate::attempt_guard::{AttemptGuard, GuardBackend, GuardRules};
use crate::audit_trail::{AuditRules, AuditTrail};
use crate::backend::BackendError;
use crate::domain::TestNumbers;
use crate::embedded::OpenError;
use crate::mongo::MongoSettingsError;
use crate::notification_dispatch::{
    DispatchRules, MailTlsError, Medium, NotificationDispatch, OpenTwilioError, Templates,
};
use crate::otp_manager::{OtpBackend, OtpKey, OtpManager, OtpRules};
use crate::password_hasher::{HashingRules, PasswordHasher, Peppers, StartHasherError};
use crate::rate_limiter::{BudgetBackend, LimiterRules, RateLimiter};
use crate::revocation_registry::{
    RevocationIndex, RevocationReader, RevocationRegistry, SessionBackend, SessionRules,
};
use crate::runtime::{Clock, Handle, Limits, Random, Supervision, supervise};
use crate::user_store::{UserBackend, UserStore};

use storage::{Backends, StoreHealth};

pub use delivery::{EmailDelivery, SmsDelivery};
pub use storage::Storage;

/// Each request of a worker asks its reader once, and the worker's connections are bounded: this
/// is only reached by a fault.
const READER_LIMITS: Limits = Limits { capacity: 65_536, deadline: Duration::MAX };

/// What the operator decided, as the actors need it.
pub struct Settings {
    /// Where state lives.
    pub storage: Storage,
    /// Lives of sessions.
    pub sessions: SessionRules,
    /// How long a node that is not alone may hear nothing of other nodes' revocations.
    pub max_staleness: Duration,
    /// Lives of codes.
    pub otps: OtpRules,
    /// Slowing down of guessers.
    pub guard: GuardRules,
    /// How often clients may ask, and how much is sent to whom.
    pub limiter: LimiterRules,
    /// Cost of a hash, and how many at once.
    pub hashing: HashingRules,
    /// What passwords are mixed with.
    pub peppers: Peppers,
    /// Notices on their way.
    pub dispatch: DispatchRules,
    /// The record of security-relevant acts.
    pub audit: AuditRules,
    /// The words of notices.
    pub templates: Arc<Templates>,
    /// How mails leave.
    pub email: EmailDelivery,
    /// How text messages leave.
    pub sms: SmsDelivery,
    /// Numbers with fixed codes, to which nothing is sent.
    pub test_numbers: TestNumbers,
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
    /// Of the rate limiter.
    pub rate_limiter: Limits,
    /// Of the password hasher.
    pub password_hasher: Limits,
    /// Of the notification dispatch.
    pub notification_dispatch: Limits,
    /// Of the audit trail.
    pub audit_trail: Limits,
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
    /// MongoDB cannot be reached with these settings, ever.
    #[error(transparent)]
    MongoDb(#[from] MongoSettingsError),
    /// Hashing cannot start.
    #[error(transparent)]
    Hasher(#[from] StartHasherError),
    /// No mail relay can be trusted.
    #[error(transparent)]
    MailTls(#[from] MailTlsError),
    /// Text messages have no way out.
    #[error(transparent)]
    Twilio(#[from] OpenTwilioError),
    /// The thread from which notices leave ended before it began.
    #[error("the thread of notices did not start")]
    Dispatch,
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
    /// Request buckets and send budgets.
    pub limiter: Handle<RateLimiter>,
    /// Argon2id.
    pub hasher: Handle<PasswordHasher>,
    /// Mails and text messages.
    pub notices: Handle<NotificationDispatch>,
    /// The record of security-relevant acts.
    pub audit: Handle<AuditTrail>,
    hashing: PasswordHasher,
    dispatch: NotificationDispatch,
    trail: AuditTrail,
    readers: Readers,
    store: StoreHealth,
}

/// What a reader is made of.
#[derive(Clone)]
struct Readers {
    index: Arc<RevocationIndex>,
    supervision: Supervision,
}

/// Opens the store and starts every actor on the current arbiter, the dispatch of notices on one of
/// its own.
pub async fn start(
    settings: Settings,
    with: Supervision,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Actors, StartError> {
    let backends = Backends::open(&settings, &clock, &random).await?;
    let Backends { users, sessions, index, otps, otp_key, guard, budgets, outbox, audit, store } =
        backends;
    let users = self::users(users, settings.limits.user_store, &with, &clock, &random);
    let sessions = self::sessions(sessions, &index, &settings, &with, &clock, &random);
    let otps = self::otps(otps, otp_key, &settings, &with, &clock, &random);
    let guard = self::guard(guard, &settings, &with, &clock);
    let limiter = limiter(budgets, &settings, &with, &clock);
    let hashing =
        PasswordHasher::new(&settings.hashing, settings.peppers.clone(), Arc::clone(&random))?;
    let hasher = lasting("password_hasher", &hashing, settings.limits.password_hasher, &with);
    let (dispatch, notices) = delivery::start(outbox, &settings, &with, &clock, &random).await?;
    let trail = AuditTrail::new(settings.audit, audit, clock, random);
    let audit = lasting("audit_trail", &trail, settings.limits.audit_trail, &with);
    let readers = Readers { index, supervision: with };
    Ok(Actors {
        users,
        sessions,
        otps,
        guard,
        limiter,
        hasher,
        notices,
        audit,
        hashing,
        dispatch,
        trail,
        readers,
        store,
    })
}

fn users(
    backend: Arc<dyn UserBackend>,
    limits: Limits,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Handle<UserStore> {
    let (clock, random) = (Arc::clone(clock), Arc::clone(random));
    supervise("user_store", limits, with.clone(), move || {
        UserStore::new(Arc::clone(&backend), Arc::clone(&clock), Arc::clone(&random))
    })
}

fn sessions(
    backend: Arc<dyn SessionBackend>,
    index: &Arc<RevocationIndex>,
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Handle<RevocationRegistry> {
    let (rules, index) = (settings.sessions, Arc::clone(index));
    let (clock, random) = (Arc::clone(clock), Arc::clone(random));
    let limits = settings.limits.revocation_registry;
    supervise("revocation_registry", limits, with.clone(), move || {
        let (clock, random) = (Arc::clone(&clock), Arc::clone(&random));
        RevocationRegistry::new(rules, Arc::clone(&backend), Arc::clone(&index), clock, random)
    })
}

fn otps(
    backend: Arc<dyn OtpBackend>,
    key: OtpKey,
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Handle<OtpManager> {
    let (key, clock, random) = (Arc::new(key), Arc::clone(clock), Arc::clone(random));
    let test_numbers = settings.test_numbers.clone();
    supervise("otp_manager", settings.limits.otp_manager, with.clone(), move || {
        let (clock, random) = (Arc::clone(&clock), Arc::clone(&random));
        let (backend, key) = (Arc::clone(&backend), Arc::clone(&key));
        OtpManager::new(backend, key, clock, random, test_numbers.clone())
    })
}

fn guard(
    backend: Arc<dyn GuardBackend>,
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
) -> Handle<AttemptGuard> {
    let clock = Arc::clone(clock);
    supervise("attempt_guard", settings.limits.attempt_guard, with.clone(), move || {
        AttemptGuard::new(Arc::clone(&backend), Arc::clone(&clock))
    })
}

fn limiter(
    backend: Arc<dyn BudgetBackend>,
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
) -> Handle<RateLimiter> {
    let (rules, clock) = (settings.limiter.clone(), Arc::clone(clock));
    supervise("rate_limiter", settings.limits.rate_limiter, with.clone(), move || {
        RateLimiter::new(&rules, Arc::clone(&backend), Arc::clone(&clock))
    })
}

/// An actor that is built once, because what it began outlives its restart: the lanes that hash,
/// what is queued, what waits to be written.
fn lasting<A: Actor<Context = Context<A>> + Clone>(
    name: &'static str,
    actor: &A,
    limits: Limits,
    with: &Supervision,
) -> Handle<A> {
    let actor = actor.clone();
    supervise(name, limits, with.clone(), move || actor.clone())
}

/// How a component is, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// It works.
    Up,
    /// It works, but something that it needs does not: its work waits.
    Degraded,
    /// It does not work.
    Down,
}

impl Condition {
    const fn up_if(works: bool) -> Self {
        if works { Self::Up } else { Self::Down }
    }

    const fn degraded_unless(works: bool) -> Self {
        if works { Self::Up } else { Self::Degraded }
    }
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

    /// How each component is, by name. Looks at flags only, so it never waits.
    #[must_use]
    pub fn health(&self) -> [(&'static str, Condition); 12] {
        let delivers = |medium| Condition::degraded_unless(self.dispatch.delivers(medium));
        let (email, sms) = (delivers(Medium::Email), delivers(Medium::Sms));
        let notices = Condition::up_if(self.notices.is_running()).max(email).max(sms);
        // Never `Down`: requests are served with or without a record of them (S-82).
        let keeps_record = self.audit.is_running() && self.trail.keeps_up();
        let audit = Condition::degraded_unless(keeps_record);
        [
            ("store", Condition::up_if(self.store.is_up())),
            ("user_store", Condition::up_if(self.users.is_running())),
            ("revocation_registry", Condition::up_if(self.sessions.is_running())),
            ("revocation_feed", Condition::up_if(self.readers.index.is_fresh())),
            ("otp_manager", Condition::up_if(self.otps.is_running())),
            ("attempt_guard", Condition::up_if(self.guard.is_running())),
            ("rate_limiter", Condition::up_if(self.limiter.is_running())),
            ("password_hasher", Condition::up_if(self.hasher.is_running())),
            ("notification_dispatch", notices),
            ("email_channel", email),
            ("sms_channel", sms),
            ("audit_trail", audit),
        ]
    }

    /// Lets queued notices go out and the audit trail be written, for no longer than `within`;
    /// then logs what is lost. To be called last: nothing can be queued any more.
    pub async fn drain(&self, within: Duration) {
        tokio::join!(self.dispatch.drain(within), self.trail.drain(within));
    }
}
