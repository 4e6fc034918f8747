//! Tests of the rules.

use proptest::prelude::*;

use super::*;
use crate::revocation_registry::tests::{client, new_session, rules};

const EPOCH: u32 = 3;

fn start() -> Timestamp {
    Timestamp::from_secs(1_000_000)
}

fn opened() -> Session {
    rules().open(new_session(1, 1), EPOCH, start())
}

fn token(session: &Session) -> SessionRef {
    SessionRef { id: session.id, user_id: session.user_id, epoch: session.epoch }
}

fn refresh(
    rules: SessionRules,
    session: &Session,
    generation: u32,
    now: Timestamp,
) -> RefreshDecision {
    rules.refresh(session, EPOCH, token(session), generation, now)
}

fn advanced(decision: RefreshDecision) -> Session {
    match decision {
        RefreshDecision::Advance(session) => session,
        other => panic!("should have advanced: {other:?}"),
    }
}

#[test]
fn a_session_opens_in_the_epoch_of_its_account_and_ends_after_its_ttl() {
    let session = opened();
    assert_eq!((session.epoch, session.generation), (EPOCH, 0));
    assert_eq!((session.authenticated_at, session.refreshed_at), (start(), start()));
    assert_eq!(session.expires_at, start().after(rules().refresh_ttl));
    assert_eq!(session.client, client());
}

#[test]
fn a_session_that_is_not_refreshed_dies_of_idleness_s_106() {
    let end = start().after(rules().refresh_idle);
    let last = end.before(Duration::from_millis(1));
    assert!(matches!(refresh(rules(), &opened(), 0, last), RefreshDecision::Advance(_)));
    assert_eq!(refresh(rules(), &opened(), 0, end), RefreshDecision::Dead);
}

#[test]
fn no_refresh_carries_a_session_past_its_absolute_end_s_106() {
    let mut session = opened();
    let step = rules().refresh_idle / 2;
    let mut now = start();
    while now.after(step) < session.expires_at {
        now = now.after(step);
        session = advanced(refresh(rules(), &session, session.generation, now));
    }
    let last = session.expires_at.before(Duration::from_millis(1));
    let at_the_end = advanced(refresh(rules(), &session, session.generation, last));
    assert_eq!(
        refresh(rules(), &at_the_end, at_the_end.generation, session.expires_at),
        RefreshDecision::Dead
    );
}

#[test]
fn a_token_that_does_not_name_the_session_is_dead() {
    let session = opened();
    let right = token(&session);
    for wrong in [
        SessionRef { id: SessionId::from_bytes([9; 16]), ..right },
        SessionRef { user_id: UserId::from_bytes([9; 16]), ..right },
        SessionRef { epoch: EPOCH + 1, ..right },
        SessionRef { epoch: EPOCH - 1, ..right },
    ] {
        let decision = rules().refresh(&session, EPOCH, wrong, 0, start());
        assert_eq!(decision, RefreshDecision::Dead, "{wrong:?}");
    }
}

#[test]
fn the_epoch_decides_within_the_millisecond_of_a_revocation_s_34() {
    let (earlier, raised) = (opened(), EPOCH + 1);
    let later = rules().open(new_session(1, 2), raised, start());
    assert!(!rules().is_live(&earlier, raised, start()));
    assert_eq!(
        rules().refresh(&earlier, raised, token(&earlier), 0, start()),
        RefreshDecision::Dead
    );
    assert!(rules().is_live(&later, raised, start()));
}

#[test]
fn each_refresh_of_a_rotating_session_raises_its_generation_by_one_s_30() {
    let now = start().after(Duration::from_secs(5));
    let next = advanced(refresh(rules(), &opened(), 0, now));
    assert_eq!(next, Session { refreshed_at: now, generation: 1, ..opened() });
    assert_eq!(advanced(refresh(rules(), &next, 1, now)).generation, 2);
}

#[test]
fn the_previous_token_yields_the_same_successor_for_ten_seconds_s_31() {
    let session = Session { generation: 5, ..opened() };
    let end = start().after(rules().reuse_window);
    assert_eq!(refresh(rules(), &session, 4, start()), RefreshDecision::Repeat);
    assert_eq!(refresh(rules(), &session, 4, end), RefreshDecision::Repeat);
    let later = end.after(Duration::from_millis(1));
    assert_eq!(refresh(rules(), &session, 4, later), RefreshDecision::Reused);
}

#[test]
fn any_other_generation_is_reuse_s_31() {
    let session = Session { generation: 5, ..opened() };
    for generation in [0, 3, 6, u32::MAX] {
        assert_eq!(refresh(rules(), &session, generation, start()), RefreshDecision::Reused);
    }
}

#[test]
fn reuse_in_a_dead_session_is_only_dead() {
    let session = Session { generation: 5, ..opened() };
    assert_eq!(refresh(rules(), &session, 0, session.expires_at), RefreshDecision::Dead);
}

#[test]
fn without_rotation_a_token_is_used_again_and_again() {
    let fixed = SessionRules { rotation: false, ..rules() };
    let now = start().after(Duration::from_secs(5));
    let next = advanced(refresh(fixed, &opened(), 0, now));
    assert_eq!(next, Session { refreshed_at: now, ..opened() });
}

#[test]
fn switching_rotation_off_revives_no_spent_token() {
    let fixed = SessionRules { rotation: false, ..rules() };
    let session = Session { generation: 5, ..opened() };
    assert_eq!(refresh(fixed, &session, 4, start()), RefreshDecision::Reused);
    assert_eq!(advanced(refresh(fixed, &session, 5, start())).generation, 5);
}

#[test]
fn a_clock_set_back_does_not_shorten_a_session() {
    let earlier = start().before(Duration::from_mins(1));
    assert_eq!(advanced(refresh(rules(), &opened(), 0, earlier)).refreshed_at, start());
}

#[test]
fn the_least_recently_refreshed_session_makes_room_s_106() {
    let at = |n: u8, refreshed: u64| Session {
        refreshed_at: Timestamp::from_secs(refreshed),
        ..rules().open(new_session(1, n), EPOCH, start())
    };
    let live = vec![at(1, 300), at(2, 100), at(3, 200)];
    let evicted_at = |max_per_account| {
        let rules = SessionRules { max_per_account, ..rules() };
        rules.evicted(live.clone()).into_iter().map(|s| s.id.as_bytes()[0]).collect::<Vec<_>>()
    };
    assert_eq!(evicted_at(4), Vec::<u8>::new());
    assert_eq!(evicted_at(3), [2]);
    assert_eq!(evicted_at(1), [2, 3, 1]);
}

#[test]
fn a_revocation_outlives_the_last_access_token_by_the_leeway_s_39() {
    let rules = rules();
    let last_access_token = start().after(rules.access_ttl);
    assert_eq!(rules.session_tokens_end(start()), last_access_token.after(Duration::from_secs(30)));
    assert_eq!(rules.account_tokens_end(start()), rules.session_tokens_end(opened().expires_at));
}

proptest! {
    #[test]
    fn a_refresh_only_ever_moves_a_live_session_forward(
        rotation: bool,
        generation in 0..4_u32,
        used in 0..6_u32,
        refreshed in 0..2_000_u64,
        now in 0..2_000_u64,
    ) {
        let rules = SessionRules { rotation, ..rules() };
        let now = start().after(Duration::from_secs(now));
        let refreshed_at = start().after(Duration::from_secs(refreshed));
        let session = Session { refreshed_at, generation, ..opened() };
        let decision = refresh(rules, &session, used, now);
        prop_assert_eq!(decision == RefreshDecision::Dead, now >= rules.ends_at(&session));
        if let RefreshDecision::Advance(next) = decision {
            prop_assert_eq!(used, generation);
            prop_assert_eq!(next.generation, generation + u32::from(rotation));
            prop_assert!(next.refreshed_at >= session.refreshed_at.max(now));
            prop_assert_eq!(
                Session { refreshed_at, generation, ..next }, session,
                "nothing else changes"
            );
        }
    }
}
