//! The end of the process: what goes out, what stays, what is lost (S-100, F-14).

use std::time::Duration;

use super::super::*;
use super::fixture::*;

const WITHIN: Duration = Duration::from_secs(5);

/// Drains, and tells how long it took.
async fn drain(t: &Fixture) -> Duration {
    let start = tokio::time::Instant::now();
    let drained = actix::spawn(t.drain(WITHIN));
    t.settle().await;
    while !drained.is_finished() {
        t.advance(Duration::from_secs(1)).await;
    }
    start.elapsed()
}

#[actix::test]
async fn with_nothing_on_its_way_it_takes_no_time() {
    let t = Fixture::over(&Recorder::scripted([]));
    assert_eq!(t.queue(code_mail(ADA, 10)).await, Ok(()));
    t.settle().await;
    assert!(drain(&t).await <= Duration::from_secs(1));
}

#[actix::test]
async fn what_waits_for_a_lane_still_goes_out() {
    let channel = Recorder::scripted([Act::Stall, Act::Stall]);
    let t = Fixture::over(&channel);
    for number in 0..6 {
        let to = format!("user{number}@example.com");
        assert_eq!(t.queue(code_mail(&to, 10)).await, Ok(()));
    }
    let drained = actix::spawn(t.drain(WITHIN));
    t.advance(Duration::from_secs(1)).await;
    assert!(!drained.is_finished());
    channel.release.notify_waiters();
    t.settle().await;
    assert!(drained.is_finished());
    assert_eq!(channel.count(), 6);
    assert!(t.lost().is_empty());
}

#[actix::test]
async fn a_try_that_is_due_before_the_end_is_made() {
    let channel = Recorder::scripted([Act::Fail(TRANSIENT)]);
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(code_mail(ADA, 10)).await, Ok(()));
    assert!(drain(&t).await < WITHIN);
    assert_eq!(channel.count(), 2);
    assert!(t.lost().is_empty());
}

#[actix::test]
async fn nobody_waits_for_a_try_that_is_due_after_the_end_and_the_loss_is_counted_by_kind() {
    let retry_after = Some(Duration::from_mins(1));
    let channel = Recorder::failing(DeliveryError::Transient { retry_after });
    let t = Fixture::over(&channel);
    for notice in [code_mail(ADA, 10), code_mail(ADA, 10), sms(PHONE), news(ADA)] {
        assert_eq!(t.queue(notice).await, Ok(()));
    }
    assert!(drain(&t).await <= Duration::from_secs(1));
    assert_eq!(t.lost(), [("phone_code", 1), ("sign_up_code", 2)]);
    assert_eq!(t.outbox.all().len(), 1, "news stay");
}

#[actix::test]
async fn a_silent_server_does_not_prolong_it_f14() {
    let channel = Recorder::scripted([Act::Stall, Act::Stall]);
    let t = Fixture::over(&channel);
    for notice in [code_mail(ADA, 10), news(ADA), code_mail(ADA, 10)] {
        assert_eq!(t.queue(notice).await, Ok(()));
    }
    assert!(drain(&t).await <= WITHIN + Duration::from_secs(1));
    assert_eq!(t.lost(), [("sign_up_code", 2)]);
    assert_eq!(t.outbox.all().len(), 1, "news stay");
}

#[actix::test]
async fn behind_an_open_breaker_nothing_waits_for_a_probe_after_the_end() {
    let channel = Recorder::failing(TRANSIENT);
    let t = Fixture::over(&channel);
    for number in 0..6 {
        let to = format!("user{number}@example.com");
        assert_eq!(t.queue(code_mail(&to, 10)).await, Ok(()));
    }
    t.advance(Duration::from_secs(3)).await;
    assert!(!t.delivers());
    assert!(drain(&t).await <= Duration::from_secs(1));
    assert_eq!(t.lost(), [("sign_up_code", 6)]);
}

#[actix::test]
async fn news_given_back_are_due_at_once_for_another_process() {
    let retry_after = Some(Duration::from_mins(1));
    let channel = Recorder::failing(DeliveryError::Transient { retry_after });
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    drain(&t).await;
    assert_eq!(t.claim_due().await, 1);
}
