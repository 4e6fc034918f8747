//! The breaker between the queue and a channel (F-11), and what waits behind it (F-09).

use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use super::fixture::*;

const AMBIGUOUS: DeliveryError = DeliveryError::Ambiguous;

/// Two notices that fail until the breaker is open.
async fn open_breaker(t: &Fixture, channel: &Recorder) {
    for to in ["one@example.com", "two@example.com"] {
        assert_eq!(t.queue(code_mail(to, 10)).await, Ok(()));
    }
    while t.delivers() {
        t.advance(Duration::from_secs(1)).await;
    }
    assert_eq!(channel.count(), 5);
}

#[actix::test]
async fn five_failures_in_a_row_open_it_and_30_seconds_later_one_notice_probes_f11() {
    let channel = Recorder::failing(TRANSIENT);
    let t = Fixture::over(&channel);
    open_breaker(&t, &channel).await;
    for to in ["three@example.com", "four@example.com"] {
        assert_eq!(t.queue(code_mail(to, 10)).await, Ok(()));
    }
    t.advance(Duration::from_secs(29)).await;
    assert_eq!(channel.count(), 5, "nothing is tried while it is open");
    // Timers fire up to a millisecond late, so it is seen a second later.
    t.advance(Duration::from_secs(2)).await;
    assert_eq!(channel.count(), 6, "one probe");
    t.advance(Duration::from_secs(28)).await;
    assert_eq!(channel.count(), 6, "it failed");
    t.advance(Duration::from_secs(3)).await;
    assert_eq!(channel.count(), 7);
    let tried = channel.tried();
    assert_ne!(tried[5], tried[6], "a notice whose probe failed stands behind the others");
}

#[actix::test]
async fn when_the_probe_succeeds_everything_goes_out_at_once() {
    let channel = Recorder::scripted((0..5).map(|_| Act::Fail(TRANSIENT)));
    let t = Fixture::over(&channel);
    open_breaker(&t, &channel).await;
    for number in 0..6 {
        let to = format!("user{number}@example.com");
        assert_eq!(t.queue(code_mail(&to, 10)).await, Ok(()));
    }
    assert_eq!(channel.count(), 5);
    t.advance(Duration::from_secs(31)).await;
    assert!(t.delivers());
    assert_eq!(channel.count(), 5 + 8);
    assert!(t.deliveries().await.iter().all(|d| d.state == DeliveryState::Delivered));
}

#[actix::test]
async fn waiting_behind_it_burns_no_tries_f11() {
    let channel = Recorder::scripted((0..5).map(|_| Act::Fail(TRANSIENT)));
    let t = Fixture::over(&channel);
    // A text message has three tries: two notices burn five of their six, and open it.
    for _ in 0..2 {
        assert_eq!(t.queue(sms(PHONE)).await, Ok(()));
    }
    while t.delivers() {
        t.advance(Duration::from_secs(1)).await;
    }
    t.advance(Duration::from_secs(31)).await;
    let states: Vec<_> = t.deliveries().await.iter().map(|d| (d.state, d.tries)).collect();
    assert!(states.contains(&(DeliveryState::Failed, 3)), "{states:?}");
    assert!(states.contains(&(DeliveryState::Delivered, 3)), "{states:?}");
}

#[actix::test]
async fn silence_opens_it_too_and_mail_flows_within_a_minute_of_recovery_f09() {
    let channel = Recorder::scripted((0..1000).map(|_| Act::Stall));
    let t = Fixture::over(&channel);
    for number in 0..8 {
        let to = format!("user{number}@example.com");
        assert_eq!(t.queue(code_mail(&to, 60)).await, Ok(()));
    }
    // Longer than any series of waits.
    t.advance(Duration::from_mins(5)).await;
    assert!(!t.delivers());
    channel.script.lock().unwrap().clear();
    t.advance(Duration::from_mins(1)).await;
    assert!(t.delivers());
    let open = |d: &&DeliveryRecord| {
        !matches!(d.state, DeliveryState::Delivered | DeliveryState::PerhapsDelivered)
    };
    assert_eq!(t.deliveries().await.iter().filter(open).count(), 0);
}

#[actix::test]
async fn mail_arrives_within_a_minute_of_an_outage_of_hours_f09() {
    let channel = Recorder::scripted((0..10_000).map(|_| Act::Fail(TRANSIENT)));
    let t = Fixture::over(&channel);
    for number in 0..8 {
        assert_eq!(t.queue(news(&format!("user{number}@example.com"))).await, Ok(()));
    }
    t.advance(Duration::from_hours(3)).await;
    channel.script.lock().unwrap().clear();
    let code = code_mail(ADA, 10);
    assert_eq!(t.queue(code).await, Ok(()));
    t.advance(Duration::from_mins(1)).await;
    assert!(t.deliveries().await.iter().all(|d| d.state == DeliveryState::Delivered));
    assert!(t.outbox.all().is_empty());
}

#[actix::test]
async fn permanent_refusals_leave_it_closed() {
    let channel = Recorder::failing(DeliveryError::Permanent);
    let t = Fixture::over(&channel);
    for number in 0..20 {
        let to = format!("user{number}@example.com");
        assert_eq!(t.queue(code_mail(&to, 10)).await, Ok(()));
    }
    assert_eq!((t.delivers(), channel.count()), (true, 20));
}

#[actix::test]
async fn that_of_one_channel_does_not_hold_up_the_other() {
    let (email, text) = (Recorder::failing(AMBIGUOUS), Recorder::scripted([]));
    let t = Fixture::start(Arc::clone(&email) as _, Arc::clone(&text) as _, None);
    for number in 0..6 {
        let to = format!("user{number}@example.com");
        assert_eq!(t.queue(code_mail(&to, 10)).await, Ok(()));
    }
    assert!(!t.delivers());
    assert_eq!(t.queue(sms(PHONE)).await, Ok(()));
    assert_eq!(text.count(), 1);
}

#[actix::test]
async fn a_code_that_expires_behind_it_gives_its_place_to_others_f09() {
    let channel = Recorder::failing(TRANSIENT);
    let t = Fixture::over(&channel);
    open_breaker(&t, &channel).await;
    for _ in 0..6 {
        assert_eq!(t.queue(code_mail(ADA, 1)).await, Ok(()));
    }
    assert_eq!(t.queue(code_mail(ADA, 1)).await, Err(DispatchError::QueueFull));
    t.advance(Duration::from_secs(61)).await;
    assert_eq!(t.queue(code_mail(ADA, 1)).await, Ok(()));
    let expired = t.deliveries().await;
    assert_eq!(expired.iter().filter(|d| d.state == DeliveryState::Expired).count(), 6);
}
