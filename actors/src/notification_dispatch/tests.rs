//! The dispatch through its handle: order, bounds, retries, panics.

mod breaker;
mod deliveries;
mod drain;
mod fixture;
mod log;
mod outbox;

use std::sync::Arc;
use std::time::Duration;

use fixture::*;

use super::*;
use crate::domain::Language;
use crate::runtime::{AskError, ManualClock};

#[actix::test]
async fn mails_and_sms_go_out_by_their_own_channel_to_the_stored_address_s51() {
    let (email, text) = (Recorder::scripted([]), Recorder::scripted([]));
    let t = Fixture::start(Arc::clone(&email) as _, Arc::clone(&text) as _, None);
    assert_eq!((t.queue(news(ADA)).await, t.queue(sms(PHONE)).await), (Ok(()), Ok(())));
    assert_eq!((email.tried(), text.tried()), (vec![ADA.to_owned()], vec![PHONE.to_owned()]));
}

#[actix::test]
async fn what_was_queued_can_be_read_in_the_inbox_at_once() {
    let inbox = Arc::new(Inbox::new(Arc::new(ManualClock::default())));
    let rules = DispatchRules { queue: 1, lanes: 1, ..DispatchRules::default() };
    let channels = Channels { email: Arc::clone(&inbox) as _, sms: Arc::clone(&inbox) as _ };
    let t = Fixture::start_with(rules, channels, Some(inbox));
    for number in 0..300 {
        let to = format!("user{number}@example.com");
        // Asked together: the actor handles both before any other task runs.
        let (queued, read) = tokio::join!(t.queue(news(&to)), t.inbox(Some(&to)));
        assert_eq!((queued, read), (Ok(()), vec![to]));
    }
    assert_eq!(t.queue(sms(PHONE)).await, Ok(()));
    assert_eq!(t.inbox(Some(PHONE)).await, [PHONE]);
    assert_eq!(t.inbox(Some("USER7@EXAMPLE.COM")).await, ["user7@example.com"]);
    assert_eq!(t.inbox(None).await.len(), 301);
}

#[actix::test]
async fn what_was_queued_in_a_burst_is_in_the_inbox_too() {
    let inbox = Arc::new(Inbox::new(Arc::new(ManualClock::default())));
    let t = Fixture::start(Arc::clone(&inbox) as _, Arc::clone(&inbox) as _, Some(inbox));
    // More than tokio lets one task do in one go, which is 128 steps.
    let asks = (0..300).map(|_| t.queue(news(ADA)));
    let (queued, read) = tokio::join!(futures_util::future::join_all(asks), t.inbox(None));
    assert!(queued.into_iter().all(|answer| answer == Ok(())));
    assert_eq!(read.len(), 300);
}

#[actix::test]
async fn without_an_inbox_there_is_nothing_to_read() {
    let t = Fixture::over(&Recorder::scripted([]));
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    assert!(t.inbox(None).await.is_empty());
}

#[actix::test]
async fn a_code_is_tried_with_growing_waits_as_long_as_it_lives_f09() {
    let channel = Recorder::failing(TRANSIENT);
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(code_mail(ADA, 10)).await, Ok(()));
    t.advance(Duration::from_mins(20)).await;
    let waits = channel.waits();
    assert!(waits.len() >= 20 && waits.iter().sum::<Duration>() < Duration::from_mins(10));
    assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(31)), "{waits:?}");
    for (wait, step) in waits.iter().zip([1, 2, 4, 8, 16]) {
        // Half to one and a half, rounded up to the second in which the test looks.
        let step = Duration::from_secs(step);
        assert!(*wait >= step / 2 && *wait <= step * 3 / 2 + Duration::from_secs(1), "{wait:?}");
    }
}

#[actix::test]
async fn a_success_ends_the_retries() {
    let channel = Recorder::scripted([Act::Fail(TRANSIENT), Act::Fail(TRANSIENT)]);
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    t.advance(Duration::from_mins(10)).await;
    assert_eq!(channel.count(), 3);
}

#[actix::test]
async fn the_other_side_s_wish_to_be_left_alone_is_respected() {
    let retry_after = Some(Duration::from_secs(30));
    let channel = Recorder::scripted([Act::Fail(DeliveryError::Transient { retry_after })]);
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    t.advance(Duration::from_mins(1)).await;
    let waits = channel.waits();
    assert!(waits.len() == 1 && waits[0] >= Duration::from_secs(30), "{waits:?}");
}

async fn tries_of_what_always_fails_with(error: DeliveryError) -> usize {
    let channel = Recorder::failing(error);
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    t.advance(Duration::from_mins(10)).await;
    channel.count()
}

#[actix::test]
async fn a_perhaps_delivered_message_is_tried_once_more() {
    assert_eq!(tries_of_what_always_fails_with(DeliveryError::Ambiguous).await, 2);
}

#[actix::test]
async fn a_refused_message_is_never_tried_again() {
    assert_eq!(tries_of_what_always_fails_with(DeliveryError::Permanent).await, 1);
}

#[actix::test]
async fn a_try_that_never_ends_counts_as_doubtful_and_frees_its_lane() {
    let channel = Recorder::scripted((0..100).map(|_| Act::Stall));
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    t.advance(Duration::from_mins(5)).await;
    assert_eq!(channel.count(), 2);
    channel.script.lock().unwrap().clear();
    assert_eq!(t.queue(news("bob@example.com")).await, Ok(()));
    assert_eq!(channel.tried().last().map(String::as_str), Some("bob@example.com"));
}

#[actix::test]
async fn an_expired_code_is_not_retried_f09() {
    let retry_after = Some(Duration::from_secs(59));
    let channel = Recorder::failing(DeliveryError::Transient { retry_after });
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(code_mail(ADA, 1)).await, Ok(()));
    t.advance(Duration::from_mins(10)).await;
    // At 0 and 59 s; the next would have been due after the end of the minute.
    assert!(channel.count() <= 2, "{}", channel.count());
    assert!(channel.waits().iter().sum::<Duration>() < Duration::from_mins(1));
}

#[actix::test]
async fn a_code_that_expired_while_it_waited_for_a_lane_is_not_sent_f09() {
    let channel = Recorder::scripted([Act::Stall, Act::Stall]);
    let t = Fixture::over(&channel);
    for to in ["one@example.com", "two@example.com"] {
        assert_eq!(t.queue(news(to)).await, Ok(()));
    }
    assert_eq!(t.queue(code_mail(ADA, 1)).await, Ok(()));
    t.clock.advance(Duration::from_mins(1));
    channel.release.notify_waiters();
    t.advance(Duration::from_secs(5)).await;
    assert_eq!(channel.tried(), ["one@example.com", "two@example.com"]);
}

#[actix::test]
async fn a_full_queue_refuses_at_once_and_has_room_again_when_one_is_delivered_s89() {
    let channel = Recorder::scripted([Act::Stall, Act::Stall]);
    let t = Fixture::over(&channel);
    for number in 0..8 {
        assert_eq!(t.queue(news(&format!("user{number}@example.com"))).await, Ok(()));
    }
    assert_eq!(t.queue(news(ADA)).await, Err(DispatchError::QueueFull));
    channel.release.notify_one();
    t.advance(Duration::from_secs(1)).await;
    assert_eq!(t.queue(news(ADA)).await, Ok(()));
    assert_eq!(channel.count(), 9);
}

#[actix::test]
async fn a_reserved_place_is_nobody_else_s_until_it_is_used_or_given_back_s50() {
    let channel = Recorder::scripted([Act::Stall, Act::Stall]);
    let t = Fixture::over(&channel);
    let place = t.dispatch.ask(ReservePlace).await.unwrap();
    for number in 0..7 {
        assert_eq!(t.queue(news(&format!("user{number}@example.com"))).await, Ok(()));
    }
    assert_eq!(t.queue(news(ADA)).await, Err(DispatchError::QueueFull));
    assert_eq!(t.dispatch.ask(ReservePlace).await.err(), Some(DispatchError::QueueFull));
    assert_eq!(t.dispatch.ask(ReturnPlace(place)).await, Ok(()));
    let place = t.dispatch.ask(ReservePlace).await.unwrap();
    let queue = QueueNotice::new(news(ADA), Language::english()).in_place(place);
    assert_eq!(t.dispatch.ask(queue).await, Ok(()));
    assert_eq!(t.queue(news(ADA)).await, Err(DispatchError::QueueFull));
}

#[actix::test]
async fn no_more_than_the_lanes_are_in_delivery_and_the_rest_leaves_in_order() {
    let channel = Recorder::scripted([Act::Stall, Act::Stall]);
    let t = Fixture::over(&channel);
    let all: Vec<_> = (0..6).map(|number| format!("user{number}@example.com")).collect();
    for to in &all {
        assert_eq!(t.queue(news(to)).await, Ok(()));
    }
    assert_eq!(channel.tried(), all[..2]);
    channel.release.notify_one();
    t.advance(Duration::from_secs(1)).await;
    assert_eq!(channel.tried(), all);
}

#[actix::test]
async fn a_stalled_mail_server_does_not_delay_sms() {
    let (email, text) =
        (Recorder::scripted([Act::Stall, Act::Stall, Act::Stall]), Recorder::scripted([]));
    let t = Fixture::start(Arc::clone(&email) as _, Arc::clone(&text) as _, None);
    for _ in 0..3 {
        assert_eq!(t.queue(news(ADA)).await, Ok(()));
    }
    assert_eq!(t.queue(sms(PHONE)).await, Ok(()));
    assert_eq!((email.count(), text.count()), (2, 1));
}

#[actix::test]
async fn a_notice_that_waits_to_retry_holds_no_lane() {
    let channel = Recorder::scripted([Act::Fail(TRANSIENT), Act::Fail(TRANSIENT)]);
    let t = Fixture::over(&channel);
    for to in ["one@example.com", "two@example.com", "three@example.com"] {
        assert_eq!(t.queue(news(to)).await, Ok(()));
    }
    assert_eq!(channel.count(), 3);
}

#[actix::test]
async fn a_panic_in_a_channel_costs_its_own_try_only() {
    let channel = Recorder::scripted([Act::Panic, Act::Panic, Act::Panic]);
    let t = Fixture::over(&channel);
    // More panics than lanes: a lane that was not given back would be missed.
    for to in ["one@example.com", "two@example.com", "three@example.com", ADA] {
        assert_eq!(t.queue(news(to)).await, Ok(()));
    }
    assert_eq!(channel.count(), 4);
    // What a panic does is doubtful: there is one more try.
    t.advance(Duration::from_mins(1)).await;
    assert_eq!(channel.count(), 7);
}

#[actix::test]
async fn a_restart_loses_nothing() {
    let channel = Recorder::scripted([Act::Fail(TRANSIENT), Act::Stall, Act::Stall]);
    let t = Fixture::over(&channel);
    for number in 0..8 {
        assert_eq!(t.queue(news(&format!("user{number}@example.com"))).await, Ok(()));
    }
    let crashed = DispatchError::Ask(AskError::Unavailable("notification_dispatch"));
    assert_eq!(t.dispatch.ask(Crash).await, Err(crashed));
    tokio::task::yield_now().await;
    // What was on its way still counts, and still arrives.
    assert_eq!(t.queue(news(ADA)).await, Err(DispatchError::QueueFull));
    channel.release.notify_waiters();
    t.advance(Duration::from_secs(10)).await;
    assert_eq!(channel.count(), 9);
    assert_eq!(channel.tried().last().map(String::as_str), Some("user0@example.com"));
}

#[actix::test]
async fn one_ask_beyond_the_capacity_is_refused_and_the_others_are_answered() {
    let t = Fixture::over(&Recorder::scripted([]));
    let answers = futures_util::future::join_all((0..=CAPACITY).map(|_| t.queue(news(ADA)))).await;
    let overloaded = Err(DispatchError::Ask(AskError::Overloaded("notification_dispatch")));
    assert_eq!(answers.iter().filter(|answer| **answer == Ok(())).count(), CAPACITY);
    assert_eq!(answers.last(), Some(&overloaded));
}
