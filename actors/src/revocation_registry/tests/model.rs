//! Any sequence of messages, sweeps and restarts, against a naive model.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::domain::Timestamp;
use crate::embedded::Store;
use crate::mongo::fixture;
use crate::revocation_registry::backend::{EmbeddedSessions, MongoSessions};

const USERS: u8 = 2;
const MAX: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Open(u8),
    Refresh { session: Index, back: u32 },
    Revoke(Index),
    RevokeAccount(u8),
    Advance(u64),
    Sweep,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..USERS).prop_map(Step::Open),
        8 => (any::<Index>(), prop_oneof![6 => Just(0), 3 => Just(1), 1 => Just(2)])
            .prop_map(|(session, back)| Step::Refresh { session, back }),
        3 => any::<Index>().prop_map(Step::Revoke),
        1 => (0..USERS).prop_map(Step::RevokeAccount),
        4 => prop_oneof![0..12_u64, 100..400_u64].prop_map(Step::Advance),
        1 => Just(Step::Sweep),
        1 => Just(Step::Restart),
    ]
}

/// Remembers every session for ever, and says why it is dead.
struct Model {
    rules: SessionRules,
    sessions: Vec<(Session, bool)>,
    epochs: [u32; USERS as usize],
}

impl Model {
    fn is_live(&self, at: usize, now: Timestamp) -> bool {
        let (session, is_revoked) = &self.sessions[at];
        let idle = now.since(session.refreshed_at) >= self.rules.refresh_idle;
        !is_revoked && !idle && now < session.expires_at
    }

    fn live_of(&self, n: u8, now: Timestamp) -> Vec<usize> {
        let of_user = |&at: &usize| self.sessions[at].0.user_id == user(n);
        (0..self.sessions.len()).filter(of_user).filter(|&at| self.is_live(at, now)).collect()
    }

    fn open(&mut self, n: u8, opened: Session, now: Timestamp) {
        let mut live = self.live_of(n, now);
        live.sort_by_key(|&at| {
            let session = &self.sessions[at].0;
            (session.refreshed_at, session.authenticated_at, session.id)
        });
        if live.len() == MAX {
            self.sessions[live[0]].1 = true;
        }
        assert_eq!(opened.epoch, self.epochs[usize::from(n)]);
        assert!(self.sessions.iter().all(|(session, _)| session.id != opened.id));
        self.sessions.push((opened, false));
    }

    fn refresh(&mut self, at: usize, generation: u32, now: Timestamp) -> RefreshOutcome {
        if !self.is_live(at, now) {
            return RefreshOutcome::Dead;
        }
        let rotation = self.rules.rotation;
        let (session, is_revoked) = &mut self.sessions[at];
        let age = now.since(session.refreshed_at);
        if generation == session.generation {
            session.refreshed_at = now;
            session.generation += u32::from(rotation);
        } else if !(rotation && generation + 1 == session.generation && age.as_secs() <= 10) {
            *is_revoked = true;
            return RefreshOutcome::Reused;
        }
        RefreshOutcome::Live(session.clone())
    }

    fn revoke(&mut self, at: usize, now: Timestamp) -> RevokeOutcome {
        let was_live = self.is_live(at, now);
        self.sessions[at].1 |= was_live;
        if was_live { RevokeOutcome::Revoked } else { RevokeOutcome::AlreadyDead }
    }

    fn revoke_account(&mut self, n: u8) {
        self.epochs[usize::from(n)] += 1;
        for (session, is_revoked) in &mut self.sessions {
            *is_revoked |= session.user_id == user(n);
        }
    }

    /// `None`: it has expired, and nobody may ask.
    fn standing(&self, at: usize, now: Timestamp) -> Option<Standing> {
        let (session, is_revoked) = &self.sessions[at];
        let last_token_ends = session.expires_at.after(self.rules.access_ttl);
        if *is_revoked && now < last_token_ends {
            return Some(Standing::Revoked);
        }
        self.is_live(at, now).then_some(Standing::Good)
    }
}

async fn run(rules: SessionRules, backend: Arc<dyn SessionBackend>, steps: Vec<Step>) {
    let clock = ManualClock::default();
    let mut t = Fixture::wire(rules, Arc::clone(&backend), Arc::default(), clock.clone(), 0);
    let mut model = Model { rules, sessions: Vec::new(), epochs: [0; USERS as usize] };
    for (seed, step) in (1..).zip(steps) {
        let (now, count) = (clock.now(), model.sessions.len());
        match step {
            Step::Open(n) => model.open(n, t.open(n).await.unwrap(), now),
            Step::Refresh { session, back } if count > 0 => {
                let at = session.index(count);
                let session = model.sessions[at].0.clone();
                let generation = session.generation.saturating_sub(back);
                let expected = model.refresh(at, generation, now);
                assert_eq!(t.refresh(&session, generation).await, Ok(expected));
            }
            Step::Revoke(session) if count > 0 => {
                let at = session.index(count);
                let expected = model.revoke(at, now);
                assert_eq!(t.revoke(&model.sessions[at].0).await, Ok(expected));
            }
            Step::Refresh { .. } | Step::Revoke(_) => {}
            Step::RevokeAccount(n) => {
                model.revoke_account(n);
                t.revoke_account(n).await.unwrap();
            }
            Step::Advance(seconds) => clock.advance(Duration::from_secs(seconds)),
            Step::Sweep => {
                t.index.purge(now);
                while backend.sweep(rules, now, 2).await.unwrap() {}
            }
            Step::Restart => t = t.restart(rules, Arc::clone(&backend), seed).await,
        }
        for (at, (session, _)) in model.sessions.iter().enumerate() {
            if let Some(expected) = model.standing(at, clock.now()) {
                assert_eq!(t.standing(session).await, Ok(expected), "{session:?}");
            }
        }
    }
}

fn small(rotation: bool) -> SessionRules {
    SessionRules { rotation, max_per_account: MAX, ..rules() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn every_answer_is_the_model_s_and_a_restart_changes_none_s_36_f_08(
        rotation: bool,
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let backend = Arc::new(MemorySessions::default());
        actix::System::new().block_on(run(small(rotation), backend, steps));
    }
}

proptest! {
    // Each write is an fsync.
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn so_it_is_over_the_embedded_store(
        rotation: bool,
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let folder = tempfile::tempdir().unwrap();
        actix::System::new().block_on(async {
            let store = Store::open(folder.path(), 1 << 20).unwrap();
            let backend = Arc::new(EmbeddedSessions::open(&store).await.unwrap());
            run(small(rotation), backend, steps).await;
        });
    }
}

proptest! {
    // Each step is a round trip or two.
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn so_it_is_over_mongodb(
        rotation: bool,
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        actix::System::new().block_on(async {
            let mongo = fixture::prepared_on_replica_set(&MongoSessions::collections()).await;
            let Some(mongo) = mongo else { return };
            run(small(rotation), Arc::new(MongoSessions::new(mongo)), steps).await;
        });
    }
}
