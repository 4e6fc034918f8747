//! What survives the process, and what does not.

use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use super::fixture::*;
use crate::notification_dispatch::backend::MemoryOutbox;
use crate::runtime::ManualClock;

fn rules() -> DispatchRules {
    DispatchRules { queue: 8, lanes: 2, ..DispatchRules::default() }
}

fn through(channel: &Arc<Recorder>) -> Channels {
    Channels { email: Arc::clone(channel) as _, sms: Arc::clone(channel) as _ }
}

/// Another process with what `t` left, whose clock goes on.
fn next_process(t: &Fixture, channel: &Arc<Recorder>) -> Fixture {
    Fixture::start_over(Arc::clone(&t.outbox), t.clock.clone(), rules(), through(channel), None)
}

#[actix::test]
async fn news_are_kept_until_they_are_delivered_and_codes_are_not_kept_at_all() {
    let channel = Recorder::scripted((0..3).map(|_| Act::Stall));
    let t = Fixture::over(&channel);
    for notice in [news(ADA), code_mail(ADA, 10), sms(PHONE)] {
        assert_eq!(t.queue(notice).await, Ok(()));
    }
    let kept = t.outbox.all();
    assert_eq!(kept.len(), 1);
    let all = format!("{kept:?}");
    assert!(!all.contains("042137") && !all.contains("ada@"), "{all}");
    channel.release.notify_waiters();
    t.settle().await;
    assert!(t.outbox.all().is_empty());
}

#[actix::test]
async fn what_was_refused_for_good_leaves_the_outbox() {
    let channel = Recorder::failing(DeliveryError::Permanent);
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    assert!(t.outbox.all().is_empty());
}

#[actix::test]
async fn news_that_grow_old_leave_the_outbox() {
    let channel = Recorder::scripted((0..10_000).map(|_| Act::Fail(TRANSIENT)));
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    t.advance(Duration::from_hours(24) - Duration::from_mins(1)).await;
    assert_eq!(t.outbox.all().len(), 1);
    t.advance(Duration::from_mins(2)).await;
    assert!(t.outbox.all().is_empty());
    assert_eq!(t.deliveries().await[0].state, DeliveryState::Expired);
}

#[actix::test]
async fn news_of_a_process_that_was_killed_go_out_from_the_next_f14() {
    let process = tokio::task::LocalSet::new();
    let t = process.run_until(async {
        let t = Fixture::over(&Recorder::scripted((0..3).map(|_| Act::Stall)));
        for notice in [news(ADA), news("bob@example.com"), code_mail("eve@example.com", 10)] {
            assert_eq!(t.queue(notice).await, Ok(()));
        }
        t
    });
    let t = t.await;
    drop(process);
    let channel = Recorder::scripted([]);
    let next = next_process(&t, &channel);
    next.advance(Duration::from_secs(10)).await;
    assert_eq!(channel.count(), 0, "the first process may still be at it");
    // Until its lease of two minutes is over; then the next look is 5 s away at most.
    next.advance(Duration::from_secs(115)).await;
    let mut told = channel.tried();
    told.sort();
    assert_eq!(told, [ADA, "bob@example.com"]);
    assert!(next.outbox.all().is_empty());
}

#[actix::test]
async fn a_doubtful_try_counts_in_the_next_process_too() {
    // The try after the doubtful one is asked to wait for longer than an entry is held.
    let retry_after = Some(Duration::from_mins(2));
    let script =
        [Act::Fail(DeliveryError::Transient { retry_after }), Act::Fail(DeliveryError::Ambiguous)];
    let channel = Recorder::scripted(script);
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    t.settle().await;
    assert_eq!(t.outbox.all()[0].history.tries, 1);
    t.advance(Duration::from_mins(3)).await;
    assert_eq!(channel.count(), 3);
    // Both processes are one in this delivery log: it is the same delivery.
    let deliveries = t.deliveries().await;
    let [delivery] = deliveries.as_slice() else { panic!("one delivery") };
    assert_eq!((delivery.tries, delivery.state), (3, DeliveryState::Delivered));
}

#[actix::test]
async fn news_that_wait_long_leave_the_memory_to_others() {
    let channel = Recorder::failing(TRANSIENT);
    let t = Fixture::over(&channel);
    for number in 0..8 {
        assert_eq!(t.queue(news(&format!("user{number}@example.com"))).await, Ok(()));
    }
    assert_eq!(t.queue(code_mail(ADA, 10)).await, Err(DispatchError::QueueFull));
    t.advance(Duration::from_secs(70)).await;
    for _ in 0..8 {
        assert_eq!(t.queue(code_mail(ADA, 10)).await, Ok(()));
    }
}

#[actix::test]
async fn a_full_outbox_refuses_news_and_takes_codes_s89() {
    let channel = Recorder::scripted((0..4).map(|_| Act::Stall));
    tokio::time::pause();
    let outbox = Arc::new(MemoryOutbox::new(1));
    let clock = ManualClock::default();
    let t = Fixture::start_over(outbox, clock, rules(), through(&channel), None);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    assert_eq!(t.queue(news(ADA)).await, Err(DispatchError::QueueFull));
    assert_eq!(t.queue(code_mail(ADA, 10)).await, Ok(()));
    assert_eq!(t.deliveries().await.len(), 2, "what was refused is no delivery");
}

#[actix::test]
async fn a_store_that_fails_does_not_keep_news_from_going_out() {
    let channel = Recorder::scripted([]);
    let t = Fixture::over(&channel);
    t.outbox.fail();
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    t.advance(Duration::from_secs(20)).await;
    assert_eq!(channel.tried(), [ADA]);
}
