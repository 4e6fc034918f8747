//! Tests of the index.

use std::time::Duration;

use super::*;

const MILLION: u32 = 1_000_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + millis)
}

fn session(id: u8, user: u8, epoch: u32) -> SessionRef {
    let (id, user_id) = (SessionId::from_bytes([id; 16]), UserId::from_bytes([user; 16]));
    SessionRef { id, user_id, epoch }
}

#[test]
fn nothing_is_revoked_until_it_is() {
    let index = RevocationIndex::default();
    assert_eq!(index.standing(&session(1, 10, 0)), Standing::Good);
    index.revoke_session(SessionId::from_bytes([1; 16]), at(0));
    assert_eq!(index.standing(&session(1, 10, 0)), Standing::Revoked);
    assert_eq!(index.standing(&session(2, 10, 0)), Standing::Good);
}

#[test]
fn a_raised_epoch_refuses_what_is_earlier_and_nothing_else() {
    let index = RevocationIndex::default();
    let user = UserId::from_bytes([10; 16]);
    assert_eq!(index.standing_from(user), 0);
    index.raise_epoch(user, 2, at(0));
    assert_eq!(index.standing(&session(1, 10, 1)), Standing::Revoked);
    assert_eq!(index.standing(&session(1, 10, 2)), Standing::Good);
    assert_eq!(index.standing(&session(1, 11, 1)), Standing::Good);
    index.raise_epoch(user, 1, at(0));
    assert_eq!(index.standing_from(user), 2, "an epoch never falls");
}

#[test]
fn what_speaks_of_live_tokens_survives_a_purge_s_39() {
    let index = RevocationIndex::default();
    index.revoke_session(SessionId::from_bytes([1; 16]), at(1_500));
    index.purge(at(1_500));
    assert_eq!(index.len(), 1, "seconds are rounded up");
    index.purge(at(2_000));
    assert_eq!(index.len(), 0);
}

#[test]
fn the_longest_lived_raise_of_an_epoch_counts() {
    let index = RevocationIndex::default();
    let user = UserId::from_bytes([10; 16]);
    index.raise_epoch(user, 1, at(9_000));
    index.raise_epoch(user, 2, at(3_000));
    index.purge(at(8_999));
    assert_eq!(index.standing_from(user), 2);
    index.purge(at(9_000));
    assert_eq!(index.len(), 0);
}

#[test]
fn a_refusal_ends_when_the_store_says_so() {
    let id = SessionId::from_bytes([1; 16]);
    let index = RevocationIndex::default();
    index.refuse_session(id, at(9_000));
    assert_eq!(index.standing(&session(1, 10, 0)), Standing::Revoked);
    index.revoke_session(id, at(3_000));
    index.refuse_session(id, at(9_000));
    index.purge(at(3_000));
    assert_eq!(index.len(), 0, "asking again prolongs nothing");
}

#[test]
fn a_million_entries_take_less_than_60_megabytes() {
    let index = RevocationIndex::default();
    for n in 0..MILLION {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_le_bytes());
        index.revoke_session(SessionId::from_bytes(id), at(0));
    }
    // A table has 8/7 of its capacity in slots, and one control byte for each.
    let slots = index.sessions.capacity() / 7 * 8;
    let bytes = slots * (size_of::<([u8; 16], Seconds)>() + 1);
    assert!(bytes <= 60_000_000, "{bytes}");
}

#[test]
fn a_moment_beyond_2106_is_kept_as_long_as_possible() {
    let index = RevocationIndex::default();
    let never = Timestamp::from_millis(u64::MAX);
    index.revoke_session(SessionId::from_bytes([1; 16]), never);
    index.purge(at(0).after(Duration::from_hours(24 * 365 * 50)));
    assert_eq!(index.len(), 1);
}
