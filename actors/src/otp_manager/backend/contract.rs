//! What every backend promises, run on each of them.

use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::embedded::Store;
use crate::otp_manager::OtpRules;
use crate::otp_manager::tests::{NOW, id, mac, phone_claim, sign_up, source};

async fn contract(backend: &dyn OtpBackend) {
    s_14_of_parallel_right_codes_one_is_accepted(backend).await;
    s_15_parallel_wrong_codes_get_five_attempts_and_the_right_one_none_after(backend).await;
    s_18_a_resend_replaces_the_code_and_keeps_the_attempts(backend).await;
    acceptance_ends_all_other_requests_of_the_destination(backend).await;
    an_expired_request_is_gone_before_and_after_the_sweep(backend).await;
}

#[actix::test]
async fn the_memory_backend_keeps_the_contract() {
    contract(&MemoryOtps::new(OtpRules::default())).await;
}

#[actix::test]
async fn the_embedded_backend_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    contract(&EmbeddedOtps::open(store, OtpRules::default(), NOW).await.unwrap()).await;
}

fn attempt(n: u8, purpose: Purpose, code: u8) -> Attempt {
    Attempt { id: id(n), purpose, mac: mac(code), app_id: None, allowed: u8::MAX }
}

async fn insert(b: &dyn OtpBackend, n: u8, subject: Subject) {
    let new = NewChallenge { id: id(n), subject, source: source(1), mac: mac(n) };
    assert!(matches!(b.insert(new, NOW).await, Ok(Insertion::Kept { .. })));
}

async fn accepts(b: &dyn OtpBackend, n: u8, purpose: Purpose, code: u8) -> bool {
    let outcome = b.attempt(attempt(n, purpose, code), NOW).await.unwrap();
    matches!(outcome, VerifyOtpOutcome::Accepted(_))
}

async fn s_14_of_parallel_right_codes_one_is_accepted(b: &dyn OtpBackend) {
    insert(b, 1, sign_up("parallel@example.com")).await;
    let outcomes = join_all((0..50).map(|_| b.attempt(attempt(1, Purpose::SignUp, 1), NOW))).await;
    let accepted = |o: &&Result<_, _>| matches!(o, Ok(VerifyOtpOutcome::Accepted(_)));
    assert_eq!(outcomes.iter().filter(accepted).count(), 1);
    assert!(b.find(id(1), NOW).await.unwrap().is_none());
}

async fn s_15_parallel_wrong_codes_get_five_attempts_and_the_right_one_none_after(
    b: &dyn OtpBackend,
) {
    insert(b, 2, sign_up("guessed@example.com")).await;
    let outcomes = join_all((0..20).map(|_| b.attempt(attempt(2, Purpose::SignUp, 99), NOW))).await;
    assert!(outcomes.iter().all(|o| matches!(o, Ok(VerifyOtpOutcome::Refused))));
    assert!(!accepts(b, 2, Purpose::SignUp, 2).await);
}

async fn s_18_a_resend_replaces_the_code_and_keeps_the_attempts(b: &dyn OtpBackend) {
    insert(b, 3, phone_claim("+2348012345678", None)).await;
    for _ in 0..3 {
        assert!(!accepts(b, 3, Purpose::Phone, 99).await);
    }
    let early = b.resend(id(3), mac(30), NOW).await.unwrap();
    assert!(
        matches!(early, Resending::TooSoon { retry_at } if retry_at == NOW.after(Duration::from_mins(1)))
    );
    let later = NOW.after(Duration::from_mins(1));
    let replaced = b.resend(id(3), mac(30), later).await.unwrap();
    assert!(matches!(replaced, Resending::Replaced { .. }));
    assert!(!accepts(b, 3, Purpose::Phone, 3).await, "the old code, as the fourth attempt");
    assert!(accepts(b, 3, Purpose::Phone, 30).await, "the new code, as the fifth");
}

async fn acceptance_ends_all_other_requests_of_the_destination(b: &dyn OtpBackend) {
    for n in [4, 5] {
        insert(b, n, sign_up("shared@example.com")).await;
    }
    insert(b, 6, sign_up("other@example.com")).await;
    assert!(accepts(b, 4, Purpose::SignUp, 4).await);
    assert!(!accepts(b, 5, Purpose::SignUp, 5).await);
    assert!(accepts(b, 6, Purpose::SignUp, 6).await);
}

async fn an_expired_request_is_gone_before_and_after_the_sweep(b: &dyn OtpBackend) {
    insert(b, 7, sign_up("late@example.com")).await;
    let end = NOW.after(Duration::from_mins(10));
    assert!(b.find(id(7), end.before(Duration::from_millis(1))).await.unwrap().is_some());
    assert!(b.find(id(7), end).await.unwrap().is_none());
    b.sweep(end).await.unwrap();
    assert!(matches!(b.resend(id(7), mac(70), end).await, Ok(Resending::Unknown)));
    let outcome = b.attempt(attempt(7, Purpose::SignUp, 7), end).await.unwrap();
    assert!(matches!(outcome, VerifyOtpOutcome::Refused));
}
