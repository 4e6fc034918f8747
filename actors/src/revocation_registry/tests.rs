//! Tests of the registry and its readers, through their handles.

mod failure;
mod messages;
mod model;
mod staleness;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::ledger::NewSession;
use super::*;
use crate::domain::{Client, SessionId, UserAgent, UserId};
use crate::runtime::{
    Clock, Handle, Limits, ManualClock, RestartBudget, SeededRandom, Supervision, supervise,
};

const CAPACITY: usize = 4;

/// Small numbers, so that a test crosses every limit. Ten seconds and ten sessions are real.
pub(super) fn rules() -> SessionRules {
    SessionRules {
        refresh_ttl: Duration::from_secs(1000),
        refresh_idle: Duration::from_mins(5),
        access_ttl: Duration::from_mins(1),
        max_per_account: 10,
        rotation: true,
        reuse_window: Duration::from_secs(10),
    }
}

pub(super) fn client() -> Client {
    let ip = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    Client { ip, user_agent: UserAgent::sanitise("curl/8") }
}

pub(super) fn new_session(user: u8, id: u8) -> NewSession {
    let id = SessionId::from_bytes([id; 16]);
    NewSession { id, user_id: self::user(user), client: client(), is_first: false }
}

/// Never the bytes of a session of [`new_session`]: random identifiers do not collide.
pub(super) fn user(n: u8) -> UserId {
    let mut bytes = [n; 16];
    bytes[0] = u8::MAX;
    UserId::from_bytes(bytes)
}

fn token(session: &Session) -> SessionRef {
    SessionRef { id: session.id, user_id: session.user_id, epoch: session.epoch }
}

/// A registry and a reader over one index.
struct Fixture {
    registry: Handle<RevocationRegistry>,
    reader: Handle<RevocationReader>,
    index: Arc<RevocationIndex>,
    clock: ManualClock,
    fatal: CancellationToken,
}

impl Fixture {
    fn start() -> Self {
        Self::over(rules(), Arc::new(MemorySessions::default()))
    }

    fn over(rules: SessionRules, backend: Arc<dyn SessionBackend>) -> Self {
        tokio::time::pause();
        Self::wire(rules, backend, Arc::default(), ManualClock::default(), 1)
    }

    fn wire(
        rules: SessionRules,
        backend: Arc<dyn SessionBackend>,
        index: Arc<RevocationIndex>,
        clock: ManualClock,
        seed: u64,
    ) -> Self {
        let fatal = CancellationToken::new();
        let budget = RestartBudget { max: 2, window: Duration::from_mins(1) };
        let supervision = Supervision { budget, fatal: fatal.clone() };
        let limits = Limits { capacity: CAPACITY, deadline: Duration::from_secs(2) };
        let random = Arc::new(SeededRandom::new(seed));
        let (shared, ticking) = (Arc::clone(&index), Arc::new(clock.clone()));
        let registry = supervise("registry", limits, supervision.clone(), move || {
            RevocationRegistry::new(
                rules,
                Arc::clone(&backend),
                Arc::clone(&shared),
                ticking.clone(),
                random.clone(),
            )
        });
        let shared = Arc::clone(&index);
        let reader = supervise("reader", limits, supervision, move || {
            RevocationReader::new(Arc::clone(&shared))
        });
        Self { registry, reader, index, clock, fatal }
    }

    /// The process starts anew over the same store.
    async fn restart(
        &self,
        rules: SessionRules,
        backend: Arc<dyn SessionBackend>,
        seed: u64,
    ) -> Self {
        let index = Arc::new(RevocationIndex::default());
        backend.load_into(Arc::clone(&index), self.clock.now()).await.unwrap();
        Self::wire(rules, backend, index, self.clock.clone(), seed)
    }

    /// Moves both clocks, then lets the timers that came due run.
    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        tokio::time::advance(by).await;
        tokio::task::yield_now().await;
    }

    async fn open(&self, n: u8) -> Result<Session, RevocationError> {
        self.registry.ask(OpenSession { user_id: user(n), client: client(), is_first: false }).await
    }

    async fn refresh(
        &self,
        session: &Session,
        generation: u32,
    ) -> Result<RefreshOutcome, RevocationError> {
        self.registry.ask(RefreshSession { session: token(session), generation }).await
    }

    async fn revoke(&self, session: &Session) -> Result<RevokeOutcome, RevocationError> {
        self.registry.ask(RevokeSession { session: token(session) }).await
    }

    async fn revoke_account(&self, n: u8) -> Result<(), RevocationError> {
        self.registry.ask(RevokeAccount { user_id: user(n) }).await
    }

    async fn standing(&self, session: &Session) -> Result<Standing, RevocationError> {
        self.reader.ask(CheckStanding { session: token(session) }).await
    }

    async fn confirm(&self, session: &Session) -> Result<Standing, RevocationError> {
        self.registry.ask(ConfirmStanding { session: token(session) }).await
    }
}
