//! A node that hears nothing from the store (S-41).

use tokio::time::Instant;

use super::*;

const MAX_STALENESS: Duration = Duration::from_secs(30);

/// A node that knows nothing yet.
fn following() -> Fixture {
    tokio::time::pause();
    let index = Arc::new(RevocationIndex::following(MAX_STALENESS));
    let backend = Arc::new(MemorySessions::default());
    Fixture::wire(rules(), backend, index, ManualClock::default(), 1)
}

#[actix::test]
async fn nothing_is_called_good_before_everything_is_known_s_41() {
    let t = following();
    let session = t.open(1).await.unwrap();
    assert_eq!(t.standing(&session).await, Err(RevocationError::Stale));
    assert!(!t.index.is_fresh());
    t.index.heard_of_everything_until(Instant::now());
    assert_eq!(t.standing(&session).await, Ok(Standing::Good));
    assert!(t.index.is_fresh());
}

#[actix::test]
async fn nothing_is_called_good_when_nothing_was_heard_for_too_long_s_41() {
    let t = following();
    let session = t.open(1).await.unwrap();
    t.index.heard_of_everything_until(Instant::now());
    t.advance(MAX_STALENESS).await;
    assert_eq!(t.standing(&session).await, Ok(Standing::Good));
    t.advance(Duration::from_millis(1)).await;
    assert_eq!(t.standing(&session).await, Err(RevocationError::Stale));
    t.index.heard_of_everything_until(Instant::now());
    assert_eq!(t.standing(&session).await, Ok(Standing::Good));
}

#[actix::test]
async fn an_answer_counts_from_when_it_was_asked_for() {
    let t = following();
    let session = t.open(1).await.unwrap();
    let asked = Instant::now();
    t.advance(MAX_STALENESS * 2).await;
    t.index.heard_of_everything_until(asked);
    assert_eq!(t.standing(&session).await, Err(RevocationError::Stale));
    t.index.heard_of_everything_until(Instant::now());
    t.index.heard_of_everything_until(asked);
    assert_eq!(t.standing(&session).await, Ok(Standing::Good), "no older answer counts");
}

#[actix::test]
async fn what_this_node_revoked_it_refuses_whatever_it_heard_s_35() {
    let t = following();
    let (signed_out, of_all) = (t.open(1).await.unwrap(), t.open(2).await.unwrap());
    t.revoke(&signed_out).await.unwrap();
    t.revoke_account(2).await.unwrap();
    for session in [&signed_out, &of_all] {
        assert_eq!(t.standing(session).await, Ok(Standing::Revoked));
    }
    t.index.heard_of_everything_until(Instant::now());
    for session in [&signed_out, &of_all] {
        assert_eq!(t.standing(session).await, Ok(Standing::Revoked));
    }
}

#[actix::test]
async fn a_process_that_is_alone_always_knows_everything() {
    let t = Fixture::start();
    let session = t.open(1).await.unwrap();
    t.advance(MAX_STALENESS * 2).await;
    assert_eq!(t.standing(&session).await, Ok(Standing::Good));
}
