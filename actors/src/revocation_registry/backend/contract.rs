//! What every backend must do. Each test runs on each of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tempfile::TempDir;

use super::*;
use crate::embedded::Store;
use crate::mongo::{Mongo, fixture};
use crate::revocation_registry::messages::Standing;
use crate::revocation_registry::tests::{new_session, rules, user};

struct Bed {
    sessions: Arc<dyn SessionBackend>,
    _folder: Option<TempDir>,
}

/// Each makes an empty store, or `None` where there is none to be had.
impl Bed {
    #[expect(clippy::unused_async, reason = "the others wait")]
    async fn memory() -> Option<Self> {
        Some(Self { sessions: Arc::new(MemorySessions::default()), _folder: None })
    }

    async fn embedded() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), 1 << 20).unwrap();
        let sessions = EmbeddedSessions::open(&store).await.unwrap();
        Some(Self { sessions: Arc::new(sessions), _folder: Some(folder) })
    }

    async fn standalone_mongodb() -> Option<Self> {
        fixture::prepared(&MongoSessions::collections()).await.map(Self::over)
    }

    async fn replicated_mongodb() -> Option<Self> {
        fixture::prepared_on_replica_set(&MongoSessions::collections()).await.map(Self::over)
    }

    fn over(mongo: Mongo) -> Self {
        Self { sessions: Arc::new(MongoSessions::new(mongo)), _folder: None }
    }

    async fn open(&self, user: u8, id: u8, now: Timestamp) -> Opened {
        self.sessions.open(new_session(user, id), 0, rules(), now).await.unwrap()
    }

    async fn refresh(&self, session: &Session, generation: u32, now: Timestamp) -> Refreshed {
        self.sessions.refresh(token(session), generation, rules(), now).await.unwrap()
    }

    async fn revoke(&self, session: &Session, now: Timestamp) -> Option<Revoked> {
        self.sessions.revoke(token(session), rules(), now).await.unwrap()
    }

    async fn raise_epoch(&self, n: u8, now: Timestamp) -> u32 {
        self.sessions.raise_epoch(user(n), rules(), now).await.unwrap()
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> bool {
        self.sessions.sweep(rules(), now, limit).await.unwrap()
    }

    async fn sweep_all(&self, now: Timestamp) {
        while self.sweep(now, 3).await {}
    }

    async fn index(&self, now: Timestamp) -> Arc<RevocationIndex> {
        let index = Arc::new(RevocationIndex::default());
        self.sessions.load_into(Arc::clone(&index), now).await.unwrap();
        index
    }
}

fn token(session: &Session) -> SessionRef {
    SessionRef { id: session.id, user_id: session.user_id, epoch: session.epoch }
}

fn start() -> Timestamp {
    Timestamp::from_secs(1_000_000)
}

fn later(seconds: u64) -> Timestamp {
    start().after(Duration::from_secs(seconds))
}

macro_rules! contract {
    ($($test:ident),* $(,)?) => {
        contract! { memory => $($test)* }
        contract! { embedded => $($test)* }
        contract! { standalone_mongodb => $($test)* }
        contract! { replicated_mongodb => $($test)* }
    };
    ($backend:ident => $($test:ident)*) => {
        mod $backend {
            $(#[actix::test] async fn $test() {
                let Some(bed) = super::Bed::$backend().await else { return };
                super::$test(bed).await;
            })*
        }
    };
}

contract! {
    a_session_is_stored_as_it_was_opened,
    a_refresh_is_stored,
    of_parallel_refreshes_one_advances_the_generation_s_30,
    a_spent_token_revokes_the_session_s_31,
    a_revoked_session_is_gone_s_32,
    an_expired_session_is_revoked_without_having_lived,
    a_session_is_live_until_it_is_revoked_or_ends,
    an_epoch_starts_at_zero_and_rises_by_one,
    a_raised_epoch_ends_the_account_s_sessions_and_no_others_s_40,
    opening_lifts_the_epoch_to_the_least_one_asked_for,
    the_eleventh_session_evicts_the_least_recently_refreshed_s_106,
    dead_sessions_evict_nobody,
    of_parallel_sign_ins_ten_stay_s_106,
    a_fresh_index_knows_what_was_revoked_s_36,
    a_fresh_index_is_spared_what_no_longer_matters_s_39,
    what_has_expired_is_deleted_s_108,
    a_refreshed_session_survives_the_sweep,
    a_sweep_works_in_bounded_steps,
    an_epoch_outlives_every_sweep,
    an_account_revoked_again_and_again_takes_no_more_room,
}

async fn a_session_is_live_until_it_is_revoked_or_ends(bed: Bed) {
    let is_live = async |session: &Session, now| {
        bed.sessions.is_live(token(session), rules(), now).await.unwrap()
    };
    let [first, second, third] = [1, 2, 3].map(|id| bed.open(1, id, start()));
    let (first, second, third) = (first.await.session, second.await.session, third.await.session);
    let stranger = Session { user_id: user(2), ..first.clone() };
    assert!(is_live(&first, start()).await && !is_live(&stranger, start()).await);
    bed.revoke(&first, start()).await;
    assert!(!is_live(&first, start()).await && is_live(&second, start()).await);
    assert!(!is_live(&second, rules().ends_at(&second)).await);
    bed.raise_epoch(1, start()).await;
    assert!(!is_live(&third, start()).await);
}

async fn a_session_is_stored_as_it_was_opened(bed: Bed) {
    let opened = bed.open(1, 1, start()).await;
    assert_eq!(opened.session, rules().open(new_session(1, 1), 0, start()));
    assert_eq!(opened.evicted, []);
    let Refreshed::Live(refreshed) = bed.refresh(&opened.session, 0, start()).await else {
        panic!("the session should live")
    };
    assert_eq!(Session { generation: 0, ..refreshed }, opened.session);
}

async fn a_refresh_is_stored(bed: Bed) {
    let session = bed.open(1, 1, start()).await.session;
    bed.refresh(&session, 0, later(100)).await;
    let next = Session { generation: 1, refreshed_at: later(100), ..session.clone() };
    assert_eq!(bed.refresh(&session, 0, later(101)).await, Refreshed::Live(next), "a repeat");
}

async fn of_parallel_refreshes_one_advances_the_generation_s_30(bed: Bed) {
    let session = bed.open(1, 1, start()).await.session;
    let uses: Vec<_> =
        (0..20).map(|_| bed.sessions.refresh(token(&session), 0, rules(), later(1))).collect();
    let next = Session { generation: 1, refreshed_at: later(1), ..session };
    for used in uses {
        assert_eq!(used.await.unwrap(), Refreshed::Live(next.clone()));
    }
}

async fn a_spent_token_revokes_the_session_s_31(bed: Bed) {
    let session = bed.open(1, 1, start()).await.session;
    bed.refresh(&session, 0, later(1)).await;
    bed.refresh(&session, 1, later(2)).await;
    let reused = Refreshed::Reused { expires_at: session.expires_at };
    assert_eq!(bed.refresh(&session, 0, later(3)).await, reused);
    assert_eq!(bed.refresh(&session, 2, later(3)).await, Refreshed::Dead);
    assert_eq!(bed.index(later(3)).await.standing(&token(&session)), Standing::Revoked);
}

async fn a_revoked_session_is_gone_s_32(bed: Bed) {
    let session = bed.open(1, 1, start()).await.session;
    let other = bed.open(1, 2, start()).await.session;
    let revoked = Revoked { was_live: true, expires_at: session.expires_at };
    assert_eq!(bed.revoke(&session, start()).await, Some(revoked));
    assert_eq!(bed.revoke(&session, start()).await, None, "there is nothing left to revoke (S-42)");
    assert_eq!(bed.refresh(&session, 0, start()).await, Refreshed::Dead);
    assert!(matches!(bed.refresh(&other, 0, start()).await, Refreshed::Live(_)));
}

async fn an_expired_session_is_revoked_without_having_lived(bed: Bed) {
    let session = bed.open(1, 1, start()).await.session;
    let revoked = Revoked { was_live: false, expires_at: session.expires_at };
    assert_eq!(bed.revoke(&session, session.expires_at).await, Some(revoked));
}

async fn an_epoch_starts_at_zero_and_rises_by_one(bed: Bed) {
    assert_eq!(bed.sessions.epoch(user(1)).await, Ok(0));
    assert_eq!(bed.raise_epoch(1, start()).await, 1);
    assert_eq!(bed.raise_epoch(1, start()).await, 2);
    assert_eq!(bed.sessions.epoch(user(1)).await, Ok(2));
    assert_eq!(bed.sessions.epoch(user(2)).await, Ok(0));
}

async fn a_raised_epoch_ends_the_account_s_sessions_and_no_others_s_40(bed: Bed) {
    let mine = bed.open(1, 1, start()).await.session;
    let theirs = bed.open(2, 2, start()).await.session;
    bed.raise_epoch(1, start()).await;
    assert_eq!(bed.refresh(&mine, 0, start()).await, Refreshed::Dead);
    assert_eq!(bed.revoke(&mine, start()).await, None);
    assert!(matches!(bed.refresh(&theirs, 0, start()).await, Refreshed::Live(_)));
    let next = bed.open(1, 3, start()).await.session;
    assert_eq!(next.epoch, 1);
    assert!(matches!(bed.refresh(&next, 0, start()).await, Refreshed::Live(_)));
}

async fn opening_lifts_the_epoch_to_the_least_one_asked_for(bed: Bed) {
    let old = bed.open(1, 1, start()).await.session;
    let opening = bed.sessions.open(new_session(1, 2), 1, rules(), start());
    assert_eq!(opening.await.unwrap().session.epoch, 1);
    assert_eq!(bed.refresh(&old, 0, start()).await, Refreshed::Dead);
    assert_eq!(bed.index(start()).await.standing(&token(&old)), Standing::Revoked);
    let lower = bed.sessions.open(new_session(1, 3), 0, rules(), start());
    assert_eq!(lower.await.unwrap().session.epoch, 1, "an epoch never falls");
}

async fn the_eleventh_session_evicts_the_least_recently_refreshed_s_106(bed: Bed) {
    let mut sessions = Vec::new();
    for id in 0..10 {
        sessions.push(bed.open(1, id, later(id.into())).await.session);
    }
    bed.open(2, 100, later(20)).await;
    bed.refresh(&sessions[0], 0, later(20)).await;
    let opened = bed.open(1, 10, later(30)).await;
    assert_eq!(opened.evicted, [Evicted::from(&sessions[1])]);
    assert_eq!(bed.refresh(&sessions[1], 0, later(30)).await, Refreshed::Dead);
    let index = bed.index(later(30)).await;
    assert_eq!(index.standing(&token(&sessions[1])), Standing::Revoked);
    assert_eq!(index.standing(&token(&sessions[0])), Standing::Good);
}

async fn dead_sessions_evict_nobody(bed: Bed) {
    for id in 0..10 {
        bed.open(1, id, start()).await;
    }
    let idle = start().after(rules().refresh_idle);
    assert_eq!(bed.open(1, 10, idle).await.evicted, []);
}

async fn of_parallel_sign_ins_ten_stay_s_106(bed: Bed) {
    let opening = (0..25).map(|id| bed.open(1, id, start()));
    let opened = join_all(opening).await;
    let mut evicted: Vec<_> = opened.iter().flat_map(|opened| &opened.evicted).collect();
    evicted.sort_by_key(|evicted| evicted.id);
    evicted.dedup_by_key(|evicted| evicted.id);
    assert_eq!(evicted.len(), 15, "each is evicted once");
    let index = bed.index(start()).await;
    for Opened { session, .. } in &opened {
        let is_evicted = evicted.iter().any(|evicted| evicted.id == session.id);
        let is_live = matches!(bed.refresh(session, 0, start()).await, Refreshed::Live(_));
        assert_eq!(is_live, !is_evicted);
        assert_eq!(index.standing(&token(session)) == Standing::Revoked, is_evicted);
    }
}

async fn a_fresh_index_knows_what_was_revoked_s_36(bed: Bed) {
    let signed_out = bed.open(1, 1, start()).await.session;
    let standing = bed.open(1, 2, start()).await.session;
    let ended = bed.open(2, 3, start()).await.session;
    bed.revoke(&signed_out, start()).await;
    bed.raise_epoch(2, start()).await;
    bed.raise_epoch(2, later(1)).await;
    let index = bed.index(later(1)).await;
    assert_eq!(index.standing(&token(&signed_out)), Standing::Revoked);
    assert_eq!(index.standing(&token(&standing)), Standing::Good);
    assert_eq!(index.standing(&token(&ended)), Standing::Revoked);
    assert_eq!(index.standing_from(user(2)), 2);
    assert_eq!(index.len(), 2, "one entry for each session or account");
}

async fn a_fresh_index_is_spared_what_no_longer_matters_s_39(bed: Bed) {
    let session = bed.open(1, 1, start()).await.session;
    bed.revoke(&session, start()).await;
    bed.raise_epoch(2, start()).await;
    let end = rules().session_tokens_end(session.expires_at);
    assert_eq!(bed.index(end.before(Duration::from_millis(1))).await.len(), 2);
    assert_eq!(bed.index(end).await.len(), 0);
}

async fn what_has_expired_is_deleted_s_108(bed: Bed) {
    let idle = bed.open(1, 1, start()).await.session;
    let signed_out = bed.open(1, 2, start()).await.session;
    bed.revoke(&signed_out, start()).await;
    bed.sweep_all(start().after(rules().refresh_idle)).await;
    assert_eq!(bed.revoke(&idle, start()).await, None, "the idle session is deleted");
    assert_eq!(bed.index(start()).await.len(), 1, "the revocation still matters");
    bed.sweep_all(rules().session_tokens_end(signed_out.expires_at)).await;
    assert_eq!(bed.index(start()).await.len(), 0, "the revocation is deleted");
}

async fn a_refreshed_session_survives_the_sweep(bed: Bed) {
    let session = bed.open(1, 1, start()).await.session;
    let refreshed_at = start().after(rules().refresh_idle / 2);
    bed.refresh(&session, 0, refreshed_at).await;
    bed.sweep_all(start().after(rules().refresh_idle)).await;
    let end = refreshed_at.after(rules().refresh_idle);
    let last = end.before(Duration::from_millis(1));
    bed.sweep_all(last).await;
    assert!(matches!(bed.refresh(&session, 1, last).await, Refreshed::Live(_)));
    bed.sweep_all(last.after(rules().refresh_ttl)).await;
    assert_eq!(bed.revoke(&session, last).await, None, "in the end it goes");
}

async fn a_sweep_works_in_bounded_steps(bed: Bed) {
    for id in 0..7 {
        bed.open(id, id, start()).await;
    }
    let now = start().after(rules().refresh_ttl);
    let mut steps = 1;
    while bed.sweep(now, 3).await {
        steps += 1;
    }
    assert!(steps <= 3, "{steps}");
    for id in 0..7 {
        let session = rules().open(new_session(id, id), 0, start());
        assert_eq!(bed.revoke(&session, start()).await, None);
    }
}

async fn an_epoch_outlives_every_sweep(bed: Bed) {
    bed.raise_epoch(1, start()).await;
    bed.sweep_all(start().after(Duration::from_hours(24 * 365))).await;
    assert_eq!(bed.sessions.epoch(user(1)).await, Ok(1));
}

async fn an_account_revoked_again_and_again_takes_no_more_room(bed: Bed) {
    for second in 0..5 {
        bed.raise_epoch(1, later(second)).await;
    }
    let much_later = start().after(Duration::from_hours(24));
    assert!(!bed.sweep(much_later, 3).await, "there is one record to delete");
}
