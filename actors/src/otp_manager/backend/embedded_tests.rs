//! What is special about the embedded backend: a kill forgets nothing (S-15, F-07).

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::otp_manager::backend::{Attempt, NewChallenge, OtpBackend, Resending};
use crate::otp_manager::tests::{NOW, id, mac, phone_claim, sign_up, source};
use crate::otp_manager::{Purpose, Subject, VerifyOtpOutcome};

async fn open(folder: &Path) -> EmbeddedOtps {
    open_at(folder, NOW).await
}

async fn open_at(folder: &Path, now: Timestamp) -> EmbeddedOtps {
    let store = Store::open(folder, 1 << 20).unwrap();
    EmbeddedOtps::open(store, OtpRules::default(), now).await.unwrap()
}

async fn insert(otps: &EmbeddedOtps, n: u8, subject: Subject) {
    otps.insert(NewChallenge { id: id(n), subject, source: source(1), mac: mac(n) }, NOW)
        .await
        .unwrap();
}

async fn attempt(otps: &EmbeddedOtps, n: u8, code: u8) -> VerifyOtpOutcome {
    let purpose = Purpose::SignUp;
    let attempt = Attempt { id: id(n), purpose, mac: mac(code), app_id: None, allowed: u8::MAX };
    otps.attempt(attempt, NOW).await.unwrap()
}

#[actix::test]
async fn a_pending_request_survives_with_all_it_will_prove() {
    let folder = tempfile::tempdir().unwrap();
    insert(&open(folder.path()).await, 1, sign_up("Ann@example.com")).await;
    let otps = open(folder.path()).await;
    let VerifyOtpOutcome::Accepted(Subject::SignUp(proved)) = attempt(&otps, 1, 1).await else {
        panic!("the code was lost");
    };
    assert_eq!(proved.email.deliverable(), "Ann@example.com");
    assert_eq!(proved.first_name.as_str(), "Ann");
    assert_eq!(proved.password_hash.as_phc(), "a hash");
    assert!(!proved.decoy);
}

#[actix::test]
async fn s_15_attempts_made_before_a_restart_stay_made() {
    let folder = tempfile::tempdir().unwrap();
    let otps = open(folder.path()).await;
    insert(&otps, 1, sign_up("ann@example.com")).await;
    for _ in 0..4 {
        attempt(&otps, 1, 99).await;
    }
    drop(otps);
    let otps = open(folder.path()).await;
    attempt(&otps, 1, 99).await;
    assert!(matches!(attempt(&otps, 1, 1).await, VerifyOtpOutcome::Refused));
}

#[actix::test]
async fn a_used_code_stays_used_and_takes_the_others_along() {
    let folder = tempfile::tempdir().unwrap();
    let otps = open(folder.path()).await;
    for n in [1, 2] {
        insert(&otps, n, sign_up("ann@example.com")).await;
    }
    assert!(matches!(attempt(&otps, 1, 1).await, VerifyOtpOutcome::Accepted(_)));
    drop(otps);
    let otps = open(folder.path()).await;
    for n in [1, 2] {
        assert!(matches!(attempt(&otps, n, n).await, VerifyOtpOutcome::Refused));
    }
}

#[actix::test]
async fn a_replaced_code_stays_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let otps = open(folder.path()).await;
    insert(&otps, 1, sign_up("ann@example.com")).await;
    let later = NOW.after(Duration::from_mins(1));
    let resent = otps.resend(id(1), mac(10), later).await.unwrap();
    assert!(matches!(resent, Resending::Replaced { .. }));
    drop(otps);
    let otps = open(folder.path()).await;
    assert!(matches!(attempt(&otps, 1, 1).await, VerifyOtpOutcome::Refused));
    assert!(matches!(attempt(&otps, 1, 10).await, VerifyOtpOutcome::Accepted(_)));
}

#[actix::test]
async fn what_expired_meanwhile_is_neither_loaded_nor_kept() {
    let folder = tempfile::tempdir().unwrap();
    let otps = open(folder.path()).await;
    insert(&otps, 1, phone_claim("+2348012345678", None)).await;
    drop(otps);
    drop(open_at(folder.path(), NOW.after(Duration::from_mins(5))).await);
    // A clock set back does not bring it back: it was deleted.
    let otps = open(folder.path()).await;
    assert!(otps.find(id(1), NOW).await.unwrap().is_none());
}

#[actix::test]
async fn changes_of_one_request_reach_the_store_in_the_order_they_happened() {
    let folder = tempfile::tempdir().unwrap();
    let otps = open(folder.path()).await;
    insert(&otps, 1, sign_up("ann@example.com")).await;
    // Started together, awaited in reverse.
    let mut attempts: Vec<_> = (0..5)
        .map(|_| {
            let purpose = Purpose::SignUp;
            let wrong =
                Attempt { id: id(1), purpose, mac: mac(99), app_id: None, allowed: u8::MAX };
            otps.attempt(wrong, NOW)
        })
        .collect();
    while let Some(last) = attempts.pop() {
        last.await.unwrap();
    }
    drop(otps);
    let otps = open(folder.path()).await;
    assert!(matches!(attempt(&otps, 1, 1).await, VerifyOtpOutcome::Refused), "five were made");
}
