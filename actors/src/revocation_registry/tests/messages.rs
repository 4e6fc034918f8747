//! Each message, each refusal, and the periodic work.

use super::*;

#[actix::test]
async fn a_sign_in_opens_a_session_of_its_own_s_105() {
    let t = Fixture::start();
    let (first, second) = (t.open(1).await.unwrap(), t.open(1).await.unwrap());
    assert_ne!(first.id, second.id);
    assert_eq!(first.user_id, user(1));
    assert_eq!(first.authenticated_at, t.clock.now());
    assert_eq!(t.standing(&first).await, Ok(Standing::Good));
}

#[actix::test]
async fn a_refresh_answers_with_the_session_as_it_is_then() {
    let t = Fixture::start();
    let session = t.open(1).await.unwrap();
    t.clock.advance(Duration::from_secs(100));
    let next = Session { refreshed_at: t.clock.now(), generation: 1, ..session.clone() };
    assert_eq!(t.refresh(&session, 0).await, Ok(RefreshOutcome::Live(next)));
}

#[actix::test]
async fn a_lost_reply_is_repeated_to_the_byte_s_31() {
    let t = Fixture::start();
    let session = t.open(1).await.unwrap();
    t.clock.advance(Duration::from_secs(100));
    let first = t.refresh(&session, 0).await;
    t.clock.advance(rules().reuse_window);
    assert_eq!(t.refresh(&session, 0).await, first);
}

#[actix::test]
async fn of_parallel_refreshes_all_get_one_successor_s_30() {
    let t = Fixture::start();
    let session = t.open(1).await.unwrap();
    let uses = (0..CAPACITY).map(|_| t.refresh(&session, 0));
    let answers = futures_util::future::join_all(uses).await;
    let next = Session { generation: 1, ..session };
    assert!(answers.iter().all(|answer| *answer == Ok(RefreshOutcome::Live(next.clone()))));
}

#[actix::test]
async fn reuse_of_a_spent_token_ends_the_session_for_everybody_s_31() {
    let t = Fixture::start();
    let session = t.open(1).await.unwrap();
    t.refresh(&session, 0).await.unwrap();
    t.clock.advance(rules().reuse_window + Duration::from_millis(1));
    assert_eq!(t.refresh(&session, 0).await, Ok(RefreshOutcome::Reused));
    assert_eq!(t.standing(&session).await, Ok(Standing::Revoked));
    assert_eq!(t.refresh(&session, 1).await, Ok(RefreshOutcome::Dead));
}

#[actix::test]
async fn an_unknown_session_cannot_be_refreshed() {
    let t = Fixture::start();
    let known = t.open(1).await.unwrap();
    let unknown = Session { id: SessionId::from_bytes([7; 16]), ..known };
    assert_eq!(t.refresh(&unknown, 0).await, Ok(RefreshOutcome::Dead));
}

#[actix::test]
async fn a_signed_out_session_is_refused_everywhere_s_35() {
    let t = Fixture::start();
    let (session, other) = (t.open(1).await.unwrap(), t.open(1).await.unwrap());
    assert_eq!(t.revoke(&session).await, Ok(RevokeOutcome::Revoked));
    assert_eq!(t.standing(&session).await, Ok(Standing::Revoked));
    assert_eq!(t.refresh(&session, 0).await, Ok(RefreshOutcome::Dead));
    assert_eq!(t.standing(&other).await, Ok(Standing::Good));
}

#[actix::test]
async fn signing_out_twice_is_no_error_s_42() {
    let t = Fixture::start();
    let session = t.open(1).await.unwrap();
    t.revoke(&session).await.unwrap();
    assert_eq!(t.revoke(&session).await, Ok(RevokeOutcome::AlreadyDead));
}

#[actix::test]
async fn signing_out_of_an_unknown_or_expired_session_is_no_error_s_42() {
    let t = Fixture::start();
    let known = t.open(1).await.unwrap();
    let unknown = Session { id: SessionId::from_bytes([7; 16]), ..known.clone() };
    assert_eq!(t.revoke(&unknown).await, Ok(RevokeOutcome::AlreadyDead));
    t.clock.advance(rules().refresh_idle);
    assert_eq!(t.revoke(&known).await, Ok(RevokeOutcome::AlreadyDead));
}

#[actix::test]
async fn revoking_an_account_ends_its_sessions_and_lets_it_sign_in_again_s_40() {
    let t = Fixture::start();
    let (first, second) = (t.open(1).await.unwrap(), t.open(1).await.unwrap());
    let stranger = t.open(2).await.unwrap();
    t.revoke_account(1).await.unwrap();
    for session in [&first, &second] {
        assert_eq!(t.standing(session).await, Ok(Standing::Revoked));
        assert_eq!(t.refresh(session, 0).await, Ok(RefreshOutcome::Dead));
    }
    assert_eq!(t.standing(&stranger).await, Ok(Standing::Good));
    // In the same millisecond (S-34).
    let next = t.open(1).await.unwrap();
    assert_eq!(t.standing(&next).await, Ok(Standing::Good));
    assert!(matches!(t.refresh(&next, 0).await, Ok(RefreshOutcome::Live(_))));
}

#[actix::test]
async fn the_eleventh_sign_in_ends_the_oldest_session_at_once_s_106() {
    let t = Fixture::start();
    let oldest = t.open(1).await.unwrap();
    t.clock.advance(Duration::from_secs(1));
    for _ in 1..rules().max_per_account {
        t.open(1).await.unwrap();
    }
    assert_eq!(t.standing(&oldest).await, Ok(Standing::Good));
    t.open(1).await.unwrap();
    assert_eq!(t.standing(&oldest).await, Ok(Standing::Revoked));
    assert_eq!(t.refresh(&oldest, 0).await, Ok(RefreshOutcome::Dead));
}

#[actix::test]
async fn what_has_expired_leaves_the_index_and_the_store_by_itself_s_39_s_108() {
    let backend = Arc::new(MemorySessions::default());
    let t = Fixture::over(rules(), backend.clone());
    let session = t.open(1).await.unwrap();
    t.open(2).await.unwrap();
    t.revoke(&session).await.unwrap();
    let last_token_ends = t.clock.now().after(rules().refresh_ttl + rules().access_ttl);
    // More often than needed: the purge runs on a thread of its own.
    for _ in 0..100_000 {
        if t.index.len() == 0 && backend.is_empty() {
            assert!(t.clock.now() > last_token_ends, "a token lives on");
            return;
        }
        t.advance(Duration::from_mins(1)).await;
    }
    panic!("what has expired should have been deleted");
}

#[actix::test]
async fn a_late_sign_out_is_remembered_no_longer_than_its_tokens_live_s_39() {
    let t = Fixture::start();
    let session = t.open(1).await.unwrap();
    t.clock.advance(Duration::from_secs(100));
    t.revoke(&session).await.unwrap();
    t.revoke(&session).await.unwrap();
    let end = rules().session_tokens_end(session.expires_at);
    t.index.purge(end.before(Duration::from_millis(1)));
    assert_eq!(t.standing(&session).await, Ok(Standing::Revoked));
    t.index.purge(end);
    assert_eq!(t.index.len(), 0);
}

#[actix::test]
async fn the_store_knows_what_this_node_has_not_heard_yet_s_96() {
    let backend = Arc::new(MemorySessions::default());
    let here = Fixture::over(rules(), backend.clone());
    let there = Fixture::wire(rules(), backend, Arc::default(), here.clock.clone(), 2);
    let (session, other) = (here.open(1).await.unwrap(), here.open(2).await.unwrap());
    there.revoke(&session).await.unwrap();
    assert_eq!(here.standing(&session).await, Ok(Standing::Good));
    assert_eq!(here.confirm(&session).await, Ok(Standing::Revoked));
    assert_eq!(here.confirm(&other).await, Ok(Standing::Good));
}
